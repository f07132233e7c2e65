package pdu

import (
	"fmt"
	"time"
)

// ParseTime reads the text of a time as the specification has it: 16 characters that tell an absolute or a relative
// time, or none. It is strict; months and days that the calendar does not have are errors, but for the zeros of a
// relative time. The error says what is wrong with the text.
func ParseTime(s string) (Time, error) { return parseTime(s, false) }

// ParseTimeLenient reads what [ParseTime] reads, and what is wrong but clear: a lower case r, tenths and quarter hours
// in a relative time, which it drops, and zones up to 14 hours from UTC. What it returns need not format as it came.
func ParseTimeLenient(s string) (Time, error) { return parseTime(s, true) }

// ParseFinalDate reads a time that an MC reports, such as final_date: an absolute time, as leniently as
// [ParseTimeLenient], or the 12 characters YYMMDDhhmmss that MCs of SMPP 3.3 and 3.4 may send, which are local time of
// the MC and are read in loc. Nil means UTC. The empty text gives the zero time.Time, since there is nothing to report;
// a relative time is an error. SMPP 5.0 §4.7.23; SMPP 3.4 §7.1.1.
func ParseFinalDate(s string, loc *time.Location) (time.Time, error) {
	if loc == nil {
		loc = time.UTC
	}
	if len(s) == shortTimeLen {
		t, err := parseTime(s+"000+", true)
		if err != nil {
			return time.Time{}, timeError(s, "not a moment")
		}
		return t.in(loc), nil
	}
	t, err := ParseTimeLenient(s)
	if err != nil || t.IsZero() {
		return time.Time{}, err
	}
	moment, ok := t.Absolute()
	if !ok {
		return time.Time{}, timeError(s, "relative, want a moment")
	}
	return moment, nil
}

func timeError(s, what string) error { return fmt.Errorf("pdu: time %q: %s", s, what) }

func parseTime(s string, lenient bool) (Time, error) {
	if s == "" {
		return Time{}, nil
	}
	if len(s) != timeLen {
		return Time{}, timeError(s, fmt.Sprintf("%d characters, want %d or none", len(s), timeLen))
	}
	if !isDigits(s[:timeLen-1]) {
		return Time{}, timeError(s, "other characters than digits before the last")
	}
	two := func(i int) uint8 { return (s[i]-'0')*10 + s[i+1] - '0' }
	t := Time{
		kind: TimeAbsolute,
		year: two(0), month: two(2), day: two(4), hour: two(6), minute: two(8), second: two(10),
		tenth: s[12] - '0', quarters: two(13), letter: s[15],
	}
	if t.letter == 'r' && lenient {
		t.letter = 'R'
	}
	var wrong string
	switch t.letter {
	case '+', '-':
		wrong = t.checkAbsolute(lenient)
	case 'R':
		t.kind = TimeRelative
		if lenient {
			t.tenth, t.quarters = 0, 0
		}
		wrong = t.checkRelative()
	default:
		wrong = "ends in neither +, - nor R"
	}
	if wrong != "" {
		return Time{}, timeError(s, wrong)
	}
	return t, nil
}

// checkAbsolute says what is out of range, or nothing.
func (t Time) checkAbsolute(lenient bool) string {
	limit := uint8(maxQuarters)
	if lenient {
		limit = maxQuartersLenient
	}
	switch {
	case t.month < 1 || t.month > 12:
		return "no such month"
	case t.day < 1 || int(t.day) > daysIn(t.fullYear(), time.Month(t.month)):
		return "no such day in the month"
	case t.quarters > limit:
		return "too many quarter hours from UTC"
	}
	return t.checkClock()
}

// checkRelative says what is out of range, or nothing. SMPP 5.0 prints months from 01 and days from 01, which would
// leave no way to write a span of days.
func (t Time) checkRelative() string {
	switch {
	case t.month > 12:
		return "more than 12 months"
	case t.day > 31:
		return "more than 31 days"
	case t.tenth != 0 || t.quarters != 0:
		return "tenths or quarter hours in a relative time"
	}
	return t.checkClock()
}

func (t Time) checkClock() string {
	switch {
	case t.hour > 23:
		return "more than 23 hours"
	case t.minute > 59:
		return "more than 59 minutes"
	case t.second > 59:
		return "more than 59 seconds"
	}
	return ""
}

// daysIn returns the number of days of a month: day 0 of the next one is its last.
func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
