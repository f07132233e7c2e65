package main

import (
	"bytes"
	"encoding/binary"

	"github.com/smpp-go/smpp/pdu"
)

const (
	secret   = "secret"
	evilID   = "evil"
	honestID = "honest"
)

// encode returns the octets of a PDU that cannot be wrong.
func encode(seq uint32, body pdu.Body) []byte {
	b, err := pdu.Append(nil, &pdu.PDU{Header: pdu.Header{Seq: seq}, Body: body})
	if err != nil {
		panic(err)
	}
	return b
}

// frame returns a PDU of some octets of body, right or wrong.
func frame(id pdu.CommandID, seq uint32, body []byte) []byte {
	b := make([]byte, pdu.HeaderLen, pdu.HeaderLen+len(body))
	binary.BigEndian.PutUint32(b, uint32(pdu.HeaderLen+len(body)))
	binary.BigEndian.PutUint32(b[4:], uint32(id))
	binary.BigEndian.PutUint32(b[12:], seq)
	return append(b, body...)
}

func bindFrame(systemID, password string) []byte {
	return encode(1, &pdu.BindTransceiver{
		SystemID: systemID, Password: pdu.Password(password), InterfaceVersion: pdu.V34,
	})
}

func submitFrame() []byte {
	return encode(2, &pdu.SubmitSM{Dest: pdu.Address{Addr: "46700000001"}, ShortMessage: []byte("hello")})
}

// large returns a PDU of nearly 128 KiB: with TLVs that are empty, or as large as they can be.
func large(body pdu.Body, id pdu.CommandID, empty bool) []byte {
	b := encode(7, body)
	for len(b) < pdu.DefaultMaxPDU-16 {
		n := 0
		if !empty {
			n = min(65000, pdu.DefaultMaxPDU-16-len(b))
		}
		b = append(b, 0x14, 0x00, byte(n>>8), byte(n))
		b = append(b, make([]byte, n)...)
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	binary.BigEndian.PutUint32(b[4:], uint32(id))
	return b
}

// many returns a PDU many times over.
func many(n int, frame []byte) []byte { return bytes.Repeat(frame, n) }
