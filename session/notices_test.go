package session_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// TestNoticesInTurn: requests without a response take turns as well, and none is lost while it waits for one, whichever
// goroutine calls the hooks.
func TestNoticesInTurn(t *testing.T) {
	for name, slowHook := range map[string]bool{"called by the reader": false, "called by another goroutine": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var got []uint32
				h := &typed{t: t}
				session.OnNotification(&h.Mux, func(_ context.Context, r *session.Request, _ *pdu.AlertNotification) {
					time.Sleep(time.Second)
					mu.Lock()
					defer mu.Unlock()
					got = append(got, r.PDU.Seq)
				})
				session.On(&h.Mux, func(context.Context, *session.Request, *pdu.DeliverSM) (*pdu.DeliverSMResp, error) {
					time.Sleep(time.Second)
					return &pdu.DeliverSMResp{}, nil
				})
				front := session.HandlerFunc(func(ctx context.Context, r *session.Request) {
					if slowHook {
						time.Sleep(20 * takeover)
					}
					h.HandlePDU(ctx, r)
				})
				s, p := boundESME(t, session.Config{Handler: front, Concurrency: 2})
				p.SendPDU(req(1, deliver("x")), req(2, deliver("x")), req(3, &pdu.AlertNotification{}),
					req(4, &pdu.AlertNotification{}), req(5, deliver("x")), req(6, &pdu.AlertNotification{}))
				for range 3 {
					require.Equal(t, pdu.StatusOK, p.read(pdu.CommandDeliverSMResp).Status)
				}
				time.Sleep(5 * time.Second)
				mu.Lock()
				defer mu.Unlock()
				require.ElementsMatch(t, []uint32{3, 4, 6}, got)
				require.Zero(t, s.Stats().Inbound)
			})
		})
	}
}

// TestNoticesInTurnDropped: those that wait for a turn at the end are listed.
func TestNoticesInTurnDropped(t *testing.T) {
	for name, slowHook := range map[string]bool{"called by the reader": false, "called by another goroutine": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan bool)
				h := &typed{t: t}
				session.OnNotification(&h.Mux, func(context.Context, *session.Request, *pdu.AlertNotification) { <-release })
				front := session.HandlerFunc(func(ctx context.Context, r *session.Request) {
					if slowHook {
						time.Sleep(20 * takeover)
					}
					h.HandlePDU(ctx, r)
				})
				s, p := boundESME(t, session.Config{Handler: front, Concurrency: 2})
				for i := range uint32(5) {
					p.SendPDU(req(1+i, &pdu.AlertNotification{}))
				}
				time.Sleep(time.Second)
				require.NoError(t, s.Close())
				wantLost(t, s.Lost(), 3, 0, 3) // two were begun, and have no response to be owed
				close(release)
				<-s.Done()
			})
		})
	}
}

// TestTakenBackTooLate: a request whose hook runs while its session ends, and that would have to wait for its turn
// then, is listed and not served any more.
func TestTakenBackTooLate(t *testing.T) {
	for name, tt := range map[string]struct {
		act  func(s *session.Session)
		lost string
	}{
		"close": {func(s *session.Session) { _ = s.Close() }, "; submit_sm 1 IB; submit_sm 2 IB; submit_sm 3 IB"},
		"half-closed": {func(s *session.Session) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			_ = s.Shutdown(ctx)
		}, "; submit_sm 1 IB; submit_sm 2 IB; submit_sm 3 I"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan bool)
				var c running
				h := submits(t, func(*session.Request, string) (*pdu.SubmitSMResp, error) {
					defer c.enter()()
					<-release
					return &pdu.SubmitSMResp{MessageID: "1"}, nil
				})
				front := session.HandlerFunc(func(ctx context.Context, r *session.Request) {
					if r.PDU.Seq == 3 {
						time.Sleep(1500 * time.Millisecond)
					}
					h.HandlePDU(ctx, r)
				})
				s, p := boundMC(t, session.Config{Handler: front, Concurrency: 2})
				sendMany(t, p, 1, 3)
				synctest.Wait()
				tt.act(s)
				<-s.Context().Done()
				require.Equal(t, tt.lost, lostText(s.Lost()))
				time.Sleep(2 * time.Second)
				close(release)
				<-s.Done()
				require.EqualValues(t, 2, c.all.Load())
			})
		})
	}
}
