package session

import (
	"runtime"
	"sync"
)

// chunk is the size of the buffers that are shared by all sessions, in octets, and of one flush.
const chunk = 16 << 10

var chunks = sync.Pool{New: func() any { return new([chunk]byte) }}

func takeChunk() []byte { return chunks.Get().(*[chunk]byte)[:0] }

// releaseChunk takes a buffer back, unless it has grown.
func releaseChunk(b []byte) {
	if cap(b) == chunk {
		chunks.Put((*[chunk]byte)(b[:chunk]))
	}
}

// flush writes while there is something to write. It is the one writer while flushing is set.
func (s *Session) flush() {
	for more := true; more; more = s.flushOnce(s.conn.Write) {
		s.gather()
	}
}

// gather lets other goroutines run, as long as that brings more to write with the rest, up to a chunk.
func (s *Session) gather() {
	for had := -1; ; {
		n := int(s.queued.Load())
		if n <= had || n >= chunk {
			return
		}
		had = n
		runtime.Gosched()
	}
}

// flushOnce writes what is queued, up to a chunk. It tells whether the caller is to go on; flushing is false afterwards
// if not. A write that returns errWouldWait is continued by another goroutine.
func (s *Session) flushOnce(write func([]byte) (int, error)) (more bool) {
	s.mu.Lock()
	b := s.m.Take(s.now(), chunk)
	s.settle()
	if len(b) == 0 {
		s.flushing = false
		s.unlock()
		return false
	}
	s.unlock()
	if t := s.tracer; t != nil {
		s.traceFrames(t, b, true)
	}
	n, err := write(b)
	if err == errWouldWait {
		go s.flushRest(b, n)
		return false
	}
	return s.wrote(n, err)
}

// flushRest writes what is left of b behind its first n octets, and then what is queued.
func (s *Session) flushRest(b []byte, n int) {
	rest, err := s.conn.Write(b[n:])
	if s.wrote(n+rest, err) {
		s.flush()
	}
}

// wrote tells the machine the end of a write, and whether there is more to write.
func (s *Session) wrote(n int, err error) (more bool) {
	s.mu.Lock()
	s.m.Wrote(s.now(), n, err)
	s.settle()
	more = s.m.WantWrite()
	s.flushing = more
	s.unlock()
	return more
}

// releaseWriting is release for a caller that writes what is queued itself, once, where that can be done without
// waiting for the peer. With yield it first lets other goroutines run, while other requests are in flight or others were
// woken with the caller: what they add leaves in the same write.
func (s *Session) releaseWriting(yield bool) {
	s.settle()
	if !s.m.WantWrite() || s.flushing {
		s.unlock()
		return
	}
	s.flushing = true
	if s.direct.raw == nil {
		go s.flush()
		s.unlock()
		return
	}
	yield = yield && (s.m.Outstanding() > 0 || s.crowd > 1)
	s.unlock()
	if yield {
		s.gather()
	}
	if s.flushOnce(s.direct.write) {
		go s.flush()
	}
}
