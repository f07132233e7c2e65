package esme_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/pdu/profile"
	"github.com/smpp-go/smpp/session"
)

// later is a handler that keeps what SendText did not wait for.
type later struct {
	session.NopHandler
	mu   sync.Mutex
	resp map[pdu.Body]string // message ids by request
	late map[pdu.Body]string
	lost map[pdu.Body]session.LostPDU
}

func newLater() *later {
	return &later{resp: map[pdu.Body]string{}, late: map[pdu.Body]string{}, lost: map[pdu.Body]session.LostPDU{}}
}

func (l *later) HandleResp(_ context.Context, _ *session.Session, resp, req *pdu.PDU) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.resp[req.Body] = resp.Body.(*pdu.SubmitSMResp).MessageID
}

func (l *later) HandleLateResp(_ context.Context, _ *session.Session, resp, req *pdu.PDU) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.late[req.Body] = resp.Body.(*pdu.SubmitSMResp).MessageID
}

func (l *later) HandleClose(_ context.Context, _ *session.Session, lost []session.LostPDU, _ error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range lost {
		l.lost[p.PDU.Body] = p
	}
}

// slow answers every part but the second at once, and that one after a time.
func slow(after time.Duration) *taker {
	return &taker{answer: func(n int, r *session.Request) {
		reply := func() { _ = r.Reply(&pdu.SubmitSMResp{MessageID: fmt.Sprint(n)}) }
		if n == 2 {
			time.AfterFunc(after, reply)
			return
		}
		reply()
	}}
}

// partsOf returns the outcomes of a text, and which of its parts may have arrived without a word of it.
func partsOf(s *esme.SentText) (outcomes []session.Outcome, uncertain []int) {
	if s == nil {
		return nil, nil
	}
	for i, p := range s.Parts {
		outcomes = append(outcomes, p.Outcome)
		if p.Uncertain() {
			uncertain = append(uncertain, i+1)
		}
	}
	return outcomes, uncertain
}

// A part whose sender gave up is answered to the handler, by the request that the result names; the rest can be sent then.
func TestSendTextGivenUp(t *testing.T) {
	h, mc := newLater(), slow(time.Minute)
	cfg := esme.Config{Session: session.Config{Handler: h, ResponseTimeout: time.Hour}}
	texting(t, cfg, mc, func(t *testing.T, c *esme.Client, _ *session.Session) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		sent, err := c.SendText(ctx, esme.Text{To: "+46700000001", Body: long})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.False(t, session.SafeToRetry(err))
		outcomes, uncertain := partsOf(sent)
		require.Equal(t, []session.Outcome{session.Responded, session.Pending, session.NotSent}, outcomes)
		require.Equal(t, []int{2}, uncertain)
		time.Sleep(2 * time.Minute) // in a bubble of synctest
		synctest.Wait()
		require.Len(t, mc.got, 2, "nothing is sent behind it, then or later")
		require.Equal(t, map[pdu.Body]string{sent.Parts[1].Request: "2"}, h.resp)
		require.Nil(t, sent.Rest(), "the result does not know of the late response, the handler does")
		rest, err := c.SendParts(t.Context(), []*pdu.SubmitSM{sent.Parts[2].Request})
		require.NoError(t, err)
		require.Equal(t, []string{"3"}, rest.IDs())
		require.Len(t, mc.got, 3)
	})
	require.Empty(t, h.lost)
}

// A late response comes with the request that the result names.
func TestSendTextLate(t *testing.T) {
	h, mc := newLater(), slow(time.Minute)
	cfg := esme.Config{Session: session.Config{Handler: h, ResponseTimeout: 40 * time.Second}}
	texting(t, cfg, mc, func(t *testing.T, c *esme.Client, _ *session.Session) {
		sent, err := c.SendText(t.Context(), esme.Text{To: "+46700000001", Body: long})
		require.ErrorIs(t, err, session.ErrResponseTimeout)
		require.False(t, session.SafeToRetry(err))
		outcomes, uncertain := partsOf(sent)
		require.Equal(t, []session.Outcome{session.Responded, session.TimedOut, session.NotSent}, outcomes)
		require.Equal(t, []int{2}, uncertain)
		require.True(t, sent.Uncertain())
		require.Nil(t, sent.Rest())
		time.Sleep(time.Minute) // in a bubble of synctest
		synctest.Wait()
		require.Len(t, mc.got, 2)
		require.Equal(t, map[pdu.Body]string{sent.Parts[1].Request: "2"}, h.late)
	})
}

// A context that ends between two parts: the first was taken, of the others nothing left.
func TestSendTextEndsBetween(t *testing.T) {
	var cancel func()
	mc := new(taker)
	cfg := esme.Config{Session: session.Config{Trace: &session.Trace{Received: func(_ *session.Session, h pdu.Header, _ int) {
		if h.ID == pdu.CommandSubmitSMResp {
			cancel()
		}
	}}}}
	texting(t, cfg, mc, func(t *testing.T, c *esme.Client, _ *session.Session) {
		var ctx context.Context
		ctx, cancel = context.WithCancel(t.Context())
		sent, err := c.SendText(ctx, esme.Text{To: "+46700000001", Body: long})
		require.ErrorIs(t, err, context.Canceled)
		require.False(t, session.SafeToRetry(err), "the first part left")
		synctest.Wait()
		require.Len(t, mc.got, 1)
		// The response may be faster than the end of the context, or the context is seen first.
		outcomes, _ := partsOf(sent)
		require.Contains(t, []session.Outcome{session.Responded, session.Pending}, outcomes[0])
		require.Equal(t, []session.Outcome{session.NotSent, session.NotSent}, outcomes[1:])
		require.True(t, session.SafeToRetry(sent.Parts[1].Err))
	})
}

// A message centre that unbinds while a text is on its way gets parts or does not: every one is told of.
func TestSendTextUnbind(t *testing.T) {
	mc := new(taker)
	mc.answer = func(n int, r *session.Request) {
		_ = r.Reply(&pdu.SubmitSMResp{MessageID: fmt.Sprint(n)})
		go func() { _ = r.Session().Shutdown(context.Background()) }()
	}
	texting(t, esme.Config{}, mc, func(t *testing.T, c *esme.Client, _ *session.Session) {
		sent, err := c.SendText(t.Context(), esme.Text{To: "+46700000001", Body: strings.Repeat(long, 10)})
		require.Error(t, err)
		require.False(t, session.SafeToRetry(err))
		for i, p := range sent.Parts {
			require.Equal(t, i < len(mc.got), p.Accepted(), i)
			require.False(t, p.Uncertain(), "what was on its way was answered before the end")
		}
		require.Len(t, sent.Rest(), len(sent.Parts)-len(mc.got))
	})
}

// A connection that dies: what was in flight is uncertain, and told to SendText, not for sending again from the lost list.
func TestSendTextConnectionDies(t *testing.T) {
	for _, keepGoing := range []bool{false, true} {
		h := newLater()
		mc := &taker{answer: func(n int, r *session.Request) {
			if n == 2 {
				_ = r.Session().Close()
				return
			}
			_ = r.Reply(&pdu.SubmitSMResp{MessageID: fmt.Sprint(n)})
		}}
		var sent *esme.SentText
		texting(t, esme.Config{Session: session.Config{Handler: h}}, mc, func(t *testing.T, c *esme.Client, _ *session.Session) {
			var err error
			sent, err = c.SendText(t.Context(), esme.Text{To: "+46700000001", Body: long, KeepGoing: keepGoing})
			var failed *esme.TextError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, 1, failed.Part)
			require.False(t, session.SafeToRetry(err))
			outcomes, uncertain := partsOf(sent)
			require.Equal(t, []session.Outcome{session.Responded, session.Lost, session.NotSent}, outcomes)
			require.Equal(t, []int{2}, uncertain)
			require.Equal(t, !keepGoing, errors.Is(sent.Parts[2].Err, esme.ErrEarlierPart))
			synctest.Wait()
			require.Len(t, mc.got, 2)
		})
		require.True(t, h.lost[sent.Parts[1].Request].Told)
		require.NotContains(t, h.lost, pdu.Body(sent.Parts[2].Request))
	}
}

// When the first part can not be sent, nothing of the text leaves, and all of it can be sent again.
func TestSendTextFirstPartNotSent(t *testing.T) {
	mc := new(taker)
	texting(t, esme.Config{}, mc, func(t *testing.T, c *esme.Client, _ *session.Session) {
		requests, err := esme.Text{To: "+46700000001", Body: long}.Requests(nil, nil)
		require.NoError(t, err)
		require.Len(t, requests, 3)
		requests[0].ServiceType = "too long"
		sent, err := c.SendParts(t.Context(), requests)
		require.True(t, session.SafeToRetry(err))
		require.Empty(t, mc.got)
		require.Equal(t, requests, sent.Rest())
	})
}

// The limits of the profile hold before anything is sent.
func TestRequestsLimits(t *testing.T) {
	m := esme.Text{To: "+46700000001", Body: strings.Repeat("x", 1000)}
	p := &profile.Profile{Split: multipart.MethodPayload}
	list, err := m.Requests(p, nil)
	require.NoError(t, err)
	require.Len(t, list, 1)
	frame, err := pdu.Append(nil, &pdu.PDU{Header: pdu.Header{Seq: 1}, Body: list[0]})
	require.NoError(t, err)
	p.Limits.PDU = len(frame)
	_, err = m.Requests(p, nil)
	require.NoError(t, err)
	p.Limits.PDU--
	_, err = m.Requests(p, nil)
	require.ErrorIs(t, err, multipart.ErrTooLong)
	require.EqualError(t, err, fmt.Sprintf("esme: text: a request has %d octets, and the profile permits %d", len(frame), len(frame)-1))
	p.Split = multipart.MethodUDH8
	list, err = m.Requests(p, nil)
	require.NoError(t, err)
	require.Len(t, list, 7, "parts are small enough")
	p.MaxParts = 6
	_, err = m.Requests(p, nil)
	require.ErrorIs(t, err, multipart.ErrTooManyParts)
}

// The text says whether all parts ask for a receipt, or the last one alone.
func TestRequestsReceipts(t *testing.T) {
	for _, tt := range []struct {
		parts profile.Parts
		last  bool
		want  string
	}{
		{profile.PartsAll, false, "111"},
		{profile.PartsAll, true, "001"},
		{profile.PartsFirst, false, "100"},
		{profile.PartsFirst, true, "001"},
		{profile.PartsLast, false, "001"},
	} {
		p := &profile.Profile{Submit: profile.Submit{ReceiptParts: tt.parts}}
		m := esme.Text{To: "+46700000001", Body: long, Receipt: pdu.RegisteredReceipt, ReceiptOnLast: tt.last}
		list, err := m.Requests(p, nil)
		require.NoError(t, err)
		asked := ""
		for _, sm := range list {
			asked += fmt.Sprint(sm.RegisteredDelivery)
		}
		require.Equal(t, tt.want, strings.NewReplacer("receipt", "1", "none", "0").Replace(asked), "%v", tt)
		m.Body = "short"
		list, err = m.Requests(p, nil)
		require.NoError(t, err)
		require.Equal(t, pdu.RegisteredReceipt, list[0].RegisteredDelivery)
	}
}
