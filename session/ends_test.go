package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
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

// loaded is one end of a connection with load in both directions: callers of Do and of Send, and a handler that
// answers. It keeps what it handed over, what it was told and what it got, by the text of the message.
type loaded struct {
	session.NopHandler
	role session.Role
	conn net.Conn
	s    *session.Session
	busy sync.WaitGroup

	mu   sync.Mutex
	made int
	ends map[string]session.Outcome
	no   map[string]bool // refused by the peer
	twin []string        // told twice
	got  map[string]bool
	lost []session.LostPDU
}

func newLoaded(role session.Role, conn net.Conn) *loaded {
	l := &loaded{role: role, conn: conn, ends: map[string]session.Outcome{}, no: map[string]bool{}, got: map[string]bool{}}
	cfg := session.Config{Handler: l, Window: 8}
	if role == session.RoleMC {
		cfg.Handler = accepting(l)
	}
	l.s = session.Start(conn, role, cfg)
	return l
}

func textOf(b pdu.Body) string {
	if sm, ok := b.(*pdu.SubmitSM); ok {
		return string(sm.ShortMessage)
	}
	if d, ok := b.(*pdu.DeliverSM); ok {
		return string(d.ShortMessage)
	}
	return ""
}

// next returns a new message.
func (l *loaded) next() pdu.Body {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.made++
	text := fmt.Sprintf("%v %d", l.role, l.made)
	if l.role == session.RoleMC {
		return deliver(text)
	}
	return submit(text)
}

func (l *loaded) end(b pdu.Body, o session.Outcome, status pdu.CommandStatus) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if status != 0 {
		l.no[textOf(b)] = true
	}
	if _, again := l.ends[textOf(b)]; again {
		l.twin = append(l.twin, textOf(b))
	}
	l.ends[textOf(b)] = o
}

// load sends until the session takes no more.
func (l *loaded) load(t *testing.T) {
	for range 4 {
		l.busy.Go(func() {
			for err := error(nil); err == nil; {
				body := l.next()
				_, err = l.s.Do(t.Context(), body)
				o := session.Responded
				status, refused := pdu.StatusOf(err)
				if !refused {
					status = 0
				}
				if err != nil && !refused {
					var e *session.RequestError
					if !errors.As(err, &e) {
						t.Errorf("%q: %v", textOf(body), err)
						return
					}
					o = e.Outcome
				}
				l.end(body, o, status)
			}
		})
	}
	l.busy.Go(func() {
		for {
			body := l.next()
			if _, err := l.s.Send(t.Context(), body); err != nil {
				l.end(body, session.NotSent, 0)
				return
			}
		}
	})
}

func (l *loaded) HandlePDU(_ context.Context, r *session.Request) {
	l.mu.Lock()
	l.got[textOf(r.PDU.Body)] = true
	l.mu.Unlock()
	_ = replyOK(r)
}

func (l *loaded) HandleResp(_ context.Context, _ *session.Session, resp, req *pdu.PDU) {
	l.end(req.Body, session.Responded, resp.Status)
}

func (l *loaded) HandleClose(_ context.Context, _ *session.Session, lost []session.LostPDU, _ error) {
	l.lost = lost
	for _, x := range lost {
		switch {
		case x.Incoming || x.Told:
		case x.Written:
			l.end(x.PDU.Body, session.Lost, 0)
		default:
			l.end(x.PDU.Body, session.NotSent, 0)
		}
	}
}

// settled holds what was told against what the peer got.
func (l *loaded) settled(t *testing.T, peer *loaded, orderly bool) {
	t.Helper()
	account(t, l.s)
	require.Empty(t, l.twin, "told twice")
	require.Len(t, l.ends, l.made, "every message has an end")
	responded := 0
	for text, o := range l.ends {
		switch o {
		case session.Responded:
			responded++
			if l.no[text] {
				require.False(t, peer.got[text], "%s is refused, and the peer's handler got it", text)
			} else {
				require.True(t, peer.got[text], "%s is responded, and the peer does not know it", text)
			}
		case session.NotSent:
			require.False(t, peer.got[text], "%s is not sent, and the peer got it", text)
		default:
			require.False(t, orderly, "%s is %v in an orderly end", text, o)
			require.Equal(t, session.Lost, o)
		}
	}
	require.Positive(t, responded, "there was load")
	require.Equal(t, l.lost, l.s.Lost())
	if orderly {
		require.Empty(t, l.lost)
	}
	var seqs []uint32
	for _, x := range l.lost {
		if !x.Incoming && x.PDU.Seq > 0 {
			seqs = append(seqs, x.PDU.Seq)
		}
	}
	require.True(t, slices.IsSorted(seqs), "in the order of hand-over: %v", seqs)
}

// errEither stands for the reasons of an end that both ends begin: whose unbind comes first is for the scheduler to say.
var errEither = errors.New("shut down or unbound")

// endedFor checks why s ended; a want of nil is whatever an abrupt end makes of it.
func endedFor(t *testing.T, s *session.Session, want error) {
	t.Helper()
	switch {
	case want == errEither && errors.Is(s.Err(), session.ErrPeerUnbound):
	case want == errEither:
		require.ErrorIs(t, s.Err(), session.ErrShutdown)
	case want != nil:
		require.ErrorIs(t, s.Err(), want)
	}
}

// TestEnds ends loaded sessions in every way, from either end, and compares what both ends say of it.
func TestEnds(t *testing.T) {
	type pair struct{ near, far *loaded }
	ways := map[string]struct {
		end       func(t *testing.T, p pair)
		near, far error // why they end; nil for what an abrupt end makes of it
	}{
		"shutdown": {
			func(t *testing.T, p pair) { require.NoError(t, p.near.s.Shutdown(t.Context())) },
			session.ErrShutdown, session.ErrPeerUnbound,
		},
		"both shut down": {func(t *testing.T, p pair) {
			other := shutdown(t.Context(), p.far.s)
			require.NoError(t, p.near.s.Shutdown(t.Context()))
			require.NoError(t, <-other)
		}, errEither, errEither},
		"unbind": {func(t *testing.T, p pair) {
			_, err := p.near.s.Do(t.Context(), &pdu.Unbind{})
			require.NoError(t, err)
		}, session.ErrShutdown, session.ErrPeerUnbound},
		"close":      {func(_ *testing.T, p pair) { _ = p.near.s.Close() }, session.ErrClosed, nil},
		"both close": {func(_ *testing.T, p pair) { _, _ = p.near.s.Close(), p.far.s.Close() }, session.ErrClosed, nil},
		"half-close": {func(_ *testing.T, p pair) { _ = transport.CloseWrite(p.near.conn) }, nil, nil},
		"reset":      {func(_ *testing.T, p pair) { transport.Reset(p.near.conn) }, nil, nil},
	}
	for name, connect := range transports {
		for way, tt := range ways {
			for _, role := range []session.Role{session.RoleESME, session.RoleMC} {
				t.Run(fmt.Sprintf("%s/%s/%v", name, way, role), func(t *testing.T) {
					client, server := connect(t)
					p := pair{newLoaded(session.RoleESME, client), newLoaded(session.RoleMC, server)}
					_, err := p.near.s.Do(t.Context(), bind(pdu.CommandBindTransceiver, pdu.V50))
					require.NoError(t, err)
					if role == session.RoleMC {
						p.near, p.far = p.far, p.near
					}
					p.near.load(t)
					p.far.load(t)
					for p.near.s.Stats().Responded < 50 || p.far.s.Stats().Responded < 50 {
						time.Sleep(time.Millisecond)
					}
					start := time.Now()
					tt.end(t, p)
					<-p.near.s.Done()
					<-p.far.s.Done()
					p.near.busy.Wait()
					p.far.busy.Wait()
					orderly := tt.far != nil
					require.Less(t, time.Since(start), 4*time.Second)
					endedFor(t, p.near.s, tt.near)
					endedFor(t, p.far.s, tt.far)
					p.near.settled(t, p.far, orderly)
					p.far.settled(t, p.near, orderly)
				})
			}
		}
	}
}

// TestEndsWithFIN: a peer that sends without a pause gets every answer that is due and then the end of file, never a
// reset, although the session reads nothing of what comes last.
func TestEndsWithFIN(t *testing.T) {
	for name, connect := range transports {
		for _, way := range []string{"shutdown", "unbind", "peer unbinds"} {
			t.Run(name+"/"+way, func(t *testing.T) {
				a, b := connect(t)
				s := session.Start(b, session.RoleMC, session.Config{Handler: accepting(answering("1"))})
				finish(t, s)
				p := sessiontest.NewPeer(t, a)
				p.WantReply(p.Send(bind(pdu.CommandBindTransceiver, pdu.V34)), pdu.StatusOK)
				const due = 100
				var all []byte
				for i := range uint32(due) {
					all = append(all, encode(t, req(2+i, submit("due")))...)
				}
				p.Write(all)
				var down <-chan error
				switch way {
				case "shutdown":
					down = shutdown(t.Context(), s)
				case "unbind":
					wait := sessiontest.Do(t.Context(), s, &pdu.Unbind{})
					defer func() { require.NoError(t, second(wait())) }()
				default:
					p.SendPDU(req(0x7000, &pdu.Unbind{}))
				}
				var flooding sync.WaitGroup
				var over atomic.Bool
				flood := func() {
					more := encode(t, req(0x7FFF, submit("too late")))
					for !over.Load() {
						if _, err := a.Write(more); err != nil {
							t.Errorf("the flood: %v", err)
							return
						}
						time.Sleep(100 * time.Microsecond)
					}
				}
				answered := 0
				for {
					x, err := p.Read()
					if err != nil {
						require.Equal(t, io.EOF, err, "no reset")
						break
					}
					switch {
					case x.ID == pdu.CommandUnbind:
						p.Reply(x, nil)
						flooding.Go(flood)
					case x.ID == pdu.CommandUnbindResp: // a peer that has unbound says no more
						p.CloseWrite()
					case x.Seq < 2+due:
						answered++
					}
				}
				require.Equal(t, due, answered)
				over.Store(true)
				flooding.Wait()
				_ = a.Close()
				<-s.Done()
				if down != nil {
					require.NoError(t, <-down)
				}
			})
		}
	}
}

// TestDrainCut breaks into each phase of a drain. Whatever comes, the session ends within the bound of that event, and
// the report has what was outstanding.
func TestDrainCut(t *testing.T) {
	phases := map[string]func(p *sessiontest.Peer, q *pdu.PDU){
		"outstanding": func(*sessiontest.Peer, *pdu.PDU) {},
		"unbinding":   func(p *sessiontest.Peer, q *pdu.PDU) { p.Reply(q, nil); sessiontest.Expect[*pdu.Unbind](p) },
		"answer due": func(p *sessiontest.Peer, q *pdu.PDU) {
			p.Reply(q, nil)
			p.WantIdle(time.Second) // no unbind
		},
		"half-closed": func(p *sessiontest.Peer, q *pdu.PDU) {
			p.Reply(q, nil)
			u, _ := sessiontest.Expect[*pdu.Unbind](p)
			p.Reply(u, nil)
			p.WantClosed()
		},
	}
	events := map[string]struct {
		act   func(s *session.Session, p *sessiontest.Peer, cancel func())
		bound time.Duration
	}{
		"end of file":  {func(_ *session.Session, p *sessiontest.Peer, _ func()) { p.CloseWrite() }, time.Second},
		"reset":        {func(_ *session.Session, p *sessiontest.Peer, _ func()) { p.Pipe().CutAfter(0) }, 0},
		"close":        {func(s *session.Session, _ *sessiontest.Peer, _ func()) { _ = s.Close() }, 0},
		"cancel":       {func(_ *session.Session, _ *sessiontest.Peer, cancel func()) { cancel() }, time.Second},
		"peer unbinds": {func(_ *session.Session, p *sessiontest.Peer, _ func()) { p.Send(&pdu.Unbind{}) }, 7 * time.Second},
		// Our unbind gets the response time as everything else does, and the peer's FIN a second more.
		"silence": {func(*session.Session, *sessiontest.Peer, func()) {}, 41 * time.Second},
	}
	for phase, enter := range phases {
		for event, tt := range events {
			t.Run(phase+"/"+event, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, p := sessiontest.StartBound(t, session.RoleESME, session.Config{
						Handler: handle(func(*session.Request) {}), ResponseTimeout: 20 * time.Second,
						AnswerTimeout: 30 * time.Second, EnquireLinkInterval: -1,
					})
					wait := sessiontest.Do(t.Context(), s, submit("x"))
					q, _ := sessiontest.Expect[*pdu.SubmitSM](p)
					if phase == "answer due" {
						p.Send(deliver("never answered"))
						synctest.Wait()
					}
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					down := shutdown(ctx, s)
					synctest.Wait()
					enter(p, q)
					synctest.Wait()
					start := time.Now()
					tt.act(s, p, cancel)
					<-s.Done()
					bound := tt.bound
					if phase == "answer due" && event == "silence" {
						bound = 50 * time.Second // AnswerTimeout comes before that
					}
					require.LessOrEqual(t, time.Since(start), bound)
					<-down
					_, err := wait()
					lost := lostText(s.Lost())
					switch {
					case phase != "outstanding":
						require.NoError(t, err)
						require.NotContains(t, lost, "submit_sm")
					case event == "silence":
						require.ErrorIs(t, err, session.ErrResponseTimeout)
					default:
						require.Equal(t, session.Lost, outcome(t, err))
						require.Equal(t, "; submit_sm 2 WT", lost)
					}
					if phase == "answer due" && event != "silence" {
						require.Equal(t, "; deliver_sm 1 IB", lost)
					}
					account(t, s)
				})
			})
		}
	}
}

// TestEndStalled: an end that the peer started, while it does not read what is due to it, is bounded as well.
func TestEndStalled(t *testing.T) {
	for name, tt := range map[string]struct {
		act   func(p *sessiontest.Peer)
		bound time.Duration
	}{
		"end of file": {func(p *sessiontest.Peer) { p.CloseWrite() }, time.Second},
		"unbind":      {func(p *sessiontest.Peer) { p.Send(&pdu.Unbind{}) }, 10 * time.Second}, // WriteTimeout
		"no SMPP":     {func(p *sessiontest.Peer) { p.Write([]byte("\x16\x03\x01\x02\x00")) }, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := sessiontest.StartBound(t, session.RoleESME, session.Config{})
				s.NetConn().(*transport.PipeConn).SetBuffer(8)
				_, err := s.TrySend(submit("stuck"))
				require.NoError(t, err)
				synctest.Wait()
				start := time.Now()
				tt.act(p)
				<-s.Done()
				require.LessOrEqual(t, time.Since(start), tt.bound)
				require.Equal(t, "; submit_sm 2 W", lostText(s.Lost()))
			})
		})
	}
}
