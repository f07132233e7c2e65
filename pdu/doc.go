// Package pdu is the binary codec of SMPP: every PDU of versions 3.3, 3.4 and 5.0, their TLVs, status codes and
// value types, and the framing of a stream. It is pure: no clock, no goroutine, no I/O of its own.
//
// A [PDU] is an envelope: the [Header] and a [Body]. Bodies are plain structs named after the operation, such as
// [SubmitSM]; they hold no header fields, so that one body may be sent on many sessions. A response that carries an
// error and nothing else has a nil Body.
//
//	p, err := pdu.Decode(b)          // b is one whole frame
//	b, err = pdu.Append(b[:0], p)    // no allocation when b has room
//
// [Decode] and [Append] use the zero [Codec]: the sizes of SMPP 5.0, tolerant of what the field tolerates. What was
// tolerated is told in PDU.Warnings. A Codec with Strict set refuses it instead.
//
// # Errors
//
// A [*FrameError] says that framing is lost: the connection can not be read further. A [*DecodeError] concerns one PDU
// only and names the field, its offset and the status to answer with. An [*EncodeError] names the field that can not be
// encoded; nothing is ever truncated. A [*StatusError] is a refusal by the peer.
//
// # Memory
//
// Decode copies the body once and cuts strings and octets out of the copy, so a decoded PDU may be kept for ever and
// does not alias its input. The price is that whoever keeps one string or slice of a PDU keeps the octets of that PDU
// alive, however many they are, and for the usual small messages the PDU and what [DecodeWith] made beside it as well:
// to keep an address or an id, keep a copy of it, by [strings.Clone] or [bytes.Clone]. The memory that a PDU takes is
// bounded, see [Codec.Decode], and [PDU.DecodedSize] tells it.
//
// Encoding only reads the body. A PDU and its body must not be modified while another
// goroutine encodes it.
//
// # Unknown things
//
// An unknown or vendor command is a [*Raw] body. Unknown TLVs stay in [TLVs] byte for byte and in order. Unknown
// statuses, tags and enumeration values print as numbers.
package pdu
