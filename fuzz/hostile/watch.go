package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"sync/atomic"
	"time"
)

// state is what a target knows of itself. What is not known on the operating system is zero.
type state struct {
	Live, MostLive         int64 // heap that was reachable when it was last collected
	MostHeap               int64 // heap with what was not yet collected
	MostRSS                int64
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
	live, heap, goroutines, files atomic.Int64 // the most
}

func newWatch() *watch {
	w := new(watch)
	go func() {
		for i := 0; ; i++ {
			w.look(i%10 == 0)
			if i%10 == 0 && mostRSS() > maxRSS {
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
	raise(&w.live, s.Live)
	raise(&w.heap, int64(samples[1].Value.Uint64()))
	raise(&w.goroutines, s.Goroutines)
	if files {
		s.Files = countFiles()
		raise(&w.files, s.Files)
	}
	return s
}

// collect collects garbage, so that the live heap is known: twice, since what is in a sync.Pool outlives the first.
func (w *watch) collect() {
	runtime.GC()
	debug.FreeOSMemory()
}

func (w *watch) state() state {
	s := w.look(true)
	s.MostLive, s.MostHeap = w.live.Load(), w.heap.Load()
	s.MostRoutes, s.MostFiles, s.MostRSS = w.goroutines.Load(), w.files.Load(), mostRSS()
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

// mostRSS is the peak of the resident set.
func mostRSS() int64 {
	b, _ := os.ReadFile(statFile) // not everywhere
	_, rest, _ := bytes.Cut(b, []byte("VmHWM:"))
	line, _, _ := bytes.Cut(rest, []byte("kB"))
	n, _ := strconv.ParseInt(string(bytes.TrimSpace(line)), 10, 64)
	return n << 10
}
