package machine

import (
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// Request hands over a request of our own. It returns the cause when o is refused: its outcome is NotSent then, and
// nothing else is told of it. Otherwise o is queued, or it waits for a slot and a place: EffAdmit, EffRefuse (for a
// Send) or EffDone (for a Do) tells the end of that, and comes of a later input.
func (m *Machine) Request(t time.Time, o *Op) error {
	now := m.clock(t)
	m.stats.Accepted++
	m.late.expire(now)
	if m.adaptive != nil {
		m.progress(now) // the passing of time alone may have made room for those who wait
	}
	if err := m.request(o); err != nil {
		m.outcome(o, NotSent)
		return err
	}
	m.progress(now)
	return nil
}

func (m *Machine) request(o *Op) error {
	if o.PDU.Body != nil && o.PDU.ID == 0 {
		o.PDU.ID = o.PDU.Body.CommandID()
	}
	if o.PDU.ID.IsResponse() {
		return ErrNotRequest
	}
	o.noResp = !o.PDU.ID.HasResponse()
	if o.OwnSeq && (o.PDU.Seq == 0 || o.PDU.Seq > maxSeq) {
		return ErrSeqRange
	}
	if err := m.mayRequest(o); err != nil {
		return err
	}
	// Whoever waits now lacks something still, so that nobody is overtaken here who could go.
	switch {
	case m.hasSlot(o) && m.hasPlace(o):
		return m.admit(o)
	case m.adaptive != nil && !m.hasSlot(o):
		m.adaptive.round.Limited = true
	}
	switch {
	case (o.Try || o.Exempt) && !m.hasPlace(o):
		return ErrQueueFull // inside a hook, on whose return alone a place might come free
	case o.Try:
		return ErrWindowFull
	}
	o.phase = opWaiting
	o.at, o.deadline = m.tickets, m.last
	m.tickets++
	if m.waits == nil {
		m.waits = new([numWaits]opList)
	}
	m.waits[o.wait()].push(o)
	m.waiting++
	return nil
}

// Timeless reports whether the time of Request makes no difference, as response times begin when a request is handed to
// the socket; except for the pace of an adaptive window, and for the time that a request waits for a place.
func (m *Machine) Timeless() bool { return m.adaptive == nil && m.places < m.window+m.cfg.Places }

// GivenUp tells of a request whose caller gave up before it could hand it over: it is accepted, and not sent.
func (m *Machine) GivenUp(o *Op) {
	m.stats.Accepted++
	m.outcome(o, NotSent)
}

// mayRequest tells why o can not go out now whatever the window: nil when it can.
func (m *Machine) mayRequest(o *Op) error {
	switch {
	case m.phase >= phaseHalfClosed:
		return m.endedError()
	case m.peer == peerUnbinding || m.peer == peerUnbound || m.peer == peerReleased:
		return ErrPeerUnbinding
	case m.phase != phaseServing:
		return ErrDraining
	case m.peer != peerLive:
		return ErrPeerClosed
	case o.OwnSeq && m.seqInUse(o.PDU.Seq):
		return ErrSeqInUse
	case isBind(o.PDU.ID) && m.bindOp != nil, !allowed(m.version, m.cfg.Role, m.state, o.PDU.ID):
		return &StateError{Command: o.PDU.ID, Role: m.cfg.Role, State: m.state, Version: m.version}
	}
	return nil
}

func (m *Machine) hasSlot(o *Op) bool {
	return o.noSlot() || m.slots < m.window && (m.adaptive == nil || m.adaptive.pace.open(m.last))
}

// hasPlace reports whether the events of o would find room. A Do needs none of its own; but one whose caller gives up
// ends in an event. So beyond twice the places it waits as well, and so far goes what is sent inside hooks.
func (m *Machine) hasPlace(o *Op) bool {
	limit := m.window + m.cfg.Places
	if o.Do || o.Exempt {
		limit += m.cfg.Places
	}
	return m.places < limit
}

// placeTime is how long a request waits for a place while no hook returns. It may wait for the hook that made it.
const placeTime = 5 * time.Second

// stuck returns the request that has waited longest for a place alone, and until when; nil when none does.
func (m *Machine) stuck() (o *Op, by int64) {
	if m.waiting == 0 {
		return nil, 0
	}
	for i := range m.waits {
		if w := m.waits[i].head; w != nil && !m.hasPlace(w) && (o == nil || w.at < o.at) {
			o = w
		}
	}
	if o == nil {
		return nil, 0
	}
	return o, max(o.deadline, m.hookAt) + int64(placeTime)
}

// expireStuck refuses what has waited too long for a place.
func (m *Machine) expireStuck(now int64) {
	for o, by := m.stuck(); o != nil && due(by, now); o, by = m.stuck() {
		m.unwait(o)
		m.refuseOp(o, ErrQueueFull)
	}
}

// admit gives o its sequence number and queues it. A refusal leaves no trace.
func (m *Machine) admit(o *Op) error {
	last := m.seq
	if !o.OwnSeq {
		o.PDU.Seq = m.nextSeq()
	}
	if err := m.encode(&o.PDU, frame{op: o}); err != nil {
		m.seq = last
		return err
	}
	o.phase = opQueued
	if !o.noResp {
		m.table.put(o)
	}
	if !o.noSlot() {
		o.slot = true
		m.slots++
		if m.adaptive != nil {
			m.adaptive.pace.admitted(m.last)
		}
	}
	if !o.internal {
		m.external++
		if !o.Do {
			m.takePlace(o)
		}
	}
	switch id := o.PDU.ID; {
	case isBind(id):
		m.bindOp, m.stated = o, bindVersion(o.PDU.Body, 0)
	case id == pdu.CommandUnbind:
		m.ourUnbind = o
		m.setPhase(phaseUnbinding)
		m.refuseWaiting(ErrDraining)
	}
	return nil
}

// admitWaiting lets waiting requests in while there is room. Those that wait for a place do not hold up those that
// need none, so that a slow hook stalls nothing else.
func (m *Machine) admitWaiting() {
	for o := m.firstWaiting(true); o != nil; o = m.firstWaiting(true) {
		m.unwait(o)
		err := m.mayRequest(o)
		if err == nil {
			err = m.admit(o)
		}
		if err != nil {
			m.refuseOp(o, err)
			continue
		}
		m.emit(Effect{Kind: EffAdmit, Op: o})
	}
}

// firstWaiting returns the request that waits longest, of all or of those for which there is room.
func (m *Machine) firstWaiting(room bool) *Op {
	if m.waiting == 0 {
		return nil
	}
	var first *Op
	for i := range m.waits {
		o := m.waits[i].head
		if o == nil || first != nil && first.at < o.at || room && !(m.hasSlot(o) && m.hasPlace(o)) {
			continue
		}
		first = o
	}
	return first
}

func (m *Machine) unwait(o *Op) {
	o.list.remove(o)
	m.waiting--
}

// refuseOp ends a waiting request, which is out of its list, as not sent.
func (m *Machine) refuseOp(o *Op, err error) {
	m.outcome(o, NotSent)
	kind := EffRefuse
	if o.Do {
		kind = EffDone
	}
	m.emit(Effect{Kind: kind, Op: o, Err: err})
}

func (m *Machine) refuseWaiting(err error) {
	for o := m.firstWaiting(false); o != nil; o = m.firstWaiting(false) {
		m.unwait(o)
		m.refuseOp(o, err)
	}
}

// Cancel tells that the caller of o gave up. What waits, and a Do that is not handed to the socket yet, ends as NotSent
// without an effect; the returned outcome says so. A Do that is handed over goes on as a Send, a Send that is queued
// goes on as it is, and Pending is returned. When o is ended already, its outcome is returned: the effect that told it
// was emitted before.
func (m *Machine) Cancel(t time.Time, o *Op) Outcome {
	now := m.clock(t)
	switch {
	case o.phase == opWaiting:
		m.unwait(o)
		m.outcome(o, NotSent)
	case o.phase == opQueued && o.Do:
		m.unqueue(o)
		m.settle(o, NotSent)
	case o.phase == opHanded && o.Do:
		o.Do, o.told = false, true
		m.takePlace(o)
	}
	m.progress(now)
	return o.Outcome
}

// settle ends an operation that was admitted: it gives back the slot and the number. The place stays until the last
// hook returned; see freePlace.
func (m *Machine) settle(o *Op, out Outcome) {
	o.list.remove(o)
	if !o.noResp {
		m.table.remove(o)
	}
	if o.slot {
		o.slot = false
		m.slots--
	}
	switch {
	case o == m.bindOp:
		m.bindOp = nil
	case o != m.ourUnbind:
	case out == NotSent: // a drain sends another one when it comes to that
		m.ourUnbind = nil
		if m.phase == phaseUnbinding {
			m.setPhase(phaseServing)
			if m.reason == ErrShutdown || m.reason == ErrInactive {
				m.setPhase(phaseDraining)
			}
		}
	case m.phase == phaseUnbinding:
		m.setPhase(phaseUnbound) // whatever the answer, there is nothing more to wait for
	}
	if !o.internal {
		m.external--
	}
	m.outcome(o, out)
}

// outcome counts the end of o.
func (m *Machine) outcome(o *Op, out Outcome) {
	o.Outcome, o.phase = out, opEnded
	if o.internal {
		return
	}
	switch out {
	case Responded:
		m.stats.Responded++
	case Nacked:
		m.stats.Nacked++
	case Sent:
		m.stats.Sent++
	case TimedOut:
		m.stats.TimedOut++
	case NotSent:
		m.stats.NotSent++
	case Lost:
		m.stats.Lost++
	}
	if m.cfg.Outcomes {
		m.emit(Effect{Kind: EffOutcome, Op: o})
	}
}

// takePlace gives o a place, which it holds until it has ended and the hooks of all its events have returned.
func (m *Machine) takePlace(o *Op) {
	o.place = true
	m.places++
	m.revived = m.revived || m.waiting > 0 // who waits may lack a place from now on
}

// freePlace takes the place of o back when nothing more will happen to it.
func (m *Machine) freePlace(o *Op) {
	if o.place && o.phase == opEnded && o.events == 0 {
		o.place = false
		m.places--
	}
}
