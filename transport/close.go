package transport

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
)

// CloseWrite ends the sending direction of a connection. The peer reads what was written and then end of file; reading
// from it goes on. It works for every connection that has a method CloseWrite, as those of TCP, Unix sockets and [Pipe]
// have, and for TLS over one of them, where the peer gets a close_notify and then the end of the connection beneath.
// For others the error satisfies errors.Is with [errors.ErrUnsupported], and the connection is as it was.
//
// Under TLS it waits for a Write that is under way, and up to 5 seconds for a peer that does not read; the connection
// beneath is half-closed even if the close_notify could not be sent, and the error tells why it could not.
func CloseWrite(conn net.Conn) error {
	if tc, ok := conn.(*tls.Conn); ok {
		return closeWriteTLS(tc)
	}
	c, ok := conn.(interface{ CloseWrite() error })
	if !ok {
		return fmt.Errorf("transport: half-close of %T: %w", conn, errors.ErrUnsupported)
	}
	if err := c.CloseWrite(); err != nil {
		return fmt.Errorf("transport: half-close: %w", err)
	}
	return nil
}

func closeWriteTLS(tc *tls.Conn) error {
	beneath := tc.NetConn()
	if _, ok := beneath.(interface{ CloseWrite() error }); !ok {
		return CloseWrite(beneath)
	}
	notify := tc.CloseWrite()
	fin := CloseWrite(beneath)
	if notify != nil {
		return fmt.Errorf("transport: half-close: close_notify: %w", notify)
	}
	return fin
}

// Abort closes a connection at once. Under TLS it closes the connection beneath and sends no close_notify, so that it
// does not wait for a peer that does not read, nor for a Write that such a peer holds up: that Write fails. The same
// goes for any connection with a method NetConn that returns the one beneath. Use the Close of the connection where
// the peer should see an orderly end.
func Abort(conn net.Conn) {
	// The connection is given up: there is nothing to do about an error.
	_ = innermost(conn).Close()
}

// Reset closes a connection as [Abort] does and makes the peer see a reset: what it has not read yet may be lost, and
// its next Read or Write fails. Tests have a use for it, and servers that must not keep sockets in TIME_WAIT. A
// connection that can not do it is closed as by Abort.
func Reset(conn net.Conn) {
	conn = innermost(conn)
	switch c := conn.(type) {
	case *PipeConn:
		c.reset()
		return
	case interface{ SetLinger(sec int) error }:
		// A socket that refuses is closed all the same.
		_ = c.SetLinger(0)
	}
	_ = conn.Close()
}

// innermost follows NetConn to the connection that nothing lies beneath.
func innermost(conn net.Conn) net.Conn {
	for {
		c, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return conn
		}
		conn = c.NetConn()
	}
}
