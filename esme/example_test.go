package esme_test

import (
	"context"
	"fmt"
	"log"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

func ExampleDial() {
	ctx := context.Background()
	c, err := esme.Dial(ctx, "smpp://localhost:2775", esme.Config{SystemID: "me", Password: "secret"})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Shutdown(ctx)
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
