package mc_test

import (
	"context"
	"fmt"
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
)

// NEWCOMER 5: a handler of 5 ms serves 16 times as much with a Concurrency of 16, of the account or of the server, and
// never more at a time.
func TestConcurrency(t *testing.T) {
	for name, c := range map[string]struct {
		account, server, want int
	}{
		"one at a time":      {0, 0, 1},
		"of the account":     {16, 0, 16},
		"of the server":      {0, 16, 16},
		"account first":      {4, 16, 4},
		"off in the account": {-1, 16, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var l ledger
				mux := new(session.Mux)
				session.On(mux, func(context.Context, *session.Request, *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
					defer l.enter()()
					time.Sleep(5 * time.Millisecond)
					return &pdu.SubmitSMResp{MessageID: "1"}, nil
				})
				srv := &mc.Server{
					Session: session.Config{Concurrency: c.server},
					Bind:    always(&mc.Account{Handler: mux, Concurrency: c.account}),
				}
				defer closeServer(t, srv)
				cl := client(t, srv, esme.Config{Session: session.Config{Window: 64}})
				s := new(sums)
				t0 := time.Now()
				s.submit(cl, 1600)
				took := time.Since(t0)
				require.EqualValues(t, 1600, s.accepted.Load())
				require.EqualValues(t, c.want, l.most.Load())
				require.InDelta(t, 8/float64(c.want), took.Seconds(), 0.05*8/float64(c.want))
			})
		})
	}
}

// order is a typed handler that notes which messages to one destination were begun while another was served, and the
// order.
type order struct {
	session.Mux
	mu      sync.Mutex
	busy    map[string]int
	most    map[string]int
	texts   map[string][]string
	running int
	widest  int
}

func newOrder() *order {
	o := &order{busy: make(map[string]int), most: make(map[string]int), texts: make(map[string][]string)}
	session.On(&o.Mux, func(_ context.Context, _ *session.Request, sm *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		to := sm.Dest.Addr
		o.mu.Lock()
		o.busy[to]++
		o.running++
		o.widest = max(o.widest, o.running)
		o.most[to] = max(o.most[to], o.busy[to])
		o.texts[to] = append(o.texts[to], string(sm.ShortMessage))
		n := len(o.texts[to])
		o.mu.Unlock()
		time.Sleep(time.Duration(1+n*7%5) * time.Millisecond)
		o.mu.Lock()
		o.busy[to]--
		o.running--
		o.mu.Unlock()
		return &pdu.SubmitSMResp{MessageID: "1"}, nil
	})
	return o
}

// NEWCOMER 5: OrderBy, of the account or of the server, keeps the order within a destination, and others go on.
func TestOrderBy(t *testing.T) {
	for name, set := range map[string]func(*mc.Server, *mc.Account){
		"of the account": func(_ *mc.Server, acc *mc.Account) { acc.Concurrency, acc.OrderBy = 8, session.ByDestination },
		"of the server": func(srv *mc.Server, acc *mc.Account) {
			srv.Session.OrderBy = session.ByDestination
			acc.Concurrency = 8
		},
		"of both": func(srv *mc.Server, acc *mc.Account) {
			srv.Session.Concurrency = 8
			acc.OrderBy = session.ByDestination
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newOrder()
				srv, acc := new(mc.Server), &mc.Account{Handler: h}
				set(srv, acc)
				srv.Bind = always(acc)
				defer closeServer(t, srv)
				p, _ := bound(t, srv, "me")
				const n = 200
				for i := range n {
					p.Send(&pdu.SubmitSM{Dest: pdu.Address{Addr: fmt.Sprint(i % 4)}, ShortMessage: fmt.Appendf(nil, "%03d", i)})
				}
				for range n {
					require.Equal(t, pdu.StatusOK, p.Next().Status)
				}
				require.Equal(t, 4, h.widest)
				for to, texts := range h.texts {
					require.Equal(t, 1, h.most[to])
					require.Len(t, texts, n/4)
					require.IsIncreasing(t, texts)
				}
			})
		})
	}
}

// An account that comes to nothing leaves nothing behind for the next bind of the session.
func TestRefusedAccountLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newOrder()
		srv := &mc.Server{Bind: func(_ context.Context, r *mc.BindRequest) (*mc.Account, error) {
			if r.SystemID == "long" {
				return &mc.Account{SystemID: "longer than a system_id is", Concurrency: 8, Window: 77}, nil
			}
			return &mc.Account{Handler: h}, nil
		}}
		defer closeServer(t, srv)
		p, ms := connectSession(t, srv)
		require.Equal(t, pdu.StatusSystemError, bind(p, "long"))
		require.Empty(t, ms.SystemID())
		require.Equal(t, pdu.StatusOK, bind(p, "me"))
		require.Equal(t, "me", ms.SystemID())
		require.Equal(t, 10, ms.Stats().Window)
		p.Write(submits(t, 10, 5))
		for range 5 {
			require.Equal(t, pdu.StatusOK, p.Next().Status)
		}
		require.Equal(t, 1, h.widest)
	})
}

// NEWCOMER 12: from a handler there is a way to the server's session, its system_id and account; and in NewHandler.
func TestSessionOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var made atomic.Int64
		var acc *mc.Account
		mux := new(session.Mux)
		session.On(mux, func(_ context.Context, r *session.Request, _ *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
			ms := mc.SessionOf(r.Session())
			require.Same(t, acc, ms.Account())
			require.Equal(t, pdu.CommandBindTransceiver, ms.Command())
			require.True(t, ms.State().Bound())
			return &pdu.SubmitSMResp{MessageID: ms.SystemID()}, nil
		})
		srv := &mc.Server{}
		acc = &mc.Account{NewHandler: func(ms *mc.Session) session.Handler {
			made.Add(1)
			require.Same(t, acc, ms.Account())
			require.Same(t, srv, ms.Server())
			require.NotEmpty(t, ms.SystemID())
			require.Same(t, ms, mc.SessionOf(ms.Session))
			return mux
		}}
		srv.Bind = func(_ context.Context, r *mc.BindRequest) (*mc.Account, error) {
			require.Empty(t, mc.SessionOf(r.Session).SystemID())
			return acc, nil
		}
		defer closeServer(t, srv)
		for _, id := range []string{"one", "two"} {
			c := client(t, srv, esme.Config{SystemID: id})
			resp, err := c.SubmitSM(t.Context(), new(pdu.SubmitSM))
			require.NoError(t, err)
			require.Equal(t, id, resp.MessageID)
			require.Nil(t, mc.SessionOf(c.Session), "that is the other end")
		}
		require.EqualValues(t, 2, made.Load())
	})
}
