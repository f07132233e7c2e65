package session_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
	"github.com/smpp-go/smpp/transport"
)

// adapting returns an ESME bound over a path of 10 ms each way to an MC that answers at once.
func adapting(t *testing.T, cfg session.Config) (esme, mc *session.Session) {
	t.Helper()
	a, b := transport.Pipe()
	a.Delay(10 * time.Millisecond)
	b.Delay(10 * time.Millisecond)
	mc = session.Start(b, session.RoleMC, session.Config{Handler: acceptAll()})
	esme = session.Start(a, session.RoleESME, cfg)
	_, err := esme.Do(t.Context(), &pdu.BindTransceiver{InterfaceVersion: pdu.V34})
	require.NoError(t, err)
	return esme, mc
}

// flood keeps the window full with n requests.
func flood(t *testing.T, s *session.Session, n int) {
	t.Helper()
	for range n {
		if _, err := s.Send(t.Context(), new(pdu.SubmitSM)); err != nil {
			require.True(t, session.SafeToRetry(err), "%v", err) // the session has ended, before or while it waited
			return
		}
	}
}

// The library's own policy opens the window of a peer that keeps up, within its bounds.
func TestAdaptiveWindowGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		esme, mc := adapting(t, session.Config{Window: 1, Adaptive: &session.AdaptiveWindow{Max: 50}})
		require.Equal(t, 1, esme.Stats().Window)
		flood(t, esme, 2000)
		require.Greater(t, esme.Stats().Window, 10)
		require.LessOrEqual(t, esme.Stats().Window, 50)
		require.NoError(t, esme.Shutdown(context.Background()))
		<-mc.Done()
	})
}

func TestAdaptiveWindowPolicy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var last session.WindowSample
		esme, mc := adapting(t, session.Config{Window: 4, Adaptive: &session.AdaptiveWindow{
			Policy: func(s session.WindowSample) int { last = s; return 7 },
		}})
		flood(t, esme, 100)
		require.NoError(t, esme.Shutdown(context.Background()))
		<-mc.Done()
		require.Equal(t, 7, esme.Stats().Window)
		require.Equal(t, 20*time.Millisecond, last.MinRoundTrip)
		require.Equal(t, -1, last.Congestion)
		require.NotZero(t, last.Responses)
	})
}

// A policy that panics ends its session with the panic as the reason, and nothing else.
func TestAdaptiveWindowPolicyPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		esme, mc := adapting(t, session.Config{Adaptive: &session.AdaptiveWindow{
			Policy: func(session.WindowSample) int { panic("no idea") },
		}})
		flood(t, esme, 100)
		<-esme.Done()
		var died *session.PanicError
		require.ErrorAs(t, esme.Err(), &died)
		require.Equal(t, "AdaptiveWindow.Policy", died.Hook)
		<-mc.Done()
	})
}

// A policy that is asked while the session ends does not touch what the end takes away.
func TestAdaptiveWindowPolicyAtTheEnd(t *testing.T) {
	for range 100 {
		esme, p := sessiontest.StartBound(t, session.RoleESME, session.Config{Adaptive: &session.AdaptiveWindow{
			Policy: func(session.WindowSample) int { return 10 },
		}})
		for range 3 {
			wait := sessiontest.Do(t.Context(), esme, submit("x"))
			p.Reply(p.Next(), &pdu.SubmitSMResp{MessageID: "1"})
			_, err := wait()
			require.NoError(t, err)
		}
		require.NoError(t, esme.Close())
		<-esme.Done()
		require.ErrorIs(t, esme.Err(), session.ErrClosed)
	}
}
