package udh

import "fmt"

// ID is an information element identifier. 3GPP TS 23.040 §9.2.3.24.
type ID uint8

// Information elements that are of use to more than handsets.
const (
	IDConcat8         ID = 0x00 // concatenation, 8 bit reference
	IDSpecialMessage  ID = 0x01 // messages waiting: kind and storage, count
	IDPorts8          ID = 0x04 // application ports of 8 bits
	IDPorts16         ID = 0x05 // application ports of 16 bits
	IDSMSCControl     ID = 0x06 // SMSC control parameters
	IDSourceIndicator ID = 0x07 // who made the header: 1 sender, 2 receiver, 3 SMSC
	IDConcat16        ID = 0x08 // concatenation, 16 bit reference
	IDControlProtocol ID = 0x09 // wireless control message protocol
	IDEmailHeader     ID = 0x20 // length of the RFC 822 header in the text
	IDHyperlink       ID = 0x21
	IDReplyAddress    ID = 0x22
	IDVoiceMail       ID = 0x23 // enhanced voice mail information
	IDSingleShift     ID = 0x24 // national language single shift
	IDLockingShift    ID = 0x25 // national language locking shift
)

// idNames are the names that fit a counter or a log.
var idNames = [...]string{
	IDConcat8:         "concat_8",
	IDSpecialMessage:  "special_message",
	IDPorts8:          "ports_8",
	IDPorts16:         "ports_16",
	IDSMSCControl:     "smsc_control",
	IDSourceIndicator: "source_indicator",
	IDConcat16:        "concat_16",
	IDControlProtocol: "control_protocol",
	IDEmailHeader:     "email_header",
	IDHyperlink:       "hyperlink",
	IDReplyAddress:    "reply_address",
	IDVoiceMail:       "voice_mail",
	IDSingleShift:     "single_shift",
	IDLockingShift:    "locking_shift",
}

// String returns the name of the element, or its number in hexadecimal.
func (id ID) String() string {
	if int(id) < len(idNames) && idNames[id] != "" {
		return idNames[id]
	}
	return fmt.Sprintf("0x%02X", uint8(id))
}

// length returns the octets of data that elements of the kind have, where that is known to be one number.
func (id ID) length() (int, bool) {
	switch id {
	case IDSMSCControl, IDSourceIndicator, IDEmailHeader, IDSingleShift, IDLockingShift:
		return 1, true
	case IDSpecialMessage, IDPorts8:
		return 2, true
	case IDConcat8:
		return 3, true
	case IDConcat16, IDPorts16:
		return 4, true
	}
	return 0, false
}
