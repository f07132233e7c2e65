package machine

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

func adapting(n int, a Adaptive) func(*Config) {
	return func(c *Config) { c.Window, c.Adaptive = n, &a }
}

// samples is a policy that notes what it is told, and returns the next of its answers.
type samples struct {
	got     []WindowSample
	answers []int
}

func (s *samples) policy(w WindowSample) int {
	s.got = append(s.got, w)
	return s.answers[min(len(s.got), len(s.answers))-1]
}

// respond answers our submit_sm of the given numbers with a status and, unless it is negative, a congestion_state.
func (r *rig) respond(s pdu.CommandStatus, load int, seqs ...uint32) {
	for _, seq := range seqs {
		b := new(pdu.SubmitSMResp)
		if load >= 0 {
			b.TLVs = pdu.TLVs{{Tag: pdu.TagCongestionState, Value: []byte{byte(load)}}}
		}
		r.m.Recv(r.now, &pdu.PDU{Header: pdu.Header{ID: pdu.CommandSubmitSMResp, Status: s, Seq: seq}, Body: b}, nil)
	}
	r.effects()
}

// outstanding returns the numbers of our requests that the socket has.
func (r *rig) outstanding() (seqs []uint32) {
	for o := r.m.handed.head; o != nil; o = o.next {
		seqs = append(seqs, o.PDU.Seq)
	}
	return seqs
}

// flood hands requests over until one has to wait, and writes.
func (r *rig) flood() {
	r.t.Helper()
	for r.m.waiting == 0 {
		r.do("flood")
	}
	r.flush()
	r.effects()
}

// roundTrip floods, and lets all that is outstanding after a time be answered then.
func (r *rig) roundTrip(d time.Duration, s pdu.CommandStatus, load int) {
	r.t.Helper()
	r.flood()
	r.pass(d)
	r.respond(s, load, r.outstanding()...)
}

const trip = 50 * time.Millisecond

// TestAdaptivePolicy: a policy is told once a round what the round has shown, and its answer is the window, within the
// bounds.
func TestAdaptivePolicy(t *testing.T) {
	s := samples{answers: []int{5, 1000, -1}}
	r := boundRig(t, RoleESME, adapting(4, Adaptive{Min: 2, Max: 7, Policy: true}))
	r.policy = s.policy
	after := func(d time.Duration) { r.pass(d * time.Millisecond) }

	r.do("1", "2", "3", "4", "5", "6")
	r.flush()
	after(30)
	require.Empty(t, s.got)
	r.respond(pdu.StatusOK, -1, 1)
	require.Equal(t, []WindowSample{{
		Window: 4, InUse: 4, Limited: true, Responses: 1, Congestion: -1,
		MeanRoundTrip: 30 * time.Millisecond, MinRoundTrip: 30 * time.Millisecond, Elapsed: 30 * time.Millisecond,
	}}, s.got)
	require.Equal(t, 5, r.m.Stats().Window)
	require.Equal(t, 5, r.m.Stats().Slots)
	r.writes("submit_sm#5", "submit_sm#6")

	after(10)
	r.respond(pdu.StatusThrottled, 70, 2)
	after(10)
	r.respond(pdu.StatusOK, 85, 3)
	after(10)
	r.respond(pdu.StatusMsgQueueFull, 20, 4)
	require.Len(t, s.got, 1, "these went out before the round began")
	after(40)
	r.respond(pdu.StatusInvalidDestAddr, -1, 5)
	require.Equal(t, WindowSample{
		Window: 5, InUse: 2, Responses: 4, Throttled: 2, Congestion: 85,
		MeanRoundTrip: 60 * time.Millisecond, MinRoundTrip: 50 * time.Millisecond, Elapsed: 70 * time.Millisecond,
	}, s.got[1])
	require.Equal(t, 7, r.m.Stats().Window)

	r.do("7")
	r.flush()
	r.pass(time.Minute)
	r.effects()
	require.Len(t, s.got, 3)
	require.Equal(t, WindowSample{Window: 7, InUse: 1, TimedOut: 2, Congestion: -1, Elapsed: time.Minute}, s.got[2])
	require.Equal(t, 2, r.m.Stats().Window)
	r.do("8", "9", "waits")
	require.Equal(t, 1, r.m.Stats().Waiting)
}

// TestPolicyAnswered: a policy that thinks is not asked again, and the window stays until it answers.
func TestPolicyAnswered(t *testing.T) {
	r := boundRig(t, RoleESME, adapting(2, Adaptive{Min: 1, Max: 7, Policy: true}))
	round := func() {
		r.do("a")
		r.flush()
		r.pass(trip)
		r.ok(r.outstanding()...)
	}
	round()
	r.want("policy", "done a responded")
	round()
	round()
	r.want("done a responded", "done a responded")
	require.Equal(t, 2, r.m.Stats().Window)
	r.do("b", "c", "d")
	r.m.PolicyAnswered(r.now, 3)
	r.want("admit d")
	r.flush()
	r.pass(trip)
	r.ok(r.outstanding()...)
	require.Contains(t, r.effects(), "policy")
	r.m.PolicyAnswered(r.now, 100)
	require.Equal(t, 7, r.m.Stats().Window)
}

// TestAdaptivePolicyLimited: a request that the window refuses tells that it is short, as one that waits does.
func TestAdaptivePolicyLimited(t *testing.T) {
	s := samples{answers: []int{2}}
	r := boundRig(t, RoleESME, adapting(2, Adaptive{Min: 1, Max: 10, Policy: true}))
	r.policy = s.policy
	round := func(refused bool) {
		for range 2 {
			require.NoError(t, r.try("a"))
		}
		r.flush()
		if refused {
			require.ErrorIs(t, r.try("b"), ErrWindowFull)
		}
		r.pass(trip)
		r.respond(pdu.StatusOK, -1, r.outstanding()...)
	}
	round(false)
	round(true)
	round(false)
	require.Len(t, s.got, 3)
	require.Equal(t, []bool{false, true, false}, []bool{s.got[0].Limited, s.got[1].Limited, s.got[2].Limited})
}

// TestAdaptiveCounts: the window learns from requests that hold a slot. The peer takes its time to judge a bind, and
// enquire_link says nothing of the work.
func TestAdaptiveCounts(t *testing.T) {
	for _, policy := range []bool{false, true} {
		t.Run(fmt.Sprintf("policy %t", policy), func(t *testing.T) {
			s := samples{answers: []int{9}}
			a := Adaptive{Min: 1, Max: 100}
			if policy {
				a.Policy = true
			}
			r := newRig(t, RoleESME, adapting(8, a), func(c *Config) { c.SessionInit = 0 })
			r.policy = s.policy
			require.NoError(t, r.own("slow", bindBody(pdu.CommandBindTransceiver, pdu.V50)))
			r.flush()
			r.pass(time.Minute)
			require.Contains(t, r.effects(), "timeout slow")
			require.NoError(t, r.own("refused", bindBody(pdu.CommandBindTransceiver, pdu.V50)))
			r.flush()
			r.m.Recv(r.now, &pdu.PDU{Header: pdu.Header{
				ID: pdu.CommandBindTransceiverResp, Status: pdu.StatusThrottled, Seq: 2,
			}}, nil)
			require.NoError(t, r.own("bind", bindBody(pdu.CommandBindTransceiver, pdu.V50)))
			r.flush()
			r.pass(3 * time.Second)
			r.resp(3, new(pdu.BindTransceiverResp))
			require.True(t, r.m.State().Bound())
			for range 2 {
				require.NoError(t, r.own("link", new(pdu.EnquireLink)))
			}
			r.flush()
			r.pass(time.Second)
			r.resp(4, new(pdu.EnquireLinkResp))
			r.pass(time.Minute)
			require.Contains(t, r.effects(), "timeout link")
			require.Empty(t, s.got)
			require.Equal(t, 8, r.m.Stats().Window)
			require.Zero(t, r.m.adaptive.round.Responses+r.m.adaptive.round.TimedOut)
			require.Zero(t, r.m.adaptive.minRoundTrip())

			r.do("a", "b")
			r.flush()
			r.pass(trip)
			r.respond(pdu.StatusOK, -1, r.outstanding()...)
			require.EqualValues(t, trip, r.m.adaptive.minRoundTrip())
			if policy {
				require.Equal(t, trip, s.got[0].MeanRoundTrip)
				require.Equal(t, 1, s.got[0].Responses)
			}
		})
	}
}

// TestAdaptiveTimeout: a request without a response halves the window, but those that went out with it do not halve it
// again.
func TestAdaptiveTimeout(t *testing.T) {
	r := boundRig(t, RoleESME, adapting(16, Adaptive{Min: 3, Max: 100}))
	for _, want := range []int{8, 4, 3, 3} {
		r.flood()
		require.Len(t, r.outstanding(), r.m.Stats().Window)
		r.pass(time.Minute)
		require.Equal(t, want, r.m.Stats().Window)
		r.effects()
	}

	r = boundRig(t, RoleESME, adapting(16, Adaptive{Min: 1, Max: 100}))
	for range 16 {
		r.do("a")
		r.flush()
		r.pass(time.Second)
	}
	r.pass(44 * time.Second)
	require.Equal(t, 8, r.m.Stats().Window)
	r.pass(16 * time.Second)
	require.Equal(t, 8, r.m.Stats().Window)
	require.Zero(t, r.m.Stats().Slots)
}

// steady returns a rig whose window is n, with no startup and no dip under way, and full with requests.
func steady(t *testing.T, n int, a Adaptive) *rig {
	r := boundRig(t, RoleESME, adapting(n, a))
	for range 6 {
		r.m.SetWindow(r.now, n)
		r.roundTrip(trip, pdu.StatusOK, -1)
	}
	r.m.SetWindow(r.now, n)
	r.flood()
	require.Len(t, r.outstanding(), n)
	return r
}

// TestAdaptiveCongestion: what congestion_state does to a window of 20 in a round, beyond startup. From 80 on requests
// are spaced besides.
func TestAdaptiveCongestion(t *testing.T) {
	for load, want := range map[int]int{
		-1:  23, // 15 % more than what is carried
		0:   23,
		79:  23,
		80:  20,
		89:  20,
		90:  18,
		99:  18,
		100: 17,
		101: 23, // reserved
		255: 23,
	} {
		t.Run(fmt.Sprint(load), func(t *testing.T) {
			r := steady(t, 20, Adaptive{Min: 1, Max: 100})
			r.pass(trip)
			seqs := r.outstanding()
			r.respond(pdu.StatusOK, load, seqs[3])
			r.respond(pdu.StatusOK, -1, seqs[:3]...)
			r.respond(pdu.StatusOK, -1, seqs[4:]...)
			require.Equal(t, want, r.m.Stats().Window)

			r.flood()
			if at := len(r.outstanding()); want == 23 {
				require.Equal(t, 23, at)
			} else {
				require.Less(t, at, 10, "at once")
				r.pass(trip)
				r.flush()
				require.Greater(t, len(r.outstanding()), at)
			}
		})
	}
}

// TestAdaptiveCongestionState: congestion_state is read from every response that may have it, of whatever status, also
// one that ends no request; the highest of a round counts.
func TestAdaptiveCongestionState(t *testing.T) {
	tlvs := func(b ...byte) pdu.TLVs { return pdu.TLVs{{Tag: pdu.TagCongestionState, Value: b}} }
	for _, b := range []pdu.Body{
		&pdu.SubmitSMResp{TLVs: tlvs(7)},
		&pdu.DeliverSMResp{TLVs: tlvs(7)},
		&pdu.DataSMResp{TLVs: tlvs(7)},
		&pdu.SubmitMultiResp{TLVs: tlvs(7)},
		&pdu.EnquireLinkResp{TLVs: tlvs(7)},
		&pdu.QuerySMResp{TLVs: tlvs(7)},
		&pdu.CancelSMResp{TLVs: tlvs(7)},
		&pdu.ReplaceSMResp{TLVs: tlvs(7)},
		&pdu.BroadcastSMResp{TLVs: tlvs(7)},
		&pdu.QueryBroadcastSMResp{TLVs: tlvs(7)},
		&pdu.CancelBroadcastSMResp{TLVs: tlvs(7)},
		&pdu.UnbindResp{TLVs: tlvs(7)},
		&pdu.BindReceiverResp{TLVs: tlvs(7)},
		&pdu.BindTransmitterResp{TLVs: tlvs(7)},
		&pdu.BindTransceiverResp{TLVs: tlvs(7)},
	} {
		r := boundRig(t, RoleESME, adapting(2, Adaptive{Min: 1, Max: 9}))
		r.resp(99, b)
		require.Equal(t, 7, r.m.adaptive.round.Congestion, "%T", b)
	}

	s := samples{answers: []int{4}}
	r := boundRig(t, RoleESME, adapting(4, Adaptive{Min: 1, Max: 9, Policy: true}))
	r.policy = s.policy
	for _, b := range []pdu.Body{
		&pdu.SubmitSMResp{TLVs: tlvs(40)},
		&pdu.SubmitSMResp{TLVs: tlvs(30)},
		&pdu.SubmitSMResp{TLVs: tlvs(101)},
		&pdu.SubmitSMResp{TLVs: tlvs(90, 0)},
		&pdu.SubmitSMResp{TLVs: tlvs()},
		&pdu.GenericNack{},
		nil,
	} {
		r.m.Recv(r.now, &pdu.PDU{Header: pdu.Header{ID: pdu.CommandSubmitSMResp, Seq: 99}, Body: b}, nil)
	}
	r.do("a")
	r.flush()
	r.respond(pdu.StatusOK, 5, 1)
	require.Equal(t, 40, s.got[0].Congestion)
}

// TestAdaptiveFixed: without Adaptive the window stays as it is, whatever the peer says, and nothing is spaced.
func TestAdaptiveFixed(t *testing.T) {
	r := boundRig(t, RoleESME, window(10))
	full := func() {
		r.flood()
		require.Equal(t, 10, r.m.Stats().Window)
		require.Len(t, r.outstanding(), 10)
	}
	for _, s := range []pdu.CommandStatus{
		pdu.StatusOK, pdu.StatusThrottled, pdu.StatusMsgQueueFull, pdu.StatusSystemError,
	} {
		for _, load := range []int{-1, 0, 80, 90, 100} {
			full()
			r.pass(trip)
			r.respond(s, load, r.outstanding()...)
		}
	}
	full()
	r.pass(time.Minute)
	full()
	r.m.SetWindow(r.now, 500)
	r.roundTrip(trip, pdu.StatusThrottled, 100)
	require.Equal(t, 500, r.m.Stats().Window)
}

// TestAdaptiveSetWindow: the window goes on from the one that the user sets, within the bounds, and without doubling.
func TestAdaptiveSetWindow(t *testing.T) {
	r := boundRig(t, RoleESME, adapting(16, Adaptive{Min: 4, Max: 200}))
	r.m.SetWindow(r.now, 1000)
	require.Equal(t, 200, r.m.Stats().Window)
	r.m.SetWindow(r.now, -1)
	require.Equal(t, 4, r.m.Stats().Window)

	r = steady(t, 40, Adaptive{Min: 4, Max: 200})
	r.pass(trip)
	r.respond(pdu.StatusOK, -1, r.outstanding()...)
	require.Equal(t, 46, r.m.Stats().Window, "15 % more than what is carried")

	r = boundRig(t, RoleESME, adapting(16, Adaptive{Min: 4, Max: 200}))
	r.m.SetWindow(r.now, 40)
	r.roundTrip(trip, pdu.StatusOK, -1)
	require.LessOrEqual(t, r.m.Stats().Window, 46, "it would double at first")

	for _, kind := range []peerKind{queues, tells, throttles} {
		for _, n := range []int{2, 200} {
			t.Run(fmt.Sprintf("%s/%d", kind, n), func(t *testing.T) {
				p := newSimPeer(kind, 400, trip)
				s := newSim(t, p, adaptiveConfig())
				s.run(100 * p.unit())
				s.m.SetWindow(epoch.Add(s.now), n)
				require.Equal(t, n, s.m.Stats().Window)
				s.run(s.now + 60*p.unit())
				r := s.stretch(100 * p.unit())
				require.GreaterOrEqual(t, r.rate, 0.8*p.rate)
				require.LessOrEqual(t, r.throttled, 0.01)
				require.LessOrEqual(t, r.most, 40)
			})
		}
	}
}

// TestAdaptiveSetWindowSafe: what the user sets passes the window that was found to be safe, and counts as none.
func TestAdaptiveSetWindowSafe(t *testing.T) {
	p := newSimPeer(throttles, 400, trip)
	s := newSim(t, p, adaptiveConfig())
	s.run(100 * p.unit())
	p.rate *= 4
	s.m.SetWindow(epoch.Add(s.now), 40)
	s.run(s.now + 15*p.unit())
	r := s.stretch(20 * p.unit())
	require.GreaterOrEqual(t, r.rate, 0.85*p.rate)
	require.LessOrEqual(t, r.throttled, 0.01)
}
