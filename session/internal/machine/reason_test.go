package machine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

// TestFramingLost: nack, half-close, discard to EOF or 1 s.
func TestFramingLost(t *testing.T) {
	r := boundRig(t, RoleESME, window(2))
	r.send("a")
	r.flush()
	r.send("b", "c")
	r.m.RecvUnframed(r.now, errBoom)
	r.m.RecvUnframed(r.now, errBoom)
	require.True(t, r.m.Discarding())
	require.ErrorIs(t, r.try("x"), ErrDraining)
	r.writes("generic_nack#0 ESME_RINVCMDLEN")
	r.want("sent a", "refuse c: boom", "half-close")
	r.ok(1)
	r.pass(time.Second)
	r.want("cut", "close: boom", "lost submit_sm#1 w", "lost submit_sm#2")

	// In a drain it is the reason as well, unless that was all but done.
	r = boundRig(t, RoleESME)
	r.send("a")
	r.flush()
	r.m.Drain(r.now)
	r.m.RecvUnframed(r.now, errBoom)
	r.flush()
	r.m.ConnEnded(r.now, nil)
	r.want("sent a", "half-close", "cut", "close: boom", "lost submit_sm#1 w")
	r = boundRig(t, RoleESME)
	r.m.Drain(r.now)
	r.flush()
	r.resp(1, &pdu.UnbindResp{})
	r.m.RecvUnframed(r.now, errBoom)
	require.Empty(t, r.take())
	r.m.ConnEnded(r.now, nil)
	r.want("half-close", "cut", "close: session was shut down")
}

// TestReason: what ends the session is its reason, unless an orderly end was all but done; a hook that died always is.
func TestReason(t *testing.T) {
	almost := func() *rig {
		r := boundRig(t, RoleESME)
		r.m.Drain(r.now)
		r.flush()
		r.resp(1, &pdu.UnbindResp{})
		r.effects()
		return r
	}
	r := almost()
	r.m.ConnEnded(r.now, errReset)
	r.want("cut", "close: session was shut down")
	r = almost()
	r.m.Close(r.now)
	require.Equal(t, ErrShutdown, r.m.Reason())
	r = almost()
	r.m.Fail(r.now, errBoom)
	require.Equal(t, errBoom, r.m.Reason())
	r = boundRig(t, RoleESME)
	r.m.Drain(r.now)
	r.m.ConnEnded(r.now, errReset)
	require.Equal(t, errReset, r.m.Reason())
}

// TestUnheard: a request that comes when the end is only to be written is not answered, and in the report.
func TestUnheard(t *testing.T) {
	r := boundRig(t, RoleMC, func(c *Config) { c.Inbound = 2 })
	r.m.Drain(r.now)
	r.effects()
	r.takes("unbind#1")
	r.m.Wrote(r.now, 1<<20, nil)
	r.peer(1, &pdu.UnbindResp{})
	r.in(7, 8, 9)
	r.peer(10, &pdu.EnquireLink{})
	r.m.ConnEnded(r.now, nil)
	r.want("half-close", "cut", "close: session was shut down", "lost submit_sm#7 i", "lost submit_sm#8 i")
}

// TestDrainWriteFails: the end of an inactive session's drain, and of UnbindGrace, write nothing after a failed write.
func TestDrainWriteFails(t *testing.T) {
	r := boundRig(t, RoleESME, func(c *Config) { c.Inactivity, c.UnbindGrace = 10*time.Second, time.Second })
	r.do("a")
	r.flush()
	r.pass(10500 * time.Millisecond)
	require.Equal(t, "draining/live", r.m.phases())
	r.peer(1, &pdu.Unbind{})
	r.peer(2, &pdu.Unbind{})
	r.take()
	r.m.Wrote(r.now, 0, errReset)
	r.pass(999 * time.Millisecond)
	require.Equal(t, "half-closed/unbinding", r.m.phases())
	r.pass(time.Millisecond)
	require.Equal(t, StateClosed, r.m.State())
}

// TestUnframedGrace: what is no SMPP is read to its end, also when UnbindGrace ends meanwhile.
func TestUnframedGrace(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.send("a")
	r.take()
	r.peer(9, &pdu.Unbind{})
	r.m.RecvUnframed(r.now, errBoom)
	r.pass(5 * time.Second)
	require.True(t, r.m.Discarding())
	r.m.Wrote(r.now, 1<<20, nil)
	r.writes("generic_nack#0 ESME_RINVCMDLEN")
}

// TestPeerClosesAsked: who has half-closed the connection need not give a sign of life any more.
func TestPeerClosesAsked(t *testing.T) {
	r := boundRig(t, RoleESME, alive, func(c *Config) { c.Answer = 0 })
	r.in(1)
	r.effects()
	r.pass(49500 * time.Millisecond)
	r.writes("enquire_link#1")
	r.m.ConnEnded(r.now, nil)
	r.pass(999 * time.Millisecond)
	require.NoError(t, r.reply(1))
	r.writes("deliver_sm_resp#1")
	r.want("cut", "sent deliver_sm_resp#1", "close: peer closed the connection")
}

// TestEndedError: what comes too late learns that the session is closed, and why.
func TestEndedError(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.m.ConnEnded(r.now, errReset)
	err := r.try("late")
	require.ErrorIs(t, err, ErrClosed)
	require.ErrorIs(t, err, errReset)
	require.EqualError(t, err, "session ended: reset")
	r = boundRig(t, RoleESME)
	r.m.Close(r.now)
	require.Equal(t, ErrClosed, r.try("late"))
}

// TestPlaced: a session counts until the unbind_resp of either side, or the peer's FIN.
func TestPlaced(t *testing.T) {
	r := newRig(t, RoleMC)
	require.False(t, r.m.Placed() || r.m.Serving())
	for name, release := range map[string]func(r *rig){
		"the peer's unbind": func(r *rig) { r.peer(9, &pdu.Unbind{}) },
		"our unbind": func(r *rig) {
			r.m.Drain(r.now)
			require.False(r.t, r.m.Serving())
			require.True(r.t, r.m.Placed())
			r.flush()
			r.resp(1, &pdu.UnbindResp{})
		},
		"fin": func(r *rig) {
			r.in(1)
			r.effects()
			r.m.ConnEnded(r.now, nil)
			require.NotEqual(r.t, StateClosed, r.m.State())
		},
		"close": func(r *rig) { r.m.Close(r.now) },
	} {
		t.Run(name, func(t *testing.T) {
			r := boundRig(t, RoleMC)
			require.True(t, r.m.Placed() && r.m.Serving())
			release(r)
			require.False(t, r.m.Placed() || r.m.Serving())
		})
	}
}
