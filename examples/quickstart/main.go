// Command quickstart shows the library at work, and accounts for every message.
//
// Without arguments it starts a message centre in its own process, binds a transceiver to it over TCP, sends 10,000
// messages from messages.txt, the long ones in parts, matches the delivery receipts to the parts and prints a table of
// what became of each. The message centre puts the texts together again, and each is compared with what was sent; then
// it sends some back. In the end messages go over a line that fails in mid-flight, and it shows what the library knows
// about those that were open at that moment.
//
//	go run ./examples/quickstart                                            the whole show
//	go run ./examples/quickstart -n 100 -v                                  fewer messages, with a log
//	go run ./examples/quickstart -listen localhost:2775                     only the message centre
//	go run ./examples/quickstart -connect smpp://user:password@host:2775    only the client
//
// Where to read: sender.go is a client that has many messages under way at a time, ledger.go keeps its account,
// centre.go, desk.go and post.go are a message centre, replies.go sends texts the other way, and cut.go is the failing
// line.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Exit statuses.
const (
	exitOK          = 0
	exitFailed      = 1   // unreachable, refused, unreadable, or a message is unaccounted for
	exitUsage       = 2   // bad flags
	exitInterrupted = 130 // as a shell tells SIGINT
)

func main() {
	os.Exit(run(interruptible(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
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

// program is one run of the command.
type program struct {
	options
	stdin io.Reader
	out   io.Writer
	log   *slog.Logger // nil without -v
}

// run is the command but for the process around it. It returns the exit status. When ctx ends it drains: what is under
// way is finished, and the table is printed.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	o, err := parseOptions(args)
	if err != nil {
		return fail(stderr, err)
	}
	p := &program{options: o, stdin: stdin, out: stdout}
	if o.verbose {
		p.log = slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	switch {
	case o.help:
		usage(stdout)
		return exitOK
	case o.version:
		fmt.Fprintln(stdout, versionLine())
		return exitOK
	case o.listen != "":
		err = p.serve(ctx)
	case o.connect != "":
		err = p.sendOut(ctx)
	default:
		err = p.show(ctx)
	}
	if err != nil {
		return fail(stderr, err)
	}
	return exitOK
}

// errInterrupted says that the user ended the program before its work was done. The table has told the rest.
var errInterrupted = errors.New("interrupted before all messages were sent")

// fail prints err on one line and returns the exit status that it asks for.
func fail(stderr io.Writer, err error) int {
	fmt.Fprintf(stderr, "quickstart: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	var bad *usageError
	switch {
	case errors.As(err, &bad):
		return exitUsage
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	}
	return exitFailed
}
