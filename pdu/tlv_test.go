package pdu

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTLVs(t *testing.T) {
	var ts TLVs
	_, ok := ts.Get(TagCallbackNum)
	require.False(t, ok)
	ts.Del(TagCallbackNum)
	ts.Set(TagCallbackNum, []byte("a"))
	ts.Add(0x1400, nil)
	ts.Add(TagCallbackNum, []byte("b"))
	ts.Set(TagCallbackNum, []byte("A"))
	require.Equal(t, TLVs{
		{Tag: TagCallbackNum, Value: []byte("A")}, {Tag: 0x1400}, {Tag: TagCallbackNum, Value: []byte("b")},
	}, ts)

	value, ok := ts.Get(0x1400)
	require.True(t, ok, "an empty value is there")
	require.Empty(t, value)
	require.Equal(t, [][]byte{[]byte("A"), []byte("b")}, slices.Collect(ts.All(TagCallbackNum)))
	for range ts.All(TagCallbackNum) {
		break
	}
	ts.Del(TagCallbackNum)
	require.Equal(t, TLVs{{Tag: 0x1400}}, ts)
}

func TestIntKey(t *testing.T) {
	k := IntKey[uint16](0x1400)
	for _, test := range []struct {
		value string
		want  uint16
		bad   CommandStatus
	}{
		{"\x01\x02", 0x0102, 0},
		{"\x07", 7, 0},
		{"\x00\x00\x01\x02", 0x0102, 0},
		{"\x00\x00\x00\x00\x00\x00\x01\x02", 0x0102, 0},
		{"\x01\x00\x00", 0, StatusInvalidTLVLength},
		{"", 0, StatusInvalidTLVLength},
		{"\x00\x00\x00\x00\x00\x00\x00\x01\x02", 0, StatusInvalidTLVLength},
	} {
		got, ok, err := k.Get(TLVs{{Tag: 0x1400, Value: []byte(test.value)}})
		require.True(t, ok)
		require.Equal(t, test.want, got)
		requireStatus(t, test.bad, err)
	}
	var ts TLVs
	require.NoError(t, k.Set(&ts, 0x0102))
	require.NoError(t, IntKey[uint8](0x1401).Set(&ts, 0xFE))
	require.NoError(t, IntKey[CommandStatus](0x1402).Set(&ts, 0x01020304))
	require.Equal(t, TLVs{{Tag: 0x1400, Value: []byte{1, 2}}, {Tag: 0x1401, Value: []byte{0xFE}}, {Tag: 0x1402, Value: []byte{1, 2, 3, 4}}}, ts)
	require.Equal(t, Tag(0x1400), k.Tag())

	got, ok, err := k.Get(nil)
	require.NoError(t, err)
	require.False(t, ok)
	require.Zero(t, got)
}

func requireStatus(t *testing.T, want CommandStatus, err error) {
	t.Helper()
	if want == StatusOK {
		require.NoError(t, err)
		return
	}
	var failed *TLVError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, want, failed.Status, err.Error())
	require.Contains(t, err.Error(), "pdu: tlv "+failed.Tag.String()+": ")
}

func TestCStringKey(t *testing.T) {
	k := CStringKey(0x1400, 5)
	for _, test := range []struct {
		value, want string
		bad         CommandStatus
	}{
		{"abcd\x00", "abcd", 0},
		{"abcd", "abcd", 0},
		{"abcde\x00", "abcde", 0},
		{"ab\x00\x00\x00\x00\x00\x00", "ab", 0},
		{"", "", 0},
		{"\x00", "", 0},
		{"abcdef", "", StatusInvalidTLVLength},
		{"a\x00b", "", StatusInvalidTLVValue},
	} {
		got, ok, err := k.Get(TLVs{{Tag: 0x1400, Value: []byte(test.value)}})
		require.True(t, ok)
		require.Equal(t, test.want, got)
		requireStatus(t, test.bad, err)
	}
	var ts TLVs
	require.NoError(t, k.Set(&ts, "abcd"))
	requireStatus(t, StatusInvalidTLVLength, k.Set(&ts, "abcde"))
	requireStatus(t, StatusInvalidTLVValue, k.Add(&ts, "a\x00"))
	require.Equal(t, TLVs{{Tag: 0x1400, Value: []byte("abcd\x00")}}, ts, "unchanged by errors")
	require.NoError(t, k.Set(&ts, ""))
	require.Equal(t, TLVs{{Tag: 0x1400, Value: []byte("\x00")}}, ts)
}

func TestOctetsKey(t *testing.T) {
	k := OctetsKey(0x1400, 1, 3)
	var ts TLVs
	value := []byte("abc")
	require.NoError(t, k.Add(&ts, value))
	value[0] = 'x'
	require.NoError(t, k.Add(&ts, []byte("d")))
	requireStatus(t, StatusInvalidTLVLength, k.Add(&ts, nil))
	requireStatus(t, StatusInvalidTLVLength, k.Add(&ts, []byte("abcd")))
	var got []string
	for v, err := range k.All(ts) {
		require.NoError(t, err)
		got = append(got, string(v))
	}
	require.Equal(t, []string{"abc", "d"}, got)
	huge := OctetsKey(0x1400, 0, 1<<20)
	requireStatus(t, StatusInvalidTLVLength, huge.Set(&ts, make([]byte, 0x10000)))
	require.NoError(t, huge.Set(&ts, make([]byte, 0xFFFF)))
}

func TestKeyAll(t *testing.T) {
	k := IntKey[uint8](TagCallbackNumPresInd)
	ts := TLVs{{Tag: TagCallbackNumPresInd, Value: []byte{1}}, {Tag: TagCallbackNumPresInd}, {Tag: 0x1400}, {Tag: TagCallbackNumPresInd, Value: []byte{3}}}
	var got []string
	for v, err := range k.All(ts) {
		got = append(got, fmt.Sprint(v, err != nil))
	}
	require.Equal(t, "1 false, 0 true, 3 false", strings.Join(got, ", "))
	for range k.All(ts) {
		break
	}
}

// A TLV of the protocol is written with a length of the protocol, whatever the key says.
func TestKeyOfProtocol(t *testing.T) {
	var ts TLVs
	requireStatus(t, StatusInvalidTLVLength, IntKey[uint8](TagSourcePort).Set(&ts, 1))
	requireStatus(t, StatusInvalidTLVLength, CStringKey(TagSourceNetworkID, 65).Set(&ts, "12345"))
	requireStatus(t, StatusInvalidTLVValue, OctetsKey(TagReceiptedMessageID, 1, 65).Set(&ts, []byte("x")))
	require.Empty(t, ts)
	require.Len(t, mustAppend(t, MSValidity{MSValidityRelative, MSValidityDays, 3}), 4)
}

func mustAppend(t *testing.T, v MSValidity) []byte {
	t.Helper()
	b, err := v.AppendBinary(nil)
	require.NoError(t, err)
	return b
}

func TestStructuredValues(t *testing.T) {
	long := make([]byte, 2000)
	for _, test := range []struct {
		name string
		bad  func([]byte) ([]byte, error)
	}{
		{"subaddress too short", Subaddress{}.AppendBinary},
		{"subaddress too long", Subaddress{Addr: long[:23]}.AppendBinary},
		{"callback_num too short", CallbackNum{}.AppendBinary},
		{"callback_num too long", CallbackNum{Digits: long[:17]}.AppendBinary},
		{"callback_num_atag too long", CallbackNumATag{Text: long[:65]}.AppendBinary},
		{"area too long", BroadcastArea{Area: long[:101]}.AppendBinary},
		{"billing too long", BillingIdentification{Data: long[:1024]}.AppendBinary},
		{"count without relative", MSValidity{Count: 1}.AppendBinary},
		{"unit without relative", MSValidity{Unit: 1}.AppendBinary},
		{"sequence too large", ITSSessionInfo{Sequence: 128}.AppendBinary},
	} {
		_, err := test.bad(nil)
		require.Error(t, err, test.name)
	}
	for name, parse := range map[string]func([]byte) error{
		"subaddress":   func(b []byte) error { _, err := ParseSubaddress(b); return err },
		"callback_num": func(b []byte) error { _, err := ParseCallbackNum(b); return err },
		"atag":         func(b []byte) error { _, err := ParseCallbackNumATag(b); return err },
		"area":         func(b []byte) error { _, err := ParseBroadcastArea(b); return err },
		"billing":      func(b []byte) error { _, err := ParseBillingIdentification(b); return err },
		"validity":     func(b []byte) error { _, err := ParseMSValidity(b); return err },
		"session":      func(b []byte) error { _, err := ParseITSSessionInfo(b); return err },
		"network":      func(b []byte) error { _, err := ParseNetworkErrorCode(b); return err },
		"interval":     func(b []byte) error { _, err := ParseBroadcastFrequencyInterval(b); return err },
		"content":      func(b []byte) error { _, err := ParseBroadcastContentType(b); return err },
	} {
		require.Error(t, parse(nil), name)
	}
	_, err := ParseAlertOnMessageDelivery(long[:2])
	require.Error(t, err)
	_, err = ParseNetworkErrorCode(long[:4])
	require.Error(t, err)
}

func TestKeyAllocs(t *testing.T) {
	ts := TLVs{{Tag: 0x1400, Value: []byte{0, 1}}, {Tag: TagNetworkErrorCode, Value: []byte{3, 0, 1}}, {Tag: TagMessagePayload, Value: []byte("text")}}
	number, octets := IntKey[uint16](0x1400), OctetsKey(TagMessagePayload, 0, 65535)
	code := NewKey(TagNetworkErrorCode, ParseNetworkErrorCode, NetworkErrorCode.AppendBinary)
	var sum int
	require.Zero(t, testing.AllocsPerRun(100, func() {
		n, _, _ := number.Get(ts)
		c, _, _ := code.Get(ts)
		b, _, _ := octets.Get(ts)
		_, ok, _ := number.Get(ts[1:])
		sum += int(n) + int(c.Code) + len(b)
		if ok {
			sum++
		}
	}))
	require.NotZero(t, sum)
}

func ExampleKey() {
	// A vendor's TLV: the number of the operator, in four octets.
	operatorID := IntKey[uint32](0x1401)

	var tlvs TLVs
	if err := operatorID.Set(&tlvs, 24007); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%v % x\n", tlvs[0].Tag, tlvs[0].Value)

	id, ok, err := operatorID.Get(tlvs)
	fmt.Println(id, ok, err)

	_, _, err = operatorID.Get(TLVs{{Tag: 0x1401}})
	fmt.Println(err)
	// Output:
	// 0x1401 00 00 5d c7
	// 24007 true <nil>
	// pdu: tlv 0x1401: length 0, want 4
}

func TestDigitMode(t *testing.T) {
	require.Equal(t, "TBCD ASCII 2", fmt.Sprint(DigitModeTBCD, " ", DigitModeASCII, " ", DigitMode(2)))
	require.Equal(t, "voicemail inactive", MSMsgWaitVoicemail.String())
}
