package machine

import "github.com/smpp-go/smpp/pdu"

// seldom is what few sessions need: what becomes of requests that are not served as they should be, and the lost report.
type seldom struct {
	turns, notices inList // of the peer's requests that are not begun
	rareCounters

	stuffedBy int64 // until when responses may wait for hooks that are too many

	attempts int       // binds that were refused
	held     *heldBind // a refusal that is held back

	withdrawn opList      // requests that are not to go out any more
	failed    []unwritten // of the write that failed
	dropped   inList      // requests of the peer that were not begun when nothing could be written any more
	unheard   []*pdu.PDU  // requests of the peer that came after that

	unheardOctets int // of these, as decoded
	lost          []LostEntry
}

// rareCounters are those of Stats that stay zero on most sessions.
type rareCounters struct {
	Late, Unknown, Refused, GivenUp, LateReply, Malformed, Dropped uint64
}

// more returns what few sessions need.
func (m *Machine) more() *seldom {
	if m.seldom == nil {
		m.seldom = new(seldom)
	}
	return m.seldom
}

func (x *seldom) listOf(id inListID) *inList {
	switch id {
	case inTurns:
		return &x.turns
	case inNotices:
		return &x.notices
	}
	return &x.dropped
}

// report ends every open request and emits the close event.
func (m *Machine) report() {
	if m.phase == phaseClosed {
		return
	}
	m.setPhase(phaseClosed)
	for o := m.handed.head; o != nil; o = m.handed.head {
		m.lose(o, o.phase == opHanded)
	}
	if r := m.seldom; r != nil {
		for o := r.withdrawn.head; o != nil; o = r.withdrawn.head {
			m.lose(o, false)
		}
	}
	for i := range m.out {
		for o := range m.out[i].ops {
			if o.phase == opQueued {
				m.lose(o, false)
			}
		}
	}
	for o := m.firstWaiting(false); o != nil; o = m.firstWaiting(false) {
		m.unwait(o)
		if o.Do { // a Send gets its error, which is the whole report
			m.list(LostEntry{PDU: &o.PDU, Told: true})
		}
		m.refuseOp(o, m.reason)
	}
	m.loseIncoming()
	m.forget()
	m.setState(StateClosed)
	m.emit(Effect{Kind: EffEnd, Err: m.reason})
	m.emit(Effect{Kind: EventClose, Err: m.reason})
}

// list adds an entry to the report.
func (m *Machine) list(l LostEntry) {
	r := m.more()
	r.lost = append(r.lost, l)
}

// lose ends an admitted request at the end of the session.
func (m *Machine) lose(o *Op, written bool) {
	out := NotSent
	if written {
		out = Lost
	}
	m.settle(o, out)
	m.freePlace(o)
	if o.is(opInternal) {
		return
	}
	m.list(LostEntry{PDU: &o.PDU, Written: written, Told: o.Do})
	if o.Do {
		m.emit(Effect{Kind: EffDone, Op: o, Err: m.reason})
	}
}

// loseIncoming lists the requests of the peer whose answer was not written: it is not made, was in a failed write, or
// is still queued; and those that were not begun. What was given up has its report.
func (m *Machine) loseIncoming() {
	for i := m.begun.head; i != nil; i = i.next {
		m.list(LostEntry{PDU: i.PDU, Incoming: true, Begun: true})
	}
	if x := m.seldom; x != nil && x.held != nil && x.held.in != nil {
		m.list(LostEntry{PDU: x.held.in.PDU, Incoming: true, Begun: true})
	}
	incoming := func(frames []frame, written bool) {
		for i := range frames {
			if in := frames[i].in; in != nil && !in.is(late) {
				m.list(LostEntry{PDU: in.PDU, Incoming: true, Begun: in.is(begun), Written: written})
			}
		}
	}
	if r := m.seldom; r != nil {
		for i := range r.failed {
			incoming([]frame{r.failed[i].frame}, !r.failed[i].untouched)
		}
	}
	if f := m.flight; f.block != nil {
		incoming(f.block.frames[f.from:f.to], true)
	}
	for c := range m.out {
		for b := m.out[c].first; b != nil; b = b.next {
			incoming(b.frames[b.head:], false)
		}
	}
	if r := m.seldom; r != nil {
		for i := r.dropped.head; i != nil; i = i.next {
			m.list(LostEntry{PDU: i.PDU, Incoming: true})
		}
		for _, p := range r.unheard {
			m.list(LostEntry{PDU: p, Incoming: true})
		}
	}
}

// forget drops what the session held, since whoever holds the session still may do so for long.
func (m *Machine) forget() {
	for i := range m.out {
		m.releaseAll(&m.out[i])
	}
	m.releaseBuffers()
	m.clear(&m.begun)
	if r := m.seldom; r != nil {
		m.clear(&r.dropped)
		r.unheard, r.failed, r.held = nil, nil, nil
	}
	m.inbound, m.inboundOctets, m.queued, m.octets, m.respBytes, m.writing = 0, 0, 0, 0, 0, false
	m.flight, m.freeBlocks, m.waits = flight{}, nil, nil
	m.paused, m.inflow, m.binding, m.lastEnquire = false, inflowOpen, nil, nil
	m.late, m.table = nil, table{}
}

// clear empties a list.
func (m *Machine) clear(l *inList) {
	for i := l.head; i != nil; i = l.head {
		m.leave(i)
	}
}
