package session_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
)

// diesOf expects that s ended by a panic in the named function, and that the report was delivered once.
func diesOf(t *testing.T, s *session.Session, h *recorder, name string) {
	t.Helper()
	<-s.Done()
	var e *session.PanicError
	require.ErrorAs(t, s.Err(), &e)
	require.Equal(t, name, e.Hook)
	require.ErrorIs(t, s.Err(), errBoom)
	require.Equal(t, 1, h.closed)
	require.Equal(t, s.Lost(), h.lost)
	require.Contains(t, string(e.Stack), "panic")
	account(t, s)
}

// boomLogger panics at what has the given message.
type boomLogger struct{ at string }

func (boomLogger) Enabled(context.Context, slog.Level) bool { return true }
func (l boomLogger) WithAttrs([]slog.Attr) slog.Handler     { return l }
func (l boomLogger) WithGroup(string) slog.Handler          { return l }

func (l boomLogger) Handle(_ context.Context, r slog.Record) error {
	if r.Message == l.at {
		panic(errBoom)
	}
	return nil
}

// TestLoggerPanics: nor does a logger keep the report from being delivered, or kill the process.
func TestLoggerPanics(t *testing.T) {
	malformed := []byte("\x00\x00\x00\x11\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x09x")
	for at, act := range map[string]func(s *session.Session, p *sessiontest.Peer){
		"malformed PDU":       func(_ *session.Session, p *sessiontest.Peer) { p.Write(malformed) },
		"framing lost":        func(_ *session.Session, p *sessiontest.Peer) { p.Write([]byte("GET / HTTP/1.1")) },
		"hook did not return": func(s *session.Session, _ *sessiontest.Peer) { _ = s.Cast(1) },
		"session ended":       func(s *session.Session, _ *sessiontest.Peer) { _ = s.Close() },
	} {
		t.Run(at, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newRecorder(t)
				h.do["HandleCast"] = func(hookCall) { panic(errBoom) }
				cfg := session.Config{Handler: h, Logger: slog.New(boomLogger{at})}
				s, p := sessiontest.StartBound(t, session.RoleESME, cfg)
				act(s, p)
				<-s.Done()
				require.Equal(t, 1, h.closed)
				require.Equal(t, session.StateClosed, s.State())
			})
		})
	}
}

// TestPanicUnderLoad: callers of all kinds get their ends when a hook panics, and a session beside it does not notice.
func TestPanicUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other, op := sessiontest.StartBound(t, session.RoleESME, session.Config{})
		h := newRecorder(t)
		h.do["HandlePDU"] = func(hookCall) {
			time.Sleep(2 * time.Second)
			panic(errBoom)
		}
		s, p := sessiontest.StartBound(t, session.RoleESME, session.Config{Handler: h, Window: 2})
		var waits []func() (*pdu.PDU, error)
		for range 10 {
			waits = append(waits, sessiontest.Do(t.Context(), s, submit("x")))
		}
		p.Send(deliver("x"))
		synctest.Wait()
		call := calling(t.Context(), s, 1)
		down := make(chan error, 1)
		time.AfterFunc(time.Second, func() { down <- s.Shutdown(t.Context()) }) // a drain under way changes nothing
		diesOf(t, s, h, "HandlePDU")
		ends := map[session.Outcome]int{}
		for _, wait := range waits {
			_, err := wait()
			ends[outcome(t, err)]++
		}
		require.Equal(t, map[session.Outcome]int{session.Lost: 2, session.NotSent: 8}, ends)
		<-call
		require.ErrorIs(t, <-down, errBoom)
		require.Contains(t, lostText(s.Lost()), "; submit_sm 2 WT; submit_sm 3 WT")

		wait := sessiontest.Do(t.Context(), other, submit("x"))
		op.Reply(op.Next(), nil)
		_, err := wait()
		require.NoError(t, err)
	})
}

// TestPanicAmongMany: what came in one read with the request whose hook panics is not lost with it: a response counts, and
// the requests behind it, which are not begun any more, are listed as those before it are.
func TestPanicAmongMany(t *testing.T) {
	const n = 70 // more than a batch, and less than a read takes
	for _, at := range []uint32{0, 10, 63, 64, n - 1} {
		synctest.Test(t, func(t *testing.T) {
			h := newRecorder(t)
			var got, want []uint32
			h.do["HandlePDU"] = func(c hookCall) {
				require.Zero(t, h.closed)
				got = append(got, c.r.PDU.Seq)
				if c.r.PDU.Seq == at {
					panic(errBoom)
				}
			}
			s, p := sessiontest.StartBound(t, session.RoleESME, session.Config{Handler: h})
			wait := sessiontest.Do(t.Context(), s, submit("x"))
			q := p.Next()
			var all []*pdu.PDU
			for i := range uint32(n) {
				all = append(all, req(i, deliver("x")))
				want = append(want, i)
			}
			p.SendPDU(append(all, req(q.Seq, &pdu.SubmitSMResp{}))...)
			_, err := wait()
			require.NoError(t, err)
			diesOf(t, s, h, "HandlePDU")
			require.Equal(t, want[:at+1], got)
			require.Len(t, s.Lost(), n)
			for i, l := range s.Lost() {
				require.True(t, l.Incoming)
				require.Equal(t, want[i], l.PDU.Seq)
				require.Equal(t, l.PDU.Seq <= at, l.Begun)
			}
		})
	}
}

// TestPanicInBind: a panic while a bind is judged ends the connection, unbound.
func TestPanicInBind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		h.do["HandlePDU"] = func(hookCall) { panic(errBoom) }
		s, p := sessiontest.Start(t, session.RoleMC, session.Config{Handler: h})
		p.Send(bind(pdu.CommandBindReceiver, pdu.V34))
		p.WantClosed()
		diesOf(t, s, h, "HandlePDU")
		require.Equal(t, "; bind_receiver 1 IB", lostText(s.Lost()))
	})
}

// TestNilBody: a nil pointer for a body is an error and does no harm, from callers and from hooks.
func TestNilBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := handle(func(r *session.Request) {
			require.ErrorIs(t, r.Reply((*pdu.DeliverSMResp)(nil)), session.ErrNilBody)
			require.ErrorIs(t, r.Respond(pdu.StatusThrottled, (*pdu.DeliverSMResp)(nil)), session.ErrNilBody)
			require.NoError(t, replyOK(r), "it can still be answered")
		})
		s, p := sessiontest.StartBound(t, session.RoleESME, session.Config{Handler: h})
		var none *pdu.SubmitSM
		for _, err := range []error{
			second(s.Do(t.Context(), none)), second(s.Send(t.Context(), none)), second(s.TrySend(none)),
			second(s.Do(t.Context(), (*pdu.Raw)(nil))),
			s.SendPDU(t.Context(), &pdu.PDU{Header: pdu.Header{ID: pdu.CommandSubmitSM, Seq: 77}, Body: none}),
		} {
			require.ErrorIs(t, err, session.ErrNilBody)
			require.True(t, session.SafeToRetry(err))
			require.ErrorContains(t, err, "body is a nil pointer: *pdu.")
		}
		p.WantReply(p.Send(deliver("x")), pdu.StatusOK)
		account(t, s)
	})
	synctest.Test(t, func(t *testing.T) {
		_, p := sessiontest.Start(t, session.RoleMC, session.Config{Handler: handle(func(r *session.Request) {
			require.ErrorIs(t, r.Accept((*pdu.BindReceiverResp)(nil), nil), session.ErrNilBody)
			require.NoError(t, r.Accept(nil, nil))
		})})
		p.WantReply(p.Send(bind(pdu.CommandBindReceiver, pdu.V34)), pdu.StatusOK)
	})
}
