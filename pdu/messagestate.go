package pdu

// MessageState is message_state: what has become of a message.
// SMPP 5.0 §4.7.15, §4.8.4.37; SMPP 3.4 §5.2.28, §5.3.2.35.
type MessageState uint8

// States of a message. Final states do not change any more.
const (
	MessageStateScheduled     MessageState = 0 // waits for its scheduled time; SMPP 5.0
	MessageStateEnroute       MessageState = 1
	MessageStateDelivered     MessageState = 2 // final
	MessageStateExpired       MessageState = 3 // final: its validity period ended
	MessageStateDeleted       MessageState = 4 // final
	MessageStateUndeliverable MessageState = 5 // final
	MessageStateAccepted      MessageState = 6 // final: read by customer service; many MCs use it for a message on its way
	MessageStateUnknown       MessageState = 7 // not valid; INVALID in SMPP 3.3
	MessageStateRejected      MessageState = 8 // final
	MessageStateSkipped       MessageState = 9 // final: deleted unsent on purpose; SMPP 5.0
)

var messageStateNames = [...]string{
	MessageStateScheduled:     "SCHEDULED",
	MessageStateEnroute:       "ENROUTE",
	MessageStateDelivered:     "DELIVERED",
	MessageStateExpired:       "EXPIRED",
	MessageStateDeleted:       "DELETED",
	MessageStateUndeliverable: "UNDELIVERABLE",
	MessageStateAccepted:      "ACCEPTED",
	MessageStateUnknown:       "UNKNOWN",
	MessageStateRejected:      "REJECTED",
	MessageStateSkipped:       "SKIPPED",
}

// receiptTexts are the words that stand for the states in the text of a delivery receipt. SMPP 3.4 appendix B.
var receiptTexts = [...]string{
	MessageStateEnroute:       "ENROUTE",
	MessageStateDelivered:     "DELIVRD",
	MessageStateExpired:       "EXPIRED",
	MessageStateDeleted:       "DELETED",
	MessageStateUndeliverable: "UNDELIV",
	MessageStateAccepted:      "ACCEPTD",
	MessageStateUnknown:       "UNKNOWN",
	MessageStateRejected:      "REJECTD",
	MessageStateSkipped:       "",
}

// String returns the name of the state in the specification, or the number of a reserved one.
func (s MessageState) String() string { return enumName(s, messageStateNames[:]) }

// Final reports whether the state does not change any more. UNKNOWN, of which the documents do not say, is not final
// here, nor are reserved values. ACCEPTED is, by the documents; the word of an MC that uses it otherwise goes first.
func (s MessageState) Final() bool {
	switch s {
	case MessageStateDelivered, MessageStateExpired, MessageStateDeleted, MessageStateUndeliverable,
		MessageStateAccepted, MessageStateRejected, MessageStateSkipped:
		return true
	}
	return false
}

// ReceiptText returns the word for the state in the text of a delivery receipt, such as "DELIVRD". SCHEDULED, SKIPPED
// and reserved values have none and give the empty string. SMPP 3.4 appendix B.
func (s MessageState) ReceiptText() string {
	if int(s) < len(receiptTexts) {
		return receiptTexts[s]
	}
	return ""
}

// ParseReceiptState returns the state that a word in the text of a delivery receipt stands for: the seven letters of
// appendix B of SMPP 3.4, or the full name of a state, in any case. It reports false for the words of vendors, whose
// meaning is not to be guessed.
func ParseReceiptState(text string) (MessageState, bool) {
	for s := range MessageState(len(messageStateNames)) {
		if equalFoldASCII(text, messageStateNames[s]) || text != "" && equalFoldASCII(text, s.ReceiptText()) {
			return s, true
		}
	}
	return 0, false
}

// equalFoldASCII reports whether s equals upper but for the case of letters A to Z; upper has no lower case letters.
// Package strings would fold letters of other scripts too.
func equalFoldASCII(s, upper string) bool {
	if len(s) != len(upper) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c != upper[i] {
			return false
		}
	}
	return true
}
