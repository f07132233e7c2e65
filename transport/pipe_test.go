package transport_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/nettest"

	"github.com/smpp-go/smpp/transport"
)

func TestPipeConformance(t *testing.T) {
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		a, b := transport.Pipe()
		return a, b, func() { _ = a.Close(); _ = b.Close() }, nil
	})
}

// With every fault that loses nothing, it is a connection all the same.
func TestPipeConformanceDribbled(t *testing.T) {
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		a, b := transport.Pipe()
		for _, c := range []*transport.PipeConn{a, b} {
			c.SplitReads(1000)
			c.SetBuffer(777)
			c.Delay(time.Nanosecond)
		}
		return a, b, func() { _ = a.Close(); _ = b.Close() }, nil
	})
}

func write(t *testing.T, c net.Conn, s string) {
	t.Helper()
	n, err := c.Write([]byte(s))
	require.NoError(t, err)
	require.Equal(t, len(s), n)
}

// read expects one Read to return s.
func read(t *testing.T, c net.Conn, s string) {
	t.Helper()
	b := make([]byte, 1<<10)
	n, err := c.Read(b)
	require.NoError(t, err)
	require.Equal(t, s, string(b[:n]))
}

func readError(t *testing.T, c net.Conn, want error) {
	t.Helper()
	n, err := c.Read(make([]byte, 1))
	require.ErrorIs(t, err, want)
	require.Zero(t, n)
}

func writeError(t *testing.T, c net.Conn, want error) {
	t.Helper()
	n, err := c.Write([]byte{0})
	require.ErrorIs(t, err, want)
	require.Zero(t, n)
	var op *net.OpError
	require.ErrorAs(t, err, &op)
	require.Equal(t, "write", op.Op)
	require.Equal(t, c.RemoteAddr(), op.Addr)
}

func TestPipeClose(t *testing.T) {
	a, b := transport.Pipe()
	write(t, a, "last words")
	write(t, b, "unread")
	require.NoError(t, a.Close())
	require.NoError(t, a.Close())
	read(t, b, "last words")
	readError(t, b, io.EOF)
	readError(t, b, io.EOF)
	writeError(t, b, syscall.EPIPE)
	readError(t, a, net.ErrClosed)
	writeError(t, a, net.ErrClosed)
	require.ErrorIs(t, a.SetDeadline(time.Time{}), net.ErrClosed)
	require.ErrorIs(t, a.CloseWrite(), net.ErrClosed)
	require.NoError(t, b.CloseWrite())
}

func TestPipeCloseWrite(t *testing.T) {
	a, b := transport.Pipe()
	write(t, a, "question")
	require.NoError(t, a.CloseWrite())
	require.NoError(t, a.CloseWrite())
	writeError(t, a, syscall.EPIPE)
	read(t, b, "question")
	readError(t, b, io.EOF)
	write(t, b, "answer")
	require.NoError(t, b.Close())
	read(t, a, "answer")
	readError(t, a, io.EOF)
}

func TestPipeEmpty(t *testing.T) {
	a, b := transport.Pipe()
	write(t, a, "")
	n, err := b.Read(nil)
	require.NoError(t, err)
	require.Zero(t, n)
	require.NoError(t, b.Close())
	_, err = a.Write(nil)
	require.ErrorIs(t, err, syscall.EPIPE)
	_, err = b.Read(nil)
	require.ErrorIs(t, err, net.ErrClosed)
}

func TestPipeAddr(t *testing.T) {
	a, b := transport.Pipe()
	require.Equal(t, "pipe", a.LocalAddr().Network())
	require.Equal(t, a.LocalAddr(), b.RemoteAddr())
	require.Equal(t, a.RemoteAddr(), b.LocalAddr())
	require.NotEqual(t, a.LocalAddr().String(), a.RemoteAddr().String())
}

func TestPipeWriteBlocksWhenFull(t *testing.T) {
	for _, limit := range []int{0, 10, 1} {
		synctest.Test(t, func(t *testing.T) {
			a, b := transport.Pipe()
			a.SetBuffer(limit)
			room := limit
			if limit == 0 {
				room = 64 << 10
			}
			write(t, a, string(make([]byte, room)))
			var wrote bool
			go func() {
				write(t, a, "xy")
				wrote = true
			}()
			synctest.Wait()
			require.False(t, wrote)
			_, err := io.ReadFull(b, make([]byte, room))
			require.NoError(t, err)
			_, err = io.ReadFull(b, make([]byte, 2))
			require.NoError(t, err)
			synctest.Wait()
			require.True(t, wrote)
		})
	}
}

func TestPipeSetBufferWhileFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		a.SetBuffer(2)
		var wrote bool
		go func() {
			write(t, a, "abcdef")
			wrote = true
		}()
		synctest.Wait()
		a.SetBuffer(1)
		synctest.Wait()
		read(t, b, "ab")
		synctest.Wait()
		require.False(t, wrote)
		a.SetBuffer(-1)
		synctest.Wait()
		require.True(t, wrote)
		require.NoError(t, a.Close())
		all, err := io.ReadAll(b)
		require.NoError(t, err)
		require.Equal(t, "cdef", string(all))
	})
}

func TestPipeCloseFreesWaiters(t *testing.T) {
	for name, c := range map[string]struct {
		end         func(a, b *transport.PipeConn)
		read, write error
	}{
		"own":        {func(a, _ *transport.PipeConn) { _ = a.Close() }, net.ErrClosed, net.ErrClosed},
		"peer":       {func(_, b *transport.PipeConn) { _ = b.Close() }, io.EOF, syscall.EPIPE},
		"cut":        {func(a, _ *transport.PipeConn) { a.CutAfter(0) }, syscall.ECONNRESET, syscall.ECONNRESET},
		"cut beyond": {func(_, b *transport.PipeConn) { b.CutAfter(0) }, syscall.ECONNRESET, syscall.ECONNRESET},
		"reset":      {func(_, b *transport.PipeConn) { transport.Reset(b) }, syscall.ECONNRESET, syscall.ECONNRESET},
		"own reset":  {func(a, _ *transport.PipeConn) { transport.Reset(a) }, net.ErrClosed, net.ErrClosed},
		"abort":      {func(a, _ *transport.PipeConn) { transport.Abort(a) }, net.ErrClosed, net.ErrClosed},
		"deadline": {
			func(a, _ *transport.PipeConn) { _ = a.SetDeadline(time.Now()) },
			os.ErrDeadlineExceeded, os.ErrDeadlineExceeded,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := transport.Pipe()
				a.SetBuffer(3)
				var n int
				var readErr, writeErr, queuedErr error
				go func() { _, readErr = a.Read(make([]byte, 1)) }()
				go func() { n, writeErr = a.Write([]byte("12345")) }()
				synctest.Wait()
				go func() { _, queuedErr = a.Write([]byte("6")) }()
				synctest.Wait()
				require.NoError(t, errors.Join(readErr, writeErr, queuedErr))
				c.end(a, b)
				synctest.Wait()
				require.ErrorIs(t, readErr, c.read)
				require.ErrorIs(t, writeErr, c.write)
				require.ErrorIs(t, queuedErr, c.write)
				require.Equal(t, 3, n)
			})
		})
	}
}

func TestPipeDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		a.SetBuffer(1)
		write(t, a, "x")
		start := time.Now()
		require.NoError(t, a.SetReadDeadline(start.Add(time.Minute)))
		require.NoError(t, a.SetWriteDeadline(start.Add(time.Hour)))
		readError(t, a, os.ErrDeadlineExceeded)
		require.Equal(t, time.Minute, time.Since(start))
		writeError(t, a, os.ErrDeadlineExceeded)
		require.Equal(t, time.Hour, time.Since(start))

		// What has arrived is not lost by it, and a later deadline lets it be read.
		write(t, b, "y")
		_, err := a.Read(make([]byte, 1))
		var timeout net.Error
		require.ErrorAs(t, err, &timeout)
		require.True(t, timeout.Timeout())
		require.NoError(t, a.SetReadDeadline(time.Time{}))
		read(t, a, "y")

		// A deadline that was replaced has no effect, nor has one of a direction that was not meant.
		require.NoError(t, a.SetDeadline(time.Now().Add(time.Second)))
		require.NoError(t, a.SetReadDeadline(time.Now().Add(time.Hour)))
		time.Sleep(time.Minute) // the clock of the bubble
		writeError(t, a, os.ErrDeadlineExceeded)
		write(t, b, "z")
		read(t, a, "z")
	})
}

// A Write that a deadline ends says how much passed.
func TestPipePartialWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		a.SetBuffer(4)
		require.NoError(t, a.SetWriteDeadline(time.Now().Add(time.Second)))
		n, err := a.Write([]byte("abcdef"))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.Equal(t, 4, n)
		read(t, b, "abcd")
	})
}

// Octets of concurrent writers do not mix, however small the buffer and the reads.
func TestPipeConcurrentWrites(t *testing.T) {
	a, b := transport.Pipe()
	a.SetBuffer(3)
	const writers, size = 8, 100
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for range 20 {
				if _, err := a.Write(bytes.Repeat([]byte{byte(i)}, size)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	go func() {
		wg.Wait()
		_ = a.Close()
	}()
	var messages int
	for got := make([]byte, size); ; messages++ {
		if _, err := io.ReadFull(b, got); err == io.EOF {
			break
		} else {
			require.NoError(t, err)
		}
		require.Equal(t, bytes.Repeat(got[:1], size), got)
	}
	require.Equal(t, writers*20, messages)
}

// What is written is what is read, under random sizes and faults that lose nothing.
func TestPipeKeepsOctets(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			want := make([]byte, 300_000)
			for i := range want {
				want[i] = byte(r.Uint32())
			}
			a, b := transport.Pipe()
			go func() {
				defer a.Close()
				w := rand.New(rand.NewPCG(seed, 2))
				for rest := want; len(rest) > 0; {
					switch w.IntN(8) {
					case 0:
						a.Delay(time.Duration(w.IntN(1000)-100) * time.Millisecond)
					case 1:
						a.SetBuffer(w.IntN(100_000) - 100)
					case 2:
						b.SplitReads(w.IntN(5000) - 100)
					case 3:
						a.Stall(true)
						time.AfterFunc(time.Second, func() { a.Stall(false) })
					}
					n, err := a.Write(rest[:min(len(rest), w.IntN(20_000))])
					if err != nil {
						t.Error(err)
						return
					}
					rest = rest[n:]
				}
			}()
			got, err := io.ReadAll(b)
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, got), "seed %d", seed)
		})
	}
}
