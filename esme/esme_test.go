package esme_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// centre accepts binds and answers every operation with an id that names it.
func centre(conn net.Conn) *session.Session {
	mux := new(session.Mux)
	session.On(mux, func(_ context.Context, _ *session.Request, _ *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		return &pdu.SubmitSMResp{MessageID: "submit_sm"}, nil
	})
	session.On(mux, func(_ context.Context, _ *session.Request, q *pdu.SubmitMulti) (*pdu.SubmitMultiResp, error) {
		return &pdu.SubmitMultiResp{MessageID: "submit_multi"}, nil
	})
	session.On(mux, func(_ context.Context, _ *session.Request, _ *pdu.DataSM) (*pdu.DataSMResp, error) {
		return &pdu.DataSMResp{MessageID: "data_sm"}, nil
	})
	session.On(mux, func(_ context.Context, _ *session.Request, q *pdu.QuerySM) (*pdu.QuerySMResp, error) {
		return &pdu.QuerySMResp{MessageID: q.MessageID, MessageState: pdu.MessageStateDelivered}, nil
	})
	session.On(mux, func(_ context.Context, _ *session.Request, _ *pdu.CancelSM) (*pdu.CancelSMResp, error) {
		return nil, &pdu.StatusError{Status: pdu.StatusCancelFailed}
	})
	session.On(mux, func(_ context.Context, _ *session.Request, _ *pdu.ReplaceSM) (*pdu.ReplaceSMResp, error) {
		return new(pdu.ReplaceSMResp), nil
	})
	session.On(mux, func(_ context.Context, _ *session.Request, _ *pdu.BroadcastSM) (*pdu.BroadcastSMResp, error) {
		return &pdu.BroadcastSMResp{MessageID: "broadcast_sm"}, nil
	})
	session.On(mux, func(_ context.Context, _ *session.Request, q *pdu.QueryBroadcastSM) (*pdu.QueryBroadcastSMResp, error) {
		return &pdu.QueryBroadcastSMResp{MessageID: q.MessageID}, nil
	})
	session.On(mux, func(_ context.Context, _ *session.Request, _ *pdu.CancelBroadcastSM) (*pdu.CancelBroadcastSMResp, error) {
		return new(pdu.CancelBroadcastSMResp), nil
	})
	return session.Start(conn, session.RoleMC, session.Config{Handler: session.HandlerFunc(
		func(_ context.Context, r *session.Request) {
			if b, ok := r.PDU.Body.(*pdu.BindReceiver); ok && b.SystemID == "nobody" {
				_ = r.Reject(pdu.StatusInvalidSystemID)
				return
			}
			_ = r.Accept(nil, mux)
		})})
}

func TestOperations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		mc := centre(b)
		c, err := esme.Bind(t.Context(), a, esme.Config{SystemID: "me", Session: session.Config{Version: pdu.V50}})
		require.NoError(t, err)
		ctx := t.Context()

		sm, err := c.SubmitSM(ctx, &pdu.SubmitSM{})
		require.NoError(t, err)
		require.Equal(t, "submit_sm", sm.MessageID)
		multi, err := c.SubmitMulti(ctx, &pdu.SubmitMulti{Dests: []pdu.DestAddress{{DLName: "staff"}}})
		require.NoError(t, err)
		require.Equal(t, "submit_multi", multi.MessageID)
		data, err := c.DataSM(ctx, &pdu.DataSM{})
		require.NoError(t, err)
		require.Equal(t, "data_sm", data.MessageID)
		query, err := c.QuerySM(ctx, &pdu.QuerySM{MessageID: "7"})
		require.NoError(t, err)
		require.Equal(t, &pdu.QuerySMResp{MessageID: "7", MessageState: pdu.MessageStateDelivered}, query)
		_, err = c.CancelSM(ctx, &pdu.CancelSM{MessageID: "7"})
		status, _ := pdu.StatusOf(err)
		require.Equal(t, pdu.StatusCancelFailed, status)
		_, err = c.ReplaceSM(ctx, &pdu.ReplaceSM{MessageID: "7"})
		require.NoError(t, err)
		cast, err := c.BroadcastSM(ctx, &pdu.BroadcastSM{})
		require.NoError(t, err)
		require.Equal(t, "broadcast_sm", cast.MessageID)
		state, err := c.QueryBroadcastSM(ctx, &pdu.QueryBroadcastSM{MessageID: "8"})
		require.NoError(t, err)
		require.Equal(t, "8", state.MessageID)
		_, err = c.CancelBroadcastSM(ctx, &pdu.CancelBroadcastSM{MessageID: "8"})
		require.NoError(t, err)
		_, err = c.EnquireLink(ctx, new(pdu.EnquireLink))
		require.NoError(t, err)
		_, err = c.QueryLastMsgs(ctx, new(pdu.QueryLastMsgs))
		require.True(t, session.SafeToRetry(err), "3.3 only, so it was not sent: %v", err)

		require.NoError(t, c.Shutdown(ctx))
		<-mc.Done()
	})
}

func TestLegacyOperations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		mc := centre(b)
		c, err := esme.Bind(t.Context(), a, esme.Config{
			BindType: esme.Transmitter, Session: session.Config{Version: pdu.V33},
		})
		require.NoError(t, err)
		for _, op := range []func() error{
			func() error { _, err := c.ParamRetrieve(t.Context(), new(pdu.ParamRetrieve)); return err },
			func() error { _, err := c.QueryLastMsgs(t.Context(), new(pdu.QueryLastMsgs)); return err },
			func() error { _, err := c.QueryMsgDetails(t.Context(), new(pdu.QueryMsgDetails)); return err },
		} {
			var refused *pdu.StatusError
			require.ErrorAs(t, op(), &refused, "nobody serves it, but it is sent and answered")
		}
		require.NoError(t, c.Shutdown(t.Context()))
		<-mc.Done()
	})
}

func TestBindErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		mc := centre(b)
		_, err := esme.Bind(t.Context(), a, esme.Config{SystemID: "nobody", Password: "hush", BindType: esme.Receiver})
		require.EqualError(t, err, "esme: bind_receiver refused by "+a.RemoteAddr().String()+
			": pdu: bind_receiver_resp with ESME_RINVSYSID")
		<-mc.Done() // the connection is not left open

		a, b = transport.Pipe()
		mc = centre(b)
		_, err = esme.Bind(t.Context(), a, esme.Config{SystemID: "me", Password: "much too long"})
		var tooLong *pdu.EncodeError
		require.ErrorAs(t, err, &tooLong)
		require.Equal(t, "password", tooLong.Field)
		require.NotContains(t, err.Error(), "much too long")
		<-mc.Done()

		a, b = transport.Pipe() // a peer that says nothing
		begin := time.Now()
		_, err = esme.Bind(t.Context(), a, esme.Config{Session: session.Config{SessionInitTimeout: 20 * time.Second}})
		require.ErrorIs(t, err, session.ErrSessionInit)
		require.Equal(t, 20*time.Second, time.Since(begin))
		require.NoError(t, b.Close())
	})
}

func TestDialErrors(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	require.NoError(t, l.Close())
	_, err = esme.Dial(t.Context(), "smpp://me:hush@"+addr, esme.Config{})
	require.ErrorContains(t, err, addr)
	require.NotContains(t, err.Error(), "hush")
	_, err = esme.Dial(t.Context(), "http://localhost", esme.Config{})
	require.ErrorContains(t, err, "esme: ")
}

// The URL tells the account when the config does not.
func TestDialURL(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	binds := make(chan *pdu.BindTransceiver, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		session.Start(conn, session.RoleMC, session.Config{Handler: session.HandlerFunc(
			func(_ context.Context, r *session.Request) {
				binds <- r.PDU.Body.(*pdu.BindTransceiver)
				_ = r.Accept(nil, nil)
			})})
	}()
	c, err := esme.Dial(t.Context(), "smpp://me:s%40f3@"+l.Addr().String(), esme.Config{SystemType: "VMA"})
	require.NoError(t, err)
	b := <-binds
	require.Equal(t, "me", b.SystemID)
	require.Equal(t, "s@f3", string(b.Password))
	require.Equal(t, "VMA", b.SystemType)
	require.Equal(t, pdu.V34, b.InterfaceVersion)
	require.NotContains(t, fmt.Sprintf("%+v", esme.Config{Password: "hush"}), "hush")
	require.NoError(t, c.Shutdown(t.Context()))
}

func TestAcceptOutbindTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := esme.AcceptOutbind(ctx, a, esme.Config{}, esme.AnyOutbind)
		require.True(t, errors.Is(err, context.DeadlineExceeded), "%v", err)
		_, err = b.Read(make([]byte, 1))
		require.Error(t, err, "the connection is closed")
	})
}
