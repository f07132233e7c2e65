package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/smpp-go/smpp/session"
)

// say prints a line.
func (p *program) say(format string, args ...any) { fmt.Fprintf(p.out, format+"\n", args...) }

func (p *program) heading(text string) {
	p.say("%s\n%s\n", text, strings.Repeat("-", len(text)))
}

// row prints one line of a table.
func (p *program) row(label string, value any, note string) {
	if n, ok := value.(int); ok {
		value = group(n)
	}
	p.say("%s", strings.TrimRight(fmt.Sprintf("  %-24s %12v   %s", label, value, note), " "))
}

// table prints what became of the messages of a job. Ours tells that the message centre could be asked what it got.
func (p *program) table(r *report, ours bool) {
	p.say("")
	p.row("messages", r.messages, "given to SendText")
	p.row("  of several parts", r.several, "")
	if ours {
		p.row("arrived intact", r.intact, "put together again: the very text")
	}
	p.row("parts", r.accepted, "each a submit_sm given to the session")
	p.outcomeRows(r)
	if r.heldBack > 0 {
		p.row("held back", r.heldBack, "behind a part that failed")
	}
	if p.receipts {
		p.receiptRows(r)
	}
	if ours && !r.interrupted {
		p.row("replies", r.replies.sent, "from handsets, by the message centre")
		p.row("  of several parts", r.replies.several, "the last part first")
		p.row("  arrived intact", r.replies.intact, "whole, in the Inbox: the very text")
	}
	p.say("")
	p.row("rate", group(int(r.rate())), "responses a second")
	p.row("latency, p50", short(r.p50), "to the response to the last part")
	p.row("latency, p99", short(r.p99), "")
	p.row("time", short(r.took), "first message to last response")
	p.say("")
	p.sum(r)
}

// outcomeRows prints how the messages ended.
func (p *program) outcomeRows(r *report) {
	p.row("sent", r.sent, "handed to the socket")
	p.row("responded", r.outcomes[session.Responded], "")
	for _, s := range slices.Sorted(maps.Keys(r.statuses)) {
		p.row("  "+s.String(), r.statuses[s], "")
	}
	p.row("nacked", r.outcomes[session.Nacked], "")
	for _, s := range slices.Sorted(maps.Keys(r.nacks)) {
		p.row("  "+s.String(), r.nacks[s], "")
	}
	p.row("timed out", r.outcomes[session.TimedOut], unless0(r.outcomes[session.TimedOut], "may have arrived"))
	p.row("lost", r.outcomes[session.Lost], unless0(r.outcomes[session.Lost], "may have arrived"))
	p.row("not sent", r.outcomes[session.NotSent], unless0(r.outcomes[session.NotSent], "safe to send again"))
}

// unless0 keeps a note from a row that has nothing to note.
func unless0(n int, note string) string {
	if n == 0 {
		return ""
	}
	return note
}

// receiptRows prints which receipts came. With an outside message centre they may fail to.
func (p *program) receiptRows(r *report) {
	note := ""
	if missing := r.taken - r.matched; missing > 0 {
		note = fmt.Sprintf("%s did not come within %s", group(missing), seconds(receiptTime))
	}
	p.row("receipts matched", r.matched, note)
	for _, s := range slices.Sorted(maps.Keys(r.states)) {
		p.row("  "+s.String(), r.states[s], "")
	}
	if r.interim > 0 {
		p.row("  on the way", r.interim, "notifications before the final state")
	}
	if r.repeated > 0 {
		p.row("receipts repeated", r.repeated, "")
	}
	if r.unmatched > 0 {
		p.row("receipts unmatched", r.unmatched, "their id is that of no part")
	}
}

// sum prints that every part ended in exactly one way, by the program's own count and by the session's.
func (p *program) sum(r *report) {
	p.equation("By the program's own ledger", r.accepted, r.outcomes, r.balanced())
	p.equation("By the session's counters, which have the bind too", int(r.stats.Accepted), outcomesOf(r.stats),
		r.agrees(r.stats))
}

func (p *program) equation(title string, accepted int, of map[session.Outcome]int, holds bool) {
	word := "every one ended once"
	if !holds {
		word = "THE SUM DOES NOT BALANCE"
	}
	terms := make([]string, len(outcomes))
	for i, o := range outcomes {
		terms[i] = group(of[o]) + " " + o.String()
	}
	left := group(accepted) + " accepted"
	p.say("%s, %s:", title, word)
	p.say("  %s = %s", left, strings.Join(terms[:3], " + "))
	p.say("  %*s + %s", len(left), "", strings.Join(terms[3:], " + "))
}

// centreTable prints what a message centre did.
func (p *program) centreTable(c *centre) {
	lost := c.srv.Lost()
	c.mu.Lock()
	defer c.mu.Unlock()
	p.say("")
	p.row("binds", c.counts.binds, "")
	p.row("binds refused", c.counts.refused, "")
	p.row("messages taken", c.counts.messages, "each part of a long one by itself")
	p.row("texts complete", c.counts.texts, "")
	p.row("receipts taken", c.counts.receipts, "")
	p.row("receipts refused", c.counts.refusal, "or not answered, or given up")
	p.row("receipts unclaimed", len(c.unclaimed), "no receiver was bound")
	p.row("open at the end", len(lost), "the lost report of all sessions")
}

// diary returns a function that prints a line with the time, for several goroutines.
func (p *program) diary() func(format string, args ...any) {
	var mu sync.Mutex
	return func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		p.say(time.Now().Format("15:04:05")+"  "+format, args...)
	}
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
	case d == 0:
		return "-"
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= 100*time.Millisecond:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%d µs", d.Microseconds())
}
