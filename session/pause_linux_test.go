package session_test

import (
	"syscall"
	"time"
)

// pause waits for less than a millisecond, which a sleep of an idle Go program can not.
func pause(d time.Duration) {
	ts := syscall.NsecToTimespec(d.Nanoseconds())
	_ = syscall.Nanosleep(&ts, nil) // interrupted by a signal it is shorter
}
