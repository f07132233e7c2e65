package session_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
	"github.com/smpp-go/smpp/transport"
)

// loopback returns the two ends of a TCP connection.
func loopback(t testing.TB) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	client, err = net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	server, err = l.Accept()
	require.NoError(t, err)
	return client, server
}

// overTLS puts TLS over both ends.
func overTLS(t testing.TB, client, server net.Conn) (c, s *tls.Conn) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mc"}, DNSNames: []string{"mc"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool.AddCert(parsed)
	s = tls.Server(server, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	return tls.Client(client, &tls.Config{RootCAs: pool, ServerName: "mc"}), s
}

// transports are the ways to connect two sessions outside a bubble.
var transports = map[string]func(t testing.TB) (client, server net.Conn){
	"TCP": loopback,
	"TLS": func(t testing.TB) (net.Conn, net.Conn) {
		a, b := loopback(t)
		c, s := overTLS(t, a, b)
		return c, s
	},
}

func answering(id string) session.Handler {
	mux := new(session.Mux)
	session.On(mux, func(context.Context, *session.Request, *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		return &pdu.SubmitSMResp{MessageID: id}, nil
	})
	return mux
}

// TestTransports runs a session from bind to unbind, and both ends see an orderly end.
func TestTransports(t *testing.T) {
	for name, connect := range transports {
		t.Run(name, func(t *testing.T) {
			a, b := connect(t)
			mc := session.Start(b, session.RoleMC, session.Config{Handler: accepting(answering("1"))})
			esme := session.Start(a, session.RoleESME, session.Config{})
			finish(t, mc)
			finish(t, esme)
			_, err := esme.Do(t.Context(), bind(pdu.CommandBindTransceiver, pdu.V34))
			require.NoError(t, err)
			for range 10 {
				resp, err := session.Exchange(t.Context(), esme, submit("x"))
				require.NoError(t, err)
				require.Equal(t, "1", resp.MessageID)
			}
			require.Equal(t, a.RemoteAddr(), esme.RemoteAddr())
			require.Equal(t, a.LocalAddr(), esme.LocalAddr())
			require.NoError(t, esme.Shutdown(t.Context()))
			<-mc.Done()
			require.ErrorIs(t, esme.Err(), session.ErrShutdown)
			require.ErrorIs(t, mc.Err(), session.ErrPeerUnbound)
		})
	}
}

// TestFIN: an orderly end is seen by the peer as the unbind_resp and then end of file, never as a reset.
func TestFIN(t *testing.T) {
	for name, connect := range transports {
		t.Run(name, func(t *testing.T) {
			for range 20 {
				a, b := connect(t)
				mc := session.Start(b, session.RoleMC, session.Config{Handler: accepting(answering("1"))})
				finish(t, mc)
				p := newPeer(t, a)
				p.SendPDU(req(1, bind(pdu.CommandBindTransceiver, pdu.V34)))
				p.read(pdu.CommandBindTransceiverResp)
				p.SendPDU(req(2, submit("x")), req(3, &pdu.Unbind{}))
				p.read(pdu.CommandSubmitSMResp)
				p.read(pdu.CommandUnbindResp)
				p.CloseWrite()
				p.WantClosed()
				<-mc.Done()
				_ = a.Close()
			}
		})
	}
}

// TestProbe: octets that are not SMPP get a generic_nack, then end of file.
func TestProbe(t *testing.T) {
	a, b := loopback(t)
	mc := session.Start(b, session.RoleMC, session.Config{})
	finish(t, mc)
	p := newPeer(t, a)
	p.Write(append([]byte("GET / HTTP/1.1\r\n"), bytes.Repeat([]byte("x"), 100_000)...))
	p.expect(pdu.CommandGenericNack, pdu.StatusInvalidCommandLength, 0)
	p.WantClosed()
	_ = a.Close()
	<-mc.Done()
	var e *pdu.FrameError
	require.ErrorAs(t, mc.Err(), &e)
	require.Equal(t, "HTTP", e.LooksLike)
}

// TestFraming delivers PDUs in pieces of many sizes, small and large ones mixed.
func TestFraming(t *testing.T) {
	for name, connect := range transports {
		for _, piece := range []int{1, 15, 16, 17, 100, 1 << 10, 8191, 16384, 16385, 1 << 20} {
			t.Run(name, func(t *testing.T) {
				a, b := connect(t)
				got := make(chan int, 1000)
				mc := session.Start(b, session.RoleMC, session.Config{Handler: accepting(handle(func(r *session.Request) {
					sm := r.PDU.Body.(*pdu.SubmitSM)
					payload, _ := sm.TLVs.Get(pdu.TagMessagePayload)
					for i, c := range payload {
						if c != byte(i*7) {
							t.Errorf("payload of %d differs at %d", len(payload), i)
							break
						}
					}
					got <- len(payload)
					_ = replyOK(r)
				}))})
				finish(t, mc)
				defer a.Close()
				p := newPeer(t, a)
				p.SendPDU(req(1, bind(pdu.CommandBindTransceiver, pdu.V34)))
				p.read(pdu.CommandBindTransceiverResp)
				go func() { _, _ = io.Copy(io.Discard, a) }()
				sizes := []int{0, 100, 0, 0, 5000, 9000, 8192, 16384 - 60, 16384, 20000, 0, 40000, 65535, 1}
				if piece == 1 {
					sizes = []int{0, 100, 0, 5000, 9000, 0}
				}
				for range 100 {
					sizes = append(sizes, 10)
				}
				var all []byte
				for i, n := range sizes {
					sm := submit("x")
					payload := make([]byte, n)
					for j := range payload {
						payload[j] = byte(j * 7)
					}
					if n > 0 {
						sm.TLVs.Set(pdu.TagMessagePayload, payload)
					}
					all = append(all, encode(t, req(uint32(i+2), sm))...)
				}
				for len(all) > 0 {
					n := min(piece, len(all))
					p.Write(all[:n])
					all = all[n:]
				}
				for _, n := range sizes {
					require.Equal(t, n, <-got)
				}
			})
		}
	}
}

// TestStalledTCP: a peer that does not read holds up neither Close nor a Do whose context ends.
func TestStalledTCP(t *testing.T) {
	for name, connect := range transports {
		t.Run(name, func(t *testing.T) {
			a, b := connect(t)
			esme := session.Start(a, session.RoleESME, session.Config{Window: 1000})
			finish(t, esme)
			defer transport.Abort(b)
			p := newPeer(t, b)
			bindTo(t, esme, p, pdu.CommandBindTransceiver, pdu.V50)
			sm := submit("x")
			sm.TLVs.Set(pdu.TagMessagePayload, make([]byte, 60_000))
			sent := func(n int) (handedOver int) {
				start := time.Now()
				for range n {
					ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
					err := second(esme.Do(ctx, sm))
					cancel()
					require.ErrorIs(t, err, context.DeadlineExceeded)
					if outcome(t, err) == session.Pending {
						handedOver++
					}
				}
				require.Less(t, time.Since(start), 5*time.Second, "Do waits for the peer beyond its context")
				return handedOver
			}
			const n = 300 // 18 MB: more than both sockets buffer
			handedOver := sent(n)
			require.Less(t, handedOver, n)
			for i := range handedOver { // the peer reads again, and nothing is missing
				require.EqualValues(t, 60_000, len(p.read(pdu.CommandSubmitSM).Body.(*pdu.SubmitSM).TLVs[0].Value), i)
			}
			done := doing(t.Context(), esme, submit("small"))
			require.Empty(t, p.serve(pdu.CommandSubmitSM, pdu.StatusOK).Body.(*pdu.SubmitSM).TLVs)
			require.NoError(t, (<-done).err)
			sent(n)
			start := time.Now()
			require.NoError(t, esme.Close())
			<-esme.Done()
			require.Less(t, time.Since(start), time.Second)
			require.ErrorIs(t, esme.Err(), session.ErrClosed)
		})
	}
}

// TestThroughput moves many messages and loses none.
func TestThroughput(t *testing.T) {
	const n, window = 20_000, 100
	for name, connect := range transports {
		t.Run(name, func(t *testing.T) {
			a, b := connect(t)
			var answered atomic.Int64
			done := make(chan struct{})
			h := &counting{answered: func() {
				if answered.Add(1) == n {
					close(done)
				}
			}}
			mc := session.Start(b, session.RoleMC, session.Config{Window: window, Handler: accepting(answering("1"))})
			esme := session.Start(a, session.RoleESME, session.Config{Window: window, Handler: h})
			finish(t, mc)
			finish(t, esme)
			_, err := esme.Do(t.Context(), bind(pdu.CommandBindTransceiver, pdu.V34))
			require.NoError(t, err)
			for range n {
				_, err := esme.Send(t.Context(), submit("x"))
				require.NoError(t, err)
			}
			<-done
			ends := make(chan error, window)
			for range window {
				go func() {
					for range n / window {
						if _, err := esme.Do(t.Context(), submit("x")); err != nil {
							ends <- err
							return
						}
					}
					ends <- nil
				}()
			}
			for range window {
				require.NoError(t, <-ends)
			}
			require.NoError(t, esme.Shutdown(t.Context()))
			require.EqualValues(t, 2*n+1, esme.Stats().Responded)
		})
	}
}

// counting is a handler that counts responses.
type counting struct {
	session.NopHandler
	answered func()
}

func (h *counting) HandleResp(context.Context, *session.Session, *pdu.PDU, *pdu.PDU) { h.answered() }

// TestIdle: an idle session on TCP is one goroutine, and little memory.
func TestIdle(t *testing.T) {
	const n = 100
	type end struct {
		s *session.Session
		c net.Conn
	}
	var conns [n][2]net.Conn
	for i := range conns {
		conns[i][0], conns[i][1] = loopback(t)
	}
	goroutines, heap := runtime.NumGoroutine(), heapInUse()
	var ends []end
	for _, c := range conns {
		mc := session.Start(c[1], session.RoleMC, session.Config{Handler: accepting(answering("1"))})
		finish(t, mc)
		ends = append(ends, end{mc, c[0]})
		p := newPeer(t, c[0])
		p.SendPDU(req(1, bind(pdu.CommandBindTransceiver, pdu.V34)))
		p.read(pdu.CommandBindTransceiverResp)
		for i := range uint32(100) {
			p.SendPDU(req(i, submit("x")))
			p.read(pdu.CommandSubmitSMResp)
		}
	}
	for range 100 {
		if runtime.NumGoroutine() == goroutines+n {
			break
		}
		time.Sleep(10 * time.Millisecond) // workers that just had work end by themselves
	}
	require.Equal(t, goroutines+n, runtime.NumGoroutine())
	per := (heapInUse() - heap) / n
	t.Logf("%d octets of heap for each idle session", per)
	require.Less(t, per, 8<<10)
	for _, e := range ends {
		_ = e.c.Close()
		<-e.s.Done()
	}
}

// TestRest: after a second of silence another goroutine reads, whose stack is a new one, and misses nothing.
func TestRest(t *testing.T) {
	client, server := loopback(t)
	mc := session.Start(server, session.RoleMC, session.Config{Handler: accepting(answering("1"))})
	finish(t, mc)
	p := newPeer(t, client)
	p.SendPDU(req(1, bind(pdu.CommandBindTransceiver, pdu.V34)))
	p.read(pdu.CommandBindTransceiverResp)
	reader := func() string { // the goroutine that reads, by its number
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		for s := range strings.SplitSeq(string(stacks), "\n\n") {
			if strings.Contains(s, "session.(*Session).read(") {
				return s[:strings.IndexByte(s, '[')]
			}
		}
		return ""
	}
	for range 2 {
		before := reader()
		require.NotEmpty(t, before)
		for range 500 {
			if reader() != before {
				break
			}
			time.Sleep(10 * time.Millisecond) // a socket is in no bubble
		}
		require.NotEqual(t, before, reader())
		p.SendPDU(req(2, submit("x")))
		p.read(pdu.CommandSubmitSMResp)
	}
	_ = client.Close()
	<-mc.Done()
	require.ErrorIs(t, mc.Err(), session.ErrPeerClosed)
}

func heapInUse() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// lateCounting is a handler that counts responses that come too late.
type lateCounting struct {
	session.NopHandler
	timeouts, late atomic.Int64
}

func (h *lateCounting) HandleRespTimeout(_ context.Context, _ *session.Session, reqs []*pdu.PDU) {
	h.timeouts.Add(int64(len(reqs)))
}

func (h *lateCounting) HandleLateResp(context.Context, *session.Session, *pdu.PDU, *pdu.PDU) {
	h.late.Add(1)
}

// TestLateFlood: the late responses of a message centre that wakes up come in large reads, and all go to the hook.
func TestLateFlood(t *testing.T) {
	const n = 5000
	client, server := loopback(t)
	h := new(lateCounting)
	s := session.Start(client, session.RoleESME, session.Config{Handler: h, Window: n, ResponseTimeout: 300 * time.Millisecond, LateTime: time.Hour})
	finish(t, s)
	p := newPeer(t, server)
	wait := sessiontest.Do(t.Context(), s, bind(pdu.CommandBindTransceiver, pdu.V34))
	p.serve(pdu.CommandBindTransceiver, pdu.StatusOK)
	_, err := wait()
	require.NoError(t, err)
	sent := make(chan error, 1)
	go func() {
		for range n {
			if _, err := s.Send(context.Background(), submit("x")); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	var late []byte
	for range n {
		q := p.read(pdu.CommandSubmitSM)
		late = append(late, encode(t, req(q.Seq, &pdu.SubmitSMResp{MessageID: "12345678"}))...)
	}
	require.NoError(t, <-sent)
	until := func(what *atomic.Int64) {
		for range 1000 {
			if what.Load() == n {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		require.EqualValues(t, n, what.Load(), "%+v", s.Stats())
	}
	until(&h.timeouts)
	_, err = server.Write(late)
	require.NoError(t, err)
	until(&h.late)
	require.Zero(t, s.Stats().Dropped)
}
