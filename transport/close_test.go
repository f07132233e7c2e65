package transport_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/transport"
)

// tlsPipe returns a TLS connection over a pipe, past its handshake, and the ends beneath.
func tlsPipe(t *testing.T) (client, server *tls.Conn, a, b *transport.PipeConn) {
	t.Helper()
	serverCfg, clientCfg := tlsPair(t, "mc")
	clientCfg.ServerName = "mc"
	a, b = transport.Pipe()
	client, server = tls.Client(a, clientCfg), tls.Server(b, serverCfg)
	done := make(chan error)
	go func() { done <- server.Handshake() }()
	require.NoError(t, client.Handshake())
	require.NoError(t, <-done)
	return client, server, a, b
}

func TestCloseWriteUnsupported(t *testing.T) {
	a, b := net.Pipe()
	go func() { _, _ = a.Write([]byte("x")) }()
	require.ErrorIs(t, transport.CloseWrite(a), errors.ErrUnsupported)
	require.ErrorIs(t, transport.CloseWrite(tls.Client(a, &tls.Config{})), errors.ErrUnsupported)
	read(t, b, "x")
	require.NoError(t, a.Close())
}

func TestCloseWriteError(t *testing.T) {
	a, _ := transport.Pipe()
	require.NoError(t, a.Close())
	err := transport.CloseWrite(a)
	require.ErrorIs(t, err, net.ErrClosed)
	require.ErrorContains(t, err, "transport: half-close: ")
}

// The peer gets a close_notify, without which TLS reports an unexpected end, and then the end of what is beneath.
func TestCloseWriteTLS(t *testing.T) {
	client, server, _, b := tlsPipe(t)
	write(t, client, "question")
	require.NoError(t, transport.CloseWrite(client))
	read(t, server, "question")
	_, err := server.Read(make([]byte, 1))
	require.Equal(t, io.EOF, err)
	readError(t, b, io.EOF)
	write(t, server, "answer")
	read(t, client, "answer")
	require.NoError(t, server.Close())
}

// A peer that does not read costs 5 seconds, and the end beneath is sent all the same.
func TestCloseWriteTLSBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _, a, b := tlsPipe(t)
		a.SetBuffer(1)
		start := time.Now()
		require.ErrorContains(t, transport.CloseWrite(client), "transport: half-close: close_notify: ")
		require.Equal(t, 5*time.Second, time.Since(start))
		_, err := io.Copy(io.Discard, b)
		require.NoError(t, err)
	})
}

func TestAbortTLSDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server, _, _ := tlsPipe(t)
		start := time.Now()
		var writeErr, readErr error
		go func() {
			for writeErr == nil {
				_, writeErr = client.Write(make([]byte, 1000))
			}
		}()
		go func() { _, readErr = client.Read(make([]byte, 1)) }()
		synctest.Wait()
		require.NoError(t, writeErr)
		transport.Abort(client)
		synctest.Wait()
		require.Error(t, writeErr)
		require.ErrorIs(t, readErr, net.ErrClosed)
		require.Zero(t, time.Since(start))
		_, err := io.Copy(io.Discard, server)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	})
}

// Close would wait 5 seconds for its close_notify to find room.
func TestAbortTLSSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _, a, b := tlsPipe(t)
		a.SetBuffer(1)
		start := time.Now()
		transport.Abort(client)
		require.Zero(t, time.Since(start))
		got, err := io.ReadAll(b)
		require.NoError(t, err)
		require.Empty(t, got)
	})
}

func TestAbortAndResetReachInnermost(t *testing.T) {
	for _, end := range []func(net.Conn){transport.Abort, transport.Reset} {
		client, _, a, _ := tlsPipe(t)
		end(&wrapper{Conn: client, under: client})
		readError(t, a, net.ErrClosed)
	}
	a, _ := transport.Pipe()
	transport.Abort(&wrapper{Conn: a, under: a})
	readError(t, a, net.ErrClosed)
}

func TestResetTCP(t *testing.T) {
	l, err := transport.Listen(t.Context(), "127.0.0.1:0", transport.ListenConfig{})
	require.NoError(t, err)
	serve(t, l, func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 1))
		transport.Reset(conn)
	})
	conn, err := transport.Dial(t.Context(), l.Addr().String(), transport.DialConfig{})
	require.NoError(t, err)
	defer conn.Close()
	write(t, conn, "x")
	readError(t, conn, syscall.ECONNRESET)
}
