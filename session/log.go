package session

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// kind is what a session has logged with one message. A peer must not write the log, so of what it can cause again and again
// the first is a line, and the rest a count.
type kind struct {
	level slog.Level
	last  time.Time
	left  int // lines left out since then
	total int // lines left out
}

// maxKinds is how many kinds of lines are told apart. The library's are few.
const maxKinds = 64

// errorPause is the time between two errors of a kind, which are of this side and worth more than a count.
const errorPause = time.Second

// admit reports whether another line of a kind is to be written, and how many were left out before it.
func (o *observer) admit(level slog.Level, msg string, now time.Time) (left int, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	k := o.kinds[msg]
	if k == nil && len(o.kinds) >= maxKinds {
		msg = "other lines"
		k = o.kinds[msg]
	}
	if k == nil {
		if o.kinds == nil {
			o.kinds = make(map[string]*kind)
		}
		o.kinds[msg] = &kind{level: level, last: now}
		return 0, true
	}
	if level < slog.LevelError || now.Sub(k.last) < errorPause {
		k.left++
		k.total++
		return 0, false
	}
	left = k.left
	k.last, k.left = now, 0
	return left, true
}

// leftOut returns how many lines of each kind were left out, of those that are written at all.
func (o *observer) leftOut() slog.Value {
	o.mu.Lock()
	kinds := o.kinds
	o.kinds = nil // it is the last line
	o.mu.Unlock()
	var all []slog.Attr
	for msg, k := range kinds {
		if k.total > 0 && o.log.Enabled(context.Background(), k.level) {
			all = append(all, slog.Int(msg, k.total))
		}
	}
	slices.SortFunc(all, func(a, b slog.Attr) int { return cmp.Compare(a.Key, b.Key) })
	return slog.GroupValue(all...)
}

// Log adds a line to the log of the session, with its address and role. It does not wait for the logger. Of the lines with
// the same message the first is written, and the others are counted in the line of the end, as "left_out"; of errors, one
// a second is. Values are written without control characters, 256 octets of each at most, and of a group 32.
func (s *Session) Log(level slog.Level, msg string, args ...any) {
	o := s.observer
	if o == nil || o.log == nil {
		return
	}
	now := time.Now()
	left, ok := o.admit(level, msg, now)
	if !ok {
		return
	}
	if left > 0 {
		args = append(slices.Clip(args), "left_out", left)
	}
	s.write(level, msg, now, args)
}

// logEnd is the last line. Its text is made where it is written, since the reason may be the user's: an error of the
// connection.
func (s *Session) logEnd() {
	o := s.observer
	if o == nil || o.log == nil {
		return
	}
	now := time.Now()
	o.tell("Logger", maxLogged, func() {
		args := []any{"reason", s.m.Reason(), "lost", len(s.lost)}
		if left := o.leftOut(); len(left.Group()) > 0 {
			args = append(args, slog.Any("left_out", left))
		}
		line, _ := newLine(slog.LevelInfo, "session ended", now, args)
		s.handle(line)
	})
}

// write has a line written.
func (s *Session) write(level slog.Level, msg string, now time.Time, args []any) {
	line, size := newLine(level, msg, now, args)
	s.observer.tell("Logger", size, func() { s.handle(line) })
}

// newLine returns a line whose values are frozen, and about how many octets it has.
func newLine(level slog.Level, msg string, now time.Time, args []any) (line slog.Record, size int) {
	r := slog.NewRecord(now, level, msg, 0)
	r.Add(args...)
	line, size = slog.NewRecord(now, level, msg, 0), len(msg)
	r.Attrs(func(a slog.Attr) bool {
		a.Value = frozen(a.Key, a.Value)
		size += len(a.Key) + len(a.Value.String())
		line.AddAttrs(a)
		return true
	})
	return line, size
}

// handle gives a line to the logger. The observer calls it.
func (s *Session) handle(line slog.Record) {
	line.AddAttrs(slog.String("remote", addrString(s.conn.RemoteAddr())), slog.String("role", s.role.String()))
	if l, ctx := s.observer.log, context.Background(); l.Enabled(ctx, line.Level) {
		_ = l.Handler().Handle(ctx, line) // what a logger cannot write there is nobody to tell
	}
}

// frozen returns a value that does not change when its parts do, since what is logged is told later, and may be the user's;
// and in which a peer cannot forge lines.
func frozen(key string, v slog.Value) slog.Value {
	switch v = v.Resolve(); v.Kind() {
	case slog.KindAny:
		return slog.StringValue(clean(key, fmt.Sprint(v.Any()))) // which survives an Error or a String that panics
	case slog.KindString:
		return slog.StringValue(clean(key, v.String()))
	case slog.KindGroup:
		group := v.Group()
		more := len(group) - maxAttrs
		if more > 0 {
			group = group[:maxAttrs]
		}
		all := make([]slog.Attr, len(group), len(group)+1)
		for i, a := range group {
			all[i] = slog.Attr{Key: a.Key, Value: frozen(a.Key, a.Value)}
		}
		if more > 0 { // TLVs of a PDU may be a thousand
			all = append(all, slog.Int("more", more))
		}
		return slog.GroupValue(all...)
	}
	return v
}

const (
	maxLogged = 256 // octets of one value that are logged
	maxAttrs  = 32  // fields and TLVs of one PDU that are logged
)

// clean escapes control characters and what is no UTF-8, and shortens a long value. A stack is the program's own.
func clean(key, s string) string {
	if key == "stack" {
		return s
	}
	cut := len(s) > maxLogged
	if cut {
		s = s[:maxLogged]
	}
	for i, r := range s {
		if r == utf8.RuneError || !strconv.IsPrint(r) {
			quoted := strconv.Quote(s[i:])
			s = s[:i] + quoted[1:len(quoted)-1]
			break
		}
	}
	if len(s) > maxLogged || cut {
		s = s[:min(len(s), maxLogged)] + "..."
	}
	return s
}
