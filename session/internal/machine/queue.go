package machine

import (
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
	end    uint32   // of its octets in their block
	op     *Op      // the request of ours that it is; nil for a Do on its way, which needs no report
	in     *In      // the request of the peer's that it answers
	answer *pdu.PDU // the answer, when its send result is to be reported
}

// gap tells that the frame is not to be written any more.
func (f *frame) gap() bool { return f.op != nil && f.op.size == 0 }

// block is a buffer of encoded PDUs. It is written as it is: what was taken stays in it until the write has ended,
// while others are added behind.
type block struct {
	b      []byte
	frames []frame
	head   int  // frames that are taken
	lent   bool // of these, some are being written
	next   *block
}

// start returns where the octets of frame i begin.
func (b *block) start(i int) int {
	if i == 0 {
		return 0
	}
	return int(b.frames[i-1].end)
}

// left returns the octets of the frames that are not taken.
func (b *block) left() []byte { return b.b[b.start(b.head):] }

// add adds a frame whose octets are in place.
func (b *block) add(f frame) {
	f.end = uint32(len(b.b))
	b.frames = append(b.frames, f)
}

// closeGaps removes gaps among the frames that are not taken, and returns the number of their octets.
func (b *block) closeGaps() int {
	old, had, at := b.frames[b.head:], len(b.b), b.start(b.head)
	b.b, b.frames = b.b[:at], b.frames[:b.head]
	for _, f := range old {
		octets := b.b[at:f.end]
		if at = int(f.end); !f.gap() {
			b.b = append(b.b, octets...)
			b.add(f)
		}
	}
	clear(old[len(b.frames)-b.head:])
	return had - len(b.b)
}

// merge moves the frames of other that are not taken behind those of b, if there is room.
func (b *block) merge(other *block) bool {
	octets := other.left()
	if len(b.b)+len(octets) > cap(b.b) {
		return false
	}
	shift := len(b.b) - other.start(other.head)
	b.b = append(b.b, octets...)
	for _, f := range other.frames[other.head:] {
		f.end = uint32(int(f.end) + shift)
		b.frames = append(b.frames, f)
	}
	return true
}

// outQueue holds encoded frames of one class in order. Frames that are not to be written any more are gaps in it; when
// gaps outweigh the rest they are closed, so that a queue that nobody takes from stays within twice of what is to be
// written.
type outQueue struct {
	first, last *block // a list of those with frames that are not taken
	size        int    // octets that are not taken
	gaps        int    // of these, octets in gaps
}

// minRoom is the room in a block for which another PDU is encoded into it, in octets. Few are larger.
const minRoom = 512

// push adds a block.
func (q *outQueue) push(b *block) {
	b.next = nil
	if q.last != nil {
		q.last.next = b
	} else {
		q.first = b
	}
	q.last = b
}

// pop takes the first block out.
func (q *outQueue) pop() *block {
	b := q.first
	if q.first = b.next; q.first == nil {
		q.last = nil
	}
	b.next = nil
	return b
}

// len returns the number of octets to be written.
func (q *outQueue) len() int { return q.size - q.gaps }

// room returns the last block when there is room in it, else a new one.
func (m *Machine) room(q *outQueue) *block {
	if b := q.last; b != nil && cap(b.b)-len(b.b) >= minRoom {
		return b
	}
	return m.newBlock()
}

// newBlock returns an empty block.
func (m *Machine) newBlock() *block {
	var b *block
	if last := len(m.freeBlocks) - 1; last >= 0 {
		b = m.freeBlocks[last]
		m.freeBlocks[last] = nil
		m.freeBlocks = m.freeBlocks[:last]
	} else {
		b = new(block)
	}
	if b.b == nil {
		b.b = m.shell.Buffer()
	}
	return b
}

// maxFreeBlocks is how many blocks are kept while a session is busy.
const maxFreeBlocks = 16

// release gives back a block that is in no queue, when it is not being written. While others are queued, its buffer
// will soon be needed again; when none is, no buffer is kept.
func (m *Machine) release(b *block) {
	if b.lent {
		return
	}
	clear(b.frames)
	*b = block{b: b.b[:0], frames: reuse(b.frames)}
	if len(m.freeBlocks) < maxFreeBlocks {
		m.freeBlocks = append(m.freeBlocks, b)
	} else {
		m.shell.Release(b.b)
	}
	if m.queued == 0 {
		m.releaseBuffers()
	}
}

// releaseBuffers gives back the buffers that are kept.
func (m *Machine) releaseBuffers() {
	for _, b := range m.freeBlocks {
		if b.b != nil {
			m.shell.Release(b.b)
			b.b = nil
		}
	}
}

// encode adds p to the write queue, with f as its bookkeeping.
func (m *Machine) encode(p *pdu.PDU, f frame) error {
	class := classOf(p.ID)
	q := &m.out[class]
	b := m.room(q)
	had := len(b.b)
	out, err := m.codec.Append(b.b, p)
	switch {
	case err != nil:
		if had == 0 {
			m.release(b)
		}
		return err
	case cap(out) == cap(b.b):
		b.b = out
	case had == 0:
		m.shell.Release(b.b)
		b.b = out
	default: // it did not fit behind the others
		b = m.newBlock()
		if len(out)-had > cap(b.b) {
			m.shell.Release(b.b)
			b.b = make([]byte, 0, len(out)-had)
		}
		b.b = append(b.b, out[had:]...)
	}
	if b != q.last {
		q.push(b)
	}
	n := len(out) - had
	if f.op != nil {
		f.op.size = uint32(n)
	}
	f.id = p.ID
	b.add(f)
	q.size += n
	m.count(class, n)
	return nil
}

// count notes that a frame of n octets, or when n is negative of -n octets, came into the write queue or left it.
func (m *Machine) count(class, n int) {
	if n > 0 {
		m.queued++
	} else {
		m.queued--
	}
	m.octets += n
	if class != classRequest {
		m.respBytes += n
	}
}

// unqueue makes a gap of the frame of o, which is still in the write queue.
func (m *Machine) unqueue(o *Op) {
	if o.size == 0 {
		return
	}
	m.tidy(m.makeGap(o))
}

func (m *Machine) makeGap(o *Op) *outQueue {
	class := classOf(o.id)
	m.count(class, -int(o.size))
	q := &m.out[class]
	q.gaps += int(o.size)
	o.size = 0
	return q
}

// unqueueAll keeps all requests that are in the write queue from going out, since nobody will wait for their responses:
// they end as NotSent with the session. An unbind goes out nevertheless.
func (m *Machine) unqueueAll() {
	for i := range m.out {
		q := &m.out[i]
		for o := range q.ops {
			if o.size > 0 && o != m.ourUnbind {
				m.makeGap(o)
				o.set(opWithdrawn)
				m.more().withdrawn.push(o)
			}
		}
		m.tidy(q)
	}
}

// ops yields the requests of ours that are in the queue, gaps among them.
func (q *outQueue) ops(yield func(*Op) bool) {
	for b := q.first; b != nil; b = b.next {
		for i := range b.frames[b.head:] {
			if o := b.frames[b.head+i].op; o != nil && !yield(o) {
				return
			}
		}
	}
}

// tidy gives back what the queue does not need.
func (m *Machine) tidy(q *outQueue) {
	switch {
	case q.len() == 0:
		m.releaseAll(q)
	case q.gaps > q.len():
		m.closeGaps(q)
	}
}

// closeGaps moves what is to be written together.
func (m *Machine) closeGaps(q *outQueue) {
	old := *q
	*q = outQueue{size: q.size}
	for old.first != nil {
		b := old.pop()
		q.size -= b.closeGaps()
		if b.head < len(b.frames) && (q.last == nil || !q.last.merge(b)) {
			q.push(b)
		} else {
			m.release(b)
		}
	}
}

// releaseAll empties q.
func (m *Machine) releaseAll(q *outQueue) {
	for q.first != nil {
		m.release(q.pop())
	}
	*q = outQueue{}
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
func (m *Machine) trim(now int64) {
	if now-m.heard.at < int64(time.Second) || m.queued > 0 || m.writing || m.table.n > 0 ||
		m.nextEff < len(m.effects) || m.events.len() > 0 {
		return
	}
	m.effects, m.nextEff, m.freeBlocks, m.table.ring = nil, 0, nil, nil
	m.events.reset()
	if m.waiting == 0 {
		m.waits = nil
	}
}
