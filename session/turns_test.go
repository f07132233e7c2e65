package session_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// to is a submit_sm to a destination.
func to(dest, text string) *pdu.SubmitSM {
	return &pdu.SubmitSM{Dest: pdu.Address{Addr: dest}, ShortMessage: []byte(text)}
}

// running counts functions that run side by side.
type running struct {
	now, most, all atomic.Int64
}

func (c *running) enter() func() {
	n := c.now.Add(1)
	for old := c.most.Load(); n > old && !c.most.CompareAndSwap(old, n); old = c.most.Load() {
	}
	c.all.Add(1)
	return func() { c.now.Add(-1) }
}

// TestConcurrency: typed functions run side by side up to the bound, never beyond it, and that is what they are for.
func TestConcurrency(t *testing.T) {
	for _, n := range []int{0, 1, 2, 16} {
		synctest.Test(t, func(t *testing.T) {
			var c running
			h := submits(t, func(*session.Request, string) (*pdu.SubmitSMResp, error) {
				defer c.enter()()
				time.Sleep(5 * time.Millisecond)
				return &pdu.SubmitSMResp{MessageID: "1"}, nil
			})
			s, p := boundMC(t, session.Config{Handler: h, Concurrency: n})
			start := time.Now()
			sendMany(t, p, 1, 800)
			seen := map[uint32]bool{}
			for range 800 {
				x := p.read(pdu.CommandSubmitSMResp)
				require.Equal(t, pdu.StatusOK, x.Status)
				seen[x.Seq] = true
			}
			require.Len(t, seen, 800)
			workers := max(1, n)
			require.EqualValues(t, workers, c.most.Load())
			require.Equal(t, time.Duration(800/workers)*5*time.Millisecond, time.Since(start))
			require.Zero(t, s.Stats().Inbound)
			synctest.Wait()
			require.Zero(t, s.Stats().Events)
		})
	}
}

// TestConcurrencyTCP: the same over the wire, under load from both ends.
func TestConcurrencyTCP(t *testing.T) {
	const n = 4000
	a, b := loopback(t)
	var c running
	h := submits(t, func(_ *session.Request, text string) (*pdu.SubmitSMResp, error) {
		defer c.enter()()
		runtime.Gosched()
		return &pdu.SubmitSMResp{MessageID: text}, nil
	})
	mc := session.Start(b, session.RoleMC, session.Config{Handler: accepting(h), Concurrency: 8, OrderBy: session.ByDestination})
	esme := session.Start(a, session.RoleESME, session.Config{Window: 100})
	finish(t, mc)
	finish(t, esme)
	_, err := esme.Do(t.Context(), bind(pdu.CommandBindTransceiver, pdu.V34))
	require.NoError(t, err)
	var all sync.WaitGroup
	for w := range 100 {
		all.Go(func() {
			for i := range n / 100 {
				text := fmt.Sprint(w, " ", i)
				resp, err := session.Exchange(t.Context(), esme, to(fmt.Sprint(w%20), text))
				if err != nil || resp.MessageID != text {
					t.Errorf("%q: %v, %v", text, resp, err)
					return
				}
			}
		})
	}
	all.Wait()
	require.LessOrEqual(t, c.most.Load(), int64(8))
	require.EqualValues(t, n, c.all.Load())
	require.NoError(t, esme.Shutdown(t.Context()))
	<-mc.Done()
	require.ErrorIs(t, mc.Err(), session.ErrPeerUnbound)
	require.EqualValues(t, 1, h.closed.Load())
}

// TestOrderByDestination: messages to one destination are served one at a time and in order, those to others meanwhile.
func TestOrderByDestination(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		got := map[string][]string{}
		busy := map[string]bool{}
		var c running
		h := &typed{t: t}
		session.On(&h.Mux, func(_ context.Context, _ *session.Request, sm *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
			defer c.enter()()
			mu.Lock()
			if busy[sm.Dest.Addr] {
				t.Errorf("two to %s", sm.Dest.Addr)
			}
			busy[sm.Dest.Addr] = true
			got[sm.Dest.Addr] = append(got[sm.Dest.Addr], string(sm.ShortMessage))
			mu.Unlock()
			time.Sleep(time.Duration(1+len(sm.ShortMessage)%3) * time.Millisecond)
			mu.Lock()
			busy[sm.Dest.Addr] = false
			mu.Unlock()
			return &pdu.SubmitSMResp{MessageID: "1"}, nil
		})
		_, p := boundMC(t, session.Config{Handler: h, Concurrency: 16, OrderBy: session.ByDestination})
		var all []*pdu.PDU
		want := map[string][]string{}
		for i := range 900 {
			dest := fmt.Sprint(i * i % 24)
			text := fmt.Sprint(i)
			want[dest] = append(want[dest], text)
			all = append(all, req(uint32(i), to(dest, text)))
		}
		p.SendPDU(all...)
		for range all {
			require.Equal(t, pdu.StatusOK, p.read(pdu.CommandSubmitSMResp).Status)
		}
		require.Equal(t, want, got)
		require.Greater(t, c.most.Load(), int64(len(want)/2))
		require.LessOrEqual(t, c.most.Load(), int64(16))
	})
	for body, want := range map[pdu.Body]string{
		to("7", "x"): "7",
		&pdu.DeliverSM{Dest: pdu.Address{Addr: "8"}}: "8",
		&pdu.DataSM{Dest: pdu.Address{Addr: "9"}}:    "9",
		&pdu.QuerySM{}: "",
	} {
		require.Equal(t, want, session.ByDestination(&pdu.PDU{Body: body}))
	}
}

// TestTurnDies: a function that panics, or ends its goroutine, ends its session like a hook; what waits is dropped, the
// others that run are waited for, and the report is delivered.
func TestTurnDies(t *testing.T) {
	for name, die := range map[string]func(){"panic": func() { panic(errBoom) }, "goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan bool)
				h := submits(t, func(r *session.Request, _ string) (*pdu.SubmitSMResp, error) {
					if r.PDU.Seq == 3 {
						time.Sleep(time.Second)
						die()
					}
					<-release
					return &pdu.SubmitSMResp{MessageID: "1"}, nil
				})
				s, p := boundMC(t, session.Config{Handler: h, Concurrency: 4})
				start := time.Now()
				sendMany(t, p, 1, 10)
				<-s.Context().Done()
				require.Equal(t, time.Second, time.Since(start))
				var e *session.PanicError
				require.ErrorAs(t, s.Err(), &e)
				require.Equal(t, "HandlePDU", e.Hook)
				require.Contains(t, string(e.Stack), "TestTurnDies")
				require.ErrorAs(t, context.Cause(s.Context()), &e)
				wantLost(t, s.Lost(), 1, 4, 10)
				synctest.Wait()
				require.Zero(t, h.closed.Load())
				close(release)
				<-s.Done()
				require.EqualValues(t, 1, h.closed.Load())
			})
		})
	}
}

// TestTurnLater: a function that answers later gives its turn up when it returns, and its request stays begun.
func TestTurnLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c running
		h := submits(t, func(r *session.Request, _ string) (*pdu.SubmitSMResp, error) {
			defer c.enter()()
			time.AfterFunc(time.Minute/2, func() { _ = r.Reply(&pdu.SubmitSMResp{MessageID: "1"}) })
			time.Sleep(time.Second)
			return nil, session.ErrLater
		})
		s, p := boundMC(t, session.Config{Handler: h, Concurrency: 2, EnquireLinkInterval: -1})
		sendMany(t, p, 1, 10)
		time.Sleep(10 * time.Second)
		require.EqualValues(t, 10, c.all.Load())
		require.EqualValues(t, 2, c.most.Load())
		require.Equal(t, 10, s.Stats().Inbound)
		require.Zero(t, s.Stats().Refused)
		for range 10 {
			require.Equal(t, pdu.StatusOK, p.read(pdu.CommandSubmitSMResp).Status)
		}
	})
}

// TestTurnGivenUp: a function that was given up keeps its turn until it returns, so that no more run than are allowed.
func TestTurnGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c running
		var causes sync.Map
		h := &typed{t: t}
		session.On(&h.Mux, func(ctx context.Context, r *session.Request, _ *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
			defer c.enter()()
			if r.PDU.Seq <= 2 {
				<-ctx.Done()
				causes.Store(r.PDU.Seq, context.Cause(ctx))
				time.Sleep(time.Minute)
			}
			return &pdu.SubmitSMResp{MessageID: "1"}, nil
		})
		s, p := boundMC(t, session.Config{
			Handler: h, Concurrency: 2, AnswerTimeout: 5 * time.Second, QueueTimeout: -1, EnquireLinkInterval: -1,
		})
		sendMany(t, p, 1, 6)
		p.WantIdle(time.Minute + 5*time.Second - 1)
		require.EqualValues(t, 2, c.all.Load())
		require.EqualValues(t, 2, s.Stats().GivenUp)
		require.Equal(t, 4, s.Stats().Inbound)
		for range 6 { // the late ones go out as well
			require.Equal(t, pdu.StatusOK, p.read(pdu.CommandSubmitSMResp).Status)
		}
		require.EqualValues(t, 2, c.most.Load())
		require.EqualValues(t, 2, s.Stats().LateReply)
		for _, seq := range []uint32{1, 2} {
			err, ok := causes.Load(seq)
			require.True(t, ok)
			require.ErrorIs(t, err.(error), session.ErrAnswerTimeout)
		}
	})
}

// TestTurnRefused: what waits for its turn is refused like what waits for its hook: in time, by a drain, at the end;
// and it is never begun afterwards.
func TestTurnRefused(t *testing.T) {
	for name, act := range map[string]func(s *session.Session, p *peer){
		"QueueTimeout": func(*session.Session, *peer) { time.Sleep(10 * time.Second) },
		"drain": func(s *session.Session, _ *peer) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			_ = s.Shutdown(ctx)
		},
		"unbind": func(_ *session.Session, p *peer) { p.SendPDU(req(77, &pdu.Unbind{})); time.Sleep(5 * time.Second) },
		"FIN":    func(_ *session.Session, p *peer) { p.CloseWrite(); time.Sleep(time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan bool)
				var c running
				var kept sync.Map
				h := submits(t, func(r *session.Request, _ string) (*pdu.SubmitSMResp, error) {
					defer c.enter()()
					<-release
					return &pdu.SubmitSMResp{MessageID: "1"}, nil
				})
				unanswered := &unansweredToo{typed: h, got: &kept}
				s, p := boundMC(t, session.Config{Handler: unanswered, Concurrency: 3})
				sendMany(t, p, 1, 8)
				synctest.Wait()
				act(s, p)
				for i := range uint32(5) {
					p.expect(pdu.CommandSubmitSMResp, pdu.StatusThrottled, 4+i)
				}
				synctest.Wait()
				require.EqualValues(t, 5, s.Stats().Refused)
				close(release)
				time.Sleep(time.Minute)
				require.EqualValues(t, 3, c.all.Load())
				_ = s.Close()
				<-s.Done()
				for i := range uint32(5) {
					r, ok := kept.Load(4 + i)
					require.True(t, ok, "HandleUnanswered")
					require.Equal(t, session.FateRefused, r.(*session.Request).Fate())
				}
			})
		})
	}
}

// unansweredToo is a typed handler that hears of what is not served, and keeps it.
type unansweredToo struct {
	*typed
	got *sync.Map
}

func (h *unansweredToo) HandleUnanswered(_ context.Context, r *session.Request) {
	h.got.Store(r.PDU.Seq, r)
}

// wrapper is a handler that embeds a Mux and has its own HandlePDU.
type wrapper struct {
	*session.Mux
	calls atomic.Int64
}

func (h *wrapper) HandlePDU(ctx context.Context, r *session.Request) {
	h.calls.Add(1)
	h.Mux.HandlePDU(ctx, r)
}

// TestMuxForms: a Mux that sessions share, that a type embeds and calls, and that is the Fallback of another, serves
// side by side within the bounds of each session.
func TestMuxForms(t *testing.T) {
	var c running
	mux := func() *session.Mux {
		m := new(session.Mux)
		session.On(m, func(context.Context, *session.Request, *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
			defer c.enter()()
			time.Sleep(time.Second)
			return &pdu.SubmitSMResp{MessageID: "1"}, nil
		})
		return m
	}
	inner := mux()
	wrapped := &wrapper{Mux: mux()}
	for name, h := range map[string]session.Handler{
		"shared": mux(), "wrapper": wrapped, "fallback": &session.Mux{Fallback: &session.Mux{Fallback: inner}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.most.Store(0)
				var ps []*peer
				for range 3 {
					_, p := boundMC(t, session.Config{Handler: h, Concurrency: 2})
					sendMany(t, p, 1, 6)
					ps = append(ps, p)
				}
				start := time.Now()
				for _, p := range ps {
					for range 6 {
						require.Equal(t, pdu.StatusOK, p.read(pdu.CommandSubmitSMResp).Status)
					}
				}
				require.Equal(t, 3*time.Second, time.Since(start))
				require.EqualValues(t, 6, c.most.Load(), "two of each session")
			})
		})
	}
	require.EqualValues(t, 18, wrapped.calls.Load(), "each request once")
}

// TestTurnAnsweredEarly: what its wrapper answered before its turn, or what was given up, is not served afterwards.
func TestTurnAnsweredEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan bool)
		var c running
		m := new(session.Mux)
		session.On(m, func(context.Context, *session.Request, *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
			defer c.enter()()
			<-release
			return &pdu.SubmitSMResp{MessageID: "1"}, nil
		})
		var kept *session.Request
		h := session.HandlerFunc(func(ctx context.Context, r *session.Request) {
			switch r.PDU.Seq {
			case 3:
				_ = r.Reject(pdu.StatusSubmitFailed)
			case 4:
				kept = r
			}
			m.HandlePDU(ctx, r)
		})
		_, p := boundMC(t, session.Config{Handler: h, Concurrency: 2})
		sendMany(t, p, 1, 4)
		p.expect(pdu.CommandSubmitSMResp, pdu.StatusSubmitFailed, 3)
		synctest.Wait()
		require.ErrorIs(t, kept.Reject(pdu.StatusSubmitFailed), session.ErrNotBegun, "it waits for its turn")
		close(release)
		seqs := map[uint32]bool{}
		for range 3 {
			seqs[p.read(pdu.CommandSubmitSMResp).Seq] = true
		}
		require.Equal(t, map[uint32]bool{1: true, 2: true, 4: true}, seqs)
		require.EqualValues(t, 3, c.all.Load())
	})
}
