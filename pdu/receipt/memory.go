package receipt

import (
	"container/heap"
	"context"
	"slices"
	"sync"
	"time"
	"unsafe"
)

// Sizes of a Memory when its configuration does not tell them.
const (
	DefaultMaxMessages  = 100_000
	DefaultMaxHeld      = 10_000
	DefaultMaxHeldBytes = 16 << 20
)

// MemoryConfig bounds a [Memory]. Zero values stand for the defaults, negative ones for no bound.
type MemoryConfig struct {
	// MaxMessages is the number of messages, those that have ended included: about 320 octets each, and the strings. For
	// one more, a message that has ended is dropped, the one that expires first, or failing that one that has not. Zero:
	// 100,000.
	MaxMessages int
	// MaxHeld is the number of receipts whose message is not known. For one more, that is dropped which expires first.
	// Zero: 10,000.
	MaxHeld int
	// MaxHeldBytes is about how many octets those receipts take together. Zero: 16 MiB.
	MaxHeldBytes int
}

// Memory is a [Store] in the memory of the process. It may be used by many goroutines and many Correlators.
type Memory struct {
	cfg MemoryConfig

	mu      sync.Mutex
	records map[string][]*entry // by key, in the order of arrival; only the first may have ended
	held    map[string][]*entry
	open    queue // records that have not ended
	ended   queue
	waiting queue // held receipts
	bytes   int   // of held receipts
	size    int   // of records
	serial  uint64
}

// NewMemory returns an empty Memory.
func NewMemory(cfg MemoryConfig) *Memory {
	for _, f := range []struct {
		value *int
		zero  int
	}{
		{&cfg.MaxMessages, DefaultMaxMessages},
		{&cfg.MaxHeld, DefaultMaxHeld},
		{&cfg.MaxHeldBytes, DefaultMaxHeldBytes},
	} {
		switch {
		case *f.value == 0:
			*f.value = f.zero
		case *f.value < 0:
			*f.value = int(^uint(0) >> 1)
		}
	}
	return &Memory{cfg: cfg, records: make(map[string][]*entry), held: make(map[string][]*entry)}
}

// entry is a record or a held receipt, in one of the queues.
type entry struct {
	key     string
	expires time.Time
	index   int    // in the queue
	serial  uint64 // order of arrival
	bytes   int    // see sizeOfRecord and sizeOf
	record  Record
	receipt *Receipt // of a held one
}

// Add implements [Store].
func (m *Memory) Add(_ context.Context, r Record) ([]Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.serial++
	r.Ended = false
	e := &entry{key: r.Key, expires: r.Expires, serial: m.serial, bytes: sizeOfRecord(&r), record: r}
	m.records[r.Key] = append(m.records[r.Key], e)
	heap.Push(&m.open, e)
	m.size += e.bytes
	var dropped []Record
	for len(m.open)+len(m.ended) > m.cfg.MaxMessages {
		q := &m.ended
		if len(*q) == 0 {
			q = &m.open
		}
		out := heap.Pop(q).(*entry)
		m.forget(out)
		if !out.record.Ended {
			dropped = append(dropped, out.record)
		}
	}
	return dropped, nil
}

// Mark implements [Store].
func (m *Memory) Mark(_ context.Context, key string, mark Mark) (Record, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := m.records[key]
	if len(list) == 0 {
		return Record{}, false, nil
	}
	e := list[0]
	if e.record.Ended && len(list) > 1 {
		e = list[1]
	}
	before := e.record
	if before.Ended || mark.Digest == 0 {
		return before, true, nil
	}
	e.record.Digest = mark.Digest
	if mark.End {
		if last := list[0]; last != e { // of those that have ended, the last one is enough
			heap.Remove(&m.ended, last.index)
			m.forget(last)
		}
		heap.Remove(&m.open, e.index)
		e.expires, e.record.Ended, e.record.Expires = mark.Expires, true, mark.Expires
		heap.Push(&m.ended, e)
	}
	return before, true, nil
}

// Hold implements [Store].
func (m *Memory) Hold(_ context.Context, h Held) ([]Held, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.serial++
	e := &entry{key: h.Key, expires: h.Expires, serial: m.serial, receipt: &h.Receipt, bytes: sizeOf(&h)}
	m.held[h.Key] = append(m.held[h.Key], e)
	heap.Push(&m.waiting, e)
	m.bytes += e.bytes
	var dropped []Held
	for len(m.waiting) > m.cfg.MaxHeld || m.bytes > m.cfg.MaxHeldBytes {
		dropped = append(dropped, m.drop(heap.Pop(&m.waiting).(*entry)))
	}
	return dropped, nil
}

// forget drops a record that has left its queue.
func (m *Memory) forget(e *entry) {
	unlink(m.records, e)
	m.size -= e.bytes
}

// drop forgets a held receipt that has left the queue.
func (m *Memory) drop(e *entry) Held {
	unlink(m.held, e)
	m.bytes -= e.bytes
	return Held{Receipt: *e.receipt, Key: e.key, Expires: e.expires}
}

// Take implements [Store].
func (m *Memory) Take(_ context.Context, key string) ([]Held, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Held
	for _, e := range slices.Clone(m.held[key]) {
		heap.Remove(&m.waiting, e.index)
		out = append(out, m.drop(e))
	}
	return out, nil
}

// Expire implements [Store].
func (m *Memory) Expire(_ context.Context, now time.Time) ([]Record, []Held, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var records []Record
	for _, q := range []*queue{&m.ended, &m.open} {
		for len(*q) > 0 && !(*q)[0].expires.After(now) {
			e := heap.Pop(q).(*entry)
			m.forget(e)
			if !e.record.Ended {
				records = append(records, e.record)
			}
		}
	}
	var held []Held
	for len(m.waiting) > 0 && !m.waiting[0].expires.After(now) {
		held = append(held, m.drop(heap.Pop(&m.waiting).(*entry)))
	}
	return records, held, nil
}

// Len returns the number of messages that wait for a receipt and of receipts that wait for a message.
func (m *Memory) Len() (messages, held int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.open), len(m.waiting)
}

// Size returns how many entries there are, messages that have ended and held receipts included, and about how many
// octets they take.
func (m *Memory) Size() (entries, octets int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.open) + len(m.ended) + len(m.waiting), m.size + m.bytes
}

// unlink takes an entry out of the list of its key.
func unlink(in map[string][]*entry, e *entry) {
	list := in[e.key]
	i := slices.Index(list, e)
	if len(list) == 1 {
		delete(in, e.key)
		return
	}
	in[e.key] = slices.Delete(list, i, i+1)
}

// place is about what the places of an entry in its map and its queue take, both of which grow by doubling.
const place = 144

// sizeOfRecord returns about how much memory a record takes.
func sizeOfRecord(r *Record) int {
	return place + int(unsafe.Sizeof(entry{})) + len(r.Key) + len(r.Message.ID) + len(r.Message.Ref)
}

// sizeOf returns about how much memory a held receipt takes.
func sizeOf(h *Held) int {
	r := &h.Receipt
	n := place + int(unsafe.Sizeof(entry{})+unsafe.Sizeof(*h)) + len(h.Key) + cap(r.Raw)
	for _, s := range r.strings() {
		n += len(*s)
	}
	for _, t := range r.TLVs {
		n += int(unsafe.Sizeof(t)) + cap(t.Value)
	}
	return n
}

// queue is a heap of entries, the one that expires first at the top.
type queue []*entry

// Len implements [heap.Interface].
func (q queue) Len() int { return len(q) }

// Less implements [heap.Interface].
func (q queue) Less(i, j int) bool {
	if q[i].expires.Equal(q[j].expires) {
		return q[i].serial < q[j].serial
	}
	return q[i].expires.Before(q[j].expires)
}

// Swap implements [heap.Interface].
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push implements [heap.Interface].
func (q *queue) Push(x any) {
	e := x.(*entry)
	e.index = len(*q)
	*q = append(*q, e)
}

// Pop implements [heap.Interface].
func (q *queue) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return e
}
