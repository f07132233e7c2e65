package mc_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/tlv"
	"github.com/smpp-go/smpp/session"
)

// netSMPP is an ESME of other authors: Perl's Net::SMPP in a process of its own; see testdata/client.pl.
type netSMPP struct {
	t      *testing.T
	in     *json.Encoder
	out    *bufio.Scanner
	stderr *bytes.Buffer
}

// startNetSMPP starts the process, which ends with the test, and not later than a deadline that no test comes near.
func startNetSMPP(t *testing.T) *netSMPP {
	t.Helper()
	if err := exec.CommandContext(t.Context(), "perl", "-MNet::SMPP", "-MJSON::PP", "-e1").Run(); err != nil {
		const missing = "Perl's Net::SMPP is not installed: apt-get install libnet-smpp-perl"
		if os.Getenv("CI") == "true" || os.Getenv("SMPP_INTEROP") == "required" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	cmd := exec.CommandContext(ctx, "perl", "testdata/client.pl")
	p := &netSMPP{t: t, stderr: new(bytes.Buffer)}
	cmd.Stderr = p.stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	p.in, p.out = json.NewEncoder(in), bufio.NewScanner(out)
	p.out.Buffer(nil, 1<<20)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = in.Close()
		err := cmd.Wait()
		cancel()
		if err != nil || t.Failed() {
			t.Errorf("client.pl: %v\n%s", err, p.stderr)
		}
	})
	return p
}

// call calls a method of Net::SMPP and returns what it returns. Strings are octets.
func (p *netSMPP) call(method string, args ...any) answer {
	p.t.Helper()
	line := []any{method}
	for _, a := range args {
		if s, ok := a.(string); ok {
			chars := make([]rune, len(s))
			for i := range len(s) {
				chars[i] = rune(s[i])
			}
			a = string(chars)
		}
		line = append(line, a)
	}
	require.NoError(p.t, p.in.Encode(line))
	require.True(p.t, p.out.Scan(), "no answer to %v: %v\n%s", line, p.out.Err(), p.stderr)
	a := answer{}
	require.NoError(p.t, json.Unmarshal(p.out.Bytes(), &a))
	return a
}

// ok is call for what must succeed.
func (p *netSMPP) ok(method string, args ...any) answer {
	p.t.Helper()
	a := p.call(method, args...)
	require.NotContains(p.t, a, "error")
	if a["status"] != nil {
		require.Equal(p.t, pdu.StatusOK, a.status())
	}
	return a
}

// bind connects and binds, by the method for the kind of bind.
func (p *netSMPP) bind(addr, method string, args ...any) answer {
	p.t.Helper()
	_, port, err := net.SplitHostPort(addr)
	require.NoError(p.t, err)
	n, err := strconv.Atoi(port)
	require.NoError(p.t, err)
	p.ok("connect", n)
	return p.call(method, append([]any{"system_id", "me", "password", "secret"}, args...)...)
}

// answer is a PDU as Net::SMPP decoded it.
type answer map[string]any

func (a answer) status() pdu.CommandStatus {
	n, _ := a["status"].(float64)
	return pdu.CommandStatus(n)
}

// octets returns a string field, or a TLV, whose octets are the characters of the string in JSON.
func (a answer) octets(name string) string {
	s, _ := a[name].(string)
	var b []byte
	for _, r := range s {
		b = append(b, byte(r))
	}
	return string(b)
}

// centre is what the message centre of these tests answers, and what it was asked. Its sessions are used one at a time.
type centre struct {
	session.Mux
	asked chan *pdu.PDU
}

func newCentre() *centre {
	c := &centre{asked: make(chan *pdu.PDU, 16)}
	session.On(&c.Mux, func(_ context.Context, r *session.Request, sm *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		c.asked <- r.PDU
		if string(sm.ShortMessage) == "throttle" {
			return nil, mc.Refuse(pdu.StatusThrottled)
		}
		return &pdu.SubmitSMResp{MessageID: "8F2A-01"}, nil
	})
	session.On(&c.Mux, func(_ context.Context, r *session.Request, _ *pdu.SubmitMulti) (*pdu.SubmitMultiResp, error) {
		c.asked <- r.PDU
		return &pdu.SubmitMultiResp{MessageID: "multi", Unsuccess: []pdu.UnsuccessSME{
			{Address: pdu.Address{TON: 1, NPI: 1, Addr: "46700000002"}, Status: pdu.StatusInvalidDestAddr},
		}}, nil
	})
	session.On(&c.Mux, func(_ context.Context, r *session.Request, _ *pdu.DataSM) (*pdu.DataSMResp, error) {
		c.asked <- r.PDU
		return &pdu.DataSMResp{MessageID: "data-1"}, nil
	})
	session.On(&c.Mux, func(_ context.Context, r *session.Request, q *pdu.QuerySM) (*pdu.QuerySMResp, error) {
		c.asked <- r.PDU
		if q.MessageID != "8F2A-01" {
			return nil, mc.Refuse(pdu.StatusQueryFailed)
		}
		return &pdu.QuerySMResp{
			MessageID: q.MessageID, FinalDate: "260301093000004+", MessageState: pdu.MessageStateDelivered, ErrorCode: 7,
		}, nil
	})
	session.On(&c.Mux, func(_ context.Context, r *session.Request, q *pdu.CancelSM) (*pdu.CancelSMResp, error) {
		c.asked <- r.PDU
		if q.MessageID != "8F2A-01" {
			return nil, mc.Refuse(pdu.StatusCancelFailed)
		}
		return new(pdu.CancelSMResp), nil
	})
	session.On(&c.Mux, func(_ context.Context, r *session.Request, q *pdu.ReplaceSM) (*pdu.ReplaceSMResp, error) {
		c.asked <- r.PDU
		if q.MessageID != "8F2A-01" {
			return nil, mc.Refuse(pdu.StatusReplaceFailed)
		}
		return new(pdu.ReplaceSMResp), nil
	})
	return c
}

// got returns the body of the next request, which is there as soon as its answer is.
func got[T pdu.Body](t *testing.T, c *centre) T {
	t.Helper()
	select {
	case p := <-c.asked:
		require.IsType(t, *new(T), p.Body)
		return p.Body.(T)
	default:
		t.Fatal("the message centre was not asked")
		panic("not reached")
	}
}

func TestNetSMPPBinds(t *testing.T) {
	for method, want := range map[string]pdu.CommandID{
		"bind_transmitter": pdu.CommandBindTransmitter,
		"bind_receiver":    pdu.CommandBindReceiver,
		"bind_transceiver": pdu.CommandBindTransceiver,
	} {
		t.Run(method, func(t *testing.T) {
			p := startNetSMPP(t)
			srv := &mc.Server{SystemID: "centre", Bind: accounts(nil)}
			resp := p.bind(start(t, srv), method)
			require.Equal(t, pdu.StatusOK, resp.status())
			require.Equal(t, method+"_resp", resp.octets("command"))
			require.Equal(t, "centre", resp.octets("system_id"))
			require.Equal(t, "\x50", resp.octets("sc_interface_version"))

			bound := slices.Collect(srv.Bound("me"))
			require.Len(t, bound, 1)
			require.Equal(t, want, bound[0].Command())
			require.Equal(t, pdu.V34, bound[0].Version())

			require.Equal(t, "unbind_resp", p.ok("unbind").octets("command"))
			p.ok("close")
			<-bound[0].Done()
			require.ErrorIs(t, bound[0].Err(), session.ErrPeerUnbound)
			require.Empty(t, bound[0].Lost())
		})
	}
}

func TestNetSMPPBindFields(t *testing.T) {
	requests := make(chan *mc.BindRequest, 1)
	addr := start(t, &mc.Server{Bind: func(_ context.Context, r *mc.BindRequest) (*mc.Account, error) {
		requests <- r
		return &mc.Account{}, nil
	}})
	p := startNetSMPP(t)
	resp := p.bind(addr, "bind_receiver", "system_type", "VMA", "interface_version", 0x33,
		"addr_ton", 1, "addr_npi", 1, "address_range", "^4670")
	require.Equal(t, pdu.StatusOK, resp.status())
	require.NotContains(t, resp, "sc_interface_version", "3.3 knows no TLVs")
	r := <-requests
	require.Equal(t, pdu.CommandBindReceiver, r.Command)
	require.Equal(t, "me", r.SystemID)
	require.True(t, r.CheckPassword("secret"))
	require.Equal(t, "VMA", r.SystemType)
	require.Equal(t, pdu.V33, r.Version)
	require.Equal(t, pdu.Address{TON: 1, NPI: 1, Addr: "^4670"}, r.AddressRange)
}

func TestNetSMPPBindRefused(t *testing.T) {
	srv := &mc.Server{Bind: accounts(newCentre())}
	addr := start(t, srv)
	for name, tt := range map[string]struct {
		id, password string
		want         pdu.CommandStatus
	}{
		"password":  {"me", "wrong", pdu.StatusInvalidPassword},
		"system_id": {"you", "secret", pdu.StatusInvalidSystemID},
	} {
		t.Run(name, func(t *testing.T) {
			p := startNetSMPP(t)
			resp := p.bind(addr, "bind_transceiver", "system_id", tt.id, "password", tt.password)
			require.Equal(t, "bind_transceiver_resp", resp.octets("command"))
			require.Equal(t, tt.want, resp.status())
			require.Empty(t, slices.Collect(srv.Bound(tt.id)))
		})
	}
}

func TestNetSMPPSubmit(t *testing.T) {
	c := newCentre()
	p := startNetSMPP(t)
	require.Equal(t, pdu.StatusOK, p.bind(start(t, &mc.Server{Bind: accounts(c)}), "bind_transmitter").status())
	to := []any{
		"source_addr_ton", 5, "source_addr_npi", 0, "source_addr", "Shop",
		"dest_addr_ton", 1, "dest_addr_npi", 1, "destination_addr", "46700000001",
	}
	source := pdu.Address{TON: pdu.TONAlphanumeric, Addr: "Shop"}
	dest := pdu.Address{TON: pdu.TONInternational, NPI: pdu.NPIISDN, Addr: "46700000001"}
	submit := func(args ...any) answer { return p.call("submit_sm", slices.Concat(to, args)...) }

	t.Run("every field", func(t *testing.T) {
		resp := submit("service_type", "WAP", "esm_class", 3, "protocol_id", 0x41, "priority_flag", 2,
			"schedule_delivery_time", "260301093000004+", "validity_period", "000002000000000R",
			"registered_delivery", 0x11, "replace_if_present_flag", 1, "data_coding", 3, "sm_default_msg_id", 4,
			"short_message", "\x00caf\xe9@\x00")
		require.Equal(t, pdu.StatusOK, resp.status())
		require.Equal(t, "8F2A-01", resp.octets("message_id"))
		require.Equal(t, &pdu.SubmitSM{
			ServiceType: "WAP", Source: source, Dest: dest, ESMClass: 3, ProtocolID: 0x41, PriorityFlag: 2,
			ScheduleDeliveryTime: "260301093000004+", ValidityPeriod: "000002000000000R",
			RegisteredDelivery: 0x11, ReplaceIfPresent: 1, DataCoding: 3, SMDefaultMsgID: 4,
			ShortMessage: []byte("\x00caf\xe9@\x00"),
		}, got[*pdu.SubmitSM](t, c))
	})
	t.Run("UCS-2", func(t *testing.T) {
		const text = "\x00H\x00e\x00j\x00 \xd8\x3d\xdc\x4b" // Hej and a waving hand
		require.Equal(t, pdu.StatusOK, submit("data_coding", 8, "short_message", text).status())
		sm := got[*pdu.SubmitSM](t, c)
		require.Equal(t, pdu.DataCodingUCS2, sm.DataCoding)
		require.Equal(t, text, string(sm.ShortMessage))
	})
	t.Run("TLVs", func(t *testing.T) {
		// By number, Net::SMPP sends one octet for a small number, whatever the size should be; by name, octets as given.
		resp := submit("message_payload", "in the payload", "source_port", "\x23\xf0", 0x0204, 7, 0x1402, 300)
		require.Equal(t, pdu.StatusOK, resp.status())
		sm := got[*pdu.SubmitSM](t, c)
		require.Empty(t, sm.ShortMessage)
		require.Equal(t, pdu.TLVs{
			{Tag: pdu.TagMessagePayload, Value: []byte("in the payload")},
			{Tag: pdu.TagSourcePort, Value: []byte("\x23\xf0")},
			{Tag: pdu.TagUserMessageReference, Value: []byte{7}},
			{Tag: 0x1402, Value: []byte("\x01\x2c")},
		}, sm.TLVs)
		port, _, err := tlv.SourcePort.Get(sm.TLVs)
		require.NoError(t, err)
		require.Equal(t, uint16(9200), port)
		ref, _, err := tlv.UserMessageReference.Get(sm.TLVs)
		require.NoError(t, err)
		require.Equal(t, uint16(7), ref)
	})
	t.Run("refused", func(t *testing.T) {
		resp := submit("short_message", "throttle")
		require.Equal(t, "submit_sm_resp", resp.octets("command"))
		require.Equal(t, pdu.StatusThrottled, resp.status())
		got[*pdu.SubmitSM](t, c)
	})
	t.Run("malformed", func(t *testing.T) {
		// Net::SMPP checks no length: sm_length is that of the text modulo 256, and the rest looks like TLVs.
		text := string(bytes.Repeat([]byte("0123456789"), 30))
		resp := submit("short_message", text)
		require.Equal(t, "submit_sm_resp", resp.octets("command"))
		require.NotEqual(t, pdu.StatusOK, resp.status())
		require.Empty(t, c.asked)
		// The session goes on.
		require.Equal(t, pdu.StatusOK, submit("short_message", "short").status())
		require.Equal(t, "short", string(got[*pdu.SubmitSM](t, c).ShortMessage))
	})
	t.Run("to several", func(t *testing.T) {
		resp := p.ok("submit_multi", "source_addr", "12345", "short_message", "to all",
			"dest_flag", []int{1, 2, 1}, "dest_addr_ton", []int{1, 0, 1}, "dest_addr_npi", []int{1, 0, 1},
			"destination_addr", []string{"46700000001", "staff", "46700000002"})
		require.Equal(t, &pdu.SubmitMulti{
			Source: pdu.Address{Addr: "12345"}, ShortMessage: []byte("to all"),
			Dests: []pdu.DestAddress{
				{Flag: pdu.DestFlagSME, Address: dest},
				{Flag: pdu.DestFlagList, DLName: "staff"},
				{Flag: pdu.DestFlagSME, Address: pdu.Address{TON: 1, NPI: 1, Addr: "46700000002"}},
			},
		}, got[*pdu.SubmitMulti](t, c))
		require.Equal(t, "multi", resp.octets("message_id"))
		require.Equal(t, []any{"46700000002"}, resp["destination_addr"])
		require.Equal(t, []any{float64(pdu.StatusInvalidDestAddr)}, resp["error_status_code"])
	})
	t.Run("data_sm", func(t *testing.T) {
		args := []any{"registered_delivery", 1, "data_coding", 4, "message_payload", "\x00\x01"}
		resp := p.ok("data_sm", slices.Concat(to, args)...)
		require.Equal(t, "data-1", resp.octets("message_id"))
		require.Equal(t, &pdu.DataSM{
			Source: source, Dest: dest, RegisteredDelivery: 1, DataCoding: 4,
			TLVs: pdu.TLVs{{Tag: pdu.TagMessagePayload, Value: []byte{0, 1}}},
		}, got[*pdu.DataSM](t, c))
	})
}

func TestNetSMPPManage(t *testing.T) {
	c := newCentre()
	p := startNetSMPP(t)
	require.Equal(t, pdu.StatusOK, p.bind(start(t, &mc.Server{Bind: accounts(c)}), "bind_transmitter").status())
	source := pdu.Address{TON: 1, NPI: 1, Addr: "12345"}
	from := []any{"source_addr_ton", 1, "source_addr_npi", 1, "source_addr", "12345"}
	call := func(id, method string, args ...any) answer {
		return p.call(method, slices.Concat([]any{"message_id", id}, from, args)...)
	}

	resp := call("8F2A-01", "query_sm")
	require.Equal(t, &pdu.QuerySM{MessageID: "8F2A-01", Source: source}, got[*pdu.QuerySM](t, c))
	require.Equal(t, pdu.StatusOK, resp.status())
	require.Equal(t, "8F2A-01", resp.octets("message_id"))
	require.Equal(t, "260301093000004+", resp.octets("final_date"))
	require.EqualValues(t, pdu.MessageStateDelivered, resp["message_state"])
	require.EqualValues(t, 7, resp["error_code"])

	resp = call("8F2A-01", "replace_sm", "validity_period", "000002000000000R", "registered_delivery", 1,
		"schedule_delivery_time", "", "short_message", "better")
	require.Equal(t, &pdu.ReplaceSM{
		MessageID: "8F2A-01", Source: source, ValidityPeriod: "000002000000000R", RegisteredDelivery: 1,
		ShortMessage: []byte("better"),
	}, got[*pdu.ReplaceSM](t, c))
	require.Equal(t, "replace_sm_resp", resp.octets("command"))
	require.Equal(t, pdu.StatusOK, resp.status())

	resp = call("8F2A-01", "cancel_sm", "service_type", "WAP", "destination_addr", "46700000001")
	require.Equal(t, &pdu.CancelSM{
		ServiceType: "WAP", MessageID: "8F2A-01", Source: source, Dest: pdu.Address{Addr: "46700000001"},
	}, got[*pdu.CancelSM](t, c))
	require.Equal(t, "cancel_sm_resp", resp.octets("command"))
	require.Equal(t, pdu.StatusOK, resp.status())

	for method, want := range map[string]pdu.CommandStatus{
		"query_sm": pdu.StatusQueryFailed, "cancel_sm": pdu.StatusCancelFailed, "replace_sm": pdu.StatusReplaceFailed,
	} {
		resp := call("unknown", method, "short_message", "")
		require.Equal(t, method+"_resp", resp.octets("command"))
		require.Equal(t, want, resp.status())
	}
}

// Net::SMPP waits for the response to its request and for nothing else: a generic_nack would leave it waiting for ever.
func TestNetSMPPUnsupported(t *testing.T) {
	p := startNetSMPP(t)
	require.Equal(t, pdu.StatusOK, p.bind(start(t, &mc.Server{Bind: accounts(nil)}), "bind_transceiver").status())
	for _, method := range []string{"submit_sm", "data_sm", "submit_multi", "query_sm", "cancel_sm", "replace_sm"} {
		args := []any{"destination_addr", "46700000001"}
		if method == "query_sm" || method == "replace_sm" {
			args = []any{"message_id", "1", "schedule_delivery_time", "", "short_message", ""}
		}
		if method == "query_sm" {
			args = args[:2]
		}
		resp := p.call(method, args...)
		require.Equal(t, method+"_resp", resp.octets("command"))
		require.NotEqual(t, pdu.StatusOK, resp.status(), "nothing is acknowledged that nobody took")
	}
	require.Equal(t, "enquire_link_resp", p.ok("enquire_link").octets("command"))
}

// A transmitter and a receiver with one system_id: what the first submits is receipted to the second.
func TestNetSMPPReceipt(t *testing.T) {
	c := newCentre()
	srv := &mc.Server{Bind: accounts(c)}
	addr := start(t, srv)
	tx, rx := startNetSMPP(t), startNetSMPP(t)
	require.Equal(t, pdu.StatusOK, tx.bind(addr, "bind_transmitter").status())
	require.Equal(t, pdu.StatusOK, rx.bind(addr, "bind_receiver").status())
	resp := tx.ok("submit_sm", "source_addr", "12345", "destination_addr", "46700000001", "registered_delivery", 1,
		"short_message", "hello")

	receipt := mc.Receipt(got[*pdu.SubmitSM](t, c), resp.octets("message_id"), pdu.MessageStateDelivered)
	require.NotNil(t, receipt)
	for _, status := range []pdu.CommandStatus{pdu.StatusOK, pdu.StatusTemporaryAppError} {
		delivered := make(chan error, 1)
		go func() {
			_, err := srv.Deliver(t.Context(), "me", receipt)
			delivered <- err
		}()
		d := rx.ok("read_pdu")
		require.Equal(t, "deliver_sm", d.octets("command"))
		require.Equal(t, "46700000001", d.octets("source_addr"))
		require.Equal(t, "12345", d.octets("destination_addr"))
		require.EqualValues(t, 4, d["esm_class"])
		require.Equal(t, resp.octets("message_id")+"\x00", d.octets("receipted_message_id"))
		require.Equal(t, "\x02", d.octets("message_state"))
		require.Regexp(t, `^id:8F2A-01 sub:001 dlvrd:001 submit date:\d{10} done date:\d{10} stat:DELIVRD err:000 text:`,
			d.octets("short_message"))
		rx.ok("deliver_sm_resp", "seq", d["seq"], "status", status, "message_id", "")

		answered, refused := pdu.StatusOf(<-delivered)
		require.Equal(t, status != pdu.StatusOK, refused)
		require.Equal(t, status, answered)
	}
}
