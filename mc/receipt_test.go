package mc_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/profile"
	"github.com/smpp-go/smpp/pdu/tlv"
)

func TestReceiptWanted(t *testing.T) {
	states := []pdu.MessageState{
		pdu.MessageStateDelivered, pdu.MessageStateUndeliverable, pdu.MessageStateUnknown, pdu.MessageStateEnroute,
	}
	for _, c := range []struct {
		asked pdu.RegisteredDelivery
		want  [4]bool
	}{
		{0x00, [4]bool{false, false, false, false}},
		{0x01, [4]bool{true, true, true, false}},
		{0x02, [4]bool{false, true, true, false}},
		{0x03, [4]bool{true, false, false, false}},
		{0x10, [4]bool{false, false, false, true}},
		{0x11, [4]bool{true, true, true, true}},
		{0x0C, [4]bool{false, false, false, false}}, // acknowledgements are the handset's affair
	} {
		for i, s := range states {
			require.Equal(t, c.want[i], mc.ReceiptWanted(c.asked, s), "registered_delivery %#x, %v", c.asked, s)
		}
	}
}

func TestReceipt(t *testing.T) {
	sm := &pdu.SubmitSM{
		Source:             pdu.Address{TON: 5, Addr: "Shop"},
		Dest:               pdu.Address{TON: 1, NPI: 1, Addr: "46700000001"},
		RegisteredDelivery: pdu.RegisteredReceipt,
		ShortMessage:       []byte("Your parcel has arrived at the shop"),
	}
	require.NoError(t, tlv.UserMessageReference.Set(&sm.TLVs, 7))
	at := time.Date(2026, 11, 20, 23, 30, 59, 0, time.UTC)
	o := mc.ReceiptOptions{Submitted: at, Done: at.Add(time.Minute), Location: time.FixedZone("", 3600)}

	d := mc.ReceiptWith(sm, "4F2A9C01", pdu.MessageStateDelivered, o)
	require.Equal(t, sm.Dest, d.Source)
	require.Equal(t, sm.Source, d.Dest)
	require.True(t, d.ESMClass.IsReceipt())
	require.Equal(t, "id:4F2A9C01 sub:001 dlvrd:001 submit date:2611210030 done date:2611210031 stat:DELIVRD err:000 "+
		"text:Your parcel has arri", string(d.ShortMessage))
	id, _, _ := tlv.ReceiptedMessageID.Get(d.TLVs)
	state, _, _ := tlv.MessageState.Get(d.TLVs)
	ref, _, _ := tlv.UserMessageReference.Get(d.TLVs)
	require.Equal(t, "4F2A9C01", id)
	require.Equal(t, pdu.MessageStateDelivered, state)
	require.EqualValues(t, 7, ref)

	o.NetworkError = pdu.NetworkErrorCode{Network: 3, Code: 8}
	o.ErrorCode = "008"
	d = mc.ReceiptWith(sm, "x", pdu.MessageStateUndeliverable, o)
	require.Contains(t, string(d.ShortMessage), "dlvrd:000")
	require.Contains(t, string(d.ShortMessage), "stat:UNDELIV err:008")
	code, ok, err := tlv.NetworkErrorCode.Get(d.TLVs)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, o.NetworkError, code)

	o.Version = pdu.V33
	require.Empty(t, mc.ReceiptWith(sm, "x", pdu.MessageStateDelivered, o).TLVs, "a 3.3 peer gets no TLVs")

	require.True(t, mc.Receipt(sm, "x", pdu.MessageStateUnknown).ESMClass.IsReceipt())
	sm.RegisteredDelivery = pdu.RegisteredReceipt | 0x10
	d = mc.Receipt(sm, "x", pdu.MessageStateEnroute)
	require.True(t, d.ESMClass.IsIntermediate())
	sm.RegisteredDelivery = 0
	require.Nil(t, mc.Receipt(sm, "x", pdu.MessageStateDelivered), "nobody asked")
}

// Text that not every alphabet shows alike stays out of the receipt.
func TestReceiptExcerpt(t *testing.T) {
	for _, c := range []struct {
		name string
		sm   pdu.SubmitSM
		want string
	}{
		{"ascii", pdu.SubmitSM{ShortMessage: []byte("hello")}, "text:hello"},
		{"gsm", pdu.SubmitSM{ShortMessage: []byte{0, 'a'}}, "text:"},
		{"ucs2", pdu.SubmitSM{DataCoding: 8, ShortMessage: []byte("AB")}, "text:"},
		{"udh", pdu.SubmitSM{ESMClass: 0x40, ShortMessage: []byte("hello")}, "text:"},
		{"payload", pdu.SubmitSM{TLVs: pdu.TLVs{{Tag: pdu.TagMessagePayload, Value: []byte("long")}}}, "text:long"},
	} {
		c.sm.RegisteredDelivery = pdu.RegisteredReceipt
		text := string(mc.Receipt(&c.sm, "1", pdu.MessageStateDelivered).ShortMessage)
		require.Equal(t, c.want, text[len(text)-len(c.want):], c.name)
	}
}

// The habits of a profile: here those of an MC whose ids are hexadecimal in responses, decimal in receipts.
func TestReceiptProfile(t *testing.T) {
	sm := &pdu.SubmitSM{
		Source: pdu.Address{Addr: "Shop"}, Dest: pdu.Address{Addr: "46700000001"}, RegisteredDelivery: pdu.RegisteredReceipt,
	}
	p, err := profile.Preset("hex-to-decimal-ids")
	require.NoError(t, err)
	p.Receipts.TimeZone = time.FixedZone("", 3600)
	p.Receipts.Seconds, p.Receipts.KeepAddresses = true, true
	at := time.Date(2026, 11, 20, 23, 30, 59, 0, time.UTC)
	o := mc.ReceiptOptions{Submitted: at, Done: at, Profile: p}

	d := mc.ReceiptWith(sm, "1F", pdu.MessageStateDelivered, o)
	require.Contains(t, string(d.ShortMessage), "id:31 sub:001 dlvrd:001 submit date:261121003059 done date:261121003059 ")
	require.Equal(t, sm.Source, d.Source)
	r, ok := p.Parser().FromPDU(d)
	require.True(t, ok)
	require.True(t, p.Receipts.ID.Match("1F", r.ID))
	require.Equal(t, at, r.Done.UTC())

	o.Location = time.UTC
	require.Contains(t, string(mc.ReceiptWith(sm, "1F", pdu.MessageStateDelivered, o).ShortMessage), "date:261120233059 ")
	p.Receipts.NoText = true
	require.Empty(t, mc.ReceiptWith(sm, "1F", pdu.MessageStateDelivered, o).ShortMessage)
	p.Version, p.Receipts.NoText = pdu.V33, false
	require.Empty(t, mc.ReceiptWith(sm, "1F", pdu.MessageStateDelivered, o).TLVs)
}

// What the text can not carry is left to the TLVs, and what those can not carry is left out.
func TestReceiptUnwritable(t *testing.T) {
	sm := &pdu.SubmitSM{RegisteredDelivery: pdu.RegisteredReceipt}
	d := mc.Receipt(sm, "an id", pdu.MessageStateDelivered)
	require.Empty(t, d.ShortMessage)
	id, _, err := tlv.ReceiptedMessageID.Get(d.TLVs)
	require.NoError(t, err)
	require.Equal(t, "an id", id)
	d = mc.Receipt(sm, strings.Repeat("x", 100), pdu.MessageStateDelivered)
	require.True(t, d.ESMClass.IsReceipt())
	require.Empty(t, d.TLVs)
}
