package fuzz

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// chaosPeer is the program at one end of a connection: the handler of its session, and who hands requests over. Every
// hook enters what it is told into the ledger.
type chaosPeer struct {
	*chaosLedger
	r        *rand.Rand // for the hooks
	session  atomic.Pointer[session.Session]
	bound    chan struct{}  // closed when the session is bound
	busy     atomic.Int32   // hooks that run
	later    sync.WaitGroup // answers that are still to be made
	got      int            // requests of the peer's
	patience time.Duration  // of the peer: its response time
	finish   func()         // what the plan has for the end, if a program makes it
}

func newChaosPeer(p *chaosPlan, end int, cfg session.Config, patience time.Duration) *chaosPeer {
	return &chaosPeer{
		chaosLedger: newChaosLedger(p, end, cfg),
		r:           chaosRand(p.seed, p.n, chaosPartHook+end),
		bound:       make(chan struct{}),
		patience:    patience,
	}
}

// s is the session of the peer.
func (p *chaosPeer) s() *session.Session { return p.session.Load() }

// enter notes hooks that overlap, or follow HandleClose. What it returns is to be called when the hook returns.
func (p *chaosPeer) enter(hook string) func() {
	if p.busy.Add(1) != 1 {
		p.bad("%s overlaps another hook", hook)
	}
	p.mu.Lock()
	if p.closed > 0 {
		p.lockedWrong("%s after HandleClose", hook)
	}
	p.mu.Unlock()
	if p.r.IntN(500) == 0 {
		time.Sleep(time.Duration(p.r.IntN(20)) * time.Millisecond) // the fault itself: a slow hook
	}
	return func() { p.busy.Add(-1) }
}

// HandlePDU answers at once, later, after the peer's patience is over, twice, or never.
func (p *chaosPeer) HandlePDU(ctx context.Context, r *session.Request) {
	defer p.enter("HandlePDU")()
	number, err := chaosNumberOf(p.plan, r.PDU.Body)
	if err != nil || number == 0 || !chaosIntact(r.PDU.Body, number) {
		p.bad("got %v %d, which is not intact: %v", r.PDU.ID, r.PDU.Seq, err)
	}
	p.mu.Lock()
	in := p.theirs(r.PDU)
	if in.begun++; in.begun > 1 || in.refused+in.lost > 0 {
		p.lockedWrong("%v %d is begun: %+v", r.PDU.ID, r.PDU.Seq, in)
	}
	p.mu.Unlock()
	if p.got++; p.plan.end == chaosPanic && p.plan.of == p.end && p.got == p.plan.after {
		p.dies()
		if p.plan.octet%2 == 0 {
			runtime.Goexit()
		}
		panic(errChaos)
	}
	if p.r.IntN(30) == 0 {
		_ = p.hand(ctx, p.r, 5) // a request made in a hook
	}
	if !r.PDU.ID.HasResponse() {
		return
	}
	status := pdu.StatusOK
	if p.r.IntN(20) == 0 {
		status = pick(p.r, pdu.StatusThrottled, pdu.StatusMsgQueueFull, pdu.StatusSystemError)
	}
	switch n := p.r.IntN(1000); {
	case n < 15: // never
	case n < 35:
		p.answerLater(r, in, status, p.patience+time.Duration(p.r.Int64N(int64(p.patience))))
	case n < 200: // out of order
		p.answerLater(r, in, status, time.Duration(p.r.IntN(15_000))*time.Microsecond)
	case n < 230:
		p.answer(r, in, status)
		err := r.Reply(chaosAnswer(r.PDU))
		if !errors.Is(err, session.ErrAnswered) && !errors.Is(err, session.ErrClosed) {
			p.bad("a second answer to %d: %v", number, err)
		}
		p.mu.Lock()
		p.notLate(in, err, false)
		p.mu.Unlock()
	default:
		p.answer(r, in, status)
	}
}

var errChaos = errors.New("chaos")

func (p *chaosPeer) answerLater(r *session.Request, in *chaosIncoming, status pdu.CommandStatus, d time.Duration) {
	p.later.Add(1)
	time.AfterFunc(d, func() {
		defer p.later.Done()
		p.answer(r, in, status)
	})
}

func (p *chaosPeer) answer(r *session.Request, in *chaosIncoming, status pdu.CommandStatus) {
	var body pdu.Body
	if status == pdu.StatusOK {
		body = chaosAnswer(r.PDU)
	}
	err := r.Respond(status, body)
	p.mu.Lock()
	defer p.mu.Unlock()
	in.answered = err == nil
	p.notLate(in, err, true)
	if err != nil && !errors.Is(err, session.ErrAnswered) && !errors.Is(err, session.ErrClosed) {
		p.lockedWrong("answer to %v %d: %v", r.PDU.ID, r.PDU.Seq, err)
	}
}

// HandleResp enters a response.
func (p *chaosPeer) HandleResp(_ context.Context, _ *session.Session, resp, req *pdu.PDU) {
	defer p.enter("HandleResp")()
	p.report("HandleResp", req, func(e *chaosEntry) {
		e.resps++
		e.resp = resp.Header
		if !chaosAnswers(resp, req) {
			p.lockedWrong("request %d got the response to another: %v %d, %+v", e.number, resp.ID, resp.Seq, resp.Body)
		}
	})
}

// HandleRespTimeout enters requests without a response, which must come in the order in which they were handed over.
func (p *chaosPeer) HandleRespTimeout(_ context.Context, _ *session.Session, reqs []*pdu.PDU) {
	defer p.enter("HandleRespTimeout")()
	for _, req := range reqs {
		p.report("HandleRespTimeout", req, func(e *chaosEntry) {
			e.timeouts++
			p.timedOut(e)
		})
	}
	if !slices.IsSortedFunc(reqs, func(a, b *pdu.PDU) int { return p.order(a.Seq) - p.order(b.Seq) }) {
		p.bad("timeouts are not in order")
	}
}

// order tells how many requests of the session had a sequence number before this one.
func (l *chaosLedger) order(seq uint32) int {
	first := int(max(l.cfg.FirstSequence, 1))
	if int(seq) < first {
		return int(seq) - first + 0x7FFFFFFF
	}
	return int(seq) - first
}

// HandleSendResult enters that a request, or an answer, was handed to the socket.
func (p *chaosPeer) HandleSendResult(_ context.Context, _ *session.Session, q *pdu.PDU) {
	defer p.enter("HandleSendResult")()
	switch {
	case q.ID.IsResponse() && q.ID.Request() == p.plan.bindCommand():
		return // package mc made it
	case q.ID.IsResponse():
		p.mu.Lock()
		p.told[q.Seq]++
		p.mu.Unlock()
		return
	}
	p.report("HandleSendResult", q, func(e *chaosEntry) { e.sends++ })
}

// HandleLateResp enters a response that nobody waits for.
func (p *chaosPeer) HandleLateResp(_ context.Context, _ *session.Session, resp, req *pdu.PDU) {
	defer p.enter("HandleLateResp")()
	p.mu.Lock()
	defer p.mu.Unlock()
	l := chaosLate{Header: resp.Header}
	if req != nil {
		if e := p.about(req); e != nil {
			l.of = e.number
		}
		if !chaosAnswers(resp, req) {
			p.lockedWrong("a late response to %d is not its own: %+v", req.Seq, resp)
		}
	}
	p.late = append(p.late, l)
}

// HandleMalformed is for what the state forbids alone: the fault layer forges no malformed PDU.
func (p *chaosPeer) HandleMalformed(_ context.Context, _ *session.Session, q *pdu.PDU, err error) {
	defer p.enter("HandleMalformed")()
	var de *pdu.DecodeError
	if errors.As(err, &de) {
		p.bad("%v %d is malformed: %v", q.ID, q.Seq, err)
	}
}

// HandleState tells those who wait that the session is bound.
func (p *chaosPeer) HandleState(_ context.Context, _ *session.Session, _, to session.State) {
	defer p.enter("HandleState")()
	if to.Bound() {
		close(p.bound)
	}
}

// HandleUnanswered enters a request that was refused or given up.
func (p *chaosPeer) HandleUnanswered(_ context.Context, r *session.Request) {
	defer p.enter("HandleUnanswered")()
	if r.Fate() != session.FateRefused && !chaosEnded(r.Context()) {
		p.bad("%v %d is given up, and its context does not end", r.PDU.ID, r.PDU.Seq)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	in := p.theirs(r.PDU)
	switch f := r.Fate(); {
	case f == session.FateRefused && in.begun == 0:
		in.refusedHook++
	case (f == session.FateGivenUp || f == session.FateLate) && in.begun == 1:
		in.givenUp++
	default:
		p.lockedWrong("%v %d is unanswered, %v: %+v", r.PDU.ID, r.PDU.Seq, f, in)
	}
}

// chaosEnded reports whether a context that is about to end does so.
func chaosEnded(ctx context.Context) bool {
	patience := time.NewTimer(chaosHang)
	defer patience.Stop()
	select {
	case <-ctx.Done():
		return true
	case <-patience.C:
		return false
	}
}

// HandleClose enters the lost list.
func (p *chaosPeer) HandleClose(ctx context.Context, s *session.Session, lost []session.LostPDU, _ error) {
	defer p.enter("HandleClose")()
	select {
	case <-p.bound:
	default:
		if len(lost) == 0 {
			p.mu.Lock()
			p.closed++
			p.mu.Unlock()
			return // its bind did not come to pass
		}
	}
	if ctx.Err() != nil || s.Context().Err() == nil {
		p.bad("HandleClose: its context %v, that of the session %v", ctx.Err(), s.Context().Err())
	}
	for i := range lost {
		p.enterLost(&lost[i])
	}
	p.mu.Lock()
	p.closed++
	p.mu.Unlock()
}

func (p *chaosPeer) enterLost(l *session.LostPDU) {
	if !l.Incoming {
		if chaosSource(l.PDU.Body) == "" {
			return // a bind
		}
		p.report("lost", l.PDU, func(e *chaosEntry) { e.lost, e.entry = e.lost+1, *l })
		return
	}
	if l.PDU.ID == p.plan.bindCommand() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	in := p.theirs(l.PDU)
	in.lost, in.written = in.lost+1, l.Written
	if l.Begun != (in.begun > 0) {
		p.lockedWrong("lost %v %d, begun %v: %+v", l.PDU.ID, l.PDU.Seq, l.Begun, in)
	}
}
