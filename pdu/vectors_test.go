package pdu

import (
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// vector is a valid PDU of testdata/vectors.json.
type vector struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Command string `json:"command"`
	Header  struct {
		Length uint32 `json:"command_length"`
		ID     string `json:"command_id"`
		Status string `json:"command_status"`
		Seq    uint32 `json:"sequence_number"`
	} `json:"header"`
	Fields []map[string]any `json:"fields"`
	TLVs   []vectorTLV      `json:"tlvs"`
	Wire   string           `json:"wire"`
	Hex    string           `json:"hex"`
}

type vectorTLV struct {
	Tag string `json:"tag"`
	Hex string `json:"hex"`
}

func vectors(t testing.TB) []vector {
	t.Helper()
	var file struct {
		Vectors []vector `json:"vectors"`
	}
	readJSON(t, "vectors.json", &file)
	require.Len(t, file.Vectors, 136)
	return file.Vectors
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

// flat returns the values of a vector as "name=value", list elements one after another.
func (v vector) flat() []string {
	var out []string
	for _, f := range v.Fields {
		name := f["name"].(string)
		switch {
		case f["list"] != nil:
			for i, e := range f["list"].([]any) {
				for _, part := range elementFields {
					if value, ok := e.(map[string]any)[part]; ok {
						out = append(out, fmt.Sprintf("%s[%d].%s=%v", name, i, part, value))
					}
				}
			}
		case f["hex"] != nil:
			out = append(out, name+"="+f["hex"].(string))
		case f["str"] != nil:
			out = append(out, name+"="+f["str"].(string))
		default:
			out = append(out, fmt.Sprintf("%s=%v", name, f["int"]))
		}
	}
	return out
}

// elementFields are the fields of list elements in wire order, since those of a JSON object have none.
var elementFields = []string{
	"dest_flag", "dest_addr_ton", "dest_addr_npi", "destination_addr", "dl_name", "error_status_code", "msgid",
}

// flatten returns the values of a body as a vector has them.
func flatten(b Body) (fields []string, tlvs TLVs) {
	if b == nil {
		return nil, nil
	}
	values, tlvs := show(b)
	for _, v := range values {
		name := v.name
		if v.list != "" {
			name = fmt.Sprintf("%s[%d].%s", v.list, v.index, v.name)
		}
		fields = append(fields, name+"="+raw(v.value))
	}
	return fields, tlvs
}

// raw returns a value without its name.
func raw(v any) string {
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.String:
		return r.String()
	case reflect.Slice:
		return hex.EncodeToString(r.Bytes())
	case reflect.Int:
		return strconv.FormatInt(r.Int(), 10)
	default:
		return strconv.FormatUint(r.Uint(), 10)
	}
}

func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		for _, strict := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/strict=%v", v.ID, strict), func(t *testing.T) {
				k := Codec{Version: versionOf(t, v.Version), Strict: strict}
				b := unhex(t, v.Hex)
				p, err := k.Decode(b)
				require.NoError(t, err)
				require.Empty(t, p.Warnings)
				require.Equal(t, v.Command, p.ID.String())
				require.Equal(t, v.Header.ID, "0x"+hexDigits(uint32(p.ID), 8))
				require.Equal(t, v.Header.Status, "0x"+hexDigits(uint32(p.Status), 8))
				require.Equal(t, v.Header.Seq, p.Seq)

				fields, tlvs := flatten(p.Body)
				require.Equal(t, v.flat(), fields)
				require.Len(t, tlvs, len(v.TLVs))
				for i, want := range v.TLVs {
					require.Equal(t, want.Tag, "0x"+hexDigits(uint32(tlvs[i].Tag), 4))
					require.Equal(t, want.Hex, hex.EncodeToString(tlvs[i].Value))
				}

				got, err := k.Append(nil, p)
				if v.Wire == "tolerate" {
					var e *EncodeError
					require.ErrorAs(t, err, &e)
					return
				}
				require.NoError(t, err)
				require.Equal(t, v.Hex, hex.EncodeToString(got))
			})
		}
	}
}

// TestDecodedOwnsItsMemory checks that a decoded PDU does not change with its input, and that appending to a value of
// it does not reach another.
func TestDecodedOwnsItsMemory(t *testing.T) {
	for _, v := range vectors(t) {
		b := unhex(t, v.Hex)
		p, err := Decode(b)
		require.NoError(t, err, v.ID)
		before, _ := flatten(p.Body)
		clear(b)
		after, tlvs := flatten(p.Body)
		require.Equal(t, before, after, v.ID)
		for i := range tlvs {
			require.Equal(t, len(tlvs[i].Value), cap(tlvs[i].Value), v.ID)
		}
		if s, ok := p.Body.(*SubmitSM); ok {
			require.Equal(t, len(s.ShortMessage), cap(s.ShortMessage), v.ID)
		}
	}
}

func TestAppendLeavesDst(t *testing.T) {
	dst := []byte("already here")
	for name, p := range map[string]*PDU{
		"nothing":             {},
		"too long":            {Body: &SubmitSM{ServiceType: "toolong"}},
		"NUL inside":          {Body: &SubmitSM{Source: Address{Addr: "1\x002"}}},
		"text too long":       {Body: &SubmitSM{ShortMessage: make([]byte, 256)}},
		"bad time":            {Body: &SubmitSM{ValidityPeriod: "tomorrow"}},
		"TLV too long":        {Body: &SubmitSM{TLVs: TLVs{{Tag: TagMessagePayload, Value: make([]byte, 65536)}}}},
		"no destination":      {Body: &SubmitMulti{}},
		"bad dest_flag":       {Body: &SubmitMulti{Dests: []DestAddress{{Flag: 3}}}},
		"password too long":   {Body: &BindReceiver{Password: "123456789"}},
		"other command":       {Header: Header{ID: CommandQuerySM}, Body: &SubmitSM{}},
		"request, no body":    {Header: Header{ID: CommandSubmitSM, Status: 1}},
		"success, no body":    {Header: Header{ID: CommandSubmitSMResp}},
		"unknown, no body":    {Header: Header{ID: 0x1234}},
		"too many unsuccess":  {Body: &SubmitMultiResp{Unsuccess: make([]UnsuccessSME, 256)}},
		"too many message id": {Body: &QueryLastMsgsResp{MessageIDs: make([]string, 256)}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Append(dst[:7], p)
			var e *EncodeError
			require.ErrorAs(t, err, &e)
			require.NotNil(t, errors.Unwrap(err))
			require.Equal(t, "already", string(got))
		})
	}
}

func TestAppendByVersion(t *testing.T) {
	tlvs := TLVs{{Tag: TagSourcePort, Value: []byte{1, 2}}}
	odd := TLVs{{Tag: TagSourcePort, Value: []byte{1}}}
	dests := make([]DestAddress, 255)
	for _, tt := range []struct {
		name string
		k    Codec
		body Body
		ok   bool
	}{
		{"160 octets in 3.3", Codec{Version: V33}, &SubmitSM{ShortMessage: make([]byte, 160)}, true},
		{"161 octets in 3.3", Codec{Version: V33}, &SubmitSM{ShortMessage: make([]byte, 161)}, false},
		{"254 octets in 3.4", Codec{Version: V34}, &SubmitSM{ShortMessage: make([]byte, 254)}, true},
		{"255 octets in 3.4", Codec{Version: V34}, &SubmitSM{ShortMessage: make([]byte, 255)}, false},
		{"255 octets in 5.0", Codec{}, &SubmitSM{ShortMessage: make([]byte, 255)}, true},
		{"id of 8 in 3.3", Codec{Version: V33}, &QuerySM{MessageID: "12345678"}, true},
		{"id of 9 in 3.3", Codec{Version: V33}, &QuerySM{MessageID: "123456789"}, false},
		{"default message 101 in 3.3", Codec{Version: V33}, &ReplaceSM{SMDefaultMsgID: 101}, false},
		{"default message 255 in 3.4", Codec{Version: V34}, &ReplaceSM{SMDefaultMsgID: 255}, false},
		{"255 destinations in 3.4", Codec{Version: V34}, &SubmitMulti{Dests: dests}, false},
		{"255 destinations in 5.0", Codec{}, &SubmitMulti{Dests: dests}, true},
		{"deliver_sm_resp id in 3.4", Codec{Version: V34}, &DeliverSMResp{MessageID: "1"}, false},
		{"deliver_sm_resp id in 5.0", Codec{}, &DeliverSMResp{MessageID: "1"}, true},
		{"deliver_sm time in 3.4", Codec{Version: V34}, &DeliverSM{ValidityPeriod: "260301093000004+"}, false},
		{"TLV in 3.3", Codec{Version: V33}, &SubmitSM{TLVs: tlvs}, false},
		{"TLV in 3.4", Codec{Version: V34}, &SubmitSM{TLVs: tlvs}, true},
		{"odd TLV", Codec{Version: V34}, &SubmitSM{TLVs: odd}, true},
		{"odd TLV, strict", Codec{Version: V34, Strict: true}, &SubmitSM{TLVs: odd}, false},
		{"data_sm in 3.3", Codec{Version: V33}, &DataSM{}, false},
		{"broadcast_sm in 3.4", Codec{Version: V34}, &BroadcastSM{}, true},
		{"broadcast_sm in 3.4, strict", Codec{Version: V34, Strict: true}, &BroadcastSM{}, false},
		{"param_retrieve in 3.3", Codec{Version: V33}, &ParamRetrieve{}, true},
		{"long password by limit", Codec{Limits: Limits{MaxPassword: 9}}, &BindReceiver{Password: "123456789"}, true},
		{"long system_id by limit", Codec{Limits: Limits{MaxSystemID: 16}}, &BindReceiver{SystemID: "1234567890123456"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.k.Append(nil, &PDU{Body: tt.body})
			require.Equal(t, tt.ok, err == nil, "%v", err)
		})
	}
}

func TestErrorTexts(t *testing.T) {
	refused := &StatusError{Status: StatusThrottled, Command: CommandSubmitSMResp}
	status, ok := StatusOf(fmt.Errorf("sending: %w", refused))
	require.True(t, ok)
	require.Equal(t, StatusThrottled, status)
	_, ok = StatusOf(errors.New("something else"))
	require.False(t, ok)

	_, http := FrameLen([]byte("GET / HTTP/1.1"), 0)
	_, short := Decode([]byte{0, 0})
	long := "command_length out of range"
	for want, err := range map[string]error{
		"pdu: submit_sm_resp with ESME_RTHROTTLED":                                                 refused,
		"pdu: framing lost at command_length 1195725856: " + long + " (the octets look like HTTP)": http,
		"pdu: framing lost after 2 octets: " + long:                                                short,
		"pdu: check submit_sm: destination_addr: empty":                                            Check(&PDU{Body: &SubmitSM{}}, V34),
	} {
		require.EqualError(t, err, want)
	}
}
