package session_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// TestRequestContext: the context of a request ends, with all that was made of it, when it is given up, with the
// reason; that of another does not, and ends with the connection.
func TestRequestContext(t *testing.T) {
	for name, asked := range map[string]bool{"waited for before": true, "asked afterwards": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				type key struct{}
				var kept []context.Context
				var reqs []*session.Request
				h := session.HandlerFunc(func(ctx context.Context, r *session.Request) {
					kept, reqs = append(kept, ctx), append(reqs, r)
				})
				s, p := boundMC(t, session.Config{Handler: h, AnswerTimeout: 10 * time.Second, EnquireLinkInterval: -1})
				p.SendPDU(req(1, submit("given up")), req(2, submit("answered")))
				synctest.Wait()
				up, answered := kept[0], kept[1]
				require.Equal(t, reqs[0].Context(), up)
				require.Equal(t, "session.Request.Context", fmt.Sprint(up))
				_, has := up.Deadline()
				require.False(t, has)
				require.NoError(t, up.Err())
				require.Nil(t, up.Value(key{}))
				var child, grandchild context.Context
				ran := make(chan error, 1)
				if asked {
					before := runtime.NumGoroutine()
					var cancel context.CancelFunc
					child, cancel = context.WithCancel(up)
					defer cancel()
					grandchild, cancel = context.WithTimeout(context.WithValue(child, key{}, 1), time.Hour)
					defer cancel()
					context.AfterFunc(up, func() { ran <- context.Cause(up) })
					select {
					case <-up.Done():
						t.Fatal("not yet")
					case <-answered.Done():
						t.Fatal("not yet")
					default:
					}
					require.Equal(t, before, runtime.NumGoroutine(), "it costs no goroutine")
				}
				time.Sleep(time.Second)
				require.NoError(t, replyOK(reqs[1]))
				time.Sleep(9 * time.Second)
				synctest.Wait()
				require.Equal(t, context.Canceled, up.Err())
				<-up.Done()
				require.ErrorIs(t, context.Cause(up), session.ErrAnswerTimeout)
				if asked {
					require.ErrorIs(t, <-ran, session.ErrAnswerTimeout)
					require.ErrorIs(t, context.Cause(grandchild), session.ErrAnswerTimeout)
					require.Equal(t, context.Canceled, child.Err())
				}
				late, cancel := context.WithCancel(up) // made of one that has ended
				defer cancel()
				require.ErrorIs(t, context.Cause(late), session.ErrAnswerTimeout)
				require.NoError(t, answered.Err())
				require.NoError(t, s.Context().Err())
				require.NoError(t, replyOK(reqs[0]))
				require.ErrorIs(t, context.Cause(up), session.ErrAnswerTimeout)

				require.NoError(t, s.Close())
				<-answered.Done()
				require.Equal(t, context.Canceled, answered.Err())
				require.ErrorIs(t, context.Cause(answered), session.ErrClosed)
				require.ErrorIs(t, context.Cause(up), session.ErrAnswerTimeout)
			})
		})
	}
}

// TestRequestContextAnswered: the context goes on when its hook has returned and when the request was answered, until
// the connection ends: who forwards a message may still be at it.
func TestRequestContextAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept []context.Context
		h := session.HandlerFunc(func(ctx context.Context, r *session.Request) {
			_ = ctx.Done()
			kept = append(kept, ctx)
			_ = replyOK(r)
		})
		s, p := boundMC(t, session.Config{Handler: h, EnquireLinkInterval: -1})
		for i := range uint32(50) {
			p.SendPDU(req(i, submit("x")))
			p.read(pdu.CommandSubmitSMResp)
		}
		time.Sleep(24 * time.Hour)
		for _, ctx := range kept {
			require.NoError(t, ctx.Err())
		}
		require.NoError(t, s.Close())
		for _, ctx := range kept {
			<-ctx.Done()
			require.ErrorIs(t, context.Cause(ctx), session.ErrClosed)
		}
	})
}

// TestRequestContextsCost: when every handler asks for the end of its context, sessions do not grow by that.
func TestRequestContextsCost(t *testing.T) {
	for name, cfg := range map[string]session.Config{"one at a time": {}, "side by side": {Concurrency: 16}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &typed{t: t}
				session.On(&h.Mux, func(ctx context.Context, _ *session.Request, _ *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
					child, cancel := context.WithTimeout(ctx, time.Hour)
					defer cancel()
					select {
					case <-child.Done():
					default:
					}
					return &pdu.SubmitSMResp{MessageID: "1"}, nil
				})
				cfg.Handler = h
				_, p := boundMC(t, cfg)
				run := func(n uint32) int {
					for i := uint32(0); i < n; i += 100 {
						sendMany(t, p, i, 100)
						for range 100 {
							p.read(pdu.CommandSubmitSMResp)
						}
					}
					time.Sleep(2 * time.Second)
					synctest.Wait()
					return heapInUse()
				}
				before := run(2000)
				after := run(20_000)
				t.Logf("%d octets more after 20,000 requests", after-before)
				require.Less(t, after-before, 128<<10)
			})
		})
	}
}
