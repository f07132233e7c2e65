package session

import (
	"context"
	"fmt"
	"reflect"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session/internal/machine"
)

// Handler gets the events of a session: one at a time and in order. It may implement any of the other hook interfaces of
// this package as well. The context of a hook marks it as such, and ends with the connection.
//
// Start refuses, by a panic, a handler that has a method with the name of a hook and another signature, or one that only
// a pointer to it has: a hook that is never called would lose messages in silence.
type Handler interface {
	// HandlePDU gets a request of the peer's. Answer it by the Request, once, now or later, from any goroutine.
	HandlePDU(ctx context.Context, r *Request)
}

// HandlerFunc is a function that is a Handler.
type HandlerFunc func(ctx context.Context, r *Request)

// HandlePDU calls f.
func (f HandlerFunc) HandlePDU(ctx context.Context, r *Request) { f(ctx, r) }

// NopHandler is a Handler that answers nothing itself: every request gets the answer of a session without a handler.
// Embed it in a handler that is for responses only.
type NopHandler struct{}

// HandlePDU refuses r.
func (NopHandler) HandlePDU(_ context.Context, r *Request) {
	status := pdu.StatusInvalidCommandID
	if id := r.PDU.ID; id == pdu.CommandDeliverSM || id == pdu.CommandDataSM {
		status = pdu.StatusTemporaryAppError
	}
	// The operation may have no response, and the session may have ended: there is nobody to tell.
	_ = r.Reject(status)
}

// RespHandler is implemented by handlers of sessions that use Send.
type RespHandler interface {
	// HandleResp gets the response, or the generic_nack, to a request made by Send, or by a Do whose caller gave up. A
	// response whose body did not parse has a *pdu.Raw for a body.
	HandleResp(ctx context.Context, s *Session, resp, req *pdu.PDU)
}

// RespTimeoutHandler is implemented by handlers of sessions that use Send.
type RespTimeoutHandler interface {
	// HandleRespTimeout gets requests whose response did not come in time, oldest first. The peer may have acted on
	// them.
	HandleRespTimeout(ctx context.Context, s *Session, reqs []*pdu.PDU)
}

// SendResultHandler is implemented by handlers that want to know when what they sent left.
type SendResultHandler interface {
	// HandleSendResult gets a request made by Send, or an answer, that was handed to the socket. It is not called for Do and
	// for what the session sends of its own. What did not reach the socket is in the lost list instead.
	HandleSendResult(ctx context.Context, s *Session, p *pdu.PDU)
}

// CloseHandler is implemented by handlers that account for their requests.
type CloseHandler interface {
	// HandleClose is the last hook: it gets every request still open, in the order of hand-over, and why the session
	// ended. Its context has not ended.
	HandleClose(ctx context.Context, s *Session, lost []LostPDU, reason error)
}

// LateRespHandler is implemented by handlers that want responses nobody waits for any more: a late submit_sm_resp
// carries the message id that its receipt will name.
type LateRespHandler interface {
	// HandleLateResp gets a response that matches no outstanding request by number and command. req is the request
	// whose time ran out, while that is remembered, and else nil.
	HandleLateResp(ctx context.Context, s *Session, resp, req *pdu.PDU)
}

// MalformedHandler is implemented by handlers that want to see what the peer does wrong.
type MalformedHandler interface {
	// HandleMalformed gets a PDU whose body could not be parsed, with the header as it came and a *pdu.Raw for a body;
	// the session has answered it. It also gets an alert_notification that the state forbids.
	HandleMalformed(ctx context.Context, s *Session, p *pdu.PDU, err error)
}

// StateHandler is implemented by handlers that follow the state.
type StateHandler interface {
	// HandleState tells a change of the state.
	HandleState(ctx context.Context, s *Session, from, to State)
}

// UnansweredHandler is implemented by handlers that want to see the requests that were not served as they should be.
type UnansweredHandler interface {
	// HandleUnanswered gets a request that was refused after it had waited for its hook, one without a response that
	// found no room, and one that was given up. Request.Fate tells them apart: FateRefused, FateGivenUp, or FateLate
	// when the handler has answered meanwhile. A request that was refused as it came is only counted, in Stats.Refused.
	//
	// It is a hook like any other, and waits until the hook before it has returned. So without Config.Concurrency a
	// handler that is stuck hears of a request that was given up only after it has returned; Request.Context ends at
	// once.
	HandleUnanswered(ctx context.Context, r *Request)
}

// CallHandler is implemented by handlers that take calls from the program; see Session.Call.
type CallHandler interface {
	// HandleCall gets a call. Answer it by c, once, now or later, from any goroutine.
	HandleCall(ctx context.Context, s *Session, c *Call)
}

// CastHandler is implemented by handlers that take messages from the program; see Session.Cast.
type CastHandler interface {
	// HandleCast gets a message.
	HandleCast(ctx context.Context, s *Session, msg any)
}

// LostPDU is a request that was open when its session ended. A request of the peer that was given up before the end is
// not among them; see UnansweredHandler.
type LostPDU struct {
	PDU      *pdu.PDU // the request
	Incoming bool     // it came from the peer, and was never answered, or its answer never written; see Begun
	Begun    bool     // if Incoming, its hook was called, and the handler may have acted on it
	Written  bool     // it, or if Incoming its answer, was handed to the socket, whole or in part, and may have arrived
	Told     bool     // a waiting Do got the same end as its error: whoever sends again from the list must skip it
}

// hook describes one optional interface.
type hook struct {
	bit   machine.Hooks
	has   func(Handler) bool
	named func(reflect.Type) (reflect.Method, bool) // looks the method up, whatever its signature
}

// optionalHooks lists the hooks beyond HandlePDU. Each looks its method up by a constant name, which lets the linker
// still drop the methods that a program does not use.
var optionalHooks = [...]hook{
	{machine.HookResp, has[RespHandler], func(t reflect.Type) (reflect.Method, bool) { return t.MethodByName("HandleResp") }},
	{machine.HookRespTimeout, has[RespTimeoutHandler], func(t reflect.Type) (reflect.Method, bool) { return t.MethodByName("HandleRespTimeout") }},
	{machine.HookSendResult, has[SendResultHandler], func(t reflect.Type) (reflect.Method, bool) { return t.MethodByName("HandleSendResult") }},
	{0, has[CloseHandler], func(t reflect.Type) (reflect.Method, bool) { return t.MethodByName("HandleClose") }},
	{machine.HookLateResp, has[LateRespHandler], func(t reflect.Type) (reflect.Method, bool) { return t.MethodByName("HandleLateResp") }},
	{machine.HookMalformed, has[MalformedHandler], func(t reflect.Type) (reflect.Method, bool) { return t.MethodByName("HandleMalformed") }},
	{machine.HookState, has[StateHandler], func(t reflect.Type) (reflect.Method, bool) { return t.MethodByName("HandleState") }},
	{machine.HookUnanswered, has[UnansweredHandler], func(t reflect.Type) (reflect.Method, bool) { return t.MethodByName("HandleUnanswered") }},
	{0, has[CallHandler], func(t reflect.Type) (reflect.Method, bool) { return t.MethodByName("HandleCall") }},
	{0, has[CastHandler], func(t reflect.Type) (reflect.Method, bool) { return t.MethodByName("HandleCast") }},
}

func has[T any](h Handler) bool {
	_, ok := h.(T)
	return ok
}

// hooksOf returns the hooks that h has. It panics when h has a method that is meant to be a hook and is not.
func hooksOf(h Handler) machine.Hooks {
	if h == nil {
		return 0
	}
	hooks := machine.HookPDU
	t := reflect.TypeOf(h)
	if t.Kind() != reflect.Pointer {
		t = reflect.PointerTo(t)
	}
	for _, k := range optionalHooks {
		if k.has(h) {
			hooks |= k.bit
		} else if m, ok := k.named(t); ok {
			panic(fmt.Sprintf("session: %T has a method %s that is no hook: its signature is %v", h, m.Name, m.Type))
		}
	}
	return hooks
}
