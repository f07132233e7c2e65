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

// StatusError says that a request is refused: by the peer, or by a handler, which tells the status to answer with.
type StatusError struct {
	Status  CommandStatus // why; StatusOK only where the peer's generic_nack says so
	Command CommandID     // of the response: the one of the request's own kind, or generic_nack; zero before there is one
}

// Error names the response and its status; before there is a response, the status and what it means, such as
// "ESME_RBINDFAIL, bind failed".
func (e *StatusError) Error() string {
	if e.Command != 0 {
		return fmt.Sprintf("pdu: %v with %v", e.Command, e.Status)
	}
	if words := e.Status.words(); words != "" {
		return e.Status.String() + ", " + words
	}
	return e.Status.String()
}

// StatusOf returns the command_status that err carries: the one that the peer refused with when it is a [StatusError],
// or the one to answer with when it is a [DecodeError], a [CheckError] or a [TLVError]. It looks through wrapped and
// joined errors, in the order of [errors.As], and the first status counts that is not StatusOK.
//
// The status of an error is never StatusOK, so that to answer with it acknowledges nothing. An error that carries
// StatusOK alone gives StatusUnknownError and true; one that carries no status gives StatusUnknownError and false. Nil
// gives StatusOK and false.
func StatusOf(err error) (CommandStatus, bool) {
	if err == nil {
		return StatusOK, false
	}
	status, ok := statusIn(err)
	if status == StatusOK {
		status = StatusUnknownError
	}
	return status, ok
}

// statusIn returns the first status in the tree of err that is not StatusOK, or else StatusOK, and reports whether
// there is any.
func statusIn(err error) (status CommandStatus, ok bool) {
	for err != nil {
		s, has := ownStatus(err)
		if s != StatusOK {
			return s, true
		}
		ok = ok || has
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			err = e.Unwrap()
		case interface{ Unwrap() []error }:
			for _, err := range e.Unwrap() {
				s, has := statusIn(err)
				if s != StatusOK {
					return s, true
				}
				ok = ok || has
			}
			return StatusOK, ok
		default:
			return StatusOK, ok
		}
	}
	return StatusOK, ok
}

// ownStatus returns the status that err itself carries, whatever it wraps.
func ownStatus(err error) (CommandStatus, bool) {
	switch e := err.(type) {
	case *StatusError:
		return e.Status, true
	case *DecodeError:
		return e.Status, true
	case *CheckError:
		return e.Status, true
	case *TLVError:
		return e.Status, true
	case interface{ As(any) bool }:
		return statusAs(e)
	}
	return StatusOK, false
}

// statusAs returns the status of an error that stands for another by a method As.
func statusAs(err interface{ As(any) bool }) (CommandStatus, bool) {
	var (
		refused *StatusError
		decode  *DecodeError
		check   *CheckError
		tlv     *TLVError
	)
	switch {
	case err.As(&refused):
		return refused.Status, true
	case err.As(&decode):
		return decode.Status, true
	case err.As(&check):
		return check.Status, true
	case err.As(&tlv):
		return tlv.Status, true
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
	WarnTrailing       = "trailing_octets" // octets at the end that are no TLV, kept raw; see [TLVs]
	WarnManyTLVs       = "many_tlvs"       // more than [MaxTLVs] TLVs, the rest kept raw; see [TLVs]
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
