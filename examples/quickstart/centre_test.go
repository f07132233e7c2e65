package main

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/pdu/tlv"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// bench is a message centre inside a bubble, with clients over pipes.
type bench struct {
	t *testing.T
	c *centre
}

// onBench runs a test inside a bubble, whose clock stands still while anything happens.
func onBench(t *testing.T, o options, f func(t *testing.T, b *bench)) {
	synctest.Test(t, func(t *testing.T) {
		o.systemID, o.password = "me", "secret"
		o.window = max(o.window, 10)
		b := &bench{t, newCentre(o, nil)}
		f(t, b)
		b.c.shutdown(t.Context(), time.Second)
	})
}

// pass lets time pass.
func (b *bench) pass(d time.Duration) { time.Sleep(d) } // in the bubble of onBench

// state is what a message centre counts and holds.
type state struct {
	counts
	desks, retired, unclaimed int
}

// state waits until nothing happens any more, and looks.
func (b *bench) state() state {
	synctest.Wait()
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	return state{b.c.counts, len(b.c.desks), len(b.c.store.retired), len(b.c.unclaimed)}
}

// arrival is a receipt that a client got.
type arrival struct {
	*pdu.DeliverSM
	at time.Duration // since the client's bind
}

// client is an ESME that notes receipts.
type client struct {
	*esme.Client
	conn   *transport.PipeConn
	bound  time.Time
	refuse bool
	mute   bool

	mu  sync.Mutex
	got []arrival
}

func (c *client) HandlePDU(ctx context.Context, r *session.Request) {
	d, ok := r.PDU.Body.(*pdu.DeliverSM)
	if !ok {
		session.NopHandler{}.HandlePDU(ctx, r)
		return
	}
	c.mu.Lock()
	c.got = append(c.got, arrival{d, time.Since(c.bound)})
	c.mu.Unlock()
	switch {
	case c.mute:
	case c.refuse:
		_ = r.Reject(pdu.StatusTemporaryAppError)
	default:
		_ = r.Reply(nil)
	}
}

// arrived waits until nothing happens any more, and returns the receipts that came.
func (c *client) arrived() []arrival {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.got
}

func (b *bench) bind(kind esme.BindType, v pdu.Version, set ...func(*client)) *client {
	b.t.Helper()
	near, far := transport.Pipe()
	require.NotNil(b.t, b.c.srv.ServeConn(far))
	c := &client{conn: near, bound: time.Now()}
	for _, f := range set {
		f(c)
	}
	var err error
	c.Client, err = esme.Bind(b.t.Context(), near, esme.Config{
		SystemID: "me", Password: "secret", BindType: kind, Session: session.Config{Handler: c, Version: v},
	})
	require.NoError(b.t, err)
	synctest.Wait()
	return c
}

func (b *bench) submit(c *client, sm *pdu.SubmitSM) string {
	b.t.Helper()
	resp, err := c.SubmitSM(b.t.Context(), sm)
	require.NoError(b.t, err)
	require.NotEmpty(b.t, resp.MessageID)
	return resp.MessageID
}

func (b *bench) status(want pdu.CommandStatus, err error) {
	b.t.Helper()
	got, ok := pdu.StatusOf(err)
	require.True(b.t, ok, "%v", err)
	require.Equal(b.t, want, got)
}

// handset returns one of the numbers that texts go to.
func handset(i int) pdu.Address {
	a, err := habits.DestAddress(recipient(i))
	if err != nil {
		panic(err)
	}
	return a
}

// asking returns a message that asks for a receipt.
func asking(text string) *pdu.SubmitSM {
	return &pdu.SubmitSM{
		Source: pdu.Address{TON: pdu.TONAlphanumeric, Addr: "Shop"}, Dest: handset(7),
		RegisteredDelivery: pdu.RegisteredReceipt, ShortMessage: []byte(text),
	}
}

// scheduled returns one that is delivered an hour from now.
func scheduled(text string) *pdu.SubmitSM {
	sm := asking(text)
	sm.ScheduleDeliveryTime = "000000010000000R"
	return sm
}

var shop = pdu.Address{Addr: "Shop"}

func TestJudge(t *testing.T) {
	onBench(t, options{}, func(t *testing.T, b *bench) {
		for _, c := range []struct {
			id, password string
			want         pdu.CommandStatus
		}{{"me", "wrong", pdu.StatusInvalidPassword}, {"you", "secret", pdu.StatusInvalidSystemID}, {"", "", pdu.StatusInvalidSystemID}} {
			near, far := transport.Pipe()
			b.c.srv.ServeConn(far)
			_, err := esme.Bind(t.Context(), near, esme.Config{SystemID: c.id, Password: pdu.Password(c.password)})
			b.status(c.want, err)
		}
		require.Equal(t, 3, b.state().refused)
		b.bind(esme.Receiver, 0)
		b.bind(esme.Transmitter, 0)
		require.Equal(t, 2, b.state().binds)
		require.Equal(t, 2, b.state().desks)
	})
}

func TestSubmitMulti(t *testing.T) {
	onBench(t, options{receipts: true}, func(t *testing.T, b *bench) {
		c := b.bind(esme.Transceiver, 0)
		req := &pdu.SubmitMulti{
			Source: shop, RegisteredDelivery: pdu.RegisteredReceipt, ShortMessage: []byte("all"),
			Dests: []pdu.DestAddress{{Address: handset(1)}, {Address: pdu.Address{}}, {Address: handset(2)}},
		}
		resp, err := c.SubmitMulti(t.Context(), req)
		require.NoError(t, err)
		require.Len(t, resp.Unsuccess, 1)
		require.Equal(t, pdu.StatusInvalidDestAddr, resp.Unsuccess[0].Status)
		got := c.arrived()
		require.Len(t, got, 2)
		for i, d := range got {
			require.Equal(t, told{resp.MessageID, pdu.MessageStateDelivered}, read(t, d.DeliverSM))
			require.Equal(t, handset(i+1), d.Source)
		}
		req.Dests = append(req.Dests, pdu.DestAddress{DLName: "friends"})
		_, err = c.SubmitMulti(t.Context(), req)
		b.status(pdu.StatusInvalidDLName, err)
		req.Dests = []pdu.DestAddress{{}}
		_, err = c.SubmitMulti(t.Context(), req)
		b.status(pdu.StatusInvalidDestAddr, err)
	})
}

func TestDataSM(t *testing.T) {
	onBench(t, options{receipts: true}, func(t *testing.T, b *bench) {
		c := b.bind(esme.Transceiver, 0)
		req := &pdu.DataSM{Source: shop, Dest: handset(3), RegisteredDelivery: pdu.RegisteredReceipt}
		require.NoError(t, tlv.MessagePayload.Set(&req.TLVs, []byte("by data\x11sm")))
		resp, err := c.DataSM(t.Context(), req)
		require.NoError(t, err)
		text, _ := b.c.text(resp.MessageID)
		require.Equal(t, "by data_sm", text, "data_coding 0 is GSM 03.38")
		got := c.arrived()
		require.Len(t, got, 1)
		require.Contains(t, string(got[0].ShortMessage), "id:"+resp.MessageID+" ")
		long := *req
		long.Dest.Addr = "123456789012345678901"
		_, err = c.DataSM(t.Context(), &long)
		b.status(pdu.StatusInvalidDestAddr, err)
		long = *req
		long.Source.Addr = "123456789012345678901"
		_, err = c.DataSM(t.Context(), &long)
		b.status(pdu.StatusInvalidSourceAddr, err)
	})
}

// Parts of a text come on any session and in any order; the one that completes it has the text.
func TestSubmitParts(t *testing.T) {
	onBench(t, options{}, func(t *testing.T, b *bench) {
		first, second := b.bind(esme.Transmitter, 0), b.bind(esme.Transmitter, 0)
		long := strings.Repeat("Grüße aus {Köln} 👋 ", 12)
		m := esme.Text{From: "Shop", To: recipient(7), Body: long}
		parts, err := m.Requests(habits, new(multipart.Refs))
		require.NoError(t, err)
		require.Len(t, parts, 4)
		for i, at := range []int{3, 1, 0, 1, 2} { // one of them twice
			id := b.submit([]*client{first, second}[i%2], parts[at])
			text, ok := b.c.text(id)
			require.Equal(t, i == 4, ok)
			if ok {
				require.Equal(t, long, text)
			}
		}
		require.Equal(t, 5, b.state().messages)
		require.Equal(t, 1, b.state().texts)

		for _, p := range everyHabit() {
			m.Profile = p
			sent, err := first.SendText(t.Context(), m)
			require.NoError(t, err)
			text, _ := b.c.text(sent.IDs()[len(sent.Parts)-1])
			require.Equal(t, long, text, p.Split)
		}
		octets := 0
		for _, m := range b.c.store.byID {
			octets += m.size()
		}
		require.Equal(t, octets, b.c.store.octets, "texts that were read are counted")
	})
}

func TestSubmitRefused(t *testing.T) {
	onBench(t, options{}, func(t *testing.T, b *bench) {
		c := b.bind(esme.Transceiver, 0)
		sm := asking("x")
		sm.Dest = pdu.Address{}
		_, err := c.SubmitSM(t.Context(), sm)
		b.status(pdu.StatusInvalidDestAddr, err)
		require.Zero(t, b.c.received())
	})
}

// A message is delivered at its time, and until then it can be queried, replaced and cancelled.
func TestScheduled(t *testing.T) {
	onBench(t, options{receipts: true}, func(t *testing.T, b *bench) {
		c := b.bind(esme.Transceiver, pdu.V34)
		id := b.submit(c, scheduled("first"))
		stateBy := func(c *client) pdu.MessageState {
			resp, err := c.QuerySM(t.Context(), &pdu.QuerySM{MessageID: id, Source: shop})
			require.NoError(t, err)
			require.Equal(t, resp.MessageState.Final(), resp.FinalDate != "")
			return resp.MessageState
		}
		require.Equal(t, pdu.MessageStateEnroute, stateBy(c))
		require.Equal(t, pdu.MessageStateScheduled, stateBy(b.bind(esme.Transmitter, pdu.V50)), "5.0 has a word for it")
		time.Sleep(30 * time.Minute) // in a bubble of synctest
		_, err := c.ReplaceSM(t.Context(), &pdu.ReplaceSM{
			MessageID: id, Source: shop, RegisteredDelivery: pdu.RegisteredReceipt, ShortMessage: []byte("second"),
		})
		require.NoError(t, err)
		text, _ := b.c.text(id)
		require.Equal(t, "second", text)
		time.Sleep(30*time.Minute - time.Second) // in a bubble of synctest
		require.Empty(t, c.arrived(), "the time stays")
		time.Sleep(time.Second) // in a bubble of synctest
		require.Len(t, c.arrived(), 1)
		require.Equal(t, pdu.MessageStateDelivered, stateBy(c))

		_, err = c.ReplaceSM(t.Context(), &pdu.ReplaceSM{MessageID: id, Source: shop})
		b.status(pdu.StatusReplaceFailed, err)
		_, err = c.CancelSM(t.Context(), &pdu.CancelSM{MessageID: id, Source: shop})
		b.status(pdu.StatusCancelFailed, err)
	})
}

func TestReplaceTime(t *testing.T) {
	onBench(t, options{receipts: true}, func(t *testing.T, b *bench) {
		c := b.bind(esme.Transceiver, 0)
		id := b.submit(c, scheduled("x"))
		_, err := c.ReplaceSM(t.Context(), &pdu.ReplaceSM{
			MessageID: id, Source: shop, RegisteredDelivery: pdu.RegisteredReceipt, ScheduleDeliveryTime: "000000030000000R",
		})
		require.NoError(t, err)
		time.Sleep(2 * time.Hour) // in a bubble of synctest
		require.Empty(t, c.arrived())
		time.Sleep(time.Hour) // in a bubble of synctest
		require.Len(t, c.arrived(), 1)
	})
}

func TestCancel(t *testing.T) {
	onBench(t, options{receipts: true}, func(t *testing.T, b *bench) {
		c := b.bind(esme.Transceiver, 0)
		id := b.submit(c, scheduled("x"))
		_, err := c.CancelSM(t.Context(), &pdu.CancelSM{MessageID: id, Source: shop})
		require.NoError(t, err)
		got := c.arrived()
		require.Len(t, got, 1)
		require.Contains(t, string(got[0].ShortMessage), "dlvrd:000")
		require.Contains(t, string(got[0].ShortMessage), "stat:DELETED err:001")
		resp, err := c.QuerySM(t.Context(), &pdu.QuerySM{MessageID: id, Source: shop})
		require.NoError(t, err)
		require.Equal(t, pdu.MessageStateDeleted, resp.MessageState)

		for range 3 {
			b.submit(c, scheduled("x"))
		}
		b.submit(c, asking("delivered")) // is left alone
		all := &pdu.CancelSM{Source: shop, Dest: handset(7)}
		_, err = c.CancelSM(t.Context(), all)
		require.NoError(t, err)
		require.Len(t, c.arrived(), 5)
		_, err = c.CancelSM(t.Context(), all)
		b.status(pdu.StatusCancelFailed, err)
		time.Sleep(2 * time.Hour) // in a bubble of synctest
		require.Len(t, c.arrived(), 5, "nothing is delivered afterwards")
	})
}

// A message whose validity ends before its delivery time expires.
func TestExpires(t *testing.T) {
	onBench(t, options{receipts: true}, func(t *testing.T, b *bench) {
		c := b.bind(esme.Transceiver, 0)
		sm := scheduled("x")
		sm.ValidityPeriod = "000000003000000R"
		b.submit(c, sm)
		time.Sleep(30 * time.Minute) // in a bubble of synctest
		got := c.arrived()
		require.Len(t, got, 1)
		require.Equal(t, pdu.MessageStateExpired, read(t, got[0].DeliverSM).state)
	})
}

func TestUnknownMessage(t *testing.T) {
	onBench(t, options{}, func(t *testing.T, b *bench) {
		c := b.bind(esme.Transceiver, 0)
		id := b.submit(c, scheduled("x"))
		for _, q := range []struct{ id, source string }{{"FFFFFFFF", "Shop"}, {id, "another"}, {id, ""}} {
			from := pdu.Address{Addr: q.source}
			_, err := c.QuerySM(t.Context(), &pdu.QuerySM{MessageID: q.id, Source: from})
			b.status(pdu.StatusInvalidMessageID, err)
			_, err = c.CancelSM(t.Context(), &pdu.CancelSM{MessageID: q.id, Source: from})
			b.status(pdu.StatusInvalidMessageID, err)
			_, err = c.ReplaceSM(t.Context(), &pdu.ReplaceSM{MessageID: q.id, Source: from})
			b.status(pdu.StatusInvalidMessageID, err)
		}
	})
}

// A full store forgets what is done with, then receipts that nobody takes, and then takes no more.
func TestStoreBound(t *testing.T) {
	onBench(t, options{receipts: true}, func(t *testing.T, b *bench) {
		tx := b.bind(esme.Transmitter, 0)
		done := asking("done with")
		done.RegisteredDelivery = 0
		old := b.submit(tx, done)
		unclaimed := b.submit(tx, asking("unclaimed"))
		b.c.mu.Lock()
		b.c.store.places = maxStored
		b.c.mu.Unlock()
		b.submit(tx, scheduled("x"))
		_, ok := b.c.text(old)
		require.False(t, ok)
		_, ok = b.c.text(unclaimed)
		require.True(t, ok)
		b.submit(tx, scheduled("x"))
		_, ok = b.c.text(unclaimed)
		require.False(t, ok)
		_, err := tx.SubmitSM(t.Context(), asking("x"))
		b.status(pdu.StatusMsgQueueFull, err)
	})
}
