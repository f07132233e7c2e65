package session

import (
	"errors"
	"net"
	"syscall"

	"github.com/smpp-go/smpp/transport"
)

// errWouldWait is returned by direct.write when the socket takes no more for now.
var errWouldWait = errors.New("write would wait for the peer")

// direct writes to a socket without ever waiting for the peer. Not for concurrent use.
type direct struct {
	try func(fd uintptr) bool // tryWrite, bound once
	b   []byte
	n   int
	err error
}

// rawConn returns what a connection offers for reading and writing without waiting, and nil when it offers nothing.
func rawConn(conn net.Conn) syscall.RawConn {
	if !readinessKnown {
		return nil
	}
	return transport.RawConn(conn)
}

// write writes what the socket takes at once, by what rawConn returned. When that is not all of b, the error is errWouldWait.
func (d *direct) write(raw syscall.RawConn, b []byte) (int, error) {
	if d.try == nil {
		d.try = d.tryWrite
	}
	d.b, d.n, d.err = b, 0, nil
	err := raw.Write(d.try)
	d.b = nil
	if err == nil {
		err = d.err
	}
	if err == nil && d.n < len(b) {
		err = errWouldWait
	}
	return d.n, err
}

func (d *direct) tryWrite(fd uintptr) bool {
	n, err := writeFD(fd, d.b)
	switch {
	case err == nil:
		d.n = n
	case !errors.Is(err, syscall.EAGAIN):
		d.err = &net.OpError{Op: "write", Net: "tcp", Err: err}
	}
	return true
}
