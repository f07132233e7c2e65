package transport

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// PipeConn is one end of a connection in memory; see [Pipe]. It is a [net.Conn] that behaves as one of TCP does,
// without the network, and its methods may be called by several goroutines at once.
//
// The methods that make faults (CutAfter, Stall, Delay, SplitReads) and SetBuffer concern one direction each, may be
// called at any time and from either side of a test, also after Close, and never block.
type PipeConn struct {
	pipe          *pipe
	in, out       *stream
	read, write   deadline
	closed        bool
	local, remote pipeAddr
}

// pipe is what two ends share. Its lock guards everything in them and is not held while anything waits.
type pipe struct {
	mu   sync.Mutex
	cut  bool
	a, b *stream // from a to b, and from b to a
}

// Pipe returns the two ends of a new connection in memory. What is written to one is read from the other; each
// direction buffers 64 KiB, and a Write that finds no room blocks until the peer reads.
//
// Unlike [net.Pipe] it is buffered, each end may be half-closed, and the connection can be made to fail. A goroutine that
// waits in Read or Write is durably blocked in the sense of testing/synctest, and deadlines and delays follow the clock
// of the bubble, provided that the pipe is made and used inside the bubble.
//
// When both ends are closed, nothing of the pipe remains, no goroutine and no timer but those of Delay.
func Pipe() (a, b *PipeConn) {
	p := &pipe{}
	p.a, p.b = newStream(p), newStream(p)
	a = &PipeConn{pipe: p, in: p.b, out: p.a, local: "pipe-a", remote: "pipe-b"}
	b = &PipeConn{pipe: p, in: p.a, out: p.b, local: "pipe-b", remote: "pipe-a"}
	return a, b
}

// Read reads what has arrived, waiting until there is something. After the peer has closed, or half-closed, it returns
// what is still buffered and then [io.EOF]. Errors are of type [*net.OpError]: after Close of this end they satisfy
// errors.Is with [net.ErrClosed], past the deadline with [os.ErrDeadlineExceeded], and when the connection was cut, and
// everything that had passed is read, with [syscall.ECONNRESET].
func (c *PipeConn) Read(b []byte) (int, error) {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	for {
		switch {
		case c.closed:
			return 0, c.opError("read", net.ErrClosed)
		case c.read.expired:
			return 0, c.opError("read", os.ErrDeadlineExceeded)
		case len(b) == 0:
			return 0, nil
		}
		if n := c.in.take(b); n > 0 {
			return n, nil
		}
		switch {
		case c.pipe.cut && c.in.empty():
			return 0, c.opError("read", os.NewSyscallError("read", syscall.ECONNRESET))
		case c.in.atEOF():
			return 0, io.EOF
		}
		c.in.readable.Wait()
	}
}

// Write puts b into the buffer of the connection, waiting for room. It returns the number of octets that passed, less
// than len(b) together with an error only. Concurrent Writes do not mix their octets. Errors are of type [*net.OpError]:
// those of Read, and [syscall.EPIPE] after CloseWrite or when the peer is closed.
func (c *PipeConn) Write(b []byte) (int, error) {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	for c.out.writing {
		if err := c.writeError(); err != nil {
			return 0, err
		}
		c.out.writable.Wait()
	}
	c.out.writing = true
	defer func() {
		c.out.writing = false
		c.out.writable.Broadcast()
	}()
	for n := 0; ; {
		if err := c.writeError(); err != nil {
			return n, err
		}
		passed := c.out.put(b[n:])
		n += passed
		if n == len(b) {
			return n, nil
		}
		if passed == 0 {
			c.out.writable.Wait()
		}
	}
}

func (c *PipeConn) writeError() error {
	switch {
	case c.closed:
		return c.opError("write", net.ErrClosed)
	case c.write.expired:
		return c.opError("write", os.ErrDeadlineExceeded)
	case c.pipe.cut:
		return c.opError("write", os.NewSyscallError("write", syscall.ECONNRESET))
	case c.out.ended, c.out.abandoned:
		return c.opError("write", os.NewSyscallError("write", syscall.EPIPE))
	}
	return nil
}

// Close closes this end: calls that wait in it fail, and so do later ones. The peer reads what was written before and
// then [io.EOF]; what this end has not read is gone. It does not block, and closing twice is no error.
func (c *PipeConn) Close() error {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	c.close()
	return nil
}

// reset is Close with a cut, in one step: calls that wait at this end fail as closed ones.
func (c *PipeConn) reset() {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	c.pipe.reset()
	c.close()
}

func (c *PipeConn) close() {
	if c.closed {
		return
	}
	c.closed = true
	c.read.stop()
	c.write.stop()
	c.out.end()
	c.in.abandon()
	c.pipe.wake()
}

// CloseWrite ends the direction that this end writes: the peer reads what was written before and then [io.EOF]. It
// fails after Close and after a cut; a second call does nothing.
func (c *PipeConn) CloseWrite() error {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	switch {
	case c.closed:
		return c.opError("close", net.ErrClosed)
	case c.pipe.cut:
		return c.opError("close", os.NewSyscallError("shutdown", syscall.ECONNRESET))
	}
	c.out.end()
	c.pipe.wake()
	return nil
}

// LocalAddr returns the address of this end: its network is "pipe", its string pipe-a or pipe-b.
func (c *PipeConn) LocalAddr() net.Addr { return c.local }

// RemoteAddr returns the address of the other end.
func (c *PipeConn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline is SetReadDeadline and SetWriteDeadline in one.
func (c *PipeConn) SetDeadline(t time.Time) error { return c.setDeadline(t, true, true) }

// SetReadDeadline sets the time at which Read, also one that waits already, fails. The zero time is none. It fails after
// Close.
func (c *PipeConn) SetReadDeadline(t time.Time) error { return c.setDeadline(t, true, false) }

// SetWriteDeadline sets the time at which Write, also one that waits already, fails. The zero time is none. It fails
// after Close.
func (c *PipeConn) SetWriteDeadline(t time.Time) error { return c.setDeadline(t, false, true) }

func (c *PipeConn) setDeadline(t time.Time, read, write bool) error {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	if c.closed {
		return c.opError("set", net.ErrClosed)
	}
	if read {
		c.read.set(c.pipe, t)
	}
	if write {
		c.write.set(c.pipe, t)
	}
	return nil
}

func (c *PipeConn) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: "pipe", Source: c.local, Addr: c.remote, Err: err}
}

// wake lets every waiting call look again.
func (p *pipe) wake() {
	for _, s := range []*stream{p.a, p.b} {
		s.readable.Broadcast()
		s.writable.Broadcast()
	}
}

// reset ends both directions with an error. What a stall holds back is lost.
func (p *pipe) reset() {
	p.cut = true
	for _, s := range []*stream{p.a, p.b} {
		if s.stalled {
			s.drop()
		}
	}
	p.wake()
}

// deadline is the state of one deadline, guarded by the lock of the pipe.
type deadline struct {
	timer   *time.Timer
	round   uint64 // counts calls of set and stop, so that a timer that could not be stopped in time does nothing
	expired bool
}

func (d *deadline) set(p *pipe, t time.Time) {
	d.stop()
	d.expired = false
	if t.IsZero() {
		return
	}
	wait := time.Until(t)
	if wait <= 0 {
		d.expired = true
		p.wake()
		return
	}
	round := d.round
	d.timer = time.AfterFunc(wait, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if d.round == round {
			d.expired = true
			p.wake()
		}
	})
}

func (d *deadline) stop() {
	d.round++
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}

type pipeAddr string

func (a pipeAddr) Network() string { return "pipe" }
func (a pipeAddr) String() string  { return string(a) }
