package session_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/session"
)

// TestContext: the context of a session ends with it, whenever somebody begins to wait for that.
func TestContext(t *testing.T) {
	type key struct{}
	for name, begin := range map[string]bool{"waited for": true, "asked afterwards": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _ := boundESME(t, session.Config{})
				ctx := s.Context()
				_, has := ctx.Deadline()
				require.False(t, has)
				require.NoError(t, ctx.Err())
				require.Equal(t, "session.Context", fmt.Sprint(ctx), "and not all of the session")
				require.NoError(t, context.Cause(ctx))
				require.Nil(t, ctx.Value(key{}))
				if begin {
					select {
					case <-ctx.Done():
						t.Fatal("not yet")
					case <-s.Done():
						t.Fatal("not yet")
					default:
					}
					require.Nil(t, ctx.Value(key{}))
				}
				require.NoError(t, s.Close())
				<-s.Done()
				<-ctx.Done()
				require.Equal(t, context.Canceled, ctx.Err())
				require.ErrorIs(t, context.Cause(ctx), session.ErrClosed)
				require.Equal(t, s.Err(), context.Cause(ctx))
			})
		})
	}
}

// TestContextChildren: contexts that are made of that of a session, or of its hooks, end with it and cost no goroutine.
func TestContextChildren(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hook context.Context
		s, _ := boundESME(t, session.Config{Handler: callFunc(func(ctx context.Context, c *session.Call) {
			hook = ctx
			c.Reply(nil, nil)
		})})
		_, err := s.Call(t.Context(), nil)
		require.NoError(t, err)
		synctest.Wait()
		before := runtime.NumGoroutine()
		var children []context.Context
		for _, parent := range []context.Context{s.Context(), hook} {
			a, cancel := context.WithCancel(parent)
			defer cancel()
			b, cancel := context.WithTimeout(a, time.Hour)
			defer cancel()
			children = append(children, a, b, context.WithValue(parent, &before, 1))
		}
		ran := make(chan struct{})
		context.AfterFunc(hook, func() { close(ran) })
		require.Equal(t, before, runtime.NumGoroutine())
		require.NoError(t, s.Close())
		<-ran
		for i, c := range children {
			<-c.Done()
			require.Equal(t, context.Canceled, c.Err(), i)
		}
	})
}

// TestContextRace: who asks while the session ends is told of its end.
func TestContextRace(t *testing.T) {
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			s, _ := boundESME(t, session.Config{})
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					<-s.Context().Done()
					<-s.Done()
				})
			}
			require.NoError(t, s.Close())
			all.Wait()
		})
	}
}

// callFunc is a handler of calls.
type callFunc func(ctx context.Context, c *session.Call)

func (callFunc) HandlePDU(context.Context, *session.Request) {}

func (f callFunc) HandleCall(ctx context.Context, _ *session.Session, c *session.Call) { f(ctx, c) }
