package main

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// inBubble runs a load against a centre over pipes, under a clock that costs no time, and returns its report.
func inBubble(t *testing.T, c *centre, args ...string) *report {
	t.Helper()
	o, err := parseOptions(append([]string{"-connect", "smpp://me:secret@pipe:1"}, args...))
	require.NoError(t, err)
	l := newLoad(o)
	l.dial = func(context.Context, string, string) (net.Conn, error) {
		a, b := transport.Pipe()
		c.srv.ServeConn(b)
		return a, nil
	}
	l.sleep = func(ctx context.Context, until time.Time) bool {
		select {
		case <-time.After(time.Until(until)):
			return true
		case <-ctx.Done():
			return false
		}
	}
	require.NoError(t, l.bind(t.Context()))
	l.send(t.Context())
	r := l.end()
	require.NoError(t, c.srv.Close())
	require.True(t, r.balanced(), "%s", r.text())
	return r
}

// TestStall: a peer that stands still for three seconds out of ten shows in the latency of all that was due then, with a
// wide window and with a narrow one that lets hardly anything out meanwhile.
func TestStall(t *testing.T) {
	for _, window := range []string{"1000", "10"} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			c := newCentre(func(*session.Request, *pdu.SubmitSM) error {
				if at := time.Since(began); at >= 2*time.Second && at < 5*time.Second {
					time.Sleep(5*time.Second - at) // in a bubble of synctest
				}
				return nil
			})
			r := inBubble(t, c, "-rate", "100", "-t", "10s", "-window", window)
			require.Equal(t, exitOK, r.exitStatus(), "%s", r.text())
			require.Equal(t, 1000, r.ok)
			for i, want := range []time.Duration{0, 500, 2000, 2500, 2900, 2990, 3000, 3000} {
				f := r.figures[i]
				require.InDelta(t, want*time.Millisecond, f.latency, float64(20*time.Millisecond), "%v %%", f.percentile)
			}
			require.InDelta(t, 3*time.Second*300/2/1000, r.mean, float64(20*time.Millisecond))
		})
	}
}

// TestStandstill: a peer that answers nothing. What was begun times out, and what was due is accounted for.
func TestStandstill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := func(*session.Request, *pdu.SubmitSM) error { return session.ErrLater }
		r := inBubble(t, newCentre(never), "-rate", "100", "-t", "10s", "-window", "10", "-timeout", "30s")
		require.Equal(t, exitLost, r.exitStatus())
		require.Equal(t, 10, r.accepted)
		require.Equal(t, 10, r.outcomes[session.TimedOut])
		require.Equal(t, 990, r.missed)
		require.Zero(t, r.figures[7].latency, "what was not answered has no latency")
	})
}

// TestTooFast: a rate that the peer can not carry: nothing is lost, and what was never begun is told.
func TestTooFast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(*session.Request, *pdu.SubmitSM) error {
			time.Sleep(20 * time.Millisecond) // in a bubble of synctest
			return nil
		}
		r := inBubble(t, newCentre(slow), "-rate", "100", "-t", "10s", "-window", "5")
		require.Equal(t, exitSlow, r.exitStatus())
		require.InDelta(t, 505, r.accepted, 2)
		require.Equal(t, 1000, r.accepted+r.missed)
		require.InDelta(t, 50, r.rate(), 1)
	})
}

// TestReceiptsMissing: receipts that do not come are waited for as long as was said.
func TestReceiptsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		strip := func(_ *session.Request, sm *pdu.SubmitSM) error { sm.RegisteredDelivery = 0; return nil }
		began := time.Now()
		r := inBubble(t, newCentre(strip), "-n", "10", "-receipts", "100", "-receipt-wait", "7s")
		require.Equal(t, exitOK, r.exitStatus())
		require.Equal(t, 10, r.owed)
		require.Zero(t, r.totals.receipts)
		require.Equal(t, 7*time.Second, time.Since(began).Truncate(time.Second))
	})
}

func TestSchedule(t *testing.T) {
	s := schedule{rate: 4, messages: 5, began: time.Unix(0, 0)}
	for i, want := range []time.Duration{0, 250, 500, 750, 1000} {
		n, due, ok := s.take()
		require.True(t, ok)
		require.Equal(t, i, n)
		require.Equal(t, s.began.Add(want*time.Millisecond), due)
		require.Equal(t, i+1, s.dueBy(want*time.Millisecond))
	}
	_, _, ok := s.take()
	require.False(t, ok)
	require.Equal(t, 5, s.dueBy(time.Hour))

	s = schedule{rate: 4, duration: time.Second}
	for range 4 {
		_, _, ok := s.take()
		require.True(t, ok)
	}
	_, _, ok = s.take()
	require.False(t, ok, "the fifth would be due when the time is over")
	require.Equal(t, 4, s.dueBy(time.Hour))
}

func TestMessages(t *testing.T) {
	o, err := parseOptions([]string{"-connect", "smpp://me@h", "-to", "+4670##0#", "-size", "10-12", "-receipts", "30"})
	require.NoError(t, err)
	seen, asked := map[int]bool{}, 0
	for i := range 100 {
		sm := o.compose(i)
		seen[len(sm.ShortMessage)] = true
		asked += int(sm.RegisteredDelivery)
	}
	require.Equal(t, map[int]bool{10: true, 11: true, 12: true}, seen)
	require.Equal(t, 30, asked)
	require.Equal(t, pdu.Address{TON: 1, NPI: 1, Addr: "46701203"}, o.compose(123).Dest)
	require.Equal(t, "46702304", o.compose(1234).Dest.Addr, "it begins again")
}
