package mc

import (
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/profile"
	"github.com/smpp-go/smpp/pdu/receipt"
)

// ReceiptOptions are the details of a delivery receipt. The zero value works.
type ReceiptOptions struct {
	// Submitted is when the message was accepted. Zero: now.
	Submitted time.Time
	// Done is when it reached the state. Zero: now.
	Done time.Time
	// ErrorCode is the three digits behind err: in the text. Empty: 000.
	ErrorCode string
	// NetworkError is added as a TLV unless it is zero.
	NetworkError pdu.NetworkErrorCode

	// Profile is the habits by which the receipt is written: the form of the id, the zone and the length of the dates,
	// what of text and TLVs there is, and which way the addresses stand. Nil: those that most readers expect.
	Profile *profile.Profile
	// Location is the zone of the two dates in the text, which do not tell one. Nil: that of the profile, or else UTC.
	Location *time.Location
	// Version is that of the session that the receipt goes to: one below 3.4 gets no TLVs. Zero: that of the profile, or
	// else 3.4 or later.
	Version pdu.Version
}

// ReceiptWanted tells whether a message whose registered_delivery is r asks for a receipt of a state: for success, for
// failure, or with SCHEDULED and ENROUTE for an intermediate notification. UNKNOWN counts as a failure, and so do
// reserved states: it is how a message centre tells that it will never know more. SMPP 5.0 §4.7.21.
func ReceiptWanted(r pdu.RegisteredDelivery, state pdu.MessageState) bool {
	switch state {
	case pdu.MessageStateScheduled, pdu.MessageStateEnroute:
		return r.Intermediate()
	case pdu.MessageStateDelivered, pdu.MessageStateAccepted:
		return r.OnSuccess()
	}
	return r.OnFailure()
}

// Receipt builds the delivery receipt for a submitted message: its addresses swapped, the facts as text in the form of
// SMPP 3.4 appendix B, and as TLVs. The id must be, octet for octet, the one in the submit_sm_resp. It returns nil when
// the message did not ask for a receipt of this state.
func Receipt(sm *pdu.SubmitSM, id string, state pdu.MessageState) *pdu.DeliverSM {
	return ReceiptWith(sm, id, state, ReceiptOptions{})
}

// ReceiptWith is Receipt with details. What package receipt can not write, such as an id with a blank in it or a year
// after 2037, has no text, and an id too long for any response not even TLVs.
func ReceiptWith(sm *pdu.SubmitSM, id string, state pdu.MessageState, o ReceiptOptions) *pdu.DeliverSM {
	if !ReceiptWanted(sm.RegisteredDelivery, state) {
		return nil
	}
	r := receipt.Receipt{
		ID: id, State: state, Err: o.ErrorCode, NetworkError: o.NetworkError,
		Submitted: orNow(o.Submitted), Done: orNow(o.Done), Found: receipt.FieldState,
	}
	f := o.format()
	d, err := f.DeliverSM(sm, &r)
	if err != nil {
		f.NoText = true
		d, err = f.DeliverSM(sm, &r)
	}
	if err != nil {
		f.NoTLVs = true
		d, _ = f.DeliverSM(sm, &r) // which now writes nothing that could fail
	}
	return d
}

// format returns how the receipt is written.
func (o *ReceiptOptions) format() receipt.Format {
	var f receipt.Format
	if o.Profile != nil {
		f = *o.Profile.Format()
	}
	if o.Location != nil {
		f.Location = o.Location
	}
	if o.Version != 0 {
		f.Version = o.Version
	}
	return f
}

func orNow(t time.Time) time.Time {
	if t.IsZero() {
		return time.Now()
	}
	return t
}
