package main

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// form is how large a run is.
type form struct {
	full    bool
	flood   time.Duration // of each attack
	window  time.Duration // in which p99 is measured
	windows int           // for each side; zero: p99 is not measured
}

var (
	shortForm = form{flood: time.Second, window: 500 * time.Millisecond, windows: 1}
	testForm  = form{flood: time.Second}
	fullForm  = form{full: true, flood: 5 * time.Second, window: 2500 * time.Millisecond, windows: 3}
)

// figures are what a scenario has shown.
type figures struct {
	conns        int // at a time
	lasted       time.Duration
	result       result
	before, held state // at the beginning; while the attackers are there, and garbage has been collected
	most, after  state // at their end; when they are gone
	p99, bareP99 time.Duration
	faults       []string
}

const (
	settled = 20 * time.Second       // until the target must be as it was
	tries   = 3                      // times as many windows, while p99 is over its budget: others use the machine too
	warm    = 300 * time.Millisecond // of a flood before p99 is measured
)

func (sc scenario) conns(f form) int {
	if f.full {
		return sc.full
	}
	return cmp.Or(sc.small, min(sc.full, 100))
}

// run runs a scenario.
func run(ctx context.Context, sc scenario, f form) (figures, error) {
	fig := figures{conns: sc.conns(f), lasted: f.flood}
	if f.full {
		fig.lasted = max(f.flood, sc.lasts)
	}
	if err := sc.attackOnce(ctx, &fig); err != nil {
		return fig, err
	}
	if f.windows > 0 && sc.rate > 0 {
		return fig, sc.compare(ctx, f, &fig)
	}
	return fig, nil
}

// attackOnce attacks as fast as it goes, and looks at the target during the attack and after it.
func (sc scenario) attackOnce(ctx context.Context, fig *figures) error {
	target, err := start(ctx, "target")
	if err != nil {
		return err
	}
	defer target.stop()
	attacker, err := start(ctx, "attacker")
	if err != nil {
		return err
	}
	defer attacker.stop()
	started, err := target.ask(command{Do: "start", Target: sc.target})
	if err != nil {
		return err
	}
	r, err := target.ask(command{Do: "gc"})
	if err != nil {
		return err
	}
	fig.before = r.State
	if sc.target.ESME {
		if started, err = attacker.ask(command{Do: "listen"}); err != nil {
			return err
		}
	}
	attacked := make(chan error, 1)
	go func() {
		r, err := attacker.ask(command{
			Do: "attack", Attack: sc.attack, Addr: started.Addr, TLS: sc.target.TLS, N: fig.conns, For: fig.lasted,
		})
		fig.result = r.Result
		attacked <- err
	}()
	if sc.target.ESME {
		_, err = target.ask(command{Do: "dial", Addr: started.Addr})
	}
	if err == nil {
		time.Sleep(min(fig.lasted*8/10, 6*time.Second)) // before those that never bind are sent away
		r, err = target.ask(command{Do: "gc"})
		fig.held = r.State
	}
	if err := cmp.Or(<-attacked, err); err != nil {
		return err
	}
	if r, err = target.ask(command{Do: "stat"}); err != nil {
		return err
	}
	fig.most = r.State
	return sc.settle(target, fig)
}

// settle waits, for a time, until the target is as it was before.
func (sc scenario) settle(target *process, fig *figures) error {
	for end := time.Now().Add(settled); ; time.Sleep(100 * time.Millisecond) {
		r, err := target.ask(command{Do: "gc"})
		if err != nil {
			return err
		}
		fig.after = r.State
		if fig.back() && fig.kept() <= sc.limits(fig.conns).back || time.Now().After(end) {
			return nil
		}
	}
}

// back reports whether the target has as many goroutines and files as before, but for one that comes and goes.
func (f *figures) back() bool {
	return f.after.Goroutines <= f.before.Goroutines+1 && f.after.Files <= f.before.Files+1
}

// side is a target with an honest client, for p99.
type side struct {
	target, honest, attacker *process
	addr                     string
}

func (sc scenario) side(ctx context.Context, role string) (s side, err error) {
	for _, p := range []struct {
		process **process
		role    string
	}{{&s.target, role}, {&s.honest, "honest"}, {&s.attacker, "attacker"}} {
		if *p.process, err = start(ctx, p.role); err != nil {
			return s, err
		}
	}
	r, err := s.target.ask(command{Do: "start", Target: sc.target})
	if err == nil {
		s.addr = r.Addr
		_, err = s.honest.ask(command{Do: "start", Addr: s.addr, TLS: sc.target.TLS})
	}
	return s, err
}

func (s side) stop() {
	for _, p := range []*process{s.honest, s.attacker, s.target} {
		if p != nil {
			p.stop()
		}
	}
}

// p99 measures once beside the flood.
func (s side) p99(sc scenario, window time.Duration) (report, error) {
	attacked := make(chan error, 1)
	go func() {
		_, err := s.attacker.ask(command{
			Do: "attack", Attack: sc.attack, Addr: s.addr, TLS: sc.target.TLS, N: cmp.Or(sc.rateConns, sc.full),
			Rate: sc.rate, For: window + 2*warm,
		})
		attacked <- err
	}()
	time.Sleep(warm)
	r, err := s.honest.ask(command{Do: "measure", For: window})
	if e := <-attacked; err == nil {
		err = e
	}
	return r, err
}

// compare measures the honest client's p99 beside the library and beside a bare message centre, in turns.
func (sc scenario) compare(ctx context.Context, f form, fig *figures) error {
	var of [2][]time.Duration
	var sides [2]side
	for i, role := range []string{"target", "bare"} {
		var err error
		sides[i], err = sc.side(ctx, role)
		defer sides[i].stop()
		if err != nil {
			return err
		}
	}
	for n := 0; n < f.windows || f.full && n < tries*f.windows && fig.ratio() > maxRatio; n++ {
		for i, s := range sides {
			r, err := s.p99(sc, f.window)
			if err != nil {
				return err
			}
			if r.Fault != "" && i == 0 {
				fig.faults = append(fig.faults, r.Fault)
			}
			of[i] = append(of[i], r.P99)
		}
		fig.p99, fig.bareP99 = median(of[0]), median(of[1])
	}
	return nil
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
