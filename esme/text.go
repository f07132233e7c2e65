package esme

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/pdu/profile"
	"github.com/smpp-go/smpp/pdu/text"
	"github.com/smpp-go/smpp/pdu/tlv"
	"github.com/smpp-go/smpp/pdu/udh"
)

// Text is a text to send, of any length and in any alphabet. Which encoding it gets, how it is split when it is long, and
// what else its requests carry, is for the profile of the message centre to say.
type Text struct {
	// From is the number or the name that the text comes from, as people write it; the rules in Profile.Source make an
	// address of it. Empty: Submit.Source, and when that is empty as well, what the message centre fills in.
	From string
	// To is the number that the text goes to, by the rules in Profile.Dest. Empty: Submit.Dest.
	To string
	// Body is the text.
	Body string

	// Receipt asks for delivery receipts, such as pdu.RegisteredReceipt: of a long text, for those parts alone that
	// Profile.Submit.ReceiptParts tells, which as a rule are all. Zero: Submit.RegisteredDelivery, for the same parts.
	Receipt pdu.RegisteredDelivery
	// ReceiptOnLast asks for the receipt of the last part alone, whatever Profile.Submit.ReceiptParts tells: one receipt for
	// the text, which says little of the other parts.
	ReceiptOnLast bool
	// Class is where the handset puts the text; text.Class0 makes it a flash message. Zero: the handset decides.
	Class text.Class
	// Waiting switches a sign on the handset that tells of waiting messages. Zero: none.
	Waiting text.Waiting
	// USSD makes the text one of a USSD dialogue. Nil: a short message.
	USSD *USSD
	// Validity is how long the message centre tries to deliver, in whole seconds and less than 32 days. Zero:
	// Submit.ValidityPeriod. A profile may forbid it.
	Validity time.Duration
	// Header has further elements for the user data header of every part, such as ports. Nil: none.
	Header udh.Header

	// Submit is what every request begins with: service_type, priority_flag, esm_class, TLVs and all else that the
	// fields above do not say. What carries the message itself is replaced: short_message, message_payload, the sar_*
	// TLVs and data_coding.
	Submit pdu.SubmitSM

	// Profile stands in for the profile of the client. Nil: that one.
	Profile *profile.Profile
	// KeepGoing sends the remaining parts when one failed. As a rule nothing is sent behind a part that failed: a handset
	// could not show the rest.
	KeepGoing bool
}

// USSD says where in a dialogue a text belongs. The text is never split: a message centre refuses one that is too long,
// which in USSD is one of more than 182 characters in GSM 7-bit. The service_type is "USSD" unless Submit or the profile
// has one.
type USSD struct {
	Op pdu.USSDServiceOp // ussd_service_op
	// Info is its_session_info, by which some message centres tell one dialogue from another. Nil: none.
	Info *pdu.ITSSessionInfo
}

// ussdService is the service_type of USSD. SMPP 5.0 §4.7.25.
const ussdService = "USSD"

// longShortMessage is the number of octets that short_message has room for. SMPP 3.4 §4.4.1.
const longShortMessage = 254

// SendText sends a text: it encodes and splits it, and sends the parts in their order, each when the one before it was
// answered. So what a text of several parts takes is as many round trips; for a high rate, send many texts at a time, which
// share the window.
//
// The result tells of each part whether it was accepted, under which id, or what became of it instead. The error is nil
// when all parts were accepted, and otherwise a [*TextError]. By default nothing is sent behind a part that failed: see
// [Text.KeepGoing]. [SentText.Rest] returns what to send again, when the message centre was busy, say.
//
// With a text that can not be sent as it is, because no alphabet that the profile permits has all of its characters, say,
// or an address makes no sense, the result is nil and nothing was sent: the errors are those of the packages multipart,
// text and profile. Of Profile.Limits, those for one message and its parts are kept here, window and credentials by the
// session; rate, binds and messages of a session are for the caller, who alone knows of the other binds.
func (c *Client) SendText(ctx context.Context, t Text) (*SentText, error) {
	requests, err := t.Requests(c.profile, c.refs)
	if err != nil {
		return nil, err
	}
	return c.sendParts(ctx, requests, t.KeepGoing)
}

// Requests returns the requests that carry the text, one for each part, as SendText sends them: with p for a profile unless
// the Text has its own, and with a reference of refs when there are several. Nothing else refers to them, and what they
// have in common they share. It is for those who keep requests before they send them, by [Client.SendParts] or otherwise.
//
// Nil for p is the zero Profile, and nil for refs a reference that may be any.
func (t Text) Requests(p *profile.Profile, refs *multipart.Refs) ([]*pdu.SubmitSM, error) {
	if t.Profile != nil {
		p = t.Profile
	}
	if p == nil {
		p = new(profile.Profile)
	}
	if refs == nil {
		refs = new(multipart.Refs)
	}
	list, err := t.requests(p, refs)
	if err != nil {
		return nil, fmt.Errorf("esme: text: %w", err)
	}
	return list, nil
}

func (t *Text) requests(p *profile.Profile, refs *multipart.Refs) ([]*pdu.SubmitSM, error) {
	base, err := t.base(p)
	if err != nil {
		return nil, err
	}
	parts, err := t.split(p)
	if err != nil {
		return nil, err
	}
	if len(parts) > 1 {
		number(parts, refs.Next(base.Dest.Addr))
	}
	requests := make([]*pdu.SubmitSM, len(parts))
	for i, part := range parts {
		sm := base
		if err := part.Put(&sm); err != nil {
			return nil, err
		}
		if !t.receiptParts(p).Includes(i+1, len(parts)) {
			sm.RegisteredDelivery = 0
		}
		if p.Submit.MoreMessages && i+1 < len(parts) {
			if err := tlv.MoreMessagesToSend.Set(&sm.TLVs, pdu.MoreMessages); err != nil {
				return nil, err
			}
		}
		if err := fits(&sm, p); err != nil {
			return nil, err
		}
		requests[i] = &sm
	}
	return requests, nil
}

// receiptParts tells which parts ask for the receipt.
func (t *Text) receiptParts(p *profile.Profile) profile.Parts {
	if t.ReceiptOnLast {
		return profile.PartsLast
	}
	return p.Submit.ReceiptParts
}

// fits checks the size of a request against Limits.PDU: a peer ends the session of one that is larger, and with it what
// else is outstanding there. What can not be encoded is for the session to tell.
func fits(sm *pdu.SubmitSM, p *profile.Profile) error {
	if p.Limits.PDU <= 0 {
		return nil
	}
	frame, err := (pdu.Codec{Version: pdu.V50}).Append(nil, &pdu.PDU{Header: pdu.Header{Seq: 1}, Body: sm})
	if err == nil && len(frame) > p.Limits.PDU {
		return &tooLong{len(frame), p.Limits.PDU}
	}
	return nil
}

// base returns what all requests have in common.
func (t *Text) base(p *profile.Profile) (pdu.SubmitSM, error) {
	sm := t.Submit
	sm.TLVs = slices.Clone(sm.TLVs)
	var err error
	if t.From != "" {
		if sm.Source, err = p.SourceAddress(t.From); err != nil {
			return sm, fmt.Errorf("from: %w", err)
		}
	}
	if t.To != "" {
		if sm.Dest, err = p.DestAddress(t.To); err != nil {
			return sm, fmt.Errorf("to: %w", err)
		}
	}
	if t.Receipt != 0 {
		sm.RegisteredDelivery = t.Receipt
	}
	if t.Validity != 0 {
		validity, err := pdu.RelativeTime(t.Validity)
		if err != nil {
			return sm, fmt.Errorf("validity: %w", err)
		}
		sm.ValidityPeriod = validity.String()
	}
	p.Prepare(&sm)
	if t.USSD != nil {
		err = t.USSD.put(&sm)
	}
	return sm, err
}

// put writes the dialogue into a request.
func (u *USSD) put(sm *pdu.SubmitSM) error {
	if sm.ServiceType == "" {
		sm.ServiceType = ussdService
	}
	if err := tlv.USSDServiceOp.Set(&sm.TLVs, u.Op); err != nil {
		return err
	}
	if u.Info == nil {
		return nil
	}
	return tlv.ITSSessionInfo.Set(&sm.TLVs, *u.Info)
}

// split encodes the text and splits it.
func (t *Text) split(p *profile.Profile) ([]multipart.Part, error) {
	o := p.SplitOptions()
	o.Text.Class, o.Text.Waiting, o.Header = t.Class, t.Waiting, t.Header
	if t.USSD != nil {
		o.Method, o.PayloadOver = multipart.MethodPayload, longShortMessage
	}
	parts, err := multipart.Split(t.Body, o)
	if err == nil && p.MaxParts > 0 && len(parts) > p.MaxParts {
		return nil, &tooManyParts{len(parts), p.MaxParts}
	}
	return parts, err
}

// number gives the parts of a text their reference. Split puts the element that has it first. A text that turns out to be
// short takes no reference, so that the numbers last longer.
func number(parts []multipart.Part, ref uint16) {
	for i := range parts {
		p := &parts[i]
		if p.SAR != (multipart.SAR{}) {
			p.SAR.Ref = ref
		} else if concat, ok := p.UDH.Concat(); ok {
			concat.Ref = ref
			p.UDH[0] = concat.Element()
		}
	}
}

// tooManyParts is multipart.ErrTooManyParts for a profile that permits fewer.
type tooManyParts struct{ parts, most int }

func (e *tooManyParts) Error() string {
	return fmt.Sprintf("the message needs %d parts, and the profile permits %d", e.parts, e.most)
}

func (e *tooManyParts) Is(target error) bool { return target == multipart.ErrTooManyParts }

// tooLong is multipart.ErrTooLong for a profile that permits less.
type tooLong struct{ octets, most int }

func (e *tooLong) Error() string {
	return fmt.Sprintf("a request has %d octets, and the profile permits %d", e.octets, e.most)
}

func (e *tooLong) Is(target error) bool { return target == multipart.ErrTooLong }
