package machine

import (
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// endTime is how long the end of a session waits for a write under way, whose result tells what left.
const endTime = time.Second

// Drain begins an orderly end: new requests are refused, on either side, those that are open are waited for, unbind is
// sent and its answer waited for, the connection is half-closed and read to its end.
func (m *Machine) Drain(t time.Time) {
	now := m.clock(t)
	m.drain(now, ErrShutdown)
	m.progress(now)
}

func (m *Machine) drain(now int64, reason error) {
	if m.phase >= phaseFinishing {
		return
	}
	m.raise(phaseDraining)
	m.because(reason)
	m.refuseWaiting(ErrDraining)
	m.releaseBind(now)
	m.refuseBind(now)
}

// DrainExpired reports that the time for the drain is over: what is not begun is refused, what is begun stays
// unanswered, and the connection ends as soon as what is queued is written. It does nothing before Drain.
func (m *Machine) DrainExpired(t time.Time) {
	now := m.clock(t)
	if m.phase < phaseDraining || m.phase >= phaseFinishing {
		return
	}
	m.expire(now)
	m.progress(now)
}

// expire ends the waiting of a drain. What does not leave within the time of a half-close never will.
func (m *Machine) expire(now int64) {
	m.closeBy = earliest(m.closeBy, after(now, m.cfg.Linger))
	m.drainBy = 0
	m.refuseUnbegun(now)
	if m.peer.unbinding() {
		m.answerUnbind()
	}
	m.unqueueAll()
	m.because(ErrShutdown)
	m.setPhase(phaseFinishing)
}

// Close ends the session at once. Only the report is still to come.
func (m *Machine) Close(t time.Time) { m.end(m.clock(t), ErrClosed) }

// Fail ends the session at once for a reason of the shell's, such as a panic in a hook, whatever else is going on.
func (m *Machine) Fail(t time.Time, reason error) {
	if m.phase < phaseClosing {
		m.reason = reason
	}
	m.end(m.clock(t), nil)
}

// ConnEnded reports that nothing more can be read. A nil error is the peer's FIN: what had come is still served, and
// what is due to the peer written.
func (m *Machine) ConnEnded(t time.Time, err error) {
	now := m.clock(t)
	switch {
	case m.phase >= phaseClosing || m.peer.eof():
		return
	case err != nil:
		m.end(now, err)
		return
	}
	m.because(ErrPeerClosed)
	if m.external > 0 {
		m.overrule(ErrPeerClosed) // it cost requests
	}
	unbound := m.peer == peerUnbound || m.peer == peerReleased
	if m.peer == peerUnbinding {
		m.setPeer(peerLeaving)
	} else {
		m.setPeer(peerGone)
	}
	m.asked = moment{} // it cannot give a sign of life any more
	m.refuseWaiting(ErrPeerClosed)
	m.unqueueAll()
	m.releaseBind(now)
	m.closeBy = earliest(m.closeBy, after(now, m.cfg.Linger))
	if unbound {
		m.finish(now) // it waits for nothing any more
	}
	m.progress(now)
}

// writeFailed begins the end of a session that cannot write any more. Responses may wait in the receive buffer, and
// each that is read is one request less whose fate is unknown; so the end of the input is waited for, for a while.
func (m *Machine) writeFailed(now int64, err error) {
	m.overrule(err)
	m.raise(phaseHalfClosed)
	m.refuseWaiting(err)
	m.unqueueAll()
	m.dropUnbegun(now)
	m.graceBy, m.drainBy = 0, 0 // their ends would write
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
	if m.reason == nil || m.phase < phaseHalfClosed && m.peer != peerReleased {
		m.reason = err
	}
}

// recvUnbind begins the end that the peer asked for.
func (m *Machine) recvUnbind(now int64, p *pdu.PDU) {
	if m.peer != peerLive {
		m.answer(p, pdu.StatusOK)
		return
	}
	m.unbindSeq = p.Seq
	m.setPeer(peerUnbinding)
	m.because(ErrPeerUnbound)
	m.graceBy = after(now, max(m.cfg.UnbindGrace, 1))
	m.refuseWaiting(ErrPeerUnbinding)
}

// answerUnbind answers the peer's unbind. What is begun may still be answered behind it.
func (m *Machine) answerUnbind() {
	m.graceBy = 0
	m.unqueueAll()
	m.write(pdu.Header{ID: pdu.CommandUnbindResp, Seq: m.unbindSeq})
	if m.peer == peerLeaving {
		m.setPeer(peerGone)
	} else {
		m.setPeer(peerUnbound)
	}
	m.setState(StateUnbound)
}

// owed is the number of requests of callers whose outcome the end waits for. An unbind is not among them: it is the
// end.
func (m *Machine) owed() int {
	if o := m.ourUnbind; o != nil && !o.is(opInternal) && o.phase != opEnded {
		return m.external - 1
	}
	return m.external
}

// open is the number of requests of the peer that are to be served and answered, or are being served.
func (m *Machine) open() int {
	n := m.queue.n + m.begun.n
	if x := m.seldom; x != nil {
		n += x.turns.n + x.notices.n
	}
	return n
}

// progress takes the next steps that the state of things allows. Every input ends with it.
func (m *Machine) progress(now int64) {
	if m.phase >= phaseClosing {
		return
	}
	if m.progressInflow(now) {
		m.expireRequests(now) // or another pause might begin before the next tick, and so on without end
	}
	if m.phase != phaseServing || m.peer != peerLive {
		m.progressEnd(now)
	}
	if m.waiting > 0 && m.phase == phaseServing {
		m.admitWaiting()
	}
}

// progressEnd answers the peer's unbind and sends our own when that is due, finishes when nothing more is waited for,
// and closes when nothing more is to be written.
func (m *Machine) progressEnd(now int64) {
	served := m.open() == 0
	if m.peer.unbinding() && m.phase < phaseHalfClosed &&
		(m.phase == phaseFinishing || served && (m.peer == peerLeaving || m.owed() == 0)) {
		m.answerUnbind()
	}
	if m.peer == peerReleased && m.closeBy == 0 {
		m.closeBy = after(now, m.cfg.UnboundLinger)
	}
	switch {
	case !served || m.peer.unbinding() || m.phase >= phaseFinishing:
	case m.peer == peerGone || m.phase == phaseUnbound:
		m.finish(now)
	case m.phase != phaseDraining || m.owed() > 0:
	case m.state.Bound():
		m.admitOwn(pdu.CommandUnbind)
	default:
		m.finish(now)
	}
	if m.phase == phaseFinishing && m.queued == 0 && !m.writing {
		m.halfClose(now)
	}
	if m.phase == phaseHalfClosed && m.peer.eof() && !m.writing {
		m.end(now, nil)
	}
}

// finish begins the last phase in which something is written.
func (m *Machine) finish(now int64) {
	m.because(ErrShutdown)
	m.refuseWaiting(ErrDraining)
	m.unqueueAll()
	m.refuseUnbegun(now)
	m.raise(phaseFinishing)
}

// halfClose tells the peer that nothing more comes. One that has done so itself needs no telling.
func (m *Machine) halfClose(now int64) {
	m.setPhase(phaseHalfClosed)
	m.dropUnbegun(now)
	m.graceBy, m.drainBy = 0, 0
	m.closeBy = after(now, m.cfg.Linger)
	if !m.peer.eof() {
		m.emit(Effect{Kind: EffCloseWrite})
	}
}

// admitOwn queues a request of the machine's own that consists of a header.
func (m *Machine) admitOwn(id pdu.CommandID) *Op {
	o := &Op{PDU: pdu.PDU{Header: pdu.Header{ID: id}}, id: id, flags: opInternal}
	if err := m.admit(o); err != nil {
		panic("machine: a header alone does not encode: " + err.Error())
	}
	return o
}

// tickEnd takes the steps of the end that are due. It reports whether it ended the session.
func (m *Machine) tickEnd(now int64) bool {
	switch {
	case due(m.closeBy, now) && m.peer.eof() && m.phase < phaseFinishing:
		// Who has half-closed is answered for as long. What was begun may be stored, and stays unanswered.
		m.closeBy = after(now, m.cfg.Linger)
		m.refuseUnbegun(now)
		if m.peer == peerLeaving {
			m.answerUnbind()
		}
		m.finish(now)
	case due(m.closeBy, now):
		m.end(now, nil)
		return true
	}
	if due(m.graceBy, now) {
		m.refuseUnbegun(now)
		m.answerUnbind()
	}
	if due(m.drainBy, now) {
		m.expire(now)
	}
	return false
}

// end closes the connection. A reason of nil leaves the one that is known. When a write is under way its end is waited
// for, so that the report can tell what left.
func (m *Machine) end(now int64, reason error) {
	if m.phase >= phaseClosing {
		return
	}
	if reason != nil {
		m.overrule(reason)
	}
	m.because(ErrClosed)
	m.setPhase(phaseClosing)
	m.dropUnbegun(now)
	m.endBy = after(now, endTime)
	m.emit(Effect{Kind: EffCloseConn})
	if !m.writing {
		m.report()
	}
}
