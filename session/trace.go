package session

import (
	"encoding/binary"
	"runtime/debug"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session/internal/machine"
)

// Trace is told what happens on a session, for metrics, logs and captures. Its functions may be nil; one that is not
// must be fast and safe for concurrent use, and must not call the session. They are called outside the session's lock,
// and those of one session may overlap. A function that panics ends that session, as a hook does, and the rest of what
// was to be told with it is not told; none may end its goroutine by runtime.Goexit.
type Trace struct {
	// Start is called when the session begins, before [Start] returns.
	Start func(s *Session)
	// State is called when the state changed.
	State func(s *Session, from, to State)
	// Received is called for every whole PDU that came, with its size in octets.
	Received func(s *Session, h pdu.Header, n int)
	// Sent is called for every PDU that is handed to the socket, with its size in octets.
	Sent func(s *Session, h pdu.Header, n int)
	// Frame is called with the octets of every whole PDU, in either direction, before they are used. The slice must not
	// be kept or changed. A bind carries the password in clear.
	Frame func(s *Session, sent bool, frame []byte)
	// Outcome is called when a request that was handed over has ended.
	Outcome func(s *Session, req *pdu.PDU, o Outcome)
	// End is called when the session has ended, with what HandleClose gets.
	End func(s *Session, lost []LostPDU, reason error)
}

// traceStart tells that the session begins.
func (s *Session) traceStart(t *Trace) {
	if t.Start == nil {
		return
	}
	running := true
	defer func() {
		if running { // not here, for who starts the session may hold a lock that Trace.State takes
			go s.fail(&PanicError{Hook: "Trace.Start", Value: recover(), Stack: debug.Stack()})
		}
	}()
	t.Start(s)
	running = false
}

// news is what happened under the lock.
type news struct {
	outcomes []*machine.Op
	from, to State
}

// takeNews takes what is to be told when the lock is let go.
func (s *Session) takeNews() news {
	n := news{s.outcomes, s.traced, State(s.m.State())}
	s.outcomes, s.traced = nil, n.to
	return n
}

// trace tells what happened under the lock.
func (s *Session) trace(t *Trace, n news) {
	running := "Trace.State"
	defer s.traceDied(&running)
	if t.State != nil && n.from != n.to {
		t.State(s, n.from, n.to)
	}
	running = "Trace.Outcome"
	for _, o := range n.outcomes {
		t.Outcome(s, &o.PDU, Outcome(o.Outcome))
	}
	running = ""
}

// traceFrames tells of whole frames.
func (s *Session) traceFrames(t *Trace, b []byte, sent bool) {
	name, told := "Trace.Received", t.Received
	if sent {
		name, told = "Trace.Sent", t.Sent
	}
	if t.Frame == nil && told == nil {
		return
	}
	running := "Trace.Frame"
	defer s.traceDied(&running)
	for len(b) >= pdu.HeaderLen {
		n := int(binary.BigEndian.Uint32(b))
		if running = "Trace.Frame"; t.Frame != nil {
			t.Frame(s, sent, b[:n])
		}
		if running = name; told != nil {
			told(s, pdu.Header{
				ID:     pdu.CommandID(binary.BigEndian.Uint32(b[4:])),
				Status: pdu.CommandStatus(binary.BigEndian.Uint32(b[8:])),
				Seq:    binary.BigEndian.Uint32(b[12:]),
			}, n)
		}
		b = b[n:]
	}
	running = ""
}

// traceDied is deferred around functions of a Trace. It ends the session when one that is running did not return. The
// lock is not held.
func (s *Session) traceDied(running *string) {
	if *running != "" {
		s.fail(&PanicError{Hook: *running, Value: recover(), Stack: debug.Stack()})
	}
}
