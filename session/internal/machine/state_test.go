package machine

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

// inState returns a rig in any state but closed.
func inState(t *testing.T, role Role, v pdu.Version, s State, set ...func(*Config)) *rig {
	r := newRig(t, role, append(set, func(c *Config) { c.Version = v })...)
	switch s {
	case StateOutbound:
		r.m.setState(s)
	case StateBoundRX:
		r.bind(pdu.CommandBindReceiver, v)
	case StateBoundTX:
		r.bind(pdu.CommandBindTransmitter, v)
	case StateBoundTRX:
		r.bind(pdu.CommandBindTransceiver, v)
	case StateUnbound:
		r.bind(pdu.CommandBindTransceiver, v)
		r.peer(0x7001, &pdu.Unbind{})
		r.writes("unbind_resp#28673")
		r.effects()
	}
	require.Equal(t, s, r.m.State())
	return r
}

// TestVectors feeds the malformed and misplaced PDUs of the specification and expects the answer that each must get.
func TestVectors(t *testing.T) {
	b, err := os.ReadFile("../../../pdu/testdata/vectors.json")
	require.NoError(t, err)
	var file struct {
		Negatives []struct {
			ID, Layer, Category, Version, Receiver, State, Hex, Verdict, Stream string
			Answer                                                              *struct {
				Command, Status string
				Sequence        uint32
			}
		}
	}
	require.NoError(t, json.Unmarshal(b, &file))
	states := map[string]State{}
	for s := range numStates {
		states[s.String()] = s
	}
	n := 0
	for _, v := range file.Negatives {
		if v.Layer != "session" && v.Layer != "codec" {
			continue
		}
		t.Run(v.ID, func(t *testing.T) {
			role := RoleMC
			if v.Receiver == "ESME" {
				role = RoleESME
			}
			// Version is that of the peer: the vectors have some that ask for 3.4 in a bind, too.
			r := inState(t, role, versionNames[v.Version], states[v.State], func(c *Config) { c.Strict = v.Verdict == "strict" })
			if v.ID == "nack_body" || strings.HasPrefix(v.ID, "ses_") {
				r.m.seq = 1
			}
			if r.m.State().Bound() && role == RoleESME && r.m.State() != StateBoundRX {
				r.send("a")
				r.flush()
				r.effects()
			}
			raw, err := hex.DecodeString(v.Hex)
			require.NoError(t, err)
			p, err := r.m.Codec().Decode(raw)
			r.m.Recv(r.now, p, err)
			for _, e := range r.effects() {
				if strings.HasPrefix(e, "pdu ") && v.Answer != nil && v.Answer.Status == "ESME_ROK" {
					require.NoError(t, r.reply(p.Seq))
				}
			}
			got := strings.Join(r.flush(), "\n")
			switch {
			case v.Verdict == "ignore", v.Answer == nil:
				require.Empty(t, got)
			case v.Category == "session" || v.Category == "header" || v.Verdict == "reject":
				want := v.Answer.Command + "#" + uitoa(v.Answer.Sequence)
				if v.Answer.Status != "ESME_ROK" {
					want += " " + v.Answer.Status
				}
				require.Equal(t, want, got)
			}
			require.Equal(t, v.Stream == "close", r.m.State() == StateClosed)
			n++
		})
	}
	require.Greater(t, n, 50)
}

func uitoa(n uint32) string {
	return strings.TrimPrefix(word(&pdu.PDU{Header: pdu.Header{Seq: n, ID: 4}}), "submit_sm#")
}

// TestViolations: D28 and D55, and what a request outside its states gets, besides the vectors.
func TestViolations(t *testing.T) {
	for _, row := range []struct {
		role  Role
		state State
		body  pdu.Body
		want  []string
	}{
		{RoleMC, StateOpen, &pdu.Unbind{}, []string{"unbind_resp#9 ESME_RINVBNDSTS"}},
		{RoleMC, StateOutbound, &pdu.Unbind{}, []string{"unbind_resp#9 ESME_RINVBNDSTS"}},
		{RoleMC, StateUnbound, &pdu.Unbind{}, []string{"unbind_resp#9 ESME_RINVBNDSTS"}},
		{RoleMC, StateOutbound, &pdu.SubmitSM{}, []string{"submit_sm_resp#9 ESME_RINVBNDSTS"}},
		{RoleMC, StateBoundTX, &pdu.AlertNotification{}, nil},
		{RoleESME, StateBoundTX, &pdu.AlertNotification{}, nil},
		{RoleESME, StateOutbound, &pdu.Outbind{}, []string{"generic_nack#9 ESME_RINVBNDSTS"}},
		{RoleESME, StateBoundTRX, bindBody(pdu.CommandBindReceiver, pdu.V34), []string{"bind_receiver_resp#9 ESME_RINVBNDSTS"}},
		{RoleESME, StateBoundTX, &pdu.DataSM{}, []string{"data_sm_resp#9 ESME_RINVBNDSTS"}},
	} {
		r := inState(t, row.role, pdu.V34, row.state)
		r.effects()
		r.peer(9, row.body)
		r.writes(row.want...)
		require.Equal(t, row.state, r.m.State())
		if row.want == nil {
			r.want("malformed alert_notification#9")
		} else {
			r.want()
		}
	}
}

// TestJudging: while a bind is judged another gets ESME_RALYBND and the rest ESME_RINVBNDSTS; then it is answered.
func TestJudging(t *testing.T) {
	r := newRig(t, RoleMC)
	r.peer(1, bindBody(pdu.CommandBindTransceiver, pdu.V34))
	r.want("pdu bind_transceiver#1")
	r.peer(2, bindBody(pdu.CommandBindReceiver, pdu.V34))
	r.in(3)
	r.peer(4, &pdu.Unbind{})
	r.peer(5, &pdu.EnquireLink{})
	r.peer(6, &pdu.Outbind{})
	r.m.Recv(r.now, &pdu.PDU{Header: pdu.Header{ID: 0xFF, Seq: 7}}, nil)
	in := r.ins[1]
	require.ErrorIs(t, r.give(in, Answer{Body: &pdu.BindTransceiverResp{}}), ErrBindPending)
	require.ErrorIs(t, r.m.Accept(r.now, in, &pdu.BindReceiverResp{}, 0), ErrAnswerMismatch)
	require.ErrorIs(t, r.m.Accept(r.now, in, &pdu.BindTransmitterResp{}, 0), ErrAnswerMismatch)
	require.ErrorIs(t, r.m.Accept(r.now, in, &pdu.SubmitSMResp{}, 0), ErrAnswerMismatch)
	require.Equal(t, pdu.V50, r.m.Version())
	require.Equal(t, 4<<10, r.m.FrameLimit())
	require.NoError(t, r.m.Accept(r.now, in, nil, HookPDU|HookState))
	require.Equal(t, 128<<10, r.m.FrameLimit())
	require.Equal(t, pdu.V34, r.m.Version())
	require.ErrorIs(t, r.m.Accept(r.now, in, nil, 0), ErrAnswered)
	r.writes("bind_receiver_resp#2 ESME_RALYBND", "bind_transceiver_resp#1", "submit_sm_resp#3 ESME_RINVBNDSTS",
		"unbind_resp#4 ESME_RINVBNDSTS", "enquire_link_resp#5", "generic_nack#6 ESME_RINVBNDSTS",
		"generic_nack#7 ESME_RINVCMDID")
	r.want("state OPEN>BOUND_TRX")

	r = newRig(t, RoleMC)
	r.peer(1, bindBody(pdu.CommandBindTransceiver, pdu.V34))
	r.effects()
	require.NoError(t, r.reject(1, pdu.StatusBindFailed))
	r.peer(2, bindBody(pdu.CommandBindTransceiver, pdu.V34))
	r.want("pdu bind_transceiver#2")
	r.m.Close(r.now)
	require.ErrorIs(t, r.m.Accept(r.now, r.ins[2], nil, 0), ErrClosed)
}

// TestAccept: the MC states its version, to those who know TLVs.
func TestAccept(t *testing.T) {
	version := pdu.TLV{Tag: pdu.TagSCInterfaceVersion, Value: []byte{0x50}}
	for _, row := range []struct {
		body pdu.Body
		peer pdu.Version
		want pdu.TLVs
	}{
		{nil, pdu.V33, nil},
		{nil, 0, nil},
		{nil, pdu.V34, pdu.TLVs{version}},
		{&pdu.BindReceiverResp{SystemID: "mc"}, pdu.V50, pdu.TLVs{version}},
		{
			&pdu.BindReceiverResp{TLVs: pdu.TLVs{{Tag: pdu.TagSCInterfaceVersion, Value: []byte{0x34}}}},
			pdu.V50,
			pdu.TLVs{{Tag: pdu.TagSCInterfaceVersion, Value: []byte{0x34}}},
		},
	} {
		r := newRig(t, RoleMC)
		r.peer(1, bindBody(pdu.CommandBindReceiver, row.peer))
		r.effects()
		require.NoError(t, r.m.Accept(r.now, r.ins[1], row.body, 0))
		p, err := pdu.Decode(r.m.Take(r.now, 1<<20))
		require.NoError(t, err)
		require.Equal(t, row.want, p.Body.(*pdu.BindReceiverResp).TLVs)
		require.Equal(t, pdu.Negotiate(pdu.V50, row.peer), r.m.Version())
		require.Equal(t, StateBoundRX, r.m.State())
	}
}

// TestVersions: a session of 3.3 has no TLVs and no transceiver, on either end, and one of 3.4 nothing of 5.0.
func TestVersions(t *testing.T) {
	r := newRig(t, RoleMC)
	for i, v := range []pdu.Version{0, 0x32, pdu.V33} {
		r.peer(uint32(i), bindBody(pdu.CommandBindTransceiver, v))
		require.Contains(t, r.flush()[0], "ESME_RINVCMDID")
	}
	r.bind(pdu.CommandBindReceiver, pdu.V33)
	tlvs := pdu.TLVs{{Tag: pdu.TagUserMessageReference, Value: []byte{0, 1}}}
	require.ErrorAs(t, r.own("a", &pdu.DeliverSM{TLVs: tlvs}), new(*pdu.EncodeError))
	require.ErrorAs(t, r.own("b", &pdu.DataSM{}), new(*StateError))
	r.peer(9, &pdu.DataSM{})
	r.writes("generic_nack#9 ESME_RINVCMDID")

	r = newRig(t, RoleESME, func(c *Config) { c.Version = pdu.V33 })
	require.ErrorAs(t, r.own("a", bindBody(pdu.CommandBindTransceiver, pdu.V33)), new(*StateError))
	r.bind(pdu.CommandBindTransmitter, pdu.V33)
	require.ErrorAs(t, r.own("b", &pdu.SubmitSM{TLVs: tlvs}), new(*pdu.EncodeError))
	require.NoError(t, r.own("c", &pdu.ParamRetrieve{}))

	// The response of a bind states the version of the MC; without it, what was asked for counts.
	for _, row := range []struct {
		asked, stated, want pdu.Version
	}{
		{pdu.V50, 0, pdu.V50},
		{0, 0, pdu.V50},
		{pdu.V34, 0, pdu.V34},
		{pdu.V50, pdu.V34, pdu.V34},
		{pdu.V50, 0x33, pdu.V33},
		{pdu.V34, pdu.V50, pdu.V50},
	} {
		r = newRig(t, RoleESME)
		require.NoError(t, r.own("bind", bindBody(pdu.CommandBindTransceiver, row.asked)))
		r.flush()
		resp := &pdu.BindTransceiverResp{}
		if row.stated != 0 {
			resp.TLVs.Set(pdu.TagSCInterfaceVersion, []byte{byte(row.stated)})
		}
		r.resp(1, resp)
		require.Equal(t, row.want, r.m.Version())
		require.Equal(t, row.want, r.m.Codec().Version)
	}
}

// TestBinding: one bind at a time; a refusal leaves the session open; the states are told.
func TestBinding(t *testing.T) {
	r := newRig(t, RoleESME, func(c *Config) { c.Hooks |= HookState })
	require.ErrorAs(t, r.try("early"), new(*StateError))
	bind := bindBody(pdu.CommandBindReceiver, pdu.V34)
	require.NoError(t, r.own("a", bind))
	require.ErrorAs(t, r.own("b", bind), new(*StateError))
	r.flush()
	r.m.Recv(r.now, &pdu.PDU{Header: pdu.Header{ID: pdu.CommandBindReceiverResp, Status: pdu.StatusBindFailed, Seq: 1}}, nil)
	require.Equal(t, StateOpen, r.m.State())
	require.NoError(t, r.own("c", bind))
	r.flush()
	r.nack(2)
	require.Equal(t, StateOpen, r.m.State())
	require.NoError(t, r.request("d", &Op{Do: true, PDU: pdu.PDU{Body: bind}}))
	require.Equal(t, NotSent, r.cancel("d"))
	require.NoError(t, r.own("e", bind))
	r.flush()
	r.malformed(pdu.CommandBindReceiverResp, 4, 1) // with ESME_ROK
	require.Equal(t, StateBoundRX, r.m.State())
	require.Contains(t, r.effects(), "state OPEN>BOUND_RX")
}

// TestOutbind: the MC's, and the ESME's end of it.
func TestOutbind(t *testing.T) {
	r := newRig(t, RoleMC, func(c *Config) { c.Hooks |= HookState })
	require.NoError(t, r.own("o", &pdu.Outbind{SystemID: "mc"}))
	r.takes("outbind#1")
	require.Equal(t, StateOutbound, r.m.State())
	r.m.Wrote(r.now, 1<<20, nil)
	r.want("state OPEN>OUTBOUND", "sent o")
	require.ErrorAs(t, r.own("o", &pdu.Outbind{}), new(*StateError))

	r = newRig(t, RoleESME, func(c *Config) { c.Hooks |= HookState })
	r.peer(1, &pdu.Outbind{})
	r.want("state OPEN>OUTBOUND", "pdu outbind#1")
	require.NoError(t, r.own("bind", bindBody(pdu.CommandBindReceiver, pdu.V34)))

	r = newRig(t, RoleESME)
	r.malformed(pdu.CommandOutbind, 1, pdu.StatusInvalidPassword)
	require.Equal(t, StateClosed, r.m.State(), "refusing an outbind means to drop the connection")
}

// TestMalformed: a request whose body does not parse gets its own response where that can tell a failure.
func TestMalformed(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.malformed(pdu.CommandDeliverSM, 1, pdu.StatusInvalidSourceTON)
	r.malformed(pdu.CommandEnquireLink, 2, pdu.StatusInvalidCommandLength)
	r.malformed(pdu.CommandUnbind, 3, pdu.StatusInvalidCommandLength)
	r.malformed(pdu.CommandAlertNotification, 4, pdu.StatusInvalidCommandLength)
	r.malformed(pdu.CommandSubmitSM, 5, pdu.StatusInvalidCommandLength) // the state is judged first
	r.malformed(pdu.CommandDataSM, 6, pdu.StatusOK)                     // no status is as good as none
	r.malformed(0x80000022, 7, 1)
	r.writes("deliver_sm_resp#1 "+pdu.StatusInvalidSourceTON.String(), "generic_nack#2 ESME_RINVCMDLEN",
		"generic_nack#3 ESME_RINVCMDLEN", "submit_sm_resp#5 ESME_RINVBNDSTS", "data_sm_resp#6 ESME_RUNKNOWNERR")
	require.EqualValues(t, 7, r.m.Stats().Malformed)
	require.Len(t, r.effects(), 8)
	require.Equal(t, StateBoundTRX, r.m.State())
}

// TestRawRequests: unknown requests are nacked, or handed over while bound, if so configured.
func TestRawRequests(t *testing.T) {
	raw := &pdu.Raw{ID: 0x00010200, Data: []byte("x")}
	r := boundRig(t, RoleMC)
	r.peer(1, raw)
	r.writes("generic_nack#1 ESME_RINVCMDID")
	r = newRig(t, RoleMC, func(c *Config) { c.RawRequests = true })
	r.peer(1, raw)
	r.writes("generic_nack#1 ESME_RINVCMDID")
	r.bind(pdu.CommandBindTransceiver, pdu.V34)
	r.peer(2, raw)
	r.peer(3, raw)
	r.want("pdu command_id 0x00010200#2", "pdu command_id 0x00010200#3")
	require.NoError(t, r.give(r.ins[2], Answer{Body: &pdu.Raw{ID: 0x80010200}}))
	require.NoError(t, r.reject(3, pdu.StatusSystemError))
	r.writes("command_id 0x80010200#2", "command_id 0x80010200#3 ESME_RSYSERR")

	r = boundRig(t, RoleESME)
	require.NoError(t, r.own("vendor", raw))
	r.flush()
	r.resp(1, &pdu.Raw{ID: 0x80010200})
	r.want("sent vendor", "resp vendor responded")
}

// TestReportsBounded: events without a place have a bound of their own.
func TestReportsBounded(t *testing.T) {
	r := boundRig(t, RoleESME, func(c *Config) { c.Reports = 2 })
	r.slow = true
	r.ok(1, 2, 3)
	require.Len(t, r.effects(), 2)
	require.EqualValues(t, 1, r.m.Stats().Dropped)
	r.returned()
	r.ok(4)
	require.Len(t, r.effects(), 1)
}
