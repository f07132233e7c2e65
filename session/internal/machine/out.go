package machine

import (
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// encode adds p to the write queue, with f as its bookkeeping.
func (m *Machine) encode(p *pdu.PDU, f frame) error {
	class := classOf(p.ID)
	q := &m.out[class]
	n, err := q.encode(&m.cfg, &m.codec, p)
	if err != nil {
		return err
	}
	f.id, f.n = p.ID, n
	if f.op != nil {
		f.op.size = f.n
	}
	q.frames = append(q.frames, f)
	m.count(class, f.n)
	return nil
}

// count notes that a frame of n octets, or when n is negative of -n octets, came into the write queue or left it.
func (m *Machine) count(class, n int) {
	if n > 0 {
		m.queued++
	} else {
		m.queued--
	}
	if class != classRequest {
		m.respBytes += n
	}
}

// unqueue makes a gap of the frame of o, which is still in the write queue.
func (m *Machine) unqueue(o *Op) {
	if o.size == 0 {
		return
	}
	class := classOf(o.PDU.ID)
	q := &m.out[class]
	m.count(class, -o.size)
	q.gaps += o.size
	o.size = 0
	q.tidy(&m.cfg)
}

// unqueueAll keeps all requests that are in the write queue from going out, since nobody will wait for their responses:
// they end as NotSent with the session. An unbind goes out nevertheless.
func (m *Machine) unqueueAll() {
	for o := m.queuedOps.head; o != nil; o = o.next {
		if o != m.ourUnbind {
			m.unqueue(o)
		}
	}
}

// WantWrite tells whether something waits to be written and nothing is being written.
func (m *Machine) WantWrite() bool { return m.queued > 0 && !m.writing && !m.closing && !m.halfClosed }

// Take moves queued PDUs in the order of their classes to the end of dst, at most limit octets but one PDU at least, and
// returns it. They count as handed to the socket from then on: their response time starts. The caller writes what it got and
// tells the end by Wrote before it takes again. A dst that comes back as it was means that nothing is to be written.
func (m *Machine) Take(t time.Time, dst []byte, limit int) []byte {
	now := m.clock(t)
	if !m.WantWrite() {
		return dst
	}
	start := len(dst)
	for class := range m.out {
		q := &m.out[class]
		for q.head < len(q.frames) && (len(dst) == start || len(dst)-start+q.frames[q.head].n <= limit) {
			f, b := q.pop(&m.cfg)
			if f.gap() {
				continue
			}
			dst = append(dst, b...)
			f.end = len(dst) - start
			m.count(class, -f.n)
			m.handOver(now, &f)
			m.flight = append(m.flight, f)
		}
		full := q.head < len(q.frames)
		q.tidy(&m.cfg)
		if full {
			break
		}
	}
	m.writing = true
	m.writeBy = after(now, m.cfg.Write)
	m.progress(now)
	return dst
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
	m.queuedOps.remove(o)
	o.phase, o.size = opHanded, 0
	m.handed.push(o)
	o.handedAt = m.virtual(now)
	switch {
	case !o.noResp:
		o.deadline = after(o.handedAt, m.cfg.Response)
	case f.id == pdu.CommandOutbind && m.state == StateOpen:
		m.setState(StateOutbound)
	}
	if o == m.enquiring {
		m.enquireBy = after(o.handedAt, m.cfg.EnquireLinkTimeout)
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
	failed := m.flight[:0]
	for _, f := range m.flight {
		if err == nil || f.end <= n {
			m.wroteFrame(&f)
			continue
		}
		if f.end-f.n >= n {
			f.unsent = true
			if f.op != nil && f.op.phase == opHanded {
				f.op.phase = opQueued
			}
		}
		failed = append(failed, f)
	}
	clear(m.flight[len(failed):])
	m.flight = failed
	switch {
	case err != nil && !m.closing:
		m.writeFailed(now, err)
	case m.closing:
		m.report()
	default:
		m.flight = reuse(m.flight)
		m.progress(now)
	}
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
