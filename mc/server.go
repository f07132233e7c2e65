package mc

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// Server is a message centre. Set its fields before the first call of a method and leave them alone afterwards; with
// Bind set, the zero value of the others works.
type Server struct {
	// Bind judges a bind: it returns the account, or an error, whose status the ESME gets. An error without a status
	// means that the bind could not be judged, and so does neither an account nor an error: the ESME gets ESME_RSYSERR.
	// Refusals are held back for a second and more: see Session.BindDelay. Bind is called on the session's own
	// goroutine and may take its time, until ctx ends with Session.SessionInitTimeout. Nil: every bind is refused with
	// ESME_RSYSERR.
	Bind func(ctx context.Context, r *BindRequest) (*Account, error)
	// SystemID is what bind responses call the message centre, at most 15 characters.
	SystemID string
	// Session configures the sessions. Its Handler and its Owner must be nil: the account has the handler. Its Logger gets at
	// most about 4 KiB a second, with a burst of 64 KiB, from the server and all its sessions, and as much of errors; a line
	// says how many were left out before it.
	Session session.Config
	// TLS makes ListenAndServe speak TLS. Nil: plain TCP.
	TLS *tls.Config
	// MaxConns is the number of connections at a time, bound or not; a further one is closed at once. A connection counts
	// until the last hook of its session has returned. Zero or negative: any number.
	MaxConns int

	mu         sync.Mutex // never held while a session's method, or the user's code, runs
	listeners  map[net.Listener]struct{}
	sessions   map[*Session]struct{} // those that are not done
	admission  admission
	accounts   map[string][]*Session // those that are connected, by system_id
	inShutdown bool
	lost       []Lost
	lastEnd    time.Time     // when one was disconnected last
	changed    chan struct{} // closed when a session is done; nil when nobody waits for that
	logging    atomic.Int32  // lines that are being written
	logOnce    sync.Once
	limited    *slog.Logger // see logger
}

// Session is a session of the server, bound or about to be.
type Session struct {
	*session.Session
	srv       *Server
	bound     atomic.Pointer[binding]
	account   string // system_id by which it is registered; guarded by the server's lock, as are the others
	accepting bool   // it holds a place of the account before it is bound
	ended     bool   // it is disconnected
}

// SessionOf returns the server's session that s, of a handler's request say, belongs to, and nil when it is not a
// server's.
func SessionOf(s *session.Session) *Session {
	if o, ok := s.Owner().(*owner); ok {
		return (*Session)(o)
	}
	return nil
}

// binding is what a session is bound as.
type binding struct {
	systemID string
	account  *Account
	command  pdu.CommandID
}

// Server returns the server that the session belongs to.
func (s *Session) Server() *Server { return s.srv }

// SystemID returns the system_id of the ESME, empty before its bind is accepted.
func (s *Session) SystemID() string { return s.binding().systemID }

// Account returns what Bind returned, nil before the bind is accepted.
func (s *Session) Account() *Account { return s.binding().account }

// Command returns the bind operation, zero before the bind is accepted.
func (s *Session) Command() pdu.CommandID { return s.binding().command }

func (s *Session) binding() binding {
	if s == nil {
		return binding{} // what SessionOf returns for a session that is long gone
	}
	if b := s.bound.Load(); b != nil {
		return *b
	}
	return binding{}
}

// String returns the system_id and the address of the ESME.
func (s *Session) String() string { return fmt.Sprintf("%q at %v", s.SystemID(), s.RemoteAddr()) }

// Lost is an entry in the lost report of a server.
type Lost struct {
	session.LostPDU
	Session *Session
}

// ErrServerClosed is returned by Serve and ListenAndServe after Shutdown or Close.
var ErrServerClosed = errors.New("mc: server closed")

// ListenAndServe listens on a TCP address, with TLS when TLS is set, and serves what connects. An empty address is
// ":2775", and ":3550" with TLS. It always returns an error: ErrServerClosed after Shutdown or Close.
func (srv *Server) ListenAndServe(addr string) error {
	l, err := transport.Listen(context.Background(), addr, transport.ListenConfig{TLS: srv.TLS})
	if err != nil {
		return fmt.Errorf("mc: %w", err)
	}
	return srv.Serve(l)
}

// Serve serves the connections of a listener, which it closes in the end. It always returns an error: ErrServerClosed
// after Shutdown or Close, and at once one that says which field of the server cannot be right. An Accept that fails for a while, for want of file descriptors say, is tried again.
func (srv *Server) Serve(l net.Listener) error {
	if err := srv.check(); err != nil {
		_ = l.Close() // there is a worse error
		return err
	}
	if !srv.track(l) {
		_ = l.Close() // nothing can be done about a listener that does not close
		return ErrServerClosed
	}
	defer srv.untrack(l)
	defer func() { _ = l.Close() }() // Shutdown may have closed it before
	var pause time.Duration
	for {
		conn, err := l.Accept()
		if err == nil {
			pause = 0
			srv.ServeConn(conn)
			continue
		}
		if srv.closing() {
			return ErrServerClosed
		}
		var te interface{ Temporary() bool }
		if !errors.As(err, &te) || !te.Temporary() {
			return fmt.Errorf("mc: accept: %w", err)
		}
		pause = min(max(2*pause, 5*time.Millisecond), time.Second)
		srv.log(slog.LevelWarn, "accept failed, trying again", "err", err, "pause", pause)
		time.Sleep(pause)
	}
}

// ServeConn serves one connection, which it takes ownership of, and returns at once. The session is nil when the server
// is closing, has MaxConns connections, or has a Handler or an Owner in its Session; the connection is closed then.
func (srv *Server) ServeConn(conn net.Conn) *Session {
	ms, _ := srv.serve(conn)
	return ms
}

// serve is ServeConn, and tells why there is no session.
func (srv *Server) serve(conn net.Conn) (*Session, error) {
	if err := srv.admit(conn); err != nil {
		transport.Abort(conn)
		return nil, err
	}
	cfg := srv.Session
	cfg.Logger = srv.logger()
	ms := &Session{srv: srv}
	cfg.Handler, cfg.Owner = (*gate)(ms), (*owner)(ms)
	session.Start(conn, session.RoleMC, cfg)
	if srv.closing() {
		_ = ms.Close() // the server may have been closed before it knew the session
	}
	return ms, nil
}

// admit takes a place for a connection, or returns why there is none.
func (srv *Server) admit(conn net.Conn) error {
	if err := srv.check(); err != nil {
		srv.log(slog.LevelError, "connection refused", "remote", addrOf{conn}, "err", err)
		return err
	}
	places, inHooks, err := srv.admission.take(srv.MaxConns)
	if err == errFull {
		srv.log(slog.LevelWarn, "connection refused", "remote", addrOf{conn}, "connections", places,
			"disconnected_and_in_a_hook", inHooks)
	}
	return err
}

// addrOf is the address of the peer of a connection, which is asked for it when it is logged: one that learns it from a
// PROXY header may have to wait.
type addrOf struct{ conn net.Conn }

// LogValue implements [slog.LogValuer].
func (a addrOf) LogValue() slog.Value {
	if addr := a.conn.RemoteAddr(); addr != nil {
		return slog.StringValue(addr.String())
	}
	return slog.StringValue("")
}

// owner is a Session as its session.Session knows it.
type owner Session

// SessionStarted implements session.Owner.
func (o *owner) SessionStarted(s *session.Session) {
	o.Session = s
	srv := o.srv
	srv.mu.Lock()
	defer srv.mu.Unlock()
	if srv.sessions == nil {
		srv.sessions = make(map[*Session]struct{})
		srv.accounts = make(map[string][]*Session)
	}
	srv.sessions[(*Session)(o)] = struct{}{}
}

// SessionDisconnected implements session.Owner.
func (o *owner) SessionDisconnected(*session.Session) {
	ms, srv := (*Session)(o), o.srv
	srv.mu.Lock()
	defer srv.mu.Unlock()
	ms.ended = true
	srv.lastEnd = time.Now()
	srv.unregister(ms)
	if srv.inShutdown {
		for _, l := range ms.Lost() {
			srv.lost = append(srv.lost, Lost{l, ms})
		}
	}
	srv.admission.disconnected()
}

// SessionDone implements session.Owner.
func (o *owner) SessionDone(*session.Session) {
	srv := o.srv
	srv.mu.Lock()
	defer srv.mu.Unlock()
	delete(srv.sessions, (*Session)(o))
	srv.admission.leave()
	if srv.changed != nil {
		close(srv.changed)
		srv.changed = nil
	}
}

// Lost returns the requests that were open on the sessions that Shutdown or Close ended, and which session each was on.
func (srv *Server) Lost() []Lost {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return slices.Clone(srv.lost)
}

func (srv *Server) track(l net.Listener) bool {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	if srv.inShutdown {
		return false
	}
	if srv.listeners == nil {
		srv.listeners = make(map[net.Listener]struct{})
	}
	srv.listeners[l] = struct{}{}
	return true
}

func (srv *Server) untrack(l net.Listener) {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	delete(srv.listeners, l)
}

func (srv *Server) closing() bool {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return srv.inShutdown
}

// logger returns the log of the server and of its sessions, which is limited; nil without one.
func (srv *Server) logger() *slog.Logger {
	srv.logOnce.Do(func() { srv.limited = limited(srv.Session.Logger) })
	return srv.limited
}

// log adds a line to the server's log, and does not wait for the logger: while it is slow, few lines wait, and others
// are left out.
func (srv *Server) log(level slog.Level, msg string, args ...any) {
	l := srv.logger()
	if l == nil {
		return
	}
	if srv.logging.Add(1) > 16 {
		srv.logging.Add(-1)
		return
	}
	go func() {
		defer srv.logging.Add(-1)
		defer func() { _ = recover() }() // a logger that panics has lost its line
		l.Log(context.Background(), level, msg, args...)
	}()
}
