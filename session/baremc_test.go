package session_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

// bareMC answers every submit_sm with a response that was encoded before; those of one read leave in one write. With
// decode it first decodes each into fresh memory, and with a lag each one makes it answer the one so many before.
type bareMC struct {
	conn   net.Conn
	decode bool
	lag    uint32
	resp   []byte
	last   *bareSubmit // what was decoded is used
	out    []byte
}

// serve runs until the connection ends.
func (m *bareMC) serve() {
	defer m.conn.Close()
	m.resp = mustEncode(1, benchResp())
	f := newFrames(m.conn)
	for f.next(m.answer) == nil {
		if len(m.out) == 0 {
			continue
		}
		if _, err := m.conn.Write(m.out); err != nil {
			return
		}
		m.out = m.out[:0]
	}
}

func (m *bareMC) answer(frame []byte) {
	if command(frame) != pdu.CommandSubmitSM {
		m.out = appendAnswer(m.out, frame)
		return
	}
	if m.decode {
		m.last = decodeBare(frame)
	}
	if seq := sequence(frame); m.lag == 0 || seq > m.lag+1 { // the bind was the first
		m.out = appendNumbered(m.out, m.resp, seq-m.lag)
	}
}

// appendAnswer answers what is not part of the measured traffic: binds, unbind and enquire_link.
func appendAnswer(b, frame []byte) []byte {
	id := command(frame)
	if id.IsResponse() {
		return b
	}
	return appendNumbered(b, mustEncode(1, pdu.NewBody(id.Response())), sequence(frame))
}

// bareSubmit has every field of a submit_sm.
type bareSubmit struct {
	status, seq                                          uint32
	serviceType                                          string
	sourceTON, sourceNPI                                 uint8
	source                                               string
	destTON, destNPI                                     uint8
	dest                                                 string
	esmClass, protocolID, priorityFlag                   uint8
	scheduleTime, validityPeriod                         string
	registered, replaceIfPresent, dataCoding, defaultMsg uint8
	shortMessage                                         []byte
	tlvs                                                 []bareTLV
}

type bareTLV struct {
	tag   uint16
	value []byte
}

// decodeBare is a decoder as one would write it by hand for one operation: it takes what it gets for right. The strings
// are cut out of one copy, and the octets out of another.
func decodeBare(frame []byte) *bareSubmit {
	m := &bareSubmit{status: binary.BigEndian.Uint32(frame[8:]), seq: sequence(frame)}
	b := frame[pdu.HeaderLen:]
	// Where the strings end is found first, since all of them are cut out of one copy.
	service := bytes.IndexByte(b, 0)
	at := service + 3
	source := at + bytes.IndexByte(b[at:], 0)
	dest := source + 3 + bytes.IndexByte(b[source+3:], 0)
	schedule := dest + 4 + bytes.IndexByte(b[dest+4:], 0)
	validity := schedule + 1 + bytes.IndexByte(b[schedule+1:], 0)
	s := string(b[:validity])
	m.serviceType = s[:service]
	m.sourceTON, m.sourceNPI, m.source = b[service+1], b[service+2], s[at:source]
	m.destTON, m.destNPI, m.dest = b[source+1], b[source+2], s[source+3:dest]
	m.esmClass, m.protocolID, m.priorityFlag = b[dest+1], b[dest+2], b[dest+3]
	m.scheduleTime, m.validityPeriod = s[dest+4:schedule], s[schedule+1:validity]
	b = b[validity+1:]
	m.registered, m.replaceIfPresent, m.dataCoding, m.defaultMsg = b[0], b[1], b[2], b[3]
	n := 5 + int(b[4])
	rest := append([]byte(nil), b[5:]...)
	m.shortMessage = rest[: n-5 : n-5]
	for rest = rest[n-5:]; len(rest) >= 4; {
		n := 4 + int(binary.BigEndian.Uint16(rest[2:]))
		m.tlvs = append(m.tlvs, bareTLV{binary.BigEndian.Uint16(rest), rest[4:n:n]})
		rest = rest[n:]
	}
	return m
}

// TestBareDecode: the bare decoder finds what the codec does.
func TestBareDecode(t *testing.T) {
	sm := benchSubmit()
	sm.ServiceType, sm.ScheduleDeliveryTime, sm.ValidityPeriod = "CMT", "261231235959000+", "000001000000000R"
	sm.ESMClass, sm.ProtocolID, sm.PriorityFlag = 1, 2, 3
	sm.RegisteredDelivery, sm.ReplaceIfPresent, sm.DataCoding, sm.SMDefaultMsgID = 1, 1, 8, 4
	copy(sm.ShortMessage, "hello")
	sm.TLVs = pdu.TLVs{{Tag: pdu.TagSourcePort, Value: []byte{1, 2}}, {Tag: pdu.TagMoreMessagesToSend, Value: []byte{1}}}
	got := decodeBare(encode(t, req(7, sm)))
	require.Equal(t, &bareSubmit{
		seq: 7, serviceType: "CMT", sourceTON: 5, source: "Benchmark", destTON: 1, destNPI: 1, dest: "46700000001",
		esmClass: 1, protocolID: 2, priorityFlag: 3, scheduleTime: "261231235959000+",
		validityPeriod: "000001000000000R", registered: 1, replaceIfPresent: 1, dataCoding: 8, defaultMsg: 4,
		shortMessage: sm.ShortMessage,
		tlvs: []bareTLV{
			{uint16(pdu.TagSourcePort), []byte{1, 2}}, {uint16(pdu.TagMoreMessagesToSend), []byte{1}},
		},
	}, got)
}
