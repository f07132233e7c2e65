package pdu

import (
	"encoding/binary"
	"errors"
	"math"
)

// Reasons why a PDU as a whole is not encoded.
var (
	errNoCommand    = errors.New("neither a command_id nor a body")
	errOtherCommand = errors.New("the body is of another command than the header")
	errNoBody       = errors.New("the command needs a body")
	errNotInVersion = errors.New("the version does not have the command")
	errTooBig       = errors.New("command_length does not hold the size")
)

// Append is [Codec.Append] with the zero Codec.
func Append(dst []byte, p *PDU) ([]byte, error) { return (Codec{}).Append(dst, p) }

// Append appends the encoded PDU to dst and returns the extended slice. It allocates nothing when dst has room, and
// only reads p. Nothing is ever truncated: what does not fit is an [*EncodeError], and dst comes back as it was.
//
// The body alone tells the command when p.ID is zero. A nil Body makes a PDU of 16 octets: that is a response with an
// error status, or a command that consists of its header. A response with an error status and a Body has that body,
// even when all of it is zero.
func (k Codec) Append(dst []byte, p *PDU) ([]byte, error) {
	if b, ok := k.appendQuick(dst, p); ok {
		return b, nil
	}
	id, err := k.command(p)
	if err != nil {
		return dst, &EncodeError{Command: id, Err: err}
	}
	if p.Body == nil {
		return appendHeader(dst, HeaderLen, id, p), nil
	}
	return k.appendWalk(dst, id, p)
}

// appendWalk encodes a PDU with a body by the walk over its fields.
func (k *Codec) appendWalk(dst []byte, id CommandID, p *PDU) ([]byte, error) {
	c := k.newCodec(modeEncode, appendHeader(dst, 0, id, p))
	p.Body.fields(c)
	b := c.buf
	field, err := c.failure.field, c.failure.err
	c.release()
	if err != nil {
		return dst, &EncodeError{Command: id, Field: field, Err: err}
	}
	n := len(b) - len(dst)
	if uint64(n) > math.MaxUint32 {
		return dst, &EncodeError{Command: id, Err: errTooBig}
	}
	binary.BigEndian.PutUint32(b[len(dst):], uint32(n))
	return b, nil
}

// command returns the command_id to encode, and why it can not be.
func (k *Codec) command(p *PDU) (CommandID, error) {
	id := p.ID
	if p.Body != nil {
		switch own := p.Body.CommandID(); {
		case id == 0:
			id = own
		case id != own:
			return id, errOtherCommand
		}
	}
	if id == 0 {
		return id, errNoCommand
	}
	if p.Body == nil && !HeaderOnly(id) && (!id.IsResponse() || p.Status == StatusOK) {
		return id, errNoBody
	}
	if v := k.version(); (v == V33 || k.Strict) && id.Known() && !id.In(v) {
		return id, errNotInVersion
	}
	return id, nil
}

func appendHeader(dst []byte, length uint32, id CommandID, p *PDU) []byte {
	var h [HeaderLen]byte
	putHeader(h[:], length, id, p)
	return append(dst, h[:]...)
}
