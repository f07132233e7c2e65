package sessiontest_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
	"github.com/smpp-go/smpp/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// failing is a test that keeps its failure for itself.
type failing struct {
	testing.TB
	text string
}

func (f *failing) Helper() {}

func (f *failing) Fatalf(format string, args ...any) {
	f.text = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// TestFailures: every failure says what was wanted and what came.
func TestFailures(t *testing.T) {
	link := &pdu.EnquireLink{}
	for name, tt := range map[string]struct {
		send func(p *sessiontest.Peer) // by the other end
		step func(p *sessiontest.Peer)
		want []string
	}{
		"another PDU": {
			func(p *sessiontest.Peer) { p.Send(link) },
			func(p *sessiontest.Peer) { sessiontest.Expect[*pdu.SubmitSM](p) },
			[]string{"want submit_sm, got enquire_link", "sequence_number          1"},
		},
		"raw": {
			func(p *sessiontest.Peer) { p.Send(link) },
			func(p *sessiontest.Peer) { sessiontest.Expect[*pdu.Raw](p) },
			[]string{"want a PDU of no known command, got enquire_link"},
		},
		"the end": {
			func(p *sessiontest.Peer) { p.CloseWrite() },
			func(p *sessiontest.Peer) { sessiontest.Expect[*pdu.SubmitSM](p) },
			[]string{"want submit_sm, got EOF"},
		},
		"not the end": {
			func(p *sessiontest.Peer) { p.Send(link) },
			func(p *sessiontest.Peer) { p.WantClosed() },
			[]string{"want the end of the connection, got enquire_link"},
		},
		"a reset": {
			func(p *sessiontest.Peer) { p.Pipe().CutAfter(0) },
			func(p *sessiontest.Peer) { p.WantClosed() },
			[]string{"want the end of the connection, got read pipe", "connection reset"},
		},
		"within a PDU": {
			func(p *sessiontest.Peer) { p.Write([]byte{0, 0, 0, 16}); p.CloseWrite() },
			func(p *sessiontest.Peer) { p.Next() },
			[]string{"want a PDU, got end of file within a PDU", "00 00 00 10"},
		},
		"not idle": {
			func(p *sessiontest.Peer) { time.Sleep(time.Second); p.Send(link) },
			func(p *sessiontest.Peer) { p.WantIdle(time.Second) },
			[]string{"want nothing for 1s, got enquire_link"},
		},
		"half idle": {
			func(p *sessiontest.Peer) { p.Write([]byte{0, 0}) },
			func(p *sessiontest.Peer) { p.WantIdle(0) },
			[]string{"want nothing for 0s, got the begin of a PDU", "00 00"},
		},
		"closed, not idle": {
			func(p *sessiontest.Peer) { p.CloseWrite() },
			func(p *sessiontest.Peer) { p.WantIdle(0) },
			[]string{"want nothing for 0s, got EOF"},
		},
		"another status": {
			func(p *sessiontest.Peer) { p.Reject(&pdu.PDU{Header: pdu.Header{ID: 4, Seq: 9}}, pdu.StatusThrottled) },
			func(p *sessiontest.Peer) { p.WantReply(&pdu.PDU{Header: pdu.Header{ID: 4, Seq: 9}}, 0) },
			[]string{"want submit_sm_resp with ESME_ROK and number 9, got submit_sm_resp", "ESME_RTHROTTLED"},
		},
		"malformed": {
			func(p *sessiontest.Peer) {
				p.Write([]byte("\x00\x00\x00\x11\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x09x"))
			},
			func(p *sessiontest.Peer) { p.Next() },
			[]string{"want a PDU, got pdu: decode deliver_sm", "78"},
		},
		"no SMPP": {
			func(p *sessiontest.Peer) { p.Write([]byte("GET / HTTP/1.1")) },
			func(p *sessiontest.Peer) { p.Next() },
			[]string{"want a PDU, got pdu: framing lost", "HTTP"},
		},
		"does not encode": {
			func(*sessiontest.Peer) {},
			func(p *sessiontest.Peer) { p.Send(&pdu.SubmitSM{ServiceType: "too long"}) },
			[]string{"send: pdu: encode submit_sm: service_type"},
		},
		"can not write": {
			func(p *sessiontest.Peer) { p.Pipe().CutAfter(0) },
			func(p *sessiontest.Peer) { p.Send(link) },
			[]string{"sent 0 of 16 octets", "reset"},
		},
		"for ever kept alive": {
			func(p *sessiontest.Peer) {
				for { // until the other end is closed
					b, _ := pdu.Append(nil, &pdu.PDU{Header: pdu.Header{Seq: 1}, Body: link})
					if _, err := p.Conn().Write(b); err != nil {
						return
					}
					time.Sleep(time.Minute)
				}
			},
			func(p *sessiontest.Peer) { p.KeepAlive = true; p.Next() },
			[]string{"want a PDU, got nothing but enquire_link for 24h"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := transport.Pipe()
				defer a.Close()
				f := &failing{TB: t}
				sent, done := make(chan struct{}), make(chan struct{})
				go func() {
					defer close(sent)
					tt.send(sessiontest.NewPeer(t, a))
				}()
				synctest.Wait()
				go func() {
					defer close(done)
					tt.step(sessiontest.NewPeer(f, b))
				}()
				<-done
				require.NoError(t, b.Close())
				<-sent
				for _, w := range tt.want {
					require.Contains(t, f.text, w)
				}
			})
		})
	}
}

// TestPlays: what the kit sends and takes when all is well, at both ends.
func TestPlays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := sessiontest.StartBound(t, session.RoleMC, session.Config{})
		require.Equal(t, pdu.V50, s.Version())
		p.WantReply(p.Send(&pdu.DataSM{}), pdu.StatusTemporaryAppError)
		refused := p.Send(&pdu.Raw{ID: 0x10000})
		nack, body := sessiontest.Expect[*pdu.GenericNack](p)
		require.Nil(t, body)
		require.Equal(t, refused.Seq, nack.Seq)

		p.KeepAlive = true
		p.WantIdle(time.Hour)
		require.Equal(t, session.StateBoundTRX, s.State())
		wait := sessiontest.Do(t.Context(), s, &pdu.DeliverSM{})
		p.Reply(p.Next(), nil)
		resp, err := wait()
		require.NoError(t, err)
		require.Equal(t, &pdu.DeliverSMResp{}, resp.Body)
		wait = sessiontest.Do(t.Context(), s, &pdu.DeliverSM{})
		p.Nack(p.Next(), pdu.StatusInvalidCommandID)
		_, err = wait()
		require.Error(t, err)
		require.NoError(t, s.Close())
		p.WantClosed()
		_, err = p.Read()
		require.Error(t, err)
	})
	synctest.Test(t, func(t *testing.T) {
		s, p := sessiontest.StartBound(t, session.RoleESME, session.Config{RawRequests: true})
		require.Equal(t, pdu.V50, s.Version())
		wait := sessiontest.Do(t.Context(), s, &pdu.Raw{ID: 0x10000, Data: []byte("vendor")})
		req, raw := sessiontest.Expect[*pdu.Raw](p)
		require.Equal(t, "vendor", string(raw.Data))
		p.SendPDU(&pdu.PDU{Header: pdu.Header{Seq: req.Seq}, Body: &pdu.Raw{ID: 0x80010000}})
		_, err := wait()
		require.NoError(t, err)
	})
}

// TestDocumented: the test in the package comment is the one that compiles and runs.
func TestDocumented(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	example, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	var code strings.Builder
	for line := range strings.Lines(string(doc)) {
		if text, ok := strings.CutPrefix(line, "//\t"); ok {
			code.WriteString(text)
		}
	}
	require.NotEmpty(t, code.String())
	require.Contains(t, string(example), code.String())
}
