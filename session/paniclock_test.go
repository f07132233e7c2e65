package session_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/session"
)

// textFunc is an error with a text of the user's making.
type textFunc func() string

func (f textFunc) Error() string { return f() }

// TestPanicText: the text of what a hook passes to panic is the user's code. It may ask the session, whose lock must
// not be held then, and want a lock that the hook held as it died, or end its goroutine: the end and its report come
// all the same.
func TestPanicText(t *testing.T) {
	for name, text := range map[string]func(s *session.Session, lock chan struct{}) string{
		"asks":   func(s *session.Session, _ chan struct{}) string { return fmt.Sprint("boom ", s.Stats().Inbound) },
		"panics": func(*session.Session, chan struct{}) string { panic("again") },
		"goexit": func(*session.Session, chan struct{}) string { runtime.Goexit(); return "" },
		"locks": func(_ *session.Session, lock chan struct{}) string {
			lock <- struct{}{}
			defer func() { <-lock }()
			return "boom"
		},
	} {
		for _, concurrency := range []int{1, 2} {
			t.Run(fmt.Sprint(name, concurrency), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					lock := make(chan struct{}, 1)
					h := newRecorder(t)
					die := handle(func(r *session.Request) {
						lock <- struct{}{}
						panic(textFunc(func() string { return text(r.Session(), lock) }))
					})
					h.do["HandlePDU"] = func(c hookCall) { c.r.InTurn(context.WithoutCancel(c.ctx), die) }
					s, p := boundESME(t, session.Config{
						Handler: h, Concurrency: concurrency, Logger: slog.New(slog.DiscardHandler),
					})
					h.log()
					p.SendPDU(req(1, deliver("x")))
					<-s.Done()
					require.Equal(t, 1, h.ends())
					require.Equal(t, "; deliver_sm 1 IB", lostText(s.Lost()))
					var died *session.PanicError
					require.ErrorAs(t, s.Err(), &died)
					require.Contains(t, s.Err().Error(), "session: HandlePDU panicked: ")
					require.ErrorAs(t, context.Cause(s.Context()), &died)
					<-lock // for the text that still waits
				})
			})
		}
	}
	require.Equal(t, "HandlePDU panicked: 7", (&session.PanicError{Hook: "HandlePDU", Value: 7}).Error())
}
