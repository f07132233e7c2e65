package text

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Codec turns text into the octets of a message and back. It is a plain value: it may be compared, copied, and used
// from many goroutines at once. The zero Codec is unpacked GSM 7-bit with the default tables.
//
// A text is UTF-8. What it becomes does not contain a user data header.
type Codec struct {
	Alphabet Alphabet // Default counts as GSM7

	// Locking and Single are the national tables that stand for the main and for the extension table of GSM 7-bit.
	// Languages that lack such a table, and reserved ones, stand for the default.
	Locking, Single Language

	// Fill is the number of bits, 0 to 6, between the user data header and text in GSM7Packed: see [FillBits].
	Fill uint8

	// Padding is how the last octet of text in GSM7Packed is filled.
	Padding Padding
}

// AppendEncode appends the octets of s to dst, with no allocation when dst has room; those of JIS, ISO2022JP,
// ExtendedJIS and KSC5601 allocate. When the alphabet lacks a character of s, or s is not UTF-8, the error is an
// [*EncodeError] and dst is returned as it was: nothing is replaced or left out.
func (c Codec) AppendEncode(dst []byte, s string) ([]byte, error) {
	n, bad := len(dst), 0
	switch c.Alphabet {
	case Default, GSM7, GSM7Packed:
		dst, bad = tables(c.Locking, c.Single).appendEncode(dst, s)
		if c.Alphabet == GSM7Packed && bad == len(s) {
			dst = packInPlace(dst, n, c.Fill, c.Padding)
		}
	case ASCII, Latin1, Cyrillic, Hebrew:
		dst, bad = appendCharmap(dst, s, charmapOf(c.Alphabet))
	case UCS2:
		dst, bad = appendUTF16(dst, s)
	case Binary:
		return append(dst, s...), nil
	case JIS, ISO2022JP, ExtendedJIS, KSC5601:
		dst, bad = newMultibyte(c.Alphabet).appendEncode(dst, s)
	default:
		return dst, ErrAlphabet
	}
	if bad < len(s) {
		return dst[:n], c.lacks(s, bad)
	}
	return dst, nil
}

func (c Codec) lacks(s string, offset int) *EncodeError {
	char, _ := utf8.DecodeRuneInString(s[offset:])
	return &EncodeError{c.Alphabet, char, offset}
}

// AppendDecode appends the text of b to dst, with no allocation when dst has room; texts of JIS, ISO2022JP,
// ExtendedJIS, KSC5601, and packed ones beyond 256 septets, allocate. Octets without character become U+FFFD; then the
// error is a [*DecodeError], and the text is whole all the same. Binary is passed on as it is, and may not be UTF-8.
func (c Codec) AppendDecode(dst, b []byte) ([]byte, error) {
	size, bad := len(b), 0
	switch c.Alphabet {
	case Default, GSM7:
		dst, bad = tables(c.Locking, c.Single).appendDecode(dst, b)
	case GSM7Packed:
		var room [256]byte
		septets := AppendUnpacked(room[:0], b, c.Fill, c.Padding)
		size = len(septets)
		dst, bad = tables(c.Locking, c.Single).appendDecode(dst, septets)
	case ASCII, Latin1, Cyrillic, Hebrew:
		dst, bad = appendCharmapText(dst, b, charmapOf(c.Alphabet))
	case UCS2:
		dst, bad = appendUTF16Text(dst, b)
	case Binary:
		return append(dst, b...), nil
	case JIS, ISO2022JP, ExtendedJIS, KSC5601:
		if dst, bad = newMultibyte(c.Alphabet).appendDecode(dst, b); bad < 0 {
			return dst, &DecodeError{c.Alphabet, -1}
		}
	default:
		return dst, ErrAlphabet
	}
	if bad < size {
		return dst, &DecodeError{c.Alphabet, bad}
	}
	return dst, nil
}

// shifts reports whether a user data header has to name national tables.
func (c Codec) shifts() bool { return c.Locking != NoLanguage || c.Single != NoLanguage }

// Encode returns the octets of s. The errors are those of [Codec.AppendEncode].
func (c Codec) Encode(s string) ([]byte, error) { return c.AppendEncode(nil, s) }

// Decode returns the text of b. The errors are those of [Codec.AppendDecode]: with a [*DecodeError] the text is whole.
func (c Codec) Decode(b []byte) (string, error) {
	s, err := c.AppendDecode(make([]byte, 0, len(b)+len(b)/2), b)
	return string(s), err
}

// Units returns how many units s takes, as Alphabet.UnitBits measures them. The error is that of [Codec.AppendEncode].
func (c Codec) Units(s string) (int, error) {
	_, units, err := c.Cut(s, maxUnits)
	return units, err
}

// Cut returns how many octets of s, from its start, fit into room units, and how many units they take. It never cuts
// through a character: neither through an escape and its code, nor through a surrogate pair, nor through a character
// of several octets. ISO2022JP counts with the way back to ASCII at the end of the part.
//
// A part in GSM7Packed ends early where its last character would be taken for padding, or where the padding would take
// an octet too many; room is then the septets up to the end of an octet.
//
// When a character that would have fit is not in the alphabet, the error is an [*EncodeError], and the numbers are
// those of the text before it.
func (c Codec) Cut(s string, room int) (n, units int, err error) {
	switch c.Alphabet {
	case Default, GSM7:
		n, units = tables(c.Locking, c.Single).cut(s, room)
		return n, units, c.why(s, n, units < room)
	case GSM7Packed:
		return c.cutPacked(s, room)
	case ASCII, Latin1, Cyrillic, Hebrew:
		return c.cut(s, room, charmapSize(charmapOf(c.Alphabet)))
	case UCS2:
		return c.cut(s, room, utf16Size)
	case Binary:
		n = min(len(s), max(room, 0))
		return n, n, nil
	case JIS, ISO2022JP, ExtendedJIS, KSC5601:
		return newMultibyte(c.Alphabet).cut(c, s, room)
	}
	return 0, 0, ErrAlphabet
}

// why returns the error for a cut of GSM 7-bit text that ended at n: none when there was no room, or the next character
// did not fit.
func (c Codec) why(s string, n int, room bool) error {
	if n == len(s) || !room {
		return nil
	}
	if char, _ := utf8.DecodeRuneInString(s[n:]); tables(c.Locking, c.Single).size(char) != 0 {
		return nil
	}
	return c.lacks(s, n)
}

// cut measures text in an alphabet where a character always takes as much.
func (c Codec) cut(s string, room int, size func(rune) int) (n, units int, err error) {
	for n < len(s) {
		char, width := rune(s[n]), 1
		if char >= utf8.RuneSelf {
			char, width = utf8.DecodeRuneInString(s[n:])
		}
		takes := size(char)
		if char == utf8.RuneError && width == 1 {
			takes = 0
		}
		switch {
		case takes == 0 && units < room:
			return n, units, c.lacks(s, n)
		case takes == 0 || units+takes > room:
			return n, units, nil
		}
		n += width
		units += takes
	}
	return n, units, nil
}

func (c Codec) cutPacked(s string, room int) (n, units int, err error) {
	a := tables(c.Locking, c.Single)
	n, units = a.cut(s, room)
	if err := c.why(s, n, units < room); err != nil || units < 2 {
		return n, units, err
	}
	char, width := utf8.DecodeLastRuneInString(s[:n])
	last, parts := a.main.code(char), n < len(s)
	switch bits := (int(c.Fill) + 7*units) % 8; {
	case bits == 0 && last == cr && c.Padding != PadZero && units == room,
		bits == 0 && parts && c.Padding.drops(last) && (last != cr || c.Padding == PadZero),
		bits == 7 && parts && c.Padding != PadZero && strings.HasSuffix(s[:n], "\r\r"):
		return n - width, units - 1, nil
	}
	return n, units, nil
}

// appendUTF16 appends s in UTF-16, big endian, and returns the offset of the first octet that is not UTF-8, or len(s).
func appendUTF16(dst []byte, s string) ([]byte, int) {
	dst = slices.Grow(dst, 2*len(s))
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			dst = append(dst, 0, s[i])
			i++
			continue
		}
		char, width := utf8.DecodeRuneInString(s[i:])
		switch {
		case char == utf8.RuneError && width == 1:
			return dst, i
		case char > 0xFFFF:
			high, low := 0xD800+(char-0x10000)>>10, 0xDC00+(char-0x10000)&0x3FF
			dst = append(dst, byte(high>>8), byte(high), byte(low>>8), byte(low))
		default:
			dst = append(dst, byte(char>>8), byte(char))
		}
		i += width
	}
	return dst, len(s)
}

// appendUTF16Text appends the text of UTF-16, big endian, and returns the offset of the first octets that are none, or
// len(b): of half a pair, or of an octet alone at the end.
func appendUTF16Text(dst, b []byte) ([]byte, int) {
	bad := len(b)
	for i := 0; i < len(b); i += 2 {
		if i+1 == len(b) {
			return utf8.AppendRune(dst, utf8.RuneError), min(bad, i)
		}
		char := rune(b[i])<<8 | rune(b[i+1])
		switch {
		case char < utf8.RuneSelf:
			dst = append(dst, byte(char))
			continue
		case char >= 0xDC00 && char <= 0xDFFF:
			char, bad = utf8.RuneError, min(bad, i)
		case char >= 0xD800 && char <= 0xDBFF:
			var low rune
			if i+3 < len(b) {
				low = rune(b[i+2])<<8 | rune(b[i+3])
			}
			if low >= 0xDC00 && low <= 0xDFFF {
				char = 0x10000 + (char-0xD800)<<10 + (low - 0xDC00)
				i += 2
			} else {
				char, bad = utf8.RuneError, min(bad, i)
			}
		}
		dst = utf8.AppendRune(dst, char)
	}
	return dst, bad
}

func utf16Size(char rune) int {
	if char > 0xFFFF {
		return 2
	}
	return 1
}
