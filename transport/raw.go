package transport

import (
	"net"
	"syscall"
)

// Direct is a connection that may be read and written by its descriptor as well: its Read and Write do nothing else.
// They hold nothing back in a buffer, and change, count and delay nothing.
//
// Types outside this package implement it to be taken for what they are. A type that embeds a Direct gets its methods
// along, and may have a Read of its own all the same: it is told by the method Direct, which then returns another
// connection than the one that was asked.
type Direct interface {
	net.Conn
	syscall.Conn

	// Direct returns the connection that it is a method of, the same pointer if it is one.
	Direct() net.Conn
}

// RawConn returns the descriptor of a connection, for those who ask whether there is something to read, or write
// without waiting. It is nil for a connection that has none, or that must not be bypassed: TLS, a wrapper, and a type
// that merely has a method SyscallConn, which may come from a [net.TCPConn] that it embeds, and knows nothing of the
// Read and Write of the type then.
//
// A descriptor is had of a [*net.TCPConn], of a [*net.UnixConn] that is a stream, and of a [Direct].
func RawConn(conn net.Conn) syscall.RawConn {
	switch c := conn.(type) {
	case *net.TCPConn:
		return rawOf(c)
	case *net.UnixConn:
		if addr := c.LocalAddr(); addr != nil && addr.Network() == "unix" {
			return rawOf(c)
		}
	case Direct:
		if is(c, conn) {
			return rawOf(c)
		}
	}
	return nil
}

// is reports whether c says to be conn. Types that cannot be compared are not.
func is(c Direct, conn net.Conn) (same bool) {
	defer func() {
		if recover() != nil {
			same = false
		}
	}()
	return c.Direct() == conn
}

func rawOf(c syscall.Conn) syscall.RawConn {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}
