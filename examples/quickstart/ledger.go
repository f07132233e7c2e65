package main

import (
	"context"
	"sync"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// maxEarly is the number of receipts that are held because no message has their id yet. What comes beyond it is counted
// as a stray.
const maxEarly = 10_000

// ledger is the account of every message: how it ended, and whether its receipt came. Each message is entered before it
// is handed to the session and ends once, by one of the methods that the handler calls. Receipts and responses may come
// in either order. Its methods may be called from any goroutine.
type ledger struct {
	receipts bool
	verify   func(id string) (text string, ok bool) // what the message centre holds; nil when it can not be asked
	changed  chan struct{}                          // a token tells that something ended; see await

	mu       sync.Mutex
	entries  []*entry
	byBody   map[pdu.Body]*entry // not ended, or timed out: their response may still come
	awaited  map[string]*entry   // by message id, until the final receipt comes
	early    map[string]pdu.MessageState
	strays   int // receipts without an id, or that no place was left for
	interim  int // notifications of a state that is not final
	answered int
	matched  int
	pending  int
	owed     int // answered ESME_ROK, and the receipt has not come
	last     time.Time
}

// entry is one message.
type entry struct {
	text      string
	handed    time.Time // when it was handed to the session
	outcome   session.Outcome
	status    pdu.CommandStatus // of the response or nack
	latency   time.Duration     // until then
	written   bool              // of one that was lost: it may have arrived
	intact    bool              // the message centre has the very text
	receipted bool
	state     pdu.MessageState // what the receipt said
}

func newLedger(receipts bool, verify func(string) (string, bool)) *ledger {
	return &ledger{
		receipts: receipts,
		verify:   verify,
		changed:  make(chan struct{}, 1),
		byBody:   make(map[pdu.Body]*entry),
		awaited:  make(map[string]*entry),
		early:    make(map[string]pdu.MessageState),
	}
}

// enter opens the account of a message. It comes before the Send, which the response may overtake.
func (l *ledger) enter(body pdu.Body, text string) {
	e := &entry{text: text, handed: time.Now()}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, e)
	l.byBody[body] = e
	l.pending++
}

// end closes the account of a message that has no response. Written tells whether it may have arrived.
func (l *ledger) end(body pdu.Body, outcome session.Outcome, written bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.close(body, outcome)
	if e == nil {
		return
	}
	e.written = written
	if outcome == session.TimedOut {
		l.byBody[body] = e
	}
}

// respond closes the account of a message whose response came, and looks for its receipt.
func (l *ledger) respond(body pdu.Body, resp *pdu.PDU) {
	outcome := session.Responded
	if resp.ID == pdu.CommandGenericNack {
		outcome = session.Nacked
	}
	id := messageID(resp)
	var intact bool
	if l.verify != nil && id != "" {
		text, ok := l.verify(id)
		intact = ok && text == l.text(body)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.close(body, outcome)
	if e == nil {
		return
	}
	l.last = time.Now()
	l.answered++
	e.status, e.latency, e.intact = resp.Status, l.last.Sub(e.handed), intact
	if l.receipts && resp.Status == pdu.StatusOK {
		l.owed++
		l.expect(id, e)
	}
}

// late takes the id out of a response that came when the message had timed out: its receipt will name it.
func (l *ledger) late(body pdu.Body, resp *pdu.PDU) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.byBody[body]
	delete(l.byBody, body)
	if e != nil && l.receipts && resp.Status == pdu.StatusOK {
		l.owed++
		l.expect(messageID(resp), e)
	}
}

// receipt matches a receipt with its message by the id. A receipt may be faster than the response that tells the id; it
// is held until then.
func (l *ledger) receipt(r receipt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.tell()
	switch e := l.awaited[r.id]; {
	case !r.final:
		l.interim++
	case e != nil:
		delete(l.awaited, r.id)
		l.match(e, r.state)
	case r.id != "" && len(l.early) < maxEarly:
		l.early[r.id] = r.state
	default:
		l.strays++
	}
}

func (l *ledger) text(body pdu.Body) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.byBody[body]; e != nil {
		return e.text
	}
	return ""
}

// close gives a message its outcome, once. It returns nil for what is not open.
func (l *ledger) close(body pdu.Body, outcome session.Outcome) *entry {
	e := l.byBody[body]
	if e == nil || e.outcome != session.Pending {
		return nil
	}
	delete(l.byBody, body)
	e.outcome = outcome
	l.pending--
	l.tell()
	return e
}

// expect waits for the receipt that names id, unless it is here already.
func (l *ledger) expect(id string, e *entry) {
	state, here := l.early[id]
	switch {
	case id == "": // no receipt can name it
	case here:
		delete(l.early, id)
		l.match(e, state)
	default:
		l.awaited[id] = e
	}
}

func (l *ledger) match(e *entry, state pdu.MessageState) {
	e.receipted, e.state = true, state
	l.matched++
	l.owed--
}

// tell leaves a token for await.
func (l *ledger) tell() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// settled tells that no message is open.
func (l *ledger) settled() bool { return l.pending == 0 }

// receipted tells that no receipt is missing.
func (l *ledger) receipted() bool { return l.owed == 0 }

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
	handed, answered, matched int
}

func (l *ledger) standing() standing {
	l.mu.Lock()
	defer l.mu.Unlock()
	return standing{len(l.entries), l.answered, l.matched}
}

// messageID returns the id that a response gives, empty when it gives none.
func messageID(resp *pdu.PDU) string {
	if b, ok := resp.Body.(*pdu.SubmitSMResp); ok {
		return b.MessageID
	}
	return ""
}
