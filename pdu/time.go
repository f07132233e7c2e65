package pdu

import (
	"fmt"
	"time"
)

// TimeKind is what a [Time] holds.
type TimeKind uint8

// Kinds of time.
const (
	TimeUnset    TimeKind = iota // no time: deliver now, the default validity, or leave it as it was
	TimeAbsolute                 // a moment, with its distance to UTC
	TimeRelative                 // a span from the MC's current time; SMPP 3.4 and later
)

// Time is a time as PDUs carry it in schedule_delivery_time, validity_period and final_date, and the TLV
// broadcast_end_time: the 16 characters "YYMMDDhhmmsstnnp" or nothing. An absolute time ends in + or - after the
// quarter hours that its local time is ahead of or behind UTC, a relative one in R. A Time keeps what the characters
// say, so one that [ParseTime] took formats as it came. Times are comparable with ==, which compares the characters:
// one moment in two zones makes two Times.
//
// The years are 1938 to 2037: 38..99 is 19xx, 00..37 is 20xx. The zero Time is unset.
// SMPP 5.0 §4.7.23; SMPP 3.4 §7.1.1, appendix C.
type Time struct {
	kind                    TimeKind
	year, month, day        uint8 // year: the two digits
	hour, minute, second    uint8
	tenth, quarters, letter uint8 // letter: '+', '-' or 'R'
}

// Span is the distance that a relative time tells, each unit for itself: years 0 to 99, months 0 to 12, days 0 to 31,
// hours 0 to 23, minutes and seconds 0 to 59. SMPP 5.0 §4.7.23.5; SMPP 3.4 §7.1.1.2.
type Span struct {
	Years, Months, Days, Hours, Minutes, Seconds int
}

// Lengths of the text of a time, without the NUL.
const (
	timeLen      = 16 // YYMMDDhhmmsstnnp
	shortTimeLen = 12 // YYMMDDhhmmss, where an MC reports a time
)

// Limits of nn, the quarter hours of an absolute time.
const (
	maxQuarters        = 48 // 12 hours, by the specification
	maxQuartersLenient = 56 // 14 hours, as far as zones on earth reach
)

const (
	firstYear = 1938 // of the two digits 38
	lastYear  = 2037 // of the two digits 37
)

// AbsoluteTime returns t as an absolute time in the zone of t. Nothing is rounded: it is an error when t is finer than
// a tenth of a second, when its zone is not whole quarter hours from UTC or more than 12 hours, and when its year is
// not in 1938 to 2037. [TruncateTime] makes a time that fits.
func AbsoluteTime(t time.Time) (Time, error) {
	_, offset := t.Zone()
	quarters, letter := offset/900, byte('+')
	if offset < 0 {
		quarters, letter = -quarters, '-'
	}
	switch {
	case t.Nanosecond()%int(100*time.Millisecond) != 0:
		return Time{}, fmt.Errorf("pdu: time %v is finer than a tenth of a second", t)
	case offset%900 != 0:
		return Time{}, fmt.Errorf("pdu: zone of time %v is not whole quarter hours from UTC", t)
	case quarters > maxQuarters:
		return Time{}, fmt.Errorf("pdu: zone of time %v is more than 12 hours from UTC", t)
	case t.Year() < firstYear || t.Year() > lastYear:
		return Time{}, fmt.Errorf("pdu: year of time %v is not in %d to %d", t, firstYear, lastYear)
	}
	return Time{
		kind: TimeAbsolute,
		year: uint8(t.Year() % 100), month: uint8(t.Month()), day: uint8(t.Day()),
		hour: uint8(t.Hour()), minute: uint8(t.Minute()), second: uint8(t.Second()),
		tenth: uint8(t.Nanosecond() / int(100*time.Millisecond)), quarters: uint8(quarters), letter: letter,
	}, nil
}

// TruncateTime returns the latest time that is not after t and that [AbsoluteTime] takes, but for its year: t without
// what is finer than a tenth of a second, in UTC where the zone of t can not be told in a PDU.
func TruncateTime(t time.Time) time.Time {
	t = t.Truncate(100 * time.Millisecond)
	if _, offset := t.Zone(); offset%900 != 0 || offset > maxQuarters*900 || offset < -maxQuarters*900 {
		return t.UTC()
	}
	return t
}

// RelativeTime returns d from the MC's current time as a relative time in days, hours, minutes and seconds. Nothing is
// rounded: it is an error when d is negative, not whole seconds, or 32 days and more. A month or a year is no fixed
// duration; for those, see [RelativeSpan].
func RelativeTime(d time.Duration) (Time, error) {
	if d%time.Second != 0 {
		return Time{}, fmt.Errorf("pdu: relative time %v is finer than a second", d)
	}
	seconds := int64(d / time.Second)
	days := seconds / (24 * 60 * 60)
	if d < 0 || days > 31 {
		return Time{}, fmt.Errorf("pdu: relative time %v is not in 0 to 31 days, 23 hours, 59 minutes and 59 seconds", d)
	}
	return RelativeSpan(Span{
		Days: int(days), Hours: int(seconds / 3600 % 24), Minutes: int(seconds / 60 % 60), Seconds: int(seconds % 60),
	})
}

// RelativeSpan returns s from the MC's current time as a relative time. It is an error when a unit of s is out of its
// range.
func RelativeSpan(s Span) (Time, error) {
	for _, u := range [...]struct {
		name   string
		n, max int
	}{
		{"years", s.Years, 99},
		{"months", s.Months, 12},
		{"days", s.Days, 31},
		{"hours", s.Hours, 23},
		{"minutes", s.Minutes, 59},
		{"seconds", s.Seconds, 59},
	} {
		if u.n < 0 || u.n > u.max {
			return Time{}, fmt.Errorf("pdu: relative time of %d %s, want 0 to %d", u.n, u.name, u.max)
		}
	}
	return Time{
		kind: TimeRelative,
		year: uint8(s.Years), month: uint8(s.Months), day: uint8(s.Days),
		hour: uint8(s.Hours), minute: uint8(s.Minutes), second: uint8(s.Seconds),
		letter: 'R',
	}, nil
}

// Kind returns what t holds.
func (t Time) Kind() TimeKind { return t.kind }

// IsZero reports whether t is unset.
func (t Time) IsZero() bool { return t.kind == TimeUnset }

// Absolute returns the moment that an absolute time tells, in its own zone, and false for the other kinds.
func (t Time) Absolute() (time.Time, bool) {
	if t.kind != TimeAbsolute {
		return time.Time{}, false
	}
	return t.in(t.zone()), true
}

// Relative returns the span that a relative time tells, and false for the other kinds.
func (t Time) Relative() (Span, bool) {
	if t.kind != TimeRelative {
		return Span{}, false
	}
	return Span{int(t.year), int(t.month), int(t.day), int(t.hour), int(t.minute), int(t.second)}, true
}

// Resolve returns the moment that t means when it is now at the MC. An unset time gives the zero time.Time, an
// absolute one itself. A relative one counts from now in the zone of now: years and months of the calendar first, then
// days of the calendar, then the rest as a duration; a day that the month does not have is the last of that month.
func (t Time) Resolve(now time.Time) time.Time {
	switch t.kind {
	case TimeAbsolute:
		return t.in(t.zone())
	case TimeRelative:
		rest := time.Duration(t.hour)*time.Hour + time.Duration(t.minute)*time.Minute + time.Duration(t.second)*time.Second
		return addMonths(now, 12*int(t.year)+int(t.month)).AddDate(0, 0, int(t.day)).Add(rest)
	}
	return time.Time{}
}

// addMonths is AddDate for months, but stays within the month that they lead to.
func addMonths(t time.Time, months int) time.Time {
	if sum := t.AddDate(0, months, 0); sum.Day() == t.Day() {
		return sum
	}
	// Day 0 of a month is the last of the one before it.
	year, month, _ := t.Date()
	hour, minute, second := t.Clock()
	return time.Date(year, month+time.Month(months)+1, 0, hour, minute, second, t.Nanosecond(), t.Location())
}

// in returns the moment of an absolute time, read in loc.
func (t Time) in(loc *time.Location) time.Time {
	return time.Date(t.fullYear(), time.Month(t.month), int(t.day), int(t.hour), int(t.minute), int(t.second),
		int(t.tenth)*int(100*time.Millisecond), loc)
}

func (t Time) fullYear() int {
	if t.year >= firstYear%100 {
		return 1900 + int(t.year)
	}
	return 2000 + int(t.year)
}

// zone returns the zone of an absolute time; an offset of zero is UTC.
func (t Time) zone() *time.Location {
	offset := int(t.quarters) * 900
	if t.letter == '-' {
		offset = -offset
	}
	if offset == 0 {
		return time.UTC
	}
	return time.FixedZone("", offset)
}

// String returns the text of a PDU: 16 characters, or none when t is unset.
func (t Time) String() string {
	var b [timeLen]byte
	return string(t.appendText(b[:0]))
}

// MarshalText returns what String returns.
func (t Time) MarshalText() ([]byte, error) { return t.appendText(nil), nil }

// UnmarshalText reads what [ParseTime] reads.
func (t *Time) UnmarshalText(text []byte) error {
	parsed, err := ParseTime(string(text))
	if err == nil {
		*t = parsed
	}
	return err
}

// appendText appends the text of the time.
func (t Time) appendText(b []byte) []byte {
	if t.kind == TimeUnset {
		return b
	}
	for _, n := range [...]uint8{t.year, t.month, t.day, t.hour, t.minute, t.second} {
		b = append(b, '0'+n/10, '0'+n%10)
	}
	return append(b, '0'+t.tenth, '0'+t.quarters/10, '0'+t.quarters%10, t.letter)
}
