package esme_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/pdu/profile"
	"github.com/smpp-go/smpp/pdu/receipt"
	"github.com/smpp-go/smpp/pdu/text"
	"github.com/smpp-go/smpp/session"
)

// busy is what a caller has who sends again what the message centre refused for the moment.
func busy(err error) bool {
	status, ok := pdu.StatusOf(err)
	return ok && (status == pdu.StatusThrottled || status == pdu.StatusMsgQueueFull)
}

// fate is what a message centre does with a request.
type fate byte

const (
	taken     fate = 't'
	throttled fate = 'r'
	nacked    fate = 'n'
	nackedOK  fate = 'o' // with ESME_ROK, which says nothing
	silent    fate = 's' // taken, and answered too late
	dropped   fate = 'd' // not taken, and refused too late
	hungUp    fate = 'h' // taken, and the connection closed
)

// fates is a message centre that does with its requests what it is told, one after the other, and then takes them.
type fates struct {
	taker
	plan string
	took []*pdu.SubmitSM // in the order of taking
}

func newFates(plan string) *fates {
	c := &fates{plan: plan}
	c.answer = func(n int, r *session.Request) {
		do := taken
		if n <= len(c.plan) {
			do = fate(c.plan[n-1])
		}
		switch do {
		case throttled:
			_ = r.Reject(pdu.StatusThrottled)
			return
		case nacked:
			nackWith(r, pdu.StatusInvalidCommandID)
			return
		case nackedOK:
			nackWith(r, pdu.StatusOK)
			return
		}
		if do != dropped {
			c.took = append(c.took, c.got[n-1])
		}
		reply := func() { _ = r.Reply(&pdu.SubmitSMResp{MessageID: fmt.Sprint(n)}) }
		switch do {
		case silent:
			time.AfterFunc(2*time.Minute, reply)
		case dropped:
			time.AfterFunc(2*time.Minute, func() { _ = r.Reject(pdu.StatusSystemError) })
		case hungUp:
			_ = r.Session().Close()
		default:
			reply()
		}
	}
	return c
}

// nackWith answers with a generic_nack, which the session does not know of: a second answer takes r off its hands.
func nackWith(r *session.Request, s pdu.CommandStatus) {
	frame, _ := pdu.Append(nil, &pdu.PDU{Header: pdu.Header{ID: pdu.CommandGenericNack, Status: s, Seq: r.PDU.Seq}})
	_, _ = r.Session().NetConn().Write(frame)
	_ = r.Reject(pdu.StatusSystemError)
}

// sendAll is the loop that the documentation of Rest has. It returns what was accepted of each part.
func sendAll(ctx context.Context, c *esme.Client, m esme.Text) (*esme.SentText, []receipt.Message, error) {
	sent, err := c.SendText(ctx, m)
	awaited := sent.Awaited("")
	for busy(err) {
		sent, err = c.SendParts(ctx, sent.Rest())
		awaited = append(awaited, sent.Awaited("")...)
	}
	return sent, awaited, err
}

// NEWCOMER 2: after ESME_RTHROTTLED the message centre takes every part once, however often it refuses.
func TestRestAfterThrottling(t *testing.T) {
	for _, tt := range []struct {
		name, plan, body string
		keepGoing        bool
	}{
		{"one part", "r", "short", false},
		{"one part, often", "rrrr", "short", false},
		{"the first of three", "r", long, false},
		{"the second of three", "tr", long, false},
		{"the first and then the third", "rttr", long, false},
		{"KeepGoing, the first and the third", "rtr", long, true},
		{"KeepGoing, all of them", "rrrtrr", long, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			mc := newFates(tt.plan)
			texting(t, esme.Config{}, &mc.taker, func(t *testing.T, c *esme.Client, _ *session.Session) {
				m := esme.Text{
					To: "+46700000001", Body: tt.body, Receipt: pdu.RegisteredReceipt, KeepGoing: tt.keepGoing,
				}
				sent, awaited, err := sendAll(t.Context(), c, m)
				require.NoError(t, err)
				require.True(t, sent.Accepted())
				require.False(t, sent.Uncertain())
				require.Empty(t, sent.Rest())
				parts, err := m.Requests(nil, nil)
				require.NoError(t, err)
				require.Len(t, mc.took, len(parts), "each exactly once")
				require.Len(t, awaited, len(parts), "all ids are known")
				if !tt.keepGoing {
					require.Equal(t, tt.body, joined(t, mc.took, text.Peer{}), "in order")
				}
			})
		})
	}
}

// NEWCOMER 2: SendParts of no parts sends nothing, and says so.
func TestSendNoParts(t *testing.T) {
	mc := newFates("")
	texting(t, esme.Config{}, &mc.taker, func(t *testing.T, c *esme.Client, _ *session.Session) {
		accepted, err := c.SendText(t.Context(), esme.Text{To: "+46700000001", Body: "short"})
		require.NoError(t, err)
		for name, requests := range map[string][]*pdu.SubmitSM{"nil": nil, "empty": {}, "nothing left": accepted.Rest()} {
			sent, err := c.SendParts(t.Context(), requests)
			require.ErrorIs(t, err, esme.ErrNoParts, name)
			require.EqualError(t, err, "esme: text: no parts to send", name)
			require.False(t, session.SafeToRetry(err), name)
			require.Nil(t, sent, name)
		}
		require.Len(t, mc.got, 1)
	})
	for name, none := range map[string]*esme.SentText{"nil": nil, "zero": {}} {
		require.False(t, none.Accepted(), "%s: no part was accepted", name)
		require.False(t, none.Uncertain(), name)
		require.Empty(t, none.Rest(), name)
		require.Empty(t, none.IDs(), name)
		require.Empty(t, none.Awaited(""), name)
	}
}

// NEWCOMER 2, F8: a part that was refused by a generic_nack was not taken, whatever status the nack has.
func TestRestNacked(t *testing.T) {
	for name, plan := range map[string]string{"with a status": "tn", "with ESME_ROK": "to"} {
		t.Run(name, func(t *testing.T) {
			mc := newFates(plan)
			texting(t, esme.Config{}, &mc.taker, func(t *testing.T, c *esme.Client, _ *session.Session) {
				sent, err := c.SendText(t.Context(), esme.Text{To: "+46700000001", Body: long})
				require.Error(t, err)
				status, ok := pdu.StatusOf(err)
				require.True(t, ok)
				require.NotEqual(t, pdu.StatusOK, status)
				require.Equal(t, session.Nacked, sent.Parts[1].Outcome)
				require.Equal(t, []*pdu.SubmitSM{sent.Parts[1].Request, sent.Parts[2].Request}, sent.Rest())
				sent, err = c.SendParts(t.Context(), sent.Rest())
				require.NoError(t, err)
				require.True(t, sent.Accepted())
				require.Equal(t, long, joined(t, mc.took, text.Peer{}))
			})
		})
	}
}

// NEWCOMER 2: while a part is uncertain there is no rest, so that no loop ends as if all were well. The part itself is
// not sent again, and what is behind it is for the caller.
func TestRestUncertain(t *testing.T) {
	for _, tt := range []struct {
		name, plan string
		keepGoing  bool
		outcomes   []session.Outcome
	}{
		{"timed out", "ts", false, []session.Outcome{session.Responded, session.TimedOut, session.NotSent}},
		{"lost", "th", false, []session.Outcome{session.Responded, session.Lost, session.NotSent}},
		{"first", "s", false, []session.Outcome{session.TimedOut, session.NotSent, session.NotSent}},
		{"KeepGoing", "tsr", true, []session.Outcome{session.Responded, session.TimedOut, session.Responded}},
		{"KeepGoing, behind a refused one", "rst", true, []session.Outcome{
			session.Responded, session.TimedOut, session.Responded,
		}},
		{"KeepGoing, lost", "rh", true, []session.Outcome{session.Responded, session.Lost, session.NotSent}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			mc := newFates(tt.plan)
			texting(t, esme.Config{}, &mc.taker, func(t *testing.T, c *esme.Client, _ *session.Session) {
				m := esme.Text{To: "+46700000001", Body: long, KeepGoing: tt.keepGoing}
				sent, _, err := sendAll(t.Context(), c, m)
				require.False(t, busy(err), "the error is about the part that must not be sent again: %v", err)
				require.False(t, session.SafeToRetry(err))
				outcomes, uncertain := partsOf(sent)
				require.Equal(t, tt.outcomes, outcomes)
				require.Len(t, uncertain, 1, "%v", err)
				var failed *esme.TextError
				require.ErrorAs(t, err, &failed)
				require.Equal(t, uncertain[0]-1, failed.Part)
				require.Same(t, sent, failed.Sent)
				require.True(t, sent.Uncertain())
				require.False(t, sent.Accepted())
				require.Nil(t, sent.Rest())

				synctest.Wait()
				got := len(mc.got)
				_, err = c.SendParts(t.Context(), sent.Rest())
				require.ErrorIs(t, err, esme.ErrNoParts)
				require.Len(t, mc.got, got)
			})
		})
	}
}

// NEWCOMER 2: a part whose sender gave up is uncertain until its response comes.
func TestRestGivenUp(t *testing.T) {
	mc := newFates("rs")
	texting(t, esme.Config{}, &mc.taker, func(t *testing.T, c *esme.Client, _ *session.Session) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		sent, _, err := sendAll(ctx, c, esme.Text{To: "+46700000001", Body: long})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, session.Pending, sent.Parts[0].Outcome)
		require.True(t, sent.Uncertain())
		require.Nil(t, sent.Rest())
	})
}

// NEWCOMER 2, for all that may happen to the first requests: no part is sent again that may have been taken, and a loop
// ends without an error when all were taken, and then only. A loop that sends again whatever the error is, for a while,
// is told the same.
func TestRestOfAnything(t *testing.T) {
	const depth = 4
	plans := []string{""}
	for range depth {
		var longer []string
		for _, p := range plans {
			for _, f := range []fate{taken, throttled, nacked, silent, dropped} {
				longer = append(longer, p+string(f))
			}
		}
		plans = longer
	}
	mc := newFates("")
	cfg := esme.Config{Session: session.Config{ResponseTimeout: time.Second}}
	texting(t, cfg, &mc.taker, func(t *testing.T, c *esme.Client, _ *session.Session) {
		for _, plan := range plans {
			for _, keepGoing := range []bool{false, true} {
				time.Sleep(3 * time.Minute) // in a bubble of synctest; what was answered too late is answered
				mc.plan, mc.got, mc.took = plan, nil, nil
				m := esme.Text{To: "+46700000001", Body: long, KeepGoing: keepGoing}
				sent, err := c.SendText(t.Context(), m)
				for range 2 * depth {
					if err == nil {
						break
					}
					sent, err = c.SendParts(t.Context(), sent.Rest())
				}
				synctest.Wait()
				times := map[int]int{}
				for _, sm := range mc.took {
					times[seqOf(t, sm)]++
				}
				for seq, n := range times {
					require.Equal(t, 1, n, "%s: part %d was taken twice", plan, seq)
				}
				if err == nil {
					require.True(t, sent.Accepted(), plan)
					require.Len(t, times, 3, "%s: no error, so all is taken", plan)
				} else {
					require.True(t, errors.Is(err, esme.ErrNoParts), "%s: %v", plan, err)
				}
			}
		}
	})
}

// seqOf returns which part of its text a request is.
func seqOf(t *testing.T, sm *pdu.SubmitSM) int {
	p, err := multipart.Get(sm)
	require.NoError(t, err)
	n, ok := p.Number()
	require.True(t, ok)
	return n.Seq
}

// A rest numbers its parts as the text does: in errors, and for their receipts. So does every way to split.
func TestRestNumbers(t *testing.T) {
	for _, split := range []multipart.Method{multipart.MethodUDH8, multipart.MethodUDH16, multipart.MethodSAR} {
		mc := newFates("trr")
		cfg := esme.Config{Profile: &profile.Profile{Split: split}}
		texting(t, cfg, &mc.taker, func(t *testing.T, c *esme.Client, _ *session.Session) {
			m := esme.Text{To: "+46700000001", Body: long, Receipt: pdu.RegisteredReceipt}
			sent, err := c.SendText(t.Context(), m)
			require.EqualError(t, err, "esme: text, part 2 of 3: pdu: submit_sm_resp with ESME_RTHROTTLED")
			sent, err = c.SendParts(t.Context(), sent.Rest())
			require.EqualError(t, err, "esme: text, part 2 of 3: pdu: submit_sm_resp with ESME_RTHROTTLED")
			require.Len(t, sent.Parts, 2)
			sent, err = c.SendParts(t.Context(), sent.Rest())
			require.NoError(t, err)
			require.Equal(t, []receipt.Message{
				{ID: "4", Ref: "x", Part: 2, Parts: 3}, {ID: "5", Ref: "x", Part: 3, Parts: 3},
			}, sent.Awaited("x"), "%v", split)
		})
	}
}

// Requests that are no parts of one text are numbered in their order.
func TestSendPartsWithoutNumbers(t *testing.T) {
	mc := newFates("")
	texting(t, esme.Config{}, &mc.taker, func(t *testing.T, c *esme.Client, _ *session.Session) {
		sm := pdu.SubmitSM{ShortMessage: []byte("hello"), RegisteredDelivery: pdu.RegisteredReceipt}
		odd := sm
		odd.ESMClass = pdu.ESMClassUDHI // and no header
		sent, err := c.SendParts(t.Context(), []*pdu.SubmitSM{&sm, &odd, nil})
		require.ErrorContains(t, err, "esme: text, part 3 of 3: ")
		require.ErrorIs(t, err, session.ErrNilBody)
		require.Equal(t, []receipt.Message{
			{ID: "1", Ref: "x", Part: 1, Parts: 3}, {ID: "2", Ref: "x", Part: 2, Parts: 3},
		}, sent.Awaited("x"))
	})
}
