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
)

// TestAnswer: each way to answer, once.
func TestAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		answer func(r *session.Request) error
		fails  error
		status pdu.CommandStatus
		body   pdu.Body
	}{
		"reply":           {answer: func(r *session.Request) error { return r.Reply(&pdu.SubmitSMResp{MessageID: "1"}) }, body: &pdu.SubmitSMResp{MessageID: "1"}},
		"reply with none": {answer: func(r *session.Request) error { return replyOK(r) }, body: &pdu.SubmitSMResp{}},
		"reject":          {answer: func(r *session.Request) error { return r.Reject(pdu.StatusThrottled) }, status: pdu.StatusThrottled},
		"reject with OK":  {answer: func(r *session.Request) error { return r.Reject(0) }, status: pdu.StatusSystemError},
		"respond": {
			answer: func(r *session.Request) error { return r.Respond(pdu.StatusSubmitFailed, &pdu.SubmitSMResp{}) },
			status: pdu.StatusSubmitFailed, body: &pdu.SubmitSMResp{},
		},
		"another command's body": {
			answer: func(r *session.Request) error { return r.Reply(&pdu.QuerySMResp{}) },
			fails:  session.ErrAnswerMismatch,
		},
		"does not encode": {
			answer: func(r *session.Request) error {
				err := r.Reply(&pdu.SubmitSMResp{MessageID: string(make([]byte, 100))})
				require.Error(t, err)
				return replyOK(r) // it can still be answered
			},
			body: &pdu.SubmitSMResp{},
		},
		"accept": {
			answer: func(r *session.Request) error { return r.Accept(nil, nil) },
			fails:  session.ErrNotBind,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := boundMC(t, session.Config{Handler: handle(func(r *session.Request) {
					err := tt.answer(r)
					if tt.fails != nil {
						require.ErrorIs(t, err, tt.fails)
						require.NoError(t, r.Reject(pdu.StatusSystemError))
						return
					}
					require.NoError(t, err)
					require.ErrorIs(t, replyOK(r), session.ErrAnswered)
					require.ErrorIs(t, r.Reject(8), session.ErrAnswered)
				})})
				p.SendPDU(req(0xFFFFFFFF, submit("x")))
				status := tt.status
				if tt.fails != nil {
					status = pdu.StatusSystemError
				}
				x := p.expect(pdu.CommandSubmitSMResp, status, 0xFFFFFFFF)
				require.Equal(t, tt.body, x.Body)
				synctest.Wait()
				require.Zero(t, s.Stats().Inbound)
			})
		})
	}
}

// TestAnswerLater: a request is answered once, whoever is first; two with the same number are both answered.
func TestAnswerLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		kept := make(chan *session.Request, 3)
		h.do["HandlePDU"] = func(c hookCall) { kept <- c.r }
		s, p := boundMC(t, session.Config{Handler: h})
		synctest.Wait()
		h.log()
		p.SendPDU(req(5, submit("a")), req(5, submit("b")), req(6, &pdu.EnquireLink{}))
		p.expect(pdu.CommandEnquireLinkResp, pdu.StatusOK, 6)
		var won atomic.Int32
		for range 2 {
			r := <-kept
			require.Same(t, s, r.Session())
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					if err := replyOK(r); err == nil {
						won.Add(1)
					} else if !errors.Is(err, session.ErrAnswered) {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		require.EqualValues(t, 2, won.Load())
		p.expect(pdu.CommandSubmitSMResp, pdu.StatusOK, 5)
		p.expect(pdu.CommandSubmitSMResp, pdu.StatusOK, 5)
		p.SendPDU(req(7, submit("c")))
		r := <-kept
		p.WantIdle(time.Second)
		require.NoError(t, s.Close())
		<-s.Done()
		err := replyOK(r)
		require.ErrorIs(t, err, session.ErrClosed)
		require.ErrorContains(t, err, "session: answer to submit_sm (sequence 7)")
		require.Equal(t, "; submit_sm 7 IB", lostText(s.Lost()))
		h.want("pdu submit_sm 5", "pdu submit_sm 5", "sent submit_sm_resp 5", "sent submit_sm_resp 5", "pdu submit_sm 7",
			"state BOUND_TRX > CLOSED", "close: session closed; submit_sm 7 IB")
	})
}

// TestAnswerTimeout: a request that is begun and not answered in time is given up. Its context ends, it is reported and
// counted, and is in no list; its peer is told nothing, but by the handler, however late, or by GiveUpStatus.
func TestAnswerTimeout(t *testing.T) {
	for name, tt := range map[string]struct {
		role    session.Role
		request pdu.Body
		giveUp  pdu.CommandStatus
	}{
		"submit_sm to an MC":        {session.RoleMC, submit("x"), 0},
		"data_sm to an MC":          {session.RoleMC, &pdu.DataSM{}, 0},
		"deliver_sm to an ESME":     {session.RoleESME, deliver("x"), 0},
		"data_sm to an ESME":        {session.RoleESME, &pdu.DataSM{}, 0},
		"with a status":             {session.RoleMC, submit("x"), pdu.StatusSystemError},
		"with a status, to an ESME": {session.RoleESME, deliver("x"), pdu.StatusTemporaryAppError},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newRecorder(t)
				var kept *session.Request
				h.do["HandlePDU"] = func(c hookCall) { kept = c.r }
				h.do["HandleUnanswered"] = func(c hookCall) {
					require.Same(t, kept, c.r)
					require.Equal(t, session.FateGivenUp, c.r.Fate())
				}
				s, p := startAs(t, tt.role, session.Config{Handler: h, EnquireLinkInterval: -1, GiveUpStatus: tt.giveUp})
				synctest.Wait()
				h.log()
				id := tt.request.CommandID()
				p.SendPDU(req(5, tt.request))
				p.WantIdle(time.Minute - 1)
				require.NoError(t, kept.Context().Err())
				require.Zero(t, kept.Fate())
				require.Equal(t, 1, s.Stats().Inbound)
				if tt.giveUp != 0 {
					p.expect(id.Response(), tt.giveUp, 5)
				} else {
					p.WantIdle(time.Hour)
				}
				<-kept.Context().Done()
				require.ErrorIs(t, context.Cause(kept.Context()), session.ErrAnswerTimeout)
				synctest.Wait()
				require.EqualValues(t, 1, s.Stats().GivenUp)
				require.Zero(t, s.Stats().Inbound)
				if tt.giveUp != 0 {
					require.ErrorIs(t, replyOK(kept), session.ErrAnswered)
				} else {
					require.NoError(t, replyOK(kept))
					p.expect(id.Response(), pdu.StatusOK, 5)
					require.Equal(t, session.FateLate, kept.Fate())
					require.ErrorIs(t, replyOK(kept), session.ErrAnswered)
				}
				synctest.Wait()
				require.EqualValues(t, 1, s.Stats().LateReply)
				require.Zero(t, s.Stats().Refused)
				want := []string{"pdu " + id.String() + " 5", "unanswered " + id.String() + " 5"}
				if tt.giveUp == 0 {
					want = append(want, "sent "+id.Response().String()+" 5")
				}
				h.want(want...)
				require.NoError(t, s.Close())
				<-s.Done()
				require.Empty(t, s.Lost())
			})
		})
	}
}

func TestNoHandler(t *testing.T) {
	for _, tt := range []struct {
		role    session.Role
		request pdu.Body
		status  pdu.CommandStatus
	}{
		{session.RoleESME, deliver("x"), pdu.StatusTemporaryAppError},
		{session.RoleESME, &pdu.DataSM{}, pdu.StatusTemporaryAppError},
		{session.RoleMC, &pdu.DataSM{}, pdu.StatusTemporaryAppError},
		{session.RoleMC, submit("x"), pdu.StatusInvalidCommandID},
		{session.RoleMC, &pdu.QuerySM{}, pdu.StatusInvalidCommandID},
	} {
		for _, h := range []session.Handler{nil, session.NopHandler{}, &session.Mux{}} {
			synctest.Test(t, func(t *testing.T) {
				p := boundAs(t, tt.role, session.Config{Handler: h})
				p.SendPDU(req(5, tt.request))
				p.expect(tt.request.CommandID().Response(), tt.status, 5)
			})
		}
	}
}

// TestBindJudged: while a bind is judged, other requests are refused. It is answered by Accept or Reject, and the
// response goes out before what the new handler sends.
func TestBindJudged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		binds := make(chan *session.Request, 2)
		s, p := open(t, session.RoleMC, session.Config{Handler: handle(func(r *session.Request) { binds <- r })})
		p.SendPDU(req(1, bind(pdu.CommandBindTransceiver, pdu.V34)))
		first := <-binds
		p.SendPDU(req(2, bind(pdu.CommandBindReceiver, pdu.V34)), req(3, submit("x")), req(4, &pdu.EnquireLink{}))
		p.expect(pdu.CommandBindReceiverResp, pdu.StatusAlreadyBound, 2)
		p.expect(pdu.CommandSubmitSMResp, pdu.StatusInvalidBindState, 3)
		p.expect(pdu.CommandEnquireLinkResp, pdu.StatusOK, 4)
		require.ErrorIs(t, replyOK(first), session.ErrBindPending)
		require.NoError(t, first.Reject(pdu.StatusInvalidPassword))
		require.Error(t, first.Accept(nil, nil))
		p.expect(pdu.CommandBindTransceiverResp, pdu.StatusInvalidPassword, 1)
		require.Equal(t, session.StateOpen, s.State())

		p.SendPDU(req(5, bind(pdu.CommandBindTransceiver, pdu.V34)))
		second := <-binds
		h := newRecorder(t)
		require.Panics(t, func() { _ = second.Accept(nil, wrongResp{}) })
		require.NoError(t, second.Accept(&pdu.BindTransceiverResp{SystemID: "mc"}, h))
		require.ErrorIs(t, second.Accept(nil, nil), session.ErrAnswered)
		_, err := s.TrySend(deliver("at once"))
		require.NoError(t, err)
		synctest.Wait() // the write has returned, so that its results come in order
		x := p.expect(pdu.CommandBindTransceiverResp, pdu.StatusOK, 5)
		resp := x.Body.(*pdu.BindTransceiverResp)
		require.Equal(t, "mc", resp.SystemID)
		v, ok := resp.TLVs.Get(pdu.TagSCInterfaceVersion)
		require.True(t, ok)
		require.Equal(t, []byte{0x50}, v)
		p.serve(pdu.CommandDeliverSM, pdu.StatusOK)
		p.SendPDU(req(6, submit("x")))
		p.expect(pdu.CommandSubmitSMResp, pdu.StatusOK, 6)
		synctest.Wait()
		h.want("state OPEN > BOUND_TRX", "sent bind_transceiver_resp 5", "sent deliver_sm 1",
			"resp deliver_sm_resp 1 ESME_ROK to deliver_sm 1", "pdu submit_sm 6", "sent submit_sm_resp 6")
	})
}

// TestInboundRefused: beyond InboundWindow requests are answered at once, until it is less than half full.
func TestInboundRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		role   session.Role
		status pdu.CommandStatus // configured
		want   pdu.CommandStatus
	}{
		"MC":         {session.RoleMC, 0, pdu.StatusThrottled},
		"ESME":       {session.RoleESME, 0, pdu.StatusTemporaryAppError},
		"configured": {session.RoleMC, pdu.StatusMsgQueueFull, pdu.StatusMsgQueueFull},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				kept := make(chan *session.Request, 10)
				s, p := startAs(t, tt.role, session.Config{
					InboundWindow: 3, PauseLimit: -1, OverflowStatus: tt.status,
					Handler: handle(func(r *session.Request) { kept <- r }),
				})
				var q pdu.Body = submit("x")
				if tt.role == session.RoleESME {
					q = deliver("x")
				}
				resp := q.CommandID().Response()
				p.SendPDU(req(11, q), req(12, q), req(13, q), req(14, q), req(15, q))
				p.expect(resp, tt.want, 14)
				p.expect(resp, tt.want, 15)
				require.NoError(t, replyOK((<-kept)))
				p.expect(resp, pdu.StatusOK, 11)
				p.SendPDU(req(16, q))
				p.expect(resp, tt.want, 16) // two of three are open
				require.NoError(t, replyOK((<-kept)))
				p.expect(resp, pdu.StatusOK, 12)
				p.SendPDU(req(17, q), req(18, q))
				p.WantIdle(time.Second)
				require.EqualValues(t, 3, s.Stats().Refused)
				require.Equal(t, 3, s.Stats().Inbound)
				p.SendPDU(req(19, q))
				p.expect(resp, tt.want, 19)
			})
		})
	}
}

// TestInboundPaused: when InboundWindow is full reading pauses, for a second at most, by which deadlines of what the
// peer owes us are put off. After it, what comes is refused until the window is less than half full.
func TestInboundPaused(t *testing.T) {
	paused := func(t *testing.T) (s *session.Session, p *peer, kept chan *session.Request, done <-chan result) {
		kept = make(chan *session.Request, 10)
		s, p = boundMC(t, session.Config{
			InboundWindow: 4, EnquireLinkInterval: 600 * time.Millisecond,
			EnquireLinkTimeout: 2 * time.Second, ResponseTimeout: 900 * time.Millisecond,
			Handler: handle(func(r *session.Request) { kept <- r }),
		})
		done = doing(t.Context(), s, deliver("x"))
		p.read(pdu.CommandDeliverSM)
		p.SendPDU(req(11, submit("x")), req(12, submit("x")), req(13, submit("x")), req(14, submit("x")))
		synctest.Wait()
		p.SendPDU(req(15, submit("x")), req(1, &pdu.DeliverSMResp{}), req(16, submit("x")))
		return s, p, kept, done
	}
	answer := func(t *testing.T, p *peer, kept <-chan *session.Request, seqs ...uint32) {
		t.Helper()
		for _, seq := range seqs {
			require.NoError(t, replyOK((<-kept)))
			p.expect(pdu.CommandSubmitSMResp, pdu.StatusOK, seq)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		s, p, kept, done := paused(t)
		p.WantIdle(time.Second - 1) // nor an enquire_link
		require.Equal(t, 4, s.Stats().Inbound)
		start := time.Now()
		p.expect(pdu.CommandSubmitSMResp, pdu.StatusThrottled, 15)
		p.expect(pdu.CommandSubmitSMResp, pdu.StatusThrottled, 16)
		require.EqualValues(t, 1, time.Since(start))
		require.NoError(t, (<-done).err, "the response was there in time")
		answer(t, p, kept, 11, 12)
		p.SendPDU(req(17, submit("x")))
		p.expect(pdu.CommandSubmitSMResp, pdu.StatusThrottled, 17)
		answer(t, p, kept, 13)
		p.SendPDU(req(18, submit("x")))
		answer(t, p, kept, 14, 18)
		require.EqualValues(t, 3, s.Stats().Refused)
		p.read(pdu.CommandEnquireLink)
		require.EqualValues(t, 1+600*time.Millisecond, time.Since(start), "of silence")
	})
	synctest.Test(t, func(t *testing.T) { // enough are answered during the pause
		s, p, kept, done := paused(t)
		p.WantIdle(time.Second / 2)
		answer(t, p, kept, 11, 12)
		p.WantIdle(time.Second / 4)
		answer(t, p, kept, 13)
		require.NoError(t, (<-done).err, "the response was there in time")
		answer(t, p, kept, 14, 15, 16)
		require.Zero(t, s.Stats().Refused)
	})
}

// TestPausedClose: a session whose reading pauses closes at once, and its reader ends.
func TestPausedClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := boundMC(t, session.Config{
			InboundWindow: 1, Handler: handle(func(*session.Request) {}),
		})
		p.SendPDU(req(11, submit("x")), req(12, submit("x")), req(13, submit("x")))
		synctest.Wait()
		start := time.Now()
		require.NoError(t, s.Close())
		<-s.Done()
		require.Zero(t, time.Since(start))
		require.Equal(t, "; submit_sm 11 IB", lostText(s.Lost()))
	})
}

// TestMux covers typed handlers.
func TestMux(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mux := &session.Mux{Fallback: handle(func(r *session.Request) { _ = r.Reject(pdu.StatusProhibited) })}
		alerts := make(chan *pdu.AlertNotification, 1)
		session.On(mux, func(_ context.Context, r *session.Request, d *pdu.DeliverSM) (*pdu.DeliverSMResp, error) {
			switch string(d.ShortMessage) {
			case "ok":
				return &pdu.DeliverSMResp{}, nil
			case "status":
				return nil, &pdu.StatusError{Status: pdu.StatusRejectAppError}
			case "both":
				return &pdu.DeliverSMResp{}, &pdu.StatusError{Status: pdu.StatusPermanentAppError}
			case "error":
				return nil, errBoom
			case "later":
				time.AfterFunc(time.Second, func() { _ = replyOK(r) })
				return nil, session.ErrLater
			case "answered":
				_ = r.Reject(pdu.StatusMsgQueueFull)
				return &pdu.DeliverSMResp{}, nil
			case "long":
				return &pdu.DeliverSMResp{MessageID: string(make([]byte, 100))}, nil
			}
			return nil, nil
		})
		session.OnNotification(mux, func(_ context.Context, _ *session.Request, a *pdu.AlertNotification) { alerts <- a })
		_, p := boundESME(t, session.Config{Handler: mux})
		for _, tt := range []struct {
			text   string
			status pdu.CommandStatus
		}{
			{"ok", 0},
			{"status", pdu.StatusRejectAppError},
			{"both", pdu.StatusPermanentAppError},
			{"error", pdu.StatusSystemError},
			{"later", 0},
			{"answered", pdu.StatusMsgQueueFull},
			{"long", pdu.StatusSystemError},
			{"neither", pdu.StatusSystemError},
		} {
			p.SendPDU(req(5, deliver(tt.text)))
			p.expect(pdu.CommandDeliverSMResp, tt.status, 5)
		}
		p.SendPDU(req(6, &pdu.AlertNotification{}), req(7, &pdu.DataSM{}))
		p.expect(pdu.CommandDataSMResp, pdu.StatusProhibited, 7)
		require.NotNil(t, <-alerts)
	})
}
