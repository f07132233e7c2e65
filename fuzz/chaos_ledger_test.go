package fuzz

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// chaosHow is how a request was handed over.
type chaosHow uint8

const (
	chaosDo chaosHow = iota
	chaosSend
	chaosTry
)

func (h chaosHow) String() string { return [...]string{"Do", "Send", "TrySend"}[h] }

// chaosEntry is a request in the ledger of the end that hands it over, with everything that was reported of it.
type chaosEntry struct {
	number uint32
	how    chaosHow
	id     pdu.CommandID
	called time.Time // before it was handed over

	returned bool // Do, Send or TrySend did
	err      error
	pending  bool // Do returned since its caller gave up: the rest goes to the hooks

	sends    int // send results
	resps    int // responses, from Do or HandleResp
	timeouts int
	lost     int // entries in the lost list
	resp     pdu.Header
	timedOut time.Time
	entry    session.LostPDU

	traced  int // ends told to Trace
	outcome session.Outcome
}

// chaosIncoming is a request of the peer's in the ledger of the end that got it: one that was begun, or that was
// reported.
type chaosIncoming struct {
	pdu         *pdu.PDU
	begun       int  // calls of HandlePDU
	answered    bool // Respond returned nil
	givenUp     int  // calls of HandleUnanswered that say so
	refusedHook int  // likewise
	refused     int  // told to Trace.Unserved
	gaveUp      int  // likewise
	lost        int
	written     bool // as the lost list has it
}

// chaosLate is a response that went to HandleLateResp.
type chaosLate struct {
	pdu.Header
	of uint32 // number of the request that was remembered; zero for none
}

// chaosLedger is the account of one end of a connection: what it handed over and what it was told. What is wrong by
// itself is noted at once; the rest is for the audit, once the session has ended.
type chaosLedger struct {
	plan *chaosPlan
	end  int
	cfg  session.Config

	mu       sync.Mutex
	entries  []*chaosEntry // by number, from 1
	incoming []*chaosIncoming
	tooLate  uint64                      // answers that certainly came too late
	byBody   map[pdu.Body]*chaosIncoming // since Trace gets a PDU of its own
	told     map[uint32]int              // send results of answers, by sequence number
	late     []chaosLate
	ends     uint64    // told to Trace in all
	own      [8]uint64 // ends of requests that are in no ledger, such as the bind, by outcome, told to Trace
	begun    int       // sessions
	given    int       // sessions, and binds that did not come to pass, that have this handler
	closed   int       // calls of HandleClose
	shut     bool      // Shutdown returned nil
	lost     []session.LostPDU
	reason   error
	dead     time.Time // when its own program, or a timer, ended the session
	wrong    []string

	more chan struct{} // gets a token when Trace was told something
}

func newChaosLedger(p *chaosPlan, end int, cfg session.Config) *chaosLedger {
	return &chaosLedger{
		plan: p, end: end, cfg: cfg,
		byBody: make(map[pdu.Body]*chaosIncoming), told: make(map[uint32]int),
		more: make(chan struct{}, 1),
	}
}

func (l *chaosLedger) lockedWrong(format string, args ...any) {
	l.wrong = append(l.wrong, fmt.Sprintf(format, args...))
}

func (l *chaosLedger) bad(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lockedWrong(format, args...)
}

// open enters a request that is about to be handed over; make gets its number.
func (l *chaosLedger) open(how chaosHow, make func(number uint32) pdu.Body) (*chaosEntry, pdu.Body) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := &chaosEntry{number: uint32(len(l.entries) + 1), how: how, called: time.Now()}
	body := make(e.number)
	e.id = body.CommandID()
	l.entries = append(l.entries, e)
	return e, body
}

// did enters what Do returned.
func (l *chaosLedger) did(e *chaosEntry, resp *pdu.PDU, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.returns(e, err)
	var re *session.RequestError
	var se *pdu.StatusError
	switch {
	case errors.As(err, &re):
		e.pending = re.Outcome == session.Pending
		if n, _ := chaosNumberOf(l.plan, re.PDU.Body); n != e.number {
			l.lockedWrong("the error of request %d is of %d: %v", e.number, n, err)
		}
		if re.Outcome == session.TimedOut {
			e.timeouts++
			l.timedOut(e)
		}
	case err != nil && !errors.As(err, &se):
		l.lockedWrong("Do of request %d: %v", e.number, err)
	case resp != nil:
		e.resps++
		e.resp = resp.Header
		if b, ok := resp.Body.(*pdu.SubmitSMResp); ok && resp.Status == pdu.StatusOK {
			if n, err := chaosNumberOf(l.plan, &pdu.SubmitSM{Source: pdu.Address{Addr: b.MessageID}}); n != e.number {
				l.lockedWrong("Do of request %d returned the response to %d: %v", e.number, n, err)
			}
		}
	case err == nil && e.id.HasResponse():
		l.lockedWrong("Do of request %d returned nothing", e.number)
	}
	l.retry(e, err)
}

// sent enters what Send or TrySend returned.
func (l *chaosLedger) sent(e *chaosEntry, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.returns(e, err)
	var re *session.RequestError
	if err != nil && (!errors.As(err, &re) || re.Outcome != session.NotSent) {
		l.lockedWrong("%v of request %d: %v", e.how, e.number, err)
	}
	l.retry(e, err)
}

func (l *chaosLedger) returns(e *chaosEntry, err error) {
	if e.returned {
		l.lockedWrong("request %d returned twice", e.number)
	}
	e.returned, e.err = true, err
}

// retry holds SafeToRetry to its word.
func (l *chaosLedger) retry(e *chaosEntry, err error) {
	var re *session.RequestError
	want := errors.As(err, &re) && re.Outcome == session.NotSent
	if session.SafeToRetry(err) != want {
		l.lockedWrong("request %d: SafeToRetry is %v of %v", e.number, !want, err)
	}
}

func (l *chaosLedger) timedOut(e *chaosEntry) {
	e.timedOut = time.Now()
	if d := e.timedOut.Sub(e.called); d < l.cfg.ResponseTimeout {
		l.lockedWrong("request %d timed out after %v", e.number, d)
	}
}

// about returns the entry that a hook is about, nil for none. The ledger is locked.
func (l *chaosLedger) about(p *pdu.PDU) *chaosEntry {
	n, err := chaosNumberOf(l.plan, p.Body)
	switch {
	case err != nil:
		l.lockedWrong("%v", err)
	case int(n) > len(l.entries):
		l.lockedWrong("request %d was never handed over", n)
	case n > 0:
		return l.entries[n-1]
	}
	return nil
}

// report enters a call of a hook about a request of our own. Nothing may follow its end.
func (l *chaosLedger) report(hook string, req *pdu.PDU, enter func(e *chaosEntry)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.about(req)
	if e == nil {
		l.lockedWrong("%s is about %v", hook, req.ID)
		return
	}
	switch {
	case e.resps+e.timeouts+e.lost > 0:
		l.lockedWrong("%s of request %d, after its end", hook, e.number)
	case hook != "lost" && e.how != chaosDo && hook != "HandleSendResult" && e.sends == 0:
		l.lockedWrong("%s of request %d, before its send result", hook, e.number)
	case e.returned && e.err != nil && !e.pending && hook != "lost":
		l.lockedWrong("%s of request %d, which has returned %v", hook, e.number, e.err)
	}
	enter(e)
}

// trace enters an end that was told to Trace.
func (l *chaosLedger) trace(req *pdu.PDU, o session.Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ends++
	l.tellMore()
	e := l.about(req)
	if e == nil {
		l.own[o]++
		return
	}
	if e.traced++; e.traced > 1 {
		l.lockedWrong("request %d ended twice: %v, then %v", e.number, e.outcome, o)
	}
	e.outcome = o
}

// theirs returns what is known of a request of the peer's. The ledger is locked.
func (l *chaosLedger) theirs(p *pdu.PDU) *chaosIncoming {
	in := l.byBody[p.Body]
	if in == nil {
		in = &chaosIncoming{pdu: p}
		l.byBody[p.Body] = in
		l.incoming = append(l.incoming, in)
	}
	return in
}

// notLate counts answers that came when nobody waited for them any more. The ledger is locked.
func (l *chaosLedger) notLate(in *chaosIncoming, err error, first bool) {
	switch {
	case errors.Is(err, session.ErrClosed), errors.Is(err, session.ErrAnswered) && (first || !in.answered):
		l.tooLate++
	}
}

// unserved enters what was told to Trace of a request of the peer's.
func (l *chaosLedger) unserved(p *pdu.PDU, f session.Fate) {
	if p.ID == l.plan.bindCommand() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	in := l.theirs(p)
	switch f {
	case session.FateRefused:
		in.refused++
	case session.FateGivenUp:
		in.gaveUp++
	}
}

func (l *chaosLedger) tellMore() {
	select {
	case l.more <- struct{}{}:
	default:
	}
}

// settle waits for Trace: it may be told of the end, and of requests that were handed over after it, a little later
// than everybody else. There are so many requests in all.
func (l *chaosLedger) settle(requests uint64) {
	patience := time.NewTimer(chaosHang / 2)
	defer patience.Stop()
	for {
		l.mu.Lock()
		told := l.begun > 0 && l.ends >= requests
		l.mu.Unlock()
		if told {
			return
		}
		select {
		case <-l.more:
		case <-patience.C:
			return
		}
	}
}

// dies notes that the session ends now, or sooner than it can tell: it may not read any more.
func (l *chaosLedger) dies() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead.IsZero() {
		l.dead = time.Now()
	}
}

// reported derives how a request ended from what its caller was told, which must be exactly one thing.
func (e *chaosEntry) reported() (session.Outcome, error) {
	var re *session.RequestError
	errors.As(e.err, &re)
	ends := e.resps + e.timeouts + e.lost
	told := e.lost == 1 && e.entry.Told && ends == 1
	switch {
	case !e.returned:
		return 0, errors.New("did not return")
	case e.how == chaosDo && e.sends > 0 || e.sends > 1:
		return 0, fmt.Errorf("%d send results", e.sends)
	case re != nil && re.Outcome == session.NotSent:
		if ends+e.sends > 0 && !(e.how == chaosDo && told && !e.entry.Written) {
			return 0, fmt.Errorf("returned %w, and more was reported", e.err)
		}
		return session.NotSent, nil
	case re != nil && re.Outcome == session.Lost:
		if !told || !e.entry.Written {
			return 0, fmt.Errorf("returned %w, and the lost list has it %d times: %+v", e.err, e.lost, e.entry)
		}
		return session.Lost, nil
	case !e.id.HasResponse() && ends == 0:
		if e.how != chaosDo && e.sends == 0 {
			return 0, errors.New("nothing was reported")
		}
		return session.Sent, nil
	case ends != 1:
		return 0, fmt.Errorf("%d responses, %d timeouts, %d times lost", e.resps, e.timeouts, e.lost)
	case e.lost == 1:
		return e.lostReported()
	case e.how != chaosDo && e.sends == 0:
		return 0, errors.New("an end without a send result")
	case e.timeouts == 1:
		return session.TimedOut, nil
	case e.resp.ID == pdu.CommandGenericNack:
		return session.Nacked, nil
	}
	return session.Responded, nil
}

// lostReported is reported for a request whose end nothing tells but the lost list.
func (e *chaosEntry) lostReported() (session.Outcome, error) {
	switch {
	case e.entry.Told:
		return 0, errors.New("marked Told, and nobody was told")
	case e.entry.Written:
		return session.Lost, nil
	case e.sends > 0:
		return 0, errors.New("a send result, and lost without having been written")
	}
	return session.NotSent, nil
}
