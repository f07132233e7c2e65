package machine

// phase is how far this end has come in ending the session. It only grows, but for an unbind that was withdrawn before
// it was sent; see setPhase. What ends a session, and what each phase waits for, is here and in end.go, and nowhere
// else.
type phase uint8

const (
	// phaseServing: nobody asked for an end. Requests are sent, and those of the peer are served.
	phaseServing phase = iota
	// phaseDraining: an end in order was asked for, by Drain or for want of activity. Requests of our own and new ones
	// of the peer are refused; those that had come are served. It leads to phaseUnbinding when nothing is open on
	// either side, and when its time is over to phaseFinishing. SMPP 5.0 §2.2.1: an orderly end is an unbind.
	phaseDraining
	// phaseUnbinding: our unbind is queued or sent. Its response, whatever it says, or the end of its response time
	// leads to phaseUnbound. SMPP 5.0 §4.1.1.8: a side that sends unbind sends no further requests.
	phaseUnbinding
	// phaseUnbound: our unbind was answered. What the peer still waits for is answered, and phaseFinishing follows.
	phaseUnbound
	// phaseFinishing: nothing is waited for but the write queue. Requests of the peer are not served any more. When the
	// queue is empty, the connection is half-closed.
	phaseFinishing
	// phaseHalfClosed: nothing more is written, in order or since a write has failed. What the peer sends is read to
	// its end, for responses are still worth having, for Linger at most.
	phaseHalfClosed
	// phaseClosing: the connection is being closed. The write that is under way, if any, is waited for, since its end
	// tells what left.
	phaseClosing
	// phaseClosed: the report is made, and the close event is the last. SMPP 5.0 §2.2: the Closed state.
	phaseClosed
)

// peerPhase is how far the peer has come in ending the session.
type peerPhase uint8

const (
	// peerLive: it did nothing to that end.
	peerLive peerPhase = iota
	// peerUnbinding: its unbind has come, and is answered when nothing is open on either side, or UnbindGrace is over.
	// SMPP 5.0 §4.1.1.8.
	peerUnbinding
	// peerUnbound: the unbind_resp is queued. Requests of the peer are refused from here on. SMPP 5.0 §4.1.1.9.
	peerUnbound
	// peerReleased: the unbind_resp was written. The peer is given UnboundLinger to close the connection.
	peerReleased
	// peerLeaving: it has half-closed the connection behind an unbind that is not answered yet.
	peerLeaving
	// peerGone: it has half-closed the connection. What it had sent is served and answered, for Linger at most.
	peerGone
	// peerUnframed: what it sends is no SMPP, or cannot be told apart, and is read only to find its end.
	peerUnframed
)

// eof reports whether nothing more comes from the peer.
func (p peerPhase) eof() bool { return p == peerLeaving || p == peerGone }

// unbinding reports whether an unbind of the peer is to be answered.
func (p peerPhase) unbinding() bool { return p == peerUnbinding || p == peerLeaving }

// setPhase is the one place where the phase changes.
func (m *Machine) setPhase(p phase) {
	m.phase, m.revived = p, true
	m.changes++
}

// setPeer is the one place where the peer's phase changes.
func (m *Machine) setPeer(p peerPhase) {
	m.peer, m.revived = p, true
	m.changes++
}

// raise moves on to phase p, unless the session is further.
func (m *Machine) raise(p phase) {
	if m.phase < p {
		m.setPhase(p)
	}
}
