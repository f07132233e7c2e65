package pdu

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"unsafe"
)

// The bodies that nearly all traffic consists of have, beside their walk, a pair of functions written by hand for PDUs
// that have nothing unusual: a walk costs two to three times as much. Whatever they do not take, for a fault, a warning
// or a rule that few PDUs meet, goes to the walk, which alone decides what is right; TestQuick and FuzzQuick hold both
// to the same results.

// appendQuick encodes p, and tells whether it did.
func (k *Codec) appendQuick(dst []byte, p *PDU) ([]byte, bool) {
	v := k.version()
	if k.Strict || v == V33 {
		return dst, false
	}
	switch b := p.Body.(type) {
	case *SubmitSM:
		if own(p, CommandSubmitSM) && b.SMDefaultMsgID <= mostDefaultMsgID(v) {
			return appendMessage(dst, CommandSubmitSM, p, b, v)
		}
	case *DeliverSM:
		if own(p, CommandDeliverSM) && (v != V34 || b.ScheduleDeliveryTime == "" && b.ValidityPeriod == "") {
			return appendMessage(dst, CommandDeliverSM, p, (*SubmitSM)(b), v)
		}
	case *SubmitSMResp:
		if own(p, CommandSubmitSMResp) {
			return appendMessageID(dst, CommandSubmitSMResp, p, b.MessageID, b.TLVs)
		}
	case *DeliverSMResp:
		if own(p, CommandDeliverSMResp) && (v != V34 || b.MessageID == "") {
			return appendMessageID(dst, CommandDeliverSMResp, p, b.MessageID, b.TLVs)
		}
	}
	return dst, false
}

// own tells whether p may have a body of the command.
func own(p *PDU, id CommandID) bool { return p.ID == id || p.ID == 0 }

// fitsQuick tells whether s is a C-octet string of at most size octets, the NUL included.
func fitsQuick(s string, size int) bool {
	return s == "" || len(s) < size && strings.IndexByte(s, 0) < 0
}

// isTime tells whether s has the length of a time and no NUL.
func isTime(s string) bool { return s == "" || len(s) == 16 && strings.IndexByte(s, 0) < 0 }

// sizeTLVs returns the octets of list, and false when one does not encode or is none.
func sizeTLVs(list TLVs) (n int, ok bool) {
	for i := range list {
		if len(list[i].Value) > math.MaxUint16 || list[i].Rest {
			return 0, false
		}
		n += tlvHeaderLen + len(list[i].Value)
	}
	return n, true
}

// messageFixed is the number of octets of a message that do not depend on its content, the header and the NULs included.
const messageFixed = HeaderLen + 17

func appendMessage(dst []byte, id CommandID, p *PDU, m *SubmitSM, v Version) ([]byte, bool) {
	tlvs, ok := sizeTLVs(m.TLVs)
	if !ok || len(m.ShortMessage) > mostShortMessage(v) || !fitsQuick(m.ServiceType, 6) || !fitsQuick(m.Source.Addr, 21) ||
		!fitsQuick(m.Dest.Addr, 21) || !isTime(m.ScheduleDeliveryTime) || !isTime(m.ValidityPeriod) {
		return dst, false
	}
	size := messageFixed + len(m.ServiceType) + len(m.Source.Addr) + len(m.Dest.Addr) +
		len(m.ScheduleDeliveryTime) + len(m.ValidityPeriod) + len(m.ShortMessage) + tlvs
	dst = slices.Grow(dst, size)
	b := dst[len(dst) : len(dst)+size]
	putHeader(b, uint32(size), id, p)
	at := HeaderLen
	at = putString(b, at, m.ServiceType)
	at = putAddress(b, at, &m.Source)
	at = putAddress(b, at, &m.Dest)
	b[at], b[at+1], b[at+2] = byte(m.ESMClass), m.ProtocolID, byte(m.PriorityFlag)
	at = putString(b, at+3, m.ScheduleDeliveryTime)
	at = putString(b, at, m.ValidityPeriod)
	f := b[at : at+5 : at+5]
	f[0], f[1], f[2] = byte(m.RegisteredDelivery), m.ReplaceIfPresent, byte(m.DataCoding)
	f[3], f[4] = m.SMDefaultMsgID, byte(len(m.ShortMessage))
	at += 5
	at += copy(b[at:], m.ShortMessage)
	putTLVs(b[at:], m.TLVs)
	return dst[:len(dst)+size], true
}

func appendMessageID(dst []byte, id CommandID, p *PDU, messageID string, list TLVs) ([]byte, bool) {
	tlvs, ok := sizeTLVs(list)
	if !ok || !fitsQuick(messageID, 65) {
		return dst, false
	}
	size := HeaderLen + len(messageID) + 1 + tlvs
	dst = slices.Grow(dst, size)
	b := dst[len(dst) : len(dst)+size]
	putHeader(b, uint32(size), id, p)
	putTLVs(b[putString(b, HeaderLen, messageID):], list)
	return dst[:len(dst)+size], true
}

func putHeader(b []byte, length uint32, id CommandID, p *PDU) {
	_ = b[HeaderLen-1]
	binary.BigEndian.PutUint32(b[0:], length)
	binary.BigEndian.PutUint32(b[4:], uint32(id))
	binary.BigEndian.PutUint32(b[8:], uint32(p.Status))
	binary.BigEndian.PutUint32(b[12:], p.Seq)
}

func putString(b []byte, at int, s string) int {
	if s != "" {
		at += copy(b[at:], s)
	}
	b[at] = 0
	return at + 1
}

func putAddress(b []byte, at int, a *Address) int {
	b[at], b[at+1] = byte(a.TON), byte(a.NPI)
	return putString(b, at+2, a.Addr)
}

func putTLVs(b []byte, list TLVs) {
	for i := range list {
		t := &list[i]
		binary.BigEndian.PutUint32(b, uint32(t.Tag)<<16|uint32(len(t.Value)))
		b = b[tlvHeaderLen:]
		b = b[copy(b, t.Value):]
	}
}

// decodeQuick decodes a body, which it copies, and returns nil when it did not.
func decodeQuick[E any](k *Codec, h Header, src []byte) (*PDU, *E) {
	v := k.version()
	switch h.ID {
	case CommandSubmitSM:
		p, with, m, body := newQuick[E, SubmitSM](src)
		p.Header, p.Body = h, m
		q := quickReader{body: body, ver: v}
		if q.message(m) && m.SMDefaultMsgID <= mostDefaultMsgID(v) {
			return p, with
		}
	case CommandDeliverSM:
		p, with, m, body := newQuick[E, DeliverSM](src)
		p.Header, p.Body = h, m
		q := quickReader{body: body, ver: v}
		if q.message((*SubmitSM)(m)) && (v != V34 || m.ScheduleDeliveryTime == "" && m.ValidityPeriod == "") {
			return p, with
		}
	case CommandSubmitSMResp:
		p, with, r, body := newQuick[E, SubmitSMResp](src)
		p.Header, p.Body = h, r
		size := 65
		if v == V33 {
			size = 9
		}
		q := quickReader{body: body, ver: v}
		if q.messageID(&r.MessageID, size, &r.TLVs) {
			return p, with
		}
	case CommandDeliverSMResp:
		p, with, r, body := newQuick[E, DeliverSMResp](src)
		p.Header, p.Body = h, r
		q := quickReader{body: body, ver: v}
		if q.messageID(&r.MessageID, 65, &r.TLVs) {
			return p, with
		}
	}
	return nil, nil
}

// newQuick allocates a PDU, its body, a copy of src and an E. A copy of a usual size is part of the PDU.
func newQuick[E any, T SubmitSM | DeliverSM | SubmitSMResp | DeliverSMResp](src []byte) (*PDU, *E, *T, []byte) {
	switch n := len(src); {
	case n <= 32:
		e := new(struct {
			with E
			PDU
			body T
			data [32]byte
		})
		copy(e.data[:], src)
		return &e.PDU, &e.with, &e.body, e.data[:n:n]
	case n <= 64:
		e := new(struct {
			with E
			PDU
			body T
			data [64]byte
		})
		copy(e.data[:], src)
		return &e.PDU, &e.with, &e.body, e.data[:n:n]
	case n <= 192:
		e := new(struct {
			with E
			PDU
			body T
			data [192]byte
		})
		copy(e.data[:], src)
		return &e.PDU, &e.with, &e.body, e.data[:n:n]
	}
	e := new(struct {
		with E
		PDU
		body T
	})
	return &e.PDU, &e.with, &e.body, copied(src)
}

// copied returns a copy of src, which is not cleared first.
func copied(src []byte) []byte {
	b := make([]byte, len(src))
	copy(b, src)
	return b
}

// quickReader reads fields from a body that the PDU owns. A read that returns false leaves the PDU to the walk.
type quickReader struct {
	body []byte
	at   int
	ver  Version
}

// str reads a C-octet string of at most size octets.
func (q *quickReader) str(p *string, size int) bool {
	rest := q.body[q.at:]
	if len(rest) == 0 {
		return false
	}
	if rest[0] == 0 {
		q.at++
		return true
	}
	n := bytes.IndexByte(rest[:min(len(rest), size)], 0)
	if n < 0 {
		return false
	}
	*p = unsafe.String(&rest[0], n) // as codec.text does
	q.at += n + 1
	return true
}

func (q *quickReader) address(a *Address) bool {
	if len(q.body)-q.at < 3 {
		return false
	}
	a.TON, a.NPI = TON(q.body[q.at]), NPI(q.body[q.at+1])
	q.at += 2
	return q.str(&a.Addr, 21)
}

func (q *quickReader) time(p *string) bool { return q.str(p, 17) && (*p == "" || len(*p) == 16) }

func (q *quickReader) message(m *SubmitSM) bool {
	if !q.str(&m.ServiceType, 6) || !q.address(&m.Source) || !q.address(&m.Dest) || len(q.body)-q.at < 3 {
		return false
	}
	f := q.body[q.at : q.at+3]
	m.ESMClass, m.ProtocolID, m.PriorityFlag = ESMClass(f[0]), f[1], PriorityFlag(f[2])
	q.at += 3
	if !q.time(&m.ScheduleDeliveryTime) || !q.time(&m.ValidityPeriod) || len(q.body)-q.at < 5 {
		return false
	}
	f = q.body[q.at : q.at+5]
	m.RegisteredDelivery, m.ReplaceIfPresent, m.DataCoding = RegisteredDelivery(f[0]), f[1], DataCoding(f[2])
	m.SMDefaultMsgID = f[3]
	n := int(f[4])
	q.at += 5
	if n > len(q.body)-q.at || n > mostShortMessage(q.ver) {
		return false
	}
	if n > 0 {
		m.ShortMessage = q.body[q.at : q.at+n : q.at+n]
		q.at += n
	}
	return q.tlvs(&m.TLVs)
}

func (q *quickReader) messageID(p *string, size int, list *TLVs) bool {
	return q.str(p, size) && q.tlvs(list)
}

// tlvs reads what is left of the body.
func (q *quickReader) tlvs(p *TLVs) bool {
	rest := q.body[q.at:]
	if len(rest) == 0 {
		return true
	}
	count, end := countTLVs(rest, MaxTLVs)
	if end < len(rest) {
		return false
	}
	list := make(TLVs, count)
	for i := range list {
		t := &list[i]
		n := tlvHeaderLen + int(binary.BigEndian.Uint16(rest[2:]))
		t.Tag, t.Value = Tag(binary.BigEndian.Uint16(rest)), rest[tlvHeaderLen:n:n]
		rest = rest[n:]
		if _, err := checkTLV(q.ver, *t); err != nil {
			return false
		}
	}
	*p = list
	return true
}
