package pdu

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
)

// Key reads and writes the TLVs of one tag as values of type T. Package pdu/tlv has a key for each TLV of the protocol;
// a vendor's TLV takes one line:
//
//	var OperatorID = pdu.IntKey[uint32](0x1401)
//
// Keys are small values and safe for concurrent use. The zero Key is of no use: its methods panic.
//
// Reading is tolerant where the meaning is certain, as the constructors say; writing is strict. Beyond what the
// constructor says, writing a TLV of the protocol (not of a vendor) demands a length that SMPP 5.0 has for it. What a
// peer with a dialect needs instead goes through [TLVs.Set].
type Key[T any] struct {
	tag    Tag
	parse  func([]byte) (T, error)
	append func(T, []byte) ([]byte, error)
}

// NewKey returns a key for values that parse reads and appendTo writes. Parse must not modify its argument and may
// return a value that shares memory with it; appendTo appends the octets of the value to a slice and returns it. Types
// with a parse function and an AppendBinary method fit, such as
//
//	pdu.NewKey(0x1402, pdu.ParseNetworkErrorCode, pdu.NetworkErrorCode.AppendBinary)
func NewKey[T any](tag Tag, parse func([]byte) (T, error), appendTo func(T, []byte) ([]byte, error)) Key[T] {
	return Key[T]{tag, parse, appendTo}
}

// IntKey returns a key for an unsigned big endian integer of the size of T: one, two or four octets. Get also reads
// integers that were sent longer or shorter, of one to eight octets, as long as the number fits T. Set and Add never
// fail.
func IntKey[T ~uint8 | ~uint16 | ~uint32](tag Tag) Key[T] {
	return Key[T]{tag, parseInt[T], appendInt[T]}
}

// CStringKey returns a key for text that ends in a NUL, of at most size octets with the NUL. Get takes the NUL or leaves
// it, several NULs, and text of up to size octets beside the NUL, since identifiers arrive in all these forms. Set and
// Add write one NUL and refuse text that is too long or has a NUL in it.
func CStringKey(tag Tag, size int) Key[string] {
	parse := func(b []byte) (string, error) {
		text := bytes.TrimRight(b, "\x00")
		if len(text) > size {
			return "", &lengthError{len(b), 1, size}
		}
		if bytes.IndexByte(text, 0) >= 0 {
			return "", errNUL
		}
		return string(text), nil
	}
	appendTo := func(s string, b []byte) ([]byte, error) {
		if len(s) >= size {
			return b, &lengthError{len(s) + 1, 1, size}
		}
		for i := range len(s) {
			if s[i] == 0 {
				return b, errNUL
			}
		}
		return append(append(b, s...), 0), nil
	}
	return Key[string]{tag, parse, appendTo}
}

// OctetsKey returns a key for octets as they stand, from lo to hi of them. Get takes any length and returns the value
// itself, not a copy; Set and Add keep a copy, and refuse other lengths.
func OctetsKey(tag Tag, lo, hi int) Key[[]byte] {
	parse := func(b []byte) ([]byte, error) { return b, nil }
	appendTo := func(v, b []byte) ([]byte, error) {
		if len(v) < lo || len(v) > hi {
			return b, &lengthError{len(v), lo, hi}
		}
		return append(b, v...), nil
	}
	return Key[[]byte]{tag, parse, appendTo}
}

// Tag returns the tag that the key is for.
func (k Key[T]) Tag() Tag { return k.tag }

// Get returns the value of the first TLV with the tag. The second result tells whether there is one; the error, a
// [*TLVError], that it is there and can not be read, in which case the value is zero and [TLVs.Get] has the octets.
//
//	value, ok, err := key.Get(tlvs)
//
//	absent     zero   false  nil
//	present    value  true   nil
//	malformed  zero   true   err
//
// Get does not allocate but for the error, and for the string of a key that reads one.
func (k Key[T]) Get(ts TLVs) (T, bool, error) {
	b, ok := ts.Get(k.tag)
	if !ok {
		var zero T
		return zero, false, nil
	}
	v, err := k.value(b)
	return v, true, err
}

// All returns the values of all TLVs with the tag in the order of the wire, each with the error that Get would give.
func (k Key[T]) All(ts TLVs) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for b := range ts.All(k.tag) {
			if !yield(k.value(b)) {
				return
			}
		}
	}
}

// Set gives the first TLV with the tag the value v, in its place, or appends a TLV when there is none; repeats stay.
// On an error, which is a [*TLVError] and speaks of v alone, ts is left as it was.
func (k Key[T]) Set(ts *TLVs, v T) error {
	b, err := k.octets(v)
	if err == nil {
		ts.Set(k.tag, b)
	}
	return err
}

// Add appends a TLV with the value v, also when the tag is there already: for the TLVs that may repeat, such as
// callback_num. On an error, which is a [*TLVError] and speaks of v alone, ts is left as it was.
func (k Key[T]) Add(ts *TLVs, v T) error {
	b, err := k.octets(v)
	if err == nil {
		ts.Add(k.tag, b)
	}
	return err
}

// value reads the octets of a TLV.
func (k Key[T]) value(b []byte) (T, error) {
	v, err := k.parse(b)
	if err != nil {
		var zero T
		failed := k.fail(err)
		if status, _ := checkTLV(V50, TLV{Tag: k.tag, Value: b}); status != StatusOK {
			failed.Status = status
		}
		return zero, failed
	}
	return v, nil
}

// octets writes a value and holds it against the protocol.
func (k Key[T]) octets(v T) ([]byte, error) {
	b, err := k.append(v, nil)
	if err != nil {
		return nil, k.fail(err)
	}
	if len(b) > maxTLVLen {
		return nil, k.fail(&lengthError{len(b), 0, maxTLVLen})
	}
	if _, err := checkTLV(V50, TLV{Tag: k.tag, Value: b}); err != nil {
		return nil, err
	}
	return b, nil
}

// maxTLVLen is the largest length that the two octets of a TLV's length can tell.
const maxTLVLen = 0xFFFF

// fail wraps what parse or append found wrong.
func (k Key[T]) fail(err error) *TLVError {
	status := StatusInvalidTLVValue
	if length := (*lengthError)(nil); errors.As(err, &length) {
		status = StatusInvalidTLVLength
	}
	return &TLVError{Tag: k.tag, Status: status, Err: err}
}

func parseInt[T ~uint8 | ~uint16 | ~uint32](b []byte) (T, error) {
	if len(b) == 0 || len(b) > 8 {
		return 0, &lengthError{len(b), intLen[T](), intLen[T]()}
	}
	var n uint64
	for _, octet := range b {
		n = n<<8 | uint64(octet)
	}
	if n > uint64(^T(0)) {
		return 0, fmt.Errorf("%d does not fit %d octets: %w", n, intLen[T](), &lengthError{len(b), intLen[T](), intLen[T]()})
	}
	return T(n), nil
}

func appendInt[T ~uint8 | ~uint16 | ~uint32](v T, b []byte) ([]byte, error) {
	for shift := 8 * (intLen[T]() - 1); shift >= 0; shift -= 8 {
		b = append(b, byte(uint32(v)>>shift))
	}
	return b, nil
}

// intLen returns the size of T in octets.
func intLen[T ~uint8 | ~uint16 | ~uint32]() int {
	switch uint64(^T(0)) {
	case 0xFF:
		return 1
	case 0xFFFF:
		return 2
	}
	return 4
}
