package machine

import (
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// Machine is the state machine of one session. Its methods must not be called concurrently. Inputs have a time; a zero
// one stands for that of the last input, for callers that know that it makes no difference; see Timeless.
type Machine struct {
	cfg   *Config
	shell Shell
	codec pdu.Codec
	hooks Hooks
	start time.Time
	last  int64 // the time of the last input

	state   State
	version pdu.Version // the lower of both ends, once bound
	binding *In         // the bind that is being judged
	bindOp  *Op         // the bind of ours that is outstanding

	// requests of our own
	seq      uint32
	table    table
	late     *memory // nil before there is anything to remember
	tickets  int64
	waits    *[numWaits]opList // nil before anybody waits
	waiting  int               // in waits
	handed   opList            // handed to the socket and not ended, by time
	window   int
	adaptive *adaptive // nil when the window is fixed
	slots    int       // in use
	places   int       // in use
	external int       // of the operations queued and handed, those of a caller

	// requests of the peer; see inbound.go
	queue         inList // see inListID
	begun         inList
	inbound       int   // their number until they are answered
	inboundOctets int   // of the same, as decoded
	respEvents    int   // octets of responses that wait for hooks
	queueSince    int64 // since when some of them wait to be begun; zero when none does
	agedAt        int64 // when one of them was last refused since it had waited too long
	reports       int   // events in the queue that hold no place
	reportOctets  int   // of their PDUs, as decoded

	// write queue
	out        [numClasses]outQueue
	queued     int // frames
	octets     int // in them
	respBytes  int
	flight     flight
	freeBlocks []*block // to be used again

	// timers, in real time; zero when not armed
	initBy, writeBy, graceBy, pauseBy, closeBy, drainBy, endBy int64

	// see StillDue
	shortest int64
	checked  int64 // the time of the last input when the shell last asked for the deadline

	// times of what the peer owes us
	heard, activeAt moment
	asked           moment // when enquire_link was due since; zero when the peer was heard after that
	askedFor        time.Duration
	lastEnquire     *Op
	hookAt          int64 // when a hook returned last

	stillAt  int64 // when the pause for want of room began
	stillFor int64 // what such pauses took that are over

	// the end; see phase.go
	ourUnbind *Op
	reason    error // of the end

	seldom *seldom // nil before it is needed

	effects []Effect   // those that the shell carries out at once
	events  eventQueue // the others
	nextEff int
	stats   counters

	// small ones, together
	inflow   inflow
	heldBack bool // the last pause ended since they were fewer
	writing  bool
	revived  bool // since then, deadlines that had been put off hold again
	paused   bool // reading pauses
	phase    phase
	peer     peerPhase
	stated   pdu.Version // in the last bind, whose body is the user's since
	// the end; see phase.go
	unbindSeq       uint32 // of the unbind that is to be answered
	unboundRequests uint32 // of the peer, before it was bound
	changes         uint32 // of state, phase and peer
}

// Init makes a new Machine one in StateOpen whose session begins at now. It may be called once. The machine does not
// change cfg, which many may share.
func (m *Machine) Init(cfg *Config, shell Shell, now time.Time) {
	m.cfg, m.shell, m.hooks, m.start = cfg, shell, cfg.Hooks, now.Add(-1)
	m.window, m.seq = max(1, cfg.Window), cfg.FirstSeq
	if cfg.Adaptive != nil {
		m.adaptive = newAdaptive(*cfg.Adaptive, m.window)
		m.window = m.adaptive.bound(m.window)
	}
	if m.seq == 0 || m.seq > maxSeq {
		m.seq = 1
	}
	m.version = cfg.Version
	m.codec = pdu.Codec{Version: cfg.Version, Strict: cfg.Strict, Limits: cfg.Limits}
	m.last = 1
	m.heard, m.activeAt, m.hookAt = moment{at: 1}, moment{at: 1}, 1
	m.initBy = after(1, cfg.SessionInit)
	m.shortest = cfg.shortestTime()
}

// clock converts t to the machine's time: nanoseconds since the start, which is 1, and never earlier than before. A
// zero t stands for the time of the last input.
func (m *Machine) clock(t time.Time) int64 {
	if t.IsZero() {
		return m.last
	}
	m.last = max(m.last, int64(t.Sub(m.start)))
	return m.last
}

// after returns the time d after now, or zero, meaning never, when d is off.
func after(now int64, d time.Duration) int64 {
	if d <= 0 {
		return 0
	}
	return now + int64(d)
}

// Next returns the next effect that is no event, valid until the next input, and nil when there is none.
func (m *Machine) Next() *Effect {
	if m.nextEff < len(m.effects) {
		m.nextEff++
		return &m.effects[m.nextEff-1]
	}
	if m.nextEff > 0 {
		clear(m.effects)
		m.effects, m.nextEff = reuse(m.effects), 0
	}
	return nil
}

// TakeEvents returns the events that wait for their hooks, and leaves into, which is empty, to collect further ones.
// One whose Kind is zero is to be passed over.
func (m *Machine) TakeEvents(into []Effect) []Effect { return m.events.takeAll(into) }

// PutBack returns the last of the events that were taken to the front.
func (m *Machine) PutBack(events []Effect) { m.events.putBack(events) }

// NextEvent takes the event whose hook is to be called next. Its Kind is zero when none waits.
func (m *Machine) NextEvent() Effect { return m.events.next() }

// Events returns the number of events that wait.
func (m *Machine) Events() int { return m.events.len() }

// Post adds an event of the shell's own behind the others. There is none behind EventClose.
func (m *Machine) Post(x any) { m.emit(Effect{Kind: EventOwn, More: x}) }

func (m *Machine) emit(e Effect) {
	if e.Kind < EventPDU {
		m.effects = append(m.effects, e)
	} else {
		m.events.push(e)
	}
}

// emitReport emits an event that has no place of its own, if the handler has its hook and there is room.
func (m *Machine) emitReport(hook Hooks, e Effect) {
	if m.hooks&hook == 0 {
		return
	}
	if e.PDU != nil {
		e.Size = size(e.PDU)
	} else if e.In != nil {
		e.Size = e.In.size
	}
	if m.reports >= m.cfg.Reports || m.reportOctets+int(e.Size) > m.cfg.ReportOctets && m.reports > 0 {
		m.more().Dropped++
		return
	}
	m.reports++
	m.reportOctets += int(e.Size)
	m.emit(e)
}

func (m *Machine) setState(s State) {
	if s == m.state {
		return
	}
	from := m.state
	m.state, m.revived = s, true
	m.changes++
	m.emitReport(HookState, Effect{Kind: EventState, From: from, To: s})
}

// State returns the state of the session.
func (m *Machine) State() State { return m.state }

// Version returns the version that governs the session: our own until the bind tells the peer's.
func (m *Machine) Version() pdu.Version { return m.version }

// Codec returns the codec for what the peer sends next.
func (m *Machine) Codec() pdu.Codec { return m.codec }

// FrameLimit returns the largest command_length that the session takes now, in octets.
func (m *Machine) FrameLimit() int {
	if m.state.Bound() || m.state == StateUnbound {
		return m.cfg.MaxPDU
	}
	return min(m.cfg.MaxPDUUnbound, m.cfg.MaxPDU)
}

// ReadPaused tells whether the shell must not read further for now.
func (m *Machine) ReadPaused() bool { return m.paused }

// Discarding tells whether the peer's input is read only to find its end.
func (m *Machine) Discarding() bool { return m.peer == peerUnframed }

// Ended tells whether the close event was emitted; nothing follows it.
func (m *Machine) Ended() bool { return m.phase == phaseClosed }

// Changes returns a number that is another whenever State, Serving or Placed may have changed.
func (m *Machine) Changes() uint32 { return m.changes }

// Serving reports whether the session is bound and neither end has begun to end it.
func (m *Machine) Serving() bool {
	return m.state.Bound() && m.phase == phaseServing && m.peer == peerLive
}

// Placed reports whether the session counts as one of its account: it is bound, and its peer has not been released by
// an unbind_resp, of either side, nor closed the connection.
func (m *Machine) Placed() bool { return m.state.Bound() && !m.peer.eof() }

// Reason returns why the session ended; nil before.
func (m *Machine) Reason() error { return m.reason }

// Lost returns the lost report, once the close event was emitted; nil before.
func (m *Machine) Lost() []LostEntry {
	if m.seldom == nil {
		return nil
	}
	return m.seldom.lost
}

// Outstanding returns the number of requests handed to the socket and not ended, those of the machine included.
func (m *Machine) Outstanding() int { return m.handed.n }

// Stats returns the counters.
func (m *Machine) Stats() Stats {
	c := &m.stats
	s := Stats{
		Accepted: c.Accepted, Responded: c.Responded, Nacked: c.Nacked, Sent: c.Sent, TimedOut: c.TimedOut,
		NotSent: c.NotSent, Lost: c.Lost,
	}
	if x := m.seldom; x != nil {
		s.Late, s.Unknown, s.Refused, s.GivenUp, s.LateReply = x.Late, x.Unknown, x.Refused, x.GivenUp, x.LateReply
		s.Malformed, s.Dropped = x.Malformed, x.Dropped
	}
	s.Waiting = m.waiting
	s.InFlight = s.Waiting + m.external
	s.Slots, s.Window, s.Places, s.Inbound, s.Remember = m.slots, m.window, m.places, m.inbound, m.late.len()
	s.QueueLen = m.Queued()
	return s
}

// Queued returns the number of octets in the write queue.
func (m *Machine) Queued() int { return m.octets }

// AnswersQueued tells whether responses are in the write queue, or an enquire_link.
func (m *Machine) AnswersQueued() bool { return m.respBytes > 0 }

// SetWindow changes the size of the window. Requests beyond a smaller one stay outstanding. An adaptive window goes on
// from there, within its bounds.
func (m *Machine) SetWindow(t time.Time, n int) {
	now := m.clock(t)
	m.window, m.revived = max(1, n), true
	if m.adaptive != nil {
		m.window = m.adaptive.setWindow(n)
	}
	m.progress(now)
}

// EventReturned tells that the hook for the event e returned, or was never called because the shell has none. After the
// last of those that returned together comes EventsReturned.
func (m *Machine) EventReturned(e *Effect) {
	switch e.Kind {
	case EventResp, EventSendResult:
		m.respEvents -= int(e.Size)
		m.eventDone(e.Op)
	case EventTimeout:
		for _, o := range e.More.([]*Op) {
			m.eventDone(o)
		}
	case EventPDU:
		if e.In.phase == inQueued {
			m.begin(m.last, e.In)
		}
	case EventLate, EventMalformed, EventState, EventUnanswered:
		m.reports--
		m.reportOctets -= int(e.Size)
	}
}

// EventsReturned takes the steps that the events allow that have returned.
func (m *Machine) EventsReturned(t time.Time) {
	m.hookAt = m.clock(t)
	m.progress(m.hookAt)
}

// eventDone notes that the hook of an event of o returned. The send result of an answer belongs to no operation.
func (m *Machine) eventDone(o *Op) {
	if o != nil {
		o.events--
		m.freePlace(o)
	}
}
