package fuzz

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// chaosLink is the fault layer of one connection: it holds a TCP connection to either end and passes on what comes, more
// or less. It keeps account of the PDUs that came whole and of those that it delivered whole; see chaosPump.
type chaosLink struct {
	plan *chaosPlan
	conn [2]*net.TCPConn // to the ends
	pump [2]*chaosPump   // by where they take from
	work sync.WaitGroup  // the pumps
	gone chan struct{}   // closed when neither end needs the layer any more

	once    sync.Once
	fired   atomic.Bool
	stalled [2]atomic.Bool // nothing passes in that direction
	dropped [2]atomic.Bool // what comes from there is thrown away

	mu     sync.Mutex
	abrupt [2]bool         // the connection to the end was closed whole
	died   [2]time.Time    // when the end was first given a sign that its connection is over; zero for never
	passed [2][]pdu.Header // the latest requests that came from an end, with a response to come
	errs   []error         // what must not have come
}

func (l *chaosLink) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errs = append(l.errs, err)
}

// newChaosLink joins two connections. The layer runs until finish.
func newChaosLink(p *chaosPlan, toESME, toMC *net.TCPConn) *chaosLink {
	l := &chaosLink{plan: p, conn: [2]*net.TCPConn{toESME, toMC}, gone: make(chan struct{})}
	for from := range l.pump {
		l.pump[from] = newChaosPump(l, from)
		l.work.Go(l.pump[from].run)
	}
	return l
}

// finish ends the layer, when both sessions have ended.
func (l *chaosLink) finish() {
	close(l.gone)
	for end := range l.conn {
		l.dies(end)
		_ = l.conn[end].Close()
	}
	l.work.Wait()
}

// dies notes that an end is about to see that its connection is over. What was delivered before may still be in a
// buffer of the layer's socket, and be lost, or be overtaken by the bad news when that end writes.
func (l *chaosLink) dies(end int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.died[end].IsZero() {
		l.died[end] = time.Now()
	}
}

// breaks notes that the end may see a reset, as it does also after a plain close with octets unread. When its writer gets
// the error of that from the system, its reader finds an end of input in front of octets that were delivered.
func (l *chaosLink) breaks(end int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.abrupt[end] = true
}

// broke tells whether the end may have seen a reset before its session ended.
func (l *chaosLink) broke(end int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.abrupt[end]
}

func (l *chaosLink) close(end int) {
	l.dies(end)
	l.breaks(end)
	_ = l.conn[end].Close() // a second time does no harm
}

// reset closes the connection to an end so that it sees a reset.
func (l *chaosLink) reset(end int) {
	l.dies(end)
	l.breaks(end)
	_ = l.conn[end].SetLinger(0)
	_ = l.conn[end].Close()
}

// halfClose sends FIN behind what was delivered.
func (l *chaosLink) halfClose(end int) {
	l.dies(end)
	_ = l.conn[end].CloseWrite()
}

// pause lets time pass, unless nobody waits for the layer any more. It tells whether to go on.
func (l *chaosLink) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-l.gone:
		return false
	}
}

// fire makes the end that the plan has for the connection, once. It is called by the pump whose PDU is due, in the
// middle of it as a rule; or from outside when there is nothing more to pass and that PDU will never come.
func (l *chaosLink) fire(byPump bool) {
	l.once.Do(func() {
		l.fired.Store(true)
		from, to := l.plan.of, 1-l.plan.of
		switch l.plan.end {
		case chaosGarbage:
			if byPump {
				l.pump[from].garbage()
				return
			}
			fallthrough // another goroutine may be writing
		case chaosCut:
			l.close(to)
			l.close(from)
		case chaosReset:
			l.reset(to)
			l.reset(from)
		case chaosResetOne:
			l.reset(to)
			l.close(from)
		case chaosHalfClose:
			l.dropped[from].Store(true)
			l.halfClose(to)
		case chaosStall, chaosClog:
			l.stalled[from].Store(true)
		case chaosStallBoth:
			l.stalled[from].Store(true)
			l.stalled[to].Store(true)
		}
	})
}

// remember notes a request that came from an end, so that false answers can be made to it.
func (l *chaosLink) remember(from int, h pdu.Header) {
	const latest = 64
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.passed[from]; len(p) < latest {
		l.passed[from] = append(p, h)
	} else {
		p[h.Seq%latest] = h
	}
}

// remembered returns one of the latest requests that came from an end.
func (l *chaosLink) remembered(from, i int) (pdu.Header, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.passed[from]
	if len(p) == 0 {
		return pdu.Header{}, false
	}
	return p[i%len(p)], true
}

// deathOf returns when an end was first given a sign of the end.
func (l *chaosLink) deathOf(end int) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.died[end]
}
