package pdu

import (
	"errors"
	"fmt"
	"io"
)

// FrameError says that the boundaries between PDUs are lost: nothing more can be read from the stream.
type FrameError struct {
	Length    uint32 // command_length, zero when fewer than four octets came
	Head      []byte // what was received of the header
	LooksLike string // the protocol that the octets belong to, "HTTP", "TLS" or "SSH"; empty when they tell nothing
	Err       error  // [ErrFrameLength], or io.ErrUnexpectedEOF when the stream ended inside a PDU, or its own error
}

// Error tells what was read.
func (e *FrameError) Error() string {
	s := fmt.Sprintf("pdu: framing lost at command_length %d: %v", e.Length, e.Err)
	if len(e.Head) < 4 {
		s = fmt.Sprintf("pdu: framing lost after %d octets: %v", len(e.Head), e.Err)
	}
	if e.LooksLike != "" {
		s += " (the octets look like " + e.LooksLike + ")"
	}
	return s
}

// Unwrap returns Err.
func (e *FrameError) Unwrap() error { return e.Err }

// ErrFrameLength is the cause in a [FrameError] for a command_length that is below 16, above the limit, or not that of
// the octets given to Decode. It is answered by a generic_nack with StatusInvalidCommandLength.
var ErrFrameLength = errors.New("command_length out of range")

func newFrameError(b []byte, err error) *FrameError {
	e := &FrameError{Head: append([]byte(nil), b[:min(len(b), HeaderLen)]...), LooksLike: looksLike(b), Err: err}
	if len(b) >= 4 {
		e.Length = frameLength(b)
	}
	if err == io.EOF {
		e.Err = io.ErrUnexpectedEOF
	}
	return e
}

// DecodeError says that one PDU can not be understood. The stream is sound: the next PDU can be read. The PDU that
// comes with the error has the header and the body as a [Raw].
type DecodeError struct {
	Command CommandID     // of the PDU
	Seq     uint32        // of the PDU
	Field   string        // name in the specification; empty when it is not one field
	Offset  int           // where in the PDU, counted from its first octet
	Status  CommandStatus // to answer a request with
	Err     error         // what is wrong
}

// Error names the PDU and the field. It never contains the value of a field.
func (e *DecodeError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("pdu: decode %v, sequence_number %d: offset %d: %v", e.Command, e.Seq, e.Offset, e.Err)
	}
	return fmt.Sprintf("pdu: decode %v, sequence_number %d: %s at offset %d: %v",
		e.Command, e.Seq, e.Field, e.Offset, e.Err)
}

// Unwrap returns Err.
func (e *DecodeError) Unwrap() error { return e.Err }

// CheckError says that a PDU is well formed, and that a value in it is not acceptable. See [Check].
type CheckError struct {
	Command CommandID
	Field   string        // name in the specification, of a field or of a TLV
	Status  CommandStatus // to answer a request with
	Err     error         // what is wrong
}

// Error names the command and the field. It never contains the value of a field.
func (e *CheckError) Error() string {
	return fmt.Sprintf("pdu: check %v: %s: %v", e.Command, e.Field, e.Err)
}

// Unwrap returns Err.
func (e *CheckError) Unwrap() error { return e.Err }

// EncodeError says that a PDU can not be encoded. Nothing was written.
type EncodeError struct {
	Command CommandID
	Field   string // name in the specification, of a field or of a TLV; empty when it is the PDU as a whole
	Err     error  // what is wrong
}

// Error names the command and the field. It never contains the value of a field.
func (e *EncodeError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("pdu: encode %v: %v", e.Command, e.Err)
	}
	return fmt.Sprintf("pdu: encode %v: %s: %v", e.Command, e.Field, e.Err)
}

// Unwrap returns Err.
func (e *EncodeError) Unwrap() error { return e.Err }

// StatusError says that the peer refused a request.
type StatusError struct {
	Status  CommandStatus // never StatusOK
	Command CommandID     // of the response: the one of the request's own kind, or generic_nack
}

// Error names the response and its status.
func (e *StatusError) Error() string { return fmt.Sprintf("pdu: %v with %v", e.Command, e.Status) }

// StatusOf returns the command_status that err carries: the one the peer refused with when it is a [StatusError], or
// the one to answer with when it is a [DecodeError] or a [CheckError]. It looks through wrapped errors.
func StatusOf(err error) (CommandStatus, bool) {
	if err == nil {
		return StatusOK, false // without the allocations of looking
	}
	var refused *StatusError
	var decode *DecodeError
	var check *CheckError
	switch {
	case errors.As(err, &refused):
		return refused.Status, true
	case errors.As(err, &decode):
		return decode.Status, true
	case errors.As(err, &check):
		return check.Status, true
	}
	return StatusOK, false
}

// Kinds of warnings. They are stable, and fit as labels of a counter.
const (
	WarnMissingBody    = "missing_body"    // a successful response without its body
	WarnMissingField   = "missing_field"   // the body ends before the last mandatory field: the rest reads as zero
	WarnMissingNUL     = "missing_nul"     // the body ends inside a C-octet string
	WarnTooLong        = "too_long"        // a C-octet string longer than its field
	WarnBadSize        = "bad_size"        // a time of another length than times have
	WarnNotEmpty       = "not_empty"       // a field that should be empty
	WarnOutOfRange     = "out_of_range"    // a value, length or count that only a newer version permits
	WarnStrayNUL       = "stray_nul"       // a NUL between the mandatory part and the TLVs, dropped
	WarnTrailing       = "trailing_octets" // octets at the end that are no TLV, dropped
	WarnUnexpectedBody = "unexpected_body" // a body in a request that has none
	WarnBadTLV         = "bad_tlv"         // a known TLV of a wrong length or without its NUL, kept as it is
	WarnBadErrorBody   = "bad_error_body"  // an error response whose body does not parse, kept as a [Raw]
)

// Warning tells of something that decoding tolerated. A Codec with Strict set refuses it.
type Warning struct {
	Kind   string // one of the Warn constants
	Field  string // name in the specification, of a field or of a TLV; empty when it is not one field
	Offset int    // where in the PDU, counted from its first octet
	Text   string // for people
}

// String puts the warning on one line.
func (w Warning) String() string {
	if w.Field == "" {
		return fmt.Sprintf("%s at offset %d: %s", w.Kind, w.Offset, w.Text)
	}
	return fmt.Sprintf("%s: %s at offset %d: %s", w.Kind, w.Field, w.Offset, w.Text)
}
