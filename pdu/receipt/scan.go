package receipt

import (
	"strings"
	"unicode/utf16"
)

// key is a key that receipts of appendix B have.
type key uint8

const (
	keyVendor key = iota // any other word with a colon
	keyID
	keySub
	keyDlvrd
	keySubmit
	keyDone
	keyStat
	keyErr
	keyText
)

var keyNames = [...]string{
	keyID:     "id",
	keySub:    "sub",
	keyDlvrd:  "dlvrd",
	keySubmit: "submit date",
	keyDone:   "done date",
	keyStat:   "stat",
	keyErr:    "err",
	keyText:   "text",
}

// maxVendorKey is the size in octets of the longest word that is taken for the key of a vendor.
const maxVendorKey = 32

// scanner cuts the text of a receipt into fields. A key stands at the start or after white space and is directly
// followed by a colon; a value runs to the next key; the key "text" takes all that follows it. Hence a colon inside a
// word is no key, and neither is one in the text of the message. Time is linear in the length of the text.
type scanner struct {
	text       string
	separators string // octets that count as white space beside the usual ones

	pos     int  // where the search goes on
	pending bool // there is a field whose end is not known yet:
	key     key
	start   int // where its key begins
	value   int // where its value begins, behind the colon

	name string // the key that next returned as keyVendor, as it is written
}

// next returns the key and the value of the next field, the value without white space and NULs around it.
func (s *scanner) next() (key, string, bool) {
	for s.pos < len(s.text) {
		// From colon to colon, looking back from each no further than to the one before.
		low := s.pos
		colon := strings.IndexByte(s.text[low:], ':')
		if colon < 0 {
			break
		}
		colon += low
		s.pos = colon + 1
		word := colon
		for word > low && !s.white(s.text[word-1]) {
			word--
		}
		if word == low && low > 0 {
			continue // the rest of a word that has a colon already
		}
		found, start := s.recognize(word, colon)
		if start < 0 {
			continue
		}
		k, value, ok := s.take(start)
		s.key, s.start, s.value, s.pending = found, start, colon+1, true
		if found == keyText {
			s.pos = len(s.text)
		}
		if ok {
			return k, value, true
		}
	}
	s.pos = len(s.text)
	k, value, ok := s.take(len(s.text))
	s.pending = false
	return k, value, ok
}

// take returns the pending field, whose value ends at end.
func (s *scanner) take(end int) (key, string, bool) {
	if !s.pending {
		return 0, "", false
	}
	low := s.value
	for low < end && s.white(s.text[low]) {
		low++
	}
	for low < end && s.white(s.text[end-1]) {
		end--
	}
	if s.key == keyVendor {
		s.name = s.text[s.start : s.value-1]
	}
	return s.key, s.text[low:end], true
}

// white reports whether c separates fields. NUL does, as a C string may have been put in.
func (s *scanner) white(c byte) bool {
	return c <= ' ' && (c == ' ' || c-'\t' <= '\r'-'\t' || c == 0) || s.separators != "" && s.separates(c)
}

func (s *scanner) separates(c byte) bool {
	return s.key != keyText && strings.IndexByte(s.separators, c) >= 0
}

// recognize tells what key the word is that begins at word and ends before the colon at colon, and where the key
// begins; -1 when it is none.
func (s *scanner) recognize(word, colon int) (key, int) {
	w := s.text[word:colon]
	switch len(w) {
	case 2:
		if fold(w, "id") {
			return keyID, word
		}
	case 3:
		if fold(w, "sub") {
			return keySub, word
		}
		if fold(w, "err") {
			return keyErr, word
		}
	case 4:
		switch {
		case fold(w, "stat"):
			return keyStat, word
		case fold(w, "text"):
			return keyText, word
		case fold(w, "date"):
			if k, start := s.twoWords(word); start >= 0 {
				return k, start
			}
		}
	case 5:
		if fold(w, "dlvrd") {
			return keyDlvrd, word
		}
	case 8, 9:
		if fold(w[:4], "done") && fold(w[len(w)-4:], "date") && joint(w[4:len(w)-4]) {
			return keyDone, word
		}
	case 10, 11:
		if fold(w[:6], "submit") && fold(w[len(w)-4:], "date") && joint(w[6:len(w)-4]) {
			return keySubmit, word
		}
	}
	if vendorKey(w) {
		return keyVendor, word
	}
	return 0, -1
}

// twoWords looks for "submit" or "done" in front of the word "date" that begins at date.
func (s *scanner) twoWords(date int) (key, int) {
	end := date
	for end > s.value && s.white(s.text[end-1]) {
		end--
	}
	for _, first := range [...]struct {
		word string
		key  key
	}{{"submit", keySubmit}, {"done", keyDone}} {
		start := end - len(first.word)
		if start < s.value || end == date || !fold(s.text[start:end], first.word) {
			continue
		}
		if start == 0 || s.white(s.text[start-1]) {
			return first.key, start
		}
	}
	return 0, -1
}

// joint reports whether s may stand between the two words of a key.
func joint(s string) bool { return s == "" || s == "_" || s == "-" }

// fold reports whether s is lower but for the case of its letters; both are of one length.
func fold(s, lower string) bool {
	for i := range len(s) {
		if s[i]|0x20 != lower[i] {
			return false
		}
	}
	return true
}

// vendorKey reports whether w reads like the key of a field. It begins with a letter, so that the time of day in a date
// does not.
func vendorKey(w string) bool {
	if w == "" || len(w) > maxVendorKey || !letter(w[0]) {
		return false
	}
	for i := 1; i < len(w); i++ {
		if c := w[i]; !letter(c) && !digit(c) && c != '_' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func digit(c byte) bool { return c >= '0' && c <= '9' }

// plain returns the text of a receipt as a string: UTF-8 for UCS-2 of either byte order, else the octets as they are.
// UCS-2 is told by its looks, since data_coding is not to be trusted in receipts: a receipt begins with ASCII, of which
// every other octet is zero then.
func plain(raw []byte) string {
	high := 0
	switch {
	case len(raw) < 4:
		return string(raw)
	case raw[0] == 0xFE && raw[1] == 0xFF, raw[0] == 0 && raw[2] == 0 && raw[1] != 0 && raw[3] != 0:
	case raw[0] == 0xFF && raw[1] == 0xFE, raw[1] == 0 && raw[3] == 0 && raw[0] != 0 && raw[2] != 0:
		high = 1
	default:
		return string(raw)
	}
	units := make([]uint16, 0, len(raw)/2)
	for i := 0; i+1 < len(raw); i += 2 {
		u := uint16(raw[i+high])<<8 | uint16(raw[i+1-high])
		if i == 0 && u == 0xFEFF {
			continue
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units))
}
