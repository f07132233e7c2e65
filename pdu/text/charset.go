package text

import (
	"slices"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
)

// charmapOf returns the upper half of an alphabet of one octet a character, nil for that of ASCII. The lower half is
// ASCII in all of them.
func charmapOf(a Alphabet) *charmap.Charmap {
	switch a {
	case Latin1:
		return charmap.ISO8859_1
	case Cyrillic:
		return charmap.ISO8859_5
	case Hebrew:
		return charmap.ISO8859_8
	}
	return nil
}

func charmapSize(cm *charmap.Charmap) func(rune) int {
	return func(char rune) int {
		if char < utf8.RuneSelf {
			return 1
		}
		if cm != nil {
			if _, ok := cm.EncodeRune(char); ok {
				return 1
			}
		}
		return 0
	}
}

// appendCharmap appends s, and returns the offset of the first character that has no octet, or len(s).
func appendCharmap(dst []byte, s string, cm *charmap.Charmap) ([]byte, int) {
	dst = slices.Grow(dst, len(s))
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			dst = append(dst, s[i])
			i++
			continue
		}
		char, width := utf8.DecodeRuneInString(s[i:])
		if cm == nil {
			return dst, i
		}
		octet, ok := cm.EncodeRune(char)
		if !ok {
			return dst, i
		}
		dst = append(dst, octet)
		i += width
	}
	return dst, len(s)
}

// appendCharmapText appends the text of b, and returns the offset of the first octet without character, or len(b).
func appendCharmapText(dst, b []byte, cm *charmap.Charmap) ([]byte, int) {
	bad := len(b)
	dst = slices.Grow(dst, len(b))
	for i, octet := range b {
		if octet < utf8.RuneSelf {
			dst = append(dst, octet)
			continue
		}
		char := utf8.RuneError
		if cm != nil {
			char = cm.DecodeByte(octet)
		}
		if char == utf8.RuneError {
			bad = min(bad, i)
		}
		dst = utf8.AppendRune(dst, char)
	}
	return dst, bad
}

// multibyte writes the alphabets of East Asia, where a character takes one to three octets, and in ISO-2022-JP also
// those that shift from one set of characters to another.
type multibyte struct {
	alphabet Alphabet
	encoder  *encoding.Encoder
	shifted  bool // ISO-2022-JP: what was written ends in another set than ASCII
	out      [16]byte
}

func multibyteOf(a Alphabet) encoding.Encoding {
	switch a {
	case ISO2022JP:
		return japanese.ISO2022JP
	case ExtendedJIS:
		return japanese.EUCJP
	case KSC5601:
		return korean.EUCKR
	}
	return japanese.ShiftJIS
}

func newMultibyte(a Alphabet) *multibyte {
	return &multibyte{alphabet: a, encoder: multibyteOf(a).NewEncoder()}
}

// wayBack is what leads ISO-2022-JP back to ASCII.
const wayBack = "\x1b(B"

// next returns the octets of one character after those before it, nil when the alphabet lacks it.
func (m *multibyte) next(char string) []byte {
	if m.alphabet == ISO2022JP && (char[0] == 0x0E || char[0] == 0x0F || char[0] == esc) {
		return nil // it would shift
	}
	n, _, err := m.encoder.Transform(m.out[:], []byte(char), false)
	if err != nil || n == 0 {
		return nil
	}
	if m.alphabet == ISO2022JP && m.out[0] == esc {
		m.shifted = string(m.out[:3]) != wayBack
	}
	return m.out[:n]
}

// appendEncode appends s, and returns the offset of the first character that the alphabet lacks, or len(s).
func (m *multibyte) appendEncode(dst []byte, s string) ([]byte, int) {
	for i := 0; i < len(s); {
		_, width := utf8.DecodeRuneInString(s[i:])
		octets := m.next(s[i : i+width])
		if octets == nil {
			return dst, i
		}
		dst = append(dst, octets...)
		i += width
	}
	if m.shifted {
		dst = append(dst, wayBack...)
	}
	return dst, len(s)
}

// appendDecode appends the text of b, and returns -1 when not all of b is text, else len(b).
func (m *multibyte) appendDecode(dst, b []byte) ([]byte, int) {
	text, err := multibyteOf(m.alphabet).NewDecoder().Bytes(b)
	dst = append(dst, text...)
	if err != nil || slices.Contains([]rune(string(text)), utf8.RuneError) {
		return dst, -1
	}
	return dst, len(b)
}

func (m *multibyte) cut(c Codec, s string, room int) (n, units int, err error) {
	written := 0
	for n < len(s) {
		_, width := utf8.DecodeRuneInString(s[n:])
		octets := m.next(s[n : n+width])
		if octets == nil {
			if units >= room {
				return n, units, nil
			}
			return n, units, c.lacks(s, n)
		}
		written += len(octets)
		takes := written
		if m.shifted {
			takes += len(wayBack)
		}
		if takes > room {
			return n, units, nil
		}
		n += width
		units = takes
	}
	return n, units, nil
}
