package main

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"
)

const tableHead = "| scenario | connections | heap MiB | RSS MB | back MiB | handlers | goroutines | files | log KB " +
	"| guesses | p99 ms, bare | budget | kept |\n|--|--|--|--|--|--|--|--|--|--|--|--|--|\n"

// limits returns the budget with what it does not say filled in.
func (sc scenario) limits(conns int) budget {
	b := sc.budget
	b.heap, b.rss, b.back = cmp.Or(b.heap, 16*mib), cmp.Or(b.rss, 64*mb), cmp.Or(b.back, 2*mib)
	b.routines = cmp.Or(b.routines, int64(3*conns+50))
	b.files = cmp.Or(b.files, int64(conns+50))
	return b
}

func (f *figures) heap() int64    { return max(0, f.most.MostLive-f.before.Live) }
func (f *figures) kept() int64    { return max(0, f.after.Live-f.before.Live) }
func (f *figures) log() int64     { return f.after.Logged }
func (f *figures) remain() bool   { return f.result.Alive > int64(f.conns/1000) } // which a full backlog dropped
func (f *figures) ratio() float64 { return float64(f.p99) / float64(f.bareP99) }

// maxLog is what the log may grow by while the attack lasts: what is written at once when something goes wrong after a
// long time, and what a second of it may add.
func (f *figures) maxLog() int64 { return logBurst + int64(logRate*f.lasted.Seconds()) }

// guesses is how many answers to wrong passwords a connection got, or how many were judged for it.
func (f *figures) guesses() int64 {
	if f.result.Conns == 0 {
		return 0
	}
	return max(f.result.Guesses, int64(math.Ceil(float64(f.after.Binds)/float64(f.result.Conns))))
}

// judge returns the budgets that are broken.
func (sc scenario) judge(f figures, form form) []string {
	b := sc.limits(f.conns)
	faults := f.faults
	check := func(what string, is, limit int64) {
		if limit > 0 && is > limit {
			faults = append(faults, fmt.Sprintf("%s: %d, budget %d", what, is, limit))
		}
	}
	check("heap", f.heap(), b.heap)
	check("RSS", f.held.RSS, b.rss)
	check("peak of RSS", f.most.MostRSS, maxPeak)
	check("heap kept in the end", f.kept(), b.back)
	check("handlers", f.most.Handlers, b.handlers)
	check("goroutines", f.most.MostRoutes, b.routines)
	check("files", f.most.MostFiles, b.files)
	check("log octets", f.log(), f.maxLog())
	check("guesses", f.guesses(), maxGuesses)
	if !f.back() {
		faults = append(faults, fmt.Sprintf("in the end %d goroutines and %d files, at first %d and %d",
			f.after.Goroutines, f.after.Files, f.before.Goroutines, f.before.Files))
	}
	if form.full && sc.gone && f.remain() {
		faults = append(faults, fmt.Sprintf("%d connections held after %v", f.result.Alive, f.lasted))
	}
	if form.full && f.bareP99 > 0 && f.ratio() > maxRatio {
		faults = append(faults, fmt.Sprintf("p99 is %.1f times the one beside a bare message centre", f.ratio()))
	}
	return faults
}

// row is the line of a scenario in the table.
func row(sc scenario, f figures, form form, faults []string) string {
	b := sc.limits(f.conns)
	limits := []string{fmt.Sprintf("heap %s, RSS %d", mebi(b.heap), b.rss/mb)}
	if b.handlers > 0 {
		limits = append(limits, fmt.Sprintf("handlers %d", b.handlers))
	}
	if form.full && sc.gone {
		limits = append(limits, "none held")
	}
	p99 := "-"
	if f.bareP99 > 0 {
		p99 = fmt.Sprintf("%s, %s: %.1f", millis(f.p99), millis(f.bareP99), f.ratio())
	}
	verdict := "yes"
	if len(faults) > 0 {
		verdict = "**no**"
	}
	cells := []string{
		sc.name + ": " + sc.what, fmt.Sprint(f.conns),
		fmt.Sprintf("%s (%s)", mebi(f.heap()), mebi(max(0, f.most.MostHeap-f.before.Live))),
		fmt.Sprintf("%d (%d)", f.held.RSS/mb, f.most.MostRSS/mb), mebi(f.kept()), fmt.Sprint(f.most.Handlers),
		fmt.Sprint(f.most.MostRoutes),
		fmt.Sprint(f.most.MostFiles), fmt.Sprintf("%.1f", float64(f.log())/1000), fmt.Sprint(f.guesses()), p99,
		strings.Join(limits, ", "), verdict,
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

func mebi(n int64) string { return fmt.Sprintf("%.1f", float64(n)/mib) }

func millis(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond)) }
