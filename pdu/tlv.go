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
	Rest  bool   `json:",omitempty"` // Value is no value but the raw end of the list, and Tag is zero; see TLVs
	Value []byte // 0 to 65535 octets; of any length with Rest
}

// TLVs are the optional parameters of a PDU in the order of the wire. Tags may repeat, and tags that nobody knows are
// kept octet for octet; where a tag repeats and one value is asked for, the first counts.
//
// What a PDU has beyond [MaxTLVs], and octets at its end that are no TLV, decoding keeps with a warning as one last
// entry with Rest set. Encoding writes the Value of such an entry as it is. The methods here and the keys never find
// anything in it, and keep it last.
//
// The methods here work on raw values. A [Key] reads and writes the typed value of one tag; package pdu/tlv has the
// keys of the protocol. Not one of them copies the values, so TLVs are shared as the PDU that holds them: clone a value
// to keep it, or it keeps the octets of the whole PDU alive.
type TLVs []TLV

// MaxTLVs is how many TLVs of one PDU decoding tells apart. The octets of further ones are kept as one entry with Rest
// set, since an entry takes 8 times the octets of an empty TLV.
const MaxTLVs = 1024

// Get returns the value of the first TLV with the tag, and whether there is one. An empty value is a value: test the
// second result. The value is not a copy.
func (ts TLVs) Get(tag Tag) ([]byte, bool) {
	for i := range ts {
		if ts[i].is(tag) {
			return ts[i].Value, true
		}
	}
	return nil, false
}

// All returns the values of all TLVs with the tag, in the order of the wire.
func (ts TLVs) All(tag Tag) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := range ts {
			if ts[i].is(tag) && !yield(ts[i].Value) {
				return
			}
		}
	}
}

// Set gives the first TLV with the tag the value, in its place, or appends a TLV when there is none. Repeats stay.
// The value is kept, not copied, and not checked: encoding refuses what is longer than 65535 octets.
func (ts *TLVs) Set(tag Tag, value []byte) {
	for i := range *ts {
		if (*ts)[i].is(tag) {
			(*ts)[i].Value = value
			return
		}
	}
	ts.Add(tag, value)
}

// Add appends a TLV, also when the tag is there already. The value is kept, not copied, and not checked.
func (ts *TLVs) Add(tag Tag, value []byte) {
	t := TLV{Tag: tag, Value: value}
	if n := len(*ts); n > 0 && (*ts)[n-1].Rest {
		*ts = slices.Insert(*ts, n-1, t)
		return
	}
	*ts = append(*ts, t)
}

// Del removes all TLVs with the tag.
func (ts *TLVs) Del(tag Tag) {
	*ts = slices.DeleteFunc(*ts, func(t TLV) bool { return t.is(tag) })
}

// is reports whether t is a TLV with the tag.
func (t *TLV) is(tag Tag) bool { return t.Tag == tag && !t.Rest }

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
