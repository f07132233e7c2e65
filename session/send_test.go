package session_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// TestSendReports tells what the hooks get of a Send: a send result and one end, in this order.
func TestSendReports(t *testing.T) {
	for name, tt := range map[string]struct {
		act  func(s *session.Session, p *peer)
		want []string
	}{
		"response": {
			func(_ *session.Session, p *peer) { p.serve(pdu.CommandSubmitSM, pdu.StatusOK) },
			[]string{"sent submit_sm 2", "resp submit_sm_resp 2 ESME_ROK to submit_sm 2"},
		},
		"refusal": {
			func(_ *session.Session, p *peer) { p.serve(pdu.CommandSubmitSM, pdu.StatusThrottled) },
			[]string{"sent submit_sm 2", "resp submit_sm_resp 2 ESME_RTHROTTLED to submit_sm 2"},
		},
		"nack": {
			func(_ *session.Session, p *peer) { p.SendPDU(hdr(pdu.CommandGenericNack, 3, 2)) },
			[]string{"sent submit_sm 2", "resp generic_nack 2 ESME_RINVCMDID to submit_sm 2"},
		},
		"timeout, late response": {
			func(_ *session.Session, p *peer) {
				time.Sleep(61 * time.Second)
				p.SendPDU(req(2, &pdu.SubmitSMResp{}))
				p.SendPDU(req(2, &pdu.SubmitSMResp{}))
			},
			[]string{"sent submit_sm 2", "timeout [2]", "late submit_sm_resp 2 to submit_sm 2", "late submit_sm_resp 2 to nothing"},
		},
		"wrong command": {
			func(_ *session.Session, p *peer) {
				p.SendPDU(req(2, &pdu.QuerySMResp{}))
				p.serve(pdu.CommandSubmitSM, pdu.StatusOK)
			},
			[]string{"sent submit_sm 2", "late query_sm_resp 2 to nothing", "resp submit_sm_resp 2 ESME_ROK to submit_sm 2"},
		},
		"close": {
			func(s *session.Session, _ *peer) { _ = s.Close() },
			[]string{"sent submit_sm 2", "state BOUND_TRX > CLOSED", "close: session closed; submit_sm 2 W"},
		},
		"reset": {
			func(_ *session.Session, p *peer) { p.Pipe().CutAfter(0) },
			[]string{
				"sent submit_sm 2", "state BOUND_TRX > CLOSED",
				"close: read pipe pipe-a->pipe-b: read: connection reset by peer; submit_sm 2 W",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newRecorder(t)
				s, p := boundESME(t, session.Config{Handler: h, EnquireLinkInterval: -1})
				synctest.Wait()
				h.log()
				seq, err := s.Send(t.Context(), submit("x"))
				require.NoError(t, err)
				require.EqualValues(t, 2, seq)
				synctest.Wait()
				tt.act(s, p)
				synctest.Wait()
				h.want(tt.want...)
			})
		})
	}
}

// TestSendNoResponse: the send result of an operation without a response is all there is.
func TestSendNoResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		s, p := boundMC(t, session.Config{Handler: h, Window: 1})
		synctest.Wait()
		h.log()
		for range 3 {
			_, err := s.Send(t.Context(), &pdu.AlertNotification{})
			require.NoError(t, err)
		}
		resp, err := s.Do(t.Context(), &pdu.AlertNotification{})
		require.NoError(t, err)
		require.Nil(t, resp)
		for range 4 {
			p.read(pdu.CommandAlertNotification)
		}
		synctest.Wait()
		h.want("sent alert_notification 1", "sent alert_notification 2", "sent alert_notification 3")
		require.EqualValues(t, 4, s.Stats().Sent)
		require.Zero(t, s.Stats().InUse)
	})
}

// TestUnwritten: of a write that failed half-way, PDUs wholly beyond are not sent, and nothing but the lost list tells
// of them.
func TestUnwritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		s, _ := boundESME(t, session.Config{Handler: h})
		synctest.Wait()
		h.log()
		size := len(encode(t, req(2, submit("x"))))
		conn := s.NetConn().(*transport.PipeConn)
		conn.SetBuffer(10)
		for range 4 {
			_, err := s.TrySend(submit("x"))
			require.NoError(t, err)
			synctest.Wait() // the first is half-way, the others leave together
		}
		conn.CutAfter(size - 10 + size + 20)
		conn.SetBuffer(-1)
		<-s.Done()
		require.ErrorIs(t, s.Err(), syscall.ECONNRESET)
		require.Equal(t, []string{"sent submit_sm 2", "sent submit_sm 3", "state BOUND_TRX > CLOSED"}, h.log()[:3])
		require.Equal(t, "; submit_sm 2 W; submit_sm 3 W; submit_sm 4 W; submit_sm 5 ", lostText(s.Lost()))
		require.EqualValues(t, 3, s.Stats().Lost)
		require.EqualValues(t, 1, s.Stats().NotSent)
	})
}

// TestWindow: requests wait their turn, first come, first served, whoever sends them; TrySend does not.
func TestWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := boundESME(t, session.Config{Window: 1})
		var wg sync.WaitGroup
		wait := func(f func() error) {
			wg.Go(func() { require.NoError(t, f()) })
			synctest.Wait()
		}
		_, err := s.TrySend(submit("0"))
		require.NoError(t, err)
		wait(func() error { _, err := s.Send(t.Context(), submit("1")); return err })
		wait(func() error { _, err := s.Do(t.Context(), submit("2")); return err })
		wait(func() error { return s.SendPDU(t.Context(), req(1000, submit("3"))) })
		wait(func() error { _, err := s.Send(t.Context(), submit("4")); return err })

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = s.Send(ctx, submit("gives up"))
		require.Equal(t, session.NotSent, outcome(t, err))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = s.TrySend(submit("no"))
		require.ErrorIs(t, err, session.ErrWindowFull)
		require.True(t, session.SafeToRetry(err))
		require.Equal(t, 4, s.Stats().Waiting)

		for i := range 5 {
			q := p.serve(pdu.CommandSubmitSM, pdu.StatusOK)
			require.Equal(t, fmt.Sprint(i), string(q.Body.(*pdu.SubmitSM).ShortMessage))
		}
		wg.Wait()
		synctest.Wait()
		require.Zero(t, s.Stats().InUse)
	})
}

func TestSetWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := boundESME(t, session.Config{Window: 4})
		for i := range 4 {
			_, err := s.TrySend(submit(fmt.Sprint(i)))
			require.NoError(t, err)
		}
		var sent atomic.Int32
		for range 4 {
			go func() {
				if _, err := s.Send(t.Context(), submit("w")); err == nil {
					sent.Add(1)
				}
			}()
		}
		synctest.Wait()
		s.SetWindow(2)
		for range 4 {
			p.read(pdu.CommandSubmitSM)
		}
		for i := range 2 {
			p.SendPDU(req(uint32(2+i), &pdu.SubmitSMResp{}))
		}
		p.WantIdle(time.Second)
		require.Zero(t, sent.Load())
		require.Equal(t, 2, s.Stats().InUse)
		s.SetWindow(0) // counts as 1
		p.SendPDU(req(4, &pdu.SubmitSMResp{}))
		p.WantIdle(time.Second)
		require.Equal(t, session.Stats{Window: 1, InUse: 1, Waiting: 4},
			func() session.Stats {
				n := s.Stats()
				return session.Stats{Window: n.Window, InUse: n.InUse, Waiting: n.Waiting}
			}())
		s.SetWindow(10)
		for range 4 {
			p.read(pdu.CommandSubmitSM)
		}
		synctest.Wait()
		require.EqualValues(t, 4, sent.Load())
	})
}

// TestExemptFromWindow: enquire_link and unbind pass a full window.
func TestExemptFromWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := boundESME(t, session.Config{Window: 1})
		_, err := s.TrySend(submit("full"))
		require.NoError(t, err)
		p.read(pdu.CommandSubmitSM)
		done := doing(t.Context(), s, &pdu.EnquireLink{})
		p.serve(pdu.CommandEnquireLink, pdu.StatusOK)
		require.NoError(t, (<-done).err)
		done = doing(t.Context(), s, &pdu.Unbind{})
		p.serve(pdu.CommandUnbind, pdu.StatusOK)
		require.NoError(t, (<-done).err)
		p.WantClosed()
		_ = p.Conn().Close()
		<-s.Done()
		require.ErrorIs(t, s.Err(), session.ErrShutdown)
		require.Len(t, s.Lost(), 1)
	})
}

func TestSendPDU(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		s, p := boundESME(t, session.Config{Handler: h, EnquireLinkInterval: -1})
		synctest.Wait()
		h.log()
		for _, seq := range []uint32{0, 0x80000000, 0xFFFFFFFF} {
			err := s.SendPDU(t.Context(), req(seq, submit("x")))
			require.ErrorIs(t, err, session.ErrSequenceRange)
			require.Equal(t, session.NotSent, outcome(t, err))
		}
		require.NoError(t, s.SendPDU(t.Context(), req(77, submit("x"))))
		err := s.SendPDU(t.Context(), req(77, submit("x")))
		require.ErrorIs(t, err, session.ErrSequenceInUse)
		require.True(t, session.SafeToRetry(err))
		require.EqualError(t, err, "session: submit_sm (sequence 77) not sent: sequence number is in flight or remembered")
		require.EqualValues(t, 77, p.read(pdu.CommandSubmitSM).Seq)
		time.Sleep(time.Minute)
		synctest.Wait() // timed out, and remembered
		require.ErrorIs(t, s.SendPDU(t.Context(), req(77, submit("x"))), session.ErrSequenceInUse)
		p.SendPDU(req(77, &pdu.SubmitSMResp{}))
		synctest.Wait()
		require.NoError(t, s.SendPDU(t.Context(), &pdu.PDU{
			Header: pdu.Header{ID: 0x00010000, Seq: 77, Status: 9},
			Body:   &pdu.Raw{ID: 0x00010000, Data: []byte("vendor")},
		}))
		x := p.read(0x00010000)
		require.Zero(t, x.Status)
		require.Equal(t, "vendor", string(x.Body.(*pdu.Raw).Data))
		synctest.Wait()
		h.want("sent submit_sm 77", "timeout [77]", "late submit_sm_resp 77 to submit_sm 77", "sent command_id 0x00010000 77")
	})
}

// TestSequenceNumbers: they wrap, and skip what is in flight.
func TestSequenceNumbers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := open(t, session.RoleESME, session.Config{FirstSequence: 0x7FFFFFFD})
		bindTo(t, s, p, pdu.CommandBindTransceiver, pdu.V34)
		require.NoError(t, s.SendPDU(t.Context(), req(1, submit("mine"))))
		var got []uint32
		for range 4 {
			seq, err := s.Send(t.Context(), submit("x"))
			require.NoError(t, err)
			got = append(got, seq)
		}
		require.Equal(t, []uint32{0x7FFFFFFE, 0x7FFFFFFF, 2, 3}, got)
	})
}

// TestPlaces: a hook that blocks holds up Send beyond window and 1,024, not Do, and not a Send inside the hook.
func TestPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		block := make(chan struct{})
		inHook := make(chan error, 3)
		first := true
		h.do["HandleResp"] = func(c hookCall) {
			if !first {
				return
			}
			first = false
			<-block
			_, err := c.s.Send(c.ctx, submit("in hook"))
			inHook <- err
			_, err = c.s.Send(context.WithoutCancel(c.ctx), submit("in hook, no cancel"))
			inHook <- err
			inHook <- c.s.SendPDU(c.ctx, req(5, &pdu.SubmitSM{ServiceType: "does not encode"}))
		}
		s, p := boundESME(t, session.Config{Handler: h, Window: 10})
		served := make(chan struct{})
		go func() {
			defer close(served)
			for {
				q, err := p.Read()
				if err != nil {
					return
				}
				p.SendPDU(&pdu.PDU{Header: pdu.Header{Seq: q.Seq}, Body: pdu.NewBody(q.ID.Response())})
			}
		}()
		n := 0
		for {
			time.Sleep(takeover)
			if _, err := s.TrySend(submit("x")); err != nil {
				require.ErrorIs(t, err, session.ErrQueueFull)
				break
			}
			n++
		}
		require.Equal(t, 1034, n)
		waited := make(chan error, 1)
		go func() {
			_, err := s.Send(t.Context(), submit("waits"))
			waited <- err
		}()
		synctest.Wait()
		require.Equal(t, 1, s.Stats().Waiting)
		_, err := s.Do(t.Context(), submit("do"))
		require.NoError(t, err)
		close(block)
		require.NoError(t, <-inHook)
		require.NoError(t, <-inHook)
		require.Error(t, <-inHook, "the hook's own Send does not wait, and its failure is told")
		require.NoError(t, <-waited)
		require.NoError(t, s.Shutdown(t.Context()))
		<-served
	})
}

// TestSendGivenUpWhileAdmitted: when the wait of a Send ends by its context and by a slot at a time, and the session ends
// behind that, either the error or the lost list tells of it, and not both.
func TestSendGivenUpWhileAdmitted(t *testing.T) {
	for range 100 {
		synctest.Test(t, func(t *testing.T) {
			s, _ := boundESME(t, session.Config{Window: 1})
			_, err := s.Send(t.Context(), submit("first"))
			require.NoError(t, err)
			ctx, cancel := context.WithCancel(t.Context())
			sent := make(chan error, 1)
			go func() {
				_, err := s.Send(ctx, submit("second"))
				sent <- err
			}()
			synctest.Wait()
			cancel()
			s.SetWindow(2)
			require.NoError(t, s.Close())
			err = <-sent
			<-s.Done()
			listed := slices.ContainsFunc(s.Lost(), func(l session.LostPDU) bool {
				sm, ok := l.PDU.Body.(*pdu.SubmitSM)
				return ok && string(sm.ShortMessage) == "second"
			})
			require.Equal(t, err == nil, listed, "%v", err)
		})
	}
}
