package receipt

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/smpp-go/smpp/pdu"
)

func BenchmarkParse(b *testing.B) {
	text := []byte(canonical)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(text)
	}
}

func BenchmarkFromPDU(b *testing.B) {
	d := &pdu.DeliverSM{ESMClass: pdu.ESMClassReceipt, ShortMessage: []byte(canonical)}
	d.TLVs.Add(pdu.TagReceiptedMessageID, []byte("0123456789\x00"))
	d.TLVs.Add(pdu.TagMessageState, []byte{2})
	b.ReportAllocs()
	for b.Loop() {
		FromPDU(d)
	}
}

func BenchmarkFromPDUOtherID(b *testing.B) {
	d := &pdu.DeliverSM{ESMClass: pdu.ESMClassReceipt, ShortMessage: []byte(canonical)}
	d.TLVs.Add(pdu.TagReceiptedMessageID, []byte("75BCD15\x00"))
	d.TLVs.Add(pdu.TagMessageState, []byte{2})
	b.ReportAllocs()
	for b.Loop() {
		FromPDU(d)
	}
}

func BenchmarkAppendText(b *testing.B) {
	r := Parse([]byte(canonical))
	var f Format
	buf := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = f.AppendText(buf[:0], &r)
	}
}

func BenchmarkMatchHexDecimal(b *testing.B) {
	f := IDForm{Response: NotationHex, Receipt: NotationDecimal}
	b.ReportAllocs()
	for b.Loop() {
		f.Match("4F2A9C01", "1328192513")
	}
}

// BenchmarkCorrelator: one message and its receipt.
func BenchmarkCorrelator(b *testing.B) {
	ctx := context.Background()
	now := time.Unix(1772355000, 0)
	c := NewCorrelator(CorrelatorConfig{})
	r := Parse([]byte(canonical))
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		id := strconv.Itoa(n)
		r.ID = id
		_, _ = c.Submitted(ctx, now, Message{ID: id})
		_, _ = c.Received(ctx, now, r)
	}
}
