package machine

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

// TestOutcomes: every request ends exactly once, and is counted so. Each row ends the one request "a".
func TestOutcomes(t *testing.T) {
	rows := map[string]struct {
		role Role
		send func(r *rig) error // nil: a Send of a message
		act  func(r *rig)
		want Outcome
		tell []string
		then func(s Stats) uint64
	}{
		"responded": {
			act:  func(r *rig) { r.flush(); r.ok(1) },
			want: Responded, tell: []string{"sent a", "resp a responded"},
			then: func(s Stats) uint64 { return s.Responded },
		},
		"responded with a failure": {
			act: func(r *rig) {
				r.flush()
				r.m.Recv(r.now, &pdu.PDU{Header: pdu.Header{ID: pdu.CommandSubmitSMResp, Status: 8, Seq: 1}}, nil)
			},
			want: Responded, tell: []string{"sent a", "resp a responded"},
			then: func(s Stats) uint64 { return s.Responded },
		},
		"responded, not parsable": {
			act:  func(r *rig) { r.flush(); r.malformed(pdu.CommandSubmitSMResp, 1, 1) },
			want: Responded, tell: []string{"sent a", "malformed submit_sm_resp#1", "resp a responded"},
			then: func(s Stats) uint64 { return s.Responded },
		},
		"nacked": {
			act:  func(r *rig) { r.flush(); r.nack(1) },
			want: Nacked, tell: []string{"sent a", "resp a nacked"},
			then: func(s Stats) uint64 { return s.Nacked },
		},
		"sent": {
			role: RoleMC,
			send: func(r *rig) error { return r.own("a", &pdu.AlertNotification{}) },
			act:  func(r *rig) { r.flush() },
			want: Sent, tell: []string{"sent a"},
			then: func(s Stats) uint64 { return s.Sent },
		},
		"timed out": {
			act:  func(r *rig) { r.flush(); r.pass(time.Minute) },
			want: TimedOut, tell: []string{"sent a", "timeout a"},
			then: func(s Stats) uint64 { return s.TimedOut },
		},
		"not sent: connection lost while queued": {
			act:  func(r *rig) { r.m.ConnEnded(r.now, errReset) },
			want: NotSent, tell: []string{"cut", "close: reset", "lost submit_sm#1"},
			then: func(s Stats) uint64 { return s.NotSent },
		},
		"lost": {
			act:  func(r *rig) { r.flush(); r.m.Close(r.now) },
			want: Lost, tell: []string{"sent a", "cut", "close: session closed", "lost submit_sm#1 w"},
			then: func(s Stats) uint64 { return s.Lost },
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			r := boundRig(t, row.role)
			if row.send == nil {
				r.send("a")
			} else {
				require.NoError(t, row.send(r))
			}
			row.act(r)
			r.want(row.tell...)
			require.Equal(t, row.want, r.ops["a"].Outcome)
			require.EqualValues(t, 1, row.then(r.m.Stats()))
			require.Zero(t, r.m.Stats().InFlight)
			require.Zero(t, r.m.Stats().Places)
			require.Zero(t, r.m.Stats().Slots)
		})
	}
}

// TestNotSent: what is refused at once is told by its error alone.
func TestNotSent(t *testing.T) {
	rows := map[string]struct {
		body pdu.Body
		want any
	}{
		"state":        {&pdu.DeliverSM{}, new(*StateError)},
		"encode error": {&pdu.SubmitSM{ServiceType: "longer than five"}, new(*pdu.EncodeError)},
		"no body":      {nil, new(*pdu.EncodeError)},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			r := boundRig(t, RoleESME)
			o := &Op{PDU: pdu.PDU{Body: row.body}}
			require.ErrorAs(t, r.m.Request(r.now, o), row.want)
			require.Equal(t, NotSent, o.Outcome)
			r.want()
			require.EqualValues(t, 1, r.m.Stats().NotSent)
			require.False(t, r.m.WantWrite())
			r.send("next")
			r.writes("submit_sm#1") // the refused one took no number
		})
	}
}

// TestNotRequest: a response is no request.
func TestNotRequest(t *testing.T) {
	r := boundRig(t, RoleESME)
	require.ErrorIs(t, r.own("a", &pdu.SubmitSMResp{}), ErrNotRequest)
	require.EqualValues(t, 1, r.m.Stats().NotSent)
}

// TestDoReports: a Do tells its caller and no hook.
func TestDoReports(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.do("a", "b", "c")
	r.flush()
	r.ok(1)
	r.nack(2)
	r.want("done a responded", "done b nacked")
	r.pass(time.Minute)
	r.want("done c timed out: no response within the response time")

	r = boundRig(t, RoleMC)
	require.NoError(t, r.request("a", &Op{Do: true, PDU: pdu.PDU{Body: &pdu.AlertNotification{}}}))
	r.writes("alert_notification#1")
	r.want("done a sent")
}

// TestCancel: what is not handed over ends, without an effect; a Do that is goes on as a Send without a send result.
func TestCancel(t *testing.T) {
	one := func(c *Config) { c.Window = 1 }
	t.Run("waiting", func(t *testing.T) {
		r := boundRig(t, RoleESME, one)
		r.send("a", "b")
		r.do("c")
		require.Equal(t, NotSent, r.cancel("b"))
		require.Equal(t, NotSent, r.cancel("c"))
		require.Equal(t, NotSent, r.cancel("c"), "again")
		r.want()
		require.Equal(t, 1, r.m.Stats().InFlight)
	})
	t.Run("a Do that is queued", func(t *testing.T) {
		r := boundRig(t, RoleESME, one)
		r.do("a", "b")
		require.Equal(t, NotSent, r.cancel("a"))
		r.want("admit b")
		r.writes("submit_sm#2")
		require.Nil(t, r.m.table.get(1))
	})
	t.Run("a Send that is queued stays", func(t *testing.T) {
		r := boundRig(t, RoleESME)
		r.send("a")
		require.Equal(t, Pending, r.cancel("a"))
		r.writes("submit_sm#1")
	})
	t.Run("a Do that is handed over", func(t *testing.T) {
		r := boundRig(t, RoleESME, one)
		r.do("a")
		r.takes("submit_sm#1")
		require.Equal(t, Pending, r.cancel("a"))
		require.Equal(t, Pending, r.cancel("a"), "again")
		require.Equal(t, 1, r.m.Stats().Slots, "a slot is held until the outcome")
		r.m.Wrote(r.now, 1<<20, nil)
		r.ok(1)
		r.want("resp a responded")
		require.Zero(t, r.m.Stats().Places)
	})
	t.Run("a Do that is handed over and times out", func(t *testing.T) {
		r := boundRig(t, RoleESME)
		r.do("a")
		r.flush()
		r.cancel("a")
		r.pass(time.Minute)
		r.want("timeout a")
		require.Zero(t, r.m.Stats().Places)
	})
	t.Run("a Do that is handed over and lost", func(t *testing.T) {
		r := boundRig(t, RoleESME)
		r.do("a")
		r.flush()
		r.cancel("a")
		r.m.Close(r.now)
		r.want("cut", "close: session closed", "lost submit_sm#1 w")
	})
	t.Run("a Do without a response that is handed over", func(t *testing.T) {
		r := boundRig(t, RoleMC)
		require.NoError(t, r.request("a", &Op{Do: true, PDU: pdu.PDU{Body: &pdu.AlertNotification{}}}))
		r.take()
		require.Equal(t, Pending, r.cancel("a"))
		r.m.Wrote(r.now, 1<<20, nil)
		r.want()
		require.Equal(t, Sent, r.ops["a"].Outcome)
		require.Zero(t, r.m.Stats().Places)
	})
	t.Run("ended", func(t *testing.T) {
		r := boundRig(t, RoleESME)
		r.do("a")
		r.flush()
		r.ok(1)
		require.Equal(t, Responded, r.cancel("a"))
		r.want("done a responded")
	})
	t.Run("queued when the peer closed", func(t *testing.T) {
		r := boundRig(t, RoleESME)
		r.do("a", "b")
		r.in(1)
		r.effects()
		require.NoError(t, r.reply(1))
		r.m.ConnEnded(r.now, nil)
		require.Equal(t, NotSent, r.cancel("a"))
		r.takes("deliver_sm_resp#1")
		require.Equal(t, NotSent, r.cancel("b"))
		r.m.Wrote(r.now, 1<<20, nil)
		r.want("sent deliver_sm_resp#1", "cut", "close: peer closed the connection")
	})
}

// TestCancelLeavesNothing: requests that come and go while a write hangs take no room.
func TestCancelLeavesNothing(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.do("hangs")
	r.take()
	r.do("first")
	for range 10000 {
		r.do("a")
		r.cancel("a")
	}
	r.do("last")
	require.LessOrEqual(t, r.m.out[classRequest].held(), 8<<10)
	require.LessOrEqual(t, cap(r.m.out[classRequest].first.frames), 64)
	require.Equal(t, 2*33, r.m.Stats().QueueLen)
	r.m.Wrote(r.now, 1<<20, nil)
	r.writes("submit_sm#2", "submit_sm#10003")
	require.Zero(t, r.m.Stats().QueueLen)
}

// TestWriteFails: requests wholly beyond what reached the socket are not sent, the others are lost. Each PDU has 33
// octets.
func TestWriteFails(t *testing.T) {
	const each = 33
	rows := map[string]struct {
		n    int
		want []string
	}{
		"at once":           {0, []string{"cut", "done b not sent: reset", "close: reset", "lost submit_sm#1", "lost submit_sm#2 t"}},
		"in the first":      {1, []string{"cut", "done b not sent: reset", "close: reset", "lost submit_sm#1 w", "lost submit_sm#2 t"}},
		"before an edge":    {each - 1, []string{"cut", "done b not sent: reset", "close: reset", "lost submit_sm#1 w", "lost submit_sm#2 t"}},
		"at an edge":        {each, []string{"sent a", "cut", "done b not sent: reset", "close: reset", "lost submit_sm#1 w", "lost submit_sm#2 t"}},
		"beyond an edge":    {each + 1, []string{"sent a", "cut", "done b lost: reset", "close: reset", "lost submit_sm#1 w", "lost submit_sm#2 w t"}},
		"behind everything": {2 * each, []string{"sent a", "cut", "done b lost: reset", "close: reset", "lost submit_sm#1 w", "lost submit_sm#2 w t"}},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			r := boundRig(t, RoleESME)
			r.send("a")
			r.do("b")
			r.takes("submit_sm#1", "submit_sm#2")
			r.m.Wrote(r.now, row.n, errReset)
			r.m.ConnEnded(r.now, nil)
			r.want(row.want...)
			require.Equal(t, StateClosed, r.m.State())
		})
	}
}

// TestWriteFailsReadsOn: what the peer sent before the connection failed still counts, for a second at most, and
// nothing new goes out.
func TestWriteFailsReadsOn(t *testing.T) {
	for _, end := range []struct {
		name string
		do   func(r *rig)
	}{
		{"end of file", func(r *rig) { r.m.ConnEnded(r.now, nil) }},
		{"error", func(r *rig) { r.m.ConnEnded(r.now, errors.New("another")) }},
		{"nothing", func(r *rig) { r.pass(time.Second) }},
	} {
		t.Run(end.name, func(t *testing.T) {
			r := boundRig(t, RoleESME)
			r.send("a", "b")
			r.flush()
			r.effects()
			r.in(7)
			r.effects()
			require.NoError(t, r.reply(7))
			r.send("c")
			r.take()
			r.m.Wrote(r.now, 0, errReset)
			r.want()
			require.False(t, r.m.WantWrite())
			require.ErrorIs(t, r.try("d"), ErrClosed)
			r.ok(1)
			r.want("resp a responded")
			end.do(r)
			r.want("cut", "close: reset", "lost submit_sm#2 w", "lost submit_sm#3", "lost deliver_sm#7 i b")
		})
	}
}

// TestResponseProvesWrite: a response that comes before the end of the write is known is told behind the send result.
func TestResponseProvesWrite(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.send("a", "b")
	r.takes("submit_sm#1", "submit_sm#2")
	r.ok(1)
	r.want("sent a", "resp a responded")
	r.m.Wrote(r.now, 0, errReset)
	r.m.ConnEnded(r.now, nil)
	r.want("cut", "close: reset", "lost submit_sm#2")
	require.Equal(t, Responded, r.ops["a"].Outcome)

	r = boundRig(t, RoleESME)
	r.send("a")
	r.ok(1) // not handed over: not its response
	r.want("unknown submit_sm_resp#1")
	r.writes("submit_sm#1")
	r.want("sent a")
}

// TestLostReport: every open request, in the order of hand-over, and nothing else is told of them.
func TestLostReport(t *testing.T) {
	r := boundRig(t, RoleESME, func(c *Config) { c.Window = 4 })
	r.send("sent")
	r.do("done")
	r.flush()
	r.want("sent sent")
	r.in(1, 2, 3)
	r.effects()
	require.NoError(t, r.reply(2))
	r.send("flying")
	r.takes("deliver_sm_resp#2", "submit_sm#3")
	require.NoError(t, r.reply(3))
	r.send("queued", "waits")
	r.do("waits too")
	r.m.Close(r.now)
	r.want("cut")
	require.False(t, r.m.Ended(), "a write is under way")
	r.m.Wrote(r.now, 20, errReset)
	r.want("sent deliver_sm_resp#2", "done done lost: session closed",
		"refuse waits: session closed", "done waits too not sent: session closed",
		"close: session closed", "lost submit_sm#1 w", "lost submit_sm#2 w t", "lost submit_sm#3 w", "lost submit_sm#4",
		"lost submit_sm#0 t", "lost deliver_sm#1 i b", "lost deliver_sm#3 i b")
	require.True(t, r.m.Ended())
	require.Equal(t, ErrClosed, r.m.Reason())
	require.Len(t, r.m.Lost(), 7)

	// Closed is final.
	r.m.Close(r.now)
	r.m.Drain(r.now)
	r.m.DrainExpired(r.now)
	r.m.Fail(r.now, errBoom)
	r.m.ConnEnded(r.now, nil)
	r.m.Tick(r.now.Add(time.Hour))
	r.ok(1)
	r.m.RecvUnframed(r.now, errBoom)
	r.m.SetWindow(r.now, 100)
	require.ErrorIs(t, r.try("late"), ErrClosed)
	require.ErrorIs(t, r.replyLate(1), ErrClosed)
	require.ErrorIs(t, r.reply(2), ErrAnswered)
	r.m.Wrote(r.now, 1<<20, nil)
	r.want()
	require.True(t, r.m.Deadline().IsZero())
	require.Empty(t, r.take())
	require.Equal(t, ErrClosed, r.m.Reason())
}

// TestLostAnswers: a request of the peer's is listed unless its answer was written whole.
func TestLostAnswers(t *testing.T) {
	for _, row := range []struct {
		n    int
		want []string
	}{
		{0, []string{"cut", "close: reset", "lost deliver_sm#1 i b", "lost deliver_sm#2 i b"}},
		{1, []string{"cut", "close: reset", "lost deliver_sm#1 i b w", "lost deliver_sm#2 i b"}},
		{17, []string{"sent deliver_sm_resp#1", "cut", "close: reset", "lost deliver_sm#2 i b"}},
		{18, []string{"sent deliver_sm_resp#1", "cut", "close: reset", "lost deliver_sm#2 i b w"}},
		{34, []string{"sent deliver_sm_resp#1", "sent deliver_sm_resp#2", "cut", "close: reset"}},
	} {
		r := boundRig(t, RoleESME)
		r.in(1, 2)
		r.effects()
		require.NoError(t, r.reply(1))
		require.NoError(t, r.reply(2))
		r.take()
		r.m.Wrote(r.now, row.n, errReset)
		r.m.ConnEnded(r.now, nil)
		r.want(row.want...)
	}
}

// TestCloseDuringWrite: the end waits for a write under way, so that the report can tell what left, but not for ever.
func TestCloseDuringWrite(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.send("a")
	r.in(1)
	r.effects()
	require.NoError(t, r.reply(1))
	r.take()
	r.m.Close(r.now)
	r.want("cut")
	require.ErrorIs(t, r.try("late"), ErrClosed)
	r.ok(1) // nothing is matched any more
	r.pass(endTime)
	r.want("close: session closed", "lost submit_sm#1 w", "lost deliver_sm#1 i b w")
	r.m.Wrote(r.now, 1<<20, nil)
	r.want()
}

// TestOutcomeEffects: EffOutcome is emitted for every request of a caller, if asked for.
func TestOutcomeEffects(t *testing.T) {
	r := newRig(t, RoleESME, func(c *Config) { c.Outcomes = true })
	r.bind(pdu.CommandBindTransceiver, pdu.V50)
	r.send("a")
	require.Error(t, r.own("b", &pdu.DeliverSM{}))
	r.flush()
	r.ok(1)
	r.want("outcome b not sent", "sent a", "outcome a responded", "resp a responded")
}

// TestWriteFailsThenTime: time that passes between a failed write and the end takes nothing out of the report.
func TestWriteFailsThenTime(t *testing.T) {
	r := boundRig(t, RoleMC)
	r.in(7)
	r.effects()
	require.NoError(t, r.reply(7))
	r.take()
	r.m.Wrote(r.now, 5, errReset)
	r.pass(time.Second / 2)
	r.m.ConnEnded(r.now, nil)
	r.want("cut", "close: reset", "lost submit_sm#7 i b w")
}
