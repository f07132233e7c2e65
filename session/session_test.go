package session_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// acceptAll is an MC's handler that accepts every bind and answers every submit_sm.
func acceptAll() session.Handler {
	mux := new(session.Mux)
	session.On(mux, func(_ context.Context, _ *session.Request, sm *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		return &pdu.SubmitSMResp{MessageID: "id-" + string(sm.ShortMessage)}, nil
	})
	return session.HandlerFunc(func(ctx context.Context, r *session.Request) {
		if _, ok := r.PDU.Body.(*pdu.BindTransceiver); ok {
			_ = r.Accept(nil, mux)
			return
		}
		mux.HandlePDU(ctx, r)
	})
}

func TestDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		mc := session.Start(b, session.RoleMC, session.Config{Handler: acceptAll()})
		esme := session.Start(a, session.RoleESME, session.Config{})
		ctx := context.Background()

		resp, err := esme.Do(ctx, &pdu.BindTransceiver{SystemID: "me", InterfaceVersion: pdu.V34})
		require.NoError(t, err)
		require.Equal(t, pdu.CommandBindTransceiver.Response(), resp.ID)
		require.Equal(t, session.StateBoundTRX, esme.State())
		require.Equal(t, session.StateBoundTRX, mc.State())

		for i := range 100 {
			resp, err = esme.Do(ctx, &pdu.SubmitSM{ShortMessage: []byte{byte('0' + i%10)}})
			require.NoError(t, err)
			require.Equal(t, "id-"+string(rune('0'+i%10)), resp.Body.(*pdu.SubmitSMResp).MessageID)
		}
		time.Sleep(10 * time.Minute) // enquire_link keeps both ends alive
		require.Equal(t, session.StateBoundTRX, esme.State())

		require.NoError(t, esme.Shutdown(ctx))
		<-mc.Done()
		require.ErrorIs(t, esme.Err(), session.ErrShutdown)
		require.ErrorIs(t, mc.Err(), session.ErrPeerUnbound)
		require.Empty(t, esme.Lost())
		require.Empty(t, mc.Lost())
		s := esme.Stats()
		require.EqualValues(t, 101, s.Accepted)
		require.EqualValues(t, 101, s.Responded)
	})
}
