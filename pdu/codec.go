package pdu

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"unsafe"
)

// mode is what a walk over the fields of a body does with each of them.
type mode uint8

const (
	modeStop     mode = iota // nothing: the walk failed, or the octets ended where that is tolerated
	modeDecode               // read the field from buf
	modeEncode               // append the field to buf; never writes through the pointers
	modeDescribe             // note what the field is in specs
	modeShow                 // note the value of the field in values
	modeSize                 // add what the field takes in memory to size, beside the body itself
)

// codec is the state of one walk over the fields of a body. A body lists its wire fields once, in order, by calling
// the primitives below; the mode decides what they do, so that the directions cannot drift apart.
//
// A primitive takes the name of the field in the specification, a pointer to it, its largest size on the wire and the
// status to answer with when it is not acceptable (StatusOK where the specification has none). What the field
// tolerates is decided here and nowhere else: see warn.
type codec struct {
	mode   mode
	strict bool
	resp   bool // decoding a response: nobody can be told to send it again, so more is tolerated
	inList bool // inside a list element, which is whole or wrong
	ver    Version
	limits Limits
	buf    []byte // decoding: the body, owned by the PDU; encoding: what is appended to
	pos    int    // decoding: octets of buf that are read

	warnings []Warning
	failure  failure
	notes    *notes // describing and showing
	size     int
}

// notes is what a walk that neither decodes nor encodes finds out.
type notes struct {
	specs  []fieldSpec
	values []fieldValue
	tlvs   TLVs
}

// failure is why a walk stopped.
type failure struct {
	field  string
	offset int // in the PDU
	status CommandStatus
	err    error
}

// Reasons of failures and warnings.
var (
	errCut         = errors.New("the body ends early")
	errTooLong     = errors.New("longer than the field may be")
	errNULInside   = errors.New("a NUL inside a C-octet string")
	errBadSize     = errors.New("not of a length that the field may have")
	errOutOfRange  = errors.New("above what this version allows")
	errBadCount    = errors.New("a number of elements that the field can not have")
	errBadDestFlag = errors.New("neither an address nor a distribution list")
)

// fail ends the walk because of what stands at c.pos.
func (c *codec) fail(field string, status CommandStatus, err error) {
	c.failAt(c.pos, field, status, err)
}

func (c *codec) failAt(at int, field string, status CommandStatus, err error) {
	if status == StatusOK {
		status = StatusInvalidCommandLength
	}
	c.failure = failure{field, at + HeaderLen, status, err}
	c.mode = modeStop
}

// warn tolerates what stands at c.pos, or fails with status in strict mode: strict decoding refuses exactly what
// tolerant decoding warns of. It reports whether the walk goes on.
func (c *codec) warn(kind, field string, status CommandStatus, err error) bool {
	return c.warnAt(c.pos, kind, field, status, err)
}

func (c *codec) warnAt(at int, kind, field string, status CommandStatus, err error) bool {
	if c.strict {
		c.failAt(at, field, status, err)
		return false
	}
	if len(c.warnings) == maxWarnings {
		return true
	}
	c.warnings = append(c.warnings, Warning{Kind: kind, Field: field, Offset: at + HeaderLen, Text: err.Error()})
	return true
}

// maxWarnings is how many warnings a PDU keeps, so that a body of nothing but faults costs no more than another.
const maxWarnings = 16

// missing handles a body that ends where a field should begin. A response may end after any field: the rest is zero.
func (c *codec) missing(field string) {
	if !c.resp || c.inList {
		c.fail(field, StatusInvalidCommandLength, errCut)
		return
	}
	kind := WarnMissingField
	if c.pos == 0 {
		kind = WarnMissingBody
	}
	if c.warn(kind, field, StatusInvalidCommandLength, errCut) {
		c.mode = modeStop
	}
}

// octet is an integer of one octet.
func octet[T ~uint8](c *codec, name string, p *T, status CommandStatus) {
	switch c.mode {
	case modeDecode:
		if c.pos >= len(c.buf) {
			c.missing(name)
			return
		}
		*p = T(c.buf[c.pos])
		c.pos++
	case modeEncode:
		c.buf = append(c.buf, byte(*p))
	case modeDescribe:
		c.notes.specs = append(c.notes.specs, fieldSpec{name: name, kind: fieldInteger, size: 1, status: status})
	case modeShow:
		c.notes.values = append(c.notes.values, fieldValue{name: name, value: *p, status: status})
	case modeSize:
		c.size++
	}
}

// octetMax is an octet whose values above most are for newer versions only: refused when encoding, tolerated when
// decoding.
func (c *codec) octetMax(name string, p *uint8, most int, status CommandStatus) {
	was := c.mode
	octet(c, name, p, status)
	switch {
	case was == modeDescribe:
		c.notes.specs[len(c.notes.specs)-1].most = most
	case c.mode == modeEncode && int(*p) > most:
		c.fail(name, status, errOutOfRange)
	case c.mode == modeDecode && int(*p) > most:
		c.warn(WarnOutOfRange, name, status, errOutOfRange)
	}
}

// status is an integer of four octets that holds a command_status.
func (c *codec) status(name string, p *CommandStatus) {
	switch c.mode {
	case modeDecode:
		if len(c.buf)-c.pos < 4 {
			c.fail(name, StatusInvalidCommandLength, errCut)
			return
		}
		*p = CommandStatus(binary.BigEndian.Uint32(c.buf[c.pos:]))
		c.pos += 4
	case modeEncode:
		c.buf = binary.BigEndian.AppendUint32(c.buf, uint32(*p))
	case modeDescribe:
		c.notes.specs = append(c.notes.specs, fieldSpec{name: name, kind: fieldInteger, size: 4})
	case modeShow:
		c.notes.values = append(c.notes.values, fieldValue{name: name, value: *p})
	case modeSize:
		c.size += 4
	}
}

// tolerance is what decoding puts up with in a C-octet string of a request. Responses get all of it.
type tolerance uint8

const (
	tolerateLong  tolerance = 1 << iota // longer than its size
	tolerateNoNUL                       // without its NUL where the body ends
)

// cstring is a C-octet string of at most size octets, the NUL included.
func (c *codec) cstring(name string, p *string, size int, status CommandStatus) {
	c.cstringWith(0, name, p, size, status)
}

// cstringWith is a cstring with tolerance.
func (c *codec) cstringWith(t tolerance, name string, p *string, size int, status CommandStatus) {
	switch c.mode {
	case modeDecode:
		window := c.buf[c.pos:]
		if len(window) > 0 && window[0] == 0 { // as most are
			c.pos++
			return
		}
		if len(window) > size {
			window = window[:size]
		}
		n := bytes.IndexByte(window, 0)
		if n < 0 {
			*p = c.oddString(t, name, size, status)
			return
		}
		*p = c.text(n)
		c.pos++
	case modeEncode:
		s := *p
		if len(s) >= size {
			c.fail(name, status, errTooLong)
			return
		}
		if s != "" && strings.IndexByte(s, 0) >= 0 {
			c.fail(name, status, errNULInside)
			return
		}
		c.buf = append(c.buf, s...)
		c.buf = append(c.buf, 0)
	case modeDescribe:
		c.notes.specs = append(c.notes.specs, fieldSpec{name: name, kind: fieldCString, size: size, status: status})
	case modeShow:
		c.notes.values = append(c.notes.values, fieldValue{name: name, value: *p, status: status})
	case modeSize:
		c.size += len(*p) + 1
	}
}

// oddString reads a C-octet string that has no NUL within its size.
func (c *codec) oddString(t tolerance, name string, size int, status CommandStatus) string {
	rest := c.buf[c.pos:]
	if c.resp && !c.inList {
		t = tolerateLong | tolerateNoNUL
	}
	if len(rest) >= size {
		if t&tolerateLong == 0 {
			c.fail(name, status, errTooLong)
			return ""
		}
		if !c.warn(WarnTooLong, name, status, errTooLong) {
			return ""
		}
	}
	if n := bytes.IndexByte(rest, 0); n >= 0 {
		s := c.text(n)
		c.pos++
		return s
	}
	switch {
	case len(rest) == 0 && c.resp:
		c.missing(name)
		return ""
	case t&tolerateNoNUL == 0:
		c.fail(name, StatusInvalidCommandLength, errCut)
		return ""
	case !c.warn(WarnMissingNUL, name, StatusInvalidCommandLength, errCut):
		return ""
	}
	return c.text(len(rest))
}

// text cuts the next n octets as a string out of the body, without a copy. Nobody writes to those octets again: the
// body is a private copy, and the slices that octets cuts are of other octets and end before these.
func (c *codec) text(n int) string {
	if n == 0 {
		return ""
	}
	s := unsafe.String(&c.buf[c.pos], n)
	c.pos += n
	return s
}

// octets cuts the next n octets out of the body. The capacity is the length, so that whoever appends to the slice does
// not reach its neighbour.
func (c *codec) octets(n int) []byte {
	b := c.buf[c.pos : c.pos+n : c.pos+n]
	c.pos += n
	return b
}

// password is a C-octet string that is hidden when shown.
func (c *codec) password(t tolerance, p *Password) {
	size := c.limits.MaxPassword + 1
	if size == 1 {
		size = 9
	}
	if c.mode == modeShow {
		c.notes.values = append(c.notes.values, fieldValue{name: "password", value: *p, status: StatusInvalidPassword})
		return
	}
	c.cstringWith(t, "password", (*string)(p), size, StatusInvalidPassword)
}

// systemID is the system_id of a bind or its response.
func (c *codec) systemID(p *string, status CommandStatus) {
	size := c.limits.MaxSystemID + 1
	if size == 1 {
		size = 16
	}
	c.cstring("system_id", p, size, status)
}

// messageID is a message_id, which SMPP 3.3 keeps short.
func (c *codec) messageID(p *string, status CommandStatus) {
	size := 65
	if c.ver == V33 {
		size = 9
	}
	c.cstring("message_id", p, size, status)
}
