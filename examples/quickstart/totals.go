package main

import (
	"slices"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// totals are the sums over a ledger.
type totals struct {
	messages int // handed to SendText
	several  int // of these, sent in several parts
	fates    map[fate]int
	intact   int // messages whose very text the message centre has read
	heldBack int // parts that were not handed to the session

	accepted  int // parts handed to the session
	sent      int // of these, handed to the socket
	outcomes  map[session.Outcome]int
	statuses  map[pdu.CommandStatus]int // of responses
	nacks     map[pdu.CommandStatus]int // of generic_nacks
	taken     int                       // answered ESME_ROK
	matched   int                       // final receipts of a part
	states    map[pdu.MessageState]int  // told by these
	unmatched int                       // receipts that match no part
	repeated  int                       // receipts that came again
	interim   int                       // notifications on the way
	took      time.Duration             // from the first message to the last response
	p50, p99  time.Duration             // of messages that were answered
}

// totals walks the ledger.
func (l *ledger) totals() totals {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := totals{
		messages:  len(l.entries),
		fates:     make(map[fate]int),
		heldBack:  l.heldBack,
		accepted:  len(l.parts),
		outcomes:  make(map[session.Outcome]int),
		statuses:  make(map[pdu.CommandStatus]int),
		nacks:     make(map[pdu.CommandStatus]int),
		matched:   l.matched(),
		states:    l.states,
		unmatched: l.strays,
		repeated:  l.repeated,
		interim:   l.interim,
	}
	var latencies []time.Duration
	for _, e := range l.entries {
		t.fates[e.fate]++
		if e.parts > 1 {
			t.several++
		}
		if e.intact {
			t.intact++
		}
		if e.fate == accepted || e.fate == refused {
			latencies = append(latencies, e.latency)
		}
	}
	for _, p := range l.parts {
		t.add(p)
	}
	slices.Sort(latencies)
	t.p50, t.p99 = percentile(latencies, 50), percentile(latencies, 99)
	if len(l.entries) > 0 && !l.last.IsZero() {
		t.took = l.last.Sub(l.entries[0].handed)
	}
	return t
}

func (t *totals) add(p *part) {
	t.outcomes[p.outcome]++
	switch p.outcome {
	case session.Responded:
		t.statuses[p.status]++
		if p.status == pdu.StatusOK {
			t.taken++
		}
	case session.Nacked:
		t.nacks[p.status]++
	}
	if p.outcome != session.NotSent {
		t.sent++
	}
}

// balanced tells whether every part ended once.
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
