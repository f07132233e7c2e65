package session

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session/internal/machine"
)

// call is a Do and its caller, or the caller alone of a Send that has to wait.
type call struct {
	op   machine.Op    // of a Do
	done chan struct{} // gets a token when the wait is over
	over bool          // it is; resp and err are set
	seq  uint32        // of a Send that was admitted
	req  *pdu.PDU      // of a Do that got no response
	resp *pdu.PDU
	err  error
	next *call // of those that get their tokens together
}

func (s *Session) takeCall() *call {
	if c, ok := s.calls.Get().(*call); ok {
		return c
	}
	return &call{done: make(chan struct{}, 1)}
}

// giveCall takes a call back that nobody else refers to.
func (s *Session) giveCall(c *call) {
	*c = call{done: c.done}
	s.calls.Put(c)
}

// end notes the end of the wait of c, whose caller gets its token when the lock is let go. The lock is held.
func (s *Session) end(c *call, resp *pdu.PDU, err error) {
	c.resp, c.err, c.over = resp, err, true
	if s.tokens.last != nil {
		s.tokens.last.next = c
	} else {
		s.tokens.first = c
	}
	s.tokens.last = c
}

// tokens lists the calls that get their tokens when the lock is let go: who wakes while it is held waits for it.
type tokens struct{ first, last *call }

func (t tokens) give() {
	for c := t.first; c != nil; {
		next := c.next
		c.next = nil // before the token, with which c is its caller's
		c.done <- struct{}{}
		c = next
	}
}

// wait waits for the end of c, and tells whether ctx ended before.
func (c *call) wait(ctx context.Context) (gaveUp bool) {
	done := ctx.Done()
	if done == nil { // a receive alone costs less than a select
		<-c.done
		return false
	}
	select {
	case <-c.done:
		return false
	case <-done:
		return true
	}
}

// Do sends a request and waits for its response: for a slot of the window first, then at most Config.ResponseTimeout.
// The response of an operation that has none is nil.
//
// A response with a status other than ESME_ROK, and a generic_nack, is returned together with a *pdu.StatusError, and
// one whose body does not parse with a *pdu.DecodeError and a *pdu.Raw for a body. Other errors are a [*RequestError].
//
// When ctx ends before the request is handed to the socket, it is not sent. When ctx ends later, the outcome is
// Pending, and the response goes to HandleResp; without a [RespHandler] nobody learns its message id. So give Do a
// context that Ctrl-C does not end: Shutdown waits for the response.
func (s *Session) Do(ctx context.Context, body pdu.Body) (*pdu.PDU, error) {
	c := s.takeCall()
	c.op.PDU.Body = body
	c.op.Do = true
	c.op.Owner = c
	if _, err := s.begin(ctx, &c.op, true); err != nil {
		return nil, err
	}
	if c.wait(ctx) {
		s.mu.Lock()
		out := s.m.Cancel(s.now(), &c.op)
		req := copyOf(&c.op.PDU) // it may be a hook's when the lock is let go
		s.release()
		if out == machine.NotSent && c.err == nil || out == machine.Pending {
			return nil, &RequestError{Outcome: Outcome(out), PDU: req, Err: ctx.Err()}
		}
		return c.result()
	}
	resp, err := c.result()
	if c.op.Forgotten() && s.tracer == nil {
		s.giveCall(c)
	}
	return resp, err
}

// result is what Do returns when its request has ended.
func (c *call) result() (*pdu.PDU, error) {
	switch {
	case c.op.Outcome == machine.Nacked || c.resp != nil && c.resp.Status != pdu.StatusOK:
		return c.resp, &pdu.StatusError{Command: c.resp.ID, Status: c.resp.Status}
	case c.op.Outcome == machine.Responded || c.op.Outcome == machine.Sent:
		return c.resp, c.err
	}
	return nil, &RequestError{Outcome: Outcome(c.op.Outcome), PDU: c.req, Err: c.err}
}

// Exchange is Do with types: the response has the body that belongs to the request. The body is returned with a
// *pdu.StatusError as well, when the peer sent one.
func Exchange[Q pdu.RequestOf[R], R pdu.Body](ctx context.Context, s *Session, req Q) (R, error) {
	resp, err := s.Do(ctx, req)
	var body R
	if resp != nil {
		body, _ = resp.Body.(R)
	}
	return body, err
}

// Send queues a request, when it has a slot of the window and the handler has room for its events, and returns its
// sequence number. The outcome goes to the Handler. An error, a [*RequestError], is the whole report: the request was
// not sent.
func (s *Session) Send(ctx context.Context, body pdu.Body) (seq uint32, err error) {
	return s.send(ctx, &machine.Op{PDU: pdu.PDU{Body: body}})
}

// SendPDU is Send with the sequence number that p has, for proxies. A number that is in flight, or remembered for a
// late response, is refused. Only the header's Seq and the body count; the body may be a *pdu.Raw.
func (s *Session) SendPDU(ctx context.Context, p *pdu.PDU) error {
	o := &machine.Op{PDU: pdu.PDU{Header: p.Header, Body: p.Body}, OwnSeq: true}
	o.PDU.Status = pdu.StatusOK
	_, err := s.send(ctx, o)
	return err
}

func (s *Session) send(ctx context.Context, o *machine.Op) (uint32, error) {
	seq, err := s.begin(ctx, o, false)
	if err != nil {
		return 0, err
	}
	if o.Owner != nil {
		if seq, err = s.waitAdmitted(ctx, o); err != nil {
			return 0, &RequestError{Outcome: NotSent, PDU: &o.PDU, Err: err}
		}
	}
	return seq, nil
}

// waitAdmitted waits until a Send that has to wait is queued, or will never be, and returns its sequence number.
func (s *Session) waitAdmitted(ctx context.Context, o *machine.Op) (seq uint32, err error) {
	c := o.Owner.(*call)
	if c.wait(ctx) {
		s.mu.Lock()
		defer s.release()
		if s.m.Cancel(s.now(), o) == machine.NotSent && !c.over {
			return 0, ctx.Err()
		}
		return c.seq, c.err
	}
	seq, err = c.seq, c.err
	s.giveCall(c)
	return seq, err
}

// TrySend is Send without waiting: it fails with ErrWindowFull when no slot is free or others wait for one, and with
// ErrQueueFull when too many events wait for the handler.
func (s *Session) TrySend(body pdu.Body) (seq uint32, err error) {
	return s.begin(context.Background(), &machine.Op{PDU: pdu.PDU{Body: body}, Try: true}, false)
}

// begin hands the request over, and returns its sequence number, since its PDU may be the handler's when the lock is
// let go. A Send that has to wait gets an owner, whose end tells that of the wait. With self, the caller has nothing
// better to do than to write itself, since it will wait for the response.
func (s *Session) begin(ctx context.Context, o *machine.Op, self bool) (seq uint32, err error) {
	err = s.ctxError(ctx)
	if b := o.PDU.Body; nilBody(b) {
		err = fmt.Errorf("%w: %T", ErrNilBody, b)
	} else if b != nil {
		o.PDU.ID = b.CommandID()
	}
	if err != nil {
		s.mu.Lock()
		s.m.GivenUp(o)
		s.release()
		return 0, refused(o, err)
	}
	o.Exempt = s.inHook(ctx)
	s.mu.Lock()
	var now time.Time
	if !s.m.Timeless() {
		now = s.now()
	}
	err = s.m.Request(now, o)
	if err == nil && o.Waiting() && !o.Do {
		o.Owner = s.takeCall()
	}
	if err == nil && o.Owner != nil && o.Exempt {
		s.takeOver() // the hook waits for what the peer sends
	}
	seq = o.PDU.Seq
	if self {
		s.releaseWriting(s.m.Outstanding() > 0 || s.crowd > 1)
	} else {
		s.release()
	}
	if err != nil {
		return 0, refused(o, err)
	}
	return seq, nil
}

func refused(o *machine.Op, err error) error {
	if !o.OwnSeq {
		o.PDU.Seq = 0
	}
	return &RequestError{Outcome: NotSent, PDU: &o.PDU, Err: err}
}

// nilBody tells whether b is a nil pointer, which nothing can be read from. It is asked for before the lock is taken.
func nilBody(b pdu.Body) bool {
	v := reflect.ValueOf(b)
	return v.Kind() == reflect.Pointer && v.IsNil()
}
