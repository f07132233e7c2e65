package pdu_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/tlv"
)

// TestTshark lets tshark, which shares no code and no author with this package, read what the codec encodes: every
// command with generated bodies and TLVs, and every vector. It must find each field of the body, by its own name, at
// the place and with the octets that the body implies, no other fields, and nothing malformed.
//
// The errors of tshark 4.0 are excused one by one: in tsharkOf and tsharkTLV, each with its reason.
func TestTshark(t *testing.T) {
	requireTshark(t)
	cases := slices.Concat(vectorCases(t), generatedCases(t))
	seen := map[pdu.CommandID]bool{}
	var frames [][]byte
	for i := range cases {
		c := &cases[i]
		frame, err := c.codec.Append(nil, c.pdu)
		require.NoError(t, err, c.name)
		frames = append(frames, frame)
		seen[pdu.CommandID(binary.BigEndian.Uint32(frame[4:]))] = true
	}
	for _, id := range commands() {
		require.True(t, seen[id], "no case encodes %v", id)
	}
	packets := readWithTshark(t, frames)
	require.Len(t, packets, len(frames))
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) { packets[i].check(t, tsharkOf(c.pdu), len(frames[i])) })
	}
}

// TestTsharkFinds shows that the checks above do find faults: they are worth nothing if tshark, or the reading of its
// output, lets everything pass.
func TestTsharkFinds(t *testing.T) {
	requireTshark(t)
	p := &pdu.PDU{Header: pdu.Header{Seq: 1}, Body: &pdu.SubmitSM{
		Dest: pdu.Address{Addr: "46700000001"}, ShortMessage: []byte("hello"),
		TLVs: pdu.TLVs{{Tag: pdu.TagSourcePort, Value: []byte{1, 2}}},
	}}
	good, err := pdu.Append(nil, p)
	require.NoError(t, err)
	fix := func(b []byte) []byte {
		binary.BigEndian.PutUint32(b, uint32(len(b)))
		return b
	}
	other := bytes.Clone(good)
	other[len(other)-1]++
	packets := readWithTshark(t, [][]byte{
		good,
		fix(append(bytes.Clone(good), 0)),
		fix(bytes.Clone(good[:len(good)-1])),
		other,
		fix(append(bytes.Clone(good), 2, 4, 0, 2, 0, 7)),
	})
	require.Empty(t, packets[0].problems(tsharkOf(p), len(good)))
	for _, packet := range packets[1:] {
		require.NotEmpty(t, packet.problems(tsharkOf(p), len(good)))
	}
}

func requireTshark(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		const missing = "tshark is not installed: apt-get install tshark"
		if os.Getenv("CI") == "true" || os.Getenv("SMPP_INTEROP") == "required" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
}

// tsharkCase is a PDU that tshark is to read.
type tsharkCase struct {
	name  string
	codec pdu.Codec
	pdu   *pdu.PDU
}

// add appends the case in a form that tshark reads, and where it does not read all of the PDU, one of which it does.
func (c tsharkCase) add(to []tsharkCase) []tsharkCase {
	if c.pdu.Body != nil {
		c.pdu = &pdu.PDU{Header: c.pdu.Header, Body: withoutTLVs(c.pdu.Body)}
	}
	to = append(to, c)
	if c.pdu.Status != 0 && c.pdu.Body != nil {
		// tshark leaves the body of an error response alone. The same with ESME_ROK must be right.
		p := *c.pdu
		p.Status = 0
		to = append(to, tsharkCase{c.name + ", as ok", c.codec, &p})
	}
	return to
}

// withoutTLVs returns the body without the TLVs that tshark 4.0 gets wrong, and after which it loses step:
// broadcast_rep_num, of two octets, and ms_validity of four.
func withoutTLVs(body pdu.Body) pdu.Body {
	s := reflect.New(reflect.TypeOf(body).Elem())
	s.Elem().Set(reflect.ValueOf(body).Elem())
	if f := s.Elem().FieldByName("TLVs"); f.IsValid() {
		ts := slices.Clone(f.Interface().(pdu.TLVs))
		f.Set(reflect.ValueOf(slices.DeleteFunc(ts, func(v pdu.TLV) bool {
			return v.Tag == pdu.TagBroadcastRepNum || v.Tag == pdu.TagMSValidity && len(v.Value) == 4
		})))
	}
	return s.Interface().(pdu.Body)
}

// commands returns every command that the package knows.
func commands() []pdu.CommandID {
	var all []pdu.CommandID
	for id := pdu.CommandID(0); id < 0x1000; id++ {
		for _, id := range []pdu.CommandID{id, id | 0x80000000} {
			if id.Known() {
				all = append(all, id)
			}
		}
	}
	return all
}

func vectorCases(t *testing.T) (cases []tsharkCase) {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var file struct {
		Vectors []struct{ ID, Version, Wire, Hex string }
	}
	require.NoError(t, json.Unmarshal(b, &file))
	require.NotEmpty(t, file.Vectors)
	for _, v := range file.Vectors {
		if v.Wire == "tolerate" {
			continue // taken from peers and never sent
		}
		codec := pdu.Codec{Version: map[string]pdu.Version{"3.3": pdu.V33, "3.4": pdu.V34, "5.0": pdu.V50}[v.Version]}
		frame, err := hex.DecodeString(v.Hex)
		require.NoError(t, err)
		p, err := codec.Decode(frame)
		require.NoError(t, err, v.ID)
		cases = tsharkCase{v.ID, codec, p}.add(cases)
	}
	return cases
}

// generatedCases returns PDUs of every command: empty, with every field and TLV set, and at random.
func generatedCases(t *testing.T) (cases []tsharkCase) {
	t.Helper()
	const variants = 20
	r := rand.New(rand.NewPCG(1, 2))
	for _, id := range commands() {
		codec := pdu.Codec{Version: pdu.V50}
		if !id.In(codec.Version) {
			codec.Version = pdu.V33
		}
		for i := range variants {
			body := pdu.NewBody(id)
			fillBody(r, codec.Version, body, i)
			p := &pdu.PDU{Header: pdu.Header{ID: id, Seq: 1 + r.Uint32N(0x7FFFFFFF)}, Body: body}
			if id.IsResponse() && i == variants-1 {
				p.Status = pdu.StatusSystemError
			}
			cases = tsharkCase{fmt.Sprintf("%v/%d", id, i), codec, p}.add(cases)
		}
		if id.IsResponse() {
			bare := &pdu.PDU{Header: pdu.Header{ID: id, Status: pdu.StatusThrottled, Seq: 1}}
			cases = append(cases, tsharkCase{fmt.Sprintf("%v/bare", id), codec, bare})
		}
	}
	// Each TLV alone, so that a fault does not hide behind another.
	for _, v := range knownTLVs(t) {
		body := &pdu.DataSM{Dest: pdu.Address{Addr: "46700000001"}, TLVs: pdu.TLVs{v}}
		cases = tsharkCase{"data_sm/" + v.Tag.String(), pdu.Codec{}, &pdu.PDU{Body: body}}.add(cases)
	}
	return cases
}

// fillBody sets the fields of a body: none in variant 0, all and to their full length in variant 1, at random later.
func fillBody(r *rand.Rand, v pdu.Version, body pdu.Body, variant int) {
	text := func(most int) string {
		n := r.IntN(most + 1)
		if variant == 1 {
			n = most
		}
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(1 + r.UintN(255))
		}
		return string(b)
	}
	when := func() string {
		return []string{"", "260301093000004+", "991231235959948-", "000002000000000R"}[r.IntN(4)]
	}
	sizes := map[string]int{
		"ServiceType": 5, "SystemID": 15, "Password": 8, "SystemType": 12, "AddressRange": 40, "MessageID": 64,
		"OriginalMessageID": 8, "ParamName": 31, "ParamValue": 100,
	}
	if v == pdu.V33 {
		sizes["MessageID"] = 8
	}
	address := func() pdu.Address {
		most := 20
		switch body.(type) {
		case *pdu.DataSM, *pdu.AlertNotification:
			most = 64
		}
		return pdu.Address{TON: pdu.TON(r.UintN(7)), NPI: pdu.NPI(r.UintN(19)), Addr: text(most)}
	}
	dests := func() (list []pdu.DestAddress) {
		for range 1 + r.IntN(3) {
			if r.IntN(2) == 0 {
				list = append(list, pdu.DestAddress{Flag: pdu.DestFlagSME, Address: address()})
			} else {
				list = append(list, pdu.DestAddress{Flag: pdu.DestFlagList, DLName: text(20)})
			}
		}
		return list
	}
	s := reflect.ValueOf(body).Elem()
	for i := range s.NumField() {
		f, name := s.Field(i), s.Type().Field(i).Name
		if name == "Dests" { // may not be empty
			f.Set(reflect.ValueOf(dests()))
		}
		if variant == 0 {
			continue
		}
		switch x := f.Addr().Interface().(type) {
		case *pdu.Address:
			*x = address()
		case *[]pdu.UnsuccessSME:
			for range r.IntN(4) {
				*x = append(*x, pdu.UnsuccessSME{Address: address(), Status: pdu.CommandStatus(r.Uint32())})
			}
		case *[]string:
			for range r.IntN(4) {
				*x = append(*x, text(8))
			}
		case *[]byte:
			*x = []byte(text(160))
		case *pdu.TLVs:
			if v != pdu.V33 {
				*x = randomTLVs(r, variant)
			}
		case *pdu.ESMClass:
			*x = pdu.ESMClass(r.UintN(256)) &^ pdu.ESMClassUDHI // or the text would need a header to be right
		default:
			switch {
			case f.Kind() == reflect.Uint8 && v == pdu.V33 && name == "SMDefaultMsgID":
				f.SetUint(uint64(r.UintN(101)))
			case f.Kind() == reflect.Uint8:
				f.SetUint(uint64(r.UintN(256)))
			case name == "ScheduleDeliveryTime", name == "ValidityPeriod", name == "FinalDate":
				f.SetString(when())
			case f.Kind() == reflect.String && sizes[name] > 0:
				f.SetString(text(sizes[name]))
			}
		}
	}
}

// set returns the TLV that a key writes.
func set[T any](t *testing.T, k pdu.Key[T], v T) pdu.TLV {
	t.Helper()
	var ts pdu.TLVs
	require.NoError(t, k.Set(&ts, v))
	return ts[0]
}

// knownTLVs returns every TLV of the protocol.
func knownTLVs(t *testing.T) []pdu.TLV {
	t.Helper()
	end, err := pdu.ParseTime("260301093000004+")
	require.NoError(t, err)
	all := []pdu.TLV{
		set(t, tlv.DestAddrSubunit, pdu.AddrSubunitSmartCard1),
		set(t, tlv.SourceAddrSubunit, pdu.AddrSubunitMSDisplay),
		set(t, tlv.DestNetworkType, pdu.NetworkTypeGSM),
		set(t, tlv.SourceNetworkType, pdu.NetworkTypePaging),
		set(t, tlv.DestBearerType, pdu.BearerTypeUSSD),
		set(t, tlv.SourceBearerType, pdu.BearerTypeSMS),
		set(t, tlv.DestTelematicsID, 0x4001),
		set(t, tlv.SourceTelematicsID, 0x40),
		set(t, tlv.QoSTimeToLive, 86400),
		set(t, tlv.PayloadType, pdu.PayloadTypeWCMP),
		set(t, tlv.AdditionalStatusInfoText, "why it failed"),
		set(t, tlv.ReceiptedMessageID, "8F2A9C01"),
		set(t, tlv.MSMsgWaitFacilities, pdu.MSMsgWaitEmail|pdu.MSMsgWaitActive),
		set(t, tlv.PrivacyIndicator, pdu.PrivacySecret),
		set(t, tlv.SourceSubaddress, pdu.Subaddress{Type: pdu.SubaddressUser, Addr: []byte("12")}),
		set(t, tlv.DestSubaddress, pdu.Subaddress{Type: pdu.SubaddressNSAPEven, Addr: []byte("34")}),
		set(t, tlv.UserMessageReference, 0xFFFE),
		set(t, tlv.UserResponseCode, 15),
		set(t, tlv.SourcePort, 9200),
		set(t, tlv.DestinationPort, 2948),
		set(t, tlv.SARMsgRefNum, 0x0107),
		set(t, tlv.LanguageIndicator, pdu.LanguageSpanish),
		set(t, tlv.SARTotalSegments, 255),
		set(t, tlv.SARSegmentSeqnum, 254),
		set(t, tlv.SCInterfaceVersion, pdu.V50),
		set(t, tlv.CallbackNumPresInd, pdu.PresentationRestricted|pdu.ScreeningNetwork),
		set(t, tlv.CallbackNumATag, pdu.CallbackNumATag{DataCoding: pdu.DataCodingUCS2, Text: []byte{0, 'A'}}),
		set(t, tlv.NumberOfMessages, 99),
		set(t, tlv.CallbackNum, pdu.CallbackNum{TON: pdu.TONInternational, NPI: pdu.NPIISDN, Digits: []byte("4670")}),
		set(t, tlv.DPFResult, 1),
		set(t, tlv.SetDPF, 1),
		set(t, tlv.MSAvailabilityStatus, 2),
		set(t, tlv.NetworkErrorCode, pdu.NetworkErrorCode{Network: pdu.NetworkErrorGSM, Code: 0x0122}),
		set(t, tlv.MessagePayload, []byte("payload")),
		set(t, tlv.DeliveryFailureReason, 3),
		set(t, tlv.MoreMessagesToSend, 1),
		set(t, tlv.MessageState, pdu.MessageStateDelivered),
		set(t, tlv.CongestionState, 91),
		set(t, tlv.USSDServiceOp, 2),
		set(t, tlv.BroadcastChannelIndicator, 1),
		set(t, tlv.BroadcastContentType, pdu.BroadcastContentType{Network: 1, Content: 0x0123}),
		set(t, tlv.BroadcastContentTypeInfo, []byte("info")),
		set(t, tlv.BroadcastMessageClass, 2),
		set(t, tlv.BroadcastRepNum, 0x0102),
		set(t, tlv.BroadcastFrequencyInterval, pdu.BroadcastFrequencyInterval{Unit: 9, Count: 0x011F}),
		set(t, tlv.BroadcastAreaIdentifier, pdu.BroadcastArea{Format: 0, Area: []byte("Stockholm")}),
		set(t, tlv.BroadcastErrorStatus, pdu.StatusInvalidMsgLength),
		set(t, tlv.BroadcastAreaSuccess, 95),
		set(t, tlv.BroadcastEndTime, end),
		set(t, tlv.BroadcastServiceGroup, []byte("group")),
		set(t, tlv.BillingIdentification, pdu.BillingIdentification{Format: 1, Data: []byte("bill")}),
		set(t, tlv.SourceNetworkID, "124001"),
		set(t, tlv.DestNetworkID, "124002"),
		set(t, tlv.SourceNodeID, "123456"),
		set(t, tlv.DestNodeID, "654321"),
		set(t, tlv.DestAddrNPResolution, 2),
		set(t, tlv.DestAddrNPInformation, "0123456789"),
		set(t, tlv.DestAddrNPCountry, []byte{46, 0, 1}),
		set(t, tlv.DisplayTime, 2),
		set(t, tlv.SMSSignal, 0x0102),
		set(t, tlv.MSValidity, pdu.MSValidity{Behaviour: 3}),
		set(t, tlv.AlertOnMessageDelivery, 0),
		set(t, tlv.AlertOnMessageDelivery, 2),
		set(t, tlv.ITSReplyType, 8),
		set(t, tlv.ITSSessionInfo, pdu.ITSSessionInfo{Session: 7, Sequence: 0x55, End: true}),
		{Tag: 0x1402, Value: []byte("vendor")}, // vendor range
		{Tag: 0x4001, Value: []byte("nobody")}, // reserved
		{Tag: 0x1403},                          // empty
		{Tag: 0x1404, Value: make([]byte, 60000)},
	}
	have := map[pdu.Tag]bool{}
	for _, v := range all {
		have[v.Tag] = true
	}
	for tag := range pdu.Tag(0xFFFF) {
		require.True(t, have[tag] || !tag.Known(), "no case has %v", tag)
	}
	return all
}

// randomTLVs returns TLVs that occur nowhere in particular, so that every command carries some.
func randomTLVs(r *rand.Rand, variant int) (ts pdu.TLVs) {
	for range r.IntN(4) {
		ts.Add(pdu.TagUserMessageReference, []byte{byte(r.Uint32()), byte(r.Uint32())})
		ts.Add(0x1500+pdu.Tag(r.UintN(0x1000)), make([]byte, r.IntN(40)))
		ts.Add(pdu.TagReceiptedMessageID, []byte("12ab\x00"))
	}
	if variant == 1 {
		ts.Add(0x1600, make([]byte, 3000))
	}
	return ts
}

// tsharkField is a field as tshark reports it. Pos counts from the start of the PDU. A field with a mask is some bits of
// an octet, and Hex is their value; else Hex is the octets.
type tsharkField struct {
	Name     string
	Hex      string
	Pos, Len int
	Mask     int
	also     string // another name that is right
	optional bool   // may be missing; tshark's reason is where it is set
}

// tsharkPacket is what tshark makes of one packet.
type tsharkPacket struct {
	Layers []string
	Fields []tsharkField
	Faults []string // malformed, or the like
}

func (p tsharkPacket) check(t *testing.T, want []tsharkField, size int) {
	t.Helper()
	for _, s := range p.problems(want, size) {
		t.Error(s)
	}
}

// problems compares what tshark found with what it should have.
func (p tsharkPacket) problems(want []tsharkField, size int) (problems []string) {
	fail := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if want == nil {
		// The three operations of SMPP 3.3 alone: tshark does not know them and shows octets.
		if !slices.Equal(p.Layers, []string{"data"}) {
			fail("layers %v, tshark knows the command by now: compare its fields", p.Layers)
		}
		return problems
	}
	// User data with a header goes to other parts of tshark, which are switched off: it shows them as data besides.
	if !slices.Contains(p.Layers, "smpp") {
		fail("layers %v, want smpp", p.Layers)
	}
	for _, f := range p.Faults {
		fail("tshark complains: %s", f)
	}
	left := slices.Clone(p.Fields)
	for _, w := range want {
		i := slices.IndexFunc(left, func(f tsharkField) bool {
			return (f.Name == w.Name || f.Name == w.also) && f.Pos == w.Pos && f.Mask == w.Mask
		})
		switch {
		case i >= 0:
			if f := left[i]; f.Hex != w.Hex || f.Len != w.Len {
				fail("%s at %d is %.80s (%d octets), want %.80s (%d)", w.Name, w.Pos, f.Hex, f.Len, w.Hex, w.Len)
			}
			left = slices.Delete(left, i, i+1)
		case !w.optional:
			fail("%s at %d is missing, want %.80s", w.Name, w.Pos, w.Hex)
		}
	}
	for _, f := range left {
		switch {
		case f.Name == "smpp.message_text": // of short_message once more, as text
		case strings.HasPrefix(f.Name, "smpp.dcs."): // parts of data_coding, which is there as a whole
		default:
			fail("%s at %d is %.80s, want nothing there", f.Name, f.Pos, f.Hex)
		}
	}
	if len(want) > 0 && want[0].Hex != fmt.Sprintf("%08x", size) {
		fail("command_length %s, want %d", want[0].Hex, size)
	}
	return problems
}

// reader builds the fields that tshark should find.
type reader struct {
	fields []tsharkField
	pos    int
	// skipped is set while tshark reads nothing: what is added then may be missing.
	skipped bool
}

func (r *reader) add(name string, octets []byte) *tsharkField {
	r.peek(name, octets)
	r.pos += len(octets)
	return &r.fields[len(r.fields)-1]
}

// peek adds a field that others share their octets with.
func (r *reader) peek(name string, octets []byte) {
	r.fields = append(r.fields, tsharkField{
		Name: name, Hex: hex.EncodeToString(octets), Pos: r.pos, Len: len(octets), optional: r.skipped,
	})
}

func (r *reader) octet(name string, v uint8) { r.add(name, []byte{v}) }

// cstring adds a string. tshark does not show all of the empty ones.
func (r *reader) cstring(name, s string) *tsharkField {
	w := r.add(name, append([]byte(s), 0))
	w.optional = w.optional || s == ""
	return w
}

// bits adds the parts of an octet, given as name and mask.
func (r *reader) bits(v uint8, parts ...any) {
	for i := 0; i < len(parts); i += 2 {
		mask := parts[i+1].(int)
		value := int(v) & mask / (mask & -mask)
		r.fields = append(r.fields, tsharkField{
			Name: parts[i].(string), Hex: strconv.FormatInt(int64(value), 16), Pos: r.pos, Len: 1, Mask: mask,
			optional: r.skipped,
		})
	}
	r.pos++
}

// time adds a time, whose name tells whether it is a duration; an empty one counts as such.
func (r *reader) time(name, s string) *tsharkField {
	if s == "" || strings.HasSuffix(s, "R") {
		name += "_r"
	}
	return r.cstring(name, s)
}

func (r *reader) address(prefix, name string, a pdu.Address) {
	r.octet(prefix+"_ton", uint8(a.TON))
	r.octet(prefix+"_npi", uint8(a.NPI))
	r.cstring(name, a.Addr)
}

// tsharkOf returns the fields that tshark should find in a PDU, nil when it does not know the command.
func tsharkOf(p *pdu.PDU) []tsharkField {
	id := p.ID
	if p.Body != nil {
		id = p.Body.CommandID()
	}
	switch id.Request() {
	case pdu.CommandParamRetrieve, pdu.CommandQueryLastMsgs, pdu.CommandQueryMsgDetails:
		return nil
	}
	r := &reader{pos: 4}
	r.add("smpp.command_id", binary.BigEndian.AppendUint32(nil, uint32(id)))
	// tshark shows the status of responses only.
	r.add("smpp.command_status", binary.BigEndian.AppendUint32(nil, uint32(p.Status))).optional = !id.IsResponse()
	r.add("smpp.sequence_number", binary.BigEndian.AppendUint32(nil, p.Seq))
	if p.Body != nil {
		// tshark reads no body of an error response, and no TLVs where there is no mandatory field.
		r.skipped = p.Status != 0 || pdu.HeaderOnly(id)
		r.body(p.Body)
	}
	length := tsharkField{Name: "smpp.command_length", Hex: fmt.Sprintf("%08x", r.pos), Len: 4}
	return slices.Insert(r.fields, 0, length)
}

// tsharkNoTLVs are the commands for which SMPP 3.4 has no TLVs, and tshark looks for none; SMPP 5.0 permits them all.
var tsharkNoTLVs = map[pdu.CommandID]bool{
	pdu.CommandBindTransmitter: true, pdu.CommandBindReceiver: true, pdu.CommandBindTransceiver: true,
	pdu.CommandOutbind: true, pdu.CommandQuerySM: true, pdu.CommandQuerySMResp: true, pdu.CommandCancelSM: true,
}

// body adds the fields of a body in the order of its struct, which is that of the wire.
func (r *reader) body(body pdu.Body) {
	s := reflect.ValueOf(body).Elem()
	for i := range s.NumField() {
		switch name, f := s.Type().Field(i).Name, s.Field(i); x := f.Interface().(type) {
		case pdu.Address:
			switch name {
			case "Source":
				r.address("smpp.source_addr", "smpp.source_addr", x)
			case "Dest":
				r.address("smpp.dest_addr", "smpp.destination_addr", x)
			case "ESME":
				r.address("smpp.esme_addr", "smpp.esme_addr", x)
			}
		case []pdu.DestAddress:
			r.octet("smpp.dlist", uint8(len(x)))
			for _, d := range x {
				r.pos++ // dest_flag, which tshark uses and does not show
				if d.Flag == pdu.DestFlagList {
					r.cstring("smpp.dl_name", d.DLName)
				} else {
					r.address("smpp.dest_addr", "smpp.destination_addr", d.Address)
				}
			}
		case []pdu.UnsuccessSME:
			r.add("smpp.dlist_resp", []byte{uint8(len(x))}).optional = r.skipped || len(x) == 0 // not shown when empty
			for _, u := range x {
				r.address("smpp.dest_addr", "smpp.destination_addr", u.Address)
				r.add("smpp.error_status_code", binary.BigEndian.AppendUint32(nil, uint32(u.Status)))
			}
		case pdu.ESMClass:
			r.bits(uint8(x), "smpp.esm.submit.msg_mode", 0x03, "smpp.esm.submit.msg_type", 0x3C,
				"smpp.esm.submit.features", 0xC0)
		case pdu.RegisteredDelivery:
			r.bits(uint8(x), "smpp.regdel.receipt", 0x03, "smpp.regdel.acks", 0x0C, "smpp.regdel.notif", 0x10)
		case []byte:
			r.octet("smpp.sm_length", uint8(len(x)))
			if len(x) > 0 {
				r.add("smpp.message", x)
			}
		case pdu.TLVs:
			r.skipped = r.skipped || tsharkNoTLVs[body.CommandID()]
			for _, v := range x {
				r.tlv(v)
			}
		default:
			r.plain(body, name, f)
		}
	}
}

var tsharkNames = map[string]string{
	"ServiceType": "service_type", "SystemID": "system_id", "Password": "password", "SystemType": "system_type",
	"InterfaceVersion": "interface_version", "AddrTON": "addr_ton", "AddrNPI": "addr_npi", "AddressRange": "address_range",
	"ProtocolID": "protocol_id", "PriorityFlag": "priority_flag", "DataCoding": "data_coding",
	"SMDefaultMsgID": "sm_default_msg_id", "MessageID": "message_id", "MessageState": "message_state",
	"ErrorCode": "error_code",
}

// plain adds a string or an octet.
func (r *reader) plain(body pdu.Body, name string, f reflect.Value) {
	switch name {
	case "ReplaceIfPresent":
		r.bits(uint8(f.Uint()), "smpp.replace_if_present_flag", 0x01)
		return
	case "ScheduleDeliveryTime":
		r.time("smpp.schedule_delivery_time", f.String())
		return
	case "ValidityPeriod":
		w := r.time("smpp.validity_period", f.String())
		if _, multi := body.(*pdu.SubmitMulti); multi {
			// tshark shows this one under the name of the other time.
			w.also = strings.Replace(w.Name, "validity_period", "schedule_delivery_time", 1)
		}
		return
	case "FinalDate":
		r.time("smpp.final_date", f.String())
		return
	}
	known := "smpp." + tsharkNames[name]
	if f.Kind() == reflect.String {
		w := r.cstring(known, f.String())
		if _, broadcast := body.(*pdu.BroadcastSM); broadcast && name == "MessageID" {
			w.optional = true // tshark reads it and does not show it
		}
		return
	}
	r.octet(known, uint8(f.Uint()))
}

// tlv adds a TLV.
func (r *reader) tlv(v pdu.TLV) {
	r.add("smpp.opt_param_tag", binary.BigEndian.AppendUint16(nil, uint16(v.Tag)))
	r.add("smpp.opt_param_len", binary.BigEndian.AppendUint16(nil, uint16(len(v.Value))))
	switch b := v.Value; v.Tag {
	case pdu.TagMSMsgWaitFacilities:
		r.bits(b[0], "smpp.msg_wait.ind", 0x80, "smpp.msg_wait.type", 0x03)
	case pdu.TagCallbackNumPresInd:
		r.bits(b[0], "smpp.callback_num.pres", 0x0C, "smpp.callback_num.scrn", 0x03)
	case pdu.TagNetworkErrorCode:
		r.octet("smpp.network_error.type", b[0])
		r.add("smpp.network_error.code", b[1:])
	case pdu.TagITSSessionInfo:
		r.octet("smpp.its_session.number", b[0])
		r.bits(b[1], "smpp.its_session.sequence", 0xFE, "smpp.its_session.ind", 0x01)
	case pdu.TagBroadcastContentType:
		r.octet("smpp.broadcast_content_type.nw", b[0])
		r.add("smpp.broadcast_content_type.type", b[1:])
	case pdu.TagBroadcastFrequencyInterval:
		r.octet("smpp.broadcast_frequency_interval.unit", b[0])
		r.add("smpp.broadcast_frequency_interval.value", b[1:])
	case pdu.TagBroadcastAreaIdentifier:
		r.peek("smpp.broadcast_area_identifier.format", b[:1])
		r.add("smpp.broadcast_area_identifier", b)
	case pdu.TagAlertOnMessageDelivery:
		if len(b) == 0 {
			r.add("smpp.alert_on_message_delivery_null", b)
		} else {
			r.add("smpp.alert_on_message_delivery_type", b)
		}
	case pdu.TagBroadcastContentTypeInfo:
		r.add("smpp.broadcast_content_type.info", b)
	case pdu.TagSCInterfaceVersion:
		r.add("smpp.SC_interface_version", b)
	case pdu.TagBillingIdentification:
		r.add("smpp.billing_id", b)
	case pdu.TagDestAddrNPInformation:
		r.add("smpp.dest_addr_np_info", b)
	case pdu.TagMessagePayload:
		r.add("smpp.message_payload", b).optional = r.skipped || len(b) == 0 // not shown when empty
	default:
		switch {
		case v.Tag.Known():
			r.add("smpp."+v.Tag.String(), b)
		case v.Tag.Vendor():
			r.add("smpp.vendor_op", b)
		default:
			r.add("smpp.reserved_op", b)
		}
	}
}

// readWithTshark writes the frames to a capture file, one in a packet, and returns what tshark makes of each.
func readWithTshark(t *testing.T, frames [][]byte) []tsharkPacket {
	t.Helper()
	file := filepath.Join(t.TempDir(), "encoded.pcap")
	require.NoError(t, os.WriteFile(file, capture(frames), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "tshark", "-n", "-r", file, "-d", "tcp.port==2775,smpp",
		"-T", "jsonraw", "--no-duplicate-keys",
		// What people wrote to each other, and what phones make of it, is none of the codec's business.
		"--disable-protocol", "gsm_sms_ud", "--disable-protocol", "wsp")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s", &stderr)
	var packets []struct {
		Source struct {
			Layers map[string]json.RawMessage
		} `json:"_source"`
	}
	require.NoError(t, json.Unmarshal(out, &packets))
	result := make([]tsharkPacket, len(packets))
	for i, p := range packets {
		result[i].read(t, "", p.Source.Layers)
		slices.Sort(result[i].Layers)
	}
	return result
}

// read collects the fields below a node of tshark's tree. For each field NAME there is a member NAME_raw, with the
// octets, place, length and mask, or a list of such when the field repeats; trees have a member NAME besides.
func (p *tsharkPacket) read(t *testing.T, below string, node map[string]json.RawMessage) {
	t.Helper()
	for key, value := range node {
		name, raw := strings.CutSuffix(key, "_raw")
		switch {
		case strings.HasPrefix(name, "_ws."):
			p.Faults = append(p.Faults, name)
		case below == "" && slices.Contains([]string{"frame", "eth", "ip", "tcp"}, name):
		case below == "" && raw:
			p.Layers = append(p.Layers, name)
		case name == "data": // octets that tshark makes nothing of
		case raw && name != "smpp.opt_params" && name != "smpp.opt_param":
			p.readField(t, name, value)
		case !raw:
			var trees []map[string]json.RawMessage
			if value[0] != '[' {
				value = slices.Concat([]byte("["), value, []byte("]"))
			}
			require.NoError(t, json.Unmarshal(value, &trees), "%s", value)
			for _, tree := range trees {
				p.read(t, name, tree)
			}
		}
	}
	slices.SortFunc(p.Fields, func(a, b tsharkField) int { return cmp.Or(a.Pos-b.Pos, a.Mask-b.Mask) })
}

// pduAt is where the PDU begins in a packet: after the headers that capture writes.
const pduAt = 14 + 20 + 20

func (p *tsharkPacket) readField(t *testing.T, name string, value json.RawMessage) {
	t.Helper()
	var parts []json.RawMessage
	require.NoError(t, json.Unmarshal(value, &parts))
	if parts[0][0] == '[' {
		for _, part := range parts {
			p.readField(t, name, part)
		}
		return
	}
	f := tsharkField{Name: name}
	for i, to := range []any{&f.Hex, &f.Pos, &f.Len, &f.Mask} {
		require.NoError(t, json.Unmarshal(parts[i], to))
	}
	f.Hex = strings.ToLower(f.Hex)
	f.Pos -= pduAt
	p.Fields = append(p.Fields, f)
}

// capture returns a pcap file of one TCP connection to port 2775 with one frame a packet. Checksums are zero; tshark
// does not look at them.
func capture(frames [][]byte) []byte {
	le, be := binary.LittleEndian, binary.BigEndian
	file := le.AppendUint32(nil, 0xA1B2C3D4)
	file = le.AppendUint16(file, 2)
	file = le.AppendUint16(file, 4)
	file = append(file, make([]byte, 8)...)  // time zone and accuracy
	file = le.AppendUint32(file, 0x00040000) // longest packet
	file = le.AppendUint32(file, 1)          // Ethernet
	seq := uint32(1)
	for i, frame := range frames {
		size := uint32(pduAt + len(frame))
		file = le.AppendUint32(file, uint32(1_700_000_000+i))
		file = le.AppendUint32(file, 0)
		file = le.AppendUint32(file, size)
		file = le.AppendUint32(file, size)
		file = append(file, make([]byte, 12)...) // MAC addresses
		file = append(file, 0x08, 0x00)          // IPv4
		file = append(file, 0x45, 0)
		file = be.AppendUint16(file, uint16(20+20+len(frame)))
		file = be.AppendUint16(file, uint16(i))
		file = append(file, 0, 0, 64, 6, 0, 0) // not fragmented, TTL, TCP, checksum
		file = append(file, 127, 0, 0, 1, 127, 0, 0, 1)
		file = be.AppendUint16(file, 40000)
		file = be.AppendUint16(file, 2775)
		file = be.AppendUint32(file, seq)
		file = be.AppendUint32(file, 1)
		file = append(file, 0x50, 0x18, 0xFF, 0xFF, 0, 0, 0, 0) // PSH and ACK, window, checksum, urgent
		file = append(file, frame...)
		seq += uint32(len(frame))
	}
	return file
}
