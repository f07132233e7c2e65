package machine

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

// TestTickEarly: each timer acts when it is due, and ticks before do nothing, however many.
func TestTickEarly(t *testing.T) {
	for name, row := range map[string]struct {
		in  time.Duration
		set func(*Config)
		arm func(r *rig) // of a rig that is bound as an ESME
	}{
		"session init": {10 * time.Second, nil, func(r *rig) { *r = *newRig(r.t, RoleMC) }},
		"enquire link": {30 * time.Second, func(c *Config) { c.EnquireLink = 30 * time.Second }, func(*rig) {}},
		"enquire link response": {20 * time.Second, func(c *Config) {
			c.EnquireLink, c.EnquireLinkTimeout = 30*time.Second, 20*time.Second
		}, func(r *rig) { r.pass(30 * time.Second); r.flush() }},
		"inactivity": {40 * time.Second, func(c *Config) { c.Inactivity = 40 * time.Second }, func(*rig) {}},
		"drain after inactivity": {5 * time.Second, func(c *Config) { c.Inactivity = 40 * time.Second }, func(r *rig) {
			r.do("a")
			r.flush()
			r.pass(40 * time.Second)
		}},
		"response": {time.Minute, nil, func(r *rig) { r.do("a"); r.flush() }},
		"late response": {2 * time.Minute, nil, func(r *rig) {
			r.do("a")
			r.flush()
			r.pass(time.Minute)
		}},
		"answer": {time.Minute, nil, func(r *rig) { r.in(1) }},
		"write":  {10 * time.Second, nil, func(r *rig) { r.do("a"); r.take() }},
		"pause": {5 * time.Second, func(c *Config) { c.Inbound, c.PauseInbound = 1, true }, func(r *rig) {
			r.in(1)
			require.True(r.t, r.m.ReadPaused())
		}},
		"unbind grace": {5 * time.Second, nil, func(r *rig) {
			r.do("a")
			r.flush()
			r.peer(9, &pdu.Unbind{})
		}},
		"linger": {time.Second, nil, func(r *rig) {
			r.m.Drain(r.now)
			r.flush()
			r.resp(r.m.ourUnbind.PDU.Seq, &pdu.UnbindResp{})
			require.True(r.t, r.m.halfClosed)
		}},
		"unbound linger": {2 * time.Second, nil, func(r *rig) { r.peer(9, &pdu.Unbind{}); r.flush() }},
		"write under way at the end": {endTime, nil, func(r *rig) {
			r.do("a")
			r.take()
			r.m.Close(r.now)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := boundRig(t, RoleESME, func(c *Config) {
				if row.set != nil {
					row.set(c)
				}
			})
			row.arm(r)
			r.effects()
			acted := func() string {
				return fmt.Sprint(r.effects(), r.take(), r.m.Stats().Remember, r.m.ReadPaused(), r.m.graceOver, r.m.expired)
			}
			quiet := acted()
			begin := r.now
			for _, at := range []time.Duration{0, 1, row.in / 3, row.in / 2, row.in - time.Microsecond, row.in - 1} {
				r.now = begin.Add(at)
				r.m.Tick(r.now)
				require.Equal(t, quiet, acted(), "%v before", row.in-at)
			}
			require.Equal(t, begin.Add(row.in), r.m.Deadline())
			r.now = r.m.Deadline()
			r.m.Tick(r.now)
			require.NotEqual(t, quiet, acted())
		})
	}
}

// TestStillDue: a timer that is set need not be looked at again for what begins later, and must be for what had been put
// off and holds again.
func TestStillDue(t *testing.T) {
	r := boundRig(t, RoleMC, func(c *Config) {
		c.PauseInbound, c.Inbound = true, 1
		c.EnquireLink, c.EnquireLinkTimeout = 10*time.Second, 10*time.Second
	})
	r.pass(5800 * time.Millisecond) // 4.2 s before enquire_link
	heard := r.m.heard
	r.in(7)
	r.m.heard = heard // as if the peer had sent it when it was last heard
	r.effects()
	armed := r.m.Deadline()
	require.Equal(t, 5*time.Second, armed.Sub(r.now), "the pause")
	r.now = r.now.Add(4500 * time.Millisecond)
	r.m.Tick(r.now)
	require.False(t, r.m.StillDue(r.now.Add(1001*time.Millisecond)), "longer than the shortest time of all")
	require.True(t, r.m.StillDue(armed))
	r.now = r.now.Add(50 * time.Millisecond)
	require.NoError(t, r.reply(7))
	r.flush()
	require.False(t, r.m.ReadPaused())
	require.False(t, r.m.StillDue(armed), "enquire_link is due in 4.2 s again")
	require.Equal(t, 4200*time.Millisecond, r.m.Deadline().Sub(r.now))
	r.m.setState(StateUnbound)
	require.False(t, r.m.StillDue(r.now))
}
