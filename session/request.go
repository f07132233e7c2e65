package session

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session/internal/machine"
)

// Request is a request of the peer, to be answered once by Reply, Reject, Respond or Nack, and a bind by Accept or Reject.
// Its methods may be called from any goroutine, inside the hook and later. From when its hook is called it is its handler's:
// what is not answered within Config.AnswerTimeout is given up, and an answer that comes after that is still sent while the
// connection takes one. See the package comment.
type Request struct {
	// PDU is the request. The handler may keep it.
	PDU *pdu.PDU

	in   machine.In
	s    *link
	life atomic.Uint32              // see the constants
	made atomic.Pointer[cancelable] // the context, when somebody waits for its end; changed under the session's lock
	turn *turn                      // while it waits for its turn, or has it
}

// The life of a request. It is begun and withdrawn by compare and swap, since the machine withdraws what another goroutine is
// about to begin.
const (
	notBegun  uint32 = iota
	withdrawn        // it never will be begun
	inHook           // its hook runs
	inTurn           // its function runs, in its turn
	elsewhere        // neither does, but it was begun: its handler may be at work on it, or has answered
)

// Fate says what became of a request of the peer that was not served as it should be.
type Fate uint8

// Fates of requests.
const (
	// FateRefused: it was refused before its hook was called, which it never will be. Its peer was told that nothing
	// happened, if the operation has a response.
	FateRefused = Fate(machine.FateRefused)
	// FateGivenUp: its hook was called, and it was not answered within Config.AnswerTimeout. Its peer was told nothing,
	// unless Config.GiveUpStatus is set. When the handler answers after all, it becomes FateLate.
	FateGivenUp = Fate(machine.FateGivenUp)
	// FateLate: its answer came after it was given up or refused, or when the connection took no more.
	FateLate = Fate(machine.FateLate)
)

// String returns "refused", "given up" or "answered late".
func (f Fate) String() string {
	switch f {
	case FateRefused:
		return "refused"
	case FateGivenUp:
		return "given up"
	case FateLate:
		return "answered late"
	}
	return fmt.Sprintf("Fate(%d)", uint8(f))
}

// Session returns the session that the request came on.
func (r *Request) Session() *Session { return r.session() }

// Context returns the context that the request's hook got. It ends when the request is given up, or with the
// connection. Its Err is context.Canceled then, and context.Cause returns the reason, such as ErrAnswerTimeout. It has
// no deadline. It does not end when the hook returns or when the request is answered. Do not use it after the answer:
// it may then end because another request was given up.
func (r *Request) Context() context.Context { return (*requestContext)(r) }

// Reply answers with ESME_ROK and a body. A body of nil stands for the empty one. But a response that names something
// (a message, its state, what was found), such as submit_sm_resp, must have a body: Reply(nil) fails with ErrUnnamed
// then.
//
// An error means that nothing was queued. After ErrUnnamed, ErrNilBody, ErrAnswerMismatch or an error of encoding the
// request can still be answered. ErrAnswered says that it was answered before, ErrClosed that the session has ended.
func (r *Request) Reply(body pdu.Body) error { return r.Respond(pdu.StatusOK, body) }

// Reject answers with a status and no body. ESME_ROK is sent as ESME_RSYSERR: nothing is acknowledged by accident.
func (r *Request) Reject(status pdu.CommandStatus) error {
	return r.answer(machine.Answer{Status: refusal(status)})
}

// RejectAfter is Reject for a bind whose refusal is to be held back for some time, such as that of a server which slows down
// who guesses passwords. Config.BindDelay is a delay of the session's own: the longer one holds. A FIN of the peer, a
// drain and the end of Config.SessionInitTimeout end the wait. Requests other than binds are refused at once.
func (r *Request) RejectAfter(status pdu.CommandStatus, delay time.Duration) error {
	return r.answer(machine.Answer{Status: refusal(status), Delay: min(delay, longest)})
}

// RejectLast is Reject, and ends the session: the answer is sent, and nothing that follows it is answered. It is for binds
// that another one must not follow.
func (r *Request) RejectLast(status pdu.CommandStatus) error {
	return r.answer(machine.Answer{Status: refusal(status), Last: true})
}

// Nack answers with a generic_nack, which takes the place of the operation's own response. ESME_ROK is sent as
// ESME_RSYSERR. SMPP 5.0 §4.1.4.1.
func (r *Request) Nack(status pdu.CommandStatus) error {
	return r.answer(machine.Answer{Status: refusal(status), Nack: true})
}

// refusal keeps what was meant to be refused from being acknowledged.
func refusal(status pdu.CommandStatus) pdu.CommandStatus {
	if status == pdu.StatusOK {
		return pdu.StatusSystemError
	}
	return status
}

// Respond answers with any status and a body, such as a data_sm_resp that explains a failure by its TLVs. A body of nil
// is sent as none with an error, and with ESME_ROK as by Reply.
func (r *Request) Respond(status pdu.CommandStatus, body pdu.Body) error {
	if nilBody(body) {
		return r.answerError(ErrNilBody)
	}
	if body == nil && status == pdu.StatusOK {
		if r.named() {
			return r.answerError(ErrUnnamed)
		}
		if id, _ := r.in.Header(); id.HasResponse() {
			body = pdu.NewBody(id.Response())
		}
	}
	return r.answer(machine.Answer{Status: status, Body: body})
}

// named reports whether a successful response to r names something, so that an empty one would be a false one.
func (r *Request) named() bool {
	switch id, _ := r.in.Header(); id {
	case pdu.CommandSubmitSM, pdu.CommandSubmitMulti, pdu.CommandBroadcastSM, pdu.CommandQuerySM, pdu.CommandQueryBroadcastSM,
		pdu.CommandQueryLastMsgs, pdu.CommandQueryMsgDetails, pdu.CommandParamRetrieve:
		return true
	case pdu.CommandDataSM:
		return r.session().role == RoleMC
	}
	return false
}

func (r *Request) answer(a machine.Answer) error {
	s := r.session()
	s.mu.Lock()
	late, err := s.m.Reply(s.coarseNow(), &r.in, a)
	if late {
		s.noteLate(r)
	}
	if err == nil {
		r.spareContext()
	}
	if s.run.lent {
		s.mu.Unlock() // the reader sees to the rest after the hooks, in less than slowHook
	} else {
		s.release()
	}
	if late {
		id, seq := r.in.Header()
		s.Log(slog.LevelWarn, "answer came late", "command", id.String(), "sequence", seq, "sent", err == nil)
	}
	return r.answerError(err)
}

// Accept answers a bind with ESME_ROK: the session is bound from then on, and h gets all later events. A body of nil
// stands for the empty one. The version of this end is added as sc_interface_version for a peer of 3.4 or later.
func (r *Request) Accept(body pdu.Body, h Handler) error {
	return r.accept(body, hooksOf(h), &h)
}

// AcceptNew is Accept with a handler that is made when it is certain that the session is bound, for one that keeps something
// for its session. It must be called inside the hook that got the bind, behind which other hooks wait for the handler.
func (r *Request) AcceptNew(body pdu.Body, newHandler func() Handler) error {
	all := machine.Hooks(^uint16(0)) // until it is known which it has
	if err := r.accept(body, all, nil); err != nil {
		return err
	}
	h := newHandler()
	hooks := hooksOf(h)
	if h == nil {
		h = NopHandler{} // for what has come meanwhile
	}
	s := r.session()
	s.mu.Lock()
	s.handler.Store(&h)
	s.m.SetHooks(hooks)
	s.release()
	return nil
}

// accept answers a bind with success. A new handler takes over only then: hooks are called meanwhile.
func (r *Request) accept(body pdu.Body, hooks machine.Hooks, newHandler *Handler) error {
	if nilBody(body) {
		return r.answerError(ErrNilBody)
	}
	s := r.session()
	s.mu.Lock()
	defer s.release()
	err := s.m.Accept(s.now(), &r.in, body, hooks)
	if err == nil && newHandler != nil {
		s.handler.Store(newHandler)
	}
	return r.answerError(err)
}

func (r *Request) answerError(err error) error {
	if err == nil {
		return nil
	}
	id, seq := r.in.Header()
	return fmt.Errorf("session: answer to %v (sequence %d): %w", id, seq, err)
}

// Fate returns what became of the request when that is known to be bad, and zero otherwise.
func (r *Request) Fate() Fate {
	s := r.session()
	s.mu.Lock()
	defer s.mu.Unlock()
	return Fate(r.in.Fate())
}

// begin marks the request as begun, in its hook or its turn. It reports false when it was withdrawn, and must not be.
func (r *Request) begin(where uint32) bool { return r.life.CompareAndSwap(notBegun, where) }

// requestContext is the context of a request's hook. What it takes to wait for its end is made when somebody asks for it.
type requestContext Request

// Deadline implements [context.Context]: there is none.
func (c *requestContext) Deadline() (t time.Time, ok bool) { return t, false }

// Done implements [context.Context].
func (c *requestContext) Done() <-chan struct{} { return (*Request)(c).context().Done() }

// Err implements [context.Context].
func (c *requestContext) Err() error {
	if m := c.made.Load(); m != nil {
		if err := m.Err(); err != nil {
			return err
		}
	}
	return c.session().err()
}

// Value implements [context.Context].
func (c *requestContext) Value(key any) any {
	if key == (hookKey{}) {
		return (*Request)(c)
	}
	if m := c.made.Load(); m != nil {
		return m.Value(key)
	}
	return c.session().value(key)
}

// String keeps a context that is printed from showing all of the session.
func (c *requestContext) String() string { return "session.Request.Context" }

// context returns the context to wait for. One that cannot be given up any more ends with the connection alone.
func (r *Request) context() context.Context {
	if c := r.made.Load(); c != nil {
		return c.Context
	}
	s := r.session()
	s.mu.Lock()
	defer s.mu.Unlock()
	c := r.made.Load()
	switch {
	case c != nil:
	case r.in.Settled():
		return s.life.context(s)
	default:
		if c = s.more().takeSpare(); c == nil {
			c = newCancelable(s.life.context(s))
		}
		r.made.Store(c)
	}
	return c.Context
}

// spareContext lets the context of an answered request serve others as well, some time later: it ends with the connection
// then, or when the library gives up one of those, which is the worst that can happen to whoever still waits for its end.
// Else every request would leave something behind at the connection. It is called once, with the answer; twice, it would
// give the context to two others at a time. The lock is held.
func (r *Request) spareContext() {
	s := r.session()
	c := r.made.Load()
	if c == nil || !r.in.Settled() || c.Err() != nil || r.in.Fate() != 0 {
		return
	}
	x := s.more()
	if x.spareContexts = append(x.spareContexts, c); len(x.spareContexts) > maxSpareContexts {
		x.spareContexts = slices.Delete(x.spareContexts, 0, maxSpareContexts/2)
	}
}

// takeSpare returns a context that has not ended, nil when there is none that was answered long enough ago. The lock is held.
func (x *seldom) takeSpare() *cancelable {
	for len(x.spareContexts) > freshContexts {
		c := x.spareContexts[0]
		x.spareContexts = slices.Delete(x.spareContexts, 0, 1)
		if c.Err() == nil {
			return c
		}
	}
	return nil
}

const (
	maxSpareContexts = 256 // that a session keeps for later requests
	freshContexts    = 64  // of these, those of the requests that were answered last
)
