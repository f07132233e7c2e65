package mc_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
	"github.com/smpp-go/smpp/transport"
)

// bindFunc is a mc.Server.Bind.
type bindFunc = func(context.Context, *mc.BindRequest) (*mc.Account, error)

// anybody accepts everybody, and gives them h.
func anybody(h session.Handler) bindFunc { return always(&mc.Account{Handler: h}) }

// always accepts everybody as one account.
func always(acc *mc.Account) bindFunc {
	return func(context.Context, *mc.BindRequest) (*mc.Account, error) { return acc, nil }
}

// connect connects a peer, whose connection ends with the test, to the server in memory.
func connect(t *testing.T, srv *mc.Server) *sessiontest.Peer {
	p, _ := connectSession(t, srv)
	return p
}

// connectSession is connect, and returns the server's end as well: nil when the server did not take the connection.
func connectSession(t *testing.T, srv *mc.Server) (*sessiontest.Peer, *mc.Session) {
	a, b := transport.Pipe()
	t.Cleanup(func() { _ = a.Close() })
	ms := srv.ServeConn(b)
	return sessiontest.NewPeer(t, a), ms
}

// client binds a client of package esme, which is closed with the test, in memory.
func client(t *testing.T, srv *mc.Server, cfg esme.Config) *esme.Client {
	t.Helper()
	a, b := transport.Pipe()
	srv.ServeConn(b)
	if cfg.SystemID == "" {
		cfg.SystemID = "me"
	}
	c, err := esme.Bind(t.Context(), a, cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close(); <-c.Done() })
	return c
}

// bindBody is the bind of a peer.
func bindBody(systemID string) pdu.Body {
	return &pdu.BindTransceiver{SystemID: systemID, InterfaceVersion: pdu.V34}
}

// bind binds a peer and returns the status of the response.
func bind(p *sessiontest.Peer, systemID string) pdu.CommandStatus {
	p.Send(bindBody(systemID))
	return p.Next().Status
}

// bound connects and binds a peer.
func bound(t *testing.T, srv *mc.Server, systemID string) (*sessiontest.Peer, *mc.Session) {
	t.Helper()
	p, ms := connectSession(t, srv)
	require.NotNil(t, ms, "the server does not take the connection")
	require.Equal(t, pdu.StatusOK, bind(p, systemID))
	return p, ms
}

// closeServer closes the server and waits for all hooks.
func closeServer(t *testing.T, srv *mc.Server) {
	t.Helper()
	require.NoError(t, srv.Close())
	require.NoError(t, srv.Wait(context.Background()))
}

// count returns the number of sessions that the server knows.
func count(srv *mc.Server) (n int) {
	for range srv.Sessions() {
		n++
	}
	return n
}

// ledger is a Handler that counts. Its hooks take a time, whatever becomes of their context.
type ledger struct {
	takes      time.Duration
	closeTakes time.Duration

	running, most, begun, stored, closed atomic.Int64
	mu                                   sync.Mutex
	lost                                 []session.LostPDU // of all sessions
	reasons                              []error
}

// enter counts what runs until the function that it returns is called.
func (l *ledger) enter() func() {
	n := l.running.Add(1)
	for m := l.most.Load(); n > m && !l.most.CompareAndSwap(m, n); m = l.most.Load() {
	}
	return func() { l.running.Add(-1) }
}

func (l *ledger) HandlePDU(_ context.Context, r *session.Request) {
	defer l.enter()()
	l.begun.Add(1)
	time.Sleep(l.takes)
	l.stored.Add(1)
	_ = r.Reply(&pdu.SubmitSMResp{MessageID: "1"})
}

func (l *ledger) HandleClose(_ context.Context, _ *session.Session, lost []session.LostPDU, reason error) {
	time.Sleep(l.closeTakes)
	l.mu.Lock()
	l.lost, l.reasons = append(l.lost, lost...), append(l.reasons, reason)
	l.mu.Unlock()
	l.closed.Add(1)
}

// submits is a stream of n submit_sm with the sequence numbers from first on.
func submits(t *testing.T, first uint32, n int) (b []byte) {
	for i := range uint32(n) {
		var err error
		sm := &pdu.SubmitSM{Dest: pdu.Address{Addr: "1"}}
		b, err = pdu.Append(b, &pdu.PDU{Header: pdu.Header{Seq: first + i}, Body: sm})
		require.NoError(t, err)
	}
	return b
}

// stuck is a Handler whose HandlePDU returns only when release is closed, whatever becomes of its context. A message
// has to have come within the bubble before it is used.
type stuck struct {
	release chan struct{}
	session.NopHandler
	closed atomic.Int64
}

func newStuck() *stuck { return &stuck{release: make(chan struct{})} }

func (h *stuck) HandlePDU(context.Context, *session.Request) { <-h.release }

func (h *stuck) HandleClose(context.Context, *session.Session, []session.LostPDU, error) {
	h.closed.Add(1)
}

// logs keeps what was logged.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logs) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// count returns the number of lines with a text.
func (l *logs) count(text string) (n int) {
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}
