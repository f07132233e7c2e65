package main

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/smpp-go/smpp/transport"
)

// silence is how long a faulty line says nothing before it is reset: long enough for a sender to fill its window.
const silence = 200 * time.Millisecond

// faultyLine is a TCP relay that stands for a bad network. It takes one connection and passes it on. After so many
// octets from the client it falls silent: what the far end says does not come back, and soon nothing arrives there
// either, though the client's socket goes on taking it. Then both connections are reset.
type faultyLine struct {
	l     net.Listener
	quiet int64 // octets from the client, after which nothing comes back
	pass  int64 // and after which nothing arrives
	cut   atomic.Bool
	ends  sync.WaitGroup
}

// newFaultyLine listens for the client, and connects it to the far end at address.
func newFaultyLine(ctx context.Context, address string, quiet, pass int64) (*faultyLine, error) {
	l, err := transport.Listen(ctx, "127.0.0.1:0", transport.ListenConfig{})
	if err != nil {
		return nil, err
	}
	f := &faultyLine{l: l, quiet: quiet, pass: pass}
	f.ends.Go(func() {
		near, err := l.Accept()
		if err != nil {
			return // closed before a client came
		}
		far, err := transport.Dial(ctx, address, transport.DialConfig{})
		if err != nil {
			transport.Reset(near)
			return
		}
		f.relay(near, far)
	})
	return f, nil
}

func (f *faultyLine) address() string { return f.l.Addr().String() }

// close ends the line when the connection over it has ended.
func (f *faultyLine) close() {
	_ = f.l.Close() // nothing can be done about a listener that does not close
	f.ends.Wait()
}

// relay passes octets until one end closes or the line is reset.
func (f *faultyLine) relay(near, far net.Conn) {
	reset := func() {
		transport.Reset(near)
		transport.Reset(far)
	}
	defer reset()
	f.ends.Go(func() {
		defer reset()
		// An error ends the line, as it is meant to.
		_, _ = io.Copy(writerFunc(func(b []byte) (int, error) {
			if f.cut.Load() {
				return len(b), nil // gone
			}
			return near.Write(b)
		}), far)
	})
	var passed int64
	_, _ = io.Copy(writerFunc(func(b []byte) (int, error) {
		room := min(max(f.pass-passed, 0), int64(len(b)))
		passed += int64(len(b))
		if passed > f.quiet && f.cut.CompareAndSwap(false, true) {
			time.AfterFunc(silence, reset)
		}
		if n, err := far.Write(b[:room]); err != nil {
			return n, err
		}
		return len(b), nil
	}), near)
}

// writerFunc is a function that is an io.Writer.
type writerFunc func(b []byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
