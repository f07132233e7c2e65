package mc_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
	"github.com/smpp-go/smpp/transport"
)

// FIELD F2: an ESME that has unbound binds again at once, 200 times, on an account of one place: with the client of
// package esme, whose connection is closed then; and with one that leaves its old connection open.
func TestRebindAtOnce(t *testing.T) {
	srv := &mc.Server{Bind: always(&mc.Account{MaxBinds: 1})}
	addr := start(t, srv)
	t.Run("closed", func(t *testing.T) {
		for i := range 200 {
			c, err := esme.Dial(t.Context(), addr, esme.Config{SystemID: "client"})
			require.NoError(t, err, "bind %d", i)
			require.NoError(t, c.Shutdown(t.Context()))
		}
	})
	t.Run("left open", func(t *testing.T) {
		for i := range 200 {
			p := dialPeer(t, addr)
			require.Equal(t, pdu.StatusOK, bind(p, "open"), "bind %d", i)
			p.WantReply(p.Send(new(pdu.Unbind)), pdu.StatusOK)
		}
	})
	t.Run("unbound by the server", func(t *testing.T) {
		for i := range 200 {
			p := dialPeer(t, addr)
			require.Equal(t, pdu.StatusOK, bind(p, "server"), "bind %d", i)
			for ms := range srv.Bound("server") {
				go func() { _ = ms.Shutdown(context.Background()) }()
			}
			p.Reply(p.Next(), nil)
			p.WantClosed() // which comes behind its reading of the unbind_resp
		}
	})
	t.Run("reset", func(t *testing.T) {
		for i := range 200 {
			p := dialPeer(t, addr)
			require.Equal(t, pdu.StatusOK, bind(p, "reset"), "bind %d", i)
			var ended <-chan struct{}
			for ms := range srv.Bound("reset") {
				ended = ms.Done()
			}
			transport.Reset(p.Conn())
			<-ended
		}
	})
}

// dialPeer connects a peer, whose connection is closed with the test, over TCP.
func dialPeer(t *testing.T, addr string) *sessiontest.Peer {
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return sessiontest.NewPeer(t, conn)
}

// FIELD F2: however a session leaves, its place is free from then on: while its connection stands and while its hook
// runs.
func TestPlaceIsFree(t *testing.T) {
	for name, leave := range map[string]func(p *sessiontest.Peer, ms *mc.Session){
		"unbind":      func(p *sessiontest.Peer, _ *mc.Session) { p.WantReply(p.Send(new(pdu.Unbind)), pdu.StatusOK) },
		"end of file": func(p *sessiontest.Peer, _ *mc.Session) { p.CloseWrite() },
		"reset":       func(p *sessiontest.Peer, _ *mc.Session) { p.Pipe().CutAfter(0) },
		"close":       func(_ *sessiontest.Peer, ms *mc.Session) { _ = ms.Close() },
		"end within a hook": func(p *sessiontest.Peer, _ *mc.Session) {
			p.Send(new(pdu.SubmitSM))
			p.CloseWrite()
			time.Sleep(readerRelieved)
		},
		"reset within a hook": func(p *sessiontest.Peer, _ *mc.Session) {
			p.Send(new(pdu.SubmitSM))
			time.Sleep(readerRelieved)
			p.Pipe().CutAfter(0)
		},
	} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { placeIsFree(t, leave) }) })
	}
}

// readerRelieved is after when another goroutine reads, since the one that read is in a hook.
const readerRelieved = 2 * time.Millisecond

func placeIsFree(t *testing.T, leave func(*sessiontest.Peer, *mc.Session)) {
	h := newStuck()
	srv := &mc.Server{Bind: always(&mc.Account{MaxBinds: 1, Handler: h})}
	const times = 200
	for range times {
		p, ms := bound(t, srv, "me")
		leave(p, ms)
		synctest.Wait() // until what was sent is read: no more time passes
		require.False(t, ms.Placed())
		require.Empty(t, boundIDs(srv, "me"))
	}
	bound(t, srv, "me")
	close(h.release)
	closeServer(t, srv)
	require.EqualValues(t, times+1, h.closed.Load())
}

// A session keeps its place while its unbind waits for an answer.
func TestPlaceUntilUnbindResp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ledger{takes: 2 * time.Second}
		srv := &mc.Server{Bind: always(&mc.Account{MaxBinds: 1, Handler: &l})}
		defer closeServer(t, srv)
		p, _ := bound(t, srv, "me")
		submit := p.Send(new(pdu.SubmitSM))
		unbind := p.Send(new(pdu.Unbind))
		second := connect(t, srv)
		require.Equal(t, pdu.StatusAlreadyBound, bind(second, "me"))
		p.WantReply(submit, pdu.StatusOK)
		p.WantReply(unbind, pdu.StatusOK)
		bound(t, srv, "me")
	})
}

// A bind that finds no place gets ESME_RALYBND, and its session ends with that: nothing that follows is answered.
// HandleClose of the account is called, however long that takes.
func TestTooManyBinds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ledger{closeTakes: 10 * time.Second}
		log := new(logs)
		srv := &mc.Server{Session: session.Config{Logger: log.logger()}, Bind: always(&mc.Account{MaxBinds: 1, Handler: &l})}
		first, _ := bound(t, srv, "me")
		p, ms := connectSession(t, srv)
		t0 := time.Now()
		p.WantReply(p.Send(bindBody("me")), pdu.StatusAlreadyBound)
		p.Write(submits(t, 8, 3))
		p.Send(bindBody("me"))
		p.WantClosed()
		require.NoError(t, p.Conn().Close())
		require.Less(t, time.Since(t0), 10*time.Millisecond, "whatever HandleClose does")
		<-ms.Context().Done()
		require.ErrorIs(t, ms.Err(), session.ErrBindRefused)
		<-ms.Done()
		require.EqualValues(t, 1, l.closed.Load())
		require.Zero(t, log.count("level=ERROR"))
		require.Equal(t, 1, log.count("bound as often as its MaxBinds permits, 1 times"), "%v", log)
		first.WantReply(first.Send(new(pdu.SubmitSM)), pdu.StatusOK)
		closeServer(t, srv)
		require.EqualValues(t, 2, l.closed.Load())
	})
}

// Two binds at once do not both get the last place.
func TestLastPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &mc.Server{Bind: func(context.Context, *mc.BindRequest) (*mc.Account, error) {
			time.Sleep(time.Second)
			return &mc.Account{MaxBinds: 2}, nil
		}}
		defer closeServer(t, srv)
		var peers []*sessiontest.Peer
		for range 10 {
			p := connect(t, srv)
			p.Send(bindBody("me"))
			peers = append(peers, p)
		}
		got := make(map[pdu.CommandStatus]int)
		for _, p := range peers {
			got[p.Next().Status]++
		}
		require.Equal(t, map[pdu.CommandStatus]int{pdu.StatusOK: 2, pdu.StatusAlreadyBound: 8}, got)
	})
}

// A half-dead link does not keep its owner out: the session that has been silent for 5 s when a bind finds no place is
// asked for a sign of life, and ends when none comes within 5 s.
func TestHalfDeadLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &mc.Server{Bind: always(&mc.Account{MaxBinds: 1})}
		defer closeServer(t, srv)
		_, dead := bound(t, srv, "me")
		time.Sleep(5*time.Second + time.Millisecond)
		require.Equal(t, pdu.StatusAlreadyBound, bind(connect(t, srv), "me"))
		t0 := time.Now()
		<-dead.Context().Done()
		require.LessOrEqual(t, time.Since(t0), 5*time.Second)
		require.Greater(t, time.Since(t0), 4*time.Second)
		require.ErrorIs(t, dead.Err(), session.ErrEnquireLink)
		_, again := bound(t, srv, "me")
		require.True(t, again.Placed())
	})
}

// A link that lives is not ended by the binds of others, and one that was heard of a moment ago is not even asked.
func TestLiveLinkKeepsItsPlace(t *testing.T) {
	for name, silent := range map[string]time.Duration{"heard of": 4 * time.Second, "silent": 10 * time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := &mc.Server{Bind: always(&mc.Account{MaxBinds: 1})}
				defer closeServer(t, srv)
				p, alive := bound(t, srv, "me")
				time.Sleep(silent)
				require.Equal(t, pdu.StatusAlreadyBound, bind(connect(t, srv), "me"))
				if silent > 5*time.Second {
					asked := p.Next()
					require.Equal(t, pdu.CommandEnquireLink, asked.ID)
					p.Reply(asked, nil)
				}
				p.WantIdle(15 * time.Second)
				require.NoError(t, alive.Err())
				require.Equal(t, pdu.StatusAlreadyBound, bind(connect(t, srv), "me"))
			})
		})
	}
}

// FIELD F2: an ESME that unbinds before the handler of its session is made frees its place as well.
func TestPlaceIsFreeBeforeNewHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &mc.Server{Bind: always(&mc.Account{MaxBinds: 1, NewHandler: func(*mc.Session) session.Handler {
			time.Sleep(time.Minute)
			return nil
		}})}
		defer closeServer(t, srv)
		for range 3 {
			p, _ := bound(t, srv, "me")
			second := connect(t, srv)
			require.Equal(t, pdu.StatusAlreadyBound, bind(second, "me"))
			p.WantReply(p.Send(new(pdu.Unbind)), pdu.StatusOK)
		}
	})
}
