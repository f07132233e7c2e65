package sessiontest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
)

// The package comment shows this test; TestDocumented holds the two together.
func TestSubmit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, peer := sessiontest.StartBound(t, session.RoleESME, session.Config{})
		wait := sessiontest.Do(t.Context(), s, &pdu.SubmitSM{ShortMessage: []byte("hello")})
		req, sm := sessiontest.Expect[*pdu.SubmitSM](peer)
		if string(sm.ShortMessage) != "hello" {
			t.Errorf("the text is %q", sm.ShortMessage)
		}
		peer.WantIdle(time.Second) // nothing but the one message
		peer.Reject(req, pdu.StatusThrottled)
		if _, err := wait(); err == nil {
			t.Error("a refused message is no error")
		}
	})
}
