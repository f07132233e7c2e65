package text

import (
	"io"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/transform"

	"github.com/smpp-go/smpp/pdu"
)

// FuzzDecode reads octets as every alphabet. The text must be UTF-8, unless the alphabet is none, and where there was
// no error, writing it and reading that must give it again.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("hello\x1be"), uint8(GSM7), uint8(0), uint8(0))
	f.Add([]byte("\xe8\x32\x9b\xfd\x06"), uint8(GSM7Packed), uint8(1), uint8(0x11))
	f.Add([]byte("\xd8\x3d\xdc\x4b"), uint8(UCS2), uint8(0), uint8(0))
	f.Add([]byte("\x1b$BF|K\\\x1b(B"), uint8(ISO2022JP), uint8(0), uint8(0))
	f.Add([]byte("\x93\xfa\x96{"), uint8(JIS), uint8(0), uint8(0))
	f.Fuzz(func(t *testing.T, b []byte, alphabet, fill, languages uint8) {
		c := Codec{
			Alphabet: Alphabet(alphabet), Fill: fill % 7, Padding: Padding(fill / 7 % 3),
			Locking: Language(languages >> 4), Single: Language(languages & 0x0F),
		}
		s, err := c.Decode(b)
		if c.Alphabet != Binary && !utf8.ValidString(s) {
			t.Fatalf("%v: %x became %q", c, b, s)
		}
		if len(s) > 4*len(b)+4 {
			t.Fatalf("%v: %d octets became %d", c, len(b), len(s))
		}
		if err != nil {
			return
		}
		again, err := c.Encode(s)
		if err != nil {
			if c.Alphabet >= JIS && c.Alphabet <= KSC5601 {
				return // they read more than they write
			}
			t.Fatalf("%v: %x became %q, then %v", c, b, s, err)
		}
		got, err := c.Decode(again)
		if c.Alphabet != GSM7Packed && (err != nil || got != s) {
			t.Fatalf("%v: %x became %q, %x, and then %q, %v", c, b, s, again, got, err)
		}
		if n, units, err := c.Cut(s, len(b)/2); err != nil || units > len(b)/2 || n > len(s) {
			t.Fatalf("%v: cut %q: %d, %d, %v", c, s, n, units, err)
		}
	})
}

// FuzzEncoding reads octets through the form for golang.org/x/text, in pieces. Of the alphabets that are our own the text
// is that of the Codec; the others must give UTF-8.
func FuzzEncoding(f *testing.F) {
	f.Add([]byte("hello\x1be"), uint8(GSM7), uint8(0), uint8(0), uint8(3))
	f.Add([]byte("\xe8\x32\x9b\xfd\x06"), uint8(GSM7Packed), uint8(1), uint8(0x11), uint8(1))
	f.Add([]byte("\xd8\x3d\xdc\x4b"), uint8(UCS2), uint8(0), uint8(0), uint8(1))
	f.Add([]byte("\x93\xfa\x96{"), uint8(JIS), uint8(0), uint8(0), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, alphabet, fill, languages, piece uint8) {
		c := Codec{
			Alphabet: Alphabet(alphabet), Fill: fill % 7, Padding: Padding(fill / 7 % 3),
			Locking: Language(languages >> 4), Single: Language(languages & 0x0F),
		}
		e, err := c.Encoding()
		if err != nil {
			return
		}
		pieces := &piecewise{b, int(piece%7) + 1}
		got, err := io.ReadAll(transform.NewReader(pieces, e.NewDecoder()))
		if err != nil {
			t.Fatalf("%v: %x: %v", c, b, err)
		}
		if c.Alphabet != Binary && !utf8.Valid(got) {
			t.Fatalf("%v: %x became %q", c, b, got)
		}
		own := c.Alphabet.septets() || c.Alphabet == ASCII || c.Alphabet == Binary
		if want, _ := c.Decode(b); own && string(got) != want {
			t.Fatalf("%v: %x became %q, in pieces of %d %q", c, b, want, pieces.size, got)
		}
	})
}

// piecewise is a reader that gives so many octets at a time.
type piecewise struct {
	b    []byte
	size int
}

func (p *piecewise) Read(dst []byte) (int, error) {
	if len(p.b) == 0 {
		return 0, io.EOF
	}
	n := copy(dst, p.b[:min(p.size, len(p.b))])
	p.b = p.b[n:]
	return n, nil
}

// FuzzPacked unpacks and packs: septets come back, but for padding.
func FuzzPacked(f *testing.F) {
	f.Add([]byte("\xe8\x32\x9b\xfd\x06"), uint8(0))
	f.Add([]byte("\x31\xd9\x8c\x56\xb3\xdd\x1a\x0d"), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, fill uint8) {
		p := Padding(fill / 7 % 3)
		fill %= 7
		septets := AppendUnpacked(nil, b, fill, p)
		again := AppendUnpacked(nil, AppendPacked(nil, septets, fill, p), fill, p)
		for len(septets) < len(again) || len(again) < len(septets)-1 {
			t.Fatalf("%x became %x, then %x", b, septets, again)
		}
		if string(again) != string(septets[:len(again)]) {
			t.Fatalf("%x became %x, then %x", b, septets, again)
		}
	})
}

// FuzzBest chooses for any text that is UTF-8, and the choice carries it.
func FuzzBest(f *testing.F) {
	f.Add("hello", uint8(0), uint8(0))
	f.Add("şığ 👋 日本 “quote”", uint8(3), uint8(2))
	f.Fuzz(func(t *testing.T, s string, bits, language uint8) {
		o := Options{
			Peer:      Peer{Default: Alphabet(bits >> 4), Padding: PadCRExact},
			Languages: []Language{Language(language)}, Transliterate: bits&1 != 0, Layout: Layout{Wide: bits&2 != 0},
		}
		choice, err := Best(s, o)
		if err != nil {
			if utf8.ValidString(s) && o.Default != Binary {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if !o.Transliterate && choice.Text != s || choice.Count.Segments == 0 || choice.Count.Left < 0 {
			t.Fatalf("%q: %+v", s, choice)
		}
		if _, err := choice.Codec.Encode(choice.Text); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
	})
}

// FuzzDCS reads and builds every value; there are 256 of them, and fuzzing them checks that no combination panics.
func FuzzDCS(f *testing.F) {
	f.Add(uint8(0), uint8(0), uint8(0), uint8(0), true)
	f.Fuzz(func(t *testing.T, group, alphabet, class, kind uint8, flag bool) {
		d := DCS{Group(group), Alphabet(alphabet), Class(class), Waiting{WaitingKind(kind), flag}, flag}
		v, err := d.DataCoding()
		if err != nil {
			return
		}
		read := ParseGSMDCS(v)
		if d.Group == GroupSMPP && d.Class == NoClass && d.Waiting.Kind == NoWaiting && !d.Compressed {
			read = ParseDCS(v)
		}
		if read.Class != d.Class || read.Waiting.Kind != d.Waiting.Kind || read.Compressed != d.Compressed ||
			read.Alphabet != d.Alphabet && d.Alphabet != GSM7Packed {
			t.Fatalf("%+v became %#x, which reads %+v", d, uint8(v), read)
		}
		_ = pdu.DataCoding(v).String()
	})
}
