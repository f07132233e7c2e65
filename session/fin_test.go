package session_test

import (
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// halfClose sends a hundred requests and half-closes behind them, and compares what the peer got with what the handler
// did and with the list. It returns the number of those that were accepted.
func halfClose(t *testing.T, client, server net.Conn, slow time.Duration, concurrency int) (accepted int) {
	const n = 100
	var mu sync.Mutex
	stored := map[string]bool{}
	h := submits(t, func(_ *session.Request, text string) (*pdu.SubmitSMResp, error) {
		if slow > 0 {
			time.Sleep(slow)
		}
		mu.Lock()
		defer mu.Unlock()
		stored[text] = true
		return &pdu.SubmitSMResp{MessageID: text}, nil
	})
	s := session.Start(server, session.RoleMC, session.Config{Handler: accepting(h), Concurrency: concurrency})
	finish(t, s)
	p := newPeer(t, client)
	p.SendPDU(req(1, bind(pdu.CommandBindTransceiver, pdu.V34)))
	p.read(pdu.CommandBindTransceiverResp)
	var all []*pdu.PDU
	name := map[uint32]string{}
	for i := range uint32(n) {
		name[i] = "message " + string(rune('A'+i))
		all = append(all, req(i, submit(name[i])))
	}
	p.SendPDU(all...)
	p.CloseWrite()
	start := time.Now()
	told := map[uint32]string{}
	for {
		x, err := p.Read()
		if err != nil {
			require.Equal(t, io.EOF, err)
			break
		}
		require.Equal(t, pdu.CommandSubmitSMResp, x.ID)
		require.Empty(t, told[x.Seq], "answered twice")
		told[x.Seq] = "accepted"
		if x.Status != pdu.StatusOK {
			require.Equal(t, pdu.StatusThrottled, x.Status)
			told[x.Seq] = "refused"
		} else {
			accepted++
		}
	}
	require.Less(t, time.Since(start), 2*time.Second+100*time.Millisecond)
	_ = client.Close()
	<-s.Done()
	require.ErrorIs(t, s.Err(), session.ErrPeerClosed)
	for _, l := range s.Lost() {
		require.True(t, l.Incoming)
		require.Empty(t, told[l.PDU.Seq], "answered, and listed")
		told[l.PDU.Seq] = "listed"
		require.Equal(t, l.Begun, stored[name[l.PDU.Seq]])
	}
	require.Len(t, told, n)
	for seq, what := range told {
		switch what {
		case "accepted":
			require.True(t, stored[name[seq]])
		case "refused":
			require.False(t, stored[name[seq]])
		}
	}
	require.EqualValues(t, 1, h.closed.Load())
	return accepted
}

// TestFINBehindRequests: REVIEW.md finding 11. A peer that half-closes behind its requests gets an answer to each that
// the handler takes within a second. The others are refused, or listed when they had begun, and nothing is both.
func TestFINBehindRequests(t *testing.T) {
	ways := map[string]func(t testing.TB) (net.Conn, net.Conn){
		"pipe": func(testing.TB) (net.Conn, net.Conn) { return transport.Pipe() },
		"TCP":  loopback, "TLS": transports["TLS"],
	}
	for name, tt := range map[string]struct {
		slow        time.Duration
		concurrency int
		least, most int
	}{
		"at once":          {0, 1, 100, 100},
		"200 µs":           {200 * time.Microsecond, 1, 100, 100},
		"5 ms":             {5 * time.Millisecond, 1, 100, 100},
		"20 ms":            {20 * time.Millisecond, 1, 1, 51},
		"20 ms, by four":   {20 * time.Millisecond, 4, 100, 100},
		"400 ms, by eight": {400 * time.Millisecond, 8, 16, 16},
	} {
		for way, connect := range ways {
			t.Run(name+"/"+way, func(t *testing.T) {
				run := func(t *testing.T, least int) {
					a, b := connect(t)
					got := halfClose(t, a, b, tt.slow, tt.concurrency)
					require.GreaterOrEqual(t, got, least)
					require.LessOrEqual(t, got, tt.most)
				}
				if way == "pipe" {
					least := tt.least
					if least == 1 {
						least = 49
					}
					synctest.Test(t, func(t *testing.T) { run(t, least) })
				} else {
					t.Parallel()
					run(t, min(tt.least, 10)) // of a machine that is busy
				}
			})
		}
	}
}

// failing is a connection whose Write, once armed, waits until it is told to fail.
type failing struct {
	net.Conn
	mu    sync.Mutex
	armed bool
	stuck chan struct{} // closed by the Write that waits
	fail  chan struct{}
}

func (c *failing) arm() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed = true
}

func (c *failing) Write(b []byte) (int, error) {
	c.mu.Lock()
	armed := c.armed
	c.mu.Unlock()
	if !armed {
		return c.Conn.Write(b)
	}
	close(c.stuck)
	<-c.fail
	return 0, &net.OpError{Op: "write", Net: "pipe", Err: syscall.ECONNRESET}
}

// TestReadAfterFailedWrite: NEWCOMER.md finding 7, TestChaos of three seeds. What is read behind a write that failed, a
// request without a response too, is given to the handler or listed.
func TestReadAfterFailedWrite(t *testing.T) {
	for name, early := range map[string]bool{"read before the write fails": true, "read after it": false} {
		for how, slow := range map[string]bool{"quick handler": false, "blocked handler": true} {
			t.Run(name+"/"+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					a, b := transport.Pipe()
					conn := &failing{Conn: a, stuck: make(chan struct{}), fail: make(chan struct{})}
					h := newRecorder(t)
					block := make(chan struct{})
					var handled []uint32
					h.do["HandlePDU"] = func(c hookCall) {
						handled = append(handled, c.r.PDU.Seq)
						if slow {
							<-block
						}
						_ = replyOK(c.r)
					}
					s := session.Start(conn, session.RoleESME, session.Config{Handler: h})
					finish(t, s)
					p := newPeer(t, b)
					bindTo(t, s, p, pdu.CommandBindTransceiver, pdu.V34)
					synctest.Wait()
					first := doing(t.Context(), s, submit("answered late"))
					p.read(pdu.CommandSubmitSM)
					synctest.Wait()
					conn.arm()
					second := doing(t.Context(), s, submit("hangs"))
					<-conn.stuck
					rest := []*pdu.PDU{
						req(2, &pdu.SubmitSMResp{MessageID: "1"}), req(1, &pdu.AlertNotification{}), req(2, deliver("x")),
						req(3, &pdu.AlertNotification{}), req(4, deliver("y")),
					}
					if early {
						p.SendPDU(rest...)
						synctest.Wait()
						close(conn.fail)
					} else {
						close(conn.fail)
						synctest.Wait()
						p.SendPDU(rest...)
					}
					synctest.Wait()
					close(block)
					<-s.Done()
					require.True(t, errors.Is(s.Err(), syscall.ECONNRESET))
					r := <-first
					require.NoError(t, r.err)
					require.Equal(t, "1", r.resp.Body.(*pdu.SubmitSMResp).MessageID)
					require.Equal(t, session.NotSent, outcome(t, (<-second).err), "not one octet left")
					ends := map[uint32]int{}
					for _, seq := range handled {
						ends[seq]++
					}
					for _, l := range s.Lost() {
						if l.Incoming && !l.Begun {
							ends[l.PDU.Seq]++
						}
					}
					require.Equal(t, map[uint32]int{1: 1, 2: 1, 3: 1, 4: 1}, ends, "%v, %s", handled, lostText(s.Lost()))
				})
			})
		}
	}
}

// TestEndsWithoutHalfClose: over a connection that cannot be half-closed, and that buffers nothing, the orderly ends
// are orderly as well.
func TestEndsWithoutHalfClose(t *testing.T) {
	for _, unbind := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			a, b := net.Pipe()
			mc := session.Start(b, session.RoleMC, session.Config{Handler: accepting(answering("1"))})
			esme := session.Start(a, session.RoleESME, session.Config{})
			finish(t, mc)
			finish(t, esme)
			_, err := esme.Do(t.Context(), bind(pdu.CommandBindTransceiver, pdu.V50))
			require.NoError(t, err)
			_, err = esme.Do(t.Context(), submit("x"))
			require.NoError(t, err)
			start := time.Now()
			if unbind {
				_, err = mc.Do(t.Context(), &pdu.Unbind{})
				require.NoError(t, err)
			} else {
				require.NoError(t, mc.Shutdown(t.Context()))
			}
			<-mc.Done()
			<-esme.Done()
			require.LessOrEqual(t, time.Since(start), 2*time.Second)
			require.ErrorIs(t, mc.Err(), session.ErrShutdown)
			require.ErrorIs(t, esme.Err(), session.ErrPeerUnbound)
			require.Empty(t, mc.Lost())
			require.Empty(t, esme.Lost())
		})
	}
}
