package mc

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// BindRequest is a bind that is being judged.
type BindRequest struct {
	Command      pdu.CommandID // bind_transmitter, bind_receiver or bind_transceiver
	SystemID     string
	Password     pdu.Password
	SystemType   string
	Version      pdu.Version // interface_version as the ESME states it
	AddressRange pdu.Address // the addresses that the ESME says it serves

	RemoteAddr net.Addr
	TLS        *tls.ConnectionState // nil without TLS
	Session    *session.Session     // not bound yet
}

// CheckPassword reports whether the password is want, in a time that tells nothing about either. An empty want never
// matches, whatever the password: r.CheckPassword(passwords[r.SystemID]) refuses an unknown system_id. Who admits an
// ESME without a password does not ask for it.
func (r *BindRequest) CheckPassword(want string) bool {
	a, b := sha256.Sum256([]byte(r.Password)), sha256.Sum256([]byte(want))
	empty := sha256.Sum256(nil)
	same := subtle.ConstantTimeCompare(a[:], b[:])
	none := subtle.ConstantTimeCompare(b[:], empty[:])
	return same&^none == 1
}

// Account is what a successful bind gets. Limits of zero mean none.
type Account struct {
	// Handler gets the events of the session from the bind on. It may be shared by many sessions, so what it keeps must be
	// safe for that. When a bind does not come to pass after Bind returned the account, its HandleClose is called all the
	// same. Nil: requests of the session are refused.
	Handler session.Handler
	// NewHandler makes the handler of a session that is certain to be bound, in the place of Handler: what it keeps is of
	// that session alone, and its HandleClose is called exactly once. Nil: Handler.
	NewHandler func(*Session) session.Handler
	// Concurrency is the number of typed functions, of a session.Mux say, that serve the requests of one session side by
	// side; see session.Config. Zero: that of the server's Session.
	Concurrency int
	// OrderBy keeps requests in order that Concurrency would serve side by side, such as session.ByDestination. Nil: that
	// of the server's Session.
	OrderBy func(*pdu.PDU) string
	// MaxBinds is the number of sessions that may be bound with the system_id at a time. One more is refused with
	// ESME_RALYBND, and its connection ends. Those that have unbound, or whose peer has closed the connection, do not
	// count. Zero: any number.
	MaxBinds int
	// Window is the window towards the ESME. Zero: that of the server's Session.
	Window int
	// SystemID is what the bind response calls the message centre. Empty: the server's SystemID.
	SystemID string
}

// Refuse returns an error that makes the answer to a bind, or to a request of a typed handler, carry a status.
func Refuse(status pdu.CommandStatus) error { return &pdu.StatusError{Status: status} }

// gate is a Session as the handler of its session until it is bound.
type gate Session

// HandlePDU judges a bind. The machine lets nothing else through before it.
func (g *gate) HandlePDU(ctx context.Context, r *session.Request) {
	req := newBindRequest(r)
	if req == nil {
		session.NopHandler{}.HandlePDU(ctx, r)
		return
	}
	ms := (*Session)(g)
	acc, err := ms.judge(ctx, req)
	if err == nil {
		err = ms.accept(r, req, acc)
	}
	if err == nil {
		ms.Log(slog.LevelInfo, "bound", "system_id", req.SystemID, "bind", req.Command)
		return
	}
	status, judged := pdu.StatusOf(err)
	level := slog.LevelInfo
	if !judged {
		status = pdu.StatusSystemError // not a word on the credentials
		if !ms.ending(ctx, err) {
			level = slog.LevelError
		}
	}
	ms.Log(level, "bind refused", "system_id", req.SystemID, "status", status, "err", err)
	// The session may have ended meanwhile, or the bind was answered by a drain; then there is nobody to tell.
	if errors.Is(err, errTooManyBinds) {
		_ = r.RejectLast(status)
	} else {
		_ = r.Reject(status)
	}
	if acc != nil {
		acc.giveBack(ctx, ms.Session, err)
	}
}

// ending reports whether a bind failed since the session, or the server, is about to end.
func (s *Session) ending(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, errEnding) ||
		errors.Is(err, session.ErrAnswered) || errors.Is(err, session.ErrClosed)
}

// giveBack tells the handler of an account that the bind did not come to pass.
func (acc *Account) giveBack(ctx context.Context, s *session.Session, reason error) {
	if h, ok := acc.Handler.(session.CloseHandler); ok && acc.NewHandler == nil {
		h.HandleClose(context.WithoutCancel(ctx), s, nil, reason)
	}
}

func newBindRequest(r *session.Request) *BindRequest {
	var b pdu.BindTransmitter
	switch body := r.PDU.Body.(type) {
	case *pdu.BindTransmitter:
		b = *body
	case *pdu.BindReceiver:
		b = pdu.BindTransmitter(*body)
	case *pdu.BindTransceiver:
		b = pdu.BindTransmitter(*body)
	default:
		return nil
	}
	s := r.Session()
	req := &BindRequest{
		Command:      r.PDU.ID,
		SystemID:     b.SystemID,
		Password:     b.Password,
		SystemType:   b.SystemType,
		Version:      b.InterfaceVersion,
		AddressRange: pdu.Address{TON: b.AddrTON, NPI: b.AddrNPI, Addr: b.AddressRange},
		RemoteAddr:   s.RemoteAddr(),
		Session:      s,
	}
	if state, ok := transport.TLSState(s.NetConn()); ok {
		req.TLS = &state
	}
	return req
}

var (
	errNoBind       = errors.New("mc: server has no Bind function")
	errNoAccount    = errors.New("mc: Bind returned neither an account nor an error")
	errTooManyBinds = errors.New("mc: account is bound as often as its MaxBinds permits")
	errEnding       = errors.New("mc: the session or the server ended while the bind was judged")
)

// judge asks Bind for the account.
func (s *Session) judge(ctx context.Context, req *BindRequest) (*Account, error) {
	if s.srv.Bind == nil {
		return nil, errNoBind
	}
	acc, err := s.srv.Bind(ctx, req)
	switch {
	case err != nil:
		return nil, err
	case acc == nil:
		return nil, errNoAccount
	}
	return acc, nil
}

// accept binds the session to an account, if it has room.
func (s *Session) accept(r *session.Request, req *BindRequest, acc *Account) error {
	if err := s.register(req.SystemID, acc); err != nil {
		return err
	}
	order := acc.OrderBy
	if order == nil {
		order = s.srv.Session.OrderBy
	}
	s.SetConcurrency(cmp.Or(acc.Concurrency, s.srv.Session.Concurrency), order)
	s.bound.Store(&binding{req.SystemID, acc, req.Command}) // before anybody can find the session bound
	err := r.AcceptNew(bindResp(req.Command, cmp.Or(acc.SystemID, s.srv.SystemID)), func() session.Handler {
		if acc.Window > 0 {
			s.SetWindow(acc.Window)
		}
		return acc.handler(s)
	})
	if err != nil {
		s.bound.Store(nil)
	}
	s.srv.accepted(s, err == nil)
	return err
}

// handler returns the handler of a session that is bound. It is never nil: requests may have come already, and wait for
// it.
func (acc *Account) handler(s *Session) session.Handler {
	h := acc.Handler
	if acc.NewHandler != nil {
		h = acc.NewHandler(s)
	}
	if h == nil {
		return session.NopHandler{}
	}
	return h
}

func bindResp(id pdu.CommandID, systemID string) pdu.Body {
	switch id {
	case pdu.CommandBindTransmitter:
		return &pdu.BindTransmitterResp{SystemID: systemID}
	case pdu.CommandBindReceiver:
		return &pdu.BindReceiverResp{SystemID: systemID}
	}
	return &pdu.BindTransceiverResp{SystemID: systemID}
}
