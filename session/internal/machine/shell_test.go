package machine

import (
	"encoding/binary"

	"github.com/smpp-go/smpp/pdu"
)

// testShell is a shell that takes memory from the garbage collector and knows whose hook was called. A test may bring
// its own.
type testShell struct {
	newIn    func(p *pdu.PDU) *In
	withdraw func(in *In) bool
	buffer   func() []byte
	release  func(b []byte)

	called    map[*In]bool // whose hook was called, but those that wait for their turn
	withdrawn map[*In]bool
}

// call reports whether the hook of in may be called, which it is then: the counterpart of Withdraw.
func (m *testShell) call(in *In) bool {
	if m.withdrawn[in] {
		return false
	}
	if m.called == nil {
		m.called = map[*In]bool{}
	}
	m.called[in] = true
	return true
}

func (m *testShell) Withdraw(in *In) bool {
	switch {
	case m.withdraw != nil:
		return m.withdraw(in)
	case m.called[in]:
		return false
	case m.withdrawn == nil:
		m.withdrawn = map[*In]bool{}
	}
	m.withdrawn[in] = true
	return true
}

func (m *testShell) NewIn(p *pdu.PDU) *In {
	if m.newIn != nil {
		return m.newIn(p)
	}
	return new(In)
}

func (m *testShell) Buffer() []byte {
	if m.buffer != nil {
		return m.buffer()
	}
	return make([]byte, 0, 4<<10)
}

func (m *testShell) Release(b []byte) {
	if m.release != nil {
		m.release(b)
	}
}

// flownFrame is a frame that is being written.
type flownFrame struct {
	start, end int // within what Take returned
	op         *Op
	in         *In
}

// flown returns the frames that are being written.
func (m *Machine) flown() (all []flownFrame) {
	f := m.flight
	for i := f.from; i < f.to; i++ {
		start, x := f.block.start(i), f.block.frames[i]
		o := x.op
		if o == nil && x.in == nil && !x.id.IsResponse() {
			o = m.table.get(binary.BigEndian.Uint32(f.block.b[start+12:]))
		}
		all = append(all, flownFrame{start - f.start(), int(x.end) - f.start(), o, x.in})
	}
	return all
}

// refers tells whether the machine holds o anywhere but in the effects, which are drained.
func (m *Machine) refers(o *Op) bool {
	if o.is(opInHanded|opWithdrawn) || o.Waiting() || m.table.get(o.seq) == o || m.late.get(o.seq) == o ||
		o == m.bindOp || o == m.ourUnbind || o == m.lastEnquire {
		return true
	}
	var frames []frame
	if b := m.flight.block; b != nil {
		frames = append(frames, b.frames...)
	}
	for i := range m.out {
		for b := m.out[i].first; b != nil; b = b.next {
			frames = append(frames, b.frames...)
		}
	}
	if r := m.seldom; r != nil {
		for _, u := range r.failed {
			frames = append(frames, u.frame)
		}
		for _, l := range r.lost {
			if l.PDU == &o.PDU {
				return true
			}
		}
	}
	for _, f := range frames {
		if f.op == o {
			return true
		}
	}
	return false
}
