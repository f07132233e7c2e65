package main

import (
	"context"
	"math"
	"sync/atomic"
	"time"
)

// schedule says when messages are due. All binds take from it, so that one which stands still holds up a single
// message.
type schedule struct {
	rate     float64       // messages a second; 0: due whenever a window has room
	messages int           // 0: any number
	duration time.Duration // 0: any time
	began    time.Time
	next     atomic.Int64
}

// take returns the next message and when it is due, the zero time for at once. It returns false when there is none.
func (s *schedule) take() (i int, due time.Time, ok bool) {
	i = int(s.next.Add(1) - 1)
	if s.messages > 0 && i >= s.messages {
		return 0, due, false
	}
	if s.rate == 0 {
		return i, due, true
	}
	after := s.after(i)
	if s.duration > 0 && after >= s.duration {
		return 0, due, false
	}
	return i, s.began.Add(after), true
}

// after returns the time from the beginning to message i.
func (s *schedule) after(i int) time.Duration {
	return time.Duration(float64(i) / s.rate * float64(time.Second))
}

// dueBy returns how many messages were due in a time, at a rate.
func (s *schedule) dueBy(elapsed time.Duration) int {
	if s.duration > 0 && elapsed >= s.duration {
		elapsed = s.duration - 1
	}
	n := int(math.Floor(elapsed.Seconds()*s.rate)) + 1
	if s.messages > 0 {
		n = min(n, s.messages)
	}
	return n
}

// sleepUntil waits for a moment. It returns false when ctx ended before.
func sleepUntil(ctx context.Context, at time.Time) bool {
	if d := time.Until(at); d > precise {
		t := time.NewTimer(d - precise)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return false
		}
	}
	for ctx.Err() == nil {
		d := time.Until(at)
		if d <= 0 {
			return true
		}
		pause(d)
	}
	return false
}
