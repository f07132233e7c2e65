package mc_test

import (
	"context"
	"math"
	"net"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// TestServeChecks: REVIEW.md finding 20, TestLongSystemID. What would have every bind fail is an error of Serve, and of ServeConn,
// which says what it is. It was known from the log alone.
func TestServeChecks(t *testing.T) {
	long := pduLimits(20)
	for name, c := range map[string]struct {
		srv  *mc.Server
		want string // empty: it serves
	}{
		"15 characters":             {srv: &mc.Server{SystemID: strings.Repeat("x", 15)}},
		"16 characters":             {&mc.Server{SystemID: strings.Repeat("x", 16)}, "Server.SystemID"},
		"a NUL":                     {&mc.Server{SystemID: "a\x00b"}, "Server.SystemID"},
		"20 characters, as allowed": {srv: &mc.Server{SystemID: strings.Repeat("x", 20), Session: long}},
		"21 characters":             {&mc.Server{SystemID: strings.Repeat("x", 21), Session: long}, "Server.SystemID"},
		"a handler":                 {&mc.Server{Session: session.Config{Handler: session.NopHandler{}}}, "Handler"},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			c.srv.Bind = anybody(nil)
			if c.want != "" {
				require.ErrorContains(t, c.srv.Serve(l), c.want)
				_, err := l.Accept()
				require.ErrorIs(t, err, net.ErrClosed)
				a, b := net.Pipe()
				require.Nil(t, c.srv.ServeConn(b))
				_, err = a.Read(make([]byte, 1))
				require.Error(t, err, "the connection is closed")
				return
			}
			served := make(chan error, 1)
			go func() { served <- c.srv.Serve(l) }()
			client, err := esme.Dial(t.Context(), l.Addr().String(), esme.Config{SystemID: "me", Session: c.srv.Session})
			require.NoError(t, err)
			require.Equal(t, c.srv.SystemID, client.BindResp().Body.(*pdu.BindTransceiverResp).SystemID)
			require.NoError(t, client.Shutdown(t.Context()))
			require.NoError(t, c.srv.Shutdown(t.Context()))
			require.ErrorIs(t, <-served, mc.ErrServerClosed)
		})
	}
}

func pduLimits(n int) session.Config { return session.Config{Limits: pdu.Limits{MaxSystemID: n}} }

// TestOddNumbers: with every number of a Server and of an Account at zero, negative, one and the most that there is, a session is
// bound, a message passes each way, and all ends in order.
func TestOddNumbers(t *testing.T) {
	values := map[string]int64{"zero": 0, "negative": -1, "one": 1, "huge": math.MaxInt, "hugely negative": math.MinInt}
	n := 0
	for kind, target := range map[string]reflect.Type{
		"Server": reflect.TypeFor[mc.Server](), "Account": reflect.TypeFor[mc.Account](),
	} {
		for i := range target.NumField() {
			field := target.Field(i)
			if !field.IsExported() || field.Type.Kind() != reflect.Int {
				continue
			}
			n++
			for name, value := range values {
				t.Run(kind+"."+field.Name+"/"+name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						acc := &mc.Account{Handler: answering()}
						srv := &mc.Server{Bind: always(acc)}
						v := reflect.ValueOf(srv)
						if kind == "Account" {
							v = reflect.ValueOf(acc)
						}
						v.Elem().Field(i).SetInt(value)
						oddServer(t, srv)
					})
				})
			}
		}
	}
	require.GreaterOrEqual(t, n, 4, "fields were found")
}

// answering answers every submit_sm.
func answering() session.Handler {
	m := new(session.Mux)
	session.On(m, func(context.Context, *session.Request, *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		return &pdu.SubmitSMResp{MessageID: "1"}, nil
	})
	return m
}

func oddServer(t *testing.T, srv *mc.Server) {
	takes := session.HandlerFunc(func(_ context.Context, r *session.Request) { _ = r.Reply(&pdu.DeliverSMResp{}) })
	c := client(t, srv, esme.Config{Session: session.Config{Handler: takes}})
	for range 3 {
		_, err := c.SubmitSM(t.Context(), &pdu.SubmitSM{ShortMessage: []byte("x")})
		require.NoError(t, err)
		_, err = srv.Deliver(t.Context(), "me", &pdu.DeliverSM{ShortMessage: []byte("x")})
		require.NoError(t, err)
		time.Sleep(time.Minute)
	}
	require.NoError(t, srv.Shutdown(t.Context()))
	<-c.Done()
	require.ErrorIs(t, c.Err(), session.ErrPeerUnbound)
	require.Empty(t, c.Lost())
	require.Empty(t, srv.Lost())
}

// TestOddContexts: a context that has ended, before the call or meanwhile, ends the call soon, with its error; one that ends
// afterwards changes nothing.
func TestOddContexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &mc.Server{Bind: anybody(answering())}
		p, _ := bound(t, srv, "me")
		p.KeepAlive = true
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := srv.Deliver(ended, "me", &pdu.DeliverSM{})
		require.ErrorIs(t, err, context.Canceled)
		p.WantIdle(time.Second) // not sent
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = srv.Deliver(soon, "me", &pdu.DeliverSM{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, pdu.CommandDeliverSM, p.Next().ID)
		require.ErrorIs(t, srv.Wait(ended), context.Canceled)
		require.ErrorIs(t, srv.Shutdown(ended), context.Canceled)
		require.ErrorIs(t, srv.Wait(ended), nil, "all is done, whatever the context")
		require.NoError(t, srv.Wait(t.Context()))
		require.NoError(t, srv.Shutdown(t.Context()), "once more")
	})
}
