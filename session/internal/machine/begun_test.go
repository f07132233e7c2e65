package machine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

// calls calls the hooks of the next n events.
func (r *rig) calls(n int) {
	for range n {
		e := r.m.NextEvent()
		r.effect(&e)
	}
}

// waiting returns the requests of the peer that are not begun, by number.
func (r *rig) waiting() map[uint32]*In {
	all := map[uint32]*In{}
	for _, l := range []*inList{&r.m.more().turns, &r.m.queue, &r.m.more().notices} {
		for in := l.head; in != nil; in = in.next {
			all[in.PDU.Seq] = in
		}
	}
	return all
}

// TestQueueTimeout: what waits too long to be begun is refused, told so, and never begun; its event leaves the queue at
// once.
func TestQueueTimeout(t *testing.T) {
	for _, row := range []struct {
		role   Role
		status pdu.CommandStatus
		want   string
	}{
		{RoleMC, pdu.StatusThrottled, "submit_sm_resp#1 ESME_RTHROTTLED"},
		{RoleMC, pdu.StatusMsgQueueFull, "submit_sm_resp#1 ESME_RMSGQFUL"},
		{RoleESME, pdu.StatusTemporaryAppError, "deliver_sm_resp#1 ESME_RX_T_APPN"},
	} {
		r := boundRig(t, row.role, func(c *Config) { c.ThrottleStatus, c.Refusals = row.status, true })
		r.held = true
		r.in(1)
		in := r.waiting()[1]
		require.False(t, in.Begun())
		r.pass(10*time.Second - 1)
		require.Equal(t, 1, r.m.Events())
		require.Empty(t, r.take())
		r.pass(1)
		require.Equal(t, 1, r.m.Events(), "what tells of it")
		r.writes(row.want)
		require.Zero(t, r.m.Stats().Inbound)
		require.EqualValues(t, 1, r.m.Stats().Refused)
		r.held = false
		r.want("refused "+word(in.PDU), "unanswered "+word(in.PDU)+": refused")
		require.False(t, in.Begun())
		_, err := r.m.Reply(r.now, in, Answer{})
		require.ErrorIs(t, err, ErrAnswered)
		require.False(t, r.m.TakeBack(r.now, in))
		r.m.Begin(r.now, in)
		require.False(t, in.Begun())
		r.m.Close(r.now)
		r.want("cut", "close: session closed")
	}

	off := boundRig(t, RoleMC, func(c *Config) { c.Queue = 0 })
	off.held = true
	off.in(1)
	off.peer(2, &pdu.EnquireLink{})
	off.flush()
	off.pass(time.Hour)
	require.Empty(t, off.take())
	require.Len(t, off.waiting(), 1)
}

// TestQueueNotice: what has no response waits for its hook or its turn without limit, and holds up the refusal of none.
func TestQueueNotice(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.full = true
	r.peer(1, &pdu.AlertNotification{})
	r.in(2)
	r.want("pdu alert_notification#1", "pdu deliver_sm#2")
	r.held = true
	r.peer(3, &pdu.AlertNotification{})
	r.pass(10 * time.Second)
	r.writes("deliver_sm_resp#2 ESME_RTHROTTLED")
	r.pass(time.Hour)
	require.Len(t, r.waiting(), 2)
	require.Equal(t, 2, r.m.Stats().Inbound)
	r.turn(1)
	require.True(t, r.ins[1].Begun())
	r.held, r.full = false, false
	r.want("pdu alert_notification#3", "unanswered deliver_sm#2: refused")
	require.Zero(t, r.m.Stats().Inbound)
}

// TestQueueBind: nor is a bind refused for want of a hook.
func TestQueueBind(t *testing.T) {
	r := newRig(t, RoleMC, func(c *Config) { c.SessionInit = 0 })
	r.held = true
	r.peer(1, bindBody(pdu.CommandBindTransceiver, pdu.V34))
	r.stays(time.Hour)
	r.held = false
	r.want("pdu bind_transceiver#1")
}

// TestQueueStanding: once the queue has not been empty for QueueTimeout, what comes waits for a tenth of that.
func TestQueueStanding(t *testing.T) {
	r := boundRig(t, RoleMC)
	r.held = true
	r.in(1)
	r.pass(5 * time.Second)
	r.in(2)
	r.pass(4500 * time.Millisecond)
	r.in(3)
	r.pass(500 * time.Millisecond)
	r.writes("submit_sm_resp#1 ESME_RTHROTTLED", "submit_sm_resp#2 ESME_RTHROTTLED")
	r.pass(499 * time.Millisecond)
	require.Empty(t, r.take())
	r.in(4)
	r.pass(time.Millisecond)
	r.writes("submit_sm_resp#3 ESME_RTHROTTLED")
	r.pass(999 * time.Millisecond)
	r.writes("submit_sm_resp#4 ESME_RTHROTTLED")

	r.in(5) // the queue is empty, since what was in it was refused: it stands all the same
	r.pass(time.Second)
	r.writes("submit_sm_resp#5 ESME_RTHROTTLED")
	r.pass(10 * time.Second)
	r.in(6) // nothing was refused for as long
	r.pass(10*time.Second - 1)
	require.Empty(t, r.take())
	r.pass(1)
	r.writes("submit_sm_resp#6 ESME_RTHROTTLED")
}

// TestQueueEmptied: a queue that was begun to its end is no standing one, be it for a moment.
func TestQueueEmptied(t *testing.T) {
	for _, late := range []bool{false, true} {
		r := boundRig(t, RoleMC)
		r.held, r.late = true, late
		r.in(1)
		r.pass(5 * time.Second)
		r.calls(1)
		r.pass(4500 * time.Millisecond)
		r.in(2)
		r.pass(10*time.Second - 1)
		require.Empty(t, r.take())
		r.pass(1)
		r.writes("submit_sm_resp#2 ESME_RTHROTTLED")
	}
}

// TestQueueHeldBack: where the last pause of reading ended since the queue went down, it is two tenths.
func TestQueueHeldBack(t *testing.T) {
	for _, ended := range []bool{true, false} {
		r := boundRig(t, RoleMC, func(c *Config) { c.Inbound = 4 })
		r.held = true
		r.in(1, 2, 3, 4)
		require.True(t, r.m.ReadPaused())
		r.calls(3)
		if !ended {
			r.pass(time.Second)
		}
		for seq := range uint32(3) {
			require.NoError(t, r.reply(seq+1))
		}
		r.flush()
		require.False(t, r.m.ReadPaused())
		require.Equal(t, ended, r.m.heldBack)
		r.pass(epoch.Add(9500 * time.Millisecond).Sub(r.now))
		r.in(5)
		r.pass(500 * time.Millisecond)
		r.writes("submit_sm_resp#4 ESME_RTHROTTLED")
		short := 500 * time.Millisecond
		if ended {
			short += time.Second
		}
		r.pass(short - 1)
		require.Empty(t, r.take())
		r.pass(1)
		r.writes("submit_sm_resp#5 ESME_RTHROTTLED")
		require.False(t, r.m.heldBack, "the queue was empty")
	}
}

// TestQueueGaps: events that leave the queue leave no memory behind, wherever they were.
func TestQueueGaps(t *testing.T) {
	r := boundRig(t, RoleMC, func(c *Config) { c.Inbound, c.Hooks = 1<<20, HookPDU })
	r.held = true
	for range 5 {
		r.m.Post("own")
	}
	for i := range uint32(20_000) {
		r.in(i)
		r.pass(time.Millisecond)
		r.flush()
		require.LessOrEqual(t, len(r.m.events.list), 2*r.m.Events()+16)
		require.Equal(t, r.m.queue.n+5, r.m.Events())
	}
	require.LessOrEqual(t, cap(r.m.events.list), 32<<10)
	r.pass(time.Minute)
	require.Equal(t, 5, r.m.Events())
	for range 5 {
		require.Equal(t, EventOwn, r.m.NextEvent().Kind)
	}
	require.Zero(t, r.m.NextEvent().Kind)

	// An idle session keeps nothing, nor a wrong number.
	r.in(1)
	r.pass(10 * time.Second)
	for r.m.WantWrite() {
		r.flush()
	}
	r.m.Tick(r.now.Add(time.Second))
	require.Zero(t, r.m.Events())
	require.Nil(t, r.m.events.list)
	r.in(2, 3)
	require.Equal(t, 2, r.m.Events())
}

// TestQueueTaken: what was taken, and not called, can be withdrawn still, and does not come back by PutBack.
func TestQueueTaken(t *testing.T) {
	r := boundRig(t, RoleMC)
	r.held = true
	r.in(1)
	r.pass(time.Second)
	r.in(2)
	events := r.m.TakeEvents(nil)
	require.Len(t, events, 2)
	require.Zero(t, r.m.Events())
	r.pass(9 * time.Second)
	r.writes("submit_sm_resp#1 ESME_RTHROTTLED", "submit_sm_resp#2 ESME_RTHROTTLED")
	require.False(t, r.shell.call(events[0].In) || r.shell.call(events[1].In))

	r.in(3)
	r.pass(time.Second)
	r.in(4)
	events = r.m.TakeEvents(nil)
	r.pass(9 * time.Second)
	r.in(5)
	r.m.refuse(r.m.last, r.waiting()[5])
	require.Empty(t, r.waiting())
	r.m.PutBack(events)
	r.held = false
	got := r.effects()
	require.Len(t, got, 5)
	require.NotContains(t, got, "pdu submit_sm#3")

	r.held = true
	r.in(6, 7)
	events = r.m.TakeEvents(nil)
	r.in(8)
	r.m.PutBack(events[1:])
	require.Equal(t, 2, r.m.Events())
	r.m.refuse(r.m.last, r.waiting()[7])
	r.held = false
	r.want("pdu submit_sm#8", "unanswered submit_sm#7: refused")
}

// TestBegunTold: a request is begun when its hook was called, though the machine hears of it late; and the answer time
// counts from when it heard.
func TestBegunTold(t *testing.T) {
	r := boundRig(t, RoleMC)
	r.slow, r.late = true, true
	r.in(1)
	r.want("pdu submit_sm#1")
	require.False(t, r.ins[1].Begun())
	r.pass(10 * time.Second)
	require.Empty(t, r.take(), "too late to refuse it")
	require.True(t, r.ins[1].Begun())
	r.pass(time.Minute - 1)
	r.want()
	r.pass(1)
	r.want("gave up submit_sm#1", "unanswered submit_sm#1: given up")

	r = boundRig(t, RoleMC)
	r.slow, r.late = true, true
	r.in(1, 2)
	r.effects()
	require.NoError(t, r.reply(1), "within its hook")
	require.True(t, r.ins[1].Begun())
	r.returned()
	require.True(t, r.ins[2].Begun())
	r.m.Close(r.now)
	r.want("cut", "close: session closed", "lost submit_sm#2 i b", "lost submit_sm#1 i b")

	// At the end, too.
	r = boundRig(t, RoleMC)
	r.slow, r.late = true, true
	r.in(1)
	r.effects()
	r.held = true
	r.in(2)
	r.m.Close(r.now)
	r.held = false
	r.want("cut", "close: session closed", "lost submit_sm#1 i b", "lost submit_sm#2 i")
	require.EqualValues(t, 1, r.m.Stats().Refused)
}

// TestTakeBack: a request that is taken back is not begun, and waits from its arrival on until its turn comes, or it is
// refused.
func TestTakeBack(t *testing.T) {
	for _, late := range []bool{false, true} {
		r := boundRig(t, RoleMC)
		r.full, r.late = true, late
		r.in(1, 2, 3)
		r.want("pdu submit_sm#1", "pdu submit_sm#2", "pdu submit_sm#3")
		require.Equal(t, 3, r.m.Stats().Inbound)
		require.False(t, r.ins[1].Begun())
		require.ErrorIs(t, r.reply(1), ErrNotBegun)
		require.False(t, r.m.TakeBack(r.now, r.ins[1]), "it is")
		require.Same(t, r.ins[1], r.m.FirstTurn())
		require.Same(t, r.ins[2], r.m.NextTurn(r.ins[1]))
		require.Nil(t, r.m.NextTurn(r.ins[3]))
		r.pass(5 * time.Second)
		r.turn(2)
		require.True(t, r.ins[2].Begun())
		require.Same(t, r.ins[3], r.m.NextTurn(r.ins[1]))
		r.pass(5*time.Second - 1)
		require.Empty(t, r.take())
		r.pass(1)
		r.writes("submit_sm_resp#1 ESME_RTHROTTLED", "submit_sm_resp#3 ESME_RTHROTTLED")
		r.want("unanswered submit_sm#1: refused", "unanswered submit_sm#3: refused")
		require.Nil(t, r.m.FirstTurn())
		require.True(t, r.shell.withdrawn[r.ins[1]])
		require.ErrorIs(t, r.replyLate(1), ErrAnswered)
		r.pass(55*time.Second - 1)
		r.want()
		require.NoError(t, r.reply(2))
		r.writes("submit_sm_resp#2")
	}

	// It has waited before its hook, too.
	r := boundRig(t, RoleMC)
	r.held = true
	r.in(1)
	r.pass(9 * time.Second)
	r.held, r.full = false, true
	r.want("pdu submit_sm#1")
	r.pass(time.Second)
	r.writes("submit_sm_resp#1 ESME_RTHROTTLED")
}

// TestTakeBackNotice: what has no response can be taken back as well, whether the machine knows that its hook was
// called.
func TestTakeBackNotice(t *testing.T) {
	for _, late := range []bool{false, true} {
		r := boundRig(t, RoleESME)
		r.full, r.late = true, late
		r.peer(1, &pdu.AlertNotification{})
		r.want("pdu alert_notification#1")
		require.Equal(t, 1, r.m.Stats().Inbound)
		require.Same(t, r.ins[1], r.m.FirstTurn())
		r.m.Close(r.now)
		r.want("cut", "close: session closed", "lost alert_notification#1 i")
	}
}

// TestTakeBackTooLate: when nothing is served any more, no turn comes: the request is refused or, when that could not
// be written, in the report as not begun. What was answered or given up is not to be served either.
func TestTakeBackTooLate(t *testing.T) {
	begun := func() *rig {
		r := boundRig(t, RoleMC)
		r.send("a")
		r.take()
		r.slow = true
		r.in(1)
		r.effects()
		return r
	}
	r := begun()
	r.m.Drain(r.now)
	r.m.DrainExpired(r.now)
	require.False(t, r.m.TakeBack(r.now, r.ins[1]))
	r.m.Wrote(r.now, 1<<20, nil)
	r.writes("submit_sm_resp#1 ESME_RTHROTTLED")
	r.want("unanswered submit_sm#1: refused", "sent a", "half-close")
	r.returned()

	r = begun()
	r.m.Wrote(r.now, 0, errReset)
	require.False(t, r.m.TakeBack(r.now, r.ins[1]))
	r.m.ConnEnded(r.now, nil)
	r.want("cut", "close: reset", "lost deliver_sm#1", "lost submit_sm#1 i")

	r = begun()
	r.m.Close(r.now)
	require.False(t, r.m.TakeBack(r.now, r.ins[1]))
	r.pass(endTime)
	r.want("cut", "close: session closed", "lost deliver_sm#1 w", "lost submit_sm#1 i")
	require.False(t, r.m.TakeBack(r.now, r.ins[1]))

	r = begun()
	require.NoError(t, r.reply(1))
	require.False(t, r.m.TakeBack(r.now, r.ins[1]))

	r = begun()
	r.m.Wrote(r.now, 1<<20, nil)
	r.pass(time.Minute)
	require.False(t, r.m.TakeBack(r.now, r.ins[1]), "it was given up")
}
