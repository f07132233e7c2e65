package mc_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// visit is the handler of one session. What it keeps is of that session alone, and without a Concurrency its functions
// run one at a time, so it needs no lock.
type visit struct {
	session.Mux
	systemID string
	messages int
}

func newVisit(s *mc.Session) session.Handler {
	v := &visit{systemID: s.SystemID()}
	session.On(&v.Mux, v.submit)
	return v
}

func (v *visit) submit(context.Context, *session.Request, *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
	v.messages++
	return &pdu.SubmitSMResp{MessageID: fmt.Sprint(v.systemID, "-", v.messages)}, nil
}

// HandleClose is called exactly once for every handler that NewHandler made.
func (v *visit) HandleClose(context.Context, *session.Session, []session.LostPDU, error) {
	fmt.Println(v.systemID, "sent", v.messages)
}

// A handler of its own for every session, with what it keeps for that session.
func ExampleAccount_newHandler() {
	ctx := context.Background()
	srv := &mc.Server{Bind: func(context.Context, *mc.BindRequest) (*mc.Account, error) {
		return &mc.Account{NewHandler: newVisit}, nil
	}}
	a, b := transport.Pipe()
	srv.ServeConn(b)
	c, err := esme.Bind(ctx, a, esme.Config{SystemID: "shop"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		resp, err := c.SubmitSM(ctx, &pdu.SubmitSM{Dest: pdu.Address{Addr: "46700000001"}})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(resp.MessageID)
	}
	if err := c.Shutdown(ctx); err != nil {
		fmt.Println(err)
	}
	srv.Close()
	srv.Wait(ctx) // for HandleClose
	// Output:
	// shop-1
	// shop-2
	// shop sent 2
}

// A store that takes its time serves 16 messages of a session side by side, those to one number in their order.
func ExampleAccount_concurrency() {
	var id atomic.Int64
	mux := new(session.Mux)
	session.On(mux, func(ctx context.Context, _ *session.Request, sm *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		select {
		case <-time.After(5 * time.Millisecond): // the database
		case <-ctx.Done(): // nobody waits for the answer any more
			return nil, context.Cause(ctx)
		}
		return &pdu.SubmitSMResp{MessageID: strconv.FormatInt(id.Add(1), 10)}, nil
	})
	srv := &mc.Server{Bind: func(_ context.Context, r *mc.BindRequest) (*mc.Account, error) {
		if r.SystemID != "me" || !r.CheckPassword("secret") {
			return nil, mc.Refuse(pdu.StatusBindFailed)
		}
		return &mc.Account{Handler: mux, Concurrency: 16, OrderBy: session.ByDestination}, nil
	}}
	go srv.ListenAndServe("127.0.0.1:2775")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	srv.Shutdown(ctx)
	srv.Wait(ctx)
}

// What main does with a server: it serves until Ctrl-C, ends in order, and tells what could not be answered in time.
func ExampleServer_Shutdown() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	srv := &mc.Server{
		// Shutdown waits for a handler that is stuck, as long as this.
		Session: session.Config{AnswerTimeout: 5 * time.Second},
		Bind: func(context.Context, *mc.BindRequest) (*mc.Account, error) {
			return &mc.Account{NewHandler: newVisit}, nil
		},
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.ListenAndServe("127.0.0.1:2775") }()
	select {
	case err := <-failed:
		fmt.Println(err)
		return
	case <-ctx.Done():
	}
	stop() // a second Ctrl-C ends the program at once

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		fmt.Println(err)
	}
	if err := srv.Wait(ctx); err != nil {
		fmt.Println(err) // a handler still runs
	}
	for _, l := range srv.Lost() {
		switch {
		case !l.Incoming:
			fmt.Println(l.Session, "did not answer", l.PDU)
		case l.Begun:
			fmt.Println(l.Session, "was not told of", l.PDU, "which the handler may have stored")
		default:
			fmt.Println(l.Session, "was not told of", l.PDU, "which no handler has seen")
		}
	}
}
