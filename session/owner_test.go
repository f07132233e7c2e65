package session_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// The tests here belong to REVIEW.md finding 13: what hooks, errors and lists hand out is the user's, and the session
// goes by what it keeps of its own. They are worth most with -race.

// spoiler is a handler that changes all that it is given, at once and again a little later, in goroutines of its own.
type spoiler struct {
	session.NopHandler
	mu                            sync.Mutex
	wg                            sync.WaitGroup
	resps, timeouts, lates, sents atomic.Int64
}

// spoil changes a PDU while the session may still be at work on it.
func (h *spoiler) spoil(p *pdu.PDU) {
	change := func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		*p = pdu.PDU{Header: pdu.Header{ID: pdu.CommandOutbind, Status: 7, Seq: p.Seq + 1000}}
	}
	change()
	h.wg.Go(func() {
		time.Sleep(time.Microsecond)
		change()
	})
}

func (h *spoiler) HandleSendResult(_ context.Context, _ *session.Session, p *pdu.PDU) {
	h.sents.Add(1)
	h.spoil(p)
}

func (h *spoiler) HandleResp(_ context.Context, _ *session.Session, resp, req *pdu.PDU) {
	h.resps.Add(1)
	h.spoil(resp)
	h.spoil(req)
}

func (h *spoiler) HandleLateResp(_ context.Context, _ *session.Session, resp, req *pdu.PDU) {
	h.spoil(resp)
	if req != nil {
		h.lates.Add(1)
		h.spoil(req)
	}
}

func (h *spoiler) HandleRespTimeout(_ context.Context, _ *session.Session, reqs []*pdu.PDU) {
	for i, p := range reqs {
		h.timeouts.Add(1)
		h.spoil(p)
		reqs[i] = nil
	}
}

func (h *spoiler) HandleClose(_ context.Context, _ *session.Session, lost []session.LostPDU, _ error) {
	for i := range lost {
		h.spoil(lost[i].PDU)
		lost[i] = session.LostPDU{}
	}
}

// TestMutateSent: a hook that changes the requests which it is shown changes nothing: responses, also late ones, find
// theirs, and the numbers are right. Of 20 requests, 20 timed out and 20 responses were unknown.
func TestMutateSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := new(spoiler)
		var outcomes sync.Map
		s, p := boundESME(t, session.Config{
			Handler: h, ResponseTimeout: time.Minute, EnquireLinkInterval: -1,
			Trace: &session.Trace{Outcome: func(_ *session.Session, req *pdu.PDU, o session.Outcome) {
				outcomes.Store(req.Header, o)
			}},
		})
		var sent []*pdu.PDU
		for range 2 { // of the window
			for range 10 {
				seq, err := s.Send(t.Context(), submit("x"))
				require.NoError(t, err)
				require.EqualValues(t, 2+len(sent), seq)
				x := p.read(pdu.CommandSubmitSM)
				require.Equal(t, seq, x.Seq)
				sent = append(sent, x)
			}
			synctest.Wait()
			for _, x := range sent[len(sent)-10:] {
				p.Reply(x, &pdu.SubmitSMResp{MessageID: "1"})
			}
			synctest.Wait()
		}
		require.EqualValues(t, 20, h.sents.Load())
		require.EqualValues(t, 20, h.resps.Load())

		var late []*pdu.PDU
		for range 10 {
			_, err := s.TrySend(submit("late"))
			require.NoError(t, err)
			late = append(late, p.read(pdu.CommandSubmitSM))
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		require.EqualValues(t, 10, h.timeouts.Load())
		for _, x := range late {
			p.Reply(x, &pdu.SubmitSMResp{MessageID: "1"})
		}
		synctest.Wait()
		require.EqualValues(t, 10, h.lates.Load())
		st := s.Stats()
		require.Zero(t, st.Unknown)
		require.Zero(t, st.Remember)

		for range 3 {
			_, err := s.Send(t.Context(), submit("lost"))
			require.NoError(t, err)
		}
		synctest.Wait()
		require.NoError(t, s.Close())
		<-s.Done()
		h.wg.Wait()
		require.Len(t, s.Lost(), 3, "the list is the session's")
		for _, l := range s.Lost() {
			require.NotNil(t, l.PDU)
			require.True(t, l.Written)
		}
		for seq := range uint32(33) {
			_, has := outcomes.Load(pdu.Header{ID: pdu.CommandSubmitSM, Seq: 2 + seq})
			require.True(t, has, seq)
		}
	})
}

// TestMutateBody: the body is the caller's again when Send has returned; so is that of an answer when Reply has, and
// what comes of it later is as it was.
func TestMutateBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := new(spoiler)
		defer h.wg.Wait()
		s, p := boundESME(t, session.Config{Handler: h, ResponseTimeout: time.Minute, EnquireLinkInterval: -1})
		for range 5 {
			sm := submit("as it was")
			_, err := s.Send(t.Context(), sm)
			require.NoError(t, err)
			h.wg.Go(func() {
				sm.ShortMessage = append(sm.ShortMessage[:0], "changed, and longer"...)
				sm.TLVs = append(sm.TLVs, pdu.TLV{Tag: 0x1400})
				sm.Dest.Addr = ""
			})
			x := p.read(pdu.CommandSubmitSM)
			require.Equal(t, "as it was", string(x.Body.(*pdu.SubmitSM).ShortMessage))
		}
		time.Sleep(time.Minute) // all are remembered, by a size that nobody reads from them
		synctest.Wait()
		require.EqualValues(t, 5, h.timeouts.Load())
		require.Equal(t, 5, s.Stats().Remember)
	})
}

// TestMutateError: the error of a Do that gave up has its request, whose response still finds it.
func TestMutateError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := new(spoiler)
		s, p := boundESME(t, session.Config{Handler: h, EnquireLinkInterval: -1})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		failed := make(chan error, 1)
		go func() {
			_, err := s.Do(ctx, submit("x"))
			failed <- err
		}()
		x := p.read(pdu.CommandSubmitSM)
		var re *session.RequestError
		require.True(t, errors.As(<-failed, &re))
		require.Equal(t, session.Pending, re.Outcome)
		h.spoil(re.PDU)
		re.PDU.Body = nil
		p.Reply(x, &pdu.SubmitSMResp{MessageID: "1"})
		synctest.Wait()
		require.EqualValues(t, 1, h.resps.Load())
		require.Zero(t, s.Stats().Unknown)

		// So with one that was refused, and one whose session ends.
		_, err := s.Send(t.Context(), &pdu.SubmitSM{ServiceType: "longer than five"})
		require.True(t, errors.As(err, &re))
		h.spoil(re.PDU)
		go func() {
			_, err := s.Do(t.Context(), submit("y"))
			failed <- err
		}()
		p.read(pdu.CommandSubmitSM)
		require.NoError(t, s.Close())
		require.True(t, errors.As(<-failed, &re))
		h.spoil(re.PDU)
		<-s.Done()
		h.wg.Wait()
	})
}

// TestMutateBind: what becomes of the body of a bind while its response is awaited does not change the version.
func TestMutateBind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := open(t, session.RoleESME, session.Config{Version: pdu.V50})
		body := &pdu.BindTransceiver{SystemID: "me", InterfaceVersion: pdu.V34}
		bound := make(chan error, 1)
		go func() {
			_, err := s.Do(t.Context(), body)
			bound <- err
		}()
		x := p.read(pdu.CommandBindTransceiver)
		body.InterfaceVersion = pdu.V50
		p.Reply(x, &pdu.BindTransceiverResp{SystemID: "mc"})
		require.NoError(t, <-bound)
		require.Equal(t, pdu.V34, s.Version())

		s, p = open(t, session.RoleMC, session.Config{Version: pdu.V50, Handler: handle(func(r *session.Request) {
			r.PDU.Body.(*pdu.BindTransceiver).InterfaceVersion = pdu.V50
			r.PDU.ID, r.PDU.Seq = pdu.CommandBindReceiver, 4711
			require.NoError(t, r.Accept(nil, nil))
		})})
		p.SendPDU(req(7, &pdu.BindTransceiver{SystemID: "me", InterfaceVersion: pdu.V34}))
		p.expect(pdu.CommandBindTransceiverResp, pdu.StatusOK, 7)
		require.Equal(t, pdu.V34, s.Version())
		require.Equal(t, session.StateBoundTRX, s.State())
	})
}

// TestMutateRequest: a handler that changes a request answers it all the same by the number and the command that it
// came with. The answer to 77 had number 4711.
func TestMutateRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := new(spoiler)
		var kept []*session.Request
		cfg := session.Config{EnquireLinkInterval: -1, AnswerTimeout: time.Minute}
		cfg.Handler = handle(func(r *session.Request) {
			spoilt := r.PDU
			h.spoil(spoilt)
			r.PDU = nil
			switch len(kept) {
			case 0:
				require.NoError(t, r.Reply(&pdu.SubmitSMResp{MessageID: "1"}))
			case 1:
				err := r.Reply(nil)
				require.ErrorIs(t, err, session.ErrUnnamed)
				require.ErrorContains(t, err, "submit_sm (sequence 78)")
				require.NoError(t, r.Reject(pdu.StatusSystemError))
			case 2:
				require.NoError(t, r.Reply(nil)) // a cancel_sm
			case 3:
				require.NoError(t, r.Nack(pdu.StatusSystemError))
			}
			kept = append(kept, r)
		})
		s, p := boundMC(t, cfg)
		p.SendPDU(req(77, submit("a")), req(78, submit("b")), req(79, &pdu.CancelSM{MessageID: "1"}),
			req(80, submit("c")), req(81, submit("given up")))
		p.expect(pdu.CommandSubmitSMResp, pdu.StatusOK, 77)
		p.expect(pdu.CommandSubmitSMResp, pdu.StatusSystemError, 78)
		p.expect(pdu.CommandCancelSMResp, pdu.StatusOK, 79)
		p.expect(pdu.CommandGenericNack, pdu.StatusSystemError, 80)
		time.Sleep(time.Minute)
		require.NoError(t, kept[4].Reply(&pdu.SubmitSMResp{MessageID: "1"}))
		p.expect(pdu.CommandSubmitSMResp, pdu.StatusOK, 81)
		p.SendPDU(req(82, submit("lost")))
		synctest.Wait()
		require.NoError(t, s.Close())
		<-s.Done()
		require.Len(t, s.Lost(), 1)
		require.True(t, s.Lost()[0].Begun)
		h.wg.Wait()
	})
}

// TestMutateTrace: what Trace is told of a request is as it came, whatever its handler has made of it.
func TestMutateTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := new(spoiler)
		var told atomic.Int64
		var bad atomic.Int64
		cfg := session.Config{EnquireLinkInterval: -1, AnswerTimeout: time.Minute}
		cfg.Handler = handle(func(r *session.Request) { h.spoil(r.PDU); r.PDU = nil })
		cfg.Trace = &session.Trace{Unserved: func(_ *session.Session, p *pdu.PDU, _ session.Fate) {
			told.Add(1)
			if p == nil || p.ID != pdu.CommandSubmitSM || p.Seq != 81 {
				bad.Add(1)
			}
		}}
		_, p := boundMC(t, cfg)
		p.SendPDU(req(81, submit("given up")))
		time.Sleep(time.Minute + 1)
		synctest.Wait()
		h.wg.Wait()
		require.EqualValues(t, 1, told.Load())
		require.Zero(t, bad.Load())
	})
}
