package multipart

import (
	"container/heap"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/udh"
)

// Key is what the parts of one message have in common. The addresses may be those of a PDU, which they keep alive: a
// [Store] keeps the Key of a [Record], whose strings are copies.
type Key struct {
	Source, Dest pdu.Address
	Method       Method
	Ref          uint16
	Total        int
}

// String returns the key as one text, for stores that want one; different keys have different texts.
func (k Key) String() string {
	return fmt.Sprintf("%d.%d.%q>%d.%d.%q/%v.%d.%d", k.Source.TON, k.Source.NPI, k.Source.Addr,
		k.Dest.TON, k.Dest.NPI, k.Dest.Addr, k.Method, k.Ref, k.Total)
}

// clone returns a key that shares no memory with k.
func (k Key) clone() Key {
	k.Source.Addr, k.Dest.Addr = strings.Clone(k.Source.Addr), strings.Clone(k.Dest.Addr)
	return k
}

// Record is what a [Store] keeps of a message: parts that wait for others, or the memory of a message that was handed
// over. It is plain data, and may be kept as JSON. A record that a store was given is not changed any more. It shares
// no memory with a PDU: the [Reassembler] clones what it puts in, so that a store need not.
type Record struct {
	Key      Key
	Parts    []Part    // in the order of their numbers; none when the message was handed over
	First    time.Time // when the first part came
	Deadline time.Time // when to forget the record
	Seen     []uint64  // digests of the parts of a complete message with the same key, handed over before
}

func (r *Record) message(reason Reason) Message {
	return Message{r.Key.Source, r.Key.Dest, r.Parts, r.Key.Total, reason, r.First}
}

// octets estimates the memory that the record takes, its places in a [Memory] included.
func (r *Record) octets() int {
	const place = 256 // in a map and a queue, both of which grow by doubling
	n := place + int(unsafe.Sizeof(Record{})) + len(r.Key.Source.Addr) + len(r.Key.Dest.Addr) + 8*cap(r.Seen) +
		cap(r.Parts)*int(unsafe.Sizeof(Part{}))
	for _, p := range r.Parts {
		n += cap(p.Octets) + cap(p.UDH)*int(unsafe.Sizeof(udh.Element{}))
		for _, e := range p.UDH {
			n += cap(e.Data)
		}
	}
	return n
}

// Store keeps the messages that wait for parts. [Memory] is one for a single process; one that several processes share,
// in a database, lets parts of one message come to any of them. Its methods may be called by many goroutines at once.
type Store interface {
	// Update replaces the record of the key by what change makes of it, as one step: of two processes that add the last
	// two parts of a message, the second must see what the first one stored. change gets nil when there is no record, and
	// returns nil when there is to be none. What is kept is the record alone, with its own Key: that of the call may be of
	// a PDU, and keep all of it. change has no effects of its own, must not wait, and may be called again when
	// another process was faster.
	//
	// dropped are the records that the store gave up to make room. With an error nothing was changed.
	Update(ctx context.Context, key Key, change func(old *Record) *Record) (dropped []*Record, err error)

	// Expire removes the records whose deadline is not after now, and returns them, the earliest deadline first. Each is
	// returned to one caller alone.
	Expire(ctx context.Context, now time.Time) ([]*Record, error)
}

// Bounds of a [Memory] that sets none.
const (
	DefaultMaxRecords = 10_000
	DefaultMaxOctets  = 64 << 20
)

// Memory is a [Store] in the memory of the process. When it is full, it drops the records whose deadlines are nearest:
// those of messages handed over before those of messages that wait, and of these, the ones that waited longest.
type Memory struct {
	maxRecords, maxOctets int

	mu      sync.Mutex
	entries map[Key]*entry
	queue   queue // by deadline
	octets  int
}

// NewMemory returns a Memory that keeps at most so many records, messages handed over and remembered among them, in at
// most about so many octets. Zero or less means DefaultMaxRecords and DefaultMaxOctets.
func NewMemory(maxRecords, maxOctets int) *Memory {
	if maxRecords <= 0 {
		maxRecords = DefaultMaxRecords
	}
	if maxOctets <= 0 {
		maxOctets = DefaultMaxOctets
	}
	return &Memory{maxRecords: maxRecords, maxOctets: maxOctets, entries: make(map[Key]*entry)}
}

// Update implements [Store]. It neither waits nor fails.
func (m *Memory) Update(_ context.Context, key Key, change func(old *Record) *Record) ([]*Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entries[key]
	var old *Record
	if e != nil {
		old = e.record
	}
	record := change(old)
	switch {
	case record == old:
		return nil, nil
	case record == nil:
		m.remove(e)
		return nil, nil
	case e == nil:
		e = &entry{record: record, octets: record.octets()}
		m.entries[record.Key] = e // whose strings keep no PDU alive
		heap.Push(&m.queue, e)
		m.octets += e.octets
	default:
		m.octets -= e.octets
		e.record, e.octets = record, record.octets()
		m.octets += e.octets
		heap.Fix(&m.queue, e.index)
	}
	var dropped []*Record
	for len(m.queue) > m.maxRecords || m.octets > m.maxOctets {
		dropped = append(dropped, m.remove(m.queue[0]))
	}
	return dropped, nil
}

// Expire implements [Store]. It neither waits nor fails.
func (m *Memory) Expire(_ context.Context, now time.Time) ([]*Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var expired []*Record
	for len(m.queue) > 0 && !m.queue[0].record.Deadline.After(now) {
		expired = append(expired, m.remove(m.queue[0]))
	}
	return expired, nil
}

// Size returns how many records there are, and about how many octets they take.
func (m *Memory) Size() (records, octets int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.queue), m.octets
}

func (m *Memory) remove(e *entry) *Record {
	heap.Remove(&m.queue, e.index)
	delete(m.entries, e.record.Key)
	m.octets -= e.octets
	return e.record
}

// entry is a record with its place in the queue.
type entry struct {
	record *Record
	octets int
	index  int
}

// queue is a heap of entries, the earliest deadline first.
type queue []*entry

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].record.Deadline.Before(q[j].record.Deadline) }

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *queue) Push(x any) {
	e := x.(*entry)
	e.index = len(*q)
	*q = append(*q, e)
}

func (q *queue) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return e
}
