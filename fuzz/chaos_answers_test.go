package fuzz

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// chaosSlack is how long a session may take to read what its socket has, and to act on it, while the process runs but
// has more to do.
const chaosSlack = 100 * time.Millisecond

// Which responses were delivered in time
//
// The first response with the number of a request and its command, or generic_nack, answers the request. The request
// must be reported as responded, or nacked, when the fault layer had written that response whole to the socket of the
// session
//
//   - before the response time was over: the process ran for at least chaosSlack between that write and ResponseTimeout
//     after the request was handed over. The time runs from the hand-over to the socket, which the test does not see; the
//     call is no later;
//   - and before the end: the session certainly read it, as something shows that it read later; or the process ran for at
//     least chaosSlack between that write and the first sign of the end that the session was given, be it by the fault
//     layer (FIN, a reset, octets that are no PDU), by its own program (Close, a panic) or by its own timers.
//
// The time for which the process ran is told by chaosPulse: on a busy machine it stands still for longer than some
// timers, and when it does so too often around the write, nothing is in time. Neither is anything where the connection
// ends by chaosClog: with its small buffers TCP itself may hold octets back for hundreds of milliseconds.
// A session shows that it read a PDU when it reports it, to Do or to a hook; PDUs are read in order. When it ended for
// the end of the stream, it read all. A session that pauses reading reads when it likes, so the second ground of the
// second condition does not hold for it.

// chaosReply is what identifies a response in reports.
type chaosReply struct {
	id     pdu.CommandID
	status pdu.CommandStatus
	seq    uint32
}

// internal tells what belongs to the session itself, and is in no report.
func (r chaosReply) internal() bool {
	return r.id == pdu.CommandEnquireLinkResp || r.id == pdu.CommandUnbindResp
}

func replyOf(h pdu.Header) chaosReply { return chaosReply{h.ID, h.Status, h.Seq} }

// checkResponses: every response that was reported was delivered, and as often; every one that was certainly read was
// reported, to whoever it may be.
func (a *chaosAudit) checkResponses() {
	at := make(map[chaosReply][]int) // where in delivered, and not reported yet
	for i, f := range a.in.delivered {
		if !f.ID.IsResponse() {
			continue
		}
		r := replyOf(f.Header)
		at[r] = append(at[r], i)
		a.bySeq[f.Seq] = append(a.bySeq[f.Seq], i)
	}
	reported := func(h pdu.Header) {
		r := replyOf(h)
		where := at[r]
		if len(where) == 0 {
			a.lockedWrong("%v %d %v was reported more often than delivered", h.ID, h.Seq, h.Status)
			return
		}
		a.horizon = max(a.horizon, where[0]+1)
		at[r] = where[1:]
	}
	for _, e := range a.entries {
		if e.resps > 0 {
			reported(e.resp)
		}
	}
	for _, l := range a.late {
		if !(chaosReply{id: l.ID}).internal() {
			reported(l.Header)
		}
	}
	a.sum.late = uint64(len(a.late))
	if got := uint64(len(a.late)) + a.stats.Dropped; got < a.stats.Late+a.stats.Unknown && a.closed > 0 {
		a.lockedWrong("%d late responses reported: %+v", got, a.stats)
	}
	a.requestsRead()
	if a.sawEOF() {
		a.horizon = len(a.in.delivered)
	}
	a.checkHandled()
	for r, where := range at {
		if len(where) > 0 && where[0] < a.horizon && !r.internal() && !a.ofBind(r) && a.stats.Dropped == 0 {
			a.lockedWrong("%v %d %v was read, and reported to nobody", r.id, r.seq, r.status)
		}
	}
}

// ofBind tells the response of the bind, which package esme gets.
func (a *chaosAudit) ofBind(r chaosReply) bool { return r.id == a.plan.bindCommand().Response() }

// requestsRead raises the horizon to the last request that is known to have come.
func (a *chaosAudit) requestsRead() {
	got := make(map[pdu.Header]int)
	for _, in := range a.incoming {
		got[in.pdu.Header]++
	}
	for i, f := range a.in.delivered {
		if got[f.Header] > 0 {
			got[f.Header]--
			a.horizon = max(a.horizon, i+1)
		}
	}
	for h, n := range got {
		if n > 0 {
			a.lockedWrong("%v %d came %d times more than it was delivered", h.ID, h.Seq, n)
		}
	}
}

// checkHandled: every request of the peer's that was certainly read was begun, or refused, or is in the lost list,
// with or without a response: a session that ends has InboundWindow of these at most beyond those that waited. Once it
// is unbound it refuses them and counts nothing.
func (a *chaosAudit) checkHandled() {
	if !a.plan.end.death() || a.plan.end == chaosGarbage || a.drains() {
		return
	}
	missing := make(map[pdu.Header]int)
	for _, f := range a.in.delivered[:a.horizon] {
		if f.request != 0 {
			missing[f.Header]++
		}
	}
	for _, in := range a.incoming {
		missing[in.pdu.Header]--
	}
	n := uint64(0)
	for h, m := range missing {
		if m <= 0 {
			delete(missing, h)
			continue
		}
		n += uint64(m)
	}
	if n > a.stats.Dropped+a.stats.Untold {
		a.lockedWrong("%d requests were read and neither begun nor refused nor listed: %v; %v, %+v",
			n, slices.Collect(maps.Keys(missing)), a.reason, a.stats)
	}
}

// drains tells that one of the sessions may unbind by itself.
func (a *chaosAudit) drains() bool {
	return a.c.peer[0].cfg.InactivityTimeout > 0 || a.c.peer[1].cfg.InactivityTimeout > 0
}

// checkAnswer: a request that ended by a response ended by the first one that answers it; and one whose response was in
// time ended by it.
func (a *chaosAudit) checkAnswer(e *chaosEntry, o session.Outcome) {
	var first *chaosFrame
	index := 0
	if sent := a.came[e.number]; sent != nil {
		for _, i := range a.bySeq[sent.Seq] {
			if f := &a.in.delivered[i]; f.ID == pdu.CommandGenericNack || f.ID == e.id.Response() {
				first, index = f, i
				break
			}
		}
	}
	responded := o == session.Responded || o == session.Nacked
	if first == nil {
		if responded {
			a.lockedWrong("%s: answered by nothing", a.story(e))
		}
		return
	}
	if responded && replyOf(first.Header) != replyOf(e.resp) {
		a.lockedWrong("%s: ended by %v, though %v came first", a.story(e), e.resp, first.Header)
	}
	a.sum.answered++
	if o == session.TimedOut && index < a.horizon {
		a.checkLate(e, first)
	}
	if !a.inTime(e, first, index) {
		return
	}
	a.sum.inTime++
	if !responded {
		a.lockedWrong("%s: %v, though the response was in time", a.story(e), o)
	}
}

// checkLate: a response that came behind the response time, but within the time for which requests are remembered, went
// to the hook together with its request.
func (a *chaosAudit) checkLate(e *chaosEntry, f *chaosFrame) {
	remembered := a.cfg.LateTime
	if remembered == 0 {
		remembered = 2 * a.cfg.ResponseTimeout
	}
	forgotten := e.called.Add(a.cfg.ResponseTimeout + remembered)
	if remembered < 0 || a.stats.Dropped > 0 || chaosPauses(a.cfg) ||
		!a.prompt(f) || a.pulse.ran(f.at, forgotten) < chaosSlack {
		return
	}
	told := "it was not told at all"
	for _, l := range a.late {
		if replyOf(l.Header) != replyOf(f.Header) {
			continue
		}
		if l.of == e.number {
			return
		}
		told = fmt.Sprintf("it was told with request %d", l.of)
	}
	a.lockedWrong("%s: its late response was not told with it, remembered for %v: %s", a.story(e), remembered, told)
}

// inTime tells whether a response was delivered in time; see above.
func (a *chaosAudit) inTime(e *chaosEntry, f *chaosFrame, index int) bool {
	if !a.prompt(f) || a.pulse.ran(f.at, e.called.Add(a.cfg.ResponseTimeout)) < chaosSlack {
		return false
	}
	const putOff = time.Second // by pauses of reading, at most
	if chaosPauses(a.cfg) && e.timeouts > 0 && e.timedOut.Sub(e.called) >= a.cfg.ResponseTimeout+putOff {
		return false
	}
	if index < a.horizon {
		return true
	}
	end := a.dead
	if d := a.c.link.deathOf(a.end); !d.IsZero() && d.Before(end) {
		end = d
	}
	return !chaosPauses(a.cfg) && a.pulse.ran(f.at, end) >= chaosSlack
}

// prompt tells that what the fault layer wrote can be expected to be read soon.
func (a *chaosAudit) prompt(f *chaosFrame) bool { return a.plan.end != chaosClog && a.pulse.calm(f.at) }

// checkIncoming: every request of the peer's was begun once or not at all. What was begun was answered, and the answer
// handed to the socket, or it was given up, or it is in the lost list. What was not begun was refused, or is in the
// lost list; with a response it is in both when its answer was not written.
func (a *chaosAudit) checkIncoming() {
	answered := make(map[uint32]int) // by sequence number: answers that must have a send result
	tardy := make(map[uint32]int)    // those that may have one
	gone := make(map[uint32]int)     // requests without an answer that came whole
	var refused, gaveUp, late uint64
	excused := a.stats.Untold > 0
	for _, in := range a.incoming {
		ok := true
		silent := !in.pdu.ID.HasResponse()
		refused += uint64(in.refused)
		gaveUp += uint64(in.gaveUp)
		if in.lost > 0 && !in.written {
			gone[in.pdu.Seq]++
		}
		switch {
		case in.lost > 1 || in.refused > 1 || in.refusedHook > 1 || in.gaveUp > 1 || in.givenUp > 1:
			ok = false
		case in.begun == 0 && in.lost == 1 && in.refused == 0: // dropped at the end
			refused++
			ok = in.refusedHook == 0 || excused
		case in.begun == 0:
			ok = (in.refused == 1 || excused) && in.gaveUp+in.givenUp == 0 && !(silent && in.lost > 0)
		case silent:
			ok = in.lost+in.refused+in.refusedHook+in.gaveUp+in.givenUp == 0
		case in.gaveUp > 0 || in.givenUp > 0:
			if in.answered {
				late++
				tardy[in.pdu.Seq]++
			}
			ok = in.lost+in.refused+in.refusedHook == 0 &&
				(in.gaveUp == 1 || excused) && (in.givenUp == 1 || a.stats.Dropped > 0)
		case in.answered && in.lost == 0:
			answered[in.pdu.Seq]++
		default:
			ok = in.lost == 1
		}
		if in.begun > 0 {
			a.sum.incoming++
		}
		if !ok {
			a.lockedWrong("%v %d: %+v, of %+v", in.pdu.ID, in.pdu.Seq, in, a.stats)
		}
	}
	select {
	case <-a.bound:
	default:
		excused = true // the bind may have been refused, or given up, and is in no ledger
	}
	if n := a.stats; !excused && (n.GivenUp != gaveUp || n.Refused < refused || n.Refused > refused+n.Dropped) {
		a.lockedWrong("%d refused and %d given up, of %+v", refused, gaveUp, n)
	}
	if !excused && late+a.tooLate != a.stats.LateReply {
		a.lockedWrong("%d answers came late and %d too late, of %+v", late, a.tooLate, a.stats)
	}
	a.sum.refused += refused
	a.sum.gaveUp += gaveUp
	a.checkAnswers(answered, tardy, gone)
}

// checkAnswers: every answer that was not lost has its send result, and nothing was answered twice.
func (a *chaosAudit) checkAnswers(answered, tardy, gone map[uint32]int) {
	for seq, n := range a.told {
		if n < answered[seq] || n > answered[seq]+tardy[seq] {
			a.lockedWrong("%d send results of answers to %d, of which %d went out", n, seq, answered[seq])
		}
	}
	for seq, n := range answered {
		if a.told[seq] < n {
			a.lockedWrong("%d of %d answers to %d have their send results", a.told[seq], n, seq)
		}
	}
	asked, replied := make(map[uint32]int), make(map[uint32]int)
	for _, f := range a.in.delivered {
		if !f.ID.IsResponse() {
			asked[f.Seq]++
		}
	}
	for _, f := range a.out.arrived {
		if f.ID.IsResponse() && f.Seq != 0 {
			replied[f.Seq]++
		}
	}
	for seq, n := range replied {
		if n > asked[seq]-gone[seq] {
			a.lockedWrong("%d answers came to the %d requests %d, of which %d lost unwritten", n, asked[seq], seq, gone[seq])
		}
	}
}
