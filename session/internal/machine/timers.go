package machine

import (
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// maxPutOff is how much the pauses of reading put off a deadline in its life.
const maxPutOff = time.Second

// moment is a time from which on the peer owes us something. What pauses of reading take after it is not held against the
// peer: see deadlineOf.
type moment struct {
	at    int64 // real time
	still int64 // what pauses had taken until then
}

func (m *Machine) moment(now int64) moment { return moment{now, m.stillUntil(now)} }

// stillUntil returns what pauses of reading for want of room have taken until now.
func (m *Machine) stillUntil(now int64) int64 {
	if m.inflow == inflowPaused {
		return m.stillFor + now - m.stillAt
	}
	return m.stillFor
}

// virtual is a time that stands still while reading pauses for want of room for the peer's requests.
func (m *Machine) virtual(now int64) int64 { return now - m.stillUntil(now) }

// deadlineOf returns the time d after from, put off by what pauses took meanwhile; zero when d is off. Between pauses it is
// fixed, and during one nothing of the kind is due.
func (m *Machine) deadlineOf(from moment, d time.Duration) int64 {
	if d <= 0 {
		return 0
	}
	return from.at + int64(d) + min(m.stillFor-from.still, int64(maxPutOff))
}

// responseBy returns when the response time of o is over; zero: never.
func (m *Machine) responseBy(o *Op) int64 {
	if o.deadline == 0 {
		return 0
	}
	handed := o.deadline - int64(m.cfg.Response)
	return m.deadlineOf(moment{handed, handed - o.at}, m.cfg.Response)
}

// Deadline returns when Tick is due next; the zero time when nothing waits for time.
func (m *Machine) Deadline() time.Time {
	m.checked, m.revived = m.last, false
	at := m.deadline()
	if at == 0 {
		return time.Time{}
	}
	return m.start.Add(time.Duration(at))
}

// StillDue reports, at little cost, that the deadline is not before at, when that was so after the last call of StillDue or
// Deadline: what began since then ends later. It saves the search for the deadline after most inputs. It may be wrong only
// in reporting false.
func (m *Machine) StillDue(at time.Time) bool {
	since := m.checked
	m.checked = m.last
	return !m.revived && !at.After(m.start.Add(time.Duration(since+m.shortest)))
}

// shortestTime returns the least time, in nanoseconds, that any deadline is away when it is set.
func (c *Config) shortestTime() int64 {
	if c.Adaptive != nil {
		return 0 // it paces
	}
	least := int64(endTime)
	for _, d := range []time.Duration{
		c.SessionInit, c.EnquireLink, c.EnquireLinkTimeout, c.Inactivity, c.Response, c.Answer, c.Queue / standing,
		max(c.UnbindGrace, 1), c.Write, c.Pause, c.Late, stuffedTime, c.BindDelay, c.Linger, c.UnboundLinger,
	} {
		if d > 0 {
			least = min(least, int64(d))
		}
	}
	return least
}

func (m *Machine) deadline() int64 {
	switch m.phase {
	case phaseClosed:
		return 0
	case phaseClosing:
		return m.endBy
	}
	at := earliest(m.initBy, m.writeBy)
	at = earliest(at, m.graceBy)
	at = earliest(at, m.pauseBy)
	at = earliest(at, m.closeBy)
	at = earliest(at, m.drainBy)
	if i := m.begun.head; i != nil && m.phase < phaseHalfClosed {
		at = earliest(at, m.answerBy(i))
	}
	if i := m.firstOf(inQueue); i != nil {
		at = earliest(at, m.queueBy(i))
	}
	if i := m.firstOf(inTurns); i != nil {
		at = earliest(at, m.queueBy(i))
	}
	at = earliest(at, m.stuffedBy())
	at = earliest(at, m.heldBy())
	_, by := m.stuck()
	at = earliest(at, by)
	at = earliest(at, m.pacedAt())
	if m.late.len() > 0 {
		at = earliest(at, m.late.list.head.deadline)
	}
	if m.inflow == inflowPaused {
		return at
	}
	at = earliest(at, earliest(m.enquireAt(), m.enquireBy()))
	at = earliest(at, m.inactiveAt())
	if o := m.firstDeadline(); o != nil {
		at = earliest(at, m.responseBy(o))
	}
	return at
}

func earliest(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// firstDeadline returns the operation whose response time ends first. Those without a response have none.
func (m *Machine) firstDeadline() *Op {
	if m.cfg.Response <= 0 {
		return nil
	}
	o := m.handed.head
	for o != nil && o.deadline == 0 {
		o = o.next
	}
	return o
}

// enquireAt is when enquire_link is due: after silence, while bound, one at a time. SMPP 5.0 §2.7: enquire_link_timer.
func (m *Machine) enquireAt() int64 {
	if !m.mayEnquire() || m.asked.at != 0 {
		return 0
	}
	return m.deadlineOf(m.heard, m.cfg.EnquireLink)
}

func (m *Machine) mayEnquire() bool {
	return m.state.Bound() && m.phase < phaseFinishing && !m.peer.eof()
}

// enquireBy is when the peer, asked for a sign of life, must have given one; zero when it was not asked.
func (m *Machine) enquireBy() int64 {
	if m.asked.at == 0 {
		return 0
	}
	return m.deadlineOf(m.asked, m.askedFor)
}

// inactiveAt is when the session unbinds for want of requests and responses. SMPP 5.0 §2.7: inactivity_timer.
func (m *Machine) inactiveAt() int64 {
	if !m.state.Bound() || m.phase != phaseServing || m.peer != peerLive {
		return 0
	}
	return m.deadlineOf(m.activeAt, m.cfg.Inactivity)
}

// noteHeard notes that the peer lives. The enquire_link that was to find out may stay unanswered.
func (m *Machine) noteHeard(now int64) {
	m.heard = m.moment(now)
	m.asked = moment{}
}

// noteActive notes a request or response other than enquire_link, in either direction.
func (m *Machine) noteActive(now int64, id pdu.CommandID) {
	if id.Response() != pdu.CommandEnquireLinkResp {
		m.activeAt = m.moment(now)
	}
}

// Tick tells that time has passed. It may be called at any time: what is not due stays.
func (m *Machine) Tick(t time.Time) {
	now := m.clock(t)
	if m.phase >= phaseClosing {
		if due(m.endBy, now) {
			m.report()
		}
		return
	}
	m.trim(now)
	m.late.expire(now)
	m.progressInflow(now) // a pause may be over
	paused := m.inflow == inflowPaused
	if !paused {
		m.expireRequests(now)
	}
	switch {
	case due(m.initBy, now) && m.heldBy() != 0:
		m.initBy = 0 // the refusal that is due is written first
		m.overrule(ErrSessionInit)
		m.releaseBind(now)
		m.finish(now)
		m.closeBy = earliest(m.closeBy, after(now, m.cfg.Linger))
		m.progress(now)
	case due(m.initBy, now):
		m.end(now, ErrSessionInit)
	case due(m.writeBy, now):
		m.end(now, ErrWriteTimeout)
	case due(m.stuffedBy(), now):
		m.end(now, ErrHandlerStuck)
	case !paused && due(m.enquireBy(), now):
		m.end(now, ErrEnquireLink)
	case !m.tickEnd(now):
		m.tick(now, paused)
	}
}

// tick does what is due and does not end the session at once.
func (m *Machine) tick(now int64, paused bool) {
	if due(m.heldBy(), now) {
		m.releaseBind(now)
	}
	m.expireBegun(now)
	m.expireQueue(now)
	m.expireStuck(now)
	if !paused {
		if due(m.enquireAt(), now) {
			m.enquire(now, m.cfg.EnquireLinkTimeout)
		}
		if due(m.inactiveAt(), now) {
			m.drainBy = after(now, max(m.cfg.UnbindGrace, time.Second))
			m.drain(now, ErrInactive)
		}
	}
	m.progress(now)
}

func due(at, now int64) bool { return at != 0 && at <= now }

// Probe asks a bound peer that has been silent for a time for a sign of life, unless it is being asked already. One that
// gives none within the same time again is gone.
func (m *Machine) Probe(t time.Time, silence time.Duration) {
	now := m.clock(t)
	if !m.mayEnquire() || m.inflow == inflowPaused || !due(m.deadlineOf(m.heard, silence), now) {
		return
	}
	if by := m.enquireBy(); by == 0 || by > now+int64(silence) {
		m.enquire(now, silence)
		m.revived = true
	}
	m.progress(now)
}

// enquire asks the peer for a sign of life, which must come within a time. When the last enquire_link still waits to be
// written, it does for this one.
func (m *Machine) enquire(now int64, within time.Duration) {
	m.asked, m.askedFor = m.moment(now), within
	if old := m.lastEnquire; old != nil {
		switch old.phase {
		case opQueued:
			return
		case opHanded:
			m.timeOut(now, old) // never answered, though the peer lives
		}
	}
	m.lastEnquire = m.admitOwn(pdu.CommandEnquireLink)
}

// expireRequests ends requests whose response did not come in time, oldest first.
func (m *Machine) expireRequests(now int64) {
	var late []*Op
	for o := m.firstDeadline(); o != nil && due(m.responseBy(o), now); o = m.firstDeadline() {
		m.tellSent(o)
		if m.adaptive != nil {
			m.adaptTimeout(now, o)
		}
		m.timeOut(now, o)
		switch {
		case o.is(opInternal):
		case o.Do:
			m.emit(Effect{Kind: EffDone, Op: o, Err: ErrResponseTimeout})
		case m.hooks&HookRespTimeout != 0:
			o.events++
			late = append(late, o)
		}
		m.freePlace(o)
	}
	if len(late) > 0 {
		m.emit(Effect{Kind: EventTimeout, More: late})
	}
}

// timeOut ends o without a response and remembers it for one that comes late.
func (m *Machine) timeOut(now int64, o *Op) {
	m.settle(o, TimedOut)
	if m.cfg.Late > 0 {
		if m.late == nil {
			m.late = new(memory)
		}
		m.late.add(o, now+int64(m.cfg.Late), m.cfg.LateMax, m.cfg.LateOctets)
	}
}
