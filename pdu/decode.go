package pdu

import (
	"encoding/binary"
	"sync"
)

// Codec is how PDUs are encoded and decoded. The zero value has the sizes of SMPP 5.0 and tolerates what peers are
// known to send. A Codec is a plain value: it may be copied, and used from many goroutines at once.
type Codec struct {
	// Version is whose sizes and ranges apply; zero means V50, others count as [Version.Floor] says. It does not
	// judge whether a command belongs to the version, except that nothing is encoded for SMPP 3.3 that 3.3 does
	// not have, TLVs among it.
	Version Version

	// Strict refuses when decoding what would else be a [Warning], and when encoding also TLVs of a length that
	// the version does not permit, more than MaxTLVs of them, octets that are none, and commands that it does not have.
	Strict bool

	// Limits are sizes that providers are known to exceed.
	Limits Limits
}

// Limits are sizes of fields in characters, the NUL not counted. Zero means what the specification says.
type Limits struct {
	MaxSystemID int // of system_id; the specification says 15
	MaxPassword int // of password; the specification says 8
}

// version returns the version whose sizes apply.
func (k *Codec) version() Version {
	if k.Version == 0 {
		return V50
	}
	return k.Version.Floor()
}

// codecs keeps the state of walks, which escapes through the call of a body's fields method.
var codecs = sync.Pool{New: func() any { return new(codec) }}

// newCodec returns a codec for a walk over buf.
func (k *Codec) newCodec(m mode, buf []byte) *codec {
	c := codecs.Get().(*codec)
	c.mode, c.strict, c.ver, c.limits, c.buf = m, k.Strict, k.version(), k.Limits, buf
	return c
}

// release puts c back without holding on to what it refers to.
func (c *codec) release() {
	c.resp, c.inList, c.pos, c.buf, c.size = false, false, 0, nil, 0
	if c.warnings != nil {
		c.warnings = nil
	}
	if c.failure.err != nil {
		c.failure = failure{}
	}
	codecs.Put(c)
}

// Decode is [Codec.Decode] with the zero Codec.
func Decode(b []byte) (*PDU, error) { return (Codec{}).Decode(b) }

// Decode reads the one PDU that b consists of. The PDU does not alias b.
//
// A [*FrameError] says that b is not one frame; the PDU is nil. A [*DecodeError] says that the body is not acceptable;
// the PDU then has its header and a [Raw] body. A command that this package does not know is no error but a Raw as
// well. Whether the session's version has the command is not asked here; see [CommandID.In].
//
// A response with an error status and no body has a nil Body. One that has a body keeps it, up to where it ends.
//
// Of n octets decoding makes at most 8*n + 16 KiB in memory, and at most n + 48 KiB; [PDU.DecodedSize] tells how many it
// were. Lists of empty elements are the worst, which is why TLVs beyond [MaxTLVs] stay raw.
func (k Codec) Decode(b []byte) (*PDU, error) {
	p, _, err := DecodeWith[struct{}](k, b)
	return p, err
}

// DecodeWith is [Codec.Decode] for callers that keep something of their own with each PDU: it returns a zero E as well,
// nil with a [*FrameError]. For the messages that most traffic consists of it takes no allocation of its own: the E, the PDU
// and its strings and octets live as long as any of them is kept.
func DecodeWith[E any](k Codec, b []byte) (*PDU, *E, error) {
	if len(b) < HeaderLen || uint64(frameLength(b)) != uint64(len(b)) {
		return nil, nil, newFrameError(b, ErrFrameLength)
	}
	h := Header{
		ID:     CommandID(binary.BigEndian.Uint32(b[4:])),
		Status: CommandStatus(binary.BigEndian.Uint32(b[8:])),
		Seq:    binary.BigEndian.Uint32(b[12:]),
	}
	if len(b) == HeaderLen && h.ID.IsResponse() && h.Status != StatusOK {
		return &PDU{Header: h}, new(E), nil
	}
	if p, with := decodeQuick[E](&k, h, b[HeaderLen:]); p != nil {
		return p, with, nil
	}
	p, err := k.decodeWalk(h, copied(b[HeaderLen:]))
	return p, new(E), err
}

// decodeWalk decodes a body that belongs to the PDU by the walk over its fields.
func (k *Codec) decodeWalk(h Header, body []byte) (*PDU, error) {
	info := lookup(h.ID)
	if info == nil {
		return rawPDU(h, body), nil
	}
	failed := h.ID.IsResponse() && h.Status != StatusOK
	p := info.newPDU()
	p.Header = h
	c := k.newCodec(modeDecode, body)
	c.resp = h.ID.IsResponse()
	p.Body.fields(c)
	p.Warnings = c.warnings
	if c.failure.err == nil {
		c.release()
		return p, nil
	}
	f := c.failure
	c.release()
	if failed && !k.Strict {
		raw := rawPDU(h, body)
		raw.Warnings = []Warning{{Kind: WarnBadErrorBody, Field: f.field, Offset: f.offset, Text: f.err.Error()}}
		return raw, nil
	}
	return rawPDU(h, body), &DecodeError{
		Command: h.ID, Seq: h.Seq, Field: f.field, Offset: f.offset, Status: f.status, Err: f.err,
	}
}

func rawPDU(h Header, body []byte) *PDU {
	return &PDU{Header: h, Body: &Raw{ID: h.ID, Data: body}}
}
