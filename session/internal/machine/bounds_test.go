package machine

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

// limits are bounds and first windows to try, at and around the 20 requests that the peers of the tests carry.
var limits = []struct{ min, max, first int }{
	{1, 1, 10}, {1, 4, 1}, {5, 20, 1}, {19, 23, 20}, {40, 40, 1}, {100, 1000, 10}, {1, 20_000, 10},
}

// TestAdaptiveBounds: no peer makes the window leave its bounds, and never are more requests outstanding.
func TestAdaptiveBounds(t *testing.T) {
	for _, l := range limits {
		check := func(t *testing.T, m *Machine) {
			s := m.Stats()
			require.GreaterOrEqual(t, s.Window, l.min)
			require.LessOrEqual(t, s.Window, l.max)
			require.LessOrEqual(t, s.Slots, l.max)
			seek := &m.adaptive.seek // it must not wind up beyond a bound either
			require.LessOrEqual(t, max(seek.window, seek.target), float64(l.max))
			if l.min > 1 {
				require.GreaterOrEqual(t, seek.window, float64(l.min))
			}
		}
		for _, kind := range []peerKind{queues, tells, throttles} {
			t.Run(fmt.Sprintf("%s/%d to %d", kind, l.min, l.max), func(t *testing.T) {
				p := newSimPeer(kind, 400, trip)
				cfg := adaptiveConfig()
				cfg.Window, cfg.Adaptive = l.first, &Adaptive{Min: l.min, Max: l.max}
				s := newSim(t, p, cfg)
				s.onResp = func() { check(t, s.m) }
				for range 3 {
					s.run(s.now + 40*p.unit())
					p.rate /= 4
					s.run(s.now + 40*p.unit())
					p.rate *= 8
				}
			})
		}
		t.Run(fmt.Sprintf("by chance/%d to %d", l.min, l.max), func(t *testing.T) {
			random := rand.New(rand.NewPCG(3, 4))
			r := boundRig(t, RoleESME, adapting(l.first, Adaptive{Min: l.min, Max: l.max}))
			check(t, r.m)
			for range 300 {
				r.flood()
				r.pass(time.Duration(random.IntN(200)) * time.Millisecond)
				for _, seq := range r.outstanding() {
					switch random.IntN(8) {
					case 0: // it is answered later, or never
					case 1:
						r.respond(pdu.StatusThrottled, random.IntN(256), seq)
					default:
						r.respond(pdu.StatusOK, random.IntN(90), seq)
					}
					check(t, r.m)
				}
				switch random.IntN(20) {
				case 0:
					r.pass(time.Minute)
					r.effects()
				case 1:
					r.m.SetWindow(r.now, random.IntN(3*l.max)-l.max)
				}
				check(t, r.m)
			}
		})
	}
}

// TestAdaptiveShort: a sender that is short of requests proves nothing about a larger window, so that the window stays
// at what was used; and when requests come in plenty again it takes no longer than at first.
func TestAdaptiveShort(t *testing.T) {
	for _, kind := range []peerKind{queues, tells, throttles} {
		t.Run(string(kind), func(t *testing.T) {
			p := newSimPeer(kind, 400, trip)
			s := newSim(t, p, adaptiveConfig())
			trickle := func() { // five are under way at a time
				s.always = false
				s.run(s.now + 5*p.unit()) // those that waited
				was, refused := s.m.window, s.total-s.ok
				s.onResp = func() { require.Equal(t, was, s.m.window) }
				for end := s.now + 200*p.unit(); s.now < end; s.run(s.now + 10*time.Millisecond) {
					s.request()
				}
				require.Equal(t, refused, s.total-s.ok)
				s.always, s.onResp = true, nil
			}
			trickle()
			require.Equal(t, 10, s.m.window, "as it was configured")
			for range 2 {
				s.run(s.now + 60*p.unit())
				r := s.stretch(100 * p.unit())
				require.GreaterOrEqual(t, r.rate, 0.8*p.rate)
				require.LessOrEqual(t, r.throttled, 0.01)
				trickle()
				require.LessOrEqual(t, s.m.window, r.most)
			}
			r := s.stretch(10 * p.unit())
			require.GreaterOrEqual(t, r.rate, 0.8*p.rate, "it is still known")
			require.LessOrEqual(t, r.throttled, 0.05)
		})
	}
}

// TestAdaptiveBursts: the window grows with bursts that do not fit into it, and stops when they do.
func TestAdaptiveBursts(t *testing.T) {
	for _, kind := range []peerKind{queues, tells, throttles} {
		t.Run(string(kind), func(t *testing.T) {
			s := newSim(t, newSimPeer(kind, 4000, trip), adaptiveConfig())
			s.always = false
			for range 100 {
				for range 25 {
					s.request()
				}
				s.run(s.now + time.Second)
			}
			require.Equal(t, s.total, s.ok)
			require.GreaterOrEqual(t, s.m.window, 25)
			require.LessOrEqual(t, s.m.window, 50)
		})
	}
}
