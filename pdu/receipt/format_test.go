package receipt

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/tlv"
)

var march = time.Date(2026, 3, 1, 9, 30, 15, 0, time.UTC)

func TestAppendText(t *testing.T) {
	zone := time.FixedZone("", 3600)
	for _, c := range []struct {
		format Format
		in     Receipt
		want   string
	}{
		{Format{}, Receipt{ID: "0123456789", State: pdu.MessageStateDelivered, Submitted: march, Done: march.Add(time.Minute), Text: "hello world"}, canonical},
		{Format{}, Receipt{ID: "1"}, "id:1 sub:001 dlvrd:000 submit date:0000000000 done date:0000000000 stat:UNKNOWN err:000 text:"},
		{
			Format{Location: zone, Seconds: true, ID: IDForm{Response: NotationHex, Receipt: NotationDecimal}},
			Receipt{ID: "4F2A9C01", State: pdu.MessageStateUndeliverable, Submitted: march, Err: "069", Text: strings.Repeat("å", 30)},
			"id:1328192513 sub:001 dlvrd:000 submit date:260301103015 done date:000000000000 stat:UNDELIV err:069 text:" + strings.Repeat("å", 20),
		},
		{Format{}, Receipt{ID: "1", State: pdu.MessageStateSkipped, Sub: 12, Dlvrd: 345, Text: strings.Repeat("\xe5", 30)}, "id:1 sub:012 dlvrd:345 submit date:0000000000 done date:0000000000 stat:UNKNOWN err:000 text:" + strings.Repeat("\xe5", 20)},
		{Format{}, Receipt{ID: "1", Stat: "FAILED", Found: FieldSub}, "id:1 sub:000 dlvrd:000 submit date:0000000000 done date:0000000000 stat:FAILED err:000 text:"},
		{Format{}, Receipt{ID: "1", Text: "a\xe5"}, "id:1 sub:001 dlvrd:000 submit date:0000000000 done date:0000000000 stat:UNKNOWN err:000 text:a\xe5"},
	} {
		got, err := c.format.AppendText([]byte("x"), &c.in)
		require.NoError(t, err)
		require.Equal(t, "x"+c.want, string(got))
	}
	for field, r := range map[string]Receipt{
		"id":     {},
		"id: 6":  {ID: strings.Repeat("1", 65)},
		"id: \"": {ID: "a b"},
		"stat":   {ID: "1", Stat: "A\x00"},
		"err":    {ID: "1", Err: " "},
		"sub":    {ID: "1", Sub: 1000},
		"dlvrd":  {ID: "1", Dlvrd: -1},
	} {
		got, err := new(Format).AppendText([]byte("x"), &r)
		require.ErrorContains(t, err, "receipt: "+field)
		require.Equal(t, "x", string(got))
		_, err = new(Format).DeliverSM(nil, &r)
		require.Error(t, err)
		_, err = new(Format).DataSM(nil, &r)
		require.Error(t, err)
	}
}

func TestAppendTLVs(t *testing.T) {
	var f Format
	r := Receipt{
		ID: "77", State: pdu.MessageStateExpired, NetworkError: pdu.NetworkErrorCode{Network: 3, Code: 0x1234},
		Reference: 0x506, DPF: pdu.DPFSet, StatusInfo: "gone",
	}
	ts, err := f.AppendTLVs(nil, &r)
	require.NoError(t, err)
	require.Equal(t, pdu.TLVs{
		{Tag: pdu.TagReceiptedMessageID, Value: []byte("77\x00")},
		{Tag: pdu.TagMessageState, Value: []byte{3}},
		{Tag: pdu.TagNetworkErrorCode, Value: []byte{3, 0x12, 0x34}},
		{Tag: pdu.TagUserMessageReference, Value: []byte{5, 6}},
		{Tag: pdu.TagDPFResult, Value: []byte{1}},
		{Tag: pdu.TagAdditionalStatusInfoText, Value: []byte("gone\x00")},
	}, ts)
	ts, err = f.AppendTLVs(nil, &Receipt{})
	require.NoError(t, err)
	require.Empty(t, ts)
	ts, err = f.AppendTLVs(nil, &Receipt{Found: FieldState | FieldNetworkError | FieldReference | FieldDPF})
	require.NoError(t, err)
	require.Len(t, ts, 4, "zeros that were found are values")
	_, err = f.AppendTLVs(nil, &Receipt{ID: strings.Repeat("1", 65)})
	require.ErrorContains(t, err, "receipt: id")
	_, err = f.AppendTLVs(nil, &Receipt{StatusInfo: strings.Repeat("1", 256)})
	require.ErrorContains(t, err, "additional_status_info_text")
}

func TestDeliverSM(t *testing.T) {
	message := &pdu.SubmitSM{
		ServiceType: "CMT", Source: pdu.Address{TON: 5, Addr: "Shop"}, Dest: pdu.Address{TON: 1, NPI: 1, Addr: "46700000001"},
		ShortMessage: []byte("the message is longer than twenty"),
	}
	require.NoError(t, tlv.UserMessageReference.Set(&message.TLVs, 9))
	r := &Receipt{ID: "A1", State: pdu.MessageStateDelivered, Submitted: march, Done: march}
	d, err := new(Format).DeliverSM(message, r)
	require.NoError(t, err)
	require.Equal(t, &pdu.DeliverSM{
		ServiceType: "CMT", Source: message.Dest, Dest: message.Source, ESMClass: pdu.ESMClassReceipt,
		ShortMessage: []byte("id:A1 sub:001 dlvrd:001 submit date:2603010930 done date:2603010930 stat:DELIVRD err:000 text:the message is longe"),
		TLVs:         pdu.TLVs{{Tag: pdu.TagReceiptedMessageID, Value: []byte("A1\x00")}, {Tag: pdu.TagMessageState, Value: []byte{2}}, {Tag: pdu.TagUserMessageReference, Value: []byte{0, 9}}},
	}, d)
	require.Equal(t, &Receipt{ID: "A1", State: pdu.MessageStateDelivered, Submitted: march, Done: march}, r, "only read")

	d, err = (&Format{KeepAddresses: true, Version: pdu.V33}).DeliverSM(message, r)
	require.NoError(t, err)
	require.Equal(t, message.Source, d.Source)
	require.Equal(t, message.Dest, d.Dest)
	require.Empty(t, d.TLVs)
	d, err = (&Format{NoText: true}).DeliverSM(message, r)
	require.NoError(t, err)
	require.Empty(t, d.ShortMessage)
	require.Len(t, d.TLVs, 3)
	d, err = (&Format{NoTLVs: true}).DeliverSM(nil, &Receipt{ID: "1", Source: pdu.Address{Addr: "5"}, Dest: pdu.Address{Addr: "6"}})
	require.NoError(t, err)
	require.Equal(t, "5 6", d.Source.Addr+" "+d.Dest.Addr)
	require.Empty(t, d.TLVs)

	// No excerpt where the octets would not mean the same.
	for _, change := range []func(m *pdu.SubmitSM){
		func(m *pdu.SubmitSM) { m.DataCoding = pdu.DataCodingUCS2 },
		func(m *pdu.SubmitSM) { m.ESMClass = pdu.ESMClassUDHI },
		func(m *pdu.SubmitSM) { m.ShortMessage = []byte("a\x1be") },
		func(m *pdu.SubmitSM) { m.TLVs = pdu.TLVs{{Tag: pdu.TagMessagePayload, Value: []byte("\xe5")}} },
	} {
		m := *message
		change(&m)
		d, err := new(Format).DeliverSM(&m, r)
		require.NoError(t, err)
		require.True(t, strings.HasSuffix(string(d.ShortMessage), " text:"), "%s", d.ShortMessage)
	}

	data, err := (&Format{Version: pdu.V33}).DataSM(message, r)
	require.NoError(t, err)
	back, ok := FromPDU(data)
	require.True(t, ok)
	require.Equal(t, "A1 DELIVRD", back.ID+" "+back.Stat)
	require.Equal(t, message.Dest, data.Source)
	data, err = (&Format{NoText: true}).DataSM(message, r)
	require.NoError(t, err)
	_, payload := data.TLVs.Get(pdu.TagMessagePayload)
	require.False(t, payload)
}

func TestDeliverSMClass(t *testing.T) {
	for state, want := range map[pdu.MessageState]pdu.ESMClass{
		pdu.MessageStateEnroute: pdu.ESMClassIntermediate, pdu.MessageStateAccepted: pdu.ESMClassReceipt,
		pdu.MessageStateDelivered: pdu.ESMClassReceipt, pdu.MessageStateUnknown: pdu.ESMClassReceipt,
		pdu.MessageStateScheduled: pdu.ESMClassIntermediate,
	} {
		d, err := new(Format).DeliverSM(nil, &Receipt{ID: "1", State: state, Found: FieldState})
		require.NoError(t, err)
		require.Equal(t, want, d.ESMClass, state.String())
		d, err = new(Format).DeliverSM(nil, &Receipt{ID: "1", State: state, Kind: KindIntermediate})
		require.NoError(t, err)
		require.Equal(t, pdu.ESMClassIntermediate, d.ESMClass)
		d, err = new(Format).DeliverSM(nil, &Receipt{ID: "1", State: state, Kind: KindFinal})
		require.NoError(t, err)
		require.Equal(t, pdu.ESMClassReceipt, d.ESMClass)
	}
}

// TestBuildParse: what a Format writes, a Parser reads as it was, from the text alone, the TLVs alone and both.
func TestBuildParse(t *testing.T) {
	states := []pdu.MessageState{1, 2, 3, 4, 5, 6, 7, 8}
	zones := []*time.Location{nil, time.UTC, time.FixedZone("", 5*3600+1800), time.FixedZone("", -8*3600)}
	rapid.Check(t, func(t *rapid.T) {
		loc := rapid.SampledFrom(zones).Draw(t, "zone")
		f := Format{
			Location: loc, Seconds: rapid.Bool().Draw(t, "seconds"),
			NoText: rapid.Bool().Draw(t, "no text"), NoTLVs: rapid.Bool().Draw(t, "no TLVs"),
		}
		unit := time.Minute
		if f.Seconds {
			unit = time.Second
		}
		at := rapid.Int64Range(-1009756800, 2145830399) // the years that two digits tell, but for a day
		in := Receipt{
			Kind:  rapid.SampledFrom([]Kind{KindFinal, KindIntermediate}).Draw(t, "kind"),
			ID:    rapid.StringMatching(`[!-~]{1,64}`).Draw(t, "id"),
			State: rapid.SampledFrom(states).Draw(t, "state"),
			Err:   rapid.StringMatching(`[!-~]{1,8}`).Draw(t, "err"),
			Text:  rapid.OneOf(rapid.StringMatching(`([!-~]([ -~]{0,18}[!-~])?)?`), rapid.StringMatching(`[!-~åéπ]{0,20}`)).Draw(t, "text"),
			Sub:   rapid.IntRange(0, 999).Draw(t, "sub"), Dlvrd: rapid.IntRange(0, 999).Draw(t, "dlvrd"),
			Submitted: time.Unix(at.Draw(t, "submitted"), 0).Truncate(unit), Done: time.Unix(at.Draw(t, "done"), 0).Truncate(unit),
			Found: FieldSub | FieldDlvrd,
		}
		in.Stat = in.State.ReceiptText()
		d, err := f.DeliverSM(nil, &in)
		require.NoError(t, err)
		// Over the wire and back.
		wire, err := pdu.Append(nil, &pdu.PDU{Header: pdu.Header{ID: pdu.CommandDeliverSM, Seq: 1}, Body: d})
		require.NoError(t, err)
		decoded, err := pdu.Decode(wire)
		require.NoError(t, err)
		out, ok := (&Parser{Location: loc}).FromPDU(decoded.Body)
		require.True(t, ok)

		want := Receipt{Kind: in.Kind, Raw: out.Raw, TLVs: out.TLVs}
		if !f.NoText {
			want = in
			want.Raw, want.TLVs = out.Raw, out.TLVs
			want.Found = FieldID | FieldSub | FieldDlvrd | FieldSubmitted | FieldDone | FieldStat | FieldErr | FieldText | FieldState
			require.True(t, in.Submitted.Equal(out.Submitted), "%v, want %v", out.Submitted, in.Submitted)
			require.True(t, in.Done.Equal(out.Done), "%v, want %v", out.Done, in.Done)
			want.Submitted, want.Done = out.Submitted, out.Done
		} else if !f.NoTLVs {
			want.ID, want.State, want.Found = in.ID, in.State, FieldID|FieldState
		}
		require.Equal(t, want, out)
	})
}
