package session

import (
	"errors"
	"fmt"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session/internal/machine"
)

// Why a request was not sent, or how it ended otherwise. They are wrapped in a [*RequestError]; ask with errors.Is.
var (
	// ErrWindowFull: TrySend found every slot of the window taken, or others waiting for one.
	ErrWindowFull = machine.ErrWindowFull
	// ErrQueueFull: TrySend, Call or Cast, or a Send inside a hook, found too many events waiting for the handler; or a
	// request or a Call waited for the handler while no hook returned for 5 s.
	ErrQueueFull = machine.ErrQueueFull
	// ErrDraining: the session is shutting down and takes no new requests.
	ErrDraining = machine.ErrDraining
	// ErrPeerUnbinding: the peer sent unbind; no new requests go out.
	ErrPeerUnbinding = machine.ErrPeerUnbinding
	// ErrSequenceInUse: SendPDU was given a sequence number that is in flight, or remembered for a late response.
	ErrSequenceInUse = machine.ErrSeqInUse
	// ErrSequenceRange: SendPDU was given a sequence number outside 1..0x7FFFFFFF.
	ErrSequenceRange = machine.ErrSeqRange
	// ErrNotRequest: a response was given where a request belongs.
	ErrNotRequest = machine.ErrNotRequest
	// ErrResponseTimeout: no response came within Config.ResponseTimeout. The peer may have acted on the request.
	ErrResponseTimeout = machine.ErrResponseTimeout
)

// Why a session ended: what [Session.Err] and HandleClose give. Other reasons are errors of the connection, a
// [*pdu.FrameError] and a [*PanicError].
var (
	// ErrClosed: Close was called. The errors of methods called on a session that has ended are ErrClosed as well, and wrap
	// why it ended.
	ErrClosed = machine.ErrClosed
	// ErrShutdown: Shutdown was called, or an unbind of our own was answered.
	ErrShutdown = machine.ErrShutdown
	// ErrPeerUnbound: the peer sent unbind, and it was answered.
	ErrPeerUnbound = machine.ErrPeerUnbound
	// ErrPeerClosed: the peer closed the connection without unbind.
	ErrPeerClosed = machine.ErrPeerClosed
	// ErrSessionInit: there was no successful bind within Config.SessionInitTimeout.
	ErrSessionInit = machine.ErrSessionInit
	// ErrEnquireLink: the peer was silent, and stayed so after enquire_link for Config.EnquireLinkTimeout.
	ErrEnquireLink = machine.ErrEnquireLink
	// ErrInactive: nothing but enquire_link passed for Config.InactivityTimeout.
	ErrInactive = machine.ErrInactive
	// ErrHandlerStuck: responses waited for the handler, beyond Config.EventOctets, for 10 s.
	ErrHandlerStuck = machine.ErrHandlerStuck
	// ErrUnboundFlood: the peer sent more than a few requests before it was bound.
	ErrUnboundFlood = machine.ErrUnboundFlood
	// ErrBindRefused: RejectLast refused the peer's bind, or it was the last of Config.BindAttempts.
	ErrBindRefused = machine.ErrBindRefused
	// ErrWriteTimeout: the peer did not take what was written within Config.WriteTimeout.
	ErrWriteTimeout = machine.ErrWriteTimeout
)

// Errors of answering, of binding and of calls.
var (
	// ErrAnswered: the request was answered before, by the handler, or by the library, which refused it before it was begun
	// or was told to by Config.GiveUpStatus.
	ErrAnswered = machine.ErrAnswered
	// ErrNoAnswer: the operation has no response.
	ErrNoAnswer = machine.ErrNoAnswer
	// ErrAnswerMismatch: the response does not belong to the request.
	ErrAnswerMismatch = machine.ErrAnswerMismatch
	// ErrNotBind: Accept was called for a request that is not the bind being judged.
	ErrNotBind = machine.ErrNotBind
	// ErrBindPending: a bind is answered by Accept or Reject, not by Reply.
	ErrBindPending = machine.ErrBindPending
	// ErrInHook: Call or Wait was called inside a hook of the session, which it would wait for.
	ErrInHook = errors.New("called inside a hook of the same session")
	// ErrNoHandler: the session's handler has no hook for calls, or for casts.
	ErrNoHandler = errors.New("handler does not take calls of this kind")
	// ErrLater is returned by a handler given to On that answers later by the Request. It is not an error of anything.
	ErrLater = errors.New("answered later")
	// ErrNotBegun: the request waits for its turn, or was refused before its turn came.
	ErrNotBegun = machine.ErrNotBegun
	// ErrUnnamed: a request whose response names something was to be answered with ESME_ROK and without a body.
	ErrUnnamed = machine.ErrUnnamed
	// ErrAnswerTimeout: a request was not answered within Config.AnswerTimeout. It is the cause of the end of its context.
	ErrAnswerTimeout = machine.ErrAnswerTimeout
	// ErrNilBody: a body is a nil pointer, such as what a function returned besides its error.
	ErrNilBody = errors.New("body is a nil pointer")
)

// Outcome tells how a request ended. See the package comment.
type Outcome uint8

// Outcomes of a request that was handed over. Unknown means that the peer may have acted on it.
const (
	Pending   = Outcome(machine.Pending)   // not ended: a caller gave up waiting, and it goes on as a Send
	Responded = Outcome(machine.Responded) // its response came, whatever the status, parsable or not
	Nacked    = Outcome(machine.Nacked)    // a generic_nack with its sequence number came
	Sent      = Outcome(machine.Sent)      // written, and the operation has no response
	TimedOut  = Outcome(machine.TimedOut)  // no response in time: unknown
	NotSent   = Outcome(machine.NotSent)   // not one byte of it reached the socket
	Lost      = Outcome(machine.Lost)      // handed to the socket, unanswered when the session ended: unknown
)

// String names the outcome in words.
func (o Outcome) String() string { return machine.Outcome(o).String() }

// RequestError tells how a request ended that has no response. Its text says whether the peer may have seen it.
type RequestError struct {
	Outcome Outcome  // NotSent, TimedOut, Lost, or Pending when the caller gave up
	PDU     *pdu.PDU // the request; its Seq is zero when it never got a number
	Err     error    // why
}

// Error says what was requested, what became of it, and why.
func (e *RequestError) Error() string {
	fate := e.Outcome.String()
	switch e.Outcome {
	case TimedOut:
		fate = "unanswered, it may have been received"
	case Lost:
		fate = "lost with the connection, it may have been received"
	case Pending:
		fate = "still under way, the handler gets its response"
	}
	if e.PDU.Seq == 0 {
		return fmt.Sprintf("session: %v %s: %v", e.PDU.ID, fate, e.Err)
	}
	return fmt.Sprintf("session: %v (sequence %d) %s: %v", e.PDU.ID, e.PDU.Seq, fate, e.Err)
}

// Unwrap returns the cause.
func (e *RequestError) Unwrap() error { return e.Err }

// Timeout tells whether time ran out: the response time, or the caller's context.
func (e *RequestError) Timeout() bool {
	if errors.Is(e.Err, ErrResponseTimeout) {
		return true
	}
	var t interface{ Timeout() bool }
	return errors.As(e.Err, &t) && t.Timeout()
}

// SafeToRetry reports whether the request that err is about certainly never left: not one byte of it reached the
// socket, so that the peer cannot get it twice. It is false for a *pdu.StatusError: the peer got that request and
// refused it, and its status says whether to try again; see [pdu.StatusOf]. If the PDU or the state was at fault,
// sending the same again fails again.
func SafeToRetry(err error) bool {
	var e *RequestError
	return errors.As(err, &e) && e.Outcome == NotSent
}

// PanicError is the reason of a session whose hook panicked, or ended its goroutine by runtime.Goexit.
type PanicError struct {
	Hook  string // such as "HandlePDU", or "Trace.Sent"
	Value any    // what was passed to panic; nil for Goexit
	Stack []byte // of the goroutine, as runtime/debug.Stack gives it

	text string // of Value, as it was then
}

// newPanicError makes a PanicError of what recover returned.
func newPanicError(hook string, v any, stack []byte) *PanicError {
	return &PanicError{Hook: hook, Value: v, Stack: stack, text: panicText(v)}
}

// panicText returns the text of what was passed to panic. The value is the user's, and its text may want a lock that
// the hook held as it died, so the session asks once, and does not wait for it without end.
func panicText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	text := make(chan string, 1)
	go func() {
		defer close(text)
		text <- fmt.Sprint(v)
	}()
	timer := time.NewTimer(stuckTime)
	defer timer.Stop()
	select {
	case s, ok := <-text:
		if ok {
			return s
		}
	case <-timer.C:
	}
	return fmt.Sprintf("%T, which does not tell its text", v)
}

// Error tells the hook and the value, not the stack.
func (e *PanicError) Error() string {
	if e.Value == nil {
		return fmt.Sprintf("%s ended its goroutine", e.Hook)
	}
	text := e.text
	if text == "" { // it is none of the session's
		text = fmt.Sprint(e.Value)
	}
	return fmt.Sprintf("%s panicked: %s", e.Hook, text)
}

// Unwrap returns the value of the panic when it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
