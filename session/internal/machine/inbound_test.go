package machine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

// TestReply: once, now or later.
func TestReply(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.in(5, 6)
	r.want("pdu deliver_sm#5", "pdu deliver_sm#6")
	require.Equal(t, 2, r.m.Stats().Inbound)
	require.NoError(t, r.reply(6))
	require.ErrorIs(t, r.reply(6), ErrAnswered)
	require.NoError(t, r.reject(5, pdu.StatusTemporaryAppError))
	require.Equal(t, 2, r.m.Stats().Inbound)
	r.writes("deliver_sm_resp#6", "deliver_sm_resp#5 ESME_RX_T_APPN")
	r.want("sent deliver_sm_resp#6", "sent deliver_sm_resp#5 ESME_RX_T_APPN")
	require.Zero(t, r.m.Stats().Inbound)
	require.ErrorIs(t, r.reply(6), ErrAnswered)
}

// TestReplyRefused: an answer that does not encode can be made again.
func TestReplyRefused(t *testing.T) {
	r := boundRig(t, RoleMC)
	r.in(1)
	r.effects()
	in := r.ins[1]
	require.ErrorIs(t, r.m.Reply(r.now, in, 0, &pdu.QuerySMResp{}), ErrAnswerMismatch)
	long := &pdu.SubmitSMResp{MessageID: string(make([]byte, 100))}
	require.ErrorAs(t, r.m.Reply(r.now, in, 0, long), new(*pdu.EncodeError))
	require.ErrorAs(t, r.m.Reply(r.now, in, 0, nil), new(*pdu.EncodeError))
	require.ErrorIs(t, r.m.Accept(r.now, in, nil, 0), ErrNotBind)
	require.False(t, r.m.WantWrite())
	require.NoError(t, r.reply(1))
	r.writes("submit_sm_resp#1")

	r = boundRig(t, RoleESME)
	r.peer(1, &pdu.AlertNotification{})
	r.want("pdu alert_notification#1")
	require.ErrorIs(t, r.m.Reply(r.now, r.ins[1], 0, nil), ErrNoAnswer)
	require.Zero(t, r.m.Stats().Inbound)
}

// TestAnswerTimeout: the library answers what the handler does not, and reports it.
func TestAnswerTimeout(t *testing.T) {
	for _, row := range []struct {
		role Role
		body pdu.Body
		want string
	}{
		{RoleESME, &pdu.DeliverSM{}, "deliver_sm_resp#7 ESME_RX_T_APPN"},
		{RoleESME, &pdu.DataSM{}, "data_sm_resp#7 ESME_RX_T_APPN"},
		{RoleMC, &pdu.DataSM{}, "data_sm_resp#7 ESME_RSYSERR"},
		{RoleMC, &pdu.SubmitSM{}, "submit_sm_resp#7 ESME_RSYSERR"},
	} {
		r := boundRig(t, row.role)
		r.peer(7, row.body)
		r.effects()
		r.pass(time.Minute - 1)
		require.Empty(t, r.take())
		r.pass(1)
		r.writes(row.want)
		r.want("unanswered " + word(r.ins[7].PDU))
		require.ErrorIs(t, r.reply(7), ErrAnswered)
	}
	r := newRig(t, RoleMC, func(c *Config) { c.SessionInit = 0 })
	r.peer(1, bindBody(pdu.CommandBindTransceiver, pdu.V34))
	r.effects()
	r.pass(time.Minute)
	r.writes("bind_transceiver_resp#1 ESME_RSYSERR")
	require.ErrorIs(t, r.m.Accept(r.now, r.ins[1], nil, 0), ErrAnswered)
	r.peer(2, bindBody(pdu.CommandBindTransceiver, pdu.V34))
	r.effects()
	require.NoError(t, r.m.Accept(r.now, r.ins[2], nil, 0), "the other bind was over")
}

// TestAnswerTimeoutTooLate: once the connection is half-closed nothing is answered, and no timer spins.
func TestAnswerTimeoutTooLate(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.in(1)
	r.effects()
	r.pass(59500 * time.Millisecond)
	r.m.RecvUnframed(r.now, errBoom)
	r.writes("generic_nack#0 ESME_RINVCMDLEN")
	r.want("half-close")
	require.ErrorIs(t, r.reply(1), ErrClosed)
	r.m.Tick(r.now.Add(700 * time.Millisecond)) // for no reason
	require.Zero(t, r.m.Stats().QueueLen)
	r.want()
	r.pass(time.Second)
	r.want("cut", "close: boom", "lost deliver_sm#1 i")
}

// TestNoHandler: a message is never acknowledged.
func TestNoHandler(t *testing.T) {
	none := func(c *Config) { c.Hooks = 0 }
	r := boundRig(t, RoleESME, none)
	r.in(1)
	r.peer(2, &pdu.DataSM{})
	r.peer(3, &pdu.AlertNotification{})
	r.writes("deliver_sm_resp#1 ESME_RX_T_APPN", "data_sm_resp#2 ESME_RX_T_APPN")
	r = boundRig(t, RoleMC, func(c *Config) { c.Hooks = HookPDU })
	r.m.hooks = 0
	r.in(1)
	r.peer(2, &pdu.DataSM{})
	r.writes("submit_sm_resp#1 ESME_RINVCMDID", "data_sm_resp#2 ESME_RX_T_APPN")
	r = newRig(t, RoleMC, none)
	r.peer(1, bindBody(pdu.CommandBindReceiver, pdu.V34))
	r.writes("bind_receiver_resp#1 ESME_RINVCMDID")
	r.want()
}

// TestInboundRefuse: beyond the inbound window requests are answered at once.
func TestInboundRefuse(t *testing.T) {
	r := boundRig(t, RoleMC, func(c *Config) { c.Inbound = 2 })
	r.in(1, 2, 3)
	require.False(t, r.m.ReadPaused())
	r.writes("submit_sm_resp#3 ESME_RTHROTTLED")
	r.peer(4, &pdu.EnquireLink{})
	r.writes("enquire_link_resp#4")
	r.want("pdu submit_sm#1", "pdu submit_sm#2")
	require.NoError(t, r.reply(1))
	r.in(5)
	r.writes("submit_sm_resp#1", "submit_sm_resp#5 ESME_RTHROTTLED")
	r.in(6)
	r.want("sent submit_sm_resp#1", "pdu submit_sm#6")
	require.EqualValues(t, 2, r.m.Stats().Throttled)

	r = boundRig(t, RoleESME, func(c *Config) { c.Inbound = 1 })
	r.in(1)
	r.peer(2, &pdu.AlertNotification{})
	require.Empty(t, r.take())
	require.EqualValues(t, 1, r.m.Stats().Throttled)
}

// TestInboundBehindHook: the library's answers make no room for more requests before a hook that is stuck.
func TestInboundBehindHook(t *testing.T) {
	r := boundRig(t, RoleMC, func(c *Config) { c.Inbound = 2 })
	r.slow = true
	r.in(1, 2)
	r.effects()
	r.pass(time.Minute)
	r.writes("submit_sm_resp#1 ESME_RSYSERR", "submit_sm_resp#2 ESME_RSYSERR")
	r.in(3)
	r.writes("submit_sm_resp#3 ESME_RTHROTTLED")
	r.want("unanswered submit_sm#1", "unanswered submit_sm#2")
	r.returned()
	r.in(4)
	r.want("pdu submit_sm#4")
}

// TestInboundPause: reading pauses for a while and then refuses, until there is room again.
func TestInboundPause(t *testing.T) {
	r := boundRig(t, RoleMC, func(c *Config) { c.Inbound, c.PauseInbound = 2, true })
	r.in(1)
	require.False(t, r.m.ReadPaused())
	r.in(2)
	require.True(t, r.m.ReadPaused())
	r.effects()
	r.pass(4 * time.Second)
	require.True(t, r.m.ReadPaused())
	r.pass(time.Second)
	require.False(t, r.m.ReadPaused())
	r.in(3)
	r.writes("submit_sm_resp#3 ESME_RTHROTTLED")
	require.NoError(t, r.reply(1))
	r.flush()
	r.effects()
	r.in(4)
	r.want("pdu submit_sm#4")
	require.True(t, r.m.ReadPaused(), "it may pause again")
	require.NoError(t, r.reply(2))
	r.flush()
	require.False(t, r.m.ReadPaused())
	r.want("sent submit_sm_resp#2")
}

// TestStandingStill: while reading pauses for the handler, what waits for the peer does not expire.
func TestStandingStill(t *testing.T) {
	r := boundRig(t, RoleMC, func(c *Config) {
		c.Inbound, c.PauseInbound = 1, true
		c.Response, c.EnquireLink, c.EnquireLinkTimeout = 4*time.Second, 2*time.Second, 3*time.Second
		c.Inactivity = 10 * time.Second
	})
	r.send("a")
	r.flush()
	r.pass(time.Second)
	r.in(1)
	r.effects()
	require.True(t, r.m.ReadPaused())
	r.pass(4900 * time.Millisecond)
	require.NoError(t, r.reply(1))
	r.takes("submit_sm_resp#1")
	require.False(t, r.m.ReadPaused())
	r.want()
	r.m.Wrote(r.now, 1<<20, nil)
	r.effects()
	r.pass(2 * time.Second) // of the silence since the pause
	r.writes("enquire_link#2")
	r.pass(999 * time.Millisecond)
	r.want()
	r.pass(time.Millisecond) // 4 s that count since the hand-over
	r.want("timeout a")
	r.pass(2 * time.Second)
	r.want("cut", "close: no sign of life within the enquire_link response time")
}

// TestRespBytes: reading pauses while too many octets of responses wait, never for requests, and its own deadlines go on.
func TestRespBytes(t *testing.T) {
	r := boundRig(t, RoleMC, func(c *Config) { c.RespBytes, c.Response, c.Window = 100, time.Second, 1000 })
	r.send("a")
	r.flush()
	for range 100 {
		r.send("b")
	}
	require.False(t, r.m.ReadPaused())
	for i := range uint32(6) {
		r.peer(i, &pdu.EnquireLink{}) // 96 octets
	}
	require.False(t, r.m.ReadPaused())
	r.peer(7, &pdu.EnquireLink{})
	require.True(t, r.m.ReadPaused())
	r.effects()
	r.pass(time.Second)
	r.want("timeout a")
	r.m.Take(r.now, 1)
	require.False(t, r.m.ReadPaused())
}

// TestWriteOrder: a bind's response first, then responses and enquire_link, then requests, each in order.
func TestWriteOrder(t *testing.T) {
	r := boundRig(t, RoleMC, func(c *Config) { c.EnquireLink = time.Second })
	r.in(1, 2)
	r.effects()
	r.send("a", "b")
	r.pass(time.Second)
	require.NoError(t, r.reply(2))
	require.NoError(t, r.own("e", &pdu.EnquireLink{}))
	require.NoError(t, r.reply(1))
	r.peer(9, bindBody(pdu.CommandBindReceiver, pdu.V34))
	r.send("c")
	r.writes("bind_receiver_resp#9 ESME_RALYBND",
		"enquire_link#3", "submit_sm_resp#2", "enquire_link#4", "submit_sm_resp#1",
		"deliver_sm#1", "deliver_sm#2", "deliver_sm#5")
}

// TestTake: one flush has whole PDUs and no more than the limit, and nothing is taken while it is written.
func TestTake(t *testing.T) {
	r := boundRig(t, RoleESME, window(2000))
	for range 1000 {
		r.send("a")
	}
	b := r.m.Take(r.now, 100)
	require.Len(t, frames(t, b), 3, "33 octets each")
	require.False(t, r.m.WantWrite())
	require.Empty(t, r.take())
	r.m.Wrote(r.now, len(b), nil)
	r.m.Wrote(r.now, 0, errReset) // of no write
	n := 3
	for r.m.WantWrite() {
		n += len(frames(t, r.m.Take(r.now, 1000)))
		r.m.Wrote(r.now, 1<<20, nil)
		require.LessOrEqual(t, r.m.out[classRequest].held(), 1<<16)
	}
	require.Equal(t, 1000, n)
	require.Zero(t, r.m.out[classRequest].held())
	for range 1000 {
		r.m.Recv(r.now, &pdu.PDU{Header: pdu.Header{ID: pdu.CommandGenericNack, Seq: r.m.handed.head.PDU.Seq}}, nil)
	}
	r.effects()
	r.m.Tick(r.now.Add(time.Second))
	require.Nil(t, r.m.out[classRequest].first, "an idle session keeps nothing")
	require.Nil(t, r.m.freeBlocks)
	require.LessOrEqual(t, cap(r.m.effects), 0)
	require.Zero(t, r.m.flight)
	require.LessOrEqual(t, len(r.m.table.ring), 0)
}

// held returns the room of the buffers of a queue, in octets.
func (q *outQueue) held() (n int) {
	for b := q.first; b != nil; b = b.next {
		n += cap(b.b)
	}
	return n
}

// TestTakeTogether: what fits behind the rest leaves with it, from wherever in its buffer it comes.
func TestTakeTogether(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.send("a", "b", "c")
	require.Equal(t, []string{"submit_sm#1"}, frames(t, r.m.Take(r.now, 1)))
	r.m.Wrote(r.now, 33, nil)
	r.peer(7, &pdu.EnquireLink{})
	r.writes("enquire_link_resp#7", "submit_sm#2", "submit_sm#3")

	r.m.mem = &testMemory{buffer: func() []byte { return make([]byte, 0, 33) }}
	r.peer(8, &pdu.EnquireLink{})
	r.send("d", "e")
	r.writes("enquire_link_resp#8")
	r.writes("submit_sm#4")
	r.writes("submit_sm#5")
	r.writes()
}

// TestForgotten: an operation may serve again when nothing can be told of it any more.
func TestForgotten(t *testing.T) {
	for id, forgotten := range map[pdu.CommandID]bool{pdu.CommandSubmitSM: true, pdu.CommandUnbind: false} {
		for out := range numOutcomes {
			o := Op{PDU: pdu.PDU{Header: pdu.Header{ID: id}}, Outcome: out}
			require.Equal(t, forgotten && (out == Responded || out == Nacked), o.Forgotten(), "%v %v", id, out)
		}
	}
}

// TestBuffers: each buffer that is taken comes back, when there is nothing to be written.
func TestBuffers(t *testing.T) {
	taken := 0
	r := boundRig(t, RoleESME)
	r.m.mem = &testMemory{
		buffer:  func() []byte { taken++; return make([]byte, 0, 64) },
		release: func([]byte) { taken-- },
	}
	require.Error(t, r.own("long", &pdu.SubmitSM{ServiceType: "longer than five"}))
	require.Zero(t, taken)
	r.do("a")
	r.cancel("a")
	require.Zero(t, taken)
	r.send("b")
	r.peer(1, &pdu.EnquireLink{})
	require.Equal(t, 2, taken)
	r.m.Close(r.now)
	require.Zero(t, taken)
}
