package sessiontest

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/transport"
)

// Peer is the other end of a session's connection. Not for concurrent use.
type Peer struct {
	// KeepAlive makes the peer answer each enquire_link when it reads it, without showing it to the test.
	KeepAlive bool

	t    testing.TB
	conn net.Conn
	buf  []byte // read and not used
	seq  uint32
}

// NewPeer returns a peer on a connection that the test made, such as one of TCP. Without a bubble WantIdle does not
// work. Whoever made the connection closes it.
func NewPeer(t testing.TB, conn net.Conn) *Peer { return &Peer{t: t, conn: conn} }

// Conn returns the connection.
func (p *Peer) Conn() net.Conn { return p.conn }

// Pipe returns the connection of a peer that Start made, for the faults that it can make: a stall, a delay, a cut.
func (p *Peer) Pipe() *transport.PipeConn {
	p.t.Helper()
	c, ok := p.conn.(*transport.PipeConn)
	if !ok {
		p.t.Fatalf("sessiontest: the connection is a %T and no Pipe", p.conn)
	}
	return c
}

// Send sends a request with the next sequence number of the peer's own, from 1, and returns it.
func (p *Peer) Send(body pdu.Body) *pdu.PDU {
	p.t.Helper()
	p.seq++
	req := &pdu.PDU{Header: pdu.Header{ID: body.CommandID(), Seq: p.seq}, Body: body}
	p.SendPDU(req)
	return req
}

// SendPDU sends PDUs as they are, in one write.
func (p *Peer) SendPDU(pdus ...*pdu.PDU) {
	p.t.Helper()
	var b []byte
	for _, x := range pdus {
		var err error
		if b, err = pdu.Append(b, x); err != nil {
			p.t.Fatalf("sessiontest: send: %v", err)
		}
	}
	p.Write(b)
}

// Write sends octets, which may be anything.
func (p *Peer) Write(b []byte) {
	p.t.Helper()
	if n, err := p.conn.Write(b); err != nil {
		p.t.Fatalf("sessiontest: sent %d of %d octets: %v", n, len(b), err)
	}
}

// Reply answers a request of the session's with ESME_ROK. A body of nil stands for the empty body of the response.
func (p *Peer) Reply(req *pdu.PDU, body pdu.Body) {
	p.t.Helper()
	id := req.ID.Response()
	if body == nil {
		body = pdu.NewBody(id)
	}
	p.SendPDU(&pdu.PDU{Header: pdu.Header{ID: id, Seq: req.Seq}, Body: body})
}

// Reject answers a request of the session's with a status and no body.
func (p *Peer) Reject(req *pdu.PDU, status pdu.CommandStatus) {
	p.t.Helper()
	p.SendPDU(&pdu.PDU{Header: pdu.Header{ID: req.ID.Response(), Status: status, Seq: req.Seq}})
}

// Nack answers a request of the session's with generic_nack.
func (p *Peer) Nack(req *pdu.PDU, status pdu.CommandStatus) {
	p.t.Helper()
	p.SendPDU(&pdu.PDU{Header: pdu.Header{ID: pdu.CommandGenericNack, Status: status, Seq: req.Seq}})
}

// Read returns the next PDU of the session, or the error of the connection: io.EOF when the session ended it in order.
func (p *Peer) Read() (*pdu.PDU, error) { return p.read() }

// Next returns the next PDU of the session, whatever it is.
func (p *Peer) Next() *pdu.PDU {
	p.t.Helper()
	return p.want("a PDU")
}

// Expect returns the next PDU of the session, which has to be the one that B is the body of. An error response may have
// no body: the second result is nil then. Expect[*pdu.Raw] takes any PDU that the codec does not know.
func Expect[B pdu.Body](p *Peer) (*pdu.PDU, B) {
	p.t.Helper()
	var none B
	_, raw := any(none).(*pdu.Raw)
	what := "a PDU of no known command"
	if !raw {
		what = none.CommandID().String()
	}
	x := p.want(what)
	body, ok := x.Body.(B)
	if !ok && (raw || x.ID != none.CommandID() || x.Body != nil) {
		p.t.Fatalf("sessiontest: want %s, got %s", what, dump(x))
	}
	return x, body
}

// WantReply returns the next PDU of the session, which has to be the response to req with the given status.
func (p *Peer) WantReply(req *pdu.PDU, status pdu.CommandStatus) *pdu.PDU {
	p.t.Helper()
	want := pdu.Header{ID: req.ID.Response(), Status: status, Seq: req.Seq}
	what := fmt.Sprintf("%v with %v and number %d", want.ID, want.Status, want.Seq)
	x := p.want(what)
	if x.Header != want {
		p.t.Fatalf("sessiontest: want %s, got %s", what, dump(x))
	}
	return x
}

// WantIdle lets time pass and expects that the session sends nothing in it, up to and including its last moment, and
// leaves the connection open. With zero it only waits until every goroutine of the bubble has nothing more to do.
func (p *Peer) WantIdle(d time.Duration) {
	p.t.Helper()
	var x *pdu.PDU
	var readErr error
	done := make(chan struct{})
	go func() {
		defer close(done)
		x, readErr = p.read()
	}()
	time.Sleep(d)
	synctest.Wait()
	if err := p.conn.SetReadDeadline(time.Now()); err != nil {
		p.t.Fatalf("sessiontest: %v", err)
	}
	<-done
	if err := p.conn.SetReadDeadline(time.Time{}); err != nil {
		p.t.Fatalf("sessiontest: %v", err)
	}
	switch {
	case x != nil:
		p.t.Fatalf("sessiontest: want nothing for %v, got %s", d, dump(x))
	case !errors.Is(readErr, os.ErrDeadlineExceeded):
		p.t.Fatalf("sessiontest: want nothing for %v, got %v", d, readErr)
	case len(p.buf) > 0:
		p.t.Fatalf("sessiontest: want nothing for %v, got the begin of a PDU:\n%s", d, hex.Dump(p.buf))
	}
}

// WantClosed expects that the session has nothing more to send and ends, or half-ends, the connection in order, so that
// the peer sees an end of file and no reset.
func (p *Peer) WantClosed() {
	p.t.Helper()
	switch x, err := p.read(); {
	case x != nil:
		p.t.Fatalf("sessiontest: want the end of the connection, got %s", dump(x))
	case err != io.EOF:
		p.t.Fatalf("sessiontest: want the end of the connection, got %v", err)
	}
}

// CloseWrite half-closes the connection: the session sees the end of file, and the peer may read on.
func (p *Peer) CloseWrite() {
	p.t.Helper()
	if err := transport.CloseWrite(p.conn); err != nil {
		p.t.Fatalf("sessiontest: %v", err)
	}
}

// want reads what has to come.
func (p *Peer) want(what string) *pdu.PDU {
	p.t.Helper()
	x, err := p.read()
	if err != nil {
		p.t.Fatalf("sessiontest: want %s, got %v", what, err)
	}
	return x
}

// patience bounds what a peer with KeepAlive waits: the session would not end it.
const patience = 24 * time.Hour

var errPatience = fmt.Errorf("nothing but enquire_link for %v", patience)

// read returns the next PDU that the test is to see.
func (p *Peer) read() (*pdu.PDU, error) {
	start := time.Now()
	for {
		x, err := p.readPDU()
		if err != nil || !p.KeepAlive || x.ID != pdu.CommandEnquireLink {
			return x, err
		}
		link, err := pdu.Append(nil, &pdu.PDU{Header: pdu.Header{ID: x.ID.Response(), Seq: x.Seq}})
		if err != nil {
			return nil, err
		}
		if _, err := p.conn.Write(link); err != nil {
			return nil, fmt.Errorf("answer to enquire_link: %w", err)
		}
		if time.Since(start) >= patience {
			return nil, errPatience
		}
	}
}

func (p *Peer) readPDU() (*pdu.PDU, error) {
	for {
		n, err := pdu.FrameLen(p.buf, 0)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			frame := p.buf[:n]
			p.buf = p.buf[n:]
			x, err := pdu.Decode(frame)
			if err != nil {
				return nil, fmt.Errorf("%w in\n%s", err, hex.Dump(frame))
			}
			return x, nil
		}
		var b [4 << 10]byte
		n, err = p.conn.Read(b[:])
		p.buf = append(p.buf, b[:n]...)
		switch {
		case n > 0:
		case err == io.EOF && len(p.buf) > 0:
			return nil, fmt.Errorf("end of file within a PDU:\n%s", hex.Dump(p.buf))
		case err != nil:
			return nil, err
		}
	}
}

func dump(x *pdu.PDU) string { return pdu.Dump(x, pdu.DumpOptions{Text: true}) }
