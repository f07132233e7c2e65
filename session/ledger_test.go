package session_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
)

// ledger is what the handlers of an MC did beside what the wire said, by message.
type ledger struct {
	mu                 sync.Mutex
	stored             map[string]int
	accepted           map[string]bool
	refused, unknown   map[string]bool
	unknowns, refusals int
}

func newLedger() *ledger {
	return &ledger{
		stored: map[string]int{}, accepted: map[string]bool{}, refused: map[string]bool{}, unknown: map[string]bool{},
	}
}

// store is what a handler does.
func (l *ledger) store(text string) *pdu.SubmitSMResp {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stored[text]++
	return &pdu.SubmitSMResp{MessageID: strconv.Itoa(len(l.stored))}
}

// submit sends a message and notes what became of it.
func (l *ledger) submit(ctx context.Context, s *session.Session, text string) error {
	_, err := s.Do(ctx, submit(text))
	l.mu.Lock()
	defer l.mu.Unlock()
	switch _, refused := pdu.StatusOf(err); {
	case err == nil:
		l.accepted[text] = true
	case refused:
		l.refused[text] = true
		l.refusals++
	case !session.SafeToRetry(err):
		l.unknown[text] = true
		l.unknowns++
	}
	return err
}

// balance holds both sides together: accepted <= stored <= accepted + unknown, and nothing refused is stored.
func (l *ledger) balance(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for text := range l.accepted {
		require.Equal(t, 1, l.stored[text], text)
	}
	for text, n := range l.stored {
		require.Equal(t, 1, n, text)
		require.True(t, l.accepted[text] || l.unknown[text], text)
	}
	for text := range l.refused {
		require.Zero(t, l.stored[text], text)
	}
	t.Logf("%d accepted, %d refused, %d unknown, %d stored", len(l.accepted), l.refusals, l.unknowns, len(l.stored))
}

// handlers are the kinds of handlers that store each message after a time.
func (l *ledger) handlers(t testing.TB, slow time.Duration) map[string]session.Handler {
	return map[string]session.Handler{
		"typed": submits(t, func(_ *session.Request, text string) (*pdu.SubmitSMResp, error) {
			time.Sleep(slow)
			return l.store(text), nil
		}),
		"ErrLater": submits(t, func(r *session.Request, text string) (*pdu.SubmitSMResp, error) {
			time.Sleep(slow)
			resp := l.store(text)
			time.AfterFunc(time.Second, func() { _ = r.Reply(resp) })
			return nil, session.ErrLater
		}),
		"plain": handle(func(r *session.Request) {
			time.Sleep(slow)
			_ = r.Reply(l.store(textOf(r.PDU.Body)))
		}),
	}
}

// TestOverload: NEWCOMER.md finding 1. 2,000 messages, a window of 1,000, a handler of 100 ms: what is refused is not
// stored. It was 600 accepted, 1,400 refused and 1,624 stored.
func TestOverload(t *testing.T) {
	for _, cfg := range []session.Config{
		{},
		{Concurrency: 8},
		{PauseLimit: -1},
		{QueueTimeout: -1, AnswerTimeout: 2 * time.Second},
		{InboundWindow: 100, AnswerTimeout: 2 * time.Second},
	} {
		for kind := range newLedger().handlers(t, 0) {
			t.Run(kind, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := newLedger()
					cfg.Handler = l.handlers(t, 100*time.Millisecond)[kind]
					mc, esme := pair(t, cfg, session.Config{Window: 1000, ResponseTimeout: time.Hour})
					var all sync.WaitGroup
					for i := range 2000 {
						all.Go(func() { _ = l.submit(context.Background(), esme, strconv.Itoa(i)) })
					}
					all.Wait()
					l.balance(t)
					time.Sleep(time.Hour)
					l.balance(t)
					n := mc.Stats()
					require.EqualValues(t, len(l.accepted), 2000-len(l.refused))
					require.EqualValues(t, len(l.refused), n.Refused)
					require.Zero(t, n.GivenUp)
				})
			})
		}
	}
}

// TestDeploy: NEWCOMER.md finding 1. Shutdown with 1 s, a handler of 2 s, five messages: what the handler has in its
// hands is unknown, never refused. It was 5 refused and 5 stored.
func TestDeploy(t *testing.T) {
	for name, concurrency := range map[string]int{"one at a time": 1, "two at a time": 2, "all at a time": 16} {
		for kind := range newLedger().handlers(t, 0) {
			t.Run(kind+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := newLedger()
					mc, esme := pair(t, session.Config{
						Handler: l.handlers(t, 2*time.Second)[kind], Concurrency: concurrency,
					}, session.Config{})
					var all sync.WaitGroup
					for i := range 5 {
						all.Go(func() { _ = l.submit(context.Background(), esme, strconv.Itoa(i)) })
					}
					time.Sleep(50 * time.Millisecond)
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					defer cancel()
					start := time.Now()
					require.ErrorIs(t, mc.Shutdown(ctx), context.DeadlineExceeded)
					require.LessOrEqual(t, time.Since(start), 2*time.Second)
					begun := min(concurrency, 5)
					if kind == "plain" {
						begun = 1
					}
					listed := 0
					for _, e := range mc.Lost() {
						require.True(t, e.Incoming)
						require.True(t, e.Begun, "%v", e.PDU)
						listed++
					}
					require.Equal(t, begun, listed)
					all.Wait()
					<-mc.Done()
					time.Sleep(time.Minute)
					l.balance(t)
					require.Len(t, l.refused, 5-begun)
					require.Len(t, l.unknown, begun)
					require.Len(t, l.stored, begun)
				})
			})
		}
	}
}

// TestDeployInTime: NEWCOMER.md finding 1, with time enough, and a peer that closes the connection on unbind, as Kannel
// does: all is answered before the unbind, and nothing is unknown.
func TestDeployInTime(t *testing.T) {
	for kind := range newLedger().handlers(t, 0) {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLedger()
				s, p := boundMC(t, session.Config{Handler: l.handlers(t, 2*time.Second)[kind]})
				for i := range uint32(5) {
					p.SendPDU(req(1+i, submit(strconv.Itoa(int(i)))))
				}
				time.Sleep(50 * time.Millisecond)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				down := shutdown(ctx, s)
				p.KeepAlive = true
				for i := range uint32(5) {
					x := p.expect(pdu.CommandSubmitSMResp, pdu.StatusOK, 1+i)
					require.NotEmpty(t, x.Body.(*pdu.SubmitSMResp).MessageID)
				}
				u, _ := sessiontest.Expect[*pdu.Unbind](p.Peer)
				p.Reply(u, nil)
				_ = p.Conn().Close()
				require.NoError(t, <-down)
				<-s.Done()
				require.Empty(t, s.Lost())
				require.Len(t, l.stored, 5)
				require.Zero(t, s.Stats().Refused)
			})
		})
	}
}

// TestClientLeaves: NEWCOMER.md finding 1. An ESME shuts down with a context that has ended, as a deferred Shutdown
// after Ctrl-C does; the MC's handler takes 200 ms.
func TestClientLeaves(t *testing.T) {
	for kind := range newLedger().handlers(t, 0) {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLedger()
				mc, esme := pair(t, session.Config{Handler: l.handlers(t, 200*time.Millisecond)[kind]}, session.Config{})
				var all sync.WaitGroup
				for i := range 5 {
					all.Go(func() { _ = l.submit(context.Background(), esme, strconv.Itoa(i)) })
				}
				time.Sleep(50 * time.Millisecond)
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				require.ErrorIs(t, esme.Shutdown(ctx), context.Canceled)
				all.Wait()
				<-mc.Done()
				time.Sleep(time.Minute)
				l.balance(t)
				require.Empty(t, l.refused)
			})
		})
	}
}

// TestStandingQueue: NEWCOMER.md finding 1. A handler of 58 ms, a window of 1,000 and a peer that gives up after 2 s
// and sends again, for five minutes: a queue that stands is kept shorter than the peer's patience. Once it is known to
// stand, which takes QueueTimeout, no message times out and none is stored twice.
func TestStandingQueue(t *testing.T) {
	for name, backoff := range map[string]func(i int) time.Duration{
		"spread":   func(i int) time.Duration { return time.Duration(1+i%10) * 100 * time.Millisecond },
		"together": func(int) time.Duration { return time.Second },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { standingQueue(t, backoff) })
		})
	}
}

func standingQueue(t *testing.T, backoff func(i int) time.Duration) {
	const known = 10 * time.Second // that the queue stands
	var mu sync.Mutex
	stored := map[string]int{}
	h := submits(t, func(_ *session.Request, text string) (*pdu.SubmitSMResp, error) {
		time.Sleep(58 * time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		stored[text]++
		return &pdu.SubmitSMResp{MessageID: text}, nil
	})
	mc, esme := pair(t, session.Config{Handler: h}, session.Config{Window: 1000, ResponseTimeout: 2 * time.Second})
	start := time.Now()
	over := func() bool { return time.Since(start) >= 5*time.Minute }
	early := map[string]bool{} // first sent before that
	var next, late, accepted, refused atomic.Int64
	deliver := func(text string, wait time.Duration) {
		for !over() {
			sent := time.Since(start)
			_, err := esme.Do(t.Context(), submit(text))
			switch status, ok := pdu.StatusOf(err); {
			case err == nil:
				accepted.Add(1)
				return
			case errors.Is(err, session.ErrResponseTimeout): // and again at once
				if sent >= known {
					late.Add(1)
				}
			case !ok || status != pdu.StatusThrottled:
				t.Error(err)
				return
			default:
				refused.Add(1)
				time.Sleep(wait)
			}
		}
	}
	var all sync.WaitGroup
	for i := range 1000 {
		all.Go(func() {
			for !over() {
				text := strconv.FormatInt(next.Add(1), 10)
				if time.Since(start) < known {
					mu.Lock()
					early[text] = true
					mu.Unlock()
				}
				deliver(text, backoff(i))
			}
		})
	}
	all.Wait()
	t.Logf("%d accepted, %d refused, %d timed out after the first 10 s", accepted.Load(), refused.Load(), late.Load())
	require.Zero(t, late.Load())
	mu.Lock()
	defer mu.Unlock()
	for text, n := range stored {
		require.True(t, n == 1 || early[text], "%s is stored %d times", text, n)
	}
	require.Greater(t, accepted.Load(), int64(5*60*1000/58*9/10), "and the handler is busy all the time")
	require.Zero(t, mc.Stats().GivenUp)
}
