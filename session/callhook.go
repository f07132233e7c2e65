package session

import (
	"context"
	"slices"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session/internal/machine"
)

// hookName returns the name of the hook that the event is for.
func hookName(e *machine.Effect) string {
	switch e.Kind {
	case machine.EventPDU:
		return "HandlePDU"
	case machine.EventResp:
		return "HandleResp"
	case machine.EventTimeout:
		return "HandleRespTimeout"
	case machine.EventSendResult:
		return "HandleSendResult"
	case machine.EventLate:
		return "HandleLateResp"
	case machine.EventMalformed:
		return "HandleMalformed"
	case machine.EventState:
		return "HandleState"
	case machine.EventUnanswered:
		return "HandleUnanswered"
	case machine.EventClose:
		return "HandleClose"
	}
	if e.More.(*program).call != nil {
		return "HandleCall"
	}
	return "HandleCast"
}

// callHook calls the hook that the event is for, if h has it.
func (s *Session) callHook(h Handler, e *machine.Effect) {
	switch e.Kind {
	case machine.EventPDU:
		r := requestOf(e.In)
		h.HandlePDU(r.Context(), r)
	case machine.EventResp:
		if h, ok := h.(RespHandler); ok {
			h.HandleResp(s.hookContext(), s, e.PDU, &e.Op.PDU)
		}
	case machine.EventTimeout:
		if h, ok := h.(RespTimeoutHandler); ok {
			ops := e.More.([]*machine.Op)
			reqs := make([]*pdu.PDU, len(ops))
			for i, o := range ops {
				reqs[i] = copyOf(&o.PDU)
			}
			h.HandleRespTimeout(s.hookContext(), s, reqs)
		}
	case machine.EventSendResult:
		if h, ok := h.(SendResultHandler); ok {
			p := e.PDU
			if e.Op != nil {
				p = copyOf(p) // the machine goes by it until its response
			}
			h.HandleSendResult(s.hookContext(), s, p)
		}
	case machine.EventLate:
		if h, ok := h.(LateRespHandler); ok {
			var req *pdu.PDU
			if e.Op != nil {
				req = copyOf(&e.Op.PDU)
			}
			h.HandleLateResp(s.hookContext(), s, e.PDU, req)
		}
	case machine.EventMalformed:
		if h, ok := h.(MalformedHandler); ok {
			h.HandleMalformed(s.hookContext(), s, e.PDU, e.Err)
		}
	case machine.EventState:
		if h, ok := h.(StateHandler); ok {
			h.HandleState(s.hookContext(), s, State(e.From), State(e.To))
		}
	case machine.EventUnanswered:
		if h, ok := h.(UnansweredHandler); ok {
			h.HandleUnanswered(s.hookContext(), requestOf(e.In))
		}
	case machine.EventClose:
		s.callClose(h)
	default:
		s.callProgram(h, e.More.(*program))
	}
}

// copyOf returns a copy of the PDU of a request that is in flight, or remembered for a late response: the user's may
// change.
func copyOf(p *pdu.PDU) *pdu.PDU {
	q := *p
	return &q
}

// callClose calls the last hook.
func (s *Session) callClose(h Handler) {
	s.tellOwner()
	s.logEnd()
	if t := s.tracer; t != nil {
		s.traceEnd(t)
	}
	if h, ok := h.(CloseHandler); ok {
		h.HandleClose(context.WithoutCancel(s.hookContext()), s, slices.Clone(s.lost), s.m.Reason())
	}
}

// callProgram passes on what comes from the program's own side.
func (s *Session) callProgram(h Handler, p *program) {
	if p.call == nil {
		if h, ok := h.(CastHandler); ok {
			h.HandleCast(s.hookContext(), s, p.cast)
		}
		return
	}
	p.call.begun.Store(true)
	if p.call.ended.Load() {
		return // the caller gave up
	}
	if h, ok := h.(CallHandler); ok {
		h.HandleCall(s.hookContext(), s, p.call)
	} else {
		p.call.Reply(nil, ErrNoHandler)
	}
}
