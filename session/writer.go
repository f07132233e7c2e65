package session

import (
	"runtime"
	"time"
)

// flush writes while there is something to write. It is the one writer while flushing is set.
func (s *Session) flush() {
	for more := true; more; {
		s.observer.await()
		s.gather()
		b := s.take()
		if len(b) == 0 {
			return
		}
		n, err := s.conn.Write(b)
		more = s.wrote(n, err)
	}
}

// gatherTime is how long a write may be put off for what others add to it, as far as the scheduler lets it. A full buffer
// takes less.
const gatherTime = 250 * time.Microsecond

// gather lets other goroutines run, as long as that brings more to write with the rest, up to a chunk.
func (s *Session) gather() {
	began := s.elapsed()
	for had := -1; ; {
		n := int(s.queued.Load())
		if n <= had || n >= chunk || had >= 0 && s.elapsed()-began > gatherTime {
			return
		}
		had = n
		runtime.Gosched()
	}
}

// take takes what is to be written next, up to a chunk. When that is nothing, flushing is false afterwards.
func (s *Session) take() []byte {
	s.mu.Lock()
	b := s.m.Take(s.now(), chunk)
	s.settle()
	s.flushing = len(b) > 0
	s.unlock()
	if t := s.tracer; t != nil {
		s.traceFrames(t, b, true)
	}
	return b
}

// wrote tells the machine the end of a write, and whether there is more to write. When not, flushing is false afterwards.
func (s *Session) wrote(n int, err error) (more bool) {
	s.mu.Lock()
	s.m.Wrote(s.now(), n, err)
	s.settle()
	more = s.m.WantWrite()
	s.flushing = more
	s.unlock()
	return more
}

// flushDirect writes what is queued, up to a chunk, without waiting for the peer, and leaves to another goroutine what is
// left to be done.
func (s *Session) flushDirect() {
	b := s.take()
	if len(b) == 0 {
		return
	}
	n, err := s.direct.write(s.in.raw, b)
	if err == errWouldWait {
		go s.flushRest(b, n)
	} else if s.wrote(n, err) {
		go s.flush()
	}
}

// flushRest writes what is left of b behind its first n octets, and then what is queued.
func (s *Session) flushRest(b []byte, n int) {
	rest, err := s.conn.Write(b[n:])
	if s.wrote(n+rest, err) {
		s.flush()
	}
}

// releaseWriting is release for a caller that writes what is queued itself, once, where that can be done without
// waiting for the peer. With yield it first lets other goroutines run: what they add leaves in the same write. It tells
// whether there was something to write, and nobody else was about to.
func (s *Session) releaseWriting(yield bool) bool {
	s.settle()
	if !s.m.WantWrite() || s.flushing {
		s.unlock()
		return false
	}
	s.flushing = true
	if s.in.raw == nil {
		go s.flush()
		s.unlock()
		return true
	}
	s.unlock()
	if yield {
		s.gather()
	}
	s.flushDirect()
	return true
}
