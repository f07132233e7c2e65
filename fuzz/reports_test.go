package fuzz

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// conduct is what a reports does with a request of the peer's.
type conduct uint8

const (
	reply conduct = iota
	keep          // the script answers later, or nobody
	reject
	dawdle // replies after a second in the hook
	dies   // panics
	conducts
)

// refusedUnbegun is the status of what is refused before it is begun, and of nothing else.
const refusedUnbegun pdu.CommandStatus = 0x400

// hookDies is what a hook panics with. Any other panic is one of the library.
const hookDies = "a hook dies"

// reports is the handler of a fuzzed session. It notes what is told of every request, by the body, which nobody else
// has.
type reports struct {
	t testing.TB

	mu      sync.Mutex
	conduct conduct
	of      map[pdu.Body]*told
	got     map[string]int // how often the hook was called with a text from the peer
	stored  map[string]int // how often a text from the peer was taken
	kept    []*session.Request
	traced  map[session.Outcome]uint64
	closed  int
}

// told is what was told of one request.
type told struct {
	ends     []string
	results  int  // of sending
	inList   bool // the lost list has it, as told to a Do
	accepted bool // by Send, or it was a Do
	taken    bool // the response says so
	unbegun  bool // the response says that nothing happened
	refused  bool // the response is another refusal
}

func newReports(t testing.TB) *reports {
	return &reports{t: t, of: map[pdu.Body]*told{}, got: map[string]int{}, stored: map[string]int{}, traced: map[session.Outcome]uint64{}}
}

func (h *reports) config(cfg session.Config) session.Config {
	cfg.Handler, cfg.OverflowStatus = h, refusedUnbegun
	cfg.Trace = &session.Trace{Outcome: func(_ *session.Session, _ *pdu.PDU, o session.Outcome) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.traced[o]++
	}}
	return cfg
}

// set changes what becomes of the peer's requests.
func (h *reports) set(c conduct) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.conduct = c
}

// about returns the notes on a request. The lock is held.
func (h *reports) about(b pdu.Body) *told {
	if h.of[b] == nil {
		h.of[b] = new(told)
	}
	return h.of[b]
}

func (h *reports) end(b pdu.Body, how string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	x := h.about(b)
	x.ends = append(x.ends, how)
}

// did notes what Do returned.
func (h *reports) did(b pdu.Body, err error) {
	h.mu.Lock()
	h.about(b).accepted = true
	h.mu.Unlock()
	var e *session.RequestError
	switch {
	case !errors.As(err, &e):
		status, _ := pdu.StatusOf(err)
		h.responded(b, status)
	case e.Outcome != session.Pending:
		h.end(b, e.Outcome.String())
	}
}

// responded notes a response.
func (h *reports) responded(b pdu.Body, status pdu.CommandStatus) {
	h.mu.Lock()
	x := h.about(b)
	x.taken, x.unbegun = status == pdu.StatusOK, status == refusedUnbegun
	x.refused = !x.taken && !x.unbegun
	h.mu.Unlock()
	h.end(b, "responded")
}

// sent notes what Send or TrySend returned.
func (h *reports) sent(b pdu.Body, err error) {
	if err != nil {
		h.end(b, session.NotSent.String())
		if !session.SafeToRetry(err) {
			h.t.Errorf("a failed Send that is not safe to retry: %v", err)
		}
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.about(b).accepted = true
}

func text(b pdu.Body) string {
	switch b := b.(type) {
	case *pdu.SubmitSM:
		return string(b.ShortMessage)
	case *pdu.DeliverSM:
		return string(b.ShortMessage)
	}
	return ""
}

func (h *reports) HandlePDU(_ context.Context, r *session.Request) {
	switch r.PDU.Body.(type) {
	case *pdu.BindTransceiver, *pdu.BindTransmitter, *pdu.BindReceiver:
		_ = r.Accept(nil, h)
		return
	}
	h.mu.Lock()
	c := h.conduct
	if s := text(r.PDU.Body); s != "" {
		h.got[s]++
	}
	if c == keep {
		h.kept = append(h.kept, r)
	}
	h.mu.Unlock()
	switch c {
	case reply:
		_ = h.take(r)
	case reject:
		_ = r.Reject(pdu.StatusThrottled)
	case dawdle:
		time.Sleep(time.Second)
		_ = h.take(r)
	case dies:
		panic(hookDies)
	}
}

// take takes a request and says so. A message has an id.
func (h *reports) take(r *session.Request) error {
	h.mu.Lock()
	h.stored[text(r.PDU.Body)]++
	h.mu.Unlock()
	if r.PDU.ID.HasResponse() {
		return r.Reply(pdu.NewBody(r.PDU.ID.Response()))
	}
	return nil
}

// answer answers the oldest request that was kept.
func (h *reports) answer(status pdu.CommandStatus) {
	h.mu.Lock()
	if len(h.kept) == 0 {
		h.mu.Unlock()
		return
	}
	r := h.kept[0]
	h.kept = h.kept[1:]
	h.mu.Unlock()
	var err error
	if status == pdu.StatusOK {
		err = h.take(r)
	} else {
		err = r.Reject(status)
	}
	if err == nil && r.PDU.ID.HasResponse() && r.Reject(pdu.StatusSystemError) == nil {
		h.t.Errorf("%v was answered twice", r.PDU)
	}
}

func (h *reports) HandleResp(_ context.Context, _ *session.Session, resp, req *pdu.PDU) {
	h.responded(req.Body, resp.Status)
}

func (h *reports) HandleRespTimeout(_ context.Context, _ *session.Session, reqs []*pdu.PDU) {
	for _, r := range reqs {
		h.end(r.Body, session.TimedOut.String())
	}
}

func (h *reports) HandleSendResult(_ context.Context, _ *session.Session, p *pdu.PDU) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.ID.IsResponse() {
		return
	}
	if x := h.about(p.Body); len(x.ends) > 0 {
		h.t.Errorf("send result of %v after its end: %v", p, x.ends)
	} else {
		x.results++
	}
}

func (h *reports) HandleCast(context.Context, *session.Session, any) {}

func (h *reports) HandleClose(_ context.Context, _ *session.Session, lost []session.LostPDU, _ error) {
	h.mu.Lock()
	h.closed++
	h.mu.Unlock()
	for _, l := range lost {
		switch {
		case l.Incoming:
		case l.Told:
			h.mu.Lock()
			h.about(l.PDU.Body).inList = true
			h.mu.Unlock()
		case l.Written:
			h.end(l.PDU.Body, session.Lost.String())
		default:
			h.end(l.PDU.Body, session.NotSent.String())
		}
	}
}

// check holds, when s has ended and every caller has returned, that each request was reported once, that the counters
// and the trace agree, and that the peer got nothing of what was not sent, nor anything twice.
func (h *reports) check(s *session.Session, peer *reports) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := s.Stats()
	if sum := n.Responded + n.Nacked + n.Sent + n.TimedOut + n.NotSent + n.Lost; n.Accepted != sum || n.InFlight != 0 {
		h.t.Errorf("the account does not balance: %+v", n)
	}
	counted := map[session.Outcome]uint64{
		session.Responded: n.Responded, session.Nacked: n.Nacked, session.Sent: n.Sent, session.TimedOut: n.TimedOut,
		session.NotSent: n.NotSent, session.Lost: n.Lost,
	}
	maps.DeleteFunc(counted, func(_ session.Outcome, n uint64) bool { return n == 0 })
	if !maps.Equal(counted, h.traced) {
		h.t.Errorf("counted %v, traced %v", counted, h.traced)
	}
	if h.closed != 1 {
		h.t.Errorf("HandleClose was called %d times", h.closed)
	}
	if s.State() != session.StateClosed || s.Err() == nil {
		h.t.Errorf("ended in state %v with %v", s.State(), s.Err())
	}
	if e := (*session.PanicError)(nil); errors.As(s.Err(), &e) && e.Value != hookDies {
		h.t.Errorf("%v\n%s", e, e.Stack)
	}
	for b, x := range h.of {
		ends := strings.Join(x.ends, ", ")
		noResp := b != nil && !b.CommandID().HasResponse()
		switch {
		case noResp && len(x.ends) == 0 && x.results <= 1: // sent, and the result was all of the report
		case len(x.ends) != 1:
			h.t.Errorf("%T %q ended %d times: %s", b, text(b), len(x.ends), ends)
		case x.inList && !slices.Contains([]string{"lost", "not sent"}, ends):
			h.t.Errorf("%T %q is listed as told and ended: %s", b, text(b), ends)
		case !x.accepted && ends != "not sent":
			h.t.Errorf("%T %q was refused and ended: %s", b, text(b), ends)
		}
		if x.results > 1 {
			h.t.Errorf("%T %q has %d send results", b, text(b), x.results)
		}
		if peer == nil || text(b) == "" {
			continue
		}
		switch got, stored := peer.times(text(b)); {
		case (ends == "not sent" || x.unbegun) && got > 0:
			h.t.Errorf("%T %q %s, and was begun", b, text(b), ends)
		case x.taken && stored != 1, x.refused && stored != 0:
			h.t.Errorf("%T %q was taken %d times; the response says %v", b, text(b), stored, x.taken)
		}
	}
	for s, n := range h.got {
		if peer != nil && n > 1 {
			h.t.Errorf("%q came %d times", s, n)
		}
	}
}

// times returns how often a text came to the hook, and how often it was taken.
func (h *reports) times(text string) (got, stored int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.got[text], h.stored[text]
}
