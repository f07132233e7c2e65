package receipt

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// ErrNoID is the error of [Correlator.Submitted] for a message without an id. Its receipts can not be told from others.
var ErrNoID = errors.New("receipt: the message has no id")

// EventKind is what a [Correlator] found out.
type EventKind uint8

// Kinds of events.
const (
	// EventMatched: a receipt of a message that was waiting for it. After the final one the message has ended.
	EventMatched EventKind = iota + 1
	// EventRepeated: a receipt of a message that has ended, or one that says the same as the one before: the MC sent it
	// again.
	EventRepeated
	// EventUnmatched: no message for the receipt became known in time, or it has no id. Message is zero.
	EventUnmatched
	// EventUnanswered: no final receipt came for the message in time. Receipt is zero.
	EventUnanswered
)

// String returns the name of the kind.
func (k EventKind) String() string {
	switch k {
	case EventMatched:
		return "matched"
	case EventRepeated:
		return "repeated"
	case EventUnmatched:
		return "unmatched"
	case EventUnanswered:
		return "unanswered"
	}
	return "none"
}

// Event is one finding of a [Correlator].
type Event struct {
	Kind    EventKind
	Message Message
	Receipt Receipt
	// Final is set with EventMatched when the receipt ended the message.
	Final bool
	// Dropped is set with EventUnmatched and EventUnanswered when the time was not over, but the store needed the room.
	Dropped bool
}

// Times that a Correlator remembers things when its configuration does not say how long.
const (
	DefaultMessageTTL = 72 * time.Hour
	DefaultHeldTTL    = 5 * time.Minute
	DefaultEndedTTL   = 24 * time.Hour
)

// CorrelatorConfig is the configuration of a [Correlator]. The zero value works.
type CorrelatorConfig struct {
	// Peer tells the ids of one MC from those of others in a shared Store. All binds to one MC, and all processes that
	// have such binds, give the same.
	Peer string
	// ID is how the peer writes ids.
	ID IDForm
	// Store remembers. Nil: a Memory of its own, of the default size.
	Store Store
	// MessageTTL is how long a message waits for its final receipt. Zero: 72 hours.
	MessageTTL time.Duration
	// HeldTTL is how long a receipt waits for the response with its id, which may be late or on another session. Zero:
	// 5 minutes. Negative: it does not wait.
	HeldTTL time.Duration
	// EndedTTL is how long a message is remembered after its final receipt, to tell repeated ones. Zero: 24 hours, for
	// which MCs repeat what they got no answer for. Negative: until the next Expire.
	EndedTTL time.Duration
	// AcceptedFinal makes the state ACCEPTED end a message. By default another receipt is expected after it.
	AcceptedFinal bool
}

// Correlator brings the messages sent to one MC together with their receipts. Each receipt is told of exactly once: as
// matched, repeated or unmatched. Each message is told of once as ended, by its final receipt or as unanswered.
//
// It has no state of its own but the Store's. Its methods may be called at once, from as many goroutines and processes
// as share the Store; a message and its receipt may come at the same time. The times given should not differ much.
//
// After an error of the Store the events returned are valid, but a receipt or message may be left in the Store or lost
// from it. The call may be repeated, and something be told of twice then.
type Correlator struct {
	cfg CorrelatorConfig
}

// NewCorrelator returns a Correlator. It copies the configuration.
func NewCorrelator(cfg CorrelatorConfig) *Correlator {
	if cfg.Store == nil {
		cfg.Store = NewMemory(MemoryConfig{})
	}
	cfg.MessageTTL = orDefault(cfg.MessageTTL, DefaultMessageTTL)
	cfg.HeldTTL = orDefault(cfg.HeldTTL, DefaultHeldTTL)
	cfg.EndedTTL = orDefault(cfg.EndedTTL, DefaultEndedTTL)
	return &Correlator{cfg: cfg}
}

func orDefault(d, zero time.Duration) time.Duration {
	if d == 0 {
		return zero
	}
	return d
}

// Submitted takes a message whose response has come, and returns what that settles: the receipts that came before the
// response, in the order of their arrival, and messages that the store dropped for room. Tell it of messages that asked
// for a receipt, and of no others.
func (c *Correlator) Submitted(ctx context.Context, now time.Time, m Message) ([]Event, error) {
	if m.ID == "" {
		return nil, ErrNoID
	}
	// The record is there before the receipts are looked for, and Received holds a receipt before it looks for the
	// record again: whichever is second finds the other.
	// What is kept must not hold on to the memory of a PDU.
	m.ID, m.Ref = strings.Clone(m.ID), strings.Clone(m.Ref)
	dropped, err := c.cfg.Store.Add(ctx, Record{
		Message: m, Key: c.storeKey(c.cfg.ID.ResponseKey(m.ID)), Expires: now.Add(c.cfg.MessageTTL),
	})
	events := c.unanswered(nil, dropped, true)
	if err != nil {
		return events, err
	}
	for _, key := range c.cfg.ID.ResponseKeys(m.ID) {
		held, err := c.cfg.Store.Take(ctx, c.storeKey(key))
		if err != nil {
			return events, err
		}
		if events, err = c.settle(ctx, now, events, held, false); err != nil {
			return events, err
		}
	}
	return events, nil
}

// Received takes a receipt and returns what it settles. No event means that its message is not known yet: the receipt
// is held, and told of later by Submitted or Expire. Receipts that the store dropped for room are told of as well.
func (c *Correlator) Received(ctx context.Context, now time.Time, r Receipt) ([]Event, error) {
	keys := c.receiptKeys(&r)
	if len(keys) == 0 {
		return []Event{{Kind: EventUnmatched, Receipt: r}}, nil
	}
	e, ok, err := c.match(ctx, now, keys, &r)
	if err != nil {
		return nil, err
	}
	if ok {
		return []Event{e}, nil
	}
	if c.cfg.HeldTTL < 0 {
		return []Event{{Kind: EventUnmatched, Receipt: r}}, nil
	}
	dropped, err := c.cfg.Store.Hold(ctx, Held{Receipt: r.clone(), Key: keys[0], Expires: now.Add(c.cfg.HeldTTL)})
	events, derr := c.settle(ctx, now, nil, dropped, true)
	if err = errors.Join(err, derr); err != nil {
		return events, err
	}
	// See Submitted: the record may have come meanwhile.
	for _, key := range keys {
		_, known, err := c.cfg.Store.Mark(ctx, key, Mark{})
		if err != nil {
			return events, err
		}
		if !known {
			continue
		}
		held, err := c.cfg.Store.Take(ctx, keys[0])
		if err != nil {
			return events, err
		}
		return c.settle(ctx, now, events, held, false)
	}
	return events, nil
}

// Expire returns what has waited in vain until now: receipts as unmatched, messages as unanswered. Call it every now
// and then; entries wait that much longer at most.
func (c *Correlator) Expire(ctx context.Context, now time.Time) ([]Event, error) {
	records, held, err := c.cfg.Store.Expire(ctx, now)
	events, merr := c.settle(ctx, now, nil, held, false)
	return c.unanswered(events, records, false), errors.Join(err, merr)
}

// settle tells of receipts that left the store: as matched where a message is known by now, else as unmatched. It goes
// on after an error, for the receipts are in no other hands.
func (c *Correlator) settle(
	ctx context.Context, now time.Time, events []Event, held []Held, dropped bool,
) ([]Event, error) {
	var failed error
	for _, h := range held {
		e, ok, err := c.match(ctx, now, c.receiptKeys(&h.Receipt), &h.Receipt)
		failed = errors.Join(failed, err)
		if !ok {
			e = Event{Kind: EventUnmatched, Receipt: h.Receipt, Dropped: dropped}
		}
		events = append(events, e)
	}
	return events, failed
}

// unanswered tells of messages that left the store without having ended.
func (c *Correlator) unanswered(events []Event, records []Record, dropped bool) []Event {
	for _, r := range records {
		if !r.Ended {
			events = append(events, Event{Kind: EventUnanswered, Message: r.Message, Dropped: dropped})
		}
	}
	return events
}

// match looks for the message of a receipt and notes the receipt there.
func (c *Correlator) match(ctx context.Context, now time.Time, keys []string, r *Receipt) (Event, bool, error) {
	final := r.Final() || c.cfg.AcceptedFinal && r.Kind != KindIntermediate && r.State == pdu.MessageStateAccepted
	m := Mark{Digest: digest(r), End: final, Expires: now.Add(max(c.cfg.EndedTTL, 0))}
	for _, key := range keys {
		before, ok, err := c.cfg.Store.Mark(ctx, key, m)
		if err != nil {
			return Event{}, false, err
		}
		if !ok {
			continue
		}
		e := Event{Kind: EventMatched, Message: before.Message, Receipt: *r, Final: final}
		if before.Ended || !final && before.Digest == m.Digest {
			e.Kind, e.Final = EventRepeated, false
		}
		return e, true, nil
	}
	return Event{}, false, nil
}

// receiptKeys returns what the message of a receipt may be stored by, the likeliest first.
func (c *Correlator) receiptKeys(r *Receipt) []string {
	var keys []string
	for _, id := range [...]string{r.ID, r.OtherID} {
		if id == "" {
			continue
		}
		for _, key := range c.cfg.ID.ReceiptKeys(id) {
			keys = append(keys, c.storeKey(key))
		}
	}
	return keys
}

// storeKey tells the keys of one peer from those of another.
func (c *Correlator) storeKey(key string) string { return c.cfg.Peer + "\x1f" + key }

// digest is a number that repeated receipts share, and those that follow one another do not: of the same message only.
// It is FNV-1a over what may change, so that all processes count alike, and never 0.
func digest(r *Receipt) uint64 {
	h := uint64(14695981039346656037)
	octet := func(b byte) { h = (h ^ uint64(b)) * 1099511628211 }
	text := func(s string) {
		for i := range len(s) {
			octet(s[i])
		}
		octet(0)
	}
	octet(byte(r.Kind))
	octet(byte(r.State))
	text(r.Stat)
	text(r.Err)
	octet(byte(r.NetworkError.Network))
	octet(byte(r.NetworkError.Code >> 8))
	octet(byte(r.NetworkError.Code))
	octet(byte(r.Dlvrd))
	if !r.Done.IsZero() {
		for v := uint64(r.Done.Unix()); v != 0; v >>= 8 {
			octet(byte(v))
		}
	}
	return max(h, 1)
}
