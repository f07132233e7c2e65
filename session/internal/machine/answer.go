package machine

import (
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// Reply answers a request of the peer's, once. A body of nil makes a response without one. The error tells that nothing
// was queued: the request can still be answered when it is of encoding, and not otherwise.
func (m *Machine) Reply(t time.Time, in *In, status pdu.CommandStatus, body pdu.Body) error {
	now := m.clock(t)
	if err := m.reply(in, status, body); err != nil {
		return err
	}
	m.progress(now)
	return nil
}

func (m *Machine) reply(in *In, status pdu.CommandStatus, body pdu.Body) error {
	if err := m.mayAnswer(in); err != nil {
		return err
	}
	if in == m.binding && status == pdu.StatusOK {
		return ErrBindPending
	}
	return m.encodeAnswer(in, status, body, m.hooks&HookSendResult != 0)
}

// Accept answers the bind that is being judged with success: the session is bound from now on, and h are the hooks of
// the handler that takes over. A response body of nil makes an empty one. The MC's version is added to it as
// sc_interface_version, unless it is there or the peer is older than 3.4.
func (m *Machine) Accept(t time.Time, in *In, body pdu.Body, h Hooks) error {
	now := m.clock(t)
	switch err := m.mayAnswer(in); {
	case err != nil:
		return err
	case in != m.binding:
		return ErrNotBind
	}
	if body == nil {
		body = pdu.NewBody(in.PDU.ID.Response())
	}
	version, codec := m.version, m.codec
	m.negotiate(bindVersion(in.PDU.Body, m.version))
	if m.version >= pdu.V34 {
		body = withVersion(body, m.cfg.Version)
	}
	if err := m.encodeAnswer(in, pdu.StatusOK, body, h&HookSendResult != 0); err != nil {
		m.version, m.codec = version, codec
		return err
	}
	m.hooks = h
	m.bound(now, in.PDU.ID)
	m.progress(now)
	return nil
}

// mayAnswer tells why in can not be answered, nil when it can.
func (m *Machine) mayAnswer(in *In) error {
	switch {
	case in.noResp:
		return ErrNoAnswer
	case in.phase != inOpen:
		return ErrAnswered
	case m.closing || m.halfClosed:
		return ErrClosed
	}
	return nil
}

// encodeAnswer queues the answer to in. A told answer has a send result.
func (m *Machine) encodeAnswer(in *In, status pdu.CommandStatus, body pdu.Body, told bool) error {
	p := pdu.PDU{Header: pdu.Header{ID: in.PDU.ID.Response(), Status: status, Seq: in.PDU.Seq}, Body: body}
	if body != nil && body.CommandID() != p.ID {
		return ErrAnswerMismatch
	}
	f := frame{in: in}
	if told {
		f.answer = &pdu.PDU{Header: p.Header, Body: body}
	}
	if err := m.encode(&p, f); err != nil {
		return err
	}
	in.phase = inAnswered
	m.unanswered.remove(in)
	if in == m.binding {
		m.binding = nil
	}
	return nil
}

// answerAll answers in the handler's stead what it left unanswered until now; a now of zero means all of it. Nothing is
// answered any more once the connection is half-closed.
func (m *Machine) answerAll(now int64) {
	for i := m.unanswered.head; i != nil && !m.halfClosed; i = m.unanswered.head {
		if now != 0 && !due(i.deadline, now) {
			return
		}
		status := pdu.StatusSystemError
		if id := i.PDU.ID; m.cfg.Role == RoleESME && (id == pdu.CommandDeliverSM || id == pdu.CommandDataSM) {
			status = pdu.StatusTemporaryAppError
		}
		if err := m.encodeAnswer(i, status, nil, false); err != nil {
			panic("machine: a refusal does not encode: " + err.Error())
		}
		m.emitReport(HookUnanswered, Effect{Kind: EventUnanswered, In: i})
	}
}
