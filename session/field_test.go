package session_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
)

// The tests of this file are of faults that other libraries had; fuzz/FIELD-BUGS.md lists them by their numbers.

// TestResponseMeetsTimeout: B2. A response that comes as its time runs out ends the request once, as the one or the
// other, and nothing that is late is lost.
func TestResponseMeetsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		s, p := sessiontest.StartBound(t, session.RoleESME, session.Config{
			Handler: h, ResponseTimeout: time.Second, EnquireLinkInterval: -1, Window: 3,
		})
		const rounds = 2000
		var ok, late int
		for range rounds {
			var waits []func() (*pdu.PDU, error)
			for i := range 3 {
				waits = append(waits, sessiontest.Do(t.Context(), s, submit("x")))
				q, _ := sessiontest.Expect[*pdu.SubmitSM](p)
				time.AfterFunc(time.Second+time.Duration(i-1)*time.Millisecond, func() { p.Reply(q, nil) })
			}
			for i, wait := range waits {
				_, err := wait()
				if err != nil {
					require.ErrorIs(t, err, session.ErrResponseTimeout)
					require.NotZero(t, i, "it was there in time")
					late++
				} else {
					require.NotEqual(t, 2, i, "it was too late")
					ok++
				}
			}
			time.Sleep(2 * time.Millisecond)
		}
		synctest.Wait()
		n := s.Stats()
		require.EqualValues(t, late, n.TimedOut)
		require.EqualValues(t, late, n.Late)
		require.EqualValues(t, ok+1, n.Responded)
		require.Zero(t, n.Unknown)
		require.Zero(t, n.InFlight)
	})
}

// fds returns the number of open descriptors, and -1 where it can not be told.
func fds(t *testing.T) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Log(err)
		return -1
	}
	return len(list)
}

// TestBindRefusedOften: B3 and B5. A thousand binds that are refused, and connections that are closed while they bind,
// leave neither goroutines nor sockets at either end.
func TestBindRefusedOften(t *testing.T) {
	refuse := func(r *session.Request) { _ = r.Reject(pdu.StatusBindFailed) }
	first, second := loopback(t) // with it come the descriptors of the runtime
	require.NoError(t, errors.Join(first.Close(), second.Close()))
	before, files := runtime.NumGoroutine(), fds(t)
	for i := range 1000 {
		a, b := loopback(t)
		mc := session.Start(b, session.RoleMC, session.Config{Handler: handle(refuse), BindDelay: -1})
		s := session.Start(a, session.RoleESME, session.Config{})
		if i%4 == 0 { // closed while it binds
			wait := sessiontest.Do(t.Context(), s, bind(pdu.CommandBindTransceiver, pdu.V34))
			require.NoError(t, s.Close())
			_, _ = wait()
		} else {
			_, err := s.Do(t.Context(), bind(pdu.CommandBindTransceiver, pdu.V34))
			status, _ := pdu.StatusOf(err)
			require.Equal(t, pdu.StatusBindFailed, status)
			require.NoError(t, s.Close())
		}
		<-s.Done()
		<-mc.Done() // it saw the end of the connection
	}
	for range 100 {
		if runtime.NumGoroutine() <= before && fds(t) <= files {
			break
		}
		time.Sleep(10 * time.Millisecond) // the last goroutines are on their way out
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), before)
	require.LessOrEqual(t, fds(t), files)
}

// TestKilledWhileEnquiring: B7. The connection dies while enquire_link is unanswered and callers wait.
func TestKilledWhileEnquiring(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := sessiontest.StartBound(t, session.RoleESME, session.Config{ResponseTimeout: -1})
		wait := sessiontest.Do(t.Context(), s, submit("x"))
		sessiontest.Expect[*pdu.SubmitSM](p)
		sessiontest.Expect[*pdu.EnquireLink](p)
		start := time.Now()
		p.Pipe().CutAfter(0)
		<-s.Done()
		_, err := wait()
		require.Equal(t, session.Lost, outcome(t, err))
		require.Zero(t, time.Since(start))
		require.Equal(t, "; submit_sm 2 WT", lostText(s.Lost()), "enquire_link is nobody's request")
	})
}

// TestEnquireInterval: B43. Silence is asked about after the configured interval, to the moment, and a peer that is
// heard is not asked.
func TestEnquireInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p := sessiontest.StartBound(t, session.RoleESME, session.Config{EnquireLinkInterval: time.Second})
		for range 100 { // idle
			p.WantIdle(time.Second - 1)
			q, _ := sessiontest.Expect[*pdu.EnquireLink](p)
			p.Reply(q, nil)
		}
		for range 100 { // busy
			p.WantIdle(900 * time.Millisecond)
			p.WantReply(p.Send(&pdu.EnquireLink{}), pdu.StatusOK)
		}
	})
}

// TestDroppedResponses: B9. A peer that leaves out every tenth response costs no slots and no memory.
func TestDroppedResponses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := sessiontest.StartBound(t, session.RoleESME, session.Config{
			ResponseTimeout: time.Second, Window: 20, EnquireLinkInterval: -1, Handler: &counting{answered: func() {}},
		})
		served := make(chan struct{})
		go func() {
			defer close(served)
			for n := 0; ; n++ {
				q, err := p.Read()
				if err != nil {
					return
				}
				if n%10 != 0 {
					p.Reply(q, nil)
				}
			}
		}()
		var heap int
		for i := range 20_000 {
			_, err := s.Send(t.Context(), submit("x"))
			require.NoError(t, err)
			if i == 5000 {
				heap = heapInUse()
			}
		}
		time.Sleep(5 * time.Second)
		n := s.Stats()
		require.Zero(t, n.InFlight)
		require.Zero(t, n.InUse)
		require.EqualValues(t, 2000, n.TimedOut)
		require.Zero(t, n.Remember, "not longer than LateTime")
		require.Less(t, heapInUse()-heap, 256<<10)
		require.NoError(t, s.Close())
		<-served
	})
}

// TestProbesCostNothing: B16 and B17. A command_length is not believed: neither one that is out of range, nor a large
// one whose octets do not come, and before the bind the limit is lower.
func TestProbesCostNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		octets string
		framed bool // the length is believed, and waited for
	}{
		"HTTP":                    {"GET / HTTP/1.1\r\n", false},
		"TLS":                     {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", false},
		"most":                    {"\xff\xff\xff\xff\x00\x00\x00\x09", false},
		"zero":                    {"\x00\x00\x00\x00\x00\x00\x00\x09", false},
		"15":                      {"\x00\x00\x00\x0f\x00\x00\x00\x09", false},
		"over the unbound limit":  {"\x00\x00\x10\x01\x00\x00\x00\x09\x00\x00\x00\x00", false},
		"under the unbound limit": {"\x00\x00\x10\x00\x00\x00\x00\x09\x00\x00\x00\x00", true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n = 20
				var least uint64 = 1 << 40
				for range n {
					s, p := sessiontest.Start(t, session.RoleMC, session.Config{Handler: accepting(nil)})
					var before, after runtime.MemStats
					synctest.Wait()
					runtime.ReadMemStats(&before)
					p.Write([]byte(tt.octets))
					synctest.Wait()
					runtime.ReadMemStats(&after)
					least = min(least, after.TotalAlloc-before.TotalAlloc)
					if !tt.framed {
						nack, _ := sessiontest.Expect[*pdu.GenericNack](p)
						require.Equal(t, pdu.StatusInvalidCommandLength, nack.Status)
						p.WantClosed()
					} else {
						require.Equal(t, session.StateOpen, s.State())
					}
					_ = s.Close()
					<-s.Done()
				}
				require.Less(t, least, uint64(64<<10))
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // a bound peer's limit is 128 KiB
		s, p := sessiontest.StartBound(t, session.RoleMC, session.Config{})
		p.Write([]byte("\x00\x01\xff\xff\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x02"))
		synctest.Wait()
		require.Equal(t, session.StateBoundTRX, s.State())
	})
}

// TestSilentConnections: B48. Connections that never bind are closed by their timer, and their memory comes back.
func TestSilentConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := heapInUse()
		func() {
			const n = 500
			var all [n]*session.Session
			for i := range all {
				all[i], _ = sessiontest.Start(silent{t}, session.RoleMC, session.Config{Handler: accepting(nil)})
			}
			require.Less(t, (heapInUse()-before)/n, 12<<10, "the 4 KiB that a Pipe needs for reading, and little else")
			start := time.Now()
			for _, s := range all {
				<-s.Done()
				require.ErrorIs(t, s.Err(), session.ErrSessionInit)
			}
			require.Equal(t, 10*time.Second, time.Since(start))
		}()
		require.Less(t, heapInUse()-before, 512<<10)
	})
}

// silent is a test without clean-up, which would hold on to the sessions.
type silent struct{ testing.TB }

func (silent) Cleanup(func()) {}

// TestLinear: B49. The cost of input grows with its length alone, be it small PDUs in large reads or a large one that
// dribbles.
func TestLinear(t *testing.T) {
	link := encode(t, req(7, &pdu.EnquireLink{}))
	var links []byte
	for range 8 << 10 {
		links = append(links, link...)
	}
	large := submit("x")
	large.TLVs.Set(pdu.TagMessagePayload, make([]byte, 60_000))
	for name, tt := range map[string]struct {
		octets []byte
		piece  int
		most   int // octets allocated for each that came
	}{
		"small PDUs at once": {links, len(links), 40},
		// Copying what came at each piece would be near 2,000. The race detector makes pools forget, so that a part of the
		// reads takes a new buffer.
		"a PDU in pieces": {encode(t, req(7, large)), 16, 600},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := loopback(t)
			s := session.Start(b, session.RoleMC, session.Config{Handler: accepting(nil)})
			finish(t, s)
			defer a.Close()
			p := newPeer(t, a)
			p.SendPDU(req(1, bind(pdu.CommandBindTransceiver, pdu.V50)))
			p.read(pdu.CommandBindTransceiverResp)
			var drain sync.WaitGroup
			want := 16 * len(tt.octets) / len(link)
			if tt.piece < len(tt.octets) {
				want = 16
			}
			drain.Go(func() {
				buf := make([]byte, 64<<10)
				for want > 0 {
					n, err := a.Read(buf)
					if err != nil {
						t.Error(err)
						return
					}
					want -= n
				}
			})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for rest := tt.octets; len(rest) > 0; {
				n := min(tt.piece, len(rest))
				p.Write(rest[:n])
				rest = rest[n:]
			}
			drain.Wait()
			runtime.ReadMemStats(&after)
			per := int(after.TotalAlloc-before.TotalAlloc) / len(tt.octets)
			t.Logf("%d octets allocated for each that came", per)
			require.Less(t, per, tt.most)
		})
	}
}

// TestPipelinedBind: B52. A client that does not wait for the response of its bind gets an answer to everything, in
// order, though the bind is judged much later and elsewhere.
func TestPipelinedBind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p := sessiontest.Start(t, session.RoleMC, session.Config{Handler: handle(func(r *session.Request) {
			time.AfterFunc(time.Second, func() { _ = r.Accept(nil, answering("1")) })
		})})
		all := encode(t, req(1, bind(pdu.CommandBindTransceiver, pdu.V34)))
		for i := range uint32(1000) {
			all = append(all, encode(t, req(2+i, submit("x")))...)
		}
		p.Write(all)
		for i := range uint32(1000) {
			p.WantReply(req(2+i, submit("x")), pdu.StatusInvalidBindState)
		}
		p.WantReply(req(1, bind(pdu.CommandBindTransceiver, pdu.V34)), pdu.StatusOK)
		p.WantReply(p.Send(submit("x")), pdu.StatusOK)
	})
}

// TestFairness: B55. Callers that share a small window wait for the same time, none longer than those before it need.
func TestFairness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callers, window, service = 64, 4, 10 * time.Millisecond
		s, p := sessiontest.StartBound(t, session.RoleESME, session.Config{Window: window})
		served := make(chan struct{})
		go func() { // each request takes the same time
			defer close(served)
			for {
				q, err := p.Read()
				if err != nil {
					return
				}
				time.AfterFunc(service, func() { p.Reply(q, nil) })
			}
		}()
		var wg sync.WaitGroup
		var mu sync.Mutex
		var longest, shortest time.Duration = 0, time.Hour
		for range callers {
			wg.Go(func() {
				for i := range 50 {
					start := time.Now()
					if _, err := s.Do(context.Background(), submit("x")); err != nil {
						t.Error(err)
						return
					}
					if i == 0 || i == 49 {
						continue // not all of them are there yet, or any more
					}
					mu.Lock()
					longest, shortest = max(longest, time.Since(start)), min(shortest, time.Since(start))
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		require.Equal(t, callers/window*service, longest)
		require.Equal(t, longest, shortest)
		require.NoError(t, s.Close())
		<-served
	})
}
