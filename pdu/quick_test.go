package pdu

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// quickCommands are the commands with a hand-written pair.
var quickCommands = []CommandID{CommandSubmitSM, CommandDeliverSM, CommandSubmitSMResp, CommandDeliverSMResp}

var quickCodecs = []Codec{
	{},
	{Strict: true},
	{Version: V34},
	{Version: V34, Strict: true},
	{Version: V33},
	{Version: V33, Strict: true},
}

// sameDecoded holds what Decode makes of b to what the walk makes of it.
func sameDecoded(t require.TestingT, k Codec, b []byte) *PDU {
	got, gotErr := k.Decode(b)
	h := Header{
		ID:     CommandID(binary.BigEndian.Uint32(b[4:])),
		Status: CommandStatus(binary.BigEndian.Uint32(b[8:])),
		Seq:    binary.BigEndian.Uint32(b[12:]),
	}
	if len(b) == HeaderLen && h.ID.IsResponse() && h.Status != StatusOK {
		return got // without a body to walk over
	}
	want, wantErr := k.decodeWalk(h, bytes.Clone(b[HeaderLen:]))
	require.Equal(t, wantErr, gotErr, "%+v %x", k, b)
	require.Equal(t, want, got, "%+v %x", k, b)
	return got
}

// sameEncoded holds what Append makes of p to what the walk makes of it.
func sameEncoded(t require.TestingT, k Codec, p *PDU) {
	before := []byte("before")
	got, gotErr := k.Append(before, p)
	id, err := k.command(p)
	if err != nil || p.Body == nil {
		return
	}
	want, wantErr := k.appendWalk(before, id, p)
	require.Equal(t, wantErr, gotErr, "%+v %+v", k, p)
	require.Equal(t, want, got, "%+v %+v", k, p)
}

// TestQuick holds the hand-written pairs to the walks: for PDUs as they should be, damaged ones, and bodies that do not
// encode.
func TestQuick(t *testing.T) {
	t.Run("octets", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			v := rapid.SampledFrom([]Version{V33, V34, V50}).Draw(t, "version")
			b := genPDU(t, rapid.SampledFrom(quickCommands).Draw(t, "command"), v)
			switch at := rapid.IntRange(HeaderLen, len(b)).Draw(t, "at"); rapid.IntRange(0, 4).Draw(t, "damage") {
			case 0:
				b = b[:at]
			case 1:
				b = append(b[:at:at], append(rapid.SliceOfN(rapid.Byte(), 1, 5).Draw(t, "more"), b[at:]...)...)
			case 2:
				if at < len(b) {
					b[at] = rapid.Byte().Draw(t, "octet")
				}
			}
			binary.BigEndian.PutUint32(b, uint32(len(b)))
			for _, k := range quickCodecs {
				p := sameDecoded(t, k, b)
				for _, k := range quickCodecs {
					sameEncoded(t, k, p)
				}
			}
		})
	})
	t.Run("bodies", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			text := func(name string, usual ...int) string {
				n := rapid.OneOf(rapid.SampledFrom(usual), rapid.IntRange(0, 70)).Draw(t, name)
				b := bytes.Repeat([]byte{'x'}, n)
				if n > 0 && rapid.IntRange(0, 20).Draw(t, "NUL") == 0 {
					b[n/2] = 0
				}
				return string(b)
			}
			octets := rapid.SliceOfN(rapid.Byte(), 0, 260)
			m := SubmitSM{
				ServiceType:          text("service_type", 0, 5, 6),
				Source:               Address{TON: 1, NPI: 2, Addr: text("source", 0, 20, 21)},
				Dest:                 Address{TON: 3, NPI: 4, Addr: text("destination", 11, 20, 21)},
				ESMClass:             5,
				ProtocolID:           6,
				PriorityFlag:         7,
				ScheduleDeliveryTime: text("schedule", 0, 0, 0, 16),
				ValidityPeriod:       text("validity", 0, 0, 0, 16),
				RegisteredDelivery:   8,
				ReplaceIfPresent:     9,
				DataCoding:           10,
				SMDefaultMsgID:       rapid.SampledFrom([]uint8{0, 100, 101, 254, 255}).Draw(t, "default"),
				ShortMessage:         octets.Draw(t, "text"),
			}
			if rapid.Bool().Draw(t, "TLV") {
				m.TLVs = TLVs{{Tag: TagSourcePort, Value: octets.Draw(t, "value")}, {Tag: 0x1500}}
			}
			d, id := DeliverSM(m), text("id", 0, 8, 9, 64, 65)
			for _, body := range []Body{
				&m, &d, &SubmitSMResp{MessageID: id, TLVs: m.TLVs}, &DeliverSMResp{MessageID: id, TLVs: m.TLVs},
			} {
				for _, k := range quickCodecs {
					sameEncoded(t, k, &PDU{Header: Header{Status: 11, Seq: 12}, Body: body})
				}
			}
		})
	})
}

// TestQuickTaken: the valid PDUs of the vectors do go the quick way, or it would be there for nothing.
func TestQuickTaken(t *testing.T) {
	taken := 0
	for _, v := range vectors(t) {
		b := unhex(t, v.Hex)
		k := Codec{Version: versionOf(t, v.Version)}
		p, err := k.Decode(b)
		if err != nil || p.Body == nil || len(p.Warnings) > 0 || k.Version == V33 {
			continue
		}
		encoded, ok := k.appendQuick(nil, p)
		switch p.Body.(type) {
		case *SubmitSM, *DeliverSM, *SubmitSMResp, *DeliverSMResp:
			taken++
			require.True(t, ok, v.ID)
			require.Equal(t, b, encoded, v.ID)
			quick, _ := decodeQuick[struct{}](&k, p.Header, b[HeaderLen:])
			require.NotNil(t, quick, v.ID)
		default:
			require.False(t, ok, v.ID)
		}
	}
	require.Greater(t, taken, 30)
}

// FuzzQuick holds the hand-written pairs to the walks, for any octets.
func FuzzQuick(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(unhex(f, v.Hex))
	}
	for _, n := range negatives(f) {
		f.Add(unhex(f, n.Hex))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < HeaderLen {
			return
		}
		binary.BigEndian.PutUint32(b, uint32(len(b)))
		for _, k := range quickCodecs {
			p := sameDecoded(t, k, b)
			for _, k := range quickCodecs {
				sameEncoded(t, k, p)
			}
		}
	})
}

// TestDecodeWith: what a caller keeps with a PDU comes empty, and the PDU as from Decode.
func TestDecodeWith(t *testing.T) {
	type note struct {
		pdu  *PDU
		text [3]string
	}
	for _, v := range vectors(t) {
		b := unhex(t, v.Hex)
		k := Codec{Version: versionOf(t, v.Version)}
		want, wantErr := k.Decode(b)
		p, with, err := DecodeWith[note](k, b)
		require.Equal(t, wantErr, err, v.ID)
		require.Equal(t, want, p, v.ID)
		require.Equal(t, &note{}, with, v.ID)
		with.pdu, with.text = p, [3]string{"a", "b", "c"}
		require.Equal(t, want, p, v.ID)
	}
	_, with, err := DecodeWith[note](Codec{}, []byte{0, 0, 0, 1})
	require.Error(t, err)
	require.Nil(t, with)
}
