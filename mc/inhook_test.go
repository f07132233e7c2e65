package mc_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// TestServerShutdownInAHook: REVIEW 14. Shutdown inside a hook, with its context, begins the end of all sessions and does not
// wait for its caller; Wait there is refused.
func TestServerShutdownInAHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := new(mc.Server)
		mux := new(session.Mux)
		session.On(mux, func(ctx context.Context, r *session.Request, sm *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
			require.ErrorIs(t, srv.Wait(ctx), session.ErrInHook)
			start := time.Now()
			bound, cancel := context.WithTimeout(ctx, 5*time.Second)
			defer cancel()
			require.NoError(t, srv.Shutdown(bound))
			require.Zero(t, time.Since(start))
			return &pdu.SubmitSMResp{MessageID: "1"}, nil
		})
		srv.Bind = func(context.Context, *mc.BindRequest) (*mc.Account, error) { return &mc.Account{Handler: mux}, nil }
		var clients []*esme.Client
		for range 2 {
			a, b := transport.Pipe()
			srv.ServeConn(b)
			c, err := esme.Bind(t.Context(), a, esme.Config{SystemID: "me"})
			require.NoError(t, err)
			clients = append(clients, c)
		}
		resp, err := clients[0].SubmitSM(t.Context(), &pdu.SubmitSM{})
		require.NoError(t, err)
		require.Equal(t, "1", resp.MessageID)
		start := time.Now()
		require.NoError(t, srv.Wait(t.Context()))
		require.LessOrEqual(t, time.Since(start), 5*time.Second)
		for _, c := range clients {
			<-c.Done()
			require.ErrorIs(t, c.Err(), session.ErrPeerUnbound)
		}
		require.Empty(t, srv.Lost())
	})
}
