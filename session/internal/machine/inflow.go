package machine

import "time"

// respLimit is how many octets of responses may wait to be written while the peer is read. Before a bind they are answers to a
// stranger.
func (m *Machine) respLimit() int {
	if m.state.Bound() || m.state == StateUnbound {
		return m.cfg.RespBytes
	}
	return min(m.cfg.RespBytes, m.cfg.RespBytesUnbound)
}

// stuffedBy is when the session ends whose responses wait for hooks; zero when they are not too many.
func (m *Machine) stuffedBy() int64 {
	if m.seldom == nil {
		return 0
	}
	return m.seldom.stuffedBy
}

// stuffedTime is how long a session waits whose handler leaves too many responses, by their octets, without a hook.
const stuffedTime = 10 * time.Second

// inflow says what becomes of what the peer sends while it sends more than is served.
type inflow uint8

const (
	inflowOpen     inflow = iota // it is read, and waits
	inflowPaused                 // it is not read, so that TCP holds the peer back
	inflowRefusing               // it is read and refused, since the pause has taken long enough
)

// progressInflow begins and ends the pauses of reading: while too many requests of the peer are not answered, until
// they are half as many, for a bounded time, by which the deadlines of what the peer owes us are put off; and while too
// many octets of responses wait to be written, or for hooks, by which they are not, or a peer that stops reading could put
// them off.
// It reports whether it ended a pause of the former kind.
func (m *Machine) progressInflow(now int64) (resumed bool) {
	if !m.paused && m.inflow == inflowOpen && m.inbound < m.cfg.Inbound && m.inboundOctets < m.cfg.InboundOctets &&
		m.respBytes <= m.respLimit() && m.respEvents <= m.cfg.EventOctets {
		return false // nearly always
	}
	few := 2*m.inbound < m.cfg.Inbound && 2*m.inboundOctets < m.cfg.InboundOctets || m.phase >= phaseFinishing
	full := m.inbound >= m.cfg.Inbound || m.inboundOctets >= m.cfg.InboundOctets
	switch {
	case m.inflow == inflowOpen && full && m.hooks&HookPDU != 0 && m.phase < phaseFinishing:
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
	held := m.phase < phaseHalfClosed && m.respBytes > m.respLimit() // behind it, nothing would make them fewer
	stuffed := m.respEvents > m.cfg.EventOctets
	switch {
	case stuffed && m.stuffedBy() == 0:
		m.more().stuffedBy = after(now, stuffedTime)
	case !stuffed && m.stuffedBy() != 0:
		m.seldom.stuffedBy = 0
	}
	m.paused = m.inflow == inflowPaused || held || stuffed
	return resumed
}
