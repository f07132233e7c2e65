package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
)

// TestLogOfAPeer: REVIEW 8. A peer cannot write the log: what it can cause again and again is one line, and a count at the
// end.
func TestLogOfAPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s, p := sessiontest.StartBound(t, session.RoleMC, session.Config{
			Logger: slog.New(slog.NewTextHandler(&out, nil)), Handler: handle(func(*session.Request) {}), InboundWindow: 1, PauseLimit: -1,
		})
		for range 1000 {
			p.Write([]byte("\x00\x00\x00\x11\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x09x"))
			sessiontest.Expect[*pdu.SubmitSMResp](p)
		}
		p.Send(submit("x"))
		for range 1000 {
			p.WantReply(p.Send(submit("x")), pdu.StatusThrottled)
		}
		require.NoError(t, s.Close())
		<-s.Done()
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		require.Len(t, lines, 3)
		require.Contains(t, lines[0], "malformed PDU")
		require.Contains(t, lines[1], "request refused")
		require.Contains(t, lines[2], `left_out.malformed PDU"=999`)
		require.Contains(t, lines[2], `left_out.request refused, since the handler is too slow or the session ends"=999`)
	})
}

// TestLogOfErrors: of the errors of this side one a second is a line, which tells how many were not.
func TestLogOfErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s, _ := sessiontest.StartBound(t, session.RoleMC, session.Config{Logger: slog.New(slog.NewTextHandler(&out, nil))})
		for range 25 {
			s.Log(slog.LevelError, "handler failed")
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		require.Len(t, lines, 3)
		require.NotContains(t, lines[0], "left_out")
		require.Contains(t, lines[1], "left_out=9")
		require.Contains(t, lines[2], "left_out=9")
	})
}

// bareHandler writes values as they are, as slog's own handlers do not.
type bareHandler struct {
	slog.Handler
	out *bytes.Buffer
}

func (h *bareHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h *bareHandler) Handle(_ context.Context, r slog.Record) error {
	h.out.WriteString(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(h.out, " %s=%s", a.Key, a.Value)
		return true
	})
	h.out.WriteString("\n")
	return nil
}

// TestLogIsClean: what a peer sends is escaped and short in the log, and the program's own kinds of lines are bounded.
func TestLogIsClean(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s, _ := sessiontest.StartBound(t, session.RoleMC, session.Config{Logger: slog.New(&bareHandler{out: &out})})
		evil := "me\n2030-01-01 all is well\x1b[2J\xff" + strings.Repeat("x", 1<<20)
		s.Log(slog.LevelInfo, "a", "system_id", evil, "err", errors.New(evil), "group", slog.GroupValue(slog.String("k", evil)))
		for i := range 1000 {
			s.Log(slog.LevelInfo, fmt.Sprint("kind ", i))
		}
		require.NoError(t, s.Close())
		<-s.Done()
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		require.Contains(t, lines[1], `me\n2030-01-01 all is well\x1b[2J\xffxxx`)
		require.Less(t, len(lines[1]), 3*300+200)
		require.LessOrEqual(t, len(lines), 70)
	})
}

// TestLogOfManyTLVs: a line tells the first TLVs of a PDU, however many there are.
func TestLogOfManyTLVs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s, _ := sessiontest.StartBound(t, session.RoleMC, session.Config{Logger: slog.New(slog.NewTextHandler(&out, nil))})
		sm := submit("x")
		sm.TLVs = make(pdu.TLVs, 1000)
		s.Log(slog.LevelWarn, "odd", "request", &pdu.PDU{Header: pdu.Header{ID: pdu.CommandSubmitSM}, Body: sm})
		synctest.Wait()
		require.Less(t, out.Len(), 2048)
		require.Contains(t, out.String(), "request.more=9")
	})
}
