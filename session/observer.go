package session

import (
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// observer calls what observes a session, its Trace and its Logger: one function at a time and in order, in a goroutine that
// lives while there is something to tell. So one that blocks, panics or ends its goroutine harms nothing but itself. Who
// reads and who writes wait for one that is slow, but not for one that does not return. A nil observer tells nobody.
type observer struct {
	mu     sync.Mutex
	notes  []note
	size   int           // octets that the notes hold
	busy   bool          // the goroutine lives
	began  time.Time     // when the function was called that runs
	missed uint64        // notes for which there was no room
	room   chan struct{} // closed when there is room again; nil when nobody waits for it
	died   func(name string, value any, stack []byte)
	log    *slog.Logger     // nil: nobody is told
	dead   atomic.Bool      // a trace did not return, which was logged
	kinds  map[string]*kind // of the lines of the log
	state  State            // the state last told to Trace; guarded by the session's lock
}

// note is something to tell.
type note struct {
	name string // of the function, such as "Trace.Sent"
	size int
	tell func()
}

const (
	maxNotes    = 1024
	maxNoteSize = 1 << 20 // octets
	stuckTime   = time.Second
)

func (o *observer) full() bool { return len(o.notes) >= maxNotes/2 || o.size >= maxNoteSize/2 }

// lastNote is the one note for which there always is room.
const lastNote = "Trace.End"

// tell adds a note of some octets, unless there is no room for it.
func (o *observer) tell(name string, size int, f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if name != lastNote && (len(o.notes) >= maxNotes || o.size+size > maxNoteSize && o.size > 0) {
		o.missed++
		return
	}
	o.notes = append(o.notes, note{name, size, f})
	o.size += size
	if !o.busy {
		o.busy = true
		go o.run()
	}
}

// run tells until there is nothing left.
func (o *observer) run() {
	var n note
	defer func() {
		if n.tell != nil { // it did not return
			value, stack := recover(), debug.Stack()
			if o.died != nil {
				o.died(n.name, value, stack) // busy is set still, so that what it tells comes before the end
			}
			go o.run()
		}
	}()
	for {
		o.mu.Lock()
		if o.room != nil && !o.full() {
			close(o.room)
			o.room = nil
		}
		if len(o.notes) == 0 {
			o.notes, o.busy = nil, false
			o.mu.Unlock()
			return
		}
		n = o.notes[0]
		o.notes[0] = note{}
		o.notes = o.notes[1:]
		o.size -= n.size
		o.began = time.Now()
		o.mu.Unlock()
		n.tell()
		n.tell = nil
	}
}

// await waits until there is room, or a function has not returned for stuckTime.
func (o *observer) await() {
	if o == nil {
		return
	}
	o.mu.Lock()
	for o.full() {
		left := stuckTime - time.Since(o.began)
		if left <= 0 {
			break
		}
		if o.room == nil {
			o.room = make(chan struct{})
		}
		room := o.room
		o.mu.Unlock()
		timer := time.NewTimer(left)
		select {
		case <-room:
		case <-timer.C:
		}
		timer.Stop()
		o.mu.Lock()
	}
	o.mu.Unlock()
}

// untold returns the number of notes for which there was no room.
func (o *observer) untold() uint64 {
	if o == nil {
		return 0
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.missed
}

// end calls f when all is told, or after stuckTime.
func (o *observer) end(f func()) {
	if o == nil {
		f()
		return
	}
	var once sync.Once
	timer := time.AfterFunc(stuckTime, func() { once.Do(f) })
	o.mu.Lock()
	o.notes = append(o.notes, note{tell: func() {
		timer.Stop()
		once.Do(f)
	}})
	idle := !o.busy
	o.busy = true
	o.mu.Unlock()
	if idle {
		o.run()
	}
}
