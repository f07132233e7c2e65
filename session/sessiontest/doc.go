// Package sessiontest plays the other end of an SMPP session, so that tests of code that uses one need no network, no
// server and no time.
//
// A [Peer] is scripted by the test, step by step: it sends what the test says, expects what the session should send,
// and knows no rule of the protocol, so that it can break every one of them. The test runs in a bubble of
// testing/synctest, where an hour passes in no time and what happens is the same in every run. This is a whole test of
// a function that submits a message:
//
//	func TestSubmit(t *testing.T) {
//		synctest.Test(t, func(t *testing.T) {
//			s, peer := sessiontest.StartBound(t, session.RoleESME, session.Config{})
//			wait := sessiontest.Do(t.Context(), s, &pdu.SubmitSM{ShortMessage: []byte("hello")})
//			req, sm := sessiontest.Expect[*pdu.SubmitSM](peer)
//			if string(sm.ShortMessage) != "hello" {
//				t.Errorf("the text is %q", sm.ShortMessage)
//			}
//			peer.WantIdle(time.Second) // nothing but the one message
//			peer.Reject(req, pdu.StatusThrottled)
//			if _, err := wait(); err == nil {
//				t.Error("a refused message is no error")
//			}
//		})
//	}
//
// A method that does not find what it expects ends the test by FailNow, with what it wanted and what came. Such methods
// therefore belong in the goroutine of the test; the code under test goes into others, as [Do] does it.
package sessiontest
