package pdu

import (
	"slices"
	"unsafe"
)

// addressFields names the three wire fields of an address, and the statuses that refuse them.
type addressFields struct {
	ton, npi, addr          string
	badTON, badNPI, badAddr CommandStatus
}

// The addresses of the protocol.
var (
	sourceAddr = &addressFields{
		"source_addr_ton", "source_addr_npi", "source_addr",
		StatusInvalidSourceTON, StatusInvalidSourceNPI, StatusInvalidSourceAddr,
	}
	destAddr = &addressFields{
		"dest_addr_ton", "dest_addr_npi", "destination_addr",
		StatusInvalidDestTON, StatusInvalidDestNPI, StatusInvalidDestAddr,
	}
	esmeAddr = &addressFields{ton: "esme_addr_ton", npi: "esme_addr_npi", addr: "esme_addr"}

	// In a response nobody is told about a bad address.
	reportedSource = &addressFields{ton: "source_addr_ton", npi: "source_addr_npi", addr: "source_addr"}
	reportedDest   = &addressFields{ton: "dest_addr_ton", npi: "dest_addr_npi", addr: "destination_addr"}
)

// address is a type of number, a numbering plan indicator and a C-octet string of at most size octets.
func (c *codec) address(f *addressFields, p *Address, size int) {
	octet(c, f.ton, &p.TON, f.badTON)
	octet(c, f.npi, &p.NPI, f.badNPI)
	c.cstring(f.addr, &p.Addr, size, f.badAddr)
}

// Sizes of the fields that hold a time: the text is absent or has its full length.
var (
	timeSizes      = []int{1, 17}
	finalDateSizes = []int{1, 13, 17}
	emptyOnly      = []int{1}
)

// time is a C-octet string that holds a time or nothing.
func (c *codec) time(name string, p *string, status CommandStatus) {
	c.sized(name, p, timeSizes, timeSizes, status)
}

// handoverTime is a time of deliver_sm. SMPP 3.4 has no use for it there and wants it empty.
func (c *codec) handoverTime(name string, p *string, status CommandStatus) {
	if c.ver != V34 {
		c.time(name, p, status)
		return
	}
	c.sized(name, p, emptyOnly, timeSizes, status)
	if c.mode == modeDecode && *p != "" {
		c.warn(WarnNotEmpty, name, status, errBadSize)
	}
}

// finalDate is a time as an MC reports it: some leave the fraction and the offset away.
func (c *codec) finalDate(name string, p *string) {
	c.sized(name, p, timeSizes, finalDateSizes, StatusOK)
}

// sized is a C-octet string whose size on the wire is one of a few: those of encode when encoding, those of decode
// when decoding. A response may have others.
func (c *codec) sized(name string, p *string, encode, decode []int, status CommandStatus) {
	was := c.mode
	if was == modeEncode && *p != "" && !slices.Contains(encode, len(*p)+1) {
		c.fail(name, status, errBadSize)
		return
	}
	c.cstring(name, p, 17, status)
	switch {
	case was == modeDescribe:
		c.notes.specs[len(c.notes.specs)-1].sizes = encode
	case c.mode == modeDecode && *p != "" && !slices.Contains(decode, len(*p)+1):
		if !c.resp {
			c.fail(name, status, errBadSize)
			return
		}
		c.warn(WarnBadSize, name, status, errBadSize)
	}
}

// defaultMsgID is sm_default_msg_id, whose range grew with each version.
func (c *codec) defaultMsgID(p *uint8) {
	c.octetMax("sm_default_msg_id", p, int(mostDefaultMsgID(c.ver)), StatusInvalidDefaultMsgID)
}

func mostDefaultMsgID(v Version) uint8 {
	switch v {
	case V33:
		return 100
	case V34:
		return 254
	}
	return 255
}

// mostShortMessage returns the number of octets that short_message may have.
func mostShortMessage(v Version) int {
	switch v {
	case V33:
		return 160
	case V34:
		return 254
	}
	return 255
}

// shortMessage is sm_length and the octets that it counts. Decoding takes all 255 in every version, since a text that
// is there is worth more than a limit. status is for a text that does not fit.
func (c *codec) shortMessage(p *[]byte, status CommandStatus) {
	most := mostShortMessage(c.ver)
	switch c.mode {
	case modeDecode:
		c.decodeShortMessage(p, most, status)
	case modeEncode:
		if len(*p) > most {
			c.fail("short_message", status, errTooLong)
			return
		}
		c.buf = append(c.buf, byte(len(*p)))
		c.buf = append(c.buf, *p...)
	case modeDescribe:
		c.notes.specs = append(c.notes.specs,
			fieldSpec{name: "sm_length", kind: fieldInteger, size: 1, most: most, status: status},
			fieldSpec{name: "short_message", kind: fieldOctets, size: most, countedBy: "sm_length", status: status})
	case modeShow:
		c.notes.values = append(c.notes.values,
			fieldValue{name: "sm_length", value: len(*p), status: status, derived: true},
			fieldValue{name: "short_message", value: *p, status: status})
	case modeSize:
		c.size += 1 + len(*p)
	}
}

func (c *codec) decodeShortMessage(p *[]byte, most int, status CommandStatus) {
	if c.pos >= len(c.buf) {
		if c.resp {
			c.missing("sm_length")
			return
		}
		// The last octet of the body, a zero, is left out: read as no text.
		c.warn(WarnMissingField, "sm_length", StatusInvalidCommandLength, errCut)
		return
	}
	n := int(c.buf[c.pos])
	if n > most && !c.warn(WarnOutOfRange, "sm_length", status, errOutOfRange) {
		return
	}
	c.pos++
	if n > len(c.buf)-c.pos {
		c.fail("short_message", status, errCut)
		return
	}
	if n > 0 {
		*p = c.octets(n)
	}
}

// rest is everything that is left of the body.
func (c *codec) rest(name string, p *[]byte) {
	switch c.mode {
	case modeDecode:
		if n := len(c.buf) - c.pos; n > 0 {
			*p = c.octets(n)
		}
	case modeEncode:
		c.buf = append(c.buf, *p...)
	case modeShow:
		c.notes.values = append(c.notes.values, fieldValue{name: name, value: *p, secret: true})
	case modeSize:
		c.size += len(*p)
	}
}

// listFields describes a counted list.
type listFields struct {
	count, name string        // of the counting octet and of the list
	least, most int           // elements; most depends on the version, see list
	elemSize    int           // octets of the smallest element
	status      CommandStatus // for a count that is not acceptable
}

// list is an octet that counts, and as many elements. The elements are walked by each.
func list[T any](c *codec, f *listFields, p *[]T, each func(*T, *codec)) {
	most := f.most
	if c.ver == V34 && most == 255 {
		most = 254
	}
	switch c.mode {
	case modeDecode:
		decodeList(c, f, p, most, each)
	case modeEncode:
		if n := len(*p); n < f.least || n > most {
			c.fail(f.count, f.status, errBadCount)
			return
		}
		c.buf = append(c.buf, byte(len(*p)))
		for i := range *p {
			each(&(*p)[i], c)
		}
	case modeDescribe:
		outer := c.notes.specs
		c.notes.specs = nil
		each(new(T), c)
		c.notes.specs = append(outer,
			fieldSpec{name: f.count, kind: fieldInteger, size: 1, least: f.least, most: most, status: f.status},
			fieldSpec{name: f.name, kind: fieldList, countedBy: f.count, element: c.notes.specs})
	case modeShow:
		c.notes.values = append(c.notes.values, fieldValue{name: f.count, value: len(*p), status: f.status, derived: true})
		for i := range *p {
			from := len(c.notes.values)
			each(&(*p)[i], c)
			for j := from; j < len(c.notes.values); j++ {
				c.notes.values[j].list, c.notes.values[j].index = f.name, i
			}
		}
	case modeSize:
		var elem T
		c.size += 1 + cap(*p)*int(unsafe.Sizeof(elem))
		for i := range *p {
			each(&(*p)[i], c)
		}
	}
}

// decodeList holds the count against the octets that are left before it allocates.
func decodeList[T any](c *codec, f *listFields, p *[]T, most int, each func(*T, *codec)) {
	if c.pos >= len(c.buf) {
		c.missing(f.count)
		return
	}
	n := int(c.buf[c.pos])
	if n < f.least {
		c.fail(f.count, f.status, errBadCount)
		return
	}
	if n > most && !c.warn(WarnOutOfRange, f.count, f.status, errOutOfRange) {
		return
	}
	c.pos++
	if n*f.elemSize > len(c.buf)-c.pos {
		c.fail(f.name, StatusInvalidCommandLength, errCut)
		return
	}
	if n == 0 {
		return
	}
	elems := make([]T, n)
	c.inList = true
	for i := range elems {
		each(&elems[i], c)
		if c.mode != modeDecode {
			return
		}
	}
	c.inList = false
	*p = elems
}

// choice reports whether the fields of a list element that belong to the selector value want are to be walked.
func (c *codec) choice(got, want DestFlag) bool {
	if c.mode == modeDescribe {
		c.notes.specs = append(c.notes.specs, fieldSpec{kind: fieldCase, size: int(want)})
		return true
	}
	return got == want
}
