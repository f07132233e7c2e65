package machine

import (
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// endTime is how long the end of a session waits for a write under way, whose result tells what left.
const endTime = time.Second

// Drain begins an orderly end: new requests are refused, outstanding ones are waited for, unbind is sent and its answer
// waited for, the answers still due are written, the connection is half-closed and read to its end.
func (m *Machine) Drain(t time.Time) {
	now := m.clock(t)
	m.drain(ErrShutdown)
	m.progress(now)
}

func (m *Machine) drain(reason error) {
	if m.closing || m.finishing {
		return
	}
	m.draining = true
	m.because(reason)
	m.refuseWaiting(ErrDraining)
}

// DrainExpired tells that the time for the drain is over: what is unanswered is answered by the library, and the
// connection ends as soon as that is written.
func (m *Machine) DrainExpired(t time.Time) {
	now := m.clock(t)
	if m.closing || !m.draining {
		return
	}
	m.expire(now)
	m.progress(now)
}

// expire ends the waiting of a drain. What does not leave within the time of a half-close never will.
func (m *Machine) expire(now int64) {
	m.expired = true
	m.closeBy = earliest(m.closeBy, after(now, m.cfg.Linger))
	m.unqueueAll()
}

// Close ends the session at once. Only the report is still to come.
func (m *Machine) Close(t time.Time) { m.end(m.clock(t), ErrClosed) }

// Fail ends the session at once for a reason of the shell's, such as a panic in a hook, whatever else is going on.
func (m *Machine) Fail(t time.Time, reason error) {
	if !m.closing {
		m.reason = reason
	}
	m.end(m.clock(t), nil)
}

// ConnEnded tells that nothing more can be read. A nil error is the peer's FIN: what is due to the peer is still
// written.
func (m *Machine) ConnEnded(t time.Time, err error) {
	now := m.clock(t)
	switch {
	case m.closing || m.peerEOF:
		return
	case err != nil:
		m.end(now, err)
		return
	}
	m.peerEOF = true
	m.because(ErrPeerClosed)
	if m.external > 0 {
		m.overrule(ErrPeerClosed) // it cost requests
	}
	m.graceOver = true // for no response can come
	m.refuseWaiting(ErrPeerClosed)
	m.unqueueAll()
	m.closeBy = after(now, m.cfg.Linger)
	m.progress(now)
}

// writeFailed begins the end of a session that can not write any more. Responses may wait in the receive buffer, and each
// that is read is one request less whose fate is unknown; so the end of the input is waited for, for a while.
func (m *Machine) writeFailed(now int64, err error) {
	m.overrule(err)
	m.halfClosed, m.finishing = true, true
	m.refuseWaiting(err)
	m.unqueueAll()
	m.closeBy = earliest(m.closeBy, after(now, m.cfg.Linger))
	m.progress(now)
}

// because sets the reason of the end, unless one is known already.
func (m *Machine) because(err error) {
	if m.reason == nil {
		m.reason = err
	}
}

// overrule sets the reason of the end, unless an orderly end is all but done.
func (m *Machine) overrule(err error) {
	if m.reason == nil || !m.halfClosed && !m.unbindRespWritten {
		m.reason = err
	}
}

// recvUnbind begins the end that the peer asked for.
func (m *Machine) recvUnbind(now int64, p *pdu.PDU) {
	if m.peerUnbind != nil {
		m.answer(p, pdu.StatusOK)
		return
	}
	m.peerUnbind = p
	m.because(ErrPeerUnbound)
	m.graceBy = after(now, max(m.cfg.UnbindGrace, 1))
	m.refuseWaiting(ErrPeerUnbinding)
}

// owed is the number of requests of callers whose outcome the end waits for. An unbind is not among them: it is the end.
func (m *Machine) owed() int {
	if o := m.ourUnbind; o != nil && !o.internal && o.phase != opEnded {
		return m.external - 1
	}
	return m.external
}

// progress takes the next steps that the state of things allows. Every input ends with it.
func (m *Machine) progress(now int64) {
	if m.closing {
		return
	}
	m.progressPause(now)
	if m.draining || m.finishing || m.peerUnbind != nil || m.unbindResp || m.peerEOF {
		m.progressUnbind()
		m.progressEnd(now)
	}
	if m.waiting > 0 && !m.closing && !m.draining && !m.finishing {
		m.admitWaiting()
	}
}

// progressUnbind answers the peer's unbind, and sends our own, when that is due.
func (m *Machine) progressUnbind() {
	if m.halfClosed {
		return
	}
	hurry := m.expired || m.graceOver && m.peerUnbind != nil
	if hurry {
		m.answerAll(0)
	}
	switch done := hurry || m.owed() == 0; {
	case m.peerUnbind != nil && done && m.unanswered.n == 0:
		m.unqueueAll()
		m.answer(m.peerUnbind, pdu.StatusOK)
		m.peerUnbind, m.unbindResp, m.graceBy = nil, true, 0
		m.setState(StateUnbound)
	case m.peerUnbind != nil || m.ourUnbind != nil || m.finishing || m.peerEOF:
	case m.draining && done && m.state.Bound():
		m.admitOwn(pdu.CommandUnbind)
	}
}

// admitOwn queues a request of the machine's own that consists of a header.
func (m *Machine) admitOwn(id pdu.CommandID) *Op {
	o := &Op{PDU: pdu.PDU{Header: pdu.Header{ID: id}}, internal: true}
	if err := m.admit(o); err != nil {
		panic("machine: a header alone does not encode: " + err.Error())
	}
	return o
}

// progressEnd finishes when nothing more is waited for, and closes when nothing more is to be written.
func (m *Machine) progressEnd(now int64) {
	neverBound := !m.state.Bound() && m.ourUnbind == nil && m.owed() == 0
	switch {
	case m.finishing:
	case m.draining && m.unanswered.n == 0 && (m.unbindAcked || m.expired || neverBound):
		m.finishing = true
		m.because(ErrShutdown)
	case m.unbindRespWritten && m.closeBy == 0:
		m.closeBy = after(now, m.cfg.UnboundLinger)
	}
	idle := (m.queued == 0 || m.halfClosed) && !m.writing
	switch {
	case m.peerEOF && idle:
		m.end(now, nil)
	case m.finishing && idle && !m.halfClosed:
		m.halfClosed = true
		m.graceBy, m.drainBy = 0, 0
		m.closeBy = after(now, m.cfg.Linger)
		m.emit(Effect{Kind: EffCloseWrite})
	}
}

// end closes the connection. A reason of nil leaves the one that is known. When a write is under way its end is waited
// for, so that the report can tell what left.
func (m *Machine) end(now int64, reason error) {
	if m.closing {
		return
	}
	if reason != nil {
		m.overrule(reason)
	}
	m.closing = true
	m.endBy = after(now, endTime)
	m.emit(Effect{Kind: EffCloseConn})
	if !m.writing {
		m.report()
	}
}
