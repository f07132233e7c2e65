package session_test

import (
	"context"
	"fmt"
	"log"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// A client binds, sends a message and unbinds.
func Example_client() {
	ctx := context.Background()
	conn := dialExample()
	s := session.Start(conn, session.RoleESME, session.Config{})
	if _, err := s.Do(ctx, &pdu.BindTransceiver{SystemID: "me", Password: "secret", InterfaceVersion: pdu.V50}); err != nil {
		log.Fatal(err)
	}
	resp, err := session.Exchange(ctx, s, &pdu.SubmitSM{ShortMessage: []byte("hello")})
	if err != nil {
		log.Fatal(err) // session.SafeToRetry tells whether it may be sent again
	}
	fmt.Println(resp.MessageID)
	_ = s.Shutdown(ctx)
	// Output: id-1
}

// A server runs a session on every connection that it accepts. The bind decides which handler the session gets.
func Example_server() {
	l, err := transport.Listen(context.Background(), "127.0.0.1:0", transport.ListenConfig{})
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			session.Start(conn, session.RoleMC, session.Config{Handler: session.HandlerFunc(judge)})
		}
	}()
	_ = l.Close()
	// Output:
}

// judge accepts binds with the right password.
func judge(_ context.Context, r *session.Request) {
	b, ok := r.PDU.Body.(*pdu.BindTransceiver)
	if !ok || b.Password != "secret" {
		_ = r.Reject(pdu.StatusBindFailed)
		return
	}
	_ = r.Accept(nil, messages())
}

func messages() session.Handler {
	n := 0
	mux := new(session.Mux)
	session.On(mux, func(context.Context, *session.Request, *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		n++
		return &pdu.SubmitSMResp{MessageID: fmt.Sprint("id-", n)}, nil
	})
	return mux
}

// On answers each kind of request by a function with the right types. An error's status is the answer.
func ExampleOn() {
	mux := new(session.Mux)
	session.On(mux, func(_ context.Context, _ *session.Request, d *pdu.DeliverSM) (*pdu.DeliverSMResp, error) {
		if len(d.ShortMessage) == 0 {
			return nil, &pdu.StatusError{Status: pdu.StatusPermanentAppError}
		}
		return &pdu.DeliverSMResp{}, nil
	})
	session.On(mux, func(_ context.Context, r *session.Request, _ *pdu.DataSM) (*pdu.DataSMResp, error) {
		go func() { _ = r.Reply(&pdu.DataSMResp{}) }() // later, from another goroutine
		return nil, session.ErrLater
	})
	_ = session.Config{Handler: mux}
}

// outbox keeps account of what it sends. A session has a handler of its own, so that it needs no lock.
type outbox struct {
	session.NopHandler
}

// HandleResp gets the response to what Send sent.
func (*outbox) HandleResp(_ context.Context, _ *session.Session, resp, req *pdu.PDU) {
	text := req.Body.(*pdu.SubmitSM).ShortMessage
	if resp.Status != pdu.StatusOK {
		fmt.Printf("%s: refused, %v\n", text, resp.Status)
		return
	}
	fmt.Printf("%s: %s\n", text, resp.Body.(*pdu.SubmitSMResp).MessageID)
}

// HandleClose gets what has no response when the session ends.
func (*outbox) HandleClose(_ context.Context, _ *session.Session, lost []session.LostPDU, reason error) {
	for _, l := range lost {
		fmt.Println("lost:", l.PDU, l.Written)
	}
	fmt.Println(reason)
}

// Send does not wait for responses; a Handler gets them.
func ExampleHandler() {
	ctx := context.Background()
	s := session.Start(dialExample(), session.RoleESME, session.Config{Window: 100, Handler: &outbox{}})
	if _, err := s.Do(ctx, &pdu.BindTransceiver{SystemID: "me", Password: "secret", InterfaceVersion: pdu.V50}); err != nil {
		log.Fatal(err)
	}
	for _, text := range []string{"one", "two", "three"} {
		if _, err := s.Send(ctx, &pdu.SubmitSM{ShortMessage: []byte(text)}); err != nil {
			log.Fatal(err)
		}
	}
	if err := s.Shutdown(ctx); err != nil {
		log.Fatal(err)
	}
	if err := s.Wait(ctx); err != nil { // until HandleClose has returned
		log.Fatal(err)
	}
	// Output:
	// one: id-1
	// two: id-2
	// three: id-3
	// session was shut down
}

// dialExample returns a connection to a message centre in the same process.
func dialExample() *transport.PipeConn {
	client, server := transport.Pipe()
	session.Start(server, session.RoleMC, session.Config{Handler: session.HandlerFunc(judge)})
	return client
}
