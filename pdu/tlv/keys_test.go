package tlv_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/tlv"
)

// fact is a TLV in the facts of the protocol.
type fact struct {
	Name, Tag, Type, Since string
	Min, Max               int
}

func facts(t *testing.T) map[string]fact {
	t.Helper()
	b, err := os.ReadFile("../testdata/smpp.json")
	require.NoError(t, err)
	var file struct{ TLVs []fact }
	require.NoError(t, json.Unmarshal(b, &file))
	byName := map[string]fact{}
	for _, f := range file.TLVs {
		byName[f.Name] = f
	}
	return byName
}

// check is one key with values that it takes and refuses.
type check struct {
	tag   pdu.Tag
	trips []func(t *testing.T) int // each returns the size on the wire
	get   func(pdu.TLVs) (bool, error)
}

// key makes a check. The values are written and read back; wire is what the first of them looks like.
func key[T any](k pdu.Key[T], wire string, values ...T) check {
	c := check{tag: k.Tag(), get: func(ts pdu.TLVs) (bool, error) {
		_, ok, err := k.Get(ts)
		return ok, err
	}}
	for i, v := range values {
		c.trips = append(c.trips, func(t *testing.T) int {
			t.Helper()
			var ts pdu.TLVs
			require.NoError(t, k.Set(&ts, v))
			require.NoError(t, k.Add(&ts, v))
			require.Len(t, ts, 2)
			require.Equal(t, k.Tag(), ts[0].Tag)
			if i == 0 {
				require.Equal(t, wire, fmt.Sprintf("%x", ts[0].Value))
			}
			got, ok, err := k.Get(ts)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, v, got)
			n := 0
			for got, err := range k.All(ts) {
				require.NoError(t, err)
				require.Equal(t, v, got)
				n++
			}
			require.Equal(t, 2, n)
			return len(ts[0].Value)
		})
	}
	return c
}

func some(n int) []byte { return []byte(strings.Repeat("x", n)) }

func text(n int) string { return strings.Repeat("x", n) }

func endTime(t *testing.T) pdu.Time {
	t.Helper()
	at, err := pdu.ParseTime("250131120000004+")
	require.NoError(t, err)
	return at
}

// checks has every key. The first and last values that a key takes have the smallest and largest sizes, where its size
// varies.
func checks(t *testing.T) []check {
	return []check{
		key(tlv.DestAddrSubunit, "03", pdu.AddrSubunitSmartCard1),
		key(tlv.SourceAddrSubunit, "01", pdu.AddrSubunitMSDisplay),
		key(tlv.DestNetworkType, "01", pdu.NetworkTypeGSM),
		key(tlv.SourceNetworkType, "08", pdu.NetworkTypePaging),
		key(tlv.DestBearerType, "04", pdu.BearerTypeUSSD),
		key(tlv.SourceBearerType, "01", pdu.BearerTypeSMS),
		key(tlv.DestTelematicsID, "4000", 0x4000),
		key(tlv.SourceTelematicsID, "40", 0x40, 0xFF),
		key(tlv.QoSTimeToLive, "00015180", 86400),
		key(tlv.PayloadType, "01", pdu.PayloadTypeWCMP),
		key(tlv.AdditionalStatusInfoText, "00", "", text(255)),
		key(tlv.ReceiptedMessageID, "00", "", text(64)),
		key(tlv.MSMsgWaitFacilities, "82", pdu.MSMsgWaitEmail|pdu.MSMsgWaitActive),
		key(tlv.PrivacyIndicator, "03", pdu.PrivacySecret),
		key(tlv.SourceSubaddress, "a031", pdu.Subaddress{Type: pdu.SubaddressUser, Addr: []byte("1")}, pdu.Subaddress{Addr: some(22)}),
		key(tlv.DestSubaddress, "8031", pdu.Subaddress{Type: pdu.SubaddressNSAPEven, Addr: []byte("1")}, pdu.Subaddress{Addr: some(22)}),
		key(tlv.UserMessageReference, "fffe", 0xFFFE),
		key(tlv.UserResponseCode, "0f", 15),
		key(tlv.SourcePort, "23f0", 9200),
		key(tlv.DestinationPort, "0b84", 2948),
		key(tlv.SARMsgRefNum, "0007", 7),
		key(tlv.LanguageIndicator, "03", pdu.LanguageSpanish),
		key(tlv.SARTotalSegments, "ff", 255),
		key(tlv.SARSegmentSeqnum, "01", 1),
		key(tlv.SCInterfaceVersion, "50", pdu.V50),
		key(tlv.CallbackNumPresInd, "07", pdu.PresentationRestricted|pdu.ScreeningNetwork),
		key(tlv.CallbackNumATag, "08", pdu.CallbackNumATag{DataCoding: pdu.DataCodingUCS2, Text: []byte{}}, pdu.CallbackNumATag{Text: some(64)}),
		key(tlv.NumberOfMessages, "63", 99),
		key(tlv.CallbackNum, "01010131",
			pdu.CallbackNum{DigitMode: pdu.DigitModeASCII, TON: pdu.TONInternational, NPI: pdu.NPIISDN, Digits: []byte("1")},
			pdu.CallbackNum{Digits: some(16)}),
		key(tlv.DPFResult, "01", pdu.DPFSet),
		key(tlv.SetDPF, "01", pdu.SetDPFRequested),
		key(tlv.MSAvailabilityStatus, "02", pdu.MSUnavailable),
		key(tlv.NetworkErrorCode, "030102", pdu.NetworkErrorCode{Network: pdu.NetworkErrorGSM, Code: 0x0102}),
		key(tlv.MessagePayload, "", []byte(nil), some(65535)),
		key(tlv.DeliveryFailureReason, "03", pdu.FailureTemporaryNetworkError),
		key(tlv.MoreMessagesToSend, "01", pdu.MoreMessages),
		key(tlv.MessageState, "02", pdu.MessageStateDelivered),
		key(tlv.CongestionState, "55", pdu.CongestionState(85)),
		key(tlv.USSDServiceOp, "12", pdu.USSDUSSRConfirm),
		key(tlv.BroadcastChannelIndicator, "01", pdu.BroadcastChannelExtended),
		key(tlv.BroadcastContentType, "000033", pdu.BroadcastContentType{Content: pdu.BroadcastContentWeather}),
		key(tlv.BroadcastContentTypeInfo, "78", some(1), some(255)),
		key(tlv.BroadcastMessageClass, "03", pdu.BroadcastClass3),
		key(tlv.BroadcastRepNum, "012c", 300),
		key(tlv.BroadcastFrequencyInterval, "09000a", pdu.BroadcastFrequencyInterval{Unit: pdu.BroadcastMinutes, Count: 10}),
		key(tlv.BroadcastAreaIdentifier, "02", pdu.BroadcastArea{Format: pdu.BroadcastAreaPolygon, Area: []byte{}}, pdu.BroadcastArea{Area: some(100)}),
		key(tlv.BroadcastErrorStatus, "00000109", pdu.StatusInvalidBroadcastAreaFormat),
		key(tlv.BroadcastAreaSuccess, "ff", pdu.BroadcastAreaSuccessUnknown),
		key(tlv.BroadcastEndTime, fmt.Sprintf("%x", "250131120000004+\x00"), endTime(t)),
		key(tlv.BroadcastServiceGroup, "78", some(1), some(255)),
		key(tlv.BillingIdentification, "80", pdu.BillingIdentification{Format: 0x80, Data: []byte{}}, pdu.BillingIdentification{Data: some(1023)}),
		key(tlv.SourceNetworkID, "78787878787800", text(6), text(64)),
		key(tlv.DestNetworkID, "78787878787800", text(6), text(64)),
		key(tlv.SourceNodeID, "303031323334", "001234"),
		key(tlv.DestNodeID, "303031323334", "001234"),
		key(tlv.DestAddrNPResolution, "02", pdu.NPQueryPorted),
		key(tlv.DestAddrNPInformation, "31323334353637383930", "1234567890"),
		key(tlv.DestAddrNPCountry, "78", some(1), some(5)),
		key(tlv.DisplayTime, "02", pdu.DisplayTimeInvoke),
		key(tlv.SMSSignal, "0102", 0x0102),
		key(tlv.MSValidity, "01", pdu.MSValidity{Behaviour: pdu.MSValidityPowerDown},
			pdu.MSValidity{Behaviour: pdu.MSValidityRelative, Unit: pdu.MSValidityDays, Count: 3}),
		key(tlv.AlertOnMessageDelivery, "", pdu.AlertDefault, pdu.AlertHighPriority),
		key(tlv.ITSReplyType, "08", pdu.ITSReplyContinue),
		key(tlv.ITSSessionInfo, "07ff", pdu.ITSSessionInfo{Session: 7, Sequence: 127, End: true}),
	}
}

func TestKeys(t *testing.T) {
	all := facts(t)
	seen := map[pdu.Tag]bool{}
	for _, c := range checks(t) {
		t.Run(c.tag.String(), func(t *testing.T) {
			f, ok := all[c.tag.String()]
			require.True(t, ok)
			require.False(t, seen[c.tag], "one key for a tag")
			seen[c.tag] = true
			var sizes []int
			for _, trip := range c.trips {
				sizes = append(sizes, trip(t))
			}
			least := f.Min
			if f.Name == "broadcast_end_time" {
				least = f.Max // written with its NUL
			}
			require.Equal(t, least, sizes[0], "smallest size")
			require.Equal(t, f.Max, sizes[len(sizes)-1], "largest size")

			ok, err := c.get(nil)
			require.False(t, ok)
			require.NoError(t, err)
		})
	}
	require.Len(t, seen, len(all))
}

func TestStrictSet(t *testing.T) {
	var ts pdu.TLVs
	for name, err := range map[string]error{
		"additional_status_info_text":   tlv.AdditionalStatusInfoText.Set(&ts, text(256)),
		"receipted_message_id":          tlv.ReceiptedMessageID.Set(&ts, text(65)),
		"receipted_message_id with NUL": tlv.ReceiptedMessageID.Set(&ts, "1\x002"),
		"source_telematics_id":          tlv.SourceTelematicsID.Set(&ts, 0x100),
		"source_network_id short":       tlv.SourceNetworkID.Set(&ts, text(5)),
		"dest_network_id long":          tlv.DestNetworkID.Set(&ts, text(65)),
		"source_node_id short":          tlv.SourceNodeID.Set(&ts, "12345"),
		"dest_node_id letters":          tlv.DestNodeID.Set(&ts, "12345x"),
		"dest_addr_np_information":      tlv.DestAddrNPInformation.Set(&ts, "123"),
		"dest_addr_np_country":          tlv.DestAddrNPCountry.Set(&ts, nil),
		"broadcast_end_time unset":      tlv.BroadcastEndTime.Set(&ts, pdu.Time{}),
		"broadcast_service_group":       tlv.BroadcastServiceGroup.Set(&ts, some(256)),
		"source_subaddress":             tlv.SourceSubaddress.Add(&ts, pdu.Subaddress{}),
	} {
		var failed *pdu.TLVError
		require.ErrorAs(t, err, &failed, name)
		require.True(t, strings.HasPrefix(name, failed.Tag.String()), name)
	}
	require.Empty(t, ts)
}

func TestLenientGet(t *testing.T) {
	get := func(tag pdu.Tag, value string) pdu.TLVs { return pdu.TLVs{{Tag: tag, Value: []byte(value)}} }

	for value, want := range map[string]uint16{"\x40": 0x40, "\x40\x00": 0x4000, "\x00\x40": 0x40} {
		got, _, err := tlv.SourceTelematicsID.Get(get(pdu.TagSourceTelematicsID, value))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, value := range []string{"250131120000004+", "250131120000004+\x00"} {
		got, _, err := tlv.BroadcastEndTime.Get(get(pdu.TagBroadcastEndTime, value))
		require.NoError(t, err)
		require.Equal(t, endTime(t), got)
	}
	for _, value := range []string{"8F2A9C01", "8F2A9C01\x00"} {
		got, _, err := tlv.ReceiptedMessageID.Get(get(pdu.TagReceiptedMessageID, value))
		require.NoError(t, err)
		require.Equal(t, "8F2A9C01", got)
	}
	got, _, err := tlv.ReceiptedMessageID.Get(get(pdu.TagReceiptedMessageID, text(65)+"\x00"))
	require.NoError(t, err)
	require.Equal(t, text(65), got)
	got, _, err = tlv.AdditionalStatusInfoText.Get(get(pdu.TagAdditionalStatusInfoText, "why"))
	require.NoError(t, err)
	require.Equal(t, "why", got)
	alert, ok, err := tlv.AlertOnMessageDelivery.Get(get(pdu.TagAlertOnMessageDelivery, ""))
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, pdu.AlertDefault, alert)
	segments, _, err := tlv.SARTotalSegments.Get(get(pdu.TagSARTotalSegments, "\x00\x02"))
	require.NoError(t, err)
	require.Equal(t, uint8(2), segments)
}

func TestMalformedGet(t *testing.T) {
	for _, test := range []struct {
		check check
		value string
		want  pdu.CommandStatus
	}{
		{key(tlv.QoSTimeToLive, ""), "", pdu.StatusInvalidTLVLength},
		{key(tlv.NetworkErrorCode, ""), "\x03\x00", pdu.StatusInvalidTLVLength},
		{key(tlv.SourceTelematicsID, ""), "\x03\x00\x00", pdu.StatusInvalidTLVLength},
		{key(tlv.BroadcastEndTime, ""), "000000010000000R\x00", pdu.StatusInvalidTLVValue},
		{key(tlv.BroadcastEndTime, ""), "\x00", pdu.StatusInvalidTLVLength},
		{key(tlv.ReceiptedMessageID, ""), text(66), pdu.StatusInvalidTLVLength},
		{key(tlv.MSValidity, ""), "\x01\x00", pdu.StatusInvalidTLVLength},
		{key(tlv.AlertOnMessageDelivery, ""), "\x01\x02", pdu.StatusInvalidTLVLength},
		{key(tlv.CallbackNum, ""), "\x01\x01\x01", pdu.StatusInvalidTLVLength},
	} {
		ok, err := test.check.get(pdu.TLVs{{Tag: test.check.tag, Value: []byte(test.value)}})
		require.True(t, ok, "present")
		var failed *pdu.TLVError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, test.check.tag, failed.Tag)
		require.Equal(t, test.want, failed.Status, err.Error())
	}
}

// Every key tells its name in the protocol, its sections, and its type.
func TestDocumented(t *testing.T) {
	all := facts(t)
	section := regexp.MustCompile(`SMPP 5\.0\s§4\.8\.4\.(\d+)`)
	older := regexp.MustCompile(`SMPP 3\.4\s§5\.3\.2\.(\d+)`)
	seen5, seen34 := map[string]bool{}, map[string]bool{}
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, entry := range files {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, parser.ParseComments)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			group, ok := decl.(*ast.GenDecl)
			if !ok || group.Tok != token.VAR {
				continue
			}
			for _, spec := range group.Specs {
				v := spec.(*ast.ValueSpec)
				if !v.Names[0].IsExported() {
					continue
				}
				require.NotNil(t, v.Type, v.Names[0].Name)
				doc := v.Doc.Text()
				words := strings.Fields(doc)
				require.Equal(t, v.Names[0].Name, words[0])
				f, ok := all[strings.TrimSuffix(words[2], ",")]
				require.True(t, ok, "%s: %s", v.Names[0].Name, words[2])
				at := section.FindStringSubmatch(doc)
				require.NotNil(t, at, f.Name)
				require.False(t, seen5[at[1]], f.Name)
				seen5[at[1]] = true
				at = older.FindStringSubmatch(doc)
				require.Equal(t, f.Since == "3.4", at != nil, f.Name)
				if at != nil {
					require.False(t, seen34[at[1]], f.Name)
					seen34[at[1]] = true
				}
			}
		}
	}
	require.Len(t, seen5, 64)
	require.Len(t, seen34, 44)
}

func Example() {
	var submit pdu.TLVs
	if err := tlv.SARMsgRefNum.Set(&submit, 7); err != nil {
		fmt.Println(err)
	}
	number := pdu.CallbackNum{DigitMode: pdu.DigitModeASCII, TON: pdu.TONInternational, NPI: pdu.NPIISDN, Digits: []byte("4670")}
	if err := tlv.CallbackNum.Add(&submit, number); err != nil {
		fmt.Println(err)
	}

	ref, ok, err := tlv.SARMsgRefNum.Get(submit)
	fmt.Println(ref, ok, err)
	for num, err := range tlv.CallbackNum.All(submit) {
		fmt.Println(num.TON, string(num.Digits), err)
	}
	_, ok, err = tlv.ReceiptedMessageID.Get(submit)
	fmt.Println(ok, err)
	// Output:
	// 7 true <nil>
	// international 4670 <nil>
	// false <nil>
}
