package esme_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// outbind returns an ESME's end of a connection on which somebody has sent an outbind, and what the ESME sends: it comes
// when the ESME has closed its end.
func outbind(t *testing.T) (esmeEnd net.Conn, sent func() []byte) {
	t.Helper()
	a, b := transport.Pipe()
	knock, err := pdu.Append(nil, &pdu.PDU{
		Header: pdu.Header{Seq: 1}, Body: &pdu.Outbind{SystemID: "stranger", Password: "any"},
	})
	require.NoError(t, err)
	_, err = b.Write(knock)
	require.NoError(t, err)
	return a, func() []byte {
		got, err := io.ReadAll(b)
		if err != nil {
			require.ErrorIs(t, err, net.ErrClosed)
		}
		require.NoError(t, b.Close())
		return got
	}
}

// REVIEW 17: without a check nobody is trusted, and nobody gets the password.
func TestAcceptOutbindWithoutCheck(t *testing.T) {
	who := errors.New("who are you?")
	for name, tt := range map[string]struct {
		check func(*pdu.Outbind) error
		want  string
	}{
		"nil":     {nil, "esme: outbind from pipe-b: no check says whether to trust it: see AnyOutbind"},
		"refuses": {func(*pdu.Outbind) error { return who }, "esme: outbind from pipe-b: who are you?"},
	} {
		synctest.Test(t, func(t *testing.T) {
			conn, sent := outbind(t)
			c, err := esme.AcceptOutbind(t.Context(), conn, esme.Config{SystemID: "me", Password: "secret"}, tt.check)
			require.EqualError(t, err, tt.want)
			require.Nil(t, c, name)
			require.Empty(t, sent(), name)
		})
	}
}

// AnyOutbind trusts whoever connects.
func TestAnyOutbind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		binds := make(chan *pdu.BindTransceiver, 1)
		peer := session.Start(b, session.RoleMC, session.Config{Handler: session.HandlerFunc(
			func(_ context.Context, r *session.Request) {
				binds <- r.PDU.Body.(*pdu.BindTransceiver)
				_ = r.Accept(nil, nil)
			})})
		go func() { _, _ = peer.Do(t.Context(), &pdu.Outbind{SystemID: "stranger"}) }()
		c, err := esme.AcceptOutbind(t.Context(), a, esme.Config{SystemID: "me", Password: "secret"}, esme.AnyOutbind)
		require.NoError(t, err)
		require.Equal(t, "me", (<-binds).SystemID)
		require.NoError(t, c.Close())
		<-c.Done()
		<-peer.Done()
	})
}
