package mc_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
)

// receive answers what the server sends until the connection ends, and counts the messages by their texts.
func receive(p *sessiontest.Peer, got func(text string)) {
	for {
		req, err := p.Read()
		if err != nil {
			return
		}
		if d, ok := req.Body.(*pdu.DeliverSM); ok {
			got(string(d.ShortMessage))
		}
		if !req.ID.IsResponse() {
			b, err := pdu.Append(nil, &pdu.PDU{
				Header: pdu.Header{ID: req.ID.Response(), Seq: req.Seq},
				Body:   pdu.NewBody(req.ID.Response()),
			})
			if err != nil {
				panic(err)
			}
			_, _ = p.Conn().Write(b)
		}
	}
}

// REVIEW 12, TestDeliverUnbinding: a session that has begun to end is passed over, whichever end began, and while it
// still waits for an answer. No delivery fails.
func TestDeliverPassesOverWhatEnds(t *testing.T) {
	for name, end := range map[string]func(*sessiontest.Peer, *mc.Session){
		"unbind":      func(p *sessiontest.Peer, _ *mc.Session) { p.Send(new(pdu.Unbind)) },
		"end of file": func(p *sessiontest.Peer, _ *mc.Session) { p.CloseWrite() },
		"shutdown":    func(_ *sessiontest.Peer, ms *mc.Session) { go func() { _ = ms.Shutdown(context.Background()) }() },
		"close":       func(_ *sessiontest.Peer, ms *mc.Session) { _ = ms.Close() },
		"reset":       func(p *sessiontest.Peer, _ *mc.Session) { p.Pipe().CutAfter(0) },
	} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { deliverPassesOver(t, end) }) })
	}
}

func deliverPassesOver(t *testing.T, end func(*sessiontest.Peer, *mc.Session)) {
	srv := &mc.Server{Bind: always(&mc.Account{MaxBinds: 2})}
	defer closeServer(t, srv)
	a, first := bound(t, srv, "me")
	held := make(chan error, 1)
	go func() {
		_, err := srv.Deliver(context.Background(), "me", &pdu.DeliverSM{ShortMessage: []byte("held")})
		held <- err
	}()
	require.Equal(t, pdu.CommandDeliverSM, a.Next().ID)
	b, _ := bound(t, srv, "me")
	got := 0
	go receive(b, func(string) { got++ })
	end(a, first)
	synctest.Wait()
	require.False(t, first.Serving())
	t0 := time.Now()
	for range 400 {
		_, err := srv.Deliver(t.Context(), "me", new(pdu.DeliverSM))
		require.NoError(t, err)
		time.Sleep(10 * time.Millisecond)
	}
	require.Less(t, time.Since(t0), 5*time.Second)
	require.Equal(t, 400, got)
	_ = a.Conn().Close()
	require.False(t, session.SafeToRetry(<-held), "it may have been delivered, and must not be sent elsewhere")
	require.Equal(t, 400, got)
}

// A delivery that waits for the window of a session that ends goes to the next one.
func TestDeliverGoesOn(t *testing.T) {
	for name, end := range map[string]func(*sessiontest.Peer, *mc.Session){
		"unbind": func(p *sessiontest.Peer, _ *mc.Session) { p.Send(new(pdu.Unbind)) },
		"close":  func(_ *sessiontest.Peer, ms *mc.Session) { _ = ms.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := &mc.Server{Bind: always(&mc.Account{Window: 1})}
				defer closeServer(t, srv)
				a, first := bound(t, srv, "me")
				errs := make(chan error, 5)
				for range 5 {
					go func() {
						_, err := srv.Deliver(context.Background(), "me", new(pdu.DeliverSM))
						errs <- err
					}()
				}
				require.Equal(t, pdu.CommandDeliverSM, a.Next().ID)
				synctest.Wait()
				require.Equal(t, 4, first.Stats().Waiting)
				b, _ := bound(t, srv, "me")
				got := 0
				go receive(b, func(string) { got++ })
				end(a, first)
				synctest.Wait()
				require.NoError(t, a.Conn().Close())
				failed := 0
				for range 5 {
					if <-errs != nil {
						failed++
					}
				}
				require.Equal(t, 1, failed, "the one that the first session had")
				require.Equal(t, 4, got)
			})
		})
	}
}

// What is wrong with the message is wrong on every session, and what the caller gave up is not tried again.
func TestDeliverDoesNotInsist(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &mc.Server{Bind: anybody(nil)}
		defer closeServer(t, srv)
		for range 3 {
			bound(t, srv, "me")
		}
		_, err := srv.Deliver(t.Context(), "me", &pdu.DeliverSM{ShortMessage: make([]byte, 300)})
		require.True(t, session.SafeToRetry(err), "%v", err)
		_, err = srv.Deliver(t.Context(), "me", nil)
		require.ErrorIs(t, err, session.ErrNilBody)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = srv.Deliver(ctx, "me", new(pdu.DeliverSM))
		require.ErrorIs(t, err, context.Canceled)
		for ms := range srv.Bound("me") {
			require.Zero(t, ms.Stats().Responded)
		}
	})
}

// An error of the only session is that of Deliver.
func TestDeliverToNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &mc.Server{Bind: anybody(nil)}
		defer closeServer(t, srv)
		a, _ := bound(t, srv, "me")
		a.WantReply(a.Send(new(pdu.Unbind)), pdu.StatusOK)
		_, err := srv.Deliver(t.Context(), "me", new(pdu.DeliverSM))
		var nobody *mc.NotBoundError
		require.ErrorAs(t, err, &nobody)
		b, _ := bound(t, srv, "me")
		time.AfterFunc(time.Second, func() { b.Send(new(pdu.Unbind)) })
		_, err = srv.Deliver(t.Context(), "me", new(pdu.DeliverSM))
		require.Error(t, err)
		require.False(t, session.SafeToRetry(err))
	})
}

// Whatever becomes of the sessions, no message is delivered twice, and what Deliver says of it is so.
func TestDeliverNeverTwice(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { synctest.Test(t, func(t *testing.T) { deliverNeverTwice(t, seed) }) })
	}
}

func deliverNeverTwice(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 1))
	srv := &mc.Server{Bind: always(&mc.Account{Window: 3}), Session: session.Config{UnbindGrace: 20 * time.Millisecond}}
	var mu sync.Mutex
	got := make(map[string]int)
	note := func(text string) {
		mu.Lock()
		defer mu.Unlock()
		got[text]++
	}
	over := make(chan struct{})
	for range 3 { // each comes and goes
		how := rand.New(rand.NewPCG(seed, random.Uint64()))
		go func() {
			for {
				select {
				case <-over:
					return
				default:
				}
				p, ms := connectSession(t, srv)
				p.Send(bindBody("me"))
				go receive(p, note)
				time.Sleep(time.Duration(how.IntN(20)) * time.Millisecond)
				switch how.IntN(5) {
				case 0:
					p.Pipe().CutAfter(how.IntN(100))
				case 1:
					p.SendPDU(&pdu.PDU{Header: pdu.Header{Seq: 99}, Body: new(pdu.Unbind)})
				case 2:
					_ = ms.Close()
				case 3:
					go func() { _ = ms.Shutdown(context.Background()) }()
				case 4:
					_ = p.Pipe().CloseWrite()
				}
				time.Sleep(5 * time.Millisecond)
				_ = p.Conn().Close()
			}
		}()
	}
	var wg sync.WaitGroup
	told := make(map[string]error)
	for i := range 500 {
		text := fmt.Sprint("message ", i)
		wg.Go(func() {
			time.Sleep(time.Duration(i) * time.Millisecond)
			_, err := srv.Deliver(context.Background(), "me", &pdu.DeliverSM{ShortMessage: []byte(text)})
			mu.Lock()
			defer mu.Unlock()
			told[text] = err
		})
	}
	wg.Wait()
	close(over)
	time.Sleep(time.Second)
	closeServer(t, srv)
	ok := 0
	for text, err := range told {
		var nobody *mc.NotBoundError
		switch n := got[text]; {
		case n > 1:
			t.Errorf("%s was delivered %d times: %v", text, n, err)
		case err == nil && n != 1:
			t.Errorf("%s was delivered %d times, without an error", text, n)
		case (session.SafeToRetry(err) || errors.As(err, &nobody)) && n != 0:
			t.Errorf("%s was delivered: %v", text, err)
		case err == nil:
			ok++
		}
	}
	require.Greater(t, ok, 100)
}
