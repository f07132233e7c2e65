package machine

import (
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// Answer is the answer to a request of the peer.
type Answer struct {
	Status pdu.CommandStatus
	Body   pdu.Body      // nil: none
	Nack   bool          // generic_nack in the place of the operation's own response
	Last   bool          // the session ends with it: nothing that follows is answered
	Delay  time.Duration // least time for which the refusal of a bind is held back
}

// Reply answers a request of the peer, once. The error says that nothing was queued: the request can still be answered when
// the error is one of encoding, and not otherwise. Late reports that nobody waits for the answer any more, be it queued or
// not.
func (m *Machine) Reply(t time.Time, in *In, a Answer) (late bool, err error) {
	now := m.clock(t)
	if late, err = m.mayAnswer(in); err != nil {
		if late {
			m.more().LateReply++
		}
		return late, err
	}
	if in == m.binding && a.Status == pdu.StatusOK {
		return false, ErrBindPending
	}
	if a.Body != nil && a.Body.CommandID() != in.id.Response() {
		return false, ErrAnswerMismatch
	}
	if taken, err := m.bindAnswer(now, in, a); taken || err != nil {
		return false, err
	}
	judged := in == m.binding
	if err := m.encodeAnswer(in, a, m.hooks&HookSendResult != 0); err != nil {
		return false, err // it can still be answered, and that is what comes late
	}
	if judged && !a.Last {
		m.endAttempts(now)
	}
	if late {
		m.more().LateReply++
	}
	if a.Last {
		m.because(ErrBindRefused)
		m.finish(now)
	}
	m.progress(now)
	return late, nil
}

// Accept answers the bind that is being judged with success: the session is bound from now on, and h are the hooks of
// the handler that takes over. A response body of nil makes an empty one. The MC's version is added to it as
// sc_interface_version, unless it is there or the peer is older than 3.4.
func (m *Machine) Accept(t time.Time, in *In, body pdu.Body, h Hooks) error {
	now := m.clock(t)
	if _, err := m.mayAnswer(in); err != nil {
		return err
	}
	if in != m.binding {
		return ErrNotBind
	}
	if body == nil {
		body = pdu.NewBody(in.id.Response())
	}
	version, codec := m.version, m.codec
	m.negotiate(m.stated)
	if m.version >= pdu.V34 {
		body = withVersion(body, m.cfg.Version)
	}
	if err := m.encodeAnswer(in, Answer{Body: body}, h&HookSendResult != 0); err != nil {
		m.version, m.codec = version, codec
		return err
	}
	m.hooks = h
	m.becomeBound(now, in.id)
	m.progress(now)
	return nil
}

// SetHooks changes the hooks for which events are made.
func (m *Machine) SetHooks(h Hooks) { m.hooks = h }

// mayAnswer returns why in cannot be answered, and nil when it can; and whether that is for want of time.
func (m *Machine) mayAnswer(in *In) (late bool, err error) {
	switch {
	case in.is(noResp):
		return false, ErrNoAnswer
	case in.phase == inTurn:
		return false, ErrNotBegun
	case in.phase == inAnswered, in.phase == inEnded, in.phase == inHeld:
		return in.is(byLibrary), ErrAnswered
	case in.phase == inDropped, m.phase >= phaseHalfClosed:
		return true, m.endedError()
	}
	return in.phase == inGivenUp, nil
}

// endedError is why nothing can be done on a session that has ended, or is about to.
func (m *Machine) endedError() error {
	if m.reason == nil || m.reason == ErrClosed {
		return ErrClosed
	}
	return &EndedError{m.reason}
}

// encodeAnswer queues the answer to in. A told answer has a send result.
func (m *Machine) encodeAnswer(in *In, a Answer, told bool) error {
	p := pdu.PDU{Header: pdu.Header{ID: in.id.Response(), Status: a.Status, Seq: in.seq}, Body: a.Body}
	if a.Nack {
		p.ID = pdu.CommandGenericNack
	}
	if p.Body != nil && p.Body.CommandID() != p.ID {
		return ErrAnswerMismatch
	}
	f := frame{in: in}
	if told {
		f.answer = &pdu.PDU{Header: p.Header, Body: p.Body}
	}
	if err := m.encode(&p, f); err != nil {
		return err
	}
	m.leave(in)
	in.phase = inAnswered
	if !in.is(byLibrary) {
		in.set(begun)
	}
	m.noteQueue(m.last)
	if in == m.binding {
		m.binding = nil
	}
	return nil
}
