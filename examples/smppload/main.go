// Command smppload puts load on a message centre and tells what became of every message.
//
//	go run ./examples/smppload -connect smpp://user:password@host:2775                    10 s, as fast as a window of 100 lets
//	go run ./examples/smppload -connect smpp://user:password@host:2775 -rate 500 -t 1m    500 a second for a minute
//	go run ./examples/smppload -connect smpps://user:password@host -n 10000 -binds 4 -receipts 100 -json
//
// With -rate it is an open loop: each message is due at its own moment, whatever became of those before it, and its
// latency counts from that moment. A message centre that stands still for a second then shows in the latency of
// everything that was due in that second, and not of the one message that happened to be under way.
//
// Where to read: schedule.go says when messages are due, account.go keeps the account of one bind and is its handler,
// load.go sends, report.go sums up.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Exit statuses.
const (
	exitOK          = 0   // every message was answered ESME_ROK
	exitFailed      = 1   // unreachable or refused: nothing was sent
	exitUsage       = 2   // bad flags
	exitRefused     = 3   // all were answered, some with another status
	exitLost        = 4   // some were not answered: timed out, lost, not sent
	exitSlow        = 5   // what was sent is well, but some were due and never begun, or a bind ended
	exitInterrupted = 130 // as a shell tells SIGINT; unless messages were refused or lost
)

func main() {
	os.Exit(run(interruptible(), os.Args[1:], os.Stdout, os.Stderr))
}

// interruptible returns a context that the first interrupt ends. The second one ends the process at once.
func interruptible() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals
		os.Exit(exitInterrupted)
	}()
	return ctx
}

// run is the command but for the process around it. It returns the exit status. When ctx ends it sends no more, waits
// for what is open, and reports.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseOptions(args)
	switch {
	case err != nil:
		return fail(stderr, err)
	case o.help:
		usage(stdout)
		return exitOK
	case o.version:
		fmt.Fprintln(stdout, versionLine())
		return exitOK
	}
	l := newLoad(o)
	if err := l.bind(ctx); err != nil {
		return fail(stderr, err)
	}
	stop := l.showProgress(ctx, stderr)
	l.send(ctx)
	stop()
	r := l.end()
	if err := r.write(stdout, o.json); err != nil {
		return fail(stderr, err)
	}
	if err := r.writeHistogram(o.histogram); err != nil {
		return fail(stderr, err)
	}
	return r.exitStatus()
}

// errInterrupted says that the user ended the program before it had bound.
var errInterrupted = errors.New("interrupted")

// fail prints err on one line and returns the exit status that it asks for.
func fail(stderr io.Writer, err error) int {
	fmt.Fprintf(stderr, "smppload: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	var bad *usageError
	switch {
	case errors.As(err, &bad):
		return exitUsage
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	}
	return exitFailed
}
