package machine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

func ownSeq(seq uint32) *Op {
	return &Op{OwnSeq: true, PDU: pdu.PDU{Header: pdu.Header{Seq: seq}, Body: &pdu.SubmitSM{}}}
}

// TestSequence: numbers wrap at 0x7FFFFFFF and skip those in flight and those remembered.
func TestSequence(t *testing.T) {
	r := boundRig(t, RoleESME, window(100), func(c *Config) { c.FirstSeq = maxSeq - 1 })
	require.NoError(t, r.request("one", ownSeq(1)))
	require.NoError(t, r.request("three", ownSeq(3)))
	r.flush()
	r.pass(time.Minute) // 1 and 3 are remembered
	require.NoError(t, r.request("four", ownSeq(4)))
	r.flush()
	r.effects()
	r.send("a", "b", "c", "d", "e")
	r.writes("submit_sm#2147483646", "submit_sm#2147483647", "submit_sm#2", "submit_sm#5", "submit_sm#6")

	for first, want := range map[uint32]uint32{0: 1, 5: 5, maxSeq: maxSeq, maxSeq + 1: 1, 0xFFFFFFFF: 1} {
		r = newRig(t, RoleESME, func(c *Config) { c.FirstSeq = first })
		require.Equal(t, want, r.m.nextSeq(), "FirstSeq %d", first)
	}
}

// TestOwnSequence: a caller's number is refused when it is out of range, in flight or remembered.
func TestOwnSequence(t *testing.T) {
	r := boundRig(t, RoleESME)
	for _, seq := range []uint32{0, maxSeq + 1, 0xFFFFFFFF} {
		require.ErrorIs(t, r.request("x", ownSeq(seq)), ErrSeqRange)
	}
	for _, seq := range []uint32{1, 77, maxSeq} {
		require.NoError(t, r.request("a", ownSeq(seq)))
		require.ErrorIs(t, r.request("x", ownSeq(seq)), ErrSeqInUse)
	}
	r.writes("submit_sm#1", "submit_sm#77", "submit_sm#2147483647")
	r.ok(77)
	r.pass(time.Minute)
	require.NoError(t, r.request("again", ownSeq(77)))
	require.ErrorIs(t, r.request("remembered", ownSeq(1)), ErrSeqInUse)
	r.flush()
	r.ok(77)
	r.now = r.now.Add(2 * time.Minute) // forgotten, though no timer has fired yet
	require.NoError(t, r.request("forgotten", ownSeq(1)))
	require.EqualValues(t, 7, r.m.Stats().NotSent)

	// While it waits, another may take the number.
	r = boundRig(t, RoleESME, window(1))
	require.NoError(t, r.request("a", ownSeq(1)))
	require.NoError(t, r.request("b", ownSeq(2)))
	require.NoError(t, r.request("c", ownSeq(2)))
	r.flush()
	r.ok(1)
	r.want("sent a", "resp a responded", "admit b")
	r.m.SetWindow(r.now, 2)
	r.want("refuse c: sequence number is in flight or remembered")
}

// TestEcho: an answer has the number of its request, whatever that is.
func TestEcho(t *testing.T) {
	r := boundRig(t, RoleMC)
	for _, seq := range []uint32{0, 1, maxSeq, maxSeq + 1, 0xFFFFFFFF} {
		r.peer(seq, &pdu.EnquireLink{})
		r.in(seq)
		r.effects()
		require.NoError(t, r.reply(seq))
		p := word(&pdu.PDU{Header: pdu.Header{ID: pdu.CommandEnquireLinkResp, Seq: seq}})
		require.Equal(t, p, r.flush()[0])
		r.effects()
	}
	// Two requests with one number are both answered.
	r.in(9)
	r.effects()
	first := r.ins[9]
	r.in(9)
	r.effects()
	require.NoError(t, r.reply(9))
	require.NoError(t, r.give(first, Answer{Status: pdu.StatusSystemError}))
	r.writes("submit_sm_resp#9", "submit_sm_resp#9 ESME_RSYSERR")
}

// TestMatching: by number and command, generic_nack by number; what matches nothing is reported.
func TestMatching(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.send("a", "b", "c")
	r.flush()
	r.want("sent a", "sent b", "sent c")
	r.resp(1, &pdu.QuerySMResp{})
	r.want("unknown query_sm_resp#1")
	require.Equal(t, 3, r.m.Stats().Slots)
	r.ok(3, 1, 1)
	r.want("resp c responded", "resp a responded", "unknown submit_sm_resp#1")
	r.nack(2)
	r.want("resp b nacked")
	r.nack(0)
	r.ok(0, 999, 0xFFFFFFFF)
	require.Len(t, r.effects(), 4)
	require.EqualValues(t, 6, r.m.Stats().Unknown)
	require.False(t, r.m.WantWrite(), "a response is never answered")
}

// TestLate: a response to a request that timed out is told with it, once.
func TestLate(t *testing.T) {
	r := boundRig(t, RoleESME)
	r.send("a", "b", "c")
	r.do("d")
	r.flush()
	r.pass(time.Minute)
	r.effects()
	require.Equal(t, 4, r.m.Stats().Remember)
	r.resp(1, &pdu.QuerySMResp{})
	r.want("unknown query_sm_resp#1")
	r.ok(1, 1)
	r.want("late a", "unknown submit_sm_resp#1")
	r.nack(2)
	r.want("late b")
	r.ok(4)
	r.want("late d")
	require.EqualValues(t, 3, r.m.Stats().Late)
	r.pass(2 * time.Minute)
	require.Zero(t, r.m.Stats().Remember, "forgotten in time, and not with the next input")
	r.ok(3)
	r.want("unknown submit_sm_resp#3")
	require.True(t, r.m.Deadline().IsZero())
}

// TestLateBounded: the oldest is forgotten first, and what was answered leaves no trace.
func TestLateBounded(t *testing.T) {
	r := boundRig(t, RoleESME, window(100), func(c *Config) { c.LateMax = 3 })
	r.send("a", "b", "c", "d", "e")
	r.flush()
	r.pass(time.Minute)
	r.effects()
	require.Equal(t, 3, r.m.Stats().Remember)
	r.ok(2, 4, 3)
	r.want("unknown submit_sm_resp#2", "late d", "late c")
	require.Equal(t, 1, r.m.late.len())

	off := boundRig(t, RoleESME, func(c *Config) { c.Late = 0 })
	off.send("a")
	off.flush()
	off.pass(time.Minute)
	require.Zero(t, off.m.Stats().Remember)
}

// TestTable: the ring and its map of stragglers find every number, whatever the order.
func TestTable(t *testing.T) {
	var tab table
	require.Nil(t, tab.get(1))
	ops := map[uint32]*Op{}
	put := func(seq uint32) {
		if ops[seq] == nil {
			ops[seq] = &Op{seq: seq}
			tab.put(ops[seq])
		}
	}
	for i := range uint32(100) {
		put(1 + i<<10) // all in one slot
	}
	for i := range uint32(5000) {
		put(2 + i*3)
	}
	require.Equal(t, len(ops), tab.n)
	for seq, o := range ops {
		require.Same(t, o, tab.get(seq))
		tab.remove(o)
		require.Nil(t, tab.get(seq))
		delete(ops, seq)
		for other, o := range ops {
			require.Same(t, o, tab.get(other))
			break
		}
	}
	require.Empty(t, tab.old)
	require.Empty(t, tab.ring, "an idle session keeps no large ring")
}
