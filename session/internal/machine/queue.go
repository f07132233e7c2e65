package machine

import (
	"slices"
	"time"

	"github.com/smpp-go/smpp/pdu"
)

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
// gaps outweigh the rest they are closed, so that a queue that nobody takes from stays within twice of what is to be
// written.
type outQueue struct {
	bufs   [][]byte // the octets of frames; none is in two of them
	off    int      // octets of bufs[0] that are taken
	size   int      // octets in bufs that are not taken
	gaps   int      // of these, octets in gaps
	frames []frame
	head   int // frames that are taken
}

// minRoom is the room in a buffer for which another PDU is encoded into it, in octets. Few are larger.
const minRoom = 512

// len returns the number of octets to be written.
func (q *outQueue) len() int { return q.size - q.gaps }

// encode adds the octets of p and returns their number.
func (q *outQueue) encode(cfg *Config, codec *pdu.Codec, p *pdu.PDU) (int, error) {
	b := q.room(cfg)
	n := len(b)
	out, err := codec.Append(b, p)
	last := len(q.bufs) - 1
	switch {
	case err != nil && n == 0:
		cfg.Release(b)
		q.bufs[last] = nil
		q.bufs = q.bufs[:last]
	case err != nil:
	case cap(out) == cap(b):
		q.bufs[last] = out
	case n == 0:
		cfg.Release(b)
		q.bufs[last] = out
	default: // it did not fit behind the others
		q.bufs = append(q.bufs, append(cfg.Buffer(), out[n:]...))
	}
	if err != nil {
		return 0, err
	}
	q.size += len(out) - n
	return len(out) - n, nil
}

// room returns the last buffer when there is room in it, else a new one behind it.
func (q *outQueue) room(cfg *Config) []byte {
	if last := len(q.bufs) - 1; last >= 0 {
		if b := q.bufs[last]; cap(b)-len(b) >= minRoom {
			return b
		}
	}
	b := cfg.Buffer()
	q.bufs = append(q.bufs, b)
	return b
}

// pop takes the first frame; there must be one. Its octets are valid until the queue is used again.
func (q *outQueue) pop(cfg *Config) (f frame, b []byte) {
	f = q.frames[q.head]
	q.frames[q.head] = frame{}
	q.head++
	if q.off == len(q.bufs[0]) {
		cfg.Release(q.bufs[0][:0])
		q.bufs = slices.Delete(q.bufs, 0, 1)
		q.off = 0
	}
	b = q.bufs[0][q.off : q.off+f.n]
	q.off += f.n
	q.size -= f.n
	if f.gap() {
		q.gaps -= f.n
	}
	return f, b
}

// tidy gives back what the queue does not need.
func (q *outQueue) tidy(cfg *Config) {
	switch {
	case q.len() == 0:
		q.release(cfg)
		clear(q.frames)
		*q = outQueue{bufs: q.bufs[:0], frames: reuse(q.frames)}
	case q.gaps > q.len():
		q.closeGaps(cfg)
	case q.head > len(q.frames)/2:
		n := copy(q.frames, q.frames[q.head:])
		clear(q.frames[n:])
		q.frames, q.head = q.frames[:n], 0
	}
}

// release gives the buffers back.
func (q *outQueue) release(cfg *Config) {
	for i, b := range q.bufs {
		cfg.Release(b[:0])
		q.bufs[i] = nil
	}
}

// closeGaps moves what is to be written into new buffers.
func (q *outQueue) closeGaps(cfg *Config) {
	old := *q
	*q = outQueue{}
	for old.head < len(old.frames) {
		f, b := old.pop(cfg)
		if f.gap() {
			continue
		}
		into := q.room(cfg)
		if len(into)+len(b) > cap(into) && len(into) > 0 {
			into = cfg.Buffer()
			q.bufs = append(q.bufs, into)
		}
		if last := len(q.bufs) - 1; len(b) <= cap(into) {
			q.bufs[last] = append(into, b...)
		} else {
			cfg.Release(into)
			q.bufs[last] = slices.Clone(b)
		}
		q.frames = append(q.frames, f)
		q.size += f.n
	}
	old.release(cfg)
}

// keep is the most room that an empty slice keeps while a session is busy, in elements.
const keep = 2048

// reuse empties a slice, whose elements need no clearing. One that has grown large is left to the garbage collector.
func reuse[T any](s []T) []T {
	if cap(s) > keep {
		return nil
	}
	return s[:0]
}

// trim gives back what a busy time has left behind, when nothing is under way any more and the peer has been silent for
// a second.
func (m *Machine) trim(v int64) {
	if v-m.heard < int64(time.Second) || m.queued > 0 || m.writing || len(m.flight) > 0 || m.table.n > 0 || m.nextEff < len(m.effects) {
		return
	}
	m.effects, m.nextEff, m.flight, m.table.ring = nil, 0, nil, nil
	for i := range m.out {
		m.out[i] = outQueue{} // it has nothing to write
	}
}
