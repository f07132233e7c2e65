package session_test

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
	"github.com/smpp-go/smpp/transport"
)

// countWrites counts the writes to a connection.
type countWrites struct {
	net.Conn
	mu sync.Mutex
	n  int
}

func (c *countWrites) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.n++
	c.mu.Unlock()
	return c.Conn.Write(b)
}

func (c *countWrites) writes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

// startCounted is sessiontest.StartBound of an ESME, over a connection that counts.
func startCounted(t *testing.T, h session.Handler) (*session.Session, *sessiontest.Peer, *countWrites) {
	t.Helper()
	a, b := transport.Pipe()
	conn := &countWrites{Conn: a}
	s := session.Start(conn, session.RoleESME, session.Config{Handler: h, QueueTimeout: -1})
	p := sessiontest.NewPeer(t, b)
	wait := sessiontest.Do(t.Context(), s, bind(pdu.CommandBindTransceiver, pdu.V34))
	q, err := p.Read()
	require.NoError(t, err)
	p.Reply(q, nil)
	_, err = wait()
	require.NoError(t, err)
	synctest.Wait() // the write of the bind has returned
	return s, p, conn
}

// TestAnswersLeaveTogether: the answers to the requests of one read leave in one write, after the hooks.
func TestAnswersLeaveTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, conn := startCounted(t, handle(func(r *session.Request) {
			time.Sleep(takeover / 4)
			_ = replyOK(r)
		}))
		before := conn.writes()
		start := time.Now()
		p.SendPDU(req(1, deliver("a")), req(2, deliver("b")), req(3, &pdu.EnquireLink{}), req(4, deliver("c")))
		for range 4 {
			_, err := p.Read()
			require.NoError(t, err)
		}
		require.Equal(t, 1, conn.writes()-before)
		require.Equal(t, 3*takeover/4, time.Since(start))
		require.NoError(t, s.Close())
	})
}

// TestAnswersOfBatches: so do those of a read that the machine gets in several batches.
func TestAnswersOfBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []uint32
		s, p, conn := startCounted(t, handle(func(r *session.Request) {
			order = append(order, r.PDU.Seq)
			_ = replyOK(r)
		}))
		before := conn.writes()
		var all []*pdu.PDU
		var want []uint32
		for i := range uint32(70) { // more than a batch, and less than a read takes
			all = append(all, req(i, deliver("x")))
			want = append(want, i)
		}
		p.SendPDU(all...)
		for _, seq := range want {
			x, err := p.Read()
			require.NoError(t, err)
			require.Equal(t, seq, x.Seq)
		}
		synctest.Wait()
		require.Equal(t, want, order)
		require.Equal(t, 1, conn.writes()-before)
		require.NoError(t, s.Close())
	})
}

// TestTakeover: when one of several hooks is slow, the answers made before it leave after a millisecond, and what comes
// then is read and gets its turn behind it. From then on each hook makes room as it returns.
func TestTakeover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := true
		s, p, _ := startCounted(t, handle(func(r *session.Request) {
			if !first {
				time.Sleep(5 * time.Second)
			}
			first = false
			_ = replyOK(r)
		}))
		start := time.Now()
		answered := func(seq uint32, at time.Duration, inbound int) {
			t.Helper()
			x, err := p.Read()
			require.NoError(t, err)
			require.Equal(t, seq, x.Seq)
			require.Equal(t, at, time.Since(start))
			synctest.Wait()
			require.Equal(t, inbound, s.Stats().Inbound)
			require.Equal(t, max(0, inbound-1), s.Stats().Events)
		}
		p.SendPDU(req(1, deliver("a")), req(2, deliver("slow")), req(3, deliver("slow")))
		answered(1, takeover, 2)
		p.SendPDU(req(4, &pdu.EnquireLink{}), req(5, deliver("slow")), req(6, deliver("slow")))
		answered(4, takeover, 4)
		answered(2, 5*time.Second, 3)
		answered(3, 10*time.Second, 2)
		answered(5, 15*time.Second, 1)
		answered(6, 20*time.Second, 0)
		require.NoError(t, s.Close())
	})
}

// TestWaitInHook: a hook that waits for what the peer sends, in Do or for the window, has it read at once.
func TestWaitInHook(t *testing.T) {
	for name, wait := range map[string]func(ctx context.Context, s *session.Session) error{
		"Do": func(ctx context.Context, s *session.Session) error {
			_, err := s.Do(ctx, submit("x"))
			return err
		},
		"Send": func(ctx context.Context, s *session.Session) error {
			for range 11 { // one more than the window
				if _, err := s.Send(ctx, submit("x")); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				done := make(chan error, 1)
				s, p, _ := startCounted(t, session.HandlerFunc(func(ctx context.Context, r *session.Request) {
					done <- wait(ctx, r.Session())
					_ = replyOK(r)
				}))
				start := time.Now()
				p.SendPDU(req(1, deliver("a")))
				for {
					x, err := p.Read()
					require.NoError(t, err)
					if x.ID == pdu.CommandDeliverSMResp {
						break
					}
					p.Reply(x, nil)
				}
				require.NoError(t, <-done)
				require.Zero(t, time.Since(start))
				require.NoError(t, s.Close())
			})
		})
	}
}

// reads counts reads after the end of a session.
type reads struct {
	net.Conn
	done atomic.Pointer[<-chan struct{}]
	late atomic.Int32
}

func (c *reads) Read(b []byte) (int, error) {
	if done := c.done.Load(); done != nil {
		select {
		case <-*done:
			c.late.Add(1)
		default:
		}
	}
	return c.Conn.Read(b)
}

// TestNoReadAfterDone: nobody takes over from a reader whose session has ended.
func TestNoReadAfterDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		conn := &reads{Conn: a}
		s := session.Start(conn, session.RoleESME, session.Config{Handler: session.NopHandler{}})
		done := s.Done()
		conn.done.Store(&done)
		malformed := []byte{0, 0, 0, 17, 0, 0, 0, 0x0b, 0, 0, 0, 0, 0, 0, 0, 1, 'x'} // an outbind, which ends it
		_, err := b.Write(malformed)
		require.NoError(t, err)
		<-done
		time.Sleep(10 * takeover)
		require.Zero(t, conn.late.Load())
	})
}
