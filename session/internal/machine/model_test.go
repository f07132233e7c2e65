package machine

import (
	"errors"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/smpp-go/smpp/pdu"
)

// model is what a random walk knows of a machine from the outside: what it was given and what it asked for. It is told
// everything, decides nothing, and fails the walk when what it hears breaks a promise.
type model struct {
	t       *rapid.T
	m       *Machine
	cfg     Config
	now     time.Time
	ops     []*opModel // in the order in which they were handed over
	ins     []*inModel
	handed  []*opModel // in the order of hand-over
	late    []lateModel
	told    []*opModel     // whose late response has come
	unheard []*pdu.PDU     // requests that came when the session was about to end
	running *Effect        // its hook has not returned
	batch   []Effect       // events that were taken together, and whose hooks are not called yet
	hookAt  time.Time      // when a hook returned last
	flight  []flown        // of the write under way
	asking  bool           // the policy
	phase   phase          // after the last step
	ended   bool           // the report is made
	closed  bool           // HandleClose was called
	armed   time.Time      // see timer
	buffers map[*byte]bool // those that the machine holds
	writing []byte         // as Take returned it
	octets  []byte         // the same, copied
	lent    *byte          // the buffer that it is in
}

// opModel is a request of a caller.
type opModel struct {
	Op
	do       bool // as it was handed over; Op.Do changes
	admitted bool
	handed   bool // to the socket
	written  bool // in part at least
	handedAt time.Time
	sent     int // send results
	finals   int // reports of the end: the error of Request, an effect, or an entry of the lost list
	outcomes int
	listed   bool
	gaveUp   bool
}

// lateModel is a request that is remembered for its late response.
type lateModel struct {
	*opModel
	until time.Time
}

// flown is a PDU of the write under way.
type flown struct {
	start, end int
	op         *opModel
	in         *inModel
}

func modelOf(o *Op) *opModel { return o.Owner.(*opModel) }

func (w *model) slot(o *opModel) bool { return o.admitted && o.outcomes == 0 && !o.noSlot() }

// admit is told that o got its number.
func (w *model) admit(o *opModel) {
	o.admitted = true
	if o.is(opSilent) {
		return
	}
	seq := o.PDU.Seq
	require.True(w.t, 1 <= seq && seq <= maxSeq, "sequence number %d", seq)
	for _, other := range w.ops {
		if other != o && other.admitted && other.outcomes == 0 && !other.is(opSilent) {
			require.NotEqual(w.t, other.PDU.Seq, seq, "in flight")
		}
	}
	w.forget()
	for _, l := range w.late {
		require.NotEqual(w.t, l.PDU.Seq, seq, "remembered")
	}
}

// forget drops what is not remembered any more.
func (w *model) forget() {
	w.late = slices.DeleteFunc(w.late, func(l lateModel) bool { return !l.until.After(w.now) })
	w.late = w.late[max(0, len(w.late)-w.cfg.LateMax):]
}

// lateResponse forgets the request that is remembered and answered by h, if there is one.
func (w *model) lateResponse(h pdu.Header) {
	w.forget()
	i := slices.IndexFunc(w.late, func(l lateModel) bool { return l.PDU.Seq == h.Seq && l.answeredBy(h.ID) })
	if i >= 0 {
		w.told = append(w.told, w.late[i].opModel)
		w.late = slices.Delete(w.late, i, i+1)
	}
}

// effects carries out what is to be done at once.
func (w *model) effects() {
	for e := w.m.Next(); e != nil; e = w.m.Next() {
		if e.Kind != EffOutcome {
			require.False(w.t, w.ended, "effect %d after the end", e.Kind)
		}
		w.effect(e)
	}
}

func (w *model) effect(e *Effect) {
	switch e.Kind {
	case EffAdmit:
		o := modelOf(e.Op)
		for _, other := range w.ops {
			if other.Waiting() && other.wait() == o.wait() {
				require.Greater(w.t, other.at, o.at, "first come, first served")
			}
		}
		w.admit(o)
	case EffOutcome:
		o := modelOf(e.Op)
		o.outcomes++
		if o.Outcome == TimedOut {
			require.GreaterOrEqual(w.t, w.now.Sub(o.handedAt), w.cfg.Response)
			require.NotEqual(w.t, inflowPaused, w.m.inflow, "the peer is held back")
		}
		if o.Outcome == TimedOut && w.cfg.Late > 0 {
			w.late = append(w.late, lateModel{o, w.now.Add(w.cfg.Late)})
		}
	case EffDone:
		o := modelOf(e.Op)
		require.True(w.t, o.do && !o.gaveUp)
		o.finals++
	case EffRefuse:
		o := modelOf(e.Op)
		require.False(w.t, o.do)
		require.Zero(w.t, o.sent)
		if errors.Is(e.Err, ErrQueueFull) {
			require.GreaterOrEqual(w.t, w.now.Sub(w.hookAt), placeTime)
		}
		o.finals++
	case EffRefused:
		w.refused(e.PDU)
	case EffGaveUp:
		w.gaveUp(e.In.Owner.(*inModel))
	case EffPolicy:
		sample := e.More.(WindowSample)
		require.False(w.t, w.asking)
		require.NotZero(w.t, sample.Responses+sample.TimedOut)
		require.LessOrEqual(w.t, sample.Throttled, sample.Responses)
		w.asking = true
	case EffEnd:
		w.end(e)
	default:
		w.event(e)
	}
}

// event is what a hook is told.
func (w *model) event(e *Effect) {
	switch e.Kind {
	case EventSendResult:
		if e.In != nil {
			require.NotEmpty(w.t, e.In.Owner.(*inModel).answers)
			return
		}
		o := modelOf(e.Op)
		require.False(w.t, o.do)
		require.True(w.t, o.finals == 0 || o.listed && o.written, "the send result comes first")
		o.sent++
		if o.is(opSilent) {
			o.finals++
		}
	case EventResp:
		w.final(e.Op)
	case EventTimeout:
		for _, o := range e.More.([]*Op) {
			w.final(o)
		}
	case EventLate:
		if e.Op != nil {
			o := modelOf(e.Op)
			require.Equal(w.t, TimedOut, o.Outcome)
			i := slices.Index(w.told, o)
			require.GreaterOrEqual(w.t, i, 0, "not remembered, or told before")
			w.told = slices.Delete(w.told, i, i+1)
		}
	case EventUnanswered:
		in := e.In.Owner.(*inModel)
		require.True(w.t, e.Fate == FateRefused && in.withdrawn || e.Fate == FateGivenUp && in.givenUp)
		in.unanswered++
	case EventClose:
		require.True(w.t, w.ended)
		w.closed = true
	}
}

// final is told of the report of the end of a Send, or of a Do that was given up.
func (w *model) final(op *Op) {
	o := modelOf(op)
	require.True(w.t, !o.do || o.gaveUp)
	if !o.do && w.cfg.Hooks&HookSendResult != 0 {
		require.Equal(w.t, 1, o.sent, "the send result comes first")
	}
	o.finals++
}

// end checks the lost report: all that is open, and no more, in the order of hand-over.
func (w *model) end(e *Effect) {
	w.ended = true
	require.Equal(w.t, StateClosed, w.m.State())
	require.Error(w.t, e.Err)
	byPDU := map[*pdu.PDU]*opModel{}
	for _, o := range w.ops {
		byPDU[&o.PDU] = o
	}
	var order []*opModel
	incoming := map[*pdu.PDU]LostEntry{}
	for _, l := range w.m.Lost() {
		if l.Incoming {
			_, twice := incoming[l.PDU]
			require.False(w.t, twice)
			incoming[l.PDU] = l
			continue
		}
		o := byPDU[l.PDU]
		require.NotNil(w.t, o)
		require.False(w.t, o.listed)
		o.listed = true
		require.Equal(w.t, o.do && !o.gaveUp, l.Told)
		require.Equal(w.t, o.written, l.Written)
		require.Equal(w.t, o.written, o.Outcome == Lost)
		require.Equal(w.t, !o.written, o.Outcome == NotSent)
		if !l.Written {
			require.Zero(w.t, o.sent, "a listed request that is not written has no send result")
		}
		if !l.Told {
			o.finals++
		}
		if o.handed {
			order = append(order, o)
		}
	}
	open := slices.DeleteFunc(slices.Clone(w.handed), func(o *opModel) bool { return !o.listed })
	require.True(w.t, slices.Equal(open, order), "in the order of hand-over")
	w.endIncoming(incoming)
	for _, p := range w.unheard {
		require.Equal(w.t, LostEntry{PDU: p, Incoming: true}, incoming[p])
		delete(incoming, p)
	}
	require.Empty(w.t, incoming)
}

// check compares what can be seen with what was told, after each step.
func (w *model) check() {
	for _, o := range w.ops {
		if o.do && !o.gaveUp && o.Forgotten() {
			require.False(w.t, w.m.refers(&o.Op), "its caller may use it for another request")
		}
	}
	t, s := w.t, w.m.Stats()
	balance(t, w.m)
	w.forget()
	var accepted, slots, waiting, inFlight, places int
	for _, o := range w.ops {
		accepted++
		require.LessOrEqual(t, o.outcomes, 1)
		require.LessOrEqual(t, o.finals, 1, "%v: reported twice", o.Outcome)
		require.LessOrEqual(t, o.sent, 1)
		require.Equal(t, o.outcomes == 1, o.Outcome != Pending)
		if w.slot(o) {
			slots++
		}
		if o.outcomes == 0 {
			inFlight++
			if !o.admitted {
				waiting++
			}
		}
		if o.admitted && (!o.do || o.gaveUp) && (o.outcomes == 0 || w.events(o) > 0) {
			places++
		}
	}
	require.EqualValues(t, accepted, s.Accepted)
	require.Equal(t, slots, s.Slots)
	require.GreaterOrEqual(t, s.QueueLen, 0)
	require.Equal(t, waiting, s.Waiting)
	require.Equal(t, inFlight, s.InFlight)
	require.Equal(t, places, s.Places)
	require.LessOrEqual(t, s.Remember, w.cfg.LateMax)
	w.checkIncoming()
	w.phase = w.m.phase
	if w.ended {
		require.Equal(t, StateClosed, w.m.State())
		require.Zero(t, inFlight)
		require.True(t, w.m.Deadline().IsZero())
		require.False(t, w.m.WantWrite() || w.m.ReadPaused())
		return
	}
	w.checkWaiting()
	w.checkDeadline()
}

// events returns the number of events of o whose hooks have not returned.
func (w *model) events(o *opModel) int {
	all := slices.Concat(w.batch, w.m.events.list[w.m.events.head:])
	if w.running != nil {
		all = append(all, *w.running)
	}
	n := 0
	for _, e := range all {
		if (e.Kind == EventResp || e.Kind == EventSendResult) && e.Op == &o.Op ||
			e.Kind == EventTimeout && slices.Contains(e.More.([]*Op), &o.Op) {
			n++
		}
	}
	return n
}

// checkWaiting: nobody waits for what is free.
func (w *model) checkWaiting() {
	s := w.m.Stats()
	for _, o := range w.ops {
		if !o.Waiting() || w.m.phase >= phaseClosing {
			continue
		}
		paced := w.m.adaptive != nil && !w.m.adaptive.pace.open(w.m.last)
		full := !o.noSlot() && (s.Slots >= s.Window || paced)
		switch {
		case o.Do, o.Exempt:
			full = full || s.Places >= s.Window+2*w.cfg.Places
		default:
			full = full || s.Places >= s.Window+w.cfg.Places
		}
		require.True(w.t, full, "waits for nothing")
	}
}

// checkDeadline: whenever something waits for time there is a deadline, not later than that.
func (w *model) checkDeadline() {
	at := w.m.Deadline()
	by := func(d time.Duration, since time.Time) {
		if d > 0 {
			require.False(w.t, at.IsZero())
			require.False(w.t, at.After(since.Add(d)))
		}
	}
	if len(w.flight) > 0 {
		by(w.cfg.Write, w.now)
	}
	if w.m.phase == phaseClosing {
		by(endTime, w.now)
		return
	}
	if st := w.m.State(); !st.Bound() && st != StateUnbound {
		by(w.cfg.SessionInit, epoch.Add(max(w.cfg.SessionInit, w.now.Sub(epoch))))
	}
	for _, in := range w.ins {
		switch {
		case in.phase == inBegun && w.m.phase < phaseHalfClosed:
			by(w.cfg.Answer, w.now)
		case in.waits() && !in.is(noResp) && !isBind(in.PDU.ID):
			by(w.cfg.Queue, w.now)
		}
	}
	for _, o := range w.ops {
		if o.Waiting() && !w.m.hasPlace(&o.Op) {
			by(placeTime, w.now)
		}
	}
	if w.m.inflow == inflowPaused {
		by(w.cfg.Pause, w.now)
		return
	}
	for _, o := range w.handed {
		if o.outcomes == 0 && !o.is(opSilent) {
			by(w.cfg.Response, w.now)
		}
	}
}
