package mc_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"runtime"
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

// counted is a Handler for one or many sessions that counts its HandleClose.
type counted struct {
	session.NopHandler
	closed *atomic.Int64
}

func (h counted) HandleClose(context.Context, *session.Session, []session.LostPDU, error) {
	h.closed.Add(1)
}

// REVIEW 15, TestBindLeak: what Bind hands out is given back, whenever the peer goes.
func TestBindGivesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var opened, made, closed atomic.Int64
		shared := counted{closed: &closed}
		srv := &mc.Server{Bind: func(_ context.Context, r *mc.BindRequest) (*mc.Account, error) {
			time.Sleep(2 * time.Millisecond)
			if r.SystemID == "new" {
				return &mc.Account{MaxBinds: 3, NewHandler: func(*mc.Session) session.Handler {
					made.Add(1)
					return counted{closed: &closed}
				}}, nil
			}
			opened.Add(1)
			return &mc.Account{MaxBinds: 3, Handler: shared}, nil
		}}
		for i := range 1000 {
			a, b := transport.Pipe()
			ms := srv.ServeConn(b)
			id := "shared"
			if i%2 == 1 {
				id = "new"
			}
			sessiontest.NewPeer(t, a).Send(bindBody(id))
			time.Sleep(rand.N(4 * time.Millisecond))
			a.CutAfter(0)
			if i%5 > 0 { // else the next ones find no place
				<-ms.Done()
			}
		}
		closeServer(t, srv)
		require.EqualValues(t, 500, opened.Load())
		require.Positive(t, made.Load())
		require.Less(t, made.Load(), int64(500), "a handler is made for a session that is bound")
		require.Equal(t, opened.Load()+made.Load(), closed.Load())
	})
}

// REVIEW 15: the same over TCP, where the reset comes at any moment.
func TestBindGivesBackTCP(t *testing.T) {
	var opened, made, closed atomic.Int64
	srv := &mc.Server{Bind: func(_ context.Context, r *mc.BindRequest) (*mc.Account, error) {
		if r.SystemID == "new" {
			return &mc.Account{NewHandler: func(*mc.Session) session.Handler {
				made.Add(1)
				return counted{closed: &closed}
			}}, nil
		}
		opened.Add(1)
		return &mc.Account{Handler: counted{closed: &closed}}, nil
	}}
	addr := start(t, srv)
	for i := range 1000 {
		conn, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		p := sessiontest.NewPeer(t, conn)
		p.Send(bindBody([]string{"shared", "new"}[i%2]))
		switch i % 3 {
		case 0:
			require.Equal(t, pdu.StatusOK, p.Next().Status)
		case 1:
			runtime.Gosched()
		}
		transport.Reset(conn)
	}
	closeServer(t, srv)
	require.Positive(t, opened.Load())
	require.Positive(t, made.Load())
	require.Equal(t, opened.Load()+made.Load(), closed.Load())
}

// A bind that is judged in a drain, of the session or of the server, or longer than AnswerTimeout, gets ESME_RSYSERR at
// once, and what its Bind returns later is given back.
func TestBindGivenUp(t *testing.T) {
	for name, end := range map[string]func(*mc.Server, *mc.Session){
		"server":   func(srv *mc.Server, _ *mc.Session) { _ = srv.Shutdown(context.Background()) },
		"session":  func(_ *mc.Server, ms *mc.Session) { _ = ms.Shutdown(context.Background()) },
		"too slow": func(*mc.Server, *mc.Session) {},
	} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { bindGivenUp(t, end) }) })
	}
}

func bindGivenUp(t *testing.T, end func(*mc.Server, *mc.Session)) {
	var l ledger
	log := new(logs)
	srv := &mc.Server{Session: session.Config{AnswerTimeout: time.Second, Logger: log.logger()}}
	srv.Bind = func(context.Context, *mc.BindRequest) (*mc.Account, error) {
		time.Sleep(3 * time.Second)
		return &mc.Account{Handler: &l}, nil
	}
	p, ms := connectSession(t, srv)
	t0 := time.Now()
	p.Send(bindBody("me"))
	time.Sleep(time.Second / 2)
	go end(srv, ms)
	require.Equal(t, pdu.StatusSystemError, p.Next().Status)
	require.Less(t, time.Since(t0), 1010*time.Millisecond)
	time.Sleep(3 * time.Second)
	synctest.Wait()
	require.EqualValues(t, 1, l.closed.Load())
	require.Len(t, l.reasons, 1)
	require.Error(t, l.reasons[0])
	require.Empty(t, ms.SystemID(), "it is not bound")
	require.Nil(t, ms.Account())
	require.Zero(t, ms.Command())
	require.Empty(t, boundIDs(srv, "me"))
	closeServer(t, srv)
	require.EqualValues(t, 1, l.closed.Load(), "once")
	require.Zero(t, log.count("level=ERROR"), "%v", log)
}

// boundIDs lists the sessions that are bound with a system_id.
func boundIDs(srv *mc.Server, systemID string) (ids []string) {
	for ms := range srv.Bound(systemID) {
		ids = append(ids, ms.SystemID())
	}
	return ids
}

// A bind that is not judged yet when a drain begins gets ESME_RSYSERR too, and Bind does not hear of it.
func TestBindNotBegunInDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var judged atomic.Int64
		srv := &mc.Server{Session: session.Config{AnswerTimeout: time.Second}}
		srv.Bind = func(context.Context, *mc.BindRequest) (*mc.Account, error) {
			judged.Add(1)
			time.Sleep(9 * time.Second)
			return new(mc.Account), nil
		}
		p := connect(t, srv)
		require.Equal(t, pdu.StatusSystemError, bind(p, "first"), "after AnswerTimeout")
		second := p.Send(bindBody("second"))
		synctest.Wait()
		require.EqualValues(t, 1, judged.Load())
		go func() { _ = srv.Shutdown(context.Background()) }()
		p.WantReply(second, pdu.StatusSystemError)
		require.NoError(t, srv.Wait(t.Context()))
		require.EqualValues(t, 1, judged.Load())
	})
}

// NEWCOMER 3: neither an account nor an error is no way in, and neither is an error without a status. The log has an
// Error.
func TestBindWithoutVerdict(t *testing.T) {
	accounts := map[string]*mc.Account{"otp": {}}
	for name, f := range map[string]bindFunc{
		"nil, nil": func(_ context.Context, r *mc.BindRequest) (*mc.Account, error) { return accounts[r.SystemID], nil },
		"an error": func(_ context.Context, r *mc.BindRequest) (*mc.Account, error) {
			if acc := accounts[r.SystemID]; acc != nil {
				return acc, nil
			}
			return nil, errors.New("no database")
		},
		"no Bind": nil,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := new(logs)
				srv := &mc.Server{Session: session.Config{Logger: log.logger()}, Bind: f}
				defer closeServer(t, srv)
				require.Equal(t, pdu.StatusSystemError, bind(connect(t, srv), "stranger"))
				synctest.Wait()
				require.Equal(t, 1, log.count("level=ERROR msg=\"bind refused\""), "%v", log)
				require.Empty(t, boundIDs(srv, "stranger"))
				if f != nil {
					require.Equal(t, pdu.StatusOK, bind(connect(t, srv), "otp"))
				}
			})
		})
	}
}

// A Bind that panics, or ends its goroutine, ends that session and nothing else.
func TestBindPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l ledger
		srv := &mc.Server{Bind: func(_ context.Context, r *mc.BindRequest) (*mc.Account, error) {
			switch r.SystemID {
			case "panics":
				panic("no idea")
			case "goes":
				runtime.Goexit()
			}
			return &mc.Account{MaxBinds: 1, Handler: &l}, nil
		}}
		defer closeServer(t, srv)
		for _, id := range []string{"panics", "goes", "panics"} {
			p, ms := connectSession(t, srv)
			p.Send(bindBody(id))
			<-ms.Done()
			var died *session.PanicError
			require.ErrorAs(t, ms.Err(), &died)
			require.Equal(t, "HandlePDU", died.Hook)
		}
		require.Zero(t, count(srv))
		bound(t, srv, "me")
		require.Zero(t, l.closed.Load())
	})
}

// A NewHandler that panics ends its session, and its place is free.
func TestNewHandlerPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := true
		srv := &mc.Server{Bind: always(&mc.Account{MaxBinds: 1, NewHandler: func(*mc.Session) session.Handler {
			if first {
				first = false
				panic("no idea")
			}
			return nil
		}})}
		defer closeServer(t, srv)
		p, ms := connectSession(t, srv)
		p.Send(bindBody("me"))
		<-ms.Done()
		var died *session.PanicError
		require.ErrorAs(t, ms.Err(), &died)
		p, _ = bound(t, srv, "me")
		p.WantReply(p.Send(new(pdu.SubmitSM)), pdu.StatusInvalidCommandID)
	})
}

// Requests that come while NewHandler thinks wait for it, also when there will be no handler.
func TestNewHandlerIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l ledger
		srv := &mc.Server{Bind: func(_ context.Context, r *mc.BindRequest) (*mc.Account, error) {
			return &mc.Account{NewHandler: func(ms *mc.Session) session.Handler {
				time.Sleep(time.Second)
				if r.SystemID == "nobody" {
					return nil
				}
				return &l
			}}, nil
		}}
		defer closeServer(t, srv)
		for id, want := range map[string]pdu.CommandStatus{"nobody": pdu.StatusInvalidCommandID, "me": pdu.StatusOK} {
			p, ms := bound(t, srv, id)
			require.Equal(t, id, ms.SystemID(), "as soon as it can be found bound")
			p.WantReply(p.Send(new(pdu.SubmitSM)), want)
			require.NoError(t, ms.Err())
		}
		require.EqualValues(t, 1, l.stored.Load())
	})
}
