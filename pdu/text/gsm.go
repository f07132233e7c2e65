package text

import (
	"slices"
	"unicode/utf8"
)

// alphabet7 is a main table with an extension table: unpacked GSM 7-bit text, one septet in an octet.
type alphabet7 struct{ main, ext *table }

// cut returns how many octets of the start of s take at most room septets, and how many they take. It ends before a
// character that the alphabet lacks.
func (a alphabet7) cut(s string, room int) (n, units int) {
	codes := &a.main.codes
	for n < len(s) {
		if codes[s[n]] != noCode {
			if units >= room {
				break
			}
			n++
			units++
			continue
		}
		char, width := utf8.DecodeRuneInString(s[n:])
		takes := a.size(char)
		if takes == 0 || units+takes > room {
			break
		}
		n += width
		units += takes
	}
	return n, units
}

// size returns the septets that a character takes, 0 when the alphabet lacks it.
func (a alphabet7) size(char rune) int {
	switch {
	case a.main.code(char) != noCode:
		return 1
	case a.ext.code(char) != noCode:
		return 2
	}
	return 0
}

// appendEncode appends the septets of s. It stops at the first character that the alphabet lacks, and returns its
// offset, or len(s).
func (a alphabet7) appendEncode(dst []byte, s string) ([]byte, int) {
	for i := 0; ; {
		var n int
		dst, n = a.appendPlain(dst, s[i:])
		if i += n; i == len(s) {
			return dst, i
		}
		char, width := utf8.DecodeRuneInString(s[i:])
		var ok bool
		if dst, ok = a.appendRune(dst, char); !ok || char == utf8.RuneError {
			return dst, i
		}
		i += width
	}
}

// appendPlain appends the septets of the start of s as far as its characters are of one octet and of the main table.
func (a alphabet7) appendPlain(dst []byte, s string) ([]byte, int) {
	n, codes := len(dst), &a.main.codes
	dst = slices.Grow(dst, len(s))
	out := dst[n : n+len(s)]
	i := 0
	for ; len(s)-i >= 8; i += 8 {
		in, to := s[i:i+8], out[i:i+8:i+8]
		c0, c1, c2, c3 := codes[in[0]], codes[in[1]], codes[in[2]], codes[in[3]]
		c4, c5, c6, c7 := codes[in[4]], codes[in[5]], codes[in[6]], codes[in[7]]
		if c0|c1|c2|c3|c4|c5|c6|c7 >= 0x80 {
			break // noCode among them
		}
		to[0], to[1], to[2], to[3], to[4], to[5], to[6], to[7] = c0, c1, c2, c3, c4, c5, c6, c7
	}
	for ; i < len(out) && i < len(s); i++ {
		code := codes[s[i]]
		if code == noCode {
			break
		}
		out[i] = code
	}
	return dst[:n+i], i
}

func (a alphabet7) appendRune(dst []byte, char rune) ([]byte, bool) {
	if code := a.main.code(char); code != noCode {
		return append(dst, code), true
	}
	if code := a.ext.code(char); code != noCode {
		return append(dst, esc, code), true
	}
	return dst, false
}

// appendDecode appends the text of septets, with U+FFFD in the place of what is no character, and returns the offset
// of the first such septet, or len(septets).
func (a alphabet7) appendDecode(dst, septets []byte) ([]byte, int) {
	bad := len(septets)
	for i := 0; ; {
		var n int
		dst, n = a.appendPlainText(dst, septets[i:])
		if i += n; i == len(septets) {
			return dst, bad
		}
		char, n := a.next(septets[i:])
		if char == utf8.RuneError {
			bad = min(bad, i)
		}
		if char != noChar {
			dst = utf8.AppendRune(dst, char)
		}
		i += n
	}
}

// appendPlainText appends the characters of the first septets as far as they are of one octet and of the main table.
func (a alphabet7) appendPlainText(dst, septets []byte) ([]byte, int) {
	n, chars := len(dst), &a.main.ascii
	dst = slices.Grow(dst, len(septets))
	out := dst[n : n+len(septets)]
	i := 0
	for ; len(septets)-i >= 8; i += 8 {
		in, to := septets[i:i+8], out[i:i+8:i+8]
		c0, c1, c2, c3 := chars[in[0]], chars[in[1]], chars[in[2]], chars[in[3]]
		c4, c5, c6, c7 := chars[in[4]], chars[in[5]], chars[in[6]], chars[in[7]]
		if min(c0, c1, c2, c3, c4, c5, c6, c7) == 0 {
			break
		}
		to[0], to[1], to[2], to[3], to[4], to[5], to[6], to[7] = c0, c1, c2, c3, c4, c5, c6, c7
	}
	for ; i < len(out) && i < len(septets); i++ {
		char := chars[septets[i]]
		if char == 0 {
			break
		}
		out[i] = char
	}
	return dst[:n+i], i
}

// next returns the character that septets, of which there is at least one, begin with, and how many septets it takes:
// utf8.RuneError for a septet without character or an octet that is no septet, noChar for an escape at the end. An
// escape before a code that the extension table lacks is passed over, and a second escape is shown as a space.
// 3GPP TS 23.038 §6.2.1.1.
func (a alphabet7) next(septets []byte) (char rune, n int) {
	code := septets[0]
	n = 1
	if code == esc {
		if len(septets) == 1 {
			return noChar, 1
		}
		code, n = septets[1], 2
		if code == esc {
			return ' ', 2
		}
		if code < 0x80 && a.ext.chars[code] != noChar {
			return a.ext.chars[code], 2
		}
	}
	if code >= 0x80 || a.main.chars[code] == noChar {
		return utf8.RuneError, n
	}
	return a.main.chars[code], n
}
