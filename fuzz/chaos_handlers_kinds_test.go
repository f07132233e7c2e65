package fuzz

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/session"
)

// chaosKind is how the program at one end serves requests.
type chaosKind uint8

const (
	chaosPlain chaosKind = iota // HandlePDU, which answers itself or has it done later
	chaosMux                    // session.On
	chaosInbox                  // esme.Inbox, at the ESME alone
	numChaosKinds
)

func (k chaosKind) String() string { return [...]string{"plain", "Mux", "Inbox"}[k] }

// chaosTemper is what the functions of one end are like.
type chaosTemper struct {
	kind        chaosKind
	concurrency int
	ordered     bool
	shared      bool          // the Inbox does not own its Reassembler
	slow        time.Duration // at most, one function in slowly of ten
	slowly      int
	later       int // in so many of a hundred cases it answers later
	panics      int // at this function, zero for none
}

// chaosDoer is the program at one end: the handler of its session. It enters what it does into the ledger of the
// direction that ends there, and what it is told of its own requests into that of the other.
type chaosDoer struct {
	temper  chaosTemper
	plan    *chaosPlan
	deeds   *chaosDeeds // of the requests that come
	asked   *chaosDeeds // of its own
	handler session.Handler
	inbox   *esme.Inbox // nil for another kind
	parts   *multipart.Reassembler
	session atomic.Pointer[session.Session]
	bound   chan struct{}
	busy    atomic.Int32   // hooks that run
	later   sync.WaitGroup // answers that are still to be made

	mu sync.Mutex
	r  *rand.Rand
	n  int // functions that began
}

func newChaosDoer(p *chaosPlan, end int, t chaosTemper, deeds, asked *chaosDeeds) *chaosDoer {
	d := &chaosDoer{
		temper: t, plan: p, deeds: deeds, asked: asked,
		bound: make(chan struct{}), r: chaosRand(p.seed, p.n, chaosPartHook+end),
	}
	deeds.limit, deeds.ordered = max(1, t.concurrency), t.ordered || t.concurrency <= 1
	switch t.kind {
	case chaosPlain:
		deeds.limit, deeds.ordered = 1, true
		d.handler = session.HandlerFunc(d.plain)
	case chaosMux:
		d.handler = d.mux()
	case chaosInbox:
		d.inbox = &esme.Inbox{Message: d.message, Receipt: d.receipt, ExpireEvery: 20 * time.Millisecond}
		if t.shared {
			d.parts = multipart.NewReassembler(multipart.Config{Timeout: 50 * time.Millisecond})
			d.inbox.Reassembler = d.parts
		}
		d.handler = d.inbox
	}
	return d
}

// numberOf returns the number of the request that a body is in its direction, and zero for none. The parts of a
// message have one source, that of the first.
func (d *chaosDoer) numberOf(b pdu.Body) uint32 {
	first, err := chaosNumberOf(d.plan, b)
	if err != nil {
		d.deeds.bad("%v", err)
	}
	if first == 0 {
		return 0
	}
	switch b.(type) {
	case *pdu.SubmitSM, *pdu.DeliverSM, *pdu.DataSM:
	default:
		return first
	}
	if p, err := multipart.Get(b); err == nil {
		if n, ok := p.Number(); ok {
			return first + uint32(n.Seq) - 1
		}
	}
	return first
}

// chaosAct is what a function is about to do.
type chaosAct struct {
	before, after   time.Duration // it takes before and behind its store
	heeds           bool          // the end of its context
	decline         bool
	dies            bool // by a panic, before its store
	diesAfter       bool
	later, forgets  bool // it answers later, or never
	laterBy         time.Duration
	number          uint32
	key             string
	givenUpDeclines bool // it stores nothing when its time is over
}

// draw decides what a function does.
func (d *chaosDoer) draw() chaosAct {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.n++
	t := &d.temper
	var a chaosAct
	if t.slow > 0 && d.r.IntN(10) < t.slowly {
		a.before = time.Duration(d.r.Int64N(int64(t.slow)))
		a.after = time.Duration(d.r.Int64N(int64(t.slow)))
	}
	a.heeds = d.r.IntN(2) == 0
	a.givenUpDeclines = d.r.IntN(2) == 0
	a.decline = d.r.IntN(10) == 0
	a.later = d.r.IntN(100) < t.later
	a.forgets = a.later && d.r.IntN(20) == 0
	a.laterBy = time.Duration(d.r.Int64N(int64(40 * time.Millisecond)))
	if d.n == t.panics {
		a.dies = d.r.IntN(2) == 0 || t.kind == chaosInbox
		a.diesAfter = !a.dies
	}
	return a
}

// chaosDeclined is the status with which handlers refuse.
const chaosDeclined = pdu.StatusDeliveryFailure

var errChaosDeclined = &pdu.StatusError{Status: chaosDeclined}

// serve is a function: what it does for a request, with which so many are to be stored. It returns what it is to
// answer by itself, or ErrLater when answer will be called.
func (d *chaosDoer) serve(ctx context.Context, r *session.Request, numbers []uint32, answer func(error) error) error {
	a := d.draw()
	a.number = d.numberOf(r.PDU.Body)
	if d.temper.ordered {
		a.key = session.ByDestination(r.PDU)
	}
	d.deeds.begins(a.number, a.key, r.Session().Context().Err() != nil)
	defer d.deeds.returns(a.key)
	d.heed(ctx, r)
	d.wait(ctx, a.before, a.heeds)
	if a.dies {
		d.die()
	}
	d.heed(ctx, r)
	if a.later {
		d.later.Add(1)
		time.AfterFunc(a.laterBy, func() {
			defer d.later.Done()
			if !a.forgets || len(numbers) > 1 {
				d.answerLater(r, a, numbers, answer)
			}
		})
		return session.ErrLater
	}
	if a.decline || a.givenUpDeclines && ctx.Err() != nil {
		d.deeds.declines(a.number, chaosDeclined)
		d.took(a.number, nil)
		return errChaosDeclined
	}
	d.deeds.stores(numbers...)
	d.wait(ctx, a.after, a.heeds)
	if a.diesAfter {
		d.die()
	}
	d.heed(ctx, r)
	d.took(a.number, nil) // or so it will be
	return nil
}

func (d *chaosDoer) wait(ctx context.Context, t time.Duration, heeds bool) {
	switch {
	case t == 0:
	case heeds:
		timer := time.NewTimer(t)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
	default:
		time.Sleep(t) // the fault itself: a slow function
	}
}

// heed: a context ends when its request is given up, or with the connection, and not before.
func (d *chaosDoer) heed(ctx context.Context, r *session.Request) {
	if cause := context.Cause(ctx); errors.Is(cause, session.ErrAnswerTimeout) && r.Fate() == 0 {
		d.deeds.bad("request %d: its context ended, %v, and it is not given up", d.numberOf(r.PDU.Body), cause)
	}
}

func (d *chaosDoer) die() {
	if d.plan.octet%2 == 0 {
		runtime.Goexit()
	}
	panic(errChaos)
}

// answerLater is the rest of a function that has returned ErrLater.
func (d *chaosDoer) answerLater(r *session.Request, a chaosAct, numbers []uint32, answer func(error) error) {
	var err error
	if a.decline || a.givenUpDeclines && r.Context().Err() != nil {
		d.deeds.declines(a.number, chaosDeclined)
		err = errChaosDeclined
	} else {
		d.deeds.stores(numbers...)
	}
	d.deeds.mu.Lock()
	d.deeds.of(a.number).answered = true // it may be, before answer returns
	d.deeds.mu.Unlock()
	d.took(a.number, answer(err))
}

// answer returns how a request is answered as On does.
func (d *chaosDoer) answer(r *session.Request) func(error) error {
	return func(err error) error {
		if err != nil {
			return r.Reject(chaosDeclined)
		}
		return r.Reply(chaosAnswer(r.PDU))
	}
}

// took enters whether the library took an answer.
func (d *chaosDoer) took(number uint32, err error) {
	d.deeds.mu.Lock()
	defer d.deeds.mu.Unlock()
	switch {
	case err == nil:
		d.deeds.of(number).answered = true
	case !errors.Is(err, session.ErrAnswered) && !errors.Is(err, session.ErrClosed):
		d.deeds.lockedWrong("answer to %d: %v", number, err)
	}
}

// one is serve for a request that is stored by itself and answered as On does.
func (d *chaosDoer) one(ctx context.Context, r *session.Request) error {
	return d.serve(ctx, r, []uint32{d.numberOf(r.PDU.Body)}, d.answer(r))
}

// plain is a HandlePDU.
func (d *chaosDoer) plain(ctx context.Context, r *session.Request) {
	if err := d.one(ctx, r); !errors.Is(err, session.ErrLater) {
		d.took(d.numberOf(r.PDU.Body), d.answer(r)(err))
	}
}

// mux makes a Mux whose functions are serve.
func (d *chaosDoer) mux() *session.Mux {
	m := new(session.Mux)
	session.On(m, func(ctx context.Context, r *session.Request, q *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		if err := d.one(ctx, r); err != nil {
			return nil, err
		}
		return &pdu.SubmitSMResp{MessageID: q.Source.Addr}, nil
	})
	session.On(m, func(ctx context.Context, r *session.Request, q *pdu.DataSM) (*pdu.DataSMResp, error) {
		if err := d.one(ctx, r); err != nil {
			return nil, err
		}
		return &pdu.DataSMResp{MessageID: q.Source.Addr}, nil
	})
	session.On(m, func(ctx context.Context, r *session.Request, _ *pdu.DeliverSM) (*pdu.DeliverSMResp, error) {
		return new(pdu.DeliverSMResp), d.one(ctx, r)
	})
	return m
}

// message is Inbox.Message. What no request has completed was acknowledged before, and is stored whatever comes.
func (d *chaosDoer) message(ctx context.Context, m *esme.Message) error {
	first, err := chaosNumberOf(d.plan, &pdu.DeliverSM{Source: m.Source})
	if err != nil {
		d.deeds.bad("%v", err)
	}
	var numbers []uint32
	for _, p := range m.Parts {
		seq := 1
		if n, ok := p.Number(); ok {
			seq = n.Seq
		}
		numbers = append(numbers, first+uint32(seq)-1)
	}
	if m.Request == nil {
		d.deeds.stores(numbers...)
		return nil
	}
	return d.serve(ctx, m.Request, numbers, func(err error) error { return m.Answer(context.Background(), err) })
}

// receipt is Inbox.Receipt.
func (d *chaosDoer) receipt(ctx context.Context, r *esme.Receipt) error {
	return d.serve(ctx, r.Request, []uint32{d.numberOf(r.Request.PDU.Body)}, r.Answer)
}
