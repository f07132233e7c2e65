package fuzz

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/smpp-go/smpp/pdu"
)

// Every request of the chaos test says which it is by its source address: the number of the connection, and its own
// number in the ledger of the end that sends it. Its text follows from that number, so that octets which went astray show.

// chaosBody makes a request of an end. What is spoilt does not encode.
func chaosBody(r *rand.Rand, p *chaosPlan, end int, number uint32, spoilt bool) pdu.Body {
	from := pdu.Address{Addr: strconv.Itoa(p.n) + "." + strconv.FormatUint(uint64(number), 10)}
	to := pdu.Address{TON: 1, NPI: 1, Addr: "46701234567"}
	text := chaosText(number)
	var tlvs pdu.TLVs
	if p.big(end) {
		tlvs.Set(pdu.TagMessagePayload, bytes.Repeat([]byte{byte(number)}, 2000+r.IntN(4000)))
		text = nil
	}
	if spoilt {
		text = make([]byte, 300)
	}
	switch kind := r.IntN(100); {
	case kind < 10 && !p.big(end) && !spoilt:
		tlvs.Set(pdu.TagMessagePayload, text)
		return &pdu.DataSM{Source: from, Dest: to, TLVs: tlvs}
	case end == chaosESME:
		return &pdu.SubmitSM{Source: from, Dest: to, ShortMessage: text, TLVs: tlvs}
	case kind < 15 && !p.big(end) && !spoilt:
		return &pdu.AlertNotification{Source: from, ESME: to}
	}
	return &pdu.DeliverSM{Source: from, Dest: to, ShortMessage: text, TLVs: tlvs}
}

// chaosText is the text of a request.
func chaosText(number uint32) []byte {
	b := make([]byte, number*37%100)
	for i := range b {
		b[i] = byte(number) + byte(i)
	}
	return b
}

// chaosIntact tells whether a request that came has the text that belongs to its number.
func chaosIntact(b pdu.Body, number uint32) bool {
	var text []byte
	var tlvs pdu.TLVs
	switch b := b.(type) {
	case *pdu.SubmitSM:
		text, tlvs = b.ShortMessage, b.TLVs
	case *pdu.DeliverSM:
		text, tlvs = b.ShortMessage, b.TLVs
	case *pdu.DataSM:
		tlvs = b.TLVs
	case *pdu.AlertNotification:
		return true
	}
	if payload, ok := tlvs.Get(pdu.TagMessagePayload); ok {
		if len(payload) >= 2000 {
			return bytes.Count(payload, []byte{byte(number)}) == len(payload)
		}
		text = payload
	}
	return bytes.Equal(text, chaosText(number))
}

func chaosSource(b pdu.Body) string {
	switch b := b.(type) {
	case *pdu.SubmitSM:
		return b.Source.Addr
	case *pdu.DataSM:
		return b.Source.Addr
	case *pdu.DeliverSM:
		return b.Source.Addr
	case *pdu.AlertNotification:
		return b.Source.Addr
	}
	return ""
}

// chaosNumberOf returns the number that a request of connection p has in its ledger: zero for what is in no ledger. A
// request of another connection is an error.
func chaosNumberOf(p *chaosPlan, b pdu.Body) (uint32, error) {
	source := chaosSource(b)
	if source == "" {
		return 0, nil
	}
	conn, number, _ := strings.Cut(source, ".")
	n, err := strconv.ParseUint(number, 10, 32)
	if err != nil || conn != strconv.Itoa(p.n) {
		return 0, fmt.Errorf("a request with source %q on connection %d", source, p.n)
	}
	return uint32(n), nil
}

// number returns which request the octets of a PDU are.
func (l *chaosLink) number(b []byte) uint32 {
	p, err := pdu.Decode(b)
	if err != nil {
		l.fail(err)
		return 0
	}
	n, err := chaosNumberOf(l.plan, p.Body)
	if err != nil {
		l.fail(err)
	}
	return n
}

// chaosAnswer makes the body of a successful response: one with a message_id repeats the source of the request.
func chaosAnswer(req *pdu.PDU) pdu.Body {
	switch b := req.Body.(type) {
	case *pdu.SubmitSM:
		return &pdu.SubmitSMResp{MessageID: b.Source.Addr}
	case *pdu.DataSM:
		return &pdu.DataSMResp{MessageID: b.Source.Addr}
	}
	return nil
}

// chaosAnswers tells whether a response belongs to a request, by its number and by what it repeats.
func chaosAnswers(resp, req *pdu.PDU) bool {
	id := chaosSource(req.Body)
	switch b := resp.Body.(type) {
	case *pdu.SubmitSMResp:
		return resp.Seq == req.Seq && (resp.Status != pdu.StatusOK || b.MessageID == id)
	case *pdu.DataSMResp:
		return resp.Seq == req.Seq && (resp.Status != pdu.StatusOK || b.MessageID == id)
	}
	return resp.Seq == req.Seq
}
