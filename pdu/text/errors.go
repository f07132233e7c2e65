package text

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// EncodeError says that an alphabet lacks a character of a text.
type EncodeError struct {
	Alphabet Alphabet
	Rune     rune // utf8.RuneError where the text is not UTF-8
	Offset   int  // where in the text, in octets
}

// Error names the character and the alphabet.
func (e *EncodeError) Error() string {
	if e.Rune == utf8.RuneError {
		return fmt.Sprintf("text: encode %v: no character at offset %d", e.Alphabet, e.Offset)
	}
	return fmt.Sprintf("text: encode %v: the alphabet lacks %U, at offset %d", e.Alphabet, e.Rune, e.Offset)
}

// Replacement returns the octet that stands for a character that the alphabet lacks, a question mark. It is what
// encoding.ReplaceUnsupported asks for.
func (e *EncodeError) Replacement() byte { return '?' }

// DecodeError says that octets are no text of an alphabet. The text that comes with it is whole, with U+FFFD in the
// place of each octet, or group of octets, without character.
type DecodeError struct {
	Alphabet Alphabet
	Offset   int // of the first octet without character; for GSM7Packed its septet; -1 when not known
}

// Error names the alphabet and the place.
func (e *DecodeError) Error() string {
	unit := "octet"
	if e.Alphabet == GSM7Packed {
		unit = "septet"
	}
	if e.Offset < 0 {
		return fmt.Sprintf("text: decode %v: octets without character", e.Alphabet)
	}
	return fmt.Sprintf("text: decode %v: no character at %s %d", e.Alphabet, unit, e.Offset)
}

// ErrAlphabet says that nothing here can read or write an alphabet: Pictogram, Reserved, or a number without meaning.
var ErrAlphabet = errors.New("text: not an alphabet that can be encoded or decoded")

// ErrCompressed says that a text is compressed by 3GPP TS 23.042, which nothing here can read or write.
var ErrCompressed = errors.New("text: compressed text")

// ErrDataCoding says that no value of data_coding has the properties asked for.
var ErrDataCoding = errors.New("text: no data_coding for this")

// ErrNoRoom says that a user data header leaves no room for text.
var ErrNoRoom = errors.New("text: the user data header leaves no room for text")
