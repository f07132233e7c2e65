package machine

// report ends every open request and emits the close event.
func (m *Machine) report() {
	if m.reported {
		return
	}
	m.reported = true
	m.because(ErrClosed)
	for o := m.handed.head; o != nil; o = m.handed.head {
		m.lose(o, o.phase == opHanded)
	}
	for o := m.withdrawn.head; o != nil; o = m.withdrawn.head {
		m.lose(o, false)
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
			m.lost = append(m.lost, LostEntry{PDU: &o.PDU, Told: true})
		}
		m.refuse(o, m.reason)
	}
	m.loseIncoming()
	m.forget()
	m.setState(StateClosed)
	m.emit(Effect{Kind: EffEnd, Err: m.reason})
	m.emit(Effect{Kind: EventClose, Err: m.reason})
}

// lose ends an admitted request at the end of the session.
func (m *Machine) lose(o *Op, written bool) {
	out := NotSent
	if written {
		out = Lost
	}
	m.settle(o, out)
	m.freePlace(o)
	if o.internal {
		return
	}
	m.lost = append(m.lost, LostEntry{PDU: &o.PDU, Written: written, Told: o.Do})
	if o.Do {
		m.emit(Effect{Kind: EffDone, Op: o, Err: m.reason})
	}
}

// loseIncoming lists the requests of the peer whose answer was not written: it is not made, was in a failed write, or is
// still queued; or it came when the session was about to end.
func (m *Machine) loseIncoming() {
	for i := m.unanswered.head; i != nil; i = i.next {
		m.lost = append(m.lost, LostEntry{PDU: i.PDU, Incoming: true})
	}
	incoming := func(frames []frame, written bool) {
		for i := range frames {
			if in := frames[i].in; in != nil {
				m.lost = append(m.lost, LostEntry{PDU: in.PDU, Incoming: true, Written: written})
			}
		}
	}
	for i := range m.failed {
		incoming([]frame{m.failed[i].frame}, !m.failed[i].untouched)
	}
	for _, p := range m.flight {
		incoming(p.block.frames[p.from:p.to], true)
	}
	for c := range m.out {
		for b := m.out[c].first; b != nil; b = b.next {
			incoming(b.frames[b.head:], false)
		}
	}
	for _, p := range m.unheard {
		m.lost = append(m.lost, LostEntry{PDU: p, Incoming: true})
	}
}

// forget drops what the session held, since whoever holds the session still may do so for long.
func (m *Machine) forget() {
	for i := range m.out {
		m.releaseAll(&m.out[i])
	}
	m.releaseBuffers()
	for i := m.unanswered.head; i != nil; i = m.unanswered.head {
		m.unanswered.remove(i)
	}
	m.unheard = nil
	m.queued, m.octets, m.respBytes, m.writing = 0, 0, 0, false
	m.flight, m.failed, m.freeBlocks = nil, nil, nil
	m.paused, m.binding, m.enquiring, m.lastEnquire = false, nil, nil, nil
	m.late, m.table = memory{}, table{}
}
