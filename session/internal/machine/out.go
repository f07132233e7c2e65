package machine

import (
	"encoding/binary"
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// piece is a part of what is being written: frames of one block.
type piece struct {
	block    *block
	from, to int
}

// start returns where the octets of p begin in its block.
func (p *piece) start() int { return p.block.start(p.from) }

func (p *piece) octets() []byte { return p.block.b[p.start():p.block.start(p.to)] }

// unwritten is a frame that did not reach the socket whole.
type unwritten struct {
	frame
	untouched bool // the write failed before its first octet
}

// WantWrite tells whether something waits to be written and nothing is being written.
func (m *Machine) WantWrite() bool { return m.queued > 0 && !m.writing && !m.closing && !m.halfClosed }

// Take takes queued PDUs in the order of their classes, at most limit octets but one PDU at least, and appends them to
// dst, in most pieces at most. They count as handed to the socket from then on: their response time starts. The octets are
// the machine's, and do not change until the caller, who writes them, tells the end of that by Wrote; it must not take
// again before. When nothing is added, nothing is to be written.
func (m *Machine) Take(t time.Time, limit, most int, dst [][]byte) [][]byte {
	now := m.clock(t)
	if !m.WantWrite() {
		return dst
	}
	room := limit
take:
	for class := range m.out {
		q := &m.out[class]
		for b := m.first(q); b != nil; b = m.first(q) {
			n := m.takePiece(now, class, b, room, most)
			if room -= n; n == 0 || q.first == b {
				break take
			}
		}
	}
	m.writing = true
	m.writeBy = after(now, m.cfg.Write)
	m.progress(now)
	for i := range m.flight {
		dst = append(dst, m.flight[i].octets())
	}
	return dst
}

// takePiece takes frames of a class from b, its first block, as many as fit in room octets but one at least if there is
// none yet. It returns their octets. What goes behind the end of the last piece becomes part of it.
func (m *Machine) takePiece(now int64, class int, b *block, room, most int) int {
	q := &m.out[class]
	var p *piece
	if last := len(m.flight) - 1; last >= 0 {
		p = &m.flight[last]
	}
	switch {
	case p != nil && len(b.left()) <= room && p.block.merge(b):
		m.release(q.pop())
		return m.takeFrames(now, class, p, room)
	case p != nil && (len(m.flight) == most || int(b.frames[b.head].end)-b.start(b.head) > room):
		return 0
	}
	m.flight = append(m.flight, piece{b, b.head, b.head})
	b.lent = true
	n := m.takeFrames(now, class, &m.flight[len(m.flight)-1], room)
	if b.head == len(b.frames) {
		q.pop()
	}
	return n
}

// takeFrames moves the end of p over frames of a class, as many as fit in room octets but one at least, and returns their
// octets.
func (m *Machine) takeFrames(now int64, class int, p *piece, room int) int {
	b, q := p.block, &m.out[class]
	start := b.start(b.head)
	at := start
	for first := b.head; b.head < len(b.frames); b.head++ {
		f := &b.frames[b.head]
		if b.head > first && int(f.end)-start > room {
			break
		}
		n := int(f.end) - at
		at = int(f.end)
		q.size -= n
		m.count(class, -n)
		m.handOver(now, f)
	}
	p.to = b.head
	return at - start
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
	m.handed.push(o)
	o.at = m.virtual(now)
	switch {
	case !o.noResp:
		o.deadline = after(o.at, m.cfg.Response)
		if o.Do {
			o.told, f.op = true, nil
		}
	case f.id == pdu.CommandOutbind && m.state == StateOpen:
		m.setState(StateOutbound)
	}
	if o == m.enquiring {
		m.enquireBy = after(o.at, m.cfg.EnquireLinkTimeout)
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
	for i := range m.flight {
		p := &m.flight[i]
		m.wrotePiece(p, n, err != nil)
		n -= len(p.octets())
		m.land(p.block)
		*p = piece{}
	}
	m.flight = reuse(m.flight)
	switch {
	case err != nil && !m.closing:
		m.writeFailed(now, err)
	case m.closing:
		m.report()
	default:
		m.progress(now)
	}
}

// wrotePiece reports a piece of which n octets reached the socket, if the write failed, else all.
func (m *Machine) wrotePiece(p *piece, n int, failed bool) {
	b := p.block
	reached := p.start() + n
	for i := p.from; i < p.to; i++ {
		f, start := &b.frames[i], b.start(i)
		if end := int(f.end); !failed || end <= reached {
			m.wroteFrame(f)
		} else {
			m.failedFrame(f, b.b[start:end], start >= reached)
		}
		*f = frame{end: f.end} // where the next one begins
	}
}

// failedFrame notes a frame that did not reach the socket whole. When nothing of it did, a request counts as not handed
// over after all.
func (m *Machine) failedFrame(f *frame, octets []byte, untouched bool) {
	r := m.remain()
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
	if f.id == pdu.CommandUnbindResp && m.unbindResp {
		m.unbindRespWritten = true
	}
	if f.answer != nil {
		m.emit(Effect{Kind: EventSendResult, In: f.in, PDU: f.answer})
	}
	o := f.op
	if o == nil {
		return
	}
	m.tellSent(o)
	if o.noResp {
		m.settle(o, Sent)
		if o.Do {
			m.emit(Effect{Kind: EffDone, Op: o})
		}
		m.freePlace(o)
	}
}

// tellSent reports the send result of o once, when its caller is to get one.
func (m *Machine) tellSent(o *Op) {
	if o.told {
		return
	}
	o.told = true
	if !o.Do && !o.internal && m.hooks&HookSendResult != 0 {
		o.events++
		m.emit(Effect{Kind: EventSendResult, Op: o, PDU: &o.PDU})
	}
}
