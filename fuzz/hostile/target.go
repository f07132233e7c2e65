package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// options say what is attacked.
type options struct {
	ESME      bool          // a client, and not a server
	Handler   string        // of the attackers: answers, blocks, later, sleeps, late
	BindTakes time.Duration // the Bind function
	MaxConns  int
	TLS       bool
	NoLog     bool // as is the default; else there is a Logger
}

// target is the library under attack, in a process of its own.
type target struct {
	options options
	gauge   gauge
	guesses atomic.Int64
	logged  counter
	watch   *watch
}

func newTarget() func(command) (report, error) {
	t := &target{watch: newWatch()}
	return func(c command) (report, error) {
		switch c.Do {
		case "start":
			t.options = c.Target
			return t.start()
		case "dial":
			return report{}, t.dial(c.Addr)
		case "stat":
			return report{State: t.state()}, nil
		case "gc":
			t.watch.collect()
			return report{State: t.state()}, nil
		}
		return report{}, errors.New("no such command")
	}
}

func (t *target) state() state {
	s := t.watch.state()
	s.Handlers, s.Logged, s.Binds = t.gauge.most.Load(), t.logged.n.Load(), t.guesses.Load()
	return s
}

func (t *target) logger() *slog.Logger {
	if t.options.NoLog {
		return nil
	}
	return slog.New(slog.NewTextHandler(&t.logged, nil))
}

// start makes the server listen.
func (t *target) start() (report, error) {
	if t.options.ESME {
		return report{}, nil
	}
	srv := &mc.Server{
		SystemID: "target", MaxConns: t.options.MaxConns, Bind: t.bind, Session: session.Config{Logger: t.logger()},
	}
	return listen(t.options.TLS, func(l net.Listener) { _ = srv.Serve(l) })
}

// listen serves on a port of loopback.
func listen(withTLS bool, serve func(net.Listener)) (report, error) {
	var cfg transport.ListenConfig
	if withTLS {
		cert, err := certificate()
		if err != nil {
			return report{}, err
		}
		cfg.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	}
	l, err := transport.Listen(context.Background(), "127.0.0.1:0", cfg)
	if err != nil {
		return report{}, err
	}
	go serve(l)
	return report{Addr: l.Addr().String()}, nil
}

func (t *target) bind(_ context.Context, r *mc.BindRequest) (*mc.Account, error) {
	if r.SystemID == evilID {
		defer t.gauge.enter()()
		time.Sleep(t.options.BindTakes)
	}
	if !r.CheckPassword(secret) {
		t.guesses.Add(1)
		return nil, mc.Refuse(pdu.StatusInvalidPassword)
	}
	if r.SystemID == honestID {
		return &mc.Account{Handler: session.HandlerFunc(answer)}, nil
	}
	return &mc.Account{NewHandler: func(*mc.Session) session.Handler { return t.handler() }}, nil
}

// dial binds a client to a hostile message centre.
func (t *target) dial(addr string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, err := esme.Dial(ctx, addr, esme.Config{
		SystemID: "target", Password: secret, Session: session.Config{Handler: t.handler(), Logger: t.logger()},
	})
	return err
}

func answer(_ context.Context, r *session.Request) {
	switch r.PDU.Body.(type) {
	case *pdu.SubmitSM:
		_ = r.Reply(&pdu.SubmitSMResp{MessageID: "1"}) // who is gone needs no answer
	case *pdu.DeliverSM:
		_ = r.Reply(&pdu.DeliverSMResp{})
	default:
		_ = r.Reject(pdu.StatusInvalidCommandID)
	}
}

// handler returns what serves the attackers.
func (t *target) handler() session.Handler {
	h := &handler{kind: t.options.Handler, gauge: &t.gauge}
	if h.kind == "late" {
		return &lateHandler{h}
	}
	return h
}

type handler struct {
	kind  string
	gauge *gauge
	mu    sync.Mutex
	open  []*session.Request // to be answered later
}

// HandlePDU serves a request of an attacker.
func (h *handler) HandlePDU(ctx context.Context, r *session.Request) {
	defer h.gauge.enter()()
	switch h.kind {
	case "blocks", "late":
		<-ctx.Done()
	case "later":
		h.mu.Lock()
		defer h.mu.Unlock()
		h.open = append(h.open, r)
		return
	case "sleeps":
		time.Sleep(20 * time.Millisecond)
	}
	answer(ctx, r)
}

// HandleClose forgets what was to be answered later.
func (h *handler) HandleClose(context.Context, *session.Session, []session.LostPDU, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open = nil
}

// lateHandler has the hooks of what nobody asked for.
type lateHandler struct{ *handler }

// HandleLateResp blocks.
func (h *lateHandler) HandleLateResp(ctx context.Context, _ *session.Session, _, _ *pdu.PDU) {
	<-ctx.Done()
}

// HandleMalformed blocks.
func (h *lateHandler) HandleMalformed(ctx context.Context, _ *session.Session, _ *pdu.PDU, _ error) {
	<-ctx.Done()
}

// gauge counts functions that run.
type gauge struct{ running, most atomic.Int64 }

func (g *gauge) enter() (leave func()) {
	raise(&g.most, g.running.Add(1))
	return func() { g.running.Add(-1) }
}

// raise makes v at least n.
func raise(v *atomic.Int64, n int64) {
	for old := v.Load(); n > old && !v.CompareAndSwap(old, n); old = v.Load() {
	}
}

// counter counts what is written.
type counter struct{ n atomic.Int64 }

// Write counts b.
func (c *counter) Write(b []byte) (int, error) {
	c.n.Add(int64(len(b)))
	return len(b), nil
}

func certificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	tpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
