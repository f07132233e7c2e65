package fuzz

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// chaosAudit compares the ledger of one end with the account of the fault layer, once both are complete.
type chaosAudit struct {
	*chaosPeer
	c     *chaosConn
	pulse *chaosPulse
	out   *chaosPump // from this end
	in    *chaosPump // to it
	stats session.Stats

	came    map[uint32]*chaosFrame // own requests that came whole to the fault layer, by number
	bySeq   map[uint32][]int       // indices in in.delivered of the responses with a sequence number
	horizon int                    // of in.delivered, so many were certainly read
	sum     chaosSum
}

// chaosSum is what one end of a connection adds to the figures.
type chaosSum struct {
	requests uint64
	outcomes [8]uint64
	late     uint64 // responses that went to HandleLateResp
	answered uint64 // responses that were delivered whole to a request without one
	inTime   uint64 // of these, in time
	incoming uint64 // requests that the handler got
	refused  uint64 // requests that were not begun
	gaveUp   uint64 // requests that were given up
}

// audit holds the ledger of an end against the rules. It returns what is wrong.
func (c *chaosConn) audit(end int, pulse *chaosPulse) (*chaosSum, []string) {
	a := &chaosAudit{
		chaosPeer: c.peer[end], c: c, pulse: pulse, out: c.link.pump[end], in: c.link.pump[1-end],
		stats: c.peer[end].s().Stats(),
		came:  make(map[uint32]*chaosFrame), bySeq: make(map[uint32][]int),
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.checkArrivals()
	a.checkEnd()
	a.checkResponses()
	a.checkRequests()
	a.checkLost()
	a.checkIncoming()
	for _, err := range c.link.errs {
		a.lockedWrong("fault layer: %v", err)
	}
	return &a.sum, a.wrong
}

// checkEnd: the session is closed for good, reported once, and its sums balance.
func (a *chaosAudit) checkEnd() {
	n := a.stats
	if sum := n.Responded + n.Nacked + n.Sent + n.TimedOut + n.NotSent + n.Lost; n.Accepted != sum || n.InFlight != 0 {
		a.lockedWrong("no balance: %+v", n)
	}
	if n.Waiting+n.InUse+n.Inbound+n.Queued+n.Events+n.Remember != 0 {
		a.lockedWrong("something is left: %+v", n)
	}
	if a.begun != 1 || a.s().State() != session.StateClosed || a.s().Err() == nil || !errors.Is(a.s().Err(), a.reason) {
		a.lockedWrong("ended %d times, in state %v, for %v, but Trace was told %v",
			a.begun, a.s().State(), a.s().Err(), a.reason)
	}
	if a.closed != a.given {
		a.lockedWrong("the handler was taken %d times, its HandleClose called %d times", a.given, a.closed)
	}
	lost := a.s().Lost()
	if !slices.Equal(lost, a.lost) {
		a.lockedWrong("Lost returns %s; HandleClose got %s", chaosLost(lost), chaosLost(a.lost))
	}
	if a.shut && errors.Is(a.reason, session.ErrShutdown) && !a.unbound() {
		for _, l := range lost {
			if !l.Incoming {
				a.lockedWrong("Shutdown returned nil, and %v %d is lost", l.PDU.ID, l.PDU.Seq)
			}
		}
	}
	var pe *session.PanicError
	if errors.As(a.reason, &pe) && pe.Value != nil && !errors.Is(pe, errChaos) {
		a.lockedWrong("%v\n%s", pe, pe.Stack)
	}
}

// unbound tells that the peer's unbind was delivered, which gives what is outstanding UnbindGrace and no more.
func (a *chaosAudit) unbound() bool {
	return slices.ContainsFunc(a.in.delivered, func(f chaosFrame) bool { return f.ID == pdu.CommandUnbind })
}

// checkArrivals: what came to the fault layer was handed over, once, and in this order.
func (a *chaosAudit) checkArrivals() {
	last := -1
	for i := range a.out.arrived {
		f := &a.out.arrived[i]
		if f.request == 0 {
			continue
		}
		if int(f.request) > len(a.entries) || a.came[f.request] != nil {
			a.lockedWrong("request %d went out twice, or was never handed over", f.request)
		}
		a.came[f.request] = f
		if at := a.order(f.Seq); at <= last {
			a.lockedWrong("request %d, sequence number %d, was overtaken", f.request, f.Seq)
		} else {
			last = at
		}
	}
}

// checkRequests: every request ended once, as its caller, Trace and Stats agree; one that was not sent never came whole,
// nor in part; and one that was answered in time was responded.
func (a *chaosAudit) checkRequests() {
	for _, e := range a.entries {
		o, err := e.reported()
		if err != nil {
			a.lockedWrong("%s: %v", a.story(e), err)
			continue
		}
		a.sum.requests++
		a.sum.outcomes[o]++
		if e.traced != 1 || e.outcome != o {
			a.lockedWrong("%s: reported %v, but Trace was told %d times, %v", a.story(e), o, e.traced, e.outcome)
		}
		if o == session.NotSent && a.came[e.number] != nil {
			a.lockedWrong("%s: not sent, but it came", a.story(e))
		}
		a.checkAnswer(e, o)
	}
	sum := a.sum.outcomes
	for o, n := range a.own {
		sum[o] += n
	}
	n := a.stats
	if want := [8]uint64{0, n.Responded, n.Nacked, n.Sent, n.TimedOut, n.NotSent, n.Lost}; sum != want {
		a.lockedWrong("outcomes %v in the ledger, %v in Stats", sum, want)
	}
	a.checkTail()
}

// checkTail: a request whose begin came is not one that was not sent.
func (a *chaosAudit) checkTail() {
	if len(a.out.tail) < pdu.HeaderLen {
		return
	}
	h := chaosHeader(a.out.tail)
	for _, l := range a.lost {
		if !l.Incoming && !l.Written && l.PDU.ID == h.ID && l.PDU.Seq == h.Seq {
			a.lockedWrong("the begin of %v %d came, but it is lost without having been written", h.ID, h.Seq)
		}
	}
	for _, e := range a.entries {
		var re *session.RequestError
		if errors.As(e.err, &re) && re.Outcome == session.NotSent && re.PDU.ID == h.ID && re.PDU.Seq == h.Seq {
			a.lockedWrong("%s: the begin of it came, but it was not sent", a.story(e))
		}
	}
}

// checkLost: the list is in the order of hand-over, own requests first, those that were written before those that were
// not and those that never got a number.
func (a *chaosAudit) checkLost() {
	const noNumber = 1 << 40
	last, written, incoming := -1, true, false
	for _, l := range a.lost {
		if l.Incoming {
			incoming = true
			continue
		}
		at := noNumber
		if l.PDU.Seq != 0 {
			at = a.order(l.PDU.Seq)
		}
		if incoming || l.Written && !written || at < last || at == last && at != noNumber {
			a.lockedWrong("the lost list is not in order: %s", chaosLost(a.lost))
			break
		}
		last, written = at, l.Written
	}
}

func chaosLost(list []session.LostPDU) string {
	var b strings.Builder
	for _, l := range list {
		fmt.Fprintf(&b, "%v %d incoming %v begun %v written %v told %v; ",
			l.PDU.ID, l.PDU.Seq, l.Incoming, l.Begun, l.Written, l.Told)
	}
	return b.String()
}

// sawEOF tells that the session read everything that was delivered to it.
func (a *chaosAudit) sawEOF() bool {
	var fe *pdu.FrameError
	if a.c.link.broke(a.end) {
		return false
	}
	return errors.Is(a.reason, session.ErrPeerClosed) ||
		errors.As(a.reason, &fe) && errors.Is(fe, io.ErrUnexpectedEOF)
}

// story tells all that is known of a request.
func (a *chaosAudit) story(e *chaosEntry) string {
	var b strings.Builder
	at := func(t time.Time) time.Duration { return t.Sub(e.called).Round(10 * time.Microsecond) }
	fmt.Fprintf(&b, "%v %d by %v of end %d, returned %v %v, %d sent, %d answers %v, %d timeouts, lost %d %+v",
		e.id, e.number, e.how, a.end, e.returned, e.err, e.sends, e.resps, e.resp, e.timeouts, e.lost, e.entry)
	f := a.came[e.number]
	if f == nil {
		return b.String() + ", never came"
	}
	fmt.Fprintf(&b, ", came after %v as %d", at(f.at), f.Seq)
	for i, r := range a.in.delivered {
		if r.ID.IsResponse() && r.Seq == f.Seq {
			fmt.Fprintf(&b, ", %v %v delivered after %v as PDU %d of %d", r.ID, r.Status, at(r.at), i, len(a.in.delivered))
		}
	}
	fmt.Fprintf(&b, "; %d certainly read", a.horizon)
	if e.timeouts > 0 {
		fmt.Fprintf(&b, "; told of the timeout after %v of %v", at(e.timedOut), a.cfg.ResponseTimeout)
	}
	if t := a.c.link.deathOf(a.end); !t.IsZero() {
		fmt.Fprintf(&b, "; told of the end after %v", at(t))
	}
	fmt.Fprintf(&b, "; ended after %v, %v", at(a.dead), a.reason)
	return b.String()
}
