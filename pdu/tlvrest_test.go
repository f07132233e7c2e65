package pdu

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// manyTLVs returns so many TLVs of four and of five octets in turn.
func manyTLVs(n int) []byte {
	var b []byte
	for i := range n {
		b = binary.BigEndian.AppendUint16(b, uint16(0x1400+i%0x1000))
		b = append(b, 0, byte(i%2))
		b = append(b, make([]byte, i%2)...)
	}
	return b
}

// Finding 2: a PDU of empty TLVs decoded to 9 times what came. Of more than MaxTLVs the rest stays raw, whatever the
// command, and encodes to what it was.
func TestManyTLVs(t *testing.T) {
	heads := map[CommandID][]byte{
		CommandSubmitSM:        make([]byte, 17),
		CommandDeliverSM:       make([]byte, 17),
		CommandSubmitSMResp:    make([]byte, 1),
		CommandDeliverSMResp:   make([]byte, 1),
		CommandDataSM:          make([]byte, 10),
		CommandBroadcastSM:     make([]byte, 11),
		CommandEnquireLinkResp: nil,
		CommandGenericNack:     nil,
	}
	for id, head := range heads {
		for _, n := range []int{MaxTLVs - 1, MaxTLVs, MaxTLVs + 1, MaxTLVs + 2, 20 * MaxTLVs} {
			tlvs := manyTLVs(n)
			b := encodeRaw(id, append(bytes.Clone(head), tlvs...))
			p, err := Decode(b)
			require.NoError(t, err)
			_, list := show(p.Body)
			_, strict := Codec{Strict: true}.Decode(b)
			if n <= MaxTLVs {
				require.Empty(t, p.Warnings)
				require.Len(t, list, n)
				require.NoError(t, strict)
			} else {
				_, end := countTLVs(tlvs, MaxTLVs)
				at := HeaderLen + len(head) + end
				require.Equal(t, []Warning{{Kind: WarnManyTLVs, Offset: at, Text: errManyTLVs.Error()}}, p.Warnings)
				require.Len(t, list, MaxTLVs+1)
				require.Equal(t, TLV{Rest: true, Value: tlvs[end:]}, list[MaxTLVs])
				var refused *DecodeError
				require.ErrorAs(t, strict, &refused)
				require.Equal(t, StatusInvalidTLVStream, refused.Status)
				require.Equal(t, at, refused.Offset)
				_, err = Codec{Strict: true}.Append(nil, p)
				require.ErrorIs(t, err, errManyTLVs)
			}
			again, err := Append(nil, p)
			require.NoError(t, err)
			require.True(t, bytes.Equal(b, again), "%v with %d TLVs", id, n)
		}
	}
}

// The warning has its place among the 16 whatever the TLVs are, and a NUL before them does not count.
func TestManyTLVsWarnings(t *testing.T) {
	odd := bytes.Repeat([]byte{0, 5, 0, 0}, MaxTLVs+3) // dest_addr_subunit without its octet
	p, err := Decode(encodeRaw(CommandSubmitSMResp, append([]byte{0, 0}, odd...)))
	require.NoError(t, err)
	require.Len(t, p.Warnings, maxWarnings)
	require.Equal(t, WarnStrayNUL, p.Warnings[0].Kind)
	require.Equal(t, WarnManyTLVs, p.Warnings[1].Kind)
	list := p.Body.(*SubmitSMResp).TLVs
	require.Len(t, list, MaxTLVs+1)
	require.Equal(t, odd[4*MaxTLVs:], list[MaxTLVs].Value)
}

// Octets that are no TLV are kept as well, since a value that is read would keep them in memory anyway, and unseen.
func TestTrailingOctetsAreKept(t *testing.T) {
	for _, tt := range []struct {
		id   CommandID
		body string
	}{
		{CommandSubmitSMResp, "\x00\x14\x00\x00\x01x\x01\x02\x03"},
		{CommandSubmitSMResp, "\x00\x01"},
		{CommandGenericNack, "\x14\x00\x00\x01x" + "\x14\x00\xff\xff and not so many octets"},
		{CommandEnquireLink, "GET / HTTP/1.1"},
		{CommandSubmitSMResp, "\x00" + string(manyTLVs(MaxTLVs+5)) + "\x01\x02\x03"},
	} {
		b := encodeRaw(tt.id, []byte(tt.body))
		p, err := Decode(b)
		require.NoError(t, err)
		again, err := Append(nil, p)
		require.NoError(t, err)
		require.True(t, bytes.Equal(b, again), "%v %.20q", tt.id, tt.body)
		_, err = Codec{Strict: true}.Append(nil, p)
		require.Error(t, err)
	}
}

// What is not an entry of its own is never found, stays last, and shows as user data.
func TestRestIsNoTLV(t *testing.T) {
	rest := TLV{Rest: true, Value: []byte("secret")}
	ts := TLVs{{Tag: 1, Value: []byte("a")}, rest}
	_, ok := ts.Get(0)
	require.False(t, ok)
	for range ts.All(0) {
		t.Fatal("found")
	}
	ts.Del(0)
	ts.Set(0, []byte("b"))
	ts.Add(2, []byte("c"))
	require.Equal(t, TLVs{
		{Tag: 1, Value: []byte("a")}, {Tag: 0, Value: []byte("b")}, {Tag: 2, Value: []byte("c")}, rest,
	}, ts)

	p := &PDU{Body: &SubmitSM{TLVs: ts}}
	for _, s := range []string{p.String(), Dump(p, DumpOptions{})} {
		require.Contains(t, s, "6 octets")
		require.NotContains(t, s, hex.EncodeToString(rest.Value))
		require.NotContains(t, s, "secret")
	}
	require.Contains(t, Dump(p, DumpOptions{Text: true}), hex.EncodeToString(rest.Value))
	bind := Dump(&PDU{Body: &BindReceiver{TLVs: ts}}, DumpOptions{Text: true})
	require.NotContains(t, bind, hex.EncodeToString(rest.Value))
	_, err := Codec{Strict: true}.Append(nil, p)
	require.ErrorIs(t, err, errRest)
	_, err = Codec{Version: V33}.Append(nil, &PDU{Body: &SubmitSM{TLVs: TLVs{rest}}})
	require.ErrorIs(t, err, errNoTLVs)
	require.NotContains(t, fmt.Sprint(err), "secret")
}
