package machine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

func TestSessionInit(t *testing.T) {
	r := newRig(t, RoleMC)
	r.pass(9 * time.Second)
	r.peer(1, &pdu.EnquireLink{}) // does not prolong it
	r.peer(2, bindBody(pdu.CommandBindTransceiver, pdu.V34))
	r.effects()
	require.NoError(t, r.reject(2, pdu.StatusBindFailed))
	r.flush()
	r.effects()
	r.pass(999 * time.Millisecond)
	r.want()
	r.pass(time.Millisecond)
	r.want("cut", "close: no successful bind within the session init time")

	boundRig(t, RoleMC).stays(time.Hour)
	boundRig(t, RoleESME).stays(time.Hour)
	newRig(t, RoleMC, func(c *Config) { c.SessionInit = 0 }).stays(time.Hour)
}

// stays passes time in which nothing may happen.
func (r *rig) stays(d time.Duration) {
	r.t.Helper()
	r.pass(d)
	r.want()
	require.Empty(r.t, r.take())
	require.True(r.t, r.m.Deadline().IsZero())
}

func alive(c *Config) { c.EnquireLink, c.EnquireLinkTimeout = 30*time.Second, 20*time.Second }

// TestEnquireLink: after silence of the peer, while bound; our own traffic does not count.
func TestEnquireLink(t *testing.T) {
	r := boundRig(t, RoleESME, alive)
	r.pass(20 * time.Second)
	r.send("a")
	r.flush()
	r.pass(9 * time.Second)
	require.Empty(t, r.take())
	r.pass(time.Second)
	r.writes("enquire_link#2")
	r.resp(2, &pdu.EnquireLinkResp{})
	r.pass(29 * time.Second)
	r.in(1) // life puts the next one off
	r.effects()
	require.NoError(t, r.reply(1))
	r.flush()
	r.pass(29 * time.Second)
	require.Empty(t, r.take())
	r.pass(time.Second)
	r.writes("enquire_link#3")
	r.effects()
	require.EqualValues(t, 1, r.m.Stats().Accepted, "the session's own is not counted")

	r = newRig(t, RoleMC, alive)
	r.peer(1, bindBody(pdu.CommandBindTransceiver, pdu.V34))
	r.effects()
	r.pass(9 * time.Second) // to judge it
	require.NoError(t, r.m.Accept(r.now, r.ins[1], nil, 0))
	r.writes("bind_transceiver_resp#1")
	r.pass(30*time.Second - 1)
	require.Empty(t, r.take(), "silence counts from the bind")
	r.pass(1)
	r.writes("enquire_link#1")

	r = newRig(t, RoleESME, alive, func(c *Config) { c.SessionInit = 0 })
	r.stays(time.Hour) // not bound
	r.bind(pdu.CommandBindReceiver, pdu.V34)
	r.pass(29 * time.Second)
	require.Empty(t, r.take(), "silence counts from the bind")
	r.pass(time.Second)
	r.writes("enquire_link#1")
}

// TestEnquireLinkTimeout: the session ends when nothing at all comes.
func TestEnquireLinkTimeout(t *testing.T) {
	r := boundRig(t, RoleESME, alive)
	r.pass(40 * time.Second)
	r.writes("enquire_link#1")
	r.pass(10*time.Second - 1) // from when it was due
	r.want()
	r.pass(1)
	r.want("cut", "close: no sign of life within the enquire_link response time")

	// Longer than the response time.
	r = boundRig(t, RoleESME, alive, func(c *Config) { c.Response, c.EnquireLinkTimeout = 5*time.Second, time.Minute })
	r.pass(30 * time.Second)
	r.writes("enquire_link#1")
	r.pass(time.Minute - 1)
	require.Empty(t, r.take(), "one is enough")
	r.want()
	r.pass(1)
	r.want("cut", "close: no sign of life within the enquire_link response time")

	// Off.
	r = boundRig(t, RoleESME, alive, func(c *Config) { c.EnquireLinkTimeout = 0 })
	r.pass(30 * time.Second)
	r.writes("enquire_link#1")
	r.pass(time.Hour)
	r.want()
}

// TestAnyPDUIsLife: whatever comes counts, though enquire_link itself is never answered; and the table stays small.
func TestAnyPDUIsLife(t *testing.T) {
	life := map[string]func(r *rig){
		"request":          func(r *rig) { r.peer(1, &pdu.EnquireLink{}) },
		"unknown response": func(r *rig) { r.ok(99) },
		"nack":             func(r *rig) { r.nack(0) },
		"malformed":        func(r *rig) { r.malformed(pdu.CommandDeliverSM, 1, 1) },
		"unknown command":  func(r *rig) { r.m.Recv(r.now, &pdu.PDU{Header: pdu.Header{ID: 0xFF}}, nil) },
	}
	for name, act := range life {
		for _, response := range []time.Duration{0, time.Second, 5 * time.Minute} {
			t.Run(name, func(t *testing.T) {
				r := boundRig(t, RoleESME, alive, func(c *Config) { c.Response = response })
				for range 20 {
					r.pass(30 * time.Second)
					require.Contains(t, r.flush()[0], "enquire_link#")
					r.pass(19 * time.Second)
					act(r)
					r.flush()
				}
				require.Equal(t, StateBoundTRX, r.m.State())
				require.LessOrEqual(t, r.m.Outstanding(), 1)
				require.LessOrEqual(t, r.m.table.n, 1)
				r.effects()
				r.resp(r.m.lastEnquire.PDU.Seq, &pdu.EnquireLinkResp{})
				r.want()
			})
		}
	}
}

// TestEnquireQueued: the time of the response counts from when the request was due, also when it cannot be written; and
// one that could not leave yet is not sent twice.
func TestEnquireQueued(t *testing.T) {
	r := boundRig(t, RoleESME, alive, func(c *Config) { c.Write, c.Answer = 0, 0 })
	r.send("a")
	r.take()
	for range 10 {
		r.pass(49 * time.Second)
		r.in(1) // life
		r.effects()
	}
	r.pass(49 * time.Second)
	require.Equal(t, StateBoundTRX, r.m.State())
	r.m.Wrote(r.now, 33, nil)
	r.writes("enquire_link#2")
	r.pass(time.Second - 1)
	r.want()
	r.pass(1)
	require.Equal(t, StateClosed, r.m.State())
	require.Equal(t, ErrEnquireLink, r.m.Reason())

	// Nor does what cannot be written keep a dead peer's session.
	r = boundRig(t, RoleESME, alive, func(c *Config) { c.Write = 0 })
	r.send("a")
	r.take()
	r.pass(50*time.Second - 1)
	r.want()
	r.pass(1)
	r.want("cut")
	r.m.Wrote(r.now, 0, errReset)
	r.want("close: no sign of life within the enquire_link response time", "lost submit_sm#1")
}

// TestInactivity: without requests and responses, in either direction, but enquire_link: unbind, then close.
func TestInactivity(t *testing.T) {
	set := func(c *Config) { c.Inactivity, c.Answer = time.Minute, 0 }
	active := map[string]func(r *rig){
		"request of ours": func(r *rig) { r.send("a"); r.flush() },
		"response":        func(r *rig) { r.ok(77) },
		"request":         func(r *rig) { r.in(1); r.effects() },
	}
	for name, act := range active {
		t.Run(name, func(t *testing.T) {
			r := boundRig(t, RoleESME, set)
			r.pass(59 * time.Second)
			act(r)
			r.peer(3, &pdu.EnquireLink{})
			r.flush()
			r.pass(60*time.Second - 1)
			require.Empty(t, r.take())
			require.Equal(t, StateBoundTRX, r.m.State())
			r.pass(1)
			r.writes("unbind#" + uitoa(r.m.ourUnbind.PDU.Seq))
		})
	}
	t.Run("answer of ours", func(t *testing.T) {
		r := boundRig(t, RoleESME, set)
		r.in(1)
		r.effects()
		r.pass(59 * time.Second)
		require.NoError(t, r.reply(1))
		r.flush()
		r.pass(60*time.Second - 1)
		require.Empty(t, r.take())
		require.Equal(t, StateBoundTRX, r.m.State())
		r.pass(1)
		r.writes("unbind#1")
	})
	t.Run("unbind", func(t *testing.T) {
		r := boundRig(t, RoleESME, set)
		r.pass(59 * time.Second)
		r.peer(3, &pdu.EnquireLink{})
		require.NoError(t, r.own("e", &pdu.EnquireLink{}))
		r.flush()
		r.resp(1, &pdu.EnquireLinkResp{})
		r.effects()
		r.pass(time.Second)
		r.writes("unbind#2")
		r.resp(2, &pdu.UnbindResp{})
		r.want("half-close")
		r.m.ConnEnded(r.now, nil)
		r.want("cut", "close: session was inactive for too long")
	})
	t.Run("unbind is not answered", func(t *testing.T) {
		r := boundRig(t, RoleESME, set)
		r.pass(time.Minute)
		r.writes("unbind#1")
		r.pass(5 * time.Second)
		r.want("half-close")
		r.pass(time.Second)
		r.want("cut", "close: session was inactive for too long")
	})
}

// TestResponseTimeout: from the hand-over, oldest first, in a batch.
func TestResponseTimeout(t *testing.T) {
	r := boundRig(t, RoleMC)
	r.send("a", "b")
	r.pass(time.Hour) // in the queue
	r.takes("deliver_sm#1", "deliver_sm#2")
	require.NoError(t, r.own("alert", &pdu.AlertNotification{}))
	r.m.Wrote(r.now, 1<<20, nil)
	r.take() // the alert is being written all the time
	r.pass(time.Second)
	r.want("sent a", "sent b")
	r.m.Wrote(r.now, 1<<20, nil)
	r.send("c")
	r.flush()
	r.pass(59*time.Second - 1)
	r.want("sent alert", "sent c")
	r.pass(1)
	r.want("timeout a b")
	r.pass(time.Second)
	r.want("timeout c")

	// Not told as written yet: the hand-over is what counts.
	r = boundRig(t, RoleESME, func(c *Config) { c.Write = 0 })
	r.send("a")
	r.take()
	r.pass(time.Minute)
	r.want("sent a", "timeout a")

	// Behind what has no response.
	r = boundRig(t, RoleMC, func(c *Config) { c.Write = 0 })
	require.NoError(t, r.own("alert", &pdu.AlertNotification{}))
	r.send("a")
	r.take()
	r.pass(time.Minute)
	r.want("sent a", "timeout a")

	r = boundRig(t, RoleESME, func(c *Config) { c.Response = 0 })
	r.send("a")
	r.flush()
	r.want("sent a")
	r.stays(time.Hour)
}

// TestTogether: requests whose time is over end as such, though the session ends in the same moment.
func TestTogether(t *testing.T) {
	r := boundRig(t, RoleESME, alive, func(c *Config) { c.Response = 50 * time.Second })
	r.send("a")
	r.flush()
	r.pass(30 * time.Second)
	r.flush()
	r.pass(20 * time.Second)
	r.want("sent a", "timeout a", "cut", "close: no sign of life within the enquire_link response time")
}

func TestWriteTimeout(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.send("a", "b")
	r.m.Take(r.now, 1)
	r.pass(10*time.Second - 1)
	r.want()
	r.pass(1)
	r.want("cut")
	r.m.Wrote(r.now, 5, errReset)
	r.want("close: peer did not take what was written within the write time", "lost submit_sm#1 w", "lost submit_sm#2")
}

// TestStaleTimer: a tick that comes too early, or for what is done, does nothing.
func TestStaleTimer(t *testing.T) {
	r := boundRig(t, RoleESME, alive)
	r.send("a")
	r.flush()
	at := r.m.Deadline()
	r.now = at.Add(-time.Millisecond)
	r.ok(1)
	r.effects()
	r.m.Tick(at)
	r.m.Tick(epoch) // the clock does not go back
	r.want()
	require.Empty(t, r.take())
	require.True(t, r.m.Deadline().After(at))

	r = boundRig(t, RoleESME)
	r.now = epoch.Add(time.Hour)
	r.send("a")
	r.m.Take(epoch, 1) // by a clock that jitters
	require.Equal(t, r.now.Add(10*time.Second), r.m.Deadline())
}

// TestProbe: a peer that has been silent for a time is asked, and is gone when it stays silent for as long again.
func TestProbe(t *testing.T) {
	const silence = 5 * time.Second
	gone := func(r *rig) {
		t.Helper()
		r.pass(silence - 1)
		require.Equal(t, StateBoundTRX, r.m.State())
		r.pass(1)
		require.Equal(t, ErrEnquireLink, r.m.Reason())
	}
	r := boundRig(t, RoleMC)
	r.pass(silence - 1)
	r.m.Probe(r.now, silence)
	require.Empty(t, r.take())
	r.pass(1)
	armed := r.now.Add(time.Hour)
	_ = r.m.Deadline()
	r.m.Probe(r.now, silence)
	require.False(t, r.m.StillDue(armed))
	r.writes("enquire_link#1")
	r.pass(time.Second)
	r.m.Probe(r.now, silence) // it is being asked
	require.Empty(t, r.take())
	r.peer(9, &pdu.EnquireLink{})
	r.flush()
	r.pass(silence)
	r.m.Probe(r.now, silence)
	r.writes("enquire_link#2")
	gone(r)

	// It is being asked with more patience already, or the request could not be written yet.
	r = boundRig(t, RoleMC, alive)
	r.pass(30 * time.Second)
	r.writes("enquire_link#1")
	r.m.Probe(r.now, silence)
	r.writes("enquire_link#2")
	gone(r)
	r = boundRig(t, RoleMC, alive)
	r.pass(30 * time.Second)
	r.m.Probe(r.now, silence)
	gone(r)
	r = boundRig(t, RoleMC, alive)
	r.pass(48 * time.Second)
	r.writes("enquire_link#1")
	r.m.Probe(r.now, silence)
	require.Empty(t, r.take())

	// Its time may be shorter than all others.
	r = boundRig(t, RoleMC)
	r.pass(silence)
	r.m.Tick(r.now)
	_ = r.m.Deadline()
	require.True(t, r.m.StillDue(r.now.Add(time.Second)))
	r.m.Probe(r.now, silence/10)
	require.False(t, r.m.StillDue(r.now.Add(time.Second)))

	// Not who is not bound, who has left, or is held back.
	r = newRig(t, RoleMC)
	r.pass(silence)
	r.m.Probe(r.now, silence)
	require.Empty(t, r.take())
	r = boundRig(t, RoleMC, alone(1))
	r.in(1)
	r.effects()
	r.pass(silence)
	r.m.ConnEnded(r.now, nil)
	r.m.Probe(r.now, silence)
	require.Empty(t, r.take())
	r = boundRig(t, RoleMC, func(c *Config) { c.Inbound, c.Pause = 1, time.Hour })
	r.in(1)
	r.pass(silence)
	r.m.Probe(r.now, silence)
	require.Empty(t, r.take())
}
