package mc

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// What the log of a server takes, whatever strangers do: in octets a second, with a burst. Lines of errors have a share of
// their own, as they are about this side.
const (
	logRate  = 4 << 10
	logBurst = 64 << 10
)

// logLimit is the handler of a server's log and of those of its sessions. It leaves out lines beyond the rate, and the next
// line tells how many.
type logLimit struct {
	slog.Handler
	shares *[2]logShare // of errors, and of other lines
}

// logShare is a bucket of octets.
type logShare struct {
	mu      sync.Mutex
	spent   float64 // of the burst
	at      time.Time
	leftOut int
}

// limited returns a logger whose lines are limited, nil for nil.
func limited(l *slog.Logger) *slog.Logger {
	if l == nil {
		return nil
	}
	return slog.New(&logLimit{l.Handler(), new([2]logShare)})
}

// Handle implements slog.Handler.
func (l *logLimit) Handle(ctx context.Context, r slog.Record) error {
	share := &l.shares[1]
	if r.Level >= slog.LevelError {
		share = &l.shares[0]
	}
	left, ok := share.take(r.Time, size(r))
	if !ok {
		return nil
	}
	if left > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int("lines_left_out", left))
	}
	return l.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (l *logLimit) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logLimit{l.Handler.WithAttrs(attrs), l.shares}
}

// WithGroup implements slog.Handler.
func (l *logLimit) WithGroup(name string) slog.Handler {
	return &logLimit{l.Handler.WithGroup(name), l.shares}
}

// take takes n octets, and reports whether there are so many, and how many lines went without before.
func (s *logShare) take(now time.Time, n int) (left int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := now.Sub(s.at); d > 0 {
		s.spent = max(0, s.spent-d.Seconds()*logRate)
		s.at = now
	}
	if s.spent+float64(n) > logBurst {
		s.leftOut++
		return 0, false
	}
	s.spent += float64(n)
	left, s.leftOut = s.leftOut, 0
	return left, true
}

// size is about how many octets a line takes.
func size(r slog.Record) int {
	n := 100 + len(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		n += 4 + len(a.Key) + len(a.Value.Resolve().String())
		return true
	})
	return n
}
