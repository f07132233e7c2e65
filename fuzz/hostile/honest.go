package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// newHonest is a client that keeps to the rules: it submits a message every 20 ms, once the last one is answered.
func newHonest() func(command) (report, error) {
	h := new(honest)
	return func(c command) (report, error) {
		switch c.Do {
		case "start":
			return report{}, h.bind(c.Addr, c.TLS)
		case "measure":
			return h.measure(c.For)
		}
		return report{}, errors.New("no such command")
	}
}

type honest struct {
	conn   net.Conn
	frames *pdu.Reader
}

const (
	pause   = 20 * time.Millisecond
	tooLong = 10 * time.Second
)

func (h *honest) bind(addr string, withTLS bool) error {
	conn, err := net.DialTimeout("tcp", addr, tooLong)
	if err != nil {
		return err
	}
	h.conn = conn
	if withTLS {
		h.conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true}) // of a certificate made a moment ago
	}
	h.frames = pdu.NewReader(h.conn)
	return h.do(bindFrame(honestID, secret))
}

// do writes a request and awaits its answer.
func (h *honest) do(request []byte) error {
	if err := h.conn.SetDeadline(time.Now().Add(tooLong)); err != nil {
		return err
	}
	if _, err := h.conn.Write(request); err != nil {
		return err
	}
	for {
		p, err := h.frames.ReadPDU()
		switch {
		case err != nil:
			return err
		case !p.ID.IsResponse(): // an enquire_link of the other end; no window is so long that it minds
		case p.Status != pdu.StatusOK:
			return fmt.Errorf("answered with %v", p.Status)
		default:
			return nil
		}
	}
}

func (h *honest) measure(lasts time.Duration) (report, error) {
	var took []time.Duration
	request := submitFrame()
	for end := time.Now().Add(lasts); time.Now().Before(end); time.Sleep(pause) {
		t0 := time.Now()
		if err := h.do(request); err != nil {
			return report{P99: tooLong, Fault: fmt.Sprintf("honest client, after %d messages: %v", len(took), err)}, nil
		}
		took = append(took, time.Since(t0))
	}
	slices.Sort(took)
	return report{P99: took[(len(took)-1)*99/100]}, nil
}
