package mc_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
	"github.com/smpp-go/smpp/transport"
)

// repro/last, TestBeforeBind: two binds and 100 submits in one write.
func TestPipelinedBinds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l ledger
		srv := &mc.Server{Bind: func(context.Context, *mc.BindRequest) (*mc.Account, error) {
			time.Sleep(100 * time.Millisecond)
			return &mc.Account{Handler: &l}, nil
		}}
		defer closeServer(t, srv)
		p := connect(t, srv)
		b, err := pdu.Append(nil, &pdu.PDU{Header: pdu.Header{Seq: 1}, Body: bindBody("me")})
		require.NoError(t, err)
		p.Write(append(append(b, b...), submits(t, 2, 100)...))
		got := make(map[string]int)
		for range 102 {
			resp := p.Next()
			got[fmt.Sprint(resp.ID, " ", resp.Status)]++
		}
		require.Equal(t, map[string]int{
			"bind_transceiver_resp ESME_ROK":     1,
			"bind_transceiver_resp ESME_RALYBND": 1,
			"submit_sm_resp ESME_RINVBNDSTS":     100,
		}, got)
		require.Zero(t, l.begun.Load())
	})
}

// repro/more, TestMutateRequest: a handler that changes what it got answers it all the same.
func TestHandlerChangesRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &mc.Server{Bind: anybody(session.HandlerFunc(func(_ context.Context, r *session.Request) {
			r.PDU.Seq, r.PDU.ID = 4711, pdu.CommandQuerySM
			_ = r.Reply(&pdu.SubmitSMResp{MessageID: "1"})
		}))}
		defer closeServer(t, srv)
		p, _ := bound(t, srv, "me")
		p.WantReply(p.Send(new(pdu.SubmitSM)), pdu.StatusOK)
	})
}

// strange is a PDU of a peer that knows the commands and not the rules.
func strange(random *rand.Rand) []byte {
	ids := []pdu.CommandID{
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xB, 0x15, 0x15, 0x15, 0x21, 0x102, 0x103, 0x111, 0x112, 0x113, 0x7FFFFFFF,
		0x80000000, 0x80000001, 0x80000004, 0x80000005, 0x80000005, 0x80000006, 0x80000009, 0x80000015, 0x80000103,
		0xFFFFFFFF,
	}
	id := ids[random.IntN(len(ids))]
	if random.IntN(3) == 0 {
		id = pdu.CommandSubmitSM
	}
	if id == pdu.CommandUnbind && random.IntN(10) > 0 {
		id = pdu.CommandEnquireLink
	}
	seq := uint32(random.IntN(40))
	var b []byte
	if body := pdu.NewBody(id); body != nil && random.IntN(4) > 0 {
		b, _ = pdu.Append(nil, &pdu.PDU{Header: pdu.Header{Seq: seq}, Body: body})
	}
	if b == nil {
		b = make([]byte, pdu.HeaderLen+random.IntN(60))
		for i := pdu.HeaderLen; i < len(b); i++ {
			b[i] = byte(random.Uint32())
		}
		binary.BigEndian.PutUint32(b, uint32(len(b)))
		binary.BigEndian.PutUint32(b[4:], uint32(id))
		binary.BigEndian.PutUint32(b[12:], seq)
	}
	if random.IntN(6) == 0 && len(b) > pdu.HeaderLen {
		b[pdu.HeaderLen+random.IntN(len(b)-pdu.HeaderLen)] = byte(random.Uint32())
	}
	return b
}

// repro/storm: whatever the peers of a server send, each bound session has one HandleClose, and its counters balance;
// what was refused did not reach the handler; and the server ends.
func TestStorm(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { synctest.Test(t, func(t *testing.T) { storm(t, seed) }) })
	}
}

func storm(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 3))
	var made, closed atomic.Int64
	concurrency := random.IntN(4)
	mux := new(session.Mux)
	session.On(mux, func(_ context.Context, r *session.Request, _ *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		switch r.PDU.Seq % 7 {
		case 0:
			return nil, session.ErrLater // never
		case 1:
			return nil, mc.Refuse(pdu.StatusSubmitFailed)
		case 2:
			time.Sleep(3 * time.Millisecond)
		}
		return &pdu.SubmitSMResp{MessageID: "1"}, nil
	})
	srv := &mc.Server{
		MaxConns: 10,
		Session: session.Config{
			InboundWindow: 1 + random.IntN(20), AnswerTimeout: time.Duration(1+random.IntN(20)) * time.Millisecond,
			ResponseTimeout: 30 * time.Millisecond, EnquireLinkInterval: 20 * time.Millisecond,
			UnbindGrace: 10 * time.Millisecond, Strict: random.IntN(4) == 0, RawRequests: random.IntN(2) == 0,
		},
		Bind: func(context.Context, *mc.BindRequest) (*mc.Account, error) {
			acc := &mc.Account{MaxBinds: 3, Concurrency: concurrency}
			acc.NewHandler = func(*mc.Session) session.Handler {
				made.Add(1)
				return &struct {
					*session.Mux
					counted
				}{mux, counted{closed: &closed}}
			}
			return acc, nil
		},
	}
	var sessions []*mc.Session
	for range 5 {
		a, b := transport.Pipe()
		ms := srv.ServeConn(b)
		require.NotNil(t, ms)
		sessions = append(sessions, ms)
		p := sessiontest.NewPeer(t, a)
		p.Send(bindBody("me"))
		go receive(p, func(string) {})
		for range 100 {
			if _, err := a.Write(strange(random)); err != nil {
				break
			}
			if random.IntN(10) == 0 {
				_, _ = ms.TrySend(new(pdu.DeliverSM))
				time.Sleep(time.Duration(random.IntN(3)) * time.Millisecond)
			}
		}
		switch random.IntN(4) {
		case 0:
			_ = a.Close()
		case 1:
			_ = ms.Close()
		case 2:
			_, _ = a.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
		}
		defer func() { _ = a.Close() }()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_ = srv.Shutdown(ctx)
	closeServer(t, srv)
	for _, ms := range sessions {
		st := ms.Stats()
		require.Equal(t, st.Accepted, st.Responded+st.Nacked+st.Sent+st.TimedOut+st.NotSent+st.Lost)
		require.Zero(t, st.InFlight)
		require.Error(t, ms.Err())
	}
	require.Equal(t, made.Load(), closed.Load())
	require.Positive(t, made.Load())
}
