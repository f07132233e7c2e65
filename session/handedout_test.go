package session_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
)

// What a hook or an error hands out is the user's: changing it changes nothing in the session.

// closeFunc is a handler that has HandleClose.
type closeFunc struct {
	session.NopHandler
	f func(lost []session.LostPDU)
}

func (h closeFunc) HandleClose(_ context.Context, _ *session.Session, lost []session.LostPDU, _ error) {
	h.f(lost)
}

// TestLostListIsTheUsers: who picks from the list in place takes nothing from others.
func TestLostListIsTheUsers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		traced := 0
		take := func(lost []session.LostPDU) (n int) {
			n = len(lost)
			for _, l := range lost {
				require.NotNil(t, l.PDU)
			}
			_ = slices.DeleteFunc(lost, func(session.LostPDU) bool { return true })
			return n
		}
		s, p := boundESME(t, session.Config{
			Handler: closeFunc{f: func(lost []session.LostPDU) { take(lost) }},
			Trace: &session.Trace{End: func(_ *session.Session, lost []session.LostPDU, _ error) {
				traced = take(lost)
			}},
		})
		for range 5 {
			_, err := s.Send(t.Context(), submit("x"))
			require.NoError(t, err)
			p.Next()
		}
		require.NoError(t, s.Close())
		<-s.Done()
		require.Equal(t, 5, traced)
		require.Equal(t, 5, take(s.Lost()))
		require.Equal(t, 5, take(s.Lost()))
	})
}

// changing is a handler that changes what its hooks get.
type changing struct {
	session.NopHandler
	resps, lates, timeouts int
}

func (*changing) HandleSendResult(_ context.Context, _ *session.Session, p *pdu.PDU) { *p = pdu.PDU{} }

func (h *changing) HandleResp(_ context.Context, _ *session.Session, _, q *pdu.PDU) {
	h.resps++
	*q = pdu.PDU{}
}

func (h *changing) HandleRespTimeout(_ context.Context, _ *session.Session, reqs []*pdu.PDU) {
	for _, q := range reqs {
		h.timeouts++
		*q = pdu.PDU{}
	}
}

func (h *changing) HandleLateResp(_ context.Context, _ *session.Session, _, q *pdu.PDU) {
	if q != nil {
		h.lates++
		*q = pdu.PDU{}
	}
}

// TestRequestsAreTheUsers: what a hook, or the error of a Do, does to the PDU of a request does not keep its response,
// in time or late, from being told, once.
func TestRequestsAreTheUsers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := new(changing)
		s, p := boundESME(t, session.Config{Handler: h, ResponseTimeout: 2 * time.Second, EnquireLinkInterval: -1})
		for i := range 4 { // the last one by a Do that gives up
			want := uint32(2 + i)
			if i < 3 {
				seq, err := s.Send(t.Context(), submit("x"))
				require.NoError(t, err)
				require.Equal(t, want, seq)
				continue
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			_, err := s.Do(ctx, submit("x"))
			cancel()
			var e *session.RequestError
			require.ErrorAs(t, err, &e)
			require.Equal(t, want, e.PDU.Seq)
			*e.PDU = pdu.PDU{}
		}
		qs := []*pdu.PDU{p.Next(), p.Next(), p.Next(), p.Next()}
		synctest.Wait()
		p.Reply(qs[3], nil)
		p.Reply(qs[0], nil)
		synctest.Wait()
		require.Equal(t, 2, h.resps)
		time.Sleep(2 * time.Second)
		for range 2 {
			p.Reply(qs[1], nil)
			p.Reply(qs[2], nil)
		}
		synctest.Wait()
		require.Equal(t, []int{2, 2}, []int{h.timeouts, h.lates})
		n := s.Stats()
		require.Zero(t, n.Remember)
		require.EqualValues(t, []uint64{2, 2}, []uint64{n.Late, n.Unknown})
	})
}

// TestBindIsTheUsers: what a handler does to the body of a bind that it accepts, and a caller to one that it has sent,
// does not change the version.
func TestBindIsTheUsers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mc, p := open(t, session.RoleMC, session.Config{Handler: handle(func(r *session.Request) {
			r.PDU.Body.(*pdu.BindTransceiver).InterfaceVersion = pdu.V50
			require.NoError(t, r.Accept(nil, nil))
		})})
		p.SendPDU(req(1, bind(pdu.CommandBindTransceiver, pdu.V34)))
		p.expect(pdu.CommandBindTransceiverResp, pdu.StatusOK, 1)
		require.Equal(t, pdu.V34, mc.Version())

		esme, q := open(t, session.RoleESME, session.Config{})
		body := &pdu.BindTransceiver{InterfaceVersion: pdu.V34}
		_, err := esme.Send(t.Context(), body)
		require.NoError(t, err)
		body.InterfaceVersion = pdu.V50
		q.Reply(q.Next(), nil)
		synctest.Wait()
		require.Equal(t, pdu.V34, esme.Version())
	})
}

// TestAcceptInVain: an Accept that fails lends its handler to no hook that is called meanwhile.
func TestAcceptInVain(t *testing.T) {
	got := make(chan *session.Request, 1)
	s, p := sessiontest.Start(t, session.RoleMC, session.Config{Handler: handle(func(r *session.Request) {
		_ = r.Accept(nil, handle(func(r *session.Request) { _ = r.Reject(pdu.StatusThrottled) }))
		got <- r
	})})
	p.Send(bind(pdu.CommandBindTransceiver, pdu.V34))
	p.Next()
	bound := <-got
	other := handle(func(r *session.Request) { _ = r.Reject(pdu.StatusSystemError) })
	var wg sync.WaitGroup
	stop := make(chan struct{})
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				_ = bound.Accept(nil, other)
				runtime.Gosched()
			}
		}
	})
	for range 300 {
		p.WantReply(p.Send(submit("x")), pdu.StatusThrottled)
	}
	close(stop)
	wg.Wait()
	require.ErrorIs(t, bound.Accept(nil, other), session.ErrAnswered)
	require.NoError(t, s.Close())
	<-s.Done()
}
