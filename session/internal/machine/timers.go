package machine

import (
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// Deadline returns when Tick is due next; the zero time when nothing waits for time.
func (m *Machine) Deadline() time.Time {
	m.checked, m.revived = m.last, false
	at := m.deadline()
	if at == 0 {
		return time.Time{}
	}
	return m.start.Add(time.Duration(at))
}

// StillDue tells, at little cost, that the deadline is not before at, when that was so after the last call of StillDue or
// Deadline: what began since then ends later. It may be wrong only in telling false.
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
		c.SessionInit, c.EnquireLink, c.EnquireLinkTimeout, c.Inactivity, c.Response, c.Answer, max(c.UnbindGrace, 1),
		c.Write, c.Pause, c.Late, c.Linger, c.UnboundLinger,
	} {
		if d > 0 {
			least = min(least, int64(d))
		}
	}
	return least
}

func (m *Machine) deadline() int64 {
	if m.reported {
		return 0
	}
	if m.closing {
		return m.endBy
	}
	at := earliest(m.initBy, m.writeBy)
	at = earliest(at, m.graceBy)
	at = earliest(at, m.pauseBy)
	at = earliest(at, m.closeBy)
	at = earliest(at, m.drainBy)
	if i := m.unanswered.head; i != nil && !m.halfClosed {
		at = earliest(at, i.deadline)
	}
	at = earliest(at, m.pacedAt())
	if o := m.late.list.head; o != nil {
		at = earliest(at, o.deadline)
	}
	if m.still {
		return at
	}
	v := earliest(m.enquireAt(), m.enquireBy)
	v = earliest(v, m.inactiveAt())
	if o := m.firstDeadline(); o != nil {
		v = earliest(v, o.deadline)
	}
	if v != 0 {
		at = earliest(at, v+m.stillFor)
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

// enquireAt is when enquire_link is due, in virtual time: after silence, while bound, one at a time.
func (m *Machine) enquireAt() int64 {
	if m.cfg.EnquireLink <= 0 || !m.state.Bound() || m.enquiring != nil || m.finishing || m.peerEOF {
		return 0
	}
	return m.heard + int64(m.cfg.EnquireLink)
}

// inactiveAt is when the session unbinds for want of requests and responses, in virtual time.
func (m *Machine) inactiveAt() int64 {
	if m.cfg.Inactivity <= 0 || !m.state.Bound() || m.draining || m.finishing || m.peerUnbind != nil {
		return 0
	}
	return m.activeAt + int64(m.cfg.Inactivity)
}

// noteHeard notes that the peer lives. The enquire_link that was sent to find out may stay unanswered.
func (m *Machine) noteHeard(now int64) {
	m.heard = m.virtual(now)
	if o := m.enquiring; o != nil && o.phase != opQueued {
		m.enquiring, m.enquireBy = nil, 0
	}
}

// noteActive notes a request or response other than enquire_link, in either direction.
func (m *Machine) noteActive(now int64, id pdu.CommandID) {
	if id.Response() != pdu.CommandEnquireLinkResp {
		m.activeAt = m.virtual(now)
	}
}

// Tick tells that time has passed. It may be called at any time: what is not due stays.
func (m *Machine) Tick(t time.Time) {
	now := m.clock(t)
	if m.closing {
		if due(m.endBy, now) {
			m.report()
		}
		return
	}
	v := m.virtual(now)
	m.trim(v)
	m.late.expire(now)
	m.expireRequests(now, v)
	switch {
	case due(m.initBy, now):
		m.end(now, ErrSessionInit)
	case due(m.writeBy, now):
		m.end(now, ErrWriteTimeout)
	case due(m.closeBy, now):
		m.end(now, nil)
	case !m.still && due(m.enquireBy, v):
		m.end(now, ErrEnquireLink)
	default:
		m.tick(now, v)
	}
}

// tick does what is due and does not end the session at once.
func (m *Machine) tick(now, v int64) {
	m.answerAll(now)
	if due(m.graceBy, now) {
		m.graceBy, m.graceOver = 0, true
	}
	if due(m.drainBy, now) {
		m.drainBy = 0
		m.expire(now)
	}
	if !m.still {
		if due(m.enquireAt(), v) {
			m.enquire(now)
		}
		if due(m.inactiveAt(), v) {
			m.drainBy = after(now, max(m.cfg.UnbindGrace, time.Second))
			m.drain(ErrInactive)
		}
	}
	m.progress(now)
}

func due(at, now int64) bool { return at != 0 && at <= now }

// enquire asks the peer for a sign of life.
func (m *Machine) enquire(now int64) {
	if old := m.lastEnquire; old != nil && old.phase == opHanded {
		m.timeOut(now, old) // never answered, though the peer lives
	}
	m.enquiring = m.admitOwn(pdu.CommandEnquireLink)
	m.lastEnquire = m.enquiring
}

// expireRequests ends requests whose response did not come in time, oldest first.
func (m *Machine) expireRequests(now, v int64) {
	var late []*Op
	for o := m.firstDeadline(); o != nil && !m.still && o.deadline <= v; o = m.firstDeadline() {
		m.tellSent(o)
		if m.adaptive != nil {
			m.adaptTimeout(now, o)
		}
		m.timeOut(now, o)
		switch {
		case o.internal:
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
		m.late.add(o, now+int64(m.cfg.Late), m.cfg.LateMax)
	}
}

// progressPause begins and ends the pauses of reading: while too many of the peer's requests are not answered, if so
// configured and for a bounded time, in which the deadlines of the virtual clock stand still; and while too many octets
// of responses wait to be written, in which they do not, or a peer that stops reading could stop them.
func (m *Machine) progressPause(now int64) {
	if m.inbound < m.cfg.Inbound {
		m.pauseSpent = false
	}
	full := m.cfg.PauseInbound && m.inbound >= m.cfg.Inbound && !m.pauseSpent && m.hooks&HookPDU != 0
	if full && due(m.pauseBy, now) {
		full, m.pauseSpent = false, true
	}
	switch {
	case full && !m.still:
		m.still, m.stillAt, m.pauseBy = true, now, after(now, m.cfg.Pause)
	case !full && m.still:
		m.still, m.pauseBy = false, 0
		m.revived = true
		m.stillFor += now - m.stillAt
	}
	m.paused = full || m.respBytes > m.cfg.RespBytes && !m.halfClosed // else nothing would make them fewer
}
