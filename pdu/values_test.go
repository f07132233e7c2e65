package pdu

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// The facts of the protocol that the tests of this package compare the constants with: testdata/smpp.json.
type (
	facts struct {
		Commands []factCommand
		Statuses []factStatus
		TLVs     []factTLV
		Enums    map[string]factEnum
		Times    factTimes
	}
	factCommand struct {
		Name, ID, Kind string
		Versions       []string
		HasResponse    bool `json:"has_response"`
	}
	factStatus struct{ Name, Code, Since string }
	factTLV    struct {
		Name, Tag, Type, Since string
		Min, Max               int
		Lengths                map[string][]int
		DecodeLengths          []int `json:"decode_lengths"`
	}
	factEnum struct {
		Values         []factValue
		Bits           []factBits
		Bands, Ranges  []factRange
		Strings        []factValue
		Network        []factValue
		GenericContent []factValue `json:"generic_content"`
		Range          map[string][2]uint8
	}
	factValue struct {
		Value any
		Name  string
		Final *bool
		Text  *string `json:"receipt_text"`
	}
	factBits struct {
		Mask     uint8
		Name     string
		Values   map[string]string
		ESMEToMC map[string]string `json:"values_esme_to_mc"`
		MCToESME map[string]string `json:"values_mc_to_esme"`
	}
	factRange struct {
		From, To int
		Name     string
	}
	factTimes struct{ Valid, Invalid, Tolerate []factTime }
	factTime  struct {
		Text, Kind, UTC, Why                         string
		Years, Months, Days, Hours, Minutes, Seconds int
	}
)

var loadFacts = sync.OnceValues(func() (facts, error) {
	var f facts
	b, err := os.ReadFile("testdata/smpp.json")
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	return f, err
})

func specFacts(t *testing.T) facts {
	t.Helper()
	f, err := loadFacts()
	require.NoError(t, err)
	return f
}

func factVersion(t *testing.T, s string) Version {
	t.Helper()
	v, ok := map[string]Version{"3.3": V33, "3.4": V34, "5.0": V50}[s]
	require.True(t, ok, s)
	return v
}

func factNumber(t *testing.T, s string, bits int) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(s, 0, bits)
	require.NoError(t, err)
	return n
}

// plainName is a name of the facts without what is added in parentheses or after a colon.
func plainName(name string) string {
	name, _, _ = strings.Cut(name, " (")
	name, _, _ = strings.Cut(name, ":")
	return strings.TrimSuffix(name, ", in three more octets")
}

// named makes the value n of a type print itself.
func named[T ~uint8 | ~uint16](n int) string { return fmt.Sprint(T(n)) }

// otherEnums are the enumerations that tests of their own compare.
var otherEnums = []string{
	"bind_type", "service_type", "esm_class", "registered_delivery", "replace_if_present_flag", "priority_flag",
	"ms_msg_wait_facilities", "callback_num_pres_ind", "congestion_state", "broadcast_area_success",
	"broadcast_content_type", "network_id_prefix",
}

func TestEnums(t *testing.T) {
	all := specFacts(t).Enums
	require.Len(t, all, len(enumTypes)+len(otherEnums))
	for _, name := range otherEnums {
		require.Contains(t, all, name)
	}
	for name, typ := range enumTypes {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, all, name)
			names := map[int]string{}
			for _, v := range all[name].Values {
				if v.Name != "reserved" {
					names[int(v.Value.(float64))] = v.Name
				}
			}
			var keys []int
			for n := range 256 {
				want, ok := names[n]
				if !ok {
					require.NotRegexp(t, `[g-z]{3}`, typ.name(n), "%d is reserved and prints as a number", n)
					continue
				}
				keys = append(keys, n)
				require.Contains(t, []string{want, plainName(want)}, typ.name(n), n)
			}
			require.Equal(t, keys, typ.values, "constants")
		})
	}
}

func TestBitFields(t *testing.T) {
	all := specFacts(t).Enums
	parse := func(m map[string]string) (list []uint8) {
		for n := range 256 {
			for key := range m {
				if int(factNumber(t, key, 8)) == n {
					list = append(list, uint8(n))
				}
			}
		}
		return list
	}
	esm := all["esm_class"].Bits
	require.Equal(t, esm[0].Mask, uint8(esmModeMask))
	require.Equal(t, parse(esm[0].Values), octets(ESMClassDefaultMode, ESMClassDatagram, ESMClassForward, ESMClassStoreAndForward))
	require.Equal(t, esm[1].Mask, uint8(esmTypeMask))
	require.Equal(t, parse(esm[1].ESMEToMC), octets(ESMClassNormal, ESMClassDeliveryAck, ESMClassUserAck))
	require.Equal(t, parse(esm[1].MCToESME),
		octets(ESMClassNormal, ESMClassReceipt, ESMClassDeliveryAck, ESMClassUserAck, ESMClassConversationAbort, ESMClassIntermediate))
	require.Equal(t, parse(esm[2].Values), octets(0, ESMClassUDHI, ESMClassReplyPath, ESMClassUDHI|ESMClassReplyPath))

	reg := all["registered_delivery"].Bits
	require.Equal(t, reg[0].Mask, uint8(registeredReceiptMask))
	require.Equal(t, parse(reg[0].Values), octets(0, RegisteredReceipt, RegisteredReceiptOnFailure, RegisteredReceiptOnSuccess))
	require.Equal(t, parse(reg[1].Values), octets(0, RegisteredDeliveryAck, RegisteredUserAck, RegisteredDeliveryAck|RegisteredUserAck))
	require.Equal(t, parse(reg[2].Values), octets(0, RegisteredIntermediate))

	wait := all["ms_msg_wait_facilities"].Bits
	require.Equal(t, parse(wait[0].Values), octets(0, MSMsgWaitActive))
	require.Equal(t, parse(wait[1].Values), octets(MSMsgWaitVoicemail, MSMsgWaitFax, MSMsgWaitEmail, MSMsgWaitOther))
	for _, v := range parse(wait[1].Values) {
		require.Equal(t, wait[1].Values[strconv.Itoa(int(v))]+" active", fmt.Sprint(MSMsgWaitFacilities(v)|MSMsgWaitActive))
	}

	pres := all["callback_num_pres_ind"].Bits
	for key, name := range pres[0].Values {
		v := CallbackNumPresInd(factNumber(t, key, 8))
		require.Equal(t, v, (v | ScreeningNetwork).Presentation())
		require.Equal(t, name+", network provided", fmt.Sprint(v|ScreeningNetwork))
	}
	for key, name := range pres[1].Values {
		v := CallbackNumPresInd(factNumber(t, key, 8))
		require.Equal(t, v, (v | PresentationRestricted).Screening())
		require.Equal(t, "restricted, "+name, fmt.Sprint(v|PresentationRestricted))
	}
	require.Equal(t, parse(pres[0].Values), octets(PresentationAllowed, PresentationRestricted, PresentationNotAvailable, 0x0C))
	require.Equal(t, parse(pres[1].Values), octets(ScreeningNotScreened, ScreeningPassed, ScreeningFailed, ScreeningNetwork))
}

func octets[T ~uint8](values ...T) []uint8 {
	list := make([]uint8, len(values))
	for i, v := range values {
		list[i] = uint8(v)
	}
	return list
}

func TestRanges(t *testing.T) {
	all := specFacts(t).Enums
	bands := all["congestion_state"].Bands
	require.Len(t, bands, int(CongestionReserved))
	for i, band := range bands {
		for n := band.From; n <= band.To; n++ {
			require.Equal(t, CongestionBand(i), CongestionState(n).Band())
			require.Equal(t, fmt.Sprintf("%d%% (%s)", n, band.Name), fmt.Sprint(CongestionState(n)))
		}
	}
	require.Equal(t, CongestionReserved, CongestionState(101).Band())
	require.Equal(t, "101", fmt.Sprint(CongestionState(101)))

	for _, r := range all["broadcast_area_success"].Ranges {
		for n := r.From; n <= r.To; n++ {
			percent, ok := BroadcastAreaSuccess(n).Percent()
			require.Equal(t, r.Name == "percent", ok)
			require.Equal(t, n, percent)
			require.Equal(t, map[string]string{
				"percent": strconv.Itoa(n) + "%", "reserved": strconv.Itoa(n), "not available": "not available",
			}[r.Name], fmt.Sprint(BroadcastAreaSuccess(n)))
		}
	}
	for name, limits := range all["priority_flag"].Range {
		for n := range 256 {
			require.Equal(t, n <= int(limits[1]), PriorityFlag(n).In(factVersion(t, name)))
		}
	}
	require.Equal(t, "2", Priority2.String())
	require.False(t, USSDServiceOp(31).Vendor())
	require.True(t, USSDServiceOp(32).Vendor())
}

func TestContentTypes(t *testing.T) {
	content := specFacts(t).Enums["broadcast_content_type"]
	names := map[int]string{}
	for _, v := range content.GenericContent {
		names[int(v.Value.(float64))] = v.Name
	}
	for n := range 0x10000 {
		want, ok := names[n]
		if !ok {
			want = fmt.Sprintf("0x%04X", n)
		}
		require.Equal(t, want, BroadcastContent(n).String())
	}
	for _, v := range content.Network {
		network := BroadcastContentNetwork(v.Value.(float64))
		require.Equal(t, plainName(v.Name), network.String())
	}
	require.Equal(t, "4", BroadcastContentNetwork(4).String())
	require.Equal(t, BroadcastNetworkGSM, BroadcastContentNetwork(1))
	require.Equal(t, "generic: weather", BroadcastContentType{0, BroadcastContentWeather}.String())
	require.Equal(t, "GSM: 0x0033", BroadcastContentType{BroadcastNetworkGSM, 0x33}.String())
}

func TestStringEnums(t *testing.T) {
	all := specFacts(t).Enums
	var want []string
	for _, v := range all["service_type"].Strings {
		want = append(want, v.Value.(string))
	}
	require.Equal(t, want, []string{
		ServiceTypeDefault, ServiceTypeCMT, ServiceTypeCPT, ServiceTypeVMN, ServiceTypeVMA, ServiceTypeWAP,
		ServiceTypeUSSD, ServiceTypeCBS, ServiceTypeGUTS,
	})
	want = nil
	for _, v := range all["network_id_prefix"].Values {
		want = append(want, v.Value.(string))
	}
	require.Equal(t, want, []string{NetworkIDGSM, NetworkIDCDMA, NetworkIDESME})
	for _, v := range all["bind_type"].Values {
		require.Equal(t, "bind_"+v.Name, CommandID(v.Value.(float64)).String())
	}
}

func TestMessageState(t *testing.T) {
	for _, v := range specFacts(t).Enums["message_state"].Values {
		s := MessageState(v.Value.(float64))
		require.Equal(t, v.Final != nil && *v.Final, s.Final(), s)
		text := ""
		if v.Text != nil {
			text = *v.Text
		}
		require.Equal(t, text, s.ReceiptText())
		for _, word := range []string{v.Name, strings.ToLower(v.Name), text, strings.ToLower(text)} {
			if word == "" {
				continue
			}
			got, ok := ParseReceiptState(word)
			require.True(t, ok, word)
			require.Equal(t, s, got)
		}
	}
	require.Empty(t, MessageState(10).ReceiptText())
	require.False(t, MessageState(10).Final())
	for _, word := range []string{"", "BUFFRED", "FAILED", "DELIVR", "DELIVRD ", "5", "\u017Fkipped"} {
		_, ok := ParseReceiptState(word)
		require.False(t, ok, word)
	}
}

func TestESMClass(t *testing.T) {
	for n := range 256 {
		c := ESMClass(n)
		require.Equal(t, n&0x3C == 0x04, c.IsReceipt(), n)
		require.Equal(t, n&0x3C == 0x20, c.IsIntermediate(), n)
		require.Equal(t, n&0x40 != 0, c.UDHI(), n)
		require.Equal(t, n&0x80 != 0, c.ReplyPath(), n)
		require.Equal(t, c, c.Mode()|c.Type()|c&(ESMClassUDHI|ESMClassReplyPath))
		require.NotEmpty(t, c.String())
	}
	for c, want := range map[ESMClass]string{
		0x00: "default", 0x01: "datagram", 0x02: "forward", 0x03: "store and forward", 0x44: "receipt|UDHI", 0x0C: "type 0x0C",
		0x88: "delivery acknowledgement|reply path", 0x10: "user acknowledgement", 0x18: "conversation abort", 0x20: "intermediate notification",
	} {
		require.Equal(t, want, c.String())
	}
}

func ExampleESMClass() {
	c := ESMClassStoreAndForward | ESMClassUDHI
	fmt.Println(c, c.UDHI(), c.IsReceipt())
	fmt.Println(ESMClass(0x24), ESMClass(0x24).IsReceipt())
	// Output:
	// store and forward|UDHI true false
	// type 0x24 false
}

func TestRegisteredDelivery(t *testing.T) {
	for r, want := range map[RegisteredDelivery]string{
		0: "none", 0x11: "receipt|intermediate", 2: "receipt on failure", 0x0F: "receipt on success|delivery acknowledgement|user acknowledgement",
		0xE0: "0xE0",
	} {
		require.Equal(t, want, r.String())
	}
	require.True(t, RegisteredReceipt.OnSuccess() && RegisteredReceipt.OnFailure())
	require.True(t, !RegisteredReceiptOnFailure.OnSuccess() && RegisteredReceiptOnFailure.OnFailure())
	require.True(t, RegisteredReceiptOnSuccess.OnSuccess() && !RegisteredReceiptOnSuccess.OnFailure())
	require.True(t, RegisteredIntermediate.Intermediate() && !RegisteredIntermediate.OnSuccess() && !RegisteredIntermediate.OnFailure())
	require.Equal(t, RegisteredReceiptOnSuccess, RegisteredDelivery(0xFF).Receipt())
}

func TestVersion(t *testing.T) {
	for v, want := range map[Version]struct {
		floor Version
		text  string
	}{
		0x00: {V33, "0x00"}, 0x32: {V33, "0x32"}, V33: {V33, "3.3"}, V34: {V34, "3.4"}, 0x35: {V34, "0x35"}, 0x4F: {V34, "0x4F"},
		V50: {V50, "5.0"}, 0x51: {V50, "0x51"}, 0xFF: {V50, "0xFF"},
	} {
		require.Equal(t, want.floor, v.Floor(), want.text)
		require.Equal(t, want.text, v.String())
	}
	require.Equal(t, V34, Negotiate(V34, V50))
	require.Equal(t, V34, Negotiate(0x51, 0x40))
	require.Equal(t, V33, Negotiate(0, V50))
	require.Equal(t, V50, Negotiate(V50, 0x52))
}
