package session_test

import (
	"context"
	"fmt"
	"math"
	"net"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// BenchmarkLatency: how long a lone request takes, the next one following when it is answered, while the peer streams
// requests in the other direction with a window of 1,000. The peer is bare in smpp, a session in both; in bare the end
// that is measured is bare, too. p50, p99 and the worst are in microseconds (p100), stream/s is the rate that the peer reached.
//
//	go test -run '^$' -bench Latency -benchtime 20000x ./session
func BenchmarkLatency(b *testing.B) {
	for _, load := range []struct {
		name string
		rate int
	}{{"quiet", quiet}, {"200000", 200000}, {"full", 0}} {
		b.Run("load="+load.name+"/smpp", func(b *testing.B) { lone(b, "bare-stream", load.rate, loneSession) })
		b.Run("load="+load.name+"/bare", func(b *testing.B) { lone(b, "bare-stream", load.rate, loneBare) })
		b.Run("load="+load.name+"/both", func(b *testing.B) { lone(b, "smpp-stream", load.rate, loneSession) })
	}
}

// lone measures b.N requests, one after the other. The end that is measured is bound over a connection, and returns what
// makes a request.
func lone(b *testing.B, kind string, rate int, bound func(b *testing.B, conn net.Conn) func() error) {
	peer := startPeer(b, kind)
	conn := peer.dial()
	b.Cleanup(func() { _ = conn.Close() })
	started := make(chan string)
	go func() { started <- peer.ask("stream %d 1000", rate) }() // it waits for the bind
	do := bound(b, conn)
	require.Equal(b, "started", <-started)
	for range 100 {
		require.NoError(b, do())
	}
	took := make([]time.Duration, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range took {
		begin := time.Now()
		if err := do(); err != nil {
			b.Fatal(err)
		}
		took[i] = time.Since(begin)
	}
	b.StopTimer()
	reached, err := strconv.Atoi(peer.ask("stop"))
	require.NoError(b, err)
	slices.Sort(took)
	for _, p := range []float64{50, 99, 100} {
		i := int(math.Ceil(float64(len(took))*p/100)) - 1
		b.ReportMetric(float64(took[i].Nanoseconds())/1e3, fmt.Sprintf("p%g-us", p))
	}
	b.ReportMetric(float64(reached), "stream/s")
}

func loneSession(b *testing.B, conn net.Conn) func() error {
	mux := new(session.Mux)
	session.On(mux, func(context.Context, *session.Request, *pdu.DeliverSM) (*pdu.DeliverSMResp, error) {
		return new(pdu.DeliverSMResp), nil
	})
	s := session.Start(conn, session.RoleESME, session.Config{Handler: mux})
	_, err := s.Do(context.Background(), bind(pdu.CommandBindTransceiver, pdu.V34))
	require.NoError(b, err)
	body := benchSubmit()
	return func() error {
		_, err := s.Do(context.Background(), body)
		return err
	}
}

func loneBare(b *testing.B, conn net.Conn) func() error {
	require.NoError(b, bindBare(conn))
	return newBareLone(conn).do
}
