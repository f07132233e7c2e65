package pdu

import "strings"

// ESMClass is esm_class: three fields in one octet. Bits 1 and 0 are the messaging mode, which an ESME asks for and
// which means nothing in messages from the MC; bits 5 to 2 the message type; bits 7 and 6 are features of GSM. Combine
// the constants with |, one of each field. SMPP 5.0 §4.7.12; SMPP 3.4 §5.2.12.
type ESMClass uint8

// Messaging modes, bits 1 and 0.
const (
	ESMClassDefaultMode     ESMClass = 0x00 // the MC's default, mostly store and forward
	ESMClassDatagram        ESMClass = 0x01 // one attempt, no receipt
	ESMClassForward         ESMClass = 0x02 // transaction mode: the response tells of the delivery; data_sm, and SMPP 5.0
	ESMClassStoreAndForward ESMClass = 0x03
)

// Message types, bits 5 to 2. The others are reserved, and are to be treated as a normal message.
const (
	ESMClassNormal            ESMClass = 0x00
	ESMClassReceipt           ESMClass = 0x04 // MC delivery receipt; MC to ESME
	ESMClassDeliveryAck       ESMClass = 0x08 // delivery acknowledgement by the SME
	ESMClassUserAck           ESMClass = 0x10 // manual or user acknowledgement by the SME
	ESMClassConversationAbort ESMClass = 0x18 // Korean CDMA; MC to ESME
	ESMClassIntermediate      ESMClass = 0x20 // intermediate delivery notification; MC to ESME
)

// Features of GSM networks, bits 7 and 6.
const (
	ESMClassUDHI      ESMClass = 0x40 // the text begins with a user data header
	ESMClassReplyPath ESMClass = 0x80
)

// Masks of the fields of an ESMClass.
const (
	esmModeMask ESMClass = 0x03
	esmTypeMask ESMClass = 0x3C
)

// Mode returns the messaging mode alone.
func (c ESMClass) Mode() ESMClass { return c & esmModeMask }

// Type returns the message type alone.
func (c ESMClass) Type() ESMClass { return c & esmTypeMask }

// UDHI reports whether the text begins with a user data header. The sar_* and port TLVs must not be used beside one.
func (c ESMClass) UDHI() bool { return c&ESMClassUDHI != 0 }

// ReplyPath reports whether a reply should take the path of this message.
func (c ESMClass) ReplyPath() bool { return c&ESMClassReplyPath != 0 }

// IsReceipt reports whether a message from an MC is a delivery receipt. It looks at the whole message type: testing
// bit 2 alone, as SMPP 5.0 words it, would take reserved types for receipts.
func (c ESMClass) IsReceipt() bool { return c.Type() == ESMClassReceipt }

// IsIntermediate reports whether a message from an MC is an intermediate delivery notification.
func (c ESMClass) IsIntermediate() bool { return c.Type() == ESMClassIntermediate }

// String returns what is set, such as "store and forward|UDHI"; "default" when nothing is.
func (c ESMClass) String() string {
	if c == 0 {
		return "default"
	}
	var parts []string
	switch c.Mode() {
	case ESMClassDatagram:
		parts = append(parts, "datagram")
	case ESMClassForward:
		parts = append(parts, "forward")
	case ESMClassStoreAndForward:
		parts = append(parts, "store and forward")
	}
	switch t := c.Type(); t {
	case ESMClassNormal:
	case ESMClassReceipt:
		parts = append(parts, "receipt")
	case ESMClassDeliveryAck:
		parts = append(parts, "delivery acknowledgement")
	case ESMClassUserAck:
		parts = append(parts, "user acknowledgement")
	case ESMClassConversationAbort:
		parts = append(parts, "conversation abort")
	case ESMClassIntermediate:
		parts = append(parts, "intermediate notification")
	default:
		parts = append(parts, "type 0x"+hexDigits(uint32(t), 2))
	}
	if c.UDHI() {
		parts = append(parts, "UDHI")
	}
	if c.ReplyPath() {
		parts = append(parts, "reply path")
	}
	return strings.Join(parts, "|")
}
