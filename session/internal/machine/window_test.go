package machine

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

func window(n int) func(*Config) { return func(c *Config) { c.Window = n } }

// TestWindow: at most N are outstanding, and the rest wait their turn, Send and Do alike.
func TestWindow(t *testing.T) {
	r := boundRig(t, RoleESME, window(2))
	r.send("a", "b", "c")
	r.do("d")
	r.send("e")
	r.writes("submit_sm#1", "submit_sm#2")
	r.want("sent a", "sent b")
	require.Equal(t, 3, r.m.Stats().Waiting)
	require.True(t, r.ops["c"].Waiting())
	require.ErrorIs(t, r.try("x"), ErrWindowFull)

	r.ok(2)
	r.want("resp b responded", "admit c")
	require.ErrorIs(t, r.try("x"), ErrWindowFull, "others wait")
	r.ok(1)
	r.want("resp a responded", "admit d")
	r.writes("submit_sm#3", "submit_sm#4")
	r.want("sent c")
	r.ok(3, 4)
	r.want("resp c responded", "admit e", "done d responded")
	require.NoError(t, r.try("y"))
	require.Equal(t, 2, r.m.Stats().Slots)
}

func TestSetWindow(t *testing.T) {
	r := boundRig(t, RoleESME, window(1))
	r.send("a", "b", "c", "d")
	r.m.SetWindow(r.now, 3)
	r.want("admit b", "admit c")
	r.writes("submit_sm#1", "submit_sm#2", "submit_sm#3")
	r.effects()
	r.m.SetWindow(r.now, -1)
	require.Equal(t, 1, r.m.Stats().Window)
	require.Equal(t, 3, r.m.Stats().Slots)
	r.ok(1, 2)
	r.want("resp a responded", "resp b responded")
	r.ok(3)
	r.want("resp c responded", "admit d")
}

// TestExempt: enquire_link, unbind and what has no response pass a full window with waiters.
func TestExempt(t *testing.T) {
	for name, row := range map[string]struct {
		role Role
		body pdu.Body
		out  string
	}{
		"enquire_link":       {RoleESME, &pdu.EnquireLink{}, "enquire_link#2"},
		"unbind":             {RoleESME, &pdu.Unbind{}, "unbind#2"},
		"alert_notification": {RoleMC, &pdu.AlertNotification{}, "alert_notification#2"},
	} {
		for _, o := range []*Op{{}, {Do: true}, {Try: true}, {Exempt: true}} {
			t.Run(name, func(t *testing.T) {
				r := boundRig(t, row.role, window(1))
				r.send("a")
				r.flush()
				r.do("b")
				r.send("c")
				r.effects()
				o.PDU.Body = row.body
				require.NoError(t, r.request("x", o))
				require.False(t, o.Waiting())
				r.writes(row.out)
			})
		}
	}
}

// TestPlaces: a Send holds a place until its last hook returned; a Do needs none.
func TestPlaces(t *testing.T) {
	for name, row := range map[string]struct {
		hooks Hooks
		act   func(r *rig)
	}{
		"response":         {HookResp, func(r *rig) { r.ok(1, 2, 3) }},
		"send result":      {HookSendResult, func(r *rig) { r.ok(1, 2, 3) }},
		"both":             {HookSendResult | HookResp, func(r *rig) { r.ok(1, 2, 3) }},
		"response timeout": {HookRespTimeout, func(r *rig) { r.pass(time.Minute) }},
	} {
		t.Run(name, func(t *testing.T) {
			r := boundRig(t, RoleESME, func(c *Config) { c.Window, c.Places, c.Hooks = 2, 1, row.hooks })
			r.send("a", "b")
			r.flush()
			r.send("c")
			r.slow = true
			row.act(r)
			r.flush()
			row.act(r)
			r.effects()
			require.Equal(t, 3, r.m.Stats().Places)
			require.Zero(t, r.m.Stats().Slots)

			require.ErrorIs(t, r.try("x"), ErrQueueFull)
			r.send("waits")
			r.do("do")
			require.False(t, r.ops["do"].Waiting())
			require.NoError(t, r.request("exempt", &Op{Exempt: true}))
			require.Equal(t, 4, r.m.Stats().Places)

			r.returned()
			r.want() // the window is full
			require.Equal(t, 1, r.m.Stats().Places)
			r.flush()
			r.ok(4)
			require.Contains(t, r.effects(), "admit waits")
		})
	}
}

// TestNoHooks: hooks that are left out hold no place.
func TestNoHooks(t *testing.T) {
	r := boundRig(t, RoleESME, func(c *Config) { c.Window, c.Places, c.Hooks = 1, 0, 0 })
	for i := range 20 {
		r.send("a")
		r.flush()
		if i%2 == 0 {
			r.ok(uint32(i + 1))
		} else {
			r.pass(time.Minute)
		}
	}
	require.NoError(t, r.own("x", &pdu.Unbind{}))
	r.want()
}

// TestPlaceOfAlert: what has no response holds its place until its send result was told.
func TestPlaceOfAlert(t *testing.T) {
	r := boundRig(t, RoleMC, func(c *Config) { c.Window, c.Places = 1, 0 })
	r.slow = true
	alert := func(name string) *Op {
		o := &Op{PDU: pdu.PDU{Body: &pdu.AlertNotification{}}}
		require.NoError(t, r.request(name, o))
		return o
	}
	alert("a")
	b := alert("b")
	require.True(t, b.Waiting())
	r.flush()
	r.want("sent a")
	require.True(t, b.Waiting())
	r.returned()
	r.want("admit b")
}

// TestGivenUp: a Do whose caller gave up has events, so that beyond twice the places a Do waits as well, and a request
// made inside a hook is refused.
func TestGivenUp(t *testing.T) {
	r := boundRig(t, RoleESME, func(c *Config) { c.Window, c.Places = 1, 2 })
	r.slow = true
	for i := range 5 { // window + twice the places
		name := strconv.Itoa(i)
		r.do(name)
		require.False(t, r.ops[name].Waiting())
		r.flush()
		r.cancel(name)
		r.ok(uint32(i + 1))
	}
	r.do("waits")
	require.True(t, r.ops["waits"].Waiting())
	require.ErrorIs(t, r.request("hook", &Op{Exempt: true}), ErrQueueFull, "it has a bound of its own")
	r.effects()
	r.returned()
	r.flush()
	r.ok(6)
	require.Contains(t, r.effects(), "admit waits")
}

// TestGivenUpBefore: a caller that gave up before it handed its request over has it counted, as not sent.
func TestGivenUpBefore(t *testing.T) {
	r := boundRig(t, RoleESME, func(c *Config) { c.Outcomes = true })
	o := &Op{Owner: "late"}
	r.m.GivenUp(o)
	require.Equal(t, NotSent, o.Outcome)
	r.want("outcome late not sent")
	require.Equal(t, uint64(1), r.m.Stats().NotSent)
	require.False(t, r.m.WantWrite())
}

// TestExemptBehindSend: what is sent inside a hook is not behind what waits for the hook, and never waits for a place.
func TestExemptBehindSend(t *testing.T) {
	r := boundRig(t, RoleESME, func(c *Config) { c.Window, c.Places = 1, 1 })
	r.slow = true
	for i, name := range []string{"a", "b"} {
		r.send(name)
		r.flush()
		r.ok(uint32(i + 1))
	}
	r.effects()
	r.send("waits for a place")
	require.ErrorIs(t, r.try("x"), ErrQueueFull)
	require.NoError(t, r.request("hook", &Op{Exempt: true}))
	require.False(t, r.ops["hook"].Waiting())
	r.writes("submit_sm#3")
	r.ok(3)
	require.ErrorIs(t, r.request("y", &Op{Exempt: true}), ErrQueueFull)
	require.ErrorIs(t, r.request("z", &Op{Exempt: true, Do: true}), ErrQueueFull)
}

// TestStuck: a Send waits for a place for 5 s at most while no hook returns; it may wait for the hook that made it.
func TestStuck(t *testing.T) {
	r := boundRig(t, RoleESME, func(c *Config) { c.Window, c.Places = 1, 0 })
	r.slow = true
	r.pass(time.Minute)
	r.send("a")
	r.flush()
	r.ok(1)
	r.want("sent a", "resp a responded")
	require.False(t, r.m.Timeless(), "the time of what waits for a place matters")
	r.send("b")
	r.pass(3 * time.Second)
	r.send("c")
	r.pass(2*time.Second - 1)
	r.want()
	r.pass(1)
	r.want("refuse b: too many events wait for the handler")
	require.Equal(t, NotSent, r.ops["b"].Outcome)
	r.pass(2 * time.Second)
	r.m.EventDone(r.now, &Effect{Kind: EventOwn}) // some hook
	r.pass(5*time.Second - 1)
	r.want()
	r.pass(1)
	r.want("refuse c: too many events wait for the handler")

	// One that lacks a slot waits on.
	r = boundRig(t, RoleESME, window(1))
	r.send("a", "b")
	r.flush()
	r.pass(59 * time.Second)
	r.want("sent a")
	require.True(t, r.ops["b"].Waiting())
}

// TestSendWaitsAlone: those that wait for the handler hold up nobody else.
func TestSendWaitsAlone(t *testing.T) {
	r := boundRig(t, RoleESME, func(c *Config) { c.Window, c.Places = 2, 1 })
	r.slow = true
	for i, name := range []string{"a", "b", "b2"} {
		r.send(name)
		r.flush()
		r.ok(uint32(i + 1))
	}
	r.effects()
	r.send("c")
	r.do("d", "e", "f")
	r.writes("submit_sm#4", "submit_sm#5")
	r.returned()
	r.want()
	r.ok(4)
	r.want("done d responded", "admit c")
	r.ok(5)
	r.want("done e responded", "admit f")
}

// TestRefuseOnAdmission: what waits is judged again when its turn comes.
func TestRefuseOnAdmission(t *testing.T) {
	r := boundRig(t, RoleESME, window(1))
	r.send("a")
	require.NoError(t, r.request("own", &Op{OwnSeq: true, PDU: pdu.PDU{Header: pdu.Header{Seq: 7}, Body: &pdu.SubmitSM{}}}))
	require.NoError(t, r.own("long", &pdu.SubmitSM{ServiceType: "longer than five"}))
	r.do("b")
	r.m.seq = 7
	r.flush()
	r.ok(1)
	got := r.effects()
	require.Equal(t, []string{"admit own", "sent a", "resp a responded"}, got)
	r.flush()
	r.ok(7)
	got = r.effects()
	require.Len(t, got, 4)
	require.Contains(t, got[0], "refuse long: pdu: ")
	require.Equal(t, "admit b", got[1])
	r.writes("submit_sm#7")
}

// TestFIFO: whatever the mix, those that could go are admitted in the order in which they came.
func TestFIFO(t *testing.T) {
	r := boundRig(t, RoleESME, window(1))
	r.send("a")
	for i := range 6 {
		o := &Op{Do: i%3 == 0, Exempt: i%3 == 1}
		require.NoError(t, r.request(strconv.Itoa(i), o))
	}
	for i := range 6 {
		r.flush()
		r.effects()
		r.ok(uint32(i + 1))
		require.Contains(t, r.effects(), "admit "+strconv.Itoa(i))
	}
}
