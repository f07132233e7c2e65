package main

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// result is what an attack has done.
type result struct {
	Units   int64 // of what the attack consists of: writes, connections, guesses
	Conns   int64 // connections that were made
	Octets  int64 // that were written
	Guesses int64 // the most answers to wrong passwords on one connection
	Alive   int64 // of the connections held, those that stood in the end
}

const (
	maxUnits = 20_000_000 // of an attack
	again    = 5 * time.Millisecond
)

// newAttacker is a process that attacks: as a client, or as a message centre once it was told to listen.
func newAttacker() func(command) (report, error) {
	var l *net.TCPListener
	return func(c command) (report, error) {
		switch c.Do {
		case "listen":
			var err error
			if l, err = net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
				return report{}, err
			}
			return report{Addr: l.Addr().String()}, nil
		case "attack":
			f, ok := attacks[c.Attack]
			if !ok {
				return report{}, errors.New("no such attack")
			}
			a := &attacker{command: c, listener: l, end: time.Now().Add(c.For)}
			f(a)
			return report{Result: result{
				a.units.Load(), a.conns.Load(), a.octets.Load(), a.guesses.Load(), a.alive.Load(),
			}}, nil
		}
		return report{}, errors.New("no such command")
	}
}

// attacker is an attack.
type attacker struct {
	command
	listener                             *net.TCPListener // nil: a client
	end                                  time.Time
	units, conns, octets, guesses, alive atomic.Int64

	mu sync.Mutex
	at time.Time // of the next unit
}

func (a *attacker) over() bool { return !time.Now().Before(a.end) }

// next waits for the next unit, and reports whether there is one.
func (a *attacker) next() bool {
	if a.over() || a.units.Add(1) > maxUnits {
		return false
	}
	if a.Rate <= 0 {
		return true
	}
	a.mu.Lock()
	at, now := a.at, time.Now()
	if late := now.Add(-pause); at.Before(late) {
		at = late
	}
	a.at = at.Add(time.Duration(float64(time.Second) / a.Rate))
	a.mu.Unlock()
	time.Sleep(min(time.Until(at), time.Until(a.end)))
	return !a.over()
}

// each runs N attackers side by side.
func (a *attacker) each(f func()) {
	var wg sync.WaitGroup
	for range max(1, a.N) {
		wg.Go(f)
	}
	wg.Wait()
}

// dial makes a connection whose end is the end of the attack; nil when there is none to be had, after a moment.
func (a *attacker) dial() net.Conn {
	conn, err := a.connect()
	if err == nil && a.TLS {
		c := tls.Client(conn, &tls.Config{InsecureSkipVerify: true}) // of a certificate made a moment ago
		if err = c.Handshake(); err != nil {
			_ = conn.Close()
		}
		conn = c
	}
	if err != nil {
		time.Sleep(again)
		return nil
	}
	a.conns.Add(1)
	return conn
}

// connect makes a connection without TLS.
func (a *attacker) connect() (net.Conn, error) {
	var conn net.Conn
	var err error
	if a.listener != nil {
		if err = a.listener.SetDeadline(a.end); err == nil {
			conn, err = a.listener.Accept()
		}
	} else {
		conn, err = net.DialTimeout("tcp", a.Addr, 5*time.Second)
	}
	if err == nil {
		err = conn.SetDeadline(a.end)
	}
	return conn, err
}

// bound makes a connection that is bound, at either end.
func (a *attacker) bound() net.Conn {
	conn := a.dial()
	if conn == nil {
		return nil
	}
	var err error
	if a.listener == nil {
		_, err = conn.Write(bindFrame(evilID, secret))
	}
	if err == nil {
		var p *pdu.PDU
		p, err = readOne(conn)
		switch {
		case err != nil:
		case a.listener != nil:
			_, err = conn.Write(frame(p.ID.Response(), p.Seq, []byte{0}))
		case p.Status != pdu.StatusOK:
			err = errors.New("refused")
		}
	}
	if err != nil {
		_ = conn.Close()
		time.Sleep(again)
		return nil
	}
	return conn
}

// readOne reads a PDU and nothing that follows it.
func readOne(conn net.Conn) (*pdu.PDU, error) {
	b := make([]byte, 4, 4<<10)
	if _, err := io.ReadFull(conn, b); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(b)
	if n < pdu.HeaderLen || n > uint32(cap(b)) {
		return nil, errors.New("neither a bind nor its response")
	}
	b = b[:n]
	if _, err := io.ReadFull(conn, b[4:]); err != nil {
		return nil, err
	}
	return pdu.Decode(b)
}

// write writes b and reports whether all of it was taken.
func (a *attacker) write(conn net.Conn, b []byte) bool {
	n, err := conn.Write(b)
	a.octets.Add(int64(n))
	return err == nil
}

// discard reads until the connection ends.
func discard(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// reset ends a connection by a RST.
func reset(conn net.Conn) {
	if c, ok := conn.(*net.TCPConn); ok {
		_ = c.SetLinger(0) // the worst is a FIN
	}
	_ = conn.Close()
}
