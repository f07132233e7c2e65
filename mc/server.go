package mc

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
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
	// Bind judges a bind: it returns the account, or an error, whose status the ESME gets; ESME_RBINDFAIL when it
	// carries none. It is called on the session's own goroutine and may take its time, within
	// Session.SessionInitTimeout, when ctx ends. Nil: every bind is refused.
	Bind func(ctx context.Context, r *BindRequest) (*Account, error)
	// SystemID is what bind responses call the message centre, at most 15 characters.
	SystemID string
	// Session configures the sessions. Its Handler is not used: the account has one.
	Session session.Config
	// TLS makes ListenAndServe speak TLS. Nil: plain TCP.
	TLS *tls.Config
	// MaxConns is the number of connections at a time, bound or not; a further one is closed at once. Zero or negative:
	// any number.
	MaxConns int

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	sessions  map[*session.Session]*Session
	accounts  map[string][]*Session // by system_id
	ending    bool
	lost      []Lost
	trace     session.Trace  // of all sessions
	ended     sync.WaitGroup // the sessions
}

// Session is a session of the server, bound or about to be.
type Session struct {
	*session.Session
	bound atomic.Pointer[binding]
}

// binding is what a session is bound as.
type binding struct {
	systemID string
	account  *Account
	command  pdu.CommandID
}

// SystemID returns the system_id of the ESME, empty before its bind is accepted.
func (s *Session) SystemID() string { return s.binding().systemID }

// Account returns what Bind returned, nil before the bind is accepted.
func (s *Session) Account() *Account { return s.binding().account }

// Command returns the bind operation, zero before the bind is accepted.
func (s *Session) Command() pdu.CommandID { return s.binding().command }

func (s *Session) binding() binding {
	if b := s.bound.Load(); b != nil {
		return *b
	}
	return binding{}
}

// Lost is an entry in the lost report of a server.
type Lost struct {
	session.LostPDU
	Session *Session
}

// ErrServerClosed is returned by Serve and ListenAndServe after Shutdown or Close.
var ErrServerClosed = errors.New("mc: server closed")

// ListenAndServe listens on a TCP address, with TLS when TLS is set, and serves what connects. An empty address is
// ":2775". It always returns an error: ErrServerClosed after Shutdown or Close.
func (srv *Server) ListenAndServe(addr string) error {
	l, err := transport.Listen(context.Background(), addr, transport.ListenConfig{TLS: srv.TLS})
	if err != nil {
		return fmt.Errorf("mc: %w", err)
	}
	return srv.Serve(l)
}

// Serve serves the connections of a listener, which it closes in the end. It always returns an error: ErrServerClosed
// after Shutdown or Close. An Accept that fails for a while, for want of file descriptors say, is tried again.
func (srv *Server) Serve(l net.Listener) error {
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
		srv.log().Warn("accept failed, trying again", "err", err, "pause", pause)
		time.Sleep(pause)
	}
}

// ServeConn serves one connection, which it takes ownership of, and returns at once. The session is nil when the server
// is closing or has MaxConns connections; the connection is closed then.
func (srv *Server) ServeConn(conn net.Conn) *Session {
	cfg := srv.Session
	cfg.Handler = &gate{srv}
	srv.mu.Lock()
	if srv.trace.State == nil {
		srv.trace = srv.watch(cfg.Trace)
	}
	cfg.Trace = &srv.trace
	full := srv.MaxConns > 0 && len(srv.sessions) >= srv.MaxConns
	if srv.ending || full {
		srv.mu.Unlock()
		transport.Abort(conn)
		if full {
			srv.log().Warn("connection refused", "remote", conn.RemoteAddr(), "connections", srv.MaxConns)
		}
		return nil
	}
	ms := &Session{Session: session.Start(conn, session.RoleMC, cfg)} // its end waits for the lock
	if srv.sessions == nil {
		srv.sessions = make(map[*session.Session]*Session)
		srv.accounts = make(map[string][]*Session)
	}
	srv.sessions[ms.Session] = ms
	srv.ended.Add(1)
	srv.mu.Unlock()
	return ms
}

// watch returns t with the server's own part: it forgets sessions as soon as they have ended. A context's AfterFunc for
// each would cost 500 octets a session.
func (srv *Server) watch(t *session.Trace) (own session.Trace) {
	if t != nil {
		own = *t
	}
	also := own.State
	own.State = func(s *session.Session, from, to session.State) {
		if to == session.StateClosed {
			srv.forget(s)
		}
		if also != nil {
			also(s, from, to)
		}
	}
	return own
}

// forget drops a session that has ended. Its lost report is kept when the server is ending.
func (srv *Server) forget(s *session.Session) {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	defer srv.ended.Done()
	ms := srv.sessions[s]
	srv.unregister(ms)
	delete(srv.sessions, s)
	if srv.ending {
		for _, l := range ms.Lost() {
			srv.lost = append(srv.lost, Lost{l, ms})
		}
	}
}

// Shutdown stops listening and ends all sessions in order, side by side, as [session.Session.Shutdown] does. It returns
// nil when all have ended so, and else the errors, after every connection has ended. Lost tells what was open.
func (srv *Server) Shutdown(ctx context.Context) error {
	sessions := srv.stop()
	errs := make([]error, len(sessions))
	var wg sync.WaitGroup
	for i, ms := range sessions {
		wg.Go(func() { errs[i] = ms.Shutdown(ctx) })
	}
	wg.Wait()
	srv.ended.Wait()
	return errors.Join(errs...)
}

// Close stops listening and ends all sessions at once. Lost tells what was open.
func (srv *Server) Close() error {
	for _, ms := range srv.stop() {
		_ = ms.Close() // is always nil
	}
	srv.ended.Wait()
	return nil
}

// stop closes the listeners and returns the sessions that there are.
func (srv *Server) stop() []*Session {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	srv.ending = true
	for l := range srv.listeners {
		_ = l.Close() // nothing can be done about a listener that does not close
	}
	sessions := make([]*Session, 0, len(srv.sessions))
	for _, ms := range srv.sessions {
		sessions = append(sessions, ms)
	}
	return sessions
}

// Lost returns the requests that were open on the sessions that Shutdown or Close ended, and which session each was on.
func (srv *Server) Lost() []Lost {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return append([]Lost(nil), srv.lost...)
}

func (srv *Server) track(l net.Listener) bool {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	if srv.ending {
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
	return srv.ending
}

func (srv *Server) log() *slog.Logger {
	if l := srv.Session.Logger; l != nil {
		return l
	}
	return slog.New(slog.DiscardHandler)
}
