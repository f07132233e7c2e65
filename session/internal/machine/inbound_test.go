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
	require.ErrorIs(t, r.give(in, Answer{Body: &pdu.QuerySMResp{}}), ErrAnswerMismatch)
	long := &pdu.SubmitSMResp{MessageID: string(make([]byte, 100))}
	require.ErrorAs(t, r.give(in, Answer{Body: long}), new(*pdu.EncodeError))
	require.ErrorAs(t, r.give(in, Answer{}), new(*pdu.EncodeError))
	require.ErrorIs(t, r.m.Accept(r.now, in, nil, 0), ErrNotBind)
	require.False(t, r.m.WantWrite())
	require.NoError(t, r.reply(1))
	r.writes("submit_sm_resp#1")

	r = boundRig(t, RoleESME)
	r.peer(1, &pdu.AlertNotification{})
	r.want("pdu alert_notification#1")
	require.ErrorIs(t, r.give(r.ins[1], Answer{}), ErrNoAnswer)
	require.Zero(t, r.m.Stats().Inbound)
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

// TestInboundRefuse: without a pause, what comes beyond the inbound window is refused at once, until it is below half.
func TestInboundRefuse(t *testing.T) {
	r := boundRig(t, RoleMC, alone(4), func(c *Config) { c.Refusals = true })
	r.in(1, 2, 3, 4, 5)
	require.False(t, r.m.ReadPaused())
	r.writes("submit_sm_resp#5 ESME_RTHROTTLED")
	r.peer(6, &pdu.EnquireLink{})
	r.writes("enquire_link_resp#6")
	r.want("refused submit_sm#5", "pdu submit_sm#1", "pdu submit_sm#2", "pdu submit_sm#3", "pdu submit_sm#4")
	require.NoError(t, r.reply(1))
	require.NoError(t, r.reply(2))
	r.flush()
	require.Equal(t, 2, r.m.Stats().Inbound)
	r.in(7)
	r.writes("submit_sm_resp#7 ESME_RTHROTTLED")
	require.NoError(t, r.reply(3))
	r.flush()
	r.effects()
	r.in(8)
	r.want("pdu submit_sm#8")
	require.EqualValues(t, 2, r.m.Stats().Refused)
}

// TestInboundNotice: what has no response goes to the unanswered hook beyond the bound, and what finds no room there is
// counted.
func TestInboundNotice(t *testing.T) {
	r := boundRig(t, RoleESME, alone(1), func(c *Config) { c.Reports = 1 })
	r.in(1)
	r.want("pdu deliver_sm#1")
	r.peer(2, &pdu.AlertNotification{})
	r.peer(3, &pdu.AlertNotification{})
	require.Empty(t, r.take())
	require.EqualValues(t, 2, r.m.Stats().Refused)
	require.EqualValues(t, 1, r.m.Stats().Dropped)
	r.want("unanswered alert_notification#2: refused")

	// In a drain the same.
	r = boundRig(t, RoleESME)
	r.in(1)
	r.effects()
	r.m.Drain(r.now)
	r.peer(2, &pdu.AlertNotification{})
	r.want("unanswered alert_notification#2: refused")
}

// TestInboundBind: a bind is never throttled.
func TestInboundBind(t *testing.T) {
	r := newRig(t, RoleESME, alone(1))
	r.held = true
	r.peer(1, &pdu.Outbind{})
	require.Equal(t, inflowRefusing, r.m.inflow)
	r = newRig(t, RoleMC, alone(1))
	r.m.inflow, r.m.inbound = inflowRefusing, 1
	r.peer(1, bindBody(pdu.CommandBindTransceiver, pdu.V34))
	r.want("pdu bind_transceiver#1")
	r.m.inbound--
}

// TestInboundPause: reading pauses for the pause limit at most, and then what comes is refused until it is below half.
func TestInboundPause(t *testing.T) {
	r := boundRig(t, RoleMC, func(c *Config) { c.Inbound = 4 })
	r.in(1, 2, 3)
	require.False(t, r.m.ReadPaused())
	r.in(4)
	require.True(t, r.m.ReadPaused())
	r.effects()
	for i := range uint32(2) {
		require.NoError(t, r.reply(i+1))
		r.flush()
		require.True(t, r.m.ReadPaused(), "until it is below half")
	}
	require.NoError(t, r.reply(3))
	r.flush()
	require.False(t, r.m.ReadPaused())
	r.effects()

	r.in(5, 6, 7)
	require.True(t, r.m.ReadPaused())
	r.effects()
	r.pass(time.Second - 1)
	require.True(t, r.m.ReadPaused())
	r.pass(1)
	require.False(t, r.m.ReadPaused())
	r.in(8)
	r.writes("submit_sm_resp#8 ESME_RTHROTTLED")
	require.NoError(t, r.reply(5))
	require.NoError(t, r.reply(6))
	r.flush()
	r.in(9)
	r.writes("submit_sm_resp#9 ESME_RTHROTTLED")
	require.NoError(t, r.reply(7))
	r.flush()
	r.effects()
	r.in(10)
	r.want("pdu submit_sm#10")
	require.False(t, r.m.ReadPaused())
	r.in(11, 12)
	require.True(t, r.m.ReadPaused(), "it may pause again")
}

// TestPutOff: while reading pauses for the handler, nothing that waits for the peer expires, and afterwards it is put
// off by what the pause took.
func TestPutOff(t *testing.T) {
	r := boundRig(t, RoleMC, func(c *Config) {
		c.Inbound = 1
		c.Response, c.EnquireLink, c.EnquireLinkTimeout = 1500*time.Millisecond, 2*time.Second, 3*time.Second
		c.Inactivity = 10 * time.Second
	})
	r.send("a")
	r.flush()
	r.pass(time.Second)
	r.in(1)
	r.effects()
	require.True(t, r.m.ReadPaused())
	r.pass(900 * time.Millisecond)
	r.m.Tick(r.now) // for no reason
	r.want()
	require.NoError(t, r.reply(1))
	r.takes("submit_sm_resp#1")
	require.False(t, r.m.ReadPaused())
	r.want()
	r.m.Wrote(r.now, 1<<20, nil)
	r.effects()
	r.pass(499 * time.Millisecond)
	r.want()
	r.pass(time.Millisecond) // 1.5 s that count since the hand-over
	r.want("timeout a")
	r.pass(1499 * time.Millisecond)
	require.Empty(t, r.take())
	r.pass(time.Millisecond) // 2 s of silence that count
	r.writes("enquire_link#2")
	r.pass(3 * time.Second)
	r.want("cut", "close: no sign of life within the enquire_link response time")
}

// TestPutOffBound: a deadline is put off by a second at most in its life, whatever the number of pauses.
func TestPutOffBound(t *testing.T) {
	r := boundRig(t, RoleMC, func(c *Config) { c.Inbound, c.Response = 1, 5*time.Second })
	r.send("a")
	r.flush()
	seq := uint32(0)
	pause := func() {
		seq++
		r.in(seq)
		r.effects()
		require.True(t, r.m.ReadPaused())
		r.pass(400 * time.Millisecond)
		require.NoError(t, r.reply(seq))
		r.flush()
		require.False(t, r.m.ReadPaused())
		r.pass(100 * time.Millisecond)
		r.effects()
	}
	for range 11 { // 5.5 s, of which 4.4 s are pauses
		pause()
		require.Zero(t, r.m.Stats().TimedOut)
	}
	r.pass(500*time.Millisecond - 1)
	require.Zero(t, r.m.Stats().TimedOut)
	r.pass(1)
	r.want("timeout a")

	// One that is due during a pause ends with it.
	r = boundRig(t, RoleMC, func(c *Config) { c.Inbound, c.Response = 1, 5*time.Second })
	r.send("a")
	r.flush()
	for range 11 {
		pause()
	}
	r.pass(400 * time.Millisecond)
	r.in(99)
	r.effects()
	r.pass(time.Second - 1)
	r.want()
	r.pass(1)
	r.want("timeout a")
}

// TestRespBytes: reading pauses while too many octets of responses wait, never for requests, and its own deadlines go
// on.
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

	r.m.shell = &testShell{buffer: func() []byte { return make([]byte, 0, 33) }}
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
			o := Op{id: id, Outcome: out}
			require.Equal(t, forgotten && (out == Responded || out == Nacked), o.Forgotten(), "%v %v", id, out)
		}
	}
}

// TestBuffers: each buffer that is taken comes back, when there is nothing to be written.
func TestBuffers(t *testing.T) {
	taken := 0
	r := boundRig(t, RoleESME)
	r.m.shell = &testShell{
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

// TestAnswersQueued: the shell writes answers and enquire_link sooner than requests.
func TestAnswersQueued(t *testing.T) {
	r := boundRig(t, RoleMC)
	r.send("a")
	require.False(t, r.m.AnswersQueued())
	r.peer(1, &pdu.EnquireLink{})
	require.True(t, r.m.AnswersQueued())
}

// TestSetHooks: a handler that takes over has hooks of its own.
func TestSetHooks(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.m.SetHooks(HookResp)
	r.in(1)
	r.writes("deliver_sm_resp#1 ESME_RX_T_APPN")
	r.want()
	r.m.SetHooks(HookPDU)
	r.in(2)
	r.want("pdu deliver_sm#2")
}

// TestNoTime: an input without a time is of the moment of the last one.
func TestNoTime(t *testing.T) {
	r := boundRig(t, RoleMC)
	r.in(1)
	r.effects()
	r.pass(time.Hour)
	r.m.Tick(time.Time{})
	require.Equal(t, 1, int(r.m.Stats().GivenUp))
	at := r.m.last
	_, err := r.m.Reply(time.Time{}, r.ins[1], Answer{Status: pdu.StatusSystemError})
	require.NoError(t, err)
	require.Equal(t, at, r.m.last)
}
