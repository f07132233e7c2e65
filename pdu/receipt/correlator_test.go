package receipt

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/smpp-go/smpp/pdu"
)

// told returns events in short: kind, Ref of the message, stat of the receipt.
func told(events []Event) []string {
	var out []string
	for _, e := range events {
		s := e.Kind.String() + " " + e.Message.Ref + "/" + e.Receipt.Stat
		if e.Final {
			s += " final"
		}
		if e.Dropped {
			s += " dropped"
		}
		out = append(out, s)
	}
	return out
}

// dialogue drives a Correlator through steps at whole seconds.
type dialogue struct {
	t *testing.T
	c *Correlator
}

func (d dialogue) submit(second int, id, ref string, want ...string) {
	d.t.Helper()
	events, err := d.c.Submitted(context.Background(), march.Add(time.Duration(second)*time.Second), Message{ID: id, Ref: ref})
	require.NoError(d.t, err)
	require.Equal(d.t, want, told(events))
}

func (d dialogue) receive(second int, text string, want ...string) {
	d.t.Helper()
	class := pdu.ESMClassReceipt
	if text[0] == '~' {
		text, class = text[1:], pdu.ESMClassIntermediate
	}
	r, ok := FromPDU(&pdu.DeliverSM{ESMClass: class, ShortMessage: []byte(text)})
	require.True(d.t, ok)
	events, err := d.c.Received(context.Background(), march.Add(time.Duration(second)*time.Second), r)
	require.NoError(d.t, err)
	require.Equal(d.t, want, told(events))
}

func (d dialogue) expire(second int, want ...string) {
	d.t.Helper()
	events, err := d.c.Expire(context.Background(), march.Add(time.Duration(second)*time.Second))
	require.NoError(d.t, err)
	require.ElementsMatch(d.t, want, told(events))
}

func TestCorrelator(t *testing.T) {
	short := CorrelatorConfig{MessageTTL: 100 * time.Second, HeldTTL: 10 * time.Second, EndedTTL: 50 * time.Second}
	for name, script := range map[string]func(d dialogue){
		"in order": func(d dialogue) {
			d.submit(0, "1", "a")
			d.receive(1, "id:1 stat:DELIVRD", "matched a/DELIVRD final")
			d.expire(200)
		},
		"receipt before response": func(d dialogue) {
			d.receive(0, "id:1 stat:DELIVRD")
			d.submit(9, "1", "a", "matched a/DELIVRD final")
			d.expire(1000)
		},
		"two receipts before response": func(d dialogue) {
			d.receive(0, "~id:1 stat:ENROUTE")
			d.receive(1, "id:1 stat:DELIVRD")
			d.submit(2, "1", "a", "matched a/ENROUTE", "matched a/DELIVRD final")
		},
		"no response": func(d dialogue) {
			d.receive(0, "id:1 stat:DELIVRD")
			d.expire(9)
			d.expire(10, "unmatched /DELIVRD")
			d.submit(11, "1", "a")
			d.expire(111, "unanswered a/")
		},
		"no receipt": func(d dialogue) {
			d.submit(0, "1", "a")
			d.expire(99)
			d.expire(100, "unanswered a/")
			d.expire(1000)
		},
		"intermediate notifications": func(d dialogue) {
			d.submit(0, "1", "a")
			d.receive(1, "~id:1 stat:ENROUTE err:1", "matched a/ENROUTE")
			d.receive(2, "~id:1 stat:ENROUTE err:1", "repeated a/ENROUTE")
			d.receive(3, "~id:1 stat:ENROUTE err:2", "matched a/ENROUTE")
			d.receive(4, "~id:1 stat:DELIVRD", "matched a/DELIVRD")
			d.receive(5, "id:1 stat:ACCEPTD", "matched a/ACCEPTD")
			d.receive(6, "id:1 stat:DELIVRD", "matched a/DELIVRD final")
			d.receive(7, "~id:1 stat:ENROUTE err:3", "repeated a/ENROUTE")
		},
		"repeated": func(d dialogue) {
			d.submit(0, "1", "a")
			d.receive(1, "id:1 stat:DELIVRD", "matched a/DELIVRD final")
			d.receive(2, "id:1 stat:DELIVRD", "repeated a/DELIVRD")
			d.receive(50, "id:1 stat:EXPIRED", "repeated a/EXPIRED")
			d.expire(51)
			d.receive(52, "id:1 stat:DELIVRD")
			d.expire(62, "unmatched /DELIVRD")
		},
		"no id": func(d dialogue) {
			d.receive(0, "stat:DELIVRD", "unmatched /DELIVRD")
			d.receive(0, "prose", "unmatched /")
			d.expire(1000)
		},
		"one id, two messages": func(d dialogue) {
			d.submit(0, "1", "a")
			d.submit(1, "1", "b")
			d.receive(2, "id:1 stat:DELIVRD", "matched a/DELIVRD final")
			d.receive(3, "id:1 stat:DELIVRD", "matched b/DELIVRD final")
			d.receive(4, "id:1 stat:DELIVRD", "repeated b/DELIVRD")
			d.submit(5, "1", "c")
			d.receive(6, "id:1 stat:DELIVRD", "matched c/DELIVRD final")
			d.expire(500)
		},
		"parts": func(d dialogue) {
			d.submit(0, "1", "a")
			d.receive(1, "id:2 stat:EXPIRED")
			d.submit(2, "2", "a", "matched a/EXPIRED final")
			d.receive(3, "id:1 stat:DELIVRD", "matched a/DELIVRD final")
		},
	} {
		t.Run(name, func(t *testing.T) { script(dialogue{t, NewCorrelator(short)}) })
	}

	_, err := NewCorrelator(short).Submitted(context.Background(), march, Message{Ref: "a"})
	require.ErrorIs(t, err, ErrNoID)
	require.Equal(t, "none", EventKind(0).String())
}

func TestCorrelatorConfig(t *testing.T) {
	d := dialogue{t, NewCorrelator(CorrelatorConfig{AcceptedFinal: true, HeldTTL: -1, EndedTTL: -1})}
	d.receive(0, "id:1 stat:DELIVRD", "unmatched /DELIVRD")
	d.submit(0, "1", "a")
	d.receive(1, "~id:1 stat:ACCEPTD", "matched a/ACCEPTD")
	d.receive(2, "id:1 stat:ACCEPTD", "matched a/ACCEPTD final")
	d.expire(2)
	d.receive(3, "id:1 stat:ACCEPTD", "unmatched /ACCEPTD")

	// Ids in other notations, in both orders, and the id of the text when that of the TLV leads nowhere.
	d.c = NewCorrelator(CorrelatorConfig{ID: IDForm{Response: NotationHex, Receipt: NotationDecimal}})
	d.submit(0, "4F2A9C01", "a")
	d.receive(1, "id:1328192513 stat:DELIVRD", "matched a/DELIVRD final")
	d.receive(2, "id:0255 stat:DELIVRD")
	d.submit(3, "ff", "b", "matched b/DELIVRD final")
	d.c = NewCorrelator(CorrelatorConfig{ID: IDForm{Any: true}})
	d.receive(0, "id:0x4f2a9c01 stat:DELIVRD")
	d.submit(1, "1328192513", "a", "matched a/DELIVRD final")
	d.receive(2, "id:1328192513 stat:DELIVRD", "repeated a/DELIVRD")
	r := Receipt{ID: "wrong", OtherID: "1328192513", Stat: "X"}
	events, err := d.c.Received(context.Background(), march, r)
	require.NoError(t, err)
	require.Equal(t, []string{"repeated a/X"}, told(events))

	// One store, two peers, and two correlators of one peer as in two processes.
	store := NewMemory(MemoryConfig{})
	one := dialogue{t, NewCorrelator(CorrelatorConfig{Peer: "one", Store: store})}
	again := dialogue{t, NewCorrelator(CorrelatorConfig{Peer: "one", Store: store})}
	two := dialogue{t, NewCorrelator(CorrelatorConfig{Peer: "two", Store: store})}
	one.submit(0, "1", "a")
	two.receive(0, "id:1 stat:DELIVRD")
	again.receive(0, "id:1 stat:DELIVRD", "matched a/DELIVRD final")
	again.receive(0, "id:2 stat:DELIVRD")
	one.submit(1, "2", "b", "matched b/DELIVRD final")
	two.submit(1, "1", "c", "matched c/DELIVRD final")
}

func TestCorrelatorOtherIDLate(t *testing.T) {
	d := dialogue{t, NewCorrelator(CorrelatorConfig{HeldTTL: time.Second})}
	events, err := d.c.Received(context.Background(), march, Receipt{ID: "wrong", OtherID: "1", Stat: "X"})
	require.NoError(t, err)
	require.Empty(t, events)
	d.submit(0, "1", "a")
	d.expire(1, "matched a/X final")
}

func TestMemoryBounds(t *testing.T) {
	d := dialogue{t, NewCorrelator(CorrelatorConfig{Store: NewMemory(MemoryConfig{MaxMessages: 2, MaxHeld: 2})})}
	d.submit(0, "1", "a")
	d.submit(1, "2", "b")
	d.submit(2, "3", "c", "unanswered a/ dropped")
	d.receive(3, "id:3 stat:DELIVRD", "matched c/DELIVRD final")
	d.submit(4, "4", "d") // the one that has ended goes first, and without a word
	d.receive(5, "id:3 stat:X")
	d.receive(6, "id:6 stat:Y")
	d.receive(7, "id:7 stat:Z", "unmatched /X dropped")
	d.receive(8, "id:2 stat:DELIVRD", "matched b/DELIVRD final")

	m := NewMemory(MemoryConfig{MaxHeldBytes: 2500, MaxMessages: -1, MaxHeld: -1})
	for i := range 3 {
		r := Receipt{ID: fmt.Sprint(i), Raw: make([]byte, 100), TLVs: pdu.TLVs{{Tag: 0x1400, Value: make([]byte, 100)}}}
		dropped, err := m.Hold(context.Background(), Held{Receipt: r, Key: r.ID, Expires: march})
		require.NoError(t, err)
		require.Len(t, dropped, i/2)
	}
	dropped, err := m.Hold(context.Background(), Held{Receipt: Receipt{Raw: make([]byte, 3000)}, Key: "x", Expires: march})
	require.NoError(t, err)
	require.Len(t, dropped, 3, "one that is too large is dropped as well")
	messages, held := m.Len()
	require.Zero(t, messages)
	require.Zero(t, held)
	require.Zero(t, m.bytes)
	require.Empty(t, m.held)
}

// TestCorrelatorProperty: against random scripts, each receipt is told of exactly once and each message ends exactly
// once, the message of a receipt is the right one, and nothing is left behind.
func TestCorrelatorProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		limits := MemoryConfig{
			MaxMessages: rapid.SampledFrom([]int{2, 8, 0}).Draw(t, "messages"), MaxHeld: rapid.SampledFrom([]int{1, 4, 0}).Draw(t, "held"),
		}
		m := NewMemory(limits)
		cfg := CorrelatorConfig{
			Store: m, MessageTTL: 40 * time.Second, HeldTTL: 10 * time.Second, EndedTTL: 20 * time.Second,
			ID: IDForm{Response: NotationHex, Receipt: NotationDecimal},
		}
		binds := []*Correlator{NewCorrelator(cfg), NewCorrelator(cfg)}
		now := march
		type life struct{ submitted, ended int }
		messages, receipts := map[string]*life{}, map[int]*life{} // by Ref, by Sub
		note := func(events []Event, err error) {
			require.NoError(t, err)
			for _, e := range events {
				if e.Kind != EventUnanswered {
					receipts[e.Receipt.Sub].ended++
				}
				switch {
				case e.Kind == EventUnmatched:
					require.Zero(t, e.Message)
					continue
				case e.Kind != EventUnanswered:
					id := cfg.ID.ReceiptID(e.Message.ID)
					require.Equal(t, id, e.Receipt.ID, "the right message")
				}
				if e.Final || e.Kind == EventUnanswered {
					messages[e.Message.Ref].ended++
				}
				if e.Dropped {
					require.NotZero(t, max(limits.MaxMessages, limits.MaxHeld), "room for all")
				}
			}
		}
		states := rapid.SampledFrom([]pdu.MessageState{pdu.MessageStateEnroute, pdu.MessageStateAccepted, pdu.MessageStateDelivered, pdu.MessageStateExpired})
		for n := range rapid.IntRange(1, 60).Draw(t, "steps") {
			bind := binds[rapid.IntRange(0, 1).Draw(t, "bind")]
			number := rapid.IntRange(10, 15).Draw(t, "id")
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0, 1:
				ref := fmt.Sprint(n)
				messages[ref] = &life{submitted: 1}
				note(bind.Submitted(ctx, now, Message{ID: fmt.Sprintf("%X", number), Ref: ref}))
			case 2, 3:
				receipts[n+1] = &life{submitted: 1}
				kind := rapid.SampledFrom([]Kind{KindFinal, KindIntermediate}).Draw(t, "kind")
				note(bind.Received(ctx, now, Receipt{ID: fmt.Sprint(number), Sub: n + 1, Kind: kind, State: states.Draw(t, "state"), Found: FieldState}))
			case 4:
				now = now.Add(time.Duration(rapid.IntRange(0, 15).Draw(t, "seconds")) * time.Second)
				note(bind.Expire(ctx, now))
			}
			open, held := m.Len()
			if limits.MaxMessages > 0 {
				require.LessOrEqual(t, open+len(m.ended), limits.MaxMessages)
			}
			if limits.MaxHeld > 0 {
				require.LessOrEqual(t, held, limits.MaxHeld)
			}
			for _, r := range receipts {
				require.LessOrEqual(t, r.ended, 1)
			}
		}
		note(binds[0].Expire(ctx, now.Add(time.Hour)))
		for ref, l := range messages {
			require.Equal(t, 1, l.ended, "message %s", ref)
		}
		for n, l := range receipts {
			require.Equal(t, 1, l.ended, "receipt %d", n)
		}
		require.Empty(t, m.records)
		require.Empty(t, m.held)
		require.Empty(t, m.open)
		require.Empty(t, m.ended)
		require.Empty(t, m.waiting)
		require.Zero(t, m.bytes)
	})
}

// TestCorrelatorRace: response and receipt at the same time, on two binds, find each other, once.
func TestCorrelatorRace(t *testing.T) {
	const n = 2000
	ctx := context.Background()
	store := NewMemory(MemoryConfig{})
	var mu sync.Mutex
	matched := map[string]int{}
	note := func(events []Event, err error) {
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			matched["error"]++
		}
		for _, e := range events {
			if e.Kind == EventMatched && e.Message.ID == e.Receipt.ID {
				matched[e.Message.ID]++
			}
		}
	}
	var wg sync.WaitGroup
	for _, act := range []func(c *Correlator, id string){
		func(c *Correlator, id string) { note(c.Submitted(ctx, march, Message{ID: id})) },
		func(c *Correlator, id string) { note(c.Received(ctx, march, Receipt{ID: id})) },
	} {
		wg.Go(func() {
			c := NewCorrelator(CorrelatorConfig{Store: store})
			for i := range n {
				act(c, fmt.Sprint(i))
			}
		})
	}
	wg.Wait()
	require.Len(t, matched, n)
	for id, times := range matched {
		require.Equal(t, 1, times, id)
	}
	_, held := store.Len()
	require.Zero(t, held)
}

// between is a Memory in which something happens just before a receipt is held, as another process might do it.
type between struct {
	*Memory
	happen func()
	fail   map[string]error
}

func (b *between) Hold(ctx context.Context, h Held) ([]Held, error) {
	if b.happen != nil {
		b.happen()
	}
	if err := b.fail["hold"]; err != nil {
		return nil, err
	}
	return b.Memory.Hold(ctx, h)
}

func (b *between) Add(ctx context.Context, r Record) ([]Record, error) {
	if err := b.fail["add"]; err != nil {
		return nil, err
	}
	return b.Memory.Add(ctx, r)
}

func (b *between) Mark(ctx context.Context, key string, m Mark) (Record, bool, error) {
	name := "mark"
	if m.Digest == 0 {
		name = "look"
	}
	if err := b.fail[name]; err != nil {
		return Record{}, false, err
	}
	return b.Memory.Mark(ctx, key, m)
}

func (b *between) Take(ctx context.Context, key string) ([]Held, error) {
	if err := b.fail["take"]; err != nil {
		return nil, err
	}
	return b.Memory.Take(ctx, key)
}

func (b *between) Expire(ctx context.Context, now time.Time) ([]Record, []Held, error) {
	if err := b.fail["expire"]; err != nil {
		return nil, nil, err
	}
	return b.Memory.Expire(ctx, now)
}

func TestCorrelatorResponseBetween(t *testing.T) {
	store := &between{Memory: NewMemory(MemoryConfig{})}
	d := dialogue{t, NewCorrelator(CorrelatorConfig{Store: store})}
	store.happen = func() { d.submit(0, "1", "a") }
	d.receive(0, "id:1 stat:DELIVRD", "matched a/DELIVRD final")
}

// TestCorrelatorEndedRecords: a store may tell of records that have ended; nobody else is told.
func TestCorrelatorEndedRecords(t *testing.T) {
	c := NewCorrelator(CorrelatorConfig{Store: endedStore{NewMemory(MemoryConfig{})}})
	events, err := c.Submitted(context.Background(), march, Message{ID: "1"})
	require.NoError(t, err)
	require.Empty(t, events)
	events, err = c.Expire(context.Background(), march)
	require.NoError(t, err)
	require.Equal(t, []string{"unanswered open/"}, told(events))
}

type endedStore struct{ *Memory }

func (s endedStore) Add(ctx context.Context, r Record) ([]Record, error) {
	_, err := s.Memory.Add(ctx, r)
	return []Record{{Ended: true}}, err
}

func (s endedStore) Expire(context.Context, time.Time) ([]Record, []Held, error) {
	return []Record{{Ended: true}, {Message: Message{Ref: "open"}}}, nil, nil
}

func TestCorrelatorStoreErrors(t *testing.T) {
	ctx := context.Background()
	broken := errors.New("broken")
	for _, name := range []string{"add", "mark", "hold", "look", "take", "expire"} {
		store := &between{Memory: NewMemory(MemoryConfig{}), fail: map[string]error{}}
		c := NewCorrelator(CorrelatorConfig{Store: store, HeldTTL: time.Second})
		d := dialogue{t, c}
		d.receive(0, "id:1 stat:A")
		store.fail[name] = broken
		if name == "take" {
			store.happen = func() {
				_, _ = store.Memory.Add(ctx, Record{Message: Message{ID: "2"}, Key: c.storeKey("2"), Expires: march.Add(time.Hour)})
			}
		}
		var all error
		_, err := c.Received(ctx, march, Receipt{ID: "2"})
		all = errors.Join(all, err)
		store.happen = nil
		_, err = c.Submitted(ctx, march, Message{ID: "1"})
		all = errors.Join(all, err)
		_, err = c.Expire(ctx, march.Add(time.Minute))
		all = errors.Join(all, err)
		require.ErrorIs(t, all, broken, name)
	}
}
