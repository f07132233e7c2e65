package session

import (
	"sync/atomic"
	"time"
	"weak"

	"github.com/smpp-go/smpp/transport"
)

// link is what a request knows of its session. A request is allocated with its PDU, so that whoever keeps a string of that
// keeps the request as well; when the session is done, it lets go of the session, which is much larger.
type link struct {
	s    atomic.Pointer[Session] // until it is done
	past weak.Pointer[Session]   // set before s is nil
}

// linked returns the link of the session. The lock is held.
func (s *Session) linked() *link {
	if s.link == nil {
		s.link = new(link)
		s.link.s.Store(s)
	}
	return s.link
}

// unlink lets go of a session that is done.
func (l *link) unlink() {
	if l != nil {
		l.past = weak.Make(l.s.Load())
		l.s.Store(nil)
	}
}

// session returns the session of the request, and one that has ended when that is done and nobody refers to it any more.
func (r *Request) session() *Session {
	if s := r.s.s.Load(); s != nil {
		return s
	}
	if s := r.s.past.Value(); s != nil {
		return s
	}
	return gone()
}

// session returns the session that the context is of.
func (c *requestContext) session() *Session { return (*Request)(c).session() }

// gone returns a session that was never bound, and is done.
func gone() *Session {
	conn, _ := transport.Pipe()
	s := &Session{conn: conn, role: RoleMC, started: time.Now(), ended: true}
	var nobody Handler = NopHandler{}
	s.handler.Store(&nobody)
	cfg := new(Config).machineConfig(RoleMC)
	s.m.Init(&cfg, (*memory)(s), s.started)
	s.m.Close(s.started)
	for s.m.Next() != nil {
		continue // nobody is to be told
	}
	s.publish()
	s.life.end(nil)
	s.done.end(nil)
	return s
}
