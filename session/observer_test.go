package session_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
	"github.com/smpp-go/smpp/transport"
)

// hookLogger calls a function with each line, and keeps those for which that returns.
type hookLogger struct {
	do func(r slog.Record)

	mu    sync.Mutex
	lines []string
}

func (*hookLogger) Enabled(context.Context, slog.Level) bool { return true }
func (l *hookLogger) WithAttrs([]slog.Attr) slog.Handler     { return l }
func (l *hookLogger) WithGroup(string) slog.Handler          { return l }

func (l *hookLogger) Handle(_ context.Context, r slog.Record) error {
	if l.do != nil {
		l.do(r)
	}
	var b strings.Builder
	b.WriteString(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		b.WriteString(" " + a.String())
		return true
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, b.String())
	return nil
}

// with returns the lines with a message.
func (l *hookLogger) with(msg string) (lines []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, x := range l.lines {
		if strings.HasPrefix(x, msg+" ") {
			lines = append(lines, x)
		}
	}
	return lines
}

// observed are the functions that observe a session, each with a function put into it.
func observed(log *hookLogger) map[string]func(cfg *session.Config, act func()) {
	trace := func(set func(tr *session.Trace, act func())) func(*session.Config, func()) {
		return func(cfg *session.Config, act func()) {
			cfg.Trace = new(session.Trace)
			set(cfg.Trace, act)
		}
	}
	return map[string]func(cfg *session.Config, act func()){
		"Logger": func(_ *session.Config, act func()) { log.do = func(slog.Record) { act() } },
		"Trace.Start": trace(func(tr *session.Trace, act func()) {
			tr.Start = func(*session.Session) { act() }
		}),
		"Trace.State": trace(func(tr *session.Trace, act func()) {
			tr.State = func(*session.Session, session.State, session.State) { act() }
		}),
		"Trace.Received": trace(func(tr *session.Trace, act func()) {
			tr.Received = func(*session.Session, pdu.Header, int) { act() }
		}),
		"Trace.Sent": trace(func(tr *session.Trace, act func()) {
			tr.Sent = func(*session.Session, pdu.Header, int) { act() }
		}),
		"Trace.Frame": trace(func(tr *session.Trace, act func()) {
			tr.Frame = func(*session.Session, bool, []byte) { act() }
		}),
		"Trace.Outcome": trace(func(tr *session.Trace, act func()) {
			tr.Outcome = func(*session.Session, *pdu.PDU, session.Outcome) { act() }
		}),
		"Trace.Unserved": trace(func(tr *session.Trace, act func()) {
			tr.Unserved = func(*session.Session, *pdu.PDU, session.Fate) { act() }
		}),
		"Trace.End": trace(func(tr *session.Trace, act func()) {
			tr.End = func(*session.Session, []session.LostPDU, error) { act() }
		}),
	}
}

// TestObserversHarmNothing: REVIEW.md finding 9. Whatever a logger or a function of a Trace does, block for good, panic
// or end its goroutine: requests and responses come and go, timers run, dead peers are found, goroutines do not pile
// up, HandleClose comes at once and Done within a second.
func TestObserversHarmNothing(t *testing.T) {
	for how, act := range map[string]func(block chan struct{}){
		"block":  func(block chan struct{}) { <-block },
		"panic":  func(chan struct{}) { panic(errBoom) },
		"goexit": func(chan struct{}) { runtime.Goexit() },
	} {
		for what := range observed(new(hookLogger)) {
			t.Run(what+"/"+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					block := make(chan struct{})
					log := new(hookLogger)
					h := newRecorder(t)
					cfg := session.Config{
						Handler: h, Logger: slog.New(log), InboundWindow: 20, PauseLimit: -1, AnswerTimeout: 40 * time.Second,
					}
					observed(log)[what](&cfg, func() { act(block) })
					harmless(t, cfg, h, log, what, how == "block")
					close(block)
					synctest.Wait()
				})
			})
		}
	}
}

func harmless(t *testing.T, cfg session.Config, h *recorder, log *hookLogger, what string, blocks bool) {
	h.do["HandlePDU"] = func(hookCall) {} // all are left unanswered
	s, p := sessiontest.StartBound(t, session.RoleESME, cfg)
	time.Sleep(2 * time.Second) // what blocks has blocked for longer than anybody waits for it
	before := runtime.NumGoroutine()
	start := time.Now()
	malformed := []byte("\x00\x00\x00\x11\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x09x")
	for range 300 {
		wait := sessiontest.Do(t.Context(), s, submit("x"))
		q, _ := sessiontest.Expect[*pdu.SubmitSM](p)
		p.Write(malformed)
		sessiontest.Expect[*pdu.DeliverSMResp](p)
		p.Reply(q, &pdu.SubmitSMResp{MessageID: "1"})
		_, err := wait()
		require.NoError(t, err)
	}
	for range 30 {
		p.Send(deliver("x"))
	}
	for range 10 { // those beyond the window
		x, _ := sessiontest.Expect[*pdu.DeliverSMResp](p)
		require.Equal(t, pdu.StatusTemporaryAppError, x.Status)
	}
	require.LessOrEqual(t, time.Since(start), 3*time.Second)
	synctest.Wait()
	require.LessOrEqual(t, runtime.NumGoroutine(), before+4)
	require.NoError(t, s.Cast(1))
	for time.Since(start) < 100*time.Second {
		x, err := p.Read() // deadlines are kept
		require.NoError(t, err)
		require.Equal(t, pdu.CommandEnquireLink, x.ID)
		p.Reply(x, nil)
	}
	require.EqualValues(t, 20, s.Stats().GivenUp)
	dead := time.Now()
	q, _ := sessiontest.Expect[*pdu.EnquireLink](p)
	require.NotNil(t, q)
	<-s.Context().Done() // silent from now on
	require.LessOrEqual(t, time.Since(dead), 61*time.Second)
	require.ErrorIs(t, s.Err(), session.ErrEnquireLink)
	synctest.Wait()
	require.Equal(t, 1, h.ends(), "HandleClose waits for nobody")
	ended := time.Now()
	<-s.Done()
	require.LessOrEqual(t, time.Since(ended), time.Second)
	account(t, s)
	if what != "Logger" && !blocks {
		require.LessOrEqual(t, len(log.with("trace did not return")), 1, "logged once")
	}
	if !blocks || what == "Logger" { // of which few lines wait, whatever the peer does
		require.Zero(t, s.Stats().Untold)
	}
}

// TestTraceDeathLogged: a trace that panics is logged, once, with its name and its value, and does not end the session.
func TestTraceDeathLogged(t *testing.T) {
	for how, connect := range map[string]func(t testing.TB) (net.Conn, net.Conn){
		"pipe": func(testing.TB) (net.Conn, net.Conn) { return transport.Pipe() },
		"TCP":  loopback,
	} {
		for what := range observed(new(hookLogger)) {
			if what == "Logger" || what == "Trace.Unserved" {
				continue
			}
			t.Run(how+"/"+what, func(t *testing.T) {
				a, b := connect(t)
				mc := session.Start(b, session.RoleMC, session.Config{Handler: accepting(answering("1"))})
				finish(t, mc)
				h, log := newRecorder(t), new(hookLogger)
				cfg := session.Config{Handler: h, Logger: slog.New(log)}
				observed(log)[what](&cfg, func() { panic(errBoom) })
				s := session.Start(a, session.RoleESME, cfg)
				_, err := s.Do(t.Context(), bind(pdu.CommandBindTransceiver, pdu.V34))
				require.NoError(t, err)
				for range 10 {
					require.NoError(t, second(s.Do(t.Context(), submit("x"))))
				}
				require.NoError(t, s.Shutdown(t.Context()))
				<-s.Done()
				<-mc.Done()
				require.ErrorIs(t, s.Err(), session.ErrShutdown)
				require.Equal(t, 1, h.ends())
				if what != "Trace.End" { // which is told last
					lines := log.with("trace did not return")
					require.Len(t, lines, 1)
					require.Contains(t, lines[0], "function="+what+" panic=boom stack=")
				}
			})
		}
	}
}

// TestSlowTrace: a trace that is slow slows the session down, and is told everything, in order.
func TestSlowTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 3000
		var sent, received, outcomes, ended atomic.Int64
		slow := func(c *atomic.Int64) {
			time.Sleep(time.Millisecond)
			c.Add(1)
		}
		mc, esme := pair(t, session.Config{Handler: answering("1")}, session.Config{
			Window: 100, ResponseTimeout: -1,
			Trace: &session.Trace{
				Sent:     func(*session.Session, pdu.Header, int) { slow(&sent) },
				Received: func(*session.Session, pdu.Header, int) { slow(&received) },
				Outcome:  func(*session.Session, *pdu.PDU, session.Outcome) { slow(&outcomes) },
				End:      func(*session.Session, []session.LostPDU, error) { slow(&ended) },
			},
		})
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				for range n / 100 {
					require.NoError(t, second(esme.Do(t.Context(), submit("x"))))
				}
			})
		}
		all.Wait()
		require.NoError(t, esme.Shutdown(t.Context()))
		<-esme.Done()
		<-mc.Done()
		time.Sleep(time.Minute)
		require.Zero(t, esme.Stats().Untold)
		require.EqualValues(t, n+2, sent.Load()) // and the bind, and the unbind
		require.EqualValues(t, n+2, received.Load())
		require.EqualValues(t, n+1, outcomes.Load())
		require.EqualValues(t, 1, ended.Load())
	})
}

// badError is an error whose text cannot be had.
type badError struct{}

func (badError) Error() string { panic("no text") }

// TestBadValuesLogged: what a program hands over to be logged cannot harm the session either.
func TestBadValuesLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, die := range map[string]func(){
			"error":   func() { panic(badError{}) },
			"nil":     func() { panic((*pdu.FrameError)(nil)) },
			"joined":  func() { panic(errors.Join(errBoom, badError{})) },
			"goexit":  runtime.Goexit,
			"valuer":  func() { panic(badValuer{}) },
			"runtime": func() { clear(strings.Split("a", "b")[2:]) },
		} {
			for _, typedToo := range []int{1, 2} {
				log := new(hookLogger)
				h := &typed{t: t}
				session.On(&h.Mux, func(context.Context, *session.Request, *pdu.DeliverSM) (*pdu.DeliverSMResp, error) {
					die()
					return nil, nil
				})
				s, p := sessiontest.StartBound(t, session.RoleESME, session.Config{
					Handler: h, Logger: slog.New(log), Concurrency: typedToo,
				})
				p.Send(deliver("x"))
				<-s.Done()
				var e *session.PanicError
				require.ErrorAs(t, s.Err(), &e, name)
				require.EqualValues(t, 1, h.closed.Load())
				require.Len(t, log.with("hook did not return"), 1)
			}
		}
		h := &typed{t: t}
		session.On(&h.Mux, func(context.Context, *session.Request, *pdu.DeliverSM) (*pdu.DeliverSMResp, error) {
			return nil, badError{}
		})
		s, p := sessiontest.StartBound(t, session.RoleESME, session.Config{Handler: h, Logger: slog.New(new(hookLogger))})
		p.WantReply(p.Send(deliver("x")), pdu.StatusSystemError)
		require.NoError(t, s.Err())
	})
}

// badValuer is a value whose form for a log cannot be had.
type badValuer struct{}

func (badValuer) LogValue() slog.Value { panic("no value") }
