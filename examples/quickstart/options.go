package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/smpp-go/smpp/transport"
)

// Defaults and limits of the flags.
const (
	defaultMessages = 10_000
	defaultWindow   = 100
	maxMessages     = 1_000_000
	maxWindow       = 10_000
)

// options are what the flags say.
type options struct {
	messages int // 0: as many as the file has
	window   int
	file     string // empty: messages.txt as built in
	connect  string // empty: the embedded message centre
	listen   string // empty: send
	systemID string
	password string
	receipts bool
	verbose  bool
	version  bool
	help     bool
}

// usageError is an error in the arguments. It never quotes them: any of them may be a URL with a password in it.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text + "; -h lists the flags" }

// number is a flag for a whole number from 1 to max.
type number struct {
	to  *int
	max int
}

func (n number) String() string { return "" }

func (n number) Set(s string) error {
	v, err := strconv.Atoi(s)
	if err != nil || v < 1 || v > n.max {
		return fmt.Errorf("want a whole number from 1 to %s", group(n.max))
	}
	*n.to = v
	return nil
}

// parseOptions reads the arguments. Its errors are of type *usageError.
func parseOptions(args []string) (options, error) {
	o := options{window: defaultWindow}
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	flags.Var(number{&o.messages, maxMessages}, "n", "")
	flags.Var(number{&o.window, maxWindow}, "window", "")
	flags.StringVar(&o.file, "file", "", "")
	flags.StringVar(&o.connect, "connect", "", "")
	flags.StringVar(&o.listen, "listen", "", "")
	flags.StringVar(&o.systemID, "system-id", "quickstart", "")
	flags.StringVar(&o.password, "password", "secret", "")
	flags.BoolVar(&o.receipts, "receipts", true, "")
	flags.BoolVar(&o.verbose, "v", false, "")
	flags.BoolVar(&o.version, "version", false, "")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		o.help = true
		return o, nil
	case err != nil:
		return o, &usageError{withoutValue(err.Error())}
	case flags.NArg() > 0:
		return o, &usageError{"there are arguments without a flag"}
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if o.messages == 0 && !given["file"] {
		o.messages = defaultMessages
	}
	return o, o.check(given)
}

// withoutValue takes the value out of an error of package flag, such as: invalid value "x" for flag -n: why. What stands
// where a flag belongs may be a URL as well.
func withoutValue(text string) string {
	switch {
	case strings.Contains(text, "not defined") && strings.ContainsAny(text, "@/"):
		return "there is a flag that does not exist"
	case strings.Contains(text, "bad flag syntax"):
		return "there is a flag without a name"
	case !strings.HasPrefix(text, "invalid "):
		return text
	}
	_, rest, _ := cutLast(text, " for ")
	return strings.TrimPrefix(rest, "flag ")
}

// cutLast is strings.Cut at the last place where sep stands.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}

// check tells what is wrong with the options as a whole.
func (o *options) check(given map[string]bool) error {
	for name, value := range map[string]string{"file": o.file, "connect": o.connect, "listen": o.listen} {
		if given[name] && value == "" {
			return &usageError{"-" + name + ": want a value that is not empty"}
		}
	}
	switch {
	case o.listen != "" && (o.connect != "" || given["n"] || given["file"]):
		return &usageError{"-listen runs the message centre alone: it goes with neither -connect nor -n nor -file"}
	case o.connect != "":
		u, err := transport.ParseURL(o.connect)
		if err != nil {
			return &usageError{"-connect: " + strings.TrimPrefix(err.Error(), "transport: address: ")}
		}
		if u.User != "" {
			o.systemID, o.password = u.User, string(u.Password)
		}
	}
	switch {
	case o.systemID == "" || len(o.systemID) > 15 || !plain(o.systemID):
		return &usageError{"the system_id must be 1 to 15 printable ASCII characters"}
	case len(o.password) > 8 || !plain(o.password):
		return &usageError{"the password must be at most 8 printable ASCII characters"}
	case o.password == "" && o.connect == "":
		return &usageError{"the password must not be empty: the message centre lets nobody in without one"}
	}
	return nil
}

func usage(w io.Writer) {
	fmt.Fprintf(w, `Quickstart shows the SMPP library at work: it sends messages, the long ones in
parts, takes the responses and delivery receipts, and accounts for every part.
Without flags it talks to a message centre in its own process, compares the texts
at both ends, and in the end cuts the connection.

  -n N              messages to send, at most %s (default %s; with -file
                    as many as the file has lines)
  -window N         parts outstanding at most (default %d)
  -file NAME        take the messages from a file, one a line, again from the
                    start when there are too few; - reads standard input
  -receipts=false   neither ask for delivery receipts nor send any (default true)
  -connect URL      send to another message centre and cut nothing, as in
                    smpp://user:password@host:port; smpps:// for TLS
  -listen ADDRESS   run the message centre alone, at host:port, until Ctrl-C
  -system-id NAME   who may bind, or who binds where the URL does not say
                    (default quickstart)
  -password WORD    with which password (default secret)
  -v                log what happens to standard error
  -version          print the version
  -h                print this

Ctrl-C finishes what is under way and prints the table; a second one ends at once.

Exit status: 0 all is well; 1 it failed, a message is not accounted for, or a
text is not the one that was sent; 2 bad flags; 130 interrupted.
`, group(maxMessages), group(defaultMessages), defaultWindow)
}

// versionLine names the program and what it was built from.
func versionLine() string {
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	return "quickstart of github.com/smpp-go/smpp " + version + ", " + runtime.Version()
}
