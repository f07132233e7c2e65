package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"net"

	"github.com/smpp-go/smpp/pdu"
)

// newBare is the message centre to compare with: it decodes what comes and answers it, those of one read in one write,
// and knows no state, no bound and no time.
func newBare() func(command) (report, error) {
	return func(c command) (report, error) {
		if c.Do != "start" {
			return report{}, errors.New("no such command")
		}
		return listen(c.Target.TLS, func(l net.Listener) {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go serveBare(conn)
			}
		})
	}
}

func serveBare(conn net.Conn) {
	defer conn.Close()
	out := bufio.NewWriter(conn)
	frames := pdu.NewReader(flushing{conn, out})
	resp := encode(1, &pdu.SubmitSMResp{MessageID: "1"})
	for {
		p, err := frames.ReadPDU()
		if p == nil {
			return
		}
		switch {
		case p.ID == pdu.CommandSubmitSM && err == nil:
			binary.BigEndian.PutUint32(resp[12:], p.Seq)
			_, err = out.Write(resp)
		case p.ID.IsResponse() || p.ID == pdu.CommandGenericNack:
			err = nil
		case !p.ID.Known():
			_, err = out.Write(frame(pdu.CommandGenericNack, p.Seq, nil))
		default:
			_, err = out.Write(bareAnswer(p))
		}
		if err != nil {
			return
		}
	}
}

// flushing writes what is to be written before it reads on.
type flushing struct {
	conn net.Conn
	out  *bufio.Writer
}

// Read reads from the connection.
func (f flushing) Read(b []byte) (int, error) {
	if err := f.out.Flush(); err != nil {
		return 0, err
	}
	return f.conn.Read(b)
}

func bareAnswer(p *pdu.PDU) []byte {
	bind, ok := p.Body.(*pdu.BindTransceiver)
	if !ok {
		return frame(p.ID.Response(), p.Seq, nil)
	}
	b := frame(p.ID.Response(), p.Seq, []byte{0})
	if bind.Password != secret {
		binary.BigEndian.PutUint32(b[8:], uint32(pdu.StatusInvalidPassword))
	}
	return b
}
