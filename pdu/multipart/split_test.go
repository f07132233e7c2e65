package multipart

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/text"
	"github.com/smpp-go/smpp/pdu/udh"
)

var methods = []Method{MethodUDH8, MethodUDH16, MethodSAR, MethodPayload}

// bodies returns one body of each kind that carries a message.
func bodies() []pdu.Body {
	return []pdu.Body{&pdu.SubmitSM{}, &pdu.DeliverSM{}, &pdu.DataSM{}, &pdu.SubmitMulti{Dests: make([]pdu.DestAddress, 1)}}
}

// overTheWire puts a part into a PDU, encodes it, decodes it and reads the part again.
func overTheWire(t rapid.TB, p Part, body pdu.Body) Part {
	if err := p.Put(body); err != nil {
		t.Fatalf("put: %v", err)
	}
	b, err := pdu.Append(nil, &pdu.PDU{Header: pdu.Header{ID: body.CommandID(), Seq: 1}, Body: body})
	if err != nil {
		t.Fatalf("append: %v", err)
	}
	decoded, err := pdu.Codec{Strict: true}.Decode(b)
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	got, err := GetStrict(decoded.Body)
	if err != nil {
		t.Fatalf("get: %v", err)
	}
	return got
}

// checkParts holds parts against the limits of a short message, and joins them.
func checkParts(t rapid.TB, s string, parts []Part, o Options) {
	var got []Part
	for i, p := range parts {
		p = overTheWire(t, p, bodies()[i%len(bodies())])
		got = append(got, p)
		n, numbered := p.Number()
		if numbered != (len(parts) > 1) || numbered && (n.Total != len(parts) || n.Seq != i+1 || n.Method != o.Method) {
			t.Fatalf("part %d of %d: %+v", i+1, len(parts), n)
		}
		c, err := p.Codec(o.Text.Peer)
		if err != nil {
			t.Fatal(err)
		}
		header := p.UDH.Len()
		if o.Method == MethodSAR && numbered {
			header += 5 // the MC adds the element, and the length octet where there is none
			if p.UDH.Len() == 0 {
				header++
			}
		}
		room := 140 - header
		switch c.Alphabet {
		case text.GSM7:
			room = (140*8 - header*8) / 7
			for _, octet := range p.Octets {
				if octet >= 0x80 {
					t.Fatalf("part %d: % x", i+1, p.Octets)
				}
			}
		case text.UCS2:
			room -= room % 2
		}
		if o.Method != MethodPayload && len(p.Octets) > room {
			t.Fatalf("part %d: %d octets beside a header of %d", i+1, len(p.Octets), header)
		}
		alone, err := Join([]Part{p}, o.Text.Peer)
		if err != nil || !utf8.ValidString(alone) {
			t.Fatalf("part %d: %q, %v", i+1, alone, err)
		}
	}
	joined, err := Join(got, o.Text.Peer)
	if err != nil || joined != s {
		t.Fatalf("%q became %q, %v", s, joined, err)
	}
}

// texts draws texts long enough for some parts, with characters that are dangerous to cut.
func texts(t *rapid.T) string {
	chars := rapid.OneOf(
		rapid.RuneFrom([]rune("abc \r\n@{[€^é")), rapid.RuneFrom([]rune("abcABC 0123")), rapid.RuneFrom([]rune("şığçãõ")),
		rapid.RuneFrom([]rune("日本👋👍🏽\u200d❤\ufe0f🇸🇪e\u0301नमस्ते")), rapid.Rune(),
	)
	if rapid.Bool().Draw(t, "plain") {
		chars = rapid.RuneFrom([]rune("abc defgh {}€@\r"))
	}
	n := rapid.SampledFrom([]int{0, 1, 5, 60, 66, 68, 70, 71, 140, 152, 160, 161, 300, 600}).Draw(t, "length")
	s := rapid.StringOfN(chars, n, n, -1).Draw(t, "text")
	return strings.TrimRight(strings.TrimLeft(s, byteOrderMark), "\r")
}

func TestJoinOfSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Options{
			Method:    rapid.SampledFrom(methods).Draw(t, "method"),
			Ref:       rapid.Uint16().Draw(t, "ref"),
			Graphemes: rapid.Bool().Draw(t, "graphemes"),
			Text: text.Options{
				Peer: text.Peer{Default: rapid.SampledFrom([]text.Alphabet{
					text.Default, text.GSM7Packed, text.Latin1, text.UCS2, text.ASCII,
				}).Draw(t, "default"), Padding: text.PadCRExact},
				Languages: []text.Language{text.Turkish, text.Portuguese, text.Hindi},
				Class:     rapid.SampledFrom([]text.Class{text.NoClass, text.Class0}).Draw(t, "class"),
			},
		}
		if rapid.Bool().Draw(t, "alphabets") {
			o.Text.Alphabets = []text.Alphabet{text.JIS, text.ISO2022JP, text.KSC5601, text.UCS2, text.GSM7}
		}
		if rapid.Bool().Draw(t, "ports") {
			o.Header = udh.Header{udh.Ports{Dest: 2948, Source: 9200, Wide: true}.Element()}
		}
		s := texts(t)
		parts, err := Split(s, o)
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		checkParts(t, s, parts, o)
	})
}

// Every codec that Best might not choose splits as well.
func TestSplitChoiceEveryCodec(t *testing.T) {
	for a := text.ASCII; a <= text.KSC5601; a++ {
		s := strings.Repeat(map[text.Alphabet]string{
			text.Latin1: "café ", text.UCS2: "👋日x", text.Cyrillic: "Привет ", text.Hebrew: "שלום ", text.JIS: "日本x",
			text.ISO2022JP: "日本x", text.ExtendedJIS: "日本xｱ", text.KSC5601: "한국x",
		}[a]+"x", 99)
		dc, err := text.DCS{Alphabet: a}.DataCoding()
		require.NoError(t, err)
		for _, m := range methods {
			o := Options{Method: m, Ref: 7}
			parts, err := SplitChoice(text.Choice{Text: s, Codec: text.Codec{Alphabet: a}, DataCoding: dc}, o)
			require.NoError(t, err)
			checkParts(t, s, parts, o)
		}
	}
	for l := text.Turkish; l <= text.Urdu; l++ {
		c := text.Codec{Locking: l, Single: l}
		if !l.HasLocking() {
			c.Locking = text.NoLanguage
		}
		s := strings.Repeat("abc {€} ", 80)
		if l == text.Telugu {
			s = strings.Repeat("abc {} ", 80)
		}
		if l > text.Spanish {
			s = strings.ReplaceAll(s, "{", "")
		}
		parts, err := SplitChoice(text.Choice{Text: s, Codec: c}, Options{})
		require.NoError(t, err)
		require.Len(t, parts[0].UDH, 1+len(shifts(c)))
		checkParts(t, s, parts, Options{})
	}
}

func TestSplitVectors(t *testing.T) {
	x := strings.Repeat("x", 152)
	for name, tt := range map[string]struct {
		s     string
		o     Options
		sizes []int // octets of each part, header included
		first string
	}{
		"one":          {"hello", Options{}, []int{5}, "68656c6c6f"},
		"empty":        {"", Options{}, []int{0}, ""},
		"full":         {x + "12345678", Options{}, []int{160}, ""},
		"two":          {x + "123456789", Options{Ref: 0xCC}, []int{6 + 153, 6 + 8}, "050003cc0201"},
		"escape pair":  {x + "{23456789", Options{}, []int{6 + 152, 6 + 10}, ""},
		"escape pair2": {x[:151] + "{23456789", Options{}, []int{6 + 153, 6 + 8}, ""},
		"udh16":        {x + "123456789", Options{Method: MethodUDH16, Ref: 0x1234}, []int{7 + 152, 7 + 9}, "06080412340201"},
		"sar":          {x + "123456789", Options{Method: MethodSAR}, []int{153, 8}, ""},
		"payload":      {x + "123456789", Options{Method: MethodPayload}, []int{161}, ""},
		"emoji": {
			strings.Repeat("é", 66) + "👋日本語日",
			Options{Text: text.Options{Alphabets: []text.Alphabet{text.UCS2}}},
			[]int{6 + 132, 6 + 12},
			"",
		},
		"packed": {
			x + "123456789",
			Options{Text: text.Options{Peer: text.Peer{Default: text.GSM7Packed}}},
			[]int{140, 6 + 8},
			"",
		},
		"packed, padding": {
			x + "@23456789",
			Options{Text: text.Options{Peer: text.Peer{Default: text.GSM7Packed}}},
			[]int{140, 6 + 8},
			"", // 152 septets and a CR
		},
		"ports": {
			x + "123456789",
			Options{Header: udh.Header{udh.Ports{Dest: 2948, Source: 9200, Wide: true}.Element()}, Ref: 1},
			[]int{12 + 146, 12 + 15},
			"0b00030102010504" + "0b8423f0",
		},
		"turkish": {
			strings.Repeat("ş", 154),
			Options{Text: text.Options{Languages: []text.Language{text.Turkish}}},
			[]int{4 + 154},
			"03250101",
		},
		"turkish parts": {
			strings.Repeat("ş", 156),
			Options{Text: text.Options{Languages: []text.Language{text.Turkish}}, Ref: 9},
			[]int{9 + 149, 9 + 7},
			"080003090201250101",
		},
	} {
		t.Run(name, func(t *testing.T) {
			parts, err := Split(tt.s, tt.o)
			require.NoError(t, err)
			var sizes []int
			for i, p := range parts {
				sizes = append(sizes, p.UDH.Len()+len(p.Octets))
				require.Equal(t, tt.o.Method == MethodPayload && len(p.Octets) > 160, p.Payload)
				if i == 0 {
					b, err := p.UDH.Append(nil)
					require.NoError(t, err)
					require.True(t, strings.HasPrefix(fmt.Sprintf("%x", append(b, p.Octets...)), tt.first), "%x", b)
				}
			}
			require.Equal(t, tt.sizes, sizes)
			got, err := Join(parts, tt.o.Text.Peer)
			require.NoError(t, err)
			require.Equal(t, tt.s, got)
		})
	}
}

// The counter of package text and the parts made here agree.
func TestCountAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Options{Method: rapid.SampledFrom(methods[:2]).Draw(t, "method")}
		o.Text.Languages = []text.Language{text.Turkish}
		if rapid.Bool().Draw(t, "packed") {
			o.Text.Default = text.GSM7Packed
		}
		s := texts(t)
		o.Text.Wide = o.Method == MethodUDH16
		choice, err := text.Best(s, o.Text)
		if err != nil {
			t.Fatal(err)
		}
		parts, err := Split(s, o)
		if err != nil || len(parts) != choice.Count.Segments {
			t.Fatalf("%q: %d parts, counted %+v, %v", s, len(parts), choice.Count, err)
		}
	})
}

func TestGraphemes(t *testing.T) {
	family := "👨‍👩‍👧‍👦"
	for _, tt := range []struct{ s, want string }{
		{strings.Repeat("é日", 32) + family + "x日本語", strings.Repeat("é日", 32)},
		{strings.Repeat("日", 66) + "\r\nx日本", strings.Repeat("日", 66)},
		{strings.Repeat("日", 66) + "e\u0301日本語日本", strings.Repeat("日", 66)},
		{strings.Repeat("日", 65) + "🇸🇪日本語日本", strings.Repeat("日", 65)},
		{strings.Repeat("日", 65) + "नि日本語日本", strings.Repeat("日", 65) + "नि"},
	} {
		parts, err := Split(tt.s, Options{Graphemes: true})
		require.NoError(t, err)
		first, err := Join(parts[:1], text.Peer{})
		require.NoError(t, err)
		require.Equal(t, tt.want, first)
		parts, err = Split(tt.s, Options{})
		require.NoError(t, err)
		first, err = Join(parts[:1], text.Peer{})
		require.NoError(t, err)
		require.LessOrEqual(t, len(tt.want), len(first), "as full as can be")
	}
	// One that is longer than a part is cut all the same.
	s := "e" + strings.Repeat("\u0301", 200)
	parts, err := Split(s, Options{Graphemes: true})
	require.NoError(t, err)
	require.Len(t, parts, 3)
	got, err := Join(parts, text.Peer{})
	require.NoError(t, err)
	require.Equal(t, s, got)

	rapid.Check(t, func(t *rapid.T) {
		s := texts(t)
		parts, err := Split(s, Options{Graphemes: true})
		if err != nil {
			t.Fatal(err)
		}
		boundaries, at, state := map[int]bool{0: true}, 0, -1
		longest := 0
		for rest := s; rest != ""; {
			var cluster string
			cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
			at += len(cluster)
			longest = max(longest, len(cluster))
			boundaries[at] = true
		}
		at = 0
		for _, p := range parts {
			c, err := p.Codec(text.Peer{})
			if err != nil {
				t.Fatal(err)
			}
			alone, err := c.Decode(p.Octets) // Join would take U+FEFF for a byte order mark
			if err != nil {
				t.Fatal(err)
			}
			if at += len(alone); !boundaries[at] && longest < 67 {
				t.Fatalf("%q is cut at %d", s, at)
			}
		}
	})
}

func TestSplitRefuses(t *testing.T) {
	_, err := Split(strings.Repeat("x", 153*255), Options{})
	require.NoError(t, err)
	_, err = Split(strings.Repeat("x", 153*255+1), Options{})
	require.ErrorIs(t, err, ErrTooManyParts)
	_, err = Split(strings.Repeat("x", 153*255+1), Options{Method: MethodSAR})
	require.ErrorIs(t, err, ErrTooManyParts)
	parts, err := Split(strings.Repeat("x", 65535), Options{Method: MethodPayload})
	require.NoError(t, err)
	require.Len(t, parts, 1)
	_, err = Split(strings.Repeat("x", 65536), Options{Method: MethodPayload})
	require.ErrorIs(t, err, ErrTooLong)
	_, err = Split(strings.Repeat("x", 200), Options{Header: udh.Header{{ID: 0x70, Data: make([]byte, 140)}}})
	require.ErrorIs(t, err, text.ErrNoRoom)
	_, err = SplitChoice(text.Choice{Text: "ab", Codec: text.Codec{Alphabet: text.UCS2}},
		Options{Header: udh.Header{{ID: 0x70, Data: make([]byte, 136)}}})
	require.ErrorIs(t, err, text.ErrNoRoom)
	var lacks *text.EncodeError
	_, err = SplitChoice(text.Choice{Text: strings.Repeat("x", 300) + "日"}, Options{})
	require.ErrorAs(t, err, &lacks)
	require.Equal(t, 300, lacks.Offset)
	require.ErrorIs(t, PutText(&pdu.SubmitSM{}, strings.Repeat("x", 161), Options{}), ErrTooManyParts)
	require.NoError(t, PutText(&pdu.SubmitSM{}, strings.Repeat("x", 160), Options{}))
}

func TestPayloadOver(t *testing.T) {
	for n, want := range map[int]bool{160: false, 161: false, 254: false, 255: true} {
		parts, err := Split(strings.Repeat("x", n), Options{Method: MethodPayload, PayloadOver: 254})
		require.NoError(t, err)
		require.Equal(t, want, parts[0].Payload, n)
	}
}

func TestSplitOctets(t *testing.T) {
	b := bytes.Repeat([]byte{0, 0xFF, 0x1B}, 100)
	parts, err := SplitOctets(b, pdu.DataCodingOctets, Options{})
	require.NoError(t, err)
	require.Len(t, parts, 3)
	require.Len(t, parts[0].Octets, 134)
	require.Equal(t, b, Message{Parts: parts}.Octets())
}

func TestMethodNames(t *testing.T) {
	for _, m := range methods {
		b, err := json.Marshal(m)
		require.NoError(t, err)
		var got Method
		require.NoError(t, json.Unmarshal(bytes.ToUpper(b), &got))
		require.Equal(t, m, got)
	}
	require.Error(t, new(Method).UnmarshalText([]byte("pigeon")))
	_, err := Method(9).MarshalText()
	require.Error(t, err)
	require.Equal(t, "method(9)", Method(9).String())
}

func TestRefs(t *testing.T) {
	var refs Refs
	seen := map[uint8]bool{}
	first := refs.Next("46700000001")
	for i := range 255 {
		ref := refs.Next("46700000001")
		require.Equal(t, first+uint16(i)+1, ref)
		require.False(t, seen[uint8(ref)])
		seen[uint8(ref)] = true
	}
}

func BenchmarkSplit(b *testing.B) {
	for name, s := range map[string]string{
		"gsm7":  strings.Repeat("The fox {jumps} 12 € high. ", 40)[:1000],
		"ascii": strings.Repeat("The fox jumps twelve times. ", 40)[:1000],
		"ucs2":  string([]rune(strings.Repeat("日本語のテキスト👋 ", 100))[:1000]),
	} {
		for _, graphemes := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/graphemes=%v", name, graphemes), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := Split(s, Options{Graphemes: graphemes}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
