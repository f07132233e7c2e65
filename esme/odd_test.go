package esme_test

import (
	"context"
	"errors"
	"math"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// oddServer serves whoever binds, until the end of the test, and returns its address.
func oddServer(t *testing.T) string {
	m := new(session.Mux)
	session.On(m, func(context.Context, *session.Request, *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		return &pdu.SubmitSMResp{MessageID: "1"}, nil
	})
	srv := &mc.Server{Bind: func(context.Context, *mc.BindRequest) (*mc.Account, error) {
		return &mc.Account{Handler: m}, nil
	}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	t.Cleanup(func() {
		_ = srv.Close()
		<-served
	})
	return l.Addr().String()
}

// TestOddConfig: with every number of a Config, and of its Transport, at zero, negative, one and the most that there is, a client
// binds, sends a message and ends in order.
func TestOddConfig(t *testing.T) {
	addr := oddServer(t)
	n := 0
	each := func(name string, of func(*esme.Config) reflect.Value) {
		kind := of(new(esme.Config)).Type()
		for i := range kind.NumField() {
			field := kind.Field(i)
			var values map[string]int64
			switch field.Type.Kind() {
			case reflect.Int, reflect.Int64:
				values = map[string]int64{"zero": 0, "negative": -1, "one": 1, "huge": math.MaxInt64, "hugely negative": math.MinInt64}
			case reflect.Uint8:
				values = map[string]int64{"zero": 0, "one": 1, "huge": 255}
			}
			for value, number := range values {
				n++
				t.Run(name+field.Name+"/"+value, func(t *testing.T) {
					cfg := esme.Config{SystemID: "me"}
					if f := of(&cfg).Field(i); f.CanInt() {
						f.SetInt(number)
					} else {
						f.SetUint(uint64(number))
					}
					c, err := esme.Dial(t.Context(), addr, cfg)
					if cfg.Transport.Timeout == 1 { // a nanosecond is not enough for anything
						require.ErrorIs(t, err, context.DeadlineExceeded)
						return
					}
					require.NoError(t, err)
					_, err = c.SubmitSM(t.Context(), &pdu.SubmitSM{})
					require.NoError(t, err)
					require.NoError(t, c.Shutdown(t.Context()))
				})
			}
		}
	}
	each("", func(c *esme.Config) reflect.Value { return reflect.ValueOf(c).Elem() })
	each("Transport.", func(c *esme.Config) reflect.Value { return reflect.ValueOf(&c.Transport).Elem() })
	each("AddressRange.", func(c *esme.Config) reflect.Value { return reflect.ValueOf(&c.AddressRange).Elem() })
	require.GreaterOrEqual(t, n, 15, "fields were found")
}

// TestLongFields: what is too long for the bind is an error that names the field, and nothing was sent.
func TestLongFields(t *testing.T) {
	long := strings.Repeat("x", 100)
	for field, cfg := range map[string]esme.Config{
		"system_id":     {SystemID: long},
		"password":      {SystemID: "me", Password: pdu.Password(long)},
		"system_type":   {SystemID: "me", SystemType: long},
		"address_range": {SystemID: "me", AddressRange: pdu.Address{Addr: long}},
	} {
		a, b := transport.Pipe()
		_, err := esme.Bind(t.Context(), a, cfg)
		require.ErrorContains(t, err, field)
		require.NotContains(t, err.Error(), long)
		var re *session.RequestError
		require.True(t, errors.As(err, &re))
		require.Equal(t, session.NotSent, re.Outcome)
		_, err = b.Read(make([]byte, 1))
		require.Error(t, err, "the connection is closed")
		_ = b.Close()
	}
}

// TestOddContexts: a context that has ended before the call, or ends meanwhile, ends it with its error; once it has returned, the
// context has no hold on what came of it.
func TestOddContexts(t *testing.T) {
	addr := oddServer(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := esme.Dial(ended, addr, esme.Config{SystemID: "me"})
	require.ErrorIs(t, err, context.Canceled)
	a, b := transport.Pipe()
	_, err = esme.Bind(ended, a, esme.Config{SystemID: "me"})
	require.ErrorIs(t, err, context.Canceled)
	_, err = b.Read(make([]byte, 1))
	require.Error(t, err, "it is closed")
	_ = b.Close()

	a, b = transport.Pipe() // whose end answers nothing
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = esme.Bind(soon, a, esme.Config{SystemID: "me"})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_ = b.Close()

	ctx, cancel := context.WithCancel(t.Context())
	c, err := esme.Dial(ctx, addr, esme.Config{SystemID: "me"})
	require.NoError(t, err)
	cancel()
	_, err = c.SubmitSM(t.Context(), &pdu.SubmitSM{})
	require.NoError(t, err, "the context was that of Dial")
	_, err = c.SubmitSM(ctx, &pdu.SubmitSM{})
	require.ErrorIs(t, err, context.Canceled)
	_, err = c.SendText(ctx, esme.Text{To: "46700000001", Body: "x"})
	require.ErrorIs(t, err, context.Canceled)
	_, err = c.Send(ctx, &pdu.SubmitSM{})
	require.ErrorIs(t, err, context.Canceled)
	_, err = c.Await(ctx, pdu.CommandDeliverSM)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, c.Wait(ctx), context.Canceled)
	require.ErrorIs(t, c.Shutdown(ctx), context.Canceled)
	<-c.Done()
	require.NoError(t, c.Wait(t.Context()))
	require.NoError(t, c.Shutdown(t.Context()), "once more")
}
