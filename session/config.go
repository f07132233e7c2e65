package session

import (
	"cmp"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session/internal/machine"
)

// Role tells which end of the connection a session is.
type Role uint8

// Roles.
const (
	RoleESME = Role(machine.RoleESME) // the client: it binds
	RoleMC   = Role(machine.RoleMC)   // the message centre: it judges binds
)

// String returns "ESME" or "MC".
func (r Role) String() string { return machine.Role(r).String() }

// State is the state of a session. SMPP 5.0 §2.2.
type State uint8

// Session states.
const (
	StateOpen     = State(machine.StateOpen)     // connected, not bound
	StateOutbound = State(machine.StateOutbound) // the MC sent outbind, a bind is awaited
	StateBoundTX  = State(machine.StateBoundTX)  // bound as transmitter
	StateBoundRX  = State(machine.StateBoundRX)  // bound as receiver
	StateBoundTRX = State(machine.StateBoundTRX) // bound as transceiver
	StateUnbound  = State(machine.StateUnbound)  // unbind was answered, the connection still stands
	StateClosed   = State(machine.StateClosed)   // the connection ended
)

// String returns the name that the specification uses, such as "BOUND_TRX".
func (s State) String() string { return machine.State(s).String() }

// Bound tells whether s is one of the three bound states.
func (s State) Bound() bool { return machine.State(s).Bound() }

// Config configures a session. The zero value works: every field says what zero and negative mean. Start copies it.
type Config struct {
	// Handler gets the events of the session. Nil: deliver_sm and data_sm are answered with ESME_RX_T_APPN, other
	// requests of the peer's with ESME_RINVCMDID. A session must not share its handler with another unless the handler
	// is safe for that.
	Handler Handler

	// Window is the number of requests outstanding at most. Zero or negative: 10. See SetWindow.
	Window int
	// Adaptive makes the window find the size that the peer and the path can carry, beginning with Window. Nil: the
	// window is fixed.
	Adaptive *AdaptiveWindow
	// Concurrency is the number of typed functions, of a Mux or an esme.Inbox, that serve requests of the peer side by side.
	// Their answers leave in any order. Zero, one or negative: one at a time, within HandlePDU. It does not change how the
	// hooks of a Handler are called: one at a time.
	Concurrency int
	// OrderBy keeps requests for which it returns the same string in order when Concurrency allows more than one: one of them
	// is served at a time. Nil: any order. See ByDestination.
	OrderBy func(*pdu.PDU) string

	// InboundWindow is the number of peer requests that may be unanswered. Zero or negative: 1,024. When there are so
	// many, reading pauses until there are half as many, and the peer is held back by TCP. Meanwhile its enquire_link
	// and its responses wait as well.
	InboundWindow int
	// InboundOctets is the same in octets, as decoded: see pdu.PDU.DecodedSize. One request always fits. Zero or negative:
	// 4 MiB.
	InboundOctets int
	// PauseLimit is the longest such pause, at most 1 s. After it, reading goes on, and what comes is refused at once
	// until there are half as many. Zero: 1 s. Negative: no pause; what comes beyond InboundWindow is refused at once.
	PauseLimit time.Duration
	// QueueTimeout is the time that a peer request may wait to be begun, before it is refused. In a standing queue, one
	// that has not been empty for that time, the limit is a tenth of it, or a fifth while pauses of reading hold the
	// peer back: otherwise each request would be older than the peer's patience when it is served. Zero: 10 s, and 1 s
	// or 2 s in a standing queue. Negative: none.
	QueueTimeout time.Duration
	// OverflowStatus is the answer to what is refused before it is begun, which says that nothing has happened. Zero:
	// ESME_RTHROTTLED on an MC, ESME_RX_T_APPN on an ESME. A bind gets ESME_RSYSERR.
	OverflowStatus pdu.CommandStatus
	// GiveUpStatus is the answer to a request that was begun and not answered within AnswerTimeout. It may be a lie, since
	// the handler may have acted on the request, or still do so. Zero: no answer.
	GiveUpStatus pdu.CommandStatus

	// EventOctets is how many octets of responses, as decoded, may wait for hooks. Beyond that reading pauses, and when it has
	// paused for 10 s the session ends with ErrHandlerStuck. Zero or negative: 4 MiB.
	EventOctets int
	// ReportOctets is the same of late and malformed PDUs and unanswered requests, beyond which they are counted in
	// Stats.Dropped. Zero or negative: 1 MiB.
	ReportOctets int
	// LateOctets is how many octets of requests are remembered for late responses; see LateTime. Zero or negative: 4 MiB.
	LateOctets int
	// ResponseOctets is how many octets of responses may wait to be written. Beyond that reading pauses. Zero or negative:
	// 1 MiB. Before a bind it is 16 KiB at most.
	ResponseOctets int

	// BindAttempts is the number of binds that are refused, or malformed, on one connection: the session ends with the answer
	// to the last of them. Zero: 3. Negative: any number.
	BindAttempts int
	// BindDelay is how long the answer to the first bind that is refused is held back; to each further one, twice as long as
	// to the one before. A FIN of the peer ends the wait. Zero: 1 s. Negative: none.
	BindDelay time.Duration
	// SessionInitTimeout is the time from Start to a successful bind; no PDU prolongs it. Zero: 10 s. Negative: none.
	// session_init_timer, SMPP 5.0 §2.7.
	SessionInitTimeout time.Duration
	// EnquireLinkInterval is the silence of the peer, while bound, after which enquire_link is sent. Zero: 30 s.
	// Negative: never. enquire_link_timer, SMPP 5.0 §2.7.
	EnquireLinkInterval time.Duration
	// EnquireLinkTimeout is the time for any PDU to come after enquire_link, before the session ends with
	// ErrEnquireLink. Zero: 30 s. Negative: none.
	EnquireLinkTimeout time.Duration
	// InactivityTimeout is the time without any request or response but enquire_link after which the session unbinds.
	// Zero or negative: never. inactivity_timer, SMPP 5.0 §2.7.
	InactivityTimeout time.Duration
	// ResponseTimeout is the time for a response, from when its request is handed to the socket. Zero: 60 s. Negative:
	// none. response_timer, SMPP 5.0 §2.7.
	ResponseTimeout time.Duration
	// AnswerTimeout is the time that the handler has to answer a peer request, from when its hook is called. After it
	// the request is given up: its context ends, it is reported and counted, and the peer hears only what the handler
	// answers later, if it does. A bind is answered with ESME_RSYSERR. Zero: 60 s. Negative: none, but 60 s in a drain.
	AnswerTimeout time.Duration
	// UnbindGrace is the time that outstanding requests of both sides get after the peer's unbind. What is not begun then is
	// refused. Zero: 5 s. Negative: none.
	UnbindGrace time.Duration
	// WriteTimeout is the time that one write may take before the session ends with ErrWriteTimeout. Zero: 10 s.
	// Negative: none.
	WriteTimeout time.Duration
	// LateTime is how long a request is remembered after its response time, so that a late response can be told with
	// it; its sequence number is not used meanwhile. At most 16,384 are remembered, the oldest is forgotten first.
	// Zero: twice ResponseTimeout. Negative: not at all.
	LateTime time.Duration

	// Version is our own version; the lower one of both ends governs. Zero: 5.0.
	Version pdu.Version
	// Strict refuses what the field tolerates; see package pdu.
	Strict bool
	// Limits changes sizes of fields; see package pdu. Zero or negative: those of the specification.
	Limits pdu.Limits
	// MaxPDU is the largest command_length that is read, in octets. Zero or negative: 128 KiB.
	MaxPDU int
	// MaxPDUBeforeBind is the same before the bind. Zero or negative: 4 KiB.
	MaxPDUBeforeBind int
	// RawRequests hands requests with a command_id outside the protocol to the handler, as a *pdu.Raw, while bound.
	// Else they are answered with generic_nack, ESME_RINVCMDID.
	RawRequests bool
	// FirstSequence is the first sequence number of our own requests. Zero: 1.
	FirstSequence uint32

	// Trace receives session events, for metrics and packet capture. Nil disables it.
	Trace *Trace
	// Logger receives the start and the end of the session, and what is wrong with the peer. It is called outside the
	// session's own goroutines, and harms nothing when it blocks or panics. Nil disables it.
	Logger *slog.Logger
	// Owner is told of the end of the session, and found by Session.Owner. It is for those who keep many sessions. Nil:
	// nobody.
	Owner Owner
}

// AdaptiveWindow configures a window that finds its own size: from how fast responses come and how long they take, from
// ESME_RTHROTTLED and ESME_RMSGQFUL, and from the congestion_state TLV of SMPP 5.0. Once a peer has throttled, requests
// are also spaced evenly, since a peer that counts them by time refuses most of a bunch however small the window.
// In testdata/adaptive.svg is a plot of it.
type AdaptiveWindow struct {
	// Min and Max bound the window. Zero or negative: 1 and 10,000. A Max below Min counts as Min.
	Min, Max int
	// Policy takes the place of the library's own: it is called at the end of every round, which takes about a round
	// trip, and returns the next window; bounds apply. It is called in a goroutine of its own, one call at a time: while it
	// thinks, the window stays. A panic in it ends the session. Nil: the library's.
	Policy func(WindowSample) int
}

// WindowSample is what a round has shown to an AdaptiveWindow.
type WindowSample struct {
	Window        int           // in force when the round ended
	InUse         int           // slots in use then
	Limited       bool          // a request had to wait for the window, or was refused by it
	Responses     int           // to requests that held a slot, whatever they say
	Throttled     int           // of these, ESME_RTHROTTLED and ESME_RMSGQFUL
	TimedOut      int           // requests that held a slot and got no response in time
	MeanRoundTrip time.Duration // of the responses that do not throttle; zero without any
	MinRoundTrip  time.Duration // of the same
	Congestion    int           // highest congestion_state that any response told, 0 to 100; -1 when none did
	Elapsed       time.Duration
}

// machineAdaptive fills in the defaults.
func (a *AdaptiveWindow) machineAdaptive() *machine.Adaptive {
	if a == nil {
		return nil
	}
	m := &machine.Adaptive{Min: number(a.Min, 1), Policy: a.Policy != nil}
	m.Max = max(m.Min, number(a.Max, 10000))
	return m
}

const (
	pauseTime     = time.Second
	linger        = time.Second
	unboundLinger = 2 * time.Second
	lateMax       = 16384
	places        = 1024
	unboundOctets = 16 << 10
	octets        = 4 << 20
	reportOctets  = 1 << 20
)

// machineConfig fills in the defaults.
func (c *Config) machineConfig(role Role) machine.Config {
	response := duration(c.ResponseTimeout, 60*time.Second)
	throttle := c.OverflowStatus
	if throttle == pdu.StatusOK {
		throttle = pdu.StatusThrottled
		if role == RoleESME {
			throttle = pdu.StatusTemporaryAppError
		}
	}
	version := c.Version
	if version == 0 {
		version = pdu.V50
	}
	return machine.Config{
		Role:    machine.Role(role),
		Version: version,
		Strict:  c.Strict,
		Limits:  pdu.Limits{MaxSystemID: limit(c.Limits.MaxSystemID), MaxPassword: limit(c.Limits.MaxPassword)},

		Window:         number(c.Window, 10),
		Adaptive:       c.Adaptive.machineAdaptive(),
		Places:         places,
		Inbound:        number(c.InboundWindow, 1024),
		ThrottleStatus: throttle,
		GiveUpStatus:   c.GiveUpStatus,
		InboundOctets:  number(c.InboundOctets, octets),
		EventOctets:    number(c.EventOctets, octets),
		ReportOctets:   number(c.ReportOctets, reportOctets),
		LateOctets:     number(c.LateOctets, octets),
		RespBytes:      number(c.ResponseOctets, reportOctets),
		BindAttempts:   max(0, cmp.Or(c.BindAttempts, 3)),

		RespBytesUnbound: unboundOctets,

		Reports:       places + bulk/pdu.HeaderLen, // of one read as many, since hooks follow it
		MaxPDU:        number(c.MaxPDU, pdu.DefaultMaxPDU),
		MaxPDUUnbound: number(c.MaxPDUBeforeBind, 4<<10),
		RawRequests:   c.RawRequests,
		LateMax:       lateMax,
		FirstSeq:      c.FirstSequence,
		Outcomes:      c.Trace != nil && c.Trace.Outcome != nil,
		Refusals:      c.Trace != nil && c.Trace.Unserved != nil || c.Logger != nil,

		BindDelay:          duration(c.BindDelay, time.Second),
		SessionInit:        duration(c.SessionInitTimeout, 10*time.Second),
		EnquireLink:        duration(c.EnquireLinkInterval, 30*time.Second),
		EnquireLinkTimeout: duration(c.EnquireLinkTimeout, 30*time.Second),
		Inactivity:         duration(c.InactivityTimeout, 0),
		Response:           response,
		Answer:             duration(c.AnswerTimeout, 60*time.Second),
		UnbindGrace:        duration(c.UnbindGrace, 5*time.Second),
		Write:              duration(c.WriteTimeout, 10*time.Second),
		Queue:              duration(c.QueueTimeout, 10*time.Second),
		Pause:              min(duration(c.PauseLimit, pauseTime), pauseTime),
		Late:               duration(c.LateTime, min(2*response, longest)),
		Linger:             linger,
		UnboundLinger:      unboundLinger,

		Hooks: hooksOf(c.Handler),
	}
}

// lastConfig is the machines' configuration that was used last: a cache, since the sessions of a server all have the same.
var lastConfig atomic.Pointer[machine.Config]

// shared returns a configuration equal to c, which must not be changed.
func shared(c machine.Config) *machine.Config {
	if c.Adaptive != nil {
		return &c // it is of one session
	}
	if last := lastConfig.Load(); last != nil && *last == c {
		return last
	}
	lastConfig.Store(&c)
	return &c
}

func duration(d, zero time.Duration) time.Duration {
	if d == 0 {
		return zero
	}
	return min(max(d, 0), longest)
}

// longest is the longest duration that is told from never, so that times do not overflow.
const longest = 100 * 365 * 24 * time.Hour

// limit returns a limit of a field: zero, the default, for a negative one, and for a huge one what nothing exceeds.
func limit(n int) int { return min(max(n, 0), 1<<16) }

func number(n, zero int) int {
	if n <= 0 {
		return zero
	}
	return n
}
