package receipt

import (
	"context"
	"time"
)

// Message is a submitted message that receipts are expected for. Each part of a long message is a Message of its own,
// with the id of its own response.
type Message struct {
	ID    string // of the response, as it stands there
	Ref   string // the caller's own name for the message
	Part  int    // number of the part, from 1; 0 for a message of one part
	Parts int    // how many there are
}

// Record is a [Message] as a [Store] keeps it. It shares no memory with a PDU: the [Correlator] clones what it puts in,
// so that a store need not.
type Record struct {
	Message Message
	Key     string    // what the store finds it by; not unique
	Expires time.Time // when to forget it
	Ended   bool      // a final receipt came: kept to tell that others are repeated
	Digest  uint64    // of the latest receipt; 0 before the first
}

// Held is a receipt whose message is not known yet. It shares no memory with a PDU: the [Correlator] clones it.
type Held struct {
	Receipt Receipt
	Key     string    // what the store finds it by; not unique
	Expires time.Time // when to give it up
}

// Mark is what a receipt changes in a [Record].
type Mark struct {
	Digest  uint64    // the new Digest; 0 leaves the record as it is
	End     bool      // the record has ended
	Expires time.Time // the new Expires, if End is set
}

// Store remembers messages and receipts for [Correlator]s. Several processes may share one. Each method concerns one
// key and is one atomic step; nothing is asked of two steps together. All methods may be called at once.
//
// The keys that methods are given are strings of their own, and may be kept.
//
// A Receipt survives encoding/gob. JSON damages texts that are not UTF-8.
type Store interface {
	// Add remembers a record that has not ended; the same key may be there already. The records that the store dropped
	// to make room, if any, are returned; those that have ended may be left out.
	Add(ctx context.Context, r Record) (dropped []Record, err error)

	// Mark changes the oldest record with the key that has not ended, and returns it as it was before. When all have
	// ended, it returns the one that ended last, as it is; others that have ended need not be kept. It reports false when
	// there is none.
	Mark(ctx context.Context, key string, m Mark) (before Record, ok bool, err error)

	// Hold remembers a receipt; the same key may be there already. The receipts that the store dropped to make room, if
	// any, are returned.
	Hold(ctx context.Context, h Held) (dropped []Held, err error)

	// Take removes all receipts with the key and returns them in the order of arrival. Of two callers, one gets a
	// receipt.
	Take(ctx context.Context, key string) ([]Held, error)

	// Expire removes what expires at now or before, and returns it; records that have ended may be left out. Of two
	// callers, one gets an entry.
	Expire(ctx context.Context, now time.Time) ([]Record, []Held, error)
}
