package mc

import (
	"errors"
	"sync"
)

// admission says which connections become sessions. It is asked before a session is started, so that a stranger costs next
// to nothing. Its lock is taken last, and nothing is called under it.
type admission struct {
	mu        sync.Mutex
	closed    bool
	places    int            // connections, until their sessions are done
	inHooks   int            // of these, those that are disconnected
	connected sync.WaitGroup // the others
}

var errFull = errors.New("mc: as many connections as MaxConns permits")

// take takes a place for a connection, of which there are most; zero or negative: any number. The error is ErrServerClosed
// or errFull, with what the places are taken by.
func (a *admission) take(most int) (places, inHooks int, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.closed:
		return a.places, a.inHooks, ErrServerClosed
	case most > 0 && a.places >= most:
		return a.places, a.inHooks, errFull
	}
	a.places++
	a.connected.Add(1)
	return a.places, a.inHooks, nil
}

// disconnected reports that a connection has ended. Its place is taken until leave.
func (a *admission) disconnected() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.inHooks++
	a.connected.Done()
}

// leave gives back the place of a connection that was disconnected.
func (a *admission) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.places--
	a.inHooks--
}

// close admits nobody any more. After it, connected can be waited for.
func (a *admission) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
}

// empty reports whether no place is taken.
func (a *admission) empty() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.places == 0
}
