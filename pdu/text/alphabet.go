package text

// Alphabet is how characters become octets. The names of its values, such as "gsm7", are what String returns and what
// configurations hold.
type Alphabet uint8

// Alphabets. A [pdu.DataCoding] names all but GSM7Packed, which a peer may use in the place of GSM7.
const (
	Default     Alphabet = iota // what the peer takes for data_coding 0; where nothing says what that is, GSM7
	GSM7                        // GSM 7-bit, a septet in each octet: what most peers take. 3GPP TS 23.038 §6.2.1
	GSM7Packed                  // GSM 7-bit, eight septets in seven octets. 3GPP TS 23.038 §6.1.2.1
	ASCII                       // IA5
	Latin1                      // ISO 8859-1
	UCS2                        // UTF-16, big endian: ISO/IEC 10646 with the surrogate pairs that handsets send
	Binary                      // octets without alphabet: a text's own octets, unchanged
	Cyrillic                    // ISO 8859-5
	Hebrew                      // ISO 8859-8, in the order in which it is read
	JIS                         // JIS X 0208-1990, in the form of Shift-JIS
	ISO2022JP                   // ISO-2022-JP, each part of a message beginning and ending in ASCII
	ExtendedJIS                 // JIS X 0212-1990, in the form of EUC-JP
	KSC5601                     // KS C 5601, in the form of EUC-KR
	Pictogram                   // pictograms, of which no public table exists: neither encoded nor decoded
	Reserved                    // no alphabet, for reserved values of data_coding: neither encoded nor decoded
)

var alphabetNames = [...]string{
	Default:     "default",
	GSM7:        "gsm7",
	GSM7Packed:  "gsm7-packed",
	ASCII:       "ascii",
	Latin1:      "latin1",
	UCS2:        "ucs2",
	Binary:      "binary",
	Cyrillic:    "cyrillic",
	Hebrew:      "hebrew",
	JIS:         "jis",
	ISO2022JP:   "iso-2022-jp",
	ExtendedJIS: "extended-jis",
	KSC5601:     "ksc5601",
	Pictogram:   "pictogram",
	Reserved:    "reserved",
}

// String returns the name of the alphabet.
func (a Alphabet) String() string { return nameOf(a, alphabetNames[:], "alphabet") }

// MarshalText returns the name of the alphabet.
func (a Alphabet) MarshalText() ([]byte, error) { return marshalName(a, alphabetNames[:], "alphabet") }

// UnmarshalText reads the name of an alphabet; it takes small and capital letters alike.
func (a *Alphabet) UnmarshalText(b []byte) error {
	return unmarshalName(a, b, alphabetNames[:], "alphabet")
}

// Resolve returns the alphabet that a means to a peer that takes zero for data_coding 0: Default becomes zero, or GSM7
// when zero is Default itself; and GSM7 becomes GSM7Packed for a peer that packs.
func (a Alphabet) Resolve(zero Alphabet) Alphabet {
	switch {
	case a == Default && zero == Default:
		return GSM7
	case a == Default:
		return zero
	case a == GSM7 && zero == GSM7Packed:
		return GSM7Packed
	}
	return a
}

// septets reports whether the alphabet is one of GSM 7-bit.
func (a Alphabet) septets() bool { return a == Default || a == GSM7 || a == GSM7Packed }

// UnitBits returns the size of the unit that texts are counted in: 7 for the septets of GSM 7-bit, packed or not, 16 for
// the code units of UCS-2, else 8.
func (a Alphabet) UnitBits() int {
	switch {
	case a.septets():
		return 7
	case a == UCS2:
		return 16
	}
	return 8
}
