package mc

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// halfDead is the silence after which a session is asked for a sign of life when another bind finds no place.
const halfDead = 5 * time.Second

// register takes a place of the account for a session that is about to be bound, if there is room. It is done before
// the bind is accepted, so that two binds cannot both take the last place.
func (s *Session) register(systemID string, acc *Account) error {
	srv := s.srv
	srv.mu.Lock()
	bound := srv.accounts[systemID]
	if s.ended || srv.inShutdown {
		srv.mu.Unlock()
		return errEnding
	}
	placed := 0
	for _, other := range bound {
		if other.holdsPlace() {
			placed++
		}
	}
	if acc.MaxBinds <= 0 || placed < acc.MaxBinds {
		s.account, s.accepting = systemID, true
		srv.accounts[systemID] = append(bound, s)
		srv.mu.Unlock()
		return nil
	}
	silent := slices.Clone(bound)
	srv.mu.Unlock()
	for _, other := range silent {
		other.Probe(halfDead) // a half-dead link must not keep its owner out
	}
	return fmt.Errorf("%w, %d times: %w", errTooManyBinds, placed, Refuse(pdu.StatusAlreadyBound))
}

// holdsPlace reports whether a registered session takes a place of its account: it is placed, or about to be bound.
// What follows the bind can come before accepted is called. The lock is held.
func (s *Session) holdsPlace() bool {
	if s.accepting {
		// In this order, for it may be bound any moment.
		if state := s.State(); state == session.StateOpen || state == session.StateOutbound {
			return true
		}
	}
	return s.Placed() && s.Err() == nil
}

// accepted ends the registration of a session: it is bound, or it is not to be.
func (srv *Server) accepted(s *Session, bound bool) {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	s.accepting = false
	if !bound {
		srv.unregister(s)
	}
}

// unregister takes the session out of those of its account. The lock is held.
func (srv *Server) unregister(s *Session) {
	bound := slices.DeleteFunc(srv.accounts[s.account], func(x *Session) bool { return x == s })
	if len(bound) == 0 {
		delete(srv.accounts, s.account)
	} else {
		srv.accounts[s.account] = bound
	}
}

// Sessions iterates over the sessions that there are now: those that are not bound included, and those that are
// disconnected and still in a hook.
func (srv *Server) Sessions() iter.Seq[*Session] {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return slices.Values(slices.Collect(maps.Keys(srv.sessions)))
}

// Bound iterates over the sessions that are bound with a system_id, in the order of their binds. One whose unbind was
// answered, or whose ESME has closed the connection, is not.
func (srv *Server) Bound(systemID string) iter.Seq[*Session] {
	srv.mu.Lock()
	all := slices.Clone(srv.accounts[systemID])
	srv.mu.Unlock()
	return func(yield func(*Session) bool) {
		for _, ms := range all {
			if ms.Placed() && !yield(ms) {
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
// receive that has the most room in its window, the earliest bound of several. One that has begun to end is passed
// over. When the message was certainly not sent, because the session ended first or takes nothing now, the next one is
// tried; when the ESME may have got it, none is. The errors are those of [session.Session.Do], and a
// [*NotBoundError].
func (srv *Server) Deliver(ctx context.Context, systemID string, req *pdu.DeliverSM) (*pdu.DeliverSMResp, error) {
	var resp *pdu.DeliverSMResp
	var err error = &NotBoundError{systemID}
	var tried map[*Session]bool
	for {
		ms := srv.receiver(systemID, tried)
		if ms == nil {
			return resp, err
		}
		resp, err = session.Exchange(ctx, ms.Session, req)
		if err == nil || !session.SafeToRetry(err) || ctx.Err() != nil ||
			ms.Serving() && !errors.Is(err, session.ErrQueueFull) {
			return resp, err
		}
		if tried == nil {
			tried = make(map[*Session]bool)
		}
		tried[ms] = true
	}
}

// looked is how many binds of an account with many are looked at for the one with the most room: the earliest, and as many
// of the others, drawn at random. To look at all would make a Deliver dearer the more binds a client makes.
const looked = 32

// receiver picks the session that a message for a system_id goes to, of those that were not tried; nil when there is none.
func (srv *Server) receiver(systemID string, tried map[*Session]bool) *Session {
	var some [2 * looked]*Session
	srv.mu.Lock()
	bound := srv.accounts[systemID]
	n := copy(some[:], bound)
	for i := looked; i < n && n < len(bound); i++ {
		some[i] = bound[looked+rand.IntN(len(bound)-looked)]
	}
	candidates := some[:n]
	if n < len(bound) && !slices.ContainsFunc(candidates, func(s *Session) bool { return s.receives() && !tried[s] }) {
		candidates = slices.Clone(bound)
	}
	srv.mu.Unlock()
	var best *Session
	room := 0
	for _, s := range candidates {
		if !s.receives() || tried[s] {
			continue
		}
		st := s.Stats()
		r := st.Window - st.InUse - st.Waiting
		if best == nil || r > room {
			best, room = s, r
		}
		if len(bound) > len(some) && r == st.Window {
			break // none has more
		}
	}
	return best
}

// receives reports whether a message can be sent to the session.
func (s *Session) receives() bool { return s.Serving() && s.State() != session.StateBoundTX }
