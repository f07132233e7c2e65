package receipt

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/tlv"
)

// Format writes receipts. Its fields are the habits of an MC; with the zero value it writes what most readers take:
// the text of SMPP 3.4 appendix B and the TLVs receipted_message_id and message_state.
type Format struct {
	// Location is the zone of the dates in the text, which do not tell one. Nil: UTC.
	Location *time.Location
	// ID is how receipts write the id of a response.
	ID IDForm
	// Seconds writes dates of 12 digits, YYMMDDhhmmss, in the place of 10.
	Seconds bool
	// Version is that of the session: one below 3.4 gets no TLVs. Zero: 3.4 or later.
	Version pdu.Version
	// NoText and NoTLVs leave the text or the TLVs out. With both, a receipt says nothing but its esm_class.
	NoText, NoTLVs bool
	// KeepAddresses leaves source and destination as they were in the message. Receipts swap them as a rule.
	KeepAddresses bool
}

// Sizes in the text of a receipt.
const (
	maxText  = 20  // characters of the message, by appendix B
	maxCount = 999 // three digits
	maxID    = 64  // octets of a message_id without its NUL
)

// AppendText appends the text of the receipt to b, in the form of SMPP 3.4 appendix B:
//
//	id:ID sub:001 dlvrd:001 submit date:YYMMDDhhmm done date:YYMMDDhhmm stat:DELIVRD err:000 text:...
//
// ID is that of the response and is written as Format.ID says. Stat goes before State; a state without a word of its own
// is UNKNOWN. Without FieldSub and FieldDlvrd in Found, and with both numbers 0, one message was submitted, and
// delivered if State says so. No date is ten zeros, no Err 000. Of Text come the first 20 characters.
//
// It is an error when ID is empty, longer than 64 octets or has octets that end a value; when Stat or Err have such
// octets; when a number is not in 0 to 999; and when a year is not in 1938 to 2037. The error names the field, and b
// comes back as it was.
func (f *Format) AppendText(b []byte, r *Receipt) ([]byte, error) {
	id := f.ID.ReceiptID(r.ID)
	stat := statOf(r)
	code := r.Err
	if code == "" {
		code = "000"
	}
	sub, dlvrd := counts(r)
	switch {
	case len(id) > maxID:
		return b, fmt.Errorf("receipt: id: %d octets are more than %d", len(id), maxID)
	case !isWord(id):
		return b, fmt.Errorf("receipt: id: %q is not a word of printable characters", id)
	case !isWord(stat):
		return b, fmt.Errorf("receipt: stat: %q is not a word of printable characters", stat)
	case !isWord(code):
		return b, fmt.Errorf("receipt: err: %q is not a word of printable characters", code)
	case sub < 0 || sub > maxCount:
		return b, fmt.Errorf("receipt: sub: %d is not in 0 to %d", sub, maxCount)
	case !f.writable(r.Submitted):
		return b, fmt.Errorf("receipt: submit date: the year of %v is not in 1938 to 2037", r.Submitted)
	case !f.writable(r.Done):
		return b, fmt.Errorf("receipt: done date: the year of %v is not in 1938 to 2037", r.Done)
	case dlvrd < 0 || dlvrd > maxCount:
		return b, fmt.Errorf("receipt: dlvrd: %d is not in 0 to %d", dlvrd, maxCount)
	}
	b = append(b, "id:"...)
	b = append(b, id...)
	b = append(b, " sub:"...)
	b = appendCount(b, sub)
	b = append(b, " dlvrd:"...)
	b = appendCount(b, dlvrd)
	b = append(b, " submit date:"...)
	b = appendDate(b, r.Submitted, f.Location, f.Seconds)
	b = append(b, " done date:"...)
	b = appendDate(b, r.Done, f.Location, f.Seconds)
	b = append(b, " stat:"...)
	b = append(b, stat...)
	b = append(b, " err:"...)
	b = append(b, code...)
	b = append(b, " text:"...)
	return append(b, head(r.Text)...), nil
}

// AppendTLVs appends the TLVs of the receipt: receipted_message_id, with its NUL and as Format.ID says, message_state,
// network_error_code, user_message_reference, dpf_result and additional_status_info_text, each if the receipt has it. A
// State of zero counts as there only with FieldState in Found; any other value that is not zero is there. It is an
// error when a text is too long for its TLV.
func (f *Format) AppendTLVs(ts pdu.TLVs, r *Receipt) (pdu.TLVs, error) {
	out := ts
	if r.ID != "" {
		if err := tlv.ReceiptedMessageID.Set(&out, f.ID.ReceiptID(r.ID)); err != nil {
			return ts, fmt.Errorf("receipt: id: %w", err)
		}
	}
	if r.State != 0 || r.Has(FieldState) {
		out.Set(pdu.TagMessageState, []byte{byte(r.State)})
	}
	if r.NetworkError != (pdu.NetworkErrorCode{}) || r.Has(FieldNetworkError) {
		e := r.NetworkError
		out.Set(pdu.TagNetworkErrorCode, []byte{byte(e.Network), byte(e.Code >> 8), byte(e.Code)})
	}
	if r.Reference != 0 || r.Has(FieldReference) {
		out.Set(pdu.TagUserMessageReference, []byte{byte(r.Reference >> 8), byte(r.Reference)})
	}
	if r.DPF != 0 || r.Has(FieldDPF) {
		out.Set(pdu.TagDPFResult, []byte{byte(r.DPF)})
	}
	if r.StatusInfo != "" {
		if err := tlv.AdditionalStatusInfoText.Set(&out, r.StatusInfo); err != nil {
			return ts, fmt.Errorf("receipt: additional_status_info_text: %w", err)
		}
	}
	return out, nil
}

// DeliverSM builds the deliver_sm of a receipt for a submitted message. Of the message come the service type, the
// addresses, user_message_reference unless the receipt has one, and Text unless the receipt has one: the start of the
// message if that is plain ASCII, which any alphabet shows alike. With a nil message, the receipt gives its own Source
// and Dest.
//
// esm_class says delivery receipt, or with KindIntermediate intermediate notification; with KindUnknown it depends on
// [Receipt.Final] and the state, ACCEPTED making a receipt. TLVs of vendors are for the caller to add. The message is
// only read. The errors are those of AppendText and AppendTLVs.
func (f *Format) DeliverSM(message *pdu.SubmitSM, r *Receipt) (*pdu.DeliverSM, error) {
	d := &pdu.DeliverSM{Source: r.Source, Dest: r.Dest, ESMClass: class(r)}
	out := *r
	if message != nil {
		d.ServiceType = message.ServiceType
		d.Source, d.Dest = message.Dest, message.Source
		if f.KeepAddresses {
			d.Source, d.Dest = message.Source, message.Dest
		}
		if ref, ok, err := tlv.UserMessageReference.Get(message.TLVs); ok && err == nil && out.Reference == 0 {
			out.Reference = ref
			out.Found |= FieldReference
		}
		if out.Text == "" && !out.Has(FieldText) {
			out.Text = excerpt(message)
		}
	}
	var err error
	if !f.NoText {
		if d.ShortMessage, err = f.AppendText(make([]byte, 0, 160), &out); err != nil {
			return nil, err
		}
	}
	if !f.NoTLVs && (f.Version == 0 || f.Version >= pdu.V34) {
		if d.TLVs, err = f.AppendTLVs(make(pdu.TLVs, 0, 4), &out); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// DataSM is DeliverSM for a data_sm, which has its text in message_payload. It is none of SMPP 3.3: Version does not
// matter.
func (f *Format) DataSM(message *pdu.SubmitSM, r *Receipt) (*pdu.DataSM, error) {
	g := *f
	g.Version = 0
	d, err := g.DeliverSM(message, r)
	if err != nil {
		return nil, err
	}
	out := &pdu.DataSM{
		ServiceType: d.ServiceType, Source: d.Source, Dest: d.Dest, ESMClass: d.ESMClass, TLVs: d.TLVs,
	}
	if len(d.ShortMessage) > 0 {
		out.TLVs.Add(pdu.TagMessagePayload, d.ShortMessage)
	}
	return out, nil
}

// writable reports whether the year of a date can be told from its last two digits.
func (f *Format) writable(t time.Time) bool {
	if t.IsZero() {
		return true
	}
	year := t.In(zoneOf(f.Location)).Year()
	return year >= 1938 && year <= 2037
}

// class returns the esm_class of a receipt.
func class(r *Receipt) pdu.ESMClass {
	switch {
	case r.Kind == KindIntermediate:
		return pdu.ESMClassIntermediate
	case r.Kind == KindFinal || r.Final() || r.State == pdu.MessageStateAccepted:
		return pdu.ESMClassReceipt
	}
	return pdu.ESMClassIntermediate
}

// statOf returns the word behind "stat:".
func statOf(r *Receipt) string {
	if r.Stat != "" {
		return r.Stat
	}
	if word := r.State.ReceiptText(); word != "" {
		return word
	}
	return pdu.MessageStateUnknown.ReceiptText()
}

// counts returns the numbers behind "sub:" and "dlvrd:".
func counts(r *Receipt) (sub, dlvrd int) {
	if r.Sub != 0 || r.Dlvrd != 0 || r.Found&(FieldSub|FieldDlvrd) != 0 {
		return r.Sub, r.Dlvrd
	}
	if r.State == pdu.MessageStateDelivered {
		return 1, 1
	}
	return 1, 0
}

// appendCount writes three digits.
func appendCount(b []byte, n int) []byte {
	switch {
	case n < 10:
		b = append(b, "00"...)
	case n < 100:
		b = append(b, '0')
	}
	return strconv.AppendInt(b, int64(n), 10)
}

// isWord reports whether s can be read back as a value: printable ASCII, without blanks, and not empty.
func isWord(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != ""
}

// head returns the first 20 characters of a text: octets, unless it is UTF-8.
func head(s string) string {
	n := 0
	for i := range s {
		if n == maxText {
			if utf8.ValidString(s[:i]) {
				return s[:i]
			}
			return s[:maxText]
		}
		n++
	}
	if !utf8.ValidString(s) {
		return s[:min(len(s), maxText)]
	}
	return s
}

// excerpt returns the start of a message that is plain ASCII, at most 20 characters.
func excerpt(message *pdu.SubmitSM) string {
	switch message.DataCoding {
	case pdu.DataCodingDefault, pdu.DataCodingASCII, pdu.DataCodingLatin1:
	default:
		return ""
	}
	if message.ESMClass.UDHI() {
		return ""
	}
	text := message.ShortMessage
	if payload, ok := message.TLVs.Get(pdu.TagMessagePayload); ok && len(payload) > 0 {
		text = payload
	}
	text = text[:min(len(text), maxText)]
	for _, c := range text {
		if c < ' ' || c > '~' {
			return ""
		}
	}
	return string(text)
}
