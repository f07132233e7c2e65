package pdu

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// negative is a malformed or misplaced PDU of testdata/vectors.json.
type negative struct {
	ID       string `json:"id"`
	Category string `json:"category"`
	Layer    string `json:"layer"`
	Version  string `json:"version"`
	Hex      string `json:"hex"`
	Why      string `json:"why"`
	Verdict  string `json:"verdict"`
	Answer   *struct {
		Status string `json:"status"`
	} `json:"answer"`
}

func negatives(t testing.TB) []negative {
	t.Helper()
	var file struct {
		Negatives []negative `json:"negatives"`
	}
	readJSON(t, "vectors.json", &file)
	require.Len(t, file.Negatives, 159)
	return file.Negatives
}

func TestNegatives(t *testing.T) {
	for _, n := range negatives(t) {
		t.Run(n.ID, func(t *testing.T) {
			lenient := Codec{Version: versionOf(t, n.Version)}
			strict := lenient
			strict.Strict = true
			b := unhex(t, n.Hex)
			switch {
			case n.Layer == "framing":
				n.checkFraming(t, b)
			case n.Layer == "codec" && n.Category == "header":
				n.checkHeader(t, lenient, b)
				n.checkHeader(t, strict, b)
			case n.Layer == "codec":
				n.checkDecode(t, lenient, b, n.Verdict == "reject")
				n.checkDecode(t, strict, b, n.Verdict != "tolerate")
			case n.Layer == "value":
				n.checkValue(t, lenient, b, n.Verdict == "reject")
				n.checkValue(t, strict, b, n.Verdict != "tolerate")
			case n.Layer == "session":
				_, err := lenient.Decode(b)
				require.NoError(t, err)
			default:
				t.Fatalf("layer %q", n.Layer)
			}
		})
	}
}

// checkFraming expects a FrameError from a Reader that is given nothing but b.
func (n negative) checkFraming(t *testing.T, b []byte) {
	_, err := NewReader(bytes.NewReader(b)).ReadPDU()
	var frame *FrameError
	require.ErrorAs(t, err, &frame)
	require.Equal(t, b[:min(len(b), HeaderLen)], frame.Head)
	if n.Answer == nil {
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		return
	}
	require.ErrorIs(t, err, ErrFrameLength)
	require.Equal(t, frameLength(b), frame.Length)
	protocol, ok := strings.CutSuffix(n.ID, "_probe")
	require.Equal(t, ok, frame.LooksLike != "")
	if ok {
		require.Equal(t, strings.ToUpper(protocol), frame.LooksLike)
	}
}

// checkHeader expects that a header which only the session judges decodes, and tells what the session needs.
func (n negative) checkHeader(t *testing.T, k Codec, b []byte) {
	p, err := k.Decode(b)
	if n.ID == "resp_unknown" && k.Strict {
		require.Error(t, err)
		return
	}
	require.NoError(t, err)
	switch n.Verdict {
	case "tolerate":
		require.True(t, p.ID.In(k.Version))
	default:
		require.False(t, p.ID.In(k.Version))
		if !p.ID.Known() {
			require.IsType(t, (*Raw)(nil), p.Body)
		}
	}
	if len(p.Warnings) > 0 {
		return // a response of SMPP 3.3 without its body
	}
	got, err := Append(nil, p)
	require.NoError(t, err)
	require.Equal(t, b, got)
}

func (n negative) checkDecode(t *testing.T, k Codec, b []byte, refuse bool) {
	p, err := k.Decode(b)
	require.NotNil(t, p)
	require.Equal(t, b[4:HeaderLen], appendHeader(nil, 0, p.ID, p)[4:])
	if !refuse {
		require.NoError(t, err)
		require.Equal(t, n.Verdict == "strict", len(p.Warnings) > 0, "%v", p.Warnings)
		return
	}
	var e *DecodeError
	require.ErrorAs(t, err, &e)
	require.Equal(t, p.ID, e.Command)
	require.Equal(t, p.Seq, e.Seq)
	require.GreaterOrEqual(t, e.Offset, HeaderLen)
	require.LessOrEqual(t, e.Offset, len(b))
	require.Error(t, e.Err)
	require.NotEqual(t, StatusOK, e.Status)
	require.Empty(t, p.Warnings)
	require.Equal(t, &Raw{ID: p.ID, Data: b[HeaderLen:]}, p.Body)
	if n.Answer != nil {
		require.Equal(t, n.Answer.Status, e.Status.String(), "%v", err)
		status, ok := StatusOf(fmt.Errorf("wrapped: %w", err))
		require.True(t, ok)
		require.Equal(t, e.Status, status)
	}
}

// checkValue expects that the PDU decodes and that Check refuses it.
func (n negative) checkValue(t *testing.T, k Codec, b []byte, refuse bool) {
	p, err := k.Decode(b)
	require.NoError(t, err)
	require.Empty(t, p.Warnings)
	err = k.Check(p)
	if n.ID == "val_query_unknown_id" {
		refuse = false // whether an id exists is known to the MC alone
	}
	if !refuse {
		require.NoError(t, err)
		return
	}
	status, ok := StatusOf(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, n.Answer.Status, status.String(), "%v", err)
	if !k.Strict {
		require.Equal(t, err, Check(p, k.Version))
	}
}

// TestCheckVectors makes sure that Check has nothing against what is right. The smallest submit_sm is right for the
// codec only: it goes nowhere.
func TestCheckVectors(t *testing.T) {
	for _, v := range vectors(t) {
		if v.ID == "submit_sm_min" {
			continue
		}
		k := Codec{Version: versionOf(t, v.Version), Strict: true}
		p, err := k.Decode(unhex(t, v.Hex))
		require.NoError(t, err)
		require.NoError(t, k.Check(p), v.ID)
	}
}

// TestTolerated tells what the tolerant decoder makes of PDUs that the strict one refuses.
func TestTolerated(t *testing.T) {
	byID := map[string]negative{}
	for _, n := range negatives(t) {
		byID[n.ID] = n
	}
	text := func(b Body) string { return string(b.(*SubmitSM).ShortMessage) }
	for id, tt := range map[string]struct {
		warning string
		field   string
		want    any
		got     func(b Body) any
	}{
		"bind_no_range":          {WarnMissingNUL, "address_range", V34, func(b Body) any { return b.(*BindTransceiver).InterfaceVersion }},
		"bind_passwd_long":       {WarnTooLong, "password", Password("PPPPPPPPP"), func(b Body) any { return b.(*BindTransceiver).Password }},
		"bind_trailing":          {WarnStrayNUL, "", 0, func(b Body) any { return len(b.(*BindTransceiver).TLVs) }},
		"submit_no_sm_length":    {WarnMissingField, "sm_length", "", func(b Body) any { return text(b) }},
		"submit_255_on_34":       {WarnOutOfRange, "sm_length", 255, func(b Body) any { return len(text(b)) }},
		"submit_stray_nul":       {WarnStrayNUL, "", "hello", func(b Body) any { return text(b) }},
		"submit_stray_nul_tlv":   {WarnStrayNUL, "", TLVs{{Tag: TagUserMessageReference, Value: []byte{0, 1}}}, func(b Body) any { return b.(*SubmitSM).TLVs }},
		"val_defmsg_255":         {WarnOutOfRange, "sm_default_msg_id", uint8(255), func(b Body) any { return b.(*SubmitSM).SMDefaultMsgID }},
		"multi_255_on_34":        {WarnOutOfRange, "number_of_dests", 255, func(b Body) any { return len(b.(*SubmitMulti).Dests) }},
		"deliver_sched_set":      {WarnNotEmpty, "schedule_delivery_time", "260301093000004+", func(b Body) any { return b.(*DeliverSM).ScheduleDeliveryTime }},
		"enquire_body":           {WarnUnexpectedBody, "", 1, func(b Body) any { return len(b.(*EnquireLink).TLVs) }},
		"unbind_body":            {WarnUnexpectedBody, "", 0, func(b Body) any { return len(b.(*Unbind).TLVs) }},
		"nack_body":              {WarnTrailing, "", true, func(b Body) any { return b.(*GenericNack).TLVs[0].Rest }},
		"submit_resp_no_nul":     {WarnMissingNUL, "message_id", "4F2A9C01", func(b Body) any { return b.(*SubmitSMResp).MessageID }},
		"submit_resp_long_id":    {WarnTooLong, "message_id", 65, func(b Body) any { return len(b.(*SubmitSMResp).MessageID) }},
		"submit_resp_ok_no_body": {WarnMissingBody, "message_id", &SubmitSMResp{}, func(b Body) any { return b }},
		"query_resp_cut":         {WarnMissingField, "error_code", MessageStateDelivered, func(b Body) any { return b.(*QuerySMResp).MessageState }},
		"tlv_left_3":             {WarnTrailing, "", true, func(b Body) any { return b.(*SubmitSM).TLVs[0].Rest }},
		"tlv_port_len1":          {WarnBadTLV, "source_port", []byte{0x50}, func(b Body) any { return b.(*SubmitSM).TLVs[0].Value }},
	} {
		t.Run(id, func(t *testing.T) {
			n, ok := byID[id]
			require.True(t, ok)
			p, err := Codec{Version: versionOf(t, n.Version)}.Decode(unhex(t, n.Hex))
			require.NoError(t, err)
			require.Equal(t, tt.warning, p.Warnings[0].Kind)
			require.Equal(t, tt.field, p.Warnings[0].Field)
			require.Equal(t, tt.want, tt.got(p.Body))
		})
	}
}

// TestErrorResponses cuts error responses at every octet: none may fail, whatever is left of the body.
func TestErrorResponses(t *testing.T) {
	for _, v := range vectors(t) {
		whole := unhex(t, v.Hex)
		for n := HeaderLen; n <= len(whole); n++ {
			b := bytes.Clone(whole[:n])
			copy(b, []byte{0, 0, byte(n >> 8), byte(n)})
			b[11] |= 0x08
			p, err := Decode(b)
			if !p.ID.IsResponse() {
				continue
			}
			require.NoError(t, err, "%s cut to %d", v.ID, n)
			require.Equal(t, n == HeaderLen, p.Body == nil, "%s cut to %d", v.ID, n)
			if _, ok := p.Body.(*Raw); ok {
				require.Equal(t, WarnBadErrorBody, p.Warnings[0].Kind)
			}
		}
	}
}

// TestCutRequests cuts everything at every octet: decoding fails or warns, and never panics.
func TestCutRequests(t *testing.T) {
	for _, v := range vectors(t) {
		whole := unhex(t, v.Hex)
		for n := HeaderLen; n < len(whole); n++ {
			b := bytes.Clone(whole[:n])
			copy(b, []byte{0, 0, byte(n >> 8), byte(n)})
			_, err := Decode(b)
			_, strict := Codec{Strict: true}.Decode(b)
			if err != nil {
				require.Error(t, strict, "%s cut to %d", v.ID, n)
			}
		}
	}
}

func TestWarningsAreBounded(t *testing.T) {
	odd := bytes.Repeat([]byte{0, 5, 0, 0}, 1000) // dest_addr_subunit without its octet
	p, err := Decode(encodeRaw(CommandEnquireLinkResp, odd))
	require.NoError(t, err)
	require.Len(t, p.Warnings, maxWarnings)
	require.Len(t, p.Body.(*EnquireLinkResp).TLVs, 1000)
}

// TestCheckRelativeTime: SMPP 3.3 has no relative times.
func TestCheckRelativeTime(t *testing.T) {
	p := &PDU{Body: &SubmitSM{Dest: Address{Addr: "1"}, ValidityPeriod: "000007000000000R"}}
	require.NoError(t, Check(p, V34))
	err := Check(p, V33)
	require.ErrorIs(t, err, errRelative33)
	status, _ := StatusOf(err)
	require.Equal(t, StatusInvalidValidityPeriod, status)
}
