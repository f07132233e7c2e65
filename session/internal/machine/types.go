package machine

import (
	"errors"
	"fmt"
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// Role tells which end of the session this is.
type Role uint8

// Roles.
const (
	RoleESME Role = iota
	RoleMC
)

// String returns the name that the specification uses.
func (r Role) String() string {
	if r == RoleMC {
		return "MC"
	}
	return "ESME"
}

func (r Role) other() Role { return 1 - r }

// State is the state of a session. SMPP 5.0 §2.2.
type State uint8

// Session states.
const (
	StateOpen State = iota
	StateOutbound
	StateBoundTX
	StateBoundRX
	StateBoundTRX
	StateUnbound
	StateClosed
	numStates
)

var stateNames = [numStates]string{"OPEN", "OUTBOUND", "BOUND_TX", "BOUND_RX", "BOUND_TRX", "UNBOUND", "CLOSED"}

// String returns the name that the specification uses.
func (s State) String() string {
	if s < numStates {
		return stateNames[s]
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// Bound tells whether s is one of the three bound states.
func (s State) Bound() bool { return s >= StateBoundTX && s <= StateBoundTRX }

// Outcome tells how a request of ours ended.
type Outcome uint8

// Outcomes. See the table in DESIGN: a request that is handed over ends in exactly one of them.
const (
	Pending Outcome = iota // not ended yet
	Responded
	Nacked
	Sent
	TimedOut
	NotSent
	Lost
	numOutcomes
)

var outcomeNames = [numOutcomes]string{"pending", "responded", "nacked", "sent", "timed out", "not sent", "lost"}

// String names the outcome in words.
func (o Outcome) String() string {
	if o < numOutcomes {
		return outcomeNames[o]
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// Causes of refusals and of ends. Package session exports them.
var (
	ErrWindowFull      = errors.New("window full")
	ErrQueueFull       = errors.New("too many events wait for the handler")
	ErrDraining        = errors.New("session is shutting down")
	ErrPeerUnbinding   = errors.New("peer is unbinding")
	ErrClosed          = errors.New("session closed")
	ErrShutdown        = errors.New("session was shut down")
	ErrPeerUnbound     = errors.New("peer unbound the session")
	ErrPeerClosed      = errors.New("peer closed the connection")
	ErrSessionInit     = errors.New("no successful bind within the session init time")
	ErrEnquireLink     = errors.New("no sign of life within the enquire_link response time")
	ErrInactive        = errors.New("session was inactive for too long")
	ErrWriteTimeout    = errors.New("peer did not take what was written within the write time")
	ErrResponseTimeout = errors.New("no response within the response time")
	ErrSeqInUse        = errors.New("sequence number is in flight or remembered")
	ErrSeqRange        = errors.New("sequence number must be 1..0x7FFFFFFF")
	ErrNotRequest      = errors.New("not a request")
	ErrAnswered        = errors.New("request was answered already")
	ErrNoAnswer        = errors.New("operation has no response")
	ErrAnswerMismatch  = errors.New("response does not belong to the request")
	ErrNotBind         = errors.New("request is not a bind")
	ErrBindPending     = errors.New("a bind is being judged; accept or reject it")
	ErrHandlerStuck    = errors.New("responses waited too long for the handler")
	ErrUnboundFlood    = errors.New("the peer sent too many requests before its bind")
	ErrBindRefused     = errors.New("the bind of the peer was refused for good")
	ErrNotBegun        = errors.New("request waits for its turn")
	ErrUnnamed         = errors.New("the response must name something, so it needs a body")
	ErrAnswerTimeout   = errors.New("the handler did not answer within the answer time")
)

// StateError is the cause of a refusal when the state or the role forbids a command.
type StateError struct {
	Command pdu.CommandID
	Role    Role
	State   State
	Version pdu.Version
}

func (e *StateError) Error() string {
	return fmt.Sprintf("%v is not allowed to an %v in state %v (SMPP %v)", e.Command, e.Role, e.State, e.Version)
}

// EndedError is the cause of a refusal on a session that has ended, or is about to: it is ErrClosed, and tells why the
// session ended.
type EndedError struct {
	Reason error
}

func (e *EndedError) Error() string { return "session ended: " + e.Reason.Error() }

// Unwrap returns why the session ended.
func (e *EndedError) Unwrap() error { return e.Reason }

// Is reports whether target is ErrClosed.
func (e *EndedError) Is(target error) bool { return target == ErrClosed }

// Fate says what became of a request of the peer that was not served as it should be.
type Fate uint8

// Fates.
const (
	FateRefused Fate = 1 + iota // before its hook was called; it never will be
	FateGivenUp                 // begun, and not answered within the answer time
	FateLate                    // answered after it was given up, refused or dropped
)

// Hooks tells which hooks the handler has. Events for the others are not made.
type Hooks uint16

// Hooks, one bit each.
const (
	HookPDU Hooks = 1 << iota
	HookResp
	HookRespTimeout
	HookSendResult
	HookLateResp
	HookMalformed
	HookState
	HookUnanswered
)

// Shell is what a machine asks its caller for. The methods are called during an input.
type Shell interface {
	// NewIn returns a new In, with its Owner, for the PDU that the last Recv brought.
	NewIn(p *pdu.PDU) *In
	// Withdraw keeps the hook of in from being called. It reports false when the hook was called before: then in is
	// begun, though the machine may not have been told yet.
	Withdraw(in *In) bool
	// Buffer returns an empty buffer for the write queue, and Release takes it back.
	Buffer() []byte
	Release(b []byte)
}

// Config is what a machine needs to know. Durations of zero mean off: the defaults are the shell's affair. Configs can
// be compared.
type Config struct {
	Role    Role
	Version pdu.Version // our own version; the lower of both ends governs
	Strict  bool
	Limits  pdu.Limits

	Window         int               // requests outstanding, at least 1
	Adaptive       *Adaptive         // nil: the window is fixed
	Places         int               // events that may wait for hooks beyond the window
	Inbound        int               // requests of the peer that are not answered
	ThrottleStatus pdu.CommandStatus // answer to what is refused before it is begun, not ESME_ROK
	GiveUpStatus   pdu.CommandStatus // answer to what is given up; ESME_ROK: none
	InboundOctets  int               // the same in octets as decoded; one always fits
	RespBytes      int               // unwritten responses, in octets, beyond which reading pauses
	EventOctets    int               // octets, as decoded, of responses that wait for hooks, beyond which reading pauses
	Reports        int               // events without a place of their own (late, malformed, state) that may wait
	ReportOctets   int               // octets, as decoded, of the same

	RespBytesUnbound int    // RespBytes before a bind
	MaxPDU           int    // octets, once bound
	MaxPDUUnbound    int    // octets, before
	RawRequests      bool   // unknown requests go to the handler
	LateMax          int    // requests remembered for late responses
	LateOctets       int    // octets of the same
	FirstSeq         uint32 // first sequence number; one out of range means 1
	Outcomes         bool   // emit EffOutcome
	Refusals         bool   // emit EffRefused

	BindAttempts       int           // binds that are refused on one connection; 0: any number
	BindDelay          time.Duration // of the answer to the first one, doubled for each further
	SessionInit        time.Duration
	EnquireLink        time.Duration
	EnquireLinkTimeout time.Duration
	Inactivity         time.Duration
	Response           time.Duration
	Answer             time.Duration // from when a request of the peer is begun
	Queue              time.Duration // until it is begun
	UnbindGrace        time.Duration
	Write              time.Duration
	Pause              time.Duration // of reading, at most, while Inbound is reached
	Late               time.Duration
	Linger             time.Duration // after half-closing, for the peer's FIN
	UnboundLinger      time.Duration // after unbind_resp, for the peer's FIN

	Hooks Hooks
}

// Stats counts. Accepted = Responded + Nacked + Sent + TimedOut + NotSent + Lost + InFlight at every moment.
type Stats struct {
	Accepted, Responded, Nacked, Sent, TimedOut, NotSent, Lost uint64

	InFlight  int    // accepted and not ended, waiting ones included
	Waiting   int    // of these, waiting for a slot or a place
	Slots     int    // window slots in use
	Window    int    // window size
	Inbound   int    // requests of the peer that are not answered
	Places    int    // places of events in use
	Late      uint64 // late responses whose request was remembered
	Unknown   uint64 // responses that match nothing
	Refused   uint64 // requests of the peer that were refused, or dropped, before they were begun
	GivenUp   uint64 // requests of the peer that were begun and not answered in time
	LateReply uint64 // answers that came after that, or after a refusal or the end
	Malformed uint64 // PDUs that did not parse
	Dropped   uint64 // events for the handler that found no room
	Remember  int    // requests remembered for late responses
	QueueLen  int    // octets in the write queue
}

// counters are those of Stats that only grow.
type counters struct {
	Accepted, Responded, Nacked, Sent, TimedOut, NotSent, Lost uint64
}

// LostEntry is one entry of the lost report: a request that was open when the session ended.
type LostEntry struct {
	PDU      *pdu.PDU
	Incoming bool // a request of the peer whose answer was not written, or not wholly
	Begun    bool // if Incoming, its hook was called
	Written  bool // handed to the socket, whole or in part: it may have arrived; if Incoming, its answer
	Told     bool // a waiting Do got the same end
}

// EffectKind tells what an Effect asks for.
type EffectKind uint8

// Kinds of effects. Those named Event are hooks to be called, one at a time and in order; see Machine.TakeEvents.
const (
	_               EffectKind = iota
	EffAdmit                   // Op: a waiting request got its slot and is queued; its Seq is set
	EffDone                    // Op, PDU, Err: a Do ended; PDU is its response, if any
	EffRefuse                  // Op, Err: a waiting Send ended as not sent
	EffOutcome                 // Op: it ended, for accounting
	EffRefused                 // PDU: a request of the peer was refused before it was begun
	EffGaveUp                  // In: it was begun, and is not waited for any more
	EffPolicy                  // More: a WindowSample, for PolicyAnswered
	EffCloseWrite              // half-close the connection
	EffCloseConn               // close the connection
	EffEnd                     // Err: the session has ended, EventClose is queued, and Machine.Lost is complete
	EventPDU                   // In
	EventResp                  // Op, PDU
	EventTimeout               // More: []*Op
	EventSendResult            // PDU; Op or In tells whose it is
	EventLate                  // PDU; Op is the remembered request, or nil
	EventMalformed             // PDU, Err
	EventState                 // From, To
	EventUnanswered            // In, Fate
	EventOwn                   // More: what the shell posted
	EventClose                 // Err: the last event; see Machine.Lost
)

// Effect is something the machine asks the shell to do. It has 64 octets, a line of the cache.
type Effect struct {
	Kind     EffectKind
	Fate     Fate
	From, To State
	Size     uint32 // octets of PDU as decoded, for events
	Op       *Op
	In       *In
	PDU      *pdu.PDU
	Err      error
	More     any // of few kinds, so that the others stay small
}
