package session_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// stalled is a bound ESME's session whose peer does not read any more: the buffer between them is full.
func stalled(t *testing.T, cfg session.Config) (*session.Session, *peer) {
	s, p := boundESME(t, cfg)
	s.NetConn().(*transport.PipeConn).SetBuffer(8)
	_, err := s.TrySend(submit("stuck"))
	require.NoError(t, err)
	synctest.Wait()
	return s, p
}

func TestWriteTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		s, _ := stalled(t, session.Config{Handler: h})
		h.log()
		_, err := s.TrySend(submit("behind"))
		require.NoError(t, err)
		endsAfter(t, s, 10*time.Second, session.ErrWriteTimeout)
		h.want("state BOUND_TRX > CLOSED",
			"close: peer did not take what was written within the write time; submit_sm 2 W; submit_sm 3 ")
	})
	synctest.Test(t, func(t *testing.T) {
		s, p := stalled(t, session.Config{WriteTimeout: -1, EnquireLinkInterval: -1, ResponseTimeout: -1})
		time.Sleep(240 * time.Hour)
		p.serve(pdu.CommandSubmitSM, pdu.StatusOK)
		require.Equal(t, session.StateBoundTRX, s.State())
	})
}

// TestStalledClose: a peer that does not read can not hold up Close, nor anybody who waits.
func TestStalledClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := stalled(t, session.Config{Window: 8})
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				_, err := s.Do(t.Context(), submit("x"))
				require.ErrorIs(t, err, session.ErrClosed)
			})
		}
		synctest.Wait()
		start := time.Now()
		require.NoError(t, s.Close())
		wg.Wait()
		<-s.Done()
		require.Zero(t, time.Since(start))
	})
}

// TestStalledDo: nor can it hold up a caller whose context ends.
func TestStalledDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := boundESME(t, session.Config{})
		s.NetConn().(*transport.PipeConn).SetBuffer(8)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := s.Do(ctx, submit("x"))
		require.Equal(t, session.Pending, outcome(t, err))
		require.Equal(t, time.Second, time.Since(start))
	})
}

// TestStalledTimers: timers run while a write is held up.
func TestStalledTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		h.do["HandlePDU"] = func(hookCall) {}
		s, p := stalled(t, session.Config{
			Handler: h, WriteTimeout: -1, ResponseTimeout: 20 * time.Second, AnswerTimeout: 25 * time.Second,
			EnquireLinkInterval: -1,
		})
		h.log()
		p.SendPDU(req(7, deliver("x")))
		time.Sleep(time.Minute)
		h.want("pdu deliver_sm 7", "sent submit_sm 2", "timeout [2]", "unanswered deliver_sm 7")
		require.NoError(t, s.Close())
		<-s.Done()
		h.want("state BOUND_TRX > CLOSED", "close: session closed")
		require.EqualValues(t, 1, s.Stats().GivenUp)
	})
}

// TestResponsesBacklog: reading pauses while more than 1 MiB of responses waits to be written.
func TestResponsesBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := boundMC(t, session.Config{WriteTimeout: -1})
		s.NetConn().(*transport.PipeConn).SetBuffer(8)
		link := encode(t, req(7, &pdu.EnquireLink{}))
		var many []byte
		for range 1000 {
			many = append(many, link...)
		}
		sent := 0
		for { // until nothing is read any more
			require.NoError(t, p.Conn().SetWriteDeadline(time.Now().Add(time.Second)))
			n, err := p.Conn().Write(many)
			sent += n
			if err != nil {
				break
			}
		}
		queued := s.Stats().Queued
		require.Greater(t, queued, 1<<20)
		require.Less(t, queued, 1<<20+64<<10)
		require.Less(t, sent, 1<<20+200<<10)

		s.NetConn().(*transport.PipeConn).SetBuffer(-1) // the peer reads again
		for range sent / 16 {
			p.expect(pdu.CommandEnquireLinkResp, pdu.StatusOK, 7)
		}
	})
}

// TestBothWindowsFull: two peers within their windows never block each other, however small the buffers between them.
func TestBothWindowsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := handle(func(r *session.Request) { _ = replyOK(r) })
		cfg := session.Config{Handler: h, Window: 50}
		mc, esme := pair(t, cfg, cfg)
		mc.NetConn().(*transport.PipeConn).SetBuffer(16)
		esme.NetConn().(*transport.PipeConn).SetBuffer(16)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				for range 20 {
					_, err := esme.Do(t.Context(), submit("x"))
					require.NoError(t, err)
				}
			})
			wg.Go(func() {
				for range 20 {
					_, err := mc.Do(t.Context(), deliver("x"))
					require.NoError(t, err)
				}
			})
		}
		wg.Wait()
	})
}
