package session

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session/internal/machine"
)

// Session is one end of an SMPP connection. Its methods may be called from any goroutine, and inside hooks where they do
// not say otherwise.
type Session struct {
	conn    net.Conn
	role    Role
	tracer  *Trace       // nil: nobody is told
	log     *slog.Logger // nil: nobody is told
	started time.Time
	life    life          // ends with the connection
	done    life          // ends after HandleClose
	resume  chan struct{} // a token ends the pause of the reader; nil before the first one

	handler atomic.Pointer[Handler] // changed under mu
	queued  atomic.Int64            // octets to be written, as of the last unlock

	calls  sync.Pool // of the session, since a bubble of synctest owns its channels
	in     input     // of the goroutine that reads
	direct direct    // of the goroutine that flushes

	mu          sync.Mutex // never held while waiting
	m           machine.Machine
	run         run
	awaits      map[pdu.CommandID][]chan *pdu.PDU
	outbind     *pdu.PDU      // the one that came
	next        *Request      // for the PDU that the machine is given
	readAt      time.Duration // since the start
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
	traced      State         // the state last told to Trace
	abort       bool          // close the connection after unlocking
	halfClose   bool          // half-close it
	outcomes    []*machine.Op
	ended       bool

	lost   []LostPDU // set before life ends
	reason error
}

// Start runs a session over conn and takes ownership of it. It panics when cfg.Handler has a method that is meant to be
// a hook and is not; see [Handler].
func Start(conn net.Conn, role Role, cfg Config) *Session {
	s := &Session{
		conn: conn, role: role, tracer: cfg.Trace, log: cfg.Logger,
		started: time.Now(),
	}
	s.handler.Store(&cfg.Handler)
	mc := cfg.machineConfig(role)
	if a := mc.Adaptive; a != nil && a.Policy != nil {
		a.Policy = s.guardPolicy(a.Policy)
	}
	s.m.Init(shared(mc), (*memory)(s), s.started)
	raw := rawConn(conn)
	s.in.init(conn, raw)
	s.direct.init(raw)
	if s.log != nil {
		s.log = s.log.With("remote", addrString(conn.RemoteAddr()), "role", role.String())
		s.log.Debug("session started")
	}
	if t := s.tracer; t != nil {
		s.traceStart(t)
	}
	s.mu.Lock()
	s.release()
	go s.read()
	return s
}

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
func (s *Session) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return State(s.m.State())
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
	s.m.SetWindow(time.Now(), n)
	s.release()
}

// Err returns why the session ended, and nil while its connection stands.
func (s *Session) Err() error {
	if s.life.err() == nil {
		return nil
	}
	return fmt.Errorf("session: %w", s.reason)
}

// Lost returns the requests that were open when the session ended, as HandleClose gets them, and nil while its
// connection stands.
func (s *Session) Lost() []LostPDU {
	if s.life.err() == nil {
		return nil
	}
	return s.lost
}

// Close ends the session at once, whatever the peer does, and does not wait for hooks: HandleClose follows when the
// running hook returns, and then Done is closed. Requests in flight are lost. Closing again does nothing. The error is
// always nil.
func (s *Session) Close() error {
	s.mu.Lock()
	s.m.Close(s.now())
	s.release()
	return nil
}

// Shutdown ends the session in order: it refuses new requests, waits for those outstanding, sends unbind, goes on serving
// the peer until that is answered, writes the answers still due, half-closes the connection and reads it to its end.
// When ctx ends before, it answers in the handler's stead what is unanswered, ends the session within about a second, and
// returns the error of ctx. Otherwise it returns nil when the session ended in order, and else why it did not.
//
// Inside a hook it begins all this and returns nil without waiting, since what it would wait for includes the hook. The
// deadline of ctx, if it has one, bounds the drain; that ctx is cancelled when the hook returns does not.
func (s *Session) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.m.Drain(s.now())
	s.release()
	if s.inHook(ctx) {
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
	case <-s.Done():
	case <-ctx.Done():
		s.drainExpired()
		<-s.Context().Done()
		return fmt.Errorf("session: shutdown: %w", ctx.Err())
	}
	switch s.reason {
	case ErrShutdown, ErrPeerUnbound, ErrInactive:
		return nil
	}
	return s.Err()
}

func (s *Session) drainExpired() {
	s.mu.Lock()
	s.m.DrainExpired(s.now())
	s.release()
}

// Stats are the counters of a session. Accepted is the sum of Responded, Nacked, Sent, TimedOut, NotSent, Lost and
// InFlight at every moment.
type Stats struct {
	Accepted  uint64 // requests handed over
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
	Inbound   int    // requests of the peer whose answer is not written
	Queued    int    // octets waiting to be written
	Events    int    // events waiting for the handler
	Late      uint64 // responses that came after their time, with the request remembered
	Unknown   uint64 // responses that matched nothing
	Refused   uint64 // requests of the peer beyond InboundWindow
	Malformed uint64 // PDUs whose body did not parse, and losses of framing
	Dropped   uint64 // events without room in the queue of the handler
	Remember  int    // requests remembered for late responses
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
		Refused: m.Throttled, Malformed: m.Malformed, Dropped: m.Dropped, Remember: m.Remember,
	}
}
