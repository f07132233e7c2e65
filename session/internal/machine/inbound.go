package machine

import (
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// The requests of the peer. One that is handed to the handler waits in queue until its hook is called, from when it is
// begun. It may be taken back once, and waits in turns then, since the handler serves no more of them side by side. What is
// not begun can be refused, and the peer told so, as nothing has happened. What is begun is its handler's: nobody answers
// in its stead, unless the user asked for that.

const (
	drainQueueTime  = 10 * time.Second // Queue, in a drain, when it is off
	drainAnswerTime = time.Minute      // Answer, in a drain, when it is off
	standing        = 10               // part of Queue that a request may wait in a queue that is never empty
)

// toHandler hands a request to the handler, if there is one, and room.
func (m *Machine) toHandler(now int64, p *pdu.PDU) {
	if p.ID == pdu.CommandOutbind {
		m.setState(StateOutbound)
	}
	noResp := !p.ID.HasResponse()
	switch {
	case m.hooks&HookPDU == 0:
		if !noResp {
			m.answer(p, unhandled(p.ID))
		}
		return
	case m.phase >= phaseDraining, m.inflow == inflowRefusing && !isBind(p.ID):
		m.refuseNew(p)
		return
	}
	in := m.shell.NewIn(p)
	in.PDU, in.noResp, in.held, in.at = p, noResp, true, now
	m.inbound++
	if isBind(p.ID) {
		m.binding = in
	}
	if noResp {
		m.notices.push(in)
	} else {
		m.queue.push(in)
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

// refusal is the answer to a request that is not begun: nothing happened, later. A bind is not for throttling: its status
// must not be taken for a verdict on the credentials either.
func (m *Machine) refusal(id pdu.CommandID) pdu.CommandStatus {
	if isBind(id) {
		return pdu.StatusSystemError
	}
	return m.cfg.ThrottleStatus
}

// refuseNew refuses a request that has just come.
func (m *Machine) refuseNew(p *pdu.PDU) {
	m.noteRefused(p)
	if p.ID.HasResponse() {
		m.answer(p, m.refusal(p.ID))
		return
	}
	in := m.shell.NewIn(p)
	in.PDU, in.noResp, in.phase = p, true, inDropped
	m.shell.Withdraw(in)
	m.emitReport(HookUnanswered, Effect{Kind: EventUnanswered, In: in, Fate: FateRefused})
}

func (m *Machine) noteRefused(p *pdu.PDU) {
	m.stats.Refused++
	if m.cfg.Refusals {
		m.emit(Effect{Kind: EffRefused, PDU: p})
	}
}

// Begin reports that the hook of in is about to be called, or its turn has come. The caller has made sure that the hook was
// not withdrawn. A caller that is short of time may leave it out where EventReturned follows soon.
func (m *Machine) Begin(t time.Time, in *In) { m.begin(m.clock(t), in) }

func (m *Machine) begin(now int64, in *In) {
	if !in.waits() {
		return
	}
	in.leave()
	in.begun, in.at = true, now
	m.noteQueue(now)
	if in.noResp {
		in.phase = inEnded
		m.leaveInbound(in)
		return
	}
	in.phase = inBegun
	m.begun.push(in)
}

// TakeBack reports that the hook of in was called, and will serve it later, when its turn has come: it is not begun. It
// reports false when in is not to be served: it was answered or given up meanwhile, or the session is too far in its end.
// The caller has made sure before that in can be withdrawn.
func (m *Machine) TakeBack(t time.Time, in *In) bool {
	now := m.clock(t)
	switch {
	case m.phase == phaseClosed:
		return false // it is in the report
	case in.phase == inQueued || in.phase == inBegun || in.phase == inEnded && in.noResp:
	default:
		return false
	}
	in.leave()
	in.phase, in.begun = inTurn, false
	if !in.held {
		in.held = true
		m.inbound++
	}
	m.turns.push(in)
	m.noteQueue(now)
	switch {
	case m.phase >= phaseHalfClosed:
		m.dropUnbegun(now)
	case m.phase == phaseFinishing:
		m.refuseUnbegun(now)
	}
	return in.phase == inTurn
}

// FirstTurn returns the request that has waited for its turn longest, nil when none does, and NextTurn the one behind in.
func (m *Machine) FirstTurn() *In { return m.turns.head }

// NextTurn returns the request that came to wait for its turn after in.
func (m *Machine) NextTurn(in *In) *In { return in.next }

// leaveInbound takes in out of the count of the peer's requests.
func (m *Machine) leaveInbound(in *In) {
	if in.held {
		in.held = false
		m.inbound--
	}
}

// unbegun ends the waiting of in, which will never be begun; it reports false when it was begun meanwhile.
func (m *Machine) unbegun(now int64, in *In) bool {
	if !m.shell.Withdraw(in) {
		m.begin(now, in)
		return false
	}
	m.events.remove(in)
	in.leave()
	in.phase, in.byLibrary = inDropped, true
	if in == m.binding {
		m.binding = nil
	}
	m.noteQueue(now)
	return true
}

// refuse refuses a request that is not begun, and answers it.
func (m *Machine) refuse(now int64, in *In) {
	if !m.unbegun(now, in) {
		return
	}
	m.noteRefused(in.PDU)
	if in.noResp {
		m.leaveInbound(in)
	} else if err := m.encodeAnswer(in, Answer{Status: m.refusal(in.PDU.ID)}, false); err != nil {
		panic("machine: a refusal does not encode: " + err.Error())
	}
	m.emitReport(HookUnanswered, Effect{Kind: EventUnanswered, In: in, Fate: FateRefused})
}

// refuseUnbegun refuses all that is not begun, oldest first.
func (m *Machine) refuseUnbegun(now int64) {
	for _, l := range []*inList{&m.turns, &m.queue, &m.notices} {
		for in := l.head; in != nil; in = l.head {
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
	case in == nil || m.phase >= phaseHalfClosed:
	case in.waits():
		m.refuse(now, in)
		if m.binding == in { // it was begun
			m.refuseBind(now)
		}
	default:
		m.answerFor(in, pdu.StatusSystemError)
	}
}

// answerFor answers a request in the stead of its handler, which has begun it.
func (m *Machine) answerFor(in *In, status pdu.CommandStatus) {
	if err := m.encodeAnswer(in, Answer{Status: status}, false); err != nil {
		panic("machine: a status alone does not encode: " + err.Error())
	}
	in.byLibrary = true
}

// dropUnbegun keeps all that is not begun from being begun: no answer can reach the peer any more. It is in the report.
func (m *Machine) dropUnbegun(now int64) {
	for _, l := range []*inList{&m.turns, &m.queue, &m.notices} {
		for in := l.head; in != nil; in = l.head {
			if m.unbegun(now, in) {
				m.stats.Refused++
				m.leaveInbound(in)
				m.remain().dropped.push(in)
			}
		}
	}
}

// expireQueue refuses what has waited too long to be begun.
func (m *Machine) expireQueue(now int64) {
	for _, l := range []*inList{&m.turns, &m.queue} {
		for in := l.head; in != nil && due(m.queueBy(in), now); in = l.head {
			m.refuse(now, in)
			m.agedAt = now
		}
	}
}

// queueBy returns when in is refused for want of a hook; zero: never. A queue that has not been empty for the time that it
// may take is a standing one: what comes in at one end is older than the peer's patience at the other. It still is when it
// was emptied by refusing what was in it, and fills again. One that goes down by half within each pause of reading is
// shorter than that by itself.
func (m *Machine) queueBy(in *In) int64 {
	q := int64(m.queueTime())
	if q == 0 || isBind(in.PDU.ID) {
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
	case m.queue.n+m.turns.n == 0:
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
	for in := m.begun.head; in != nil && due(m.answerBy(in), now); in = m.begun.head {
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
	m.stats.GivenUp++
	switch {
	case in == m.binding:
		m.answerFor(in, pdu.StatusSystemError)
	case m.cfg.GiveUpStatus != pdu.StatusOK:
		m.answerFor(in, m.cfg.GiveUpStatus)
	default:
		in.leave()
		in.phase = inGivenUp
		m.leaveInbound(in)
	}
	in.late = true
	m.emit(Effect{Kind: EffGaveUp, In: in})
	m.emitReport(HookUnanswered, Effect{Kind: EventUnanswered, In: in, Fate: FateGivenUp})
}

// inflow says what becomes of what the peer sends while it sends more than is served.
type inflow uint8

const (
	inflowOpen     inflow = iota // it is read, and waits
	inflowPaused                 // it is not read, so that TCP holds the peer back
	inflowRefusing               // it is read and refused, since the pause has taken long enough
)

// progressInflow begins and ends the pauses of reading: while too many requests of the peer are not answered, until they are
// half as many, for a bounded time, by which the deadlines of what the peer owes us are put off; and while too many octets
// of responses wait to be written, by which they are not, or a peer that stops reading could put them off. It reports
// whether it ended a pause of the former kind.
func (m *Machine) progressInflow(now int64) (resumed bool) {
	few := 2*m.inbound < m.cfg.Inbound || m.phase >= phaseFinishing
	switch {
	case m.inflow == inflowOpen && m.inbound >= m.cfg.Inbound && m.hooks&HookPDU != 0 && m.phase < phaseFinishing:
		m.inflow = inflowRefusing
		if m.cfg.Pause > 0 {
			m.inflow, m.stillAt, m.pauseBy = inflowPaused, now, after(now, m.cfg.Pause)
		}
	case m.inflow == inflowPaused && (few || due(m.pauseBy, now)):
		m.heldBack, m.revived, resumed = few, true, true
		m.inflow, m.pauseBy = inflowOpen, 0
		m.stillFor += now - m.stillAt
		if !few {
			m.inflow = inflowRefusing
		}
	case m.inflow == inflowRefusing && few:
		m.inflow = inflowOpen
	}
	m.paused = m.inflow == inflowPaused ||
		m.respBytes > m.cfg.RespBytes && m.phase < phaseHalfClosed // else nothing would make them fewer
	return resumed
}

// Settled reports whether nothing more can happen to in: it is answered, or will never be begun, or was given up.
func (i *In) Settled() bool { return i.phase >= inGivenUp }

// Fate returns what became of in when that is bad, and zero otherwise.
func (i *In) Fate() Fate {
	switch {
	case i.phase == inDropped, i.byLibrary && !i.begun:
		return FateRefused
	case i.late && i.phase >= inAnswered && !i.byLibrary:
		return FateLate
	case i.late:
		return FateGivenUp
	}
	return 0
}
