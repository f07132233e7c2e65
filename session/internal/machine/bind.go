package machine

import (
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// Binds that are refused. A peer that guesses passwords gets each answer later, and few of them on a connection: the
// answer to the first is held back for BindDelay, to each further one for twice as long as the one before, and the
// session ends with the last of BindAttempts. While an answer is held back, the bind counts as being judged.

// heldBind is a refusal that is held back.
type heldBind struct {
	in     *In        // the bind, which is begun; nil when it was malformed
	header pdu.Header // of the answer
	body   pdu.Body   // of the answer
	told   bool       // it has a send result
	by     int64      // when it is queued
	last   bool       // the session ends with it
}

// bindAnswer takes the answer of the handler to a bind that it refuses. It reports false when it is not to be held
// back.
func (m *Machine) bindAnswer(now int64, in *In, a Answer) (taken bool, err error) {
	if in != m.binding || a.Last || m.cfg.Role != RoleMC || m.phase != phaseServing {
		return false, nil
	}
	p := pdu.PDU{Header: pdu.Header{ID: in.id.Response(), Status: a.Status, Seq: in.seq}, Body: a.Body}
	if a.Nack {
		p.ID = pdu.CommandGenericNack
	}
	if p.Body, err = m.owned(&p); err != nil {
		return false, err
	}
	if !m.hold(now, heldBind{in: in, header: p.Header, body: p.Body, told: m.hooks&HookSendResult != 0}, a.Delay) {
		return false, nil
	}
	m.leave(in)
	m.noteQueue(now)
	in.phase = inHeld
	return true, nil
}

// owned returns a copy of the body of p, which is the user's and will be encoded later; or why it does not encode.
func (m *Machine) owned(p *pdu.PDU) (pdu.Body, error) {
	if p.Body == nil {
		return nil, nil
	}
	if p.Body.CommandID() != p.ID {
		return nil, ErrAnswerMismatch
	}
	b, err := m.codec.Append(nil, p)
	if err != nil {
		return nil, err
	}
	if c, err := m.codec.Decode(b); err == nil {
		return c.Body, nil
	}
	return &pdu.Raw{ID: p.ID, Data: b[pdu.HeaderLen:]}, nil
}

// bindMalformed answers a bind whose body did not parse, on a session that is not bound.
func (m *Machine) bindMalformed(now int64, p *pdu.PDU, status pdu.CommandStatus) {
	h := heldBind{header: pdu.Header{ID: p.ID.Response(), Status: status, Seq: p.Seq}}
	if m.phase != phaseServing || !m.hold(now, h, 0) {
		m.write(h.header)
		m.endAttempts(now)
	}
}

// hold counts a refusal, and holds it back. It reports false when it is to be sent at once.
func (m *Machine) hold(now int64, h heldBind, least time.Duration) bool {
	x := m.more()
	x.attempts++
	delay := least
	if d := m.cfg.BindDelay; d > 0 {
		if n := min(x.attempts-1, 16); d<<n>>n == d {
			d <<= n
		}
		delay = max(delay, d)
	}
	if delay <= 0 || x.held != nil || m.peer != peerLive {
		return false
	}
	h.by, h.last = after(now, delay), m.attemptsOver()
	x.held, m.revived = &h, true
	return true
}

// attemptsOver reports whether the last bind that may be refused was.
func (m *Machine) attemptsOver() bool {
	return m.cfg.BindAttempts > 0 && m.seldom != nil && m.seldom.attempts >= m.cfg.BindAttempts
}

// endAttempts ends the session behind an answer to the last bind that it may refuse.
func (m *Machine) endAttempts(now int64) {
	if m.attemptsOver() {
		m.releaseBind(now)
		m.because(ErrBindRefused)
		m.finish(now)
	}
}

// judging reports whether a bind is being judged, or its refusal held back.
func (m *Machine) judging() bool { return m.binding != nil || m.heldBy() != 0 }

// maxUnbound is how many requests but binds an unbound peer may send at once, and one more each second. It needs few;
// only while its bind is being judged it may have more to say.
const maxUnbound = 64

// strange counts a request of an unbound peer. It reports whether there were too many, which ends the session.
func (m *Machine) strange(now int64) bool {
	if m.unboundRequests++; int64(m.unboundRequests) <= maxUnbound+now/int64(time.Second) {
		return false
	}
	m.overrule(ErrUnboundFlood)
	m.finish(now)
	return true
}

// heldBy is when the refusal that is held back is due; zero when there is none.
func (m *Machine) heldBy() int64 {
	if m.seldom == nil || m.seldom.held == nil || m.phase >= phaseHalfClosed {
		return 0
	}
	return m.seldom.held.by
}

// releaseBind queues the refusal that is held back.
func (m *Machine) releaseBind(now int64) {
	if m.heldBy() == 0 {
		return
	}
	h := m.seldom.held
	m.seldom.held = nil
	if h.in == nil {
		m.write(h.header)
	} else {
		a := Answer{Status: h.header.Status, Body: h.body, Nack: h.header.ID == pdu.CommandGenericNack}
		if m.encodeAnswer(h.in, a, h.told) != nil { // which the handler was told was well
			m.answerFor(h.in, h.header.Status)
		}
	}
	if h.last {
		m.because(ErrBindRefused)
		m.finish(now)
	}
}
