package esme

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/pdu/receipt"
	"github.com/smpp-go/smpp/session"
)

// Errors of sending parts.
var (
	// ErrEarlierPart is why a part was not sent: one before it had failed.
	ErrEarlierPart = errors.New("a part before it failed")
	// ErrNoParts is the error of [Client.SendParts] of nothing: nothing was sent, and nothing is accepted by it.
	ErrNoParts = errors.New("no parts to send")
)

// SentText tells what became of the parts that one call sent: of a whole text, or of the rest of one. It has no parts
// when it is nil, as with an error of the text itself.
type SentText struct {
	Parts []SentPart // in the order of sending
}

// SentPart tells what became of a part of a text, or of a text that fits into one short message. It ended in one
// outcome, as every request does.
type SentPart struct {
	// Request is what was sent. It is this pointer that the handler will get: with the response, or in the lost list,
	// when the outcome is Pending; with a late response when it is TimedOut.
	Request *pdu.SubmitSM
	// Outcome is Responded, Nacked, TimedOut, NotSent, Lost, or Pending when the caller gave up after the hand-over.
	Outcome session.Outcome
	// Status is that of the response, or of the generic_nack. Zero without one.
	Status pdu.CommandStatus
	// ID is the message id in the response, which receipts will name. Empty when there is none.
	ID string
	// Err is nil when the part was accepted, and otherwise the error of session.Session.Do; for a part that was not
	// handed to the session, because one before it had failed, a *session.RequestError with ErrEarlierPart in it.
	Err error
}

// Accepted reports whether the message centre took the part.
func (p SentPart) Accepted() bool { return p.Err == nil && p.Outcome == session.Responded }

// Uncertain reports whether the part may have been taken though no response tells so: to send it again may deliver it
// twice.
func (p SentPart) Uncertain() bool {
	switch p.Outcome {
	case session.Responded:
		return p.Err != nil && p.Status == pdu.StatusOK // the response came, and can not be read
	case session.Nacked, session.NotSent:
		return false
	}
	return true
}

func (s *SentText) parts() []SentPart {
	if s == nil {
		return nil
	}
	return s.Parts
}

// Accepted reports whether the message centre took all parts, and false when there are none.
func (s *SentText) Accepted() bool {
	for _, p := range s.parts() {
		if !p.Accepted() {
			return false
		}
	}
	return len(s.parts()) > 0
}

// Uncertain reports whether there is a part that may have been taken though no response tells so. See
// [SentPart.Uncertain].
func (s *SentText) Uncertain() bool { return slices.ContainsFunc(s.parts(), SentPart.Uncertain) }

// Rest returns the requests to send again, in their order, so that the text becomes whole: those of the parts that
// were certainly not taken, since they were not sent, or were refused by a status or a generic_nack. With the parts
// that were accepted they are still one text for the handset. [Client.SendParts] sends them:
//
//	sent, err := c.SendText(ctx, text)
//	for busy(err) { // the caller decides, by the status, what is worth another attempt, when, and how often
//		sent, err = c.SendParts(ctx, sent.Rest())
//	}
//
// This neither loses nor doubles a part, and err is nil when the message centre took all of the text. Each SentText
// tells of the parts of its own call: take the ids, or what [SentText.Awaited] returns, from each.
//
// While a part is [SentText.Uncertain] there is no rest, and Rest returns nil, of which SendParts makes [ErrNoParts].
// Whether to send that part again, and what is behind it, is for the caller to decide, who finds all requests in Parts.
func (s *SentText) Rest() []*pdu.SubmitSM {
	if s.Uncertain() {
		return nil
	}
	var requests []*pdu.SubmitSM
	for _, p := range s.parts() {
		if !p.Accepted() {
			requests = append(requests, p.Request)
		}
	}
	return requests
}

// IDs returns the message ids of the parts, in their order, with an empty one for each part that has none.
func (s *SentText) IDs() []string {
	ids := make([]string, len(s.parts()))
	for i, p := range s.parts() {
		ids[i] = p.ID
	}
	return ids
}

// Awaited returns the parts whose receipts will come, for receipt.Correlator.Submitted: those that were accepted, have
// an id, and asked for one. Ref is the caller's name for the text. The parts of a rest have the numbers that they have
// in the text.
func (s *SentText) Awaited(ref string) []receipt.Message {
	var messages []receipt.Message
	for i, p := range s.parts() {
		if !p.Accepted() || p.ID == "" || p.Request.RegisteredDelivery.Receipt() == 0 {
			continue
		}
		m := receipt.Message{ID: p.ID, Ref: ref}
		if part, parts := s.number(i); parts > 1 {
			m.Part, m.Parts = part, parts
		}
		messages = append(messages, m)
	}
	return messages
}

// number returns which part of the text Parts[i] is, and how many the text has: as the request says, since it may be of
// a rest, and by its place when the request does not say.
func (s *SentText) number(i int) (part, parts int) {
	if sm := s.Parts[i].Request; sm != nil {
		// A part that cannot be read has no number.
		p, _ := multipart.Get(sm)
		if n, ok := p.Number(); ok {
			return n.Seq, n.Total
		}
	}
	return i + 1, len(s.Parts)
}

// TextError tells that not all of a text was accepted. errors.As finds the error of one part in it: a *pdu.StatusError,
// say. It is the first part that is uncertain, when there is one, for it must not be sent again without a thought. Else
// it is the first part that was not accepted, and [SentText.Rest] returns what to send again.
type TextError struct {
	Sent *SentText
	Part int // index in Sent.Parts of the part that the error is about
}

// Error names the part and tells what became of it.
func (e *TextError) Error() string {
	err := e.Sent.Parts[e.Part].Err
	part, parts := e.Sent.number(e.Part)
	if parts == 1 {
		return fmt.Sprintf("esme: text: %v", err)
	}
	return fmt.Sprintf("esme: text, part %d of %d: %v", part, parts, err)
}

// Unwrap returns the error of the part. But when that was not sent, and another part was, it returns the cause alone:
// session.SafeToRetry is true of a TextError only when the whole text can be sent again.
func (e *TextError) Unwrap() error {
	err := e.Sent.Parts[e.Part].Err
	var unsent *session.RequestError
	if !errors.As(err, &unsent) || unsent.Outcome != session.NotSent {
		return err
	}
	for _, p := range e.Sent.Parts {
		if p.Outcome != session.NotSent {
			return unsent.Err
		}
	}
	return err
}

// SendParts sends the parts of a text that are composed already, as [Text.Requests] returns them, or the rest of a text
// that was not accepted as a whole: see [SentText.Rest]. Order, result and error are those of SendText without
// [Text.KeepGoing], and they tell of these parts alone. Of no parts the result is nil and the error [ErrNoParts].
func (c *Client) SendParts(ctx context.Context, requests []*pdu.SubmitSM) (*SentText, error) {
	return c.sendParts(ctx, requests, false)
}

func (c *Client) sendParts(ctx context.Context, requests []*pdu.SubmitSM, keepGoing bool) (*SentText, error) {
	if len(requests) == 0 {
		return nil, fmt.Errorf("esme: text: %w", ErrNoParts)
	}
	sent := &SentText{Parts: make([]SentPart, 0, len(requests))}
	failed := false
	for _, sm := range requests {
		var p SentPart
		if !failed || keepGoing {
			p = c.sendPart(ctx, sm)
		} else {
			p = heldBack(sm)
		}
		sent.Parts = append(sent.Parts, p)
		failed = failed || p.Err != nil
	}
	return sent, sent.err()
}

// err returns the TextError of a text that was not accepted as a whole.
func (s *SentText) err() error {
	part := slices.IndexFunc(s.Parts, SentPart.Uncertain)
	if part < 0 {
		part = slices.IndexFunc(s.Parts, func(p SentPart) bool { return !p.Accepted() })
	}
	if part < 0 {
		return nil
	}
	return &TextError{s, part}
}

// sendPart sends one part and waits for what becomes of it.
func (c *Client) sendPart(ctx context.Context, sm *pdu.SubmitSM) SentPart {
	p := SentPart{Request: sm, Outcome: session.Responded}
	resp, err := c.Do(ctx, sm)
	p.Err = err
	var unanswered *session.RequestError
	switch {
	case resp != nil:
		p.Status = resp.Status
		if resp.ID == pdu.CommandGenericNack {
			p.Outcome = session.Nacked
		}
		if body, ok := resp.Body.(*pdu.SubmitSMResp); ok {
			p.ID = body.MessageID
		}
	case errors.As(err, &unanswered):
		p.Outcome = unanswered.Outcome
	}
	return p
}

// heldBack is a part that is not sent since one before it failed.
func heldBack(sm *pdu.SubmitSM) SentPart {
	return SentPart{Request: sm, Outcome: session.NotSent, Err: &session.RequestError{
		Outcome: session.NotSent, PDU: &pdu.PDU{Header: pdu.Header{ID: pdu.CommandSubmitSM}, Body: sm}, Err: ErrEarlierPart,
	}}
}
