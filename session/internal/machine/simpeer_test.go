package machine

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// simPeer is a peer of fixed capacity at the end of a path. Requests come in one at a time and in order, and it decides
// at once when each is answered, and how.
type simPeer struct {
	kind     peerKind
	rate     float64       // capacity, requests a second
	trip     time.Duration // round trip of the path
	jitter   float64       // part of a round trip that chance adds at most
	room     float64       // requests that may queue, or that the bucket holds
	random   *rand.Rand
	arrived  time.Duration // the last request
	busy     time.Duration // until then, what queues is worked off
	tokens   float64
	used     float64 // share of the capacity that was used lately
	refilled time.Duration
}

type peerKind string

const (
	queues    peerKind = "queues"     // one after the other; refuses with ESME_RMSGQFUL what finds the queue full
	throttles peerKind = "throttles"  // a token bucket; refuses with ESME_RTHROTTLED what finds it empty
	tells     peerKind = "tells load" // queues, and every response has its congestion_state
)

// wireTime is between two requests that the sender sends at once.
const wireTime = 5 * time.Microsecond

// loadTime is about how long such a peer looks back for its load.
const loadTime = 100 * time.Millisecond

func newSimPeer(kind peerKind, rate float64, trip time.Duration) *simPeer {
	p := &simPeer{kind: kind, rate: rate, trip: trip, jitter: 0.05, random: rand.New(rand.NewPCG(1, 2))}
	if kind == throttles {
		p.room = max(5, rate/100)
		p.tokens = p.room
	} else {
		p.room = max(8, p.carries()/2)
	}
	return p
}

// unit is the round trip of a request alone, and the time in which the capacity lets one pass.
func (p *simPeer) unit() time.Duration { return p.trip + p.service() }

// alone is the round trip of a request that finds nobody before it.
func (p *simPeer) alone() time.Duration {
	if p.kind == throttles {
		return p.trip
	}
	return p.trip + p.service()
}

func (p *simPeer) service() time.Duration { return time.Duration(float64(time.Second) / p.rate) }

// carries is the product of bandwidth and delay: the requests that fill the path and do not queue.
func (p *simPeer) carries() float64 { return p.rate * p.alone().Seconds() }

// send is a request that leaves the sender at a time since the start: the response comes back at another.
func (p *simPeer) send(at time.Duration) (back time.Duration, status pdu.CommandStatus, load int) {
	at = max(at+p.trip/2, p.arrived+wireTime)
	idle := max(0, at-p.busy)
	if gap := at - p.arrived; gap > 0 {
		part := gap.Seconds() / max(loadTime.Seconds(), 8/p.rate)
		p.used += (1 - float64(idle)/float64(gap) - p.used) * min(1, part)
	}
	p.arrived = at
	load = -1
	home := p.trip/2 + time.Duration(p.random.Float64()*p.jitter*float64(p.trip))
	switch p.kind {
	case throttles:
		p.tokens = min(p.room, p.tokens+(at-p.refilled).Seconds()*p.rate)
		p.refilled = at
		if p.tokens < 1 {
			return at + home, pdu.StatusThrottled, load
		}
		p.tokens--
		return at + home, pdu.StatusOK, load
	case tells:
		load = int(85*p.used + 15*min(1, max(0, p.busy-at).Seconds()*p.rate/p.room))
	}
	if max(0, p.busy-at).Seconds()*p.rate > p.room {
		return at + home, pdu.StatusMsgQueueFull, load
	}
	p.busy = max(p.busy, at) + p.service()
	return p.busy + home, pdu.StatusOK, load
}

// sim is a sender before such a peer: a machine, and what is on its way to it.
type sim struct {
	t         testing.TB
	m         *Machine
	peer      *simPeer
	now       time.Duration
	due       []simResp // a heap by time
	free      []*Op
	buf       []byte
	always    bool // the application always has a request that waits
	onResp    func()
	ok, total int
}

type simResp struct {
	at     time.Duration
	seq    uint32
	status pdu.CommandStatus
	load   int
}

func newSim(t testing.TB, peer *simPeer, cfg Config) *sim {
	s := &sim{t: t, m: newWith(cfg, epoch, pooled()), peer: peer, always: true}
	s.m.setState(StateBoundTRX)
	s.m.initBy = 0
	return s
}

// request hands a request over.
func (s *sim) request() {
	o := new(Op)
	if n := len(s.free); n > 0 {
		o, s.free = s.free[n-1], s.free[:n-1]
	}
	*o = Op{PDU: pdu.PDU{Body: simBody}, Do: true}
	if err := s.m.Request(epoch.Add(s.now), o); err != nil {
		s.t.Fatal(err)
	}
}

var (
	simBody  = &pdu.QuerySM{MessageID: "1"}
	simResps = func() (all [101]*pdu.QuerySMResp) {
		for i := range all {
			all[i] = &pdu.QuerySMResp{TLVs: pdu.TLVs{{Tag: pdu.TagCongestionState, Value: []byte{byte(i)}}}}
		}
		return all
	}()
)

// write takes what the machine has to write to the peer.
func (s *sim) write() {
	for s.always && s.m.waiting == 0 {
		s.request()
	}
	for s.m.WantWrite() {
		s.buf = s.m.Take(epoch.Add(s.now), 1<<16)
		for _, f := range s.m.flown() {
			at, status, load := s.peer.send(s.now)
			s.push(simResp{at, f.op.PDU.Seq, status, load})
		}
		s.m.Wrote(epoch.Add(s.now), len(s.buf), nil)
	}
}

// run lets time pass until end.
func (s *sim) run(end time.Duration) {
	for {
		s.write()
		at := end
		if len(s.due) > 0 {
			at = min(at, s.due[0].at)
		}
		if d := s.m.Deadline(); !d.IsZero() {
			at = min(at, max(s.now, d.Sub(epoch)))
		}
		s.now = at
		switch {
		case at >= end:
			return
		case len(s.due) > 0 && s.due[0].at == at:
			s.respond(s.pop())
		default:
			s.m.Tick(epoch.Add(at))
		}
		s.effects()
	}
}

func (s *sim) respond(r simResp) {
	p := &pdu.PDU{Header: pdu.Header{ID: pdu.CommandQuerySMResp, Status: r.status, Seq: r.seq}}
	if r.load >= 0 {
		p.Body = simResps[min(100, r.load)]
	}
	s.m.Recv(epoch.Add(s.now), p, nil)
	s.total++
	if r.status == pdu.StatusOK {
		s.ok++
	}
	if s.onResp != nil {
		s.onResp()
	}
}

func (s *sim) effects() {
	for e := s.m.next(); e != nil; e = s.m.next() {
		if e.Kind == EffDone {
			s.free = append(s.free, e.Op)
		}
	}
}

func (s *sim) push(r simResp) {
	s.due = append(s.due, r)
	for i := len(s.due) - 1; i > 0 && s.due[i].at < s.due[(i-1)/2].at; i = (i - 1) / 2 {
		s.due[i], s.due[(i-1)/2] = s.due[(i-1)/2], s.due[i]
	}
}

func (s *sim) pop() simResp {
	first, last := s.due[0], len(s.due)-1
	s.due[0] = s.due[last]
	s.due = s.due[:last]
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < last; c++ {
			if s.due[c].at < s.due[least].at {
				least = c
			}
		}
		if least == i {
			return first
		}
		s.due[i], s.due[least] = s.due[least], s.due[i]
		i = least
	}
}
