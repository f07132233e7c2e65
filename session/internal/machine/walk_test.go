package machine

import (
	"bytes"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/smpp-go/smpp/pdu"
)

// TestWalk feeds random inputs to a machine and holds what it does to the model. More of it:
//
//	go test -run TestWalk -rapid.checks=100000
func TestWalk(t *testing.T) {
	rounds := 15 // each of them has walks of its own
	if testing.Short() || underRace {
		rounds = 1
	}
	for range rounds {
		rapid.Check(t, walk)
	}
}

// walk is one session: random inputs, then the end.
func walk(t *rapid.T) {
	w := newWalk(t)
	w.steps(150)
	w.endBy(rapid.IntRange(0, 12).Draw(t, "how"))
	w.effects()
	w.timer()
	w.check()
	w.steps(40)
	w.m.Close(w.now)
	w.wrote(true)
	w.effects()
	w.check()
	require.True(t, w.ended && w.m.Ended())
	for w.running != nil || len(w.batch) > 0 || w.m.Events() > 0 {
		w.hook()
		w.check()
	}
	require.True(t, w.closed)
	require.Zero(t, w.m.Stats().Places)
	require.Empty(t, w.buffers, "buffers that were not given back")
	w.checkFinals()
	w.checkUnanswered()
}

// steps takes up to most steps, each of them with its checks.
func (w *model) steps(most int) {
	for range rapid.IntRange(1, most).Draw(w.t, "steps") {
		name := rapid.SampledFrom(walkNames).Draw(w.t, "step")
		walkSteps[name](w)
		w.effects()
		w.timer()
		w.check()
	}
}

// newWalk returns a model with a machine whose limits are tight, bound at once in most walks.
func newWalk(t *rapid.T) *model {
	off := func(d time.Duration, name string) time.Duration {
		return d * time.Duration(rapid.IntRange(0, 3).Draw(t, name))
	}
	role := Role(rapid.IntRange(0, 1).Draw(t, "role"))
	cfg := testConfig(role)
	cfg.Window = rapid.IntRange(1, 4).Draw(t, "window")
	cfg.Places = rapid.IntRange(0, 3).Draw(t, "places")
	cfg.Inbound = rapid.IntRange(1, 4).Draw(t, "inbound")
	cfg.Pause = off(400*time.Millisecond, "pause")
	cfg.Refusals = true
	cfg.GiveUpStatus = rapid.SampledFrom([]pdu.CommandStatus{0, 0, pdu.StatusSystemError}).Draw(t, "giveUp")
	cfg.RespBytes = rapid.IntRange(0, 200).Draw(t, "respBytes")
	cfg.Reports = rapid.IntRange(0, 5).Draw(t, "reports")
	cfg.LateMax = rapid.IntRange(0, 3).Draw(t, "lateMax")
	cfg.FirstSeq = rapid.SampledFrom([]uint32{0, 1, maxSeq - 3, maxSeq}).Draw(t, "firstSeq")
	cfg.Outcomes = true
	cfg.Hooks = Hooks(rapid.IntRange(0, 255).Draw(t, "hooks"))
	if rapid.IntRange(0, 3).Draw(t, "handler") < 3 {
		cfg.Hooks |= HookPDU
	}
	cfg.SessionInit = off(time.Minute, "init")
	cfg.EnquireLink = off(10*time.Second, "enquire")
	cfg.EnquireLinkTimeout = off(10*time.Second, "enquireTimeout")
	cfg.Inactivity = off(30*time.Second, "inactivity")
	cfg.Response = off(7*time.Second, "response")
	cfg.Answer = off(5*time.Second, "answer")
	cfg.Queue = off(4*time.Second, "queue")
	cfg.Late = off(10*time.Second, "late")
	cfg.UnbindGrace = off(time.Second, "grace")
	switch rapid.IntRange(0, 2).Draw(t, "adaptive") {
	case 1:
		cfg.Adaptive = &Adaptive{Min: rapid.IntRange(1, 3).Draw(t, "least")}
		cfg.Adaptive.Max = cfg.Adaptive.Min + rapid.IntRange(0, 5).Draw(t, "more")
	case 2:
		cfg.Adaptive = &Adaptive{Min: 1, Max: 5, Policy: true}
	}
	w := &model{t: t, cfg: cfg, now: epoch, hookAt: epoch, buffers: map[*byte]bool{}}
	// Buffers have room for one PDU, for few, or for all that there is; one that was given back is spoilt at once.
	size := rapid.SampledFrom([]int{40, 600, 4096}).Draw(t, "buffer")
	shell := &testShell{newIn: w.newIn, withdraw: w.withdraw}
	shell.buffer = func() []byte {
		b := make([]byte, size)
		w.buffers[&b[0]] = true
		return b[:0]
	}
	shell.release = func(b []byte) {
		b = b[:cap(b)]
		delete(w.buffers, &b[0])
		for i := range b {
			b[i] = 0xEE
		}
	}
	w.m = newWith(cfg, epoch, shell)
	if rapid.IntRange(0, 9).Draw(t, "bound") > 0 {
		w.m.setState(rapid.SampledFrom([]State{StateBoundRX, StateBoundTX, StateBoundTRX}).Draw(t, "state"))
		w.m.initBy = 0
	}
	return w
}

// walkSteps are the inputs of the walk; those listed twice in walkNames come more often.
var walkSteps = map[string]func(*model){
	"request":   (*model).request,
	"reply":     (*model).reply,
	"cancel":    (*model).cancel,
	"take":      (*model).take,
	"wrote":     func(w *model) { w.wrote(rapid.IntRange(0, 9).Draw(w.t, "fails") == 9) },
	"answer":    (*model).answer,
	"stray":     (*model).stray,
	"peer":      (*model).peer,
	"malformed": (*model).malformed,
	"hook":      (*model).hook,
	"takeBack":  (*model).takeBackOne,
	"turn":      (*model).turnOne,
	"putBack":   (*model).putBack,
	"pass":      (*model).pass,
	"tick":      func(w *model) { w.m.Tick(w.now); w.effects(); w.checkTimes() },
	"setWindow": func(w *model) { w.m.SetWindow(w.now, rapid.IntRange(0, 5).Draw(w.t, "window")) },
	"probe":     func(w *model) { w.m.Probe(w.now, 3*time.Second) },
	"policy":    (*model).policyAnswers,
	"ends":      (*model).ends,
}

var walkNames = append(slices.Sorted(maps.Keys(walkSteps)),
	"request", "request", "take", "take", "wrote", "answer", "answer", "hook", "hook", "peer", "peer",
	"reply", "turn", "pass")

var walkBodies = []pdu.Body{
	&pdu.SubmitSM{}, &pdu.SubmitSM{}, &pdu.SubmitSM{}, &pdu.DeliverSM{}, &pdu.DeliverSM{}, &pdu.DeliverSM{}, &pdu.DataSM{},
	&pdu.EnquireLink{}, &pdu.Unbind{}, &pdu.AlertNotification{}, &pdu.Outbind{}, &pdu.BindTransceiver{InterfaceVersion: pdu.V50},
	&pdu.BindReceiver{}, &pdu.SubmitSM{ServiceType: "longer than five"}, &pdu.SubmitSMResp{}, &pdu.Raw{ID: 0x00010200},
}

// body draws one of walkBodies, the common ones more often.
func (w *model) body() pdu.Body {
	if rapid.IntRange(0, 2).Draw(w.t, "common") > 0 {
		return walkBodies[3*int(w.cfg.Role)]
	}
	return rapid.SampledFrom(walkBodies).Draw(w.t, "body")
}

func (w *model) request() {
	o := new(opModel)
	o.PDU.Body = w.body()
	if w.m.cfg.Role == RoleESME && rapid.IntRange(0, 99).Draw(w.t, "no unbind") > 0 && o.PDU.Body.CommandID() == pdu.CommandUnbind {
		return // ends too many walks
	}
	o.Do = rapid.Bool().Draw(w.t, "do")
	o.Try = !o.Do && rapid.IntRange(0, 3).Draw(w.t, "try") == 0
	o.Exempt = rapid.IntRange(0, 5).Draw(w.t, "exempt") == 0
	if rapid.IntRange(0, 5).Draw(w.t, "own") == 0 {
		o.OwnSeq = true
		o.PDU.Seq = rapid.SampledFrom([]uint32{0, 1, 2, 3, 4, 5, maxSeq - 1, maxSeq, maxSeq + 1}).Draw(w.t, "seq")
	}
	o.do, o.Owner = o.Do, o
	w.ops = append(w.ops, o)
	err := w.m.Request(w.now, &o.Op)
	switch {
	case err != nil:
		require.Equal(w.t, NotSent, o.Outcome)
		o.finals++
	case !o.Waiting():
		w.admit(o)
	default:
		require.False(w.t, o.Try, "a TrySend never waits")
		require.True(w.t, !o.Exempt || w.m.hasPlace(&o.Op), "nor does a hook for a place")
	}
}

// reply answers a request whose hook was called, now or before, or that was refused.
func (w *model) reply() {
	if len(w.ins) == 0 {
		return
	}
	in := rapid.SampledFrom(w.ins).Draw(w.t, "in")
	switch {
	case !in.called && !in.waiting:
		return // nobody has it
	case isBind(in.PDU.ID) && rapid.Bool().Draw(w.t, "accept"):
		w.answerIn(in, Answer{}, true)
	case rapid.IntRange(0, 99).Draw(w.t, "last") == 0:
		w.answerIn(in, Answer{Status: pdu.StatusAlreadyBound, Last: true}, false)
	case rapid.Bool().Draw(w.t, "reject"):
		w.answerIn(in, Answer{Status: pdu.StatusSystemError, Nack: rapid.Bool().Draw(w.t, "nack")}, false)
	default:
		w.answerIn(in, Answer{Body: pdu.NewBody(in.PDU.ID.Response())}, false)
	}
}

func (w *model) cancel() {
	if len(w.ops) == 0 {
		return
	}
	o := rapid.SampledFrom(w.ops).Draw(w.t, "op")
	was := o.Outcome
	if was != Pending && o.finals == 1 {
		return // its caller does not wait any more
	}
	waited := o.Waiting()
	out := w.m.Cancel(w.now, &o.Op)
	require.Equal(w.t, o.Outcome, out)
	unsent := o.do && !o.gaveUp && !o.written // of a write that failed before it, too
	require.Equal(w.t, o.handed && was == Pending && !unsent, o.handed && out == Pending)
	switch {
	case was == Pending && out == NotSent:
		require.True(w.t, waited || unsent)
		o.finals++
	case was == Pending && o.do && o.handed:
		o.gaveUp = true
	}
}

func (w *model) take() {
	if len(w.flight) > 0 {
		return
	}
	limit := rapid.SampledFrom([]int{1, 40, 1 << 20}).Draw(w.t, "limit")
	b := w.m.Take(w.now, limit)
	if len(b) == 0 {
		return
	}
	w.writing, w.octets, w.lent = b, bytes.Clone(b), &w.m.flight.block.b[0]
	for _, f := range w.m.flown() {
		fl := flown{start: f.start, end: f.end}
		if f.op != nil && !f.op.is(opInternal) {
			fl.op = modelOf(f.op)
			require.Zero(w.t, fl.op.outcomes, "a request that has ended is not sent")
			fl.op.handed, fl.op.written, fl.op.handedAt = true, true, w.now
			w.handed = append(w.handed, fl.op)
		}
		if f.in != nil {
			fl.in = f.in.Owner.(*inModel)
			w.handIn(fl.in, header(b[f.start:]))
			fl.in.touched = true
		}
		w.flight = append(w.flight, fl)
	}
	require.Len(w.t, b, w.flight[len(w.flight)-1].end)
}

// wrote ends the write under way, by a failure at any octet, or well.
func (w *model) wrote(fails bool) {
	if len(w.flight) == 0 {
		return
	}
	n := w.flight[len(w.flight)-1].end
	var err error
	if fails {
		n = rapid.IntRange(0, n).Draw(w.t, "n")
		err = errReset
	}
	for _, f := range w.flight {
		if f.op != nil {
			f.op.written = n > f.start
		}
		if f.in != nil {
			f.in.touched, f.in.written = n > f.start, n >= f.end
		}
	}
	require.Equal(w.t, w.octets, w.writing, "what is being written stays as it was")
	if w.ended { // a write that took too long, and keeps its buffers
		delete(w.buffers, w.lent)
	}
	w.flight, w.writing = nil, nil
	w.m.Wrote(w.now, n, err)
}

// recv gives the machine a PDU of the peer's, unless reading pauses.
func (w *model) recv(h pdu.Header, body pdu.Body, err error) {
	if !w.m.ReadPaused() && !w.m.peer.eof() {
		w.lateResponse(h)
		p := &pdu.PDU{Header: h, Body: body}
		ends := w.m.phase == phaseFinishing || w.m.phase == phaseHalfClosed
		if ends && w.m.peer != peerUnframed && len(w.unheard) < w.cfg.Inbound &&
			!h.ID.IsResponse() && h.ID != pdu.CommandEnquireLink && h.ID != pdu.CommandUnbind {
			w.unheard = append(w.unheard, p)
		}
		w.m.Recv(w.now, p, err)
	}
}

// answer is a response to a request that is outstanding, or was.
func (w *model) answer() {
	var sent []*Op
	for o := w.m.handed.head; o != nil; o = o.next {
		sent = append(sent, o)
	}
	for _, o := range w.handed {
		sent = append(sent, &o.Op)
	}
	if len(sent) == 0 {
		return
	}
	o := rapid.SampledFrom(sent).Draw(w.t, "answered")
	h := pdu.Header{ID: o.PDU.ID.Response(), Seq: o.PDU.Seq}
	switch rapid.IntRange(0, 9).Draw(w.t, "kind") {
	case 0:
		h.Status = pdu.StatusSystemError
	case 1:
		h.ID, h.Status = pdu.CommandGenericNack, 3
	case 2:
		h.ID = pdu.CommandQuerySMResp
	case 3, 4:
		h.Status = rapid.SampledFrom([]pdu.CommandStatus{pdu.StatusThrottled, pdu.StatusMsgQueueFull}).Draw(w.t, "throttled")
	case 5:
		if h.ID == pdu.CommandSubmitSMResp {
			load := rapid.Uint8().Draw(w.t, "load")
			w.recv(h, &pdu.SubmitSMResp{TLVs: pdu.TLVs{{Tag: pdu.TagCongestionState, Value: []byte{load}}}}, nil)
			return
		}
	}
	w.recv(h, pdu.NewBody(h.ID), nil)
}

// stray is a response to nothing.
func (w *model) stray() {
	h := pdu.Header{ID: rapid.SampledFrom([]pdu.CommandID{
		pdu.CommandSubmitSMResp, pdu.CommandGenericNack, 0x80000022,
	}).Draw(w.t, "id"), Seq: rapid.Uint32().Draw(w.t, "seq")}
	w.recv(h, nil, nil)
}

func (w *model) peer() {
	b := w.body()
	if w.cfg.Role == RoleESME && rapid.IntRange(0, 5).Draw(w.t, "alert") == 0 {
		b = &pdu.AlertNotification{}
	}
	if b == walkBodies[0] {
		b = walkBodies[3]
	} else if b == walkBodies[3] {
		b = walkBodies[0]
	}
	if id := b.CommandID(); !id.IsResponse() {
		w.recv(pdu.Header{ID: id, Seq: rapid.Uint32Range(0, 20).Draw(w.t, "seq")}, b, nil)
	}
}

func (w *model) malformed() {
	id := w.body().CommandID()
	w.recv(pdu.Header{ID: id, Seq: 3}, &pdu.Raw{ID: id}, decodeError(&pdu.PDU{Header: pdu.Header{ID: id}}, 1))
}

// pass lets time pass up to the deadline, or beyond it when the timer is late, and ticks.
func (w *model) pass() {
	d := time.Duration(rapid.IntRange(0, 3000).Draw(w.t, "ms")) * time.Millisecond
	if at := w.m.deadline(); at != 0 && rapid.Bool().Draw(w.t, "timer") {
		w.now = maxTime(w.now, w.m.start.Add(time.Duration(at)))
		d /= 10
	}
	w.now = w.now.Add(d)
	w.m.Tick(w.now)
	w.effects()
	w.checkTimes()
}

// timer keeps a timer as the shell does, which must never fire too late.
func (w *model) timer() {
	if !w.armed.After(w.now) {
		w.armed = time.Time{} // it has fired
	}
	if w.armed.IsZero() || !w.m.StillDue(w.armed) {
		w.armed = w.m.Deadline()
	}
	if at := w.m.deadline(); at != 0 {
		require.False(w.t, w.armed.IsZero())
		require.False(w.t, w.armed.After(w.m.start.Add(time.Duration(at))), "the timer fires too late")
	}
}

// ends is one of the ways in which a session ends; rarely, or walks would be short.
func (w *model) ends() { w.endBy(rapid.IntRange(0, 60).Draw(w.t, "how") - 48) } // rapid likes small numbers

func (w *model) endBy(how int) {
	switch how {
	case 0:
		w.m.Close(w.now)
	case 1:
		w.m.Fail(w.now, errBoom)
	case 2:
		if !w.m.ReadPaused() && !w.m.peer.eof() {
			w.m.RecvUnframed(w.now, errBoom)
		}
	case 3:
		w.m.ConnEnded(w.now, nil)
	case 4:
		w.m.ConnEnded(w.now, errReset)
	case 5, 6, 7:
		w.m.Drain(w.now)
	case 8, 9, 10:
		w.m.DrainExpired(w.now)
	case 11, 12:
		w.recv(pdu.Header{ID: pdu.CommandUnbind, Seq: 9}, &pdu.Unbind{}, nil)
	}
}

// checkFinals: at the end, everything was reported, as far as there are hooks for it.
func (w *model) checkFinals() {
	for _, o := range w.ops {
		require.Equal(w.t, 1, o.outcomes)
		var silent bool // for want of a hook
		switch h := w.cfg.Hooks; {
		case o.do && !o.gaveUp:
		case o.is(opSilent):
			silent = h&HookSendResult == 0 || o.gaveUp
		case o.Outcome == TimedOut:
			silent = h&HookRespTimeout == 0
		case o.Outcome == Responded || o.Outcome == Nacked:
			silent = h&HookResp == 0
		}
		if !silent {
			require.Equal(w.t, 1, o.finals, "%v %v do=%v gaveUp=%v", &o.PDU.ID, o.Outcome, o.do, o.gaveUp)
		}
	}
}
