package esme

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/pdu/profile"
	"github.com/smpp-go/smpp/pdu/receipt"
	"github.com/smpp-go/smpp/pdu/udh"
	"github.com/smpp-go/smpp/session"
)

// Inbox is a handler that hands over what comes in deliver_sm and data_sm as whole messages and parsed receipts. It is
// for one session: make one for each, and let them share a Reassembler. Set its fields before, and leave them alone
// afterwards.
//
// It answers for its functions. A part of a long message is acknowledged when the Reassembler has it; the last one, and
// a message of one part, when Message has returned nil; a receipt when Receipt has. An error of a function is answered
// with the status that pdu.StatusOf finds in it, else with ESME_RX_T_APPN, upon which a message centre sends again
// later; it is logged as by session.On. A message that was refused so is put together again when its last part comes
// again. Should that never come, the others, which were acknowledged, are handed over as Expired: no part is lost in
// silence. A function that panics ends the session, as any hook does: the last part is not answered, and counts as
// refused for the others.
//
// A function that wants to answer later returns session.ErrLater, and calls the Answer of what it got.
//
// Embed an Inbox in a struct that has other hooks. Hooks of the Inbox are HandlePDU, HandleCast and HandleClose: one that
// the struct has itself must call that of the Inbox.
type Inbox struct {
	// Profile is the habits of the message centre: how octets are read, and receipts. A strict one refuses what has a text
	// in both short_message and message_payload. Nil: the zero Profile.
	Profile *profile.Profile

	// Message gets every message that is whole, and what there is of those that will never be: see its Reason. It runs once
	// at a time, or side by side when Config.Session.Concurrency allows more, and then also beside Receipt and the hooks.
	// Nil: messages are refused with ESME_RX_T_APPN, so that the message centre keeps them.
	Message func(ctx context.Context, m *Message) error
	// Receipt gets every delivery receipt and intermediate notification. Nil: they are refused with ESME_RX_T_APPN.
	Receipt func(ctx context.Context, r *Receipt) error
	// Fallback gets other requests, such as alert_notification, and casts. Nil: requests are refused as by
	// session.NopHandler.
	Fallback session.Handler

	// Reassembler puts long messages together. Share one among the binds of an account, since the parts of a message may
	// come on any of them. Nil: one of the Inbox's own, in memory; what waits in it when the session ends is handed over
	// then, as Expired.
	Reassembler *multipart.Reassembler
	// ExpireEvery is how often is looked for messages whose missing parts did not come in time, from the first part on
	// until the session ends. Zero: 10 s. Negative: never; somebody else calls Reassembler.Expire.
	ExpireEvery time.Duration

	once   sync.Once // for parser and parts
	parser *receipt.Parser
	parts  *multipart.Reassembler
	mu     sync.Mutex // for timer
	timer  *time.Timer
	closed bool
}

// Message is a message from a handset, or from wherever.
type Message struct {
	multipart.Message

	// Body is the text: of the parts that are there, as the message centre's profile has it read. Octets that are no text,
	// data_coding says, are in it as they came.
	Body string
	// Err is what is wrong with the text or its user data header; Body is then as whole as can be. Nil as a rule.
	Err error
	// Request is the request that completed the message. Nil for a message that none did: an error returned for it has
	// no effect, since all its parts were acknowledged before.
	Request *session.Request

	in *Inbox
}

// Receipt is a delivery receipt, or an intermediate notification.
type Receipt struct {
	receipt.Receipt

	// Request is the request that it came in.
	Request *session.Request
}

// expireInbox is what the timer casts, so that Expire runs in turn with the other hooks.
type expireInbox struct{ in *Inbox }

// HandlePDU takes messages and receipts, and leaves the rest to Fallback, in the turn of the request: see
// session.Config.Concurrency.
func (in *Inbox) HandlePDU(ctx context.Context, r *session.Request) { r.InTurn(ctx, (*inboxTurn)(in)) }

// inboxTurn is an Inbox that serves a request whose turn has come.
type inboxTurn Inbox

// HandlePDU serves r.
func (in *inboxTurn) HandlePDU(ctx context.Context, r *session.Request) { (*Inbox)(in).serve(ctx, r) }

func (in *Inbox) serve(ctx context.Context, r *session.Request) {
	switch r.PDU.Body.(type) {
	case *pdu.DeliverSM, *pdu.DataSM:
	default:
		in.fallback(ctx, r)
		return
	}
	in.once.Do(in.setUp)
	if in.Profile.Strict {
		var bad *pdu.CheckError
		if _, err := multipart.GetStrict(r.PDU.Body); errors.As(err, &bad) {
			_ = answer(r, bad)
			return
		}
	}
	rcpt, ok := in.parser.FromPDU(r.PDU.Body)
	switch {
	case ok && in.Receipt != nil:
		_ = answer(r, in.Receipt(ctx, &Receipt{rcpt, r}))
	case !ok && in.Message != nil:
		in.add(ctx, r)
	default:
		session.NopHandler{}.HandlePDU(ctx, r)
	}
}

func (in *Inbox) fallback(ctx context.Context, r *session.Request) {
	if in.Fallback != nil {
		in.Fallback.HandlePDU(ctx, r)
		return
	}
	session.NopHandler{}.HandlePDU(ctx, r)
}

// setUp fills in what the fields leave open.
func (in *Inbox) setUp() {
	if in.Profile == nil {
		in.Profile = new(profile.Profile)
	}
	in.parser, in.parts = in.Profile.Parser(), in.Reassembler
	if in.parts == nil {
		in.parts = multipart.NewReassembler(multipart.Config{})
	}
}

// add takes a message, or a part of one.
func (in *Inbox) add(ctx context.Context, r *session.Request) {
	messages, err := in.parts.Add(ctx, time.Now(), r.PDU.Body)
	var header *udh.Error
	if err != nil && !errors.As(err, &header) {
		_ = answer(r, err) // the store is out of order: the part was not kept
		return
	}
	completed := false
	for _, m := range messages {
		if m.Reason != multipart.Complete && m.Reason != multipart.Repeated {
			in.deliver(ctx, m)
			continue
		}
		completed = true
		in.handOver(ctx, in.message(m, r, err))
	}
	if !completed {
		_ = answer(r, nil)
		in.watch(r.Session())
	}
}

// handOver hands over a message that a request has completed, and answers it. After a panic, which ends the session, the
// message centre will send the last part again.
func (in *Inbox) handOver(ctx context.Context, m *Message) {
	returned := false
	defer func() {
		if !returned {
			in.keep(ctx, m)
		}
	}()
	err := in.Message(ctx, m)
	returned = true
	_ = m.Answer(ctx, err)
}

// deliver hands over a message that no request waits for.
func (in *Inbox) deliver(ctx context.Context, m multipart.Message) {
	_ = in.Message(ctx, in.message(m, nil, nil)) // of which there is nobody to tell
}

// message reads the text of a message; err is what is known to be wrong with it.
func (in *Inbox) message(m multipart.Message, r *session.Request, err error) *Message {
	body, decode := m.Text(in.Profile.Peer())
	if err == nil {
		err = decode
	}
	return &Message{m, body, err, r, in}
}

// Answer answers the request that completed the message, as if Message had returned err: for functions that returned
// session.ErrLater. It may be called from any goroutine; the context is that of the store. The error tells that there
// is nothing to answer any more: it was answered, or the session has ended. When that has closed a Reassembler of the
// Inbox's own, and the message is refused, its acknowledged parts are handed over as Expired before Answer returns.
func (m *Message) Answer(ctx context.Context, err error) error {
	if m.Request == nil {
		return nil
	}
	if err != nil && !errors.Is(err, session.ErrLater) {
		m.in.keep(ctx, m)
	}
	return answer(m.Request, err)
}

// Answer answers the receipt, as if Receipt had returned err: for functions that returned session.ErrLater.
func (r *Receipt) Answer(err error) error { return answer(r.Request, err) }

// keep stores the parts of a message that was refused again, but for the last one, which will be sent again.
func (in *Inbox) keep(ctx context.Context, m *Message) {
	if len(m.Parts) < 2 {
		return
	}
	// An error of the store leaves nobody to tell: the request is refused anyway.
	_ = in.parts.Forget(ctx, m.Message)
	last, _ := multipart.Get(m.Request.PDU.Body)
	number, _ := last.Number()
	for _, p := range m.Parts {
		if n, _ := p.Number(); n.Seq == number.Seq {
			continue
		}
		// Nor is there a message to hand over: a part is missing.
		_, _ = in.parts.AddPart(ctx, time.Now(), m.Source, m.Dest, p)
	}
	in.mu.Lock()
	closed := in.closed
	in.mu.Unlock()
	if closed && in.Reassembler == nil {
		in.expireAll(ctx) // HandleClose did before they were there
	}
}

// answer answers for a function that returned err.
func answer(r *session.Request, err error) error {
	switch status, ok := pdu.StatusOf(err); {
	case err == nil:
		return r.Reply(nil)
	case errors.Is(err, session.ErrLater):
		return nil
	case ok:
		r.Session().Log(slog.LevelDebug, "handler refused a request", "err", err, "request", r.PDU)
		return r.Reject(status)
	}
	r.Session().Log(slog.LevelError, "handler failed", "err", err, "request", r.PDU)
	return r.Reject(pdu.StatusTemporaryAppError)
}

// watch sets the timer that looks for messages whose time is over.
func (in *Inbox) watch(s *session.Session) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.timer != nil || in.closed || in.ExpireEvery < 0 {
		return
	}
	if in.ExpireEvery == 0 {
		in.ExpireEvery = 10 * time.Second
	}
	var tick func()
	tick = func() {
		// HandleCast sets the timer again, unless so much waits for the session's hooks that there is no room.
		if errors.Is(s.Cast(expireInbox{in}), session.ErrQueueFull) {
			time.AfterFunc(in.ExpireEvery, tick)
		}
	}
	in.timer = time.AfterFunc(in.ExpireEvery, tick)
}

// HandleCast hands over messages whose time is over, when it is called by the Inbox's own timer.
func (in *Inbox) HandleCast(ctx context.Context, s *session.Session, msg any) {
	if e, ok := msg.(expireInbox); ok && e.in == in {
		in.expire(ctx, time.Now())
		in.mu.Lock()
		defer in.mu.Unlock()
		if !in.closed {
			in.timer.Reset(in.ExpireEvery)
		}
		return
	}
	if h, ok := in.Fallback.(session.CastHandler); ok {
		h.HandleCast(ctx, s, msg)
	}
}

// expire hands over what has waited in vain.
func (in *Inbox) expire(ctx context.Context, now time.Time) {
	messages, _ := in.parts.Expire(ctx, now) // what the store can not tell now it tells the next time
	for _, m := range messages {
		in.deliver(ctx, m)
	}
}

// expireAll hands over all that waits, whenever its time is over.
func (in *Inbox) expireAll(ctx context.Context) { in.expire(ctx, time.Now().AddDate(1, 0, 0)) }

// HandleClose ends the timer. What waits in a Reassembler of the Inbox's own is handed over.
func (in *Inbox) HandleClose(ctx context.Context, s *session.Session, lost []session.LostPDU, reason error) {
	in.mu.Lock()
	in.closed = true
	if in.timer != nil {
		in.timer.Stop()
	}
	in.mu.Unlock()
	if in.parts != nil && in.Reassembler == nil && in.Message != nil {
		in.expireAll(ctx)
	}
	if h, ok := in.Fallback.(session.CloseHandler); ok {
		h.HandleClose(ctx, s, lost, reason)
	}
}
