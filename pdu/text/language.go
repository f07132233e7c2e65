package text

// Language is a national language identifier: which national tables stand for those of GSM 7-bit text. It travels in
// the information elements 0x24, single shift, and 0x25, locking shift, of a user data header. 3GPP TS 23.038 §6.2.1.2.4.
type Language uint8

// National languages. The identifiers from 14 on are reserved.
const (
	NoLanguage Language = 0 // the default tables
	Turkish    Language = 1
	Spanish    Language = 2
	Portuguese Language = 3
	Bengali    Language = 4
	Gujarati   Language = 5
	Hindi      Language = 6
	Kannada    Language = 7
	Malayalam  Language = 8
	Oriya      Language = 9
	Punjabi    Language = 10
	Tamil      Language = 11
	Telugu     Language = 12
	Urdu       Language = 13
)

var languageNames = [...]string{
	NoLanguage: "default",
	Turkish:    "turkish",
	Spanish:    "spanish",
	Portuguese: "portuguese",
	Bengali:    "bengali",
	Gujarati:   "gujarati",
	Hindi:      "hindi",
	Kannada:    "kannada",
	Malayalam:  "malayalam",
	Oriya:      "oriya",
	Punjabi:    "punjabi",
	Tamil:      "tamil",
	Telugu:     "telugu",
	Urdu:       "urdu",
}

// String returns the name of the language, such as "turkish", or the number of a reserved one.
func (l Language) String() string { return nameOf(l, languageNames[:], "language") }

// MarshalText returns the name of the language; a reserved one is an error.
func (l Language) MarshalText() ([]byte, error) { return marshalName(l, languageNames[:], "language") }

// UnmarshalText reads the name of a language; it takes small and capital letters alike.
func (l *Language) UnmarshalText(b []byte) error {
	return unmarshalName(l, b, languageNames[:], "language")
}

// HasLocking reports whether there is a locking shift table for the language: for all but Spanish.
func (l Language) HasLocking() bool { return l >= Turkish && l <= Urdu && l != Spanish }

// HasSingle reports whether there is a single shift table for the language.
func (l Language) HasSingle() bool { return l >= Turkish && l <= Urdu }
