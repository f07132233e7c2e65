package machine

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

// guarded has the delays and attempts of refused binds that the shell has by default.
func guarded(c *Config) { c.BindDelay, c.BindAttempts = time.Second, 3 }

// tries is a bind of the peer's with a number, whose hook is called.
func (r *rig) tries(seq uint32) {
	r.t.Helper()
	r.peer(seq, &pdu.BindTransceiver{SystemID: "x", InterfaceVersion: pdu.V34})
	r.want("pdu " + word(&pdu.PDU{Header: pdu.Header{ID: pdu.CommandBindTransceiver, Seq: seq}}))
}

// silent expects that nothing is written for a time, less an instant, and passes it.
func (r *rig) silent(d time.Duration) {
	r.t.Helper()
	r.pass(d - 1)
	require.Empty(r.t, r.take())
	r.pass(1)
}

// TestBindDelay: REVIEW.md finding 5, 21,000 guesses a second. The refusal of a bind is held back, each for twice as
// long as the one before; the third ends the session, after it was written.
func TestBindDelay(t *testing.T) {
	r := newRig(t, RoleMC, guarded)
	for i, d := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
		seq := uint32(1 + i)
		r.tries(seq)
		require.NoError(t, r.reject(seq, pdu.StatusInvalidPassword))
		require.ErrorIs(t, r.m.Accept(r.now, r.ins[seq], nil, allHooks), ErrAnswered)
		require.ErrorIs(t, r.reject(seq, pdu.StatusInvalidPassword), ErrAnswered)
		r.silent(d)
		r.writes(word(&pdu.PDU{Header: pdu.Header{
			ID: pdu.CommandBindTransceiverResp, Status: pdu.StatusInvalidPassword, Seq: seq,
		}}))
		if i < 2 {
			r.want(fmt.Sprintf("sent bind_transceiver_resp#%d ESME_RINVPASWD", seq))
		}
	}
	r.want("half-close", "sent bind_transceiver_resp#3 ESME_RINVPASWD")
	r.peer(4, &pdu.BindTransceiver{SystemID: "x"})
	r.m.ConnEnded(r.now, nil)
	r.want("cut", "close: the bind of the peer was refused for good", "lost bind_transceiver#4 i")
}

// TestBindDelayEnds: the wait for a refusal ends early with a FIN, a drain, a loss of framing, and with the session
// init time, and it is written then; with what cuts the connection it is in the list.
func TestBindDelayEnds(t *testing.T) {
	for name, f := range map[string]struct {
		end    func(r *rig)
		writes []string
		lost   bool
	}{
		"fin":   {end: func(r *rig) { r.m.ConnEnded(r.now, nil) }},
		"drain": {end: func(r *rig) { r.m.Drain(r.now) }},
		"framing": {
			end:    func(r *rig) { r.m.RecvUnframed(r.now, errBoom) },
			writes: []string{"generic_nack#0 ESME_RINVCMDLEN"},
		},
		"init":  {end: func(r *rig) { r.pass(time.Second) }},
		"close": {end: func(r *rig) { r.m.Close(r.now) }, lost: true},
	} {
		for _, malformed := range []bool{false, true} {
			r := newRig(t, RoleMC, guarded, func(c *Config) { c.SessionInit, c.BindDelay = 2*time.Second, time.Minute })
			r.pass(time.Second)
			want := "bind_transceiver_resp#7 ESME_RINVPASWD"
			if malformed {
				r.malformed(pdu.CommandBindTransceiver, 7, pdu.StatusInvalidPassword)
			} else {
				r.tries(7)
				require.NoError(t, r.reject(7, pdu.StatusInvalidPassword))
			}
			require.Empty(t, r.take())
			f.end(r)
			if f.lost {
				got := r.effects()
				if !malformed {
					require.Contains(t, got, "lost bind_transceiver#7 i b", name)
				}
				require.Empty(t, r.take())
				continue
			}
			require.Equal(t, append([]string{want}, f.writes...), r.flush(), "%s %v", name, malformed)
			if name != "fin" {
				r.m.ConnEnded(r.now, nil)
			}
			r.effects()
			require.True(t, r.m.Ended(), name)
			require.Empty(t, r.m.Lost(), name)
			if name == "init" {
				require.Equal(t, ErrSessionInit, r.m.Reason())
			}
		}
	}
}

// TestBindDelayInit: behind a refusal that the session init time has released, nobody waits for long.
func TestBindDelayInit(t *testing.T) {
	r := newRig(t, RoleMC, guarded, func(c *Config) { c.BindDelay = time.Hour })
	r.tries(1)
	require.NoError(t, r.reject(1, pdu.StatusBindFailed))
	r.pass(10 * time.Second)
	r.takes("bind_transceiver_resp#1 ESME_RBINDFAIL")
	r.pass(time.Second) // the write hangs
	r.m.Wrote(r.now, 0, errBoom)
	r.want("cut", "close: no successful bind within the session init time", "lost bind_transceiver#1 i b")
}

// TestSecondBind: while a bind is judged, and while its refusal is held back, a second one is answered at once, and
// counts.
func TestSecondBind(t *testing.T) {
	r := newRig(t, RoleMC, guarded)
	r.tries(1)
	r.peer(2, &pdu.BindReceiver{SystemID: "x"})
	r.writes("bind_receiver_resp#2 ESME_RALYBND")
	require.NoError(t, r.reject(1, pdu.StatusBindFailed))
	r.pass(time.Second)
	require.Empty(t, r.take(), "it is the second that was refused: 2 s")
	r.in(3)
	r.peer(4, &pdu.EnquireLink{})
	r.writes("submit_sm_resp#3 ESME_RINVBNDSTS", "enquire_link_resp#4")
	r.peer(5, &pdu.BindReceiver{SystemID: "x"})
	r.writes("bind_receiver_resp#5 ESME_RALYBND", "bind_transceiver_resp#1 ESME_RBINDFAIL")
	r.m.ConnEnded(r.now, nil)
	r.want("half-close", "cut", "sent bind_transceiver_resp#1 ESME_RBINDFAIL",
		"close: the bind of the peer was refused for good")

	// A bind that is still being judged then is answered as one that could not be.
	r = newRig(t, RoleMC, guarded, func(c *Config) { c.BindAttempts = 1 })
	r.tries(1)
	r.peer(2, &pdu.BindReceiver{SystemID: "x"})
	r.writes("bind_receiver_resp#2 ESME_RALYBND", "bind_transceiver_resp#1 ESME_RSYSERR")
	require.ErrorIs(t, r.m.Accept(r.now, r.ins[1], nil, allHooks), ErrAnswered)
}

// TestBindAccepted: one refusal does not keep the right bind out, and what is refused once bound counts for nothing.
func TestBindAccepted(t *testing.T) {
	r := newRig(t, RoleMC, guarded, func(c *Config) { c.BindAttempts = 2 })
	r.tries(1)
	require.NoError(t, r.reject(1, pdu.StatusInvalidPassword))
	r.pass(time.Second)
	r.writes("bind_transceiver_resp#1 ESME_RINVPASWD")
	r.effects()
	r.tries(2)
	require.NoError(t, r.m.Accept(r.now, r.ins[2], nil, allHooks))
	r.writes("bind_transceiver_resp#2")
	for seq := range uint32(5) {
		r.peer(10+seq, &pdu.BindReceiver{SystemID: "x"})
		r.malformed(pdu.CommandBindReceiver, 20+seq, pdu.StatusInvalidSystemID)
	}
	require.Len(t, r.flush(), 10)
	require.True(t, r.m.Serving())
}

// TestBindMalformed: a bind that does not parse is refused like one that was judged, and calls nobody.
func TestBindMalformed(t *testing.T) {
	r := newRig(t, RoleMC, guarded)
	for i, d := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
		seq := uint32(1 + i)
		r.malformed(pdu.CommandBindTransmitter, seq, pdu.StatusInvalidSystemID)
		r.silent(d)
		r.writes(word(&pdu.PDU{Header: pdu.Header{
			ID: pdu.CommandBindTransmitterResp, Status: pdu.StatusInvalidSystemID, Seq: seq,
		}}))
	}
	r.want("half-close", "malformed bind_transmitter#1", "malformed bind_transmitter#2", "malformed bind_transmitter#3")

	// Without a delay the answers are not held back, and counted all the same.
	r = newRig(t, RoleMC, func(c *Config) { c.BindAttempts = 2 })
	r.malformed(pdu.CommandBindTransmitter, 1, pdu.StatusInvalidSystemID)
	r.writes("bind_transmitter_resp#1 ESME_RINVSYSID")
	r.effects()
	r.tries(2)
	require.NoError(t, r.reject(2, pdu.StatusBindFailed))
	r.writes("bind_transceiver_resp#2 ESME_RBINDFAIL")
	r.want("half-close", "sent bind_transceiver_resp#2 ESME_RBINDFAIL")
	require.Equal(t, ErrBindRefused, r.m.Reason())
}

// TestAnswerDelay: a server may hold a refusal back for longer than the session does, and not for less. That is for
// binds alone, and for those that are being judged.
func TestAnswerDelay(t *testing.T) {
	for server, want := range map[time.Duration]time.Duration{
		0: time.Second, time.Millisecond: time.Second, time.Minute: time.Minute,
		-1: time.Second, math.MinInt64: time.Second,
	} {
		r := newRig(t, RoleMC, guarded, func(c *Config) { c.SessionInit = 0 })
		r.tries(1)
		require.NoError(t, r.give(r.ins[1], Answer{Status: pdu.StatusBindFailed, Delay: server}))
		r.silent(want)
		r.writes("bind_transceiver_resp#1 ESME_RBINDFAIL")
	}
	r := newRig(t, RoleMC) // without a delay of the session's
	r.tries(1)
	require.NoError(t, r.give(r.ins[1], Answer{Status: pdu.StatusBindFailed, Nack: true, Delay: time.Second}))
	r.silent(time.Second)
	r.writes("generic_nack#1 ESME_RBINDFAIL")

	r = boundRig(t, RoleMC, guarded)
	r.in(1)
	r.effects()
	require.NoError(t, r.give(r.ins[1], Answer{Status: pdu.StatusSystemError, Delay: time.Hour}))
	r.writes("submit_sm_resp#1 ESME_RSYSERR")

	r = newRig(t, RoleMC, guarded) // Last: the session ends with the answer, which leaves at once
	r.tries(1)
	require.NoError(t, r.give(r.ins[1], Answer{Status: pdu.StatusAlreadyBound, Last: true}))
	r.writes("bind_transceiver_resp#1 ESME_RALYBND")
}

// TestHeldBody: the body of a refusal is the user's again when Reply has returned, though it is written later; and it
// is Reply that fails when it does not encode.
func TestHeldBody(t *testing.T) {
	r := newRig(t, RoleMC, guarded)
	r.tries(1)
	long := &pdu.BindTransceiverResp{SystemID: "much longer than 15 characters"}
	require.Error(t, r.give(r.ins[1], Answer{Status: pdu.StatusBindFailed, Body: long}))
	nack := Answer{Status: pdu.StatusBindFailed, Nack: true, Body: long}
	require.ErrorIs(t, r.give(r.ins[1], nack), ErrAnswerMismatch)
	body := &pdu.BindTransceiverResp{SystemID: "mc"}
	require.NoError(t, r.give(r.ins[1], Answer{Status: pdu.StatusBindFailed, Body: body}))
	body.SystemID = "changed"
	r.pass(time.Second)
	b := r.m.Take(r.now, 1<<20)
	p, err := pdu.Decode(b)
	require.NoError(t, err)
	require.Equal(t, "mc", p.Body.(*pdu.BindTransceiverResp).SystemID)
	require.EqualValues(t, 1, r.m.seldom.attempts, "what did not encode is no refusal")
}

// TestBindDelayLong: a delay that was meant to last for good does not turn into none when it is doubled.
func TestBindDelayLong(t *testing.T) {
	const years = 100 * 365 * 24 * time.Hour
	r := newRig(t, RoleMC, guarded, func(c *Config) { c.BindDelay, c.SessionInit, c.BindAttempts = years, 0, 0 })
	for i := range uint32(20) {
		r.malformed(pdu.CommandBindTransmitter, 1, pdu.StatusInvalidSystemID)
		require.Empty(t, r.take(), i)
		require.NotZero(t, r.m.heldBy())
		r.m.releaseBind(r.m.last)
		require.Len(t, r.flush(), 1)
	}
}

// TestUnboundFlood: a peer that is not bound may send 64 requests, and one more each second; while its bind is being
// judged, or its refusal held back, as many as it likes.
func TestUnboundFlood(t *testing.T) {
	r := newRig(t, RoleMC, guarded, func(c *Config) { c.SessionInit = time.Minute })
	flood := func(n int) (answers int) {
		for range n {
			r.peer(1, &pdu.EnquireLink{})
		}
		for got := r.flush(); len(got) > 0; got = r.flush() {
			answers += len(got)
		}
		return answers
	}
	require.Equal(t, 60, flood(60))
	r.pass(3 * time.Second)
	require.Equal(t, 7, flood(7))
	r.tries(2)
	require.Equal(t, 200, flood(200))
	require.NoError(t, r.reject(2, pdu.StatusBindFailed))
	require.Equal(t, 200, flood(200))
	r.pass(time.Second)
	require.Equal(t, 1, len(r.flush()), "the refusal")
	require.Equal(t, 1, flood(1), "a second has passed")
	r.effects()
	r.in(3) // any request counts
	require.Empty(t, r.flush())
	r.want("half-close")
	require.Equal(t, ErrUnboundFlood, r.m.Reason())
	r.m.ConnEnded(r.now, nil)
	r.want("cut", "close: the peer sent too many requests before its bind")

	r = boundRig(t, RoleMC)
	require.Equal(t, 300, flood(300))
	r.peer(1, &pdu.Unbind{})
	r.flush()
	require.Equal(t, 300, flood(300), "nor in StateUnbound")
}
