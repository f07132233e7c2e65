package esme

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// AnyOutbind is a check for [AcceptOutbind] that trusts everybody: whoever connects gets the password of the client.
func AnyOutbind(*pdu.Outbind) error { return nil }

var errNoCheck = errors.New("no check says whether to trust it: see AnyOutbind")

// AcceptOutbind waits on a connection that a message centre made for its outbind, asks check whether to trust it, and
// binds. It sends nothing, the password least of all, before check returns nil. A nil check is an error; [AnyOutbind]
// trusts everybody.
//
// It takes ownership of conn: it is closed on every error, which is also how an outbind is refused, since it has no
// response. SMPP 5.0 §4.1.1.7.
func AcceptOutbind(ctx context.Context, conn net.Conn, cfg Config, check func(*pdu.Outbind) error) (*Client, error) {
	if check == nil {
		transport.Abort(conn)
		return nil, fmt.Errorf("esme: outbind from %v: %w", conn.RemoteAddr(), errNoCheck)
	}
	cfg.resolve()
	s := session.Start(conn, session.RoleESME, cfg.Session)
	c, err := acceptOutbind(ctx, s, cfg, check)
	if err != nil {
		// The connection is all there is to end.
		_ = s.Close()
		return nil, fmt.Errorf("esme: outbind from %v: %w", conn.RemoteAddr(), err)
	}
	return c, nil
}

func acceptOutbind(
	ctx context.Context, s *session.Session, cfg Config, check func(*pdu.Outbind) error,
) (*Client, error) {
	p, err := s.Await(ctx, pdu.CommandOutbind)
	if err != nil {
		return nil, err
	}
	if err := check(p.Body.(*pdu.Outbind)); err != nil {
		return nil, err
	}
	resp, err := s.Do(ctx, cfg.bind())
	if err != nil {
		return nil, err
	}
	return cfg.client(s, resp), nil
}
