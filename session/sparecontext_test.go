package session_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// The context of a request does not end since another one is given up.
func TestContextsAreNotShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		n := 0
		var second, third context.Context
		served := session.HandlerFunc(func(ctx context.Context, r *session.Request) {
			_ = ctx.Done() // somebody waits for it
			switch n++; n {
			case 1:
				_ = r.Reply(&pdu.SubmitSMResp{MessageID: "1"})
			case 2:
				second = ctx // never answered
			case 3:
				third = ctx
				time.Sleep(500 * time.Millisecond)
				if err := ctx.Err(); err != nil {
					t.Errorf("the context of a request that is not given up ended: %v", context.Cause(ctx))
				}
				_ = r.Reply(&pdu.SubmitSMResp{MessageID: "3"})
			}
		})
		mc := session.Start(b, session.RoleMC, session.Config{AnswerTimeout: time.Second, Handler: session.HandlerFunc(
			func(_ context.Context, r *session.Request) { _ = r.Accept(nil, served) })})
		esme := session.Start(a, session.RoleESME, session.Config{})
		if _, err := esme.Do(t.Context(), &pdu.BindTransceiver{InterfaceVersion: pdu.V34}); err != nil {
			t.Fatal(err)
		}
		if _, err := esme.Do(t.Context(), &pdu.SubmitSM{}); err != nil {
			t.Fatal(err)
		}
		if _, err := esme.Send(t.Context(), &pdu.SubmitSM{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(900 * time.Millisecond) // the bubble's: the second is given up while the third is served
		if _, err := esme.Do(t.Context(), &pdu.SubmitSM{}); err != nil {
			t.Fatal(err)
		}
		if context.Cause(second) != session.ErrAnswerTimeout || third.Err() != nil {
			t.Errorf("given up: %v; answered: %v", context.Cause(second), context.Cause(third))
		}
		_ = esme.Close()
		_ = mc.Close()
		<-esme.Done()
		<-mc.Done()
	})
}
