package tlv

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/smpp-go/smpp/pdu"
)

// digitsKey returns a key for n decimal digits. Reading takes what came; writing wants n digits.
func digitsKey(tag pdu.Tag, n int) pdu.Key[string] {
	parse := func(b []byte) (string, error) { return string(b), nil }
	appendTo := func(s string, b []byte) ([]byte, error) {
		if len(s) != n {
			return b, fmt.Errorf("%d characters, want %d digits", len(s), n)
		}
		for i := range len(s) {
			if s[i] < '0' || s[i] > '9' {
				return b, fmt.Errorf("%q, want %d digits", s, n)
			}
		}
		return append(b, s...), nil
	}
	return pdu.NewKey(tag, parse, appendTo)
}

// parseTelematics reads source_telematics_id, whose table prints one octet and refers to a TLV of two.
func parseTelematics(b []byte) (uint16, error) {
	switch len(b) {
	case 1:
		return uint16(b[0]), nil
	case 2:
		return binary.BigEndian.Uint16(b), nil
	}
	return 0, fmt.Errorf("length %d, want 1 or 2", len(b))
}

func appendTelematics(v uint16, b []byte) ([]byte, error) {
	if v > 0xFF {
		return b, fmt.Errorf("%d does not fit one octet", v)
	}
	return append(b, byte(v)), nil
}

var errNotAbsolute = errors.New("not an absolute time")

// parseEndTime reads broadcast_end_time: the 16 characters of an absolute time, and a NUL or none.
func parseEndTime(b []byte) (pdu.Time, error) {
	if n := len(b); n > 0 && b[n-1] == 0 {
		b = b[:n-1]
	}
	t, err := pdu.ParseTimeLenient(string(b))
	if err == nil && t.Kind() != pdu.TimeAbsolute {
		err = errNotAbsolute
	}
	return t, err
}

func appendEndTime(t pdu.Time, b []byte) ([]byte, error) {
	if t.Kind() != pdu.TimeAbsolute {
		return b, errNotAbsolute
	}
	return append(append(b, t.String()...), 0), nil
}
