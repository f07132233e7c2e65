package mc_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// flood connects, writes and goes, again and again for a time, however often the server refuses.
func flood(srv *mc.Server, octets []byte, stays, lasts time.Duration) {
	for t0 := time.Now(); time.Since(t0) < lasts; {
		a, b := transport.Pipe()
		if srv.ServeConn(b) != nil {
			_, _ = a.Write(octets)
			_ = a.CloseWrite()
			_ = a.SetReadDeadline(time.Now().Add(stays))
			for buf := make([]byte, 4096); ; {
				if _, err := a.Read(buf); err != nil {
					break
				}
			}
		}
		_ = a.Close()
		time.Sleep(5 * time.Millisecond)
	}
}

// REVIEW 1, TestZombies: what is disconnected still counts while its functions run, so that a client that comes and
// goes cannot have more of them at work than connections.
func TestZombies(t *testing.T) {
	for name, concurrency := range map[string]int{"one at a time": 1, "concurrent": 4} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { zombies(t, concurrency) }) })
	}
}

func zombies(t *testing.T, concurrency int) {
	const maxConns = 10
	var l ledger
	mux := new(session.Mux)
	session.On(mux, func(context.Context, *session.Request, *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		defer l.enter()()
		l.begun.Add(1)
		time.Sleep(20 * time.Millisecond) // the database, which knows no context
		return &pdu.SubmitSMResp{MessageID: "1"}, nil
	})
	srv := &mc.Server{MaxConns: maxConns, Bind: always(&mc.Account{MaxBinds: 1, Handler: mux, Concurrency: concurrency})}
	octets, err := pdu.Append(nil, &pdu.PDU{Header: pdu.Header{Seq: 1}, Body: bindBody("me")})
	require.NoError(t, err)
	octets = append(octets, submits(t, 2, 1000)...)
	for range 3 {
		go flood(srv, octets, 10*time.Millisecond, 2*time.Second)
	}
	flood(srv, octets, 200*time.Millisecond, 2*time.Second)
	require.Greater(t, l.begun.Load(), int64(400))
	require.LessOrEqual(t, l.most.Load(), int64(maxConns*concurrency))
	require.LessOrEqual(t, l.running.Load(), int64(count(srv)*concurrency), "what runs belongs to a session that is known")
	time.Sleep(time.Second)
	closeServer(t, srv)
	require.Zero(t, l.running.Load())
	require.Zero(t, count(srv))
}

// REVIEW 1, TestZombieBinds: Bind functions count as well, without a password.
func TestZombieBinds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l ledger
		srv := &mc.Server{MaxConns: 10, Bind: func(context.Context, *mc.BindRequest) (*mc.Account, error) {
			defer l.enter()()
			l.begun.Add(1)
			time.Sleep(300 * time.Millisecond) // bcrypt, say
			return nil, mc.Refuse(pdu.StatusInvalidPassword)
		}}
		octets, err := pdu.Append(nil, &pdu.PDU{Header: pdu.Header{Seq: 1}, Body: bindBody("me")})
		require.NoError(t, err)
		for range 20 {
			go flood(srv, octets, 10*time.Millisecond, 4*time.Second)
		}
		flood(srv, octets, 10*time.Millisecond, 4*time.Second)
		require.Greater(t, l.begun.Load(), int64(100))
		require.EqualValues(t, 10, l.most.Load())
		time.Sleep(2 * time.Second)
		closeServer(t, srv)
		require.Zero(t, l.running.Load())
	})
}

// REVIEW 1: a connection is refused as long as the hook of one that is disconnected runs, and the log says why.
func TestMaxConnsCountsHooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, h := new(logs), newStuck()
		srv := &mc.Server{MaxConns: 3, Bind: anybody(h), Session: session.Config{Logger: log.logger()}}
		defer closeServer(t, srv)
		_, alive := bound(t, srv, "me")
		for range 2 {
			p, ms := bound(t, srv, "me")
			p.Send(new(pdu.SubmitSM))
			synctest.Wait()
			p.Pipe().CutAfter(0)
			<-ms.Context().Done()
		}
		require.Equal(t, 3, count(srv))
		_, refused := connectSession(t, srv)
		require.Nil(t, refused)
		synctest.Wait()
		require.Contains(t, log.String(), "connections=3 disconnected_and_in_a_hook=2")
		close(h.release)
		synctest.Wait()
		require.Equal(t, 1, count(srv))
		bound(t, srv, "me")
		require.NoError(t, alive.Err())
	})
}

// REVIEW 1, TestCloseOrder: what is not begun when a session is closed is dropped. It is in the lost list, and nowhere
// else.
func TestCloseDropsWhatIsNotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ledger{takes: 5 * time.Millisecond}
		srv := &mc.Server{Bind: anybody(&l)}
		defer closeServer(t, srv)
		p, ms := bound(t, srv, "me")
		p.Write(submits(t, 1, 1000))
		time.Sleep(202 * time.Millisecond)
		begun := l.begun.Load()
		require.EqualValues(t, 41, begun)
		t0 := time.Now()
		require.NoError(t, ms.Close())
		<-ms.Done()
		require.LessOrEqual(t, time.Since(t0), 5*time.Millisecond, "HandleClose follows the hook that ran")
		require.Equal(t, begun, l.begun.Load())
		require.Len(t, l.lost, 1000-int(begun)+1, "all that were not answered")
		unbegun := 0
		for _, e := range l.lost {
			require.True(t, e.Incoming)
			if !e.Begun {
				unbegun++
			}
		}
		require.Equal(t, 1000-int(begun), unbegun)
	})
}
