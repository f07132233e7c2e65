package text

import (
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Encoding returns the codec in the form of golang.org/x/text, for streams and for the tools there. As is the custom
// there, decoding replaces what is no text by U+FFFD and gives no error. Encoding fails at the first character that the
// alphabet lacks; encoding.ReplaceUnsupported writes a question mark for it. The error is [ErrAlphabet] where
// AppendEncode would give it.
func (c Codec) Encoding() (encoding.Encoding, error) {
	switch c.Alphabet {
	case Default, GSM7, GSM7Packed, ASCII:
		return sevenBit{c}, nil
	case Latin1, Cyrillic, Hebrew:
		return charmapOf(c.Alphabet), nil
	case UCS2:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), nil
	case Binary:
		return encoding.Nop, nil
	case JIS, ISO2022JP, ExtendedJIS, KSC5601:
		return multibyteOf(c.Alphabet), nil
	}
	return nil, ErrAlphabet
}

// sevenBit is the encoding of the alphabets that x/text does not have.
type sevenBit struct{ c Codec }

func (e sevenBit) String() string { return e.c.Alphabet.String() }

func (e sevenBit) NewDecoder() *encoding.Decoder {
	switch a := tables(e.c.Locking, e.c.Single); e.c.Alphabet {
	case ASCII:
		return &encoding.Decoder{Transformer: asciiDecoder{}}
	case GSM7Packed:
		d := &packedDecoder{alphabet7: a, fill: e.c.Fill, pad: e.c.Padding}
		d.Reset()
		return &encoding.Decoder{Transformer: d}
	default:
		return &encoding.Decoder{Transformer: gsmDecoder{alphabet7: a}}
	}
}

func (e sevenBit) NewEncoder() *encoding.Encoder {
	if e.c.Alphabet == GSM7Packed {
		p := &packedEncoder{c: e.c}
		p.Reset()
		return &encoding.Encoder{Transformer: p}
	}
	return &encoding.Encoder{Transformer: sevenBitEncoder{c: e.c}}
}

// nextRune returns the first character of src, or why there is none.
func nextRune(src []byte, atEOF bool) (char rune, width int, err error) {
	char, width = utf8.DecodeRune(src)
	if char == utf8.RuneError && width == 1 && !atEOF && !utf8.FullRune(src) {
		return 0, 0, transform.ErrShortSrc
	}
	return char, width, nil
}

// sevenBitEncoder writes GSM7 and ASCII.
type sevenBitEncoder struct {
	transform.NopResetter
	c Codec
}

func (e sevenBitEncoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	var room [2]byte
	for nSrc < len(src) {
		char, width, err := nextRune(src[nSrc:], atEOF)
		if err != nil {
			return nDst, nSrc, err
		}
		octets, ok := room[:0], char < utf8.RuneSelf
		if e.c.Alphabet == ASCII {
			octets = append(octets, byte(char))
		} else {
			octets, ok = tables(e.c.Locking, e.c.Single).appendRune(octets, char)
		}
		switch {
		case !ok:
			return nDst, nSrc, &EncodeError{e.c.Alphabet, char, nSrc}
		case len(dst)-nDst < len(octets):
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += copy(dst[nDst:], octets)
		nSrc += width
	}
	return nDst, nSrc, nil
}

type asciiDecoder struct{ transform.NopResetter }

func (asciiDecoder) Transform(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	for ; nSrc < len(src); nSrc++ {
		if len(dst)-nDst < utf8.UTFMax {
			if src[nSrc] >= utf8.RuneSelf || nDst == len(dst) {
				return nDst, nSrc, transform.ErrShortDst
			}
		}
		char := rune(src[nSrc])
		if char >= utf8.RuneSelf {
			char = utf8.RuneError
		}
		nDst += utf8.EncodeRune(dst[nDst:], char)
	}
	return nDst, nSrc, nil
}

type gsmDecoder struct {
	transform.NopResetter
	alphabet7
}

func (d gsmDecoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		if src[nSrc] == esc && nSrc+1 == len(src) && !atEOF {
			return nDst, nSrc, transform.ErrShortSrc
		}
		char, n := d.next(src[nSrc:])
		if char != noChar {
			if len(dst)-nDst < utf8.RuneLen(char) {
				return nDst, nSrc, transform.ErrShortDst
			}
			nDst += utf8.EncodeRune(dst[nDst:], char)
		}
		nSrc += n
	}
	return nDst, nSrc, nil
}

// packedEncoder keeps the bits that fill no octet yet.
type packedEncoder struct {
	c    Codec
	acc  uint32
	bits uint32
	last int // the septet before; -1 at the start, and when all is written
}

// Reset begins a new text.
func (p *packedEncoder) Reset() { p.acc, p.bits, p.last = 0, uint32(p.c.Fill), -1 }

// Transform implements transform.Transformer.
func (p *packedEncoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	var room [2]byte
	for nSrc < len(src) {
		char, width, err := nextRune(src[nSrc:], atEOF)
		if err != nil {
			return nDst, nSrc, err
		}
		septets, ok := tables(p.c.Locking, p.c.Single).appendRune(room[:0], char)
		switch {
		case !ok:
			return nDst, nSrc, &EncodeError{p.c.Alphabet, char, nSrc}
		case len(dst)-nDst < 2:
			return nDst, nSrc, transform.ErrShortDst
		}
		for _, septet := range septets {
			p.acc |= uint32(septet) << p.bits
			p.bits += 7
			p.last = int(septet)
			if p.bits >= 8 {
				dst[nDst] = byte(p.acc)
				nDst++
				p.acc >>= 8
				p.bits -= 8
			}
		}
		nSrc += width
	}
	if !atEOF || p.last < 0 {
		return nDst, nSrc, nil
	}
	octet, due := byte(p.acc), p.bits > 0
	if p.c.Padding != PadZero {
		switch {
		case p.bits == 1:
			octet |= cr << 1
		case p.bits == 0 && p.last == cr:
			octet, due = cr, true
		}
	}
	if due {
		if nDst == len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		dst[nDst] = octet
		nDst++
	}
	p.last = -1
	return nDst, nSrc, nil
}

// packedDecoder keeps septets back until it is known that they are not the last two, which may be padding.
type packedDecoder struct {
	alphabet7
	fill uint8
	pad  Padding

	acc     uint32
	bits    int
	septets [8]byte
	n       int
	trimmed bool
}

// Reset begins a new text.
func (d *packedDecoder) Reset() { d.acc, d.bits, d.n, d.trimmed = 0, -int(d.fill), 0, false }

// Transform implements transform.Transformer.
func (d *packedDecoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for {
		for ; d.n < 4 && nSrc < len(src); nSrc++ {
			d.take(src[nSrc])
		}
		if d.n < 4 && !atEOF {
			return nDst, nSrc, nil
		}
		if atEOF && nSrc == len(src) && !d.trimmed {
			d.trimmed = true
			d.n = d.pad.trim(d.septets[:d.n], d.bits)
		}
		if d.n == 0 {
			return nDst, nSrc, nil
		}
		char, n := d.next(d.septets[:d.n])
		if char != noChar {
			if len(dst)-nDst < utf8.RuneLen(char) {
				return nDst, nSrc, transform.ErrShortDst
			}
			nDst += utf8.EncodeRune(dst[nDst:], char)
		}
		d.n = copy(d.septets[:], d.septets[n:d.n])
	}
}

// take adds an octet, of which the first may begin with bits to skip.
func (d *packedDecoder) take(octet byte) {
	if d.bits < 0 {
		d.acc, d.bits = uint32(octet)>>-d.bits, 8+d.bits
	} else {
		d.acc |= uint32(octet) << d.bits
		d.bits += 8
	}
	for ; d.bits >= 7; d.bits -= 7 {
		d.septets[d.n] = byte(d.acc & 0x7F)
		d.n++
		d.acc >>= 7
	}
}
