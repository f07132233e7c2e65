package session

import (
	"context"
	"sync/atomic"
	"time"
)

// lifeContext is the context of a session, which ends with the connection, and hookContext that of its hooks. What it
// takes to wait for the end is made when somebody asks for it, since hardly anybody does.
type (
	lifeContext Session
	hookContext Session
)

// hookKey marks the contexts of hooks.
type hookKey struct{}

// inHook tells whether ctx is that of a hook of this session.
func (s *Session) inHook(ctx context.Context) bool {
	h, _ := ctx.Value(hookKey{}).(*Session)
	return h == s
}

// Context returns a context that ends with the connection, before HandleClose is called.
func (s *Session) Context() context.Context { return (*lifeContext)(s) }

func (s *Session) hookContext() context.Context { return (*hookContext)(s) }

// Done is closed when the session has ended and HandleClose has returned.
func (s *Session) Done() <-chan struct{} { return s.done.context().Done() }

// Deadline implements [context.Context]: there is none.
func (c *lifeContext) Deadline() (t time.Time, ok bool) { return t, false }

// Done implements [context.Context].
func (c *lifeContext) Done() <-chan struct{} { return c.life.context().Done() }

// Err implements [context.Context].
func (c *lifeContext) Err() error { return c.life.err() }

// Value implements [context.Context].
func (c *lifeContext) Value(key any) any { return c.life.value(key) }

// Deadline implements [context.Context]: there is none.
func (c *hookContext) Deadline() (t time.Time, ok bool) { return t, false }

// Done implements [context.Context].
func (c *hookContext) Done() <-chan struct{} { return c.life.context().Done() }

// Err implements [context.Context].
func (c *hookContext) Err() error { return c.life.err() }

// Value implements [context.Context].
func (c *hookContext) Value(key any) any {
	if key == (hookKey{}) {
		return (*Session)(c)
	}
	return c.life.value(key)
}

// String keeps a context that is printed from showing all of the session.
func (c *lifeContext) String() string { return "session.Context" }

// String keeps a context that is printed from showing all of the session.
func (c *hookContext) String() string { return "session.hookContext" }

// life is something that ends, with a context to wait for that, which is made on demand.
type life struct {
	over atomic.Bool
	made atomic.Pointer[cancelable]
}

type cancelable struct {
	context.Context
	cancel context.CancelFunc
}

// end ends it. Ending again does nothing.
func (l *life) end() {
	l.over.Store(true)
	if c := l.made.Load(); c != nil {
		c.cancel()
	}
}

// err is that of the context. When it is not nil, who waits is told as well.
func (l *life) err() error {
	if !l.over.Load() {
		return nil
	}
	if c := l.made.Load(); c != nil {
		c.cancel()
	}
	return context.Canceled
}

// context returns the context to wait for.
func (l *life) context() context.Context {
	c := l.made.Load()
	if c == nil {
		ctx, cancel := context.WithCancel(context.Background())
		if c = (&cancelable{ctx, cancel}); !l.made.CompareAndSwap(nil, c) {
			cancel()
			c = l.made.Load()
		}
	}
	if l.over.Load() { // perhaps before there was one
		c.cancel()
	}
	return c.Context
}

// value lets package context find the context below, once somebody waits for it, so that a child of it needs no
// goroutine.
func (l *life) value(key any) any {
	if c := l.made.Load(); c != nil {
		return c.Value(key)
	}
	return nil
}
