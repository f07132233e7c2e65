package session

import (
	"encoding/binary"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session/internal/machine"
)

// Trace is told what happens on a session, for metrics, logs and captures. Its functions may be nil; one that is not must
// be fast and safe for concurrent use, and must not call the session. They are called outside the session's lock, and
// those of one session may overlap.
type Trace struct {
	// Start is called when the session begins.
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

// trace tells what happened under the lock.
func (s *Session) trace(t *Trace, outcomes []*machine.Op, from, to State) {
	if t.State != nil && from != to {
		t.State(s, from, to)
	}
	for _, o := range outcomes {
		t.Outcome(s, &o.PDU, Outcome(o.Outcome))
	}
}

// traceFrames tells of whole frames.
func (s *Session) traceFrames(t *Trace, b []byte, sent bool) {
	told := t.Received
	if sent {
		told = t.Sent
	}
	if t.Frame == nil && told == nil {
		return
	}
	for len(b) >= pdu.HeaderLen {
		n := int(binary.BigEndian.Uint32(b))
		if t.Frame != nil {
			t.Frame(s, sent, b[:n])
		}
		if told != nil {
			told(s, pdu.Header{
				ID:     pdu.CommandID(binary.BigEndian.Uint32(b[4:])),
				Status: pdu.CommandStatus(binary.BigEndian.Uint32(b[8:])),
				Seq:    binary.BigEndian.Uint32(b[12:]),
			}, n)
		}
		b = b[n:]
	}
}
