package session

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session/internal/machine"
)

// Session is one end of an SMPP connection. Its methods are safe for concurrent use, and for use inside hooks.
//
// A session has two last moments. It is disconnected when nothing more comes or goes: the context of Context ends, Err and
// Lost are complete. It is done when HandleClose has returned, after every hook and function that ran: Done is closed.
type Session struct {
	conn     net.Conn
	role     Role
	tracer   *Trace    // nil: nobody is told
	observer *observer // calls it and the logger; nil without both
	owner    Owner
	started  time.Time
	life     life          // ends at disconnected
	done     life          // ends at done
	resume   chan struct{} // a token ends the pause of the reader; nil before the first one

	handler     atomic.Pointer[Handler] // changed under mu
	queued      atomic.Int64            // octets to be written, as of the last unlock
	public      atomic.Uint32           // see publish
	concurrency atomic.Int32            // of typed functions
	ownerTold   sync.Once

	calls  sync.Pool // of the session, since a bubble of synctest owns its channels
	in     input     // of the goroutine that reads
	direct direct    // of the goroutine that flushes

	mu          sync.Mutex // never held while waiting, and while the user's code runs
	m           machine.Machine
	run         run
	seldom      *seldom       // nil before it is needed
	next        *Request      // for the PDU that the machine is given
	readAt      time.Duration // since the start
	hookAt      time.Duration // when a hook returned last
	stale       bool          // what a busy time left behind is not given back yet
	feeding     bool          // the reader gives PDUs, and will see to what comes of them
	flushing    bool          // a goroutine writes
	tokens      tokens        // due when the lock is let go
	woken       int32         // callers whose wait has ended since the reader looked
	crowd       int32         // callers that it woke together
	readerWaits bool          // for a token in resume
	program     int           // calls and casts in events
	timer       *time.Timer
	armed       time.Duration // since the start, when timer fires; zero when it does not
	published   uint32        // see publish
	abort       bool          // close the connection after unlocking
	halfClose   bool          // half-close it
	over        bool          // tell of the end of the session after unlocking
	ended       bool

	lost []LostPDU // set before life ends
	link *link     // what requests know of the session; nil before the first one
}

// seldom is what few sessions need. It is guarded by the lock.
type seldom struct {
	turns         turns
	awaits        map[pdu.CommandID][]chan *pdu.PDU
	outbind       *pdu.PDU               // the one that came
	policy        func(WindowSample) int // of the adaptive window; does not change
	outcomes      []outcome
	spareContexts []*cancelable // of answered requests
}

// outcome is what Trace is to be told of a request that has ended.
type outcome struct {
	req pdu.PDU
	how Outcome
}

// more returns what few sessions need. The lock is held, or nobody else knows the session.
func (s *Session) more() *seldom {
	if s.seldom == nil {
		s.seldom = new(seldom)
	}
	return s.seldom
}

// Owner is told of the start and the end of sessions by their own goroutines, and must return soon. A server is the owner of
// its sessions.
type Owner interface {
	// SessionStarted is called by Start, before anything is read.
	SessionStarted(s *Session)
	// SessionDisconnected is called when nothing more comes or goes, before HandleClose. Lost and Err are complete.
	SessionDisconnected(s *Session)
	// SessionDone is called when HandleClose has returned, or would have.
	SessionDone(s *Session)
}

// Start runs a session over conn and takes ownership of it. It panics when cfg.Handler has a method that is meant to be
// a hook and is not; see [Handler].
func Start(conn net.Conn, role Role, cfg Config) *Session {
	s := &Session{
		conn: conn, role: role, tracer: cfg.Trace, owner: cfg.Owner, started: time.Now(),
	}
	s.handler.Store(&cfg.Handler)
	mc := cfg.machineConfig(role)
	if cfg.Adaptive != nil && cfg.Adaptive.Policy != nil {
		s.more().policy = cfg.Adaptive.Policy
	}
	s.setConcurrency(cfg.Concurrency, cfg.OrderBy)
	s.m.Init(shared(mc), (*memory)(s), s.started)
	s.in.init(conn, rawConn(conn))
	if cfg.Logger != nil || s.tracer != nil {
		s.observer = &observer{log: cfg.Logger, died: s.traceDied}
	}
	s.Log(slog.LevelDebug, "session started")
	if o := s.owner; o != nil {
		o.SessionStarted(s)
	}
	if t := s.tracer; t != nil {
		s.traceStart(t)
	}
	s.mu.Lock()
	s.release()
	go s.read()
	return s
}

// Owner returns what Config.Owner was.
func (s *Session) Owner() Owner { return s.owner }

func addrString(a net.Addr) string {
	if a == nil {
		return ""
	}
	return a.String()
}

// Role returns which end of the connection the session is.
func (s *Session) Role() Role { return s.role }

// LocalAddr returns the address of this end of the connection.
func (s *Session) LocalAddr() net.Addr { return s.conn.LocalAddr() }

// RemoteAddr returns the address of the peer.
func (s *Session) RemoteAddr() net.Addr { return s.conn.RemoteAddr() }

// NetConn returns the connection, for what it knows of its peer, such as a TLS certificate. It must not be read, written
// or closed.
func (s *Session) NetConn() net.Conn { return s.conn }

// State returns the state of the session.
func (s *Session) State() State { return State(s.public.Load() & publicState) }

// Serving reports whether the session is bound, and neither end has begun to end it: it takes requests.
func (s *Session) Serving() bool { return s.public.Load()&publicServing != 0 }

// Placed reports whether the session is bound and counts as one of its account: it does no more once an unbind_resp is queued
// or received, or the peer has closed the connection.
func (s *Session) Placed() bool { return s.public.Load()&publicPlaced != 0 }

// Probe asks a peer that has been silent for a time for a sign of life, and ends the session with ErrEnquireLink when none
// comes within that time again. It does nothing unless the session is bound.
func (s *Session) Probe(silence time.Duration) {
	s.mu.Lock()
	s.m.Probe(s.now(), silence)
	s.release()
}

// Version returns the version that governs the session: our own until the bind tells the peer's.
func (s *Session) Version() pdu.Version {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.m.Version()
}

// SetWindow changes the number of requests outstanding at most; less than 1 counts as 1. Requests beyond a smaller
// window stay outstanding. An adaptive window goes on from there, within its bounds.
func (s *Session) SetWindow(n int) {
	s.mu.Lock()
	s.m.SetWindow(s.now(), n)
	s.release()
}

// Err returns why the session ended, and nil while its connection stands.
func (s *Session) Err() error {
	if s.life.err(s) == nil {
		return nil
	}
	return s.cause()
}

// Lost returns the requests that were open when the session ended, as HandleClose gets them, and nil while its
// connection stands. The slice is the caller's.
func (s *Session) Lost() []LostPDU {
	if s.life.err(s) == nil {
		return nil
	}
	return slices.Clone(s.lost)
}

// Close ends the session at once, whatever the peer does, and waits for no hook: requests of the peer that are not begun are
// dropped, HandleClose follows when the running hooks and functions have returned, and then Done is closed. Requests in
// flight are lost. Closing again does nothing. The error is always nil.
func (s *Session) Close() error {
	s.mu.Lock()
	s.m.Close(s.now())
	s.release()
	return nil
}

// Shutdown ends the session in order, and returns when it is disconnected: it refuses new requests of either side,
// serves those of the peer that had come, waits for all that is open, sends unbind, and when that is answered
// half-closes the connection and reads it to its end. It returns nil when the session ended in order, and otherwise why
// it did not. Hooks may still run then: Wait waits for them.
//
// When ctx ends first, what is not begun is refused, what is begun stays unanswered and is in the lost list with Begun
// set, and the session ends within about a second. The error then wraps that of ctx.
//
// Inside a hook or a typed function, with its context, Shutdown begins all this and returns nil without waiting, since
// it would wait for its own caller. The deadline of ctx, if it has one, bounds the drain; cancelling ctx later does
// not.
func (s *Session) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.m.Drain(s.now())
	s.release()
	if s.inHandler(ctx) {
		if at, ok := ctx.Deadline(); ok {
			bound, cancel := context.WithDeadline(s.Context(), at)
			context.AfterFunc(bound, func() {
				cancel()
				s.drainExpired()
			})
		}
		return nil
	}
	select {
	case <-s.Context().Done():
	case <-ctx.Done():
		if s.life.err(s) == nil { // else it may have ended by that
			s.drainExpired()
			<-s.Context().Done()
			return fmt.Errorf("session: shutdown: %w", ctx.Err())
		}
	}
	switch s.m.Reason() {
	case ErrShutdown, ErrPeerUnbound, ErrInactive:
		return nil
	}
	return s.Err()
}

// Wait waits until the session is done: its connection has ended, and every hook and function has returned, HandleClose
// the last. It returns the error of ctx when that ends before. Inside a hook or a typed function, with its context, it
// returns ErrInHook, since what it would wait for includes the caller.
func (s *Session) Wait(ctx context.Context) error {
	if s.inHandler(ctx) {
		return fmt.Errorf("session: wait: %w", ErrInHook)
	}
	select {
	case <-s.Done():
		return nil
	case <-ctx.Done():
		return fmt.Errorf("session: wait: %w", ctx.Err())
	}
}

// endedError is the error of methods called on a session that has ended.
func (s *Session) endedError() error {
	if s.life.err(s) == nil {
		return ErrClosed
	}
	return endedError(s.m.Reason())
}

// ctxError is that of ctx; but when the session has ended, of which ctx may know, that is the error.
func (s *Session) ctxError(ctx context.Context) error {
	err := ctx.Err()
	if err != nil && s.life.err(s) != nil {
		err = s.endedError()
	}
	return err
}

func endedError(reason error) error {
	if reason == nil || reason == ErrClosed {
		return ErrClosed
	}
	return &machine.EndedError{Reason: reason}
}

// askPolicy asks the policy of the adaptive window for the next size.
func (s *Session) askPolicy(policy func(WindowSample) int, sample machine.WindowSample) {
	n, returned := 0, false
	defer func() {
		if !returned {
			s.fail(newPanicError("AdaptiveWindow.Policy", recover(), debug.Stack()))
			return
		}
		s.mu.Lock()
		s.m.PolicyAnswered(s.now(), n)
		s.release()
	}()
	n = policy(WindowSample(sample))
	returned = true
}

func (s *Session) drainExpired() {
	s.mu.Lock()
	s.m.DrainExpired(s.now())
	s.release()
}

// Stats are the counters of a session. Accepted, of our own requests, is the sum of Responded, Nacked, Sent, TimedOut,
// NotSent, Lost and InFlight at every moment. Of the peer's requests those are counted that were not served as they
// should be. One that is given up and answered later counts in GivenUp and in LateReply.
type Stats struct {
	Accepted  uint64 // our requests handed over, by Do, Send and their like
	Responded uint64 // see Outcome
	Nacked    uint64
	Sent      uint64
	TimedOut  uint64
	NotSent   uint64
	Lost      uint64
	InFlight  int // not ended, those that wait included

	Waiting   int    // of these, waiting for a slot of the window or for the handler
	Window    int    // size of the window
	InUse     int    // slots of the window in use
	Inbound   int    // peer requests that are not answered, without those given up
	Queued    int    // octets waiting to be written
	Events    int    // events waiting for the handler
	Late      uint64 // responses that came after their time, with the request remembered
	Unknown   uint64 // responses that matched nothing
	Refused   uint64 // peer requests that were refused, or dropped at the end, before they were begun
	GivenUp   uint64 // peer requests that were begun and not answered within AnswerTimeout
	LateReply uint64 // answers of the handler that came after that, after a refusal, or after the end
	Malformed uint64 // PDUs whose body did not parse, and losses of framing
	Dropped   uint64 // events without room in the queue of the handler
	Remember  int    // requests remembered for late responses
	Untold    uint64 // batches of events for Trace, and lines for Logger, that found no room
}

// Stats returns the counters as they stand.
func (s *Session) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.m.Stats()
	return Stats{
		Accepted: m.Accepted, Responded: m.Responded, Nacked: m.Nacked, Sent: m.Sent, TimedOut: m.TimedOut,
		NotSent: m.NotSent, Lost: m.Lost, InFlight: m.InFlight, Waiting: m.Waiting, Window: m.Window, InUse: m.Slots,
		Inbound: m.Inbound, Queued: m.QueueLen, Events: s.waitingEvents(), Late: m.Late, Unknown: m.Unknown,
		Refused: m.Refused, GivenUp: m.GivenUp, LateReply: m.LateReply, Malformed: m.Malformed, Dropped: m.Dropped,
		Remember: m.Remember, Untold: s.observer.untold(),
	}
}
