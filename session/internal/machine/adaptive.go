package machine

import (
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// Adaptive configures a window whose size is found while the session runs.
type Adaptive struct {
	Min, Max int  // bounds; 1 <= Min <= Max
	Policy   bool // EffPolicy asks for the next window; else see seeker
}

// WindowSample is what one round has shown. A round takes about a round trip: it ends when a request that was handed
// over after its beginning is answered, or times out.
type WindowSample struct {
	Window        int           // in force when the round ended
	InUse         int           // slots in use then
	Limited       bool          // a request had to wait for the window, or was refused by it
	Responses     int           // to requests that held a slot, whatever they say
	Throttled     int           // of these, ESME_RTHROTTLED and ESME_RMSGQFUL
	TimedOut      int           // requests that held a slot and got no response in time
	MeanRoundTrip time.Duration // of the responses that do not throttle; zero without any
	MinRoundTrip  time.Duration // of the same
	Congestion    int           // highest congestion_state that any response told, -1 when none did
	Elapsed       time.Duration
}

// adaptive gathers rounds, and lets a policy set the window by them. Its times are virtual.
type adaptive struct {
	cfg     Adaptive
	seek    seeker
	pace    pacer
	round   WindowSample
	start   int64   // of the round
	sum     int64   // of its round trips
	trip    float64 // round trip, smoothed
	fastest [2]int64
	rounds  int   // since fastest was turned over
	halved  int64 // when a timeout did that to the window
	asking  bool  // the policy has not answered yet
}

// fastestRounds is the number of rounds for which the shortest round trip is remembered; at most twice as many.
const fastestRounds = 50

func newAdaptive(cfg Adaptive, window int) *adaptive {
	cfg.Min, cfg.Max = windowOf(cfg.Min), windowOf(cfg.Max)
	a := &adaptive{cfg: cfg, start: 1, round: WindowSample{Congestion: -1}}
	a.seek.begin(float64(a.bound(window)), float64(cfg.Min), float64(cfg.Max))
	return a
}

// bound keeps a window within the bounds.
func (a *adaptive) bound(n int) int { return max(a.cfg.Min, min(n, a.cfg.Max)) }

// minRoundTrip returns the shortest round trip of late, zero when there was none yet.
func (a *adaptive) minRoundTrip() int64 { return earliest(a.fastest[0], a.fastest[1]) }

// counts tells whether o counts: it holds a slot still, and the peer does not take the time to judge a bind.
func (o *Op) counts() bool { return o.is(opSlot) && !isBind(o.id) }

// adaptResponse lets the window learn from the response p to o.
func (m *Machine) adaptResponse(now int64, o *Op, p *pdu.PDU) {
	if !o.counts() {
		return
	}
	a, v := m.adaptive, m.virtual(now)
	trip := max(1, v-o.at)
	if a.trip == 0 {
		a.trip = float64(trip)
	}
	a.round.Responses++
	throttled := p.Status == pdu.StatusThrottled || p.Status == pdu.StatusMsgQueueFull
	if throttled { // a refusal may come faster than what is done
		a.round.Throttled++
	} else {
		a.sum += trip
		a.round.MinRoundTrip = time.Duration(earliest(int64(a.round.MinRoundTrip), trip))
	}
	switch {
	case a.cfg.Policy:
	case throttled:
		a.seek.throttled(v, a.pace.since != 0 && o.at >= a.pace.since)
		a.space(v)
	default:
		a.seek.passed()
	}
	m.adapt(v, o)
}

// adaptTimeout lets the window learn that o got no response.
func (m *Machine) adaptTimeout(now int64, o *Op) {
	if !o.counts() {
		return
	}
	a := m.adaptive
	v := m.virtual(now)
	a.round.TimedOut++
	if !a.cfg.Policy && o.at >= a.halved { // else it went out before the window was halved for others
		a.seek.timedOut()
		a.halved = v
	}
	m.adapt(v, o)
}

// adapt ends the round, if o does, and puts the window in force.
func (m *Machine) adapt(v int64, o *Op) {
	a := m.adaptive
	if o.at >= a.start && m.enough() {
		r := &a.round
		r.Window, r.InUse = m.window, m.slots
		r.Limited = r.Limited || m.waitsForWindow()
		r.Elapsed = time.Duration(max(1, v-a.start))
		a.measure()
		if a.cfg.Policy {
			m.askPolicy(*r)
		} else {
			a.next(v)
		}
		a.round, a.start, a.sum = WindowSample{Congestion: -1}, v, 0
	}
	if !a.cfg.Policy {
		m.applySeek()
	}
}

// askPolicy asks the policy for the next window, unless it still thinks about the last round.
func (m *Machine) askPolicy(s WindowSample) {
	if !m.adaptive.asking {
		m.adaptive.asking = true
		m.emit(Effect{Kind: EffPolicy, More: s})
	}
}

// PolicyAnswered tells the window that the policy has chosen.
func (m *Machine) PolicyAnswered(t time.Time, n int) {
	now := m.clock(t)
	m.adaptive.asking = false
	m.window = m.adaptive.bound(n)
	m.progress(now)
}

// applySeek puts the window of the seeker in force.
func (m *Machine) applySeek() {
	a := m.adaptive
	a.pace.interval = a.seek.interval(a.trip)
	m.window = a.bound(a.seek.slots())
}

// enough reports whether the round has most of the responses of a window. Of a small one the first response would not
// show that those behind it had to queue. While the window doubles, half of it is requests that are not answered yet.
func (m *Machine) enough() bool {
	a := m.adaptive
	return a.seek.startup || 4*(a.round.Responses+a.round.TimedOut) >= 3*m.slots
}

// measure takes the round trips of the round to account: the more of them, the more they weigh.
func (a *adaptive) measure() {
	r := &a.round
	n := r.Responses - r.Throttled
	if n == 0 {
		return
	}
	r.MeanRoundTrip = time.Duration(a.sum / int64(n))
	a.trip += (float64(r.MeanRoundTrip) - a.trip) * float64(n) / float64(n+7)
	if a.rounds++; a.rounds >= fastestRounds {
		a.fastest[1], a.fastest[0], a.rounds = a.fastest[0], 0, 0
	}
	a.fastest[0] = earliest(a.fastest[0], int64(r.MinRoundTrip))
}

// next lets the seeker set the window after the round.
func (a *adaptive) next(v int64) {
	if a.round.Congestion >= 80 {
		a.space(v)
	}
	settled := a.seek.spaced && float64(v-a.pace.since) > 2*a.trip
	a.seek.fastest = float64(a.minRoundTrip())
	a.seek.next(v, &a.round, a.trip, settled)
}

// space begins to space requests.
func (a *adaptive) space(v int64) {
	if !a.seek.spaced {
		a.seek.spaced, a.pace.since = true, v
	}
}

// setWindow takes a window of the user's.
func (a *adaptive) setWindow(n int) int {
	a.seek.restart(float64(a.bound(n)))
	return a.bound(n)
}

// waitsForWindow tells whether anyone waits for the window.
func (m *Machine) waitsForWindow() bool {
	return m.waiting > 0 && (m.slots >= m.window || !m.adaptive.pace.open(m.last)) &&
		(m.waits[0].n > 0 || m.waits[1].n > 0 || m.waits[2].n > 0)
}

// pacedAt returns when the pacer lets the next request go, zero when nobody waits for that.
func (m *Machine) pacedAt() int64 {
	if a := m.adaptive; a != nil && m.slots < m.window && !a.pace.open(m.last) && m.waitsForWindow() {
		return a.pace.next - paceSlack
	}
	return 0
}

// pacer spaces requests evenly over the round trip, from when one was throttled or the peer told of much load. A window
// alone lets them go in bunches, since the responses to a bunch come in one; and a peer that counts requests by time
// refuses most of a bunch however small the window. Its times are real, but for since.
type pacer struct {
	since    int64 // in virtual time; zero when it does not space
	interval int64
	next     int64 // when the next request is due
}

// paceSlack is how much too early a request may go: a timer is not worth its cost for less.
const paceSlack = int64(time.Second / 1000)

func (p *pacer) open(now int64) bool { return p.since == 0 || p.next <= now+paceSlack }

func (p *pacer) admitted(now int64) { p.next = max(p.next, now) + p.interval }
