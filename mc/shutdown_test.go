package mc_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
)

// REVIEW 3, TestShutdownLeavesHooks: Shutdown waits for the last HandleClose, also of a session that ended before it.
func TestShutdownAwaitsHandleClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ledger{takes: 100 * time.Millisecond, closeTakes: 2 * time.Second}
		srv := &mc.Server{Bind: anybody(&l)}
		p, ms := bound(t, srv, "me")
		p.Write(submits(t, 1, 20))
		time.Sleep(150 * time.Millisecond)
		p.Pipe().CutAfter(0)
		<-ms.Context().Done()
		synctest.Wait()
		require.NoError(t, srv.Shutdown(context.Background()))
		require.EqualValues(t, 1, l.closed.Load())
		require.Zero(t, l.running.Load())
		require.EqualValues(t, 2, l.begun.Load(), "what is not begun is dropped")
		require.Len(t, l.lost, 19, "all but the one that was answered")
		require.Zero(t, count(srv))
		require.NoError(t, srv.Wait(t.Context()))
	})
}

// REVIEW 3, TestCloseLeavesReport: Close waits for no hook, Wait for all.
func TestCloseAndWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ledger{closeTakes: 20 * time.Second}
		srv := &mc.Server{Bind: anybody(&l)}
		for range 10 {
			bound(t, srv, "me")
		}
		t0 := time.Now()
		require.NoError(t, srv.Close())
		require.Less(t, time.Since(t0), time.Second)
		require.Zero(t, l.closed.Load())
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		require.ErrorIs(t, srv.Wait(ctx), context.DeadlineExceeded)
		require.NoError(t, srv.Wait(t.Context()))
		require.EqualValues(t, 10, l.closed.Load())
		require.Equal(t, 20*time.Second, time.Since(t0))
	})
}

// Wait waits for an end, and not for a moment without sessions.
func TestWaitBeforeTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &mc.Server{Bind: anybody(nil)}
		waited := make(chan error, 1)
		go func() { waited <- srv.Wait(context.Background()) }()
		_, ms := bound(t, srv, "me")
		require.NoError(t, ms.Close())
		<-ms.Done()
		synctest.Wait()
		require.Empty(t, waited)
		require.NoError(t, srv.Close())
		require.NoError(t, <-waited)
	})
}

// Close returns when all sessions are disconnected, and Lost is complete then: ours and theirs, with the session of
// each.
func TestCloseLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newStuck()
		srv := &mc.Server{Bind: anybody(h)}
		var peers []*sessiontest.Peer
		for i := range 5 {
			p, _ := bound(t, srv, fmt.Sprint("esme", i))
			p.Write(submits(t, 100, 3))
			peers = append(peers, p)
			go func() {
				_, err := srv.Deliver(context.Background(), fmt.Sprint("esme", i), new(pdu.DeliverSM))
				require.False(t, session.SafeToRetry(err), "%v", err)
			}()
		}
		for _, p := range peers {
			require.Equal(t, pdu.CommandDeliverSM, p.Next().ID)
		}
		synctest.Wait()
		require.NoError(t, srv.Close())
		type entry struct {
			incoming, begun, written, told bool
		}
		lost := make(map[string]map[entry]int)
		for _, e := range srv.Lost() {
			id := e.Session.SystemID()
			if lost[id] == nil {
				lost[id] = make(map[entry]int)
			}
			lost[id][entry{e.Incoming, e.Begun, e.Written, e.Told}]++
		}
		want := map[entry]int{
			{written: true, told: true}:   1,
			{incoming: true, begun: true}: 1,
			{incoming: true}:              2,
		}
		require.Len(t, lost, 5)
		for id, got := range lost {
			require.Equal(t, want, got, id)
		}
		require.Zero(t, h.closed.Load())
		close(h.release)
		require.NoError(t, srv.Wait(t.Context()))
		require.EqualValues(t, 5, h.closed.Load())
	})
}

// The context of Shutdown ends, and a hook does not return: Shutdown does within AnswerTimeout from the last
// disconnect, and names the session.
func TestShutdownWithStuckHook(t *testing.T) {
	for name, c := range map[string]struct {
		ctx  contextOf
		most time.Duration
	}{
		"soon":  {within(time.Second), 9 * time.Second},
		"ended": {within(-time.Second), 8 * time.Second},
		"late":  {within(time.Minute), 61 * time.Second},
		"never": {within(time.Hour), time.Hour + time.Second},
		"cancelled": {func(context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(time.Second, cancel)
			return ctx, cancel
		}, 9 * time.Second},
		"endless": {endless, 15 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newStuck()
				srv := &mc.Server{Bind: anybody(h), Session: session.Config{AnswerTimeout: 6 * time.Second}}
				p, ms := bound(t, srv, "stuckesme")
				p.Send(new(pdu.SubmitSM))
				other, _ := bound(t, srv, "other")
				go answerUnbind(other)
				go answerUnbind(p)
				synctest.Wait()
				ctx, cancel := c.ctx(nil)
				defer cancel()
				t0 := time.Now()
				err := srv.Shutdown(ctx)
				require.Less(t, time.Since(t0), c.most)
				require.ErrorContains(t, err, "1 sessions are still in a hook: \"stuckesme\" at ")
				require.NotContains(t, err.Error(), "other")
				require.Error(t, ms.Err(), "all are disconnected")
				require.Equal(t, 1, count(srv))
				close(h.release)
				require.NoError(t, srv.Wait(t.Context()))
				require.EqualValues(t, 2, h.closed.Load())
			})
		})
	}
}

// answerUnbind answers unbinds until the connection ends.
func answerUnbind(p *sessiontest.Peer) {
	for {
		req, err := p.Read()
		if err != nil {
			return
		}
		if req.ID == pdu.CommandUnbind {
			p.Reply(req, nil)
		}
	}
}

// inHook is a Handler that calls a function in HandlePDU.
type inHook struct {
	session.NopHandler
	call   func(ctx context.Context, r *session.Request)
	closed chan struct{}
}

func (h *inHook) HandlePDU(ctx context.Context, r *session.Request) {
	h.call(ctx, r)
	_ = r.Reply(&pdu.SubmitSMResp{MessageID: "1"})
}

func (h *inHook) HandleClose(context.Context, *session.Session, []session.LostPDU, error) {
	close(h.closed)
}

// contextOf makes the context that a function of the user's calls Shutdown with.
type contextOf = func(hook context.Context) (context.Context, context.CancelFunc)

func endless(context.Context) (context.Context, context.CancelFunc) {
	return context.Background(), func() {}
}

func within(d time.Duration) contextOf {
	return func(context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(context.Background(), d)
	}
}

// contexts are those that a hook may call Shutdown with.
var contexts = map[string]contextOf{
	"of the hook": func(hook context.Context) (context.Context, context.CancelFunc) { return hook, func() {} },
	"endless":     endless,
	"short":       within(time.Second),
	"short, of the hook": func(hook context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(hook, time.Second)
	},
	"ended": within(-time.Second),
}

// REVIEW 14, TestServerShutdownInHook: whatever its context, it returns in a hook too, and the report is made.
func TestServerShutdownInHook(t *testing.T) {
	for name, context := range contexts {
		for _, answer := range []time.Duration{6 * time.Second, -1} {
			t.Run(fmt.Sprint(name, " ", answer), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { serverShutdownInHook(t, context, answer) })
			})
		}
	}
}

func serverShutdownInHook(t *testing.T, ctxOf contextOf, answer time.Duration) {
	srv := &mc.Server{Session: session.Config{AnswerTimeout: answer}}
	h := &inHook{closed: make(chan struct{})}
	var took time.Duration
	h.call = func(ctx context.Context, _ *session.Request) {
		ctx, cancel := ctxOf(ctx)
		defer cancel()
		t0 := time.Now()
		_ = srv.Shutdown(ctx)
		took = time.Since(t0)
	}
	srv.Bind = func(_ context.Context, r *mc.BindRequest) (*mc.Account, error) {
		if r.SystemID == "me" {
			return &mc.Account{Handler: h}, nil
		}
		return new(mc.Account), nil
	}
	p, ms := bound(t, srv, "me")
	other, otherSession := bound(t, srv, "other")
	go answerUnbind(other)
	p.Send(new(pdu.SubmitSM))
	go answerUnbind(p)
	<-h.closed
	limit := answer
	if limit < 0 {
		limit = time.Minute
	}
	require.LessOrEqual(t, took, 2*limit+3*time.Second)
	require.NoError(t, srv.Wait(t.Context()))
	require.Error(t, ms.Err())
	require.Error(t, otherSession.Err())
}

// REVIEW 14, TestShutdownInHookOtherContext: the same for the session's own Shutdown.
func TestShutdownInHook(t *testing.T) {
	for name, context := range contexts {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { shutdownInHook(t, context) }) })
	}
}

func shutdownInHook(t *testing.T, ctxOf contextOf) {
	h := &inHook{closed: make(chan struct{}), call: func(ctx context.Context, r *session.Request) {
		ctx, cancel := ctxOf(ctx)
		defer cancel()
		_ = r.Session().Shutdown(ctx)
	}}
	srv := &mc.Server{Session: session.Config{AnswerTimeout: time.Second}, Bind: anybody(h)}
	defer closeServer(t, srv)
	p, ms := bound(t, srv, "me")
	t0 := time.Now()
	p.Send(new(pdu.SubmitSM))
	go answerUnbind(p)
	<-h.closed
	require.Less(t, time.Since(t0), 5*time.Second)
	<-ms.Done()
}

// Shutdown in Bind, which is a hook as well: the bind gets ESME_RSYSERR, and all ends.
func TestServerShutdownInBind(t *testing.T) {
	for name, context := range contexts {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { serverShutdownInBind(t, context) }) })
	}
}

func serverShutdownInBind(t *testing.T, ctxOf contextOf) {
	srv := &mc.Server{Session: session.Config{AnswerTimeout: 6 * time.Second}}
	srv.Bind = func(ctx context.Context, _ *mc.BindRequest) (*mc.Account, error) {
		ctx, cancel := ctxOf(ctx)
		defer cancel()
		err := srv.Shutdown(ctx)
		return nil, errors.Join(err, mc.Refuse(pdu.StatusBindFailed))
	}
	p, ms := connectSession(t, srv)
	require.Equal(t, pdu.StatusSystemError, bind(p, "me"))
	p.WantClosed()
	require.NoError(t, p.Conn().Close())
	require.NoError(t, srv.Wait(t.Context()))
	require.Error(t, ms.Err())
}

// REVIEW 20, TestShutdownMany: the error of many sessions is a line.
func TestShutdownManyStubborn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newStuck()
		srv := &mc.Server{Bind: anybody(h), Session: session.Config{AnswerTimeout: 5 * time.Second}}
		for i := range 300 {
			p, _ := bound(t, srv, fmt.Sprint("esme", i))
			p.Send(new(pdu.SubmitSM))
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		t0 := time.Now()
		err := srv.Shutdown(ctx)
		require.Less(t, time.Since(t0), 10*time.Second)
		require.ErrorContains(t, err, "300 of 300 sessions did not end in order")
		require.ErrorContains(t, err, "300 sessions are still in a hook")
		require.Less(t, len(err.Error()), 600)
		close(h.release)
		require.NoError(t, srv.Wait(t.Context()))
	})
}
