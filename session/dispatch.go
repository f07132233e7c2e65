package session

import (
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/smpp-go/smpp/session/internal/machine"
)

// program is an event of the program's own: a call, else a cast.
type program struct {
	call *Call
	cast any
}

// run is the calling of hooks, in rounds: each takes all events that are queued. The goroutine that calls them is the
// reader, after it has fed what it read, or, while that is busy or too slow, one that lives until no event is left.
type run struct {
	busy   bool             // a goroutine calls hooks
	events []machine.Effect // of the round
	ran    atomic.Int32     // hooks of the round that returned
	told   int              // of these, those of which the machine knows
	spare  []machine.Effect // an empty slice for later
	lent   bool             // the reader calls them, and another goroutine may take the reading over
	began  time.Duration    // since the start, when the reader began to
	alone  atomic.Bool      // the machine is told of each hook at once
}

// slowHook is how long the reader calls hooks before another goroutine takes the reading over. Until then the machine
// hears of the end of hooks in batches, and answers wait to leave together.
const slowHook = time.Millisecond

// waitingEvents returns the number of events whose hooks are not called yet.
func (s *Session) waitingEvents() int {
	n := len(s.run.events) - int(s.run.ran.Load()) - 1 // one is being called
	return s.m.Events() + max(0, n)
}

// dispatch calls hooks in a goroutine of its own, which busy was set for.
func (s *Session) dispatch() {
	s.mu.Lock()
	if s.callHooks() {
		s.release()
	}
}

// callHooks calls hooks, one at a time and in order, until there is no event left. The lock is held, and again when it
// returns true. It returns false when the lock is not held and the goroutine is to end: the last hook was called, one of
// them did not return, or, in the reader, another goroutine has taken over.
//
// A hook that panics, or ends the goroutine, ends the session; the events behind it are still delivered.
func (s *Session) callHooks() (goOn bool) {
	reader := s.run.lent
	calling := false
	defer func() {
		if calling {
			s.hookDied(recover())
		}
	}()
	for s.m.Events() > 0 {
		r := &s.run
		r.events, r.spare = s.m.TakeEvents(r.spare), nil
		r.ran.Store(0)
		r.told = 0
		r.alone.Store(!r.lent)
		s.release()
		for i := range r.events {
			e := &r.events[i]
			calling = true
			s.callHook(*s.handler.Load(), e)
			calling = false
			if e.Kind == machine.EventClose {
				s.finish()
				return false // no event follows; busy stays set
			}
			if r.ran.Add(1); r.alone.Load() {
				s.mu.Lock()
				s.tellRan()
				s.release()
			}
		}
		s.mu.Lock()
		s.tellRan()
		clear(r.events)
		if cap(r.events) <= maxIdleEvents {
			r.spare = r.events[:0]
		}
		r.events = nil
		s.settle()
	}
	overtaken := reader && !s.run.lent
	s.run.busy, s.run.lent = false, false
	if overtaken {
		s.release()
	}
	return !overtaken
}

// maxIdleEvents is the most room that is kept for events, in events.
const maxIdleEvents = 1024

// tellRan tells the machine of the hooks that have returned. The lock is held.
func (s *Session) tellRan() {
	r := &s.run
	n := int(r.ran.Load())
	if r.told == n {
		return
	}
	for ; r.told < n; r.told++ {
		if e := &r.events[r.told]; e.Kind == machine.EventOwn {
			s.program--
		} else {
			s.m.EventReturned(e)
		}
	}
	s.m.EventsReturned(s.now())
}

// takeOver has another goroutine read on when the reader calls hooks, since one of them is slow. The lock is held.
func (s *Session) takeOver() {
	if !s.run.lent || s.ended {
		return
	}
	s.run.lent = false
	s.run.alone.Store(true)
	s.tellRan()
	go s.read()
}

// coarseNow returns the time, or zero while the reader calls hooks: it told the machine the time less than slowHook ago.
// The lock is held.
func (s *Session) coarseNow() time.Time {
	if s.run.lent {
		return time.Time{}
	}
	return s.now()
}

// hookDied ends the session for a hook that did not return, and has what is behind it delivered. The lock is not held.
func (s *Session) hookDied(v any) {
	r := &s.run
	at := r.ran.Load()
	e := &r.events[at]
	err := &PanicError{Hook: hookName(e), Value: v, Stack: debug.Stack()}
	s.logDeath(err)
	if p, ok := e.More.(*program); ok && p.call != nil {
		p.call.Reply(nil, err)
	}
	if e.Kind == machine.EventClose {
		s.finish()
		return
	}
	s.mu.Lock()
	s.m.Fail(s.now(), err) // first, or the end of the hook would let more requests out
	r.ran.Add(1)
	s.tellRan()
	s.m.PutBack(r.events[at+1:])
	r.events, r.lent = nil, false
	go s.dispatch()
	s.release()
}

// finish is the last of a session, which whoever keeps a message of it may keep for long: the handler need not be.
func (s *Session) finish() {
	var nobody Handler = NopHandler{}
	s.handler.Store(&nobody)
	s.mu.Lock()
	s.run.events, s.run.spare = nil, nil
	s.mu.Unlock()
	s.done.end()
}

// logDeath logs a hook that did not return. When the logger panics as well, the session goes on to its end without it.
func (s *Session) logDeath(err *PanicError) {
	defer func() { _ = recover() }()
	if l := s.log; l != nil {
		l.Error("hook did not return", "hook", err.Hook, "panic", err.Value, "stack", string(err.Stack))
	}
}
