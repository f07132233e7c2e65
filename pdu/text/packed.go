package text

import "slices"

const cr = 0x0D

// Padding says what packed text carries where seven bits are left in its last octet. SMPP tells the octets of a message
// and not its septets, so that those bits read as one more septet, "@". 3GPP TS 23.038 §6.1.2.3.1 fills them with a CR
// where, as for USSD, the number of septets is not told.
type Padding uint8

// Ways to pad packed text.
const (
	// PadCR writes a CR into seven spare bits, and one more CR after a text that itself ends in CR and fills its last
	// octet. When it reads, it drops a CR or a "@" at the end of the last octet, and so takes what peers write that
	// know the rule and peers that do not; a text that ends there in "@" loses it. It also drops the additional CR, which
	// can not be told from a text that ends in two.
	PadCR Padding = iota

	// PadZero leaves the spare bits zero, as short messages do in the network. It drops a CR or a "@" at the end of the
	// last octet, so that a text that ends there in one of them loses it.
	PadZero

	// PadCRExact writes as PadCR and keeps a "@" when it reads: for peers known to pad with CR. Every text is read as it
	// was written, but for one that ends in two CR, the first at the end of an octet.
	PadCRExact
)

var paddingNames = [...]string{PadCR: "cr", PadZero: "zero", PadCRExact: "cr-exact"}

// String returns the name of the padding.
func (p Padding) String() string { return nameOf(p, paddingNames[:], "padding") }

// MarshalText returns the name of the padding.
func (p Padding) MarshalText() ([]byte, error) { return marshalName(p, paddingNames[:], "padding") }

// UnmarshalText reads a name; it takes small and capital letters alike.
func (p *Padding) UnmarshalText(b []byte) error {
	return unmarshalName(p, b, paddingNames[:], "padding")
}

// drops reports whether a septet at the very end of the last octet is taken for padding.
func (p Padding) drops(septet byte) bool { return septet == cr || septet == 0 && p != PadCRExact }

// trim returns how many of the septets are text, where so many bits are left over behind the last one.
func (p Padding) trim(septets []byte, bits int) int {
	n := len(septets)
	switch {
	case bits == 0 && n > 0 && p.drops(septets[n-1]), bits == 1 && n > 1 && p.doubles(septets[n-2:]):
		return n - 1
	}
	return n
}

// doubles reports whether the two last septets, of which the first ends an octet, are a CR and the one added to it.
func (p Padding) doubles(septets []byte) bool {
	return p != PadZero && septets[0] == cr && septets[1] == cr
}

// FillBits returns the bits between a user data header of that many octets, its length octet included, and packed text,
// which begins on a boundary of septets counted from the start of the header. 3GPP TS 23.040 §9.2.3.24.
func FillBits(headerOctets int) uint8 {
	return uint8((7 - headerOctets*8%7) % 7)
}

// AppendPacked appends septets, packed, with the given number of zero bits, 0 to 6, before the first, and the last
// octet padded. Bit 7 of a septet is dropped. 3GPP TS 23.038 §6.1.2.1.
func AppendPacked(dst, septets []byte, fill uint8, p Padding) []byte {
	n := len(dst)
	return packInPlace(append(dst, septets...), n, fill, p)
}

// packInPlace packs the septets from n on. Packing never writes an octet before it has read the septet in its place.
func packInPlace(b []byte, n int, fill uint8, p Padding) []byte {
	septets := b[n:]
	if len(septets) == 0 {
		return b
	}
	last := septets[len(septets)-1] & 0x7F
	acc, bits := uint32(0), uint32(fill)
	out := n
	for _, septet := range septets {
		acc |= uint32(septet&0x7F) << bits
		bits += 7
		if bits >= 8 {
			b[out] = byte(acc)
			out++
			acc >>= 8
			bits -= 8
		}
	}
	b = b[:out]
	switch {
	case bits == 1 && p != PadZero:
		return append(b, byte(acc)|cr<<1)
	case bits > 0:
		return append(b, byte(acc))
	case last == cr && p != PadZero:
		return append(b, cr)
	}
	return b
}

// AppendUnpacked appends the septets of packed text that begins after the given number of bits, 0 to 6, without its
// padding. 3GPP TS 23.038 §6.1.2.1.
func AppendUnpacked(dst, octets []byte, fill uint8, p Padding) []byte {
	if len(octets) == 0 {
		return dst
	}
	n := max(0, (8*len(octets)-int(fill))/7)
	start := len(dst)
	dst = slices.Grow(dst, n)
	acc, bits := uint32(octets[0])>>fill, 8-uint32(fill)
	for _, octet := range octets[1:] {
		for ; bits >= 7; bits -= 7 {
			dst = append(dst, byte(acc&0x7F))
			acc >>= 7
		}
		acc |= uint32(octet) << bits
		bits += 8
	}
	for ; bits >= 7; bits -= 7 {
		dst = append(dst, byte(acc&0x7F))
		acc >>= 7
	}
	return dst[:start+p.trim(dst[start:], int(bits))]
}
