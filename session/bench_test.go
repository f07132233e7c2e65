package session_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

var benchWindows = []int{1, 10, 100, 1000}

// BenchmarkDo: as many goroutines as the window, each waiting for its response.
//
//	go test -run '^$' -bench . -benchtime 2s ./session
func BenchmarkDo(b *testing.B) {
	for _, window := range benchWindows {
		b.Run(fmt.Sprintf("window=%d/session", window), func(b *testing.B) {
			s := benchSession(b, window, nil)
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
		})
		b.Run(fmt.Sprintf("window=%d/ceiling", window), func(b *testing.B) { bareBlocking(b, window) })
	}
}

// BenchmarkSend: one goroutine sends, and the responses go to a hook.
func BenchmarkSend(b *testing.B) {
	for _, window := range benchWindows {
		b.Run(fmt.Sprintf("window=%d/session", window), func(b *testing.B) {
			done := make(chan struct{})
			came := 0
			s := benchSession(b, window, &counting{answered: func() {
				if came++; came == b.N {
					close(done)
				}
			}})
			body := benchSubmit()
			rate(b, func() {
				for range b.N {
					if _, err := s.Send(context.Background(), body); err != nil {
						b.Fatal(err)
					}
				}
				<-done
			})
		})
		b.Run(fmt.Sprintf("window=%d/ceiling", window), func(b *testing.B) { bareAsync(b, window) })
	}
}

// benchSession is the ESME's end of a connection on loopback to a session that answers every submit_sm.
func benchSession(b *testing.B, window int, h session.Handler) *session.Session {
	client, server := loopback(b)
	mux := new(session.Mux)
	session.On(mux, func(context.Context, *session.Request, *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		return benchResp(), nil
	})
	mc := session.Start(server, session.RoleMC, session.Config{Handler: accepting(mux)})
	s := session.Start(client, session.RoleESME, session.Config{Window: window, Handler: h})
	_, err := s.Do(context.Background(), bind(pdu.CommandBindTransceiver, pdu.V50))
	require.NoError(b, err)
	b.Cleanup(func() {
		require.NoError(b, s.Shutdown(context.Background()))
		<-mc.Done()
		require.Empty(b, s.Lost())
	})
	return s
}
