package receipt

import "time"

// ParseDate reads a date of a receipt, such as "2603010930". It takes the forms that peers send: YYMMDDhhmm, seconds
// behind it, a year of four digits, separators between the numbers as in "2026-03-01 09:30:15", the absolute time of
// SMPP, and a zone at the end: Z, or + or - with hh, hhmm or hh:mm. Years of two digits are 1938 to 2037. Twelve digits
// are YYMMDDhhmmss if that is a date, else YYYYMMDDhhmm. Tenths of seconds and what is finer are dropped.
//
// A date without a zone is local time in loc, nil for UTC; one with a zone is returned in loc as well. Anything that is
// no date gives false, and so do zeros alone, by which MCs say that there is none.
func ParseDate(s string, loc *time.Location) (time.Time, bool) {
	loc = zoneOf(loc)
	var d digits
	rest, ok := d.collect(s)
	if !ok {
		return time.Time{}, false
	}
	if d.n == 15 && d.first == 15 && len(s) == 16 { // SMPP: the last three digits are tenths and quarter hours
		quarters := d.two(13)
		d.n = 12
		switch {
		case quarters > 56:
			return time.Time{}, false
		case rest == "+":
			return d.moment(2, loc, time.Duration(quarters)*15*time.Minute, true)
		case rest == "-":
			return d.moment(2, loc, -time.Duration(quarters)*15*time.Minute, true)
		}
		return time.Time{}, false
	}
	offset, zoned, ok := parseZone(rest)
	if !ok {
		return time.Time{}, false
	}
	if d.first == 4 || d.first == 8 || d.n == 14 {
		return d.moment(4, loc, offset, zoned)
	}
	if t, ok := d.moment(2, loc, offset, zoned); ok || d.n != 12 || d.first != 12 {
		return t, ok
	}
	return d.moment(4, loc, offset, zoned)
}

func zoneOf(loc *time.Location) *time.Location {
	if loc == nil {
		return time.UTC
	}
	return loc
}

// digits are the digits of a date without the separators between them.
type digits struct {
	b     [16]byte
	n     int
	first int // how many come before the first separator
}

// collect gathers the digits at the start of s and returns what follows. It is false when a group of digits has a size
// that shows another order than year first.
func (d *digits) collect(s string) (rest string, ok bool) {
	i := 0
	for i < len(s) {
		start := d.n
		for ; i < len(s) && digit(s[i]); i++ {
			if d.n == len(d.b) {
				return "", false
			}
			d.b[d.n] = s[i] - '0'
			d.n++
		}
		group := d.n - start
		switch {
		case start == 0 && group >= 4: // a group of two might as well be a day
			d.first = group
		case group == 2 || (group == 4 || group == 6) && (start == 6 || start == 8):
		default:
			return "", false
		}
		switch {
		case i+1 >= len(s) || !digit(s[i+1]) || d.n >= 14:
			return s[i:], group > 0
		case (s[i] == '-' || s[i] == '+') && d.n >= 10: // a zone
			return s[i:], true
		case s[i] == '-', s[i] == '/', s[i] == ':', s[i] == '.', s[i] == 'T', s[i] == 't', s[i] == ' ', s[i] == '_':
			i++
		default:
			return s[i:], true
		}
	}
	return "", d.n > 0
}

func (d *digits) two(i int) int { return int(d.b[i])*10 + int(d.b[i+1]) }

// moment makes the time out of the digits, the first of which are a year of so many. The offset is that of the zone in
// the date, if zoned.
func (d *digits) moment(year int, loc *time.Location, offset time.Duration, zoned bool) (time.Time, bool) {
	if d.n != year+8 && d.n != year+10 {
		return time.Time{}, false
	}
	y := d.two(0)
	switch {
	case year == 4:
		y = y*100 + d.two(2)
	case y <= 37:
		y += 2000
	default:
		y += 1900
	}
	month, day, hour, minute, second := d.two(year), d.two(year+2), d.two(year+4), d.two(year+6), 0
	if d.n == year+10 {
		second = d.two(year + 8)
	}
	if y < 1900 || month < 1 || month > 12 || day < 1 || day > daysIn(y, month) || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	if zoned {
		return time.Date(y, time.Month(month), day, hour, minute, second, 0, time.UTC).Add(-offset).In(loc), true
	}
	return time.Date(y, time.Month(month), day, hour, minute, second, 0, loc), true
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// parseZone reads what may follow the digits of a date: a fraction of a second, and a zone.
func parseZone(s string) (offset time.Duration, zoned, ok bool) {
	if len(s) > 1 && (s[0] == '.' || s[0] == ',') && digit(s[1]) {
		i := 1
		for i < len(s) && digit(s[i]) {
			i++
		}
		s = s[i:]
	}
	for s != "" && s[0] == ' ' {
		s = s[1:]
	}
	switch {
	case s == "":
		return 0, false, true
	case s == "Z" || s == "z" || fold3(s, "utc") || fold3(s, "gmt"):
		return 0, true, true
	case s[0] != '+' && s[0] != '-':
		return 0, false, false
	}
	var n [4]int
	count := 0
	for i := 1; i < len(s); i++ {
		if s[i] == ':' && i == 3 {
			continue
		}
		if !digit(s[i]) || count == len(n) {
			return 0, false, false
		}
		n[count] = int(s[i] - '0')
		count++
	}
	hours, minutes := n[0]*10+n[1], n[2]*10+n[3]
	if count != 2 && count != 4 || hours > 14 || minutes > 59 {
		return 0, false, false
	}
	offset = time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if s[0] == '-' {
		offset = -offset
	}
	return offset, true, true
}

func fold3(s, lower string) bool { return len(s) == len(lower) && fold(s, lower) }

// appendDate writes t as YYMMDDhhmm in loc, nil for UTC, with seconds behind it if asked for. The zero time gives zeros.
func appendDate(b []byte, t time.Time, loc *time.Location, seconds bool) []byte {
	n := 10
	if seconds {
		n = 12
	}
	if t.IsZero() {
		return append(b, "000000000000"[:n]...)
	}
	t = t.In(zoneOf(loc))
	parts := [...]int{t.Year() % 100, int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second()}
	for _, v := range parts[:n/2] {
		b = append(b, byte('0'+v/10), byte('0'+v%10))
	}
	return b
}
