package profile

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/pdu/receipt"
	"github.com/smpp-go/smpp/pdu/text"
)

// everything has a value in each field.
const everything = `{
	"name": "peer one", "description": "all of it",
	"version": "5.0", "strict": true, "unsupported": ["query_sm", "cancel_sm"],
	"alphabet": "latin1", "padding": "cr-exact", "gsm_data_coding": true,
	"alphabets": ["ucs2", "ascii"], "languages": ["turkish"], "transliterate": true,
	"split": "sar", "max_parts": 10, "payload_over": 254, "keep_graphemes": true,
	"source": {
		"international": {"ton": "international", "npi": "isdn_e163_e164"}, "national": {"ton": "national"},
		"short_code": {}, "alphanumeric": {"ton": "alphanumeric"},
		"international_prefix": "00", "bare": true, "keep_plus": true, "short_code_max": 6, "alphanumeric_max": -1
	},
	"dest": {"short_code_max": -1},
	"submit": {
		"service_type": "CMT", "no_validity": true, "no_schedule": true,
		"tlvs": [{"tag": "0x1400", "hex": "01 FF"}, {"tag": "0x1401", "cstring": "ab"}, {"tag": "source_port", "text": "\u0000\u0001"}],
		"more_messages": true, "receipt_parts": "last"
	},
	"receipts": {
		"id": {"response": "decimal", "receipt": "hex", "any": true, "case": "lower", "width": 8, "prefix": true},
		"time_zone": "Europe/Stockholm", "unmarked": true, "text_first": true, "states": {"FAILED": "UNDELIVERABLE", "B": "enroute"},
		"separators": ",;", "pattern": "^(?P<id>\\w+)$", "accepted_final": true,
		"seconds": true, "no_text": true, "no_tlvs": true, "keep_addresses": true
	},
	"limits": {"system_id": 20, "password": 30, "window": 5, "rate": 0.5, "binds": 2, "pdu": 7424, "session_messages": 1000},
	"timers": {"session_init": "50s", "enquire_link": "30s", "enquire_link_response": "10s", "inactivity": "2m30s", "response": "-1s"}
}`

func TestParse(t *testing.T) {
	p, err := Parse([]byte(everything))
	require.NoError(t, err)
	zone, err := time.LoadLocation("Europe/Stockholm")
	require.NoError(t, err)
	want := &Profile{
		Name: "peer one", Description: "all of it", Version: pdu.V50, Strict: true,
		Unsupported: []pdu.CommandID{pdu.CommandQuerySM, pdu.CommandCancelSM},
		Alphabet:    text.Latin1, Padding: text.PadCRExact, GSMDataCoding: true,
		Alphabets: []text.Alphabet{text.UCS2, text.ASCII}, Languages: p.Languages, Transliterate: true,
		Split: multipart.MethodSAR, MaxParts: 10, PayloadOver: 254, KeepGraphemes: true,
		Source: AddressRules{
			International: &Numbering{pdu.TONInternational, pdu.NPIISDN}, National: &Numbering{TON: pdu.TONNational},
			ShortCode: &Numbering{}, Alphanumeric: &Numbering{TON: pdu.TONAlphanumeric},
			InternationalPrefix: "00", Bare: true, KeepPlus: true, ShortCodeMax: 6, AlphanumericMax: -1,
		},
		Dest: AddressRules{ShortCodeMax: -1},
		Submit: Submit{
			ServiceType: "CMT", NoValidity: true, NoSchedule: true,
			TLVs:         pdu.TLVs{{Tag: 0x1400, Value: []byte{1, 255}}, {Tag: 0x1401, Value: []byte("ab\x00")}, {Tag: pdu.TagSourcePort, Value: []byte{0, 1}}},
			MoreMessages: true, ReceiptParts: PartsLast,
		},
		Receipts: Receipts{
			ID:       receipt.IDForm{Response: receipt.NotationDecimal, Receipt: receipt.NotationHex, Any: true, Case: receipt.CaseLower, Width: 8, Prefix: true},
			TimeZone: zone, Unmarked: true, TextFirst: true,
			States:     map[string]pdu.MessageState{"FAILED": pdu.MessageStateUndeliverable, "B": pdu.MessageStateEnroute},
			Separators: ",;", Pattern: regexp.MustCompile(`^(?P<id>\w+)$`), AcceptedFinal: true,
			Seconds: true, NoText: true, NoTLVs: true, KeepAddresses: true,
		},
		Limits: Limits{SystemID: 20, Password: 30, Window: 5, Rate: 0.5, Binds: 2, PDU: 7424, SessionMessages: 1000},
		Timers: Timers{50 * time.Second, 30 * time.Second, 10 * time.Second, 150 * time.Second, -time.Second},
	}
	require.Equal(t, want, p)
	require.Equal(t, "turkish", p.Languages[0].String())

	// What is written is read as it was, as a value and inside of something else.
	b, err := json.Marshal(p)
	require.NoError(t, err)
	back, err := Load(strings.NewReader(string(b)))
	require.NoError(t, err)
	require.Equal(t, want, back)
	b, err = json.Marshal(map[string]Profile{"x": *p})
	require.NoError(t, err)
	var inside map[string]*Profile
	require.NoError(t, json.Unmarshal(b, &inside))
	require.Equal(t, want, inside["x"])

	empty, err := Parse([]byte(`{}`))
	require.NoError(t, err)
	require.Equal(t, &Profile{}, empty)
	b, err = json.Marshal(Profile{Alphabets: []text.Alphabet{}})
	require.NoError(t, err)
	require.JSONEq(t, `{"alphabets": []}`, string(b), "an empty list is not the same as none")
	_, err = json.Marshal(Profile{Split: 99})
	require.Error(t, err)
	_, err = json.Marshal(Profile{Submit: Submit{ReceiptParts: 99}})
	require.Error(t, err)
}

func TestParseErrors(t *testing.T) {
	for _, row := range []struct{ in, want string }{
		{``, "profile: "},
		{`[]`, "profile: not an object"},
		{`{"name": "a"} x`, "profile: "},
		{`{"nam": "a"}`, "profile: nam: no such field"},
		{`{"Name": "a"}`, "profile: Name: no such field"},
		{`{"name": "a", "name": "b"}`, `profile: field "name" occurs twice`},
		{`{"name": 5}`, "profile: name: not a text"},
		{`{"strict": "yes"}`, "profile: strict: not true or false"},
		{`{"max_parts": 1.5}`, "profile: max_parts: not an integer"},
		{`{"max_parts": null}`, "profile: max_parts: null is no value"},
		{`{"max_parts": 256}`, "profile: max_parts: 256 is not in 0 to 255"},
		{`{"payload_over": -1}`, "profile: payload_over: "},
		{`{"version": "4.0"}`, `profile: version: "4.0" is no version: there are 3.3, 3.4, 5.0`},
		{`{"version": 3.4}`, "profile: version: not a text"},
		{`{"alphabet": "klingon"}`, "profile: alphabet: "},
		{`{"alphabet": 1}`, "profile: alphabet: not a text"},
		{`{"split": "udh9"}`, "profile: split: "},
		{`{"alphabets": "ucs2"}`, "profile: alphabets: not a list"},
		{`{"alphabets": ["ucs2", "x"]}`, "profile: alphabets[1]: "},
		{`{"unsupported": ["submit_sm_resp"]}`, "profile: unsupported[0]: "},
		{`{"source": []}`, "profile: source: not an object"},
		{`{"source": {"national": {"ton": "x"}}}`, "profile: source.national.ton: "},
		{`{"source": {"international_prefix": "+"}}`, "profile: source.international_prefix: "},
		{`{"dest": {"short_code_max": 21}}`, "profile: dest.short_code_max: "},
		{`{"dest": {"alphanumeric_max": -2}}`, "profile: dest.alphanumeric_max: "},
		{`{"submit": {"service_type": "TOOLONG"}}`, "profile: submit.service_type: "},
		{`{"submit": {"receipt_parts": "some"}}`, "profile: submit.receipt_parts: "},
		{`{"submit": {"tlvs": {}}}`, "profile: submit.tlvs: not a list"},
		{`{"submit": {"tlvs": [5]}}`, "profile: submit.tlvs[0]: not an object"},
		{`{"submit": {"tlvs": [{"hex": "00"}]}}`, "profile: submit.tlvs[0].tag: is missing"},
		{`{"submit": {"tlvs": [{"tag": "0x1400"}]}}`, "profile: submit.tlvs[0]: has none of text, cstring and hex"},
		{`{"submit": {"tlvs": [{"tag": "0x14000", "hex": ""}]}}`, "profile: submit.tlvs[0].tag: "},
		{`{"submit": {"tlvs": [{"tag": "nothing", "hex": ""}]}}`, "profile: submit.tlvs[0].tag: "},
		{`{"submit": {"tlvs": [{"tag": "0x1400", "hex": "0"}]}}`, "profile: submit.tlvs[0].hex: "},
		{`{"submit": {"tlvs": [{"tag": "0x1400", "hex": 0}]}}`, "profile: submit.tlvs[0].hex: not a text"},
		{`{"submit": {"tlvs": [{"tag": "0x1400", "hex": "00", "text": ""}]}}`, "profile: submit.tlvs[0].text: there is a value already"},
		{`{"submit": {"tlvs": [{"tag": "0x1400", "int": "00"}]}}`, "profile: submit.tlvs[0].int: no such field"},
		{`{"version": "3.3", "submit": {"tlvs": [{"tag": "0x1400", "hex": "00"}]}}`, "profile: submit.tlvs: "},
		{`{"receipts": {"id": {"width": 65}}}`, "profile: receipts.id: "},
		{`{"receipts": {"id": {"response": "octal"}}}`, "profile: receipts.id.response: "},
		{`{"receipts": {"id": {"response": "hex"}}}`, "profile: receipts.id: "},
		{`{"receipts": {"time_zone": "Europe/Atlantis"}}`, "profile: receipts.time_zone: "},
		{`{"receipts": {"time_zone": "Local"}}`, "profile: receipts.time_zone: "},
		{`{"receipts": {"states": {"X": "DONE"}}}`, "profile: receipts.states.X: "},
		{`{"receipts": {"states": {"x": "DELIVERED"}}}`, "profile: receipts.states.x: not in upper case"},
		{`{"receipts": {"states": []}}`, "profile: receipts.states: not an object"},
		{`{"receipts": {"separators": ":"}}`, "profile: receipts.separators: "},
		{`{"receipts": {"pattern": "("}}`, "profile: receipts.pattern: "},
		{`{"receipts": {"pattern": "(?P<ident>.)"}}`, `profile: receipts.pattern: no value of a receipt has the name "ident"`},
		{`{"receipts": {"pattern": "(?P<err>.)(.)"}}`, "profile: receipts.pattern: it has no group named id or stat"},
		{`{"limits": {"rate": -1}}`, "profile: limits.rate: "},
		{`{"limits": {"rate": "fast"}}`, "profile: limits.rate: not a number"},
		{`{"limits": {"window": -1}}`, "profile: limits.window: "},
		{`{"limits": {"pdu": 15}}`, "profile: limits.pdu: "},
		{`{"timers": {"response": 60}}`, "profile: timers.response: not a text"},
		{`{"timers": {"response": "60"}}`, "profile: timers.response: "},
		{`{"base": 1}`, "profile: base: not a text"},
		{`{"base": "../secret"}`, "profile: base: "},
	} {
		in, want := row.in, row.want
		p, err := Parse([]byte(in))
		require.ErrorContains(t, err, want, in)
		require.Nil(t, p)
		var field *FieldError
		if errors.As(err, &field) {
			require.True(t, strings.HasPrefix(want, "profile: "+field.Field+": "), "%s: %s", in, field.Field)
			require.Equal(t, field.Err, errors.Unwrap(err))
		}
		require.Error(t, json.Unmarshal([]byte(in), new(Profile)))
	}
	_, err := Load(iotest.ErrReader(errors.New("broken")))
	require.ErrorContains(t, err, "broken")
	for want, p := range map[string]Profile{
		"version: ":         {Version: 0x40},
		"unsupported: ":     {Unsupported: []pdu.CommandID{pdu.CommandSubmitSMResp}},
		"submit.tlvs: ":     {Submit: Submit{TLVs: pdu.TLVs{{Value: make([]byte, 1<<16)}}}},
		"receipts.states.X": {Receipts: Receipts{States: map[string]pdu.MessageState{"X": 10}}},
	} {
		require.ErrorContains(t, p.Validate(), "profile: "+want)
	}
}

func TestPresets(t *testing.T) {
	names := Presets()
	require.GreaterOrEqual(t, len(names), 15)
	for _, name := range names {
		p, err := Preset(name)
		require.NoError(t, err, name)
		require.Equal(t, name, p.Name)
		require.NotEmpty(t, p.Description)
		b, err := json.Marshal(p)
		require.NoError(t, err)
		back, err := Parse(b)
		require.NoError(t, err)
		require.Equal(t, p, back)
		again, err := Preset(name)
		require.NoError(t, err)
		require.NotSame(t, p, again)
		require.Equal(t, p, again)
	}
	_, err := Preset("")
	require.Error(t, err)

	p, err := Parse([]byte(`{"max_parts": 5, "base": "kannel-like", "source": {"bare": true}}`))
	require.NoError(t, err)
	require.Empty(t, p.Name, "that of the preset is not taken over")
	require.Equal(t, pdu.MessageStateEnroute, p.Receipts.States["ACKED"], "from the base of the base")
	require.Equal(t, 7424, p.Limits.PDU)
	require.True(t, p.Source.Bare)
	require.Equal(t, -1, p.Source.ShortCodeMax)
	_, err = parse([]byte(`{"base": "kannel-like"}`), 1)
	require.ErrorContains(t, err, "too many bases")
}

// TestTaken: the packages beside get what they need.
func TestTaken(t *testing.T) {
	p, err := Parse([]byte(everything))
	require.NoError(t, err)
	require.Equal(t, pdu.Codec{Version: pdu.V50, Strict: true, Limits: pdu.Limits{MaxSystemID: 20, MaxPassword: 30}}, p.Codec())
	require.Equal(t, pdu.V34, new(Profile).Codec().Version)
	require.False(t, p.Supports(pdu.CommandQuerySM))
	require.False(t, p.Supports(pdu.CommandQuerySMResp))
	require.True(t, p.Supports(pdu.CommandReplaceSM))
	require.False(t, new(Profile).Supports(pdu.CommandBroadcastSM), "3.4 has no broadcast")
	require.Equal(t, text.Peer{Default: text.Latin1, Padding: text.PadCRExact, GSMDataCoding: true}, p.Peer())
	require.Equal(t, multipart.Options{
		Text:   text.Options{Peer: p.Peer(), Alphabets: p.Alphabets, Languages: p.Languages, Transliterate: true},
		Method: multipart.MethodSAR, Graphemes: true, PayloadOver: 254,
	}, p.SplitOptions())
	r := p.Receipts
	require.Equal(t, &receipt.Parser{
		Location: r.TimeZone, States: r.States, Separators: ",;", Pattern: r.Pattern, TextFirst: true, Unmarked: true,
	}, p.Parser())
	require.Equal(t, &receipt.Format{
		Location: r.TimeZone, ID: r.ID, Seconds: true, Version: pdu.V50, NoText: true, NoTLVs: true, KeepAddresses: true,
	}, p.Format())
	store := receipt.NewMemory(receipt.MemoryConfig{})
	require.Equal(t, receipt.CorrelatorConfig{Peer: "peer one", ID: r.ID, Store: store, AcceptedFinal: true}, p.Correlator(store))

	for _, c := range []struct {
		parts Parts
		want  [3]bool
	}{{PartsAll, [3]bool{true, true, true}}, {PartsFirst, [3]bool{true, false, false}}, {PartsLast, [3]bool{false, false, true}}} {
		for i, want := range c.want {
			require.Equal(t, want, c.parts.Includes(i+1, 3), "%v %d", c.parts, i+1)
		}
		require.True(t, c.parts.Includes(1, 1))
	}
	require.Equal(t, "last 9", PartsLast.String()+" "+Parts(9).String())
}

func TestPrepare(t *testing.T) {
	p, err := Parse([]byte(everything))
	require.NoError(t, err)
	own := append(make(pdu.TLVs, 0, 8), pdu.TLV{Tag: 0x1401, Value: []byte("mine")})
	m := &pdu.SubmitSM{ValidityPeriod: "000001000000000R", ScheduleDeliveryTime: "x", TLVs: own}
	p.Prepare(m)
	want := &pdu.SubmitSM{ServiceType: "CMT", TLVs: pdu.TLVs{
		{Tag: 0x1401, Value: []byte("mine")}, {Tag: 0x1400, Value: []byte{1, 255}}, {Tag: pdu.TagSourcePort, Value: []byte{0, 1}},
	}}
	require.Equal(t, want, m)
	require.Zero(t, own[:2][1], "the caller's list is left alone")
	p.Prepare(m)
	require.Equal(t, want, m)
	other := &pdu.SubmitSM{ServiceType: "VMA", ValidityPeriod: "1", ScheduleDeliveryTime: "2"}
	new(Profile).Prepare(other)
	require.Equal(t, &pdu.SubmitSM{ServiceType: "VMA", ValidityPeriod: "1", ScheduleDeliveryTime: "2"}, other)
	repeated := &Profile{Submit: Submit{TLVs: pdu.TLVs{{Tag: 0x1400, Value: []byte{1}}, {Tag: 0x1400, Value: []byte{2}}}}}
	m = new(pdu.SubmitSM)
	repeated.Prepare(m)
	require.Len(t, m.TLVs, 2, "a tag may repeat")
}

func TestAddress(t *testing.T) {
	national := &Numbering{pdu.TONNational, pdu.NPIISDN}
	for _, c := range []struct {
		rules AddressRules
		in    string
		want  pdu.Address
	}{
		{AddressRules{}, "+46700000001", pdu.Address{TON: 1, NPI: 1, Addr: "46700000001"}},
		{AddressRules{}, "71234", pdu.Address{TON: 3, NPI: 0, Addr: "71234"}},
		{AddressRules{}, "0700000001", pdu.Address{TON: 0, NPI: 1, Addr: "0700000001"}},
		{AddressRules{}, "Shop 24", pdu.Address{TON: 5, NPI: 0, Addr: "Shop 24"}},
		{AddressRules{InternationalPrefix: "00"}, "0046700000001", pdu.Address{TON: 1, NPI: 1, Addr: "46700000001"}},
		{AddressRules{InternationalPrefix: "00"}, "00", pdu.Address{TON: 0, NPI: 1, Addr: "00"}},
		{AddressRules{InternationalPrefix: "00", KeepPlus: true}, "0046700000001", pdu.Address{TON: 1, NPI: 1, Addr: "+46700000001"}},
		{AddressRules{KeepPlus: true}, "71234", pdu.Address{TON: 3, NPI: 0, Addr: "71234"}},
		{AddressRules{Bare: true}, "46700000001", pdu.Address{TON: 1, NPI: 1, Addr: "46700000001"}},
		{AddressRules{Bare: true}, "71234", pdu.Address{TON: 3, NPI: 0, Addr: "71234"}},
		{AddressRules{Bare: true}, "71", pdu.Address{TON: 0, NPI: 1, Addr: "71"}},
		{AddressRules{ShortCodeMax: 4, National: national}, "71234", pdu.Address{TON: 2, NPI: 1, Addr: "71234"}},
		{AddressRules{ShortCodeMax: -1, National: national}, "712", pdu.Address{TON: 2, NPI: 1, Addr: "712"}},
		{AddressRules{ShortCode: &Numbering{}}, "71234", pdu.Address{Addr: "71234"}},
		{AddressRules{International: &Numbering{}}, "+71234", pdu.Address{Addr: "71234"}},
		{AddressRules{Alphanumeric: &Numbering{TON: 5, NPI: 1}, AlphanumericMax: 15}, "A long sender", pdu.Address{TON: 5, NPI: 1, Addr: "A long sender"}},
	} {
		got, err := c.rules.Address(c.in)
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%+v %s", c.rules, c.in)
	}
	for in, rules := range map[string]AddressRules{
		"": {}, "+": {}, "+a": {}, "Åsa": {}, "--": {}, "twelve chars": {}, "Name": {AlphanumericMax: -1},
		"123456789012345678901": {}, "+12345678901234567890": {KeepPlus: true},
	} {
		got, err := rules.Address(in)
		require.ErrorContains(t, err, "profile: address", in)
		require.Zero(t, got)
	}
	p := &Profile{Source: AddressRules{Bare: true}, Dest: AddressRules{National: national}}
	source, err := p.SourceAddress("46700000001")
	require.NoError(t, err)
	require.Equal(t, pdu.TONInternational, source.TON)
	dest, err := p.DestAddress("46700000001")
	require.NoError(t, err)
	require.Equal(t, pdu.TONNational, dest.TON)
}

// TestAddressZero: without rules, addresses are those of pdu.ParseAddress.
func TestAddressZero(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.StringMatching(`\+?[0-9]{0,23}`), rapid.String(), rapid.StringMatching(`\+?[ -~]{0,13}`)).Draw(t, "address")
		want, wantErr := pdu.ParseAddress(s)
		got, err := new(AddressRules).Address(s)
		require.Equal(t, wantErr == nil, err == nil)
		require.Equal(t, want, got)
	})
}

// FuzzParse: no input breaks the reader, and what it takes is written and read the same.
func FuzzParse(f *testing.F) {
	f.Add([]byte(everything))
	for _, name := range Presets() {
		b, err := presets.ReadFile("presets/" + name + ".json")
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		p, err := Parse(in)
		if err != nil {
			require.ErrorContains(t, err, "profile: ")
			return
		}
		b, err := json.Marshal(p)
		require.NoError(t, err)
		back, err := Parse(b)
		require.NoError(t, err)
		again, err := json.Marshal(back)
		require.NoError(t, err)
		require.Equal(t, string(b), string(again))
	})
}
