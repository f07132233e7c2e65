package fuzz

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// chaosEnd is how a connection of the chaos test ends.
type chaosEnd uint8

// Ends. Those before chaosShutdown count as deaths.
const (
	chaosCut       chaosEnd = iota // the fault layer closes its connections to both ends
	chaosReset                     // it resets both
	chaosResetOne                  // it resets one and closes the other
	chaosHalfClose                 // it sends one end FIN and goes on in the other direction
	chaosStall                     // nothing passes any more in one direction
	chaosStallBoth                 // nothing passes any more
	chaosClog                      // as chaosStall, with large PDUs and small buffers, so that writes block
	chaosGarbage                   // one end gets octets that are no PDU
	chaosClose                     // one end calls Close
	chaosPanic                     // a hook panics, or ends its goroutine
	chaosShutdown                  // one end calls Shutdown
	chaosCrossed                   // both do
	chaosServer                    // the whole message centre ends
	numChaosEnds
)

var chaosEndNames = [numChaosEnds]string{
	"cut", "reset", "reset one", "half-close", "stall", "stall both", "clog", "garbage", "Close", "panic",
	"Shutdown", "crossed Shutdowns", "server's end",
}

func (e chaosEnd) String() string { return chaosEndNames[e] }

func (e chaosEnd) death() bool { return e < chaosShutdown }

// byLayer tells that the fault layer makes the end, and not the program at one of the two.
func (e chaosEnd) byLayer() bool { return e <= chaosGarbage }

// The two ends of a connection, as indices. A direction has the index of the end that it comes from.
const (
	chaosESME = 0
	chaosMC   = 1
)

// chaosPlan is all that is decided about a connection before it begins. What is decided while it lives comes from
// generators with the same seed.
type chaosPlan struct {
	seed uint64
	n    int // of the connection
	end  chaosEnd
	// of is the direction, by where it comes from, or the end that the program ends.
	of int
	// after is when: at that PDU of the direction, or that request handed over by that end. octet, modulo its length,
	// is where in the PDU.
	after, octet int
	flavour      int // of the message centre
	bind         esme.BindType
	esme         session.Config
	window       int    // of the MC's session
	requests     [2]int // handed over by each end, if the connection lives that long
	senders      [2]int
	honest       bool // the fault layer doubles and forges nothing: no response but the true one answers a request
	rough        int  // how often the fault layer delays, splits, joins and edits, in percent of the usual
}

func (p *chaosPlan) String() string {
	return fmt.Sprintf("connection %d: %v of %d after %d, %v, MC %d", p.n, p.end, p.of, p.after, p.bind, p.flavour)
}

// big tells that the requests of this end are large.
func (p *chaosPlan) big(end int) bool { return p.end == chaosClog && p.of == end }

// bindCommand is the operation by which the ESME binds.
func (p *chaosPlan) bindCommand() pdu.CommandID {
	switch p.bind {
	case esme.Transmitter:
		return pdu.CommandBindTransmitter
	case esme.Receiver:
		return pdu.CommandBindReceiver
	}
	return pdu.CommandBindTransceiver
}

// Parts of a connection that have a generator of their own, so that what one draws does not depend on how the others
// are scheduled.
const (
	chaosPartPlan = 0
	chaosPartEdit = 1 // and the next, by direction
	chaosPartRate = 3 // likewise
	chaosPartHook = 5 // and the next, by end
	chaosPartSend = 7 // and all above
)

func chaosRand(seed uint64, n, part int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(n)<<16|uint64(part)))
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// newChaosPlan draws the plan of connection n.
func newChaosPlan(seed uint64, n int) *chaosPlan {
	r := chaosRand(seed, n, chaosPartPlan)
	p := &chaosPlan{
		seed: seed, n: n,
		end:     drawChaosEnd(r),
		of:      r.IntN(2),
		octet:   r.IntN(1 << 16),
		flavour: r.IntN(chaosFlavours),
		esme:    drawChaosConfig(r),
		window:  1 + r.IntN(50),
		rough:   pick(r, 0, 50, 100, 100, 100, 300),
	}
	p.requests = [2]int{80 + r.IntN(200), 20 + r.IntN(60)}
	p.senders = [2]int{1 + r.IntN(12), 1 + r.IntN(4)}
	switch r.IntN(25) {
	case 0:
		p.bind = esme.Transmitter
		p.requests[chaosMC] = 2 // which are refused
	case 1:
		p.bind = esme.Receiver
		p.requests = [2]int{2, 80 + r.IntN(200)}
	}
	p.after = 1 + r.IntN(3*(p.requests[chaosESME]+p.requests[chaosMC])/2)
	if !p.end.byLayer() {
		p.after = 1 + r.IntN(p.requests[p.of])
	}
	if r.IntN(20) == 0 {
		p.after = 1 + r.IntN(3) // while binding
	}
	if p.end == chaosClog {
		p.esme.Window, p.window = 200, 200
	}
	return p
}

func drawChaosEnd(r *rand.Rand) chaosEnd {
	switch n := r.IntN(100); {
	case n < 24:
		return chaosCut
	case n < 44:
		return chaosReset
	case n < 52:
		return chaosResetOne
	case n < 62:
		return chaosHalfClose
	case n < 68:
		return chaosStall
	case n < 71:
		return chaosStallBoth
	case n < 74:
		return chaosClog
	case n < 78:
		return chaosGarbage
	case n < 86:
		return chaosClose
	case n < 89:
		return chaosPanic
	case n < 97:
		return chaosShutdown
	}
	return chaosCrossed
}

// chaosFlavours is the number of message centres, each with other timers.
const chaosFlavours = 4

// Statuses with which a session answers in the stead of its handler, and nobody else.
const (
	chaosRefusal pdu.CommandStatus = 0x400 + iota
	chaosGiveUp
)

// chaosPauses reports whether a session may leave octets unread for a while.
func chaosPauses(c session.Config) bool { return c.InboundWindow > 0 && c.PauseLimit >= 0 }

// drawChaosConfig draws the timers and bounds of a session, short ones.
func drawChaosConfig(r *rand.Rand) session.Config {
	const ms = time.Millisecond
	c := session.Config{
		Window:              1 + r.IntN(50),
		SessionInitTimeout:  time.Second,
		EnquireLinkInterval: pick(r, 100*ms, 200*ms, 400*ms),
		EnquireLinkTimeout:  pick(r, 150*ms, 300*ms),
		ResponseTimeout:     pick(r, 150*ms, 300*ms, 500*ms),
		AnswerTimeout:       pick(r, 100*ms, 400*ms, -1),
		UnbindGrace:         pick(r, 50*ms, 150*ms),
		WriteTimeout:        pick(r, 150*ms, 300*ms),
		LateTime:            pick(r, 0, 0, 100*ms, -1),
		Version:             pick(r, pdu.V34, pdu.V50),
		OverflowStatus:      chaosRefusal,
		GiveUpStatus:        pick(r, 0, 0, 0, chaosGiveUp),
		FirstSequence:       pick(r, 0, 0x7FFFFFFF-uint32(r.IntN(200))),
	}
	switch r.IntN(12) {
	case 0:
		c.InboundWindow, c.PauseLimit = 8, -1
	case 1:
		c.InboundWindow, c.PauseLimit = 8, pick(r, 0, 50*ms)
		c.AnswerTimeout = 100 * ms // what is never answered must not prolong the pause
		c.QueueTimeout = pick(r, 0, 5*ms, 50*ms, -1)
	case 2:
		c.InactivityTimeout = 100 * ms
	}
	return c
}
