package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// How often progress is shown.
const (
	liveEvery = 200 * time.Millisecond // on a terminal
	lineEvery = 5 * time.Second        // elsewhere
)

// standing is how far a load is.
type standing struct {
	at                                time.Time
	accepted, open, answered, refused int
	unanswered, receipts              int
}

func (b *book) standing() standing {
	b.mu.Lock()
	defer b.mu.Unlock()
	return standing{
		time.Now(), b.accepted, b.open, b.answered(), b.answered() - b.ok, b.unanswered(), b.receipts,
	}
}

// showProgress shows how the load goes until the function that it returns is called: on a terminal by a line that is
// written over, else by one every few seconds. It also tells what the end of ctx leads to.
func (l *load) showProgress(ctx context.Context, w io.Writer) (stop func()) {
	live := terminal(w)
	every := lineEvery
	if live {
		every = liveEvery
	}
	quit := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		began := time.Now()
		before := standing{at: began}
		interrupt := ctx.Done()
		shown := false
		for {
			select {
			case <-tick.C:
				now := l.book.standing()
				text := now.words(before, now.at.Sub(began), l.receipts > 0)
				if live {
					fmt.Fprintf(w, "\r%s\x1b[K", text)
				} else {
					fmt.Fprintln(w, text)
				}
				before, shown = now, true
			case <-interrupt:
				interrupt = nil
				if live && shown {
					fmt.Fprintln(w)
				}
				fmt.Fprintf(w, "Interrupted: %s at most for what is open. Ctrl-C again ends at once.\n", seconds(drainTime))
			case <-quit:
				if live && shown {
					fmt.Fprintln(w)
				}
				if interrupt != nil && ctx.Err() != nil { // nothing was left to wait for
					fmt.Fprintln(w, "Interrupted.")
				}
				return
			}
		}
	})
	return func() {
		close(quit)
		done.Wait()
	}
}

// words puts a standing into at most 80 columns. The rate is that since the one before.
func (s standing) words(before standing, elapsed time.Duration, receipts bool) string {
	rate := 0
	if d := s.at.Sub(before.at); d > 0 {
		rate = int(float64(s.answered-before.answered) / d.Seconds())
	}
	text := fmt.Sprintf("%4d s  %s answered, %s/s, %s open", int(elapsed.Seconds()), group(s.answered), group(rate),
		group(s.open))
	if s.refused > 0 {
		text += fmt.Sprintf(", %s refused", group(s.refused))
	}
	if s.unanswered > 0 {
		text += fmt.Sprintf(", %s LOST", group(s.unanswered))
	}
	if receipts {
		text += fmt.Sprintf(", %s receipts", group(s.receipts))
	}
	return text
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
