package mc_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// TestServerRace is repro/srvrace: clients that come and go, deliveries, outbinds, functions that panic or end their
// goroutines, and the end of the server, all at once. The server ends in time, all that Bind handed out is given back,
// and no more functions run than MaxConns and Concurrency permit.
func TestServerRace(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &race{random: rand.New(rand.NewPCG(seed, 7))}
				r.run(t)
			})
		})
	}
}

const raceConns, raceBinds, raceConcurrency = 20, 8, 3

// race is a server and what its functions counted.
type race struct {
	mu     sync.Mutex
	random *rand.Rand
	srv    *mc.Server
	ledger
	opened, made, closed atomic.Int64
	delivered            atomic.Int64
}

// intN returns a random number.
func (r *race) intN(n int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.random.IntN(n)
}

// HandleClose is that of the shared handler.
func (r *race) HandleClose(context.Context, *session.Session, []session.LostPDU, error) {
	r.closed.Add(1)
}

// HandlePDU serves a request in one of many ways.
func (r *race) HandlePDU(ctx context.Context, req *session.Request) {
	req.InTurn(ctx, session.HandlerFunc(r.serve))
}

func (r *race) serve(ctx context.Context, req *session.Request) {
	defer r.enter()()
	switch r.intN(40) {
	case 0:
		panic("handler")
	case 1:
		runtime.Goexit()
	case 2:
		return
	case 3:
		ctx, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		_, _ = r.srv.Deliver(ctx, "me", new(pdu.DeliverSM))
	case 4:
		_ = req.Session().Close()
	case 5:
		time.Sleep(time.Duration(r.intN(300)) * time.Millisecond)
	case 6:
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		_ = req.Session().Shutdown(ctx)
	}
	_ = req.Reply(&pdu.SubmitSMResp{MessageID: "1"})
}

func (r *race) bind(context.Context, *mc.BindRequest) (*mc.Account, error) {
	defer r.enter()()
	acc := &mc.Account{MaxBinds: raceBinds, Concurrency: 1 + r.intN(raceConcurrency)}
	switch r.intN(8) {
	case 0:
		return nil, mc.Refuse(pdu.StatusBindFailed)
	case 1:
		time.Sleep(time.Duration(r.intN(4)) * time.Millisecond)
	case 2:
		panic("bind")
	case 3:
		acc.NewHandler = func(*mc.Session) session.Handler {
			r.made.Add(1)
			return r
		}
		return acc, nil
	}
	r.opened.Add(1)
	acc.Handler = r
	return acc, nil
}

// come is a client that comes and goes until ctx ends.
func (r *race) come(ctx context.Context) {
	for ctx.Err() == nil {
		a, b := transport.Pipe()
		r.srv.ServeConn(b)
		c, err := esme.Bind(ctx, a, esme.Config{SystemID: "me", Session: session.Config{
			Handler: session.HandlerFunc(func(_ context.Context, r *session.Request) { _ = r.Reply(nil) }),
		}})
		if err == nil {
			for range r.intN(50) {
				_, _ = c.SubmitSM(ctx, new(pdu.SubmitSM))
			}
			switch r.intN(3) {
			case 0:
				_ = c.Close()
			case 1:
				ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
				_ = c.Shutdown(ctx)
				cancel()
			case 2:
				a.CutAfter(r.intN(100))
			}
			_ = c.Close()
		}
		time.Sleep(time.Millisecond)
	}
}

// use is a program that uses the server until ctx ends.
func (r *race) use(ctx context.Context) {
	for ctx.Err() == nil {
		short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		if _, err := r.srv.Deliver(short, "me", new(pdu.DeliverSM)); err == nil {
			r.delivered.Add(1)
		}
		for s := range r.srv.Sessions() {
			_, _, _, _ = s.SystemID(), s.Account(), s.Stats(), s.String()
		}
		a, b := transport.Pipe()
		go func() {
			if c, err := esme.AcceptOutbind(ctx, b, esme.Config{SystemID: "me"}, esme.AnyOutbind); err == nil {
				_ = c.Close()
			}
		}()
		_, _ = r.srv.Outbind(short, a, &pdu.Outbind{SystemID: "mc"})
		cancel()
		time.Sleep(time.Millisecond)
	}
}

func (r *race) run(t *testing.T) {
	r.srv = &mc.Server{
		MaxConns: raceConns,
		Bind:     r.bind,
		Session: session.Config{
			AnswerTimeout: 200 * time.Millisecond,
			Trace:         &session.Trace{State: func(*session.Session, session.State, session.State) {}},
		},
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() { r.come(ctx) })
	}
	for range 3 {
		wg.Go(func() { r.use(ctx) })
	}
	time.Sleep(time.Duration(r.intN(300)) * time.Millisecond)
	shutdown := func() {
		short, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_ = r.srv.Shutdown(short)
	}
	t0 := time.Now()
	switch r.intN(3) {
	case 0:
		_ = r.srv.Close()
	case 1:
		shutdown()
	case 2:
		var ends sync.WaitGroup
		ends.Go(func() { _ = r.srv.Close() })
		ends.Go(shutdown)
		ends.Go(shutdown)
		ends.Wait()
	}
	require.Less(t, time.Since(t0), 5*time.Second)
	for range r.srv.Lost() {
	}
	wg.Wait()
	closeServer(t, r.srv)
	require.Zero(t, r.running.Load())
	require.LessOrEqual(t, r.most.Load(), int64(raceConns*raceConcurrency))
	require.Equal(t, r.opened.Load()+r.made.Load(), r.closed.Load())
	require.Positive(t, r.opened.Load())
	require.Zero(t, count(r.srv))
}
