package receipt

import (
	"bytes"
	"encoding/gob"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

const canonical = "id:0123456789 sub:001 dlvrd:001 submit date:2603010930 done date:2603010931 stat:DELIVRD err:000 text:hello world"

func TestKindOf(t *testing.T) {
	for c := range 256 {
		want := KindUnknown
		switch c & 0x3C {
		case 0x04:
			want = KindFinal
		case 0x20:
			want = KindIntermediate
		}
		require.Equal(t, want, KindOf(pdu.ESMClass(c)), "esm_class %#x", c)
		_, ok := FromPDU(&pdu.DeliverSM{ESMClass: pdu.ESMClass(c), ShortMessage: []byte(canonical)})
		require.Equal(t, want != KindUnknown, ok, "esm_class %#x", c)
	}
	require.Equal(t, "unknown final intermediate", KindUnknown.String()+" "+KindFinal.String()+" "+KindIntermediate.String())
}

func TestFromPDUOthers(t *testing.T) {
	for _, b := range []pdu.Body{&pdu.SubmitSM{ESMClass: pdu.ESMClassReceipt}, &pdu.EnquireLink{}, nil} {
		r, ok := FromPDU(b)
		require.False(t, ok)
		require.Zero(t, r)
	}
}

// TestTLVs: TLVs go before the text, each on its own, and what is wrong in them is as if it were not there.
func TestTLVs(t *testing.T) {
	tlvs := func(kv ...any) pdu.TLVs {
		var ts pdu.TLVs
		for i := 0; i < len(kv); i += 2 {
			ts.Add(kv[i].(pdu.Tag), []byte(kv[i+1].(string)))
		}
		return ts
	}
	const text = "id:A stat:EXPIRED err:069 text:"
	type result struct {
		id, other string
		state     pdu.MessageState
		found     Field // beside what the text has
	}
	inText := FieldID | FieldStat | FieldErr | FieldText
	for _, c := range []struct {
		name string
		text string
		tlvs pdu.TLVs
		want result
	}{
		{"none", text, nil, result{"A", "", pdu.MessageStateExpired, FieldState}},
		{"both", text, tlvs(pdu.TagReceiptedMessageID, "B\x00", pdu.TagMessageState, "\x02"), result{"B", "A", pdu.MessageStateDelivered, FieldState}},
		{"id alone", text, tlvs(pdu.TagReceiptedMessageID, "B\x00"), result{"B", "A", pdu.MessageStateExpired, FieldState}},
		{"state alone", text, tlvs(pdu.TagMessageState, "\x05"), result{"A", "", pdu.MessageStateUndeliverable, FieldState}},
		{"the same id", text, tlvs(pdu.TagReceiptedMessageID, "A"), result{"A", "", pdu.MessageStateExpired, FieldState}},
		{"no NUL", text, tlvs(pdu.TagReceiptedMessageID, "B"), result{"B", "A", pdu.MessageStateExpired, FieldState}},
		{"octets behind the NUL", text, tlvs(pdu.TagReceiptedMessageID, "B\x00C"), result{"B", "A", pdu.MessageStateExpired, FieldState}},
		{"empty id", text, tlvs(pdu.TagReceiptedMessageID, ""), result{"A", "", pdu.MessageStateExpired, FieldState}},
		{"a NUL for an id", text, tlvs(pdu.TagReceiptedMessageID, "\x00"), result{"A", "", pdu.MessageStateExpired, FieldState}},
		{"two ids", text, tlvs(pdu.TagReceiptedMessageID, "B", pdu.TagReceiptedMessageID, "C"), result{"B", "A", pdu.MessageStateExpired, FieldState}},
		{"two states", text, tlvs(pdu.TagMessageState, "\x02", pdu.TagMessageState, "\x03"), result{"A", "", pdu.MessageStateDelivered, FieldState}},
		{"state of no octet", text, tlvs(pdu.TagMessageState, ""), result{"A", "", pdu.MessageStateExpired, FieldState}},
		{"state of four octets", text, tlvs(pdu.TagMessageState, "\x00\x00\x00\x02"), result{"A", "", pdu.MessageStateDelivered, FieldState}},
		{"reserved state", text, tlvs(pdu.TagMessageState, "\x63"), result{"A", "", pdu.MessageStateExpired, FieldState}},
		{"reserved state alone", "id:A err:069 text: ", tlvs(pdu.TagMessageState, "\x63"), result{"A", "", 99, FieldState}},
		{"state 0", text, tlvs(pdu.TagMessageState, "\x00"), result{"A", "", pdu.MessageStateScheduled, FieldState}},
		{"TLVs alone", "", tlvs(pdu.TagReceiptedMessageID, "B\x00", pdu.TagMessageState, "\x02"), result{"B", "", pdu.MessageStateDelivered, FieldState}},
		{"network error", text, tlvs(pdu.TagNetworkErrorCode, "\x03\x01\x02"), result{"A", "", pdu.MessageStateExpired, FieldState | FieldNetworkError}},
		{"network error of two octets", text, tlvs(pdu.TagNetworkErrorCode, "\x01\x02"), result{"A", "", pdu.MessageStateExpired, FieldState}},
		{"reference of one octet", text, tlvs(pdu.TagUserMessageReference, "\x07"), result{"A", "", pdu.MessageStateExpired, FieldState | FieldReference}},
		{"the rest", text, tlvs(pdu.TagDPFResult, "\x01", pdu.TagAdditionalStatusInfoText, "so\x00", pdu.Tag(0x1400), "x"), result{"A", "", pdu.MessageStateExpired, FieldState | FieldDPF | FieldStatusInfo}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, b := range []pdu.Body{
				&pdu.DeliverSM{ESMClass: 0x44, ShortMessage: []byte("\x02\x70\x00" + c.text), TLVs: c.tlvs},
				&pdu.DataSM{ESMClass: 0x04, TLVs: append(tlvs(pdu.TagMessagePayload, c.text), c.tlvs...)},
			} {
				r, ok := FromPDU(b)
				require.True(t, ok)
				require.Equal(t, c.want, result{r.ID, r.OtherID, r.State, r.Found &^ inText})
				require.Equal(t, c.text, string(r.Raw), "the header is not part of the text")
				if c.text == text {
					require.Equal(t, "069", r.Err, "not the same as network_error_code")
				}
			}
		})
	}
	r, _ := FromPDU(&pdu.DeliverSM{ESMClass: 4, TLVs: tlvs(
		pdu.TagNetworkErrorCode, "\x03\x01\x02", pdu.TagUserMessageReference, "\x07", pdu.TagDPFResult, "\x01",
		pdu.TagAdditionalStatusInfoText, "so\x00", pdu.Tag(0x1400), "x")})
	require.Equal(t, pdu.NetworkErrorCode{Network: 3, Code: 0x102}, r.NetworkError)
	require.Equal(t, uint16(7), r.Reference)
	require.Equal(t, pdu.DPFSet, r.DPF)
	require.Equal(t, "so", r.StatusInfo)
	vendor, _ := r.TLVs.Get(0x1400)
	require.Equal(t, "x", string(vendor))
}

func TestTextPlace(t *testing.T) {
	d := &pdu.DeliverSM{ESMClass: pdu.ESMClassReceipt, ShortMessage: []byte("id:short"), Source: pdu.Address{Addr: "1"}, Dest: pdu.Address{Addr: "2"}}
	d.TLVs.Add(pdu.TagMessagePayload, nil)
	r, _ := FromPDU(d)
	require.Equal(t, "short", r.ID, "an empty payload is none")
	require.Equal(t, "1 2", r.Source.Addr+" "+r.Dest.Addr)
	d.TLVs.Set(pdu.TagMessagePayload, []byte("id:long"))
	r, _ = FromPDU(d)
	require.Equal(t, "long", r.ID)
	d.ESMClass |= pdu.ESMClassUDHI
	r, _ = FromPDU(d)
	require.Equal(t, "id:long", string(r.Raw), "a header longer than the text is none")
}

func TestUCS2(t *testing.T) {
	text := "id:1 stat:DELIVRD text:привет"
	big := ucs2(text)
	little := make([]byte, len(big))
	for i := 0; i < len(big); i += 2 {
		little[i], little[i+1] = big[i+1], big[i]
	}
	for name, raw := range map[string][]byte{
		"big endian":    big,
		"little endian": little,
		"mark":          append([]byte{0xFE, 0xFF}, big...),
		"other mark":    append([]byte{0xFF, 0xFE}, little...),
		"odd octet":     append(big[:len(big):len(big)], 0),
	} {
		r := Parse(raw)
		require.Equal(t, "1 DELIVRD привет", r.ID+" "+r.Stat+" "+r.Text, name)
		v, _ := r.Value("text")
		require.Equal(t, "привет", v, name)
	}
	r, ok := FromPDU(&pdu.DeliverSM{ESMClass: 4, DataCoding: pdu.DataCodingUCS2, ShortMessage: []byte("id:1 stat:DELIVRD")})
	require.True(t, ok)
	require.Equal(t, "1", r.ID, "data_coding is not to be trusted")
}

func TestParserHabits(t *testing.T) {
	p := Parser{
		States:     map[string]pdu.MessageState{"FAILED": pdu.MessageStateUndeliverable, "2": pdu.MessageStateDelivered, "UNKNOWN": pdu.MessageStateRejected},
		Separators: ",;",
	}
	r := p.Parse([]byte("id:1; sub:001,stat:Failed;mcc:240, text:a,b;"))
	require.Equal(t, "1", r.ID)
	require.Equal(t, 1, r.Sub)
	require.Equal(t, pdu.MessageStateUndeliverable, r.State)
	require.Equal(t, "a,b;", r.Text, "no separators in the text of the message")
	mcc, ok := r.Value("mcc")
	require.True(t, ok)
	require.Equal(t, "240", mcc)
	_, ok = r.Value("mnc")
	require.False(t, ok)
	r = p.Parse([]byte("stat:2"))
	require.Equal(t, pdu.MessageStateDelivered, r.State)
	r = p.Parse([]byte("stat:UNKNOWN"))
	require.Equal(t, pdu.MessageStateRejected, r.State, "the words of the peer go first")

	p = Parser{Pattern: regexp.MustCompile(`^Message (?P<id>\w+) (?P<stat>\w+) at (?P<done_date>\d+)(?: \((?P<other>\w+)\))?$`)}
	r = p.Parse([]byte("Message 4F2A expired at 2603010931 (x)"))
	require.Equal(t, "4F2A", r.ID)
	require.Equal(t, pdu.MessageStateExpired, r.State)
	require.Equal(t, time.Date(2026, 3, 1, 9, 31, 0, 0, time.UTC), r.Done)
	r = p.Parse([]byte("something else"))
	require.Zero(t, r.Found)
	r = p.Parse([]byte(canonical))
	require.Equal(t, "0123456789", r.ID, "keys go before the pattern")

	d := &pdu.DeliverSM{ESMClass: 4, ShortMessage: []byte("id:A stat:EXPIRED")}
	d.TLVs.Add(pdu.TagReceiptedMessageID, []byte("B\x00"))
	d.TLVs.Add(pdu.TagMessageState, []byte{2})
	r, _ = (&Parser{TextFirst: true}).FromPDU(d)
	require.Equal(t, "A B EXPIRED", r.ID+" "+r.OtherID+" "+r.State.String())
	d.ShortMessage = []byte("id: stat:BAD")
	r, _ = (&Parser{TextFirst: true}).FromPDU(d)
	require.Equal(t, "B  DELIVERED", r.ID+" "+r.OtherID+" "+r.State.String(), "what the text does not tell comes from the TLVs")
}

func TestUnmarked(t *testing.T) {
	p := Parser{Unmarked: true}
	for text, want := range map[string]Kind{
		canonical:            KindFinal,
		"id:1 stat:ENROUTE":  KindIntermediate,
		"id:1 stat:FAILED":   KindFinal,
		"id:1 hello":         KindUnknown,
		"stat:DELIVRD":       KindUnknown,
		"see you tomorrow":   KindUnknown,
		"":                   KindUnknown,
		"text:id:1 stat:BAD": KindUnknown,
	} {
		r, ok := p.FromPDU(&pdu.DeliverSM{ShortMessage: []byte(text)})
		require.Equal(t, want != KindUnknown, ok, text)
		require.Equal(t, want, r.Kind, text)
		_, ok = p.FromPDU(&pdu.DeliverSM{ShortMessage: []byte(text), ESMClass: pdu.ESMClassUserAck})
		require.False(t, ok, "another message type is not esm_class 0")
		_, ok = FromPDU(&pdu.DeliverSM{ShortMessage: []byte(text)})
		require.False(t, ok, "only by configuration")
	}
	d := &pdu.DeliverSM{}
	d.TLVs.Add(pdu.TagReceiptedMessageID, []byte("B\x00"))
	d.TLVs.Add(pdu.TagMessageState, []byte{6})
	r, ok := p.FromPDU(d)
	require.True(t, ok)
	require.Equal(t, KindIntermediate, r.Kind)
}

func TestFinal(t *testing.T) {
	for text, want := range map[string]bool{
		"stat:DELIVRD": true, "stat:EXPIRED": true, "stat:DELETED": true, "stat:UNDELIV": true, "stat:REJECTD": true,
		"stat:UNKNOWN": true, "stat:SKIPPED": true, "stat:FAILED": true, "": true,
		"stat:ENROUTE": false, "stat:ACCEPTD": false, "stat:SCHEDULED": false,
	} {
		r, _ := FromPDU(&pdu.DeliverSM{ESMClass: pdu.ESMClassReceipt, ShortMessage: []byte(text)})
		require.Equal(t, want, r.Final(), text)
		r, _ = FromPDU(&pdu.DeliverSM{ESMClass: pdu.ESMClassIntermediate, ShortMessage: []byte(text)})
		require.False(t, r.Final(), text)
	}
}

// TestGob: a receipt can be kept in a store outside of the process.
func TestGob(t *testing.T) {
	d := &pdu.DeliverSM{ESMClass: pdu.ESMClassReceipt, ShortMessage: []byte(canonical + "\xe5\x00\x1b")}
	d.TLVs.Add(pdu.TagReceiptedMessageID, []byte("B\x00"))
	d.TLVs.Add(0x1400, []byte{0xFF})
	r, _ := FromPDU(d)
	var b bytes.Buffer
	require.NoError(t, gob.NewEncoder(&b).Encode(r))
	var back Receipt
	require.NoError(t, gob.NewDecoder(&b).Decode(&back))
	require.Equal(t, r, back)
}

func TestAllocs(t *testing.T) {
	text := []byte(canonical)
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { Parse(text) }), 1.0)
	d := &pdu.DeliverSM{ESMClass: pdu.ESMClassReceipt, ShortMessage: text}
	d.TLVs.Add(pdu.TagReceiptedMessageID, []byte("another\x00"))
	d.TLVs.Add(pdu.TagMessageState, []byte{2})
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { FromPDU(d) }), 2.0)
}

// TestLinear: hostile texts cost no more than their length.
func TestLinear(t *testing.T) {
	for _, unit := range []string{"a:", "a: ", "x", " ", ":", "date:", " date:", "submit  ", "id:1 ", "\x00i\x00d"} {
		text := bytes.Repeat([]byte(unit), 65535/len(unit))
		start := time.Now()
		Parse(text)
		require.Less(t, time.Since(start), time.Second, unit)
	}
}
