package receipt

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Notation is how the ids of a peer are to be read.
type Notation uint8

// Notations.
const (
	NotationOpaque  Notation = iota // as characters; the default
	NotationDecimal                 // as a decimal number; one with the digits A to F or 0x is hexadecimal nevertheless
	NotationHex                     // as a hexadecimal number, with or without 0x
)

var notationNames = [...]string{NotationOpaque: "opaque", NotationDecimal: "decimal", NotationHex: "hex"}

// LetterCase is how the letters of an id are written in receipts.
type LetterCase uint8

// Cases.
const (
	CaseAsGiven LetterCase = iota // as in the response; what is converted to hexadecimal comes in upper case
	CaseLower
	CaseUpper
)

var caseNames = [...]string{CaseAsGiven: "as-given", CaseLower: "lower", CaseUpper: "upper"}

// String returns the name of the notation.
func (n Notation) String() string { return nameOf(n, notationNames[:]) }

// MarshalText returns the name of the notation; a number without one is an error.
func (n Notation) MarshalText() ([]byte, error) { return marshalName(n, notationNames[:]) }

// UnmarshalText reads the name of a notation: "opaque", "decimal" or "hex".
func (n *Notation) UnmarshalText(text []byte) error { return unmarshalName(n, text, notationNames[:]) }

// String returns the name of the case.
func (c LetterCase) String() string { return nameOf(c, caseNames[:]) }

// MarshalText returns the name of the case; a number without one is an error.
func (c LetterCase) MarshalText() ([]byte, error) { return marshalName(c, caseNames[:]) }

// UnmarshalText reads the name of a case: "as-given", "lower" or "upper".
func (c *LetterCase) UnmarshalText(text []byte) error { return unmarshalName(c, text, caseNames[:]) }

func nameOf[T ~uint8](v T, names []string) string {
	if int(v) < len(names) {
		return names[v]
	}
	return strconv.Itoa(int(v))
}

func marshalName[T ~uint8](v T, names []string) ([]byte, error) {
	if int(v) >= len(names) {
		return nil, fmt.Errorf("receipt: %d has no name", v)
	}
	return []byte(names[v]), nil
}

func unmarshalName[T ~uint8](v *T, text []byte, names []string) error {
	for i, name := range names {
		if string(text) == name {
			*v = T(i)
			return nil
		}
	}
	return fmt.Errorf("receipt: %q is none of %s", text, strings.Join(names, ", "))
}

// IDForm tells how a peer writes the id of a message in the response and how in the receipt. The zero value says that
// both are the same, octet for octet. An id that does not fit its notation, such as a UUID where numbers are due, is
// taken as it is.
//
// An id of digits alone does not show its notation; hence none is ever guessed, unless Any is set.
type IDForm struct {
	// Response and Receipt are the notations of ids in responses and in receipts. Either both are numbers, and ids are
	// the same message when they are the same number, of any size; or both are opaque.
	Response Notation `json:"response"`
	Receipt  Notation `json:"receipt"`
	// Any matches an id with each of its forms: as it is, its digits read as decimal and written as hexadecimal, and the
	// reverse, always without regard to case, zeros in front and 0x. It is for peers of unknown habits and can bring
	// together what does not belong together, such as the ids 16 and 10: prefer the notations where they are known.
	Any bool `json:"any"`
	// Case is how receipts write letters. Any other than CaseAsGiven also makes case meaningless in matching.
	Case LetterCase `json:"case"`
	// Width is the number of characters that receipts fill up ids of hexadecimal digits to, with zeros in front; 1 stands
	// for no such zeros. Any other than 0 also makes zeros in front meaningless in matching. Numbers match without regard
	// to them anyway.
	Width int `json:"width"`
	// Prefix puts 0x before the ids of receipts that consist of hexadecimal digits, and makes it meaningless in matching.
	// It does not go with decimal receipts.
	Prefix bool `json:"prefix"`
}

// Sizes of the largest id that is read as a number: the 64 hexadecimal digits that message_id holds, or as a decimal
// number 78 digits, and some zeros in front. The bound is one of the number and not of its digits, so that a number can
// be read in whichever notation it was written.
const (
	maxIDBits   = 256
	maxIDDigits = 80
)

// Validate returns an error, which names the field, when the form makes no sense.
func (f IDForm) Validate() error {
	switch {
	case int(f.Response) >= len(notationNames):
		return fmt.Errorf("receipt: response: no notation %d", f.Response)
	case int(f.Receipt) >= len(notationNames):
		return fmt.Errorf("receipt: receipt: no notation %d", f.Receipt)
	case int(f.Case) >= len(caseNames):
		return fmt.Errorf("receipt: case: no case %d", f.Case)
	case f.Width < 0 || f.Width > maxID:
		return fmt.Errorf("receipt: width: %d is not in 0 to %d", f.Width, maxID)
	case f.Prefix && f.Receipt == NotationDecimal:
		return errors.New("receipt: prefix: 0x can not stand before decimal ids")
	case (f.Response == NotationOpaque) != (f.Receipt == NotationOpaque):
		return fmt.Errorf("receipt: receipt: %s ids can not be made of %s ones", f.Receipt, f.Response)
	}
	return nil
}

// Match reports whether an id of a receipt names the message that has an id in its response. Empty ids match nothing.
func (f IDForm) Match(response, receipt string) bool {
	if response == "" || receipt == "" {
		return false
	}
	key := f.ResponseKey(response)
	for _, k := range f.ReceiptKeys(receipt) {
		if k == key {
			return true
		}
	}
	return false
}

// ResponseKey returns the id of a response in the form that a store should know it by: an id of a receipt names the
// message if its key is one of [IDForm.ReceiptKeys].
func (f IDForm) ResponseKey(id string) string { return f.key(id, f.Response) }

// ReceiptKeys returns what the id of a receipt may be known by, the likeliest first: one key, or with Any up to three.
func (f IDForm) ReceiptKeys(id string) []string {
	return f.alternatives(f.ReceiptKey(id))
}

// ReceiptKey returns the first of ReceiptKeys: the form to keep a receipt by whose message is not known yet.
// [IDForm.ResponseKeys] leads there from the response.
func (f IDForm) ReceiptKey(id string) string { return f.key(id, f.Receipt) }

// ResponseKeys returns the keys by which receipts of the message may be kept, as ReceiptKeys does the other way round.
func (f IDForm) ResponseKeys(id string) []string {
	return f.alternatives(f.ResponseKey(id))
}

// alternatives returns a key and, with Any, what else the id may be.
func (f IDForm) alternatives(key string) []string {
	if !f.Any {
		return []string{key}
	}
	keys := append(make([]string, 0, 3), key)
	for _, b := range [...][2]int{{10, 16}, {16, 10}} {
		v, ok := parseID(key, b[0])
		if !ok {
			continue
		}
		if other := v.text(b[1]); other != key {
			keys = append(keys, other)
		}
	}
	return keys
}

// key returns the form of an id that two ids of one message share.
func (f IDForm) key(id string, n Notation) string {
	if !f.Any && f.numeric() {
		if v, ok := readID(id, n); ok {
			return v.text(16) // what is no number has other characters in it, or more of them
		}
	}
	if f.Any || f.Prefix || f.Width != 0 {
		if rest := cutPrefix(id); isHex(rest) {
			id = rest
		}
	}
	if f.Any || f.Case != CaseAsGiven {
		id = changeCase(id, CaseLower)
	}
	if f.Any || f.Width != 0 {
		id = trimZeros(id)
	}
	return id
}

// ReceiptID returns the id that receipts give to the message whose response has an id. An id that is no number where
// one is due, or a number of more than 256 bits, comes back as it is.
func (f IDForm) ReceiptID(response string) string {
	id := response
	if id == "" {
		return ""
	}
	if f.numeric() {
		v, ok := readID(id, f.Response)
		switch {
		case !ok:
			return response
		case f.Response != f.Receipt:
			id = strings.ToUpper(v.text(base(f.Receipt)))
		}
	}
	prefixed := f.Prefix && isHex(id)
	if rest := cutPrefix(id); (f.Prefix || f.Width != 0) && isHex(rest) && len(rest) < len(id) {
		id, prefixed = rest, true
	}
	id = changeCase(id, f.Case)
	if f.Width != 0 && isHex(id) {
		id = trimZeros(id)
		id = strings.Repeat("0", max(0, f.Width-len(id))) + id
	}
	if prefixed {
		id = "0x" + id
	}
	return id
}

func (f IDForm) numeric() bool { return f.Response != NotationOpaque && f.Receipt != NotationOpaque }

func base(n Notation) int {
	if n == NotationHex {
		return 16
	}
	return 10
}

// readID reads an id as the number that it is in a notation.
func readID(id string, n Notation) (idNumber, bool) {
	if n == NotationDecimal && !isDecimal(id) {
		n = NotationHex
	}
	return parseID(id, base(n))
}

// idNumber is an id read as a number: big is for those that 64 bits do not hold.
type idNumber struct {
	small uint64
	big   *big.Int
}

// parseID reads all of s as a number of the base, 10 or 16; 16 with or without 0x. Signs and the like are no numbers.
func parseID(s string, base int) (idNumber, bool) {
	if base == 16 {
		s = cutPrefix(s)
	}
	if len(s) > maxIDDigits || base == 10 && !isDecimal(s) || base == 16 && !isHex(s) {
		return idNumber{}, false
	}
	if v, err := strconv.ParseUint(s, base, 64); err == nil {
		return idNumber{small: v}, true
	}
	v, ok := new(big.Int).SetString(s, base)
	return idNumber{big: v}, ok && v.BitLen() <= maxIDBits
}

// text writes the number without zeros in front, in lower case.
func (n idNumber) text(base int) string {
	if n.big != nil {
		return n.big.Text(base)
	}
	return strconv.FormatUint(n.small, base)
}

func isDecimal(s string) bool {
	for i := range len(s) {
		if !digit(s[i]) {
			return false
		}
	}
	return s != ""
}

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; !digit(s[i]) && (c < 'a' || c > 'f') {
			return false
		}
	}
	return s != ""
}

// cutPrefix takes 0x from the front.
func cutPrefix(s string) string {
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		return s[2:]
	}
	return s
}

// trimZeros takes the zeros from the front of s, but not its last character.
func trimZeros(s string) string {
	for len(s) > 1 && s[0] == '0' {
		s = s[1:]
	}
	return s
}

// changeCase changes letters A to Z alone: package strings knows those of other scripts too.
func changeCase(s string, c LetterCase) string {
	lo, hi := byte('A'), byte('Z')
	switch c {
	case CaseAsGiven:
		return s
	case CaseUpper:
		lo, hi = 'a', 'z'
	}
	for i := range len(s) {
		if s[i] < lo || s[i] > hi {
			continue
		}
		b := []byte(s)
		for ; i < len(b); i++ {
			if b[i] >= lo && b[i] <= hi {
				b[i] ^= 0x20
			}
		}
		return string(b)
	}
	return s
}
