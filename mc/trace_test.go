package mc_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// TestTraceStartPanics: a trace that panics when a session begins ends that session, and the server goes on.
func TestTraceStartPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := true
		srv := &mc.Server{Session: session.Config{Trace: &session.Trace{Start: func(*session.Session) {
			if first {
				first = false
				panic("no idea")
			}
		}}}}
		a, _ := transport.Pipe()
		ms := srv.ServeConn(a)
		<-ms.Done()
		var died *session.PanicError
		require.ErrorAs(t, ms.Err(), &died)
		require.Equal(t, "Trace.Start", died.Hook)
		b, _ := transport.Pipe()
		require.Equal(t, session.StateOpen, srv.ServeConn(b).State())
		require.NoError(t, srv.Close())
	})
}
