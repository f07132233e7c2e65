package session

import (
	"fmt"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session/internal/machine"
)

// Request is a request of the peer's, to be answered once by Reply, Reject or Respond, and a bind by Accept or Reject.
// Its methods may be called from any goroutine, inside the hook and later. What is never answered is answered by the
// library after Config.AnswerTimeout.
type Request struct {
	// PDU is the request. The handler may keep it.
	PDU *pdu.PDU

	in machine.In
	s  *Session
}

// Session returns the session that the request came on.
func (r *Request) Session() *Session { return r.s }

// Reply answers with ESME_ROK and a body; nil stands for the empty body of the response. The error tells that nothing
// was queued: the body does not encode or is a nil pointer, and the request can still be answered, or it was answered
// before, or the session has ended.
func (r *Request) Reply(body pdu.Body) error { return r.Respond(pdu.StatusOK, body) }

// Reject answers with a status other than ESME_ROK and no body.
func (r *Request) Reject(status pdu.CommandStatus) error {
	if status == pdu.StatusOK {
		status = pdu.StatusSystemError // never acknowledge what was meant to be refused
	}
	return r.Respond(status, nil)
}

// Respond answers with any status and a body, such as a data_sm_resp that explains a failure by its TLVs. A body of nil
// is sent as none with an error, and as an empty one with ESME_ROK.
func (r *Request) Respond(status pdu.CommandStatus, body pdu.Body) error {
	if nilBody(body) {
		return r.answerError(ErrNilBody)
	}
	if body == nil && status == pdu.StatusOK {
		body = pdu.NewBody(r.PDU.ID.Response())
	}
	s := r.s
	s.mu.Lock()
	err := s.m.Reply(s.coarseNow(), &r.in, status, body)
	if s.run.lent {
		s.mu.Unlock() // the reader sees to the rest after the hooks, in less than slowHook
	} else {
		s.release()
	}
	return r.answerError(err)
}

// Accept answers a bind with ESME_ROK: the session is bound from then on, and h gets all later events. A body of nil
// stands for the empty one. The version of this end is added as sc_interface_version for a peer of 3.4 or later.
func (r *Request) Accept(body pdu.Body, h Handler) error {
	if nilBody(body) {
		return r.answerError(ErrNilBody)
	}
	hooks := hooksOf(h)
	s := r.s
	s.mu.Lock()
	err := s.m.Accept(s.now(), &r.in, body, hooks)
	if err == nil {
		s.handler.Store(&h)
	}
	s.release()
	return r.answerError(err)
}

func (r *Request) answerError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("session: answer to %v (sequence %d): %w", r.PDU.ID, r.PDU.Seq, err)
}
