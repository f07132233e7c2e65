package text

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
	"pgregory.net/rapid"

	"github.com/smpp-go/smpp/pdu"
)

// carried draws a text of characters that the codec has, and some that many alphabets have.
func carried(c Codec, most int) *rapid.Generator[string] {
	var chars []rune
	for char := rune(0); char < 0x20000; char++ {
		if char == 0x2200 && (c.Alphabet.septets() || c.Alphabet == UCS2) {
			char = 0x1FF00
		}
		if c.carries(string(char)) && utf8.ValidRune(char) {
			chars = append(chars, char)
		}
	}
	char := rapid.OneOf(rapid.SampledFrom(chars), rapid.SampledFrom(keep(c, "@\r\n\fé€{[~^ aZ09ÅΩ日本語абвשלום漢字ｱ한👋")))
	texts := rapid.Custom(func(t *rapid.T) string {
		n := rapid.IntRange(0, most).Draw(t, "length")
		return rapid.StringOfN(char, n, n, -1).Draw(t, "text")
	})
	if c.Alphabet == GSM7Packed {
		texts = texts.Filter(func(s string) bool { return !strings.HasSuffix(s, "\r\r") }) // see PadCRExact
	}
	return texts
}

func keep(c Codec, s string) []rune {
	var chars []rune
	for _, char := range s {
		if c.carries(string(char)) {
			chars = append(chars, char)
		}
	}
	return chars
}

// everyCodec are codecs of every alphabet, with every pair of tables of one language.
func everyCodec() []Codec {
	var codecs []Codec
	for a := Default; a < Pictogram; a++ {
		if a == Binary {
			continue
		}
		codecs = append(codecs, Codec{Alphabet: a, Padding: PadCRExact})
		if a == GSM7Packed {
			codecs = append(codecs, Codec{Alphabet: a, Padding: PadCRExact, Fill: 1},
				Codec{Alphabet: a, Padding: PadCRExact, Fill: 6, Single: Spanish})
		}
	}
	for l := Turkish; l <= Urdu; l++ {
		codecs = append(codecs, Codec{Single: l}, Codec{Locking: l}, Codec{Locking: l, Single: l})
	}
	return codecs
}

func TestRoundTrip(t *testing.T) {
	for _, c := range everyCodec() {
		texts := carried(c, 60)
		rapid.Check(t, func(t *rapid.T) {
			s := texts.Draw(t, "text")
			b, err := c.Encode(s)
			if err != nil {
				t.Fatalf("%v: encode %q: %v", c, s, err)
			}
			got, err := c.Decode(b)
			if err != nil || got != s {
				t.Fatalf("%v: %q became %x and then %q, %v", c, s, b, got, err)
			}
			units, err := c.Units(s)
			if bits := len(b) * 8; err != nil || c.Alphabet != GSM7Packed && c.Alphabet.septets() && units != len(b) ||
				!c.Alphabet.septets() && units*c.Alphabet.UnitBits() != bits {
				t.Fatalf("%v: %q has %d octets and %d units, %v", c, s, len(b), units, err)
			}

			room := rapid.IntRange(0, 2*len(s)+2).Draw(t, "room")
			n, units, err := c.Cut(s, room)
			if err != nil || units > room || !utf8.ValidString(s[:n]) {
				t.Fatalf("%v: cut %q at %d: %d, %d, %v", c, s, room, n, units, err)
			}
			if whole, _ := c.Units(s[:n]); whole != units {
				t.Fatalf("%v: cut %q at %d: %d units, not %d", c, s, room, units, whole)
			}
		})
	}
}

// The form for x/text does the same, however the text is cut into pieces.
func TestEncodingRoundTrip(t *testing.T) {
	for _, c := range everyCodec() {
		texts := carried(c, 40)
		e, err := c.Encoding()
		require.NoError(t, err)
		rapid.Check(t, func(t *rapid.T) {
			s := texts.Draw(t, "text")
			want, err := c.Encode(s)
			if err != nil {
				t.Fatal(err)
			}
			size := rapid.IntRange(16, 24).Draw(t, "size")
			b := inPieces(t, e.NewEncoder(), []byte(s), size)
			if c.Alphabet != ISO2022JP && string(b) != string(want) {
				t.Fatalf("%v: %q became %x, want %x", c, s, b, want)
			}
			if got := inPieces(t, e.NewDecoder(), b, size); string(got) != s {
				t.Fatalf("%v: %q became %x and then %q", c, s, b, got)
			}
		})
	}
	_, err := Codec{Alphabet: Reserved}.Encoding()
	require.ErrorIs(t, err, ErrAlphabet)
	e, err := Codec{Alphabet: Binary}.Encoding()
	require.NoError(t, err)
	require.Equal(t, encoding.Nop, e)
}

// inPieces feeds a transformer pieces of a few octets, with little room for what it writes. That the text has ended it
// says with the last piece, or after it.
func inPieces(t *rapid.T, tr transform.Transformer, src []byte, size int) []byte {
	var out []byte
	dst := make([]byte, size)
	late := rapid.Bool().Draw(t, "late")
	piece := rapid.IntRange(1, 5).Draw(t, "piece")
	for have := 0; ; {
		atEOF := have == len(src) && (!late || have == 0)
		nDst, nSrc, err := tr.Transform(dst, src[:have], atEOF)
		out = append(out, dst[:nDst]...)
		src = src[nSrc:]
		have -= nSrc
		switch {
		case err == nil && atEOF:
			return out
		case err != nil && err != transform.ErrShortDst && err != transform.ErrShortSrc:
			t.Fatal(err)
		case err == transform.ErrShortSrc && have == len(src):
			late = false // what is left waits for the end
		case err != transform.ErrShortDst:
			have = min(have+piece, len(src))
		}
	}
}

// Any octets are read alike, whole and in pieces.
func TestDecodersAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Codec{
			Alphabet: rapid.SampledFrom([]Alphabet{GSM7, GSM7Packed, GSM7Packed, ASCII}).Draw(t, "alphabet"),
			Fill:     rapid.Uint8Range(0, 6).Draw(t, "fill"), Padding: Padding(rapid.Uint8Range(0, 2).Draw(t, "padding")),
		}
		var b []byte
		if n := rapid.IntRange(0, 20).Draw(t, "length"); rapid.Bool().Draw(t, "septets") {
			septet := rapid.SampledFrom([]byte{cr, cr, esc, 0, 'a'})
			b = AppendPacked(nil, rapid.SliceOfN(septet, n, n).Draw(t, "octets"), c.Fill, c.Padding)
		} else {
			b = rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "octets")
		}
		want, _ := c.Decode(b)
		e, err := c.Encoding()
		if err != nil {
			t.Fatal(err)
		}
		if got := inPieces(t, e.NewDecoder(), b, 16); string(got) != want {
			t.Fatalf("%v: %x became %q, in pieces %q", c, b, want, got)
		}
	})
}

// A character with two codes is written with the one that handsets agree on.
func TestTwoCodes(t *testing.T) {
	b, err := Codec{Locking: Kannada}.Encode("\u0CAA")
	require.NoError(t, err)
	require.Equal(t, []byte{0x3D}, b)
	b, err = Codec{Locking: Hindi, Single: Hindi}.Encode("*¡")
	require.NoError(t, err)
	require.Equal(t, []byte{esc, 0x0B, esc, 0x13}, b)
}

func TestReplaceUnsupported(t *testing.T) {
	e, err := Codec{}.Encoding()
	require.NoError(t, err)
	b, err := encoding.ReplaceUnsupported(e.NewEncoder()).String("日本 5€ ✓")
	require.NoError(t, err)
	require.Equal(t, "?? 5\x1be ?", b)
	_, err = e.NewEncoder().String("日本")
	require.ErrorContains(t, err, "U+65E5")
}

func TestPackedEveryLength(t *testing.T) {
	for _, c := range []Codec{
		{Alphabet: GSM7Packed},
		{Alphabet: GSM7Packed, Padding: PadCRExact},
		{Alphabet: GSM7Packed, Padding: PadZero},
	} {
		for n := range 161 {
			for fill := range uint8(7) {
				c.Fill = fill
				for _, last := range []string{"", "a", "\r", "@", "{"} {
					s := strings.Repeat("0123456789", 17)[:n] + last
					if n == 0 && last == "" {
						continue
					}
					b, err := c.Encode(s)
					require.NoError(t, err)
					septets, _ := c.Units(s)
					bits := int(fill) + 7*septets
					want := (bits + 7) / 8
					if bits%8 == 0 && last == "\r" && c.Padding != PadZero {
						want++
					}
					require.Len(t, b, want)
					got, err := c.Decode(b)
					require.NoError(t, err)
					dropped := bits%8 == 0 && (last == "@" && c.Padding != PadCRExact || last == "\r" && c.Padding == PadZero)
					if dropped {
						s = s[:len(s)-1]
					}
					require.Equal(t, s, got, "%v %d", c, n)
				}
			}
		}
	}
}

func TestDecodeOddities(t *testing.T) {
	for _, tt := range []struct {
		c      Codec
		in     string
		want   string
		offset int // of the error, -2 for none
	}{
		{Codec{}, "a\x1b", "a", -2},
		{Codec{}, "a\x1b\x1bb", "a b", -2},
		{Codec{}, "\x1ba\x1b\x0d", "a\r", -2},
		{Codec{}, "\x1b\x1b\x1b\x1b\x1be", "  €", -2},
		{Codec{}, "a\x80b", "a\uFFFDb", 1},
		{Codec{}, "a\x1b\xffb", "a\uFFFDb", 1},
		{Codec{Locking: Kannada}, "\x00", "\uFFFD", 0},
		{Codec{Locking: Kannada, Single: Kannada}, "\x1b\x00\x24\x3d", "@\u0CAA\u0CAA", -2},
		{Codec{Alphabet: ASCII}, "a\xe9", "a\uFFFD", 1},
		{Codec{Alphabet: Latin1}, "a\xe9", "aé", -2},
		{Codec{Alphabet: Hebrew}, "a\xa1", "a\uFFFD", 1},
		{Codec{Alphabet: Hebrew}, "\xf9\xec\xe5\xed", "שלום", -2},
		{Codec{Alphabet: Cyrillic}, "\xbf\xe0\xd8", "При", -2},
		{Codec{Alphabet: UCS2}, "\x00a\x00", "a\uFFFD", 2},
		{Codec{Alphabet: UCS2}, "\xd8\x3d\xdc\x4b", "👋", -2},
		{Codec{Alphabet: UCS2}, "\xd8\x3d", "\uFFFD", 0},
		{Codec{Alphabet: UCS2}, "\xd8\x3d\xd8\x3d\xdc\x4b", "\uFFFD👋", 0},
		{Codec{Alphabet: UCS2}, "\xd8\x3d\xdc", "\uFFFD\uFFFD", 0},
		{Codec{Alphabet: UCS2}, "\x00b\xdc\x4b\x00a", "b\uFFFDa", 2},
		{Codec{Alphabet: UCS2}, "\xfe\xff\x00a", "\uFEFFa", -2},
		{Codec{Alphabet: Binary}, "\x00\xff", "\x00\xff", -2},
		{Codec{Alphabet: JIS}, "\x93\xfa\x96{", "日本", -2},
		{Codec{Alphabet: JIS}, "a\xff", "a\uFFFD", -1},
		{Codec{Alphabet: ISO2022JP}, "\x1b$BF|K\\\x1b(B", "日本", -2},
		{Codec{Alphabet: ExtendedJIS}, "\xc6\xfc\xcb\xdc", "日本", -2},
		{Codec{Alphabet: KSC5601}, "\xc7\xd1", "한", -2},
	} {
		got, err := tt.c.Decode([]byte(tt.in))
		require.Equal(t, tt.want, got, "%v %x", tt.c, tt.in)
		if tt.offset == -2 {
			require.NoError(t, err, "%v %x", tt.c, tt.in)
			continue
		}
		var bad *DecodeError
		require.ErrorAs(t, err, &bad, "%v %x", tt.c, tt.in)
		require.Equal(t, tt.offset, bad.Offset, "%v %x", tt.c, tt.in)
	}
	_, err := Codec{Alphabet: Pictogram}.Decode([]byte("a"))
	require.ErrorIs(t, err, ErrAlphabet)
}

func TestEncodeRefuses(t *testing.T) {
	for _, tt := range []struct {
		a      Alphabet
		s      string
		offset int
		char   rune
	}{
		{GSM7, "né日", 3, '日'},
		{GSM7, "ç", 0, 'ç'},
		{GSM7, "a\x1b", 1, esc},
		{GSM7, "a\xff", 1, utf8.RuneError},
		{GSM7, "\x00", 0, 0},
		{GSM7Packed, "a日", 1, '日'},
		{ASCII, "aé", 1, 'é'},
		{Latin1, "a€", 1, '€'},
		{UCS2, "a\xed\xa0\xbd", 1, utf8.RuneError},
		{Cyrillic, "日", 0, '日'},
		{Hebrew, "é", 0, 'é'},
		{JIS, "a👋", 1, '👋'},
		{ISO2022JP, "日\x1b", 3, esc},
		{KSC5601, "a\xff", 1, utf8.RuneError},
	} {
		dst := []byte("before")
		b, err := Codec{Alphabet: tt.a}.AppendEncode(dst, tt.s)
		var lacks *EncodeError
		require.ErrorAs(t, err, &lacks, "%v %q", tt.a, tt.s)
		require.Equal(t, EncodeError{tt.a, tt.char, tt.offset}, *lacks)
		require.Equal(t, "before", string(b))
		_, err = Codec{Alphabet: tt.a}.Units(tt.s)
		require.ErrorAs(t, err, &lacks, "%v %q", tt.a, tt.s)
		require.Equal(t, tt.offset, lacks.Offset)
	}
	_, err := Codec{Alphabet: Reserved}.Encode("")
	require.ErrorIs(t, err, ErrAlphabet)
	_, err = Codec{Alphabet: 99}.Units("")
	require.ErrorIs(t, err, ErrAlphabet)
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		c              Codec
		s              string
		room, n, units int
	}{
		{Codec{}, "ab{c", 3, 2, 2},
		{Codec{}, "ab{c", 4, 3, 4},
		{Codec{}, "", 4, 0, 0},
		{Codec{}, "€", 1, 0, 0},
		{Codec{Alphabet: UCS2}, "a👋b", 2, 1, 1},
		{Codec{Alphabet: UCS2}, "a👋b", 3, 5, 3},
		{Codec{Alphabet: JIS}, "a日本", 4, 4, 3},
		{Codec{Alphabet: Binary}, "a日", 2, 2, 2},
		{Codec{Alphabet: ISO2022JP}, "a日本", 8, 1, 1},
		{Codec{Alphabet: ISO2022JP}, "a日本", 9, 4, 9},
		{Codec{Alphabet: ISO2022JP}, "a日本", 11, 7, 11},
		{Codec{Alphabet: ISO2022JP}, "a日b", 10, 5, 10},
		// The eighth septet would be taken for padding, or need an octet too many.
		{Codec{Alphabet: GSM7Packed}, "1234567@9", 8, 7, 7},
		{Codec{Alphabet: GSM7Packed}, "1234567@", 8, 8, 8},
		{Codec{Alphabet: GSM7Packed}, "1234567\r", 8, 7, 7},
		{Codec{Alphabet: GSM7Packed}, "1234567\r", 9, 8, 8},
		{Codec{Alphabet: GSM7Packed, Padding: PadZero}, "1234567\r", 8, 8, 8},
		{Codec{Alphabet: GSM7Packed, Padding: PadCRExact}, "1234567@9", 8, 8, 8},
	} {
		n, units, err := tt.c.Cut(tt.s, tt.room)
		require.NoError(t, err)
		require.Equal(t, []int{tt.n, tt.units}, []int{n, units}, "%v %q %d", tt.c, tt.s, tt.room)
	}
	// What lies beyond the room is not looked at.
	n, _, err := Codec{}.Cut("ab日", 2)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	n, _, err = Codec{}.Cut("ab日", 3)
	require.Error(t, err)
	require.Equal(t, 2, n)
}

func TestCount(t *testing.T) {
	long := strings.Repeat("x", 152)
	for _, tt := range []struct {
		c    Codec
		l    Layout
		s    string
		want Count
	}{
		{Codec{}, Layout{}, "", Count{0, 1, 160, 160}},
		{Codec{}, Layout{}, long + "12345678", Count{160, 1, 160, 0}},
		{Codec{}, Layout{}, long + "123456789", Count{161, 2, 153, 145}},
		{Codec{}, Layout{}, long + "{}123456789", Count{165, 2, 153, 140}}, // an escape pair moves to the second part
		{Codec{}, Layout{Wide: true}, long + "123456789", Count{161, 2, 152, 143}},
		{Codec{}, Layout{HeaderOctets: 6}, long, Count{152, 1, 152, 0}},
		{Codec{}, Layout{HeaderOctets: 6}, long + "1", Count{153, 2, 146, 139}},
		{Codec{Single: Turkish}, Layout{}, "ş" + long, Count{154, 1, 155, 1}},
		{Codec{Locking: Turkish, Single: Turkish}, Layout{}, "ş" + long, Count{153, 2, 146, 139}},
		{Codec{Alphabet: UCS2}, Layout{}, strings.Repeat("é", 70), Count{70, 1, 70, 0}},
		{Codec{Alphabet: UCS2}, Layout{}, strings.Repeat("é", 66) + "👋é日本", Count{71, 2, 67, 62}},
		{Codec{Alphabet: Latin1}, Layout{}, strings.Repeat("é", 141), Count{141, 2, 134, 127}},
	} {
		got, err := tt.c.Count(tt.s, tt.l)
		require.NoError(t, err)
		require.Equal(t, tt.want, got, "%v %v %q", tt.c, tt.l, tt.s)
	}
	_, err := Codec{}.Count(strings.Repeat("x", 300)+"日", Layout{})
	var lacks *EncodeError
	require.ErrorAs(t, err, &lacks)
	require.Equal(t, 300, lacks.Offset)
	_, err = Codec{Alphabet: UCS2}.Count("ab", Layout{HeaderOctets: 139})
	require.ErrorIs(t, err, ErrNoRoom)
	count, err := Codec{}.Count(strings.Repeat("x", 153*256), Layout{})
	require.NoError(t, err)
	require.Equal(t, 256, count.Segments)
}

func TestNamesOfValues(t *testing.T) {
	for a := Default; a <= Reserved; a++ {
		b, err := json.Marshal(a)
		require.NoError(t, err)
		var got Alphabet
		require.NoError(t, json.Unmarshal([]byte(strings.ToUpper(string(b))), &got))
		require.Equal(t, a, got)
	}
	b, err := json.Marshal(map[string]any{"l": Turkish, "c": Class0, "p": PadZero, "w": WaitingFax})
	require.NoError(t, err)
	require.JSONEq(t, `{"l":"turkish","c":"0","p":"zero","w":"fax"}`, string(b))
	var v struct {
		L Language
		C Class
		P Padding
		W WaitingKind
	}
	require.NoError(t, json.Unmarshal(b, &v))
	require.Equal(t, Turkish, v.L)
	require.Equal(t, Class0, v.C)
	require.Equal(t, PadZero, v.P)
	require.Equal(t, WaitingFax, v.W)
	require.Error(t, json.Unmarshal([]byte(`{"l":"klingon"}`), &v))
	_, err = json.Marshal(Alphabet(77))
	require.Error(t, err)
	require.Equal(t, "alphabet(77)", Alphabet(77).String())
	require.Equal(t, "mwi-store", GroupMWIStore.String())
}

func TestPeer(t *testing.T) {
	require.Equal(t, GSM7, Peer{}.DCS(0).Alphabet)
	require.Equal(t, Latin1, Peer{Default: Latin1}.DCS(0).Alphabet)
	require.Equal(t, GSM7, Peer{Default: Latin1}.DCS(0xF0).Alphabet)
	require.Equal(t, GSM7Packed, Peer{Default: GSM7Packed}.DCS(0xF0).Alphabet)
	require.Equal(t, UCS2, Peer{GSMDataCoding: true, Default: Latin1}.DCS(0x0B).Alphabet)
	require.Equal(t, Latin1, Peer{GSMDataCoding: true, Default: Latin1}.DCS(0).Alphabet)
	require.Equal(t, GSM7, Peer{GSMDataCoding: true}.DCS(pdu.DataCodingLatin1).Alphabet)
	c, err := Peer{Default: GSM7Packed, Padding: PadZero}.Codec(0)
	require.NoError(t, err)
	require.Equal(t, Codec{Alphabet: GSM7Packed, Padding: PadZero}, c)
}
