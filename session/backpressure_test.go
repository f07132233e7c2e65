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
	"github.com/smpp-go/smpp/session/sessiontest"
	"github.com/smpp-go/smpp/transport"
)

// TestHourInHook: the handler of one end blocks for an hour while the other end sends as fast as its window lets it.
// Under both policies the session lives, each end hears the other's enquire_link in time, requests of the slow end are
// responded to at once, and what waits stays within its bounds.
func TestHourInHook(t *testing.T) {
	for name, tt := range map[string]struct {
		limit   time.Duration // of a pause
		slowest time.Duration // for the answer to the slow end's own request
	}{
		"refuse": {-1, takeover},
		"pause":  {0, time.Second + takeover},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const inbound = 16
				woken := make(chan struct{})
				wake := sync.OnceFunc(func() { close(woken) })
				defer wake()
				slow := handle(func(r *session.Request) {
					<-woken
					_ = replyOK(r)
				})
				mc, esme := pair(t, session.Config{
					Handler: slow, InboundWindow: inbound, PauseLimit: tt.limit, AnswerTimeout: 2 * time.Hour,
				}, session.Config{
					Handler: handle(func(r *session.Request) { _ = replyOK(r) }), Window: 40, ResponseTimeout: -1,
				})
				var senders sync.WaitGroup
				ctx, cancel := context.WithCancel(t.Context())
				for range 40 {
					senders.Go(func() {
						for ctx.Err() == nil {
							_, _ = esme.Do(ctx, submit("x"))
							time.Sleep(10 * time.Second)
						}
					})
				}
				start := time.Now()
				for time.Since(start) < time.Hour {
					begin := time.Now()
					_, err := mc.Do(t.Context(), deliver("through"))
					require.NoError(t, err)
					require.LessOrEqual(t, time.Since(begin), tt.slowest)
					_, err = esme.Do(t.Context(), &pdu.EnquireLink{})
					require.NoError(t, err)
					require.LessOrEqual(t, time.Since(begin), tt.slowest)
					n := mc.Stats()
					require.LessOrEqual(t, n.Inbound, inbound)
					require.LessOrEqual(t, n.Events, inbound)
					time.Sleep(2 * time.Minute)
				}
				require.Equal(t, session.StateBoundTRX, mc.State())
				require.Equal(t, session.StateBoundTRX, esme.State())
				require.Greater(t, mc.Stats().Refused, uint64(1000))
				begin := time.Now()
				require.NoError(t, mc.Close())
				<-mc.Context().Done()
				require.Zero(t, time.Since(begin))
				cancel()
				senders.Wait()
			})
		})
	}
}

// TestFlood: what a peer sends without regard for anything costs a bounded amount of memory, whatever it consists of,
// while the handler does not come back: here 2 MiB for InboundWindow requests and 1,024 reports of each kind.
func TestFlood(t *testing.T) {
	malformed := []byte("\x00\x00\x00\x11\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x09x")
	for name, frame := range map[string][]byte{
		"requests":  encode(t, req(7, deliver("x"))),
		"responses": encode(t, req(99, &pdu.SubmitSMResp{MessageID: "1"})),
		"malformed": malformed,
		"unknown":   encode(t, &pdu.PDU{Header: pdu.Header{Seq: 7}, Body: &pdu.Raw{ID: 0x1234}}),
		"links":     encode(t, req(7, &pdu.EnquireLink{})),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newRecorder(t)
				block := make(chan struct{})
				h.do["HandleCast"] = func(hookCall) { <-block }
				s, p := boundESME(t, session.Config{Handler: h, AnswerTimeout: -1})
				require.NoError(t, s.Cast(1))
				synctest.Wait()
				drained := make(chan struct{})
				go func() {
					defer close(drained)
					for {
						if _, err := p.Read(); err != nil {
							return
						}
					}
				}()
				var many []byte
				for range 500 {
					many = append(many, frame...)
				}
				before := heapInUse()
				for range 100 {
					p.Write(many)
				}
				synctest.Wait()
				grown := heapInUse() - before
				n := s.Stats()
				t.Logf("%d octets of heap, %+v", grown, n)
				require.Less(t, grown, 2<<20)
				require.LessOrEqual(t, n.Inbound, 1024)
				require.LessOrEqual(t, n.Events, 1024+5120)
				require.Zero(t, n.Queued)
				start := time.Now()
				require.NoError(t, s.Close())
				require.Zero(t, time.Since(start))
				close(block)
				<-s.Done()
				<-drained
			})
		})
	}
}

// TestNotReading: a peer that sends and does not read. The session stops taking from it at 1 MiB of unwritten
// responses, its own requests are bounded by the window, and it ends when the write time is over.
func TestNotReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := boundESME(t, session.Config{Window: 100})
		s.NetConn().(*transport.PipeConn).SetBuffer(8)
		for range 100 {
			_, err := s.TrySend(submit(string(make([]byte, 250))))
			require.NoError(t, err)
		}
		_, err := s.TrySend(submit("no slot"))
		require.ErrorIs(t, err, session.ErrWindowFull)
		start := time.Now()
		links := encode(t, req(7, &pdu.EnquireLink{}), req(8, &pdu.EnquireLink{}))
		for sent := 0; ; sent += len(links) {
			if _, err := p.Conn().Write(links); err != nil {
				break // the session has ended
			}
			require.Less(t, sent, 2<<20, "it takes no more")
			require.Less(t, s.Stats().Queued, 1<<20+64<<10)
		}
		<-s.Done()
		require.Equal(t, 10*time.Second, time.Since(start))
		require.ErrorIs(t, s.Err(), session.ErrWriteTimeout)
		require.Len(t, s.Lost(), 100)
		require.Zero(t, s.Stats().Queued)
	})
}

// TestResponseOvertakesFlood: B11. Behind ten thousand requests for a slow handler, a response reaches its caller
// as soon as another goroutine reads, and when reading pauses, as soon as the limit of that is over.
func TestResponseOvertakesFlood(t *testing.T) {
	for name, tt := range map[string]struct{ limit, slowest time.Duration }{
		"refuse":  {-1, takeover},
		"pause":   {0, time.Second + takeover},
		"shorter": {100 * time.Millisecond, 100*time.Millisecond + takeover},
		"longer":  {time.Hour, time.Second + takeover},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := sessiontest.StartBound(t, session.RoleESME, session.Config{
					PauseLimit: tt.limit,
					Handler: handle(func(r *session.Request) {
						time.Sleep(time.Second)
						_ = replyOK(r)
					}),
				})
				wait := sessiontest.Do(t.Context(), s, submit("x"))
				q, _ := sessiontest.Expect[*pdu.SubmitSM](p)
				go func() {
					for {
						if _, err := p.Read(); err != nil {
							return
						}
					}
				}()
				flood := encode(t, req(7, deliver("x")))
				var all []byte
				for range 10_000 {
					all = append(all, flood...)
				}
				start := time.Now()
				p.Write(all)
				p.Reply(q, nil)
				_, err := wait()
				require.NoError(t, err)
				require.LessOrEqual(t, time.Since(start), tt.slowest)
				require.NoError(t, s.Close())
			})
		})
	}
}

// takeover is how long a hook can hold up the reading, see slowHook.
const takeover = time.Millisecond
