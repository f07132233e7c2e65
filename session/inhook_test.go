package session_test

import (
	"context"
	"errors"
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

// respFunc is a handler of responses, requests and casts.
type respFunc struct {
	resp func(ctx context.Context, s *session.Session)
	pdu  func(ctx context.Context, r *session.Request)
	cast func(ctx context.Context, s *session.Session)
}

func (h *respFunc) HandlePDU(ctx context.Context, r *session.Request) {
	if h.pdu != nil {
		h.pdu(ctx, r)
	}
	_ = replyOK(r)
}

func (h *respFunc) HandleResp(ctx context.Context, s *session.Session, _, _ *pdu.PDU) {
	if h.resp != nil {
		h.resp(ctx, s)
	}
}

func (h *respFunc) HandleCast(ctx context.Context, s *session.Session, _ any) { h.cast(ctx, s) }

func (h *respFunc) HandleCall(_ context.Context, _ *session.Session, c *session.Call) {
	c.Reply("ok", nil)
}

// serveAll answers every request of a session until its end.
func serveAll(p *peer) {
	go func() {
		for {
			x, err := p.Read()
			if err != nil {
				return
			}
			if x.ID.IsResponse() {
				continue
			}
			r := hdr(x.ID.Response(), 0, x.Seq)
			r.Body = pdu.NewBody(r.ID)
			if b, err := pdu.Append(nil, r); err != nil {
				return
			} else if _, err := p.Conn().Write(b); err != nil {
				return
			}
		}
	}()
}

// own are the contexts that a hook may send with: its own, and one of the program's.
var own = map[string]func(ctx context.Context) context.Context{
	"of the hook":    func(ctx context.Context) context.Context { return ctx },
	"of the program": func(context.Context) context.Context { return context.Background() },
	"derived":        func(ctx context.Context) context.Context { return context.WithValue(ctx, &errBoom, 1) },
}

// TestSendInHook: REVIEW.md finding 7. A hook that sends the next message, with whatever context, in a session whose
// places are all taken since one hook was slow, does not stop it. It stood still for good.
func TestSendInHook(t *testing.T) {
	for name, with := range own {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var hooks, sent, full atomic.Int64
				h := &respFunc{resp: func(ctx context.Context, s *session.Session) {
					if hooks.Add(1) == 1 {
						time.Sleep(time.Second)
					}
					switch _, err := s.Send(with(ctx), submit("next")); {
					case err == nil:
						sent.Add(1)
					case errors.Is(err, session.ErrClosed): // what is owed is still delivered
					default:
						require.ErrorIs(t, err, session.ErrQueueFull)
						require.True(t, session.SafeToRetry(err))
						full.Add(1)
					}
					if hooks.Load() > 5000 {
						_ = s.Close()
					}
				}}
				s, p := boundESME(t, session.Config{
					Handler: h, AnswerTimeout: -1, QueueTimeout: -1, ResponseTimeout: -1, EnquireLinkInterval: -1,
				})
				serveAll(p)
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				defer cancel()
				for range 3000 {
					if _, err := s.Send(ctx, submit("first")); err != nil {
						break
					}
				}
				start := time.Now()
				<-s.Done()
				require.LessOrEqual(t, time.Since(start), 10*time.Second)
				require.ErrorIs(t, s.Err(), session.ErrClosed)
				require.Greater(t, sent.Load(), int64(3000))
				if name == "of the program" {
					require.Positive(t, full.Load())
				}
			})
		})
	}
}

// TestDoInHook: REVIEW.md finding 7. Do in hooks of every kind goes on, with whatever context, while others fill the
// window.
func TestDoInHook(t *testing.T) {
	for name, with := range own {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var done atomic.Int64
				do := func(ctx context.Context, s *session.Session) {
					_, err := s.Do(with(ctx), submit("from a hook"))
					require.NoError(t, err)
					done.Add(1)
				}
				h := &respFunc{resp: do, cast: do, pdu: func(ctx context.Context, r *session.Request) { do(ctx, r.Session()) }}
				s, p := boundESME(t, session.Config{Handler: h, Window: 3, AnswerTimeout: -1, QueueTimeout: -1, ResponseTimeout: -1})
				serveAll(p)
				for i := range uint32(100) {
					require.NoError(t, s.Cast(1))
					p.SendPDU(req(i, deliver("x")))
					_, err := s.Send(t.Context(), submit("x"))
					require.NoError(t, err)
				}
				time.Sleep(10 * time.Second)
				require.EqualValues(t, 300, done.Load())
				require.Zero(t, s.Stats().Events)
			})
		})
	}
}

// TestCallInHook: REVIEW.md finding 7. A hook that calls its own session with a context of the program's waits for
// itself, for no longer than 5 s; one that calls another session does not.
func TestCallInHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other, _ := boundESME(t, session.Config{Handler: &respFunc{}})
		errs := make(chan error, 4)
		h := &respFunc{cast: func(ctx context.Context, s *session.Session) {
			start := time.Now()
			_, err := s.Call(ctx, 1)
			errs <- err
			_, err = other.Call(ctx, 1)
			errs <- err
			require.Zero(t, time.Since(start))
			_, err = s.Call(context.Background(), 1)
			errs <- err
			require.Equal(t, 5*time.Second, time.Since(start))
			_, err = other.Call(context.Background(), 1)
			errs <- err
			require.Equal(t, 5*time.Second, time.Since(start))
		}}
		s, _ := boundESME(t, session.Config{Handler: h, AnswerTimeout: -1, QueueTimeout: -1})
		require.NoError(t, s.Cast(1))
		require.ErrorIs(t, <-errs, session.ErrInHook)
		require.NoError(t, <-errs)
		require.ErrorIs(t, <-errs, session.ErrQueueFull)
		require.NoError(t, <-errs)
		got, err := s.Call(t.Context(), 1)
		require.NoError(t, err)
		require.Equal(t, "ok", got)
	})
}

// TestCallWaitsForSlowHooks: a call gives up only while no hook returns at all.
func TestCallWaitsForSlowHooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &respFunc{cast: func(context.Context, *session.Session) { time.Sleep(4 * time.Second) }}
		s, _ := boundESME(t, session.Config{Handler: h})
		for range 10 {
			require.NoError(t, s.Cast(1))
		}
		start := time.Now()
		_, err := s.Call(t.Context(), 1)
		require.NoError(t, err)
		require.Equal(t, 40*time.Second, time.Since(start))
	})
}

// TestHookContextKept: REVIEW.md finding 7, TestExemptGoroutine. A goroutine that goes on with the context of a hook
// that has returned is like any other: its Sends hold places and wait for them, its Call and Shutdown work.
func TestHookContextKept(t *testing.T) {
	for name, kept := range map[string]func(h *respFunc, s *session.Session, p *peer, out chan context.Context){
		"of a cast": func(h *respFunc, s *session.Session, _ *peer, out chan context.Context) {
			h.cast = func(ctx context.Context, _ *session.Session) { out <- ctx }
			_ = s.Cast(1)
		},
		"of a request": func(h *respFunc, _ *session.Session, p *peer, out chan context.Context) {
			h.pdu = func(ctx context.Context, _ *session.Request) { out <- ctx }
			p.SendPDU(req(1, deliver("x")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &respFunc{resp: func(context.Context, *session.Session) { time.Sleep(5 * time.Millisecond) }}
				s, p := boundESME(t, session.Config{Handler: h})
				out := make(chan context.Context, 1)
				kept(h, s, p, out)
				ctx := <-out
				synctest.Wait()
				serveAll(p)
				var sent atomic.Int64
				var gone atomic.Bool
				go func() {
					defer gone.Store(true)
					for {
						if _, err := s.Send(ctx, submit("x")); err != nil {
							return
						}
						sent.Add(1)
					}
				}()
				for range 100 {
					time.Sleep(100 * time.Millisecond)
					require.LessOrEqual(t, s.Stats().Events, 10+1024)
					require.False(t, gone.Load())
				}
				require.GreaterOrEqual(t, sent.Load(), int64(2000-10))
				got, err := s.Call(ctx, 1)
				require.NoError(t, err, "it is in no hook")
				require.Equal(t, "ok", got)
				start := time.Now()
				require.NoError(t, s.Shutdown(ctx))
				require.Error(t, s.Context().Err(), "it has waited")
				require.LessOrEqual(t, time.Since(start), 10*time.Second)
				synctest.Wait()
				require.True(t, gone.Load())
			})
		})
	}
}

// TestExemptBound: REVIEW.md finding 7. What is sent inside a hook never waits for a place, and has a bound of its own.
func TestExemptBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		h := &respFunc{cast: func(ctx context.Context, s *session.Session) {
			start := time.Now()
			for {
				_, err := s.Send(ctx, submit("x"))
				if err != nil {
					require.ErrorIs(t, err, session.ErrQueueFull)
					break
				}
				sent++
			}
			require.Zero(t, time.Since(start))
			require.LessOrEqual(t, s.Stats().Events, 10+2*1024)
		}}
		s, p := boundESME(t, session.Config{Handler: h})
		serveAll(p)
		require.NoError(t, s.Cast(1))
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, 10+2*1024, sent)
		require.Zero(t, s.Stats().Events)
		_, err := s.Send(t.Context(), submit("x"))
		require.NoError(t, err)
	})
}

// TestShutdownInAnyHook: REVIEW.md findings 7 and 14. Shutdown in a hook, with its context or another, of its own
// session or of one whose hook shuts this one down, with every timeout of requests off: it returns, and HandleClose
// comes.
func TestShutdownInAnyHook(t *testing.T) {
	off := session.Config{AnswerTimeout: -1, QueueTimeout: -1}
	for name, with := range own {
		for _, kind := range []string{"HandlePDU", "HandleCast", "typed"} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					returned := make(chan error, 1)
					act := func(ctx context.Context, s *session.Session) { returned <- s.Shutdown(with(ctx)) }
					rec := newRecorder(t)
					rec.do["HandlePDU"] = func(c hookCall) { act(c.ctx, c.s); _ = replyOK(c.r) }
					rec.do["HandleCast"] = func(c hookCall) { act(c.ctx, c.s) }
					cfg := off
					cfg.Handler = rec
					var m *typed
					if kind == "typed" {
						m = &typed{t: t}
						session.On(&m.Mux, func(ctx context.Context, r *session.Request, _ *pdu.DeliverSM) (*pdu.DeliverSMResp, error) {
							act(ctx, r.Session())
							return &pdu.DeliverSMResp{}, nil
						})
						cfg.Handler, cfg.Concurrency = m, 2
					}
					s, p := boundESME(t, cfg)
					serveAll(p)
					start := time.Now()
					if kind == "HandleCast" {
						require.NoError(t, s.Cast(1))
					} else {
						p.SendPDU(req(1, deliver("x")), req(2, &pdu.DataSM{}))
					}
					err := <-returned
					if name == "of the program" {
						require.LessOrEqual(t, time.Since(start), 63*time.Second)
						require.NoError(t, err)
					} else {
						require.Zero(t, time.Since(start))
						require.NoError(t, err)
					}
					<-s.Done()
					require.LessOrEqual(t, time.Since(start), 65*time.Second)
					require.ErrorIs(t, s.Err(), session.ErrShutdown)
					if m != nil {
						require.EqualValues(t, 1, m.closed.Load())
					} else {
						require.Equal(t, 1, rec.ends())
					}
				})
			})
		}
	}
}

// TestShutdownEachOther: hooks of two sessions that shut each other down.
func TestShutdownEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ss [2]*session.Session
		var pp [2]*peer
		var both sync.WaitGroup
		both.Add(2)
		for i := range ss {
			h := handle(func(r *session.Request) {
				both.Done()
				both.Wait()
				require.NoError(t, ss[1-i].Shutdown(context.Background()))
				_ = replyOK(r)
			})
			ss[i], pp[i] = boundESME(t, session.Config{Handler: h, AnswerTimeout: -1, QueueTimeout: -1})
			serveAll(pp[i])
		}
		start := time.Now()
		for _, p := range pp {
			p.SendPDU(req(1, deliver("x")), req(2, deliver("waits")))
		}
		<-ss[0].Done()
		<-ss[1].Done()
		require.LessOrEqual(t, time.Since(start), 65*time.Second)
	})
}

// TestStartInHook: nor does a hook that waits for a whole session of its own.
func TestStartInHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		h := handle(func(r *session.Request) {
			in, p := sessiontest.StartBound(t, session.RoleESME, session.Config{Handler: &respFunc{}})
			serveAll(&peer{p, t})
			ended <- in.Shutdown(r.Context())
			_ = replyOK(r)
		})
		_, p := boundESME(t, session.Config{Handler: h})
		p.SendPDU(req(1, deliver("x")))
		p.expect(pdu.CommandDeliverSMResp, pdu.StatusOK, 1)
		require.NoError(t, <-ended)
	})
}
