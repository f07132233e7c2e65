package machine

import (
	"fmt"
	"reflect"
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
		"queue":  {10 * time.Second, nil, func(r *rig) { r.held = true; r.in(1) }},
		"turn":   {10 * time.Second, nil, func(r *rig) { r.full = true; r.in(1) }},
		"place": {placeTime, func(c *Config) { c.Window, c.Places = 1, 0 }, func(r *rig) {
			r.held = true
			r.send("a")
			r.flush()
			r.ok(1)
			r.send("b")
		}},
		"write": {10 * time.Second, nil, func(r *rig) { r.do("a"); r.take() }},
		"pause": {5 * time.Second, func(c *Config) { c.Inbound, c.Pause = 1, 5*time.Second }, func(r *rig) {
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
			require.True(r.t, r.m.phase == phaseHalfClosed)
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
				return fmt.Sprint(r.effects(), r.take(), r.m.Stats().Remember, r.m.ReadPaused(), r.m.peer, r.m.phase)
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

// TestStillDue: a timer that is set need not be looked at again for what begins later, and must be for what had been
// put off and holds again.
func TestStillDue(t *testing.T) {
	r := boundRig(t, RoleMC, func(c *Config) {
		c.Inbound = 1
		c.EnquireLink, c.EnquireLinkTimeout = 10*time.Second, 10*time.Second
		c.Write, c.Queue = 500*time.Millisecond, 0
	})
	r.send("a")
	r.flush()
	r.pass(9800 * time.Millisecond)
	r.in(7)
	r.effects()
	r.m.heard = moment{at: 1} // as if it had been read, and not sent, now
	armed := r.m.Deadline()
	require.Equal(t, time.Second, armed.Sub(r.now), "the pause")
	r.now = r.now.Add(600 * time.Millisecond)
	r.m.Tick(r.now)
	require.False(t, r.m.StillDue(r.now.Add(501*time.Millisecond)), "longer than the shortest time of all")
	require.True(t, r.m.StillDue(armed))
	r.now = r.now.Add(50 * time.Millisecond)
	require.NoError(t, r.reply(7))
	r.flush()
	require.False(t, r.m.ReadPaused())
	require.False(t, r.m.StillDue(armed), "enquire_link is due in 0.2 s again")
	require.Equal(t, 200*time.Millisecond, r.m.Deadline().Sub(r.now))
	r.m.setState(StateUnbound)
	require.False(t, r.m.StillDue(r.now))
}

// TestStillDueLater: what may be due sooner than the shortest time of all is looked for.
func TestStillDueLater(t *testing.T) {
	for name, row := range map[string]struct {
		arm, act func(r *rig)
	}{
		"a request that is old is taken back": {
			func(r *rig) { r.slow = true; r.in(1); r.effects(); r.pass(10*time.Second - 1) },
			func(r *rig) { require.True(r.t, r.m.TakeBack(r.now, r.ins[1])) },
		},
		"a place is taken that another waits for": {
			func(r *rig) { r.do("a"); r.flush(); r.send("b"); r.pass(10 * time.Second) },
			func(r *rig) { r.cancel("a") },
		},
		"there are fewer places": {
			func(r *rig) {
				r.m.SetWindow(r.now, 2)
				r.slow = true
				r.send("a")
				r.flush()
				r.ok(1)
				r.do("b", "c")
				r.effects()
				r.flush()
				r.send("d")
				r.pass(10 * time.Second)
			},
			func(r *rig) { r.m.SetWindow(r.now, 1) },
		},
		"the queue time of a drain": {
			func(r *rig) {
				cfg := *r.m.cfg
				cfg.Queue = 0
				r.m.cfg = &cfg
				r.in(1)
				r.pass(10*time.Second - 1)
			},
			func(r *rig) { r.m.Drain(r.now) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := boundRig(t, RoleESME, func(c *Config) { c.Window, c.Places = 1, 0 })
			r.held = true
			r.effects()
			r.held = false
			row.arm(r)
			r.m.Tick(r.now)
			_ = r.m.Deadline()
			armed := r.now.Add(time.Second)
			require.True(t, r.m.StillDue(armed))
			row.act(r)
			require.False(t, r.m.StillDue(armed))
			require.True(t, r.m.Deadline().Before(armed))
		})
	}
}

// TestShortestTime: every duration of the configuration that sets a deadline counts.
func TestShortestTime(t *testing.T) {
	fields := reflect.VisibleFields(reflect.TypeFor[Config]())
	n := 0
	for _, f := range fields {
		if f.Type != reflect.TypeFor[time.Duration]() {
			continue
		}
		n++
		cfg := testConfig(RoleMC)
		cfg.EnquireLink, cfg.EnquireLinkTimeout, cfg.Inactivity = time.Hour, time.Hour, time.Hour
		require.EqualValues(t, time.Second, cfg.shortestTime())
		reflect.ValueOf(&cfg).Elem().FieldByIndex(f.Index).SetInt(int64(time.Millisecond))
		require.LessOrEqual(t, cfg.shortestTime(), int64(time.Millisecond), f.Name)
	}
	require.Greater(t, n, 12)
	require.Zero(t, (&Config{Adaptive: &Adaptive{}}).shortestTime())
	require.EqualValues(t, 1, (&Config{}).shortestTime(), "an UnbindGrace of none is one of hardly any time")
	for _, d := range []time.Duration{placeTime, drainQueueTime, drainAnswerTime, maxPutOff} {
		require.GreaterOrEqual(t, d, endTime)
	}
}
