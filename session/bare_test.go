package session_test

import (
	"encoding/binary"
	"io"
	"net"
	"testing"

	"github.com/smpp-go/smpp/pdu"
)

// The bare ends move the octets that a session would, in the same pattern, with no protocol work but to patch sequence
// numbers: the ceilings that the benchmarks compare with.

const seqAt = 12 // of sequence_number in a PDU

// benchSubmit is the request of the benchmarks: 140 octets of user data.
func benchSubmit() *pdu.SubmitSM {
	return &pdu.SubmitSM{
		Source: pdu.Address{TON: 5, Addr: "Benchmark"}, Dest: pdu.Address{TON: 1, NPI: 1, Addr: "46700000001"},
		ShortMessage: make([]byte, 140),
	}
}

func benchDeliver() *pdu.DeliverSM {
	d := pdu.DeliverSM(*benchSubmit())
	return &d
}

func benchResp() *pdu.SubmitSMResp { return &pdu.SubmitSMResp{MessageID: "0123456789"} }

// mustEncode is encode outside a test, where the bodies are known to be right.
func mustEncode(seq uint32, body pdu.Body) []byte {
	b, err := pdu.Append(nil, req(seq, body))
	if err != nil {
		panic(err)
	}
	return b
}

// frames reads whole PDUs from a connection, as many as one read brings.
type frames struct {
	conn io.Reader
	buf  []byte // its length is that of the octets of a PDU that is not whole
}

// bareBuffer holds what a window of 1,000 brings at a time.
const bareBuffer = 256 << 10

func newFrames(conn io.Reader) *frames { return &frames{conn, make([]byte, 0, bareBuffer)} }

// next reads once, and calls each with every PDU that is whole now. The slice is valid during the call.
func (f *frames) next(each func(frame []byte)) error {
	n, err := f.conn.Read(f.buf[len(f.buf):cap(f.buf)])
	if n == 0 {
		return err
	}
	b := f.buf[:len(f.buf)+n]
	for len(b) >= pdu.HeaderLen {
		n := int(binary.BigEndian.Uint32(b))
		if n > len(b) {
			break
		}
		each(b[:n])
		b = b[n:]
	}
	f.buf = f.buf[:copy(f.buf[:cap(f.buf)], b)]
	return nil
}

func command(frame []byte) pdu.CommandID { return pdu.CommandID(binary.BigEndian.Uint32(frame[4:])) }

func sequence(frame []byte) uint32 { return binary.BigEndian.Uint32(frame[seqAt:]) }

// appendNumbered appends a frame with a sequence number.
func appendNumbered(b, frame []byte, seq uint32) []byte {
	b = append(b, frame...)
	binary.BigEndian.PutUint32(b[len(b)-len(frame)+seqAt:], seq)
	return b
}

// TestBareFrames: PDUs are found whole however they are cut.
func TestBareFrames(t *testing.T) {
	sent := encode(t, req(1, benchSubmit()), req(2, &pdu.EnquireLink{}), req(3, benchResp()))
	for cut := 1; cut < len(sent); cut++ {
		var got []uint32
		f := newFrames(io.MultiReader(&oneRead{sent[:cut]}, &oneRead{sent[cut:]}))
		for f.next(func(frame []byte) { got = append(got, sequence(frame)) }) == nil {
		}
		if len(got) != 3 || got[0] != 1 || got[1] != 2 || got[2] != 3 {
			t.Fatalf("cut at %d: %v", cut, got)
		}
	}
}

// oneRead gives all it has at the first read.
type oneRead struct{ b []byte }

func (r *oneRead) Read(b []byte) (int, error) {
	if len(r.b) == 0 {
		return 0, io.EOF
	}
	n := copy(b, r.b)
	r.b = r.b[n:]
	return n, nil
}

// bindBare binds a bare client. It reads the response and no octet more.
func bindBare(conn net.Conn) error {
	if _, err := conn.Write(mustEncode(1, bind(pdu.CommandBindTransceiver, pdu.V34))); err != nil {
		return err
	}
	head := make([]byte, pdu.HeaderLen)
	if _, err := io.ReadFull(conn, head); err != nil {
		return err
	}
	_, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(head))-pdu.HeaderLen)
	return err
}
