package fuzz

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/session"
)

// enter notes hooks that overlap, or follow HandleClose.
func (d *chaosDoer) enter(hook string) func() {
	if d.busy.Add(1) != 1 {
		d.deeds.bad("%s overlaps another hook", hook)
	}
	d.deeds.mu.Lock()
	if d.deeds.closed > 0 {
		d.deeds.lockedWrong("%s behind HandleClose", hook)
	}
	d.deeds.mu.Unlock()
	return func() { d.busy.Add(-1) }
}

// HandlePDU leaves the request to the handler of its kind.
func (d *chaosDoer) HandlePDU(ctx context.Context, r *session.Request) {
	defer d.enter("HandlePDU")()
	d.handler.HandlePDU(ctx, r)
}

// HandleResp enters the response to a request whose caller gave up.
func (d *chaosDoer) HandleResp(_ context.Context, _ *session.Session, resp, req *pdu.PDU) {
	defer d.enter("HandleResp")()
	d.responded(resp, req)
}

// HandleLateResp enters a response whose request was reported as unknown.
func (d *chaosDoer) HandleLateResp(_ context.Context, _ *session.Session, resp, req *pdu.PDU) {
	defer d.enter("HandleLateResp")()
	if req != nil {
		d.responded(resp, req)
	}
}

func (d *chaosDoer) responded(resp, req *pdu.PDU) {
	told := chaosAccepted
	if resp.Status != pdu.StatusOK {
		told = chaosRefused
	}
	if n := d.numberOf(req.Body); n != 0 {
		d.asked.tells(n, told, resp.Status)
	}
}

// HandleUnanswered enters a request that was refused or given up.
func (d *chaosDoer) HandleUnanswered(_ context.Context, r *session.Request) {
	defer d.enter("HandleUnanswered")()
	f := r.Fate()
	n := d.numberOf(r.PDU.Body)
	if f != session.FateRefused && !chaosEnded(r.Context()) {
		d.deeds.bad("request %d is given up, and its context does not end", n)
	}
	d.deeds.unanswered(n, f)
}

// HandleState tells those who wait that the session is bound.
func (d *chaosDoer) HandleState(_ context.Context, _ *session.Session, _, to session.State) {
	defer d.enter("HandleState")()
	if to.Bound() {
		close(d.bound)
	}
}

// HandleCast is for the Inbox.
func (d *chaosDoer) HandleCast(ctx context.Context, s *session.Session, msg any) {
	defer d.enter("HandleCast")()
	if d.inbox != nil {
		d.inbox.HandleCast(ctx, s, msg)
	}
}

// HandleClose enters the lost list.
func (d *chaosDoer) HandleClose(ctx context.Context, s *session.Session, lost []session.LostPDU, reason error) {
	defer d.enter("HandleClose")()
	d.deeds.closes(lost, d.numberOf)
	if d.inbox != nil {
		d.inbox.HandleClose(ctx, s, lost, reason)
	}
	d.deeds.mu.Lock()
	d.deeds.closed++
	d.deeds.mu.Unlock()
}

// empty hands over what is left in a Reassembler that the Inbox does not own.
func (d *chaosDoer) empty() {
	if d.parts == nil {
		return
	}
	messages, err := d.parts.Expire(context.Background(), time.Now().AddDate(1, 0, 0))
	if err != nil {
		d.deeds.bad("%v", err)
	}
	for _, m := range messages {
		first, _ := chaosNumberOf(d.plan, &pdu.DeliverSM{Source: m.Source})
		for _, p := range m.Parts {
			n, _ := p.Number()
			d.deeds.stores(first + uint32(n.Seq) - 1)
		}
	}
}

// ask makes requests until the quota is used up, the time is over, or the session takes no more.
func (d *chaosDoer) ask(r *rand.Rand, parts bool, quota *atomic.Int64, until time.Time) {
	for quota.Add(-1) >= 0 && time.Now().Before(until) {
		over := false
		for _, body := range d.requests(r, parts) {
			if over {
				d.asked.tells(d.numberOf(body), chaosNotSent, 0)
				continue
			}
			over = refusedForGood(d.askOne(r, body))
		}
		if over {
			return
		}
	}
}

func (d *chaosDoer) askOne(r *rand.Rand, body pdu.Body) error {
	ctx := context.Background()
	if r.IntN(8) == 0 { // the caller gives up soon
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(r.IntN(20_000))*time.Microsecond)
		defer cancel()
	}
	_, err := d.session.Load().Do(ctx, body)
	n := d.numberOf(body)
	var re *session.RequestError
	var se *pdu.StatusError
	switch {
	case err == nil:
		d.asked.tells(n, chaosAccepted, pdu.StatusOK)
	case errors.As(err, &re) && re.Outcome == session.NotSent:
		d.asked.tells(n, chaosNotSent, 0)
	case errors.As(err, &re):
		d.asked.tells(n, chaosUnknown, 0)
	case errors.As(err, &se):
		d.asked.tells(n, chaosRefused, se.Status)
	default:
		d.asked.bad("Do of request %d: %v", n, err)
	}
	return err
}

// requests makes one request, or the parts of a long message.
func (d *chaosDoer) requests(r *rand.Rand, parts bool) []pdu.Body {
	to := pdu.Address{TON: 1, NPI: 1, Addr: "4670123456" + strconv.Itoa(r.IntN(5))}
	from := func(number uint32) pdu.Address {
		return pdu.Address{Addr: strconv.Itoa(d.plan.n) + "." + strconv.FormatUint(uint64(number), 10)}
	}
	if parts && r.IntN(3) == 0 {
		long := strings.Repeat("a long text ", 13+r.IntN(26))
		split, err := multipart.Split(long, multipart.Options{Ref: uint16(r.IntN(256))})
		if err != nil {
			d.asked.bad("%v", err)
			return nil
		}
		source := from(d.asked.open(len(split)))
		var bodies []pdu.Body
		for _, p := range split {
			b := &pdu.DeliverSM{Source: source, Dest: to}
			if err := p.Put(b); err != nil {
				d.asked.bad("%v", err)
			}
			bodies = append(bodies, b)
		}
		return bodies
	}
	source := from(d.asked.open(1))
	switch esme := d.deeds.name == chaosToESME; {
	case esme && r.IntN(4) == 0:
		b := &pdu.DataSM{Source: source, Dest: to}
		b.TLVs.Set(pdu.TagMessagePayload, []byte("text"))
		return []pdu.Body{b}
	case esme:
		return []pdu.Body{&pdu.SubmitSM{Source: source, Dest: to, ShortMessage: []byte("text")}}
	case parts && r.IntN(3) == 0:
		sm := &pdu.SubmitSM{Source: to, Dest: source, RegisteredDelivery: 1}
		return []pdu.Body{mc.Receipt(sm, source.Addr, pdu.MessageStateDelivered)}
	}
	return []pdu.Body{&pdu.DeliverSM{Source: source, Dest: to, ShortMessage: []byte("text")}}
}

// Names of the two directions.
const (
	chaosToESME = "to the ESME"
	chaosToMC   = "to the MC"
)
