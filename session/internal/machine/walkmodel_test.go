package machine

import (
	"slices"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/smpp-go/smpp/pdu"
)

// newWalk returns a model with a machine whose limits are tight, bound at once in most walks.
func newWalk(t *rapid.T) *model {
	off := func(d time.Duration, name string) time.Duration {
		return d * time.Duration(rapid.IntRange(0, 3).Draw(t, name))
	}
	role := Role(rapid.IntRange(0, 1).Draw(t, "role"))
	cfg := testConfig(role)
	cfg.Window = rapid.IntRange(1, 4).Draw(t, "window")
	cfg.Places = rapid.IntRange(0, 3).Draw(t, "places")
	cfg.Inbound = rapid.IntRange(1, 4).Draw(t, "inbound")
	cfg.Pause = off(400*time.Millisecond, "pause")
	cfg.Refusals = true
	cfg.GiveUpStatus = rapid.SampledFrom([]pdu.CommandStatus{0, 0, pdu.StatusSystemError}).Draw(t, "giveUp")
	cfg.RespBytes = rapid.IntRange(0, 200).Draw(t, "respBytes")
	cfg.RespBytesUnbound = rapid.IntRange(0, 100).Draw(t, "respBytesUnbound")
	cfg.Reports = rapid.IntRange(0, 5).Draw(t, "reports")
	octets := func(name string) int { return rapid.SampledFrom([]int{1 << 20, 1, 700, 3000}).Draw(t, name) }
	cfg.InboundOctets, cfg.EventOctets = octets("inboundOctets"), octets("eventOctets")
	cfg.ReportOctets, cfg.LateOctets = octets("reportOctets"), octets("lateOctets")
	cfg.BindAttempts = rapid.IntRange(0, 3).Draw(t, "attempts")
	cfg.BindDelay = off(500*time.Millisecond, "bindDelay")
	cfg.LateMax = rapid.IntRange(0, 3).Draw(t, "lateMax")
	cfg.FirstSeq = rapid.SampledFrom([]uint32{0, 1, maxSeq - 3, maxSeq}).Draw(t, "firstSeq")
	cfg.Outcomes = true
	cfg.Hooks = Hooks(rapid.IntRange(0, 255).Draw(t, "hooks"))
	if rapid.IntRange(0, 3).Draw(t, "handler") < 3 {
		cfg.Hooks |= HookPDU
	}
	cfg.SessionInit = off(time.Minute, "init")
	cfg.EnquireLink = off(10*time.Second, "enquire")
	cfg.EnquireLinkTimeout = off(10*time.Second, "enquireTimeout")
	cfg.Inactivity = off(30*time.Second, "inactivity")
	cfg.Response = off(7*time.Second, "response")
	cfg.Answer = off(5*time.Second, "answer")
	cfg.Queue = off(4*time.Second, "queue")
	cfg.Late = off(10*time.Second, "late")
	cfg.UnbindGrace = off(time.Second, "grace")
	switch rapid.IntRange(0, 2).Draw(t, "adaptive") {
	case 1:
		cfg.Adaptive = &Adaptive{Min: rapid.IntRange(1, 3).Draw(t, "least")}
		cfg.Adaptive.Max = cfg.Adaptive.Min + rapid.IntRange(0, 5).Draw(t, "more")
	case 2:
		cfg.Adaptive = &Adaptive{Min: 1, Max: 5, Policy: true}
	}
	w := &model{t: t, cfg: cfg, now: epoch, hookAt: epoch, buffers: map[*byte]bool{}}
	// Buffers have room for one PDU, for few, or for all that there is; one that was given back is spoilt at once.
	size := rapid.SampledFrom([]int{40, 600, 4096}).Draw(t, "buffer")
	shell := &testShell{newIn: w.newIn, withdraw: w.withdraw}
	shell.buffer = func() []byte {
		b := make([]byte, size)
		w.buffers[&b[0]] = true
		return b[:0]
	}
	shell.release = func(b []byte) {
		b = b[:cap(b)]
		delete(w.buffers, &b[0])
		for i := range b {
			b[i] = 0xEE
		}
	}
	w.m = newWith(cfg, epoch, shell)
	if rapid.IntRange(0, 9).Draw(t, "bound") > 1 {
		w.m.setState(rapid.SampledFrom([]State{StateBoundRX, StateBoundTX, StateBoundTRX}).Draw(t, "state"))
		w.m.initBy = 0
	}
	return w
}

// orBind returns b, or while the peer is an ESME that is not bound, often a bind.
func (w *model) orBind(b pdu.Body) pdu.Body {
	if w.cfg.Role != RoleMC || w.m.State().Bound() || rapid.IntRange(0, 2).Draw(w.t, "bind") == 0 {
		return b
	}
	return &pdu.BindTransceiver{InterfaceVersion: pdu.V50}
}

// roomUnheard reports whether a request that is not served any more has room in the report.
func (w *model) roomUnheard(p *pdu.PDU) bool {
	octets := int(size(p))
	for _, other := range w.unheard {
		octets += int(size(other))
	}
	return len(w.unheard) == 0 || len(w.unheard) < w.cfg.Inbound && octets <= w.cfg.InboundOctets
}

// openEvents returns the events whose hooks have not returned.
func (w *model) openEvents() []Effect {
	all := slices.Concat(w.batch, w.m.events.list[w.m.events.head:])
	if w.running != nil {
		all = append(all, *w.running)
	}
	return all
}

// checkOctets: the machine counts what waits, and that is within the bounds; one piece of each always fits.
func (w *model) checkOctets() {
	var inbound, bounded, most int
	for _, in := range w.ins {
		if n := int(in.size); w.open(in) {
			inbound += n
			if !in.is(noResp) && !isBind(in.id) {
				bounded, most = bounded+n, max(most, n)
			}
		}
	}
	if !w.ended {
		require.Equal(w.t, inbound, w.m.inboundOctets)
		require.True(w.t, bounded == 0 || bounded-most < w.cfg.InboundOctets, "%d octets", bounded)
	}
	var resps, largest, reports, pieces int
	for _, e := range w.openEvents() {
		switch n := int(e.Size); e.Kind {
		case EventResp:
			require.Equal(w.t, size(e.PDU), e.Size)
			resps, largest = resps+n, max(largest, n)
		case EventLate, EventMalformed, EventState, EventUnanswered:
			reports += n
			pieces++
		}
	}
	require.Equal(w.t, resps, w.m.respEvents)
	require.LessOrEqual(w.t, resps-largest, w.cfg.EventOctets)
	require.Equal(w.t, reports, w.m.reportOctets)
	require.Equal(w.t, pieces, w.m.reports)
	require.True(w.t, pieces <= 1 || reports <= w.cfg.ReportOctets && pieces <= w.cfg.Reports)
	if !w.ended && w.m.phase < phaseClosing {
		require.True(w.t, resps <= w.cfg.EventOctets || w.m.ReadPaused() && w.m.stuffedBy() != 0)
	}
	w.checkRemembered()
}

// checkRemembered: what is remembered for late responses is within its bounds.
func (w *model) checkRemembered() {
	if w.m.late == nil {
		return
	}
	n := 0
	for o := w.m.late.list.head; o != nil; o = o.next {
		n += int(o.octets)
		require.Equal(w.t, size(&o.PDU), o.octets)
		w.crowded = w.crowded || o.is(opInternal)
	}
	require.Equal(w.t, n, w.m.late.octets)
	require.LessOrEqual(w.t, n, w.cfg.LateOctets)
}

// checkBinds: a refusal is held back until its time and no longer, and the last that a connection may have ends it.
func (w *model) checkBinds() {
	x := w.m.seldom
	if x == nil || w.m.phase >= phaseHalfClosed { // a write may have failed
		return
	}
	last := w.cfg.BindAttempts > 0 && x.attempts >= w.cfg.BindAttempts
	require.True(w.t, !last || w.m.phase >= phaseFinishing || x.held != nil && x.held.last)
	if x.held == nil {
		return
	}
	require.Equal(w.t, RoleMC, w.cfg.Role)
	require.Equal(w.t, phaseServing, w.m.phase, "a refusal that is held back is queued before the end")
	require.Equal(w.t, peerLive, w.m.peer)
	require.False(w.t, w.m.State().Bound())
	at := w.m.Deadline()
	require.False(w.t, at.IsZero() || at.After(w.m.start.Add(time.Duration(x.held.by))))
}

// heldUntil is told of the refusal of a bind that is being judged, and returns when it may be answered.
func (w *model) heldUntil(a Answer) time.Time {
	if w.phase != phaseServing || w.m.peer != peerLive || a.Last || w.cfg.Role != RoleMC {
		return w.now
	}
	delay := max(0, a.Delay)
	if d := w.cfg.BindDelay; d > 0 {
		delay = max(delay, d<<(w.m.seldom.attempts-1))
	}
	return w.now.Add(delay)
}
