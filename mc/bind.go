package mc

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"net"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
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
	// Handler gets the events of the session from the bind on. Nil: its requests are refused.
	Handler session.Handler
	// MaxBinds is the number of sessions that may be bound with the system_id at a time. One more is refused with
	// ESME_RALYBND. Zero: any number.
	MaxBinds int
	// Window is the window towards the ESME. Zero: that of the server's Session.
	Window int
	// SystemID is what the bind response calls the message centre. Empty: the server's SystemID.
	SystemID string
}

// Refuse returns an error that makes the answer to a bind, or to a request of a typed handler, carry a status.
func Refuse(status pdu.CommandStatus) error { return &pdu.StatusError{Status: status} }

// gate is the handler of a session until it is bound.
type gate struct {
	srv *Server
}

// HandlePDU judges a bind. The machine lets nothing else through before it.
func (g *gate) HandlePDU(ctx context.Context, r *session.Request) {
	req := newBindRequest(r)
	if req == nil {
		session.NopHandler{}.HandlePDU(ctx, r)
		return
	}
	if err := g.srv.judge(ctx, r, req); err != nil {
		status := pdu.StatusBindFailed
		if s, ok := pdu.StatusOf(err); ok && s != pdu.StatusOK {
			status = s
		}
		g.srv.log().Info("bind refused", "system_id", req.SystemID, "remote", req.RemoteAddr, "status", status, "err", err)
		// The session may have ended meanwhile; then there is nobody to tell.
		_ = r.Reject(status)
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
	if c, ok := s.NetConn().(*tls.Conn); ok {
		state := c.ConnectionState()
		req.TLS = &state
	}
	return req
}

var errNoBind = errors.New("mc: server has no Bind function")

// judge accepts a bind, or tells why not.
func (srv *Server) judge(ctx context.Context, r *session.Request, req *BindRequest) error {
	if srv.Bind == nil {
		return errNoBind
	}
	acc, err := srv.Bind(ctx, req)
	if err != nil {
		return err
	}
	if acc == nil {
		acc = new(Account)
	}
	ms, err := srv.register(req, acc)
	if err != nil {
		return err
	}
	if acc.Window > 0 {
		req.Session.SetWindow(acc.Window)
	}
	id := acc.SystemID
	if id == "" {
		id = srv.SystemID
	}
	if err := r.Accept(bindResp(req.Command, id), acc.Handler); err != nil {
		srv.mu.Lock()
		srv.unregister(ms)
		srv.mu.Unlock()
		return err
	}
	srv.log().Info("bound", "system_id", req.SystemID, "remote", req.RemoteAddr, "bind", req.Command)
	return nil
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
