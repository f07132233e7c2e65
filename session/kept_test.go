package session_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
	"github.com/smpp-go/smpp/transport"
)

// TestStringKeepsNoSession: REVIEW.md finding 6. A string kept from a request keeps its PDU alive, and no session:
// 2,616 octets were held by each, one for each session.
func TestStringKeepsNoSession(t *testing.T) {
	if testing.Short() {
		t.Skip("makes many sessions")
	}
	const n = 300
	for _, answered := range []bool{true, false} {
		held := map[bool]int{}
		for _, clone := range []bool{true, false} {
			var kept []string
			before := heapInUse()
			for i := range n {
				kept = append(kept, keptString(t, i, answered, clone))
			}
			held[clone] = (heapInUse() - before) / n
			runtime.KeepAlive(kept)
		}
		t.Logf("answered %v: %d octets for a string, %d for a clone", answered, held[false], held[true])
		require.Less(t, held[false], 700, "of a PDU of less than 64 octets, with its structs")
	}
}

// keptString runs a session in which one request comes, and returns a string of it.
func keptString(t *testing.T, i int, answered, clone bool) (kept string) {
	a, b := transport.Pipe()
	got := make(chan string, 1)
	s := session.Start(b, session.RoleMC, session.Config{Handler: accepting(handle(func(r *session.Request) {
		if answered {
			_ = r.Reject(pdu.StatusSystemError)
		}
		got <- r.PDU.Body.(*pdu.SubmitSM).Dest.Addr
	}))})
	p := sessiontest.NewPeer(t, a)
	p.SendPDU(req(1, bind(pdu.CommandBindTransceiver, pdu.V34)))
	p.Next()
	p.SendPDU(req(2, &pdu.SubmitSM{Dest: pdu.Address{Addr: fmt.Sprintf("46700%08d", i)}}))
	kept = <-got
	if clone {
		kept = strings.Clone(kept)
	}
	_ = s.Close()
	<-s.Done()
	_ = a.Close()
	return kept
}

// TestRequestKeepsSession: who keeps a request can use it when the session is done, and gets its session.
func TestRequestKeepsSession(t *testing.T) {
	a, b := transport.Pipe()
	got := make(chan *session.Request, 2)
	keep := handle(func(r *session.Request) { got <- r })
	s := session.Start(b, session.RoleMC, session.Config{Handler: accepting(keep)})
	p := sessiontest.NewPeer(t, a)
	p.SendPDU(req(1, bind(pdu.CommandBindTransceiver, pdu.V34)))
	p.Next()
	p.SendPDU(req(2, submit("a")), req(3, submit("b")))
	r, late := <-got, <-got
	require.NoError(t, r.Reject(pdu.StatusSystemError))
	_ = s.Close()
	<-s.Done()
	_ = a.Close()
	runtime.GC()
	require.Same(t, s, r.Session())
	require.ErrorIs(t, r.Context().Err(), s.Context().Err())
	require.ErrorIs(t, late.Reject(pdu.StatusSystemError), session.ErrClosed)
	require.EqualValues(t, 1, s.Stats().LateReply)
	select {
	case <-late.Context().Done():
	case <-time.After(time.Minute):
		t.Fatal("its context goes on")
	}
}
