package transport

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
)

// CloseWrite ends the sending direction of a connection. The peer reads what was written and then end of file; reading
// from it goes on. It works for every connection that has a method CloseWrite, as those of TCP, Unix sockets and [Pipe]
// have, and for TLS over one of them, where the peer gets a close_notify and then the end of the connection beneath. A
// wrapper without that method, and with a method NetConn that tells what is beneath, is looked through: if it holds
// back what is written, it must have a CloseWrite of its own. For others the error satisfies errors.Is with
// [errors.ErrUnsupported], and the connection is as it was.
//
// Under TLS it waits for a Write that is under way, and up to 5 seconds for a peer that does not read; the connection
// beneath is half-closed even if the close_notify could not be sent, and the error tells why it could not.
func CloseWrite(conn net.Conn) error {
	var notify error
	secure := false
	for i, c := range layers(conn) {
		w, ok := c.(closeWriter)
		if !ok {
			continue
		}
		if _, ok := c.(stater); ok && beneath(c) != nil {
			if secure {
				continue // a wrapper has passed it on
			}
			if !anyCloseWriter(layers(conn)[i+1:]) {
				break // a close_notify alone would be half a half-close
			}
			notify, secure = halfClose(w), true
			continue
		}
		fin := halfClose(w)
		switch {
		case notify != nil:
			return fmt.Errorf("transport: half-close: close_notify: %w", notify)
		case fin != nil:
			return fmt.Errorf("transport: half-close: %w", fin)
		}
		return nil
	}
	return fmt.Errorf("transport: half-close of %T: %w", conn, errors.ErrUnsupported)
}

type closeWriter interface{ CloseWrite() error }

// anyCloseWriter reports whether one of the layers can be half-closed without TLS.
func anyCloseWriter(list []net.Conn) bool {
	for _, c := range list {
		_, secure := c.(stater)
		if _, ok := c.(closeWriter); ok && !secure {
			return true
		}
	}
	return false
}

// halfClose is CloseWrite for a connection that may be anybody's.
func halfClose(c closeWriter) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return c.CloseWrite()
}

// Abort closes a connection at once: a Read or Write that waits in it fails. It returns without waiting for anything,
// and neither a Close that waits nor one that panics gets in its way.
//
// Under TLS it closes the connection beneath and sends no close_notify, so that it does not wait for a peer that does
// not read, nor for a Write that such a peer holds up. A [tls.Conn] has nothing to close but what is beneath. Of any
// other connection on top of one, Close is called, once, and has to close what is beneath: a wrapper that counts
// connections gets what it waits for. Close of a type that is neither of this package nor a socket of package net is
// called in a goroutine of its own. Use the Close of the connection where the peer should see an orderly end.
//
// A wrapper on top of TLS, with a method NetConn that tells so, is closed as well, after the connection beneath is; one
// beneath that TLS which hides the socket from NetConn gets two Closes then.
func Abort(conn net.Conn) {
	list := layers(conn)
	for len(list) > 1 && isTLS(list[0]) {
		list = list[1:]
	}
	if len(list) == 0 {
		return
	}
	if under := underTLS(list); under != nil {
		closeAtOnce(under)
	}
	closeAtOnce(list[0])
}

// underTLS returns what to close so that TLS somewhere in the list, and what is on top of it, waits for nobody: the
// socket, which may be closed again, or else what is next beneath TLS. Nil without TLS.
func underTLS(list []net.Conn) net.Conn {
	last := len(list) - 1
	for i := last - 1; i >= 0; i-- {
		if _, ok := list[i].(stater); !ok {
			continue
		}
		if closesAtOnce(list[last]) {
			return list[last]
		}
		return list[i+1]
	}
	return nil
}

func isTLS(conn net.Conn) bool {
	_, ok := conn.(*tls.Conn)
	return ok
}

// closesAtOnce reports whether Close of the connection is known not to wait, and not to mind being called twice.
func closesAtOnce(conn net.Conn) bool {
	switch conn.(type) {
	case *net.TCPConn, *net.UnixConn, *PipeConn:
		return true
	}
	return false
}

// closeAtOnce calls Close without waiting for it. The connection is given up: there is nothing to do about an error.
func closeAtOnce(conn net.Conn) {
	if closesAtOnce(conn) {
		_ = conn.Close()
		return
	}
	go func() {
		defer func() { _ = recover() }()
		_ = conn.Close()
	}()
}

// Reset closes a connection as [Abort] does and makes the peer see a reset: what it has not read yet may be lost, and
// its next Read or Write fails. Tests have a use for it, and servers that must not keep sockets in TIME_WAIT. A
// connection that can not do it is closed as by Abort.
func Reset(conn net.Conn) {
	list := layers(conn)
	switch c := list[len(list)-1].(type) {
	case *PipeConn:
		c.reset()
	case interface{ SetLinger(sec int) error }:
		// A socket that refuses is closed all the same.
		_ = c.SetLinger(0)
	}
	Abort(conn)
}
