package machine

import "github.com/smpp-go/smpp/pdu"

// Classes of the write queue, the first to go first.
const (
	classBind    = iota // the response of a bind
	classResp           // other responses, and enquire_link
	classRequest        // all else
	numClasses
)

func classOf(id pdu.CommandID) int {
	switch {
	case id.IsResponse() && isBind(id.Request()):
		return classBind
	case id.IsResponse() || id == pdu.CommandEnquireLink:
		return classResp
	}
	return classRequest
}

// frame is one encoded PDU in the write queue, or on its way to the socket.
type frame struct {
	id     pdu.CommandID
	n      int      // octets
	end    int      // offset of its end in the flush, once taken
	op     *Op      // the request of ours that it is
	in     *In      // the request of the peer's that it answers
	answer *pdu.PDU // the answer, when its send result is to be reported
	unsent bool     // the write failed before its first octet
}

// gap tells that the frame is not to be written any more.
func (f *frame) gap() bool { return f.op != nil && f.op.size == 0 }

// outQueue holds encoded frames of one class in order. Frames that are not to be written any more are gaps in it; when
// gaps and what is taken outweigh the rest they are closed, so that a queue that nobody takes from stays within twice of
// what is to be written.
type outQueue struct {
	buf    []byte
	off    int // octets of buf that are taken
	gaps   int // octets of buf in gaps
	frames []frame
	head   int // frames that are taken
}

// len returns the number of octets to be written.
func (q *outQueue) len() int { return len(q.buf) - q.off - q.gaps }

// pop takes the first frame, if there is one. Its octets are valid until the queue is used again.
func (q *outQueue) pop() (f frame, b []byte, ok bool) {
	if q.head == len(q.frames) {
		return f, nil, false
	}
	f = q.frames[q.head]
	q.frames[q.head] = frame{}
	q.head++
	b = q.buf[q.off : q.off+f.n]
	q.off += f.n
	if f.gap() {
		q.gaps -= f.n
	}
	return f, b, true
}

// tidy gives back what the queue does not need. The buffer of an empty queue goes to release.
func (q *outQueue) tidy(release func([]byte)) {
	switch {
	case q.len() == 0:
		clear(q.frames)
		*q = outQueue{buf: q.buf, frames: reuse(q.frames)}
		if q.buf != nil {
			release(q.buf[:0])
			q.buf = nil
		}
	case q.off+q.gaps > len(q.buf)/2 || q.head > len(q.frames)/2:
		frames, buf, at := q.frames[:0], q.buf[:0], q.off
		for _, f := range q.frames[q.head:] {
			if !f.gap() {
				frames = append(frames, f)
				buf = append(buf, q.buf[at:at+f.n]...)
			}
			at += f.n
		}
		clear(q.frames[len(frames):])
		*q = outQueue{buf: buf, frames: frames}
	}
}

// reuse empties a slice, whose elements need no clearing. One that has grown large is left to the garbage collector, since
// the session may be idle from now on.
func reuse[T any](s []T) []T {
	if cap(s) > 256 {
		return nil
	}
	return s[:0]
}
