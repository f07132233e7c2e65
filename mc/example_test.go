package mc_test

import (
	"context"
	"fmt"
	"log"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// A message centre that takes every message of one account.
func ExampleServer() {
	var id atomic.Int64
	mux := new(session.Mux)
	session.On(mux, func(_ context.Context, r *session.Request, sm *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		return &pdu.SubmitSMResp{MessageID: strconv.FormatInt(id.Add(1), 10)}, nil
	})
	srv := &mc.Server{Bind: func(_ context.Context, r *mc.BindRequest) (*mc.Account, error) {
		if r.SystemID != "me" || !r.CheckPassword("secret") {
			return nil, mc.Refuse(pdu.StatusBindFailed)
		}
		return &mc.Account{Handler: mux}, nil
	}}
	go srv.ListenAndServe("127.0.0.1:2775")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := srv.Shutdown(ctx) // in order: what the handlers are at is waited for
	srv.Wait(ctx)            // until the last hook has returned
	log.Print(err, srv.Lost())
}

// A receipt is sent to wherever the account is bound to receive.
func ExampleServer_Deliver() {
	var srv mc.Server // the one that the message came to
	submit := &pdu.SubmitSM{
		Source:             pdu.Address{Addr: "shop"},
		Dest:               pdu.Address{Addr: "46700000001"},
		RegisteredDelivery: pdu.RegisteredReceipt,
	}
	receipt := mc.Receipt(submit, "4F2A9C01", pdu.MessageStateDelivered)
	_, err := srv.Deliver(context.Background(), "me", receipt)
	fmt.Println(err)
	// Output: mc: no receiver or transceiver is bound as "me"
}

// Both ends in one process, for a test.
func ExampleServer_ServeConn() {
	srv := &mc.Server{SystemID: "centre", Bind: func(context.Context, *mc.BindRequest) (*mc.Account, error) {
		return new(mc.Account), nil
	}}
	a, b := net.Pipe()
	srv.ServeConn(b)
	c, err := esme.Bind(context.Background(), a, esme.Config{SystemID: "me"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.State(), c.BindResp().Body.(*pdu.BindTransceiverResp).SystemID)
	srv.Close()
	// Output: BOUND_TRX centre
}
