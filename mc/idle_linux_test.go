package mc_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// BenchmarkIdle: what a bound session costs a message centre while nothing happens on it. Every client, they are in
// another process, binds with a system_id of its own and has ten messages answered before. rss-B is the growth of the
// resident memory divided by the sessions, after the garbage was collected and given back; heap-B and stack-B are parts
// of it. What the kernel keeps for a socket is not in it. binds/s is that of 64 clients that bind at a time: the bind
// storm after a restart.
//
// The server is an mc.Server; in the rows "session" there is a session for each connection and nothing else.
//
//	go test -run '^$' -bench 'Idle/sessions=10000/tcp' -benchtime 1x ./mc
//
// One row at a time is the most exact: memory that an earlier one left in pieces is used again.
func BenchmarkIdle(b *testing.B) {
	if testing.Short() {
		b.Skip("takes seconds, under TLS half a minute")
	}
	cfg := session.Config{EnquireLinkInterval: time.Hour} // the clients do not answer
	plain := func(b *testing.B) (net.Listener, func()) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(b, err)
		return l, serveIdle(b, l, cfg)
	}
	secure := func(b *testing.B) (net.Listener, func()) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(b, err)
		return l, serveIdle(b, tls.NewListener(l, selfSigned(b)), cfg)
	}
	alone := func(b *testing.B) (net.Listener, func()) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(b, err)
		return l, serveAlone(b, l, cfg)
	}
	for _, n := range []int{10000, 19000} {
		b.Run(fmt.Sprintf("sessions=%d/tcp", n), func(b *testing.B) { idle(b, n, "tcp", plain) })
		b.Run(fmt.Sprintf("sessions=%d/tls", n), func(b *testing.B) { idle(b, n, "tls", secure) })
		b.Run(fmt.Sprintf("sessions=%d/session", n), func(b *testing.B) { idle(b, n, "tcp", alone) })
	}
}

// idle binds n sessions and measures them, b.N times; serve returns a function that ends the server.
func idle(b *testing.B, n int, network string, serve func(b *testing.B) (net.Listener, func())) {
	var limit syscall.Rlimit
	require.NoError(b, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	if limit.Cur < uint64(n)+100 {
		b.Skipf("%d open files are too few; ulimit -n", limit.Cur)
	}
	var rss, heap, stack, goroutines, binds float64
	for range b.N {
		l, stop := serve(b)
		clients := startIdleClients(b, network+" "+l.Addr().String())
		before := memory()
		began := runtime.NumGoroutine()
		storm := time.Now()
		clients.ask("bind", n)
		binds += float64(n) / time.Since(storm).Seconds()
		clients.ask("talk", 10)
		for range 500 { // workers that had work end by themselves
			if runtime.NumGoroutine() <= began+n {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(2 * time.Second) // so that all have rested
		after := memory()
		goroutines += float64(runtime.NumGoroutine() - began)
		rss += float64(after.rss - before.rss)
		heap += float64(after.heap - before.heap)
		stack += float64(after.stack - before.stack)
		clients.stop()
		stop()
	}
	per := float64(n) * float64(b.N)
	b.ReportMetric(rss/per, "rss-B/session")
	b.ReportMetric(heap/per, "heap-B/session")
	b.ReportMetric(stack/per, "stack-B/session")
	b.ReportMetric(goroutines/per, "goroutines/session")
	b.ReportMetric(binds/float64(b.N), "binds/s")
	b.ReportMetric(0, "ns/op") // would tell nothing
}

// figures are octets.
type figures struct{ rss, heap, stack int64 }

// memory gives back what is free and tells what is left.
func memory() figures {
	debug.FreeOSMemory()
	debug.FreeOSMemory() // what finalizers and pools let go of
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		panic(err)
	}
	var size, resident int64
	if _, err := fmt.Fscan(bytes.NewReader(statm), &size, &resident); err != nil {
		panic(err)
	}
	return figures{resident * int64(os.Getpagesize()), int64(m.HeapAlloc), int64(m.StackInuse)}
}

func messages() session.Handler {
	mux := new(session.Mux)
	session.On(mux, func(context.Context, *session.Request, *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		return &pdu.SubmitSMResp{MessageID: "0123456789"}, nil
	})
	return mux
}

func serveIdle(b *testing.B, l net.Listener, cfg session.Config) (stop func()) {
	h := messages()
	srv := &mc.Server{Session: cfg, Bind: func(context.Context, *mc.BindRequest) (*mc.Account, error) {
		return &mc.Account{Handler: h}, nil
	}}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	return func() {
		require.NoError(b, srv.Close())
		require.ErrorIs(b, <-served, mc.ErrServerClosed)
	}
}

func serveAlone(b *testing.B, l net.Listener, cfg session.Config) (stop func()) {
	h := messages()
	cfg.Handler = session.HandlerFunc(func(_ context.Context, r *session.Request) { _ = r.Accept(nil, h) })
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var all []*session.Session
		for {
			conn, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				break
			}
			if err != nil {
				b.Error(err)
				break
			}
			all = append(all, session.Start(conn, session.RoleMC, cfg))
		}
		for _, s := range all {
			_ = s.Close()
			<-s.Done()
		}
	}()
	return func() { _ = l.Close(); <-ended }
}

func selfSigned(b *testing.B) *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(b, err)
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mc"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	require.NoError(b, err)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}
