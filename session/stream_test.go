package session_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// A stream is an MC that answers submit_sm and, when told, sends deliver_sm at a rate.
type stream interface {
	// ready waits until n more requests may go out, one at least, and returns how many of them may.
	ready(n int) int
	// send sends n requests.
	send(n int)
}

// peerStream is the peer with a stream: "listen 0" tells its address, "stream RATE WINDOW" begins, with 0 for as fast as
// the window lets, and "stop" tells the rate that there was.
func peerStream(in *bufio.Reader, out io.Writer, start func(conn net.Conn, window int) stream) {
	var rate, window int
	conns := make(chan net.Conn, 1)
	var conn net.Conn
	var stop, stopped chan struct{}
	var began time.Time
	sent := 0
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch n, _ := fmt.Sscanf(line, "stream %d %d", &rate, &window); {
		case strings.HasPrefix(line, "listen "):
			acceptOne(out, func(c net.Conn) { conns <- c })
		case n == 2 && stop == nil:
			conn = <-conns
			st := start(conn, window)
			stop, stopped, began = make(chan struct{}), make(chan struct{}), time.Now()
			go func() {
				defer close(stopped)
				sent = pump(st, rate, stop)
			}()
			fmt.Fprintln(out, "started")
		case line == "stop\n" && stop != nil:
			close(stop)
			<-stopped
			fmt.Fprintln(out, int(float64(sent)/time.Since(began).Seconds()))
		default:
			fmt.Fprintf(out, "what is %q?\n", line)
			return
		}
	}
}

// quiet is the rate of a stream that sends nothing.
const quiet = -1

// pump sends at a rate until stop is closed. What is due after a pause goes out at once, as from a sender that reads a
// queue: some 30 requests at 200,000 a second.
func pump(st stream, rate int, stop chan struct{}) (sent int) {
	for began := time.Now(); ; {
		select {
		case <-stop:
			return sent
		default:
		}
		due := 1 << 20
		if rate != 0 {
			due = int(time.Since(began).Seconds()*float64(rate)) - sent
		}
		if rate == quiet || due <= 0 {
			pause(100 * time.Microsecond)
			continue
		}
		n := st.ready(due)
		st.send(n)
		sent += n
	}
}

// bareStream is a stream by hand.
type bareStream struct {
	conn    net.Conn
	request []byte
	resp    []byte
	out     []byte

	mu   sync.Mutex
	room sync.Cond
	free int
}

func newBareStream(conn net.Conn, window int) stream {
	s := &bareStream{conn: conn, request: mustEncode(1, benchDeliver()), resp: mustEncode(1, benchResp()), free: window}
	s.room.L = &s.mu
	bound := make(chan struct{})
	go s.serve(sync.OnceFunc(func() { close(bound) }))
	<-bound
	return s
}

// serve runs until the connection ends, and calls bound when it wrote first.
func (s *bareStream) serve(bound func()) {
	var out []byte
	responses := 0
	f := newFrames(s.conn)
	for f.next(func(frame []byte) {
		switch command(frame) {
		case pdu.CommandSubmitSM:
			out = appendNumbered(out, s.resp, sequence(frame))
		case pdu.CommandDeliverSMResp:
			responses++
		default:
			out = appendAnswer(out, frame)
		}
	}) == nil {
		if len(out) > 0 {
			if _, err := s.conn.Write(out); err != nil {
				break
			}
			out = out[:0]
			bound()
		}
		if responses > 0 {
			s.mu.Lock()
			s.free += responses
			responses = 0
			s.mu.Unlock()
			s.room.Signal()
		}
	}
	s.mu.Lock()
	s.free = 1 << 30 // nobody waits for what does not come any more
	s.mu.Unlock()
	s.room.Signal()
}

func (s *bareStream) ready(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.free == 0 {
		s.room.Wait()
	}
	n = min(n, s.free)
	s.free -= n
	return n
}

func (s *bareStream) send(n int) {
	s.out = s.out[:0]
	for i := range n {
		s.out = appendNumbered(s.out, s.request, uint32(i+1))
	}
	_, _ = s.conn.Write(s.out) // the reader sees the end of the connection as well
}

// sessionStream is a stream of ours.
type sessionStream struct {
	s    *session.Session
	body *pdu.DeliverSM
}

func newSessionStream(conn net.Conn, window int) stream {
	mux := new(session.Mux)
	session.On(mux, func(context.Context, *session.Request, *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		return benchResp(), nil
	})
	bound := make(chan struct{})
	s := session.Start(conn, session.RoleMC, session.Config{Window: window, Handler: handle(func(r *session.Request) {
		_ = r.Accept(nil, mux)
		close(bound)
	})})
	<-bound
	return &sessionStream{s, benchDeliver()}
}

// ready lets Send do the waiting.
func (s *sessionStream) ready(n int) int { return min(n, 100) }

func (s *sessionStream) send(n int) {
	for range n {
		if _, err := s.s.Send(context.Background(), s.body); err != nil {
			return
		}
	}
}

// bareLone is an ESME by hand that answers deliver_sm and has one request outstanding at a time.
type bareLone struct {
	conn     net.Conn
	request  []byte
	seq      atomic.Uint32
	answered chan struct{}
}

func newBareLone(conn net.Conn) *bareLone {
	c := &bareLone{conn: conn, request: mustEncode(1, benchSubmit()), answered: make(chan struct{}, 1)}
	go c.serve()
	return c
}

func (c *bareLone) serve() {
	resp := mustEncode(1, new(pdu.DeliverSMResp))
	var out []byte
	f := newFrames(c.conn)
	for f.next(func(frame []byte) {
		if command(frame) == pdu.CommandDeliverSM {
			out = appendNumbered(out, resp, sequence(frame))
		} else {
			c.answered <- struct{}{}
		}
	}) == nil {
		if len(out) == 0 {
			continue
		}
		if _, err := c.conn.Write(out); err != nil {
			return
		}
		out = out[:0]
	}
}

func (c *bareLone) do() error {
	if _, err := c.conn.Write(appendNumbered(nil, c.request, c.seq.Add(1))); err != nil {
		return err
	}
	<-c.answered
	return nil
}
