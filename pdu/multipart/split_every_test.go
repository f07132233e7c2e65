package multipart

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/smpp-go/smpp/pdu/text"
)

// repertoire returns the characters that a codec carries, as far as one or two octets that begin with any octet show them.
func repertoire(c text.Codec) []rune {
	seen := map[rune]bool{}
	var chars []rune
	take := func(b ...byte) {
		s, _ := c.Decode(b)
		for _, r := range s {
			if _, err := c.Encode(string(r)); err == nil && r != utf8.RuneError && r != '\uFEFF' && !seen[r] {
				seen[r] = true
				chars = append(chars, r)
			}
		}
	}
	for first := range 256 {
		take(byte(first))
		for _, second := range []byte{0x14, 0x28, 0x3C, 0x40, 0x65, 0x7E, 0x81, 0xA1, 0xB5, 0xFC} {
			take(byte(first), second)
		}
	}
	return chars
}

// Whatever the codec, the tables and the method: the parts of any text that it carries make that text.
func TestJoinOfSplitEveryCodec(t *testing.T) {
	var codecs []text.Codec
	for a := text.GSM7; a <= text.KSC5601; a++ {
		codecs = append(codecs, text.Codec{Alphabet: a, Padding: text.PadCRExact})
	}
	for l := text.Turkish; l <= text.Urdu; l++ {
		for _, a := range []text.Alphabet{text.GSM7, text.GSM7Packed} {
			c := text.Codec{Alphabet: a, Padding: text.PadCRExact, Single: l}
			codecs = append(codecs, c)
			if l.HasLocking() {
				codecs = append(codecs, text.Codec{Alphabet: a, Padding: text.PadCRExact, Locking: l})
				c.Locking = l
				codecs = append(codecs, c)
			}
		}
	}
	for _, c := range codecs {
		t.Run(strings.Join([]string{c.Alphabet.String(), c.Locking.String(), c.Single.String()}, " "), func(t *testing.T) {
			chars := repertoire(c)
			switch c.Alphabet {
			case text.UCS2:
				chars = append(chars, '👋', '🏽', '\u200d', '日', 0x10FFFF)
			case text.Binary: // whose parts are octets, and may end within a character of several
				chars = []rune("\x00ab\x7f")
			}
			peer := text.Peer{Padding: text.PadCRExact}
			named := c.Alphabet
			if c.Alphabet == text.GSM7Packed {
				peer.Default, named = c.Alphabet, text.Default
			}
			if c.Alphabet == text.GSM7 {
				named = text.Default
			}
			dc, err := text.DCS{Alphabet: named}.DataCoding()
			if err != nil {
				t.Fatal(err)
			}
			rapid.Check(t, func(t *rapid.T) {
				o := Options{
					Method: rapid.SampledFrom(methods).Draw(t, "method"), Ref: rapid.Uint16().Draw(t, "ref"),
					Graphemes: rapid.Bool().Draw(t, "graphemes"), Text: text.Options{Peer: peer},
				}
				n := rapid.IntRange(0, 500).Draw(t, "length")
				s := rapid.StringOfN(rapid.RuneFrom(chars), n, n, -1).Draw(t, "text")
				s = strings.TrimRight(s, "\r") // which at the end of packed text may be padding
				parts, err := SplitChoice(text.Choice{Text: s, Codec: c, DataCoding: dc}, o)
				if err != nil {
					t.Fatalf("%q: %v", s, err)
				}
				checkParts(t, s, parts, o)
			})
		})
	}
}
