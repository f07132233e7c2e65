package pdu

import (
	"errors"
	"fmt"
	"strings"
)

// TON is a type of number: addr_ton, source_addr_ton, dest_addr_ton and esme_addr_ton.
// SMPP 5.0 §4.7.1; SMPP 3.4 §5.2.5.
type TON uint8

// Types of number. All other values are reserved.
const (
	TONUnknown          TON = 0
	TONInternational    TON = 1 // country code first, no plus sign
	TONNational         TON = 2
	TONNetworkSpecific  TON = 3 // short codes, among others
	TONSubscriberNumber TON = 4
	TONAlphanumeric     TON = 5 // a name
	TONAbbreviated      TON = 6
)

var tonNames = [...]string{
	TONUnknown:          "unknown",
	TONInternational:    "international",
	TONNational:         "national",
	TONNetworkSpecific:  "network_specific",
	TONSubscriberNumber: "subscriber_number",
	TONAlphanumeric:     "alphanumeric",
	TONAbbreviated:      "abbreviated",
}

// String returns the name of the type, or the number of a reserved one.
func (t TON) String() string { return enumName(t, tonNames[:]) }

// NPI is a numbering plan indicator: addr_npi, source_addr_npi, dest_addr_npi and esme_addr_npi.
// SMPP 5.0 §4.7.2; SMPP 3.4 §5.2.6.
type NPI uint8

// Numbering plans. All other values are reserved.
const (
	NPIUnknown     NPI = 0
	NPIISDN        NPI = 1 // telephone numbers, E.163 and E.164
	NPIData        NPI = 3 // X.121
	NPITelex       NPI = 4 // F.69
	NPILandMobile  NPI = 6 // E.212
	NPINational    NPI = 8
	NPIPrivate     NPI = 9
	NPIERMES       NPI = 10
	NPIInternet    NPI = 14 // IP addresses
	NPIWAPClientID NPI = 18
)

var npiNames = [...]string{
	NPIUnknown:     "unknown",
	NPIISDN:        "isdn_e163_e164",
	NPIData:        "data_x121",
	NPITelex:       "telex_f69",
	NPILandMobile:  "land_mobile_e212",
	NPINational:    "national",
	NPIPrivate:     "private",
	NPIERMES:       "ermes",
	NPIInternet:    "internet_ip",
	NPIWAPClientID: "wap_client_id",
}

// String returns the name of the plan, or the number of a reserved one.
func (n NPI) String() string { return enumName(n, npiNames[:]) }

// Address is the address of an SME with its type and numbering plan. The octets of Addr are opaque: decoding neither
// guesses nor refuses an alphabet. The PDU that holds the address limits its size, to 20 octets as a rule and to 64 in
// data_sm and alert_notification. Addr of a decoded PDU keeps all its octets alive: clone it to keep it; see [PDU].
// SMPP 5.0 §4.7.8, §4.7.29; SMPP 3.4 §5.2.8, §5.2.9.
type Address struct {
	TON  TON
	NPI  NPI
	Addr string
}

// String returns Addr, with a plus sign in front when TON is international and Addr has none. It is for people: what
// it returns leads back to the same Address only for those that [ParseAddress] makes.
func (a Address) String() string {
	if a.TON == TONInternational && a.Addr != "" && !strings.HasPrefix(a.Addr, "+") {
		return "+" + a.Addr
	}
	return a.Addr
}

// Sizes of the addresses that ParseAddress makes.
const (
	maxNumberLen       = 20 // what source_addr and destination_addr hold beside their NUL
	maxAlphanumericLen = 11 // septets in the address field of a message on the air
	minShortCodeLen    = 3
	maxShortCodeLen    = 8
)

// ParseAddress makes an address out of what people write, guessing its type and plan:
//
//	text                     TON               NPI      Addr
//	+46700000001             international     ISDN     46700000001, 1 to 20 digits
//	71234                    network specific  unknown  71234, 3 to 8 digits: a short code
//	0700000001               unknown           ISDN     0700000001, 1 or 2 digits, or 9 to 20
//	Shop 24                  alphanumeric      unknown  Shop 24, at most 11 characters, one of them a letter
//
// A name is made of printable ASCII characters. It is an error when s is empty, too long, a plus sign before anything
// but digits, or has neither digits alone nor a letter. Networks differ: where the guess is wrong, write the Address
// out. Decoding never guesses.
func ParseAddress(s string) (Address, error) {
	number, plus := strings.CutPrefix(s, "+")
	switch {
	case s == "":
		return Address{}, errors.New("pdu: address is empty")
	case plus && number == "":
		return Address{}, fmt.Errorf("pdu: address %q has no digits", s)
	case plus && !isDigits(number):
		return Address{}, fmt.Errorf("pdu: address %q has more than digits after its plus sign", s)
	case plus || isDigits(s):
		return parseNumber(s, number, plus)
	}
	if !strings.ContainsFunc(s, isLetter) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		return Address{}, fmt.Errorf("pdu: address %q is neither a number nor a name of ASCII characters", s)
	}
	if len(s) > maxAlphanumericLen {
		return Address{}, fmt.Errorf("pdu: address %q is longer than %d characters", s, maxAlphanumericLen)
	}
	return Address{TON: TONAlphanumeric, NPI: NPIUnknown, Addr: s}, nil
}

// parseNumber is ParseAddress for digits alone; number is s without its plus sign.
func parseNumber(s, number string, plus bool) (Address, error) {
	switch n := len(number); {
	case n > maxNumberLen:
		return Address{}, fmt.Errorf("pdu: address %q is longer than %d digits", s, maxNumberLen)
	case plus:
		return Address{TON: TONInternational, NPI: NPIISDN, Addr: number}, nil
	case n >= minShortCodeLen && n <= maxShortCodeLen:
		return Address{TON: TONNetworkSpecific, NPI: NPIUnknown, Addr: number}, nil
	}
	return Address{TON: TONUnknown, NPI: NPIISDN, Addr: number}, nil
}

func isLetter(r rune) bool { return 'a' <= r|0x20 && r|0x20 <= 'z' }

// isDigits reports whether s consists of decimal digits; the empty string does.
func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
