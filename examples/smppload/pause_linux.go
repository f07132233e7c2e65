package main

import (
	"syscall"
	"time"
)

// precise is the part of a wait that is left to the system: the timers of an idle Go program are late by up to a
// millisecond here, which would be taken for latency of the message centre.
const precise = 2 * time.Millisecond

// pause waits; a signal may end it before.
func pause(d time.Duration) {
	ts := syscall.NsecToTimespec(d.Nanoseconds())
	_ = syscall.Nanosleep(&ts, nil)
}
