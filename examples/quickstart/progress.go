package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// How often progress is shown.
const (
	barEvery  = 100 * time.Millisecond // on a terminal
	lineEvery = time.Second            // elsewhere
)

// progress shows how far a job is, until the function that it returns is called: by a bar on a terminal, else by a line
// now and then. It also tells what the end of ctx leads to.
func (p *program) progress(ctx context.Context, led *ledger, j job) (stop func()) {
	show, every := line, lineEvery
	if terminal(p.out) && p.log == nil { // a log on the same terminal would tear the bar
		show, every = bar, barEvery
	}
	quit := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		interrupt := ctx.Done()
		var shown standing
		for {
			select {
			case <-tick.C:
				if now := led.standing(); now != shown {
					show(p.out, now, j, false)
					shown = now
				}
			case <-interrupt:
				interrupt = nil
				show(p.out, led.standing(), j, true)
				p.say("  Interrupted: %s at most for what is open. Ctrl-C again ends at once.", seconds(drainTime))
			case <-quit:
				show(p.out, led.standing(), j, true)
				return
			}
		}
	})
	return func() {
		close(quit)
		done.Wait()
	}
}

// terminal tells whether w is one.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// barWidth is the number of cells of a bar. The longest line with it fits 80 columns.
const barWidth = 16

// bar draws over the line that it drew before. Half of the way is the response, the other half the receipt.
func bar(w io.Writer, s standing, j job, last bool) {
	done := float64(s.answered) / float64(j.messages)
	if j.receipts {
		done *= (1 + float64(s.matched)/float64(max(s.parts, 1))) / 2
	}
	done = min(done, 1)
	cells := int(barWidth * done)
	fmt.Fprintf(w, "\r  [%s%s] %3d %%  %s", strings.Repeat("=", cells), strings.Repeat(" ", barWidth-cells),
		int(100*done), s.words(j))
	fmt.Fprint(w, "\x1b[K") // what the line before had more
	if last {
		fmt.Fprintln(w)
	}
}

// line is a bar for what is not a terminal.
func line(w io.Writer, s standing, j job, _ bool) {
	fmt.Fprintf(w, "  %s\n", s.words(j))
}

func (s standing) words(j job) string {
	if !j.receipts {
		return fmt.Sprintf("%s of %s answered", group(s.answered), group(j.messages))
	}
	return fmt.Sprintf("%s of %s answered, %s", group(s.answered), group(j.messages), count(s.matched, "receipt"))
}
