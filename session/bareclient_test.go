package session_test

import (
	"net"
	"runtime"
	"sync"
	"sync/atomic"
)

// blockingClient has one goroutine for each request in flight, which waits for its response. What is added while one of
// them writes leaves in the next write.
type blockingClient struct {
	conn     net.Conn
	request  []byte
	answered []chan struct{} // by sequence number
	waiting  atomic.Int32    // requests in flight

	mu      sync.Mutex
	buf     []byte
	spare   []byte
	writing bool
}

func newBlockingClient(conn net.Conn, window int) *blockingClient {
	c := &blockingClient{conn: conn, request: mustEncode(1, benchSubmit()), answered: make([]chan struct{}, window)}
	for i := range c.answered {
		c.answered[i] = make(chan struct{}, 1)
	}
	go c.read()
	return c
}

// read runs until the connection ends.
func (c *blockingClient) read() {
	f := newFrames(c.conn)
	for f.next(func(frame []byte) { c.answered[sequence(frame)] <- struct{}{} }) == nil {
	}
}

// run sends n requests.
func (c *blockingClient) run(n int) {
	var wg sync.WaitGroup
	for i := range c.answered {
		wg.Go(func() {
			for range share(n, len(c.answered), i) {
				c.do(uint32(i))
			}
		})
	}
	wg.Wait()
}

func (c *blockingClient) do(seq uint32) {
	others := c.waiting.Add(1) > 1
	c.mu.Lock()
	c.buf = appendNumbered(c.buf, c.request, seq)
	write := !c.writing
	c.writing = true
	c.mu.Unlock()
	if write {
		if others {
			runtime.Gosched()
		}
		c.flush()
	}
	<-c.answered[seq]
	c.waiting.Add(-1)
}

func (c *blockingClient) flush() {
	for {
		c.mu.Lock()
		b := c.buf
		if len(b) == 0 {
			c.writing = false
			c.mu.Unlock()
			return
		}
		c.buf, c.spare = c.spare[:0], nil
		c.mu.Unlock()
		if _, err := c.conn.Write(b); err != nil {
			return // and so is the reader at its end, and the benchmark stands still
		}
		c.mu.Lock()
		c.spare = b
		c.mu.Unlock()
	}
}

// asyncClient has one sender, which writes as many requests at a time as the window has room for, and one reader.
type asyncClient struct {
	conn    net.Conn
	request []byte
	window  int

	mu   sync.Mutex
	room sync.Cond
	free int // slots of the window
	left int // responses to come
	done chan struct{}
}

func newAsyncClient(conn net.Conn, window int) *asyncClient {
	c := &asyncClient{conn: conn, request: mustEncode(1, benchSubmit()), window: window, free: window}
	c.room.L = &c.mu
	go c.read()
	return c
}

// read runs until the connection ends.
func (c *asyncClient) read() {
	f, came := newFrames(c.conn), 0
	count := func([]byte) { came++ }
	for f.next(count) == nil {
		c.mu.Lock()
		c.free += came
		if c.left -= came; c.left == 0 && came > 0 {
			close(c.done)
		}
		came = 0
		c.mu.Unlock()
		c.room.Signal()
	}
}

// run sends n requests and waits for the last response.
func (c *asyncClient) run(n int) {
	c.mu.Lock()
	c.left, c.done = n, make(chan struct{})
	done := c.done
	c.mu.Unlock()
	var buf []byte
	for sent := 0; sent < n; {
		c.mu.Lock()
		for c.free == 0 {
			c.room.Wait()
		}
		batch := min(c.free, n-sent)
		c.free -= batch
		c.mu.Unlock()
		buf = buf[:0]
		for range batch {
			sent++
			buf = appendNumbered(buf, c.request, uint32(sent))
		}
		if _, err := c.conn.Write(buf); err != nil {
			return
		}
	}
	<-done
}

// share is the part of n that falls to worker i of many.
func share(n, workers, i int) int {
	s := n / workers
	if i < n%workers {
		s++
	}
	return s
}
