package pdu

// Subaddress is the value of source_subaddress and dest_subaddress. SMPP 5.0 §4.8.4.60, §4.8.4.28;
// SMPP 3.4 §5.3.2.15, §5.3.2.16.
type Subaddress struct {
	Type SubaddressType
	Addr []byte // 1 to 22 octets
}

// ParseSubaddress reads two octets and more. Addr shares the memory of b.
func ParseSubaddress(b []byte) (Subaddress, error) {
	if len(b) < 2 {
		return Subaddress{}, &lengthError{len(b), 2, 23}
	}
	return Subaddress{SubaddressType(b[0]), b[1:]}, nil
}

// AppendBinary appends type and address to b. It is an error when Addr has not 1 to 22 octets.
func (v Subaddress) AppendBinary(b []byte) ([]byte, error) {
	if n := 1 + len(v.Addr); n < 2 || n > 23 {
		return b, &lengthError{n, 2, 23}
	}
	return append(append(b, byte(v.Type)), v.Addr...), nil
}

// DigitMode is the first octet of a [CallbackNum]: how its digits are written.
type DigitMode uint8

// Modes of digits. All other values are reserved.
const (
	DigitModeTBCD  DigitMode = 0 // DTMF digits, two in an octet
	DigitModeASCII DigitMode = 1
)

var digitModeNames = [...]string{
	DigitModeTBCD:  "TBCD",
	DigitModeASCII: "ASCII",
}

// String returns the name of the mode, or the number of a reserved one.
func (v DigitMode) String() string { return enumName(v, digitModeNames[:]) }

// CallbackNum is the value of callback_num: a number to call back. A PDU may have several; callback_num_pres_ind and
// callback_num_atag then repeat in the same order. SMPP 5.0 §4.8.4.15; SMPP 3.4 §5.3.2.36.
type CallbackNum struct {
	DigitMode DigitMode
	TON       TON
	NPI       NPI
	Digits    []byte // 1 to 16 octets, written as DigitMode says
}

// ParseCallbackNum reads four octets and more. Digits share the memory of b.
func ParseCallbackNum(b []byte) (CallbackNum, error) {
	if len(b) < 4 {
		return CallbackNum{}, &lengthError{len(b), 4, 19}
	}
	return CallbackNum{DigitMode(b[0]), TON(b[1]), NPI(b[2]), b[3:]}, nil
}

// AppendBinary appends the number to b. It is an error when Digits have not 1 to 16 octets.
func (v CallbackNum) AppendBinary(b []byte) ([]byte, error) {
	if n := 3 + len(v.Digits); n < 4 || n > 19 {
		return b, &lengthError{n, 4, 19}
	}
	return append(append(b, byte(v.DigitMode), byte(v.TON), byte(v.NPI)), v.Digits...), nil
}

// CallbackNumATag is the value of callback_num_atag: the name to show for a number to call back. SMPP 5.0 §4.8.4.16;
// SMPP 3.4 §5.3.2.38.
type CallbackNumATag struct {
	DataCoding DataCoding // of Text
	Text       []byte     // 0 to 64 octets
}

// ParseCallbackNumATag reads one octet and more. Text shares the memory of b.
func ParseCallbackNumATag(b []byte) (CallbackNumATag, error) {
	if len(b) == 0 {
		return CallbackNumATag{}, &lengthError{0, 1, 65}
	}
	return CallbackNumATag{DataCoding(b[0]), b[1:]}, nil
}

// AppendBinary appends coding and text to b. It is an error when Text is longer than 64 octets.
func (v CallbackNumATag) AppendBinary(b []byte) ([]byte, error) {
	if n := 1 + len(v.Text); n > 65 {
		return b, &lengthError{n, 1, 65}
	}
	return append(append(b, byte(v.DataCoding)), v.Text...), nil
}

// CallbackNumPresInd is callback_num_pres_ind: whether a number to call back may be shown, in bits 3 and 2, and how
// far it is to be trusted, in bits 1 and 0. Combine one constant of each with |. SMPP 5.0 §4.8.4.17;
// SMPP 3.4 §5.3.2.37.
type CallbackNumPresInd uint8

// Presentation, bits 3 and 2. The fourth value is reserved.
const (
	PresentationAllowed      CallbackNumPresInd = 0x00
	PresentationRestricted   CallbackNumPresInd = 0x04
	PresentationNotAvailable CallbackNumPresInd = 0x08
)

// Screening, bits 1 and 0.
const (
	ScreeningNotScreened CallbackNumPresInd = 0x00 // user provided, not screened
	ScreeningPassed      CallbackNumPresInd = 0x01 // user provided, verified and passed
	ScreeningFailed      CallbackNumPresInd = 0x02 // user provided, verified and failed
	ScreeningNetwork     CallbackNumPresInd = 0x03 // network provided
)

// Presentation returns the bits about presentation alone.
func (v CallbackNumPresInd) Presentation() CallbackNumPresInd { return v & 0x0C }

// Screening returns the bits about screening alone.
func (v CallbackNumPresInd) Screening() CallbackNumPresInd { return v & 0x03 }

// String returns both parts, such as "allowed, network provided".
func (v CallbackNumPresInd) String() string {
	presentation := [...]string{"allowed", "restricted", "number not available", "reserved"}[v.Presentation()>>2]
	screening := [...]string{
		"user provided, not screened", "user provided, verified and passed", "user provided, verified and failed",
		"network provided",
	}[v.Screening()]
	return presentation + ", " + screening
}
