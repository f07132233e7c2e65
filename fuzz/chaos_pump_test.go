package fuzz

import (
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// chaosFrame is a whole PDU in the account of the fault layer.
type chaosFrame struct {
	pdu.Header
	request uint32    // number of the request in the ledger of who sent it; zero for what is in no ledger
	at      time.Time // when its last octet came, or was taken by the socket of the receiver's connection
}

// chaosPump is one direction of a chaosLink. Its accounts are complete when the link has finished.
type chaosPump struct {
	l    *chaosLink
	from int        // the end it reads
	to   int        // the end it writes
	r    *rand.Rand // for what becomes of PDUs
	rate *rand.Rand // for when and in what pieces octets go

	arrived   []chaosFrame // PDUs that came whole
	tail      []byte       // the begin of a PDU that never came whole
	delivered []chaosFrame // PDUs whose last octet was written

	out    []byte      // what is to be written
	marks  []chaosMark // the PDUs in out
	held   []chaosHeld
	frames int  // put into out so far
	fireAt int  // where in out the connection ends; negative for nowhere
	lost   bool // framing is lost: nothing behind counts
}

// chaosMark is a PDU in out.
type chaosMark struct {
	end int // offset behind it
	chaosFrame
}

// chaosHeld is a PDU that is overtaken by others.
type chaosHeld struct {
	wait int // for so many
	b    []byte
	f    chaosFrame
}

func newChaosPump(l *chaosLink, from int) *chaosPump {
	return &chaosPump{
		l: l, from: from, to: 1 - from, fireAt: -1,
		r:    chaosRand(l.plan.seed, l.plan.n, chaosPartEdit+from),
		rate: chaosRand(l.plan.seed, l.plan.n, chaosPartRate+from),
	}
}

// chance tells, in so many of a thousand cases, to make a fault that is not the end.
func (p *chaosPump) chance(r *rand.Rand, perMille int) bool {
	return r.IntN(100_000) < perMille*p.l.plan.rough
}

// sometimes lets a random time pass in so many of a thousand cases. It tells whether to go on.
func (p *chaosPump) sometimes(perMille int, longest time.Duration) bool {
	if !p.chance(p.rate, perMille) {
		return true
	}
	return p.l.pause(time.Duration(p.rate.Int64N(int64(longest))))
}

// run passes on what comes, to its end.
func (p *chaosPump) run() {
	buf := make([]byte, 32<<10)
	var in []byte
	for {
		if !p.sometimes(30, 3*time.Millisecond) { // the fault itself: segments join
			return
		}
		n, err := p.l.conn[p.from].Read(buf)
		in = p.take(append(in, buf[:n]...))
		if !p.pass() {
			return
		}
		if err != nil {
			p.ended(in, err)
			return
		}
	}
}

// take enters whole PDUs into the account and decides what becomes of each. It returns the rest.
func (p *chaosPump) take(in []byte) []byte {
	for {
		n, err := pdu.FrameLen(in, 0)
		if err != nil {
			p.l.fail(err) // a session wrote what is no PDU
			return nil
		}
		if n == 0 {
			return in
		}
		b := in[:n:n]
		in = in[n:]
		f := chaosFrame{Header: chaosHeader(b), at: time.Now()}
		if !f.ID.IsResponse() {
			f.request = p.l.number(b)
		}
		p.arrived = append(p.arrived, f)
		p.edit(b, f)
	}
}

func chaosHeader(b []byte) pdu.Header {
	return pdu.Header{
		ID:     pdu.CommandID(binary.BigEndian.Uint32(b[4:])),
		Status: pdu.CommandStatus(binary.BigEndian.Uint32(b[8:])),
		Seq:    binary.BigEndian.Uint32(b[12:]),
	}
}

// edit makes the faults that concern whole PDUs. Binds are let through, or there would be little else to see.
func (p *chaosPump) edit(b []byte, f chaosFrame) {
	if f.ID.Request() == p.l.plan.bindCommand() {
		p.put(b, f)
		return
	}
	if f.request != 0 && f.ID.HasResponse() {
		p.l.remember(p.from, f.Header)
	}
	honest := p.l.plan.honest
	switch {
	case p.chance(p.r, 6): // swallowed
	case !honest && p.chance(p.r, 10): // twice
		p.put(b, f)
		p.put(b, f)
	case p.chance(p.r, 15): // overtaken
		p.held = append(p.held, chaosHeld{1 + p.r.IntN(8), b, f})
		return
	case !honest && p.chance(p.r, 8):
		p.forge(pdu.CommandGenericNack, p.r.Uint32())
		p.put(b, f)
	case !honest && p.chance(p.r, 8): // the wrong command
		p.forge(0, p.r.Uint32())
		p.put(b, f)
	default:
		p.put(b, f)
	}
	p.unhold()
}

// forge makes an answer to one of the latest requests that came from the other end: with the given command, or with one
// that is not of the request.
func (p *chaosPump) forge(id pdu.CommandID, which uint32) {
	q, ok := p.l.remembered(p.to, int(which>>8))
	if !ok {
		return
	}
	if id == 0 {
		id = pdu.CommandQuerySM.Response()
	}
	h := pdu.Header{ID: id, Status: pdu.StatusSystemError, Seq: q.Seq}
	b, err := pdu.Append(nil, &pdu.PDU{Header: h})
	if err != nil {
		p.l.fail(err)
		return
	}
	p.put(b, chaosFrame{Header: h})
}

// unhold lets PDUs go that enough others have overtaken.
func (p *chaosPump) unhold() {
	kept := p.held[:0]
	for _, h := range p.held {
		if h.wait--; h.wait > 0 {
			kept = append(kept, h)
			continue
		}
		p.put(h.b, h.f)
	}
	p.held = kept
}

// put has a PDU written, and the connection end in it if it is its turn.
func (p *chaosPump) put(b []byte, f chaosFrame) {
	p.frames++
	plan := p.l.plan
	if plan.of == p.from && plan.end.byLayer() && p.frames == plan.after {
		p.fireAt = len(p.out) + plan.octet%(len(b)+1)
		if plan.end == chaosGarbage {
			p.fireAt = len(p.out)
		}
	}
	p.out = append(p.out, b...)
	p.marks = append(p.marks, chaosMark{len(p.out), f})
}

// pass writes what is to be written, in one of several ways. It tells whether to go on.
func (p *chaosPump) pass() bool {
	if !p.sometimes(25, 8*time.Millisecond) { // the fault itself: a delay
		return false
	}
	if !p.sometimes(4, 300*time.Millisecond) { // the fault itself: a stall that ends
		return false
	}
	piece := 0 // all at once
	switch {
	case p.chance(p.rate, 40):
		piece = 1 // dribbled
	case p.chance(p.rate, 100):
		piece = 2 + p.rate.IntN(60)
	}
	done := 0
	for done < len(p.out) {
		if p.l.stalled[p.from].Load() {
			<-p.l.gone
			return false
		}
		to := len(p.out)
		if piece == 1 {
			to = done + 1
		} else if piece > 1 {
			to = min(to, done+1+p.rate.IntN(piece))
		}
		if p.fireAt >= done && p.fireAt <= to {
			to = p.fireAt
		}
		n, real, err := p.write(p.out[done:to])
		done += n
		p.note(done, real)
		if err != nil {
			return p.refused(err)
		}
		if p.fireAt == done {
			p.fireAt = -1
			p.l.fire(true)
		}
	}
	p.out, p.marks = p.out[:0], p.marks[:0]
	return true
}

// write tells how many octets are done with, and whether they were written rather than thrown away.
func (p *chaosPump) write(b []byte) (n int, real bool, err error) {
	if p.l.dropped[p.from].Load() {
		return len(b), false, nil
	}
	if len(b) > 0 {
		n, err = p.l.conn[p.to].Write(b)
	}
	if err != nil && p.l.dropped[p.from].Load() {
		err = nil // the rest is thrown away
	}
	return n, true, err
}

// note enters into the account what lies whole within the first n octets of out, if it was written.
func (p *chaosPump) note(n int, real bool) {
	for len(p.marks) > 0 && p.marks[0].end <= n {
		f := p.marks[0].chaosFrame
		f.at = time.Now()
		p.marks = p.marks[1:]
		if real && !p.lost {
			p.delivered = append(p.delivered, f)
		}
	}
}

// garbage delivers what is no PDU, in place of the next one.
func (p *chaosPump) garbage() {
	p.l.dies(p.to)
	p.lost = true
	_, _ = p.l.conn[p.to].Write(make([]byte, pdu.HeaderLen)) // a command_length of zero
}

// refused deals with an end that takes nothing any more: a network would tell the other.
func (p *chaosPump) refused(err error) bool {
	if !errors.Is(err, net.ErrClosed) {
		p.l.reset(p.from)
	}
	return false
}

// ended passes on how the connection of an end ended, behind the begin of a PDU that did not come whole.
func (p *chaosPump) ended(in []byte, err error) {
	p.tail = in
	switch {
	case errors.Is(err, net.ErrClosed): // by this layer
	case p.l.stalled[p.from].Load():
		<-p.l.gone
	case errors.Is(err, io.EOF):
		if _, real, err := p.write(in); err == nil && real {
			p.l.halfClose(p.to)
		}
	default:
		p.l.reset(p.to)
	}
}
