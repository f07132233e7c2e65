package mc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/smpp-go/smpp/session"
)

// Shutdown stops listening and ends all sessions in order, side by side, as [session.Session.Shutdown] does. When ctx
// ends first, the sessions end within about a second, whatever the peers and the handlers owe.
//
// After that it waits for the hooks that still run, and for those even when ctx has ended: at most for
// Session.AnswerTimeout (60 s when that is zero or negative) from the last disconnect, or until the deadline of ctx if
// that is later. So with a handler that ignores its context it returns up to AnswerTimeout after ctx has ended. A
// program that must be gone sooner sets a shorter AnswerTimeout. Call Shutdown inside a hook only in a goroutine of its
// own, since it would wait for its own caller.
//
// The error is nil when all sessions ended in order and no hook runs. Otherwise it says how many did not end in order,
// and which are still in a hook. Lost tells what was open, and Wait waits for the hooks.
//
// Inside a hook or a typed function of one of the sessions, with its context, Shutdown begins all this and returns nil.
func (srv *Server) Shutdown(ctx context.Context) error {
	sessions := srv.stop()
	if insideHook(ctx, sessions) {
		srv.beginShutdown(ctx, sessions)
		return nil
	}
	errs := make([]error, len(sessions))
	var wg sync.WaitGroup
	for i, ms := range sessions {
		wg.Go(func() { errs[i] = ms.Shutdown(ctx) })
	}
	wg.Wait()
	srv.admission.connected.Wait()
	return joined(summary(errs), srv.awaitHooks(ctx))
}

// insideHook reports whether ctx is that of a hook of one of the sessions, or of a typed function, that has not returned.
func insideHook(ctx context.Context, sessions []*Session) bool {
	return slices.ContainsFunc(sessions, func(s *Session) bool { return s.calls(ctx) })
}

// calls reports whether ctx is that of a hook of s, or of a typed function, that has not returned.
func (s *Session) calls(ctx context.Context) bool {
	over, cancel := context.WithCancel(ctx)
	cancel()
	return errors.Is(s.Wait(over), session.ErrInHook)
}

// beginShutdown begins what Shutdown does, for a caller that it would have to wait for. The deadline of ctx bounds the drain;
// that ctx is cancelled later does not.
func (srv *Server) beginShutdown(ctx context.Context, sessions []*Session) {
	bound, cancel := context.WithoutCancel(ctx), context.CancelFunc(func() {})
	if at, ok := ctx.Deadline(); ok {
		bound, cancel = context.WithDeadline(bound, at)
	}
	var wg sync.WaitGroup
	for _, ms := range sessions {
		if ms.calls(ctx) {
			_ = ms.Shutdown(bound) // which does not wait
			continue
		}
		wg.Go(func() { _ = ms.Shutdown(bound) }) // Lost tells what became of it
	}
	go func() {
		wg.Wait()
		srv.admission.connected.Wait() // the caller's own session did not wait for its end
		cancel()
	}()
}

// joined is errors.Join that leaves a single error as it is.
func joined(a, b error) error {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	return errors.Join(a, b)
}

// summary makes one error of those of many sessions.
func summary(errs []error) error {
	var first error
	n := 0
	for _, err := range errs {
		if err != nil {
			first = cmp.Or(first, err)
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("mc: %d of %d sessions did not end in order, the first: %w", n, len(errs), first)
}

// awaitHooks waits for the hooks of sessions that are disconnected.
func (srv *Server) awaitHooks(ctx context.Context) error {
	limit := srv.Session.AnswerTimeout
	if limit <= 0 {
		limit = time.Minute
	}
	srv.mu.Lock()
	by := srv.lastEnd.Add(limit)
	srv.mu.Unlock()
	if at, ok := ctx.Deadline(); ok && at.After(by) {
		by = at
	}
	bound, cancel := context.WithDeadline(context.Background(), by)
	defer cancel()
	if srv.awaitDone(bound) == nil {
		return nil
	}
	var names []string
	n := 0
	for ms := range srv.Sessions() {
		if n++; n <= 5 {
			names = append(names, ms.String())
		}
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("mc: %d sessions are still in a hook: %s", n, strings.Join(names, ", "))
}

// awaitDone waits until no session is left.
func (srv *Server) awaitDone(ctx context.Context) error {
	for {
		srv.mu.Lock()
		if srv.inShutdown && srv.admission.empty() {
			srv.mu.Unlock()
			return nil
		}
		if srv.changed == nil {
			srv.changed = make(chan struct{})
		}
		changed := srv.changed
		srv.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Wait waits until Shutdown or Close was called and every session is done: all hooks have returned, HandleClose the
// last. When ctx ends first, it returns an error that wraps that of ctx. Inside a hook it waits for its own caller.
func (srv *Server) Wait(ctx context.Context) error {
	srv.mu.Lock()
	sessions := slices.Collect(maps.Keys(srv.sessions))
	srv.mu.Unlock()
	if insideHook(ctx, sessions) {
		return fmt.Errorf("mc: wait: %w", session.ErrInHook)
	}
	if err := srv.awaitDone(ctx); err != nil {
		return fmt.Errorf("mc: wait: %w", err)
	}
	return nil
}

// Close stops listening and ends all sessions at once. It returns when they are disconnected, and waits for no hook:
// see Wait. Lost tells what was open.
func (srv *Server) Close() error {
	for _, ms := range srv.stop() {
		_ = ms.Close() // is always nil
	}
	srv.admission.connected.Wait()
	return nil
}

// stop closes the listeners and returns the sessions that are not disconnected.
func (srv *Server) stop() []*Session {
	srv.mu.Lock()
	srv.inShutdown = true
	srv.admission.close()
	listeners := slices.Collect(maps.Keys(srv.listeners))
	sessions := make([]*Session, 0, len(srv.sessions))
	for ms := range srv.sessions {
		if ms.Err() == nil {
			sessions = append(sessions, ms)
		}
	}
	if srv.changed != nil {
		close(srv.changed)
		srv.changed = nil
	}
	srv.mu.Unlock()
	for _, l := range listeners {
		_ = l.Close() // nothing can be done about a listener that does not close
	}
	return sessions
}
