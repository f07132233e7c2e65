package machine

import (
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// The requests of the peer. One that is handed to the handler waits in queue until its hook is called, from when it is
// begun. It may be taken back once, and waits in turns then, since the handler serves no more of them side by side.
// What is not begun can be refused, and the peer told so, as nothing has happened. What is begun is its handler's:
// nobody answers in its stead, unless the user asked for that.

const (
	drainQueueTime  = 10 * time.Second // Queue, in a drain, when it is off
	drainAnswerTime = 60 * time.Second // Answer, in a drain, when it is off
	millisecond     = int64(time.Second / 1000)
	standing        = 10 // part of Queue that a request may wait in a queue that is never empty
)

// toHandler hands a request to the handler, if there is one, and room.
func (m *Machine) toHandler(now int64, p *pdu.PDU) {
	if p.ID == pdu.CommandOutbind {
		m.setState(StateOutbound)
	}
	silent := !p.ID.HasResponse()
	switch {
	case m.hooks&HookPDU == 0:
		if !silent {
			m.answer(p, unhandled(p.ID))
		}
		return
	case m.phase >= phaseDraining, m.inflow == inflowRefusing && !isBind(p.ID):
		m.refuseNew(p)
		return
	}
	in := m.newIn(p)
	in.at = now
	m.enterInbound(in)
	if isBind(p.ID) {
		m.binding, m.stated = in, bindVersion(p.Body, m.version)
	}
	if silent {
		m.join(inNotices, in)
	} else {
		m.join(inQueue, in)
		m.noteQueue(now)
	}
	m.emit(Effect{Kind: EventPDU, In: in})
}

// unhandled is the answer to a request that no handler takes. A message is never acknowledged.
func unhandled(id pdu.CommandID) pdu.CommandStatus {
	if id == pdu.CommandDeliverSM || id == pdu.CommandDataSM {
		return pdu.StatusTemporaryAppError
	}
	return pdu.StatusInvalidCommandID
}

// refusal is the answer to a request that is not begun: nothing happened, later. A bind is not for throttling: its
// status must not be taken for a verdict on the credentials either.
func (m *Machine) refusal(id pdu.CommandID) pdu.CommandStatus {
	if isBind(id) {
		return pdu.StatusSystemError
	}
	return m.cfg.ThrottleStatus
}

func (m *Machine) newIn(p *pdu.PDU) *In {
	in := m.shell.NewIn(p)
	in.PDU, in.id, in.seq, in.size = p, p.ID, p.Seq, size(p)
	if !p.ID.HasResponse() {
		in.set(noResp)
	}
	return in
}

// refuseNew refuses a request that has just come.
func (m *Machine) refuseNew(p *pdu.PDU) {
	m.noteRefused(p)
	if p.ID.HasResponse() {
		m.answer(p, m.refusal(p.ID))
		return
	}
	in := m.newIn(p)
	in.phase = inDropped
	m.shell.Withdraw(in)
	m.emitReport(HookUnanswered, Effect{Kind: EventUnanswered, In: in, Fate: FateRefused})
}

func (m *Machine) noteRefused(p *pdu.PDU) {
	m.more().Refused++
	if m.cfg.Refusals {
		m.emit(Effect{Kind: EffRefused, PDU: p})
	}
}

// Begin reports that the hook of in is about to be called, or its turn has come. The caller has made sure that the hook
// was not withdrawn. A caller that is short of time may leave it out where EventReturned follows soon.
func (m *Machine) Begin(t time.Time, in *In) {
	now := m.clock(t)
	m.begin(now, in)
	if in.is(noResp) {
		m.progress(now) // the end may have waited for it
	}
}

func (m *Machine) begin(now int64, in *In) {
	if !in.waits() {
		return
	}
	m.leave(in)
	in.waited = uint32(min((now-in.at)/millisecond, 1<<32-1))
	in.at = now
	in.set(begun)
	m.noteQueue(now)
	if in.is(noResp) {
		in.phase = inEnded
		m.leaveInbound(in)
		return
	}
	in.phase = inBegun
	m.join(inHands, in)
}

// TakeBack reports that the hook of in was called, and will serve it later, when its turn has come: it is not begun. It
// reports false when in is not to be served: it was answered or given up meanwhile, or nothing is served any more.
func (m *Machine) TakeBack(t time.Time, in *In) bool {
	now := m.clock(t)
	switch {
	case in.phase == inQueued, in.phase == inBegun, in.is(noResp) && in.phase == inEnded:
	default:
		return false
	}
	if m.phase == phaseClosed {
		return false // it is in the report as one that was begun
	}
	m.leave(in)
	if in.is(begun) {
		in.at -= int64(in.waited) * millisecond
	}
	in.phase = inTurn
	in.flags &^= begun
	m.enterInbound(in)
	if m.phase >= phaseFinishing {
		m.refuseTaken(now, in)
		return false
	}
	m.join(inTurns, in)
	m.revived = true // it has waited before
	m.noteQueue(now)
	return true
}

// refuseTaken refuses or drops a request that was taken back when no turn comes any more.
func (m *Machine) refuseTaken(now int64, in *In) {
	if m.phase == phaseFinishing {
		m.refuseNow(now, in)
		m.progress(now)
		return
	}
	m.cease(now, in)
	m.drop(in)
}

// FirstTurn returns the request that has waited for its turn longest, nil when none does, and NextTurn the one behind
// in.
func (m *Machine) FirstTurn() *In { return m.headOf(inTurns) }

// NextTurn returns the request that came to wait for its turn after in.
func (m *Machine) NextTurn(in *In) *In { return in.next }

// enterInbound counts in as a request of the peer, and leaveInbound does so no more.
func (m *Machine) enterInbound(in *In) {
	if !in.is(held) {
		in.set(held)
		m.inbound++
		m.inboundOctets += int(in.size)
	}
}

func (m *Machine) leaveInbound(in *In) {
	if in.is(held) {
		in.flags &^= held
		m.inbound--
		m.inboundOctets -= int(in.size)
	}
}

// cease notes that in will never be begun.
func (m *Machine) cease(now int64, in *In) {
	m.events.remove(in)
	m.leave(in)
	in.phase = inDropped
	in.set(byLibrary)
	if in == m.binding {
		m.binding = nil
	}
	m.noteQueue(now)
}

// refuse refuses a request that is not begun, and answers it.
func (m *Machine) refuse(now int64, in *In) {
	if m.shell.Withdraw(in) {
		m.refuseNow(now, in)
	} else {
		m.begin(now, in)
	}
}

// refuseNow refuses a request whose hook will not be called.
func (m *Machine) refuseNow(now int64, in *In) {
	m.cease(now, in)
	m.noteRefused(in.PDU)
	if in.is(noResp) {
		m.leaveInbound(in)
	} else if err := m.encodeAnswer(in, Answer{Status: m.refusal(in.id)}, false); err != nil {
		panic("machine: a refusal does not encode: " + err.Error())
	}
	m.emitReport(HookUnanswered, Effect{Kind: EventUnanswered, In: in, Fate: FateRefused})
}

// headOf returns the first request of a list of those that are not begun.
func (m *Machine) headOf(id inListID) *In {
	switch {
	case id == inQueue:
		return m.queue.head
	case m.seldom == nil:
		return nil
	}
	return m.seldom.listOf(id).head
}

// refuseUnbegun refuses all that is not begun.
func (m *Machine) refuseUnbegun(now int64) {
	for id := inTurns; id <= inNotices; id++ {
		for in := m.headOf(id); in != nil; in = m.headOf(id) {
			m.refuse(now, in)
		}
	}
	m.refuseBind(now)
}

// refuseBind answers a bind that is being judged: it is never left open, for its peer would wait, and its end would not
// mean what it thinks.
func (m *Machine) refuseBind(now int64) {
	in := m.binding
	switch {
	case m.phase >= phaseHalfClosed:
	case in == nil:
		m.releaseBind(now) // of one that was malformed
	case in.waits():
		m.refuse(now, in)
		if m.binding == in { // it was begun
			m.refuseBind(now)
		}
	case in.phase == inHeld:
		m.releaseBind(now)
	default:
		m.answerFor(in, pdu.StatusSystemError)
	}
}

// answerFor answers a request in the stead of its handler, which has begun it.
func (m *Machine) answerFor(in *In, status pdu.CommandStatus) {
	if err := m.encodeAnswer(in, Answer{Status: status}, false); err != nil {
		panic("machine: a status alone does not encode: " + err.Error())
	}
	in.set(byLibrary)
}

// dropUnbegun keeps all that is not begun from being begun: no answer can reach the peer any more. It is in the report.
func (m *Machine) dropUnbegun(now int64) {
	for id := inTurns; id <= inNotices; id++ {
		for in := m.headOf(id); in != nil; in = m.headOf(id) {
			if !m.shell.Withdraw(in) {
				m.begin(now, in)
				continue
			}
			m.cease(now, in)
			m.drop(in)
		}
	}
}

// drop puts a request that will never be begun into the report.
func (m *Machine) drop(in *In) {
	m.more().Refused++
	m.leaveInbound(in)
	m.join(inRemains, in)
}

// expireQueue refuses what has waited too long to be begun.
func (m *Machine) expireQueue(now int64) {
	for id := inTurns; id <= inQueue; id++ {
		for in := m.firstOf(id); in != nil && due(m.queueBy(in), now); in = m.firstOf(id) {
			m.refuse(now, in)
			m.agedAt = now
		}
	}
}

// firstOf returns the first request of a list that is refused after some time: those without a response are not.
func (m *Machine) firstOf(id inListID) *In {
	in := m.headOf(id)
	for in != nil && in.is(noResp) {
		in = in.next
	}
	return in
}

// queueBy returns when in is refused for want of a hook; zero: never. A queue that has not been empty for the time that
// it may take is a standing one: what comes in at one end is older than the peer's patience at the other. It still is
// when it was emptied by refusing what was in it, and fills again. One that goes down by half within each pause of
// reading is shorter than that by itself.
func (m *Machine) queueBy(in *In) int64 {
	q := int64(m.queueTime())
	if q == 0 || isBind(in.id) {
		return 0
	}
	short := q / standing
	if m.heldBack {
		short *= 2
	}
	return min(in.at+q, max(m.queueSince+q, in.at+short))
}

func (m *Machine) queueTime() time.Duration {
	if m.cfg.Queue <= 0 && m.phase >= phaseDraining {
		return drainQueueTime
	}
	return m.cfg.Queue
}

// noteQueue notes since when requests wait to be begun.
func (m *Machine) noteQueue(now int64) {
	switch {
	case m.queue.head == nil && m.headOf(inTurns) == nil:
		m.queueSince, m.heldBack = 0, false
	case m.queueSince == 0:
		m.queueSince = now
		if q := int64(m.queueTime()); m.agedAt != 0 && now-m.agedAt < q {
			m.queueSince -= q
		}
	}
}

// expireBegun gives up what was begun and not answered in time.
func (m *Machine) expireBegun(now int64) {
	for in := m.begun.head; in != nil && m.phase < phaseHalfClosed && due(m.answerBy(in), now); in = m.begun.head {
		m.giveUp(in)
	}
}

// answerBy returns when a request that is begun is given up; zero: never.
func (m *Machine) answerBy(in *In) int64 {
	d := m.cfg.Answer
	if d <= 0 && m.phase >= phaseDraining {
		d = drainAnswerTime
	}
	return after(in.at, d)
}

// giveUp ends the waiting for an answer. The handler's own is still written, since it is the truth.
func (m *Machine) giveUp(in *In) {
	m.more().GivenUp++
	switch {
	case in == m.binding:
		m.answerFor(in, pdu.StatusSystemError)
	case m.cfg.GiveUpStatus != pdu.StatusOK:
		m.answerFor(in, m.cfg.GiveUpStatus)
	default:
		m.leave(in)
		in.phase = inGivenUp
		m.leaveInbound(in)
	}
	in.set(late)
	m.emit(Effect{Kind: EffGaveUp, In: in})
	m.emitReport(HookUnanswered, Effect{Kind: EventUnanswered, In: in, Fate: FateGivenUp})
}
