package session

import (
	"context"
	"sync/atomic"
	"time"
)

// lifeContext is the context of a session, which ends with the connection. What it takes to wait for the end is made when
// somebody asks for it, since hardly anybody does.
type lifeContext Session

// hookKey finds the hook that a context was made for.
type hookKey struct{}

// hookCall is a call of a hook other than HandlePDU, and its context. It ends with the connection; but it is that of a hook
// until the hook returns and no longer.
type hookCall struct {
	s    *Session
	over atomic.Bool
}

// inHook reports whether ctx is that of a hook of this session that has not returned.
func (s *Session) inHook(ctx context.Context) bool {
	switch h := ctx.Value(hookKey{}).(type) {
	case *hookCall:
		return h.s == s && !h.over.Load()
	case *Request:
		return h.s == s.link && h.life.Load() == inHook
	}
	return false
}

// inHandler reports whether ctx is that of a hook of this session, or of a typed function, that has not returned.
func (s *Session) inHandler(ctx context.Context) bool {
	if r, ok := ctx.Value(hookKey{}).(*Request); ok {
		where := r.life.Load()
		return r.s == s.link && (where == inHook || where == inTurn)
	}
	return s.inHook(ctx)
}

// hookCalls are contexts for calls to come. They are made together, and none is used twice, since whoever was given one may
// keep it.
type hookCalls struct {
	used  int
	calls [32]hookCall
}

// hookContext returns a context for one call of a hook. Only the goroutine that calls hooks may call it.
func (s *Session) hookContext() *hookCall {
	r := &s.run
	if r.calls == nil || r.calls.used == len(r.calls.calls) {
		r.calls = new(hookCalls)
	}
	c := &r.calls.calls[r.calls.used]
	r.calls.used++
	c.s = s
	r.call = c
	return c
}

// Context returns a context that ends with the connection, before HandleClose is called. Its cause is why the session
// ended.
func (s *Session) Context() context.Context { return (*lifeContext)(s) }

// Done is closed when the session has ended, and HandleClose has returned.
func (s *Session) Done() <-chan struct{} { return s.done.context(nil).Done() }

// Deadline implements [context.Context]: there is none.
func (c *lifeContext) Deadline() (t time.Time, ok bool) { return t, false }

// Done implements [context.Context].
func (c *lifeContext) Done() <-chan struct{} { return c.life.context((*Session)(c)).Done() }

// Err implements [context.Context].
func (c *lifeContext) Err() error { return c.life.err((*Session)(c)) }

// Value implements [context.Context].
func (c *lifeContext) Value(key any) any { return c.life.value((*Session)(c), key) }

// Deadline implements [context.Context]: there is none.
func (c *hookCall) Deadline() (t time.Time, ok bool) { return t, false }

// Done implements [context.Context].
func (c *hookCall) Done() <-chan struct{} { return c.s.life.context(c.s).Done() }

// Err implements [context.Context].
func (c *hookCall) Err() error { return c.s.life.err(c.s) }

// Value implements [context.Context].
func (c *hookCall) Value(key any) any {
	if key == (hookKey{}) {
		return c
	}
	return c.s.life.value(c.s, key)
}

// String keeps a context that is printed from showing all of the session.
func (c *lifeContext) String() string { return "session.Context" }

// String keeps a context that is printed from showing all of the session.
func (c *hookCall) String() string { return "session.hookContext" }

// life is something that ends, with a context to wait for that, which is made on demand.
type life struct {
	over atomic.Bool
	made atomic.Pointer[cancelable]
}

type cancelable struct {
	context.Context
	cancel context.CancelCauseFunc
}

func newCancelable(parent context.Context) *cancelable {
	ctx, cancel := context.WithCancelCause(parent)
	return &cancelable{ctx, cancel}
}

// end ends it, once.
func (l *life) end(cause error) {
	l.over.Store(true)
	if c := l.made.Load(); c != nil {
		c.cancel(cause)
	}
}

// err is that of the context. When it is not nil, those who wait for the end are released as well. The session tells the
// cause of the end; nil: there is none.
func (l *life) err(s *Session) error {
	if !l.over.Load() {
		return nil
	}
	if c := l.made.Load(); c != nil {
		c.cancel(s.cause())
	}
	return context.Canceled
}

// context returns the context to wait for.
func (l *life) context(s *Session) context.Context {
	c := l.made.Load()
	if c == nil {
		if c = newCancelable(context.Background()); !l.made.CompareAndSwap(nil, c) {
			c.cancel(nil)
			c = l.made.Load()
		}
	}
	if l.over.Load() { // perhaps before there was one
		c.cancel(s.cause())
	}
	return c.Context
}

// err and value are those of the session's context.
func (s *Session) err() error { return s.life.err(s) }

func (s *Session) value(key any) any { return s.life.value(s, key) }

// cause is the cause of the end of the session's context, once it has ended.
func (s *Session) cause() error {
	if s == nil {
		return nil
	}
	return &causeError{s.m.Reason()}
}

// causeError is why a session ended. Its text is not made before it is asked for: reasons can be the user's, such as
// errors of a connection, and the session must not call what is the user's under its lock.
type causeError struct{ reason error }

// Error tells the reason.
func (e *causeError) Error() string { return "session: " + e.reason.Error() }

// Unwrap returns the reason.
func (e *causeError) Unwrap() error { return e.reason }

// value lets package context find the context below, once somebody waits for it or it has ended, so that a child of it needs
// no goroutine, and its cause is known.
func (l *life) value(s *Session, key any) any {
	if l.over.Load() {
		return l.context(s).Value(key)
	}
	if c := l.made.Load(); c != nil {
		return c.Value(key)
	}
	return nil
}
