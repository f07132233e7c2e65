package mc_test

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

func TestMain(m *testing.M) {
	if addr := os.Getenv(idleClientsEnv); addr != "" {
		idleClients(addr)
		return
	}
	goleak.VerifyTestMain(m)
}

// start runs a server on a loopback port until the test ends, and returns its address.
func start(t *testing.T, srv *mc.Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	t.Cleanup(func() {
		require.NoError(t, srv.Close())
		require.ErrorIs(t, <-served, mc.ErrServerClosed)
	})
	return l.Addr().String()
}

// accounts accepts "me" with "secret", and gives it h.
func accounts(h session.Handler) func(context.Context, *mc.BindRequest) (*mc.Account, error) {
	return func(_ context.Context, r *mc.BindRequest) (*mc.Account, error) {
		switch {
		case r.SystemID == "limited":
			return &mc.Account{Handler: h, MaxBinds: 1, SystemID: "special"}, nil
		case r.SystemID != "me":
			return nil, mc.Refuse(pdu.StatusInvalidSystemID)
		case !r.CheckPassword("secret"):
			return nil, mc.Refuse(pdu.StatusInvalidPassword)
		}
		return &mc.Account{Handler: h}, nil
	}
}

func dial(t *testing.T, addr string, cfg esme.Config) *esme.Client {
	t.Helper()
	if cfg.SystemID == "" {
		cfg.SystemID, cfg.Password = "me", "secret"
	}
	c, err := esme.Dial(t.Context(), addr, cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()); <-c.Done() })
	return c
}

func TestBind(t *testing.T) {
	srv := &mc.Server{SystemID: "centre", Bind: accounts(nil)}
	addr := start(t, srv)
	for _, kind := range []esme.BindType{esme.Transceiver, esme.Transmitter, esme.Receiver} {
		c := dial(t, addr, esme.Config{SystemID: "me", Password: "secret", BindType: kind})
		require.True(t, c.State().Bound())
	}
	c := dial(t, addr, esme.Config{})
	require.Equal(t, "centre", c.BindResp().Body.(*pdu.BindTransceiverResp).SystemID)
	n := 0
	for s := range srv.Bound("me") {
		require.Equal(t, "me", s.SystemID())
		n++
	}
	require.Equal(t, 4, n)
}

func TestBindRefused(t *testing.T) {
	addr := start(t, &mc.Server{Bind: accounts(nil)})
	for _, c := range []struct {
		id, password string
		want         pdu.CommandStatus
	}{
		{"me", "wrong", pdu.StatusInvalidPassword},
		{"you", "secret", pdu.StatusInvalidSystemID},
	} {
		_, err := esme.Dial(t.Context(), addr, esme.Config{SystemID: c.id, Password: pdu.Password(c.password)})
		status, ok := pdu.StatusOf(err)
		require.True(t, ok, "%v", err)
		require.Equal(t, c.want, status)
		require.NotContains(t, err.Error(), c.password)
	}
}

func TestMaxBinds(t *testing.T) {
	srv := &mc.Server{Bind: accounts(nil)}
	addr := start(t, srv)
	cfg := esme.Config{SystemID: "limited"}
	first := dial(t, addr, cfg)
	require.Equal(t, "special", first.BindResp().Body.(*pdu.BindTransceiverResp).SystemID)
	_, err := esme.Dial(t.Context(), addr, cfg)
	status, _ := pdu.StatusOf(err)
	require.Equal(t, pdu.StatusAlreadyBound, status)

	require.NoError(t, first.Shutdown(t.Context())) // the place is free again, at once
	dial(t, addr, cfg)
}

func TestMaxConns(t *testing.T) {
	addr := start(t, &mc.Server{Bind: accounts(nil), MaxConns: 1})
	dial(t, addr, esme.Config{})
	_, err := esme.Dial(t.Context(), addr, esme.Config{SystemID: "me", Password: "secret"})
	require.Error(t, err)
}

func TestTypedHandler(t *testing.T) {
	mux := new(session.Mux)
	session.On(mux, func(_ context.Context, _ *session.Request, sm *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		switch string(sm.ShortMessage) {
		case "throttle":
			return nil, mc.Refuse(pdu.StatusThrottled)
		case "nil":
			return nil, nil
		}
		return &pdu.SubmitSMResp{MessageID: "1"}, nil
	})
	c := dial(t, start(t, &mc.Server{Bind: accounts(mux)}), esme.Config{})
	submit := func(text string) (*pdu.SubmitSMResp, error) {
		return c.SubmitSM(t.Context(), &pdu.SubmitSM{ShortMessage: []byte(text)})
	}
	resp, err := submit("ok")
	require.NoError(t, err)
	require.Equal(t, "1", resp.MessageID)
	_, err = submit("throttle")
	status, _ := pdu.StatusOf(err)
	require.Equal(t, pdu.StatusThrottled, status)
	_, err = submit("nil")
	status, _ = pdu.StatusOf(err)
	require.Equal(t, pdu.StatusSystemError, status, "nothing is acknowledged by accident")
	_, err = c.QuerySM(t.Context(), &pdu.QuerySM{MessageID: "1"})
	status, _ = pdu.StatusOf(err)
	require.Equal(t, pdu.StatusInvalidCommandID, status)
}

func TestDeliver(t *testing.T) {
	srv := &mc.Server{Bind: accounts(nil)}
	addr := start(t, srv)
	_, err := srv.Deliver(t.Context(), "me", &pdu.DeliverSM{})
	var notBound *mc.NotBoundError
	require.ErrorAs(t, err, &notBound)

	dial(t, addr, esme.Config{SystemID: "me", Password: "secret", BindType: esme.Transmitter})
	_, err = srv.Deliver(t.Context(), "me", &pdu.DeliverSM{})
	require.ErrorAs(t, err, &notBound, "a transmitter receives nothing")

	got := make(chan string, 1)
	mux := new(session.Mux)
	session.On(mux, func(_ context.Context, _ *session.Request, d *pdu.DeliverSM) (*pdu.DeliverSMResp, error) {
		got <- string(d.ShortMessage)
		return new(pdu.DeliverSMResp), nil
	})
	dial(t, addr, esme.Config{SystemID: "me", Password: "secret", Session: session.Config{Handler: mux}})
	_, err = srv.Deliver(t.Context(), "me", &pdu.DeliverSM{ShortMessage: []byte("hello")})
	require.NoError(t, err)
	require.Equal(t, "hello", <-got)
}

// A server's shutdown ends all sessions and tells whose requests were open. The peer here reads and never answers.
func TestShutdownLost(t *testing.T) {
	srv := &mc.Server{Bind: accounts(nil)}
	addr := start(t, srv)
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer conn.Close()
	r, w := pdu.NewReader(conn), pdu.NewWriter(conn)
	require.NoError(t, w.WritePDU(&pdu.PDU{
		Header: pdu.Header{Seq: 1},
		Body:   &pdu.BindReceiver{SystemID: "me", Password: "secret", InterfaceVersion: pdu.V34},
	}))
	_, err = r.ReadPDU()
	require.NoError(t, err)

	told := make(chan error, 1)
	go func() {
		_, err := srv.Deliver(context.Background(), "me", &pdu.DeliverSM{ShortMessage: []byte("pending")})
		told <- err
	}()
	_, err = r.ReadPDU()
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, srv.Shutdown(ctx), context.Canceled)
	lost := srv.Lost()
	require.Len(t, lost, 1)
	require.Equal(t, "me", lost[0].Session.SystemID())
	require.Equal(t, "pending", string(lost[0].PDU.Body.(*pdu.DeliverSM).ShortMessage))
	require.True(t, lost[0].Written)
	require.True(t, lost[0].Told)
	err = <-told
	require.False(t, session.SafeToRetry(err), "%v", err)

	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.ErrorIs(t, srv.Serve(l), mc.ErrServerClosed)
}

func TestShutdownInOrder(t *testing.T) {
	srv := &mc.Server{Bind: accounts(nil)}
	addr := start(t, srv)
	c := dial(t, addr, esme.Config{})
	require.NoError(t, srv.Shutdown(t.Context()))
	<-c.Done()
	require.ErrorIs(t, c.Err(), session.ErrPeerUnbound)
	require.Empty(t, srv.Lost())
}

func TestOutbind(t *testing.T) {
	srv := &mc.Server{Bind: accounts(nil)}
	start(t, srv)
	for _, trusted := range []bool{true, false} {
		a, b := net.Pipe()
		errs := make(chan error, 1)
		go func() {
			_, err := srv.Outbind(context.Background(), a, &pdu.Outbind{SystemID: "centre", Password: "pw"})
			errs <- err
		}()
		c, err := esme.AcceptOutbind(t.Context(), b, esme.Config{SystemID: "me", Password: "secret"},
			func(o *pdu.Outbind) error {
				if !trusted || o.SystemID != "centre" {
					return errors.New("who are you?")
				}
				return nil
			})
		require.NoError(t, <-errs)
		if !trusted {
			require.ErrorContains(t, err, "who are you?")
			continue
		}
		require.NoError(t, err)
		require.Equal(t, session.StateBoundTRX, c.State())
		require.NoError(t, c.Close())
		<-c.Done()
	}
}
