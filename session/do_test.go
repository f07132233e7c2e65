package session_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// doing runs Do in a goroutine.
func doing(ctx context.Context, s *session.Session, body pdu.Body) <-chan result {
	c := make(chan result, 1)
	go func() {
		resp, err := s.Do(ctx, body)
		c <- result{resp: resp, err: err}
	}()
	return c
}

func TestDoResponses(t *testing.T) {
	id := pdu.CommandSubmitSMResp
	for name, tt := range map[string]struct {
		answer    []byte
		status    pdu.CommandStatus
		malformed bool
		messageID string
		count     func(session.Stats) uint64
	}{
		"accepted":       {answer: encode(t, req(2, &pdu.SubmitSMResp{MessageID: "7"})), messageID: "7"},
		"refused":        {answer: encode(t, hdr(id, pdu.StatusThrottled, 2)), status: pdu.StatusThrottled},
		"refused, body":  {answer: encode(t, &pdu.PDU{Header: pdu.Header{Status: 8, Seq: 2}, Body: &pdu.SubmitSMResp{MessageID: "8"}}), status: 8, messageID: "8"},
		"nacked":         {answer: encode(t, hdr(pdu.CommandGenericNack, pdu.StatusInvalidCommandID, 2)), status: pdu.StatusInvalidCommandID, count: func(s session.Stats) uint64 { return s.Nacked }},
		"nacked with OK": {answer: encode(t, req(2, &pdu.GenericNack{})), count: func(s session.Stats) uint64 { return s.Nacked }},
		"malformed":      {answer: []byte("\x00\x00\x00\x14\x80\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x02a\x00\x05\x01"), malformed: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newRecorder(t)
				s, p := boundESME(t, session.Config{Handler: h, Strict: tt.malformed})
				h.log()
				done := doing(t.Context(), s, submit("x"))
				require.EqualValues(t, 2, p.read(pdu.CommandSubmitSM).Seq)
				p.Write(tt.answer)
				got := <-done
				require.NotNil(t, got.resp)
				require.False(t, session.SafeToRetry(got.err))
				var refused *pdu.StatusError
				var malformed *pdu.DecodeError
				switch {
				case tt.malformed:
					require.True(t, errors.As(got.err, &malformed), "%v", got.err)
					require.IsType(t, (*pdu.Raw)(nil), got.resp.Body)
				case tt.status != 0 || tt.count != nil:
					require.True(t, errors.As(got.err, &refused), "%v", got.err)
					require.Equal(t, tt.status, refused.Status)
					require.Equal(t, got.resp.ID, refused.Command)
				default:
					require.NoError(t, got.err)
				}
				if tt.messageID != "" {
					require.Equal(t, tt.messageID, got.resp.Body.(*pdu.SubmitSMResp).MessageID)
				}
				count := func(s session.Stats) uint64 { return s.Responded - 1 } // the bind
				if tt.count != nil {
					count = tt.count
				}
				require.EqualValues(t, 1, count(s.Stats()))
				synctest.Wait()
				if tt.malformed {
					h.want("malformed submit_sm_resp 2 true")
				} else {
					h.want() // Do reports to its caller alone
				}
			})
		})
	}
}

// TestDoEnds tells what Do says about requests without a response, and whether they can be sent again.
func TestDoEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		body   pdu.Body
		act    func(s *session.Session, p *peer, cancel func())
		want   session.Outcome
		is     error
		retry  bool
		text   string
		isTime bool
	}{
		"wrong state": {
			body: deliver("x"), want: session.NotSent, retry: true,
			text: "session: deliver_sm not sent: deliver_sm is not allowed to an ESME in state BOUND_TRX (SMPP 3.4)",
		},
		"does not encode": {
			body: &pdu.SubmitSM{ServiceType: "too long"}, want: session.NotSent, retry: true,
		},
		"no body":    {body: nil, want: session.NotSent, retry: true},
		"a response": {body: &pdu.SubmitSMResp{}, want: session.NotSent, is: session.ErrNotRequest, retry: true},
		"timed out": {
			body: submit("x"), act: func(_ *session.Session, _ *peer, _ func()) { time.Sleep(time.Minute) },
			want: session.TimedOut, is: session.ErrResponseTimeout, isTime: true,
			text: "session: submit_sm (sequence 2) unanswered, it may have been received: no response within the response time",
		},
		"closed": {
			body: submit("x"), act: func(s *session.Session, _ *peer, _ func()) { _ = s.Close() },
			want: session.Lost, is: session.ErrClosed,
			text: "session: submit_sm (sequence 2) lost with the connection, it may have been received: session closed",
		},
		"peer closed": {
			body: submit("x"), act: func(_ *session.Session, p *peer, _ func()) { _ = p.Conn().Close() },
			want: session.Lost, is: session.ErrPeerClosed,
		},
		"gave up": {
			body: submit("x"), act: func(_ *session.Session, _ *peer, cancel func()) { cancel() },
			want: session.Pending, is: context.Canceled,
			text: "session: submit_sm (sequence 2) still under way, the handler gets its response: context canceled",
		},
		"has no response": {body: &pdu.EnquireLink{}, act: func(_ *session.Session, p *peer, _ func()) {
			p.SendPDU(req(2, &pdu.EnquireLinkResp{}))
		}, want: session.Responded},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := boundESME(t, session.Config{})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				done := doing(ctx, s, tt.body)
				synctest.Wait()
				if tt.act != nil {
					tt.act(s, p, cancel)
				}
				got := <-done
				if tt.want == session.Responded {
					require.NoError(t, got.err)
					return
				}
				require.Nil(t, got.resp)
				require.Equal(t, tt.want, outcome(t, got.err))
				require.Equal(t, tt.retry, session.SafeToRetry(got.err))
				if tt.is != nil {
					require.ErrorIs(t, got.err, tt.is)
				}
				if tt.text != "" {
					require.EqualError(t, got.err, tt.text)
				}
				var e *session.RequestError
				require.True(t, errors.As(got.err, &e))
				require.Equal(t, tt.isTime, e.Timeout())
				require.Equal(t, tt.body, e.PDU.Body)
			})
		})
	}
}

// TestDoContext ends the context of Do before it begins, while it waits for a slot, while its PDU waits to be written,
// and after that.
func TestDoContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		s, p := boundESME(t, session.Config{Handler: h, Window: 2})
		h.log()
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.Do(ended, submit("never"))
		require.Equal(t, session.NotSent, outcome(t, err))
		require.ErrorIs(t, err, context.Canceled)

		inFlight := doing(t.Context(), s, submit("first"))
		synctest.Wait()
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = s.Do(short, submit("abandoned")) // number 3
		require.Equal(t, session.Pending, outcome(t, err))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.False(t, session.SafeToRetry(err))
		require.Equal(t, 2, s.Stats().InUse, "the slot is held until the outcome")

		short, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = s.Do(short, submit("no slot"))
		require.Equal(t, session.NotSent, outcome(t, err))
		require.True(t, session.SafeToRetry(err))
		var e *session.RequestError
		require.ErrorAs(t, err, &e)
		require.Zero(t, e.PDU.Seq)

		require.EqualValues(t, 2, p.read(pdu.CommandSubmitSM).Seq)
		require.EqualValues(t, 3, p.read(pdu.CommandSubmitSM).Seq)
		p.SendPDU(req(3, &pdu.SubmitSMResp{MessageID: "3"}), req(2, &pdu.SubmitSMResp{MessageID: "2"}))
		require.NoError(t, (<-inFlight).err)
		synctest.Wait()
		h.want("resp submit_sm_resp 3 ESME_ROK to submit_sm 3")
		p.WantIdle(time.Second) // "no slot" never goes out
	})
}

// TestDoQueued gives up while the PDU waits behind a write that the peer holds up.
func TestDoQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := boundESME(t, session.Config{})
		s.NetConn().(interface{ SetBuffer(int) }).SetBuffer(10)
		stuck := doing(t.Context(), s, submit("stuck"))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.Do(ctx, submit("queued"))
		require.Equal(t, session.NotSent, outcome(t, err))
		require.True(t, session.SafeToRetry(err))
		require.EqualValues(t, 2, p.serve(pdu.CommandSubmitSM, pdu.StatusOK).Seq)
		require.NoError(t, (<-stuck).err)
		p.WantIdle(time.Second)
	})
}

func TestExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := boundESME(t, session.Config{})
		go func() {
			q := p.read(pdu.CommandSubmitSM)
			p.SendPDU(req(q.Seq, &pdu.SubmitSMResp{MessageID: "typed"}))
			q = p.read(pdu.CommandSubmitSM)
			p.SendPDU(hdr(pdu.CommandGenericNack, 3, q.Seq))
		}()
		resp, err := session.Exchange(t.Context(), s, submit("x"))
		require.NoError(t, err)
		require.Equal(t, "typed", resp.MessageID)
		resp, err = session.Exchange(t.Context(), s, submit("x"))
		require.Error(t, err)
		require.Nil(t, resp)
	})
}

// A request whose context had ended before is counted as any other: handed over, and not sent.
func TestGivenUpBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		defer b.Close()
		s := session.Start(a, session.RoleESME, session.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.Do(ctx, new(pdu.EnquireLink))
		require.ErrorIs(t, err, context.Canceled)
		require.True(t, session.SafeToRetry(err))
		_, err = s.Send(ctx, new(pdu.EnquireLink))
		require.True(t, session.SafeToRetry(err))
		st := s.Stats()
		require.EqualValues(t, 2, st.Accepted)
		require.EqualValues(t, 2, st.NotSent)
		require.NoError(t, s.Close())
		<-s.Done()
	})
}
