//go:build !linux

package session_test

import "time"

func pause(d time.Duration) { time.Sleep(d) }
