package profile

import (
	"errors"
	"fmt"
	"strings"

	"github.com/smpp-go/smpp/pdu"
)

// Numbering is a type of number with its plan.
type Numbering struct {
	TON pdu.TON `json:"ton"`
	NPI pdu.NPI `json:"npi"`
}

// AddressRules tell how to make a pdu.Address out of what people write. The zero value makes what pdu.ParseAddress
// does, for all that peers commonly agree on.
type AddressRules struct {
	// International is for numbers with a plus sign or InternationalPrefix. Nil: international, ISDN.
	International *Numbering `json:"international"`
	// National is for other numbers. Nil: unknown, ISDN.
	National *Numbering `json:"national"`
	// ShortCode is for numbers of 3 to ShortCodeMax digits without a plus sign. Nil: network specific, unknown.
	ShortCode *Numbering `json:"short_code"`
	// Alphanumeric is for names. Nil: alphanumeric, unknown.
	Alphanumeric *Numbering `json:"alphanumeric"`

	// InternationalPrefix are digits that stand for the plus sign, such as 00, and are taken off. Empty: none.
	InternationalPrefix string `json:"international_prefix"`
	// Bare takes numbers without a plus sign that are longer than a short code for international ones.
	Bare bool `json:"bare"`
	// KeepPlus leaves the plus sign in the address, and puts one before other international numbers.
	KeepPlus bool `json:"keep_plus"`
	// ShortCodeMax is the number of digits of the longest short code. Zero: 8. Negative: there are no short codes.
	ShortCodeMax int `json:"short_code_max"`
	// AlphanumericMax is the number of characters of the longest name. Zero: 11. Negative: no names.
	AlphanumericMax int `json:"alphanumeric_max"`
}

const (
	minShortCode           = 3
	maxNumber              = 20 // what the fields of most PDUs hold
	defaultShortCodeMax    = 8
	defaultAlphanumericMax = 11
)

// Address makes an address out of s by the rules. It is an error when s is empty, is neither a number nor a name of
// printable ASCII characters with a letter in it, or is too long: a number has at most 20 characters.
func (r *AddressRules) Address(s string) (pdu.Address, error) {
	if s == "" {
		return pdu.Address{}, errors.New("profile: address is empty")
	}
	number, international := strings.CutPrefix(s, "+")
	if !isDigits(number) {
		return r.name(s, international)
	}
	bare := !international
	if prefix := r.InternationalPrefix; bare && prefix != "" && len(number) > len(prefix) {
		number, international = strings.CutPrefix(number, prefix)
		bare = !international
	}
	var n Numbering
	switch {
	case bare && len(number) >= minShortCode && len(number) <= orDefault(r.ShortCodeMax, defaultShortCodeMax):
		n = either(r.ShortCode, pdu.TONNetworkSpecific, pdu.NPIUnknown)
	case bare && !(r.Bare && len(number) >= minShortCode):
		n = either(r.National, pdu.TONUnknown, pdu.NPIISDN)
	default:
		n = either(r.International, pdu.TONInternational, pdu.NPIISDN)
		if r.KeepPlus {
			number = "+" + number
		}
	}
	if len(number) > maxNumber {
		return pdu.Address{}, fmt.Errorf("profile: address %q is longer than %d characters", s, maxNumber)
	}
	return pdu.Address{TON: n.TON, NPI: n.NPI, Addr: number}, nil
}

// name is Address for what is no number.
func (r *AddressRules) name(s string, plus bool) (pdu.Address, error) {
	limit := orDefault(r.AlphanumericMax, defaultAlphanumericMax)
	letters := strings.ContainsFunc(s, func(c rune) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' })
	odd := strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c > '~' })
	switch {
	case plus:
		return pdu.Address{}, fmt.Errorf("profile: address %q has no number behind its plus sign", s)
	case !letters || odd:
		return pdu.Address{}, fmt.Errorf("profile: address %q is neither a number nor a name of ASCII characters", s)
	case limit < 0:
		return pdu.Address{}, fmt.Errorf("profile: address %q is a name, which the peer does not take", s)
	case len(s) > limit:
		return pdu.Address{}, fmt.Errorf("profile: address %q is longer than %d characters", s, limit)
	}
	n := either(r.Alphanumeric, pdu.TONAlphanumeric, pdu.NPIUnknown)
	return pdu.Address{TON: n.TON, NPI: n.NPI, Addr: s}, nil
}

func either(n *Numbering, ton pdu.TON, npi pdu.NPI) Numbering {
	if n != nil {
		return *n
	}
	return Numbering{TON: ton, NPI: npi}
}

func orDefault(n, zero int) int {
	if n == 0 {
		return zero
	}
	return n
}

// isDigits reports whether s consists of decimal digits, and is not empty.
func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
