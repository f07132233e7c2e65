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
	if m.closing || m.discard {
		return
	}
	m.noteHeard(now)
	m.noteActive(now, p.ID)
	if err != nil {
		m.stats.Malformed++
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
	if o := m.table.get(p.Seq); o != nil && o.phase == opHanded && o.answeredBy(p.ID) {
		m.answered(now, o, p, err)
		return
	}
	m.late.expire(now)
	o := m.late.get(p.Seq)
	switch {
	case o == nil || !o.answeredBy(p.ID):
		o = nil
		m.stats.Unknown++
	case o.internal:
		m.late.forget(o)
		return
	default:
		m.late.forget(o)
		m.stats.Late++
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
		m.emit(Effect{Kind: EventResp, Op: o, PDU: p})
	}
	m.freePlace(o)
	switch {
	case success && bind:
		asked := bindVersion(o.PDU.Body, 0)
		if asked == 0 {
			asked = m.cfg.Version
		}
		m.negotiate(bindRespVersion(p.Body, asked))
		m.bound(now, o.PDU.ID)
	case success && unbind:
		m.setState(StateUnbound)
	}
}

// bound begins the bound state that a successful bind leads to. Silence counts from here.
func (m *Machine) bound(now int64, bind pdu.CommandID) {
	m.initBy = 0
	m.heard = m.virtual(now)
	m.setState(boundState(bind))
}

// peerRequest decides what becomes of a request of the peer's.
func (m *Machine) peerRequest(now int64, p *pdu.PDU, err error) {
	if m.halfClosed || m.finishing && p.ID != pdu.CommandUnbind {
		// No answer could reach the peer, or it could put the end off for ever.
		r := m.remain()
		if p.ID.HasResponse() && p.ID != pdu.CommandEnquireLink && p.ID != pdu.CommandUnbind && len(r.unheard) < m.cfg.Inbound {
			r.unheard = append(r.unheard, p)
		}
		return
	}
	switch v, status := m.judge(p); {
	case v == nackID:
		m.nack(p.Seq, pdu.StatusInvalidCommandID)
	case v == nackState:
		m.nack(p.Seq, pdu.StatusInvalidBindState)
	case v == refuseResp:
		m.answer(p, status)
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
	case p.ID.HasResponse():
		m.answer(p, status)
	}
}

// toHandler passes a request on, if there is a handler and room.
func (m *Machine) toHandler(now int64, p *pdu.PDU) {
	noResp := !p.ID.HasResponse()
	if p.ID == pdu.CommandOutbind {
		m.setState(StateOutbound)
	}
	switch {
	case m.hooks&HookPDU == 0:
		if !noResp {
			m.answer(p, unhandled(p.ID))
		}
		return
	case m.inbound >= m.cfg.Inbound && (!m.cfg.PauseInbound || m.pauseSpent):
		m.stats.Throttled++
		if !noResp {
			m.answer(p, m.cfg.ThrottleStatus)
		}
		return
	}
	in := m.mem.NewIn(p)
	in.PDU, in.noResp, in.held, in.inHook = p, noResp, true, true
	m.inbound++
	if isBind(p.ID) {
		m.binding = in
	}
	if noResp {
		in.phase = inEnded
	} else {
		in.deadline = after(now, m.cfg.Answer)
		m.unanswered.push(in)
	}
	m.emit(Effect{Kind: EventPDU, In: in})
}

// leaveInbound takes in out of the count of the peer's requests, once it is answered and its hook has returned: the
// handler's queue would have no bound if the answers of the library made room in it.
func (m *Machine) leaveInbound(in *In) {
	if in.held && in.phase == inEnded && !in.inHook {
		in.held = false
		m.inbound--
	}
}

// unhandled is the answer to a request that no handler takes. A message is never acknowledged.
func unhandled(id pdu.CommandID) pdu.CommandStatus {
	if id == pdu.CommandDeliverSM || id == pdu.CommandDataSM {
		return pdu.StatusTemporaryAppError
	}
	return pdu.StatusInvalidCommandID
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
	if m.closing || m.discard {
		return
	}
	m.stats.Malformed++
	if !m.halfClosed {
		m.nack(0, pdu.StatusInvalidCommandLength)
	}
	m.discard = true
	m.overrule(err)
	m.finishing = true
	m.refuseWaiting(err)
	m.unqueueAll()
	m.progress(now)
}
