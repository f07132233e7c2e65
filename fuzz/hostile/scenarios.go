package main

import (
	"fmt"
	"time"
)

// scenario is an attack, what it is on, and what it may cost.
type scenario struct {
	name   string
	what   string
	attack string
	target options

	small, full int           // connections at a time, in the short form (zero: not in it) and in the full one
	lasts       time.Duration // in the full form, when it must be longer than others
	gone        bool          // what is held is gone then

	rate      float64 // units a second of the flood beside which p99 is measured; zero: it is not
	rateConns int     // connections of it; zero: full

	budget budget
}

// budget is what a scenario may cost. Zero: what is said below.
type budget struct {
	heap, rss, back    int64 // octets; 16 MiB, 64 MB and 2 MiB
	handlers, routines int64 // not judged; 3 for each connection, and 50
	files              int64 // one for each connection, and 50
}

const (
	mib        = 1 << 20
	mb         = 1_000_000
	maxPeak    = 250 * mb // of RSS, with garbage; while the machine is busy it is collected late
	logBurst   = 64 << 10
	logRate    = 10_000 // octets a second
	maxGuesses = 3      // on one connection
	maxRatio   = 3      // of p99 to the one beside a bare message centre
)

var (
	blocks   = options{Handler: "blocks"}
	unlogged = options{NoLog: true}
	client   = options{ESME: true, Handler: "blocks"}
)

var scenarios = []scenario{
	{
		name: "fill", what: "requests of 128 KiB, handler blocked", attack: "large", target: blocks,
		small: 1, full: 1, rate: 100,
	},
	{
		name: "fill-tlvs", what: "requests of 128 KiB, all of it empty TLVs, handler blocked", attack: "tlvs",
		target: blocks, small: 1, full: 1, rate: 50,
	},
	{
		name: "fill-later", what: "the same, handler answers later", attack: "tlvs", target: options{Handler: "later"},
		small: 1, full: 1, rate: 50,
	},
	{
		name: "fill-small", what: "small requests, handler blocked", attack: "submits", target: blocks,
		small: 1, full: 1, rate: 100,
	},
	{
		name: "fill-resps", what: "unknown responses of 128 KiB, all of it empty TLVs, HandleLateResp blocked",
		attack: "lateresps", target: options{Handler: "late"}, small: 1, full: 1, rate: 50,
	},
	{
		name: "fill-mixed", what: "all of these, malformed ones and enquire_link, answers not read, hooks blocked",
		attack: "mixed", target: options{Handler: "late"}, small: 1, full: 1,
	},
	{
		name: "esme-large", what: "MC fills an ESME: requests of 128 KiB, handler blocked", attack: "mc-large",
		target: client, full: 1,
	},
	{
		name: "esme-tlvs", what: "MC fills an ESME: the same of empty TLVs", attack: "mc-tlvs", target: client,
		small: 1, full: 1,
	},
	{
		name: "esme-resps", what: "MC fills an ESME: unknown responses of empty TLVs, HandleLateResp blocked",
		attack: "mc-lateresps", target: options{ESME: true, Handler: "late"}, small: 1, full: 1,
	},
	{
		name: "esme-deaf", what: "MC floods an ESME with enquire_link and does not read", attack: "mc-deaf",
		target: client, full: 1,
	},
	{
		name: "esme-malformed", what: "MC floods an ESME with malformed deliver_sm, HandleMalformed blocked",
		attack: "mc-malformed", target: options{ESME: true, Handler: "late"}, full: 1,
	},
	{
		name: "zombies", what: "bind, 1,000 submits, FIN, again; MaxConns 11, handler of 20 ms", attack: "zombies",
		target: options{Handler: "sleeps", MaxConns: 11}, small: 20, full: 20, rate: 20,
		budget: budget{handlers: 11, files: 60},
	},
	{
		name: "zombie-binds", what: "wrong bind, FIN, again; MaxConns 11, Bind of 300 ms", attack: "zombiebinds",
		target: options{BindTakes: 300 * time.Millisecond, MaxConns: 11}, small: 20, full: 20, rate: 100,
		budget: budget{handlers: 11, files: 60},
	},
	{
		name: "guess", what: "wrong passwords on one connection", attack: "guess", small: 1, full: 1, rate: 100,
	},
	{
		name: "guess-many", what: "wrong passwords on many connections", attack: "guess", small: 50, full: 50, rate: 200,
	},
	{
		name: "bad-binds", what: "malformed binds, one behind the other", attack: "badbinds", small: 1, full: 1, rate: 50,
	},
	{
		name: "early", what: "submits before a bind", attack: "early", full: 1, rate: 100,
	},
	{
		name: "enquire", what: "enquire_link before a bind, answers not read", attack: "enquire", small: 20, full: 100,
		rate: 5, rateConns: 20,
	},
	{
		name: "enquire-read", what: "enquire_link before a bind, answers read", attack: "enquireread", full: 20, rate: 100,
	},
	{
		name: "silent", what: "never bind", attack: "silent", target: unlogged, full: 9000,
		lasts: 16 * time.Second, gone: true, rate: 1, rateConns: 1000,
		budget: budget{heap: 60 * mb, rss: 70 * mb, back: 6 * mib},
	},
	{
		name: "silent-log", what: "the same with a Logger", attack: "silent", small: 500, full: 9000,
		lasts: 16 * time.Second, gone: true, budget: budget{heap: 60 * mb, rss: 80 * mb, back: 6 * mib},
	},
	{
		name: "loris", what: "4,016 octets of a bind, and one more every 0.5 s", attack: "loris", target: unlogged,
		small: 500, full: 9000,
		lasts: 16 * time.Second, gone: true, rate: 1, rateConns: 1000,
		budget: budget{heap: 120 * mb, rss: 130 * mb, back: 6 * mib},
	},
	{
		name: "idle", what: "bound and idle", attack: "idle", target: unlogged, full: 9000, lasts: 12 * time.Second,
		rate: 1, rateConns: 1000, budget: budget{heap: 60 * mb, rss: 70 * mb, back: 6 * mib},
	},
	{
		name: "tls-silent", what: "TLS handshake never begun", attack: "silent", target: options{TLS: true}, full: 2000,
		lasts: 14 * time.Second, gone: true, rate: 1, rateConns: 1000,
		budget: budget{heap: 40 * mib, rss: 130 * mb, back: 6 * mib},
	},
	{
		name: "tls-hello", what: "half a ClientHello", attack: "hello", target: options{TLS: true}, small: 100, full: 1000,
		lasts: 14 * time.Second, gone: true, rate: 1, rateConns: 1000,
		budget: budget{heap: 40 * mib, rss: 130 * mb, back: 6 * mib},
	},
	{
		name: "churn", what: "bind, 20 submits, RST, again; MaxConns 100", attack: "churn", target: options{MaxConns: 100},
		small: 4, full: 16, rate: 200, budget: budget{handlers: 100, routines: 350, files: 150},
	},
	{
		name: "http", what: "HTTP probes", attack: "probe", small: 10, full: 100, rate: 200,
		budget: budget{routines: 1000}, // those that are gone and have a line to log
	},
	{
		name: "lengths", what: "wrong command_lengths before a bind", attack: "lengths", full: 10, rate: 200,
	},
	{
		name: "unknown", what: "unknown requests, bound", attack: "unknown", small: 1, full: 1, rate: 100,
	},
	{
		name: "malformed", what: "malformed requests, bound, HandleMalformed blocked", attack: "malformed",
		target: options{Handler: "late"}, small: 1, full: 1, rate: 100,
	},
	{
		name: "responses", what: "unknown responses, bound", attack: "responses", small: 1, full: 1, rate: 100,
	},
	{
		name: "nacks", what: "generic_nack, bound", attack: "nacks", full: 1, rate: 100,
	},
	{
		name: "unbinds", what: "unbind storm, answers not read", attack: "unbinds", small: 5, full: 20, rate: 5,
		budget: budget{heap: 100 * mib, rss: 250 * mb},
	},
	{
		name: "deaf", what: "submits, answers not read", attack: "deaf", small: 1, full: 1, rate: 100,
	},
	{
		name: "deaf-tls", what: "the same over TLS", attack: "deaf", target: options{TLS: true}, full: 1, rate: 100,
	},
}

// choose returns the scenarios that are named, or those of the form.
func choose(names []string, full bool) ([]scenario, error) {
	var chosen []scenario
	if len(names) == 0 {
		for _, sc := range scenarios {
			if full || sc.small > 0 {
				chosen = append(chosen, sc)
			}
		}
		return chosen, nil
	}
next:
	for _, name := range names {
		for _, sc := range scenarios {
			if sc.name == name {
				chosen = append(chosen, sc)
				continue next
			}
		}
		return nil, fmt.Errorf("no scenario is named %q", name)
	}
	return chosen, nil
}
