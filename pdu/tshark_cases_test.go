package pdu_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/tlv"
)

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
