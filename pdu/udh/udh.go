package udh

import (
	"errors"
	"fmt"
)

// Element is one information element.
type Element struct {
	ID   ID
	Data []byte // 0 to 253 octets
}

// Header is a user data header: its elements, in the order of the wire. A nil Header is that of a message without one.
type Header []Element

// Errors of headers that can not be read or written.
var (
	ErrMissing   = errors.New("no user data header")                  // there is no octet at all
	ErrTruncated = errors.New("the header ends after the data")       // its length octet tells more than there is
	ErrOverrun   = errors.New("an element ends after the header")     // or has no length octet
	ErrTooLong   = errors.New("the header is longer than 255 octets") // behind its length octet
	ErrLength    = errors.New("wrong length of an element")           // see Check
)

// Error says that a user data header is malformed. The octets are then best kept as they are: where the text begins is
// not known.
type Error struct {
	Offset int // in the header, its length octet being at 0
	ID     ID  // of the element, where there is one
	Err    error
}

// Error tells the place, and what is wrong.
func (e *Error) Error() string {
	return fmt.Sprintf("udh: offset %d, element %v: %v", e.Offset, e.ID, e.Err)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Parse reads the header that user data begins with, and returns how many octets it takes, its length octet included:
// the text follows there. The data of the elements is not copied. Any error is an [*Error]: the header says that it is
// longer than the user data, or an element says that it is longer than the header. Elements of the wrong length are no
// error, nor are empty ones; see [Header.Check]. 3GPP TS 23.040 §9.2.3.24.
func Parse(b []byte) (Header, int, error) {
	if len(b) == 0 {
		return nil, 0, &Error{Err: ErrMissing}
	}
	end := 1 + int(b[0])
	if end > len(b) {
		return nil, 0, &Error{Err: ErrTruncated}
	}
	h := Header{}
	for i := 1; i < end; {
		if i+2 > end || i+2+int(b[i+1]) > end {
			return nil, 0, &Error{i, ID(b[i]), ErrOverrun}
		}
		next := i + 2 + int(b[i+1])
		h = append(h, Element{ID(b[i]), b[i+2 : next : next]})
		i = next
	}
	return h, end, nil
}

// Len returns the octets that the header takes, its length octet included; 0 for a nil Header.
func (h Header) Len() int {
	if h == nil {
		return 0
	}
	n := 1
	for _, e := range h {
		n += 2 + len(e.Data)
	}
	return n
}

// Append appends the header to dst; a nil Header appends nothing. The error is an [*Error] with [ErrTooLong], and then
// dst is returned as it was: a header ends 255 octets after its length octet at most.
func (h Header) Append(dst []byte) ([]byte, error) {
	n := h.Len()
	switch {
	case n > 256:
		return dst, &Error{Err: ErrTooLong}
	case n == 0:
		return dst, nil
	}
	dst = append(dst, byte(n-1))
	for _, e := range h {
		dst = append(dst, byte(e.ID), byte(len(e.Data)))
		dst = append(dst, e.Data...)
	}
	return dst, nil
}

// Get returns the data of the last element with the id, and whether there is one. Of an element that occurs more than
// once the last one counts. 3GPP TS 23.040 §9.2.3.24.
func (h Header) Get(id ID) ([]byte, bool) {
	for i := len(h) - 1; i >= 0; i-- {
		if h[i].ID == id {
			return h[i].Data, true
		}
	}
	return nil, false
}

// Without returns the elements with other ids than those given, in a new Header; nil when none is left.
func (h Header) Without(ids ...ID) Header {
	var rest Header
next:
	for _, e := range h {
		for _, id := range ids {
			if e.ID == id {
				continue next
			}
		}
		rest = append(rest, e)
	}
	return rest
}

// Check returns an [*Error] with [ErrLength] for the first element of a known kind whose data has another length than
// that kind has. The typed readings here take no notice of such elements.
func (h Header) Check() error {
	at := 1
	for _, e := range h {
		if want, ok := e.ID.length(); ok && len(e.Data) != want {
			return &Error{at, e.ID, ErrLength}
		}
		at += 2 + len(e.Data)
	}
	return nil
}
