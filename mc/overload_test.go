package mc_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// sums is what an ESME believes of its messages, and what the handler of the message centre did.
type sums struct {
	accepted, refused, unknown, stored atomic.Int64
	refusals                           sync.Map // statuses
}

// submit sends n messages side by side and waits for their ends.
func (s *sums) submit(c *esme.Client, n int) {
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			_, err := c.SubmitSM(context.Background(), new(pdu.SubmitSM))
			var refused *pdu.StatusError
			switch {
			case err == nil:
				s.accepted.Add(1)
			case errors.As(err, &refused):
				s.refusals.Store(refused.Status, true)
				s.refused.Add(1)
			case session.SafeToRetry(err):
				s.refused.Add(1)
			default:
				s.unknown.Add(1)
			}
		})
	}
	wg.Wait()
}

// hold checks that what the ESME was told agrees with what was done, and that who was refused was told: later.
func (s *sums) hold(t *testing.T, n int) {
	t.Helper()
	accepted, refused, unknown, stored := s.accepted.Load(), s.refused.Load(), s.unknown.Load(), s.stored.Load()
	t.Logf("accepted %d, refused %d, unknown %d; stored %d", accepted, refused, unknown, stored)
	require.EqualValues(t, n, accepted+refused+unknown)
	require.LessOrEqual(t, accepted, stored)
	require.LessOrEqual(t, stored, accepted+unknown)
	s.refusals.Range(func(status, _ any) bool {
		require.Equal(t, pdu.StatusThrottled, status)
		return true
	})
}

// storing are the ways to write a handler that stores a message, and needs a time for it.
var storing = map[string]func(s *sums, takes time.Duration) session.Handler{
	"typed": func(s *sums, takes time.Duration) session.Handler {
		mux := new(session.Mux)
		session.On(mux, func(context.Context, *session.Request, *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
			time.Sleep(takes)
			return &pdu.SubmitSMResp{MessageID: fmt.Sprint(s.stored.Add(1))}, nil
		})
		return mux
	},
	"later": func(s *sums, takes time.Duration) session.Handler {
		mux := new(session.Mux)
		session.On(mux, func(_ context.Context, r *session.Request, _ *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
			time.AfterFunc(takes, func() { _ = r.Reply(&pdu.SubmitSMResp{MessageID: fmt.Sprint(s.stored.Add(1))}) })
			return nil, session.ErrLater
		})
		return mux
	},
	"plain": func(s *sums, takes time.Duration) session.Handler {
		return session.HandlerFunc(func(_ context.Context, r *session.Request) {
			time.Sleep(takes)
			_ = r.Reply(&pdu.SubmitSMResp{MessageID: fmt.Sprint(s.stored.Add(1))})
		})
	},
}

// ways calls f in a bubble for every way to write a handler, and for concurrent ones.
func ways(t *testing.T, f func(t *testing.T, handler func(*sums, time.Duration) session.Handler, concurrency int)) {
	for name, handler := range storing {
		for _, n := range []int{1, 3} {
			t.Run(fmt.Sprint(name, " ", n), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { f(t, handler, n) })
			})
		}
	}
}

// NEWCOMER 1: overload. What the message centre refuses, its handler does not take.
func TestOverload(t *testing.T) {
	ways(t, func(t *testing.T, handler func(*sums, time.Duration) session.Handler, concurrency int) {
		s := new(sums)
		srv := &mc.Server{Bind: always(&mc.Account{Handler: handler(s, 100*time.Millisecond), Concurrency: concurrency})}
		defer closeServer(t, srv)
		c := client(t, srv, esme.Config{Session: session.Config{Window: 1000, ResponseTimeout: time.Hour}})
		s.submit(c, 2000)
		time.Sleep(time.Hour)
		s.hold(t, 2000)
		require.Zero(t, s.unknown.Load())
		require.Positive(t, s.accepted.Load())
	})
}

// NEWCOMER 1: a deploy with too little time. What is begun is unknown, and in the list; what is not begun is refused.
func TestDeploy(t *testing.T) {
	ways(t, func(t *testing.T, handler func(*sums, time.Duration) session.Handler, concurrency int) {
		s := new(sums)
		srv := &mc.Server{Bind: always(&mc.Account{Handler: handler(s, 2*time.Second), Concurrency: concurrency})}
		c := client(t, srv, esme.Config{})
		done := make(chan struct{})
		go func() {
			s.submit(c, 5)
			close(done)
		}()
		time.Sleep(50 * time.Millisecond)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		require.ErrorIs(t, srv.Shutdown(ctx), context.DeadlineExceeded)
		<-done
		time.Sleep(time.Minute)
		s.hold(t, 5)
		begun := 0
		for _, l := range srv.Lost() {
			require.True(t, l.Incoming)
			require.True(t, l.Begun, "what was refused is in no list")
			begun++
		}
		require.EqualValues(t, begun, s.unknown.Load())
		require.EqualValues(t, begun, s.stored.Load())
		require.Positive(t, begun)
		require.NoError(t, srv.Wait(t.Context()))
	})
}

// NEWCOMER 1: a deploy with time enough. Nothing is unknown, also when the ESME closes the connection on unbind, as
// Kannel does.
func TestDeployInTime(t *testing.T) {
	ways(t, func(t *testing.T, handler func(*sums, time.Duration) session.Handler, concurrency int) {
		s := new(sums)
		srv := &mc.Server{Bind: always(&mc.Account{Handler: handler(s, 2*time.Second), Concurrency: concurrency})}
		p, _ := bound(t, srv, "me")
		p.Write(submits(t, 2, 5))
		synctest.Wait()
		shut := make(chan error, 1)
		go func() { shut <- srv.Shutdown(context.Background()) }()
		for range 5 {
			resp := p.Next()
			require.Equal(t, pdu.CommandSubmitSMResp, resp.ID)
			require.Equal(t, pdu.StatusOK, resp.Status)
		}
		unbind := p.Next()
		require.Equal(t, pdu.CommandUnbind, unbind.ID, "when nothing is open")
		p.Reply(unbind, nil)
		require.NoError(t, p.Conn().Close())
		require.NoError(t, <-shut)
		require.Empty(t, srv.Lost())
		require.EqualValues(t, 5, s.stored.Load())
	})
}

// NEWCOMER 1: the ESME shuts down with a context that has ended.
func TestClientLeavesAtOnce(t *testing.T) {
	ways(t, func(t *testing.T, handler func(*sums, time.Duration) session.Handler, concurrency int) {
		s := new(sums)
		srv := &mc.Server{Bind: always(&mc.Account{Handler: handler(s, 200*time.Millisecond), Concurrency: concurrency})}
		defer closeServer(t, srv)
		c := client(t, srv, esme.Config{})
		done := make(chan struct{})
		go func() {
			s.submit(c, 5)
			close(done)
		}()
		time.Sleep(50 * time.Millisecond)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		require.ErrorIs(t, c.Shutdown(ctx), context.Canceled)
		<-done
		time.Sleep(time.Minute)
		s.hold(t, 5)
	})
}
