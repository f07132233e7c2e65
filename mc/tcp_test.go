package mc_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// REVIEW 3 over TCP: a client sends 20 submits and resets. Shutdown waits for the hook that runs and for HandleClose,
// and no further hook is called.
func TestShutdownAwaitsHandleCloseTCP(t *testing.T) {
	begun := make(chan struct{}, 20)
	h := newStuck()
	serve := session.HandlerFunc(func(ctx context.Context, r *session.Request) {
		begun <- struct{}{}
		h.HandlePDU(ctx, r)
	})
	srv := &mc.Server{Bind: anybody(&struct {
		session.HandlerFunc
		session.CloseHandler
	}{serve, h})}
	p := dialPeer(t, start(t, srv))
	require.Equal(t, pdu.StatusOK, bind(p, "me"))
	p.Write(submits(t, 2, 20))
	<-begun
	var ms *mc.Session
	for ms = range srv.Bound("me") {
	}
	transport.Reset(p.Conn())
	require.Eventually(t, func() bool { return ms.Err() != nil }, 10*time.Second, time.Millisecond)
	shut := make(chan error, 1)
	go func() { shut <- srv.Shutdown(context.Background()) }()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, srv.Wait(ctx), context.DeadlineExceeded)
	require.Empty(t, shut)
	close(h.release)
	require.NoError(t, <-shut)
	require.EqualValues(t, 1, h.closed.Load())
	require.Empty(t, begun)
	require.Len(t, ms.Lost(), 20)
}

// NEWCOMER 1 over TCP: overload.
func TestOverloadTCP(t *testing.T) {
	s := new(sums)
	mux := new(session.Mux)
	session.On(mux, func(context.Context, *session.Request, *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		<-time.After(2 * time.Millisecond) // the database
		return &pdu.SubmitSMResp{MessageID: fmt.Sprint(s.stored.Add(1))}, nil
	})
	srv := &mc.Server{
		Bind:    anybody(mux),
		Session: session.Config{InboundWindow: 100, PauseLimit: 10 * time.Millisecond, QueueTimeout: 100 * time.Millisecond},
	}
	c := dial(t, start(t, srv), esme.Config{Session: session.Config{Window: 400}, SystemID: "me"})
	s.submit(c, 2000)
	s.hold(t, 2000)
	require.Zero(t, s.unknown.Load())
	require.Positive(t, s.accepted.Load())
	require.Positive(t, s.refused.Load())
	require.Equal(t, s.accepted.Load(), s.stored.Load())
}

// NEWCOMER 1 over TCP: a deploy while the handler is busy.
func TestDeployTCP(t *testing.T) {
	s := new(sums)
	h := newStuck()
	mux := new(session.Mux)
	begun := make(chan struct{}, 5)
	session.On(mux, func(ctx context.Context, r *session.Request, _ *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		begun <- struct{}{}
		h.HandlePDU(ctx, r)
		return &pdu.SubmitSMResp{MessageID: fmt.Sprint(s.stored.Add(1))}, nil
	})
	srv := &mc.Server{Bind: anybody(mux), Session: session.Config{AnswerTimeout: 500 * time.Millisecond}}
	c := dial(t, start(t, srv), esme.Config{SystemID: "me"})
	done := make(chan struct{})
	go func() {
		s.submit(c, 5)
		close(done)
	}()
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, srv.Shutdown(ctx), "1 sessions are still in a hook")
	<-done
	close(h.release)
	require.NoError(t, srv.Wait(t.Context()))
	s.hold(t, 5)
	require.EqualValues(t, 1, s.stored.Load())
	require.EqualValues(t, 1, s.unknown.Load())
	require.Len(t, srv.Lost(), 1)
	require.True(t, srv.Lost()[0].Begun)
}
