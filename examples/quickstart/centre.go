package main

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/session"
)

// Bounds of the message centre. It has no goroutine of its own but the one that accepts connections: it works inside the
// hooks of its sessions, and in timers.
const (
	maxConns   = 1000     // connections at a time
	maxStored  = 100_000  // messages that are remembered, one with many recipients as many times; see store
	maxOctets  = 64 << 20 // octets of their texts and TLVs
	minInbound = 1024     // requests of a session that are unanswered, or its window when that is larger
)

// centre is a message centre with one account. It takes every message, delivers it at once, or at its scheduled time, to
// nobody, and sends the receipts.
type centre struct {
	srv      mc.Server
	systemID string
	password string
	receipts bool
	window   int                              // receipts outstanding on a session at most
	tell     func(format string, args ...any) // binds and their ends; nil: nobody
	parts    *multipart.Reassembler           // of the parts that came on any session

	mu        sync.Mutex
	desks     []*desk // the sessions that are bound, in the order of their binds
	idle      *sync.Cond
	store     store
	unclaimed []*notice // receipts that no session is bound to take
	counts    counts
}

// counts are what a centre did.
type counts struct {
	binds, refused    int
	messages          int // as they came, each part of a long one by itself
	texts             int // that were complete
	receipts, refusal int // receipts that an ESME took, and that it refused or did not answer
}

// newCentre returns a message centre for the account that the options name.
func newCentre(o options, log *slog.Logger) *centre {
	c := &centre{
		systemID: o.systemID,
		password: o.password,
		receipts: o.receipts,
		window:   o.window,
		parts:    multipart.NewReassembler(multipart.Config{}),
		store:    store{byID: make(map[string]*message)},
	}
	c.idle = sync.NewCond(&c.mu)
	c.srv = mc.Server{
		Bind:     c.judge,
		SystemID: "quickstart",
		MaxConns: maxConns,
		Session: session.Config{
			Window:        o.window,
			InboundWindow: max(o.window, minInbound),
			Logger:        log,
		},
	}
	return c
}

// judge lets the one account in.
func (c *centre) judge(_ context.Context, r *mc.BindRequest) (*mc.Account, error) {
	status := pdu.StatusOK
	switch {
	case r.SystemID != c.systemID:
		status = pdu.StatusInvalidSystemID
	case !r.CheckPassword(c.password):
		status = pdu.StatusInvalidPassword
	}
	if status != pdu.StatusOK {
		c.mu.Lock()
		c.counts.refused++
		c.mu.Unlock()
		c.say("refused  %v of %q from %v: %v", r.Command, r.SystemID, r.RemoteAddr, status)
		return nil, mc.Refuse(status)
	}
	return &mc.Account{Handler: newDesk(c, r)}, nil
}

func (c *centre) say(format string, args ...any) {
	if c.tell != nil {
		c.tell(format, args...)
	}
}

// start serves a listener, in a goroutine that ends with shutdown.
func (c *centre) start(l net.Listener) (served <-chan error) {
	done := make(chan error, 1)
	go func() { done <- c.srv.Serve(l) }()
	return done
}

// shutdown ends all sessions in order, and those that take longer than d without ceremony.
func (c *centre) shutdown(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d)
	defer cancel()
	// What could not be ended in order is in the lost report.
	_ = c.srv.Shutdown(ctx)
	// Desks wait for nobody, so that all hooks return.
	_ = c.srv.Wait(context.WithoutCancel(ctx))
	c.awaitIdle()
}

// awaitIdle waits until no session is bound, and all that came on them is dealt with.
func (c *centre) awaitIdle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.desks) > 0 {
		c.idle.Wait()
	}
}

// read puts the text together of which a message is a part, or all. The lock is held.
//
// The parts of texts that are never complete are dropped when there are too many of them: see multipart.Memory.
func (c *centre) read(m *message) {
	// A store in memory has no errors, and a message whose user data header can not be read is one of its own.
	texts, _ := c.parts.Add(context.Background(), time.Now(), m.sm)
	for _, t := range texts {
		if t.Reason != multipart.Complete && t.Reason != multipart.Repeated {
			continue // what another message has displaced
		}
		// Octets that are no text stand in it as they are.
		text, _ := t.Text(habits.Peer())
		c.counts.texts++
		c.store.read(m, text)
	}
}

// text returns the text that was complete with a message that is in the store.
func (c *centre) text(id string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.store.byID[id]
	if m == nil || !m.whole {
		return "", false
	}
	return m.text, true
}

// received returns the number of messages that were ever taken.
func (c *centre) received() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts.messages
}
