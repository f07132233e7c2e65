package main

import (
	"slices"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// totals are the sums over a ledger.
type totals struct {
	accepted  int // messages handed to the session
	sent      int // of these, handed to the socket
	outcomes  map[session.Outcome]int
	statuses  map[pdu.CommandStatus]int // of responses
	nacks     map[pdu.CommandStatus]int // of generic_nacks
	maybe     int                       // lost, and may have arrived
	taken     int                       // answered ESME_ROK
	intact    int                       // the message centre has the very text
	matched   int
	states    map[pdu.MessageState]int // told by the receipts that matched
	unmatched int                      // receipts that match no message
	interim   int                      // notifications on the way
	took      time.Duration            // from the first message to the last response
	p50, p99  time.Duration
}

// totals walks the ledger.
func (l *ledger) totals() totals {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := totals{
		accepted:  len(l.entries),
		outcomes:  make(map[session.Outcome]int),
		statuses:  make(map[pdu.CommandStatus]int),
		nacks:     make(map[pdu.CommandStatus]int),
		states:    make(map[pdu.MessageState]int),
		unmatched: len(l.early) + l.strays,
		interim:   l.interim,
	}
	var latencies []time.Duration
	for _, e := range l.entries {
		t.add(e)
		if e.outcome == session.Responded {
			latencies = append(latencies, e.latency)
		}
	}
	slices.Sort(latencies)
	t.p50, t.p99 = percentile(latencies, 50), percentile(latencies, 99)
	if len(l.entries) > 0 && !l.last.IsZero() {
		t.took = l.last.Sub(l.entries[0].handed)
	}
	return t
}

func (t *totals) add(e *entry) {
	t.outcomes[e.outcome]++
	switch e.outcome {
	case session.Responded:
		t.statuses[e.status]++
		if e.status == pdu.StatusOK {
			t.taken++
		}
	case session.Nacked:
		t.nacks[e.status]++
	}
	if e.outcome != session.NotSent {
		t.sent++
	}
	if e.outcome == session.Lost && e.written {
		t.maybe++
	}
	if e.intact {
		t.intact++
	}
	if e.receipted {
		t.matched++
		t.states[e.state]++
	}
}

// balanced tells whether every message ended once.
func (t *totals) balanced() bool {
	sum := 0
	for _, o := range outcomes {
		sum += t.outcomes[o]
	}
	return sum == t.accepted
}

// outcomes are those that a request can end in, in the order of the sum.
var outcomes = [...]session.Outcome{
	session.Responded, session.Nacked, session.Sent, session.TimedOut, session.NotSent, session.Lost,
}

// outcomesOf returns the counters of a session by outcome.
func outcomesOf(s session.Stats) map[session.Outcome]int {
	return map[session.Outcome]int{
		session.Responded: int(s.Responded), session.Nacked: int(s.Nacked), session.Sent: int(s.Sent),
		session.TimedOut: int(s.TimedOut), session.NotSent: int(s.NotSent), session.Lost: int(s.Lost),
	}
}

// agrees tells whether the session counted the same, and one bind, which was answered, besides.
func (t *totals) agrees(s session.Stats) bool {
	of, sum := outcomesOf(s), 0
	for _, o := range outcomes {
		want := t.outcomes[o]
		if o == session.Responded {
			want++
		}
		if of[o] != want {
			return false
		}
		sum += of[o]
	}
	return s.InFlight == 0 && int(s.Accepted) == t.accepted+1 && sum == t.accepted+1
}

// rate is in responses a second.
func (t *totals) rate() float64 {
	if t.took <= 0 {
		return 0
	}
	return float64(t.outcomes[session.Responded]+t.outcomes[session.Nacked]) / t.took.Seconds()
}

// percentile returns the value that p percent of the sorted ones do not exceed, zero when there are none.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)*p+99)/100-1]
}
