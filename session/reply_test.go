package session_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
)

// TestReplyNil: point 7 of REVIEW.md's code review. Reply(nil) acknowledges an operation whose response says nothing,
// and is an error where the response names something: the request can still be answered.
func TestReplyNil(t *testing.T) {
	for _, tt := range []struct {
		role  session.Role
		body  pdu.Body
		names bool
	}{
		{session.RoleMC, submit("x"), true},
		{session.RoleMC, &pdu.SubmitMulti{Dests: []pdu.DestAddress{{Address: pdu.Address{Addr: "1"}}}}, true},
		{session.RoleMC, &pdu.DataSM{}, true},
		{session.RoleMC, &pdu.QuerySM{}, true},
		{session.RoleMC, broadcast(), true},
		{session.RoleMC, &pdu.QueryBroadcastSM{}, true},
		{session.RoleMC, &pdu.CancelBroadcastSM{}, false},
		{session.RoleMC, &pdu.CancelSM{}, false},
		{session.RoleMC, &pdu.ReplaceSM{}, false},
		{session.RoleESME, deliver("x"), false},
		{session.RoleESME, &pdu.DataSM{}, false},
	} {
		for _, how := range []string{"Reply", "Respond"} {
			t.Run(tt.role.String()+"/"+tt.body.CommandID().String()+"/"+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					errs := make(chan error, 1)
					_, sp := sessiontest.StartBound(t, tt.role, session.Config{Handler: handle(func(r *session.Request) {
						var err error
						if how == "Reply" {
							err = r.Reply(nil)
						} else {
							err = r.Respond(pdu.StatusOK, nil)
						}
						if err != nil {
							require.NoError(t, replyOK(r), "it can still be answered")
						}
						errs <- err
					})})
					p := &peer{sp, t}
					p.SendPDU(req(5, tt.body))
					x := p.expect(tt.body.CommandID().Response(), pdu.StatusOK, 5)
					require.Equal(t, pdu.NewBody(x.ID), x.Body)
					err := <-errs
					if tt.names {
						require.ErrorIs(t, err, session.ErrUnnamed)
						require.ErrorContains(t, err, "session: answer to "+tt.body.CommandID().String()+" (sequence 5)")
					} else {
						require.NoError(t, err)
					}
				})
			})
		}
	}
	synctest.Test(t, func(t *testing.T) { // with an error there is nothing to name
		_, p := boundMC(t, session.Config{Handler: handle(func(r *session.Request) {
			require.NoError(t, r.Respond(pdu.StatusSubmitFailed, nil))
		})})
		p.SendPDU(req(5, submit("x")))
		p.expect(pdu.CommandSubmitSMResp, pdu.StatusSubmitFailed, 5)
	})
}

// broadcast is a broadcast_sm with all that it must have.
func broadcast() *pdu.BroadcastSM {
	b := new(pdu.BroadcastSM)
	b.TLVs.Set(pdu.TagBroadcastAreaIdentifier, []byte{0, 1})
	b.TLVs.Set(pdu.TagBroadcastContentType, []byte{0, 0, 1})
	b.TLVs.Set(pdu.TagBroadcastRepNum, []byte{0, 1})
	b.TLVs.Set(pdu.TagBroadcastFrequencyInterval, []byte{8, 0, 1})
	return b
}

// TestNack: G8. A request can be answered by generic_nack, once, and never with ESME_ROK.
func TestNack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p := boundMC(t, session.Config{Handler: handle(func(r *session.Request) {
			status := pdu.StatusInvalidCommandID
			if r.PDU.Seq == 6 {
				status = pdu.StatusOK
			}
			require.NoError(t, r.Nack(status))
			require.ErrorIs(t, r.Nack(status), session.ErrAnswered)
			require.ErrorIs(t, replyOK(r), session.ErrAnswered)
		})})
		p.SendPDU(req(5, submit("x")), req(6, submit("x")))
		p.expect(pdu.CommandGenericNack, pdu.StatusInvalidCommandID, 5)
		p.expect(pdu.CommandGenericNack, pdu.StatusSystemError, 6)
	})
	synctest.Test(t, func(t *testing.T) { // and what it means at the other end
		mc, esme := pair(t, session.Config{Handler: handle(func(r *session.Request) {
			_ = r.Nack(pdu.StatusInvalidCommandID)
		})}, session.Config{})
		_, err := esme.Do(t.Context(), submit("x"))
		var e *pdu.StatusError
		require.ErrorAs(t, err, &e)
		require.Equal(t, pdu.StatusInvalidCommandID, e.Status)
		require.EqualValues(t, 1, esme.Stats().Nacked)
		require.Zero(t, mc.Stats().Inbound)
	})
	synctest.Test(t, func(t *testing.T) {
		errs := make(chan error, 1)
		_, p := boundESME(t, session.Config{Handler: handle(func(r *session.Request) { errs <- r.Nack(3) })})
		p.SendPDU(req(5, &pdu.AlertNotification{}))
		require.ErrorIs(t, <-errs, session.ErrNoAnswer)
	})
}

// TestLateAnswerTold: NEWCOMER.md finding 1. An answer that comes too late is logged, counted and traced, whoever gives
// it, and says whether it was sent.
func TestLateAnswerTold(t *testing.T) {
	for name, tt := range map[string]struct {
		giveUp pdu.CommandStatus
		typed  bool
		ends   bool
		sent   string
	}{
		"plain":                 {0, false, false, "sent=true"},
		"typed":                 {0, true, false, "sent=true"},
		"answered in its stead": {pdu.StatusSystemError, true, false, "sent=false"},
		"after the end":         {0, true, true, "sent=false"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := new(hookLogger)
				var fates []session.Fate
				slow := func() { time.Sleep(2 * time.Second) }
				var h session.Handler = submits(t, func(*session.Request, string) (*pdu.SubmitSMResp, error) {
					slow()
					return &pdu.SubmitSMResp{MessageID: "1"}, nil
				})
				if !tt.typed {
					h = handle(func(r *session.Request) {
						slow()
						require.NoError(t, replyOK(r))
					})
				}
				s, p := boundMC(t, session.Config{
					Handler: h, AnswerTimeout: time.Second, GiveUpStatus: tt.giveUp, Logger: slog.New(log),
					Trace: &session.Trace{Unserved: func(_ *session.Session, q *pdu.PDU, f session.Fate) {
						require.EqualValues(t, 5, q.Seq)
						fates = append(fates, f)
					}},
				})
				p.SendPDU(req(5, submit("x")))
				time.Sleep(1500 * time.Millisecond)
				synctest.Wait()
				require.Equal(t, []session.Fate{session.FateGivenUp}, fates)
				require.Len(t, log.with("request given up, since it was not answered in time"), 1)
				if tt.ends {
					require.NoError(t, s.Close())
				}
				time.Sleep(time.Second)
				synctest.Wait()
				require.Equal(t, []session.Fate{session.FateGivenUp, session.FateLate}, fates)
				lines := log.with("answer came late")
				require.Len(t, lines, 1)
				require.Contains(t, lines[0], tt.sent)
				require.Contains(t, lines[0], "submit_sm")
				require.EqualValues(t, 1, s.Stats().LateReply)
				require.EqualValues(t, 1, s.Stats().GivenUp)
			})
		})
	}
}

// TestTypedErrorLogged: the error of a typed handler is logged with the request it is about, and with no text of it.
func TestTypedErrorLogged(t *testing.T) {
	const text, secret = "the text of a message", "secret12"
	for name, tt := range map[string]struct {
		err   error
		resp  *pdu.SubmitSMResp
		line  string
		level slog.Level
	}{
		"error":    {errBoom, nil, "handler failed", slog.LevelError},
		"status":   {&pdu.StatusError{Status: pdu.StatusSubmitFailed}, nil, "handler refused a request", slog.LevelDebug},
		"neither":  {nil, nil, "handler returned no response", slog.LevelError},
		"too long": {nil, &pdu.SubmitSMResp{MessageID: strings.Repeat("1", 100)}, "response refused", slog.LevelError},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				log := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
				h := submits(t, func(*session.Request, string) (*pdu.SubmitSMResp, error) { return tt.resp, tt.err })
				s, p := sessiontest.Start(t, session.RoleMC, session.Config{Handler: accepting(h), Logger: log})
				p.WantReply(p.Send(&pdu.BindTransceiver{SystemID: "me", Password: secret, InterfaceVersion: pdu.V34}), pdu.StatusOK)
				sm := submit(text)
				sm.TLVs.Set(pdu.TagMessagePayload, []byte(text))
				q := p.Send(sm)
				x := p.Next()
				require.Equal(t, q.Seq, x.Seq)
				require.NotEqual(t, pdu.StatusOK, x.Status)
				p.Write([]byte("\x00\x00\x00\x11\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x09x"))
				p.Next()
				require.NoError(t, s.Close())
				<-s.Done()
				synctest.Wait()
				all := out.String()
				var found string
				for line := range strings.Lines(all) {
					if strings.Contains(line, `"msg":"`+tt.line+`"`) {
						found = line
					}
				}
				require.Contains(t, found, `"level":"`+tt.level.String()+`"`, all)
				require.Contains(t, found, "submit_sm")
				require.Contains(t, found, "seq")
				if tt.err != nil {
					require.Contains(t, found, tt.err.Error())
				}
				require.NotContains(t, all, text)
				require.NotContains(t, all, secret)
				require.NotContains(t, all, "dGhlIHRleHQ", "nor in base64")
			})
		})
	}
}

// TestErrorsAfterTheEnd: what is called on a session that has ended says that, and why it ended.
func TestErrorsAfterTheEnd(t *testing.T) {
	for name, tt := range map[string]struct {
		end    func(s *session.Session, p *peer)
		reason error
	}{
		"closed":      {func(s *session.Session, _ *peer) { _ = s.Close() }, session.ErrClosed},
		"peer closed": {func(_ *session.Session, p *peer) { p.CloseWrite() }, session.ErrPeerClosed},
		"unbound": {func(_ *session.Session, p *peer) {
			p.SendPDU(req(9, &pdu.Unbind{}))
		}, session.ErrPeerUnbound},
		"shut down": {func(s *session.Session, _ *peer) {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_ = s.Shutdown(ctx)
		}, session.ErrShutdown},
		"dead":    {func(*session.Session, *peer) {}, session.ErrEnquireLink},
		"a panic": {func(s *session.Session, _ *peer) { _ = s.Cast(1) }, errBoom},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newRecorder(t)
				var kept *session.Request
				h.do["HandlePDU"] = func(c hookCall) { kept = c.r }
				h.do["HandleCast"] = func(hookCall) { panic(errBoom) }
				s, p := boundESME(t, session.Config{Handler: h})
				p.SendPDU(req(7, deliver("x")))
				synctest.Wait()
				waits := calling(kept.Context(), s, 1)
				synctest.Wait()
				tt.end(s, p)
				<-s.Done()
				for what, err := range map[string]error{
					"Do":         second(s.Do(t.Context(), submit("x"))),
					"Send":       second(s.Send(t.Context(), submit("x"))),
					"TrySend":    second(s.TrySend(submit("x"))),
					"SendPDU":    s.SendPDU(t.Context(), req(5, submit("x"))),
					"Call":       second(s.Call(t.Context(), 1)),
					"Cast":       s.Cast(1),
					"Await":      second(s.Await(t.Context(), pdu.CommandDeliverSM)),
					"Reply":      replyOK(kept),
					"Reject":     kept.Reject(8),
					"a Call":     <-waits,
					"kept's Do":  second(s.Do(kept.Context(), submit("x"))),
					"an old ctx": second(s.Send(s.Context(), submit("x"))),
				} {
					require.ErrorIs(t, err, session.ErrClosed, what)
					require.ErrorIs(t, err, tt.reason, what)
				}
				require.ErrorIs(t, context.Cause(s.Context()), tt.reason)
				require.Equal(t, errors.Is(s.Err(), session.ErrClosed), name == "closed")
			})
		})
	}
}

// TestAcceptNew: the handler is made when it is certain that the session is bound, and gets all that follows, the
// change of the state first; and it is not made when the bind cannot be accepted any more.
func TestAcceptNew(t *testing.T) {
	for name, role := range map[string]bool{"bound": true, "gone": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				made := 0
				rec := newRecorder(t)
				errs := make(chan error, 1)
				s, p := open(t, session.RoleMC, session.Config{Handler: handle(func(r *session.Request) {
					if !role {
						<-r.Session().Context().Done()
					}
					errs <- r.AcceptNew(nil, func() session.Handler {
						made++
						require.Equal(t, session.StateBoundTRX, r.Session().State())
						return rec
					})
				})})
				p.SendPDU(req(1, bind(pdu.CommandBindTransceiver, pdu.V34)))
				if !role {
					synctest.Wait()
					require.NoError(t, s.Close())
					require.ErrorIs(t, <-errs, session.ErrClosed)
					<-s.Done()
					require.Zero(t, made)
					require.Empty(t, rec.log())
					return
				}
				require.NoError(t, <-errs)
				p.expect(pdu.CommandBindTransceiverResp, pdu.StatusOK, 1)
				p.SendPDU(req(2, submit("x")))
				p.expect(pdu.CommandSubmitSMResp, pdu.StatusOK, 2)
				synctest.Wait()
				require.Equal(t, 1, made)
				rec.want("state OPEN > BOUND_TRX", "sent bind_transceiver_resp 1", "pdu submit_sm 2", "sent submit_sm_resp 2")
				require.NoError(t, s.Close())
				<-s.Done()
				require.Equal(t, 1, rec.ends())
			})
		})
	}
}

// TestRejectLast: the answer is sent, nothing that follows the bind is answered, and the session ends.
func TestRejectLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := handle(func(r *session.Request) { require.NoError(t, r.RejectLast(pdu.StatusAlreadyBound)) })
		s, p := open(t, session.RoleMC, session.Config{Handler: h})
		p.SendPDU(req(1, bind(pdu.CommandBindTransceiver, pdu.V34)), req(2, submit("x")), req(3, &pdu.EnquireLink{}))
		var got []pdu.Header
		for {
			x, err := p.Read()
			if err != nil {
				break
			}
			got = append(got, x.Header)
		}
		require.NotEmpty(t, got)
		require.Contains(t, got, pdu.Header{ID: pdu.CommandBindTransceiverResp, Status: pdu.StatusAlreadyBound, Seq: 1})
		p.CloseWrite()
		<-s.Done()
		require.ErrorIs(t, s.Err(), session.ErrBindRefused)
	})
}

// TestUnansweredFates: HandleUnanswered gets what was refused after it waited, and what was given up, each with its
// fate.
func TestUnansweredFates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fates := map[uint32]session.Fate{}
		h := newRecorder(t)
		h.do["HandlePDU"] = func(hookCall) { time.Sleep(time.Minute) }
		h.do["HandleUnanswered"] = func(c hookCall) { fates[c.r.PDU.Seq] = c.r.Fate() }
		s, p := boundESME(t, session.Config{Handler: h, AnswerTimeout: 5 * time.Second, EnquireLinkInterval: -1})
		p.SendPDU(req(1, deliver("x")), req(2, deliver("x")), req(3, &pdu.AlertNotification{}))
		p.expect(pdu.CommandDeliverSMResp, pdu.StatusTemporaryAppError, 2)
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		require.Equal(t, map[uint32]session.Fate{1: session.FateGivenUp, 2: session.FateRefused}, fates)
		n := s.Stats()
		require.EqualValues(t, 1, n.GivenUp)
		require.EqualValues(t, 1, n.Refused)
		h.want("state OPEN > BOUND_TRX", "pdu deliver_sm 1", "pdu alert_notification 3",
			"unanswered deliver_sm 1", "unanswered deliver_sm 2")
	})
	for f, want := range map[session.Fate]string{
		session.FateRefused: "refused", session.FateGivenUp: "given up", session.FateLate: "answered late", 9: "Fate(9)",
	} {
		require.Equal(t, want, f.String())
	}
}
