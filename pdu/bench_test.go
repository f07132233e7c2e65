package pdu

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// benchPDUs are the PDUs that most of the traffic consists of.
var benchPDUs = []struct {
	name string
	pdu  *PDU
}{
	{"submit_sm", &PDU{Header: Header{Seq: 1}, Body: benchSubmit(nil)}},
	{"submit_sm+tlvs", &PDU{Header: Header{Seq: 1}, Body: benchSubmit(TLVs{
		{Tag: TagUserMessageReference, Value: []byte{0, 7}},
		{Tag: TagSourcePort, Value: []byte{0x23, 0xF0}},
	})}},
	{"deliver_sm", &PDU{Header: Header{Seq: 1}, Body: &DeliverSM{
		Source:   Address{TON: TONInternational, NPI: NPIISDN, Addr: "46700000001"},
		Dest:     Address{NPI: NPIISDN, Addr: "12345"},
		ESMClass: 0x04,
		ShortMessage: []byte("id:4F2A9C01 sub:001 dlvrd:001 submit date:2603010930 done date:2603010931 " +
			"stat:DELIVRD err:000 text:hello"),
		TLVs: TLVs{
			{Tag: TagReceiptedMessageID, Value: []byte("4F2A9C01\x00")},
			{Tag: TagMessageState, Value: []byte{2}},
		},
	}}},
	{"submit_sm_resp", &PDU{Header: Header{Seq: 1}, Body: &SubmitSMResp{MessageID: "0123456789"}}},
	{"enquire_link", &PDU{Header: Header{Seq: 1}, Body: &EnquireLink{}}},
}

func benchSubmit(tlvs TLVs) *SubmitSM {
	return &SubmitSM{
		Source:             Address{TON: TONAlphanumeric, Addr: "ACME"},
		Dest:               Address{TON: TONInternational, NPI: NPIISDN, Addr: "46700000001"},
		RegisteredDelivery: 1,
		ShortMessage:       make([]byte, 140),
		TLVs:               tlvs,
	}
}

// BenchmarkAppend: encoding into a buffer that has room, beside the bare encoder.
func BenchmarkAppend(b *testing.B) {
	for _, bb := range benchPDUs {
		b.Run(bb.name+"/smpp", func(b *testing.B) {
			b.ReportAllocs()
			buf := make([]byte, 0, 4096)
			for b.Loop() {
				if _, err := Append(buf, bb.pdu); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(bb.name+"/bare", func(b *testing.B) {
			b.ReportAllocs()
			buf := make([]byte, 0, 4096)
			for b.Loop() {
				appendBare(buf, bb.pdu)
			}
		})
	}
}

// BenchmarkDecode: decoding into memory of its own, beside the bare decoder, which copies nothing.
func BenchmarkDecode(b *testing.B) {
	for _, bb := range benchPDUs {
		frame, err := Append(nil, bb.pdu)
		require.NoError(b, err)
		b.Run(bb.name+"/smpp", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Decode(frame); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(bb.name+"/bare", func(b *testing.B) {
			b.ReportAllocs()
			m := new(bareMessage)
			for b.Loop() {
				m.decode(frame)
			}
		})
	}
}

func TestAllocations(t *testing.T) {
	for _, bb := range benchPDUs {
		buf := make([]byte, 0, 4096)
		var b []byte
		encode := testing.AllocsPerRun(1000, func() { b, _ = Append(buf, bb.pdu) })
		require.Zero(t, encode, "%s: allocations to encode", bb.name)
		decode := testing.AllocsPerRun(1000, func() { _, _ = Decode(b) })
		require.LessOrEqual(t, decode, 2.0, "%s: allocations to decode", bb.name)
		require.Zero(t, testing.AllocsPerRun(100, func() { _, _ = FrameLen(b, 0) }))
	}
}
