package session

import (
	"context"
	"errors"
	"log/slog"

	"github.com/smpp-go/smpp/pdu"
)

// Mux is a Handler that passes requests to typed functions; see On. Its zero value is ready. Embed it in a struct that
// has the other hooks. A Mux keeps nothing of its sessions, so many sessions may share it; its functions must then be
// safe for concurrent use, as they must be with a Config.Concurrency above 1. Do not change a Mux while it is in use.
type Mux struct {
	// Fallback gets requests without a function of their own. Nil: they are refused as by NopHandler.
	Fallback Handler

	funcs map[pdu.CommandID]HandlerFunc
}

// HandlePDU passes r to the function for its command, or to Fallback, in its turn: see Config.Concurrency.
func (m *Mux) HandlePDU(ctx context.Context, r *Request) { r.InTurn(ctx, (*muxTurn)(m)) }

// muxTurn is a Mux that serves a request whose turn has come.
type muxTurn Mux

// HandlePDU calls the function for the command of r, or Fallback.
func (m *muxTurn) HandlePDU(ctx context.Context, r *Request) {
	if h := m.funcs[r.PDU.ID]; h != nil {
		h(ctx, r)
		return
	}
	if m.Fallback != nil {
		m.Fallback.HandlePDU(ctx, r)
		return
	}
	NopHandler{}.HandlePDU(ctx, r)
}

// On makes h the function for requests whose body is a Q. The compiler sees to it that the response belongs to the
// request:
//
//	session.On(mux, func(ctx context.Context, r *session.Request, sm *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
//		return &pdu.SubmitSMResp{MessageID: "42"}, nil
//	})
//
// A response without an error is sent with ESME_ROK. An error is answered with the status that [pdu.StatusOf] finds in
// it, or else with ESME_RSYSERR, together with the response when that is not nil. If both are nil, the answer is
// ESME_RSYSERR: nothing is acknowledged by accident. With ErrLater the function has kept r, and answers by r later.
//
// An error that carries a status is logged at level Debug, any other at level Error, both with the request; see
// [Session.Log] for how many of them. If the function has answered by r already, what it returns is not sent.
//
// An error is sent also when the function stops because ctx has ended, and tells the peer that the request failed. So
// return an error only if nothing was done. If that is not known, return ErrLater and leave r unanswered.
func On[Q pdu.RequestOf[R], R pdu.Body](m *Mux, h func(context.Context, *Request, Q) (R, error)) {
	var zero Q
	m.set(zero.CommandID(), func(ctx context.Context, r *Request) {
		q, ok := r.PDU.Body.(Q)
		if !ok {
			NopHandler{}.HandlePDU(ctx, r)
			return
		}
		resp, err := h(ctx, r, q)
		if err != nil && errors.Is(err, ErrLater) {
			return
		}
		var none R
		var body pdu.Body
		if pdu.Body(resp) != pdu.Body(none) {
			body = resp
		}
		finish(r, body, err)
	})
}

// OnNotification makes h the function for requests whose body is a Q and that have no response.
func OnNotification[Q interface {
	*pdu.AlertNotification | *pdu.Outbind
}](m *Mux, h func(context.Context, *Request, Q)) {
	var zero Q
	m.set(any(zero).(pdu.Body).CommandID(), func(ctx context.Context, r *Request) {
		if q, ok := r.PDU.Body.(Q); ok {
			h(ctx, r, q)
		}
	})
}

func (m *Mux) set(id pdu.CommandID, h HandlerFunc) {
	if m.funcs == nil {
		m.funcs = make(map[pdu.CommandID]HandlerFunc)
	}
	m.funcs[id] = h
}

// finish answers r with what a typed function returned.
func finish(r *Request, body pdu.Body, err error) {
	status := pdu.StatusOK
	if err != nil || body == nil {
		status = pdu.StatusSystemError
	}
	s, meant := pdu.StatusOf(err)
	switch {
	case err == nil && body == nil:
		r.session().Log(slog.LevelError, "handler returned no response", "request", r.PDU)
	case err == nil:
	case meant && s != pdu.StatusOK:
		status = s
		r.session().Log(slog.LevelDebug, "handler refused a request", "err", err, "request", r.PDU)
	default:
		r.session().Log(slog.LevelError, "handler failed", "err", err, "request", r.PDU)
	}
	err = r.Respond(status, body)
	if err == nil || errors.Is(err, ErrAnswered) || errors.Is(err, ErrClosed) || errors.Is(err, ErrNoAnswer) {
		return // an answer that came too late was logged and counted
	}
	// The response does not encode. The peer still gets an answer, and the log the reason.
	r.session().Log(slog.LevelError, "response refused", "err", err, "request", r.PDU)
	_ = r.Reject(pdu.StatusSystemError)
}
