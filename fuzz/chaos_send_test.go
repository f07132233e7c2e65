package fuzz

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// started is told which session it is, before anything can happen on it.
func (p *chaosPeer) started(s *session.Session) { p.session.Store(s) }

// taken is the handler of a session, from when the library has it: its HandleClose is called once.
func (p *chaosPeer) taken() session.Handler {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.given++
	return p
}

// ended is told by Trace what HandleClose is about to get, or would get if the session had come to have this handler.
func (p *chaosPeer) ended(lost []session.LostPDU, reason error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lost, p.reason = lost, reason
	if p.begun++; p.begun > 1 {
		p.lockedWrong("the session ended %d times", p.begun)
		return
	}
	p.tellMore()
}

// chaosTrace is a Trace that tells each peer of its own session.
func chaosTrace(of func(s *session.Session) *chaosPeer) *session.Trace {
	return &session.Trace{
		Outcome:  func(s *session.Session, req *pdu.PDU, o session.Outcome) { of(s).trace(req, o) },
		Unserved: func(s *session.Session, req *pdu.PDU, f session.Fate) { of(s).unserved(req, f) },
		End:      func(s *session.Session, lost []session.LostPDU, reason error) { of(s).ended(lost, reason) },
	}
}

// send hands requests over until the quota is used up, and a few more when the session has ended.
func (p *chaosPeer) send(r *rand.Rand, quota *atomic.Int64) {
	for more := 2; quota.Add(-1) >= 0 && more > 0; {
		if err := p.hand(context.Background(), r, 50); refusedForGood(err) {
			more--
		}
	}
}

// refusedForGood tells that the session takes no more requests.
func refusedForGood(err error) bool {
	return errors.Is(err, session.ErrDraining) || errors.Is(err, session.ErrPeerUnbinding) ||
		errors.Is(err, session.ErrPeerClosed) || errors.Is(err, session.ErrClosed)
}

// hand hands one request over, by Do in so many cases of a hundred, and returns its error.
func (p *chaosPeer) hand(ctx context.Context, r *rand.Rand, do int) error {
	how := chaosSend
	switch n := r.IntN(100); {
	case n < do:
		how = chaosDo
	case n >= 90:
		how = chaosTry
	}
	spoilt := r.IntN(200) == 0
	if r.IntN(8) == 0 { // the caller gives up soon
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(r.IntN(20_000))*time.Microsecond)
		defer cancel()
	}
	e, body := p.open(how, func(number uint32) pdu.Body { return chaosBody(r, p.plan, p.end, number, spoilt) })
	if !p.plan.end.byLayer() && p.plan.of == p.end && int(e.number) == p.plan.after {
		p.later.Go(p.finish)
	}
	switch how {
	case chaosDo:
		resp, err := p.s().Do(ctx, body)
		p.did(e, resp, err)
		return err
	case chaosSend:
		_, err := p.s().Send(ctx, body)
		p.sent(e, err)
		return err
	}
	_, err := p.s().TrySend(body)
	p.sent(e, err)
	return err
}

// closeNow ends the session at once.
func (p *chaosPeer) closeNow() {
	p.dies()
	_ = p.s().Close() // is always nil
}

// shutdown ends the session in order, if that can be done in time.
func (p *chaosPeer) shutdown(bound time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	err := p.s().Shutdown(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shut = err == nil
}
