package session

import (
	"encoding/binary"
	"log/slog"
	"slices"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session/internal/machine"
)

// Trace receives the events of a session, for metrics, logs and captures. Its functions may be nil. They are called one at
// a time and in order, outside the session's own goroutines and soon after the event: one that is slow slows the session
// down, but one that does not return within a second stops nothing; beyond 1,024 batches of events, or 1 MiB of them, what
// happens is not told, and counted in Stats.Untold. One that panics or ends its goroutine is logged once, and costs what it
// was to be told alone. Several sessions may share a Trace; then its functions must be safe for concurrent use.
type Trace struct {
	// Start is called before all others.
	Start func(s *Session)
	// State is called when the state changed.
	State func(s *Session, from, to State)
	// Received is called for every whole PDU that came, with its size in octets.
	Received func(s *Session, h pdu.Header, n int)
	// Sent is called for every PDU that is handed to the socket, with its size in octets.
	Sent func(s *Session, h pdu.Header, n int)
	// Frame is called with the octets of every whole PDU, in either direction. A bind carries the password in clear.
	Frame func(s *Session, sent bool, frame []byte)
	// Outcome is called when a request that was handed over has ended.
	Outcome func(s *Session, req *pdu.PDU, o Outcome)
	// Unserved is called when a request of the peer was not served as it should be: refused before its hook, given up
	// in it, or answered too late. A request that is given up and answered later is told twice.
	Unserved func(s *Session, req *pdu.PDU, f Fate)
	// End is called when the session has ended, with what HandleClose gets. Session.Done is closed after it, but waits for no
	// more than a second for what is still to be told.
	End func(s *Session, lost []LostPDU, reason error)
}

// traceDied logs the first function of a Trace that did not return.
func (s *Session) traceDied(name string, value any, stack []byte) {
	if name != "Logger" && s.observer.dead.CompareAndSwap(false, true) {
		s.Log(slog.LevelError, "trace did not return", "function", name, "panic", value, "stack", string(stack))
	}
}

// traceStart tells that the session begins.
func (s *Session) traceStart(t *Trace) {
	if t.Start != nil {
		s.observer.tell("Trace.Start", 0, func() { t.Start(s) })
	}
}

// traceEnd tells that it has ended.
func (s *Session) traceEnd(t *Trace) {
	if t.End != nil {
		s.observer.tell(lastNote, 0, func() { t.End(s, slices.Clone(s.lost), s.m.Reason()) })
	}
}

// traceUnlocked tells what happened under the lock, which is held.
func (s *Session) traceUnlocked(t *Trace) {
	if from, to := s.observer.state, State(s.m.State()); from != to {
		s.observer.state = to
		if t.State != nil {
			s.observer.tell("Trace.State", 0, func() { t.State(s, from, to) })
		}
	}
	if x := s.seldom; x != nil && len(x.outcomes) > 0 {
		ended := x.outcomes
		x.outcomes = nil
		s.observer.tell("Trace.Outcome", 0, func() {
			for i := range ended {
				t.Outcome(s, &ended[i].req, ended[i].how)
			}
		})
	}
}

// traceUnserved tells of a request that was not served as it should be.
func (s *Session) traceUnserved(p *pdu.PDU, f Fate) {
	if t := s.tracer; t != nil && t.Unserved != nil {
		s.observer.tell("Trace.Unserved", 0, func() { t.Unserved(s, p, f) })
	}
}

// noteLate tells that an answer came too late. The lock is held.
func (s *Session) noteLate(r *Request) { s.traceBegun(r, FateLate) }

// tracedIn is the owner of a request of the peer's that Trace may be told of, when its PDU is its handler's already.
type tracedIn struct {
	r *Request
	p pdu.PDU // as it came
}

// requestOf returns the request that in is of.
func requestOf(in *machine.In) *Request {
	if t, ok := in.Owner.(*tracedIn); ok {
		return t.r
	}
	return in.Owner.(*Request)
}

// traceBegun is traceUnserved for a request that its handler has, and may have changed.
func (s *Session) traceBegun(r *Request, f Fate) {
	if t, ok := r.in.Owner.(*tracedIn); ok {
		s.traceUnserved(&t.p, f)
	}
}

// traceFrames tells of whole frames.
func (s *Session) traceFrames(t *Trace, b []byte, sent bool) {
	if len(b) < pdu.HeaderLen {
		return
	}
	name, told := "Trace.Received", t.Received
	if sent {
		name, told = "Trace.Sent", t.Sent
	}
	if t.Frame != nil {
		frames := append([]byte(nil), b...)
		s.observer.tell("Trace.Frame", len(frames), func() {
			for n := 0; len(frames) >= pdu.HeaderLen; frames = frames[n:] {
				n = int(binary.BigEndian.Uint32(frames))
				t.Frame(s, sent, frames[:n:n])
			}
		})
	}
	if told == nil {
		return
	}
	type sized struct {
		pdu.Header
		n int
	}
	heads := make([]sized, 0, 1+len(b)/128)
	for n := 0; len(b) >= pdu.HeaderLen; b = b[n:] {
		n = int(binary.BigEndian.Uint32(b))
		heads = append(heads, sized{pdu.Header{
			ID:     pdu.CommandID(binary.BigEndian.Uint32(b[4:])),
			Status: pdu.CommandStatus(binary.BigEndian.Uint32(b[8:])),
			Seq:    binary.BigEndian.Uint32(b[12:]),
		}, n})
	}
	s.observer.tell(name, 24*len(heads), func() {
		for _, h := range heads {
			told(s, h.Header, h.n)
		}
	})
}

// unserved tells of a request that was refused, or given up. The lock is held.
func (s *Session) unserved(e *machine.Effect) {
	if e.Kind == machine.EffRefused {
		s.traceUnserved(e.PDU, FateRefused)
		s.Log(slog.LevelWarn, "request refused, since the handler is too slow or the session ends", "request", e.PDU)
		return
	}
	r := requestOf(e.In)
	c := r.made.Load()
	if c == nil {
		c = newCancelable(s.life.context(s))
		r.made.Store(c)
	}
	c.cancel(ErrAnswerTimeout)
	s.traceBegun(r, FateGivenUp)
	id, seq := e.In.Header() // PDU is the handler's now
	s.Log(slog.LevelWarn, "request given up, since it was not answered in time", "command", id.String(), "sequence", seq)
}
