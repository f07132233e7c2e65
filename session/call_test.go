package session_test

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
	"github.com/smpp-go/smpp/transport"
)

// calling runs Call in a goroutine.
func calling(ctx context.Context, s *session.Session, q any) <-chan error {
	c := make(chan error, 1)
	go func() {
		_, err := s.Call(ctx, q)
		c <- err
	}()
	return c
}

func TestCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		later := make(chan *session.Call, 5)
		h.do["HandleCall"] = func(c hookCall) {
			switch c.call.Req {
			case "now":
				require.True(t, c.call.Reply("done", nil))
				require.False(t, c.call.Reply("again", nil))
			case "later":
				later <- c.call
			case "in hook":
				_, err := c.s.Call(c.ctx, "nested")
				c.call.Reply(nil, err)
			}
		}
		s, _ := boundESME(t, session.Config{Handler: h})
		h.log()
		got, err := s.Call(t.Context(), "now")
		require.NoError(t, err)
		require.Equal(t, "done", got)

		answered := calling(t.Context(), s, "later")
		c := <-later
		require.NoError(t, s.Cast("between"))
		require.True(t, c.Reply(nil, errBoom))
		require.Equal(t, errBoom, <-answered)

		require.ErrorIs(t, second(s.Call(t.Context(), "in hook")), session.ErrInHook)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, second(s.Call(ctx, "later")), context.DeadlineExceeded)
		require.False(t, (<-later).Reply(1, nil), "the caller gave up")
		require.ErrorIs(t, second(s.Call(ctx, "never")), context.DeadlineExceeded)

		lost := calling(t.Context(), s, "later")
		<-later
		synctest.Wait()
		h.want("call now", "call later", "cast between", "call in hook", "call later", "call later")
		require.NoError(t, s.Close())
		require.ErrorIs(t, <-lost, session.ErrClosed)
		require.ErrorIs(t, second(s.Call(t.Context(), "now")), session.ErrClosed)
		require.ErrorIs(t, s.Cast(1), session.ErrClosed)
	})
}

// TestCallsBounded: calls and casts that wait for a hook are bounded, whether or not their callers wait.
func TestCallsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		block := make(chan struct{})
		h.do["HandleCast"] = func(hookCall) { <-block }
		s, _ := boundESME(t, session.Config{Handler: h, EnquireLinkInterval: -1})
		require.NoError(t, s.Cast(0))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var gaveUp []<-chan error
		for range 1000 {
			gaveUp = append(gaveUp, calling(ctx, s, "x"))
		}
		synctest.Wait()
		n := 0
		for s.Cast(n) == nil {
			n++
		}
		require.Equal(t, 23, n)
		require.ErrorIs(t, s.Cast(1), session.ErrQueueFull)
		require.ErrorIs(t, second(s.Call(t.Context(), 1)), session.ErrQueueFull)
		for _, c := range gaveUp {
			require.ErrorIs(t, <-c, context.DeadlineExceeded)
		}
		h.log()
		close(block)
		synctest.Wait()
		require.Len(t, h.log(), 23, "a call whose caller gave up is not delivered")
		require.NoError(t, s.Cast(1))
	})
}

func TestAwait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		s, p := boundESME(t, session.Config{Handler: h})
		h.log()
		got := make(chan *pdu.PDU, 3)
		for _, id := range []pdu.CommandID{pdu.CommandDeliverSM, pdu.CommandDeliverSM, pdu.CommandEnquireLink} {
			go func() {
				x, err := s.Await(t.Context(), id)
				require.NoError(t, err)
				got <- x
			}()
		}
		synctest.Wait()
		p.SendPDU(req(7, deliver("x")), req(8, deliver("y")))
		require.EqualValues(t, 7, (<-got).Seq)
		require.EqualValues(t, 7, (<-got).Seq)
		p.expect(pdu.CommandDeliverSMResp, pdu.StatusOK, 7)
		p.SendPDU(req(9, &pdu.EnquireLink{}))
		require.EqualValues(t, 9, (<-got).Seq)
		synctest.Wait()
		require.Contains(t, h.log(), "pdu deliver_sm 7")

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.Await(ctx, pdu.CommandDataSM)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "await data_sm")
		time.AfterFunc(time.Second, func() { _ = s.Close() })
		_, err = s.Await(t.Context(), pdu.CommandDataSM)
		require.ErrorIs(t, err, session.ErrClosed)
	})
}

// TestAwaitOutbind: an outbind may come before anybody awaits it; more of them change nothing.
func TestAwaitOutbind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := open(t, session.RoleESME, session.Config{})
		p.SendPDU(req(1, &pdu.Outbind{SystemID: "first"}), req(2, &pdu.Outbind{SystemID: "second"}))
		synctest.Wait()
		for range 3 {
			x, err := s.Await(t.Context(), pdu.CommandOutbind)
			require.NoError(t, err)
			require.Equal(t, "first", x.Body.(*pdu.Outbind).SystemID)
			p.SendPDU(req(3, &pdu.Outbind{}))
			synctest.Wait()
		}
	})
}

// TestTrace compares what a Trace is told with what passed.
func TestTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var frames, headers, states, outcomes []string
		starts, ends := 0, 0
		name := func(sent bool) string {
			if sent {
				return "> "
			}
			return "< "
		}
		tr := &session.Trace{
			Start: func(s *session.Session) { starts++; _ = s.State() },
			State: func(_ *session.Session, from, to session.State) {
				states = append(states, from.String()+" "+to.String())
			},
			Frame: func(_ *session.Session, sent bool, b []byte) {
				x, err := pdu.Decode(b)
				require.NoError(t, err)
				frames = append(frames, name(sent)+x.ID.String())
			},
			Received: func(_ *session.Session, h pdu.Header, n int) {
				require.GreaterOrEqual(t, n, pdu.HeaderLen)
				headers = append(headers, name(false)+h.ID.String())
			},
			Sent: func(_ *session.Session, h pdu.Header, n int) {
				require.GreaterOrEqual(t, n, pdu.HeaderLen)
				headers = append(headers, name(true)+h.ID.String())
			},
			Outcome: func(_ *session.Session, q *pdu.PDU, o session.Outcome) {
				outcomes = append(outcomes, q.ID.String()+" "+o.String())
			},
			End: func(_ *session.Session, lost []session.LostPDU, reason error) {
				ends++
				require.Len(t, lost, 1)
				require.Equal(t, session.ErrClosed, reason)
			},
		}
		a, b := transport.Pipe()
		s := session.Start(a, session.RoleESME, session.Config{Trace: tr, EnquireLinkInterval: -1})
		finish(t, s)
		p := newPeer(t, b)
		bindTo(t, s, p, pdu.CommandBindTransmitter, pdu.V34)
		synctest.Wait()
		for _, answer := range []func(){
			func() { p.serve(pdu.CommandSubmitSM, pdu.StatusOK) },
			func() { p.SendPDU(hdr(pdu.CommandGenericNack, 3, p.read(pdu.CommandSubmitSM).Seq)) },
			func() { time.Sleep(time.Minute) },
			func() {},
		} {
			_, err := s.Send(t.Context(), submit("x"))
			require.NoError(t, err)
			synctest.Wait()
			answer()
			synctest.Wait()
		}
		p.SendPDU(req(1, &pdu.EnquireLink{}), req(2, &pdu.EnquireLink{})) // in one read
		synctest.Wait()
		_, err := s.TrySend(deliver("x"))
		require.Error(t, err)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = s.Do(ended, submit("given up before"))
		require.Error(t, err)
		require.NoError(t, s.Close())
		<-s.Done()
		synctest.Wait()
		require.Equal(t, 1, starts)
		require.Equal(t, 1, ends)
		require.Equal(t, []string{"OPEN BOUND_TX", "BOUND_TX CLOSED"}, states)
		require.Equal(t, []string{
			"bind_transmitter responded", "submit_sm responded", "submit_sm nacked", "submit_sm timed out",
			"deliver_sm not sent", "submit_sm not sent", "submit_sm lost",
		}, outcomes)
		require.Equal(t, frames, headers)
		require.Equal(t, []string{
			"> bind_transmitter", "< bind_transmitter_resp", "> submit_sm", "< submit_sm_resp", "> submit_sm", "< generic_nack",
			"> submit_sm", "> submit_sm", "< enquire_link", "< enquire_link", "> enquire_link_resp", "> enquire_link_resp",
		}, frames)
	})
}

// TestTraceKeepsRequests: what Trace.Outcome is given may be kept; the session does not use it again.
func TestTraceKeepsRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept []*pdu.PDU
		s, p := boundESME(t, session.Config{Trace: &session.Trace{
			Outcome: func(_ *session.Session, q *pdu.PDU, _ session.Outcome) { kept = append(kept, q) },
		}})
		kept = nil
		for i := range 5 {
			wait := sessiontest.Do(t.Context(), s, submit(strconv.Itoa(i)))
			p.serve(pdu.CommandSubmitSM, pdu.StatusOK)
			_, err := wait()
			require.NoError(t, err)
		}
		synctest.Wait()
		require.Len(t, kept, 5)
		for i, q := range kept {
			require.Equal(t, submit(strconv.Itoa(i)), q.Body)
			require.Equal(t, kept[0].Seq+uint32(i), q.Seq)
		}
	})
}
