package session_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// typed is a Mux with the last hook, which begins and ends once.
type typed struct {
	session.Mux
	t      testing.TB
	closed atomic.Int32
	lost   []session.LostPDU
}

func (h *typed) HandleClose(_ context.Context, _ *session.Session, lost []session.LostPDU, _ error) {
	if h.closed.Add(1) != 1 {
		h.t.Error("HandleClose again")
	}
	h.lost = lost
}

// submits returns a typed handler of submit_sm.
func submits(t testing.TB, f func(r *session.Request, text string) (*pdu.SubmitSMResp, error)) *typed {
	h := &typed{t: t}
	session.On(&h.Mux, func(_ context.Context, r *session.Request, sm *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		return f(r, string(sm.ShortMessage))
	})
	return h
}

// sendMany sends n submit_sm, numbered from the first, in one write.
func sendMany(t testing.TB, p *peer, first, n uint32) {
	t.Helper()
	var all []byte
	for i := range n {
		all = append(all, encode(t, req(first+i, submit("x")))...)
	}
	p.Write(all)
}

// wantLost expects a list of requests of the peer, numbered from the first, of which some had begun.
func wantLost(t testing.TB, lost []session.LostPDU, first, begun, n uint32) {
	t.Helper()
	require.Len(t, lost, int(n))
	for i, l := range lost {
		require.True(t, l.Incoming)
		require.False(t, l.Written)
		require.Equal(t, first+uint32(i), l.PDU.Seq)
		require.Equal(t, uint32(i) < begun, l.Begun, "%d", l.PDU.Seq)
	}
}

// TestCloseDropsQueue: REVIEW.md finding 1, TestCloseOrder. Of a thousand requests that wait for a hook of 5 ms, at
// most the one that has begun goes on when the session is closed. HandleClose follows it, and the rest is in the list.
func TestCloseDropsQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		calls := 0
		h.do["HandlePDU"] = func(c hookCall) {
			calls++
			time.Sleep(5 * time.Millisecond)
			_ = replyOK(c.r)
		}
		s, p := boundMC(t, session.Config{Handler: h})
		sendMany(t, p, 1, 1000)
		for i := range uint32(4) {
			p.expect(pdu.CommandSubmitSMResp, pdu.StatusOK, 1+i)
		}
		synctest.Wait()
		require.Equal(t, 5, calls)
		start := time.Now()
		require.NoError(t, s.Close())
		require.Zero(t, time.Since(start))
		<-s.Context().Done()
		require.Zero(t, time.Since(start))
		wantLost(t, s.Lost(), 5, 1, 996)
		require.Zero(t, h.ends())
		<-s.Done()
		require.Equal(t, 5*time.Millisecond, time.Since(start))
		require.Equal(t, 1, h.ends())
		require.Equal(t, 5, calls)
		require.Equal(t, s.Lost(), h.lost)
		require.EqualValues(t, 995, s.Stats().Refused)
		require.EqualValues(t, 1, s.Stats().LateReply)
	})
}

// TestResetDropsQueue: REVIEW.md finding 1, over the wire: nor does it go on after the client has gone.
func TestResetDropsQueue(t *testing.T) {
	for name, connect := range transports {
		t.Run(name, func(t *testing.T) {
			a, b := connect(t)
			step, began := make(chan bool), make(chan uint32, 1000)
			h := newRecorder(t)
			h.do["HandlePDU"] = func(c hookCall) {
				began <- c.r.PDU.Seq
				<-step
				_ = replyOK(c.r)
			}
			s := session.Start(b, session.RoleMC, session.Config{Handler: accepting(h)})
			finish(t, s)
			p := newPeer(t, a)
			p.SendPDU(req(1, bind(pdu.CommandBindTransceiver, pdu.V34)))
			p.read(pdu.CommandBindTransceiverResp)
			sendMany(t, p, 1, 1000)
			for i := range uint32(4) {
				require.Equal(t, 1+i, <-began)
				step <- true
				p.expect(pdu.CommandSubmitSMResp, pdu.StatusOK, 1+i)
			}
			require.EqualValues(t, 5, <-began)
			transport.Reset(a)
			<-s.Context().Done()
			lost := s.Lost()
			require.NotEmpty(t, lost)
			wantLost(t, lost, 5, 1, uint32(len(lost))) // what was not read yet is nobody's
			close(step)
			<-s.Done()
			require.Empty(t, began)
			require.Equal(t, 1, h.ends())
		})
	}
}

// TestCloseWithTurns: REVIEW.md finding 1. Functions of a Mux that still run hold up HandleClose and Done, but neither
// Close nor Shutdown nor the connection; what waits for its turn is dropped, or refused where the peer can be told.
func TestCloseWithTurns(t *testing.T) {
	for name, end := range map[string]struct {
		act   func(t *testing.T, s *session.Session)
		told  bool
		bound time.Duration
	}{
		"close": {func(_ *testing.T, s *session.Session) { _ = s.Close() }, false, 0},
		"shutdown": {func(t *testing.T, s *session.Session) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			require.ErrorIs(t, s.Shutdown(ctx), context.DeadlineExceeded)
		}, true, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan bool)
				var began, ended atomic.Int32
				h := submits(t, func(*session.Request, string) (*pdu.SubmitSMResp, error) {
					began.Add(1)
					<-release
					ended.Add(1)
					return &pdu.SubmitSMResp{MessageID: "1"}, nil
				})
				s, p := boundMC(t, session.Config{Handler: h, Concurrency: 4})
				sendMany(t, p, 1, 10)
				synctest.Wait()
				require.EqualValues(t, 4, began.Load())
				require.Equal(t, 10, s.Stats().Inbound)
				start := time.Now()
				end.act(t, s)
				require.LessOrEqual(t, time.Since(start), end.bound)
				require.Equal(t, session.StateClosed, s.State())
				if end.told {
					for i := range uint32(6) {
						p.expect(pdu.CommandSubmitSMResp, pdu.StatusThrottled, 5+i)
					}
					wantLost(t, s.Lost(), 1, 4, 4)
				} else {
					wantLost(t, s.Lost(), 1, 4, 10)
				}
				p.WantClosed()
				for i := range int32(4) {
					time.Sleep(time.Hour)
					require.Zero(t, h.closed.Load())
					select {
					case <-s.Done():
						t.Fatal("done, and functions run")
					default:
					}
					release <- true
					synctest.Wait()
					require.Equal(t, i+1, ended.Load())
				}
				<-s.Done()
				require.EqualValues(t, 1, h.closed.Load())
				require.Equal(t, s.Lost(), h.lost)
				require.EqualValues(t, 4, began.Load())
				require.EqualValues(t, 6, s.Stats().Refused)
			})
		})
	}
}

// TestAlertsDropped: requests without a response that are not begun are listed as well, whatever ends the session.
func TestAlertsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		block := make(chan struct{})
		h.do["HandlePDU"] = func(hookCall) { <-block }
		s, p := boundESME(t, session.Config{Handler: h})
		p.SendPDU(req(1, &pdu.AlertNotification{}), req(2, &pdu.AlertNotification{}), req(3, deliver("x")))
		synctest.Wait()
		h.log()
		require.NoError(t, s.Close())
		close(block)
		<-s.Done()
		h.want("state BOUND_TRX > CLOSED", "close: session closed; deliver_sm 3 I; alert_notification 2 I")
	})
}
