package session_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// recorder is a handler with every hook. It writes one line for each call, sees to it that they do not overlap, and then
// runs what the test gave for that hook.
type recorder struct {
	t    testing.TB
	do   map[string]func(e hookCall) // by hook; else HandlePDU answers with ESME_ROK
	busy atomic.Int32

	mu     sync.Mutex
	lines  []string
	lost   []session.LostPDU
	reason error
	closed int
}

// hookCall is what a hook got.
type hookCall struct {
	ctx  context.Context
	s    *session.Session
	r    *session.Request // of HandlePDU and HandleUnanswered
	call *session.Call
	resp *pdu.PDU
}

func newRecorder(t testing.TB) *recorder { return &recorder{t: t, do: map[string]func(hookCall){}} }

func (h *recorder) enter(name string, c hookCall, format string, args ...any) {
	if h.busy.Add(1) != 1 {
		h.t.Errorf("%s overlaps another hook", name)
	}
	defer h.busy.Add(-1)
	h.mu.Lock()
	if h.closed > 0 {
		h.t.Errorf("%s after HandleClose", name)
	}
	h.lines = append(h.lines, fmt.Sprintf(format, args...))
	h.mu.Unlock()
	if f := h.do[name]; f != nil {
		f(c)
	} else if name == "HandlePDU" {
		_ = replyOK(c.r)
	}
}

// log returns the lines so far and forgets them.
func (h *recorder) log() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.lines
	h.lines = nil
	return l
}

// want expects the lines so far.
func (h *recorder) want(lines ...string) {
	h.t.Helper()
	require.Equal(h.t, strings.Join(lines, "\n"), strings.Join(h.log(), "\n"))
}

func (h *recorder) HandlePDU(ctx context.Context, r *session.Request) {
	h.enter("HandlePDU", hookCall{ctx: ctx, s: r.Session(), r: r}, "pdu %v %d", r.PDU.ID, r.PDU.Seq)
}

func (h *recorder) HandleResp(ctx context.Context, s *session.Session, resp, q *pdu.PDU) {
	h.enter("HandleResp", hookCall{ctx: ctx, s: s, resp: resp},
		"resp %v %d %v to %v %d", resp.ID, resp.Seq, resp.Status, q.ID, q.Seq)
}

func (h *recorder) HandleRespTimeout(ctx context.Context, s *session.Session, reqs []*pdu.PDU) {
	var seqs []uint32
	for _, r := range reqs {
		seqs = append(seqs, r.Seq)
	}
	h.enter("HandleRespTimeout", hookCall{ctx: ctx, s: s}, "timeout %v", seqs)
}

func (h *recorder) HandleSendResult(ctx context.Context, s *session.Session, p *pdu.PDU) {
	h.enter("HandleSendResult", hookCall{ctx: ctx, s: s}, "sent %v %d", p.ID, p.Seq)
}

func (h *recorder) HandleLateResp(ctx context.Context, s *session.Session, resp, q *pdu.PDU) {
	to := "nothing"
	if q != nil {
		to = fmt.Sprintf("%v %d", q.ID, q.Seq)
	}
	h.enter("HandleLateResp", hookCall{ctx: ctx, s: s, resp: resp}, "late %v %d to %s", resp.ID, resp.Seq, to)
}

func (h *recorder) HandleMalformed(ctx context.Context, s *session.Session, p *pdu.PDU, err error) {
	h.enter("HandleMalformed", hookCall{ctx: ctx, s: s}, "malformed %v %d %v", p.ID, p.Seq, err != nil)
}

func (h *recorder) HandleState(ctx context.Context, s *session.Session, from, to session.State) {
	h.enter("HandleState", hookCall{ctx: ctx, s: s}, "state %v > %v", from, to)
}

func (h *recorder) HandleUnanswered(ctx context.Context, r *session.Request) {
	h.enter("HandleUnanswered", hookCall{ctx: ctx, s: r.Session(), r: r}, "unanswered %v %d", r.PDU.ID, r.PDU.Seq)
}

func (h *recorder) HandleCall(ctx context.Context, s *session.Session, c *session.Call) {
	h.enter("HandleCall", hookCall{ctx: ctx, s: s, call: c}, "call %v", c.Req)
}

func (h *recorder) HandleCast(ctx context.Context, s *session.Session, msg any) {
	h.enter("HandleCast", hookCall{ctx: ctx, s: s}, "cast %v", msg)
}

func (h *recorder) HandleClose(ctx context.Context, s *session.Session, lost []session.LostPDU, reason error) {
	h.mu.Lock()
	h.lost, h.reason = lost, reason
	h.mu.Unlock()
	h.enter("HandleClose", hookCall{ctx: ctx, s: s}, "close: %v%s", reason, lostText(lost))
	h.mu.Lock()
	h.closed++
	h.mu.Unlock()
}

// ends returns how often HandleClose has returned.
func (h *recorder) ends() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.closed
}

// lostText lists lost PDUs: W for Written, T for Told, I for Incoming, B for Begun.
func lostText(lost []session.LostPDU) string {
	var b strings.Builder
	for _, l := range lost {
		flags := ""
		for _, f := range []struct {
			on   bool
			name string
		}{{l.Written, "W"}, {l.Told, "T"}, {l.Incoming, "I"}, {l.Begun, "B"}} {
			if f.on {
				flags += f.name
			}
		}
		fmt.Fprintf(&b, "; %v %d %s", l.PDU.ID, l.PDU.Seq, flags)
	}
	return b.String()
}

// accepting returns a handler that accepts every bind and hands the session to h.
func accepting(h session.Handler) session.Handler {
	return session.HandlerFunc(func(_ context.Context, r *session.Request) { _ = r.Accept(nil, h) })
}

// handle makes a handler of a function that gets requests.
func handle(f func(r *session.Request)) session.Handler {
	return session.HandlerFunc(func(_ context.Context, r *session.Request) { f(r) })
}
