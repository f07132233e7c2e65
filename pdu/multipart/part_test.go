package multipart

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/text"
	"github.com/smpp-go/smpp/pdu/udh"
)

func payload(s string) pdu.TLVs {
	return pdu.TLVs{{Tag: pdu.TagUserMessageReference, Value: []byte{0, 1}}, {Tag: pdu.TagMessagePayload, Value: []byte(s)}}
}

func TestGet(t *testing.T) {
	header := "\x05\x00\x03\xcc\x02\x01"
	concat := udh.Header{udh.Concat{Ref: 0xCC, Total: 2, Seq: 1}.Element()}
	for name, tt := range map[string]struct {
		body pdu.Body
		want Part
		text string
	}{
		"short":                       {&pdu.SubmitSM{ShortMessage: []byte("hi")}, Part{Octets: []byte("hi")}, "hi"},
		"empty":                       {&pdu.SubmitSM{}, Part{}, ""},
		"payload":                     {&pdu.DeliverSM{TLVs: payload("hi")}, Part{Octets: []byte("hi"), Payload: true}, "hi"},
		"data_sm":                     {&pdu.DataSM{TLVs: payload("hi"), DataCoding: 3}, Part{Octets: []byte("hi"), Payload: true, DataCoding: 3}, "hi"},
		"data_sm0":                    {&pdu.DataSM{}, Part{}, ""},
		"both":                        {&pdu.SubmitSM{ShortMessage: []byte("no"), TLVs: payload("yes")}, Part{Octets: []byte("yes"), Payload: true}, "yes"},
		"empty payload beside a text": {&pdu.SubmitSM{ShortMessage: []byte("yes"), TLVs: payload("")}, Part{Octets: []byte("yes")}, "yes"},
		"header": {
			&pdu.DeliverSM{ESMClass: pdu.ESMClassUDHI, ShortMessage: []byte(header + "hi")},
			Part{UDH: concat, Octets: []byte("hi")},
			"hi",
		},
		"header in payload, sm_length 0": {
			&pdu.DeliverSM{ESMClass: pdu.ESMClassUDHI, TLVs: payload(header + "hi")},
			Part{UDH: concat, Octets: []byte("hi"), Payload: true},
			"hi",
		},
		"no UDHI: the octets of a header are text": {
			&pdu.DeliverSM{ShortMessage: []byte("\x05\x00\x03ok")}, Part{Octets: []byte("\x05\x00\x03ok")}, "é@¥ok",
		},
		"turkish": {
			&pdu.DeliverSM{ESMClass: pdu.ESMClassUDHI, ShortMessage: []byte("\x06\x24\x01\x01\x25\x01\x01\x1d\x07\x1b\x67")},
			Part{UDH: udh.Header{udh.SingleShift(1), udh.LockingShift(1)}, Octets: []byte("\x1d\x07\x1b\x67")},
			"şığ",
		},
		"tables without meaning": {
			&pdu.DeliverSM{ESMClass: pdu.ESMClassUDHI, ShortMessage: []byte("\x06\x24\x01\x63\x25\x01\x02\x1b\x65")},
			Part{UDH: udh.Header{udh.SingleShift(99), udh.LockingShift(2)}, Octets: []byte("\x1b\x65")},
			"€",
		},
		"sar": {
			&pdu.DeliverSM{ShortMessage: []byte("hi"), TLVs: pdu.TLVs{
				{Tag: pdu.TagSARMsgRefNum, Value: []byte{1, 2}},
				{Tag: pdu.TagSARTotalSegments, Value: []byte{3}},
				{Tag: pdu.TagSARSegmentSeqnum, Value: []byte{2}},
			}},
			Part{Octets: []byte("hi"), SAR: SAR{0x102, 3, 2}},
			"hi",
		},
		"sar, one missing": {
			&pdu.DeliverSM{ShortMessage: []byte("hi"), TLVs: pdu.TLVs{
				{Tag: pdu.TagSARMsgRefNum, Value: []byte{1, 2}}, {Tag: pdu.TagSARTotalSegments, Value: []byte{3}},
			}},
			Part{Octets: []byte("hi")},
			"hi",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Get(tt.body)
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
			s, err := Text(tt.body, text.Peer{})
			require.NoError(t, err)
			require.Equal(t, tt.text, s)
			strict, err := GetStrict(tt.body)
			if name == "both" {
				status, ok := pdu.StatusOf(err)
				require.True(t, ok)
				require.Equal(t, pdu.StatusTLVNotAllowed, status)
				require.ErrorIs(t, err, ErrBothTexts)
				return
			}
			require.NoError(t, err)
			require.Equal(t, got, strict)

			// And back: a second reading is the same.
			require.NoError(t, got.Put(tt.body))
			again, err := GetStrict(tt.body)
			require.NoError(t, err)
			if _, always := tt.body.(*pdu.DataSM); always {
				got.Payload, got.Octets = true, append([]byte{}, got.Octets...)
			}
			again.Octets = append(got.Octets[:0:0], again.Octets...)
			require.Equal(t, got, again)
		})
	}
	_, err := Get(&pdu.QuerySM{})
	require.ErrorIs(t, err, ErrBody)
	require.ErrorIs(t, Part{}.Put(&pdu.EnquireLink{}), ErrBody)
	_, err = Text(&pdu.QuerySM{}, text.Peer{})
	require.ErrorIs(t, err, ErrBody)
}

func TestMalformedHeader(t *testing.T) {
	for _, s := range []string{"", "\x05\x00\x03\x01\x02", "\x05\x00\x04\x01\x02\x02x", "\x01\x00", "\x0a\x00"} {
		body := &pdu.DeliverSM{ESMClass: pdu.ESMClassUDHI, ShortMessage: []byte(s)}
		p, err := Get(body)
		var bad *udh.Error
		require.ErrorAs(t, err, &bad)
		require.Nil(t, p.UDH)
		require.Equal(t, s, string(p.Octets))
		_, err = Text(body, text.Peer{})
		require.ErrorAs(t, err, &bad)
	}
}

func TestPut(t *testing.T) {
	template := pdu.SubmitSM{
		Dest: pdu.Address{Addr: "46700000001"}, ESMClass: pdu.ESMClassStoreAndForward | pdu.ESMClassUDHI, DataCoding: 8,
		ShortMessage: []byte("old"), TLVs: make(pdu.TLVs, 0, 8),
	}
	template.TLVs.Add(pdu.TagUserMessageReference, []byte{0, 1})
	template.TLVs.Add(pdu.TagSARTotalSegments, []byte{9})
	template.TLVs.Add(0x1400, []byte("vendor"))
	kept := append(pdu.TLVs(nil), template.TLVs...)

	parts, err := Split(strings.Repeat("x", 300), Options{Method: MethodSAR, Ref: 0x1234})
	require.NoError(t, err)
	var sent []pdu.SubmitSM
	for _, p := range parts {
		sm := template
		require.NoError(t, p.Put(&sm))
		sent = append(sent, sm)
	}
	require.Equal(t, kept, template.TLVs, "copies of one body do not share TLVs")
	for i, sm := range sent {
		require.Equal(t, pdu.ESMClassStoreAndForward, sm.ESMClass)
		require.Zero(t, sm.DataCoding)
		require.Equal(t, pdu.TLVs{
			kept[0], kept[2],
			{Tag: pdu.TagSARMsgRefNum, Value: []byte{0x12, 0x34}},
			{Tag: pdu.TagSARTotalSegments, Value: []byte{2}},
			{Tag: pdu.TagSARSegmentSeqnum, Value: []byte{byte(i + 1)}},
		}, sm.TLVs)
	}
	err = Part{UDH: udh.Header{{ID: 0x70, Data: make([]byte, 255)}}}.Put(&template)
	require.ErrorIs(t, err, udh.ErrTooLong)
	require.Equal(t, "old", string(template.ShortMessage))
}

func TestJoin(t *testing.T) {
	part := func(dc pdu.DataCoding, s string) Part { return Part{DataCoding: dc, Octets: []byte(s)} }
	for name, tt := range map[string]struct {
		parts []Part
		want  string
		bad   bool
	}{
		"none":                {nil, "", false},
		"escape pair cut":     {[]Part{part(0, "a\x1b"), part(0, "eb")}, "a€b", false},
		"surrogate pair cut":  {[]Part{part(8, "\x00a\xd8\x3d"), part(8, "\xdc\x4b\x00b")}, "a👋b", false},
		"data codings differ": {[]Part{part(0, "a\x00"), part(8, "\xd8\x3d\xdc\x4b"), part(3, "\xe9")}, "a@👋é", false},
		"byte order mark":     {[]Part{part(8, "\xfe\xff\x00a"), part(8, "\xfe\xff\x00b")}, "a\uFEFFb", false},
		"no byte order mark":  {[]Part{part(3, "\xfe\xff")}, "þÿ", false},
		"odd octets":          {[]Part{part(8, "\x00a\x00"), part(8, "\x00b")}, "a\uFFFDb", true},
		"reserved":            {[]Part{part(0, "a"), part(0x80, "xyz"), part(0, "b")}, "ab", true},
		"compressed":          {[]Part{part(0x20, "xyz"), part(0, "b")}, "b", true},
		"binary":              {[]Part{part(4, "a\xff")}, "a\xff", false},
		"class":               {[]Part{part(0xF0, "a\x1be"), part(0x18, "\x00b")}, "a€b", false},
		"cut around a gap": {[]Part{
			{SAR: SAR{1, 3, 1}, Octets: []byte("a\x1b")}, {SAR: SAR{1, 3, 3}, Octets: []byte("eb")},
		}, "aeb", false},
	} {
		got, err := Join(tt.parts, text.Peer{})
		require.Equal(t, tt.want, got, name)
		require.Equal(t, tt.bad, err != nil, "%s: %v", name, err)
	}
	packed := Part{
		UDH: udh.Header{udh.Concat{Ref: 0xCC, Total: 2, Seq: 1}.Element()}, Octets: []byte("\xd0\x65\x36\xfb\x0d"),
	}
	got, err := Join([]Part{packed}, text.Peer{Default: text.GSM7Packed})
	require.NoError(t, err)
	require.Equal(t, "hello", got)
}

func TestPartAsJSON(t *testing.T) {
	parts, err := Split(strings.Repeat("ş", 300), Options{Text: text.Options{Languages: []text.Language{text.Turkish}}})
	require.NoError(t, err)
	b, err := json.Marshal(parts)
	require.NoError(t, err)
	var got []Part
	require.NoError(t, json.Unmarshal(b, &got))
	require.Equal(t, parts, got)
}

func FuzzGet(f *testing.F) {
	f.Add([]byte("\x05\x00\x03\xcc\x02\x01hello"), []byte(nil), uint8(0x40), uint8(0))
	f.Add([]byte("\x06\x24\x01\x01\x25\x01\x01\x1d\x07\x1b\x67"), []byte{1}, uint8(0x40), uint8(0xF0))
	f.Add([]byte("hello"), []byte("\x0a\x00"), uint8(0x40), uint8(8))
	f.Fuzz(func(t *testing.T, short, long []byte, esmClass, dc uint8) {
		body := &pdu.DeliverSM{ESMClass: pdu.ESMClass(esmClass), DataCoding: pdu.DataCoding(dc), ShortMessage: short}
		if long != nil {
			body.TLVs.Add(pdu.TagMessagePayload, long)
		}
		p, err := Get(body)
		peer := text.Peer{Default: text.Alphabet(esmClass & 7)}
		if s, joined := Join([]Part{p}, peer); joined == nil && len(s) > 4*len(p.Octets)+4 {
			t.Fatalf("%d octets became %d", len(p.Octets), len(s))
		}
		if err != nil {
			return
		}
		copied := *body
		if err := p.Put(&copied); err != nil {
			t.Fatal(err)
		}
		again, err := Get(&copied)
		if err != nil || string(again.Octets) != string(p.Octets) || again.UDH.Len() != p.UDH.Len() || again.Payload != p.Payload {
			t.Fatalf("%+v became %+v, %v", p, again, err)
		}
	})
}

func FuzzSplit(f *testing.F) {
	f.Add("hello {you} €", uint8(0), uint8(0), uint8(30))
	f.Add("👨‍👩‍👧 日本 ş", uint8(2), uint8(1), uint8(40))
	f.Fuzz(func(t *testing.T, s string, method, bits, times uint8) {
		s = strings.TrimLeft(strings.Repeat(s, int(times)), byteOrderMark)
		o := Options{Method: Method(method % 4), Graphemes: bits&1 != 0}
		o.Text.Languages = []text.Language{text.Language(bits >> 4)}
		parts, err := Split(s, o)
		if err != nil {
			return
		}
		got, err := Join(parts, text.Peer{})
		if err != nil || got != s {
			t.Fatalf("%q became %q, %v", s, got, err)
		}
	})
}
