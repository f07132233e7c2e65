package esme_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/tlv"
	"github.com/smpp-go/smpp/session"
)

// netSMPP is a message centre of other authors: Perl's Net::SMPP in a process of its own; see testdata/server.pl.
type netSMPP struct {
	t      *testing.T
	out    *bufio.Scanner
	stderr *bytes.Buffer
	addr   string // where it listens
}

// startNetSMPP starts the process, which ends with the test, and not later than a deadline that no test comes near.
func startNetSMPP(t *testing.T, args ...string) *netSMPP {
	t.Helper()
	if err := exec.CommandContext(t.Context(), "perl", "-MNet::SMPP", "-MJSON::PP", "-e1").Run(); err != nil {
		const missing = "Perl's Net::SMPP is not installed: apt-get install libnet-smpp-perl"
		if os.Getenv("CI") == "true" || os.Getenv("SMPP_INTEROP") == "required" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	cmd := exec.CommandContext(ctx, "perl", append([]string{"testdata/server.pl"}, args...)...)
	p := &netSMPP{t: t, stderr: new(bytes.Buffer)}
	cmd.Stderr = p.stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	p.out = bufio.NewScanner(out)
	p.out.Buffer(nil, 1<<20)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // killed
		if t.Failed() {
			t.Logf("server.pl: %s", p.stderr)
		}
	})
	if len(args) == 0 {
		p.addr = net.JoinHostPort("127.0.0.1", fmt.Sprint(p.line()["port"]))
	}
	return p
}

// received is a PDU as Net::SMPP decoded it.
type received map[string]any

func (p *netSMPP) line() received {
	p.t.Helper()
	require.True(p.t, p.out.Scan(), "no more from server.pl: %v\n%s", p.out.Err(), p.stderr)
	r := received{}
	require.NoError(p.t, json.Unmarshal(p.out.Bytes(), &r))
	return r
}

// next returns the next PDU that the message centre got, which must be of the command; "end" is the end of a
// connection.
func (p *netSMPP) next(command string) received {
	p.t.Helper()
	r := p.line()
	require.Equal(p.t, command, r["command"])
	return r
}

// octets returns a string field, or a TLV, whose octets are the characters of the string in JSON.
func (r received) octets(name string) string {
	s, _ := r[name].(string)
	var b []byte
	for _, c := range s {
		b = append(b, byte(c))
	}
	return string(b)
}

// check compares fields with their values: numbers, and strings of octets.
func (r received) check(t *testing.T, want map[string]any) {
	t.Helper()
	for name, value := range want {
		if s, ok := value.(string); ok {
			require.Equal(t, s, r.octets(name), name)
		} else {
			require.EqualValues(t, value, r[name], name)
		}
	}
}

// dial binds as "me", with what h answers to requests.
func (p *netSMPP) dial(h session.Handler) *esme.Client {
	p.t.Helper()
	c, err := esme.Dial(p.t.Context(), p.addr, esme.Config{
		SystemID: "me", Password: "secret", Session: session.Config{Handler: h},
	})
	require.NoError(p.t, err)
	p.t.Cleanup(func() { require.NoError(p.t, c.Close()); <-c.Done() })
	p.next("bind_transceiver")
	return c
}

func TestNetSMPPBinds(t *testing.T) {
	p := startNetSMPP(t)
	for kind, command := range map[esme.BindType]string{
		esme.Transmitter: "bind_transmitter", esme.Receiver: "bind_receiver", esme.Transceiver: "bind_transceiver",
	} {
		t.Run(command, func(t *testing.T) {
			c, err := esme.Dial(t.Context(), p.addr, esme.Config{
				SystemID: "me", Password: "secret", SystemType: "VMA", BindType: kind,
				AddressRange: pdu.Address{TON: 1, NPI: 1, Addr: "^4670"},
			})
			require.NoError(t, err)
			p.next(command).check(t, map[string]any{
				"system_id": "me", "password": "secret", "system_type": "VMA", "interface_version": 0x34,
				"addr_ton": 1, "addr_npi": 1, "address_range": "^4670",
			})
			require.True(t, c.State().Bound())
			require.Equal(t, pdu.V34, c.Version())
			tlvs := pdu.TLVs{{Tag: pdu.TagSCInterfaceVersion, Value: []byte{0x34}}}
			var want pdu.Body
			switch kind {
			case esme.Transmitter:
				want = &pdu.BindTransmitterResp{SystemID: "perl", TLVs: tlvs}
			case esme.Receiver:
				want = &pdu.BindReceiverResp{SystemID: "perl", TLVs: tlvs}
			default:
				want = &pdu.BindTransceiverResp{SystemID: "perl", TLVs: tlvs}
			}
			require.Equal(t, want, c.BindResp().Body)

			require.NoError(t, c.Shutdown(t.Context()))
			p.next("unbind")
			p.next("end")
		})
	}
}

func TestNetSMPPBindRefused(t *testing.T) {
	p := startNetSMPP(t)
	for name, tt := range map[string]struct {
		id, password string
		want         pdu.CommandStatus
	}{
		"password":  {"me", "wrong", pdu.StatusInvalidPassword},
		"system_id": {"you", "secret", pdu.StatusInvalidSystemID},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := esme.Dial(t.Context(), p.addr, esme.Config{SystemID: tt.id, Password: pdu.Password(tt.password)})
			status, ok := pdu.StatusOf(err)
			require.True(t, ok, "%v", err)
			require.Equal(t, tt.want, status)
			p.next("bind_transceiver")
			p.next("end") // Net::SMPP leaves it to the ESME to close
		})
	}
}

// A message centre that does not tell its version may know TLVs all the same, and most do.
func TestNetSMPPNoVersion(t *testing.T) {
	p := startNetSMPP(t)
	c, err := esme.Dial(t.Context(), p.addr, esme.Config{SystemID: "me", Password: "secret", SystemType: "plain"})
	require.NoError(t, err)
	defer c.Close()
	p.next("bind_transceiver")
	require.Equal(t, &pdu.BindTransceiverResp{SystemID: "perl"}, c.BindResp().Body)
	sm := &pdu.SubmitSM{Dest: pdu.Address{Addr: "1"}}
	require.NoError(t, tlv.MessagePayload.Set(&sm.TLVs, []byte("text")))
	_, err = c.SubmitSM(t.Context(), sm)
	require.NoError(t, err)
	p.next("submit_sm").check(t, map[string]any{"message_payload": "text"})
}

func TestNetSMPPSubmit(t *testing.T) {
	p := startNetSMPP(t)
	c := p.dial(nil)
	source := pdu.Address{TON: pdu.TONAlphanumeric, Addr: "Shop"}
	dest := pdu.Address{TON: pdu.TONInternational, NPI: pdu.NPIISDN, Addr: "46700000001"}
	addresses := map[string]any{
		"source_addr_ton": 5, "source_addr_npi": 0, "source_addr": "Shop",
		"dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": "46700000001",
	}

	t.Run("every field", func(t *testing.T) {
		resp, err := c.SubmitSM(t.Context(), &pdu.SubmitSM{
			ServiceType: "WAP", Source: source, Dest: dest, ESMClass: 3, ProtocolID: 0x41, PriorityFlag: 2,
			ScheduleDeliveryTime: "260301093000004+", ValidityPeriod: "000002000000000R",
			RegisteredDelivery: 0x11, ReplaceIfPresent: 1, DataCoding: 3, SMDefaultMsgID: 4,
			ShortMessage: []byte("\x00caf\xe9@\x00"),
		})
		require.NoError(t, err)
		require.Equal(t, &pdu.SubmitSMResp{MessageID: "id-1"}, resp)
		sm := p.next("submit_sm")
		sm.check(t, addresses)
		sm.check(t, map[string]any{
			"service_type": "WAP", "esm_class": 3, "protocol_id": 0x41, "priority_flag": 2,
			"schedule_delivery_time": "260301093000004+", "validity_period": "000002000000000R",
			"registered_delivery": 0x11, "replace_if_present_flag": 1, "data_coding": 3, "sm_default_msg_id": 4,
			"short_message": "\x00caf\xe9@\x00",
		})
	})
	t.Run("UCS-2", func(t *testing.T) {
		const text = "\x00H\x00e\x00j\x00 \xd8\x3d\xdc\x4b" // Hej and a waving hand
		_, err := c.SubmitSM(t.Context(), &pdu.SubmitSM{
			Dest: dest, DataCoding: pdu.DataCodingUCS2, ShortMessage: []byte(text),
		})
		require.NoError(t, err)
		p.next("submit_sm").check(t, map[string]any{"data_coding": 8, "short_message": text})
	})
	t.Run("TLVs", func(t *testing.T) {
		sm := &pdu.SubmitSM{Source: source, Dest: dest}
		require.NoError(t, tlv.MessagePayload.Set(&sm.TLVs, []byte("in the payload")))
		require.NoError(t, tlv.SourcePort.Set(&sm.TLVs, 9200))
		require.NoError(t, tlv.UserMessageReference.Set(&sm.TLVs, 7))
		sm.TLVs.Add(0x1501, []byte("vendor"))
		_, err := c.SubmitSM(t.Context(), sm)
		require.NoError(t, err)
		p.next("submit_sm").check(t, map[string]any{
			"short_message": "", "message_payload": "in the payload", "source_port": "\x23\xf0",
			"user_message_reference": "\x00\x07", strconv.Itoa(0x1501): "vendor",
		})
	})
	t.Run("refused", func(t *testing.T) {
		for text, want := range map[string]pdu.CommandStatus{
			"throttle": pdu.StatusThrottled, // with a body, in which the message_id is empty
			"nack":     pdu.StatusSystemError,
		} {
			_, err := c.SubmitSM(t.Context(), &pdu.SubmitSM{Dest: dest, ShortMessage: []byte(text)})
			status, ok := pdu.StatusOf(err)
			require.True(t, ok, "%v", err)
			require.Equal(t, want, status)
			require.False(t, session.SafeToRetry(err))
			p.next("submit_sm")
		}
	})
	t.Run("to several", func(t *testing.T) {
		resp, err := c.SubmitMulti(t.Context(), &pdu.SubmitMulti{
			Source: source, ShortMessage: []byte("to all"),
			Dests: []pdu.DestAddress{
				{Address: dest}, {DLName: "staff"}, {Address: pdu.Address{TON: 1, NPI: 1, Addr: "46700000002"}},
			},
		})
		require.NoError(t, err)
		require.Equal(t, &pdu.SubmitMultiResp{MessageID: "id-2", Unsuccess: []pdu.UnsuccessSME{
			{Address: pdu.Address{TON: 1, NPI: 1, Addr: "46700000002"}, Status: pdu.StatusInvalidDestAddr},
		}}, resp)
		sm := p.next("submit_multi")
		sm.check(t, map[string]any{"short_message": "to all", "source_addr": "Shop"})
		require.Equal(t, []any{"46700000001", "staff", "46700000002"}, sm["destination_addr"])
		require.Equal(t, []any{1.0, 2.0, 1.0}, sm["dest_flag"])
	})
	t.Run("data_sm", func(t *testing.T) {
		req := &pdu.DataSM{Source: source, Dest: dest, RegisteredDelivery: 1, DataCoding: 4}
		require.NoError(t, tlv.MessagePayload.Set(&req.TLVs, []byte{0, 1}))
		resp, err := c.DataSM(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, "id-3", resp.MessageID)
		info, ok, err := tlv.AdditionalStatusInfoText.Get(resp.TLVs)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, "taken", info)
		got := p.next("data_sm")
		got.check(t, addresses)
		got.check(t, map[string]any{"registered_delivery": 1, "data_coding": 4, "message_payload": "\x00\x01"})
	})

	stats := c.Stats()
	require.Equal(t, uint64(8), stats.Accepted) // the bind is one
	require.Equal(t, uint64(7), stats.Responded)
	require.Equal(t, uint64(1), stats.Nacked)
}

func TestNetSMPPManage(t *testing.T) {
	p := startNetSMPP(t)
	c := p.dial(nil)
	source := pdu.Address{TON: 1, NPI: 1, Addr: "12345"}
	from := map[string]any{"message_id": "id-1", "source_addr_ton": 1, "source_addr_npi": 1, "source_addr": "12345"}

	query, err := c.QuerySM(t.Context(), &pdu.QuerySM{MessageID: "id-1", Source: source})
	require.NoError(t, err)
	require.Equal(t, &pdu.QuerySMResp{
		MessageID: "id-1", FinalDate: "260301093000004+", MessageState: pdu.MessageStateDelivered, ErrorCode: 7,
	}, query)
	p.next("query_sm").check(t, from)

	_, err = c.ReplaceSM(t.Context(), &pdu.ReplaceSM{
		MessageID: "id-1", Source: source, ValidityPeriod: "000002000000000R", RegisteredDelivery: 1,
		ShortMessage: []byte("better"),
	})
	require.NoError(t, err)
	replace := p.next("replace_sm")
	replace.check(t, from)
	replace.check(t, map[string]any{
		"schedule_delivery_time": "", "validity_period": "000002000000000R", "registered_delivery": 1,
		"sm_default_msg_id": 0, "short_message": "better",
	})

	_, err = c.CancelSM(t.Context(), &pdu.CancelSM{
		ServiceType: "WAP", MessageID: "id-1", Source: source, Dest: pdu.Address{Addr: "46700000001"},
	})
	require.NoError(t, err)
	cancel := p.next("cancel_sm")
	cancel.check(t, from)
	cancel.check(t, map[string]any{"service_type": "WAP", "destination_addr": "46700000001"})

	_, err = c.EnquireLink(t.Context(), new(pdu.EnquireLink))
	require.NoError(t, err)
	p.next("enquire_link")

	refused := func(want pdu.CommandStatus, err error) {
		status, _ := pdu.StatusOf(err)
		require.Equal(t, want, status, "%v", err)
	}
	_, err = c.QuerySM(t.Context(), &pdu.QuerySM{MessageID: "unknown"})
	refused(pdu.StatusQueryFailed, err)
	_, err = c.ReplaceSM(t.Context(), &pdu.ReplaceSM{MessageID: "unknown"})
	refused(pdu.StatusReplaceFailed, err)
	_, err = c.CancelSM(t.Context(), &pdu.CancelSM{MessageID: "unknown"})
	refused(pdu.StatusCancelFailed, err)
}

// What the message centre asks of us.
func TestNetSMPPIncoming(t *testing.T) {
	submit := func(t *testing.T, p *netSMPP, c *esme.Client, text string) {
		_, err := c.SubmitSM(t.Context(), &pdu.SubmitSM{
			Source: pdu.Address{Addr: "12345"}, Dest: pdu.Address{Addr: "46700000001"}, ShortMessage: []byte(text),
			RegisteredDelivery: 1,
		})
		require.NoError(t, err)
		p.next("submit_sm")
	}
	// incoming returns a client that takes everything, and what it took.
	incoming := func(p *netSMPP) (*esme.Client, <-chan pdu.Body) {
		bodies := make(chan pdu.Body, 1)
		mux := new(session.Mux)
		session.On(mux, func(_ context.Context, _ *session.Request, d *pdu.DeliverSM) (*pdu.DeliverSMResp, error) {
			bodies <- d
			return new(pdu.DeliverSMResp), nil
		})
		session.On(mux, func(_ context.Context, _ *session.Request, d *pdu.DataSM) (*pdu.DataSMResp, error) {
			bodies <- d
			return &pdu.DataSMResp{MessageID: "mine"}, nil
		})
		session.OnNotification(mux, func(_ context.Context, _ *session.Request, a *pdu.AlertNotification) {
			bodies <- a
		})
		return p.dial(mux), bodies
	}

	t.Run("receipt", func(t *testing.T) {
		p := startNetSMPP(t)
		c, bodies := incoming(p)
		submit(t, p, c, "receipt")
		d := (<-bodies).(*pdu.DeliverSM)
		require.True(t, d.ESMClass.IsReceipt())
		require.Equal(t, pdu.Address{TON: 1, NPI: 1, Addr: "46700000001"}, d.Source)
		require.Equal(t, pdu.Address{Addr: "12345"}, d.Dest)
		require.Contains(t, string(d.ShortMessage), "id:id-1 sub:001 dlvrd:001 ")
		id, ok, err := tlv.ReceiptedMessageID.Get(d.TLVs)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, "id-1", id, "it came without its NUL")
		state, _, err := tlv.MessageState.Get(d.TLVs)
		require.NoError(t, err)
		require.Equal(t, pdu.MessageStateDelivered, state)
		p.next("deliver_sm_resp").check(t, map[string]any{"status": 0, "seq": 1, "message_id": ""})
	})
	t.Run("data_sm", func(t *testing.T) {
		p := startNetSMPP(t)
		c, bodies := incoming(p)
		submit(t, p, c, "data")
		payload, _, err := tlv.MessagePayload.Get((<-bodies).(*pdu.DataSM).TLVs)
		require.NoError(t, err)
		require.Equal(t, []byte{0, 1}, payload)
		p.next("data_sm_resp").check(t, map[string]any{"status": 0, "seq": 1, "message_id": "mine"})
	})
	t.Run("alert_notification", func(t *testing.T) {
		p := startNetSMPP(t)
		c, bodies := incoming(p)
		submit(t, p, c, "alert")
		require.Equal(t, &pdu.AlertNotification{
			Source: pdu.Address{Addr: "46700000001"}, ESME: pdu.Address{Addr: "12345"},
		}, <-bodies)
	})
	t.Run("nobody takes it", func(t *testing.T) {
		p := startNetSMPP(t)
		c := p.dial(nil)
		submit(t, p, c, "receipt")
		p.next("deliver_sm_resp").check(t, map[string]any{"status": pdu.StatusTemporaryAppError, "seq": 1})
		submit(t, p, c, "data")
		p.next("data_sm_resp").check(t, map[string]any{"status": pdu.StatusTemporaryAppError, "seq": 2})
	})
	t.Run("enquire_link", func(t *testing.T) {
		p := startNetSMPP(t)
		submit(t, p, p.dial(nil), "ping")
		p.next("enquire_link_resp").check(t, map[string]any{"status": 0, "seq": 1})
	})
	t.Run("unbind", func(t *testing.T) {
		p := startNetSMPP(t)
		c := p.dial(nil)
		submit(t, p, c, "unbind")
		p.next("unbind_resp").check(t, map[string]any{"status": 0, "seq": 1})
		p.next("end") // two seconds later: whoever sends unbind should close, and Net::SMPP does not
		<-c.Done()
		require.ErrorIs(t, c.Err(), session.ErrPeerUnbound)
		require.Empty(t, c.Lost())
	})
}

func TestNetSMPPOutbind(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	p := startNetSMPP(t, port)
	require.NoError(t, l.(*net.TCPListener).SetDeadline(time.Now().Add(time.Minute)))
	conn, err := l.Accept()
	require.NoError(t, err)
	var asked *pdu.Outbind
	cfg := esme.Config{SystemID: "me", Password: "secret", BindType: esme.Receiver}
	c, err := esme.AcceptOutbind(t.Context(), conn, cfg, func(o *pdu.Outbind) error {
		asked = o
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, &pdu.Outbind{SystemID: "perl", Password: "knock"}, asked)
	p.next("bind_receiver")
	require.NoError(t, c.Shutdown(t.Context()))
	p.next("unbind")
	p.next("end")
}
