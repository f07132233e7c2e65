package session

import (
	"context"
	"fmt"
	"reflect"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session/internal/machine"
)

// call is a request of ours and the caller that waits for it.
type call struct {
	op   machine.Op
	done chan struct{} // gets a token when the wait is over
	resp *pdu.PDU
	err  error
}

// end tells the caller the end of its wait, and wakes it if it waits already. The session's lock is held.
func (c *call) end(resp *pdu.PDU, err error) {
	c.resp, c.err = resp, err
	if c.done != nil {
		c.done <- struct{}{}
	}
}

// takeWait returns an empty channel for call.done.
func (s *Session) takeWait() chan struct{} {
	if ch, ok := s.waits.Get().(chan struct{}); ok {
		return ch
	}
	return make(chan struct{}, 1)
}

// wait waits for the end of c, and tells whether ctx ended before. A channel whose one token was taken out serves again.
func (s *Session) wait(ctx context.Context, c *call) (gaveUp bool) {
	if done := ctx.Done(); done == nil { // a receive alone costs less than a select
		<-c.done
	} else {
		select {
		case <-c.done:
		case <-done:
			return true
		}
	}
	s.waits.Put(c.done)
	return false
}

// Do sends a request and waits for its response: for a slot of the window first, then at most Config.ResponseTimeout.
// The response of an operation that has none is nil.
//
// A response with a status other than ESME_ROK, and a generic_nack, is returned together with a *pdu.StatusError, and
// one whose body does not parse with a *pdu.DecodeError and a *pdu.Raw for a body. Other errors are a [*RequestError].
// When ctx ends before the request is handed to the socket, it is not sent; afterwards its response goes to HandleResp.
func (s *Session) Do(ctx context.Context, body pdu.Body) (*pdu.PDU, error) {
	c := &call{done: s.takeWait()}
	c.op.PDU.Body = body
	c.op.Do = true
	if err := s.begin(ctx, c, true); err != nil {
		return nil, err
	}
	if s.wait(ctx, c) {
		s.mu.Lock()
		out := s.m.Cancel(s.now(), &c.op)
		s.release()
		if out == machine.NotSent && c.err == nil || out == machine.Pending {
			return nil, &RequestError{Outcome: Outcome(out), PDU: &c.op.PDU, Err: ctx.Err()}
		}
	}
	return c.result()
}

// result is what Do returns when its request has ended.
func (c *call) result() (*pdu.PDU, error) {
	switch {
	case c.op.Outcome == machine.Nacked || c.resp != nil && c.resp.Status != pdu.StatusOK:
		return c.resp, &pdu.StatusError{Command: c.resp.ID, Status: c.resp.Status}
	case c.op.Outcome == machine.Responded || c.op.Outcome == machine.Sent:
		return c.resp, c.err
	}
	return nil, &RequestError{Outcome: Outcome(c.op.Outcome), PDU: &c.op.PDU, Err: c.err}
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
	c := new(call)
	c.op.PDU.Body = body
	return s.send(ctx, c)
}

// SendPDU is Send with the sequence number that p has, for proxies. A number that is in flight, or remembered for a
// late response, is refused. Only the header's Seq and the body count; the body may be a *pdu.Raw.
func (s *Session) SendPDU(ctx context.Context, p *pdu.PDU) error {
	c := new(call)
	c.op.PDU = pdu.PDU{Header: p.Header, Body: p.Body}
	c.op.PDU.Status = pdu.StatusOK
	c.op.OwnSeq = true
	_, err := s.send(ctx, c)
	return err
}

func (s *Session) send(ctx context.Context, c *call) (uint32, error) {
	if err := s.begin(ctx, c, false); err != nil {
		return 0, err
	}
	if c.done != nil && s.wait(ctx, c) {
		s.mu.Lock()
		out := s.m.Cancel(s.now(), &c.op)
		s.release()
		if out == machine.NotSent && len(c.done) == 0 { // with a token, c.err tells the end of the wait
			c.err = ctx.Err()
		}
	}
	if c.err != nil {
		return 0, &RequestError{Outcome: NotSent, PDU: &c.op.PDU, Err: c.err}
	}
	return c.op.PDU.Seq, nil
}

// TrySend is Send without waiting: it fails with ErrWindowFull when no slot is free or others wait for one, and with
// ErrQueueFull when too many events wait for the handler.
func (s *Session) TrySend(body pdu.Body) (seq uint32, err error) {
	c := new(call)
	c.op.PDU.Body = body
	c.op.Try = true
	if err := s.begin(context.Background(), c, false); err != nil {
		return 0, err
	}
	return c.op.PDU.Seq, nil
}

// begin hands the request over. When it has to wait, c.done is made; an end that comes before that, of a request that
// waited for no time at all, is in c as well. With self, the caller has nothing better to do than to write itself,
// since it will wait for the response.
func (s *Session) begin(ctx context.Context, c *call, self bool) error {
	c.op.Owner = c
	err := ctx.Err()
	if b := c.op.PDU.Body; nilBody(b) {
		err = fmt.Errorf("%w: %T", ErrNilBody, b)
	} else if b != nil {
		c.op.PDU.ID = b.CommandID()
	}
	if err != nil {
		s.mu.Lock()
		s.m.GivenUp(&c.op)
		s.release()
		return s.refused(c, err)
	}
	c.op.Exempt = s.inHook(ctx)
	s.mu.Lock()
	err = s.m.Request(s.now(), &c.op)
	if err == nil && c.done == nil && c.op.Waiting() {
		c.done = s.takeWait()
	}
	if err == nil && c.done != nil && c.op.Exempt {
		s.takeOver() // the hook waits for what the peer sends
	}
	if !self {
		s.release()
	} else {
		s.releaseWriting(true)
	}
	if err != nil {
		return s.refused(c, err)
	}
	return nil
}

func (s *Session) refused(c *call, err error) error {
	if !c.op.OwnSeq {
		c.op.PDU.Seq = 0
	}
	return &RequestError{Outcome: NotSent, PDU: &c.op.PDU, Err: err}
}

// nilBody tells whether b is a nil pointer, which nothing can be read from. It is asked for before the lock is taken.
func nilBody(b pdu.Body) bool {
	v := reflect.ValueOf(b)
	return v.Kind() == reflect.Pointer && v.IsNil()
}
