package fuzz

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// chaosHandlersRun is one run of TestChaosHandlers.
type chaosHandlersRun struct {
	t     *testing.T
	seed  uint64
	conns int64
	until time.Time
	next  atomic.Int64

	mu      sync.Mutex
	figures map[string]*chaosDeedFigures // by what the handler is
	ends    [numChaosEnds]int
}

// TestChaosHandlers holds what handlers do with requests beside what their peers are told of them, for handlers of
// every kind that are slow, panic, answer later or never, and run side by side, at overload, at cuts and at ends with
// enough or too little time: accepted <= stored <= accepted + unknown, and what was refused is never stored. The fault
// layer doubles and forges nothing here. See chaosDeeds.
//
// A failure prints the seed; see TestChaos.
func TestChaosHandlers(t *testing.T) {
	leaks := goleak.IgnoreCurrent()
	defer goleak.VerifyNone(t, leaks)
	r := &chaosHandlersRun{t: t, seed: *chaosSeed, conns: 400, figures: make(map[string]*chaosDeedFigures)}
	r.until = time.Now().Add(time.Minute)
	switch {
	case *chaosLong:
		r.conns = 1 << 40
		r.until = time.Now().Add(30 * time.Minute)
	case testing.Short() || chaosRace:
		r.conns /= 5
	}
	if r.seed == 0 {
		r.seed = uint64(time.Now().UnixNano()) >> 10
	}
	begin := time.Now()
	var lanes sync.WaitGroup
	for range chaosLanes {
		lanes.Go(r.lane)
	}
	lanes.Wait()
	t.Logf("seed %d, %d connections in %v, their ends: %v", r.seed, min(r.next.Load(), r.conns),
		time.Since(begin).Round(time.Millisecond), r.ends)
	var all chaosDeedFigures
	for kind, f := range r.figures {
		t.Logf("%s: %v", kind, f)
		all.add(f)
	}
	t.Logf("all: %v", &all)
}

func (r *chaosHandlersRun) lane() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Error(err)
		return
	}
	defer l.Close()
	for !r.t.Failed() && time.Now().Before(r.until) {
		n := r.next.Add(1)
		if n > r.conns {
			return
		}
		if *chaosOnly >= 0 {
			n = int64(*chaosOnly)
		}
		if !r.one(newChaosHandlersPlan(r.seed, int(n)), l) {
			return
		}
	}
}

// one runs one connection and holds its ledgers against each other.
func (r *chaosHandlersRun) one(p *chaosHandlersPlan, l net.Listener) bool {
	c, err := newChaosHandlersConn(p, l)
	if err != nil {
		r.t.Errorf("seed %d, %v: %v", r.seed, p, err)
		return false
	}
	c.run()
	if c.hung != "" {
		r.t.Errorf("seed %d, %v: not over after %v\n%s", r.seed, p, chaosHang, c.hung)
		return false
	}
	wrong := c.audit()
	if len(wrong) > 5 {
		wrong = append(wrong[:5], fmt.Sprintf("and %d more", len(wrong)-5))
	}
	if len(wrong) > 0 {
		r.t.Errorf("seed %d, %v:\n%s", r.seed, p, strings.Join(wrong, "\n"))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ends[p.end]++
	for end, l := range c.deeds {
		t := &p.temper[end]
		key := fmt.Sprintf("%v, concurrency %d", t.kind, l.limit)
		if r.figures[key] == nil {
			r.figures[key] = new(chaosDeedFigures)
		}
		r.figures[key].add(&l.figures)
	}
	return true
}
