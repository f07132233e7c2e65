package esme_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/profile"
	"github.com/smpp-go/smpp/pdu/receipt"
	"github.com/smpp-go/smpp/session"
)

func ExampleDial() {
	ctx := context.Background()
	c, err := esme.Dial(ctx, "smpp://localhost:2775", esme.Config{SystemID: "me", Password: "secret"})
	if err != nil {
		log.Fatal(err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		c.Shutdown(ctx) // in order: what is under way is waited for
		c.Wait(ctx)     // until the last hook has returned
	}()
	to, _ := pdu.ParseAddress("+46700000001")
	resp, err := c.SubmitSM(ctx, &pdu.SubmitSM{Dest: to, ShortMessage: []byte("hello")})
	if err != nil {
		log.Fatal(err, " safe to send again: ", session.SafeToRetry(err))
	}
	fmt.Println("accepted as", resp.MessageID)
}

// inbox is a handler that receives messages. It has the hooks that it needs and leaves out the others.
type inbox struct{ session.Mux }

func newInbox() *inbox {
	in := new(inbox)
	session.On(&in.Mux, func(_ context.Context, _ *session.Request, d *pdu.DeliverSM) (*pdu.DeliverSMResp, error) {
		fmt.Printf("from %v: %s\n", d.Source, d.ShortMessage)
		return new(pdu.DeliverSMResp), nil
	})
	return in
}

// HandleClose tells what was open when the connection ended.
func (in *inbox) HandleClose(_ context.Context, _ *session.Session, lost []session.LostPDU, reason error) {
	for _, l := range lost {
		fmt.Println("lost:", l.PDU, "may have arrived:", l.Written)
	}
}

// A client that receives messages.
func ExampleConfig() {
	c, err := esme.Dial(context.Background(), "smpp://localhost:2775", esme.Config{
		SystemID: "me",
		Password: "secret",
		BindType: esme.Receiver,
		Session:  session.Config{Handler: newInbox()},
	})
	if err != nil {
		log.Fatal(err)
	}
	<-c.Done()
	fmt.Println(c.Err())
}

// A text of any length and alphabet, and what became of its parts.
func ExampleClient_SendText() {
	ctx := context.Background()
	north, err := profile.Parse([]byte(`{"base": "hex-to-decimal-ids", "alphabet": "latin1", "split": "udh16"}`))
	if err != nil {
		log.Fatal(err)
	}
	c, err := esme.Dial(ctx, "smpp://me:secret@localhost:2775", esme.Config{Profile: north})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Shutdown(ctx)
	sent, err := c.SendText(ctx, esme.Text{
		From: "Shop", To: "+46700000001", Body: "Hej 👋, your parcel is here.", Receipt: pdu.RegisteredReceipt,
	})
	switch {
	case err == nil:
		fmt.Println("accepted as", sent.IDs())
	case session.SafeToRetry(err) || sent == nil:
		log.Fatal("nothing was sent: ", err)
	default:
		for i, p := range sent.Parts {
			fmt.Println("part", i+1, p.Outcome, p.ID, "may have arrived:", p.Accepted() || p.Uncertain())
		}
	}
}

// A text that is sent again while the message centre is busy, part by part, until it has all of them.
func ExampleSentText_Rest() {
	ctx := context.Background()
	c, err := esme.Dial(ctx, "smpp://me:secret@localhost:2775", esme.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Shutdown(ctx)
	busy := func(err error) bool {
		status, ok := pdu.StatusOf(err)
		return ok && (status == pdu.StatusThrottled || status == pdu.StatusMsgQueueFull)
	}
	sent, err := c.SendText(ctx, esme.Text{To: "+46700000001", Body: "hello", Receipt: pdu.RegisteredReceipt})
	awaited := sent.Awaited("order 17")
	for attempt := 1; busy(err) && attempt < 5; attempt++ {
		time.Sleep(time.Second)
		sent, err = c.SendParts(ctx, sent.Rest())
		awaited = append(awaited, sent.Awaited("order 17")...)
	}
	switch {
	case err == nil:
		fmt.Println("accepted, receipts will come for", awaited)
	case sent.Uncertain():
		fmt.Println("to send it again may deliver it twice:", err)
	default:
		fmt.Println("not accepted:", err)
	}
}

// A client that gets whole texts, however many parts they came in, and receipts that are read already.
func ExampleInbox() {
	in := &esme.Inbox{
		Message: func(_ context.Context, m *esme.Message) error {
			fmt.Printf("from %v: %s\n", m.Source, m.Body)
			return nil
		},
		Receipt: func(_ context.Context, r *esme.Receipt) error {
			fmt.Println(r.ID, "is", r.State)
			return nil
		},
	}
	c, err := esme.Dial(context.Background(), "smpp://me:secret@localhost:2775", esme.Config{
		Session: session.Config{Handler: in},
	})
	if err != nil {
		log.Fatal(err)
	}
	<-c.Done()
}

// Receipts matched to the texts that they are about. One Correlator serves all binds of an account.
func ExampleSentText_Awaited() {
	correlator := receipt.NewCorrelator(receipt.CorrelatorConfig{})
	found := func(events []receipt.Event, err error) {
		for _, e := range events {
			fmt.Println(e.Kind, e.Message.Ref, "part", e.Message.Part, e.Receipt.State)
		}
		if err != nil {
			log.Print(err)
		}
	}
	in := &esme.Inbox{Receipt: func(ctx context.Context, r *esme.Receipt) error {
		found(correlator.Received(ctx, time.Now(), r.Receipt))
		return nil
	}}
	ctx := context.Background()
	c, err := esme.Dial(ctx, "smpp://me:secret@localhost:2775", esme.Config{Session: session.Config{Handler: in}})
	if err != nil {
		log.Fatal(err)
	}
	sent, err := c.SendText(ctx, esme.Text{To: "+46700000001", Body: "hello", Receipt: pdu.RegisteredReceipt})
	if err != nil {
		log.Print(err)
	}
	if sent != nil {
		for _, m := range sent.Awaited("order 17") {
			found(correlator.Submitted(ctx, time.Now(), m))
		}
	}
}
