package fuzz

import (
	"fmt"
	"maps"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// chaosSlack is how long a session may take to read what its socket has, and to act on it, while the process runs but has
// more to do.
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

// requestsRead raises the horizon to the last request that the handler got.
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
			a.lockedWrong("the handler got %v %d %d times more than it was delivered", h.ID, h.Seq, n)
		}
	}
}

// checkHandled: every request of the peer's that was certainly read went to the handler, was refused for want of room, or
// came when the session was about to end and is in the lost list, which has InboundWindow of these at most. Once it is
// unbound it refuses them.
func (a *chaosAudit) checkHandled() {
	listed := a.cfg.InboundWindow
	if listed == 0 {
		listed = 1024
	}
	if !a.plan.end.death() || a.plan.end == chaosGarbage || a.drains() || a.unheard == listed {
		return
	}
	read := 0
	for _, f := range a.in.delivered[:a.horizon] {
		if f.request != 0 {
			read++
		}
	}
	if got := len(a.incoming) + int(a.stats.Refused) + a.unheard; got < read {
		a.lockedWrong("%d requests were read, %d went to the handler, were refused or listed; %v", read, got, a.reason)
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
	if remembered < 0 || a.stats.Dropped > 0 || a.cfg.Overflow == session.OverflowPause ||
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
	if index < a.horizon {
		return true
	}
	end := a.dead
	if d := a.c.link.deathOf(a.end); !d.IsZero() && d.Before(end) {
		end = d
	}
	return a.cfg.Overflow != session.OverflowPause && a.pulse.ran(f.at, end) >= chaosSlack
}

// prompt tells that what the fault layer wrote can be expected to be read soon.
func (a *chaosAudit) prompt(f *chaosFrame) bool { return a.plan.end != chaosClog && a.pulse.calm(f.at) }

// checkIncoming: every request of the peer's that the handler got was answered, and the answer handed to the socket, or
// it is in the lost list; nothing was answered twice.
func (a *chaosAudit) checkIncoming() {
	answered := make(map[uint32]int) // by sequence number: answers that must have a send result
	gone := make(map[uint32]int)     // requests without an answer that came whole
	for _, in := range a.incoming {
		a.sum.incoming++
		if in.answered && in.lost == 0 {
			answered[in.pdu.Seq]++
		}
		if in.lost > 0 && !in.written {
			gone[in.pdu.Seq]++
		}
		switch ends := in.lost; {
		case !in.pdu.ID.HasResponse():
			if in.lost > 0 || in.unanswered > 0 {
				a.lockedWrong("%v %d needs no answer: %+v", in.pdu.ID, in.pdu.Seq, in)
			}
		case ends > 1 || in.unanswered > 1 || in.answered && in.unanswered > 0:
			a.lockedWrong("%v %d: reported twice: %+v", in.pdu.ID, in.pdu.Seq, in)
		case !in.answered && in.unanswered == 0 && ends == 0:
			a.lockedWrong("%v %d: not answered, and not in the lost list", in.pdu.ID, in.pdu.Seq)
		}
	}
	if !maps.Equal(answered, a.told) {
		a.lockedWrong("answers that went out, by sequence number: %v; their send results: %v", answered, a.told)
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
