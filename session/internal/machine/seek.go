package machine

import "time"

// seeker is the policy of an adaptive window without one of its user's. It looks for the window that keeps the peer busy
// and lets hardly anything queue, in two ways that do not depend on each other.
//
// A peer that queues is found by the round trip. As long as nothing queues it is that of an empty path, base, whatever
// the window; beyond what peer and path carry the rate stands still and the round trip grows with the window. So what is
// carried is, by Little's law, the window at the time of sending times base over the round trip. The window becomes that
// and a little more, which makes it rest at a short queue.
//
// A peer that throttles is found by its refusals. Each takes a slot of the window along, so that what was delivered is
// left. That window is safe; it is passed only by small steps, and only when enough requests were not throttled that the
// price of trying is small.
//
// The window is a fraction. Once requests are spaced it may be less than one: then they go one at a time, with a pause.
type seeker struct {
	least, most float64 // bounds
	window      float64
	target      float64 // the window grows to it by one with each response, so that the new requests do not come in a bunch
	floor       float64 // refusals do not take the window below it in this round
	sent        float64 // the window when the requests were sent whose responses come now
	spaced      bool    // see pacer
	grew        bool    // in the last round, which does not show yet

	startup bool    // the window doubles with each round, until something stands in the way
	rate    float64 // the highest then, in responses per nanosecond
	stalls  int     // rounds in a row then in which it did not grow

	base     float64 // round trip of an empty path
	fastest  float64 // shortest round trip of late
	dip      int     // rounds that are left of a dip; see dipping
	resume   float64 // the window after it
	deep     bool    // it leaves no queue, if base is right
	soon     int     // rounds until the next one, when base is in doubt; else 0
	unproven int     // rounds since the round trip was that of base
	calm     int     // rounds in a row of growth without a queue

	// The highest window of late, and the longest round trip since. When the window has fallen far below it, and the
	// round trip has not, then it is the path that has become longer.
	high, highTrip float64
	below          int // rounds that the window has been far below

	safe     float64 // the window that was not throttled once requests were spaced; zero when none is known
	step     float64 // by which it rises next
	raised   bool    // it has risen once
	debt     int     // responses that have to come before it rises
	risen    int64   // when it rose, or a request was throttled
	sinceRun int     // rounds since then
}

const (
	second = float64(time.Second)

	headroom   = 1.15          // of the window over what is carried, or a request
	negligible = second / 4000 // time in a queue that is as good as none
	steepest   = 0.85          // fall of the window in a round
	calmTrip   = 1.1           // round trip over base that is taken for no queue
	calmRounds = 8             // after which the window grows faster
	inflated   = 1.25          // round trip over base that ends the startup

	dipTo       = 0.9 // of what is carried
	dipRounds   = 3   // the queue is worked off in the first, the last shows the path without it
	proofRounds = 30  // between dips while the round trip is longer than base

	costOfThrottle = 200               // responses for each request that was throttled: one in two hundred at most
	riseTime       = int64(second / 5) // who throttles counts over a time
	firstStep      = 1.05
	lastStep       = 1.2
)

func (s *seeker) begin(window, least, most float64) {
	*s = seeker{least: least, most: most, startup: true, step: firstStep}
	s.set(window)
	s.floor = s.window / 2
}

// restart takes a window of the user's for the point from which to go on.
func (s *seeker) restart(window float64) {
	s.settle()
	s.safe, s.debt, s.dip, s.high = 0, 0, 0, 0
	s.set(window)
	s.floor = s.window / 2
}

// set puts a window in force.
func (s *seeker) set(w float64) {
	least := s.least
	if s.spaced && least <= 1 {
		least = min(1, s.base/second) // a request a second
	}
	s.window = max(least, min(w, s.most))
	s.target = s.window
}

// slots returns the window as a number of slots. Where requests are spaced it is the space that makes the fraction.
func (s *seeker) slots() int {
	n := int(s.window)
	if s.spaced && s.window-float64(n) > 0.15*s.window {
		n++
	}
	return n
}

// inForce returns the window as it acts on the rate.
func (s *seeker) inForce() float64 {
	if s.spaced {
		return s.window
	}
	return float64(s.slots())
}

// interval returns the time between requests that are spaced.
func (s *seeker) interval(trip float64) int64 {
	if s.base != 0 {
		trip = s.base
	}
	return int64(trip / s.window)
}

// passed is told of a response that does not throttle.
func (s *seeker) passed() {
	if s.window < s.target {
		s.window = min(s.target, s.window+1)
	}
	s.debt = max(0, s.debt-1)
}

// throttled is told of a response that does. When its request was not spaced from the one before, the rate may be sound
// and only the bunch was not, so that no window is known to be safe. While that is still looked for, the debt is small.
func (s *seeker) throttled(now int64, spaced bool) {
	w := s.window - min(1, s.window/8)
	s.set(max(w, min(s.floor, s.window)))
	limit := max(50, int(20*s.window))
	if s.raised {
		limit = max(1000, int(300*s.window))
	}
	s.debt = min(s.debt+costOfThrottle, limit)
	s.step, s.risen, s.sinceRun = firstStep, now, 0
	if spaced {
		s.settle()
		s.safe = s.window
	}
}

// timedOut is told of the first request of a window that got no response in time.
func (s *seeker) timedOut() {
	s.settle()
	s.set(s.window / 2)
}

// settle ends the startup. It may have left a queue, which base would be mistaken for.
func (s *seeker) settle() {
	if s.startup {
		s.startup, s.soon = false, 1
	}
}

// next sets the window after a round. trip is the smoothed round trip; settled tells that all requests of the round were
// spaced.
func (s *seeker) next(now int64, r *WindowSample, trip float64, settled bool) {
	mean, sent := float64(r.MeanRoundTrip), s.sent
	s.sent = s.inForce()
	if sent == 0 {
		sent = s.sent
	}
	if r.Throttled > 0 && s.safe > 0 {
		s.safe *= 0.97
		s.set(min(s.window, s.safe))
	}
	if r.Congestion >= 80 && settled {
		s.settle()
	}
	if mean > 0 {
		s.measure(sent, mean, trip)
		s.decide(now, r, sent, mean, trip)
	}
	s.floor = s.window / 2
}

func (s *seeker) decide(now int64, r *WindowSample, sent, mean, trip float64) {
	carried := sent * (s.base + negligible) / max(mean, trip)
	target := max(headroom*carried, carried+1)
	switch {
	case s.dipping(r.Window, sent, mean, trip):
	case r.Congestion == 100:
		s.set(0.85 * s.window)
	case r.Congestion >= 90:
		s.set(0.93 * s.window)
	case r.Throttled > 0 && !s.startup:
	case !r.Limited:
		s.target = s.window
	case s.startup && !s.blocked(r, mean):
		s.grow(now, 2*s.window)
	case s.startup:
		s.settle()
		s.set(min(target, s.window))
		s.dipping(r.Window, sent, mean, trip)
	case target < s.window:
		s.set(max(target, steepest*s.window))
	case s.grew && r.Window < 8:
		s.grew = false // one request more is much here, and shows a round later
	case r.Congestion < 80:
		if s.calm++; mean > calmTrip*s.base {
			s.calm = 0
		}
		if s.calm >= calmRounds {
			target *= 1.5
		}
		s.grew = true
		s.grow(now, target)
	}
}

// blocked tells whether something stands in the way of the window while it doubles.
func (s *seeker) blocked(r *WindowSample, mean float64) bool {
	rate := float64(r.Responses-r.Throttled) / float64(r.Elapsed)
	if s.stalls++; rate > 1.25*s.rate {
		s.rate, s.stalls = rate, 0
	}
	return mean > inflated*s.base+negligible || s.stalls > 1 || r.Congestion >= 80
}

// grow lets the window grow as far as it is safe, and makes more of it safe when that is paid for.
func (s *seeker) grow(now int64, target float64) {
	if s.safe > 0 {
		s.sinceRun++
		if s.debt == 0 && s.sinceRun > 1 && now-s.risen >= riseTime && s.window >= 0.97*s.safe {
			s.safe *= s.step
			s.step = min(s.step+0.05, lastStep)
			s.risen, s.sinceRun, s.raised = now, 0, true
		}
		target = min(target, s.safe)
	}
	s.target = max(s.window, min(target, s.most))
}

// measure follows base where the round trip tells it. What is longer may be a queue of our own; see dipping.
func (s *seeker) measure(sent, mean, trip float64) {
	switch {
	case s.base == 0:
		s.base = mean
	case sent <= 1 && s.window <= 1: // one at a time do not queue
		s.base = min(mean, s.base+(mean-s.base)/8)
	case trip < 0.9*s.base:
		s.base = trip
	}
	if sent > 0.75*s.high {
		s.below = 0
		if sent > s.high {
			s.high, s.highTrip = sent, mean
		}
		s.highTrip = max(s.highTrip, mean)
	} else if s.below++; s.below > 1 {
		if mean >= 0.9*s.highTrip {
			s.base = max(s.base, mean)
		}
		s.high, s.highTrip, s.below = sent, mean, 0
	}
}

// dipping makes the window smaller for a few rounds now and then, so that what queues is worked off, and takes the round
// trip that it finds for base. n is the window in slots. While base is in doubt the dip goes by the shortest round trip,
// and after one that has found a queue another follows.
func (s *seeker) dipping(n int, sent, mean, trip float64) bool {
	if s.dip > 0 {
		if s.dip--; s.dip == 0 {
			s.endDip(mean)
		}
		return true
	}
	if s.unproven++; trip <= 1.05*s.base {
		s.unproven = 0
	}
	due := s.unproven >= proofRounds
	doubt := s.soon > 0
	if doubt {
		s.soon--
		due = s.soon == 0
	}
	if !due || s.startup || n < 2 {
		return false
	}
	carried := sent * s.base / mean
	to := max(float64((n+1)/2), float64(int(dipTo*carried)))
	if doubt {
		to = min(to, float64(int(s.window*s.fastest/mean)))
	}
	to = max(1, to)
	s.dip, s.resume, s.deep = dipRounds, s.window, to <= max(1, carried)
	s.high, s.highTrip, s.below = s.window, mean, 0
	s.set(to)
	return true
}

func (s *seeker) endDip(mean float64) {
	s.unproven, s.grew = 0, true
	if mean < 0.9*s.base {
		s.soon = 2
		s.resume *= mean / s.base
	}
	if s.deep || mean < s.base {
		s.base = mean
	}
	s.target = max(s.window, s.resume)
}
