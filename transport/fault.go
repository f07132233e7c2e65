package transport

import "time"

// CutAfter cuts the connection after n more octets that this end writes: the Write that reaches the limit returns how
// many passed, and further calls at both ends fail with [syscall.ECONNRESET], Reads once they have returned what passed
// before. With n zero the cut is made at once; a negative n takes back a cut that has not happened. What a stall holds
// back at the time of the cut is lost, as it is when a network dies.
func (c *PipeConn) CutAfter(n int) {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	c.out.cutAfter = max(n, -1)
	if n == 0 {
		c.pipe.reset()
	}
}

// Stall holds back, while on, everything that this end writes, and its end of file: Writes go on until the buffer is
// full, and the peer waits. Turned off, what was held back arrives. Once the connection is cut it does nothing. It does
// not hide from a Write of the peer that this end is closed.
func (c *PipeConn) Stall(on bool) {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	if c.pipe.cut {
		return
	}
	c.out.stalled = on
	c.pipe.wake()
}

// Delay lets everything that this end writes from now on, and its end of file, arrive d later. What is on its way is
// neither sped up nor overtaken, and takes room in the buffer. A d of zero or less is no delay. A cut is not delayed: a
// Read that has nothing on its way to it fails at once.
func (c *PipeConn) Delay(d time.Duration) {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	c.out.delay = max(d, 0)
}

// SplitReads makes every Read of this end return at most n octets. An n of zero or less is no limit.
func (c *PipeConn) SplitReads(n int) {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	c.in.split = max(n, 0)
}

// SetBuffer sets how many octets that this end wrote may wait for the peer to read them; a Write beyond that blocks. If
// zero, 64 KiB. If negative, any number. It may be less than what waits already.
func (c *PipeConn) SetBuffer(n int) {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	if n == 0 {
		n = defaultPipeBuffer
	}
	c.out.limit = n
	c.pipe.wake()
}
