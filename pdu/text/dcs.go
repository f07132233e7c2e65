package text

import (
	"fmt"

	"github.com/smpp-go/smpp/pdu"
)

// Group is a group of values of data_coding that are read alike.
type Group uint8

// Groups. The ranges are those of [ParseDCS]; [ParseGSMDCS] reads 0x00 to 0x0F as GroupGeneral.
const (
	GroupSMPP       Group = iota // 0x00..0x0E: an alphabet of SMPP
	GroupGeneral                 // 0x10..0x3F: alphabet, class, compression
	GroupAutoDelete              // 0x40..0x7F: as GroupGeneral, and the handset deletes the message when it was read
	GroupMWIDiscard              // 0xC0..0xCF: message waiting, the text may be thrown away
	GroupMWIStore                // 0xD0..0xEF: message waiting, the text is kept; in UCS-2 from 0xE0 on
	GroupClass                   // 0xF0..0xFF: alphabet and class
	GroupReserved                // 0x0B, 0x0C, 0x0F, and 0x80..0xBF
)

var groupNames = [...]string{
	GroupSMPP:       "smpp",
	GroupGeneral:    "general",
	GroupAutoDelete: "auto-delete",
	GroupMWIDiscard: "mwi-discard",
	GroupMWIStore:   "mwi-store",
	GroupClass:      "class",
	GroupReserved:   "reserved",
}

// String returns the name of the group.
func (g Group) String() string { return nameOf(g, groupNames[:], "group") }

// Class is a message class: where the handset puts the message. 3GPP TS 23.038 §4.
type Class uint8

// Message classes.
const (
	NoClass Class = iota
	Class0        // shown at once and not stored: a flash message
	Class1        // stored in the handset
	Class2        // stored on the SIM
	Class3        // handed to a terminal that is connected to the handset
)

var classNames = [...]string{NoClass: "none", Class0: "0", Class1: "1", Class2: "2", Class3: "3"}

// String returns the number of the class, or "none".
func (c Class) String() string { return nameOf(c, classNames[:], "class") }

// MarshalText returns the number of the class, or "none".
func (c Class) MarshalText() ([]byte, error) { return marshalName(c, classNames[:], "class") }

// UnmarshalText reads what MarshalText returns.
func (c *Class) UnmarshalText(b []byte) error { return unmarshalName(c, b, classNames[:], "class") }

// WaitingKind is what kind of message waits in a mailbox. 3GPP TS 23.038 §4.
type WaitingKind uint8

// Kinds of waiting messages.
const (
	NoWaiting WaitingKind = iota // data_coding says nothing of waiting messages
	WaitingVoicemail
	WaitingFax
	WaitingEmail
	WaitingOther
)

var waitingNames = [...]string{
	NoWaiting: "none", WaitingVoicemail: "voicemail", WaitingFax: "fax", WaitingEmail: "email", WaitingOther: "other",
}

// String returns the name of the kind.
func (w WaitingKind) String() string { return nameOf(w, waitingNames[:], "waiting") }

// MarshalText returns the name of the kind.
func (w WaitingKind) MarshalText() ([]byte, error) {
	return marshalName(w, waitingNames[:], "kind of waiting message")
}

// UnmarshalText reads the name of a kind.
func (w *WaitingKind) UnmarshalText(b []byte) error {
	return unmarshalName(w, b, waitingNames[:], "kind of waiting message")
}

// Waiting is a message waiting indication: it switches a sign on the handset on or off.
type Waiting struct {
	Kind   WaitingKind
	Active bool // on
}

// DCS is what a data_coding says. The zero DCS is data_coding 0.
type DCS struct {
	Group      Group
	Alphabet   Alphabet // Reserved where there is none
	Class      Class
	Waiting    Waiting
	Compressed bool // by 3GPP TS 23.042
}

// ParseDCS reads a data_coding as SMPP 3.4 and 5.0 have it: 0x00..0x0F by the table of SMPP, the rest as the data coding
// scheme of GSM. Bits that are reserved or without meaning are ignored; every value can be read.
// SMPP 5.0 §4.7.7; SMPP 3.4 §5.2.19; 3GPP TS 23.038 §4.
func ParseDCS(v pdu.DataCoding) DCS {
	switch v {
	case pdu.DataCodingDefault:
		return DCS{Alphabet: Default}
	case pdu.DataCodingASCII:
		return DCS{Alphabet: ASCII}
	case pdu.DataCodingLatin1:
		return DCS{Alphabet: Latin1}
	case pdu.DataCodingOctetsTDMA, pdu.DataCodingOctets:
		return DCS{Alphabet: Binary}
	case pdu.DataCodingJIS:
		return DCS{Alphabet: JIS}
	case pdu.DataCodingCyrillic:
		return DCS{Alphabet: Cyrillic}
	case pdu.DataCodingHebrew:
		return DCS{Alphabet: Hebrew}
	case pdu.DataCodingUCS2:
		return DCS{Alphabet: UCS2}
	case pdu.DataCodingPictogram:
		return DCS{Alphabet: Pictogram}
	case pdu.DataCodingISO2022JP:
		return DCS{Alphabet: ISO2022JP}
	case pdu.DataCodingExtendedJIS:
		return DCS{Alphabet: ExtendedJIS}
	case pdu.DataCodingKSC5601:
		return DCS{Alphabet: KSC5601}
	}
	if v < 0x10 {
		return DCS{Group: GroupReserved, Alphabet: Reserved}
	}
	return ParseGSMDCS(v)
}

// ParseGSMDCS reads a data_coding as the data coding scheme of GSM alone, as SMPP 3.3 has it. It differs from [ParseDCS]
// in 0x00..0x0F. 3GPP TS 23.038 §4.
func ParseGSMDCS(v pdu.DataCoding) DCS {
	waiting := Waiting{Kind: WaitingVoicemail + WaitingKind(v&0x03), Active: v&0x08 != 0}
	switch {
	case v < 0x80:
		d := DCS{Group: GroupGeneral, Alphabet: alphabetBits(v), Compressed: v&0x20 != 0}
		if v&0x40 != 0 {
			d.Group = GroupAutoDelete
		}
		if v&0x10 != 0 {
			d.Class = Class0 + Class(v&0x03)
		}
		return d
	case v < 0xC0:
		return DCS{Group: GroupReserved, Alphabet: Reserved}
	case v < 0xD0:
		return DCS{Group: GroupMWIDiscard, Alphabet: GSM7, Waiting: waiting}
	case v < 0xE0:
		return DCS{Group: GroupMWIStore, Alphabet: GSM7, Waiting: waiting}
	case v < 0xF0:
		return DCS{Group: GroupMWIStore, Alphabet: UCS2, Waiting: waiting}
	}
	d := DCS{Group: GroupClass, Alphabet: GSM7, Class: Class0 + Class(v&0x03)}
	if v&0x04 != 0 {
		d.Alphabet = Binary
	}
	return d
}

// alphabetBits reads bits 3 and 2 of the general groups.
func alphabetBits(v pdu.DataCoding) Alphabet {
	return [...]Alphabet{GSM7, Binary, UCS2, Reserved}[v>>2&0x03]
}

// DataCoding returns the value that says what d does. Where Group is zero, a DCS that has a class or is compressed gets
// a value of GroupGeneral, and one of waiting messages a value of GroupMWIStore. GSM7Packed counts as GSM7; without a
// class, a waiting message or a group of GSM there is no value that says GSM7, but Default may mean it.
//
// The error wraps [ErrDataCoding] when no value says all of it: classes and waiting messages go with the alphabets of
// GSM alone, which are GSM7 and UCS2, and with a class also Binary.
func (d DCS) DataCoding() (pdu.DataCoding, error) {
	group := d.Group
	switch {
	case group != GroupSMPP:
	case d.Waiting.Kind != NoWaiting:
		group = GroupMWIStore
	case d.Class != NoClass || d.Compressed:
		group = GroupGeneral
	default:
		return d.smpp()
	}
	v, ok := d.gsm(group)
	if !ok || d.Class > Class3 || d.Waiting.Kind > WaitingOther {
		return 0, fmt.Errorf("%w: %+v", ErrDataCoding, d)
	}
	return v, nil
}

func (d DCS) smpp() (pdu.DataCoding, error) {
	switch d.Alphabet {
	case Default:
		return pdu.DataCodingDefault, nil
	case ASCII:
		return pdu.DataCodingASCII, nil
	case Latin1:
		return pdu.DataCodingLatin1, nil
	case UCS2:
		return pdu.DataCodingUCS2, nil
	case Binary:
		return pdu.DataCodingOctets, nil
	case Cyrillic:
		return pdu.DataCodingCyrillic, nil
	case Hebrew:
		return pdu.DataCodingHebrew, nil
	case JIS:
		return pdu.DataCodingJIS, nil
	case ISO2022JP:
		return pdu.DataCodingISO2022JP, nil
	case ExtendedJIS:
		return pdu.DataCodingExtendedJIS, nil
	case KSC5601:
		return pdu.DataCodingKSC5601, nil
	case Pictogram:
		return pdu.DataCodingPictogram, nil
	}
	return 0, fmt.Errorf("%w: %+v", ErrDataCoding, d)
}

func (d DCS) gsm(group Group) (v pdu.DataCoding, ok bool) {
	waits, packs := d.Waiting.Kind != NoWaiting, d.Alphabet == GSM7 || d.Alphabet == GSM7Packed
	if waits {
		v = pdu.DataCoding(d.Waiting.Kind - WaitingVoicemail)
		if d.Waiting.Active {
			v |= 0x08
		}
	} else if d.Class != NoClass {
		v = pdu.DataCoding(d.Class - Class0)
	}
	switch group {
	case GroupMWIDiscard, GroupMWIStore:
		if !waits || d.Class != NoClass || d.Compressed {
			return 0, false
		}
		switch {
		case packs && group == GroupMWIDiscard:
			return v | 0xC0, true
		case packs:
			return v | 0xD0, true
		case d.Alphabet == UCS2 && group == GroupMWIStore:
			return v | 0xE0, true
		}
		return 0, false
	case GroupClass:
		if d.Alphabet == Binary {
			v |= 0x04
		}
		return v | 0xF0, (packs || d.Alphabet == Binary) && d.Class != NoClass && !waits && !d.Compressed
	case GroupAutoDelete:
		v |= 0x40
	case GroupGeneral:
	default:
		return 0, false
	}
	switch {
	case packs:
	case d.Alphabet == Binary:
		v |= 0x04
	case d.Alphabet == UCS2:
		v |= 0x08
	default:
		return 0, false
	}
	if d.Class != NoClass {
		v |= 0x10
	}
	if d.Compressed {
		v |= 0x20
	}
	return v, !waits
}

// Peer says what a peer's octets mean where the specification leaves it open. The zero Peer is what most peers are.
type Peer struct {
	// Default is the alphabet of data_coding 0. Zero, and text.Default, mean GSM7. With GSM7Packed, every data_coding of
	// GSM 7-bit means packed text.
	Default Alphabet

	// Padding is how packed text is padded.
	Padding Padding

	// GSMDataCoding has 0x00..0x0F read as the data coding scheme of GSM, as in SMPP 3.3.
	GSMDataCoding bool
}

// DCS reads a data_coding of the peer's. Default does not occur in it: it is resolved.
func (p Peer) DCS(v pdu.DataCoding) DCS {
	if p.GSMDataCoding {
		d := ParseGSMDCS(v)
		if v == pdu.DataCodingDefault {
			d.Alphabet = Default
		}
		d.Alphabet = d.Alphabet.Resolve(p.Default)
		return d
	}
	d := ParseDCS(v)
	d.Alphabet = d.Alphabet.Resolve(p.Default)
	return d
}

// Codec returns the codec for text with a data_coding of the peer's, without what a user data header may add to it:
// the national tables and the fill bits. The error is [ErrCompressed] or [ErrAlphabet].
func (p Peer) Codec(v pdu.DataCoding) (Codec, error) {
	d := p.DCS(v)
	switch {
	case d.Compressed:
		return Codec{}, ErrCompressed
	case d.Alphabet >= Pictogram:
		return Codec{}, ErrAlphabet
	}
	return Codec{Alphabet: d.Alphabet, Padding: p.Padding}, nil
}
