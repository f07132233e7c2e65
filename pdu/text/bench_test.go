package text

import (
	"strings"
	"testing"
)

func BenchmarkCodec(b *testing.B) {
	long := strings.Repeat("The quick brown fox jumps over the lazy dog 12 times. ", 3)[:160]
	for _, bb := range []struct {
		name string
		c    Codec
		s    string
	}{
		{"gsm7/ascii", Codec{}, long},
		{"gsm7/mixed", Codec{}, strings.Repeat("Å få {1} € til øl ", 9)[:160]},
		{"gsm7-packed/ascii", Codec{Alphabet: GSM7Packed}, long},
		{"gsm7/turkish", Codec{Locking: Turkish, Single: Turkish}, strings.Repeat("iyi günler şığ ", 7)},
		{"latin1/ascii", Codec{Alphabet: Latin1}, long},
		{"ucs2/ascii", Codec{Alphabet: UCS2}, long},
		{"ucs2/emoji", Codec{Alphabet: UCS2}, strings.Repeat("日本 👋 ", 10)},
	} {
		octets, err := bb.c.Encode(bb.s)
		if err != nil {
			b.Fatal(err)
		}
		dst := make([]byte, 0, 1024)
		b.Run("encode/"+bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(octets)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := bb.c.AppendEncode(dst, bb.s); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("decode/"+bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(octets)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := bb.c.AppendDecode(dst, octets); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkBest(b *testing.B) {
	for name, s := range map[string]string{
		"gsm7": strings.Repeat("hello world ", 13), "ucs2": strings.Repeat("日本語 👋 ", 12),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Best(s, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Appending to a buffer with room does not allocate.
func TestNoAllocation(t *testing.T) {
	dst := make([]byte, 0, 1024)
	for _, c := range []Codec{
		{},
		{Alphabet: GSM7Packed},
		{Locking: Turkish, Single: Turkish},
		{Alphabet: Latin1},
		{Alphabet: ASCII},
		{Alphabet: UCS2},
		{Alphabet: Cyrillic},
		{Alphabet: Hebrew},
		{Alphabet: Binary},
	} {
		s := strings.Repeat("hello {you} €"[:11], 10)
		if c.Alphabet == Hebrew || c.Alphabet == Cyrillic || c.Alphabet == Latin1 || c.Alphabet == ASCII {
			s = strings.Repeat("hello", 20)
		}
		if n := testing.AllocsPerRun(20, func() {
			b, err := c.AppendEncode(dst, s)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.AppendDecode(dst[len(b):len(b)], b); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%v: %v allocations", c, n)
		}
	}
}
