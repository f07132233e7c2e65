package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// How long the end of the work is waited for.
const (
	receiptTime = 10 * time.Second // receipts, after the last response
	drainTime   = 10 * time.Second // responses and receipts, after an interrupt
	unbindTime  = 5 * time.Second
)

// sender is the handler of the client's session. It enters into the ledger how every message ended.
type sender struct {
	led *ledger
}

// HandlePDU takes receipts. Every receipt is acknowledged, also one that matches nothing: an error would make the
// message centre send it again. A message from a handset is refused for now, so that the centre keeps it for a program
// that reads it.
func (s *sender) HandlePDU(ctx context.Context, r *session.Request) {
	rcpt, ok := readReceipt(r.PDU.Body)
	if !ok {
		session.NopHandler{}.HandlePDU(ctx, r)
		return
	}
	s.led.receipt(rcpt)
	// It fails when the session has ended; then the message centre knows that the receipt was not taken.
	_ = r.Reply(nil)
}

// HandleResp gets the response, or generic_nack, to a message.
func (s *sender) HandleResp(_ context.Context, _ *session.Session, resp, req *pdu.PDU) {
	s.led.respond(req.Body, resp)
}

// HandleRespTimeout gets messages that were not answered in time. They may have arrived all the same.
func (s *sender) HandleRespTimeout(_ context.Context, _ *session.Session, reqs []*pdu.PDU) {
	for _, req := range reqs {
		s.led.end(req.Body, session.TimedOut, true)
	}
}

// HandleLateResp gets responses that came too late. Their message id is still of use.
func (s *sender) HandleLateResp(_ context.Context, _ *session.Session, resp, req *pdu.PDU) {
	if req != nil {
		s.led.late(req.Body, resp)
	}
}

// HandleClose gets the messages that were open when the session ended. One that was not written can be sent again
// without the danger of a duplicate, one that was written can not.
func (s *sender) HandleClose(_ context.Context, _ *session.Session, lost []session.LostPDU, _ error) {
	for _, l := range lost {
		switch {
		case l.Incoming || l.Told: // a receipt that was not answered; a request of Do, whose caller knows
		case l.Written:
			s.led.end(l.PDU.Body, session.Lost, true)
		default:
			s.led.end(l.PDU.Body, session.NotSent, false)
		}
	}
}

// job is what a sender has to do.
type job struct {
	address  string // host:port or URL
	texts    []string
	messages int
	window   int
	receipts bool
	backlog  int                            // receipts outstanding before the sender waits for some; 0: any number
	verify   func(id string) (string, bool) // what the message centre holds; nil when it can not be asked
}

// report is what came of a job.
type report struct {
	totals
	stats       session.Stats
	lost        []session.LostPDU
	reason      error // why the session ended
	interrupted bool
}

// send does a job on one session: bind, send, wait for responses and receipts, unbind. An error means that it did not
// come to a bind. When ctx ends it sends no more, and waits for what is open, for drainTime at most.
func (p *program) send(ctx context.Context, j job) (*report, error) {
	led := newLedger(j.receipts, j.verify)
	client, err := esme.Dial(ctx, j.address, esme.Config{
		SystemID: p.systemID,
		Password: pdu.Password(p.password),
		Session: session.Config{
			Handler:       &sender{led},
			Window:        j.window,
			InboundWindow: max(j.window, minInbound), // as many receipts may come at a time
			Logger:        p.log,
		},
	})
	if err != nil {
		return nil, p.bindError(ctx, j.address, err)
	}
	grace, cancel := outlive(ctx, drainTime)
	defer cancel()
	stop := p.progress(ctx, led, j)
	sendAll(ctx, grace, client, led, j)
	led.await(grace, client.Done(), led.settled)
	awaitReceipts(grace, client, led)
	stop()
	unbind, cancel := context.WithTimeout(grace, unbindTime)
	defer cancel()
	// Why the session ended is in the report.
	_ = client.Shutdown(unbind)
	<-client.Done()
	return &report{
		totals: led.totals(), stats: client.Stats(), lost: client.Lost(), reason: client.Err(),
		interrupted: ctx.Err() != nil,
	}, nil
}

// sendAll hands every message to the session, which lets a window of them be outstanding. On a session that has ended
// Send fails at once, so that every message has its fate. After ctx it begins no other message; the one that waits for
// its turn may go until grace ends.
func sendAll(ctx, grace context.Context, client *esme.Client, led *ledger, j job) {
	from := pdu.Address{TON: pdu.TONAlphanumeric, Addr: "Quickstart"}
	for i := 0; i < j.messages && ctx.Err() == nil; i++ {
		if j.backlog > 0 {
			led.await(ctx, client.Done(), func() bool { return led.owed < j.backlog })
		}
		text := j.texts[i%len(j.texts)]
		sm := compose(from, recipient(i), text, j.receipts)
		led.enter(sm, text)
		if _, err := client.Send(grace, sm); err != nil {
			led.end(sm, session.NotSent, false) // the handler hears nothing of it
		}
	}
}

// recipient returns one of the numbers that are kept free for fiction, so that no message reaches anybody.
func recipient(i int) pdu.Address {
	return pdu.Address{TON: pdu.TONInternational, NPI: pdu.NPIISDN, Addr: fmt.Sprintf("447700900%03d", i%1000)}
}

func awaitReceipts(ctx context.Context, client *esme.Client, led *ledger) {
	ctx, cancel := context.WithTimeout(ctx, receiptTime)
	defer cancel()
	led.await(ctx, client.Done(), led.receipted)
}

// outlive returns a context that ends d after ctx.
func outlive(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	later, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(d, func() { cancel(context.DeadlineExceeded) })
		context.AfterFunc(later, func() { timer.Stop() })
	})
	return later, func() {
		stop()
		cancel(context.Canceled)
	}
}

// bindError tells in few words why there is no session.
func (p *program) bindError(ctx context.Context, address string, err error) error {
	if ctx.Err() != nil {
		return errInterrupted
	}
	u, _ := transport.ParseURL(address) // was parsed before
	var op *net.OpError
	var unanswered *session.RequestError
	status, refused := pdu.StatusOf(err)
	switch {
	case refused && statusHelp[status] != "":
		return fmt.Errorf("%s refused the bind of %q: %v, %s", u.Address(), p.systemID, status, statusHelp[status])
	case refused:
		return fmt.Errorf("%s refused the bind of %q: %v", u.Address(), p.systemID, status)
	case errors.As(err, &op) && op.Op == "dial":
		return fmt.Errorf("can not connect to %s: %w", u.Address(), op.Err)
	case errors.As(err, &unanswered):
		err = unanswered.Err
	}
	return fmt.Errorf("can not bind at %s: %w", u.Address(), err)
}

// statusHelp says in plain words what the usual refusals mean.
var statusHelp = map[pdu.CommandStatus]string{
	pdu.StatusInvalidPassword: "the password is wrong",
	pdu.StatusInvalidSystemID: "the system_id is unknown",
	pdu.StatusBindFailed:      "wrong name or password, as a rule",
	pdu.StatusAlreadyBound:    "it is bound as often as it may be",
}
