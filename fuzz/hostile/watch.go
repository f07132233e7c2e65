package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// state is what a target knows of itself. What is not known on the operating system is zero.
type state struct {
	Live, MostLive         int64 // heap that was reachable when it was last collected; see watch.least
	MostHeap               int64 // heap with what was not yet collected
	RSS, MostRSS           int64
	Goroutines, MostRoutes int64
	Files, MostFiles       int64
	Handlers               int64 // the most at a time
	Logged                 int64 // octets
	Binds                  int64 // wrong passwords that were judged
}

const (
	every    = 50 * time.Millisecond
	maxRSS   = 4 << 30 // a target that takes more gives up
	gaveUp   = 3
	statFile = "/proc/self/status"
	fdDir    = "/proc/self/fd"
)

// watch looks at the process again and again.
type watch struct {
	held, heap, goroutines, files atomic.Int64 // the most

	mu   sync.Mutex
	last [5]int64 // live heap
}

func newWatch() *watch {
	w := new(watch)
	go func() {
		for i := 0; ; i++ {
			w.look(i%10 == 0)
			if i%10 == 0 && resident("VmRSS:") > maxRSS {
				fmt.Fprintln(os.Stderr, "hostile: target: too much memory, giving up")
				os.Exit(gaveUp)
			}
			time.Sleep(every)
		}
	}()
	return w
}

// look takes the figures of the moment.
func (w *watch) look(files bool) state {
	samples := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}, {Name: "/sched/goroutines:goroutines"},
	}
	metrics.Read(samples)
	s := state{Live: int64(samples[0].Value.Uint64()), Goroutines: int64(samples[2].Value.Uint64())}
	raise(&w.held, w.least(s.Live))
	raise(&w.heap, int64(samples[1].Value.Uint64()))
	raise(&w.goroutines, s.Goroutines)
	if files {
		s.Files = countFiles()
		raise(&w.files, s.Files)
	}
	return s
}

// least returns the least live heap of the last quarter of a second: what is allocated while garbage is collected
// counts as live until the next time, and is not held.
func (w *watch) least(live int64) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	copy(w.last[1:], w.last[:])
	w.last[0] = live
	return slices.Min(w.last[:])
}

// collect collects garbage, so that the live heap is known: twice, since what is in a sync.Pool outlives the first.
func (w *watch) collect() {
	runtime.GC()
	debug.FreeOSMemory()
}

func (w *watch) state() state {
	s := w.look(true)
	s.MostLive, s.MostHeap = w.held.Load(), w.heap.Load()
	s.MostRoutes, s.MostFiles = w.goroutines.Load(), w.files.Load()
	s.RSS, s.MostRSS = resident("VmRSS:"), resident("VmHWM:")
	return s
}

func countFiles() int64 {
	d, err := os.Open(fdDir)
	if err != nil {
		return 0
	}
	defer d.Close()
	names, _ := d.Readdirnames(-1) // as many as there are
	return int64(len(names))
}

// resident is the size of the resident set, or its peak.
func resident(field string) int64 {
	b, _ := os.ReadFile(statFile) // not everywhere
	_, rest, _ := bytes.Cut(b, []byte(field))
	line, _, _ := bytes.Cut(rest, []byte("kB"))
	n, _ := strconv.ParseInt(string(bytes.TrimSpace(line)), 10, 64)
	return n << 10
}
