package session

import (
	"sync"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session/internal/machine"
)

// chunk is the size of the buffers that are shared by all sessions, in octets, and of one write: a hundred usual requests
// fit. It is a size class of the allocator.
const chunk = 24 << 10

var chunks = sync.Pool{New: func() any { return new([chunk]byte) }}

func takeChunk() []byte { return chunks.Get().(*[chunk]byte)[:0] }

// releaseChunk takes a buffer back, unless it has grown.
func releaseChunk(b []byte) {
	if cap(b) == chunk {
		chunks.Put((*[chunk]byte)(b[:chunk]))
	}
}

// memory is what a session's machine asks of it.
type memory Session

// Withdraw implements machine.Shell.
func (*memory) Withdraw(in *machine.In) bool {
	return requestOf(in).life.CompareAndSwap(notBegun, withdrawn)
}

// NewIn implements machine.Shell: the request was allocated with the PDU.
func (m *memory) NewIn(p *pdu.PDU) *machine.In {
	r := m.next
	r.PDU, r.s, r.in.Owner = p, (*Session)(m).linked(), r
	if t := m.tracer; t != nil && t.Unserved != nil {
		r.in.Owner = &tracedIn{r, *p}
	}
	return &r.in
}

// Buffer implements machine.Shell.
func (*memory) Buffer() []byte { return takeChunk() }

// Release implements machine.Shell.
func (*memory) Release(b []byte) { releaseChunk(b) }
