package mc

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// register makes the session of a bind known by its system_id, if the account has room. It is done before the bind is
// accepted, so that two binds can not both take the last place.
func (srv *Server) register(req *BindRequest, acc *Account) (*Session, error) {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	ms := srv.sessions[req.Session]
	bound := srv.accounts[req.SystemID]
	switch {
	case ms == nil || srv.ending:
		return nil, ErrServerClosed
	case acc.MaxBinds > 0 && len(bound) >= acc.MaxBinds:
		return nil, fmt.Errorf("mc: %q is bound %d times, its limit: %w",
			req.SystemID, len(bound), Refuse(pdu.StatusAlreadyBound))
	}
	ms.bound.Store(&binding{req.SystemID, acc, req.Command})
	srv.accounts[req.SystemID] = append(bound, ms)
	return ms, nil
}

// unregister takes the session out of those of its account. The lock is held.
func (srv *Server) unregister(ms *Session) {
	id := ms.SystemID()
	bound := slices.DeleteFunc(srv.accounts[id], func(x *Session) bool { return x == ms })
	if len(bound) == 0 {
		delete(srv.accounts, id)
	} else {
		srv.accounts[id] = bound
	}
}

// Sessions iterates over the sessions that there are now, those that are not bound included.
func (srv *Server) Sessions() iter.Seq[*Session] {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	all := make([]*Session, 0, len(srv.sessions))
	for _, ms := range srv.sessions {
		all = append(all, ms)
	}
	return slices.Values(all)
}

// Bound iterates over the sessions that are bound with a system_id, in the order of their binds.
func (srv *Server) Bound(systemID string) iter.Seq[*Session] {
	srv.mu.Lock()
	all := slices.Clone(srv.accounts[systemID])
	srv.mu.Unlock()
	return func(yield func(*Session) bool) {
		for _, ms := range all {
			if ms.State().Bound() && !yield(ms) {
				return
			}
		}
	}
}

// NotBoundError tells that no session is bound to receive for a system_id.
type NotBoundError struct {
	SystemID string
}

func (e *NotBoundError) Error() string {
	return fmt.Sprintf("mc: no receiver or transceiver is bound as %q", e.SystemID)
}

// Deliver sends a message or a receipt to an ESME and waits for its answer: on the session bound with the system_id to
// receive that has the most room in its window, the earliest bound of several. The errors are those of
// [session.Session.Do], and a [*NotBoundError]. It does not try a second session by itself, since the first may have
// delivered.
func (srv *Server) Deliver(ctx context.Context, systemID string, req *pdu.DeliverSM) (*pdu.DeliverSMResp, error) {
	ms := srv.receiver(systemID)
	if ms == nil {
		return nil, &NotBoundError{systemID}
	}
	return session.Exchange(ctx, ms.Session, req)
}

// receiver picks the session that a message for a system_id goes to, nil when there is none.
func (srv *Server) receiver(systemID string) *Session {
	var best *Session
	room := 0
	for ms := range srv.Bound(systemID) {
		if s := ms.State(); s != session.StateBoundRX && s != session.StateBoundTRX {
			continue
		}
		st := ms.Stats()
		if r := st.Window - st.InUse - st.Waiting; best == nil || r > room {
			best, room = ms, r
		}
	}
	return best
}
