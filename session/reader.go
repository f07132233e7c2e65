package session

import (
	"encoding/binary"
	"io"
	"log/slog"
	"runtime"
	"runtime/debug"

	"github.com/smpp-go/smpp/pdu"
)

// read feeds the machine what the peer sends, until nothing more can come or another goroutine took over. It is the one
// goroutine of an idle session.
func (s *Session) read() {
	defer func() {
		if v := recover(); v != nil {
			s.fail(newPanicError("reading", v, debug.Stack()))
		}
	}()
	for {
		s.observer.await()
		data, err := s.in.next()
		if err == errIdle {
			go s.read() // whose stack has not grown
			return
		}
		s.in.keep(s.feed(data))
		if err != nil {
			s.connEnded(err)
			return
		}
		if !s.finishRead() {
			return
		}
	}
}

// finishRead sees to what came of a read: it calls the hooks that it is due to, and writes the answers. It tells whether
// the caller is to read on.
func (s *Session) finishRead() bool {
	s.mu.Lock()
	s.feeding = false
	if s.m.Events() > 0 && !s.run.busy {
		s.run.busy, s.run.lent, s.run.began = true, true, s.elapsed()
		s.arm()
		if !s.callHooks() {
			return false
		}
	}
	woke, answers := s.woken > 0, s.m.AnswersQueued()
	if woke {
		s.crowd, s.woken = s.woken, 0
	}
	// Those that were woken have more to send, which leaves with what is queued; but answers do not wait for it.
	if wrote := s.releaseWriting(woke && !answers); woke && (answers || !wrote) {
		runtime.Gosched()
	}
	return true
}

func (s *Session) fail(err error) {
	s.mu.Lock()
	s.feeding = false
	s.m.Fail(s.now(), err)
	s.release()
}

func (s *Session) connEnded(err error) {
	switch {
	case err == io.EOF && len(s.in.part) > 0:
		err = cutShort(s.in.part)
	case err == io.EOF:
		err = nil
	}
	s.mu.Lock()
	s.feeding = false
	s.m.ConnEnded(s.now(), err)
	s.release()
}

// cutShort is the error of a connection that ended behind part, the begin of a PDU.
func cutShort(part []byte) error {
	e := &pdu.FrameError{Head: part[:min(len(part), pdu.HeaderLen)], Err: io.ErrUnexpectedEOF}
	if len(part) >= 4 {
		e.Length = binary.BigEndian.Uint32(part)
	}
	return e
}

// received is one PDU of a batch.
type received struct {
	p    *pdu.PDU
	with *Request // unless it is a response
	err  error
}

// batch is how many PDUs are decoded before the machine gets them.
const batch = 64

// feed gives the machine every whole PDU in data and returns what is left over.
func (s *Session) feed(data []byte) []byte {
	var pdus [batch]received
	for {
		room := pdus[:]
		s.mu.Lock()
		s.feeding = true
		limit, codec, discard := s.m.FrameLimit(), s.m.Codec(), s.m.Discarding()
		if !s.m.State().Bound() {
			room = pdus[:1] // behind a bind, or its response, other limits and another version may hold
		}
		s.mu.Unlock()
		if discard {
			return nil
		}
		n, used, err := decode(room, data, limit, codec)
		if t := s.tracer; t != nil {
			s.traceFrames(t, data[:used], false)
		}
		data = data[used:]
		for at := 0; at < n; {
			at += s.recv(pdus[at:n])
		}
		clear(pdus[:n])
		switch {
		case err != nil && n > 0:
		case err != nil:
			s.mu.Lock()
			s.m.RecvUnframed(s.now(), err)
			s.release()
			s.Log(slog.LevelWarn, "framing lost", "err", err)
			return nil
		case n < len(room):
			return data
		}
	}
}

// decode decodes the whole PDUs at the begin of data, as many as fit in pdus. It returns their number and the octets
// that they take. An error means that framing is lost behind them.
func decode(pdus []received, data []byte, limit int, codec pdu.Codec) (n, used int, err error) {
	for n < len(pdus) {
		size, err := pdu.FrameLen(data[used:], limit)
		if size == 0 || err != nil {
			return n, used, err
		}
		r, frame := &pdus[n], data[used:used+size]
		if isResponse(frame) {
			r.p, r.err = codec.Decode(frame)
		} else {
			r.p, r.with, r.err = pdu.DecodeWith[Request](codec, frame)
		}
		n++
		used += size
	}
	return n, used, nil
}

// isResponse tells whether a frame is a response, before it is decoded.
func isResponse(frame []byte) bool {
	return pdu.CommandID(binary.BigEndian.Uint32(frame[4:])).IsResponse()
}

// recv gives PDUs to the machine until it wants reading to pause, waits for the end of the pause, and tells how many it
// gave.
func (s *Session) recv(pdus []received) int {
	n, paused := s.give(pdus)
	if s.observer != nil {
		s.logMalformed(pdus[:n])
	}
	if paused {
		<-s.resume
	}
	return n
}

// give gives PDUs to the machine until it wants reading to pause, and tells how many it took.
func (s *Session) give(pdus []received) (n int, paused bool) {
	s.mu.Lock()
	defer s.release() // deferred, so that read can end the session after a panic
	now := s.now()
	s.readAt, s.stale = now.Sub(s.started), true
	for n < len(pdus) && !s.m.ReadPaused() {
		r := &pdus[n]
		n++
		if r.err == nil && !r.p.ID.IsResponse() && (r.p.ID == pdu.CommandOutbind || s.seldom != nil && len(s.seldom.awaits) > 0) {
			s.observe(r.p)
		}
		s.next = r.with
		s.m.Recv(now, r.p, r.err)
	}
	s.next = nil
	s.readerWaits = s.m.ReadPaused()
	if s.readerWaits && s.resume == nil {
		s.resume = make(chan struct{}, 1)
	}
	s.feeding = !s.readerWaits
	return n, s.readerWaits
}

func (s *Session) logMalformed(pdus []received) {
	for _, r := range pdus {
		if r.err != nil {
			s.Log(slog.LevelWarn, "malformed PDU", "err", r.err)
		}
	}
}
