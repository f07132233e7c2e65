package fuzz

import (
	"context"
	"errors"
	"flag"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/mc"
)

var (
	chaosSeed = flag.Uint64("chaos.seed", 0, "seed of the faults of TestChaos and TestChaosHandlers; 0 draws one")
	chaosLong = flag.Bool("chaos.long", false, "TestChaos runs for an hour, and TestChaosHandlers for half of one")
	chaosOnly = flag.Int("chaos.only", -1, "they run this connection alone, again and again; negative: all")
)

// chaosRun is one run of TestChaos.
type chaosRun struct {
	t       *testing.T
	seed    uint64
	pulse   *chaosPulse
	centres [chaosFlavours]*chaosCentre
	next    atomic.Int64 // connection
	figures chaosFigures

	// The run is over when it has had so many of both, or when the time is over.
	requests, deaths uint64
	until            time.Time
}

// TestChaos sends requests both ways between ESMEs and message centres over TCP, through a layer that cuts, resets,
// half-closes, stalls, dribbles, delays, splits and joins, and swallows, doubles, reorders and forges PDUs, and under
// programs that answer late, out of order, twice or never, close, shut down and panic. Both ends and the layer keep
// ledgers, which must agree when a connection has ended.
//
// A failure prints the seed, with which -chaos.seed repeats the faults, as far as sockets and goroutines permit.
func TestChaos(t *testing.T) {
	leaks := goleak.IgnoreCurrent()
	defer goleak.VerifyNone(t, leaks)
	r := &chaosRun{t: t, seed: *chaosSeed, requests: 30_000, deaths: 300}
	r.until = time.Now().Add(6 * time.Minute)
	switch {
	case *chaosLong:
		r.requests, r.deaths = 1000*r.requests, 1000*r.deaths
		r.until = time.Now().Add(time.Hour)
	case testing.Short() || chaosRace:
		r.requests, r.deaths = r.requests/5, r.deaths/5
	}
	if r.seed == 0 {
		r.seed = uint64(time.Now().UnixNano()) >> 10
	}
	r.run()
}

// lanes is the number of connections at a time. Most of them wait for one of their timers most of the time.
const chaosLanes = 64

func (r *chaosRun) run() {
	var err error
	if r.pulse, err = newChaosPulse(); err != nil {
		r.t.Fatal(err)
	}
	defer r.pulse.end()
	for i := range r.centres {
		r.centres[i] = newChaosCentre(r.seed, i)
	}
	begin := time.Now()
	var lanes sync.WaitGroup
	n := chaosLanes
	if *chaosOnly >= 0 {
		n = 1 // one message centre does not take the same ESME twice at a time
	}
	for range n {
		lanes.Go(r.lane)
	}
	lanes.Wait()
	var ends sync.WaitGroup
	for i := range r.centres {
		ends.Go(func() { r.endCentre(i) })
	}
	ends.Wait()
	r.t.Logf("seed %d, %v\n%v", r.seed, time.Since(begin).Round(time.Millisecond), &r.figures)
	n, d := r.pulse.figures()
	r.t.Logf("the process stood still %d times, %v in all", n, d.Round(time.Millisecond))
	if requests, deaths := r.figures.progress(); !*chaosLong && (requests < r.requests || deaths < r.deaths) {
		r.t.Errorf("%d requests and %d deaths in this time, of %d and %d", requests, deaths, r.requests, r.deaths)
	}
}

// lane runs one connection after the other.
func (r *chaosRun) lane() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Error(err)
		return
	}
	defer l.Close()
	for !r.over() {
		n := int(r.next.Add(1))
		if *chaosOnly >= 0 {
			n = *chaosOnly
		}
		if !r.one(newChaosPlan(r.seed, n), l) {
			return
		}
	}
}

// over tells whether to stop: enough was seen, the time is over, or enough is wrong.
func (r *chaosRun) over() bool {
	requests, deaths := r.figures.progress()
	return requests >= r.requests && deaths >= r.deaths || time.Now().After(r.until) || r.t.Failed()
}

// one runs one connection and holds its ledgers against each other.
func (r *chaosRun) one(p *chaosPlan, l net.Listener) bool {
	c, err := newChaosConn(p, r.centres[p.flavour], l)
	if err != nil {
		r.t.Errorf("seed %d, %v: %v", r.seed, p, err)
		return false
	}
	c.run()
	return r.account(c)
}

func (r *chaosRun) account(c *chaosConn) bool {
	if c.hung != "" {
		r.t.Errorf("seed %d, %v: not over after %v\n%s", r.seed, c.plan, chaosHang, c.hung)
		return false
	}
	var sums [2]*chaosSum
	for end := range c.peer {
		sum, wrong := c.audit(end, r.pulse)
		sums[end] = sum
		for i, w := range wrong {
			if i == 5 {
				r.t.Errorf("and %d more", len(wrong)-i)
				break
			}
			r.t.Errorf("seed %d, %v, end %d: %s", r.seed, c.plan, end, w)
		}
	}
	r.figures.add(c, sums)
	c.forget()
	return true
}

// endCentre ends a message centre in the midst of traffic: the report of the server must be those of its sessions.
func (r *chaosRun) endCentre(flavour int) {
	const conns = 4
	centre := r.centres[flavour]
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Error(err)
		return
	}
	defer l.Close()
	var all []*chaosConn
	var running sync.WaitGroup
	for range conns {
		p := newChaosPlan(r.seed, int(r.next.Add(1)))
		p.end, p.of, p.after, p.bind = chaosServer, chaosMC, 100, esme.Transceiver
		p.flavour, p.requests = flavour, [2]int{3000, 3000}
		c, err := newChaosConn(p, centre, l)
		if err != nil {
			r.t.Error(err)
			return
		}
		all = append(all, c)
		running.Go(c.run)
	}
	for _, c := range all {
		<-c.due
	}
	begin := time.Now()
	if flavour%2 == 0 {
		err = centre.Close()
	} else {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		err = centre.Shutdown(ctx)
		cancel()
	}
	lost := centre.Lost()
	running.Wait()
	for _, c := range all {
		if wrong := c.listed(lost, begin); wrong != "" {
			r.t.Errorf("seed %d, %v, the end of message centre %d, which returned %v: %s", r.seed, c.plan, flavour, err, wrong)
		}
		r.account(c)
	}
	if err := centre.Serve(l); !errors.Is(err, mc.ErrServerClosed) {
		r.t.Errorf("Serve after the end: %v", err)
	}
}
