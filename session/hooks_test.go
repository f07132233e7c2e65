package session_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// TestHookOrder: the hooks of what arrives in one read come in order, and one at a time (recorder sees to that).
func TestHookOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		h.do["HandlePDU"] = func(c hookCall) {
			time.Sleep(time.Second)
			require.NoError(t, replyOK(c.r))
		}
		s, p := boundESME(t, session.Config{Handler: h, EnquireLinkInterval: -1})
		_, err := s.Send(t.Context(), submit("x"))
		require.NoError(t, err)
		p.read(pdu.CommandSubmitSM)
		synctest.Wait() // the write has returned, so that its result comes first
		p.SendPDU(req(7, deliver("a")), req(2, &pdu.SubmitSMResp{}), req(8, deliver("b")), &pdu.PDU{
			Header: pdu.Header{ID: pdu.CommandDeliverSM, Seq: 9}, Body: &pdu.Raw{ID: pdu.CommandDeliverSM, Data: []byte{0xFF}},
		}, req(9, &pdu.SubmitSMResp{}))
		require.NoError(t, s.Cast("hello"))
		time.Sleep(time.Minute)
		require.NoError(t, s.Close())
		<-s.Done()
		h.mu.Lock()
		defer h.mu.Unlock()
		var in []string
		for _, l := range h.lines {
			if !strings.HasPrefix(l, "sent deliver") && !strings.HasPrefix(l, "cast") {
				in = append(in, l)
			}
		}
		require.Equal(t, []string{
			"state OPEN > BOUND_TRX", "sent submit_sm 2", "pdu deliver_sm 7", "resp submit_sm_resp 2 ESME_ROK to submit_sm 2",
			"pdu deliver_sm 8", "malformed deliver_sm 9 true", "late submit_sm_resp 9 to nothing",
			"state BOUND_TRX > CLOSED", "close: session closed",
		}, in)
	})
}

// TestHookContext: the context of a hook ends with the connection, that of HandleClose does not.
func TestHookContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		var ended error
		h.do["HandlePDU"] = func(c hookCall) {
			require.NoError(t, c.ctx.Err())
			<-c.ctx.Done()
			ended = c.ctx.Err()
			require.ErrorIs(t, c.s.Err(), session.ErrClosed)
			select {
			case <-c.s.Done():
				t.Error("Done is closed before HandleClose")
			default:
			}
		}
		h.do["HandleClose"] = func(c hookCall) {
			require.NoError(t, c.ctx.Err())
			_, err := c.s.Call(c.ctx, 1)
			require.ErrorIs(t, err, session.ErrInHook)
			_, err = c.s.Do(c.ctx, submit("x"))
			require.ErrorIs(t, err, session.ErrClosed)
			require.NoError(t, c.s.Shutdown(c.ctx))
			require.Equal(t, h.lost, c.s.Lost())
			require.Error(t, c.s.Context().Err())
		}
		s, p := boundESME(t, session.Config{Handler: h})
		require.NoError(t, s.Err())
		require.Nil(t, s.Lost())
		p.SendPDU(req(7, deliver("a")))
		synctest.Wait()
		require.NoError(t, s.Close())
		<-s.Done()
		require.Error(t, ended)
		require.Len(t, s.Lost(), 1)
	})
}

// TestLeftOut: hooks that a handler does not have cost their events, not the account.
func TestLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := boundESME(t, session.Config{Handler: session.NopHandler{}, Window: 1, ResponseTimeout: time.Second})
		for range 3000 { // more than there are places
			_, err := s.Send(t.Context(), submit("x"))
			require.NoError(t, err)
			p.serve(pdu.CommandSubmitSM, pdu.StatusOK)
		}
		for range 2000 {
			_, err := s.Send(t.Context(), submit("x"))
			require.NoError(t, err)
			p.read(pdu.CommandSubmitSM)
			p.SendPDU(req(1, &pdu.SubmitSMResp{})) // late, for nobody
			time.Sleep(time.Second)
		}
		synctest.Wait()
		n := s.Stats()
		require.EqualValues(t, 2000, n.TimedOut)
		require.EqualValues(t, 2000, n.Unknown)
		require.Zero(t, n.Events)
		require.Zero(t, n.Dropped)
		require.ErrorIs(t, s.Cast(1), session.ErrNoHandler)
		_, err := s.Call(t.Context(), 1)
		require.ErrorIs(t, err, session.ErrNoHandler)
		p.SendPDU(req(7, deliver("a")), req(8, &pdu.DataSM{}), req(9, &pdu.AlertNotification{}))
		p.expect(pdu.CommandDeliverSMResp, pdu.StatusTemporaryAppError, 7)
		p.expect(pdu.CommandDataSMResp, pdu.StatusTemporaryAppError, 8)
	})
}

type wrongResp struct{ session.NopHandler }

func (wrongResp) HandleResp(*session.Session, *pdu.PDU, *pdu.PDU) {}

type wrongClose struct{ session.NopHandler }

func (*wrongClose) HandleClose(context.Context, *session.Session, []session.LostPDU) {}

type pointerTimeout struct{ session.NopHandler }

func (*pointerTimeout) HandleRespTimeout(context.Context, *session.Session, []*pdu.PDU) {}

type fine struct{ session.NopHandler }

func (fine) HandleResp(context.Context, *session.Session, *pdu.PDU, *pdu.PDU) {}
func (fine) HandleOther()                                                     {}

func TestNearMiss(t *testing.T) {
	start := func(h session.Handler) func() {
		return func() {
			a, b := transport.Pipe()
			defer b.Close()
			s := session.Start(a, session.RoleESME, session.Config{Handler: h})
			_ = s.Close()
			<-s.Done()
		}
	}
	require.PanicsWithValue(t, "session: session_test.wrongResp has a method HandleResp that is no hook: its signature is "+
		"func(*session_test.wrongResp, *session.Session, *pdu.PDU, *pdu.PDU)", start(wrongResp{}))
	require.Panics(t, start(&wrongClose{}))
	require.Panics(t, start(wrongClose{}))
	require.Panics(t, start(pointerTimeout{}), "only a pointer to it has the hook")
	require.NotPanics(t, start(&pointerTimeout{}))
	require.NotPanics(t, start(fine{}))
	require.NotPanics(t, start(&fine{}))
	require.NotPanics(t, start(nil))
	require.NotPanics(t, start(&session.Mux{}))
}

var errBoom = errors.New("boom")

// provoke makes each hook run, on an ESME's session.
var provoke = map[string]func(s *session.Session, p *peer){
	"HandlePDU":         func(_ *session.Session, p *peer) { p.SendPDU(req(9, deliver("x"))) },
	"HandleResp":        func(_ *session.Session, p *peer) { p.serve(pdu.CommandSubmitSM, pdu.StatusOK) },
	"HandleRespTimeout": func(*session.Session, *peer) { time.Sleep(time.Minute) },
	"HandleSendResult":  func(*session.Session, *peer) {},
	"HandleLateResp":    func(_ *session.Session, p *peer) { p.SendPDU(req(99, &pdu.SubmitSMResp{})) },
	"HandleMalformed": func(_ *session.Session, p *peer) {
		p.Write([]byte("\x00\x00\x00\x11\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x09x"))
	},
	"HandleState":      func(*session.Session, *peer) {},
	"HandleUnanswered": func(_ *session.Session, p *peer) { p.SendPDU(req(9, deliver("x"))); time.Sleep(time.Minute) },
	"HandleCall":       func(s *session.Session, _ *peer) { _, _ = s.Call(context.Background(), 1) },
	"HandleCast":       func(s *session.Session, _ *peer) { _ = s.Cast(1) },
	"HandleClose":      func(s *session.Session, _ *peer) { _ = s.Close() },
}

// TestHookDies: a hook that panics, or ends its goroutine, ends its session with that as the reason. The report is
// delivered, once, and the process lives.
func TestHookDies(t *testing.T) {
	ends := map[string]func(){
		"panic":  func() { panic(errBoom) },
		"goexit": runtime.Goexit,
	}
	for hook, act := range provoke {
		for how, end := range ends {
			t.Run(hook+"/"+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := newRecorder(t)
					died := false
					h.do["HandlePDU"] = func(hookCall) {} // leaves it unanswered
					h.do[hook] = func(hookCall) {
						if !died {
							died = true
							end()
						}
					}
					s, p := boundESME(t, session.Config{
						Handler: h, AnswerTimeout: 30 * time.Second, EnquireLinkInterval: -1,
					})
					if _, err := s.Send(t.Context(), submit("x")); err == nil {
						synctest.Wait()
						act(s, p)
					}
					<-s.Done()
					require.True(t, died)
					var e *session.PanicError
					if hook == "HandleClose" {
						require.ErrorIs(t, s.Err(), session.ErrClosed)
					} else {
						require.ErrorAs(t, s.Err(), &e)
						require.Equal(t, hook, e.Hook)
						require.Contains(t, string(e.Stack), "goroutine ")
						require.Equal(t, how == "panic", errors.Is(s.Err(), errBoom))
						want := "session: " + hook + " panicked: boom"
						if how == "goexit" {
							want = "session: " + hook + " ended its goroutine"
						}
						require.EqualError(t, s.Err(), want)
						require.Equal(t, 1, h.closed)
						require.Equal(t, s.Lost(), h.lost)
					}
					require.Equal(t, session.StateClosed, s.State())
				})
			})
		}
	}
}

// TestTraceDies: whatever the program's own trace does at the end, the report is delivered.
func TestTraceDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		s, _ := boundESME(t, session.Config{Handler: h, Trace: &session.Trace{
			End: func(*session.Session, []session.LostPDU, error) { panic(errBoom) },
		}})
		require.NoError(t, s.Close())
		<-s.Done()
		require.Equal(t, 1, h.closed)
	})
}

// TestSlowHook: a hook that blocks for an hour stalls nothing but the hooks behind it.
func TestSlowHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		h.do["HandlePDU"] = func(hookCall) { time.Sleep(time.Hour) }
		s, p := boundESME(t, session.Config{Handler: h, AnswerTimeout: 10 * time.Minute})
		p.SendPDU(req(7, deliver("slow")))
		synctest.Wait()
		start := time.Now()

		p.SendPDU(req(8, &pdu.EnquireLink{}))
		p.expect(pdu.CommandEnquireLinkResp, pdu.StatusOK, 8)
		done := doing(t.Context(), s, submit("x"))
		p.serve(pdu.CommandSubmitSM, pdu.StatusOK)
		require.NoError(t, (<-done).err)
		require.LessOrEqual(t, time.Since(start), takeover, "nothing waited")

		p.serve(pdu.CommandEnquireLink, pdu.StatusOK)
		require.InDelta(t, 30*time.Second, time.Since(start), float64(takeover))
		done = doing(t.Context(), s, submit("never answered"))
		p.read(pdu.CommandSubmitSM)
		for range 2 {
			p.serve(pdu.CommandEnquireLink, pdu.StatusOK)
		}
		require.ErrorIs(t, (<-done).err, session.ErrResponseTimeout)
		require.InDelta(t, 90*time.Second, time.Since(start), float64(takeover))

		for time.Since(start) < 9*time.Minute+30*time.Second {
			p.serve(pdu.CommandEnquireLink, pdu.StatusOK)
		}
		require.Zero(t, s.Stats().GivenUp)
		p.serve(pdu.CommandEnquireLink, pdu.StatusOK) // and no answer to what is given up
		require.EqualValues(t, 1, s.Stats().GivenUp, "AnswerTimeout")

		closing := time.Now()
		require.NoError(t, s.Close())
		require.Zero(t, time.Since(closing))
		_, err := p.skip(pdu.CommandEnquireLink)
		require.Equal(t, io.EOF, err)
		require.Zero(t, time.Since(closing))
		<-s.Done() // after the hook
		require.Equal(t, time.Hour, time.Since(start))
		require.Empty(t, s.Lost())
	})
}
