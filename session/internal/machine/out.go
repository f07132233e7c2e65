package machine

import (
	"encoding/binary"
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// flight is what is being written: frames of one block.
type flight struct {
	block    *block // nil when nothing is
	from, to int
}

// start returns where the octets begin in the block.
func (f *flight) start() int { return f.block.start(f.from) }

func (f *flight) octets() []byte { return f.block.b[f.start():f.block.start(f.to)] }

// unwritten is a frame that did not reach the socket whole.
type unwritten struct {
	frame
	untouched bool // the write failed before its first octet
}

// WantWrite tells whether something waits to be written and nothing is being written.
func (m *Machine) WantWrite() bool { return m.queued > 0 && !m.writing && m.phase < phaseHalfClosed }

// Take takes queued PDUs in the order of their classes, at most limit octets but one PDU at least, and returns them;
// less than there is, where they are not in one buffer. They count as handed to the socket from then on: their response
// time starts. The octets are the machine's, and do not change until the caller, who writes them, tells the end of that
// by Wrote; it must not take again before. No octets mean that nothing is to be written.
func (m *Machine) Take(t time.Time, limit int) []byte {
	now := m.clock(t)
	if !m.WantWrite() {
		return nil
	}
	f := &m.flight
	for class := range m.out {
		q := &m.out[class]
		b := m.first(q)
		if b == nil {
			continue
		}
		if f.block == nil {
			*f = flight{b, b.head, b.head}
			b.lent = true
			m.takeFrames(now, class, limit)
			if b.head == len(b.frames) {
				q.pop()
			}
		} else if len(f.octets())+len(b.left()) <= limit && f.block.merge(b) {
			m.release(q.pop())
			m.takeFrames(now, class, limit)
		}
		if q.first != nil {
			break
		}
	}
	m.writing = true
	m.writeBy = after(now, m.cfg.Write)
	m.progress(now)
	return f.octets()
}

// takeFrames takes frames of a class from the block that is in flight, as many as fit in limit octets of flight.
func (m *Machine) takeFrames(now int64, class, limit int) {
	f := &m.flight
	b, q := f.block, &m.out[class]
	at := b.start(b.head)
	for ; b.head < len(b.frames); b.head++ {
		x := &b.frames[b.head]
		if b.head > f.from && int(x.end)-f.start() > limit {
			break
		}
		n := int(x.end) - at
		at = int(x.end)
		q.size -= n
		m.count(class, -n)
		m.handOver(now, x)
	}
	f.to = b.head
}

// first returns the first block of q, without gaps, and nil when q is empty.
func (m *Machine) first(q *outQueue) *block {
	for q.first != nil {
		b := q.first
		if q.gaps == 0 {
			return b
		}
		n := b.closeGaps()
		q.gaps -= n
		q.size -= n
		if b.head < len(b.frames) {
			return b
		}
		m.release(q.pop())
	}
	return nil
}

// handOver does what is due when f goes to the socket.
func (m *Machine) handOver(now int64, f *frame) {
	m.noteActive(now, f.id)
	if f.in != nil {
		f.in.phase = inEnded
		m.leaveInbound(f.in)
	}
	o := f.op
	if o == nil {
		return
	}
	o.phase, o.size = opHanded, 0
	o.set(opInHanded)
	m.handed.push(o)
	o.at, o.deadline = m.virtual(now), 0
	switch {
	case !o.is(opSilent):
		o.deadline = after(now, m.cfg.Response)
		if o.Do {
			f.op = nil
			o.set(opTold)
		}
	case f.id == pdu.CommandOutbind && m.state == StateOpen:
		m.setState(StateOutbound)
	}
}

// Wrote tells that the write of what the last Take returned ended: n of its octets reached the socket. An error ends
// the session, as soon as what the peer sent before is read.
func (m *Machine) Wrote(t time.Time, n int, err error) {
	now := m.clock(t)
	if !m.writing {
		return
	}
	m.writing, m.writeBy = false, 0
	f := m.flight
	m.flight = flight{}
	m.wroteFlight(&f, n, err != nil)
	m.land(f.block)
	switch {
	case err != nil && m.phase < phaseClosing:
		m.writeFailed(now, err)
	case m.phase == phaseClosing:
		m.report()
	default:
		m.progress(now)
	}
}

// wroteFlight reports the frames that were written: wholly, or if the write failed, n octets of them.
func (m *Machine) wroteFlight(f *flight, n int, failed bool) {
	b := f.block
	reached := f.start() + n
	for i := f.from; i < f.to; i++ {
		x, start := &b.frames[i], b.start(i)
		if end := int(x.end); !failed || end <= reached {
			m.wroteFrame(x)
		} else {
			m.failedFrame(x, b.b[start:end], start >= reached)
		}
		*x = frame{end: x.end} // where the next one begins
	}
}

// failedFrame notes a frame that did not reach the socket whole. When nothing of it did, a request counts as not handed
// over after all.
func (m *Machine) failedFrame(f *frame, octets []byte, untouched bool) {
	r := m.more()
	r.failed = append(r.failed, unwritten{*f, untouched})
	o := f.op
	if o == nil && f.in == nil && !f.id.IsResponse() {
		o = m.table.get(binary.BigEndian.Uint32(octets[12:]))
	}
	if untouched && o != nil && o.phase == opHanded {
		o.phase = opQueued
	}
}

// land gives back a block that was being written, unless more of it is to be.
func (m *Machine) land(b *block) {
	b.lent = false
	for i := range m.out {
		if m.out[i].first == b {
			return
		}
	}
	m.release(b)
}

// wroteFrame reports that a frame reached the socket whole.
func (m *Machine) wroteFrame(f *frame) {
	if f.id == pdu.CommandUnbindResp && m.peer == peerUnbound {
		m.setPeer(peerReleased)
	}
	if f.answer != nil {
		m.emit(Effect{Kind: EventSendResult, In: f.in, PDU: f.answer})
	}
	o := f.op
	if o == nil {
		return
	}
	m.tellSent(o)
	if o.is(opSilent) {
		m.settle(o, Sent)
		if o.Do {
			m.emit(Effect{Kind: EffDone, Op: o})
		}
		m.freePlace(o)
	}
}

// tellSent reports the send result of o once, when its caller is to get one.
func (m *Machine) tellSent(o *Op) {
	if o.is(opTold) {
		return
	}
	o.set(opTold)
	if !o.Do && !o.is(opInternal) && m.hooks&HookSendResult != 0 {
		o.events++
		m.emit(Effect{Kind: EventSendResult, Op: o, PDU: &o.PDU})
	}
}
