package machine

import (
	"errors"
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// Recv tells that a whole PDU arrived. When err is not nil it is the *pdu.DecodeError of its body, and the body of p is
// a *pdu.Raw. The caller feeds no more while ReadPaused.
func (m *Machine) Recv(t time.Time, p *pdu.PDU, err error) {
	now := m.clock(t)
	if m.phase >= phaseClosing || m.peer == peerUnframed {
		return
	}
	m.noteHeard(now)
	m.noteActive(now, p.ID)
	if err != nil {
		m.more().Malformed++
		m.emitReport(HookMalformed, Effect{Kind: EventMalformed, PDU: p, Err: err})
	}
	if p.ID.IsResponse() {
		m.response(now, p, err)
	} else {
		m.peerRequest(now, p, err)
	}
	m.progress(now)
}

// response matches by number and command; generic_nack by number alone.
func (m *Machine) response(now int64, p *pdu.PDU, err error) {
	if m.adaptive != nil {
		m.adaptive.noteCongestion(p.Body)
	}
	o := m.table.get(p.Seq)
	if b := m.bindOp; p.Seq == 0 && p.ID == pdu.CommandGenericNack && b != nil && m.handed.n == 1 {
		o = b // nothing else can be meant, and its caller would wait in vain
	}
	if o != nil && o.phase == opHanded && o.answeredBy(p.ID) {
		m.answered(now, o, p, err)
		return
	}
	m.late.expire(now)
	o = m.late.get(p.Seq)
	switch {
	case o == nil || !o.answeredBy(p.ID):
		o = nil
		m.more().Unknown++
	case o.internal:
		m.late.forget(o)
		return
	default:
		m.late.forget(o)
		m.more().Late++
	}
	m.emitReport(HookLateResp, Effect{Kind: EventLate, Op: o, PDU: p})
}

// answered ends o with the response p.
func (m *Machine) answered(now int64, o *Op, p *pdu.PDU, err error) {
	nack := p.ID == pdu.CommandGenericNack
	success := !nack && p.Status == pdu.StatusOK
	bind, unbind := o == m.bindOp, o == m.ourUnbind
	m.tellSent(o)
	if m.adaptive != nil {
		m.adaptResponse(now, o, p)
	}
	if nack {
		m.settle(o, Nacked)
	} else {
		m.settle(o, Responded)
	}
	switch {
	case o.internal:
	case o.Do:
		m.emit(Effect{Kind: EffDone, Op: o, PDU: p, Err: err})
	case m.hooks&HookResp != 0:
		o.events++
		n := size(p)
		m.respEvents += int(n)
		m.emit(Effect{Kind: EventResp, Op: o, PDU: p, Size: n})
	}
	m.freePlace(o)
	switch {
	case success && bind:
		asked := m.stated
		if asked == 0 {
			asked = m.cfg.Version
		}
		m.negotiate(bindRespVersion(p.Body, asked))
		m.becomeBound(now, o.PDU.ID)
	case success && unbind:
		m.setState(StateUnbound)
	}
}

// becomeBound begins the bound state that a successful bind leads to. Silence counts from here.
func (m *Machine) becomeBound(now int64, bind pdu.CommandID) {
	m.initBy = 0
	m.heard = m.moment(now)
	m.setState(boundState(bind))
}

// peerRequest decides what becomes of a request of the peer's.
func (m *Machine) peerRequest(now int64, p *pdu.PDU, err error) {
	if m.phase >= phaseHalfClosed || m.phase == phaseFinishing && !(p.ID == pdu.CommandUnbind && m.state.Bound()) {
		m.unheard(p) // no answer could reach the peer, or it could put the end off without limit
		return
	}
	if !m.state.Bound() && m.state != StateUnbound && !isBind(p.ID) && !m.judging() && m.strange(now) {
		return
	}
	switch v, status := m.judge(p); {
	case v == nackID:
		m.nack(p.Seq, pdu.StatusInvalidCommandID)
	case v == nackState:
		m.nack(p.Seq, pdu.StatusInvalidBindState)
	case v == refuseResp:
		m.answer(p, status)
		if isBind(p.ID) && m.judging() { // a second one, while the first is judged
			m.more().attempts++
			m.endAttempts(now)
		}
	case v == ignore:
		m.emitReport(HookMalformed, Effect{Kind: EventMalformed, PDU: p, Err: &StateError{
			Command: p.ID, Role: m.cfg.Role.other(), State: m.state, Version: m.version,
		}})
	case err != nil:
		m.refuseMalformed(now, p, err)
	case p.ID == pdu.CommandEnquireLink:
		m.answer(p, pdu.StatusOK)
	case p.ID == pdu.CommandUnbind:
		m.recvUnbind(now, p)
	default:
		m.toHandler(now, p)
	}
}

// unheard keeps a request that is not served any more for the report, as long as there is room.
func (m *Machine) unheard(p *pdu.PDU) {
	if p.ID == pdu.CommandEnquireLink || p.ID == pdu.CommandUnbind {
		return
	}
	m.more().Refused++
	if r, n := m.more(), int(size(p)); len(r.unheard) < m.cfg.Inbound && (r.unheardOctets+n <= m.cfg.InboundOctets || len(r.unheard) == 0) {
		r.unheard = append(r.unheard, p)
		r.unheardOctets += n
	} else {
		m.more().Dropped++
	}
}

// refuseMalformed answers a request whose body did not parse. What has no response is only reported, except that
// refusing an outbind means to drop the connection.
func (m *Machine) refuseMalformed(now int64, p *pdu.PDU, err error) {
	status := pdu.StatusUnknownError
	var de *pdu.DecodeError
	if errors.As(err, &de) && de.Status != pdu.StatusOK {
		status = de.Status
	}
	switch {
	case p.ID == pdu.CommandOutbind:
		m.end(now, err)
	case p.ID == pdu.CommandEnquireLink || p.ID == pdu.CommandUnbind:
		m.nack(p.Seq, status) // their responses know no failure
	case isBind(p.ID) && !m.state.Bound():
		m.bindMalformed(now, p, status)
	case p.ID.HasResponse():
		m.answer(p, status)
	}
}

// answer queues a response without a body to p.
func (m *Machine) answer(p *pdu.PDU, status pdu.CommandStatus) {
	m.write(pdu.Header{ID: p.ID.Response(), Status: status, Seq: p.Seq})
}

func (m *Machine) nack(seq uint32, status pdu.CommandStatus) {
	m.write(pdu.Header{ID: pdu.CommandGenericNack, Status: status, Seq: seq})
}

// write queues a PDU of the machine's own that consists of a header.
func (m *Machine) write(h pdu.Header) {
	if err := m.encode(&pdu.PDU{Header: h}, frame{}); err != nil {
		panic("machine: a header alone does not encode: " + err.Error())
	}
}

// RecvUnframed tells that framing is lost: command_length can not be right, or the peer does not speak SMPP. The
// session answers with generic_nack and ends; what the peer sends further is read only to find its end.
func (m *Machine) RecvUnframed(t time.Time, err error) {
	now := m.clock(t)
	if m.phase >= phaseClosing || m.peer == peerUnframed {
		return
	}
	m.more().Malformed++
	if m.phase < phaseHalfClosed {
		m.nack(0, pdu.StatusInvalidCommandLength)
	}
	m.setPeer(peerUnframed)
	m.graceBy = 0 // an unbind of before stays unanswered
	m.overrule(err)
	m.refuseWaiting(err)
	m.finish(now)
	m.progress(now)
}
