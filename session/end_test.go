package session_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// shutdown runs Shutdown in a goroutine.
func shutdown(ctx context.Context, s *session.Session) <-chan error {
	c := make(chan error, 1)
	go func() { c <- s.Shutdown(ctx) }()
	return c
}

// TestShutdown is an orderly end, step by step.
func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		kept := make(chan *session.Request, 2)
		h.do["HandlePDU"] = func(c hookCall) { kept <- c.r }
		s, p := boundESME(t, session.Config{Handler: h, Window: 1, EnquireLinkInterval: -1})
		h.log()
		_, err := s.Send(t.Context(), submit("outstanding"))
		require.NoError(t, err)
		synctest.Wait()
		waiting := doing(t.Context(), s, submit("waits"))
		p.SendPDU(req(7, deliver("unanswered")))
		synctest.Wait()

		down := shutdown(t.Context(), s)
		err = (<-waiting).err
		require.ErrorIs(t, err, session.ErrDraining)
		require.True(t, session.SafeToRetry(err))
		_, err = s.TrySend(submit("refused"))
		require.ErrorIs(t, err, session.ErrDraining)
		p.read(pdu.CommandSubmitSM)
		p.WantIdle(20 * time.Second) // no unbind while a request is outstanding
		p.SendPDU(req(8, deliver("comes too late")), req(9, &pdu.EnquireLink{}))
		p.expect(pdu.CommandDeliverSMResp, pdu.StatusTemporaryAppError, 8)
		p.expect(pdu.CommandEnquireLinkResp, pdu.StatusOK, 9)
		p.SendPDU(req(2, &pdu.SubmitSMResp{}))
		p.WantIdle(20 * time.Second) // nor while one of the peer's is open
		require.NoError(t, replyOK((<-kept)))
		p.expect(pdu.CommandDeliverSMResp, pdu.StatusOK, 7)
		unbind := p.read(pdu.CommandUnbind)
		synctest.Wait() // the write has returned, so that its result comes first
		p.SendPDU(req(unbind.Seq, &pdu.UnbindResp{}))
		p.WantClosed()
		start := time.Now()
		require.NoError(t, <-down)
		require.Equal(t, time.Second, time.Since(start), "for a FIN that does not come")
		<-s.Done()
		require.ErrorIs(t, s.Err(), session.ErrShutdown)
		require.Empty(t, s.Lost())
		require.NoError(t, s.Shutdown(t.Context()))
		h.want("sent submit_sm 2", "pdu deliver_sm 7", "resp submit_sm_resp 2 ESME_ROK to submit_sm 2",
			"sent deliver_sm_resp 7", "state BOUND_TRX > UNBOUND", "state UNBOUND > CLOSED", "close: session was shut down")
		require.EqualValues(t, 1, s.Stats().Refused)
	})
}

// TestShutdownExpired: the context ends before the drain. What is not begun is refused, what is begun stays unanswered,
// no unbind is sent, and the end comes within about a second, even when the peer does not read.
func TestShutdownExpired(t *testing.T) {
	for name, stall := range map[string]bool{"peer reads": false, "peer does not read": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newRecorder(t)
				block := make(chan struct{})
				h.do["HandlePDU"] = func(c hookCall) {
					<-block
					require.ErrorIs(t, replyOK(c.r), session.ErrClosed)
				}
				s, p := boundESME(t, session.Config{Handler: h, EnquireLinkInterval: -1, WriteTimeout: -1})
				p.SendPDU(req(7, deliver("unanswered")), req(8, deliver("not begun")))
				_, err := s.Send(t.Context(), submit("outstanding"))
				require.NoError(t, err)
				p.read(pdu.CommandSubmitSM)
				synctest.Wait() // the requests have come, and the first is begun
				if stall {
					s.NetConn().(interface{ SetBuffer(int) }).SetBuffer(1)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				start := time.Now()
				down := shutdown(ctx, s)
				lost := "; submit_sm 2 W; deliver_sm 7 IB"
				if stall {
					lost += "; deliver_sm 8 IW"
				} else {
					p.expect(pdu.CommandDeliverSMResp, pdu.StatusTemporaryAppError, 8)
					require.Equal(t, 5*time.Second, time.Since(start))
					p.WantClosed()
				}
				require.ErrorIs(t, <-down, context.DeadlineExceeded)
				require.LessOrEqual(t, time.Since(start), 7*time.Second)
				require.Equal(t, lost, strings.ReplaceAll(lostText(s.Lost()), "WI", "IW"))
				require.ErrorIs(t, s.Err(), session.ErrShutdown)
				close(block)
				<-s.Done()
			})
		})
	}
}

// TestShutdownInHook begins a drain without waiting for the hook. The deadline of its context bounds it; the end of the
// hook does not.
func TestShutdownInHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		h.do["HandlePDU"] = func(c hookCall) {
			ctx, cancel := context.WithTimeout(c.ctx, 20*time.Second)
			defer cancel()
			require.NoError(t, c.s.Shutdown(ctx))
			require.NoError(t, replyOK(c.r))
		}
		s, p := boundESME(t, session.Config{Handler: h, EnquireLinkInterval: -1})
		_, err := s.Send(t.Context(), submit("x"))
		require.NoError(t, err)
		p.read(pdu.CommandSubmitSM)
		start := time.Now()
		p.SendPDU(req(7, deliver("x")))
		p.expect(pdu.CommandDeliverSMResp, pdu.StatusOK, 7)
		p.WantIdle(20*time.Second - 1)
		p.WantClosed() // no unbind is sent any more
		require.Equal(t, 20*time.Second, time.Since(start))
		<-s.Done()
		require.Equal(t, "; submit_sm 2 W", lostText(s.Lost()))
	})
}

// TestShutdownSlowHook: a hook that does not end keeps neither the connection nor Shutdown, but Wait and Done.
func TestShutdownSlowHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		h.do["HandleCast"] = func(hookCall) { time.Sleep(time.Hour) }
		s, p := boundESME(t, session.Config{Handler: h})
		require.NoError(t, s.Cast(1))
		start := time.Now()
		down := shutdown(t.Context(), s)
		p.serve(pdu.CommandUnbind, pdu.StatusOK)
		p.WantClosed()
		p.CloseWrite()
		require.NoError(t, <-down)
		require.Zero(t, time.Since(start))
		require.ErrorIs(t, s.Err(), session.ErrShutdown)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.ErrorIs(t, s.Wait(ctx), context.DeadlineExceeded)
		require.Equal(t, time.Minute, time.Since(start))
		require.NoError(t, s.Wait(t.Context()))
		require.Equal(t, time.Hour, time.Since(start))
		require.Equal(t, 1, h.ends())
		<-s.Done()
	})
}

func TestShutdownUnbound(t *testing.T) {
	for _, role := range []session.Role{session.RoleESME, session.RoleMC} {
		synctest.Test(t, func(t *testing.T) {
			s, p := open(t, role, session.Config{})
			down := shutdown(t.Context(), s)
			p.WantClosed() // no unbind: the session was never bound
			p.CloseWrite()
			require.NoError(t, <-down)
		})
	}
}

// TestPeerUnbind: outstanding and unanswered requests get their grace, then unbind is answered.
func TestPeerUnbind(t *testing.T) {
	for name, tt := range map[string]struct {
		inTime bool
		behind bool // the unbind_resp comes the answer
		fin    bool
	}{
		"all answered in time":    {true, false, true},
		"grace over":              {false, false, true},
		"grace over, late answer": {false, true, true},
		"peer does not close":     {true, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				kept := make(chan *session.Request, 1)
				s, p := boundESME(t, session.Config{Handler: handle(func(r *session.Request) { kept <- r })})
				done := doing(t.Context(), s, submit("x"))
				p.read(pdu.CommandSubmitSM)
				p.SendPDU(req(7, deliver("x")), req(8, &pdu.Unbind{}))
				start := time.Now()
				r := <-kept
				_, err := s.Send(t.Context(), submit("new"))
				require.ErrorIs(t, err, session.ErrPeerUnbinding)
				p.WantIdle(4 * time.Second)
				if tt.inTime {
					p.SendPDU(req(2, &pdu.SubmitSMResp{}))
					require.NoError(t, (<-done).err)
					require.NoError(t, replyOK(r))
					p.expect(pdu.CommandDeliverSMResp, pdu.StatusOK, 7)
				}
				p.expect(pdu.CommandUnbindResp, pdu.StatusOK, 8)
				if !tt.inTime {
					require.Equal(t, 5*time.Second, time.Since(start))
				}
				if tt.behind {
					require.NoError(t, replyOK(r))
					p.expect(pdu.CommandDeliverSMResp, pdu.StatusOK, 7)
				}
				synctest.Wait() // the session knows that it is written
				require.Equal(t, session.StateUnbound, s.State())
				if tt.fin {
					p.CloseWrite()
				}
				answered := time.Now()
				<-s.Done()
				want := 2 * time.Second
				if tt.fin {
					want = 0
				}
				require.Equal(t, want, time.Since(answered))
				p.WantClosed()
				require.ErrorIs(t, s.Err(), session.ErrPeerUnbound)
				if !tt.inTime {
					require.Equal(t, session.Lost, outcome(t, (<-done).err))
				}
				require.Equal(t, !tt.inTime && !tt.behind, strings.Contains(lostText(s.Lost()), "; deliver_sm 7 IB"))
			})
		})
	}
}

// TestCrossedUnbinds are both answered.
func TestCrossedUnbinds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := boundESME(t, session.Config{})
		down := shutdown(t.Context(), s)
		u := p.read(pdu.CommandUnbind)
		p.SendPDU(req(9, &pdu.Unbind{}))
		p.expect(pdu.CommandUnbindResp, pdu.StatusOK, 9)
		p.SendPDU(req(u.Seq, &pdu.UnbindResp{}))
		p.WantClosed()
		p.CloseWrite()
		require.NoError(t, <-down)
	})
}

// TestBothShutDown: two of our own sessions at both ends of one connection.
func TestBothShutDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mc, esme := pair(t, session.Config{}, session.Config{})
		start := time.Now()
		a, b := shutdown(t.Context(), mc), shutdown(t.Context(), esme)
		require.NoError(t, <-a)
		require.NoError(t, <-b)
		require.Zero(t, time.Since(start))
	})
}

// TestPeerEOF: what is due to the peer is still written, what waits for the peer is lost.
func TestPeerEOF(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := boundESME(t, session.Config{Window: 1})
		done := doing(t.Context(), s, submit("x"))
		synctest.Wait()
		waits := doing(t.Context(), s, submit("waits"))
		p.read(pdu.CommandSubmitSM)
		p.SendPDU(req(7, &pdu.EnquireLink{}))
		p.CloseWrite()
		p.expect(pdu.CommandEnquireLinkResp, pdu.StatusOK, 7)
		p.WantClosed()
		require.Equal(t, session.Lost, outcome(t, (<-done).err))
		require.Equal(t, session.NotSent, outcome(t, (<-waits).err))
		endsAfter(t, s, 0, session.ErrPeerClosed)
	})
	synctest.Test(t, func(t *testing.T) { // within a PDU
		s, p := boundESME(t, session.Config{})
		p.Write(encode(t, req(7, deliver("x")))[:20])
		p.CloseWrite()
		<-s.Done()
		var e *pdu.FrameError
		require.ErrorAs(t, s.Err(), &e)
		require.Len(t, e.Head, pdu.HeaderLen)
		require.NotZero(t, e.Length)
	})
}

// TestClose ends a session in every state, from many goroutines, at once.
func TestClose(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T) (*session.Session, *peer){
		"open": func(t *testing.T) (*session.Session, *peer) { return open(t, session.RoleMC, session.Config{}) },
		"binding": func(t *testing.T) (*session.Session, *peer) {
			s, p := open(t, session.RoleMC, session.Config{Handler: handle(func(*session.Request) {})})
			p.SendPDU(req(1, bind(pdu.CommandBindReceiver, pdu.V34)))
			return s, p
		},
		"outbound": func(t *testing.T) (*session.Session, *peer) {
			s, p := open(t, session.RoleMC, session.Config{})
			_, err := s.Do(t.Context(), &pdu.Outbind{SystemID: "mc"})
			require.NoError(t, err)
			require.Equal(t, session.StateOutbound, s.State())
			return s, p
		},
		"bound": func(t *testing.T) (*session.Session, *peer) { return boundESME(t, session.Config{}) },
		"draining": func(t *testing.T) (*session.Session, *peer) {
			s, p := boundESME(t, session.Config{})
			shutdown(t.Context(), s)
			return s, p
		},
		"unbound": func(t *testing.T) (*session.Session, *peer) {
			s, p := boundESME(t, session.Config{})
			p.SendPDU(req(7, &pdu.Unbind{}))
			p.read(pdu.CommandUnbindResp)
			return s, p
		},
		"peer gone": func(t *testing.T) (*session.Session, *peer) {
			s, p := boundESME(t, session.Config{})
			p.Pipe().CutAfter(0)
			return s, p
		},
		"closed": func(t *testing.T) (*session.Session, *peer) {
			s, p := boundESME(t, session.Config{})
			require.NoError(t, s.Close())
			return s, p
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _ := prepare(t)
				synctest.Wait()
				start := time.Now()
				var wg sync.WaitGroup
				for i := range 16 {
					wg.Go(func() {
						switch i % 4 {
						case 0:
							_, _ = s.Do(t.Context(), submit("x"))
						case 1:
							_, _ = s.Send(t.Context(), submit("x"))
						default:
							require.NoError(t, s.Close())
						}
					})
				}
				wg.Wait()
				<-s.Done()
				require.Zero(t, time.Since(start))
				require.Equal(t, session.StateClosed, s.State())
				for _, err := range []error{
					second(s.Do(t.Context(), submit("x"))), second(s.Send(t.Context(), submit("x"))),
					second(s.TrySend(submit("x"))), s.SendPDU(t.Context(), req(5, submit("x"))),
				} {
					require.ErrorIs(t, err, session.ErrClosed)
					require.True(t, session.SafeToRetry(err))
				}
				require.ErrorIs(t, s.Cast(1), session.ErrClosed)
				require.ErrorIs(t, second(s.Call(t.Context(), 1)), session.ErrClosed)
				require.ErrorIs(t, second(s.Await(t.Context(), pdu.CommandDeliverSM)), session.ErrClosed)
			})
		})
	}
}

func second[T any](_ T, err error) error { return err }

// TestLostList is in the order of hand-over and tells what a waiting Do was told.
func TestLostList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		h.do["HandlePDU"] = func(hookCall) {}
		s, p := boundESME(t, session.Config{Handler: h, Window: 4})
		var told []<-chan result
		for i := range 3 {
			_, err := s.Send(t.Context(), submit(fmt.Sprint(i)))
			require.NoError(t, err)
			told = append(told, doing(t.Context(), s, submit(fmt.Sprint(i))))
			synctest.Wait()
			if i == 1 {
				break
			}
		}
		told = append(told, doing(t.Context(), s, submit("waits")))
		p.SendPDU(req(9, deliver("in")))
		synctest.Wait()
		h.log()
		require.NoError(t, s.Close())
		<-s.Done()
		h.want("state BOUND_TRX > CLOSED", "close: session closed; submit_sm 2 W; submit_sm 3 WT; submit_sm 4 W; submit_sm 5 WT"+
			"; submit_sm 0 T; deliver_sm 9 IB")
		for i, c := range told {
			err := (<-c).err
			require.ErrorIs(t, err, session.ErrClosed)
			require.Equal(t, i == 2, session.SafeToRetry(err))
		}
	})
}
