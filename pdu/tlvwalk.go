package pdu

import (
	"encoding/binary"
	"errors"
	"math"
)

// Reasons why TLVs are refused.
var (
	errTLVOverrun = errors.New("the length of a TLV goes beyond the PDU")
	errRest       = errors.New("octets that were kept raw")
	errManyTLVs   = errors.New("more than 1024 TLVs")
	errTrailing   = errors.New("octets are left that are no TLV")
	errStrayNUL   = errors.New("a NUL before the TLVs")
	errHeaderOnly = errors.New("a body where the command has none")
	errNoTLVs     = errors.New("SMPP 3.3 has no TLVs")
	errTLVTooLong = errors.New("a TLV value longer than 65535 octets")
)

// tlvs is the optional part of a body: every TLV up to its end.
func (c *codec) tlvs(p *TLVs) {
	switch c.mode {
	case modeDecode:
		if c.pos < len(c.buf) {
			c.decodeTLVs(p, false)
		}
	case modeEncode:
		c.encodeTLVs(*p)
	case modeDescribe:
		c.notes.specs = append(c.notes.specs, fieldSpec{name: "tlvs", kind: fieldTLVs})
	case modeShow:
		c.notes.tlvs = *p
	case modeSize:
		c.size += cap(*p) * tlvSize
		for i := range *p {
			c.size += tlvHeaderLen + len((*p)[i].Value)
		}
	}
}

// onlyTLVs is the whole body of a command that consists of a header. Responses may carry TLVs such as
// congestion_state there; in anything else, and for octets that are no TLVs, it is tolerated at most.
func (c *codec) onlyTLVs(p *TLVs) {
	if c.mode != modeDecode {
		c.tlvs(p)
		return
	}
	if len(c.buf) == 0 {
		return
	}
	if !c.resp && !c.warn(WarnUnexpectedBody, "", StatusInvalidCommandLength, errHeaderOnly) {
		return
	}
	c.decodeTLVs(p, true)
}

// decodeTLVs counts first, so that the list is allocated once and at its size. What does not become an entry of its own
// stays as the last one, so that encoding gives the same octets.
func (c *codec) decodeTLVs(p *TLVs, headerOnly bool) {
	rest := c.buf[c.pos:]
	count, end := countTLVs(rest, len(rest))
	status := StatusInvalidTLVStream
	if headerOnly {
		status = StatusInvalidCommandLength
	}
	if end < len(rest) {
		switch n, ok := countAfterNUL(rest); {
		case ok:
			// Some peers end short_message with a NUL that sm_length does not count.
			if !c.warn(WarnStrayNUL, "", status, errStrayNUL) {
				return
			}
			count, end = n, len(rest)-1
			c.pos++
		case len(rest)-end >= tlvHeaderLen && !headerOnly:
			c.failAt(c.pos+end, "", status, errTLVOverrun)
			return
		case !c.warnAt(c.pos+end, WarnTrailing, "", status, errTrailing):
			return
		}
	}
	if count > MaxTLVs {
		// Before the TLVs, whose warnings could leave no room for this one.
		count, end = countTLVs(c.buf[c.pos:], MaxTLVs)
		if !c.warnAt(c.pos+end, WarnManyTLVs, "", StatusInvalidTLVStream, errManyTLVs) {
			return
		}
	}
	entries := count
	if end < len(c.buf)-c.pos {
		entries++ // the rest
	}
	list := make(TLVs, entries)
	for i := range count {
		t, at := &list[i], c.pos
		t.Tag = Tag(binary.BigEndian.Uint16(c.buf[at:]))
		n := int(binary.BigEndian.Uint16(c.buf[at+2:]))
		c.pos += tlvHeaderLen
		t.Value = c.octets(n)
		if len(c.warnings) == maxWarnings {
			continue
		}
		if status, err := checkTLV(c.ver, *t); err != nil && !c.warnAt(at, WarnBadTLV, t.Tag.String(), status, err) {
			return
		}
	}
	if count < entries {
		list[count] = TLV{Rest: true, Value: c.octets(len(c.buf) - c.pos)}
	}
	*p = list
}

// tlvHeaderLen is the size of the tag and the length of a TLV.
const tlvHeaderLen = 4

// countTLVs returns how many whole TLVs b begins with, up to most, and where they end.
func countTLVs(b []byte, most int) (count, end int) {
	for count < most && len(b)-end >= tlvHeaderLen {
		n := tlvHeaderLen + int(binary.BigEndian.Uint16(b[end+2:]))
		if n > len(b)-end {
			break
		}
		end += n
		count++
	}
	return count, end
}

// countAfterNUL returns how many TLVs b consists of after a NUL that does not belong there, and whether it does.
func countAfterNUL(b []byte) (count int, ok bool) {
	if b[0] != 0 {
		return 0, false
	}
	count, end := countTLVs(b[1:], len(b))
	return count, end == len(b)-1
}

func (c *codec) encodeTLVs(list TLVs) {
	if len(list) == 0 {
		return
	}
	if c.ver == V33 {
		c.fail(list[0].Tag.String(), StatusTLVNotAllowed, errNoTLVs)
		return
	}
	if c.strict && len(list) > MaxTLVs {
		c.fail("", StatusInvalidTLVStream, errManyTLVs)
		return
	}
	for i := range list {
		t := &list[i]
		if t.Rest {
			if c.strict {
				c.fail("", StatusInvalidTLVStream, errRest)
				return
			}
			c.buf = append(c.buf, t.Value...)
			continue
		}
		if len(t.Value) > math.MaxUint16 {
			c.fail(t.Tag.String(), StatusInvalidTLVLength, errTLVTooLong)
			return
		}
		if c.strict {
			if status, err := checkTLV(c.ver, *t); err != nil {
				c.fail(t.Tag.String(), status, err)
				return
			}
		}
		n := len(t.Value)
		c.buf = append(c.buf, byte(t.Tag>>8), byte(t.Tag), byte(n>>8), byte(n))
		c.buf = append(c.buf, t.Value...)
	}
}
