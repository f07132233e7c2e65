package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/smpp-go/smpp/session"
)

// report is what came of a load.
type report struct {
	totals
	load    *load
	missed  int // were due and never begun
	figures []figure
	mean    time.Duration
	stats   session.Stats // of all binds
}

// figure is a line of the percentile list: how many messages took longer.
type figure struct {
	percentile float64
	latency    time.Duration
	longer     int64
}

// percentiles are those of the list.
var percentiles = [...]float64{50, 75, 90, 95, 99, 99.9, 99.99, 100}

// newReport sums up a load whose binds have ended.
func newReport(l *load) *report {
	l.book.mu.Lock()
	defer l.book.mu.Unlock()
	h := l.book.latency
	r := &report{totals: l.book.totals, load: l, mean: time.Duration(h.Mean())}
	bars := h.Distribution()
	for _, p := range percentiles {
		v := h.ValueAtPercentile(p)
		longer := int64(0)
		for _, bar := range bars {
			if bar.From > v {
				longer += bar.Count
			}
		}
		r.figures = append(r.figures, figure{p, time.Duration(v), longer})
	}
	r.missed = l.missed(r.accepted)
	return r
}

func (r *report) addStats(s session.Stats) {
	r.stats.Accepted += s.Accepted
	r.stats.Responded += s.Responded
	r.stats.Nacked += s.Nacked
	r.stats.Sent += s.Sent
	r.stats.TimedOut += s.TimedOut
	r.stats.NotSent += s.NotSent
	r.stats.Lost += s.Lost
	r.stats.InFlight += s.InFlight
}

// balanced tells whether every message ended once, and the sessions counted the same, but for a bind each, which was
// answered.
func (r *report) balanced() bool {
	binds := uint64(len(r.load.binds))
	count := func(o session.Outcome) uint64 { return uint64(r.outcomes[o]) }
	return r.accepted == r.answered()+r.unanswered() && r.stats.InFlight == 0 &&
		r.stats.Accepted == uint64(r.accepted)+binds && r.stats.Responded == count(session.Responded)+binds &&
		r.stats.Nacked == count(session.Nacked) && r.stats.TimedOut == count(session.TimedOut) &&
		r.stats.NotSent == count(session.NotSent) && r.stats.Lost == count(session.Lost)
}

// rate is in answers a second, from the beginning to the last answer.
func (r *report) rate() float64 {
	if d := r.time(); d > 0 {
		return float64(r.answered()) / d.Seconds()
	}
	return 0
}

func (r *report) time() time.Duration {
	if r.last.IsZero() {
		return 0
	}
	return r.last.Sub(r.load.schedule.began)
}

// exitStatus is the worst of what happened.
func (r *report) exitStatus() int {
	switch {
	case !r.balanced() || r.unanswered() > 0:
		return exitLost
	case r.ok < r.accepted:
		return exitRefused
	case r.load.interrupted:
		return exitInterrupted
	case r.missed > 0 || len(r.endedEarly) > 0:
		return exitSlow
	}
	return exitOK
}

func (r *report) write(w io.Writer, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(r.data())
	}
	_, err := io.WriteString(w, r.text())
	return err
}

// text is the report for people.
func (r *report) text() string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	row := func(label string, value any, note string) {
		if n, ok := value.(int); ok {
			value = group(n)
		}
		say("%s", strings.TrimRight(fmt.Sprintf("  %-24s %14v   %s", label, value, note), " "))
	}
	say("")
	row("messages", r.accepted, "begun, over "+count(len(r.load.binds), "bind"))
	if r.missed > 0 {
		row("never begun", r.missed, "were due, but windows were full or binds had ended")
	}
	row("responded", r.outcomes[session.Responded], "")
	for _, s := range slices.Sorted(maps.Keys(r.statuses)) {
		row("  "+s.String(), r.statuses[s], "")
	}
	row("nacked", r.outcomes[session.Nacked], "")
	for _, s := range slices.Sorted(maps.Keys(r.nacks)) {
		row("  "+s.String(), r.nacks[s], "")
	}
	row("timed out", r.outcomes[session.TimedOut], unless0(r.outcomes[session.TimedOut], "may have arrived"))
	row("not sent", r.outcomes[session.NotSent], unless0(r.outcomes[session.NotSent], "safe to send again"))
	row("lost", r.outcomes[session.Lost], unless0(r.outcomes[session.Lost], "may have arrived"))
	if r.late > 0 {
		row("late responses", r.late, "of messages that had timed out")
	}
	if r.owed > 0 || r.receipts > 0 {
		row("receipts", r.receipts, fmt.Sprintf("of %s asked for", group(r.owed)))
		for _, s := range slices.Sorted(maps.Keys(r.states)) {
			row("  "+s.String(), r.states[s], "")
		}
	}
	if r.interim > 0 {
		row("notifications", r.interim, "of states on the way")
	}
	if r.handsets > 0 {
		row("messages from handsets", r.handsets, "refused for now")
	}
	say("")
	row("rate", group(int(r.rate())), "answers a second")
	row("time", short(r.time()), "from the beginning to the last answer")
	for _, err := range r.endedEarly {
		row("bind ended", "", err.Error())
	}
	if r.answered() > 0 {
		say("\n  latency %s", r.basis())
		for _, f := range r.figures {
			say("  %8s %%  %10s   %s took longer", strconv.FormatFloat(f.percentile, 'f', -1, 64), short(f.latency),
				group(int(f.longer)))
		}
		say("      mean  %10s", short(r.mean))
	}
	say("")
	say("  %s accepted = %s responded + %s nacked + %s timed out + %s not sent + %s lost", group(r.accepted),
		group(r.outcomes[session.Responded]), group(r.outcomes[session.Nacked]), group(r.outcomes[session.TimedOut]),
		group(r.outcomes[session.NotSent]), group(r.outcomes[session.Lost]))
	if !r.balanced() {
		say("  THE SUM DOES NOT BALANCE; by the counters of the sessions: %+v", r.stats)
	}
	return b.String()
}

// basis says from when latency counts. Without an answer there is none: what timed out is not among it.
func (r *report) basis() string {
	if r.load.rate > 0 {
		return "from when each message was due to its answer"
	}
	return "from when the window had room for each message to its answer"
}

// reportData is the report for machines. Times are in milliseconds.
type reportData struct {
	Binds       int                `json:"binds"`
	Window      int                `json:"window"`
	Rate        float64            `json:"rate_wanted"` // 0: as fast as the windows let
	Interrupted bool               `json:"interrupted"`
	Accepted    int                `json:"accepted"`
	Missed      int                `json:"never_begun"`
	Responded   int                `json:"responded"`
	Statuses    map[string]int     `json:"statuses"`
	Nacked      int                `json:"nacked"`
	Nacks       map[string]int     `json:"nacks"`
	TimedOut    int                `json:"timed_out"`
	NotSent     int                `json:"not_sent"`
	Lost        int                `json:"lost"`
	Balanced    bool               `json:"balanced"`
	Late        int                `json:"late_responses"`
	Owed        int                `json:"receipts_asked"`
	Receipts    int                `json:"receipts"`
	States      map[string]int     `json:"receipt_states"`
	Interim     int                `json:"notifications"`
	Handsets    int                `json:"messages_from_handsets"`
	EndedEarly  []string           `json:"binds_ended"`
	Time        float64            `json:"time_ms"`
	Reached     float64            `json:"rate"`
	Mean        float64            `json:"latency_mean_ms"`
	Latency     map[string]float64 `json:"latency_ms"` // by percentile
	Status      int                `json:"exit_status"`
}

func (r *report) data() reportData {
	d := reportData{
		Binds: len(r.load.binds), Window: r.load.window, Rate: r.load.rate, Interrupted: r.load.interrupted,
		Accepted: r.accepted, Missed: r.missed, Responded: r.outcomes[session.Responded], Statuses: named(r.statuses),
		Nacked: r.outcomes[session.Nacked], Nacks: named(r.nacks), TimedOut: r.outcomes[session.TimedOut],
		NotSent: r.outcomes[session.NotSent], Lost: r.outcomes[session.Lost], Balanced: r.balanced(), Late: r.late,
		Owed: r.owed, Receipts: r.receipts, States: named(r.states), Interim: r.interim, Handsets: r.handsets,
		EndedEarly: make([]string, len(r.endedEarly)), Time: milliseconds(r.time()), Reached: r.rate(),
		Mean: milliseconds(r.mean), Latency: make(map[string]float64), Status: r.exitStatus(),
	}
	for i, err := range r.endedEarly {
		d.EndedEarly[i] = err.Error()
	}
	for _, f := range r.figures {
		d.Latency[strconv.FormatFloat(f.percentile, 'f', -1, 64)] = milliseconds(f.latency)
	}
	return d
}

func named[K interface {
	comparable
	fmt.Stringer
}](m map[K]int) map[string]int {
	out := make(map[string]int, len(m))
	for k, n := range m {
		out[k.String()] += n
	}
	return out
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// writeHistogram writes the distribution to a file that HdrHistogram's plotter reads. No name: nothing.
func (r *report) writeHistogram(name string) error {
	if name == "" {
		return nil
	}
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("-hgrm: %w", err)
	}
	_, err = r.load.book.latency.PercentilesPrint(f, 5, float64(time.Millisecond))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("-hgrm: %w", err)
	}
	return nil
}

// unless0 keeps a note from a row that has nothing to note.
func unless0(n int, note string) string {
	if n == 0 {
		return ""
	}
	return note
}

// group writes a number with a comma between thousands.
func group(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// count writes a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return group(n) + " " + thing + "s"
}

// seconds writes a duration of whole seconds.
func seconds(d time.Duration) string { return strconv.Itoa(int(d/time.Second)) + " s" }

// short writes a duration with three digits or so.
func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= 100*time.Millisecond:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%.2f ms", milliseconds(d))
	}
	return fmt.Sprintf("%d µs", d.Microseconds())
}
