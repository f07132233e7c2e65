package main

import (
	"context"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/receipt"
	"github.com/smpp-go/smpp/session"
)

// book has the account of all binds. One lock serves them all: what is done under it takes less time than to send a
// message.
type book struct {
	mu      sync.Mutex
	changed sync.Cond // something ended
	stopped bool      // nothing begins any more
	open    int       // messages under way
	alive   int       // binds that stand
	latency *hdrhistogram.Histogram
	totals
}

// totals are the sums over all messages.
type totals struct {
	accepted   int // messages handed over
	outcomes   [session.Lost + 1]int
	ok         int // of those responded, with ESME_ROK
	statuses   map[pdu.CommandStatus]int
	nacks      map[pdu.CommandStatus]int
	late       int // responses after their time
	owed       int // receipts that messages with ESME_ROK had asked for
	receipts   int // those that told the end of a message
	interim    int // those that told a state on the way
	states     map[pdu.MessageState]int
	handsets   int // messages from handsets, refused for now
	last       time.Time
	endedEarly []error // why binds ended that should stand
}

// longest is the longest latency that the histogram keeps apart from others.
const longest = time.Hour

func newBook() *book {
	b := &book{
		latency: hdrhistogram.New(int64(time.Microsecond), int64(longest), 3),
		totals: totals{
			statuses: make(map[pdu.CommandStatus]int), nacks: make(map[pdu.CommandStatus]int),
			states: make(map[pdu.MessageState]int),
		},
	}
	b.changed.L = &b.mu
	return b
}

// answered is the number of messages with a response or a generic_nack.
func (t *totals) answered() int { return t.outcomes[session.Responded] + t.outcomes[session.Nacked] }

// unanswered is the number of messages that ended otherwise.
func (t *totals) unanswered() int {
	return t.outcomes[session.TimedOut] + t.outcomes[session.NotSent] + t.outcomes[session.Lost]
}

// wait waits until done is true, ctx ends or no bind stands. The lock is held in done.
func (b *book) wait(ctx context.Context, done func() bool) {
	defer context.AfterFunc(ctx, func() {
		b.mu.Lock() // so that it does not come between a look at ctx and the wait
		defer b.mu.Unlock()
		b.changed.Broadcast()
	})()
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.alive > 0 && ctx.Err() == nil && !done() {
		b.changed.Wait()
	}
}

// account is the part of one bind in the book, and the handler of its session.
type account struct {
	*book
	window int
	room   sync.Cond                   // there is, or will never be
	open   map[*pdu.SubmitSM]time.Time // what is under way, by when it was due
	ended  bool                        // the session has
}

// newAccount opens an account for a bind that is about to be made.
func (b *book) newAccount(window int) *account {
	a := &account{book: b, window: window, open: make(map[*pdu.SubmitSM]time.Time)}
	a.room.L = &b.mu
	b.mu.Lock()
	defer b.mu.Unlock()
	b.alive++
	return a
}

// begin enters a message when fewer than a window are under way, and waits until then. Its latency counts from when it
// was due, and with a due of zero from when there was room. It returns false when nothing begins any more.
func (a *account) begin(sm *pdu.SubmitSM, due time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.open) >= a.window && !a.stopped && !a.ended {
		a.room.Wait()
	}
	if a.stopped || a.ended {
		return false
	}
	if due.IsZero() {
		due = time.Now()
	}
	a.open[sm] = due
	a.book.open++
	a.accepted++
	return true
}

// stop lets nothing begin any more, also what waits to.
func (a *account) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopped = true
	a.room.Broadcast()
}

// end enters how a message ended, once: what ended before is left alone.
func (a *account) end(body pdu.Body, o session.Outcome, resp *pdu.PDU) {
	now := time.Now()
	sm, _ := body.(*pdu.SubmitSM)
	a.mu.Lock()
	defer a.mu.Unlock()
	due, ok := a.open[sm]
	if !ok {
		return
	}
	delete(a.open, sm)
	a.book.open--
	a.outcomes[o]++
	switch o {
	case session.Responded:
		a.statuses[resp.Status]++
		if resp.Status == pdu.StatusOK {
			a.ok++
			a.owed += int(sm.RegisteredDelivery & pdu.RegisteredReceipt)
		}
	case session.Nacked:
		a.nacks[resp.Status]++
	}
	if resp != nil {
		// What is longer than the longest counts as that.
		_ = a.latency.RecordValue(int64(min(max(now.Sub(due), 0), longest)))
		a.last = now
	}
	a.room.Signal()
	a.changed.Broadcast()
}

// HandleResp gets the response, or generic_nack, to a message.
func (a *account) HandleResp(_ context.Context, _ *session.Session, resp, req *pdu.PDU) {
	o := session.Responded
	if resp.ID == pdu.CommandGenericNack {
		o = session.Nacked
	}
	a.end(req.Body, o, resp)
}

// HandleRespTimeout gets messages that were not answered in time.
func (a *account) HandleRespTimeout(_ context.Context, _ *session.Session, reqs []*pdu.PDU) {
	for _, req := range reqs {
		a.end(req.Body, session.TimedOut, nil)
	}
}

// HandleLateResp gets responses that came too late to count.
func (a *account) HandleLateResp(_ context.Context, _ *session.Session, _, req *pdu.PDU) {
	if req == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.late++
}

// HandlePDU counts receipts and acknowledges them. A message from a handset is refused for now, so that the message
// centre keeps it for a program that reads it.
func (a *account) HandlePDU(ctx context.Context, r *session.Request) {
	var p receipt.Parser
	rcpt, ok := p.FromPDU(r.PDU.Body)
	a.mu.Lock()
	switch known := rcpt.Has(receipt.FieldState); {
	case !ok:
		a.handsets++
	case rcpt.Kind == receipt.KindIntermediate || known && onTheWay(rcpt.State):
		a.interim++
	case known:
		a.states[rcpt.State]++
		a.receipts++
	default:
		a.receipts++
	}
	a.mu.Unlock()
	a.changed.Broadcast()
	if !ok {
		session.NopHandler{}.HandlePDU(ctx, r)
		return
	}
	// It fails when the session has ended; then the message centre knows that the receipt was not taken.
	_ = r.Reply(nil)
}

func onTheWay(s pdu.MessageState) bool {
	return s == pdu.MessageStateEnroute || s == pdu.MessageStateScheduled
}

// HandleClose gets what was open when the session ended.
func (a *account) HandleClose(_ context.Context, _ *session.Session, lost []session.LostPDU, reason error) {
	for _, l := range lost {
		switch {
		case l.Incoming || l.Told: // a receipt that was not answered; the bind
		case l.Written:
			a.end(l.PDU.Body, session.Lost, nil)
		default:
			a.end(l.PDU.Body, session.NotSent, nil)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended = true; a.alive > 0 {
		a.alive--
		a.endedEarly = append(a.endedEarly, reason)
	}
	a.room.Broadcast()
	a.changed.Broadcast()
}
