package machine

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

// BenchmarkRoundTrip is one request from its hand-over to its response: Request, Take, Wrote, Recv, and the effects of
// a Do, with many more outstanding.
func BenchmarkRoundTrip(b *testing.B) {
	for _, outstanding := range []int{1, 10, 1000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(outstanding), func(b *testing.B) {
			now := epoch
			cfg := testConfig(RoleESME)
			cfg.Window = outstanding
			m := newWith(cfg, now, pooled())
			m.setState(StateBoundTRX)
			m.initBy = 0
			request := func(o *Op) {
				*o = Op{PDU: pdu.PDU{Body: body}, Do: true}
				if err := m.Request(now, o); err != nil {
					b.Fatal(err)
				}
				write(m, now)
			}
			ops := make([]Op, outstanding)
			for i := range ops[1:] {
				request(&ops[i])
			}
			resp := &pdu.PDU{Header: pdu.Header{ID: pdu.CommandSubmitSMResp}, Body: &pdu.SubmitSMResp{}}
			free := &ops[outstanding-1]
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				now = now.Add(time.Microsecond)
				request(free)
				free = &ops[i%outstanding] // answered in the order of hand-over
				resp.Seq = free.PDU.Seq
				m.Recv(now, resp, nil)
				for e := m.next(); e != nil; e = m.Next() {
					if e.Kind != EffDone || e.Op.Outcome != Responded {
						b.Fatal(e.Kind, e.Op.Outcome)
					}
				}
				_ = m.Deadline()
			}
			b.ReportMetric(4*float64(b.N)/b.Elapsed().Seconds(), "steps/s")
		})
	}
}

// write writes all that is queued.
func write(m *Machine, now time.Time) {
	m.Wrote(now, len(m.Take(now, 1<<16)), nil)
}

// pooled is memory that gives the write queue buffers as the shell does.
func pooled() *testShell {
	var free [][]byte
	buffer := func() []byte {
		if n := len(free); n > 0 {
			b := free[n-1]
			free = free[:n-1]
			return b
		}
		return make([]byte, 0, 16<<10)
	}
	return &testShell{buffer: buffer, release: func(b []byte) { free = append(free, b[:0]) }}
}

var body = &pdu.SubmitSM{
	Source: pdu.Address{TON: 5, Addr: "Shop"}, Dest: pdu.Address{TON: 1, NPI: 1, Addr: "46700000001"},
	ShortMessage: []byte("Your parcel has arrived and waits for you at the shop."),
}

// BenchmarkServe is one request of the peer's: Recv, the hook, Reply, Take and Wrote.
func BenchmarkServe(b *testing.B) {
	cfg := testConfig(RoleMC)
	cfg.Hooks = HookPDU
	m := newWith(cfg, epoch, pooled())
	m.setState(StateBoundTRX)
	m.initBy = 0
	p := &pdu.PDU{Header: pdu.Header{ID: pdu.CommandSubmitSM, Seq: 7}, Body: body}
	resp := &pdu.SubmitSMResp{MessageID: "0123456789"}
	var events []Effect
	b.ReportAllocs()
	for b.Loop() {
		m.Recv(epoch, p, nil)
		events = m.TakeEvents(events[:0])
		e := events[0]
		if _, err := m.Reply(epoch, e.In, Answer{Body: resp}); err != nil {
			b.Fatal(err)
		}
		m.EventDone(epoch, &e)
		write(m, epoch)
	}
}

// TestQueueIsLinear: octets are written from where they were encoded, so that a long queue costs no more than its
// length.
func TestQueueIsLinear(t *testing.T) {
	buffers := map[*byte]bool{}
	r := boundRig(t, RoleESME, window(1<<20))
	r.m.shell = &testShell{buffer: func() []byte {
		b := make([]byte, 16<<10)
		buffers[&b[0]] = true
		return b[:0]
	}}
	for range 100_000 {
		require.NoError(t, r.m.Request(r.now, &Op{PDU: pdu.PDU{Body: &pdu.SubmitSM{}}}))
	}
	clear(buffers)
	for b := r.m.out[classRequest].first; b != nil; b = b.next {
		buffers[&b.b[0]] = true
	}
	n := len(buffers)
	require.Greater(t, n, 100)
	for writes := 0; r.m.WantWrite(); writes++ {
		require.Less(t, writes, n)
		require.True(t, buffers[&r.m.Take(r.now, 16<<10)[0]])
		r.m.Wrote(r.now, 1<<20, nil)
	}
}
