package fuzz

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/session"
)

// chaosCentre is a message centre of the test. Each has its own timers.
type chaosCentre struct {
	mc.Server
	byConn sync.Map // of net.Conn: the *chaosPeer whose session it carries
	byName sync.Map // of string: the *chaosPeer that a system_id is for
}

func newChaosCentre(seed uint64, flavour int) *chaosCentre {
	c := new(chaosCentre)
	c.SystemID = "chaos"
	c.Session = drawChaosConfig(chaosRand(seed, -1-flavour, chaosPartPlan))
	c.Session.Trace = chaosTrace(func(s *session.Session) *chaosPeer {
		p, _ := c.byConn.Load(s.NetConn())
		return p.(*chaosPeer)
	})
	c.Bind = func(_ context.Context, r *mc.BindRequest) (*mc.Account, error) {
		p, ok := c.byName.Load(r.SystemID)
		if !ok {
			return nil, fmt.Errorf("nobody is called %q", r.SystemID)
		}
		peer := p.(*chaosPeer)
		acc := &mc.Account{Window: peer.plan.window, MaxBinds: 1}
		if flavour%2 == 0 {
			acc.Handler = peer.taken()
		} else {
			acc.NewHandler = func(*mc.Session) session.Handler { return peer.taken() }
		}
		return acc, nil
	}
	return c
}

// chaosConn is a connection of the test, from one session through the fault layer to the other.
type chaosConn struct {
	plan   *chaosPlan
	centre *chaosCentre
	link   *chaosLink
	peer   [2]*chaosPeer
	once   sync.Once
	due    chan struct{} // closed when the plan's turn has come for the centre to end
	hung   string        // what did not end in time, with all stacks
}

// chaosHang is how long a connection may take from begin to end. Its requests, its timers and the waits for a FIN that
// never comes add up to a few seconds.
const chaosHang = 40 * time.Second

// chaosPair returns the two ends of a TCP connection.
func chaosPair(l net.Listener) (client, server *net.TCPConn, err error) {
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	s, err := l.Accept()
	if err != nil {
		return nil, nil, err
	}
	return c.(*net.TCPConn), s.(*net.TCPConn), nil
}

// newChaosConn connects everything that the plan needs, through a listener that nobody else uses, but does not bind.
func newChaosConn(p *chaosPlan, centre *chaosCentre, l net.Listener) (*chaosConn, error) {
	esmeConn, toESME, err := chaosPair(l)
	if err != nil {
		return nil, err
	}
	toMC, mcConn, err := chaosPair(l)
	if err != nil {
		return nil, err
	}
	if p.end == chaosClog {
		for _, c := range []*net.TCPConn{esmeConn, toESME, toMC, mcConn} {
			_ = c.SetReadBuffer(4 << 10) // the system may do as it likes
			_ = c.SetWriteBuffer(4 << 10)
		}
	}
	c := &chaosConn{plan: p, centre: centre, due: make(chan struct{})}
	c.peer[chaosESME] = newChaosPeer(p, chaosESME, p.esme, centre.Session.ResponseTimeout)
	c.peer[chaosMC] = newChaosPeer(p, chaosMC, centre.Session, p.esme.ResponseTimeout)
	for _, peer := range c.peer {
		peer.finish = func() { c.once.Do(c.finish) }
	}
	c.link = newChaosLink(p, toESME, toMC)
	centre.byName.Store(p.systemID(), c.peer[chaosMC])
	centre.byConn.Store(net.Conn(mcConn), c.peer[chaosMC])
	served := centre.ServeConn(mcConn)
	if served == nil {
		c.link.finish()
		_ = esmeConn.Close()
		return nil, mc.ErrServerClosed
	}
	c.peer[chaosMC].started(served.Session)
	context.AfterFunc(served.Context(), c.peer[chaosMC].dies)
	c.bind(esmeConn)
	return c, nil
}

func (p *chaosPlan) systemID() string { return fmt.Sprint("esme", p.n) }

// bind begins the session of the ESME, in another goroutine: the connection may end before the bind does.
func (c *chaosConn) bind(conn net.Conn) {
	peer := c.peer[chaosESME]
	cfg := esme.Config{SystemID: c.plan.systemID(), BindType: c.plan.bind, Session: c.plan.esme}
	cfg.Session.Handler = peer.taken()
	cfg.Session.Trace = chaosTrace(func(*session.Session) *chaosPeer { return peer })
	owner := &chaosOwner{peer: peer, begun: make(chan struct{})}
	cfg.Session.Owner = owner
	peer.later.Go(func() {
		if _, err := esme.Bind(context.Background(), conn, cfg); err == nil {
			<-peer.bound
		}
	})
	<-owner.begun
}

// chaosOwner tells the peer at the ESME's end of its session.
type chaosOwner struct {
	peer  *chaosPeer
	begun chan struct{}
}

func (o *chaosOwner) SessionStarted(s *session.Session) {
	o.peer.started(s)
	close(o.begun)
}

func (o *chaosOwner) SessionDisconnected(*session.Session) { o.peer.dies() }

func (o *chaosOwner) SessionDone(*session.Session) {}

// run hands requests over at both ends until they are done or the connection has ended, ends it if nothing else has,
// and waits for the end.
func (c *chaosConn) run() {
	var senders sync.WaitGroup
	part := chaosPartSend
	for end, peer := range c.peer {
		quota := new(atomic.Int64)
		quota.Store(int64(c.plan.requests[end]))
		for range c.plan.senders[end] {
			r := chaosRand(c.plan.seed, c.plan.n, part)
			part++
			senders.Go(func() {
				select {
				case <-peer.bound:
				case <-peer.s().Done():
				}
				peer.send(r, quota)
			})
		}
	}
	done := make(chan struct{})
	go func() {
		senders.Wait()
		c.end()
		for _, peer := range c.peer {
			<-peer.s().Done()
		}
		c.link.finish()
		for _, peer := range c.peer {
			peer.later.Wait()
			peer.settle(peer.s().Stats().Accepted)
		}
		close(done)
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

// forget lets the centre forget the connection, when nothing more can be told of it.
func (c *chaosConn) forget() {
	c.centre.byName.Delete(c.plan.systemID())
	c.centre.byConn.Delete(c.peer[chaosMC].s().NetConn())
}

// end makes the end of the plan if what it waits for will not come.
func (c *chaosConn) end() {
	switch {
	case c.plan.end.byLayer():
		c.link.fire(false)
	case c.plan.end == chaosPanic:
		c.peer[c.plan.of].closeNow() // too few requests came
	default:
		c.once.Do(c.finish)
	}
}

// finish is the end that a program makes.
func (c *chaosConn) finish() {
	bound := time.Duration(c.plan.octet%600) * time.Millisecond
	switch c.plan.end {
	case chaosServer:
		close(c.due)
	case chaosClose:
		c.peer[c.plan.of].closeNow()
	case chaosShutdown:
		c.peer[c.plan.of].shutdown(bound)
	case chaosCrossed:
		var both sync.WaitGroup
		for _, peer := range c.peer {
			both.Go(func() { peer.shutdown(bound) })
		}
		both.Wait()
	}
}

// listed holds the report of a message centre, whose end began at a time, against that of its session: it has all of
// it, or nothing when the session had ended before.
func (c *chaosConn) listed(report []mc.Lost, begin time.Time) (wrong string) {
	peer := c.peer[chaosMC]
	want := peer.s().Lost()
	var got []session.LostPDU
	for _, l := range report {
		if l.Session.Session == peer.s() {
			got = append(got, l.LostPDU)
		}
	}
	peer.mu.Lock()
	defer peer.mu.Unlock()
	ours := errors.Is(peer.reason, session.ErrClosed) || errors.Is(peer.reason, session.ErrShutdown)
	if len(got) == 0 && !ours && peer.dead.Before(begin.Add(chaosSlack)) || slices.Equal(got, want) {
		return ""
	}
	return fmt.Sprintf("its report has %d of %d lost requests of a session that ended %v later, for %v",
		len(got), len(want), peer.dead.Sub(begin), peer.reason)
}
