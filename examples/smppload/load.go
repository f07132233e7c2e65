package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// How long the end of the work is waited for.
const (
	drainTime  = 10 * time.Second // responses, after an interrupt
	unbindTime = 5 * time.Second
	bindTime   = 30 * time.Second
	bindAtOnce = 32
)

// load is one run.
type load struct {
	options
	schedule    schedule
	book        *book
	binds       []*bind
	sleep       func(ctx context.Context, until time.Time) bool
	dial        func(ctx context.Context, network, addr string) (net.Conn, error) // nil: TCP
	took        time.Duration                                                     // of sending
	interrupted bool
}

// bind is one connection.
type bind struct {
	account *account
	client  *esme.Client
}

func newLoad(o options) *load {
	return &load{
		options: o, book: newBook(), sleep: sleepUntil,
		schedule: schedule{rate: o.rate, messages: o.messages, duration: o.duration},
	}
}

// bind makes the connections, some at a time. An error means that one could not be made; then there are none.
func (l *load) bind(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, bindTime)
	defer cancel()
	l.binds = make([]*bind, l.options.binds)
	errs := make([]error, len(l.binds))
	gate := make(chan struct{}, bindAtOnce)
	var wg sync.WaitGroup
	for i := range l.binds {
		wg.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			if l.binds[i], errs[i] = l.bindOne(ctx); errs[i] != nil {
				cancel() // the rest need not try
			}
		})
	}
	wg.Wait()
	err := first(errs)
	if err == nil {
		return nil
	}
	for _, b := range l.binds {
		if b != nil {
			_ = b.client.Close() // is always nil
			_ = b.client.Wait(context.Background())
		}
	}
	return l.bindError(err)
}

// first returns the error that others followed from.
func first(errs []error) error {
	var err error
	for _, e := range errs {
		if err == nil || e != nil && errors.Is(err, context.Canceled) {
			err = e
		}
	}
	return err
}

func (l *load) bindOne(ctx context.Context) (*bind, error) {
	a := l.book.newAccount(l.window)
	cfg := esme.Config{
		SystemID: l.systemID, Password: pdu.Password(l.password),
		Session: session.Config{
			Handler: a, Window: l.window, ResponseTimeout: l.timeout,
			InboundWindow: max(l.window, 1024), // as many receipts may come at a time
		},
		Transport: transport.DialConfig{DialContext: l.dial},
	}
	if l.transmit {
		cfg.BindType = esme.Transmitter
	}
	if l.insecure {
		cfg.Transport.TLS = &tls.Config{InsecureSkipVerify: true} // the user asked for it
	}
	c, err := esme.Dial(ctx, l.connect, cfg)
	if err != nil {
		return nil, err
	}
	return &bind{a, c}, nil
}

// bindError says in plain words why there is no bind.
func (l *load) bindError(err error) error {
	u, _ := transport.ParseURL(l.connect) // was parsed before
	var op *net.OpError
	var unanswered *session.RequestError
	status, refused := pdu.StatusOf(err)
	switch {
	case errors.Is(err, context.Canceled):
		return errInterrupted
	case refused && statusHelp[status] != "":
		return fmt.Errorf("%s refused the bind of %q: %v, %s", u.Address(), l.systemID, status, statusHelp[status])
	case refused:
		return fmt.Errorf("%s refused the bind of %q: %v", u.Address(), l.systemID, status)
	case errors.As(err, &op) && op.Op == "dial":
		return fmt.Errorf("can not connect to %s: %w", u.Address(), op.Err)
	case errors.As(err, &unanswered):
		err = unanswered.Err
	}
	return fmt.Errorf("can not bind at %s: %w", u.Address(), err)
}

// statusHelp says in plain words what the usual refusals mean.
var statusHelp = map[pdu.CommandStatus]string{
	pdu.StatusInvalidPassword: "the password is wrong",
	pdu.StatusInvalidSystemID: "the system_id is unknown",
	pdu.StatusBindFailed:      "wrong name or password, or too many binds, as a rule",
	pdu.StatusAlreadyBound:    "it has as many binds as it may have",
}

// send sends until the schedule is through, its time is over, ctx ends or no bind is left, and then waits for what is
// under way: for the responses, which come or time out, and the receipts. After ctx it waits for drainTime at most.
func (l *load) send(ctx context.Context) {
	l.schedule.began = time.Now()
	sending, cancel := ctx, context.CancelFunc(func() {})
	if l.duration > 0 {
		sending, cancel = context.WithDeadline(ctx, l.schedule.began.Add(l.duration))
	}
	defer cancel()
	l.each(func(b *bind) {
		defer context.AfterFunc(sending, b.account.stop)()
		l.sendOn(sending, b)
	})
	l.took = time.Since(l.schedule.began)
	grace, cancelGrace := outlive(ctx, drainTime)
	defer cancelGrace()
	l.book.wait(grace, func() bool { return l.book.open == 0 })
	// An interrupt that only shortens the wait for receipts is none.
	l.interrupted = ctx.Err() != nil
	if l.receipts > 0 {
		waiting, cancelWait := context.WithTimeout(ctx, l.wait)
		defer cancelWait()
		l.book.wait(waiting, func() bool { return l.book.receipts >= l.book.owed })
	}
}

func (l *load) each(f func(b *bind)) {
	var wg sync.WaitGroup
	for _, b := range l.binds {
		wg.Go(func() { f(b) })
	}
	wg.Wait()
}

// outlive returns a context that ends a time after ctx.
func outlive(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	unhook := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(d, cancel)
		context.AfterFunc(late, func() { t.Stop() })
	})
	return late, func() { unhook(); cancel() }
}

// sendOn sends on one bind. Send does not wait: the account has seen to it that there is room.
func (l *load) sendOn(ctx context.Context, b *bind) {
	for {
		i, due, ok := l.schedule.take()
		if !ok || !due.IsZero() && !l.sleep(ctx, due) {
			return
		}
		sm := l.compose(i)
		if !b.account.begin(sm, due) {
			return
		}
		if _, err := b.client.Send(context.WithoutCancel(ctx), sm); err != nil {
			b.account.end(sm, session.NotSent, nil) // the handler hears nothing of it
			return
		}
	}
}

// end unbinds and sums up. What is still under way has had its time and is given up.
func (l *load) end() *report {
	l.book.mu.Lock()
	l.book.alive = 0 // what ends now does so because it should
	open := l.book.open
	l.book.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), unbindTime)
	defer cancel()
	l.each(func(b *bind) {
		if open > 0 {
			_ = b.client.Close() // is always nil
		} else {
			_ = b.client.Shutdown(ctx) // why it ended is nothing to tell
		}
		_ = b.client.Wait(context.Background()) // its hooks count, and return
	})
	r := newReport(l)
	for _, b := range l.binds {
		r.addStats(b.client.Stats())
	}
	return r
}

// missed returns how many messages were due and never begun.
func (l *load) missed(accepted int) int {
	took := l.took
	if len(l.book.endedEarly) == len(l.binds) && !l.interrupted {
		took = 1 << 60 // nobody was left for the rest
	}
	switch {
	case l.rate > 0:
		return max(l.schedule.dueBy(took)-accepted, 0)
	case l.interrupted || l.messages == 0 || l.duration > 0 && took >= l.duration:
		return 0 // nothing is due at any time of its own
	}
	return l.messages - accepted
}
