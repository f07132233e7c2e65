package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/profile"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// How long the end of the work is waited for.
const (
	receiptTime = 10 * time.Second // receipts, after the last response
	drainTime   = 10 * time.Second // responses and receipts, after an interrupt
	unbindTime  = 5 * time.Second
)

// sender is the handler of the client's session. Receipts come parsed from its Inbox, and SendText itself tells how parts
// ended, but for those that it did not wait for any longer.
//
// Every receipt is acknowledged, also one that matches nothing: an error would make the message centre send it again.
type sender struct {
	esme.Inbox
	led *ledger

	mu    sync.Mutex
	texts []string // that came, whole
}

// newSender returns the handler. Unless it is to keep messages from handsets, it refuses them for now, so that the message
// centre keeps them for a program that reads them.
func newSender(led *ledger, keep bool) *sender {
	s := &sender{led: led}
	s.Profile = habits
	s.Receipt = func(_ context.Context, r *esme.Receipt) error {
		led.receipt(r.Receipt)
		return nil
	}
	if keep {
		s.Message = func(_ context.Context, m *esme.Message) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.texts = append(s.texts, m.Body)
			return nil
		}
	}
	return s
}

// received returns the texts that came.
func (s *sender) received() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.texts
}

// HandleResp gets the response, or generic_nack, to a part that SendText did not wait for.
func (s *sender) HandleResp(_ context.Context, _ *session.Session, resp, req *pdu.PDU) {
	outcome := session.Responded
	if resp.ID == pdu.CommandGenericNack {
		outcome = session.Nacked
	}
	s.led.end(req.Body, outcome, resp.Status)
	s.led.answer(resp)
}

// HandleRespTimeout gets such parts when they were not answered in time. They may have arrived all the same.
func (s *sender) HandleRespTimeout(_ context.Context, _ *session.Session, reqs []*pdu.PDU) {
	for _, req := range reqs {
		s.led.end(req.Body, session.TimedOut, pdu.StatusOK)
	}
}

// HandleLateResp gets responses that came too late. Their message id is still of use.
func (s *sender) HandleLateResp(_ context.Context, _ *session.Session, resp, req *pdu.PDU) {
	if req != nil {
		s.led.answer(resp)
	}
}

// HandleClose gets what was open when the session ended. SendText was told of parts that it waited for. One that was not
// written can be sent again without the danger of a duplicate, one that was written can not.
func (s *sender) HandleClose(ctx context.Context, ss *session.Session, lost []session.LostPDU, reason error) {
	s.Inbox.HandleClose(ctx, ss, lost, reason)
	for _, l := range lost {
		switch {
		case l.Incoming || l.Told: // a receipt that was not answered; a part whose SendText knows
		case l.Written:
			s.led.end(l.PDU.Body, session.Lost, pdu.StatusOK)
		default:
			s.led.end(l.PDU.Body, session.NotSent, pdu.StatusOK)
		}
	}
}

// job is what a sender has to do.
type job struct {
	address  string // host:port or URL
	texts    []string
	profiles []*profile.Profile // by which the texts are sent, in turn
	messages int
	window   int
	receipts bool
	backlog  int                            // receipts outstanding before the sender waits for some; 0: any number
	verify   func(id string) (string, bool) // the text that the message centre put together; nil when it can not be asked
	reply    func(context.Context, job, *sender) (replies, error)
}

// report is what came of a job.
type report struct {
	totals
	replies     replies
	unreplied   error // why there are no more of them
	stats       session.Stats
	lost        []session.LostPDU
	reason      error // why the session ended
	interrupted bool
}

// send does a job on one session: bind, send, wait for responses and receipts, unbind. An error means that it did not
// come to a bind. When ctx ends it sends no more, and waits for what is open, for drainTime at most.
func (p *program) send(ctx context.Context, j job) (*report, error) {
	led := newLedger(j)
	handler := newSender(led, j.reply != nil)
	client, err := esme.Dial(ctx, j.address, esme.Config{
		SystemID: p.systemID,
		Password: pdu.Password(p.password),
		Profile:  habits,
		Session: session.Config{
			Handler:       handler,
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
	var r report
	if j.reply != nil && ctx.Err() == nil {
		// When the session has ended, which the report tells, there are no replies.
		r.replies, r.unreplied = j.reply(ctx, j, handler)
	}
	unbind, cancel := context.WithTimeout(grace, unbindTime)
	defer cancel()
	// Why the session ended is in the report.
	_ = client.Shutdown(unbind)
	// No hook of the sender's waits, so that all of them return.
	_ = client.Wait(context.WithoutCancel(ctx))
	led.giveUp()
	r.totals, r.stats, r.lost, r.reason = led.totals(), client.Stats(), client.Lost(), client.Err()
	r.interrupted = ctx.Err() != nil
	return &r, nil
}

// sendAll sends every message. SendText waits for the response to each part before it sends the next one, so as many
// messages are sent at a time as the window is wide. On a session that has ended SendText fails at once, so that every
// message has its fate. After ctx it begins no other message; what was begun may go on until grace ends.
func sendAll(ctx, grace context.Context, client *esme.Client, led *ledger, j job) {
	type task struct {
		esme.Text
		*entry
	}
	tasks := make(chan task)
	var workers sync.WaitGroup
	for range min(j.window, j.messages) {
		workers.Go(func() {
			for t := range tasks {
				sent, err := client.SendText(grace, t.Text)
				led.sent(t.entry, sent, err)
			}
		})
	}
	for i := 0; i < j.messages && ctx.Err() == nil; i++ {
		if j.backlog > 0 {
			led.await(ctx, client.Done(), func() bool { return led.owed < j.backlog })
		}
		text := j.text(i)
		tasks <- task{text, led.enter(text.Body)}
	}
	close(tasks)
	workers.Wait()
}

// text returns the message of a number. The profiles change with each round through the texts.
func (j *job) text(i int) esme.Text {
	t := esme.Text{
		From: "Quickstart", To: recipient(i), Body: j.texts[i%len(j.texts)],
		Profile: j.profiles[i/len(j.texts)%len(j.profiles)],
	}
	if j.receipts {
		t.Receipt = pdu.RegisteredReceipt
	}
	return t
}

// recipient returns one of the numbers that are kept free for fiction, so that no message reaches anybody.
func recipient(i int) string { return fmt.Sprintf("+447700900%03d", i%1000) }

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
