package fuzz

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/session"
)

// chaosHandlersPlan is all that is decided about a connection of the second ledger before it begins.
type chaosHandlersPlan struct {
	chaosPlan
	temper [2]chaosTemper
	mc     session.Config
	begin  time.Duration // from the bind to an end that a program makes
	time   time.Duration // for which requests are made
}

func (p *chaosHandlersPlan) String() string {
	return fmt.Sprintf("connection %d: %v of %d after %d, %+v", p.n, p.end, p.of, p.after, p.temper)
}

func newChaosHandlersPlan(seed uint64, n int) *chaosHandlersPlan {
	base := newChaosPlan(seed, n)
	r := chaosRand(seed, n, chaosPartSend+100)
	p := &chaosHandlersPlan{chaosPlan: *base}
	p.bind, p.honest = esme.Transceiver, true
	if p.end == chaosClog {
		p.end = chaosStall
	}
	if !p.end.byLayer() && r.IntN(3) == 0 {
		p.end = chaosServer
	}
	p.esme, p.mc = drawChaosHandlersConfig(r), drawChaosHandlersConfig(r)
	for end := range p.temper {
		p.temper[end] = drawChaosTemper(r, end)
		p.requests[end] = 30 + r.IntN(150)
		p.senders[end] = 1 + r.IntN(40)
	}
	if p.end == chaosPanic {
		p.temper[p.of].panics = 1 + r.IntN(20)
	}
	const ms = time.Millisecond
	p.time = time.Duration(100+r.IntN(500)) * ms
	p.begin = time.Duration(r.Int64N(int64(p.time)))
	return p
}

func drawChaosTemper(r *rand.Rand, end int) chaosTemper {
	const ms = time.Millisecond
	kinds := int(numChaosKinds)
	if end == chaosMC {
		kinds-- // no Inbox
	}
	return chaosTemper{
		kind:        chaosKind(r.IntN(kinds)),
		concurrency: pick(r, 0, 1, 4, 16),
		ordered:     r.IntN(3) == 0,
		shared:      r.IntN(2) == 0,
		slow:        pick(r, 0, ms, 10*ms, 50*ms),
		slowly:      pick(r, 1, 5, 10),
		later:       pick(r, 0, 0, 20, 100),
	}
}

// drawChaosHandlersConfig draws bounds of a session that are narrow, and times shorter than some functions take.
func drawChaosHandlersConfig(r *rand.Rand) session.Config {
	const ms = time.Millisecond
	return session.Config{
		Window:              pick(r, 1, 10, 50, 200),
		InboundWindow:       pick(r, 0, 4, 8, 16),
		PauseLimit:          pick(r, 0, 20*ms, -1),
		QueueTimeout:        pick(r, 0, 5*ms, 30*ms, -1),
		AnswerTimeout:       pick(r, 20*ms, 60*ms, 200*ms, -1),
		UnbindGrace:         pick(r, 50*ms, 150*ms),
		ResponseTimeout:     pick(r, 100*ms, 300*ms, 500*ms),
		WriteTimeout:        300 * ms,
		SessionInitTimeout:  time.Second,
		EnquireLinkInterval: pick(r, 100*ms, 200*ms),
		EnquireLinkTimeout:  150 * ms,
		OverflowStatus:      chaosRefusal,
		GiveUpStatus:        pick(r, 0, 0, 0, 0, chaosGiveUp),
	}
}

// config returns the configuration of an end, completed by its temper.
func (p *chaosHandlersPlan) config(end int) session.Config {
	cfg, t := p.esme, &p.temper[end]
	if end == chaosMC {
		cfg = p.mc
	}
	cfg.Concurrency = t.concurrency
	if t.ordered {
		cfg.OrderBy = session.ByDestination
	}
	return cfg
}

// chaosHandlersConn is a connection of the second ledger, with a message centre of its own.
type chaosHandlersConn struct {
	plan  *chaosHandlersPlan
	srv   *mc.Server
	link  *chaosLink
	doer  [2]*chaosDoer
	deeds [2]*chaosDeeds // by the end whose handler does them
	once  sync.Once
	work  sync.WaitGroup // what the program does besides making requests
	hung  string
}

func newChaosHandlersConn(p *chaosHandlersPlan, l net.Listener) (*chaosHandlersConn, error) {
	esmeConn, toESME, err := chaosPair(l)
	if err != nil {
		return nil, err
	}
	toMC, mcConn, err := chaosPair(l)
	if err != nil {
		return nil, err
	}
	c := &chaosHandlersConn{plan: p, deeds: [2]*chaosDeeds{newChaosDeeds(chaosToESME), newChaosDeeds(chaosToMC)}}
	for end := range c.doer {
		c.doer[end] = newChaosDoer(&p.chaosPlan, end, p.temper[end], c.deeds[end], c.deeds[1-end])
	}
	c.srv = c.server()
	c.link = newChaosLink(&p.chaosPlan, toESME, toMC)
	served := c.srv.ServeConn(mcConn)
	c.doer[chaosMC].session.Store(served.Session)
	c.bind(esmeConn)
	return c, nil
}

// server makes the message centre. The handler is given to the account in either of two ways, and so is Concurrency.
func (c *chaosHandlersConn) server() *mc.Server {
	cfg, d := c.plan.config(chaosMC), c.doer[chaosMC]
	acc := &mc.Account{MaxBinds: 1}
	if c.plan.n%2 == 0 {
		acc.Handler = d
	} else {
		acc.NewHandler = func(*mc.Session) session.Handler { return d }
		acc.Concurrency, acc.OrderBy = cfg.Concurrency, cfg.OrderBy
		cfg.Concurrency, cfg.OrderBy = 0, nil
	}
	bind := func(context.Context, *mc.BindRequest) (*mc.Account, error) { return acc, nil }
	return &mc.Server{Session: cfg, Bind: bind}
}

func (c *chaosHandlersConn) bind(conn net.Conn) {
	d := c.doer[chaosESME]
	cfg := esme.Config{SystemID: c.plan.systemID(), Session: c.plan.config(chaosESME)}
	owner := &chaosDoerOwner{doer: d, begun: make(chan struct{})}
	cfg.Session.Handler, cfg.Session.Owner = d, owner
	c.work.Go(func() {
		_, _ = esme.Bind(context.Background(), conn, cfg) // may fail
	})
	<-owner.begun
}

// chaosDoerOwner tells the program at the ESME's end of its session.
type chaosDoerOwner struct {
	doer  *chaosDoer
	begun chan struct{}
}

func (o *chaosDoerOwner) SessionStarted(s *session.Session) {
	o.doer.session.Store(s)
	close(o.begun)
}

func (o *chaosDoerOwner) SessionDisconnected(*session.Session) {}

func (o *chaosDoerOwner) SessionDone(*session.Session) {}

// run has requests made at both ends until they are done or the connection has ended, ends it if nothing else has, and
// waits until nothing is left.
func (c *chaosHandlersConn) run() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.live()
	}()
	hang := time.NewTimer(chaosHang)
	defer hang.Stop()
	select {
	case <-done:
	case <-hang.C:
		stacks := make([]byte, 1<<20)
		c.hung = string(stacks[:runtime.Stack(stacks, true)])
	}
}

func (c *chaosHandlersConn) live() {
	until := time.Now().Add(c.plan.time)
	if !c.plan.end.byLayer() && c.plan.end != chaosPanic {
		c.work.Go(func() {
			time.Sleep(c.plan.begin) // the plan's
			c.once.Do(c.finish)
		})
	}
	var senders sync.WaitGroup
	part := chaosPartSend
	for end, d := range c.doer {
		quota := new(atomic.Int64)
		quota.Store(int64(c.plan.requests[end]))
		parts := c.plan.temper[1-end].kind == chaosInbox
		for range c.plan.senders[end] {
			r := chaosRand(c.plan.seed, c.plan.n, part)
			part++
			senders.Go(func() {
				select {
				case <-d.bound:
					d.ask(r, parts, quota, until)
				case <-d.session.Load().Done():
				}
			})
		}
	}
	senders.Wait()
	c.end()
	for _, d := range c.doer {
		<-d.session.Load().Done()
		d.deeds.mu.Lock()
		if n := d.deeds.running; n > 0 {
			d.deeds.lockedWrong("the session is done and %d functions run", n)
		}
		d.deeds.mu.Unlock()
	}
	c.link.finish()
	c.work.Wait()
	_ = c.srv.Close() // is always nil
	for _, d := range c.doer {
		d.later.Wait()
		d.empty()
	}
}

// end makes the end of the plan if what it waits for will not come.
func (c *chaosHandlersConn) end() {
	switch {
	case c.plan.end.byLayer():
		c.link.fire(false)
	case c.plan.end == chaosPanic:
		_ = c.doer[c.plan.of].session.Load().Close() // too few requests came
	default:
		c.once.Do(c.finish)
	}
}

// finish is the end that a program makes, with enough or too little time.
func (c *chaosHandlersConn) finish() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(c.plan.octet%600)*time.Millisecond)
	defer cancel()
	s := c.doer[c.plan.of].session.Load()
	switch c.plan.end {
	case chaosClose:
		_ = s.Close()
	case chaosShutdown:
		_ = s.Shutdown(ctx)
	case chaosCrossed:
		var both sync.WaitGroup
		for _, d := range c.doer {
			both.Go(func() { _ = d.session.Load().Shutdown(ctx) })
		}
		both.Wait()
	case chaosServer:
		if c.plan.octet%3 == 0 {
			_ = c.srv.Close()
		} else {
			_ = c.srv.Shutdown(ctx)
		}
	}
}

// audit returns what is wrong, when all is over.
func (c *chaosHandlersConn) audit() []string {
	var wrong []string
	for end, l := range c.deeds {
		s := c.doer[end].session.Load()
		n := s.Stats()
		late := n.LateReply
		wrong = append(wrong, l.audit(c.link.pump[1-end].delivered)...)
		l.figures.late = late
		if n.Inbound != 0 || n.Events != 0 || n.InFlight != 0 {
			wrong = append(wrong, fmt.Sprintf("%s: something is left: %+v", l.name, n))
		}
		select {
		case <-c.doer[end].bound:
			if l.figures.gaveUp > n.GivenUp || l.figures.gaveUp+n.Dropped < n.GivenUp {
				wrong = append(wrong, fmt.Sprintf("%s: %d given up, of %+v", l.name, l.figures.gaveUp, n))
			}
			if l.closed != 1 {
				wrong = append(wrong, fmt.Sprintf("%s: HandleClose was called %d times", l.name, l.closed))
			}
		default:
		}
	}
	for _, err := range c.link.errs {
		wrong = append(wrong, fmt.Sprintf("fault layer: %v", err))
	}
	return wrong
}
