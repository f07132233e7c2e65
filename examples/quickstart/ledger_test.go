package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/receipt"
	"github.com/smpp-go/smpp/session"
)

// sentText is what SendText returns when parts ended so, each with its request. The error is that of the first part that
// failed.
func sentText(parts ...esme.SentPart) (*esme.SentText, error) {
	s := &esme.SentText{Parts: parts}
	for i, p := range parts {
		if p.Err != nil {
			return s, &esme.TextError{Sent: s, Part: i}
		}
	}
	return s, nil
}

// answered is a part that was taken.
func answered(id string) esme.SentPart {
	return esme.SentPart{
		Request: &pdu.SubmitSM{RegisteredDelivery: pdu.RegisteredReceipt}, Outcome: session.Responded, ID: id,
	}
}

// failed is a part that was not.
func failed(o session.Outcome, status pdu.CommandStatus) esme.SentPart {
	p := esme.SentPart{Request: new(pdu.SubmitSM), Outcome: o, Status: status, Err: &session.RequestError{Outcome: o}}
	if status != pdu.StatusOK {
		p.Err = &pdu.StatusError{Status: status}
	}
	return p
}

// behind is a part that was not given to the session.
func behind() esme.SentPart {
	return esme.SentPart{Request: new(pdu.SubmitSM), Outcome: session.NotSent, Err: &session.RequestError{
		Outcome: session.NotSent, Err: esme.ErrEarlierPart,
	}}
}

func (l *ledger) send(text string, parts ...esme.SentPart) {
	s, err := sentText(parts...)
	l.sent(l.enter(text), s, err)
}

func delivered(id string) receipt.Receipt {
	return receipt.Receipt{
		Kind: receipt.KindFinal, ID: id, State: pdu.MessageStateDelivered, Found: receipt.FieldID | receipt.FieldState,
	}
}

// told is a receipt as far as these tests compare it.
type told struct {
	id    string
	state pdu.MessageState
}

func read(t *testing.T, d *pdu.DeliverSM) told {
	t.Helper()
	r, ok := habits.Parser().FromPDU(d)
	require.True(t, ok)
	return told{r.ID, r.State}
}

func TestLedgerOutcomes(t *testing.T) {
	led := newLedger(job{receipts: true})
	led.send("whole", answered("a"), answered("b"))
	led.send("throttled", answered("c"), failed(session.Responded, pdu.StatusThrottled), behind())
	led.send("nacked", failed(session.Nacked, pdu.StatusInvalidCommandID))
	led.send("timed out", answered("d"), failed(session.TimedOut, 0), behind())
	led.send("lost", failed(session.Lost, 0))
	led.send("never left", failed(session.NotSent, 0), behind(), behind())
	led.sent(led.enter("can not be encoded"), nil, errors.New("no alphabet"))
	tot := led.totals()
	require.True(t, tot.balanced())
	require.Equal(t, 7, tot.messages)
	require.Equal(t, 4, tot.several)
	require.Equal(t, 4, tot.heldBack)
	require.Equal(t, 9, tot.accepted)
	require.Equal(t, 8, tot.sent)
	require.Equal(t, 4, tot.taken)
	require.Equal(t, map[fate]int{accepted: 1, refused: 2, doubtful: 2, untouched: 2}, tot.fates)
	require.Equal(t, map[pdu.CommandStatus]int{pdu.StatusOK: 4, pdu.StatusThrottled: 1}, tot.statuses)
	require.Equal(t, map[pdu.CommandStatus]int{pdu.StatusInvalidCommandID: 1}, tot.nacks)
	require.Equal(t, map[session.Outcome]int{
		session.Responded: 5, session.Nacked: 1, session.TimedOut: 1, session.NotSent: 1, session.Lost: 1,
	}, tot.outcomes)
	require.Equal(t, standing{answered: 3, parts: 9}, led.standing())
}

// What SendText did not wait for ends by way of the handler, before SendText returns or after it.
func TestLedgerPending(t *testing.T) {
	led := newLedger(job{receipts: true})
	h := newSender(led, false)
	given := failed(session.Pending, 0)
	led.send("given up", answered("a"), given)
	require.False(t, led.settled())
	tot := led.totals()
	require.False(t, tot.balanced())
	response := &pdu.PDU{Header: pdu.Header{ID: pdu.CommandSubmitSMResp}, Body: &pdu.SubmitSMResp{MessageID: "b"}}
	h.HandleResp(t.Context(), nil, response, &pdu.PDU{Body: given.Request})
	require.True(t, led.settled())

	early := failed(session.Pending, 0)
	nack := &pdu.PDU{Header: pdu.Header{ID: pdu.CommandGenericNack, Status: pdu.StatusInvalidCommandID}}
	h.HandleResp(t.Context(), nil, nack, &pdu.PDU{Body: early.Request})
	led.send("given up", early)

	for _, lost := range []session.LostPDU{{Written: true}, {}} {
		p := failed(session.Pending, 0)
		led.send("given up", p)
		lost.PDU = &pdu.PDU{Body: p.Request}
		told := session.LostPDU{PDU: &pdu.PDU{Body: new(pdu.SubmitSM)}, Told: true}
		h.HandleClose(t.Context(), nil, []session.LostPDU{lost, told}, nil)
	}
	slow := failed(session.Pending, 0)
	led.send("given up", slow)
	h.HandleRespTimeout(t.Context(), nil, []*pdu.PDU{{Body: slow.Request}})
	response.Body = &pdu.SubmitSMResp{MessageID: "c"}
	h.HandleLateResp(t.Context(), nil, response, &pdu.PDU{Body: slow.Request})
	h.HandleLateResp(t.Context(), nil, response, nil)

	tot = led.totals()
	require.True(t, led.settled())
	require.True(t, tot.balanced())
	require.Equal(t, map[session.Outcome]int{
		session.Responded: 2, session.Nacked: 1, session.TimedOut: 1, session.NotSent: 1, session.Lost: 1,
	}, tot.outcomes)
	require.Equal(t, 5, tot.fates[doubtful])
	require.Empty(t, led.open)
	for _, id := range []string{"a", "b", "c"} {
		require.False(t, led.receipted(), id)
		led.receipt(delivered(id))
	}
	require.True(t, led.receipted(), "the ids of all three are known")
}

// A receipt may come before the response that tells its id, and twice, and for nothing that we know.
func TestLedgerReceipts(t *testing.T) {
	led := newLedger(job{receipts: true})
	led.receipt(delivered("a"))
	require.Zero(t, led.totals().matched)
	led.send("x", answered("a"), answered("b"), failed(session.Responded, pdu.StatusThrottled))
	require.Equal(t, 1, led.totals().matched, "held until the response came")

	under, expired := delivered("b"), delivered("b")
	under.State, expired.State = pdu.MessageStateEnroute, pdu.MessageStateExpired
	led.receipt(under)
	require.False(t, led.receipted(), "it is on the way")
	led.receipt(expired)
	require.True(t, led.receipted(), "what was refused gets no receipt")

	led.receipt(delivered("a"))
	led.receipt(delivered(""))
	led.receipt(delivered("of nothing"))
	led.send("x", answered("never receipted"))
	require.False(t, led.receipted())
	led.giveUp()
	require.True(t, led.receipted())
	tot := led.totals()
	require.Equal(t, 2, tot.matched)
	require.Equal(t, 1, tot.repeated)
	require.Equal(t, 2, tot.unmatched)
	require.Equal(t, 1, tot.interim)
	require.Equal(t, map[pdu.MessageState]int{pdu.MessageStateDelivered: 1, pdu.MessageStateExpired: 1}, tot.states)

	led = newLedger(job{})
	led.send("x", answered("a"))
	led.receipt(delivered("a"))
	led.giveUp()
	require.Equal(t, 1, led.totals().unmatched, "nobody asked for it")
}

// The text is that of the last part, octet for octet.
func TestLedgerVerify(t *testing.T) {
	led := newLedger(job{verify: func(id string) (string, bool) { return "text 0", id == "a" || id == "b" }})
	led.send("text 0", answered("x"), answered("a"))
	led.send("text 1", answered("b"))
	led.send("text 0", answered("c"))
	led.send("text 0", answered("a"), failed(session.Lost, 0))
	require.Equal(t, 1, led.totals().intact, "the others arrived as another text, not at all, or not whole")
}

func TestLedgerAwait(t *testing.T) {
	led := newLedger(job{})
	p := failed(session.Pending, 0)
	led.send("x", p)
	ended := make(chan struct{})
	close(ended)
	led.await(t.Context(), ended, led.settled)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	led.await(ctx, nil, led.settled)
	go led.end(p.Request, session.NotSent, 0)
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
	led := newLedger(job{})
	open := failed(session.Pending, 0)
	led.send("x", answered("a"), open)
	good := session.Stats{Accepted: 3, Responded: 2, Lost: 1}
	require.Error(t, (&report{totals: led.totals(), stats: good}).audit(), "one is open")
	led.end(open.Request, session.Lost, 0)
	require.NoError(t, (&report{totals: led.totals(), stats: good}).audit())
	for _, bad := range []session.Stats{
		{Accepted: 2, Responded: 1, Lost: 1}, {Accepted: 3, Responded: 3}, {Accepted: 4, Responded: 2, Lost: 1, InFlight: 1},
	} {
		require.Error(t, (&report{totals: led.totals(), stats: bad}).audit())
	}
}

// Every text that is not the one that was sent is a failure.
func TestComplete(t *testing.T) {
	whole := report{totals: totals{messages: 2, accepted: 3, taken: 3, intact: 2, matched: 3}, replies: replies{2, 1, 2}}
	require.NoError(t, whole.complete(true))
	for _, spoil := range []func(*report){
		func(r *report) { r.taken-- }, func(r *report) { r.intact-- }, func(r *report) { r.matched-- },
		func(r *report) { r.unmatched++ }, func(r *report) { r.replies.intact-- },
		func(r *report) { r.unreplied = errors.New("no receiver is bound") },
	} {
		r := whole
		spoil(&r)
		require.Error(t, r.complete(true))
	}
	whole.interrupted, whole.unreplied = true, context.Canceled
	require.NoError(t, whole.complete(true), "the replies are left out then")
}

func TestBindErrorFallsBack(t *testing.T) {
	p := &program{options: options{systemID: "me"}}
	err := p.bindError(t.Context(), "smpp://me:hush@h:1", errors.New("odd"))
	require.EqualError(t, err, "can not bind at h:1: odd")
	err = p.bindError(t.Context(), "h:1", &pdu.StatusError{Status: pdu.StatusSystemError})
	require.EqualError(t, err, `h:1 refused the bind of "me": ESME_RSYSERR`)
}
