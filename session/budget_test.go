package session_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// statuses counts the responses that a peer gets by their status, until its connection ends.
func statuses(p *peer, got *[4]atomic.Int64) (over chan struct{}) {
	over = make(chan struct{})
	go func() {
		defer close(over)
		for {
			x, err := p.Read()
			switch {
			case err != nil:
				return
			case !x.ID.IsResponse():
			case x.Status == pdu.StatusOK:
				got[0].Add(1)
			default:
				got[1].Add(1)
			}
		}
	}()
	return over
}

// TestPauseFreezesNothing: REVIEW.md finding 4. A peer that sends more than the handler takes, and never answers,
// cannot keep a request of ours, however often reading pauses: it times out. A peer that is too fast for the pauses is
// throttled.
func TestPauseFreezesNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		limit, slow time.Duration
		throttled   bool
		pause       time.Duration // how long one takes: nothing fires in it
	}{
		"held back":          {0, 50 * time.Millisecond, false, 250 * time.Millisecond}, // half of the window
		"the longest pause":  {time.Hour, 50 * time.Millisecond, false, 250 * time.Millisecond},
		"slower than that":   {0, 300 * time.Millisecond, true, time.Second},
		"a shorter pause":    {100 * time.Millisecond, 50 * time.Millisecond, true, 100 * time.Millisecond},
		"refused at once":    {-1, 50 * time.Millisecond, true, -time.Second},
		"refused, and slow":  {-1, 300 * time.Millisecond, true, -time.Second},
		"hardly held back":   {0, time.Millisecond, false, 5 * time.Millisecond},
		"a blocking handler": {0, time.Hour, true, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				done := make(chan struct{})
				s, p := boundESME(t, session.Config{
					InboundWindow: 8, PauseLimit: tt.limit, ResponseTimeout: 2 * time.Second, EnquireLinkInterval: -1,
					Handler: handle(func(r *session.Request) {
						select {
						case <-time.After(tt.slow):
						case <-done:
						}
						_ = replyOK(r)
					}),
				})
				defer close(done)
				var got [4]atomic.Int64
				over := statuses(p, &got)
				go func() {
					all := encode(t, req(7, deliver("x")), req(8, deliver("x")), req(9, deliver("x")), req(10, deliver("x")))
					for {
						if _, err := p.Conn().Write(all); err != nil {
							return
						}
						time.Sleep(3 * time.Millisecond)
					}
				}()
				time.Sleep(time.Second / 2) // in the midst of it
				for range 5 {
					start := time.Now()
					_, err := s.Do(t.Context(), submit("x"))
					require.ErrorIs(t, err, session.ErrResponseTimeout)
					require.GreaterOrEqual(t, time.Since(start), 2*time.Second)
					require.LessOrEqual(t, time.Since(start), 3*time.Second+tt.pause)
				}
				require.Equal(t, tt.throttled, got[1].Load() > 1000, "%d", got[1].Load())
				if !tt.throttled {
					require.Zero(t, s.Stats().Refused)
				}
				require.Equal(t, session.StateBoundTRX, s.State())
				require.NoError(t, s.Close())
				<-over
				time.Sleep(time.Second)
			})
		})
	}
}

// TestPauseHoldsBack: I4. A peer without a window and a handler that takes 600 messages a second: TCP holds the peer
// back, and nothing is refused.
func TestPauseHoldsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 20_000
		s, p := boundMC(t, session.Config{Handler: handle(func(r *session.Request) {
			time.Sleep(time.Second / 600)
			_ = replyOK(r)
		})})
		var got [4]atomic.Int64
		over := statuses(p, &got)
		start := time.Now()
		sendMany(t, p, 1, n)
		for got[0].Load() < n && got[1].Load() == 0 {
			time.Sleep(time.Second)
			require.LessOrEqual(t, s.Stats().Inbound, 1024)
		}
		require.EqualValues(t, n, got[0].Load())
		require.Zero(t, got[1].Load())
		require.Zero(t, s.Stats().Refused)
		require.LessOrEqual(t, time.Since(start), n/600*time.Second+2*time.Second, "without a break")
		require.NoError(t, s.Close())
		<-over
	})
}

// TestPauseHoldsBackTCP: the same over the wire, in little.
func TestPauseHoldsBackTCP(t *testing.T) {
	for name, connect := range transports {
		t.Run(name, func(t *testing.T) {
			const n = 5000
			a, b := connect(t)
			var handled atomic.Int64
			s := session.Start(b, session.RoleMC, session.Config{
				InboundWindow: 64, Handler: accepting(handle(func(r *session.Request) {
					if handled.Add(1)%16 == 0 {
						time.Sleep(time.Millisecond) // a slow one
					}
					_ = replyOK(r)
				})),
			})
			finish(t, s)
			p := newPeer(t, a)
			p.SendPDU(req(1, bind(pdu.CommandBindTransceiver, pdu.V34)))
			p.read(pdu.CommandBindTransceiverResp)
			var got [4]atomic.Int64
			sent := make(chan struct{})
			go func() {
				defer close(sent)
				sendMany(t, p, 1, n)
			}()
			for range n {
				x := p.read(pdu.CommandSubmitSMResp)
				require.Equal(t, pdu.StatusOK, x.Status)
				got[0].Add(1)
			}
			<-sent
			require.Zero(t, s.Stats().Refused)
			require.EqualValues(t, n, handled.Load())
			_ = a.Close()
			<-s.Done()
		})
	}
}

// TestNoWriteTimeout: REVIEW.md finding 19. Without a write timeout, a peer that stops reading is found dead all the
// same.
func TestNoWriteTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := stalled(t, session.Config{
			WriteTimeout: -1, EnquireLinkInterval: time.Second, EnquireLinkTimeout: time.Second, ResponseTimeout: -1,
		})
		done := doing(t.Context(), s, submit("behind"))
		start := time.Now()
		<-s.Context().Done()
		require.LessOrEqual(t, time.Since(start), 2*time.Second)
		require.ErrorIs(t, s.Err(), session.ErrEnquireLink)
		err := (<-done).err
		require.Equal(t, session.NotSent, outcome(t, err))
		require.ErrorIs(t, err, session.ErrEnquireLink)
		<-s.Done()
	})
}

// TestNoWriteTimeoutTCP: the same, when it is the buffers of the sockets that are full.
func TestNoWriteTimeoutTCP(t *testing.T) {
	a, b := loopback(t)
	defer b.Close()
	s := session.Start(a, session.RoleESME, session.Config{
		Window: 1000, WriteTimeout: -1, EnquireLinkInterval: 200 * time.Millisecond, EnquireLinkTimeout: 200 * time.Millisecond,
	})
	finish(t, s)
	bindTo(t, s, newPeer(t, b), pdu.CommandBindTransceiver, pdu.V50)
	sm := submit("x")
	sm.TLVs.Set(pdu.TagMessagePayload, make([]byte, 60_000))
	for range 300 { // 18 MB: more than both sockets buffer
		if _, err := s.TrySend(sm); err != nil {
			break
		}
	}
	start := time.Now()
	<-s.Done()
	require.Less(t, time.Since(start), 5*time.Second)
	require.ErrorIs(t, s.Err(), session.ErrEnquireLink)
}
