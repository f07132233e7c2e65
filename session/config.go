package session

import (
	"log/slog"
	"runtime/debug"
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

// Overflow says what happens when the peer sends more requests than InboundWindow allows.
type Overflow uint8

// What to do with too many requests of the peer's.
const (
	// OverflowRefuse answers them at once with OverflowStatus.
	OverflowRefuse Overflow = iota
	// OverflowPause stops reading for 5 s at most, and then refuses. Meanwhile our own enquire-link, inactivity and
	// response times stand still, since what the peer sends is not seen.
	OverflowPause
)

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
	// InboundWindow is the number of the peer's requests whose answer is not yet written. Zero or negative: 1,024.
	InboundWindow int
	// Overflow says what happens beyond InboundWindow.
	Overflow Overflow
	// OverflowStatus is the answer beyond InboundWindow. Zero: ESME_RTHROTTLED on an MC, ESME_RX_T_APPN on an ESME.
	OverflowStatus pdu.CommandStatus

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
	// AnswerTimeout is the time that the handler has to answer a request of the peer's, before the library does, with
	// ESME_RX_T_APPN to deliver_sm and data_sm on an ESME and else ESME_RSYSERR. Zero: 60 s. Negative: none.
	AnswerTimeout time.Duration
	// UnbindGrace is the time that outstanding requests of both sides get after the peer's unbind. Zero: 5 s.
	// Negative: none.
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
	// Limits changes sizes of fields; see package pdu.
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

	// Trace is told what happens; for metrics and captures. Nil: nobody is.
	Trace *Trace
	// Logger is told the begin and the end of the session, and what is wrong with the peer. Nil: nobody is.
	Logger *slog.Logger
}

// AdaptiveWindow configures a window that finds its own size: from how fast responses come and how long they take, from
// ESME_RTHROTTLED and ESME_RMSGQFUL, and from the congestion_state TLV of SMPP 5.0. Once a peer has throttled, requests
// are also spaced evenly, since a peer that counts them by time refuses most of a bunch however small the window.
// In testdata/adaptive.svg is a plot of it.
type AdaptiveWindow struct {
	// Min and Max bound the window. Zero or negative: 1 and 10,000. A Max below Min counts as Min.
	Min, Max int
	// Policy takes the place of the library's own: it is called at the end of every round, which takes about a round
	// trip, and returns the next window; bounds apply. It is called under the session's lock: it must be fast, and must
	// not call the session. Nil: the library's.
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
	m := &machine.Adaptive{Min: number(a.Min, 1)}
	m.Max = max(m.Min, number(a.Max, 10000))
	if a.Policy != nil {
		m.Policy = func(s machine.WindowSample) int { return a.Policy(WindowSample(s)) }
	}
	return m
}

// guardPolicy makes a panic in a policy end the session, as one in a hook does, and not the process.
func (s *Session) guardPolicy(policy func(machine.WindowSample) int) func(machine.WindowSample) int {
	return func(sample machine.WindowSample) (n int) {
		defer func() {
			if v := recover(); v != nil {
				n = sample.Window
				err := &PanicError{Hook: "AdaptiveWindow.Policy", Value: v, Stack: debug.Stack()}
				go s.fail(err) // the lock is held here
			}
		}()
		return policy(sample)
	}
}

const (
	pauseTime     = 5 * time.Second
	linger        = time.Second
	unboundLinger = 2 * time.Second
	lateMax       = 16384
	places        = 1024
	respBytes     = 1 << 20
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
		Limits:  c.Limits,

		Window:         number(c.Window, 10),
		Adaptive:       c.Adaptive.machineAdaptive(),
		Places:         places,
		Inbound:        number(c.InboundWindow, 1024),
		PauseInbound:   c.Overflow == OverflowPause,
		ThrottleStatus: throttle,
		RespBytes:      respBytes,
		Reports:        places + bulk/pdu.HeaderLen, // of one read as many, since hooks follow it
		MaxPDU:         number(c.MaxPDU, pdu.DefaultMaxPDU),
		MaxPDUUnbound:  number(c.MaxPDUBeforeBind, 4<<10),
		RawRequests:    c.RawRequests,
		LateMax:        lateMax,
		FirstSeq:       c.FirstSequence,
		Outcomes:       c.Trace != nil && c.Trace.Outcome != nil,

		SessionInit:        duration(c.SessionInitTimeout, 10*time.Second),
		EnquireLink:        duration(c.EnquireLinkInterval, 30*time.Second),
		EnquireLinkTimeout: duration(c.EnquireLinkTimeout, 30*time.Second),
		Inactivity:         duration(c.InactivityTimeout, 0),
		Response:           response,
		Answer:             duration(c.AnswerTimeout, 60*time.Second),
		UnbindGrace:        duration(c.UnbindGrace, 5*time.Second),
		Write:              duration(c.WriteTimeout, 10*time.Second),
		Pause:              pauseTime,
		Late:               duration(c.LateTime, 2*response),
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
	return max(d, 0)
}

func number(n, zero int) int {
	if n <= 0 {
		return zero
	}
	return n
}
