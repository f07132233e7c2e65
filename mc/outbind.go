package mc

import (
	"context"
	"fmt"
	"net"

	"github.com/smpp-go/smpp/pdu"
)

// Outbind asks an ESME, over a connection made to it, to bind: it sends outbind and serves the connection from then on.
// It does not wait for the bind, which Bind judges as any other; Session.SessionInitTimeout bounds the wait. The
// connection is closed on every error. SMPP 5.0 §4.1.1.7.
func (srv *Server) Outbind(ctx context.Context, conn net.Conn, req *pdu.Outbind) (*Session, error) {
	ms, err := srv.serve(conn)
	if err != nil {
		return nil, err
	}
	if _, err := ms.Do(ctx, req); err != nil {
		_ = ms.Close() // is always nil
		return nil, fmt.Errorf("mc: outbind to %v: %w", conn.RemoteAddr(), err)
	}
	return ms, nil
}
