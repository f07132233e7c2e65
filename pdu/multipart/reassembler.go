package multipart

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// Config is how a [Reassembler] works. The zero Config keeps messages in memory, with the bounds of [NewMemory].
type Config struct {
	// Store keeps the parts of messages that are not complete; nil means a [Memory] of the Reassembler's own.
	Store Store

	// Timeout is how long a message may wait after each new part for the next one. Zero means 30 minutes; if negative,
	// messages wait for ever, or until the store is full.
	Timeout time.Duration

	// Remember is how long a complete message is remembered after it was handed over, so that parts that come again
	// are known. Zero means 2 minutes; if negative, messages are not remembered, and a part that comes again begins a
	// new message.
	Remember time.Duration
}

// Reassembler puts messages together from parts that come in any order, once or more than once.
//
// It has no clock and no goroutine: the time is an argument, and messages expire when [Reassembler.Expire] is called,
// say every second. Its methods may be called by many goroutines at once; so may those of several Reassemblers, in
// several processes, on one Store.
//
// Parts belong together when source, destination, kind and width of the reference, reference and total are equal.
// 3GPP TS 23.040 §9.2.3.24.1.
type Reassembler struct{ cfg Config }

// NewReassembler returns a Reassembler.
func NewReassembler(cfg Config) *Reassembler {
	if cfg.Store == nil {
		cfg.Store = NewMemory(0, 0)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Minute
	}
	if cfg.Remember == 0 {
		cfg.Remember = 2 * time.Minute
	}
	return &Reassembler{cfg}
}

// Add takes a message that came at the time now, in a body of the kinds that [Get] reads, and returns what is to be
// handed over: nothing while parts are missing; the message when it is complete, which one that is not in parts is at
// once; and besides, messages that this one displaces, with their Reason. Receipts are not told apart from messages:
// see pdu.ESMClass.IsReceipt.
//
// With an error of the store nothing was kept, and the part may be offered again: it is best refused, so that the peer
// sends it again. With a [*udh.Error] the message is handed over as it is, as one of its own. The error is [ErrBody] for
// bodies without message.
func (r *Reassembler) Add(ctx context.Context, now time.Time, body pdu.Body) ([]Message, error) {
	f, err := fieldsOf(body)
	if err != nil {
		return nil, err
	}
	p, bad := Get(body)
	if bad != nil {
		return []Message{{f.source, f.dest, []Part{p}, 1, Complete, now}}, bad
	}
	return r.AddPart(ctx, now, f.source, f.dest, p)
}

// AddPart does what Add does, for a part that was read already.
func (r *Reassembler) AddPart(ctx context.Context, now time.Time, source, dest pdu.Address, p Part) ([]Message, error) {
	n, ok := p.Number()
	if !ok || n.Total == 1 {
		return []Message{{source, dest, []Part{p}, 1, Complete, now}}, nil
	}
	key := Key{source, dest, n.Method, n.Ref, n.Total}
	p = p.clone() // what is kept must not hold on to the memory of a PDU
	var ended []Message
	dropped, err := r.cfg.Store.Update(ctx, key, func(old *Record) *Record {
		var record *Record
		record, ended = r.add(old, key, now, n.Seq, p)
		return record
	})
	if err != nil {
		return nil, err
	}
	return append(ended, messages(dropped, Evicted)...), nil
}

// Forget takes back that a complete message was handed over, when nothing could be done with it: parts that come again,
// or are added again, are a message like any other, which is handed over even when it stays incomplete.
func (r *Reassembler) Forget(ctx context.Context, m Message) error {
	if len(m.Parts) == 0 || m.Total < 2 {
		return nil
	}
	n, ok := m.Parts[0].Number()
	if !ok {
		return nil
	}
	_, err := r.cfg.Store.Update(ctx, Key{m.Source, m.Dest, n.Method, n.Ref, n.Total}, func(old *Record) *Record {
		switch {
		case old == nil || old.Seen == nil:
			return old
		case len(old.Parts) == 0:
			return nil
		}
		record := *old
		record.Seen = nil
		return &record
	})
	return err
}

// Expire hands over the messages whose time is over, those that waited longest first.
func (r *Reassembler) Expire(ctx context.Context, now time.Time) ([]Message, error) {
	records, err := r.cfg.Store.Expire(ctx, now)
	return messages(records, Expired), err
}

// add returns the record with a part added to it, and the messages that this ends. It does not change old.
func (r *Reassembler) add(old *Record, key Key, now time.Time, seq int, p Part) (*Record, []Message) {
	var ended []Message
	if old != nil {
		key = old.Key
	} else {
		key = key.clone() // as the part is
	}
	record := &Record{Key: key, First: now}
	if old != nil && len(old.Parts) == 0 {
		record.Seen = old.Seen
	} else if old != nil {
		i, found := find(old.Parts, seq)
		switch {
		case !found:
			record.First, record.Seen = old.First, old.Seen
			record.Parts = make([]Part, 0, len(old.Parts)+1)
			record.Parts = append(append(append(record.Parts, old.Parts[:i]...), p), old.Parts[i:]...)
		case same(old.Parts[i], p):
			return old, nil
		default:
			ended = messages([]*Record{old}, Conflict)
		}
	}
	if record.Parts == nil {
		record.Parts = []Part{p}
	}
	if seen := record.Seen; seen != nil && (seq > len(seen) || seen[seq-1] != digest(p)) {
		record.Seen = nil // another message, with a reference that was used before
	}
	if len(record.Parts) < key.Total {
		record.Deadline = deadline(now, r.cfg.Timeout)
		return record, ended
	}
	reason := Complete
	if record.Seen != nil {
		reason = Repeated
	}
	ended = append(ended, record.message(reason))
	if r.cfg.Remember < 0 {
		return nil, ended
	}
	seen := make([]uint64, 0, key.Total)
	for _, p := range record.Parts {
		seen = append(seen, digest(p))
	}
	return &Record{Key: key, First: record.First, Seen: seen, Deadline: deadline(now, r.cfg.Remember)}, ended
}

// deadline is a time after now, or one that never comes.
func deadline(now time.Time, after time.Duration) time.Time {
	if after < 0 {
		return now.AddDate(1000, 0, 0)
	}
	return now.Add(after)
}

// find returns where among the parts the one with the number is or belongs.
func find(parts []Part, seq int) (int, bool) {
	return slices.BinarySearchFunc(parts, seq, func(p Part, seq int) int {
		n, _ := p.Number()
		return n.Seq - seq
	})
}

func same(a, b Part) bool { return a.DataCoding == b.DataCoding && bytes.Equal(a.Octets, b.Octets) }

// digest is FNV-1a over what makes two parts the same. Processes that share a store must agree on it.
func digest(p Part) uint64 {
	const prime = 1099511628211
	h := (uint64(14695981039346656037) ^ uint64(p.DataCoding)) * prime
	for _, octet := range p.Octets {
		h = (h ^ uint64(octet)) * prime
	}
	return h
}

// messages makes messages of records that are no longer kept; those that are complete, or of which every part was part
// of a message handed over before, have nothing to tell.
func messages(records []*Record, reason Reason) []Message {
	var ms []Message
	for _, record := range records {
		if len(record.Parts) > 0 && record.Seen == nil {
			ms = append(ms, record.message(reason))
		}
	}
	return ms
}
