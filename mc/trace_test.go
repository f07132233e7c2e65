package mc_test

import (
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// TestTracePanics: a trace that panics costs what it was to be told, and neither the session nor the server ends.
func TestTracePanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := new(logs)
		boom := func() { panic("no idea") }
		srv := &mc.Server{Bind: anybody(nil), Session: session.Config{Logger: log.logger(), Trace: &session.Trace{
			Start: func(*session.Session) { boom() },
			State: func(*session.Session, session.State, session.State) { runtime.Goexit() },
			End:   func(*session.Session, []session.LostPDU, error) { boom() },
		}}}
		defer closeServer(t, srv)
		p := connect(t, srv)
		require.Equal(t, pdu.StatusOK, bind(p, "me"))
		synctest.Wait()
		require.Equal(t, 1, log.count("trace did not return"))
		require.Equal(t, pdu.StatusOK, bind(connect(t, srv), "me"))
	})
}
