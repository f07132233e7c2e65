package receipt

import (
	"bytes"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// Receipt is what a delivery receipt tells. Found says which of the values it had; the others are zero.
//
// The strings of a Receipt are copies. Raw, TLVs and the addresses share memory with the PDU that was read, and keep it
// alive.
type Receipt struct {
	Kind Kind

	// ID names the message, as it stands in receipted_message_id or, without that, behind "id:". It is the id of the
	// response, octet for octet, unless the peer writes receipts in another notation: see [IDForm].
	ID string
	// OtherID is the id of the place that ID was not taken from, where the two differ; mostly it is empty.
	OtherID string
	// State is message_state or, without that, what Stat stands for. Zero means something: ask Has(FieldState).
	State pdu.MessageState
	// Stat is the word behind "stat:", in its own case.
	Stat string
	// Err is what stands behind "err:": mostly three digits, whose meaning is the MC's own.
	Err string
	// NetworkError is network_error_code, which is another thing than Err.
	NetworkError pdu.NetworkErrorCode
	// Sub and Dlvrd are the numbers of messages submitted and delivered.
	Sub, Dlvrd int
	// Submitted and Done are "submit date" and "done date", in the zone of the Parser.
	Submitted, Done time.Time
	// Text is what stands behind "text:", in general the start of the message. Its octets are in the alphabet of the
	// message, whatever data_coding says of the receipt, except that a receipt in UCS-2 gives UTF-8.
	Text string
	// Reference is user_message_reference, the one that the sender gave the message.
	Reference uint16
	// DPF is dpf_result. SMPP 5.0.
	DPF pdu.DPFResult
	// StatusInfo is additional_status_info_text, a text for people.
	StatusInfo string

	// Source and Dest are the addresses of the receipt: as a rule those of the message, swapped. Not to be relied on.
	Source, Dest pdu.Address
	// Raw is the text of the receipt as it came, without its user data header.
	Raw []byte
	// TLVs are those of the PDU, for the ones of vendors.
	TLVs pdu.TLVs

	// Found tells which of the values above were there and made sense.
	Found Field

	separators string // of the Parser, for Fields
}

// clone returns a receipt that shares no memory with r, nor with the PDU that it was read from.
func (r *Receipt) clone() Receipt {
	c := *r
	for _, s := range c.strings() {
		*s = strings.Clone(*s)
	}
	c.Raw = bytes.Clone(r.Raw)
	c.TLVs = slices.Clone(r.TLVs)
	for i := range c.TLVs {
		c.TLVs[i].Value = bytes.Clone(c.TLVs[i].Value)
	}
	return c
}

// strings returns the strings of the receipt.
func (r *Receipt) strings() [8]*string {
	return [...]*string{
		&r.ID, &r.OtherID, &r.Stat, &r.Err, &r.Text, &r.StatusInfo, &r.Source.Addr, &r.Dest.Addr,
	}
}

// Kind is what esm_class says of a message.
type Kind uint8

// Kinds of receipts.
const (
	KindUnknown      Kind = iota // not told: a text without its PDU
	KindFinal                    // MC delivery receipt
	KindIntermediate             // intermediate delivery notification
)

// String returns the name of the kind.
func (k Kind) String() string {
	switch k {
	case KindFinal:
		return "final"
	case KindIntermediate:
		return "intermediate"
	}
	return "unknown"
}

// KindOf returns the kind of receipt that esm_class marks, or KindUnknown for other messages. The mode and the features
// of GSM in the other bits do not matter. SMPP 5.0 §4.7.12; SMPP 3.4 §5.2.12.
func KindOf(c pdu.ESMClass) Kind {
	switch {
	case c.IsReceipt():
		return KindFinal
	case c.IsIntermediate():
		return KindIntermediate
	}
	return KindUnknown
}

// Field is a set of values of a [Receipt].
type Field uint16

// Values of a receipt.
const (
	FieldID           Field = 1 << iota // ID
	FieldSub                            // Sub: digits alone
	FieldDlvrd                          // Dlvrd: digits alone
	FieldSubmitted                      // Submitted: a date
	FieldDone                           // Done: a date
	FieldStat                           // Stat
	FieldErr                            // Err
	FieldText                           // Text
	FieldState                          // State
	FieldNetworkError                   // NetworkError: of three octets
	FieldReference                      // Reference
	FieldDPF                            // DPF
	FieldStatusInfo                     // StatusInfo
)

// Has reports whether the receipt had the value, or all of several joined by |.
func (r *Receipt) Has(f Field) bool { return r.Found&f == f }

// Final reports whether the receipt says that no other will follow: it is no intermediate notification, and its state
// is not SCHEDULED, ENROUTE or ACCEPTED. The documents call ACCEPTED final, but many MCs send it on the way. A state
// that nobody knows is taken for final, as a receipt for success or failure is all that such an MC has.
func (r *Receipt) Final() bool {
	return r.Kind != KindIntermediate && !r.onTheWay()
}

// onTheWay reports whether the receipt has a state that another will follow.
func (r *Receipt) onTheWay() bool {
	switch r.State {
	case pdu.MessageStateScheduled:
		return r.Has(FieldState)
	case pdu.MessageStateEnroute, pdu.MessageStateAccepted:
		return true
	}
	return false
}

// Fields walks over the fields of the text in their order, those of vendors and those that occur twice included. Keys
// come in lower case and as appendix B has them ("submit date"), values trimmed and otherwise as they stand. Each walk
// scans Raw again.
func (r *Receipt) Fields() iter.Seq2[string, string] {
	return func(yield func(key, value string) bool) {
		s := scanner{text: plain(r.Raw), separators: r.separators}
		for {
			k, value, ok := s.next()
			if !ok {
				return
			}
			name := keyNames[k]
			if k == keyVendor {
				name = strings.ToLower(s.name)
			}
			if !yield(name, value) {
				return
			}
		}
	}
}

// Value returns the first value of a key of the text, such as "mcc" or "submit date", and whether there is one. The key
// is to be in lower case.
func (r *Receipt) Value(key string) (string, bool) {
	for k, v := range r.Fields() {
		if k == key {
			return v, true
		}
	}
	return "", false
}
