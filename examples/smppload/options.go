package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/transport"
)

// Defaults and limits of the flags.
const (
	defaultWindow   = 100
	defaultDuration = 10 * time.Second
	defaultSize     = 140
	maxMessages     = 1_000_000_000
	maxWindow       = 100_000
	maxBinds        = 10_000
	maxRate         = 10_000_000
	maxSize         = 60_000 // in message_payload; what short_message holds is 254
	maxShort        = 254
)

// options are what the flags say.
type options struct {
	connect   string
	systemID  string
	password  string
	insecure  bool
	binds     int
	transmit  bool // bind as transmitters
	window    int
	rate      float64 // messages a second, over all binds; 0: as fast as the windows let
	messages  int     // 0: until the time is over
	duration  time.Duration
	sizes     sizes
	receipts  int // percent of the messages
	from      pdu.Address
	to        target
	timeout   time.Duration // for a response
	wait      time.Duration // for receipts, after the last response
	json      bool
	histogram string // file
	version   bool
	help      bool
}

// usageError is an error in the arguments. It never quotes them: any of them may be a URL with a password in it.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text + "; -h lists the flags" }

// number is a flag for a whole number.
type number struct {
	to       *int
	min, max int
}

func (n number) String() string { return "" }

func (n number) Set(s string) error {
	v, err := strconv.Atoi(s)
	if err != nil || v < n.min || v > n.max {
		return fmt.Errorf("want a whole number from %s to %s", group(n.min), group(n.max))
	}
	*n.to = v
	return nil
}

// span is a flag for a duration that is not zero.
type span struct{ to *time.Duration }

func (d span) String() string { return "" }

func (d span) Set(s string) error {
	v, err := time.ParseDuration(s)
	if err != nil || v <= 0 {
		return errors.New("want a time above zero, such as 10s or 1m30s")
	}
	*d.to = v
	return nil
}

// frequency is a flag for a number a second.
type frequency struct{ to *float64 }

func (f frequency) String() string { return "" }

func (f frequency) Set(s string) error {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || v < 0 || v > maxRate {
		return fmt.Errorf("want a number of messages a second, from 0 to %s", group(maxRate))
	}
	*f.to = v
	return nil
}

// parseOptions reads the arguments. Its errors are of type *usageError.
func parseOptions(args []string) (options, error) {
	o := options{
		binds: 1, window: defaultWindow, timeout: time.Minute, wait: 10 * time.Second, sizes: sizes{defaultSize, defaultSize},
	}
	var from, to string
	flags := flag.NewFlagSet("smppload", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	flags.StringVar(&o.connect, "connect", "", "")
	flags.StringVar(&o.systemID, "system-id", "", "")
	flags.StringVar(&o.password, "password", "", "")
	flags.BoolVar(&o.insecure, "insecure", false, "")
	flags.Var(number{&o.binds, 1, maxBinds}, "binds", "")
	flags.BoolVar(&o.transmit, "transmitter", false, "")
	flags.Var(number{&o.window, 1, maxWindow}, "window", "")
	flags.Var(frequency{&o.rate}, "rate", "")
	flags.Var(number{&o.messages, 1, maxMessages}, "n", "")
	flags.Var(span{&o.duration}, "t", "")
	flags.Var(&o.sizes, "size", "")
	flags.Var(number{&o.receipts, 0, 100}, "receipts", "")
	flags.StringVar(&from, "from", "smppload", "")
	flags.StringVar(&to, "to", "+447700900###", "")
	flags.Var(span{&o.timeout}, "timeout", "")
	flags.Var(span{&o.wait}, "receipt-wait", "")
	flags.BoolVar(&o.json, "json", false, "")
	flags.StringVar(&o.histogram, "hgrm", "", "")
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
	case o.version:
		return o, nil
	}
	if o.messages == 0 && o.duration == 0 {
		o.duration = defaultDuration
	}
	if err := o.check(); err != nil {
		return o, err
	}
	return o, o.checkAddresses(from, to)
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
	i := strings.LastIndex(text, " for ") // the value may have it as well, and the reason has not
	return strings.TrimPrefix(text[i+len(" for "):], "flag ")
}

// check tells what is wrong with the options as a whole.
func (o *options) check() error {
	if o.connect == "" {
		return &usageError{"-connect is missing: want the address of a message centre, as in smpp://user:password@host:2775"}
	}
	u, err := transport.ParseURL(o.connect)
	if err != nil {
		return &usageError{"-connect: " + strings.TrimPrefix(err.Error(), "transport: address: ")}
	}
	if o.systemID == "" {
		o.systemID = u.User
	}
	if o.password == "" {
		o.password = string(u.Password)
	}
	switch {
	case o.insecure && !u.TLS():
		return &usageError{"-insecure is for smpps:// alone"}
	case o.systemID == "" || len(o.systemID) > 15 || !plain(o.systemID):
		return &usageError{"want a system_id of 1 to 15 printable ASCII characters, in the URL or by -system-id"}
	case len(o.password) > 8 || !plain(o.password):
		return &usageError{"the password must be at most 8 printable ASCII characters"}
	case o.receipts > 0 && o.transmit:
		return &usageError{"-receipts: a transmitter gets none; leave -transmitter out"}
	}
	return nil
}

func (o *options) checkAddresses(from, to string) error {
	var err error
	if from != "" {
		if o.from, err = pdu.ParseAddress(from); err != nil {
			return &usageError{"-from: want a number such as +46700000001, a short code or a name"}
		}
	}
	if o.to, err = parseTarget(to); err != nil {
		return &usageError{"-to: want a number such as +46700000001; each # in it is a digit that counts up"}
	}
	return nil
}

func plain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func usage(w io.Writer) {
	fmt.Fprintf(w, `Smppload puts load on a message centre, measures how long its responses take,
and accounts for every message.

  -connect URL       the message centre: smpp://user:password@host:port,
                     smpps:// for TLS
  -system-id NAME    who binds, instead of the user of the URL
  -password WORD     with which password, instead of that of the URL
  -insecure          with smpps://, take any certificate
  -binds N           connections (default 1)
  -transmitter       bind as transmitters; else as transceivers
  -window N          requests outstanding on each bind at most (default %d)

  -rate N            messages a second over all binds, each due at its own
                     moment, and its latency counted from there; 0 sends as
                     fast as the windows let (default 0)
  -n N               end after so many messages
  -t TIME            end after a time, such as 90s (default %s without -n)
  -size N or MIN-MAX octets of text, one by one from the range; more than %d go
                     into message_payload (default %d)
  -receipts PERCENT  the share of messages that ask for a delivery receipt
                     (default 0)
  -from ADDRESS      source address (default smppload)
  -to ADDRESS        destination; each # is a digit that counts up
                     (default +447700900###, numbers kept free for fiction)

  -timeout TIME      how long a response may take (default 1m)
  -receipt-wait TIME how long to wait for receipts after the last response
                     (default 10s)
  -json              print the report as JSON
  -hgrm FILE         write the percentiles in HdrHistogram's own format, in
                     milliseconds, for its plotter
  -version           print the version
  -h                 print this

Ctrl-C sends no more, waits %s at most for what is open, and reports; a second
one ends at once.

Exit status: 0 every message was answered ESME_ROK; 1 no bind; 2 bad flags;
3 all were answered, some with another status; 4 some were lost: timed out,
not sent, or open when a connection ended; 5 none of that, but some were due
and never begun, since windows were full, or a bind has ended; 130 interrupted,
and what was sent was answered ESME_ROK.
`, defaultWindow, seconds(defaultDuration), maxShort, defaultSize, seconds(drainTime))
}

// versionLine names the program and what it was built from.
func versionLine() string {
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	return "smppload of github.com/smpp-go/smpp " + version + ", " + runtime.Version()
}
