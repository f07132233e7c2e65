package mc_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
	"github.com/smpp-go/smpp/transport"
)

// listener is a net.Listener in memory, which accepts what dial makes, and fails when it is told to.
type listener struct {
	conns chan net.Conn
	fails chan error
	once  sync.Once
	over  chan struct{}
}

func newListener() *listener {
	return &listener{conns: make(chan net.Conn), fails: make(chan error), over: make(chan struct{})}
}

func (l *listener) dial(t *testing.T) *sessiontest.Peer {
	a, b := transport.Pipe()
	t.Cleanup(func() { _ = a.Close() })
	l.conns <- b
	return sessiontest.NewPeer(t, a)
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case err := <-l.fails:
		return nil, err
	case <-l.over:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.over) })
	return nil
}

func (l *listener) Addr() net.Addr { return new(net.TCPAddr) }

// temporary is an error of Accept that passes.
type temporary struct{}

func (temporary) Error() string   { return "too many open files" }
func (temporary) Temporary() bool { return true }

// badLogger is a slog.Handler that does what a handler should not.
type badLogger struct {
	do    func()
	lines atomic.Int64
}

func (l *badLogger) Enabled(context.Context, slog.Level) bool { return true }
func (l *badLogger) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *badLogger) WithGroup(string) slog.Handler            { return l }

func (l *badLogger) Handle(context.Context, slog.Record) error {
	l.lines.Add(1)
	l.do()
	return nil
}

// REVIEW 9: a logger that blocks, panics or ends its goroutine stops neither Accept, nor binds, nor messages, nor the
// end.
func TestBadLogger(t *testing.T) {
	for name, do := range map[string]func(release chan struct{}){
		"blocks": func(release chan struct{}) { <-release },
		"panics": func(chan struct{}) { panic("no idea") },
		"goes":   func(chan struct{}) { runtime.Goexit() },
		"slow":   func(chan struct{}) { time.Sleep(time.Minute) },
	} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { badLoggerHarmsNothing(t, do) }) })
	}
}

func badLoggerHarmsNothing(t *testing.T, do func(release chan struct{})) {
	release := make(chan struct{})
	log := &badLogger{do: func() { do(release) }}
	var l ledger
	srv := &mc.Server{
		MaxConns: 3,
		Session: session.Config{
			Logger: slog.New(log), EnquireLinkInterval: time.Second, EnquireLinkTimeout: time.Second, BindDelay: -1,
		},
		Bind: func(_ context.Context, r *mc.BindRequest) (*mc.Account, error) {
			if r.SystemID == "stranger" {
				return nil, errors.New("no database")
			}
			return &mc.Account{Handler: &l}, nil
		},
	}
	lis := newListener()
	served := make(chan error, 1)
	go func() { served <- srv.Serve(lis) }()
	t0 := time.Now()
	for range 3 {
		lis.fails <- temporary{}
	}
	stranger := lis.dial(t)
	require.Equal(t, pdu.StatusSystemError, bind(stranger, "stranger"))
	dead, p := lis.dial(t), lis.dial(t)
	require.Equal(t, pdu.StatusOK, bind(dead, "me"))
	require.Equal(t, pdu.StatusOK, bind(p, "you"))
	for range 40 { // more than MaxConns: each makes a line
		refused := lis.dial(t)
		_, err := refused.Read()
		require.ErrorIs(t, err, io.EOF)
	}
	bad := []byte{0, 0, 0, 17, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 9, 'x'} // a submit_sm that does not parse makes a line
	p.Write(bad)
	require.Equal(t, pdu.CommandSubmitSMResp, p.Next().ID)
	p.WantReply(p.Send(new(pdu.SubmitSM)), pdu.StatusOK)
	require.Less(t, time.Since(t0), time.Second, "nobody waited for the logger")
	delivered := make(chan error, 1)
	go func() {
		_, err := srv.Deliver(context.Background(), "you", new(pdu.DeliverSM))
		delivered <- err
	}()
	p.Reply(p.Next(), nil)
	require.NoError(t, <-delivered)
	p.KeepAlive = true
	p.WantIdle(4 * time.Second) // meanwhile the dead one is found
	require.Empty(t, boundIDs(srv, "me"))
	t0 = time.Now()
	require.NoError(t, srv.Close())
	require.Less(t, time.Since(t0), time.Second)
	require.ErrorIs(t, <-served, mc.ErrServerClosed)
	require.NoError(t, srv.Wait(t.Context()))
	require.EqualValues(t, 2, l.closed.Load())
	require.Positive(t, log.lines.Load())
	close(release)
	time.Sleep(time.Hour) // until the slow logger has told all
}

// proxied is a connection that learns the address of its peer from what the peer sends, and waits for that.
type proxied struct {
	net.Conn
	header chan struct{}
}

func (c *proxied) RemoteAddr() net.Addr {
	<-c.header
	return c.Conn.RemoteAddr()
}

// A connection that is refused is not asked for its address, which it may not know yet, under the server's lock.
func TestRefusedConnDoesNotKnowItsAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := new(logs)
		srv := &mc.Server{MaxConns: 1, Bind: anybody(nil), Session: session.Config{Logger: log.logger()}}
		defer closeServer(t, srv)
		p, _ := bound(t, srv, "me")
		a, b := transport.Pipe()
		defer func() { _ = a.Close() }()
		c := &proxied{b, make(chan struct{})}
		require.Nil(t, srv.ServeConn(c))
		p.WantReply(p.Send(new(pdu.EnquireLink)), pdu.StatusOK)
		require.Equal(t, 1, count(srv))
		close(c.header)
		synctest.Wait()
		require.Equal(t, 1, log.count("connection refused"))
		require.Contains(t, log.String(), "remote=pipe-a")
	})
}

// NEWCOMER 3: a handler, or an owner, that would never be called is refused, wherever a connection comes from.
func TestHandlerOfServerIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, cfg := range map[string]session.Config{
			"handler": {Handler: session.NopHandler{}},
			"owner":   {Owner: nobody{}},
		} {
			log := new(logs)
			cfg.Logger = log.logger()
			srv := &mc.Server{Session: cfg, Bind: anybody(nil)}
			lis := newListener()
			require.ErrorContains(t, srv.Serve(lis), "Handler", name)
			<-lis.over
			p, ms := connectSession(t, srv)
			require.Nil(t, ms)
			_, err := p.Read()
			require.ErrorIs(t, err, io.EOF)
			synctest.Wait()
			require.Equal(t, 1, log.count("level=ERROR msg=\"connection refused\""))
			_, b := transport.Pipe()
			_, err = srv.Outbind(t.Context(), b, new(pdu.Outbind))
			require.ErrorContains(t, err, "Handler")
			closeServer(t, srv)
		}
	})
}

// nobody is a session.Owner.
type nobody struct{}

func (nobody) SessionStarted(*session.Session)      {}
func (nobody) SessionDisconnected(*session.Session) {}
func (nobody) SessionDone(*session.Session)         {}

// Outbind says why the connection was refused.
func TestOutbindRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &mc.Server{MaxConns: 1, Bind: anybody(nil)}
		connect(t, srv)
		_, b := transport.Pipe()
		_, err := srv.Outbind(t.Context(), b, new(pdu.Outbind))
		require.ErrorContains(t, err, "MaxConns")
		closeServer(t, srv)
		_, b = transport.Pipe()
		_, err = srv.Outbind(t.Context(), b, new(pdu.Outbind))
		require.ErrorIs(t, err, mc.ErrServerClosed)
	})
}
