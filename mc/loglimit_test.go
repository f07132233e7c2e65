package mc

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestLogLimit: REVIEW 8. Whatever many sessions log, the server's log grows by a few octets a second, the lines that are
// left out are counted, and errors are not drowned by the rest.
func TestLogLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		l := limited(slog.New(slog.NewTextHandler(&out, nil)))
		for range 100 {
			for range 1000 {
				l.With("remote", "192.0.2.1").Warn("malformed PDU", "err", strings.Repeat("x", 200))
			}
			time.Sleep(time.Second)
		}
		require.Less(t, out.Len(), logBurst+100*logRate+1000)
		require.Greater(t, out.Len(), logBurst)
		require.Contains(t, out.String(), "lines_left_out=")
		n := out.Len()
		l.Error("database is down")
		require.Greater(t, out.Len(), n)
		require.Nil(t, limited(nil))
	})
}
