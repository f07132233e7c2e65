package pdu

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseTime(t *testing.T) {
	for _, f := range specFacts(t).Times.Valid {
		t.Run(f.Text, func(t *testing.T) {
			got, err := ParseTime(f.Text)
			require.NoError(t, err)
			lenient, err := ParseTimeLenient(f.Text)
			require.NoError(t, err)
			require.Equal(t, got, lenient)
			requireTime(t, f, got)
			require.Equal(t, f.Text, got.String(), "formats as it came")

			// The constructors lead to the same time, but for the sign of no offset.
			switch got.Kind() {
			case TimeAbsolute:
				moment, _ := got.Absolute()
				made, err := AbsoluteTime(moment)
				require.NoError(t, err)
				again, _ := made.Absolute()
				require.True(t, moment.Equal(again))
				if moment.Location() != time.UTC {
					require.Equal(t, got, made)
				}
			case TimeRelative:
				span, _ := got.Relative()
				made, err := RelativeSpan(span)
				require.NoError(t, err)
				require.Equal(t, got, made)
			}
		})
	}
}

func requireTime(t *testing.T, f factTime, got Time) {
	t.Helper()
	moment, absolute := got.Absolute()
	span, relative := got.Relative()
	require.Equal(t, f.Kind == "absolute", absolute)
	require.Equal(t, f.Kind == "relative", relative)
	require.Equal(t, f.Kind == "unset", got.IsZero())
	require.Equal(t, map[string]TimeKind{"unset": TimeUnset, "absolute": TimeAbsolute, "relative": TimeRelative}[f.Kind], got.Kind())
	if absolute {
		want, err := time.Parse(time.RFC3339, f.UTC)
		require.NoError(t, err)
		require.True(t, want.Equal(moment), "%v, want %v", moment, want)
		require.Equal(t, moment, got.Resolve(time.Now()))
	}
	require.Equal(t, Span{f.Years, f.Months, f.Days, f.Hours, f.Minutes, f.Seconds}, span)
}

func TestParseTimeInvalid(t *testing.T) {
	times := specFacts(t).Times
	for _, f := range times.Invalid {
		for _, parse := range []func(string) (Time, error){ParseTime, ParseTimeLenient} {
			got, err := parse(f.Text)
			if got.quarters == 49 {
				continue // 12 hours and a quarter: only the strict one minds
			}
			require.ErrorContains(t, err, fmt.Sprintf("pdu: time %q: ", f.Text), f.Why)
			require.Zero(t, got)
		}
	}
	for _, f := range times.Tolerate {
		_, err := ParseTime(f.Text)
		require.Error(t, err, f.Why)
		got, err := ParseTimeLenient(f.Text)
		require.NoError(t, err, f.Why)
		if f.UTC != "" {
			moment, ok := got.Absolute()
			require.True(t, ok)
			require.Equal(t, f.UTC, moment.UTC().Format("2006-01-02T15:04:05.0Z07:00"))
		}
	}
	lower, err := ParseTimeLenient("000007000000948r")
	require.NoError(t, err)
	require.Equal(t, "000007000000000R", lower.String())
	_, err = ParseTime("250131120000049+")
	require.Error(t, err)
	for _, text := range []string{"250131120000057+", "000032000000000R", "000000006000000R", "000000000060000R"} {
		_, err := ParseTimeLenient(text)
		require.Error(t, err, text)
	}
}

func TestParseFinalDate(t *testing.T) {
	stockholm := time.FixedZone("", 3600)
	for text, want := range map[string]time.Time{
		"":                 {},
		"250131120000":     time.Date(2025, 1, 31, 12, 0, 0, 0, stockholm),
		"250131120000308-": time.Date(2025, 1, 31, 14, 0, 0, 300e6, time.UTC),
		"250131120000056+": time.Date(2025, 1, 30, 22, 0, 0, 0, time.UTC),
		"991231235959":     time.Date(1999, 12, 31, 23, 59, 59, 0, stockholm),
	} {
		got, err := ParseFinalDate(text, stockholm)
		require.NoError(t, err, text)
		require.True(t, want.Equal(got), text)
	}
	got, err := ParseFinalDate("250131120000", nil)
	require.NoError(t, err)
	require.Equal(t, time.Date(2025, 1, 31, 12, 0, 0, 0, time.UTC), got)
	for _, text := range []string{"000000010000000R", "250230120000", "25013112000", "2501311200000", "2501311200x0"} {
		_, err := ParseFinalDate(text, stockholm)
		require.ErrorContains(t, err, fmt.Sprintf("%q", text))
	}
}

func TestAbsoluteTime(t *testing.T) {
	base := time.Date(2025, 6, 1, 10, 20, 30, 400e6, time.UTC)
	for name, bad := range map[string]time.Time{
		"finer than a tenth": base.Add(time.Millisecond),
		"not whole quarter":  base.In(time.FixedZone("", 60)),
		"more than 12 hours": base.In(time.FixedZone("", 13*3600)),
		"1938 to 2037":       base.AddDate(13, 0, 0),
	} {
		_, err := AbsoluteTime(bad)
		require.ErrorContains(t, err, name)
		if name != "1938 to 2037" {
			fits := TruncateTime(bad)
			_, err = AbsoluteTime(fits)
			require.NoError(t, err)
			require.Less(t, bad.Sub(fits), 100*time.Millisecond)
			require.GreaterOrEqual(t, bad.Sub(fits), time.Duration(0))
		}
	}
	_, err := AbsoluteTime(base.AddDate(-88, 0, 0))
	require.Error(t, err)
	kolkata := base.In(time.FixedZone("", 5*3600+1800))
	got, err := AbsoluteTime(kolkata)
	require.NoError(t, err)
	require.Equal(t, "250601155030422+", got.String())
	require.Equal(t, kolkata, TruncateTime(kolkata))
	got, err = AbsoluteTime(base.In(time.FixedZone("", -12*3600)))
	require.NoError(t, err)
	require.Equal(t, "250531222030448-", got.String())
}

func TestRelativeTime(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		0: "000000000000000R", time.Hour: "000000010000000R", 7 * day: "000007000000000R", 32*day - time.Second: "000031235959000R",
		26*time.Hour + 3*time.Minute + 4*time.Second: "000001020304000R",
	} {
		got, err := RelativeTime(d)
		require.NoError(t, err)
		require.Equal(t, want, got.String())
	}
	for _, d := range []time.Duration{-time.Second, time.Millisecond, 32 * day, -1} {
		_, err := RelativeTime(d)
		require.Error(t, err, d)
	}
	for _, s := range []Span{{Years: 100}, {Months: 13}, {Days: 32}, {Hours: 24}, {Minutes: 60}, {Seconds: 60}, {Days: -1}} {
		_, err := RelativeSpan(s)
		require.Error(t, err, s)
	}
}

func TestResolve(t *testing.T) {
	for _, test := range []struct{ now, span, want string }{
		{"2025-01-31T12:00:00Z", "000100000000000R", "2025-02-28T12:00:00Z"},
		{"2024-01-31T12:00:00Z", "000101000000000R", "2024-03-01T12:00:00Z"},
		{"2024-02-29T12:00:00Z", "010000000000000R", "2025-02-28T12:00:00Z"},
		{"2025-12-31T12:00:00Z", "000200000000000R", "2026-02-28T12:00:00Z"},
		{"2025-10-31T23:59:59.5Z", "000112000001000R", "2025-12-13T00:00:00.5Z"},
		{"2025-06-01T00:00:00+02:00", "020610233429000R", "2027-12-11T23:34:29+02:00"},
		{"2025-06-01T00:00:00Z", "000000000000000R", "2025-06-01T00:00:00Z"},
	} {
		now, err := time.Parse(time.RFC3339, test.now)
		require.NoError(t, err)
		span, err := ParseTime(test.span)
		require.NoError(t, err)
		require.Equal(t, test.want, span.Resolve(now).Format(time.RFC3339Nano), "%+v", test)
	}
	require.True(t, Time{}.Resolve(time.Now()).IsZero())
}

func TestTimeText(t *testing.T) {
	relative, err := RelativeTime(time.Hour)
	require.NoError(t, err)
	b, err := json.Marshal([]Time{relative, {}})
	require.NoError(t, err)
	require.JSONEq(t, `["000000010000000R",""]`, string(b))
	var got []Time
	require.NoError(t, json.Unmarshal(b, &got))
	require.Equal(t, []Time{relative, {}}, got)
	require.Error(t, json.Unmarshal([]byte(`["x"]`), &got))
}

func ExampleTime() {
	at, err := AbsoluteTime(time.Date(2025, 1, 31, 12, 0, 0, 0, time.FixedZone("CET", 3600)))
	fmt.Println(at, err)

	in, err := RelativeTime(36 * time.Hour)
	fmt.Println(in, err)

	now := time.Date(2025, 1, 31, 12, 0, 0, 0, time.UTC)
	fmt.Println(in.Resolve(now).Format(time.RFC3339))

	_, err = AbsoluteTime(now.Add(time.Millisecond))
	fmt.Println(err)
	// Output:
	// 250131120000004+ <nil>
	// 000001120000000R <nil>
	// 2025-02-02T00:00:00Z
	// pdu: time 2025-01-31 12:00:00.001 +0000 UTC is finer than a tenth of a second
}
