package main

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

func response(id string) *pdu.PDU {
	return &pdu.PDU{Header: pdu.Header{ID: pdu.CommandSubmitSMResp}, Body: &pdu.SubmitSMResp{MessageID: id}}
}

func delivered(id string) receipt {
	return receipt{id: id, state: pdu.MessageStateDelivered, final: true}
}

// entered returns a ledger with n messages, and their bodies.
func entered(n int) (*ledger, []pdu.Body) {
	led := newLedger(true, nil)
	bodies := make([]pdu.Body, n)
	for i := range bodies {
		bodies[i] = new(pdu.SubmitSM)
		led.enter(bodies[i], fmt.Sprint("text ", i))
	}
	return led, bodies
}

func TestLedgerOutcomes(t *testing.T) {
	led, b := entered(9)
	led.respond(b[0], response("a"))
	led.respond(b[1], &pdu.PDU{Header: pdu.Header{ID: pdu.CommandSubmitSMResp, Status: pdu.StatusThrottled}})
	led.respond(b[2], &pdu.PDU{Header: pdu.Header{ID: pdu.CommandGenericNack, Status: pdu.StatusInvalidCommandID}})
	led.end(b[3], session.TimedOut, true)
	led.end(b[4], session.NotSent, false)
	led.end(b[5], session.Lost, true)
	led.end(b[6], session.Lost, true)
	tot := led.totals()
	require.False(t, tot.balanced(), "two are open")
	require.False(t, led.settled())
	led.respond(b[7], response("b"))
	led.end(b[8], session.NotSent, false)
	tot = led.totals()
	require.True(t, tot.balanced())
	require.True(t, led.settled())
	require.Equal(t, 9, tot.accepted)
	require.Equal(t, 7, tot.sent)
	require.Equal(t, 2, tot.maybe)
	require.Equal(t, 2, tot.taken)
	require.Equal(t, map[pdu.CommandStatus]int{pdu.StatusOK: 2, pdu.StatusThrottled: 1}, tot.statuses)
	require.Equal(t, map[session.Outcome]int{
		session.Responded: 3, session.Nacked: 1, session.TimedOut: 1, session.NotSent: 2, session.Lost: 2,
	}, tot.outcomes)

	led.end(b[0], session.Lost, true) // a second end is none
	led.end(b[3], session.Lost, true)
	led.respond(b[5], response("c"))
	led.end(new(pdu.SubmitSM), session.Lost, true) // nor is that of a stranger
	require.Equal(t, tot.outcomes, led.totals().outcomes)
}

// A receipt may come before the response that tells its id, and twice, and for nothing that we know.
func TestLedgerReceipts(t *testing.T) {
	led, b := entered(4)
	led.receipt(delivered("a"))
	require.Zero(t, led.totals().matched)
	led.respond(b[0], response("a"))
	require.Equal(t, 1, led.totals().matched, "held until the response came")

	led.respond(b[1], response("b"))
	led.receipt(receipt{id: "b", state: pdu.MessageStateEnroute})
	require.False(t, led.receipted(), "it is on the way")
	led.receipt(receipt{id: "b", state: pdu.MessageStateExpired, final: true})
	require.True(t, led.receipted())

	led.end(b[2], session.TimedOut, true)
	led.late(b[2], response("c"))
	led.receipt(delivered("c"))
	led.respond(b[3], &pdu.PDU{Header: pdu.Header{ID: pdu.CommandSubmitSMResp, Status: pdu.StatusThrottled}})
	require.True(t, led.receipted(), "what was refused gets no receipt")

	led.receipt(delivered("a"))
	led.receipt(delivered(""))
	tot := led.totals()
	require.Equal(t, 3, tot.matched)
	require.Equal(t, 2, tot.unmatched)
	require.Equal(t, 1, tot.interim)
	require.Equal(t, 1, tot.outcomes[session.TimedOut])
	require.Equal(t, map[pdu.MessageState]int{pdu.MessageStateDelivered: 2, pdu.MessageStateExpired: 1}, tot.states)
}

// Receipts of nothing that we know are held up to a bound.
func TestLedgerBound(t *testing.T) {
	led, _ := entered(0)
	for i := range maxEarly + 5 {
		led.receipt(delivered(fmt.Sprint(i)))
	}
	require.Len(t, led.early, maxEarly)
	require.Equal(t, maxEarly+5, led.totals().unmatched)
}

func TestLedgerVerify(t *testing.T) {
	led, b := entered(2)
	led.verify = func(id string) (string, bool) { return "text 0", id == "a" || id == "b" }
	led.respond(b[0], response("a"))
	led.respond(b[1], response("b"))
	require.Equal(t, 1, led.totals().intact, "the second text arrived as another one")
}

func TestLedgerAwait(t *testing.T) {
	led, b := entered(1)
	ended := make(chan struct{})
	close(ended)
	led.await(t.Context(), ended, led.settled)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	led.await(ctx, nil, led.settled)
	go led.end(b[0], session.NotSent, false)
	led.await(t.Context(), nil, led.settled)
}

func TestPercentile(t *testing.T) {
	require.Zero(t, percentile(nil, 50))
	var d []time.Duration
	for i := 1; i <= 200; i++ {
		d = append(d, time.Duration(i))
	}
	require.EqualValues(t, 100, percentile(d, 50))
	require.EqualValues(t, 198, percentile(d, 99))
	require.EqualValues(t, 1, percentile(d[:1], 99))
}

// The audit compares the ledger with the counters of the session, of which the bind is one.
func TestAudit(t *testing.T) {
	led, b := entered(2)
	led.respond(b[0], response("a"))
	good := session.Stats{Accepted: 3, Responded: 2, Lost: 1}
	require.Error(t, (&report{totals: led.totals(), stats: good}).audit(), "one is open")
	led.end(b[1], session.Lost, true)
	require.NoError(t, (&report{totals: led.totals(), stats: good}).audit())
	for _, bad := range []session.Stats{
		{Accepted: 2, Responded: 1, Lost: 1}, {Accepted: 3, Responded: 3}, {Accepted: 4, Responded: 2, Lost: 1, InFlight: 1},
	} {
		require.Error(t, (&report{totals: led.totals(), stats: bad}).audit())
	}
}

func TestComplete(t *testing.T) {
	whole := totals{accepted: 2, taken: 2, intact: 2, matched: 2}
	require.NoError(t, (&report{totals: whole}).complete(true))
	for _, spoil := range []func(*totals){
		func(t *totals) { t.taken-- }, func(t *totals) { t.intact-- }, func(t *totals) { t.matched-- },
		func(t *totals) { t.unmatched++ },
	} {
		tot := whole
		spoil(&tot)
		require.Error(t, (&report{totals: tot}).complete(true))
	}
}

func TestReadReceipt(t *testing.T) {
	tlvs := func(id string, state byte) pdu.TLVs {
		return pdu.TLVs{{Tag: pdu.TagReceiptedMessageID, Value: []byte(id)}, {Tag: pdu.TagMessageState, Value: []byte{state}}}
	}
	const text = "id:4F sub:001 dlvrd:001 submit date:2405141200 done date:2405141201 stat:DELIVRD err:000 text:id:x stat:y"
	for _, c := range []struct {
		name string
		body pdu.Body
		want receipt
	}{
		{"text", &pdu.DeliverSM{ESMClass: 4, ShortMessage: []byte(text)}, delivered("4F")},
		{"tlvs", &pdu.DeliverSM{ESMClass: 4, TLVs: tlvs("4F\x00", 2)}, delivered("4F")},
		{
			"tlvs go before", &pdu.DeliverSM{ESMClass: 4, ShortMessage: []byte(text), TLVs: tlvs("5A", 5)},
			receipt{"5A", pdu.MessageStateUndeliverable, true},
		},
		{"capitals", &pdu.DeliverSM{ESMClass: 4, ShortMessage: []byte("ID:7 Stat:expired")}, receipt{"7", pdu.MessageStateExpired, true}},
		{"vendor's word", &pdu.DeliverSM{ESMClass: 4, ShortMessage: []byte("id:7 stat:HMM")}, receipt{"7", pdu.MessageStateUnknown, true}},
		{"text holds keys", &pdu.DeliverSM{ESMClass: 4, ShortMessage: []byte("id:7 text:see stat:DELIVRD")}, receipt{"7", pdu.MessageStateUnknown, true}},
		{"only a text", &pdu.DeliverSM{ESMClass: 4, ShortMessage: []byte("text:id:9")}, receipt{"", pdu.MessageStateUnknown, true}},
		{"under way", &pdu.DeliverSM{ESMClass: 4, TLVs: tlvs("1", 1)}, receipt{"1", pdu.MessageStateEnroute, false}},
		{"intermediate", &pdu.DeliverSM{ESMClass: 0x20, TLVs: tlvs("1", 6)}, receipt{"1", pdu.MessageStateAccepted, false}},
		{"payload", &pdu.DataSM{ESMClass: 4, TLVs: pdu.TLVs{{Tag: pdu.TagMessagePayload, Value: []byte(text)}}}, delivered("4F")},
		{"mode bits", &pdu.DeliverSM{ESMClass: 7, ShortMessage: []byte(text)}, delivered("4F")},
	} {
		got, ok := readReceipt(c.body)
		require.True(t, ok, c.name)
		require.Equal(t, c.want, got, c.name)
	}
	for _, body := range []pdu.Body{&pdu.DeliverSM{ShortMessage: []byte(text)}, &pdu.DeliverSM{ESMClass: 0x10}, new(pdu.AlertNotification)} {
		_, ok := readReceipt(body)
		require.False(t, ok)
	}
}

func TestBindErrorFallsBack(t *testing.T) {
	p := &program{options: options{systemID: "me"}}
	err := p.bindError(t.Context(), "smpp://me:hush@h:1", errors.New("odd"))
	require.EqualError(t, err, "can not bind at h:1: odd")
	err = p.bindError(t.Context(), "h:1", &pdu.StatusError{Status: pdu.StatusSystemError})
	require.EqualError(t, err, `h:1 refused the bind of "me": ESME_RSYSERR`)
}
