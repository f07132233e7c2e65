package multipart

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rivo/uniseg"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/text"
	"github.com/smpp-go/smpp/pdu/udh"
)

// Method is how a message that is longer than a short message is sent.
type Method uint8

// Methods. In configurations they are "udh8", "udh16", "sar" and "payload".
const (
	// MethodUDH8 numbers parts in their user data header, with a reference of 8 bits. Nearly every MC and handset knows it.
	MethodUDH8 Method = iota

	// MethodUDH16 numbers parts in their user data header, with a reference of 16 bits, which is an octet more in each part.
	MethodUDH16

	// MethodSAR numbers parts by the sar_* TLVs. The MC makes user data headers of them; parts are as large as with MethodUDH8.
	MethodSAR

	// MethodPayload does not split: the message goes whole in message_payload, and the MC splits it.
	MethodPayload
)

var methodNames = [...]string{MethodUDH8: "udh8", MethodUDH16: "udh16", MethodSAR: "sar", MethodPayload: "payload"}

// String returns the name of the method.
func (m Method) String() string {
	if int(m) < len(methodNames) {
		return methodNames[m]
	}
	return fmt.Sprintf("method(%d)", uint8(m))
}

// MarshalText returns the name of the method.
func (m Method) MarshalText() ([]byte, error) {
	if int(m) >= len(methodNames) {
		return nil, fmt.Errorf("multipart: no method has the number %d", uint8(m))
	}
	return []byte(methodNames[m]), nil
}

// UnmarshalText reads the name of a method; it takes small and capital letters alike.
func (m *Method) UnmarshalText(b []byte) error {
	for i, name := range methodNames {
		if strings.EqualFold(name, string(b)) {
			*m = Method(i)
			return nil
		}
	}
	return fmt.Errorf("multipart: no method has the name %q", b)
}

// Limits of messages.
const (
	MaxParts   = 255   // that a message can be numbered in
	maxPayload = 65535 // octets of message_payload
)

// Errors of splitting. Nothing is ever sent short.
var (
	ErrTooManyParts = errors.New("multipart: the message needs more than 255 parts")
	ErrTooLong      = errors.New("multipart: the message is longer than message_payload can be")
)

// Options are how messages for one peer are split. The zero Options are what most peers take: parts in GSM 7-bit or
// UCS-2, numbered by an 8 bit reference in the user data header.
type Options struct {
	// Text is what encodings there are to choose from. Its Layout is not looked at: it follows from Method and Header.
	Text text.Options

	Method Method

	// Ref is the reference that the parts of this message share, as [Refs] makes them. MethodUDH8 uses its low 8 bits.
	Ref uint16

	// Header has further elements for the user data header of every part, such as ports.
	Header udh.Header

	// Graphemes keeps together what people see as one character, such as a letter and its marks, or an emoji of several
	// characters; unless one of them is longer than a part.
	Graphemes bool

	// PayloadOver is for MethodPayload the number of octets, header included, above which the message goes into
	// message_payload: 254 for an MC that splits a long short_message. Zero and less than one short message mean what one
	// short message takes.
	PayloadOver int
}

// layout returns what takes room in each part.
func (o Options) layout() text.Layout {
	n := o.Header.Len()
	return text.Layout{Wide: o.Method == MethodUDH16, HeaderOctets: max(0, n-1)}
}

// Split encodes a text in the encoding that text.Best picks, and splits it into parts, each as full as can be. A text
// that fits into one short message, and an empty one, is one part without number.
//
// A part never ends within a character: between an escape and its code, within a surrogate pair, or within a character
// of several octets. In the network each takes 140 octets at most; unpacked GSM 7-bit text of up to 160 septets is as
// many octets in short_message. A byte order mark that s begins with is not text and is left out.
//
// The errors are those of text.Best, [ErrTooManyParts] and [ErrTooLong].
func Split(s string, o Options) ([]Part, error) {
	o.Text.Layout = o.layout()
	choice, err := text.Best(strings.TrimLeft(s, byteOrderMark), o.Text)
	if err != nil {
		return nil, err
	}
	return SplitChoice(choice, o)
}

// SplitChoice splits a text whose encoding is chosen already: by text.Best, or because a codec and data_coding are
// given. Text, Codec and DataCoding are used.
func SplitChoice(choice text.Choice, o Options) ([]Part, error) {
	s := splitter{o: o, c: choice.Codec, dc: choice.DataCoding, shifts: shifts(choice.Codec)}
	if part, ok, err := s.whole(choice.Text); ok || err != nil {
		return part, err
	}
	return s.split(choice.Text)
}

// SplitOctets splits octets that are no text. The data_coding is passed on as it is.
func SplitOctets(b []byte, dc pdu.DataCoding, o Options) ([]Part, error) {
	return SplitChoice(text.Choice{Text: string(b), Codec: text.Codec{Alphabet: text.Binary}, DataCoding: dc}, o)
}

// PutText writes a text that fits into one PDU into a body, as [Part.Put] does; the error is [ErrTooManyParts] when it
// takes more.
func PutText(body pdu.Body, s string, o Options) error {
	parts, err := Split(s, o)
	if err != nil {
		return err
	}
	if len(parts) > 1 {
		return fmt.Errorf("%w: %d, in one PDU", ErrTooManyParts, len(parts))
	}
	return parts[0].Put(body)
}

type splitter struct {
	o      Options
	c      text.Codec
	dc     pdu.DataCoding
	shifts udh.Header
}

// shifts returns the elements that name the national tables of a codec.
func shifts(c text.Codec) (h udh.Header) {
	if c.Alphabet != text.GSM7 && c.Alphabet != text.GSM7Packed && c.Alphabet != text.Default {
		return nil
	}
	if c.Single.HasSingle() {
		h = append(h, udh.SingleShift(uint8(c.Single)))
	}
	if c.Locking.HasLocking() {
		h = append(h, udh.LockingShift(uint8(c.Locking)))
	}
	return h
}

// header returns the user data header with the given elements first.
func (s *splitter) header(first ...udh.Element) udh.Header {
	return slices.Concat(udh.Header(first), s.o.Header, s.shifts)
}

// whole makes one part of a text that needs no more.
func (s *splitter) whole(t string) ([]Part, bool, error) {
	header := s.header()
	n := header.Len()
	c := s.c
	c.Fill = text.FillBits(n)
	fits, _, err := c.Cut(t, c.Alphabet.Room(n))
	switch {
	case err != nil:
		return nil, false, err
	case fits < len(t) && s.o.Method != MethodPayload:
		return nil, false, nil
	}
	octets, err := c.Encode(t)
	if err != nil {
		return nil, false, err
	}
	if n+len(octets) > maxPayload {
		return nil, false, ErrTooLong
	}
	payload := fits < len(t) && n+len(octets) > s.o.PayloadOver
	return []Part{{DataCoding: s.dc, UDH: header, Octets: octets, Payload: payload}}, true, nil
}

// split makes parts that are numbered.
func (s *splitter) split(t string) ([]Part, error) {
	c, o := s.c, s.o
	room := c.Alphabet.Room(s.header(udh.Concat{Wide: o.Method == MethodUDH16}.Element()).Len())
	var parts []Part
	for offset := 0; offset < len(t); {
		if len(parts) == MaxParts {
			return nil, ErrTooManyParts
		}
		p := Part{DataCoding: s.dc, UDH: s.number(len(parts)+1, 0)}
		c.Fill = text.FillBits(p.UDH.Len())
		n, err := cut(c, t[offset:], room, o.Graphemes)
		if err != nil {
			var lacks *text.EncodeError
			if errors.As(err, &lacks) {
				lacks.Offset += offset
			}
			return nil, err
		}
		if p.Octets, err = c.Encode(t[offset : offset+n]); err != nil {
			return nil, err
		}
		offset += n
		parts = append(parts, p)
	}
	for i := range parts {
		if o.Method == MethodSAR {
			parts[i].SAR = SAR{o.Ref, uint8(len(parts)), uint8(i + 1)}
		} else {
			parts[i].UDH = s.number(i+1, len(parts))
		}
	}
	return parts, nil
}

// number returns the header of a part.
func (s *splitter) number(seq, total int) udh.Header {
	if s.o.Method == MethodSAR {
		return s.header()
	}
	return s.header(udh.Concat{Ref: s.o.Ref, Total: uint8(total), Seq: uint8(seq), Wide: s.o.Method == MethodUDH16}.Element())
}

// cut returns how many octets of t the next part takes.
func cut(c text.Codec, t string, room int, graphemes bool) (int, error) {
	n, _, err := c.Cut(t, room)
	if err == nil && n == 0 {
		return 0, text.ErrNoRoom
	}
	if err != nil || !graphemes || n == len(t) {
		return n, err
	}
	for end := n; ; {
		boundary := clusterBoundary(t, end)
		if boundary == 0 {
			return n, nil // longer than a part
		}
		// The codec may want a part to end earlier than the boundary, for the sake of padding.
		units, err := c.Units(t[:boundary])
		if err != nil {
			return 0, err
		}
		if end, _, err = c.Cut(t, units); err != nil || end == boundary {
			return end, err
		}
	}
}

// clusterBoundary returns the last boundary between grapheme clusters of t that is not behind n; t begins with one.
func clusterBoundary(t string, n int) int {
	if n == len(t) || n > 0 && t[n-1] < 0x80 && t[n] < 0x80 && t[n] != '\n' {
		return n
	}
	boundary, state := 0, -1
	for rest := t; ; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if boundary+len(cluster) > n || cluster == "" {
			return boundary
		}
		boundary += len(cluster)
	}
}
