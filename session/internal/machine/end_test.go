package machine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

// TestDrain: refuse what comes, serve what came, wait for what is outstanding, unbind last, half-close, read on.
func TestDrain(t *testing.T) {
	r := boundRig(t, RoleESME, window(1), func(c *Config) { c.Hooks |= HookState; c.Refusals = true })
	r.effects()
	r.send("a", "b")
	r.do("c")
	r.flush()
	r.in(1)
	r.want("sent a", "pdu deliver_sm#1")
	r.held = true
	r.in(2)
	r.m.Drain(r.now)
	r.m.Drain(r.now)
	r.want("refuse b: session is shutting down", "done c not sent: session is shutting down")
	require.ErrorIs(t, r.try("d"), ErrDraining)
	require.ErrorIs(t, r.own("u", &pdu.Unbind{}), ErrDraining)
	r.in(3)
	r.peer(4, &pdu.EnquireLink{})
	r.writes("deliver_sm_resp#3 ESME_RTHROTTLED", "enquire_link_resp#4")
	r.want("refused deliver_sm#3")
	r.ok(1)
	r.held = false
	r.want("pdu deliver_sm#2", "resp a responded")
	require.NoError(t, r.reply(2))
	r.writes("deliver_sm_resp#2")
	r.want("sent deliver_sm_resp#2")
	require.NoError(t, r.reply(1))
	r.writes("deliver_sm_resp#1", "unbind#2")
	r.want("sent deliver_sm_resp#1")
	r.in(5)
	r.writes("deliver_sm_resp#5 ESME_RTHROTTLED")
	r.resp(2, &pdu.UnbindResp{})
	r.want("refused deliver_sm#5", "state BOUND_TRX>UNBOUND", "half-close")
	r.in(6)
	r.peer(7, &pdu.Unbind{})
	require.Zero(t, r.m.Stats().QueueLen, "no answer could reach the peer")
	r.m.ConnEnded(r.now, nil)
	r.want("cut", "state UNBOUND>CLOSED", "close: session was shut down", "lost deliver_sm#6 i")
	require.EqualValues(t, 3, r.m.Stats().Refused)
}

// TestDrainExpired: the time of a drain is over in each of its phases. What is not begun is refused, what is begun
// stays unanswered, and no unbind is sent any more.
func TestDrainExpired(t *testing.T) {
	rows := map[string]struct {
		act  func(r *rig)
		out  []string
		want []string
	}{
		"a request is outstanding": {
			func(r *rig) { r.send("a"); r.flush() },
			nil,
			[]string{"sent a", "half-close", "cut", "close: session was shut down", "lost submit_sm#1 w"},
		},
		"a request is queued": {
			func(r *rig) { r.send("a") },
			nil,
			[]string{"half-close", "cut", "close: session was shut down", "lost submit_sm#1"},
		},
		"a request of the peer's is begun": {
			func(r *rig) { r.in(1); r.effects() },
			nil,
			[]string{"half-close", "cut", "close: session was shut down", "lost deliver_sm#1 i b"},
		},
		"a request of the peer's is not begun": {
			func(r *rig) { r.in(1) },
			[]string{"deliver_sm_resp#1 ESME_RTHROTTLED"},
			[]string{"unanswered deliver_sm#1: refused", "half-close", "cut", "close: session was shut down"},
		},
		"a request of the peer's waits for its turn": {
			func(r *rig) { r.full = true; r.in(1); r.effects() },
			[]string{"deliver_sm_resp#1 ESME_RTHROTTLED"},
			[]string{"unanswered deliver_sm#1: refused", "half-close", "cut", "close: session was shut down"},
		},
		"a request without a response is not begun": {
			func(r *rig) { r.peer(1, &pdu.AlertNotification{}) },
			nil,
			[]string{"unanswered alert_notification#1: refused", "half-close", "cut", "close: session was shut down"},
		},
		"the peer unbinds, too": {
			func(r *rig) { r.in(1); r.effects(); r.peer(2, &pdu.Unbind{}) },
			[]string{"unbind_resp#2"},
			[]string{"half-close", "cut", "close: peer unbound the session", "lost deliver_sm#1 i b"},
		},
		"nothing": {
			func(*rig) {}, nil, []string{"half-close", "cut", "close: session was shut down"},
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			r := boundRig(t, RoleESME)
			row.act(r)
			r.m.Drain(r.now)
			if name != "a request is queued" {
				r.flush()
			}
			r.m.DrainExpired(r.now)
			r.writes(row.out...)
			r.pass(time.Second)
			r.want(row.want...)
		})
	}
}

// TestDrainNotice: a drain waits for what has no response until it is begun, and not for its hook.
func TestDrainNotice(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.held = true
	r.peer(1, &pdu.AlertNotification{})
	r.m.Drain(r.now)
	require.Empty(t, r.take())
	r.held, r.slow = false, true
	r.want("pdu alert_notification#1")
	r.writes("unbind#1")
}

// TestDrainExpiredAnswer: what is begun may still be answered until the half-close.
func TestDrainExpiredAnswer(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.in(1, 2, 3)
	r.effects()
	require.NoError(t, r.reply(1))
	r.m.Drain(r.now)
	r.m.DrainExpired(r.now)
	r.takes("deliver_sm_resp#1")
	require.NoError(t, r.reply(2))
	r.m.Wrote(r.now, 1<<20, nil)
	r.writes("deliver_sm_resp#2")
	require.ErrorIs(t, r.replyLate(3), ErrClosed)
	r.m.ConnEnded(r.now, nil)
	r.want("sent deliver_sm_resp#1", "sent deliver_sm_resp#2", "half-close", "cut", "close: session was shut down",
		"lost deliver_sm#3 i b")
}

// TestDrainExpiredStuck: a peer that takes nothing can not hold up the end.
func TestDrainExpiredStuck(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.send("a")
	r.take()
	r.m.DrainExpired(r.now) // of no drain
	r.m.Drain(r.now)
	r.m.DrainExpired(r.now)
	r.pass(time.Second)
	r.want("cut")
	r.m.Wrote(r.now, 3, errReset)
	r.want("close: session was shut down", "lost submit_sm#1 w")
}

// TestDrainFlooded: nor can one that goes on sending.
func TestDrainFlooded(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.m.Drain(r.now)
	r.flush()
	r.take()
	r.peer(1, &pdu.EnquireLink{})
	r.take()
	r.resp(1, &pdu.UnbindResp{})
	r.peer(2, &pdu.EnquireLink{})
	r.in(3)
	r.m.Wrote(r.now, 1<<20, nil)
	r.want("half-close")
}

// TestDrainNeverBound: there is nothing to unbind.
func TestDrainNeverBound(t *testing.T) {
	r := newRig(t, RoleMC)
	r.m.Drain(r.now)
	r.want("half-close")
	r.pass(time.Second)
	r.want("cut", "close: session was shut down")

	// A bind of ours that is under way is waited for; for one of the peer's see TestDrainBind.
	r = newRig(t, RoleESME)
	require.NoError(t, r.own("bind", bindBody(pdu.CommandBindTransceiver, pdu.V34)))
	r.flush()
	r.m.Drain(r.now)
	r.resp(1, &pdu.BindTransceiverResp{})
	r.writes("unbind#2")
}

// TestUnbindRefused: whatever the answer to unbind is, and when there is none, the drain goes on.
func TestUnbindRefused(t *testing.T) {
	for _, act := range []func(r *rig){
		func(r *rig) { r.nack(1) },
		func(r *rig) { r.pass(time.Minute) },
		func(r *rig) {
			r.m.Recv(r.now, &pdu.PDU{Header: pdu.Header{ID: pdu.CommandUnbindResp, Status: 8, Seq: 1}}, nil)
		},
	} {
		r := boundRig(t, RoleESME)
		r.m.Drain(r.now)
		r.flush()
		act(r)
		r.want("half-close")
	}
}

// TestOwnUnbind: a caller's unbind ends the session as a drain does, unless it was given up before it left.
func TestOwnUnbind(t *testing.T) {
	unbind := func() *Op { return &Op{Do: true, PDU: pdu.PDU{Body: &pdu.Unbind{}}} }
	r := boundRig(t, RoleESME, window(1))
	r.send("a", "b")
	r.flush()
	require.NoError(t, r.request("u", unbind()))
	r.want("sent a", "refuse b: session is shutting down")
	require.Equal(t, NotSent, r.cancel("u"))
	r.want()
	r.send("c")
	require.NoError(t, r.request("u", unbind()))
	r.writes("unbind#3")
	r.peer(9, &pdu.Unbind{}) // crossed
	r.ok(1)
	r.writes("unbind_resp#9")
	r.resp(3, &pdu.UnbindResp{})
	r.want("refuse c: session is shutting down", "resp a responded", "done u responded", "half-close")
	r.m.ConnEnded(r.now, nil)
	r.want("cut", "close: peer unbound the session")

	r = boundRig(t, RoleESME)
	require.NoError(t, r.request("u", unbind()))
	r.m.Drain(r.now)
	require.Equal(t, NotSent, r.cancel("u"))
	r.writes("unbind#2") // the drain's own
	r.resp(2, &pdu.UnbindResp{})
	r.pass(time.Second)
	r.want("half-close", "cut", "close: session was shut down")
}

// TestPeerUnbinds: what is outstanding gets the grace, then unbind_resp goes, then the connection ends.
func TestPeerUnbinds(t *testing.T) {
	t.Run("nothing is outstanding", func(t *testing.T) {
		r := boundRig(t, RoleMC)
		r.peer(0xFFFFFFFF, &pdu.Unbind{})
		r.writes("unbind_resp#4294967295")
		require.Equal(t, StateUnbound, r.m.State())
		require.ErrorIs(t, r.try("x"), ErrPeerUnbinding)
		r.pass(2*time.Second - 1)
		r.want()
		r.pass(1)
		r.want("cut", "close: peer unbound the session")
	})
	t.Run("both sides wait", func(t *testing.T) {
		r := boundRig(t, RoleMC, window(1))
		r.send("a", "b")
		r.flush()
		r.in(1)
		r.effects()
		r.peer(9, &pdu.Unbind{})
		r.want("refuse b: peer is unbinding")
		require.ErrorIs(t, r.try("x"), ErrPeerUnbinding)
		r.peer(10, &pdu.Unbind{}) // once more
		r.writes("unbind_resp#10")
		r.ok(1)
		require.Empty(t, r.take())
		require.NoError(t, r.reply(1))
		r.writes("submit_sm_resp#1", "unbind_resp#9")
		r.want("resp a responded", "sent submit_sm_resp#1")
		r.m.ConnEnded(r.now, nil)
		r.want("cut", "close: peer unbound the session")
	})
	t.Run("the grace is over", func(t *testing.T) {
		r := boundRig(t, RoleMC)
		r.send("a")
		r.flush()
		r.in(1)
		r.peer(9, &pdu.Unbind{})
		r.effects()
		r.held = true
		r.in(2)
		r.take()
		r.send2("late")
		r.pass(5*time.Second - 1)
		r.m.Tick(r.now) // for no reason
		require.Equal(t, StateBoundTRX, r.m.State())
		r.pass(1)
		r.writes("submit_sm_resp#2 ESME_RTHROTTLED", "unbind_resp#9")
		r.held = false
		r.want("unanswered submit_sm#2: refused")
		r.pass(time.Second)
		r.ok(1) // still welcome
		require.NoError(t, r.reply(1))
		r.writes("submit_sm_resp#1")
		r.want("resp a responded", "sent submit_sm_resp#1")
	})
	t.Run("what is queued then does not leave", func(t *testing.T) {
		r := boundRig(t, RoleMC, func(c *Config) { c.UnbindGrace = 0 })
		r.send("a")
		r.peer(9, &pdu.Unbind{})
		r.pass(time.Nanosecond)
		r.writes("unbind_resp#9")
		r.pass(2 * time.Second)
		r.want("cut", "close: peer unbound the session", "lost deliver_sm#1")
	})
	t.Run("and closes", func(t *testing.T) {
		r := boundRig(t, RoleMC)
		r.send("a")
		r.flush()
		r.peer(9, &pdu.Unbind{})
		r.m.ConnEnded(r.now, nil)
		r.writes("unbind_resp#9")
		r.want("sent a", "cut", "close: peer closed the connection", "lost deliver_sm#1 w")
	})
}

// send2 is a Send that is refused.
func (r *rig) send2(name string) {
	r.t.Helper()
	require.Error(r.t, r.request(name, &Op{}))
}

// TestCrossedUnbinds: both are answered, whoever's response comes first.
func TestCrossedUnbinds(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.m.Drain(r.now)
	r.takes("unbind#1")
	r.peer(7, &pdu.Unbind{})
	r.m.Wrote(r.now, 16, nil)
	r.writes("unbind_resp#7")
	r.want()
	r.resp(1, &pdu.UnbindResp{})
	r.want("half-close")
	r.m.ConnEnded(r.now, nil)
	r.want("cut", "close: session was shut down")

	// Ours has not left yet when the peer's comes.
	r = boundRig(t, RoleESME)
	r.m.Drain(r.now)
	r.peer(7, &pdu.Unbind{})
	r.writes("unbind_resp#7", "unbind#1")
	r.resp(1, &pdu.UnbindResp{})
	r.want("half-close")

	// The peer unbinds while we wait for a response.
	r = boundRig(t, RoleESME)
	r.send("a")
	r.flush()
	r.m.Drain(r.now)
	r.peer(7, &pdu.Unbind{})
	r.ok(1)
	r.writes("unbind_resp#7")
	r.want("sent a", "resp a responded", "half-close")

	// And while the last of ours is being written.
	r = boundRig(t, RoleESME)
	r.m.Drain(r.now)
	r.m.DrainExpired(r.now)
	r.takes("unbind#1")
	r.in(6)
	r.peer(7, &pdu.Unbind{})
	r.m.Wrote(r.now, 16, nil)
	r.writes("unbind_resp#7")
	r.want("half-close")
}

// TestPeerCloses: what a FIN is behind is served and answered, within a second; requests of ours do not go out any
// more.
func TestPeerCloses(t *testing.T) {
	r := boundRig(t, RoleESME, window(2))
	r.send("a")
	r.flush()
	r.in(1)
	r.effects()
	r.held = true
	r.in(2)
	r.do("b", "c")
	require.NoError(t, r.reply(1))
	r.m.ConnEnded(r.now, nil)
	r.m.ConnEnded(r.now, nil)
	require.ErrorIs(t, r.try("x"), ErrPeerClosed)
	r.writes("deliver_sm_resp#1")
	r.want("done c not sent: peer closed the connection")
	r.held = false
	r.pass(time.Second - 1)
	r.want("pdu deliver_sm#2", "sent deliver_sm_resp#1")
	require.NoError(t, r.reply(2))
	r.writes("deliver_sm_resp#2")
	r.want("cut", "done b not sent: peer closed the connection", "sent deliver_sm_resp#2",
		"close: peer closed the connection", "lost submit_sm#1 w", "lost submit_sm#2 t")

	// The second is over.
	r = boundRig(t, RoleESME)
	r.in(1)
	r.effects()
	r.held = true
	r.in(2)
	r.peer(3, &pdu.AlertNotification{})
	r.m.ConnEnded(r.now, nil)
	r.pass(time.Second)
	r.takes("deliver_sm_resp#2 ESME_RTHROTTLED")
	require.NoError(t, r.reply(1), "the connection is not half-closed yet")
	r.m.Wrote(r.now, 1<<20, nil)
	r.writes("deliver_sm_resp#1")
	r.held = false
	r.want("cut", "unanswered deliver_sm#2: refused", "unanswered alert_notification#3: refused",
		"sent deliver_sm_resp#1", "close: peer closed the connection")

	// What is begun and not answered is in the report.
	r = boundRig(t, RoleESME)
	r.in(1)
	r.effects()
	r.m.ConnEnded(r.now, nil)
	r.pass(time.Second)
	r.want("cut", "close: peer closed the connection", "lost deliver_sm#1 i b")

	// The peer does not take them.
	r = boundRig(t, RoleESME)
	r.in(1)
	r.effects()
	require.NoError(t, r.reply(1))
	r.take()
	r.m.ConnEnded(r.now, nil)
	r.pass(time.Second)
	r.want("cut")
	r.m.Wrote(r.now, 0, errReset)
	r.want("close: peer closed the connection", "lost deliver_sm#1 i b")

	// In the middle of a drain.
	r = boundRig(t, RoleESME)
	r.send("a")
	r.flush()
	r.m.Drain(r.now)
	r.m.ConnEnded(r.now, nil)
	r.want("sent a", "cut", "close: peer closed the connection", "lost submit_sm#1 w")
	r = boundRig(t, RoleESME)
	r.m.Drain(r.now)
	r.flush()
	r.m.ConnEnded(r.now, nil)
	r.want("cut", "close: session was shut down")
}
