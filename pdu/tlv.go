package pdu

import (
	"errors"
	"fmt"
	"iter"
	"slices"
)

// TLV is one optional parameter as it stands on the wire: two octets of tag, two of length, and the value.
// SMPP 5.0 §4.8.1; SMPP 3.4 §5.3.
type TLV struct {
	Tag   Tag
	Value []byte // 0 to 65535 octets
}

// TLVs are the optional parameters of a PDU in the order of the wire. Tags may repeat, and tags that nobody knows are
// kept octet for octet; where a tag repeats and one value is asked for, the first counts.
//
// The methods here work on raw values. A [Key] reads and writes the typed value of one tag; package pdu/tlv has the
// keys of the protocol. Not one of them copies the values, so TLVs are shared as the PDU that holds them.
type TLVs []TLV

// Get returns the value of the first TLV with the tag, and whether there is one. An empty value is a value: test the
// second result. The value is not a copy.
func (ts TLVs) Get(tag Tag) ([]byte, bool) {
	for i := range ts {
		if ts[i].Tag == tag {
			return ts[i].Value, true
		}
	}
	return nil, false
}

// All returns the values of all TLVs with the tag, in the order of the wire.
func (ts TLVs) All(tag Tag) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := range ts {
			if ts[i].Tag == tag && !yield(ts[i].Value) {
				return
			}
		}
	}
}

// Set gives the first TLV with the tag the value, in its place, or appends a TLV when there is none. Repeats stay.
// The value is kept, not copied, and not checked: encoding refuses what is longer than 65535 octets.
func (ts *TLVs) Set(tag Tag, value []byte) {
	for i := range *ts {
		if (*ts)[i].Tag == tag {
			(*ts)[i].Value = value
			return
		}
	}
	ts.Add(tag, value)
}

// Add appends a TLV, also when the tag is there already. The value is kept, not copied, and not checked.
func (ts *TLVs) Add(tag Tag, value []byte) { *ts = append(*ts, TLV{Tag: tag, Value: value}) }

// Del removes all TLVs with the tag.
func (ts *TLVs) Del(tag Tag) {
	*ts = slices.DeleteFunc(*ts, func(t TLV) bool { return t.Tag == tag })
}

// TLVError says that the value of a TLV is not what its tag asks for, and how to refuse it.
type TLVError struct {
	Tag    Tag
	Status CommandStatus // StatusInvalidTLVLength or StatusInvalidTLVValue
	Err    error         // what is wrong with the value
}

// Error names the TLV and what is wrong with it.
func (e *TLVError) Error() string { return fmt.Sprintf("pdu: tlv %v: %v", e.Tag, e.Err) }

// Unwrap returns Err.
func (e *TLVError) Unwrap() error { return e.Err }

var errNUL = errors.New("want one NUL, at the end")
