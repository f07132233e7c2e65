package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/pdu/receipt"
	"github.com/smpp-go/smpp/session"
)

// ledger is the account of every message and of its parts: how each part ended, whether its receipt came, and whether the
// message centre has the text that was sent. Its methods may be called from any goroutine.
type ledger struct {
	receipts *receipt.Correlator                    // nil: none were asked for
	verify   func(id string) (text string, ok bool) // what the message centre read; nil when it can not be asked
	changed  chan struct{}                          // a token tells that something ended; see await

	mu       sync.Mutex
	entries  []*entry
	parts    []*part
	open     map[pdu.Body]*part // whose caller gave up before the outcome, or whose outcome was faster than the caller
	heldBack int                // parts that were not handed to the session, since one before them had failed
	answered int                // messages
	pending  int                // parts
	owed     int                // parts answered ESME_ROK whose receipt has not come
	states   map[pdu.MessageState]int
	repeated int
	strays   int // receipts of nothing that we sent
	interim  int // notifications of a state that is not final
	last     time.Time
}

// entry is one message.
type entry struct {
	text    string
	handed  time.Time     // when it was handed to SendText
	latency time.Duration // until the last of its parts had ended
	parts   int           // zero while it is being sent
	fate    fate
	intact  bool // the message centre has read the very text
}

// fate is what the sender of a message knows in the end.
type fate uint8

const (
	underway  fate = iota // or given up with a part that is not answered
	accepted              // every part was
	doubtful              // a part may have arrived though nothing says so
	untouched             // nothing of it left
	refused               // a part did not arrive, and another one did
)

// part is one submit_sm.
type part struct {
	outcome session.Outcome
	status  pdu.CommandStatus // of the response or nack
}

// newLedger returns the ledger of a job.
func newLedger(j job) *ledger {
	l := &ledger{
		verify:  j.verify,
		changed: make(chan struct{}, 1),
		open:    make(map[pdu.Body]*part),
		states:  make(map[pdu.MessageState]int),
	}
	if j.receipts {
		cfg := habits.Correlator(receipt.NewMemory(receipt.MemoryConfig{
			// The receipts of parts wait until SendText has returned, and tells the ids: of that many parts at most.
			MaxHeld: max(j.window, 1) * multipart.MaxParts, MaxHeldBytes: -1,
		}))
		l.receipts = receipt.NewCorrelator(cfg)
	}
	return l
}

// enter opens the account of a message.
func (l *ledger) enter(text string) *entry {
	e := &entry{text: text, handed: time.Now()}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, e)
	return e
}

// sent closes the account of a message with what SendText has returned, but for parts that are still open: of those the
// handler will be told.
func (l *ledger) sent(e *entry, s *esme.SentText, err error) {
	if s == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		e.fate = untouched // it could not be encoded
		l.tell()
		return
	}
	var intact bool
	if l.verify != nil && s.Accepted() {
		// The centre has the whole text from the last part on.
		text, ok := l.verify(s.Parts[len(s.Parts)-1].ID)
		intact = ok && text == e.text
	}
	l.mu.Lock()
	l.last = time.Now()
	e.intact, e.parts, e.latency, e.fate = intact, len(s.Parts), l.last.Sub(e.handed), fateOf(s, err)
	if e.fate == accepted || e.fate == refused {
		l.answered++
	}
	for _, p := range s.Parts {
		l.enterPart(p)
	}
	l.tell()
	l.mu.Unlock()
	for _, m := range s.Awaited("") {
		l.expect(m)
	}
}

// fateOf tells what the result of SendText comes to.
func fateOf(s *esme.SentText, err error) fate {
	for _, p := range s.Parts {
		if p.Uncertain() {
			return doubtful
		}
	}
	switch {
	case err == nil:
		return accepted
	case session.SafeToRetry(err):
		return untouched
	}
	return refused
}

func (l *ledger) enterPart(p esme.SentPart) {
	if errors.Is(p.Err, esme.ErrEarlierPart) {
		l.heldBack++
		return
	}
	if l.open[p.Request] != nil { // the handler was told before
		delete(l.open, p.Request)
		return
	}
	entered := &part{p.Outcome, p.Status}
	l.parts = append(l.parts, entered)
	if p.Outcome == session.Pending {
		l.open[p.Request] = entered
		l.pending++
	}
}

// end gives a part its outcome that SendText did not wait for.
func (l *ledger) end(body pdu.Body, outcome session.Outcome, status pdu.CommandStatus) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.tell()
	p := l.open[body]
	if p == nil {
		p = &part{outcome, status}
		l.parts = append(l.parts, p)
		l.open[body] = p
		return
	}
	delete(l.open, body)
	p.outcome, p.status = outcome, status
	l.pending--
}

// answer takes the response to a part for which SendText did not wait, or which came too late: its receipt will name the
// id.
func (l *ledger) answer(resp *pdu.PDU) {
	b, ok := resp.Body.(*pdu.SubmitSMResp)
	if ok && resp.Status == pdu.StatusOK && b.MessageID != "" {
		l.expect(receipt.Message{ID: b.MessageID})
	}
}

// expect waits for the receipt that names a part. It may have come before.
func (l *ledger) expect(m receipt.Message) {
	if l.receipts == nil {
		return
	}
	l.mu.Lock()
	l.owed++
	l.mu.Unlock()
	l.note(l.receipts.Submitted(context.Background(), time.Now(), m))
}

// receipt takes a receipt. It may come before the response that tells the id; then it is held until that is known.
func (l *ledger) receipt(r receipt.Receipt) {
	if l.receipts == nil {
		l.note([]receipt.Event{{Kind: receipt.EventUnmatched}}, nil)
		return
	}
	l.note(l.receipts.Received(context.Background(), time.Now(), r))
}

// giveUp ends the wait for receipts: what is held matches nothing.
func (l *ledger) giveUp() {
	if l.receipts != nil {
		const ever = 10 * 365 * 24 * time.Hour
		l.note(l.receipts.Expire(context.Background(), time.Now().Add(ever)))
	}
}

// note counts what the correlator found out. A store in memory has no errors.
func (l *ledger) note(events []receipt.Event, _ error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.tell()
	for _, e := range events {
		switch {
		case e.Kind == receipt.EventRepeated:
			l.repeated++
		case e.Kind == receipt.EventUnmatched:
			l.strays++
		case e.Kind == receipt.EventUnanswered:
			l.owed--
		case e.Final:
			l.states[e.Receipt.State]++
			l.owed--
		default:
			l.interim++
		}
	}
}

// matched returns the number of final receipts that belong to a part.
func (l *ledger) matched() int {
	n := 0
	for _, count := range l.states {
		n += count
	}
	return n
}

// tell leaves a token for await.
func (l *ledger) tell() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// settled tells that no part is open.
func (l *ledger) settled() bool { return l.pending == 0 }

// receipted tells that no receipt is missing.
func (l *ledger) receipted() bool { return l.owed <= 0 }

// await waits until cond holds, ctx ends, or done is closed. Only one goroutine may wait at a time.
func (l *ledger) await(ctx context.Context, done <-chan struct{}, cond func() bool) {
	for {
		l.mu.Lock()
		ok := cond()
		l.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-l.changed:
		case <-ctx.Done():
			return
		case <-done:
			return
		}
	}
}

// standing is what a progress line shows.
type standing struct {
	answered int // messages whose parts all were, as far as they were sent
	parts    int // of these
	matched  int // receipts of parts
}

func (l *ledger) standing() standing {
	l.mu.Lock()
	defer l.mu.Unlock()
	return standing{l.answered, len(l.parts), l.matched()}
}
