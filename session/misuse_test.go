package session_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// Calls that are not made as they are meant to be harm nothing but what they ask for.

// TestInTurnAfterTheHook: a Mux that is called from a goroutine of the program's, when the hook has returned, or the
// session is done, serves the request there and then.
func TestInTurnAfterTheHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept *session.Request
		s, p := boundESME(t, session.Config{Concurrency: 2, Handler: handle(func(r *session.Request) { kept = r })})
		served := 0
		in := handle(func(*session.Request) { served++ })
		p.SendPDU(req(1, deliver("x")))
		synctest.Wait()
		kept.InTurn(t.Context(), in)
		require.Equal(t, 1, served)
		require.NoError(t, s.Close())
		<-s.Done()
		kept.InTurn(t.Context(), in)
		require.Equal(t, 2, served)
		require.Zero(t, s.Stats().Inbound) // the lock is not held
	})
}

// TestWaitForItself: a hook that waits for its own session to be done, with its context, learns that this cannot be.
func TestWaitForItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var last context.Context
		h := newRecorder(t)
		for _, name := range []string{"HandlePDU", "HandleClose"} {
			h.do[name] = func(c hookCall) {
				last = c.ctx
				require.ErrorIs(t, c.s.Wait(c.ctx), session.ErrInHook)
			}
		}
		s, p := boundESME(t, session.Config{Handler: h})
		p.SendPDU(req(1, deliver("x")))
		synctest.Wait()
		require.NoError(t, s.Close())
		<-s.Done()
		require.NoError(t, s.Wait(last)) // of a hook that has returned
	})
}

// TestLateAnswerCountedOnce: an answer that comes late, and does not encode, is not counted, traced and logged before
// one does.
func TestLateAnswerCountedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		traced := 0
		s, p := boundESME(t, session.Config{
			AnswerTimeout: time.Second,
			Trace: &session.Trace{Unserved: func(_ *session.Session, _ *pdu.PDU, f session.Fate) {
				if f == session.FateLate {
					traced++
				}
			}},
			Handler: handle(func(r *session.Request) {
				time.Sleep(2 * time.Second)
				require.ErrorIs(t, r.Reply(&pdu.SubmitSMResp{}), session.ErrAnswerMismatch)
				require.Error(t, r.Reply(&pdu.DeliverSMResp{MessageID: string(make([]byte, 300))}))
				require.NoError(t, r.Reject(pdu.StatusSystemError))
			}),
		})
		p.SendPDU(req(1, deliver("x")))
		p.expect(pdu.CommandDeliverSMResp, pdu.StatusSystemError, 1)
		synctest.Wait()
		require.Equal(t, 1, traced)
		require.EqualValues(t, 1, s.Stats().LateReply)
	})
}
