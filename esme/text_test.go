package esme_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/pdu/profile"
	"github.com/smpp-go/smpp/pdu/receipt"
	"github.com/smpp-go/smpp/pdu/text"
	"github.com/smpp-go/smpp/pdu/tlv"
	"github.com/smpp-go/smpp/pdu/udh"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// long needs three parts in GSM 7-bit.
var long = strings.Repeat("The parcel is on its way. ", 15)

// taker is a message centre that keeps what it is sent and answers as told.
type taker struct {
	got    []*pdu.SubmitSM
	answer func(n int, r *session.Request) // of the n-th request, from 1; nil: takes it
}

func (c *taker) HandlePDU(_ context.Context, r *session.Request) {
	sm, ok := r.PDU.Body.(*pdu.SubmitSM)
	if !ok {
		_ = r.Accept(nil, c)
		return
	}
	c.got = append(c.got, sm)
	if c.answer != nil {
		c.answer(len(c.got), r)
		return
	}
	_ = r.Reply(&pdu.SubmitSMResp{MessageID: fmt.Sprint("id-", len(c.got))})
}

// texting runs a test in a bubble, with a client of the message centre.
func texting(t *testing.T, cfg esme.Config, mc *taker, f func(t *testing.T, c *esme.Client, peer *session.Session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		peer := session.Start(b, session.RoleMC, session.Config{Handler: mc, AnswerTimeout: -1})
		c, err := esme.Bind(t.Context(), a, cfg)
		require.NoError(t, err)
		defer func() {
			require.NoError(t, c.Close())
			<-c.Done()
			<-peer.Done()
		}()
		f(t, c, peer)
	})
}

func TestSendText(t *testing.T) {
	mc := new(taker)
	texting(t, esme.Config{}, mc, func(t *testing.T, c *esme.Client, _ *session.Session) {
		sent, err := c.SendText(t.Context(), esme.Text{
			From: "Shop", To: "+46700000001", Body: "Hej 👋", Receipt: pdu.RegisteredReceipt,
		})
		require.NoError(t, err)
		require.True(t, sent.Accepted())
		require.Equal(t, []string{"id-1"}, sent.IDs())
		require.Equal(t, session.Responded, sent.Parts[0].Outcome)
		require.Equal(t, []*pdu.SubmitSM{{
			Source:             pdu.Address{TON: pdu.TONAlphanumeric, Addr: "Shop"},
			Dest:               pdu.Address{TON: pdu.TONInternational, NPI: pdu.NPIISDN, Addr: "46700000001"},
			RegisteredDelivery: pdu.RegisteredReceipt,
			DataCoding:         pdu.DataCodingUCS2,
			ShortMessage:       []byte("\x00H\x00e\x00j\x00 \xd8\x3d\xdc\x4b"),
		}}, mc.got)
		require.Equal(t, []receipt.Message{{ID: "id-1", Ref: "order 7"}}, sent.Awaited("order 7"))

		sent, err = c.SendText(t.Context(), esme.Text{To: "+46700000001", Body: long, Receipt: pdu.RegisteredReceipt})
		require.NoError(t, err)
		require.Equal(t, []string{"id-2", "id-3", "id-4"}, sent.IDs())
		require.Empty(t, sent.Rest())
		require.Equal(t, receipt.Message{ID: "id-3", Ref: "x", Part: 2, Parts: 3}, sent.Awaited("x")[1])
		require.Equal(t, long, joined(t, mc.got[1:], text.Peer{}))
		for i, sm := range mc.got[1:] {
			require.Equal(t, sm, sent.Parts[i].Request)
			require.True(t, sm.ESMClass.UDHI())
			require.Empty(t, sm.Source.Addr)
		}
	})
}

// joined reassembles what was sent.
func joined(t require.TestingT, sms []*pdu.SubmitSM, peer text.Peer) string {
	r := multipart.NewReassembler(multipart.Config{})
	for i, sm := range sms {
		messages, err := r.Add(context.Background(), time.Unix(0, 0), sm)
		require.NoError(t, err)
		if i < len(sms)-1 {
			require.Empty(t, messages)
			continue
		}
		require.Len(t, messages, 1)
		require.True(t, messages[0].Whole())
		s, err := messages[0].Text(peer)
		require.NoError(t, err)
		return s
	}
	return ""
}

// Whatever the habits of the peer, the text that it puts together is the text that was sent.
func TestRequestsRoundTrip(t *testing.T) {
	var refs multipart.Refs
	rapid.Check(t, func(t *rapid.T) {
		p := &profile.Profile{
			Alphabet:  rapid.SampledFrom([]text.Alphabet{text.GSM7, text.GSM7Packed, text.Latin1, text.ASCII}).Draw(t, "alphabet"),
			Padding:   text.PadCRExact,
			Split:     multipart.Method(rapid.IntRange(0, 3).Draw(t, "method")),
			Languages: rapid.SampledFrom([][]text.Language{nil, {text.Turkish}, {text.Hindi, text.Portuguese}}).Draw(t, "languages"),
			Submit: profile.Submit{
				MoreMessages: rapid.Bool().Draw(t, "more"), ReceiptParts: profile.Parts(rapid.IntRange(0, 2).Draw(t, "receipts")),
			},
			KeepGraphemes: rapid.Bool().Draw(t, "graphemes"),
		}
		body := rapid.StringOfN(rapid.RuneFrom([]rune("aşé€{👋ह\u0301 \n")), 0, 500, -1).Draw(t, "body")
		list, err := esme.Text{To: "+46700000001", Body: body, Receipt: pdu.RegisteredReceipt}.Requests(p, &refs)
		require.NoError(t, err)
		require.Equal(t, body, joined(t, list, p.Peer()))
		asked := 0
		for _, sm := range list {
			_, err := (pdu.Codec{Version: pdu.V34}).Append(nil, &pdu.PDU{Header: pdu.Header{Seq: 1}, Body: sm})
			require.NoError(t, err)
			if sm.RegisteredDelivery != 0 {
				asked++
			}
		}
		if p.Submit.ReceiptParts == profile.PartsAll {
			require.Equal(t, len(list), asked)
		} else {
			require.Equal(t, 1, asked)
		}
	})
}

// Texts to one number have references of their own, and short ones take none.
func TestRequestsRefs(t *testing.T) {
	for _, method := range []multipart.Method{multipart.MethodUDH8, multipart.MethodUDH16, multipart.MethodSAR} {
		var refs multipart.Refs
		next := func(body string) uint16 {
			list, err := esme.Text{To: "+46700000001", Body: body}.Requests(&profile.Profile{Split: method}, &refs)
			require.NoError(t, err)
			var first multipart.Number
			for i, sm := range list {
				part, err := multipart.Get(sm)
				require.NoError(t, err)
				n, _ := part.Number()
				if i == 0 {
					first = n
				}
				require.Equal(t, first.Ref, n.Ref)
			}
			return first.Ref
		}
		ref := next(long)
		next("short")
		mask := uint16(0xFFFF)
		if method == multipart.MethodUDH8 {
			mask = 0xFF
		}
		require.Equal(t, (ref+1)&mask, next(long))
	}
}

// The class, the sign for waiting messages and USSD.
func TestRequestsKinds(t *testing.T) {
	one := func(m esme.Text) *pdu.SubmitSM {
		m.To = "+46700000001"
		list, err := m.Requests(new(profile.Profile), new(multipart.Refs))
		require.NoError(t, err)
		require.Len(t, list, 1)
		return list[0]
	}
	require.Equal(t, pdu.DataCoding(0x10), one(esme.Text{Body: "flash", Class: text.Class0}).DataCoding)
	require.Equal(t, pdu.DataCoding(0x18), one(esme.Text{Body: "вспышка", Class: text.Class0}).DataCoding)
	waiting := text.Waiting{Kind: text.WaitingVoicemail, Active: true}
	require.Equal(t, pdu.DataCoding(0xD8), one(esme.Text{Body: "2 calls", Waiting: waiting}).DataCoding)

	info := pdu.ITSSessionInfo{Session: 7, Sequence: 1}
	menu := strings.Repeat("1 Balance ", 18)
	sm := one(esme.Text{Body: menu, USSD: &esme.USSD{Op: pdu.USSDUSSRRequest, Info: &info}})
	require.Equal(t, "USSD", sm.ServiceType)
	require.Equal(t, menu, string(sm.ShortMessage), "180 characters, and not split")
	op, _, err := tlv.USSDServiceOp.Get(sm.TLVs)
	require.NoError(t, err)
	require.Equal(t, pdu.USSDUSSRRequest, op)
	got, _, err := tlv.ITSSessionInfo.Get(sm.TLVs)
	require.NoError(t, err)
	require.Equal(t, info, got)
	sm = one(esme.Text{USSD: new(esme.USSD), Submit: pdu.SubmitSM{ServiceType: "MENU"}})
	require.Equal(t, "MENU", sm.ServiceType)
	op, ok, _ := tlv.USSDServiceOp.Get(sm.TLVs)
	require.True(t, ok)
	require.Equal(t, pdu.USSDPSSDIndication, op)
	_, ok, _ = tlv.ITSSessionInfo.Get(sm.TLVs)
	require.False(t, ok)
}

// What can not be sent as it is, is not sent.
func TestSendTextRefuses(t *testing.T) {
	mc := new(taker)
	texting(t, esme.Config{Profile: &profile.Profile{MaxParts: 2}}, mc, func(t *testing.T, c *esme.Client, _ *session.Session) {
		for name, tt := range map[string]struct {
			text esme.Text
			want string
		}{
			"from":     {esme.Text{From: "Too long a name"}, "esme: text: from: "},
			"to":       {esme.Text{To: "+"}, "esme: text: to: "},
			"validity": {esme.Text{Validity: time.Millisecond}, "esme: text: validity: "},
			"parts":    {esme.Text{Body: long}, "esme: text: the message needs 3 parts, and the profile permits 2"},
			"alphabet": {esme.Text{Body: "ш", Profile: &profile.Profile{Alphabets: []text.Alphabet{}}}, "esme: text: text: "},
		} {
			sent, err := c.SendText(t.Context(), tt.text)
			require.Nil(t, sent, name)
			require.ErrorContains(t, err, tt.want, name)
		}
		_, err := c.SendText(t.Context(), esme.Text{Body: long})
		require.ErrorIs(t, err, multipart.ErrTooManyParts)
		_, err = c.SendText(t.Context(), esme.Text{Body: "ш", Profile: &profile.Profile{Alphabets: []text.Alphabet{}}})
		var lacks *text.EncodeError
		require.ErrorAs(t, err, &lacks)
		require.Empty(t, mc.got)
	})
}

func TestRequestsFields(t *testing.T) {
	p := &profile.Profile{Submit: profile.Submit{
		ServiceType: "CMT", TLVs: pdu.TLVs{{Tag: 0x1400, Value: []byte("registered")}},
		MoreMessages: true, ReceiptParts: profile.PartsLast,
	}}
	own := make(pdu.TLVs, 0, 8)
	own.Add(0x1401, []byte("own"))
	tmpl := pdu.SubmitSM{PriorityFlag: 2, ESMClass: pdu.ESMClassReplyPath, TLVs: own}
	list, err := esme.Text{
		From: "12345", To: "0700000001", Body: long, Receipt: pdu.RegisteredReceipt | pdu.RegisteredIntermediate,
		Validity: 90 * time.Minute, Header: udh.Header{udh.Ports{Dest: 2948, Source: 9200, Wide: true}.Element()},
		Submit: tmpl,
	}.Requests(p, new(multipart.Refs))
	require.NoError(t, err)
	require.Len(t, list, 3)
	for i, sm := range list {
		last := i == len(list)-1
		require.Equal(t, "CMT", sm.ServiceType)
		require.EqualValues(t, 2, sm.PriorityFlag)
		require.Equal(t, pdu.ESMClassReplyPath|pdu.ESMClassUDHI, sm.ESMClass)
		require.Equal(t, "000000013000000R", sm.ValidityPeriod)
		require.Equal(t, pdu.Address{TON: pdu.TONNetworkSpecific, Addr: "12345"}, sm.Source)
		require.Equal(t, last, sm.RegisteredDelivery == pdu.RegisteredReceipt|pdu.RegisteredIntermediate)
		require.Equal(t, !last, sm.RegisteredDelivery == 0)
		more, ok, err := tlv.MoreMessagesToSend.Get(sm.TLVs)
		require.NoError(t, err)
		require.Equal(t, !last, ok && more == pdu.MoreMessages)
		value, _ := sm.TLVs.Get(0x1400)
		require.Equal(t, "registered", string(value))
		value, _ = sm.TLVs.Get(0x1401)
		require.Equal(t, "own", string(value))
		part, err := multipart.Get(sm)
		require.NoError(t, err)
		ports, ok := part.UDH.Ports()
		require.True(t, ok)
		require.EqualValues(t, 2948, ports.Dest)
	}
	require.Equal(t, long, joined(t, list, text.Peer{}))
	require.Equal(t, pdu.TLVs{{Tag: 0x1401, Value: []byte("own")}}, own, "the caller's TLVs are his")
	require.Equal(t, make(pdu.TLVs, 3), own[1:4], "nor is the room behind them used")
}

// A part that is refused holds the rest back, and what was not sent can be sent later.
func TestSendTextRefused(t *testing.T) {
	refuse := true
	mc := &taker{answer: func(n int, r *session.Request) {
		if n == 2 && refuse {
			_ = r.Reject(pdu.StatusThrottled)
			return
		}
		_ = r.Reply(&pdu.SubmitSMResp{MessageID: fmt.Sprint(n)})
	}}
	texting(t, esme.Config{}, mc, func(t *testing.T, c *esme.Client, _ *session.Session) {
		m := esme.Text{To: "+46700000001", Body: long, Receipt: pdu.RegisteredReceipt}
		sent, err := c.SendText(t.Context(), m)
		var failed *esme.TextError
		require.ErrorAs(t, err, &failed)
		require.Same(t, sent, failed.Sent)
		require.Equal(t, 1, failed.Part)
		require.EqualError(t, err, "esme: text, part 2 of 3: pdu: submit_sm_resp with ESME_RTHROTTLED")
		status, _ := pdu.StatusOf(err)
		require.Equal(t, pdu.StatusThrottled, status)
		require.False(t, session.SafeToRetry(err))
		require.Equal(t, []string{"1", "", ""}, sent.IDs())
		require.Len(t, sent.Awaited(""), 1)
		require.False(t, sent.Accepted())
		for i, want := range []session.Outcome{session.Responded, session.Responded, session.NotSent} {
			require.Equal(t, want, sent.Parts[i].Outcome)
			require.False(t, sent.Parts[i].Uncertain())
		}
		require.Equal(t, pdu.StatusThrottled, sent.Parts[1].Status)
		require.True(t, session.SafeToRetry(sent.Parts[2].Err))
		require.ErrorIs(t, sent.Parts[2].Err, esme.ErrEarlierPart)
		require.Len(t, mc.got, 2)

		sent, err = c.SendParts(t.Context(), sent.Rest())
		require.NoError(t, err)
		require.Equal(t, []string{"3", "4"}, sent.IDs())
		require.Equal(t, long, joined(t, append(mc.got[:1:1], mc.got[2:]...), text.Peer{}))

		mc.got, refuse, m.KeepGoing = nil, true, true
		sent, err = c.SendText(t.Context(), m)
		require.ErrorAs(t, err, &failed)
		require.Equal(t, []string{"1", "", "3"}, sent.IDs())
	})
}

// Every way in which a part may end.
func TestSendTextOutcomes(t *testing.T) {
	m := esme.Text{To: "+46700000001", Body: long}
	outcome := func(t *testing.T, cfg esme.Config, answer func(*testing.T, *session.Request), want session.Outcome, uncertain bool) error {
		t.Helper()
		var failure error
		mc := &taker{answer: func(n int, r *session.Request) {
			if n == 1 {
				_ = r.Reply(&pdu.SubmitSMResp{MessageID: "1"})
			} else {
				answer(t, r)
			}
		}}
		texting(t, cfg, mc, func(t *testing.T, c *esme.Client, _ *session.Session) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			sent, err := c.SendText(ctx, m)
			require.Error(t, err)
			require.True(t, sent.Parts[0].Accepted())
			require.Equal(t, want, sent.Parts[1].Outcome)
			require.Equal(t, uncertain, sent.Parts[1].Uncertain())
			require.False(t, sent.Parts[1].Accepted())
			require.Equal(t, session.NotSent, sent.Parts[2].Outcome)
			require.False(t, session.SafeToRetry(err), "the first part was accepted")
			failure = err
		})
		return failure
	}
	silence := func(*testing.T, *session.Request) {}
	t.Run("nacked", func(t *testing.T) {
		err := outcome(t, esme.Config{}, func(_ *testing.T, r *session.Request) { nack(r) }, session.Nacked, false)
		status, _ := pdu.StatusOf(err)
		require.Equal(t, pdu.StatusInvalidCommandID, status)
	})
	t.Run("timed out", func(t *testing.T) {
		cfg := esme.Config{Session: session.Config{ResponseTimeout: time.Second}}
		require.ErrorIs(t, outcome(t, cfg, silence, session.TimedOut, true), session.ErrResponseTimeout)
	})
	t.Run("given up", func(t *testing.T) {
		cfg := esme.Config{Session: session.Config{ResponseTimeout: time.Hour}}
		require.ErrorIs(t, outcome(t, cfg, silence, session.Pending, true), context.DeadlineExceeded)
	})
	t.Run("lost", func(t *testing.T) {
		err := outcome(t, esme.Config{}, func(_ *testing.T, r *session.Request) { _ = r.Session().Close() }, session.Lost, true)
		require.Error(t, err)
	})
}

// nack answers with a generic_nack, as a peer that does not know the command.
func nack(r *session.Request) {
	frame, _ := pdu.Append(nil, &pdu.PDU{
		Header: pdu.Header{ID: pdu.CommandGenericNack, Status: pdu.StatusInvalidCommandID, Seq: r.PDU.Seq},
	})
	_, _ = r.Session().NetConn().Write(frame)
}

// An error of a text can be retried as a whole when nothing of it left.
func TestSendTextNotSent(t *testing.T) {
	mc := new(taker)
	texting(t, esme.Config{}, mc, func(t *testing.T, c *esme.Client, _ *session.Session) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		sent, err := c.SendText(ctx, esme.Text{To: "+46700000001", Body: long})
		require.True(t, session.SafeToRetry(err))
		require.ErrorIs(t, err, context.Canceled)
		require.False(t, sent.Uncertain())

		requests := sent.Rest()
		require.Len(t, requests, 3)
		requests[1].ServiceType = "too long"
		sent, err = c.SendParts(t.Context(), requests)
		require.False(t, session.SafeToRetry(err), "the first part left")
		require.True(t, session.SafeToRetry(sent.Parts[1].Err))
		var bad *pdu.EncodeError
		require.ErrorAs(t, sent.Parts[1].Err, &bad)
		require.ErrorAs(t, err, &bad)
	})
}

// The profile says what the session's configuration leaves open.
func TestProfileConfiguresSession(t *testing.T) {
	p := &profile.Profile{
		Version: pdu.V50,
		Limits:  profile.Limits{Password: 20, Window: 3},
		Timers:  profile.Timers{Response: 7 * time.Second},
	}
	mc := &taker{answer: func(int, *session.Request) {}}
	texting(t, esme.Config{Profile: p, Password: "more than eight"}, mc, func(t *testing.T, c *esme.Client, _ *session.Session) {
		require.Equal(t, pdu.V50, c.Version())
		require.Equal(t, 3, c.Stats().Window)
		begin := time.Now()
		_, err := c.SendText(t.Context(), esme.Text{Body: "x"})
		require.ErrorIs(t, err, session.ErrResponseTimeout)
		require.Equal(t, 7*time.Second, time.Since(begin))
	})
	cfg := esme.Config{Profile: p, Session: session.Config{Version: pdu.V34, Window: 5}}
	texting(t, cfg, new(taker), func(t *testing.T, c *esme.Client, _ *session.Session) {
		require.Equal(t, pdu.V34, c.Version())
		require.Equal(t, 5, c.Stats().Window)
	})
}
