package machine

// maxSeq is the highest sequence number; 1 follows it. SMPP 5.0 §4.7.24.
const maxSeq = 0x7FFFFFFF

// nextSeq returns the next number that is neither in flight nor remembered.
func (m *Machine) nextSeq() uint32 {
	for {
		s := m.seq
		if m.seq++; m.seq > maxSeq {
			m.seq = 1
		}
		if !m.seqInUse(s) {
			return s
		}
	}
}

// seqInUse tells whether a number is in flight or remembered for a late response.
func (m *Machine) seqInUse(seq uint32) bool { return m.table.get(seq) != nil || m.late.get(seq) != nil }

// table finds the operation in flight that has a sequence number. Numbers are given out in order, so a ring indexed by
// their low bits holds nearly all; one that is still there when the ring comes round moves to a map.
type table struct {
	ring []*Op // a power of two, at least twice as many as are in flight
	old  map[uint32]*Op
	n    int
}

// maxIdleRing is the largest ring that is kept when nothing is in flight.
const maxIdleRing = 4 << 10

func (t *table) get(seq uint32) *Op {
	if len(t.ring) == 0 {
		return nil
	}
	if o := *t.at(seq); o != nil && o.seq == seq {
		return o
	}
	return t.old[seq]
}

func (t *table) at(seq uint32) **Op { return &t.ring[seq&uint32(len(t.ring)-1)] }

// put adds o; its number is not in the table.
func (t *table) put(o *Op) {
	if t.n >= len(t.ring)/2 {
		t.grow()
	}
	t.n++
	t.place(o)
}

func (t *table) place(o *Op) {
	p := t.at(o.seq)
	if older := *p; older != nil {
		if t.old == nil {
			t.old = make(map[uint32]*Op)
		}
		t.old[older.seq] = older
	}
	*p = o
}

func (t *table) grow() {
	ring, old := t.ring, t.old
	t.ring, t.old = make([]*Op, max(8, 2*len(ring))), nil
	for _, o := range old {
		t.place(o)
	}
	for _, o := range ring {
		if o != nil {
			t.place(o)
		}
	}
}

// remove takes o out, which is in the table.
func (t *table) remove(o *Op) {
	t.n--
	if p := t.at(o.seq); *p == o {
		*p = nil
	} else {
		delete(t.old, o.seq)
	}
	if t.n == 0 {
		t.old = nil
		if len(t.ring) > maxIdleRing {
			t.ring = nil
		}
	}
}

// memory holds requests whose time ran out, so that a late response can still be told with its request.
type memory struct {
	bySeq  map[uint32]*Op
	list   opList // oldest first
	octets int    // of their PDUs
}

func (l *memory) len() int {
	if l == nil {
		return 0
	}
	return l.list.n
}

func (l *memory) get(seq uint32) *Op {
	if l.len() == 0 {
		return nil
	}
	return l.bySeq[seq]
}

// add remembers o until the given time, and forgets the oldest beyond a limit, in number and in octets.
func (l *memory) add(o *Op, until int64, limit, octets int) {
	if l.bySeq == nil {
		l.bySeq = make(map[uint32]*Op)
	}
	o.deadline = until
	l.bySeq[o.seq] = o
	l.list.push(o)
	l.octets += int(o.octets)
	for l.list.n > limit || l.octets > octets {
		l.forget(l.list.head)
	}
}

func (l *memory) forget(o *Op) {
	l.list.remove(o)
	l.octets -= int(o.octets)
	if delete(l.bySeq, o.seq); l.list.n == 0 {
		l.bySeq = nil
	}
}

// expire forgets what is due.
func (l *memory) expire(now int64) {
	if l == nil {
		return
	}
	for o := l.list.head; o != nil && o.deadline <= now; o = l.list.head {
		l.forget(o)
	}
}
