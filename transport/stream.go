package transport

import (
	"sync"
	"time"
)

const defaultPipeBuffer = 64 << 10

// stream is one direction of a pipe, guarded by the lock of the pipe.
type stream struct {
	pipe     *pipe
	readable *sync.Cond // something arrived, or ended
	writable *sync.Cond // room came free, the turn of a writer ended, or the stream did

	buf     []byte // buf[off:] is written and not read
	off     int
	limit   int           // most octets in buf[off:], negative for any
	late    []consignment // the tail of buf[off:] that has not arrived yet, oldest first
	lateLen int           // octets in late

	writing   bool      // a Write has its turn
	ended     bool      // the writer is done
	endAt     time.Time // when the end arrives
	abandoned bool      // the reader is gone

	cutAfter int // octets that may still pass, negative for any
	stalled  bool
	delay    time.Duration
	split    int // most octets in one Read, 0 for any
}

// consignment is octets that arrive together.
type consignment struct {
	n   int
	due time.Time
}

func newStream(p *pipe) *stream {
	return &stream{
		pipe:     p,
		readable: sync.NewCond(&p.mu),
		writable: sync.NewCond(&p.mu),
		limit:    defaultPipeBuffer,
		cutAfter: -1,
	}
}

// put appends what there is room for and what the fault lets pass.
func (s *stream) put(b []byte) int {
	n := len(b)
	if s.limit >= 0 {
		// A limit may have been lowered below what is buffered.
		n = min(n, max(0, s.limit-s.buffered()))
	}
	if s.cutAfter >= 0 {
		n = min(n, s.cutAfter)
	}
	if n == 0 {
		return 0
	}
	if s.off >= s.buffered() && len(s.buf)+n > cap(s.buf) {
		// Not sooner: moving much to win little room costs too much when a reader takes octet by octet.
		s.buf = s.buf[:copy(s.buf, s.buf[s.off:])]
		s.off = 0
	}
	s.buf = append(s.buf, b[:n]...)
	if due := s.arrival(); !due.IsZero() || len(s.late) > 0 {
		s.late = append(s.late, consignment{n, due})
		s.lateLen += n
	}
	if s.cutAfter >= 0 {
		s.cutAfter -= n
		if s.cutAfter == 0 {
			s.pipe.reset()
		}
	}
	s.readable.Broadcast()
	return n
}

// arrival says when what is sent now arrives, and sees to it that a reader looks then. The zero time is at once, though
// nothing overtakes what was sent before.
func (s *stream) arrival() time.Time {
	if s.delay <= 0 {
		return time.Time{}
	}
	due := time.Now().Add(s.delay)
	time.AfterFunc(s.delay, func() {
		s.pipe.mu.Lock()
		defer s.pipe.mu.Unlock()
		s.readable.Broadcast()
	})
	return due
}

// arrived returns how many octets can be read now, faults aside.
func (s *stream) arrived() int {
	if len(s.late) > 0 {
		now := time.Now()
		for len(s.late) > 0 && !now.Before(s.late[0].due) {
			s.lateLen -= s.late[0].n
			s.late = s.late[1:]
		}
	}
	return s.buffered() - s.lateLen
}

// take moves what can be read into b.
func (s *stream) take(b []byte) int {
	if s.stalled {
		return 0
	}
	n := min(len(b), s.arrived())
	if s.split > 0 {
		n = min(n, s.split)
	}
	if n == 0 {
		return 0
	}
	copy(b, s.buf[s.off:s.off+n])
	s.off += n
	if s.empty() {
		s.buf, s.off = s.buf[:0], 0
	}
	s.writable.Broadcast()
	return n
}

func (s *stream) buffered() int { return len(s.buf) - s.off }

func (s *stream) empty() bool { return s.buffered() == 0 }

// atEOF reports whether the end is what the reader sees next.
func (s *stream) atEOF() bool {
	return s.ended && !s.stalled && s.empty() && !time.Now().Before(s.endAt)
}

// end marks the end of what the writer sends. It arrives as octets would.
func (s *stream) end() {
	if !s.ended {
		s.ended = true
		s.endAt = s.arrival()
	}
}

// abandon is for a reader that goes away: nobody will read what is buffered.
func (s *stream) abandon() {
	s.abandoned = true
	s.drop()
}

func (s *stream) drop() {
	s.buf, s.off, s.late, s.lateLen = nil, 0, nil, 0
}
