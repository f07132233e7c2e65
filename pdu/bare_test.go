package pdu

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

// The bare codec is what one would write by hand for one operation and a peer that makes no mistakes: it checks nothing,
// knows one version, and its decoder leaves every field where it is in the octets that were read. The benchmarks compare
// with it.

// bareMessage is a submit_sm or deliver_sm in the octets that it came in.
type bareMessage struct {
	status, seq                           uint32
	serviceType, source, dest             []byte
	sourceTON, sourceNPI                  uint8
	destTON, destNPI                      uint8
	esmClass, protocolID, priorityFlag    uint8
	scheduleTime, validity                []byte
	registered, replace, coding, messages uint8
	short                                 []byte
	tlvs                                  [4]bareTLV
	tlvCount                              int
}

type bareTLV struct {
	tag   uint16
	value []byte
}

// appendBareMessage works out the size first and writes every octet to its place.
func appendBareMessage(b []byte, id CommandID, seq uint32, m *SubmitSM) []byte {
	n := HeaderLen + 17 + len(m.ServiceType) + len(m.Source.Addr) + len(m.Dest.Addr) + len(m.ScheduleDeliveryTime) +
		len(m.ValidityPeriod) + len(m.ShortMessage)
	for i := range m.TLVs {
		n += 4 + len(m.TLVs[i].Value)
	}
	if cap(b)-len(b) < n {
		b = append(make([]byte, 0, 2*len(b)+n), b...)
	}
	b = b[:len(b)+n]
	w := b[len(b)-n:]
	binary.BigEndian.PutUint32(w, uint32(n))
	binary.BigEndian.PutUint32(w[4:], uint32(id))
	binary.BigEndian.PutUint32(w[8:], 0)
	binary.BigEndian.PutUint32(w[12:], seq)
	w = putBare(w[HeaderLen:], m.ServiceType)
	w[0], w[1] = byte(m.Source.TON), byte(m.Source.NPI)
	w = putBare(w[2:], m.Source.Addr)
	w[0], w[1] = byte(m.Dest.TON), byte(m.Dest.NPI)
	w = putBare(w[2:], m.Dest.Addr)
	w[0], w[1], w[2] = byte(m.ESMClass), m.ProtocolID, byte(m.PriorityFlag)
	w = putBare(w[3:], m.ScheduleDeliveryTime)
	w = putBare(w, m.ValidityPeriod)
	w[0], w[1], w[2], w[3] = byte(m.RegisteredDelivery), m.ReplaceIfPresent, byte(m.DataCoding), m.SMDefaultMsgID
	w[4] = byte(len(m.ShortMessage))
	w = w[5+copy(w[5:], m.ShortMessage):]
	for i := range m.TLVs {
		t := &m.TLVs[i]
		binary.BigEndian.PutUint16(w, uint16(t.Tag))
		binary.BigEndian.PutUint16(w[2:], uint16(len(t.Value)))
		w = w[4+copy(w[4:], t.Value):]
	}
	return b
}

// putBare writes a C-octet string and returns what is behind it.
func putBare(w []byte, s string) []byte {
	n := copy(w, s)
	w[n] = 0
	return w[n+1:]
}

func appendBareResp(b []byte, seq uint32, id string) []byte {
	n := HeaderLen + len(id) + 1
	b = append(b, 0, 0, 0, byte(n), 0x80, 0, 0, 4, 0, 0, 0, 0, byte(seq>>24), byte(seq>>16), byte(seq>>8), byte(seq))
	b = append(b, id...)
	return append(b, 0)
}

func appendBareEnquireLink(b []byte, seq uint32) []byte {
	return append(b, 0, 0, 0, HeaderLen, 0, 0, 0, 0x15, 0, 0, 0, 0, byte(seq>>24), byte(seq>>16), byte(seq>>8), byte(seq))
}

// appendBare encodes the PDUs of the benchmarks.
func appendBare(b []byte, p *PDU) []byte {
	switch body := p.Body.(type) {
	case *SubmitSM:
		return appendBareMessage(b, CommandSubmitSM, p.Seq, body)
	case *DeliverSM:
		return appendBareMessage(b, CommandDeliverSM, p.Seq, (*SubmitSM)(body))
	case *SubmitSMResp:
		return appendBareResp(b, p.Seq, body.MessageID)
	}
	return appendBareEnquireLink(b, p.Seq)
}

// decode finds the fields of a submit_sm, deliver_sm, submit_sm_resp or enquire_link. The message id of a response is in
// serviceType.
func (m *bareMessage) decode(b []byte) {
	m.status, m.seq = binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[12:])
	id := binary.BigEndian.Uint32(b[4:])
	if b = b[HeaderLen:]; len(b) == 0 {
		return
	}
	if m.serviceType, b = cutBare(b); id == uint32(CommandSubmitSMResp) {
		return
	}
	m.sourceTON, m.sourceNPI = b[0], b[1]
	m.source, b = cutBare(b[2:])
	m.destTON, m.destNPI = b[0], b[1]
	m.dest, b = cutBare(b[2:])
	m.esmClass, m.protocolID, m.priorityFlag = b[0], b[1], b[2]
	m.scheduleTime, b = cutBare(b[3:])
	m.validity, b = cutBare(b)
	m.registered, m.replace, m.coding, m.messages = b[0], b[1], b[2], b[3]
	n := 5 + int(b[4])
	m.short, b = b[5:n:n], b[n:]
	m.tlvCount = 0
	for len(b) >= 4 && m.tlvCount < len(m.tlvs) {
		n := 4 + int(binary.BigEndian.Uint16(b[2:]))
		m.tlvs[m.tlvCount] = bareTLV{binary.BigEndian.Uint16(b), b[4:n:n]}
		m.tlvCount++
		b = b[n:]
	}
}

// cutBare cuts a C-octet string off. Most are short, so that a loop beats a call of bytes.IndexByte.
func cutBare(b []byte) (s, rest []byte) {
	for i, c := range b {
		if c == 0 {
			return b[:i:i], b[i+1:]
		}
	}
	return b, nil
}

// TestBare: the bare codec writes and finds what the other one does.
func TestBare(t *testing.T) {
	for _, bb := range benchPDUs {
		b, err := Append(nil, bb.pdu)
		require.NoError(t, err)
		require.Equal(t, b, appendBare(nil, bb.pdu), bb.name)
		require.Equal(t, append([]byte("x"), b...), appendBare([]byte("x"), bb.pdu), bb.name)
		var m bareMessage
		m.decode(b)
		require.Equal(t, bb.pdu.Seq, m.seq)
		var want *SubmitSM
		switch body := bb.pdu.Body.(type) {
		case *SubmitSM:
			want = body
		case *DeliverSM:
			want = (*SubmitSM)(body)
		case *SubmitSMResp:
			require.Equal(t, body.MessageID, string(m.serviceType))
			continue
		default:
			continue
		}
		require.Equal(t, want.Source, Address{TON(m.sourceTON), NPI(m.sourceNPI), string(m.source)})
		require.Equal(t, want.Dest, Address{TON(m.destTON), NPI(m.destNPI), string(m.dest)})
		require.Equal(t, byte(want.ESMClass), m.esmClass)
		require.Equal(t, byte(want.RegisteredDelivery), m.registered)
		require.True(t, bytes.Equal(want.ShortMessage, m.short))
		require.Equal(t, len(want.TLVs), m.tlvCount)
		for i, tlv := range want.TLVs {
			require.Equal(t, bareTLV{uint16(tlv.Tag), tlv.Value}, m.tlvs[i])
		}
	}
}
