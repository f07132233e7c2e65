//go:build !linux

package main

import "time"

// precise is nothing where Go's own timers have to do.
const precise = 0

func pause(d time.Duration) { time.Sleep(d) }
