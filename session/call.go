package session

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// Call is a call from the program's own side to the handler of a session.
type Call struct {
	// Req is what was given to Session.Call.
	Req any

	done  chan struct{}
	begun atomic.Bool // its hook was called
	ended atomic.Bool
	reply any
	err   error
}

// Reply ends the call. It may be called later and from any goroutine. Only the first reply counts: Reply tells whether
// this was it, and the caller had not given up.
func (c *Call) Reply(reply any, err error) bool {
	if c.ended.Swap(true) {
		return false
	}
	c.reply, c.err = reply, err
	close(c.done)
	return true
}

// Call gives req to the HandleCall of the handler and waits for its reply. Calls take their turn with the other events
// of the session, so that the handler may use what it keeps for its session without a lock. It fails with ErrInHook
// inside a hook of the same session, with ErrNoHandler when the handler has no HandleCall, with ErrQueueFull while 1,024
// calls and casts wait for their turn, or when its turn has not come and no hook has returned for 5 s, and with ErrClosed
// when the session ends before the reply.
func (s *Session) Call(ctx context.Context, req any) (reply any, err error) {
	if s.inHook(ctx) {
		return nil, fmt.Errorf("session: call: %w", ErrInHook)
	}
	if err := s.ctxError(ctx); err != nil {
		return nil, fmt.Errorf("session: call: %w", err)
	}
	c := &Call{Req: req, done: make(chan struct{})}
	if err := s.enqueue(program{call: c}); err != nil {
		return nil, fmt.Errorf("session: call: %w", err)
	}
	if err := s.awaitReply(ctx, c); err != nil {
		c.Reply(nil, fmt.Errorf("session: call: %w", err))
	}
	<-c.done
	return c.reply, c.err
}

// callTime is how long a call waits for its turn while no hook returns. It may wait for the hook that made it.
const callTime = 5 * time.Second

// awaitReply waits for the reply to c, and returns why it will not wait longer.
func (s *Session) awaitReply(ctx context.Context, c *Call) error {
	timer := time.NewTimer(callTime)
	defer timer.Stop()
	for {
		select {
		case <-c.done:
			return nil
		case <-ctx.Done():
			return s.ctxError(ctx)
		case <-s.Done():
			return s.endedError()
		case <-timer.C:
			if c.begun.Load() {
				continue // its handler may take its time
			}
			s.mu.Lock()
			left := s.hookAt + callTime - s.elapsed()
			s.mu.Unlock()
			if left <= 0 {
				return fmt.Errorf("%w, and no hook has returned for %v", ErrQueueFull, callTime)
			}
			timer.Reset(left)
		}
	}
}

// Cast gives msg to the HandleCast of the handler and does not wait. It fails with ErrQueueFull while 1,024
// calls and casts wait, with ErrNoHandler when the handler has no HandleCast, and with ErrClosed when the session has ended.
func (s *Session) Cast(msg any) error {
	if err := s.enqueue(program{cast: msg}); err != nil {
		return fmt.Errorf("session: cast: %w", err)
	}
	return nil
}

// enqueue adds an event of the program's to those of the machine.
func (s *Session) enqueue(p program) error {
	s.mu.Lock()
	defer s.release()
	if s.ended {
		return endedError(s.m.Reason())
	}
	h := *s.handler.Load()
	_, takes := h.(CastHandler)
	if p.call != nil {
		_, takes = h.(CallHandler)
	}
	switch {
	case !takes:
		return ErrNoHandler
	case s.program >= places:
		return ErrQueueFull
	}
	s.program++
	s.m.Post(&p)
	return nil
}

// Await waits for the next request of the peer's with the given command and returns it. It only observes: the request
// goes its way as if nobody waited. An outbind that came before is returned at once: there is one at most, at the very
// begin, and it may be faster than the caller. It fails with ErrClosed when the session ends before.
func (s *Session) Await(ctx context.Context, id pdu.CommandID) (*pdu.PDU, error) {
	ch := make(chan *pdu.PDU, 1)
	s.mu.Lock()
	x := s.more()
	if p := x.outbind; p != nil && id == pdu.CommandOutbind {
		s.mu.Unlock()
		return p, nil
	}
	if x.awaits == nil {
		x.awaits = make(map[pdu.CommandID][]chan *pdu.PDU)
	}
	x.awaits[id] = append(x.awaits[id], ch)
	s.mu.Unlock()
	defer s.unawait(id, ch)
	select {
	case p := <-ch:
		return p, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("session: await %v: %w", id, s.ctxError(ctx))
	case <-s.Context().Done():
		select {
		case p := <-ch:
			return p, nil
		default:
		}
		return nil, fmt.Errorf("session: await %v: %w", id, s.endedError())
	}
}

// observe tells waiting observers of p. The lock is held.
func (s *Session) observe(p *pdu.PDU) {
	x := s.more()
	if p.ID == pdu.CommandOutbind && x.outbind == nil {
		x.outbind = p
	}
	for _, ch := range x.awaits[p.ID] {
		ch <- p
	}
	delete(x.awaits, p.ID)
}

func (s *Session) unawait(id pdu.CommandID, ch chan *pdu.PDU) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seldom == nil {
		return // the session is done
	}
	awaits := s.seldom.awaits
	awaits[id] = slices.DeleteFunc(awaits[id], func(c chan *pdu.PDU) bool { return c == ch })
	if len(awaits[id]) == 0 {
		delete(awaits, id)
	}
}
