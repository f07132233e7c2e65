package main

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/tlv"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// A receipt tells the id of the response octet for octet, in the text and in the TLVs, with the addresses swapped.
func TestReceipt(t *testing.T) {
	onBench(t, options{receipts: true}, func(t *testing.T, b *bench) {
		c := b.bind(esme.Transceiver, 0)
		id := b.submit(c, asking("Hello there"))
		got := c.arrived()
		require.Len(t, got, 1)
		d := got[0]
		require.Zero(t, d.at, "on the session of the response nothing is waited for")
		require.Equal(t, handset(7), d.Source)
		require.Equal(t, "Shop", d.Dest.Addr)
		require.Equal(t, pdu.ESMClassReceipt, d.ESMClass)
		require.Equal(t, pdu.DataCodingDefault, d.DataCoding)
		require.Regexp(t, `^id:`+id+` sub:001 dlvrd:001 submit date:\d{10} done date:\d{10} stat:DELIVRD err:000 text:Hello there$`,
			string(d.ShortMessage))
		rid, _, err := tlv.ReceiptedMessageID.Get(d.TLVs)
		require.NoError(t, err)
		require.Equal(t, id, rid)
		state, _, err := tlv.MessageState.Get(d.TLVs)
		require.NoError(t, err)
		require.Equal(t, pdu.MessageStateDelivered, state)
		text, ok := b.c.text(id)
		require.True(t, ok)
		require.Equal(t, "Hello there", text)
		require.Equal(t, 1, b.state().receipts)

		sm := asking("nobody asks")
		sm.RegisteredDelivery = 0
		b.submit(c, sm)
		sm = asking("only when it fails")
		sm.RegisteredDelivery = pdu.RegisteredReceiptOnFailure
		b.submit(c, sm)
		require.Len(t, c.arrived(), 1)
		require.Equal(t, 3, b.state().retired, "all may be forgotten")
	})
	onBench(t, options{receipts: false}, func(t *testing.T, b *bench) {
		c := b.bind(esme.Transceiver, 0)
		b.submit(c, asking("x"))
		require.Empty(t, c.arrived())
	})
}

// On the wire the receipt comes after the response.
func TestReceiptAfterResponse(t *testing.T) {
	onBench(t, options{receipts: true}, func(t *testing.T, b *bench) {
		near, far := transport.Pipe()
		b.c.srv.ServeConn(far)
		var mu sync.Mutex
		var order []pdu.CommandID
		c, err := esme.Bind(t.Context(), near, esme.Config{SystemID: "me", Password: "secret", Session: session.Config{
			Handler: new(client), Window: 50,
			Trace: &session.Trace{Received: func(_ *session.Session, h pdu.Header, _ int) {
				mu.Lock()
				order = append(order, h.ID)
				mu.Unlock()
			}},
		}})
		require.NoError(t, err)
		for range 50 {
			_, err := c.Send(t.Context(), asking("x"))
			require.NoError(t, err)
		}
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		responses, receipts := 0, 0
		for _, id := range order {
			switch id {
			case pdu.CommandSubmitSMResp:
				responses++
			case pdu.CommandDeliverSM:
				receipts++
			}
			require.LessOrEqual(t, receipts, responses)
		}
		require.Equal(t, 50, receipts)
	})
}

// A transmitter's receipts go to a receiver of the same system_id, and not before half a second after the response.
func TestReceiptElsewhere(t *testing.T) {
	onBench(t, options{receipts: true}, func(t *testing.T, b *bench) {
		tx := b.bind(esme.Transmitter, 0)
		rx := b.bind(esme.Receiver, 0)
		first := b.submit(tx, asking("one"))
		b.pass(200 * time.Millisecond)
		second := b.submit(tx, asking("two"))
		b.pass(elsewhere - 200*time.Millisecond - time.Nanosecond)
		require.Empty(t, rx.arrived())
		b.pass(time.Nanosecond)
		require.Len(t, rx.arrived(), 1)
		b.pass(time.Second)
		got := rx.arrived()
		require.Len(t, got, 2)
		require.Empty(t, tx.arrived())
		for i, id := range []string{first, second} {
			require.Equal(t, told{id, pdu.MessageStateDelivered}, read(t, got[i].DeliverSM))
		}
		require.Equal(t, 500*time.Millisecond, got[0].at)
		require.Equal(t, elsewhere+200*time.Millisecond, got[1].at)
	})
}

// Without a receiver receipts are kept until one is bound.
func TestReceiptUnclaimed(t *testing.T) {
	onBench(t, options{receipts: true}, func(t *testing.T, b *bench) {
		tx := b.bind(esme.Transmitter, 0)
		b.submit(tx, asking("early"))
		b.pass(time.Minute)
		b.submit(tx, asking("late"))
		rx := b.bind(esme.Receiver, 0)
		require.Len(t, rx.arrived(), 1, "its half second is over")
		b.pass(elsewhere)
		require.Len(t, rx.arrived(), 2)
		require.Equal(t, elsewhere, rx.arrived()[1].at)
		require.Zero(t, b.state().unclaimed)
	})
}

// A session that ends leaves the receipts it has not answered to another one.
func TestReceiptMovesOn(t *testing.T) {
	onBench(t, options{receipts: true}, func(t *testing.T, b *bench) {
		first := b.bind(esme.Transceiver, 0, func(c *client) { c.mute = true })
		for range 15 { // five more than the window
			b.submit(first, asking("x"))
		}
		require.Len(t, first.arrived(), 10, "as many as the window")
		second := b.bind(esme.Transceiver, 0)
		require.NoError(t, first.Close())
		require.Empty(t, second.arrived(), "the responses are fresh")
		b.pass(elsewhere)
		require.Len(t, second.arrived(), 15)
		require.Equal(t, 15, b.state().receipts)
		require.Equal(t, 15, b.state().retired)
	})
}

// What the ESME refuses, or does not answer, is over as well.
func TestReceiptRefused(t *testing.T) {
	onBench(t, options{receipts: true}, func(t *testing.T, b *bench) {
		c := b.bind(esme.Transceiver, 0, func(c *client) { c.refuse = true })
		b.submit(c, asking("x"))
		require.Len(t, c.arrived(), 1)
		require.Equal(t, 1, b.state().refusal)
		mute := b.bind(esme.Transceiver, 0, func(c *client) { c.mute = true })
		b.submit(mute, asking("x"))
		b.pass(2 * time.Minute)
		require.Equal(t, 2, b.state().refusal)
		require.Equal(t, 2, b.state().retired)
	})
}

// SMPP 3.3 has no TLVs, and short ids.
func TestReceiptVersion33(t *testing.T) {
	onBench(t, options{receipts: true}, func(t *testing.T, b *bench) {
		tx := b.bind(esme.Transmitter, pdu.V33)
		rx := b.bind(esme.Receiver, pdu.V33)
		id := b.submit(tx, asking("x"))
		require.Len(t, id, 8)
		b.pass(elsewhere)
		got := rx.arrived()
		require.Len(t, got, 1)
		require.Empty(t, got[0].TLVs)
		require.Contains(t, string(got[0].ShortMessage), "id:"+id+" ")
	})
}

// A message is the centre's from its response on, also when the ESME never got that.
func TestResponseNeverLeft(t *testing.T) {
	onBench(t, options{receipts: true}, func(t *testing.T, b *bench) {
		c := b.bind(esme.Transceiver, 0)
		b.c.mu.Lock()
		d := b.c.desks[0]
		m := &message{sm: asking("x"), dests: []pdu.Address{handset(7)}, from: d, end: pdu.MessageStateDelivered}
		require.True(t, b.c.store.add(m))
		d.unanswered[m.id] = m
		b.c.mu.Unlock()
		require.NoError(t, c.Close())
		synctest.Wait()
		require.Equal(t, 1, b.state().unclaimed)
		require.Equal(t, pdu.MessageStateDelivered, m.state)
	})
}

// Replies come in parts, the last one first, and out of the Inbox whole. One that is not what was sent is not counted.
func TestReply(t *testing.T) {
	onBench(t, options{}, func(t *testing.T, b *bench) {
		texts, err := splitTexts(builtIn)
		require.NoError(t, err)
		j := job{texts: texts, profiles: everyHabit()}
		h := newSender(newLedger(j), true)
		_, err = b.c.reply(t.Context(), j, h)
		var unbound *mc.NotBoundError
		require.ErrorAs(t, err, &unbound)

		near, far := transport.Pipe()
		b.c.srv.ServeConn(far)
		_, err = esme.Bind(t.Context(), near, esme.Config{
			SystemID: "me", Password: "secret", Session: session.Config{Handler: h},
		})
		require.NoError(t, err)
		r, err := b.c.reply(t.Context(), j, h)
		require.NoError(t, err)
		require.Greater(t, r.several, 20)
		require.Equal(t, replies{len(texts), r.several, len(texts)}, r)
		require.Equal(t, texts, h.received())

		h.texts = nil
		h.Message = func(_ context.Context, m *esme.Message) error {
			h.texts = append(h.texts, m.Body+"?")
			return nil
		}
		r, err = b.c.reply(t.Context(), j, h)
		require.NoError(t, err)
		require.Zero(t, r.intact)
		h.Message = nil
		_, err = b.c.reply(t.Context(), j, h)
		b.status(pdu.StatusTemporaryAppError, err)
	})
}
