package machine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

// The tests of bounds in octets belong to REVIEW.md finding 2: bounds were in pieces, and a piece may be of a megabyte.

// big is a body with n octets beyond those of an empty one.
func big(b pdu.Body, n int) pdu.Body {
	list := pdu.TLVs{{Tag: 0x1400, Value: make([]byte, n)}}
	switch b.(type) {
	case *pdu.SubmitSM:
		return &pdu.SubmitSM{TLVs: list}
	case *pdu.DeliverSM:
		return &pdu.DeliverSM{TLVs: list}
	case *pdu.SubmitSMResp:
		return &pdu.SubmitSMResp{TLVs: list}
	case *pdu.AlertNotification:
		return &pdu.AlertNotification{TLVs: list}
	default:
		return &pdu.DeliverSMResp{TLVs: list}
	}
}

// sizeOf is the size of a body as decoded.
func sizeOf(b pdu.Body) int { return int(size(&pdu.PDU{Body: b})) }

// TestInboundOctets: what is not answered is bounded in octets; one request always fits. Reading pauses at the bound
// until half of it is answered, and after the pause limit what comes is refused.
func TestInboundOctets(t *testing.T) {
	body := big(&pdu.SubmitSM{}, 1000)
	n := sizeOf(body)
	r := boundRig(t, RoleMC, func(c *Config) { c.InboundOctets = 4 * n })
	r.held = true
	for seq := range uint32(3) {
		r.peer(1+seq, body)
		require.False(t, r.m.ReadPaused(), seq)
	}
	r.peer(4, body)
	require.True(t, r.m.ReadPaused())
	require.Equal(t, 4*n, r.m.inboundOctets)
	r.held = false
	r.effects()
	require.NoError(t, r.reject(1, pdu.StatusSystemError))
	require.NoError(t, r.reject(2, pdu.StatusSystemError))
	require.Len(t, r.flush(), 2)
	require.True(t, r.m.ReadPaused(), "half of it is not less than half")
	require.NoError(t, r.reject(3, pdu.StatusSystemError))
	require.Len(t, r.flush(), 1)
	require.False(t, r.m.ReadPaused())
	require.Equal(t, n, r.m.inboundOctets)

	for seq := range uint32(3) {
		r.peer(5+seq, body)
	}
	r.effects()
	r.pass(time.Second)
	r.peer(9, &pdu.SubmitSM{})
	r.writes("submit_sm_resp#9 ESME_RTHROTTLED")
	for _, seq := range []uint32{4, 5, 6} {
		require.NoError(t, r.reject(seq, pdu.StatusSystemError))
	}
	r.flush()
	r.peer(10, body)
	r.effects()
	require.Equal(t, 2*n, r.m.inboundOctets, "it is served again")
	r.m.Close(r.now)
	require.Zero(t, r.m.inboundOctets)

	one := boundRig(t, RoleMC, func(c *Config) { c.InboundOctets, c.Pause = 1, 0 })
	one.peer(1, body)
	one.want("pdu submit_sm#1")
	one.peer(2, body)
	one.writes("submit_sm_resp#2 ESME_RTHROTTLED")
	require.NoError(t, one.reject(1, pdu.StatusSystemError))
	one.flush()
	one.effects()
	one.peer(3, body)
	one.want("pdu submit_sm#3")
}

// TestInboundOctetsKept: the octets are those of the request as it came, whatever its handler makes of it meanwhile.
func TestInboundOctetsKept(t *testing.T) {
	r := boundRig(t, RoleMC)
	r.peer(1, big(&pdu.SubmitSM{}, 1000))
	r.effects()
	n := r.m.inboundOctets
	require.Greater(t, n, 1000)
	in := r.ins[1]
	in.PDU.Body.(*pdu.SubmitSM).TLVs = nil
	in.PDU.Header = pdu.Header{ID: pdu.CommandDeliverSM, Seq: 4711}
	require.NoError(t, r.give(in, Answer{Body: &pdu.SubmitSMResp{MessageID: "1"}}))
	r.writes("submit_sm_resp#1")
	require.Zero(t, r.m.inboundOctets)
}

// TestTakenBackOctets: a request that waits for its turn counts as much as before, and one that is given up no more.
func TestTakenBackOctets(t *testing.T) {
	r := boundRig(t, RoleMC)
	r.full = true
	r.peer(1, big(&pdu.SubmitSM{}, 1000))
	r.effects()
	n := r.m.inboundOctets
	require.Greater(t, n, 1000)
	r.turn(1)
	require.Equal(t, n, r.m.inboundOctets)
	r.pass(time.Minute)
	r.want("gave up submit_sm#1", "unanswered submit_sm#1: given up")
	require.Zero(t, r.m.inboundOctets)
}

// TestEventOctets: responses that wait for hooks are bounded in octets. Beyond the bound reading pauses, with no limit
// to it but that the session ends after 10 s.
func TestEventOctets(t *testing.T) {
	body := big(&pdu.SubmitSMResp{}, 1000)
	n := sizeOf(body)
	for _, stuck := range []bool{false, true} {
		r := boundRig(t, RoleESME, func(c *Config) { c.EventOctets = 2 * n })
		r.slow = true
		r.send("a", "b", "c", "d")
		r.flush()
		r.effects() // their send results wait as well, and are small
		r.resp(1, body)
		r.resp(2, body)
		require.False(t, r.m.ReadPaused())
		r.resp(3, body)
		require.True(t, r.m.ReadPaused())
		r.want("resp a responded", "resp b responded", "resp c responded")
		r.pass(10*time.Second - 1)
		r.want()
		if stuck {
			r.pass(1)
			r.want("cut", "close: responses waited too long for the handler", "lost submit_sm#4 w")
			continue
		}
		r.m.EventDone(r.now, &r.pending[4])
		r.pending = append(r.pending[:4], r.pending[5:]...)
		require.False(t, r.m.ReadPaused(), "within the bound is enough")
		r.pass(20 * time.Second)
		r.want()
		r.returned()
		require.Zero(t, r.m.respEvents)
		r.slow = true
		r.resp(4, body)
		r.effects()
		r.pass(30 * time.Second)
		r.want() // one is within it: the time does not go on from before
	}
}

// TestEventOctetsDeadlines: that reading pauses for responses puts nothing off: a peer that answered nothing would
// otherwise keep requests open for good.
func TestEventOctetsDeadlines(t *testing.T) {
	body := big(&pdu.SubmitSMResp{}, 1000)
	r := boundRig(t, RoleESME, func(c *Config) { c.EventOctets, c.Response = 1, 3*time.Second })
	r.send("a", "b")
	r.flush()
	r.effects()
	r.slow = true
	r.resp(1, body)
	require.True(t, r.m.ReadPaused())
	r.effects()
	r.pass(3 * time.Second)
	r.want("timeout b")
}

// TestReportOctets: late, unknown and malformed PDUs and unanswered requests that wait for a hook are bounded in
// octets; one always fits; what does not is counted.
func TestReportOctets(t *testing.T) {
	body := big(&pdu.SubmitSMResp{}, 1000)
	n := sizeOf(body)
	r := boundRig(t, RoleESME, func(c *Config) { c.ReportOctets = 2*n + n/2 })
	r.slow = true
	for seq := range uint32(5) {
		r.resp(100+seq, body)
	}
	require.EqualValues(t, 3, r.m.Stats().Dropped)
	r.want("unknown submit_sm_resp#100", "unknown submit_sm_resp#101")
	require.Equal(t, 2*n, r.m.reportOctets)
	r.malformed(pdu.CommandDeliverSM, 7, 1) // it is small
	r.want("malformed deliver_sm#7")
	r.returned()
	require.Zero(t, r.m.reportOctets)
	require.Zero(t, r.m.reports)

	r.m.cfg.ReportOctets = 1
	r.resp(200, body)
	r.resp(201, body)
	r.want("unknown submit_sm_resp#200")
	require.EqualValues(t, 4, r.m.Stats().Dropped)
	r.resp(202, body)
	r.want("unknown submit_sm_resp#202")

	// A notification beyond the bounds of requests.
	r = boundRig(t, RoleESME, alone(1), func(c *Config) { c.ReportOctets = 1 })
	r.held = true
	note := big(&pdu.AlertNotification{}, 100)
	r.peer(1, note)
	r.peer(2, note)
	r.peer(3, note)
	r.held = false
	r.want("pdu alert_notification#1", "unanswered alert_notification#2: refused")
	require.EqualValues(t, 1, r.m.Stats().Dropped)
}

// TestLateOctets: what is remembered for late responses is bounded in octets, the oldest forgotten first. What counts
// is the size when it was sent: its caller may have used the body again.
func TestLateOctets(t *testing.T) {
	body := big(&pdu.SubmitSM{}, 1000).(*pdu.SubmitSM)
	n := sizeOf(body)
	r := boundRig(t, RoleESME, func(c *Config) { c.LateOctets = 3 * n })
	for _, name := range []string{"a", "b", "c", "d"} {
		require.NoError(t, r.own(name, body))
	}
	require.NoError(t, r.own("small", &pdu.SubmitSM{}))
	for len(r.flush()) > 0 { // a buffer at a time
	}
	body.TLVs = nil
	r.pass(time.Minute)
	r.effects()
	require.Equal(t, 3, r.m.Stats().Remember, "two and a small one")
	require.Equal(t, 2*n+sizeOf(&pdu.SubmitSM{}), r.m.late.octets)
	r.ok(1, 2, 3, 4, 5)
	r.want("unknown submit_sm_resp#1", "unknown submit_sm_resp#2", "late c", "late d", "late small")
	require.Zero(t, r.m.late.octets)

	none := boundRig(t, RoleESME, func(c *Config) { c.LateOctets = 1 })
	none.send("a")
	none.flush()
	none.pass(time.Minute)
	none.effects()
	require.Zero(t, none.m.Stats().Remember, "not even one")
}

// TestResponseOctets: responses that are not written are bounded in octets: reading pauses. Before a bind, and once
// more none is bound, they are answers to a stranger, and the bound is another.
func TestResponseOctets(t *testing.T) {
	set := func(c *Config) { c.RespBytes, c.RespBytesUnbound = 160, 32 }
	fill := func(r *rig, most int) {
		t.Helper()
		r.m.unboundRequests = 0
		n := 0
		for ; !r.m.ReadPaused() && n < 100; n++ {
			r.peer(uint32(n), &pdu.EnquireLink{})
		}
		require.Equal(t, most, n)
		r.flush()
		require.False(t, r.m.ReadPaused())
	}
	r := newRig(t, RoleMC, set)
	fill(r, 3)
	r.bind(pdu.CommandBindTransceiver, pdu.V50)
	fill(r, 11)
	r.peer(1, &pdu.Unbind{})
	r.flush()
	require.Equal(t, StateUnbound, r.m.State())
	fill(r, 11)
	fill(newRig(t, RoleESME, set), 3)
	fill(newRig(t, RoleMC, set, func(c *Config) { c.RespBytes = 16 }), 2) // the lower one holds
}

// TestUnheardOctets: requests that come when the session is about to end are listed as far as there is room, one
// always.
func TestUnheardOctets(t *testing.T) {
	body := big(&pdu.SubmitSM{}, 1000)
	n := sizeOf(body)
	for room, want := range map[int]int{1: 1, n: 1, 2*n - 1: 1, 2 * n: 2, 10 * n: 4} {
		r := boundRig(t, RoleMC, func(c *Config) { c.Inbound, c.InboundOctets = 4, room })
		r.m.Drain(r.now)
		r.writes("unbind#1")
		r.resp(1, &pdu.UnbindResp{})
		r.want("half-close")
		for seq := range uint32(6) {
			r.peer(10+seq, body)
			r.peer(20, &pdu.EnquireLink{})
		}
		require.EqualValues(t, 6, r.m.Stats().Refused)
		require.EqualValues(t, 6-want, r.m.Stats().Dropped, room)
		r.m.ConnEnded(r.now, nil)
		r.effects()
		require.Len(t, r.m.Lost(), want)
	}
}
