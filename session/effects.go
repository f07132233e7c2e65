package session

import (
	"time"

	"github.com/smpp-go/smpp/session/internal/machine"
	"github.com/smpp-go/smpp/transport"
)

// now returns the time, from the monotonic clock alone.
func (s *Session) now() time.Time { return s.started.Add(s.elapsed()) }

// elapsed returns the time since the start.
func (s *Session) elapsed() time.Duration { return time.Since(s.started) }

// release lets the lock go after an input to the machine: it carries out the effects, starts the workers that there is
// work for, and sets the timer. While the reader is at work on what it read, it will write what comes of it, so that all
// of that leaves together.
func (s *Session) release() {
	if s.settle(); s.m.WantWrite() && !s.flushing && !s.corked() {
		s.flushing = true
		go s.flush()
	}
	s.unlock()
}

// corked tells whether the reader will write what is queued, soon.
func (s *Session) corked() bool { return s.feeding || s.run.lent }

// unlock lets the lock go and does what must not be done under it.
func (s *Session) unlock() {
	s.queued.Store(int64(s.m.Queued()))
	abort, half, ready := s.abort, s.halfClose, s.tokens
	s.abort, s.halfClose = false, false
	if ready.first != nil {
		s.tokens = tokens{}
	}
	if t := s.tracer; t != nil {
		s.traceUnlocked(t)
	}
	over := s.over
	s.over = false
	s.publish()
	s.mu.Unlock()
	ready.give()
	if over {
		s.tellOwner()
	}
	if abort {
		transport.Abort(s.conn)
	} else if half {
		go s.closeWrite() // under TLS it may wait for the peer
	}
}

// tellOwner tells the owner, once, that the session is disconnected.
func (s *Session) tellOwner() {
	if o := s.owner; o != nil {
		s.ownerTold.Do(func() { o.SessionDisconnected(s) })
	}
}

// publish makes known without the lock what others ask of many sessions at a time.
func (s *Session) publish() {
	n := s.m.Changes()
	if n == s.published {
		return
	}
	s.published = n
	p := uint32(s.m.State())
	if s.m.Serving() {
		p |= publicServing
	}
	if s.m.Placed() {
		p |= publicPlaced
	}
	s.public.Store(p)
}

// What publish makes known besides the state.
const (
	publicState   = 1<<8 - 1
	publicServing = 1 << 8
	publicPlaced  = 1 << 9
)

func (s *Session) closeWrite() {
	if err := transport.CloseWrite(s.conn); err != nil {
		// It cannot be half-closed: closing is all that is left to tell the peer that nothing more comes.
		transport.Abort(s.conn)
	}
}

// settle carries out the effects of the machine and sets the timer. The lock is held.
func (s *Session) settle() {
	for e := s.m.Next(); e != nil; e = s.m.Next() {
		s.effect(e)
	}
	if s.m.Events() > 0 && !s.run.busy && !s.feeding {
		s.run.busy = true
		go s.dispatch()
	}
	if s.readerWaits && !s.m.ReadPaused() {
		s.readerWaits = false
		s.resume <- struct{}{}
	}
	s.arm()
}

func (s *Session) effect(e *machine.Effect) {
	switch e.Kind {
	case machine.EffAdmit:
		if !e.Op.Do {
			s.woken++
			c := e.Op.Owner.(*call)
			c.seq = e.Op.PDU.Seq
			s.end(c, nil, nil)
		}
	case machine.EffDone, machine.EffRefuse:
		s.woken++
		c := e.Op.Owner.(*call)
		if e.Op.Do && e.PDU == nil {
			c.req = copyOf(&e.Op.PDU)
		}
		s.end(c, e.PDU, e.Err)
	case machine.EffOutcome:
		x := s.more()
		x.outcomes = append(x.outcomes, outcome{e.Op.PDU, Outcome(e.Op.Outcome)})
	case machine.EffRefused, machine.EffGaveUp:
		s.unserved(e)
	case machine.EffPolicy:
		go s.askPolicy(s.seldom.policy, e.More.(machine.WindowSample))
	case machine.EffCloseWrite:
		s.halfClose = true
	case machine.EffCloseConn:
		s.abort = true
	case machine.EffEnd:
		s.ended = true
		s.lost = lostList(s.m.Lost())
		if s.timer != nil {
			s.timer.Stop()
		}
		s.publish()
		s.life.end(s.cause())
		s.over = true
	}
}

func lostList(in []machine.LostEntry) []LostPDU {
	if len(in) == 0 {
		return nil
	}
	out := make([]LostPDU, len(in))
	for i, l := range in {
		out[i] = LostPDU(l)
	}
	return out
}

// arm sets the one timer of the session. One that fires too early finds nothing due and is set again.
func (s *Session) arm() {
	if a := s.armed; a != 0 && s.m.StillDue(s.started.Add(a)) &&
		(!s.run.lent || a <= s.run.began+slowHook) && (!s.stale || a <= s.readAt+idleTime) {
		return
	}
	var at time.Duration
	if d := s.m.Deadline(); !d.IsZero() {
		at = max(1, d.Sub(s.started))
	}
	if s.run.lent && !s.ended {
		at = earlier(at, s.run.began+slowHook)
	}
	if s.stale && !s.ended {
		at = earlier(at, s.readAt+idleTime)
	}
	if at == 0 || s.armed != 0 && at >= s.armed {
		return
	}
	s.armed = at
	if d := at - s.elapsed(); s.timer == nil {
		s.timer = time.AfterFunc(d, s.tick)
	} else {
		s.timer.Reset(d)
	}
}

// earlier returns the earlier of two times; zero is none.
func earlier(at, other time.Duration) time.Duration {
	if at == 0 || other < at {
		return other
	}
	return at
}

func (s *Session) tick() {
	now := s.elapsed()
	s.mu.Lock()
	s.armed = 0
	if s.run.lent && now-s.run.began >= slowHook {
		s.takeOver()
	}
	s.m.Tick(s.started.Add(now))
	if s.stale && now-s.readAt >= idleTime {
		s.rest()
	}
	s.release()
}

// idleTime is the silence of the peer after which a session gives back what it needs only while it is busy.
const idleTime = time.Second

// rest gives back what an idle session does not need: room for events, and the stack of the reader, which does not
// shrink to the size of a new one. The lock is held.
func (s *Session) rest() {
	if s.run.busy || s.m.Events() > 0 {
		s.readAt = s.elapsed() // later, then
		return
	}
	s.stale = false
	s.run.spare = nil
	if s.in.raw != nil {
		// It wakes the reader. Should the connection have ended, the reader will see to that.
		_ = s.conn.SetReadDeadline(time.Unix(1, 0))
	}
}
