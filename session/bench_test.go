package session_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// Each row has three columns: smpp, a session against a bare end; bare, its ceiling, the bare end of its kind against
// the same bare end; and both, a session at either end. cpu-ns/msg and allocations are those of the end that is
// measured, user and system time with the garbage collector's; the other end is a process of its own. Linux does the
// work of loopback in who writes, so that the way of the requests up to the peer's socket is in it, and that of the
// responses is not. msgs/s is of both ends together, which share the processors.
//
//	go test -run '^$' -bench 'Do|Send|MC' -benchtime 2s ./session
//	.ci/bench                 rows and their ceilings in turns, with medians and shares

// BenchmarkDo: as many goroutines as the window, each waiting for its response. The MC is bare, and so the client of the
// ceiling, which blocks the same way.
func BenchmarkDo(b *testing.B) {
	for _, window := range []int{1, 10, 100, 1000} {
		do := func(peer string) func(b *testing.B) {
			return func(b *testing.B) {
				s := benchClient(b, startPeer(b, peer).dial(), window, nil)
				body := benchSubmit()
				rate(b, func() {
					var wg sync.WaitGroup
					for i := range window {
						wg.Go(func() {
							for range share(b.N, window, i) {
								if _, err := s.Do(context.Background(), body); err != nil {
									b.Error(err)
									return
								}
							}
						})
					}
					wg.Wait()
				})
			}
		}
		b.Run(fmt.Sprintf("window=%d/smpp", window), do("bare-mc"))
		b.Run(fmt.Sprintf("window=%d/bare", window), func(b *testing.B) {
			conn := startPeer(b, "bare-mc").dial()
			defer conn.Close()
			c := newBlockingClient(conn, window)
			rate(b, func() { c.run(b.N) })
		})
		b.Run(fmt.Sprintf("window=%d/both", window), do("session-mc"))
	}
}

// BenchmarkSend: one goroutine sends, and the responses go to a hook.
func BenchmarkSend(b *testing.B) {
	for _, window := range []int{1, 10, 100, 1000} {
		send := func(peer string) func(b *testing.B) {
			return func(b *testing.B) {
				done := make(chan struct{})
				came := 0
				h := &counting{answered: func() {
					if came++; came == b.N {
						close(done)
					}
				}}
				s := benchClient(b, startPeer(b, peer).dial(), window, h)
				body := benchSubmit()
				rate(b, func() {
					for range b.N {
						if _, err := s.Send(context.Background(), body); err != nil {
							b.Fatal(err)
						}
					}
					<-done
				})
			}
		}
		b.Run(fmt.Sprintf("window=%d/smpp", window), send("bare-mc"))
		b.Run(fmt.Sprintf("window=%d/bare", window), func(b *testing.B) {
			conn := startPeer(b, "bare-mc").dial()
			defer conn.Close()
			c := newAsyncClient(conn, window)
			rate(b, func() { c.run(b.N) })
		})
		b.Run(fmt.Sprintf("window=%d/both", window), send("session-mc"))
	}
}

// BenchmarkMC: an MC that answers every submit_sm, by a typed handler. The client is the bare asynchronous one. The bare
// MC decodes each request into fresh memory; plain answers without a look at it.
func BenchmarkMC(b *testing.B) {
	for _, window := range []int{1, 10, 100, 1000} {
		serve := func(mc func(conn net.Conn)) func(b *testing.B) {
			return func(b *testing.B) {
				client := startPeer(b, "bare-client")
				client.accept(window, mc)
				rate(b, func() { require.Equal(b, "done", client.ask("run %d", b.N)) })
			}
		}
		b.Run(fmt.Sprintf("window=%d/smpp", window), serve(func(conn net.Conn) { answeringMC(conn) }))
		b.Run(fmt.Sprintf("window=%d/bare", window), serve(func(conn net.Conn) { (&bareMC{conn: conn, decode: true}).serve() }))
		b.Run(fmt.Sprintf("window=%d/plain", window), serve(func(conn net.Conn) { (&bareMC{conn: conn}).serve() }))
	}
}

// BenchmarkTurns: an MC whose typed handler takes 5 ms, 16 of them side by side. The column bare is 16 times the rate of one
// at a time.
func BenchmarkTurns(b *testing.B) {
	const takes, turns = 5 * time.Millisecond, 16
	for name, concurrency := range map[string]int{"smpp": turns, "bare": 1} {
		b.Run(fmt.Sprintf("handler=%v/%s", takes, name), func(b *testing.B) {
			client := startPeer(b, "bare-client")
			client.accept(100, func(conn net.Conn) { slowMC(conn, takes, concurrency) })
			rate(b, func() { require.Equal(b, "done", client.ask("run %d", b.N)) })
			b.ReportMetric(float64(turns/concurrency)*float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
		})
	}
}

// BenchmarkOutstanding: what a request costs while many others are outstanding, and up to 100 more on their way: Send
// against a bare MC that answers, in order, each request when so many others have come after it.
func BenchmarkOutstanding(b *testing.B) {
	for _, outstanding := range []int{10, 1000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("outstanding=%d/smpp", outstanding), func(b *testing.B) {
			done := make(chan struct{})
			came := 0
			h := &counting{answered: func() {
				if came++; came == b.N {
					close(done)
				}
			}}
			s := session.Start(startPeer(b, "bare-mc").dialLagging(outstanding), session.RoleESME, session.Config{
				Window: outstanding + 100, Handler: h, ResponseTimeout: time.Hour,
			})
			_, err := s.Do(context.Background(), bind(pdu.CommandBindTransceiver, pdu.V50))
			require.NoError(b, err)
			body := benchSubmit()
			send := func(n int) {
				for range n {
					if _, err := s.Send(context.Background(), body); err != nil {
						b.Fatal(err)
					}
				}
			}
			send(outstanding)
			rate(b, func() { send(b.N); <-done })
			require.NoError(b, s.Close())
			<-s.Done()
			require.Len(b, s.Lost(), outstanding)
		})
	}
}

// benchClient is the ESME's session over conn, bound.
func benchClient(b *testing.B, conn net.Conn, window int, h session.Handler) *session.Session {
	b.Helper()
	s := session.Start(conn, session.RoleESME, session.Config{Window: window, Handler: h})
	_, err := s.Do(context.Background(), bind(pdu.CommandBindTransceiver, pdu.V50))
	require.NoError(b, err)
	b.Cleanup(func() {
		require.NoError(b, s.Shutdown(context.Background()))
		require.Empty(b, s.Lost())
	})
	return s
}

// rate times f, which moves b.N messages.
func rate(b *testing.B, f func()) {
	b.Helper()
	b.ReportAllocs()
	b.ResetTimer()
	before := cpuTime()
	f()
	cpu := cpuTime() - before
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
	if cpu > 0 {
		b.ReportMetric(float64(cpu.Nanoseconds())/float64(b.N), "cpu-ns/msg")
	}
}
