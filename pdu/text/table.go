package text

import (
	"cmp"
	"slices"
	"sync"
	"unicode/utf8"
)

// gsmDefault is the default alphabet, in the order of its codes. 3GPP TS 23.038 §6.2.1.
const gsmDefault = "" +
	"@£$¥èéùìòÇ\nØø\rÅå" +
	"Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ" +
	" !\"#¤%&'()*+,-./" +
	"0123456789:;<=>?" +
	"¡ABCDEFGHIJKLMNO" +
	"PQRSTUVWXYZÄÖÑÜ§" +
	"¿abcdefghijklmno" +
	"pqrstuvwxyzäöñüà"

// gsmExtension is the default extension table: each code, followed by its character. 3GPP TS 23.038 §6.2.1.1.
const gsmExtension = "\n\f\x14^({)}/\\<[=~>]@|e€"

const (
	esc    = 0x1B // the escape to the extension table, in every alphabet of GSM
	noChar = 0    // a code without character: U+0000 is in no table
	noCode = 0xFF // a character without code
)

// table is one alphabet of 128 codes, main or extension. It is not changed after it was made.
type table struct {
	chars [128]rune    // noChar where there is none, and for the escape
	ascii [256]byte    // the same for characters of one octet in UTF-8; 0 for all other octets
	codes [256]byte    // of the characters of one octet in UTF-8; noCode where there is none, and for other octets
	latin [128]byte    // of U+0080 to U+00FF; noCode where there is none
	high  []codeOfRune // the other characters, in order
}

type codeOfRune struct {
	char rune
	code byte
}

// add gives a code its character. Of two codes for one character, the one added first is written.
func (t *table) add(code byte, char rune) {
	t.chars[code] = char
	switch {
	case char > 0xFF:
		t.high = append(t.high, codeOfRune{char, code})
	case char >= utf8.RuneSelf:
		if t.latin[char-utf8.RuneSelf] == noCode {
			t.latin[char-utf8.RuneSelf] = code
		}
	default:
		t.ascii[code] = byte(char)
		if t.codes[char] == noCode {
			t.codes[char] = code
		}
	}
}

// index makes the table ready for look-ups by character.
func (t *table) index() *table {
	slices.SortStableFunc(t.high, func(a, b codeOfRune) int { return cmp.Compare(a.char, b.char) })
	t.high = slices.CompactFunc(t.high, func(a, b codeOfRune) bool { return a.char == b.char })
	return t
}

func newTable() *table {
	t := new(table)
	for i := range t.codes {
		t.codes[i] = noCode
	}
	for i := range t.latin {
		t.latin[i] = noCode
	}
	return t
}

// newMain reads a main table: 128 characters, U+FFFD where a code has none.
//
// The codes are added from the last to the first, so that the higher one of two for one character is written. There is
// one such case: 0x24 of Kannada has the character of 0x3D in the standard, although its place in the script asks for
// another, and handsets may show either.
func newMain(chars string) *table {
	t := newTable()
	for code, char := range slices.Backward([]rune(chars)) {
		if code != esc && char != utf8.RuneError {
			t.add(byte(code), char)
		}
	}
	return t.index()
}

// newExtension reads an extension table: pairs of a code and its character.
func newExtension(pairs string) *table {
	t, runes := newTable(), []rune(pairs)
	for i := 0; i < len(runes); i += 2 {
		t.add(byte(runes[i]), runes[i+1])
	}
	return t.index()
}

// code returns the code of a character, noCode when it has none.
func (t *table) code(char rune) byte {
	if char < utf8.RuneSelf {
		if char < 0 {
			return noCode
		}
		return t.codes[char]
	}
	if char <= 0xFF {
		return t.latin[char-utf8.RuneSelf]
	}
	lo, hi := 0, len(t.high)
	for lo < hi {
		switch mid := (lo + hi) / 2; {
		case t.high[mid].char < char:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	if lo < len(t.high) && t.high[lo].char == char {
		return t.high[lo].code
	}
	return noCode
}

// lockingTables and singleTables are indexed by [Language], and made when first asked for. An empty text stands for a
// table that does not exist.
var (
	lockingTables = lazyTables(newMain, gsmDefault,
		turkishLocking, "", portugueseLocking, bengaliLocking, gujaratiLocking, hindiLocking, kannadaLocking,
		malayalamLocking, oriyaLocking, punjabiLocking, tamilLocking, teluguLocking, urduLocking)
	singleTables = lazyTables(newExtension, gsmExtension,
		turkishSingle, spanishSingle, portugueseSingle, bengaliSingle, gujaratiSingle, hindiSingle, kannadaSingle,
		malayalamSingle, oriyaSingle, punjabiSingle, tamilSingle, teluguSingle, urduSingle)
)

func lazyTables(read func(string) *table, texts ...string) (tables [Urdu + 1]func() *table) {
	for i, text := range texts {
		tables[i] = sync.OnceValue(func() *table { return read(text) })
	}
	return tables
}

// tables returns the tables of a locking and a single shift, the default ones for languages that have none.
func tables(locking, single Language) alphabet7 {
	if !locking.HasLocking() {
		locking = NoLanguage
	}
	if !single.HasSingle() {
		single = NoLanguage
	}
	return alphabet7{lockingTables[locking](), singleTables[single]()}
}
