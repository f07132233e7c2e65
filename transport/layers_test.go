package transport_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/transport"
)

// wrapper is a connection on top of another, as code outside this package makes them. It counts its Closes.
type wrapper struct {
	net.Conn
	under  net.Conn // what NetConn returns
	closes atomic.Int32
}

func (w *wrapper) NetConn() net.Conn { return w.under }

func (w *wrapper) Close() error {
	w.closes.Add(1)
	return w.Conn.Close()
}

// counted is what a limiting listener makes: it says nothing of what it wraps.
type counted struct {
	net.Conn
	open   *atomic.Int32
	closes atomic.Int32
}

func (c *counted) Close() error {
	c.closes.Add(1)
	c.open.Add(-1)
	return c.Conn.Close()
}

// limited is a listener as netutil.LimitListener is one, which counts without forgiving a second Close.
type limited struct {
	net.Listener
	open atomic.Int32
}

func (l *limited) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.open.Add(1)
	return &counted{Conn: conn, open: &l.open}, nil
}

// Finding 16: 20 connections of a limiting listener came and went, and Close was called on none of them. Each gets its
// Close once, with TLS above it, beneath it, or none.
func TestAbortLimitedListener(t *testing.T) {
	serverCfg, clientCfg := tlsPair(t, "mc")
	clientCfg.ServerName = "mc"
	for name, listen := range map[string]func(l net.Listener) (net.Listener, *limited){
		"plain": func(l net.Listener) (net.Listener, *limited) { m := &limited{Listener: l}; return m, m },
		"over TLS": func(l net.Listener) (net.Listener, *limited) {
			m := &limited{Listener: tls.NewListener(l, serverCfg)}
			return m, m
		},
		"under TLS": func(l net.Listener) (net.Listener, *limited) {
			m := &limited{Listener: l}
			return tls.NewListener(m, serverCfg), m
		},
	} {
		t.Run(name, func(t *testing.T) {
			tcp, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer tcp.Close()
			l, count := listen(tcp)
			for range 20 {
				dialled := make(chan net.Conn)
				go func() {
					conn, _ := net.Dial("tcp", tcp.Addr().String())
					if name != "plain" {
						c := tls.Client(conn, clientCfg)
						_ = c.Handshake()
						conn = c
					}
					dialled <- conn
				}()
				conn, err := l.Accept()
				require.NoError(t, err)
				if c, ok := conn.(*tls.Conn); ok {
					require.NoError(t, c.Handshake())
				} else if c, ok := conn.(*counted).Conn.(*tls.Conn); ok {
					require.NoError(t, c.Handshake())
				}
				peer := <-dialled
				transport.Abort(conn)
				_, err = peer.Read(make([]byte, 1))
				require.Error(t, err)
				require.NoError(t, peer.Close())
			}
			require.Eventually(t, func() bool { return count.open.Load() == 0 }, time.Second, time.Millisecond)
		})
	}
}

// Whatever lies on top of what, Abort cuts the connection at once, though the peer reads nothing, and each wrapper gets
// its Close once.
func TestAbortLayers(t *testing.T) {
	over := func(c net.Conn) *wrapper { return &wrapper{Conn: c, under: c} }
	for name, build := range map[string]func(a net.Conn, secure func(net.Conn) *tls.Conn) (net.Conn, []*wrapper){
		"wrapper": func(a net.Conn, _ func(net.Conn) *tls.Conn) (net.Conn, []*wrapper) {
			w := over(a)
			return w, []*wrapper{w}
		},
		"wrapper over wrapper": func(a net.Conn, _ func(net.Conn) *tls.Conn) (net.Conn, []*wrapper) {
			w := over(a)
			v := over(w)
			return v, []*wrapper{v, w}
		},
		"TLS over wrapper": func(a net.Conn, secure func(net.Conn) *tls.Conn) (net.Conn, []*wrapper) {
			w := over(a)
			return secure(w), []*wrapper{w}
		},
		"TLS over hiding wrapper": func(a net.Conn, secure func(net.Conn) *tls.Conn) (net.Conn, []*wrapper) {
			w := &wrapper{Conn: a}
			return secure(w), []*wrapper{w}
		},
		"wrapper over TLS": func(a net.Conn, secure func(net.Conn) *tls.Conn) (net.Conn, []*wrapper) {
			w := over(secure(a))
			return w, []*wrapper{w}
		},
		"wrapper over TLS over wrapper": func(a net.Conn, secure func(net.Conn) *tls.Conn) (net.Conn, []*wrapper) {
			w := over(a)
			v := over(secure(w))
			return v, []*wrapper{v, w}
		},
		"embedded TLS over wrapper": func(a net.Conn, secure func(net.Conn) *tls.Conn) (net.Conn, []*wrapper) {
			w := over(a)
			return struct{ *tls.Conn }{secure(w)}, []*wrapper{w}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				serverCfg, clientCfg := tlsPair(t, "mc")
				clientCfg.ServerName = "mc"
				a, b := transport.Pipe()
				conn, wrappers := build(a, func(beneath net.Conn) *tls.Conn {
					client, server := tls.Client(beneath, clientCfg), tls.Server(b, serverCfg)
					go func() { _ = server.Handshake() }()
					require.NoError(t, client.Handshake())
					return client
				})
				a.SetBuffer(1) // where Close would wait for its close_notify
				start := time.Now()
				ended := make(chan error, 2)
				go func() {
					_, err := conn.Read(make([]byte, 1))
					ended <- err
				}()
				synctest.Wait()
				transport.Abort(conn)
				require.Error(t, <-ended)
				synctest.Wait()
				require.Zero(t, time.Since(start))
				for i, w := range wrappers {
					require.EqualValues(t, 1, w.closes.Load(), "wrapper %d", i)
				}
			})
		})
	}
}

// badConn is a connection whose methods are up to no good.
type badConn struct {
	*transport.PipeConn
	close, under func() error
}

func (b badConn) Close() error { return b.close() }

func (b badConn) CloseWrite() error { return b.close() }

func (b badConn) NetConn() net.Conn {
	_ = b.under()
	return b
}

// loop is on top of other.
type loop struct {
	*transport.PipeConn
	other net.Conn
}

func (l *loop) NetConn() net.Conn { return l.other }

// A NetConn that returns itself, a circle, and methods that block, panic or end their goroutine stop nobody.
func TestAbortBadConns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		defer close(hold)
		ok := func() error { return nil }
		panics := func() error { panic("no") }
		for _, b := range []badConn{
			{close: func() error { <-hold; return nil }, under: ok},
			{close: panics, under: ok},
			{close: ok, under: panics},
			{close: func() error { runtime.Goexit(); return nil }, under: panics},
		} {
			b.PipeConn, _ = transport.Pipe()
			transport.Abort(b)
			transport.Abort(struct{ net.Conn }{b})
			transport.Abort(tls.Client(b, &tls.Config{}))
			transport.Reset(b)
			transport.Abort(&wrapper{Conn: b, under: b})
			_, is := transport.TLSState(b)
			require.False(t, is)
			synctest.Wait()
		}
		x, y := &loop{}, &loop{}
		x.PipeConn, _ = transport.Pipe()
		y.PipeConn, _ = transport.Pipe()
		x.other, y.other = y, x
		transport.Abort(x)
		synctest.Wait()
		readError(t, x, net.ErrClosed)
		require.ErrorIs(t, transport.CloseWrite(x), net.ErrClosed)
		_, is := transport.TLSState(x)
		require.False(t, is)
		transport.Abort(nil)
		require.ErrorIs(t, transport.CloseWrite(nil), errors.ErrUnsupported)
		b := badConn{close: panics, under: ok}
		require.ErrorContains(t, transport.CloseWrite(b), "transport: half-close: panic: no")
	})
}

// CloseWrite goes through what does not know it, to TLS and to the socket, and no further than it can.
func TestCloseWriteLayers(t *testing.T) {
	over := func(c net.Conn) net.Conn { return &wrapper{Conn: c, under: c} }
	a, b := transport.Pipe()
	require.NoError(t, transport.CloseWrite(over(over(a))))
	readError(t, b, io.EOF)
	write(t, b, "x")
	read(t, a, "x")

	for name, top := range map[string]func(c *tls.Conn) net.Conn{
		"over":     func(c *tls.Conn) net.Conn { return over(c) },
		"embedded": func(c *tls.Conn) net.Conn { return struct{ *tls.Conn }{c} },
		"passed on": func(c *tls.Conn) net.Conn {
			return struct {
				net.Conn
				closeWriter
				stater
				netConner
			}{c, c, c, under{c}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, server, _, b := tlsPipe(t)
			require.NoError(t, transport.CloseWrite(top(client)))
			readError(t, server, io.EOF) // close_notify
			readError(t, b, io.EOF)      // and the end beneath
		})
	}
	// Half of a half-close is none.
	c, _ := net.Pipe()
	require.ErrorIs(t, transport.CloseWrite(over(tls.Client(over(c), &tls.Config{}))), errors.ErrUnsupported)
}

type (
	closeWriter interface{ CloseWrite() error }
	stater      interface{ ConnectionState() tls.ConnectionState }
	netConner   interface{ NetConn() net.Conn }
	under       struct{ net.Conn }
)

func (u under) NetConn() net.Conn { return u.Conn }

func TestTLSState(t *testing.T) {
	client, _, a, _ := tlsPipe(t)
	for _, conn := range []net.Conn{
		client, &wrapper{Conn: client, under: client},
		struct{ *tls.Conn }{client},
		&wrapper{Conn: client, under: &wrapper{Conn: client, under: client}},
	} {
		state, ok := transport.TLSState(conn)
		require.True(t, ok, "%T", conn)
		require.True(t, state.HandshakeComplete)
	}
	for _, conn := range []net.Conn{nil, a, &wrapper{Conn: client}, &wrapper{Conn: a, under: a}} {
		_, ok := transport.TLSState(conn)
		require.False(t, ok, "%T", conn)
	}
}

// directConn is a connection that counts its Closes and hands everything else through: it says so.
type directConn struct{ *net.TCPConn }

func (c directConn) Direct() net.Conn { return c }

// embeds has the methods of a directConn, and a Read of its own.
type embeds struct{ directConn }

func (e embeds) Read(b []byte) (int, error) { return e.directConn.Read(b) }

// overrides has the SyscallConn of a TCP connection, and a Read of its own.
type overrides struct{ *net.TCPConn }

func (o overrides) Read(b []byte) (int, error) { return o.TCPConn.Read(b) }

// mute is a Direct that cannot be compared.
type mute struct {
	*net.TCPConn
	_ func()
}

func (m mute) Direct() net.Conn { return m }

// Issue 11, 7: the descriptor is had of every connection whose Read and Write it is, and of no other.
func TestRawConn(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	conn, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	tcp := conn.(*net.TCPConn)

	dir, err := os.MkdirTemp("", "raw")
	require.NoError(t, err)
	defer os.RemoveAll(dir)
	ul, err := net.Listen("unix", filepath.Join(dir, "s"))
	require.NoError(t, err)
	defer ul.Close()
	unix, err := net.Dial("unix", ul.Addr().String())
	require.NoError(t, err)
	defer unix.Close()
	packet, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "p"), Net: "unixgram"})
	require.NoError(t, err)
	defer packet.Close()
	pipe, _ := transport.Pipe()

	for _, conn := range []net.Conn{tcp, unix, directConn{tcp}, &directConn{tcp}} {
		_, pointer := conn.(*directConn) // whose method has a value receiver, and returns another
		raw := transport.RawConn(conn)
		require.Equal(t, !pointer, raw != nil, "%T", conn)
		if raw != nil {
			var fd uintptr
			require.NoError(t, raw.Control(func(n uintptr) { fd = n }))
			require.NotZero(t, fd)
		}
	}
	for _, conn := range []net.Conn{
		nil, pipe, packet,
		embeds{directConn{tcp}},
		overrides{tcp},
		struct{ *net.TCPConn }{tcp},
		mute{TCPConn: tcp},
		tls.Client(tcp, &tls.Config{}), &wrapper{Conn: tcp, under: tcp},
		struct{ net.Conn }{tcp},
	} {
		require.Nil(t, transport.RawConn(conn), "%T", conn)
	}
	require.Implements(t, (*syscall.Conn)(nil), overrides{tcp}) // which is why the method alone proves nothing
}
