package pdu

import "errors"

// USSDServiceOp is ussd_service_op, the operation of a USSD dialogue. SMPP 5.0 §4.8.4.64; SMPP 3.4 §5.3.2.44.
type USSDServiceOp uint8

// Operations. From 32 on they are of vendors; all other values are reserved.
const (
	USSDPSSDIndication USSDServiceOp = 0
	USSDPSSRIndication USSDServiceOp = 1
	USSDUSSRRequest    USSDServiceOp = 2
	USSDUSSNRequest    USSDServiceOp = 3
	USSDPSSDResponse   USSDServiceOp = 16
	USSDPSSRResponse   USSDServiceOp = 17
	USSDUSSRConfirm    USSDServiceOp = 18
	USSDUSSNConfirm    USSDServiceOp = 19
)

var ussdServiceOpNames = [...]string{
	USSDPSSDIndication: "PSSD indication",
	USSDPSSRIndication: "PSSR indication",
	USSDUSSRRequest:    "USSR request",
	USSDUSSNRequest:    "USSN request",
	USSDPSSDResponse:   "PSSD response",
	USSDPSSRResponse:   "PSSR response",
	USSDUSSRConfirm:    "USSR confirm",
	USSDUSSNConfirm:    "USSN confirm",
}

// String returns the name of the value, or the number of a reserved one.
func (v USSDServiceOp) String() string { return enumName(v, ussdServiceOpNames[:]) }

// Vendor reports whether the operation is of the range that is free for vendors, 32 and above.
func (v USSDServiceOp) Vendor() bool { return v >= 32 }

// ITSReplyType is its_reply_type: how the user of an interactive teleservice is to reply. SMPP 5.0 §4.8.4.33;
// SMPP 3.4 §5.3.2.42.
type ITSReplyType uint8

// Kinds of reply. All other values are reserved.
const (
	ITSReplyDigit           ITSReplyType = 0
	ITSReplyNumber          ITSReplyType = 1
	ITSReplyTelephoneNumber ITSReplyType = 2
	ITSReplyPassword        ITSReplyType = 3
	ITSReplyCharacterLine   ITSReplyType = 4
	ITSReplyMenu            ITSReplyType = 5
	ITSReplyDate            ITSReplyType = 6
	ITSReplyTime            ITSReplyType = 7
	ITSReplyContinue        ITSReplyType = 8
)

var itsReplyTypeNames = [...]string{
	ITSReplyDigit:           "digit",
	ITSReplyNumber:          "number",
	ITSReplyTelephoneNumber: "telephone number",
	ITSReplyPassword:        "password",
	ITSReplyCharacterLine:   "character line",
	ITSReplyMenu:            "menu",
	ITSReplyDate:            "date",
	ITSReplyTime:            "time",
	ITSReplyContinue:        "continue",
}

// String returns the name of the value, or the number of a reserved one.
func (v ITSReplyType) String() string { return enumName(v, itsReplyTypeNames[:]) }

// ITSSessionInfo is the value of its_session_info, two octets: where a message belongs in a dialogue of an interactive
// teleservice. SMPP 5.0 §4.8.4.34; SMPP 3.4 §5.3.2.43.
type ITSSessionInfo struct {
	Session  uint8 // number of the session
	Sequence uint8 // number of the message in the session, 0 to 127
	End      bool  // the session ends with this message
}

// ParseITSSessionInfo reads two octets.
func ParseITSSessionInfo(b []byte) (ITSSessionInfo, error) {
	if len(b) != 2 {
		return ITSSessionInfo{}, &lengthError{len(b), 2, 2}
	}
	return ITSSessionInfo{Session: b[0], Sequence: b[1] >> 1, End: b[1]&1 != 0}, nil
}

// AppendBinary appends two octets to b. It is an error when Sequence is more than 127.
func (v ITSSessionInfo) AppendBinary(b []byte) ([]byte, error) {
	if v.Sequence > 127 {
		return b, errors.New("a sequence number of more than 127")
	}
	last := v.Sequence << 1
	if v.End {
		last |= 1
	}
	return append(b, v.Session, last), nil
}

// MSMsgWaitFacilities is ms_msg_wait_facilities: which indicator of waiting messages a handset is to switch on or off.
// The type is in bits 1 and 0, the state in bit 7. SMPP 5.0 §4.8.4.40; SMPP 3.4 §5.3.2.13.
type MSMsgWaitFacilities uint8

// Types of waiting messages, and the flag that switches the indicator on.
const (
	MSMsgWaitVoicemail MSMsgWaitFacilities = 0x00
	MSMsgWaitFax       MSMsgWaitFacilities = 0x01
	MSMsgWaitEmail     MSMsgWaitFacilities = 0x02
	MSMsgWaitOther     MSMsgWaitFacilities = 0x03
	MSMsgWaitActive    MSMsgWaitFacilities = 0x80
)

// Type returns the type of the waiting messages alone.
func (v MSMsgWaitFacilities) Type() MSMsgWaitFacilities { return v & 0x03 }

// Active reports whether the indicator is to be on.
func (v MSMsgWaitFacilities) Active() bool { return v&MSMsgWaitActive != 0 }

// String returns type and state, such as "voicemail active".
func (v MSMsgWaitFacilities) String() string {
	name := [...]string{"voicemail", "fax", "e-mail", "other"}[v.Type()]
	if v.Active() {
		return name + " active"
	}
	return name + " inactive"
}

// Values of service_type, which tells the application that a message is of. The empty string is the MC's default;
// others are by agreement with the MC. SMPP 5.0 §4.7.25; SMPP 3.4 §5.2.11.
const (
	ServiceTypeDefault = ""
	ServiceTypeCMT     = "CMT"  // cellular messaging
	ServiceTypeCPT     = "CPT"  // cellular paging
	ServiceTypeVMN     = "VMN"  // voice mail notification
	ServiceTypeVMA     = "VMA"  // voice mail alerting
	ServiceTypeWAP     = "WAP"  // wireless application protocol
	ServiceTypeUSSD    = "USSD" // unstructured supplementary services
	ServiceTypeCBS     = "CBS"  // cell broadcast service; SMPP 5.0
	ServiceTypeGUTS    = "GUTS" // generic UDP transport service; SMPP 5.0
)
