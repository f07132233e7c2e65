package mc

import (
	"fmt"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/tlv"
)

// ReceiptOptions are the details of a delivery receipt. The zero value works.
type ReceiptOptions struct {
	// Submitted is when the message was accepted. Zero: now.
	Submitted time.Time
	// Done is when it reached the state. Zero: now.
	Done time.Time
	// Location is the zone of the two dates in the text, which do not tell one. Nil: UTC.
	Location *time.Location
	// ErrorCode is the three digits behind err: in the text. Empty: 000.
	ErrorCode string
	// NetworkError is added as a TLV unless it is zero.
	NetworkError pdu.NetworkErrorCode
	// Version is that of the session that the receipt goes to: one below 3.4 gets no TLVs. Zero: 3.4 or later.
	Version pdu.Version
}

// ReceiptWanted tells whether a message whose registered_delivery is r asks for a receipt of a state: a final one for
// success or failure, or an intermediate notification. SMPP 5.0 §4.7.21.
func ReceiptWanted(r pdu.RegisteredDelivery, state pdu.MessageState) bool {
	switch {
	case !state.Final():
		return r.Intermediate()
	case state == pdu.MessageStateDelivered || state == pdu.MessageStateAccepted:
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

// ReceiptWith is Receipt with details.
func ReceiptWith(sm *pdu.SubmitSM, id string, state pdu.MessageState, o ReceiptOptions) *pdu.DeliverSM {
	if !ReceiptWanted(sm.RegisteredDelivery, state) {
		return nil
	}
	d := &pdu.DeliverSM{
		ServiceType:  sm.ServiceType,
		Source:       sm.Dest,
		Dest:         sm.Source,
		ESMClass:     pdu.ESMClassReceipt,
		ShortMessage: receiptText(sm, id, state, &o),
	}
	if !state.Final() {
		d.ESMClass = pdu.ESMClassIntermediate
	}
	if o.Version != 0 && o.Version < pdu.V34 {
		return d
	}
	d.TLVs = make(pdu.TLVs, 0, 3)
	// The keys refuse what does not fit; an id that is too long for its TLV was too long for the response before.
	_ = tlv.ReceiptedMessageID.Set(&d.TLVs, id)
	_ = tlv.MessageState.Set(&d.TLVs, state)
	if o.NetworkError != (pdu.NetworkErrorCode{}) {
		_ = tlv.NetworkErrorCode.Set(&d.TLVs, o.NetworkError)
	}
	if ref, ok, err := tlv.UserMessageReference.Get(sm.TLVs); ok && err == nil {
		_ = tlv.UserMessageReference.Set(&d.TLVs, ref)
	}
	return d
}

// receiptText writes the text in the form that most readers take.
func receiptText(sm *pdu.SubmitSM, id string, state pdu.MessageState, o *ReceiptOptions) []byte {
	delivered := 0
	if state == pdu.MessageStateDelivered {
		delivered = 1
	}
	code := o.ErrorCode
	if code == "" {
		code = "000"
	}
	stat := state.ReceiptText()
	if stat == "" {
		stat = pdu.MessageStateUnknown.ReceiptText()
	}
	return fmt.Appendf(nil, "id:%s sub:001 dlvrd:%03d submit date:%s done date:%s stat:%s err:%s text:%s",
		id, delivered, o.date(o.Submitted), o.date(o.Done), stat, code, excerpt(sm))
}

// date formats a date of the text: YYMMDDhhmm.
func (o *ReceiptOptions) date(t time.Time) string {
	if t.IsZero() {
		t = time.Now()
	}
	loc := o.Location
	if loc == nil {
		loc = time.UTC
	}
	return t.In(loc).Format("0601021504")
}

// excerpt returns the begin of a message, at most 20 characters, when it is plain ASCII, which any alphabet shows alike.
func excerpt(sm *pdu.SubmitSM) []byte {
	switch sm.DataCoding {
	case pdu.DataCodingDefault, pdu.DataCodingASCII, pdu.DataCodingLatin1:
	default:
		return nil
	}
	if sm.ESMClass&pdu.ESMClassUDHI != 0 {
		return nil
	}
	text := sm.ShortMessage
	if payload, ok := sm.TLVs.Get(pdu.TagMessagePayload); ok {
		text = payload
	}
	text = text[:min(len(text), 20)]
	for _, c := range text {
		if c < ' ' || c > '~' {
			return nil
		}
	}
	return text
}
