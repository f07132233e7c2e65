package metrics_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/metrics"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := metrics.New()
		cfg := session.Config{Trace: m.Trace()}
		mux := new(session.Mux)
		session.On(mux, func(_ context.Context, _ *session.Request, sm *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
			if sm.ProtocolID != 0 {
				return nil, mc.Refuse(0x12345678)
			}
			return &pdu.SubmitSMResp{MessageID: "1"}, nil
		})
		srv := &mc.Server{Session: cfg, Bind: func(context.Context, *mc.BindRequest) (*mc.Account, error) {
			return &mc.Account{Handler: mux}, nil
		}}
		a, b := transport.Pipe()
		srv.ServeConn(b)
		c, err := esme.Bind(t.Context(), a, esme.Config{Session: cfg})
		require.NoError(t, err)
		_, err = c.SubmitSM(t.Context(), &pdu.SubmitSM{})
		require.NoError(t, err)
		_, err = c.SubmitSM(t.Context(), &pdu.SubmitSM{ProtocolID: 1})
		require.Error(t, err)
		synctest.Wait() // traces are told behind what happens
		expect(t, m, `
			# HELP smpp_sessions Sessions by state.
			# TYPE smpp_sessions gauge
			smpp_sessions{role="ESME",state="BOUND_TRX"} 1
			smpp_sessions{role="ESME",state="OPEN"} 0
			smpp_sessions{role="MC",state="BOUND_TRX"} 1
			smpp_sessions{role="MC",state="OPEN"} 0
		`, "smpp_sessions")
		require.NoError(t, c.Shutdown(t.Context()))
		synctest.Wait()
		expect(t, m, `
			# HELP smpp_requests_total Requests of this end that ended, by outcome.
			# TYPE smpp_requests_total counter
			smpp_requests_total{command="bind_transceiver",outcome="responded",role="ESME"} 1
			smpp_requests_total{command="submit_sm",outcome="responded",role="ESME"} 2
			# HELP smpp_sessions_ended_total Sessions that ended, by reason.
			# TYPE smpp_sessions_ended_total counter
			smpp_sessions_ended_total{reason="peer_unbound",role="MC"} 1
			smpp_sessions_ended_total{reason="shutdown",role="ESME"} 1
			# HELP smpp_pdus_total Whole PDUs.
			# TYPE smpp_pdus_total counter
			smpp_pdus_total{command="bind_transceiver",direction="in",role="MC",status="ESME_ROK"} 1
			smpp_pdus_total{command="bind_transceiver",direction="out",role="ESME",status="ESME_ROK"} 1
			smpp_pdus_total{command="bind_transceiver_resp",direction="in",role="ESME",status="ESME_ROK"} 1
			smpp_pdus_total{command="bind_transceiver_resp",direction="out",role="MC",status="ESME_ROK"} 1
			smpp_pdus_total{command="submit_sm",direction="in",role="MC",status="ESME_ROK"} 2
			smpp_pdus_total{command="submit_sm",direction="out",role="ESME",status="ESME_ROK"} 2
			smpp_pdus_total{command="submit_sm_resp",direction="in",role="ESME",status="ESME_ROK"} 1
			smpp_pdus_total{command="submit_sm_resp",direction="in",role="ESME",status="other"} 1
			smpp_pdus_total{command="submit_sm_resp",direction="out",role="MC",status="ESME_ROK"} 1
			smpp_pdus_total{command="submit_sm_resp",direction="out",role="MC",status="other"} 1
			smpp_pdus_total{command="unbind",direction="in",role="MC",status="ESME_ROK"} 1
			smpp_pdus_total{command="unbind",direction="out",role="ESME",status="ESME_ROK"} 1
			smpp_pdus_total{command="unbind_resp",direction="in",role="ESME",status="ESME_ROK"} 1
			smpp_pdus_total{command="unbind_resp",direction="out",role="MC",status="ESME_ROK"} 1
		`, "smpp_requests_total", "smpp_sessions_ended_total", "smpp_pdus_total")
		require.NoError(t, srv.Close())
	})
}

// Unknown commands must not make labels without end, and framing losses are counted by their kind.
func TestLabelsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := metrics.New()
		a, b := transport.Pipe()
		s := session.Start(b, session.RoleMC, session.Config{Trace: m.Trace()})
		go func() { _, _ = io.Copy(io.Discard, a) }()
		for id := range 50 { // of more, a peer that is not bound is cut off
			frame, err := pdu.Append(nil, &pdu.PDU{Header: pdu.Header{ID: pdu.CommandID(0x10300 + id), Seq: 1}, Body: &pdu.Raw{ID: pdu.CommandID(0x10300 + id)}})
			require.NoError(t, err)
			_, err = a.Write(frame)
			require.NoError(t, err)
		}
		_, err := a.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
		require.NoError(t, err)
		<-s.Done()
		require.NoError(t, a.Close())
		n, err := testutil.GatherAndCount(gatherer(m), "smpp_pdus_total")
		require.NoError(t, err)
		require.Equal(t, 3, n, "other in, and generic_nack with two statuses out")
		expect(t, m, `
			# HELP smpp_sessions_ended_total Sessions that ended, by reason.
			# TYPE smpp_sessions_ended_total counter
			smpp_sessions_ended_total{reason="framing",role="MC"} 1
		`, "smpp_sessions_ended_total")
	})
}

func expect(t *testing.T, m *metrics.Metrics, want string, names ...string) {
	t.Helper()
	require.NoError(t, testutil.CollectAndCompare(m, strings.NewReader(strings.ReplaceAll(want, "\t", "")), names...))
}

func gatherer(m *metrics.Metrics) prometheus.Gatherer {
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(m)
	return reg
}
