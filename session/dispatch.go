package session

import (
	"log/slog"
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

// run is the calling of hooks. The goroutine that calls them is the reader, after it has fed what it read, or, while that is
// busy or too slow, one that lives until no event is left. The reader takes all events at a time, in rounds, and the machine
// hears of the end of their hooks together; the other takes one at a time.
type run struct {
	busy    bool             // a goroutine calls hooks, or the last hook waits for functions that run
	lent    bool             // it is the reader, and another goroutine may take the reading over
	events  []machine.Effect // of the round
	claimed atomic.Int64     // events of the round whose turn has come; negative when it was broken off
	told    int              // of these, those of which the machine knows that their hooks returned
	spare   []machine.Effect // an empty slice for later
	began   time.Duration    // since the start, when the reader began to call hooks
	calls   *hookCalls       // for later
	call    *hookCall        // the one of the hook that runs, if it asked for a context
}

// brokenOff is what claimed is set to when no further event of a round is to be called.
const brokenOff = -1 << 40

// slowHook is how long the reader calls hooks before another goroutine takes the reading over. Until then the machine
// hears of the end of hooks in batches, and answers wait to leave together.
const slowHook = time.Millisecond

// waitingEvents returns the number of events whose hooks are not called yet. The lock is held.
func (s *Session) waitingEvents() int {
	n := s.m.Events()
	if claimed := s.run.claimed.Load(); s.run.lent && claimed >= 0 {
		n += max(0, len(s.run.events)-int(claimed))
	}
	return n
}

// dispatch calls hooks in a goroutine of its own, which busy was set for.
func (s *Session) dispatch() {
	s.mu.Lock()
	if s.callHooks() {
		s.release()
	}
}

// callHooks calls hooks, one at a time and in order, until there is no event left. The lock is held, and again when it
// returns true. It returns false when the lock is not held and the goroutine is to end: the last hook was called, or waits
// for functions that run; one of them did not return; or, in the reader, another goroutine has taken over.
//
// A hook that panics, or ends the goroutine, ends the session; the events behind it are still delivered.
func (s *Session) callHooks() (goOn bool) {
	r := &s.run
	reader := r.lent
	var calling, one *machine.Effect
	defer func() {
		if calling != nil {
			s.hookDied(calling, recover())
		}
	}()
	for s.m.Events() > 0 {
		if r.lent && !s.ended {
			s.callRound(&calling)
			continue
		}
		if one == nil {
			one = new(machine.Effect)
		}
		if *one = s.m.NextEvent(); one.Kind == machine.EventClose && s.inTurns() {
			s.m.PutBack([]machine.Effect{*one})
			s.seldom.turns.closing = true
			s.release()
			return false // busy stays set
		}
		if !s.beginHook(one) {
			continue
		}
		if one.Kind == machine.EventPDU {
			s.m.Begin(s.now(), one.In)
		}
		s.release()
		calling = one
		s.callHook(*s.handler.Load(), calling)
		calling = nil
		if one.Kind == machine.EventClose {
			s.finish()
			return false // no event follows; busy stays set
		}
		s.hookReturned(one)
		s.mu.Lock()
		s.eventReturned(one)
		*one = machine.Effect{}
		s.hookAt = s.elapsed()
		s.m.EventsReturned(s.started.Add(s.hookAt))
		s.settle()
	}
	overtaken := reader && !r.lent
	r.busy, r.lent = false, false
	if overtaken {
		s.release()
	}
	return !overtaken
}

// callRound calls the hooks of all events that wait, unless it is broken off. The lock is held, and again when it returns.
func (s *Session) callRound(calling **machine.Effect) {
	r := &s.run
	events := s.m.TakeEvents(r.spare)
	r.events, r.spare, r.told = events, nil, 0
	r.claimed.Store(0)
	s.release()
	for {
		i := r.claimed.Add(1) - 1
		if i < 0 || i >= int64(len(events)) {
			break
		}
		e := &events[i]
		if !s.beginHook(e) {
			continue
		}
		*calling = e
		s.callHook(*s.handler.Load(), e)
		*calling = nil
		s.hookReturned(e)
	}
	s.mu.Lock()
	s.hookAt = s.elapsed()
	s.tellRan(len(r.events))
	clear(events)
	if cap(events) <= maxIdleEvents {
		r.spare = events[:0]
	}
	r.events = nil
	s.m.EventsReturned(s.started.Add(s.hookAt))
	s.settle()
}

// maxIdleEvents is the most room that is kept for events, in events.
const maxIdleEvents = 1024

// beginHook prepares the call of a hook. It reports false when the hook is not to be called.
func (s *Session) beginHook(e *machine.Effect) bool {
	if e.Kind != machine.EventPDU {
		return e.Kind != 0
	}
	return requestOf(e.In).begin(inHook)
}

// hookReturned marks the contexts of a hook that has returned. The lock is not held.
func (s *Session) hookReturned(e *machine.Effect) {
	if e.Kind == machine.EventPDU {
		requestOf(e.In).life.CompareAndSwap(inHook, elsewhere)
	} else if c := s.run.call; c != nil {
		c.over.Store(true)
		s.run.call = nil
	}
}

// tellRan tells the machine of the first n events of the round, whose hooks have returned. The lock is held.
func (s *Session) tellRan(n int) {
	r := &s.run
	for ; r.told < n; r.told++ {
		s.eventReturned(&r.events[r.told])
	}
}

// eventReturned tells the machine that a hook has returned. The lock is held.
func (s *Session) eventReturned(e *machine.Effect) {
	switch e.Kind {
	case machine.EventOwn:
		s.program--
	case 0:
	default:
		s.m.EventReturned(e)
	}
}

// takeOver has another goroutine read on when the reader calls hooks, since one of them is slow. The lock is held.
func (s *Session) takeOver() {
	r := &s.run
	if !r.lent || s.ended {
		return
	}
	r.lent = false
	s.breakOff()
	s.m.EventsReturned(s.now())
	go s.read()
}

// breakOff ends a round behind the hook that runs. The lock is held.
func (s *Session) breakOff() {
	r := &s.run
	n := int(r.claimed.Swap(brokenOff))
	if n < 0 || r.events == nil {
		return
	}
	if n < len(r.events) {
		s.m.PutBack(r.events[n:])
		r.events = r.events[:n]
	}
	if n > len(r.events) || n == 0 {
		return // none runs
	}
	s.tellRan(n - 1)
	if e := &r.events[n-1]; e.Kind == machine.EventPDU && requestOf(e.In).life.Load() == inHook {
		s.m.Begin(s.now(), e.In)
	}
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
func (s *Session) hookDied(e *machine.Effect, v any) {
	err := newPanicError(hookName(e), v, debug.Stack())
	s.logDeath(err)
	if p, ok := e.More.(*program); ok && p.call != nil {
		p.call.Reply(nil, err)
	}
	if e.Kind == machine.EventClose {
		s.finish()
		return
	}
	s.hookReturned(e)
	s.mu.Lock()
	s.m.Fail(s.now(), err) // first, or the end of the hook would let more requests out
	if r := &s.run; r.events != nil {
		s.breakOff()
		s.tellRan(len(r.events))
		r.events = nil
	} else {
		s.eventReturned(e)
	}
	s.m.EventsReturned(s.now())
	s.run.lent = false
	go s.dispatch()
	s.release()
}

// finish is the last of a session, which whoever keeps a message of it may keep for long: the handler need not be.
func (s *Session) finish() {
	var nobody Handler = NopHandler{}
	s.handler.Store(&nobody)
	if c := s.run.call; c != nil {
		c.over.Store(true)
	}
	s.mu.Lock()
	s.run.events, s.run.spare, s.run.calls, s.run.call, s.seldom = nil, nil, nil, nil, nil
	s.mu.Unlock()
	s.observer.end(func() {
		s.link.unlink()
		s.done.end(nil)
		if o := s.owner; o != nil {
			o.SessionDone(s)
		}
	})
}

// logDeath logs a hook that did not return.
func (s *Session) logDeath(err *PanicError) {
	s.Log(slog.LevelError, "hook did not return", "hook", err.Hook, "panic", err.text, "stack", string(err.Stack))
}
