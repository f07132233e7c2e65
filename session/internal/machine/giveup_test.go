package machine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

// TestGiveUp: what is begun and not answered in time is given up. The library answers nothing; the handler's own answer
// is written, late as it is; and it is in no list.
func TestGiveUp(t *testing.T) {
	r := boundRig(t, RoleMC, alone(1))
	r.in(1)
	r.want("pdu submit_sm#1")
	r.pass(time.Minute - 1)
	r.want()
	r.pass(1)
	require.Empty(t, r.take())
	r.want("gave up submit_sm#1", "unanswered submit_sm#1: given up")
	require.Zero(t, r.m.Stats().Inbound, "it leaves the bounds")
	require.EqualValues(t, 1, r.m.Stats().GivenUp)
	r.in(2)
	r.want("pdu submit_sm#2")
	r.pass(time.Hour)
	r.effects()
	require.NoError(t, r.replyLate(1))
	require.EqualValues(t, 1, r.m.Stats().LateReply)
	require.ErrorIs(t, r.reply(1), ErrAnswered)
	r.writes("submit_sm_resp#1")
	r.want("sent submit_sm_resp#1")
	require.Zero(t, r.m.Stats().Inbound)
	r.m.Close(r.now)
	r.want("cut", "close: session closed")
	require.ErrorIs(t, r.replyLate(2), ErrClosed)

	// Its answer may be lost without a word.
	r = boundRig(t, RoleMC)
	r.in(1, 2)
	r.effects()
	r.pass(time.Minute)
	r.effects()
	require.NoError(t, r.replyLate(1))
	r.take()
	require.NoError(t, r.replyLate(2))
	r.m.Wrote(r.now, 3, errReset)
	r.m.ConnEnded(r.now, nil)
	r.want("cut", "close: reset")

	off := boundRig(t, RoleMC, func(c *Config) { c.Answer = 0 })
	off.in(1)
	off.effects()
	off.stays(time.Hour)
}

// TestGiveUpTurn: the time of the handler counts from when the turn came.
func TestGiveUpTurn(t *testing.T) {
	r := boundRig(t, RoleMC)
	r.full = true
	r.in(1)
	r.effects()
	r.pass(9 * time.Second)
	r.turn(1)
	r.pass(time.Minute - 1)
	r.want()
	r.pass(1)
	r.want("gave up submit_sm#1", "unanswered submit_sm#1: given up")
}

// TestGiveUpStatus: a status of choice is answered to what is given up.
func TestGiveUpStatus(t *testing.T) {
	r := boundRig(t, RoleMC, func(c *Config) { c.GiveUpStatus = pdu.StatusSystemError })
	r.in(1)
	r.effects()
	r.pass(time.Minute)
	r.takes("submit_sm_resp#1 ESME_RSYSERR")
	r.want("gave up submit_sm#1", "unanswered submit_sm#1: given up")
	require.ErrorIs(t, r.replyLate(1), ErrAnswered)
	require.EqualValues(t, 1, r.m.Stats().LateReply)
	r.m.Wrote(r.now, 0, errReset)
	r.m.ConnEnded(r.now, nil)
	r.want("cut", "close: reset")
}

// TestGiveUpTooLate: once the connection is half-closed nothing is given up, and no timer spins.
func TestGiveUpTooLate(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.in(1)
	r.effects()
	r.pass(59500 * time.Millisecond)
	r.m.RecvUnframed(r.now, errBoom)
	r.writes("generic_nack#0 ESME_RINVCMDLEN")
	r.want("half-close")
	require.ErrorIs(t, r.replyLate(1), ErrClosed)
	r.m.Tick(r.now.Add(700 * time.Millisecond)) // for no reason
	require.Zero(t, r.m.Stats().QueueLen)
	r.want()
	r.pass(time.Second)
	r.want("cut", "close: boom", "lost deliver_sm#1 i b")
}

// TestGiveUpBind: a bind is never left open.
func TestGiveUpBind(t *testing.T) {
	r := newRig(t, RoleMC, func(c *Config) { c.SessionInit = 0 })
	r.peer(1, bindBody(pdu.CommandBindTransceiver, pdu.V34))
	r.effects()
	r.pass(time.Minute)
	r.writes("bind_transceiver_resp#1 ESME_RSYSERR")
	r.want("gave up bind_transceiver#1", "unanswered bind_transceiver#1: given up")
	require.ErrorIs(t, r.m.Accept(r.now, r.ins[1], nil, 0), ErrAnswered)
	require.ErrorIs(t, r.replyLate(1), ErrAnswered)
	r.peer(2, bindBody(pdu.CommandBindTransceiver, pdu.V34))
	r.effects()
	require.NoError(t, r.m.Accept(r.now, r.ins[2], nil, 0), "the other bind was over")
}

// TestDrainBind: a drain, and a FIN's second, answer a bind ESME_RSYSERR, judged or not, and what its judge says is too
// late.
func TestDrainBind(t *testing.T) {
	ends := map[string]func(r *rig){
		"drain": func(r *rig) { r.m.Drain(r.now) },
		"fin":   func(r *rig) { r.m.ConnEnded(r.now, nil); r.pass(time.Second) },
	}
	for name, end := range ends {
		for _, judged := range []string{"no", "late", "yes"} {
			t.Run(name+"/"+judged, func(t *testing.T) {
				r := newRig(t, RoleMC)
				r.held = judged == "no"
				r.slow, r.late = judged == "late", judged == "late"
				r.peer(1, bindBody(pdu.CommandBindTransceiver, pdu.V34))
				in := r.m.binding
				r.effects()
				end(r)
				require.Equal(t, judged != "no", in.Begun())
				r.writes("bind_transceiver_resp#1 ESME_RSYSERR")
				require.ErrorIs(t, r.m.Accept(r.now, in, nil, 0), ErrAnswered)
				require.Equal(t, StateOpen, min(r.m.State(), StateOpen))
				if judged == "no" {
					require.EqualValues(t, 1, r.m.Stats().Refused)
				}
				require.GreaterOrEqual(t, r.m.phase, phaseHalfClosed)
				r.m.Close(r.now)
				require.Empty(t, r.m.Lost())
			})
		}
	}

	// One that comes during a drain is refused at once.
	r := newRig(t, RoleMC)
	require.NoError(t, r.own("o", &pdu.Outbind{}))
	r.take()
	r.m.Drain(r.now)
	r.peer(1, bindBody(pdu.CommandBindReceiver, pdu.V34))
	r.m.Wrote(r.now, 1<<20, nil)
	require.EqualValues(t, 0, r.m.Stats().Inbound)
}

// TestDrainTimes: in a drain, the waits for the handler end though their times are off.
func TestDrainTimes(t *testing.T) {
	r := boundRig(t, RoleMC, func(c *Config) { c.Queue, c.Answer = 0, 0 })
	r.in(1)
	r.effects()
	r.held = true
	r.in(2)
	r.m.Drain(r.now)
	r.pass(10*time.Second - 1)
	require.Empty(t, r.take())
	r.pass(1)
	r.writes("submit_sm_resp#2 ESME_RTHROTTLED")
	r.pass(50*time.Second - 1)
	require.Empty(t, r.take())
	r.held = false
	r.want("unanswered submit_sm#2: refused")
	r.pass(1)
	r.want("gave up submit_sm#1", "unanswered submit_sm#1: given up")
	r.writes("unbind#1")
	require.NoError(t, r.replyLate(1), "until the half-close")
	r.writes("submit_sm_resp#1")
}

// TestNotBegunListed: what was not begun when nothing could be written any more is in the report, as is what came after
// that; what has no response, too, but for what was begun.
func TestNotBegunListed(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.peer(1, &pdu.AlertNotification{})
	r.in(2)
	r.want("pdu alert_notification#1", "pdu deliver_sm#2")
	r.full = true
	r.in(3)
	r.want("pdu deliver_sm#3")
	r.held = true
	r.in(4)
	r.peer(5, &pdu.AlertNotification{})
	r.send("a")
	r.take()
	r.m.Wrote(r.now, 0, errReset)
	require.Zero(t, r.m.Events(), "nothing more is begun")
	r.peer(6, &pdu.AlertNotification{})
	r.in(7)
	r.held = false
	r.m.ConnEnded(r.now, nil)
	r.want("cut", "close: reset", "lost submit_sm#1", "lost deliver_sm#2 i b", "lost deliver_sm#3 i",
		"lost deliver_sm#4 i", "lost alert_notification#5 i", "lost alert_notification#6 i", "lost deliver_sm#7 i")
	require.EqualValues(t, 5, r.m.Stats().Refused)

	// A refusal that does not leave.
	r = boundRig(t, RoleESME)
	r.held = true
	r.in(1)
	r.pass(10 * time.Second)
	r.take()
	r.m.Wrote(r.now, 1, errReset)
	r.held = false
	r.m.ConnEnded(r.now, nil)
	r.want("cut", "unanswered deliver_sm#1: refused", "close: reset", "lost deliver_sm#1 i w")
}

// TestNackZero: generic_nack without a number ends a bind that is alone outstanding, and nothing else.
func TestNackZero(t *testing.T) {
	r := newRig(t, RoleESME)
	require.NoError(t, r.own("bind", bindBody(pdu.CommandBindTransceiver, pdu.V34)))
	r.nack(0)
	r.want("unknown generic_nack#0 " + pdu.CommandStatus(3).String())
	r.flush()
	r.nack(0)
	r.want("sent bind", "resp bind nacked")

	require.NoError(t, r.own("bind", bindBody(pdu.CommandBindTransceiver, pdu.V34)))
	require.NoError(t, r.own("link", &pdu.EnquireLink{}))
	r.flush()
	r.effects()
	r.nack(0)
	r.want("unknown generic_nack#0 " + pdu.CommandStatus(3).String())

	r = boundRig(t, RoleESME)
	r.send("a")
	r.flush()
	r.effects()
	r.nack(0)
	r.want("unknown generic_nack#0 " + pdu.CommandStatus(3).String())
}

// TestAnswerLast: the session ends with the answer, and nothing that follows is answered.
func TestAnswerLast(t *testing.T) {
	r := newRig(t, RoleMC)
	r.peer(1, bindBody(pdu.CommandBindTransceiver, pdu.V34))
	r.effects()
	require.NoError(t, r.give(r.ins[1], Answer{Status: pdu.StatusAlreadyBound, Last: true}))
	r.in(2)
	r.peer(3, &pdu.EnquireLink{})
	r.peer(4, bindBody(pdu.CommandBindTransceiver, pdu.V34))
	r.writes("bind_transceiver_resp#1 ESME_RALYBND")
	r.want("half-close", "sent bind_transceiver_resp#1 ESME_RALYBND")
	r.in(5)
	r.pass(time.Second)
	r.want("cut", "close: "+ErrBindRefused.Error(),
		"lost submit_sm#2 i", "lost bind_transceiver#4 i", "lost submit_sm#5 i")
}

// TestAnswerLastWaiting: what still waits then is refused at once.
func TestAnswerLastWaiting(t *testing.T) {
	r := boundRig(t, RoleMC, window(1))
	r.send("a", "b")
	r.in(1)
	r.effects()
	require.NoError(t, r.give(r.ins[1], Answer{Status: pdu.StatusAlreadyBound, Last: true}))
	r.want("refuse b: session is shutting down")
	r.writes("submit_sm_resp#1 ESME_RALYBND")
}

// TestAnswerNack: a handler may answer with generic_nack.
func TestAnswerNack(t *testing.T) {
	r := boundRig(t, RoleMC)
	r.in(1)
	r.effects()
	require.ErrorIs(t, r.give(r.ins[1], Answer{Nack: true, Body: &pdu.SubmitSMResp{}}), ErrAnswerMismatch)
	require.NoError(t, r.give(r.ins[1], Answer{Nack: true, Status: pdu.StatusInvalidCommandID}))
	r.writes("generic_nack#1 ESME_RINVCMDID")
	r.want("sent generic_nack#1 ESME_RINVCMDID")
	require.ErrorIs(t, r.reply(1), ErrAnswered)
}
