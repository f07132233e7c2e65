package transport_test

import (
	"io"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/transport"
)

func TestCutAfter(t *testing.T) {
	a, b := transport.Pipe()
	write(t, b, "earlier")
	a.CutAfter(5)
	write(t, a, "abc")
	n, err := a.Write([]byte("defg"))
	require.ErrorIs(t, err, syscall.ECONNRESET)
	require.Equal(t, 2, n)
	writeError(t, a, syscall.ECONNRESET)
	writeError(t, b, syscall.ECONNRESET)
	require.ErrorIs(t, a.CloseWrite(), syscall.ECONNRESET)
	read(t, b, "abcde")
	readError(t, b, syscall.ECONNRESET)
	readError(t, b, syscall.ECONNRESET)
	read(t, a, "earlier")
	readError(t, a, syscall.ECONNRESET)
	require.NoError(t, a.Close())
	readError(t, a, net.ErrClosed)
	readError(t, b, syscall.ECONNRESET)
}

func TestCutAfterExactly(t *testing.T) {
	a, b := transport.Pipe()
	a.CutAfter(3)
	write(t, a, "abc")
	writeError(t, a, syscall.ECONNRESET)
	read(t, b, "abc")
	readError(t, b, syscall.ECONNRESET)
}

func TestCutAfterTakenBack(t *testing.T) {
	a, b := transport.Pipe()
	a.CutAfter(3)
	a.CutAfter(-7)
	write(t, a, "abcd")
	read(t, b, "abcd")
	b.CutAfter(1) // the other direction
	write(t, a, "efgh")
	read(t, b, "efgh")
	write(t, b, "i")
	writeError(t, a, syscall.ECONNRESET)
}

// A cut counts what passes and not what a Write was asked to pass: the buffer holds less than the limit here.
func TestCutAfterBeyondBuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		a.SetBuffer(4)
		a.CutAfter(10)
		var n int
		var err error
		go func() { n, err = a.Write(make([]byte, 20)) }()
		got, readErr := io.ReadAll(b)
		synctest.Wait()
		require.ErrorIs(t, readErr, syscall.ECONNRESET)
		require.Len(t, got, 10)
		require.ErrorIs(t, err, syscall.ECONNRESET)
		require.Equal(t, 10, n)
	})
}

func TestStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		write(t, a, "before ")
		a.Stall(true)
		write(t, a, "after")
		var got []byte
		var err error
		var done bool
		go func() {
			got, err = io.ReadAll(b)
			done = true
		}()
		require.NoError(t, a.Close())
		synctest.Wait()
		require.False(t, done)
		a.Stall(false)
		synctest.Wait()
		require.True(t, done)
		require.NoError(t, err)
		require.Equal(t, "before after", string(got))
	})
}

func TestStallHoldsBackTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		a.Stall(true)
		require.NoError(t, a.CloseWrite())
		start := time.Now()
		time.AfterFunc(time.Minute, func() { a.Stall(false) })
		readError(t, b, io.EOF)
		require.Equal(t, time.Minute, time.Since(start))
	})
}

func TestStallFillsBuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		a.SetBuffer(4)
		a.Stall(true)
		require.NoError(t, a.SetWriteDeadline(time.Now().Add(time.Second)))
		require.NoError(t, b.SetReadDeadline(time.Now().Add(time.Second)))
		n, err := a.Write(make([]byte, 5))
		require.Error(t, err)
		require.Equal(t, 4, n)
		_, err = b.Read(make([]byte, 5))
		require.Error(t, err)
		// The other direction is free.
		require.NoError(t, a.SetDeadline(time.Time{}))
		write(t, b, "x")
		read(t, a, "x")
	})
}

func TestStallThenCut(t *testing.T) {
	a, b := transport.Pipe()
	a.Stall(true)
	write(t, a, "lost")
	write(t, b, "kept")
	a.CutAfter(0)
	readError(t, b, syscall.ECONNRESET)
	read(t, a, "kept")
	b.Stall(true) // too late to have an effect
	readError(t, a, syscall.ECONNRESET)

	a, b = transport.Pipe()
	write(t, a, "kept")
	a.CutAfter(0)
	a.Stall(true)
	read(t, b, "kept")
	readError(t, b, syscall.ECONNRESET)
}

func TestSplitReads(t *testing.T) {
	a, b := transport.Pipe()
	write(t, a, "abcdef")
	b.SplitReads(1)
	read(t, b, "a")
	b.SplitReads(2)
	read(t, b, "bc")
	b.SplitReads(0)
	read(t, b, "def")
	write(t, b, "whole")
	read(t, a, "whole")
}

func TestDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		start := time.Now()
		at := func(want time.Duration, s string) {
			t.Helper()
			read(t, b, s)
			require.Equal(t, want, time.Since(start))
		}
		a.Delay(10 * time.Second)
		write(t, a, "one")
		time.Sleep(time.Second) // the clock of the bubble
		write(t, a, "two")
		a.Delay(5 * time.Second)
		write(t, a, "three")
		a.Delay(-1)
		write(t, a, "!")
		at(10*time.Second, "one")
		at(11*time.Second, "twothree!")
		write(t, a, "four")
		at(11*time.Second, "four")
		a.Delay(time.Minute)
		require.NoError(t, a.Close())
		readError(t, b, io.EOF)
		require.Equal(t, 71*time.Second, time.Since(start))
	})
}

func TestDelayThenCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		start := time.Now()
		a.Delay(time.Second)
		a.CutAfter(2)
		write(t, a, "ab")
		readError(t, a, syscall.ECONNRESET)
		require.Zero(t, time.Since(start))
		read(t, b, "ab")
		require.Equal(t, time.Second, time.Since(start))
		readError(t, b, syscall.ECONNRESET)
	})
}
