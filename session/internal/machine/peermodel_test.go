package machine

import (
	"encoding/binary"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/smpp-go/smpp/pdu"
)

// inModel is a request of the peer's: the ledger of what its handler did with it, of what the peer was told, and of
// what the user was.
type inModel struct {
	In
	came      time.Time
	called    bool // the hook was called, and did not have it wait for its turn
	calledAt  time.Time
	waiting   bool // for its turn
	stored    bool // the handler has served it
	told      bool // the machine knows that it is begun
	withdrawn bool // it never will be
	reply     *Answer
	due       time.Time // when the refusal of a bind may be written

	refusals   int // EffRefused
	givenUp    bool
	unanswered int // EventUnanswered

	answers []pdu.Header // those that were handed to the socket
	written bool         // whole
	touched bool         // in part at least
}

func (w *model) newIn(p *pdu.PDU) *In {
	require.False(w.t, w.m.phase >= phaseDraining && p.ID.HasResponse(), "in a drain, what comes is refused")
	in := &inModel{came: w.now}
	in.Owner = in
	w.ins = append(w.ins, in)
	return &in.In
}

// withdraw is the arbiter: a request is begun or refused, and never both.
func (w *model) withdraw(i *In) bool {
	in := i.Owner.(*inModel)
	require.False(w.t, in.withdrawn, "twice")
	if in.called {
		in.told = true
		return false
	}
	in.withdrawn, in.waiting = true, false
	return true
}

// call is the call of the hook of in. It reports false when in was withdrawn.
func (w *model) call(in *inModel) bool {
	if in.withdrawn {
		return false
	}
	require.False(w.t, in.called || in.waiting, "called twice")
	in.called, in.calledAt = true, w.now
	return true
}

// tellBegun tells the machine that in is begun.
func (w *model) tellBegun(in *inModel) {
	in.told = true
	w.m.Begin(w.now, &in.In)
}

// takeBack has a request whose hook runs wait for its turn.
func (w *model) takeBack(in *inModel) {
	phase := w.m.phase
	over := in.reply != nil || in.givenUp || len(in.answers) > 0 || in.phase == inAnswered
	switch {
	case w.m.TakeBack(w.now, &in.In):
		require.True(w.t, !over && phase < phaseFinishing)
		in.called, in.told, in.waiting = false, false, true
	case over:
	case phase < phaseClosed:
		require.GreaterOrEqual(w.t, phase, phaseFinishing)
		in.called, in.told, in.withdrawn = false, false, true
	}
}

// turn has the turn of a request come.
func (w *model) turn(in *inModel) {
	require.True(w.t, in.waiting && !in.withdrawn && !in.called)
	in.waiting, in.called, in.calledAt, in.stored = false, true, w.now, true
	w.tellBegun(in)
}

// refused is told that a request was refused before it was begun.
func (w *model) refused(p *pdu.PDU) {
	for _, in := range w.ins {
		if in.PDU != p {
			continue
		}
		require.True(w.t, in.withdrawn && !in.called && !in.waiting && !in.stored, "begun or refused")
		in.refusals++
		require.Equal(w.t, 1, in.refusals)
		if w.m.phase == phaseServing && w.m.peer == peerLive && !in.is(noResp) {
			require.Positive(w.t, w.cfg.Queue)
			require.GreaterOrEqual(w.t, w.now.Sub(in.came), w.cfg.Queue/standing)
		}
	}
}

// gaveUp is told that a request that was begun is not waited for any more.
func (w *model) gaveUp(in *inModel) {
	require.True(w.t, in.called && !in.givenUp && in.reply == nil && !in.is(noResp))
	require.Less(w.t, w.phase, phaseHalfClosed)
	least := w.cfg.Answer
	if least == 0 {
		least = drainAnswerTime
	}
	require.GreaterOrEqual(w.t, w.now.Sub(in.calledAt), least)
	in.givenUp = true
}

// byLibrary reports whether a request that is begun is answered by the library once it is given up.
func (w *model) byLibrary(in *inModel) bool {
	return w.cfg.GiveUpStatus != pdu.StatusOK || isBind(in.PDU.ID)
}

// answerIn answers a request whose hook was called, in one way or another.
func (w *model) answerIn(in *inModel, a Answer, accept bool) {
	ended := w.m.phase >= phaseHalfClosed
	answered := in.phase == inAnswered || in.phase == inEnded || in.phase == inHeld
	judged := w.m.binding == &in.In
	var late bool
	var err error
	if accept {
		err = w.m.Accept(w.now, &in.In, nil, w.cfg.Hooks)
	} else {
		late, err = w.m.Reply(w.now, &in.In, a)
	}
	switch {
	case in.is(noResp):
		require.ErrorIs(w.t, err, ErrNoAnswer)
	case in.waiting:
		require.ErrorIs(w.t, err, ErrNotBegun)
	case answered:
		require.ErrorIs(w.t, err, ErrAnswered)
		require.True(w.t, accept || late == (in.reply == nil), "late when the library has answered")
	case ended:
		require.ErrorIs(w.t, err, ErrClosed)
		require.True(w.t, accept || late)
	case judged && !accept && a.Status == pdu.StatusOK:
		require.ErrorIs(w.t, err, ErrBindPending)
	default:
		require.NoError(w.t, err)
		require.Equal(w.t, in.givenUp, late)
		in.reply, in.stored = &a, true
		if judged && !accept {
			in.due = w.heldUntil(a)
		}
	}
}

// handIn is told that an answer goes to the socket.
func (w *model) handIn(in *inModel, h pdu.Header) {
	in.answers = append(in.answers, h)
	require.Len(w.t, in.answers, 1, "one answer")
	require.Equal(w.t, in.PDU.Seq, h.Seq)
	want := w.cfg.ThrottleStatus
	switch {
	case in.reply != nil:
		want = in.reply.Status
	case isBind(in.PDU.ID):
		want = pdu.StatusSystemError
	case in.called:
		require.True(w.t, in.givenUp, "nobody answers in the handler's stead")
		want = w.cfg.GiveUpStatus
	}
	require.Equal(w.t, want, h.Status)
	early := w.m.phase != phaseServing || w.m.peer != peerLive
	require.True(w.t, early || !w.now.Before(in.due), "it is held back")
	require.True(w.t, h.Status != pdu.StatusOK || in.stored, "accepted <= stored")
	require.Equal(w.t, in.reply != nil && in.reply.Nack, h.ID == pdu.CommandGenericNack)
}

// open reports whether in counts as inbound.
func (w *model) open(in *inModel) bool {
	switch {
	case in.is(noResp):
		return !in.told && !in.withdrawn
	case in.withdrawn:
		return in.refusals > 0 && len(in.answers) == 0
	case in.givenUp && !w.byLibrary(in):
		return false
	}
	return len(in.answers) == 0
}

// checkIncoming compares the machine's requests of the peer with the ledger.
func (w *model) checkIncoming() {
	inbound, bounded := 0, 0
	for _, in := range w.ins {
		require.False(w.t, in.withdrawn && (in.called || in.waiting || in.stored), "begun xor withdrawn")
		require.True(w.t, in.called || in.withdrawn || w.m.phase < phaseHalfClosed, "nothing is begun any more")
		if w.open(in) {
			inbound++
			if !in.is(noResp) && !isBind(in.PDU.ID) {
				bounded++
			}
		}
	}
	if w.ended {
		return
	}
	require.Equal(w.t, inbound, w.m.Stats().Inbound)
	require.LessOrEqual(w.t, bounded, w.cfg.Inbound)
	for in := w.m.FirstTurn(); in != nil; in = w.m.NextTurn(in) {
		require.True(w.t, in.Owner.(*inModel).waiting)
	}
	for _, e := range w.m.events.list[w.m.events.head:] {
		require.False(w.t, e.Kind == EventPDU && e.In.Owner.(*inModel).withdrawn, "its event leaves the queue at once")
	}
}

// checkTimes: after a tick, nothing that is over is still waited for.
func (w *model) checkTimes() {
	if w.m.phase >= phaseHalfClosed {
		return
	}
	for _, in := range w.ins {
		switch {
		case in.is(noResp), isBind(in.PDU.ID), in.withdrawn, in.reply != nil, in.givenUp:
		case !in.called && w.cfg.Queue > 0:
			require.Less(w.t, w.now.Sub(in.came), w.cfg.Queue, "it waits for too long")
		case in.phase == inBegun && w.cfg.Answer > 0:
			require.Less(w.t, w.now.Sub(in.begunTime(w.m)), w.cfg.Answer, "it is waited for for too long")
		}
	}
}

// begunTime returns since when the machine knows that in is begun.
func (i *In) begunTime(m *Machine) time.Time { return m.start.Add(time.Duration(i.at)) }

// checkUnanswered: at the end, what was refused after it had come, or given up, was told to its hook, when it has room.
func (w *model) checkUnanswered() {
	for _, in := range w.ins {
		require.True(w.t, in.called != in.withdrawn, "begun or not, in the end")
		require.False(w.t, in.refusals > 0 && in.givenUp)
		told := 0
		if w.cfg.Hooks&HookUnanswered != 0 && (in.refusals > 0 || in.givenUp) {
			told = 1
		}
		require.LessOrEqual(w.t, in.unanswered, told)
		require.True(w.t, in.unanswered == told || w.m.Stats().Dropped > 0)
	}
}

// endIncoming takes the peer's requests that are to be in the lost report out of what is in it.
func (w *model) endIncoming(lost map[*pdu.PDU]LostEntry) {
	for _, in := range w.ins {
		l, listed := lost[in.PDU]
		delete(lost, in.PDU)
		if in.is(noResp) {
			require.Equal(w.t, in.withdrawn && in.refusals == 0, listed, "not begun, and not refused")
			require.False(w.t, l.Begun)
			continue
		}
		require.Equal(w.t, !in.written && !in.givenUp, listed, "%v", in.PDU)
		require.True(w.t, in.called != in.withdrawn, "begun or not, in the end")
		if listed {
			require.Equal(w.t, in.touched, l.Written)
			require.Equal(w.t, in.called, l.Begun)
		}
	}
}

// header reads the header of an encoded PDU.
func header(b []byte) pdu.Header {
	be := binary.BigEndian
	return pdu.Header{
		ID: pdu.CommandID(be.Uint32(b[4:])), Status: pdu.CommandStatus(be.Uint32(b[8:])), Seq: be.Uint32(b[12:]),
	}
}

// hook has the hook that runs return, or calls the next: of the events that were taken together, of all that wait,
// which are taken together, or of one.
func (w *model) hook() {
	switch {
	case w.running != nil:
		e := w.running
		w.running = nil
		if e.Kind == EventPDU {
			in := e.In.Owner.(*inModel)
			in.told = in.told || in.called
			in.stored = in.stored || in.called
		}
		w.hookAt = w.now
		w.m.EventDone(w.now, e)
	case len(w.batch) > 0:
		e := w.batch[0]
		w.batch = w.batch[1:]
		if e.Kind != 0 {
			w.callHook(&e)
		}
	case rapid.Bool().Draw(w.t, "one"):
		e := w.m.NextEvent()
		require.False(w.t, e.Kind == EventPDU && e.In.Owner.(*inModel).withdrawn)
		if e.Kind != 0 {
			w.callHook(&e)
		}
	default:
		w.batch = w.m.TakeEvents(nil)
	}
}

func (w *model) callHook(e *Effect) {
	require.False(w.t, w.closed, "an event after the close event")
	if e.Kind == EventPDU {
		in := e.In.Owner.(*inModel)
		if !w.call(in) {
			return
		}
		if rapid.Bool().Draw(w.t, "told") {
			w.tellBegun(in)
		}
		if rapid.IntRange(0, 3).Draw(w.t, "full") == 0 {
			w.takeBack(in)
		}
	}
	w.running = e
	w.effect(e)
}

// takeBackOne takes back a request whose hook runs.
func (w *model) takeBackOne() {
	if w.running == nil || w.running.Kind != EventPDU {
		return
	}
	if in := w.running.In.Owner.(*inModel); in.called && !in.stored {
		w.takeBack(in)
	}
}

// turnOne has the turn of one of those come that wait for it.
func (w *model) turnOne() {
	in := w.m.FirstTurn()
	if in == nil {
		return
	}
	if next := w.m.NextTurn(in); next != nil && rapid.Bool().Draw(w.t, "another") {
		in = next // they may be kept in order by something else
	}
	w.turn(in.Owner.(*inModel))
}

// putBack ends the taking of events together.
func (w *model) putBack() {
	if len(w.batch) > 0 {
		w.m.PutBack(w.batch)
		w.batch = nil
	}
}

func (w *model) policyAnswers() {
	if w.asking {
		w.asking = false
		w.m.PolicyAnswered(w.now, rapid.IntRange(-1, 6).Draw(w.t, "policy"))
	}
}
