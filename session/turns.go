package session

import (
	"context"
	"math"
	"runtime/debug"

	"github.com/smpp-go/smpp/pdu"
)

// turns are the functions that serve requests side by side. The queue of those that wait for a turn is the machine's: they
// are not begun, and can be refused or dropped. All is guarded by the session's lock, but limit and orderBy, which do not
// change while requests are served.
type turns struct {
	limit   int // functions at a time; at most 1: the hook itself is the turn
	orderBy func(*pdu.PDU) string
	used    int                 // functions that run
	keys    map[string]struct{} // of those, when they are ordered
	closing bool                // the last hook waits for them
}

// turn is the turn of one request.
type turn struct {
	h   Handler
	key string
}

// ByDestination is a Config.OrderBy that keeps the messages to one destination in order.
func ByDestination(p *pdu.PDU) string {
	switch b := p.Body.(type) {
	case *pdu.SubmitSM:
		return b.Dest.Addr
	case *pdu.DeliverSM:
		return b.Dest.Addr
	case *pdu.DataSM:
		return b.Dest.Addr
	case *pdu.ReplaceSM:
		return b.MessageID
	case *pdu.CancelSM:
		return b.Dest.Addr
	}
	return ""
}

// SetConcurrency changes Config.Concurrency and Config.OrderBy, for a handler that takes over with Accept: it must be called
// before the session is bound.
func (s *Session) SetConcurrency(n int, orderBy func(*pdu.PDU) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setConcurrency(n, orderBy)
}

// setConcurrency sets up turns. The lock is held, or nobody else knows the session.
func (s *Session) setConcurrency(n int, orderBy func(*pdu.PDU) string) {
	if n > 1 || s.concurrency.Load() > 1 {
		x := s.more()
		x.turns.limit, x.turns.orderBy = n, orderBy
		s.concurrency.Store(int32(min(n, math.MaxInt32)))
	}
}

// inTurns reports whether functions run in turns. The lock is held.
func (s *Session) inTurns() bool { return s.seldom != nil && s.seldom.turns.used > 0 }

// InTurn has h serve r, as [Mux] and esme.Inbox do with their functions. With a Config.Concurrency of 1 it calls
// h.HandlePDU itself, within the hook. With more, it has it called in a goroutine of its own, and returns. When that
// many run, or one that Config.OrderBy puts in line with r, r waits for its turn: it is not begun until then, and may
// be refused or dropped like other requests that wait. Inside a function that has its turn, InTurn calls h.HandlePDU
// itself.
//
// Call InTurn inside the hook of r, with its context, and do nothing else with r there. Called after the hook, it calls
// h.HandlePDU itself, beside the functions in turns. Other hooks of h are not called.
func (r *Request) InTurn(ctx context.Context, h Handler) {
	s := r.session()
	if life := r.life.Load(); s.concurrency.Load() <= 1 || life == inTurn || life == elsewhere {
		h.HandlePDU(ctx, r)
		return
	}
	s.mu.Lock()
	turns := &s.more().turns
	by := turns.orderBy
	s.mu.Unlock()
	t := &turn{h: h}
	if by != nil {
		t.key = by(r.PDU)
	}
	s.mu.Lock()
	r.turn = t
	if turns.free(t) {
		turns.take(r)
		s.mu.Unlock()
		go s.serveTurns(r)
		return
	}
	if s.m.TakeBack(s.coarseNow(), &r.in) {
		r.life.Store(notBegun)
	}
	s.release()
}

// free reports whether next can be begun.
func (t *turns) free(next *turn) bool {
	if t.used >= t.limit {
		return false
	}
	_, busy := t.keys[next.key]
	return !busy || t.orderBy == nil
}

// take begins the turn of r.
func (t *turns) take(r *Request) {
	t.used++
	r.life.Store(inTurn)
	if t.orderBy == nil {
		return
	}
	if t.keys == nil {
		t.keys = make(map[string]struct{})
	}
	t.keys[r.turn.key] = struct{}{}
}

// serveTurns serves r, and then those whose turn comes by that.
func (s *Session) serveTurns(r *Request) {
	for r != nil {
		r = s.serveTurn(r)
	}
}

func (s *Session) serveTurn(r *Request) (next *Request) {
	returned := false
	defer func() {
		if returned {
			return
		}
		err := newPanicError("HandlePDU", recover(), debug.Stack())
		s.logDeath(err)
		s.mu.Lock()
		s.m.Fail(s.now(), err)
		s.endTurn(r)
		s.release()
	}()
	r.turn.h.HandlePDU(r.Context(), r)
	returned = true
	s.mu.Lock()
	next = s.endTurn(r)
	s.release()
	return next
}

// endTurn ends the turn of r, and begins the next one. The lock is held.
func (s *Session) endTurn(r *Request) (next *Request) {
	t := &s.seldom.turns
	t.used--
	delete(t.keys, r.turn.key)
	r.life.Store(elsewhere)
	r.turn = nil
	for in := s.m.FirstTurn(); in != nil && next == nil; in = s.m.NextTurn(in) {
		if q := requestOf(in); t.free(q.turn) && q.begin(inTurn) {
			next = q
		}
	}
	switch {
	case next != nil:
		s.m.Begin(s.now(), &next.in)
		t.take(next)
	case t.used == 0 && t.closing:
		t.closing = false
		go s.dispatch()
	}
	return next
}
