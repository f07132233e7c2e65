package fuzz

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// chaosFigures are what a run has seen.
type chaosFigures struct {
	mu      sync.Mutex
	ends    [numChaosEnds]uint64
	unbound uint64 // connections that ended before they were bound
	sums    [2]chaosSum
	reasons [2]map[string]uint64
	frames  [2]uint64 // PDUs that came whole to the fault layer, by direction
	passed  [2]uint64 // and that it delivered whole
}

// add adds a connection.
func (f *chaosFigures) add(c *chaosConn, sums [2]*chaosSum) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ends[c.plan.end]++
	select {
	case <-c.peer[chaosESME].bound:
	default:
		f.unbound++
	}
	for end, sum := range sums {
		s := &f.sums[end]
		s.requests += sum.requests
		for o, n := range sum.outcomes {
			s.outcomes[o] += n
		}
		s.late += sum.late
		s.answered += sum.answered
		s.inTime += sum.inTime
		s.incoming += sum.incoming
		s.refused += sum.refused
		s.gaveUp += sum.gaveUp
		if f.reasons[end] == nil {
			f.reasons[end] = make(map[string]uint64)
		}
		f.reasons[end][chaosReason(c.peer[end].reason)]++
		f.frames[end] += uint64(len(c.link.pump[end].arrived))
		f.passed[end] += uint64(len(c.link.pump[end].delivered))
	}
}

// chaosReason groups the reasons of ends.
func chaosReason(err error) string {
	var fe *pdu.FrameError
	var pe *session.PanicError
	switch {
	case errors.As(err, &fe) && fe.Err == pdu.ErrFrameLength:
		return "framing lost"
	case errors.As(err, &fe):
		return "cut inside a PDU"
	case errors.As(err, &pe):
		return "panic"
	}
	for _, e := range []error{
		session.ErrClosed, session.ErrShutdown, session.ErrPeerUnbound, session.ErrPeerClosed, session.ErrSessionInit,
		session.ErrEnquireLink, session.ErrInactive, session.ErrWriteTimeout,
	} {
		if errors.Is(err, e) {
			return e.Error()
		}
	}
	verb, _, _ := strings.Cut(err.Error(), " ")
	return strings.TrimSuffix(verb, ":") + " failed"
}

// progress returns the requests that were sent and the deaths so far.
func (f *chaosFigures) progress() (requests, deaths uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for e, n := range f.ends {
		if chaosEnd(e).death() {
			deaths += n
		}
	}
	for _, s := range f.sums {
		requests += s.requests - s.outcomes[session.NotSent]
	}
	return requests, deaths
}

// String is the report of a run.
func (f *chaosFigures) String() string {
	requests, deaths := f.progress()
	var b strings.Builder
	fmt.Fprintf(&b, "%d requests sent, %d deaths:", requests, deaths)
	for e, n := range f.ends {
		if chaosEnd(e) == chaosShutdown {
			b.WriteString("; orderly ends:")
		}
		fmt.Fprintf(&b, " %d %v", n, chaosEnd(e))
	}
	fmt.Fprintf(&b, "\n%d ended before they were bound", f.unbound)
	for end, name := range []string{"ESME", "MC"} {
		s := &f.sums[end]
		fmt.Fprintf(&b, "\n%s: %d requests handed over:", name, s.requests)
		for o, n := range s.outcomes {
			if n > 0 {
				fmt.Fprintf(&b, " %d %v", n, session.Outcome(o))
			}
		}
		fmt.Fprintf(&b, "\n  %d first responses were delivered to it, %d of them in time and reported; %d responses went to the late hook",
			s.answered, s.inTime, s.late)
		fmt.Fprintf(&b, "\n  it wrote %d PDUs, of which, with forged ones, %d were delivered; its handler began %d requests, and gave %d of them up; %d were refused or dropped",
			f.frames[end], f.passed[end], s.incoming, s.gaveUp, s.refused)
		b.WriteString("\n  sessions ended by:")
		for _, reason := range slices.Sorted(maps.Keys(f.reasons[end])) {
			fmt.Fprintf(&b, " %d %s;", f.reasons[end][reason], reason)
		}
	}
	return b.String()
}
