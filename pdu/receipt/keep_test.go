package receipt

import (
	"context"
	"encoding/binary"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

func heapAlloc() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// inLargePDU returns the body as decoded from a PDU that vendors' TLVs make so large.
func inLargePDU(t *testing.T, body pdu.Body, size int) pdu.Body {
	b, err := pdu.Append(nil, &pdu.PDU{Header: pdu.Header{Seq: 1}, Body: body})
	require.NoError(t, err)
	for len(b) < size {
		n := min(0xF000, size-len(b))
		b = append(b, 0x14, 0x00, byte(n>>8), byte(n))
		b = append(b, make([]byte, n)...)
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	p, err := pdu.Decode(b)
	require.NoError(t, err)
	return p.Body
}

// Finding 6: 5,000 message ids took 627 MB, as each kept its PDU alive. Size is right within a factor of two, at the
// bound of a Memory as well, and neither ids, references nor receipts keep anything but themselves.
func TestMemoryKeepsNoPDU(t *testing.T) {
	ctx, now := context.Background(), time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	check := func(t *testing.T, fill func(c *Correlator)) {
		m := NewMemory(MemoryConfig{})
		c := NewCorrelator(CorrelatorConfig{Store: m})
		before := heapAlloc()
		fill(c)
		held := heapAlloc() - before
		entries, size := m.Size()
		t.Logf("%d entries say %d, held %d", entries, size, held)
		require.Less(t, held, 2*size)
		require.Less(t, size, 2*held)
		runtime.KeepAlive(c)
		_, err := c.Expire(ctx, now.AddDate(1, 0, 0))
		require.NoError(t, err)
		entries, size = m.Size()
		require.Zero(t, entries)
		require.Zero(t, size)
	}
	submit := func(t *testing.T, c *Correlator, i, size int) {
		id := inLargePDU(t, &pdu.SubmitSMResp{MessageID: fmt.Sprintf("id-%d", i)}, size).(*pdu.SubmitSMResp).MessageID
		ref := inLargePDU(t, &pdu.SubmitSMResp{MessageID: fmt.Sprintf("ref-%d", i)}, size).(*pdu.SubmitSMResp).MessageID
		_, err := c.Submitted(ctx, now, Message{ID: id, Ref: ref})
		require.NoError(t, err)
	}
	receive := func(t *testing.T, c *Correlator, i, size int) {
		r, ok := FromPDU(inLargePDU(t, &pdu.DeliverSM{
			Source: pdu.Address{Addr: "46700000001"}, Dest: pdu.Address{Addr: "12345"}, ESMClass: 0x04,
			ShortMessage: fmt.Appendf(nil, "id:id-%d sub:001 dlvrd:001 submit date:2603010930 done date:2603010931 "+
				"stat:DELIVRD err:000 text:hello", i),
		}, size))
		require.True(t, ok)
		if size > 1000 {
			r.TLVs = r.TLVs[:0] // which belong to the receipt
		}
		_, err := c.Received(ctx, now, r)
		require.NoError(t, err)
	}
	t.Run("messages", func(t *testing.T) {
		check(t, func(c *Correlator) {
			for i := range 2000 {
				submit(t, c, i, 128<<10)
			}
		})
	})
	t.Run("100,000 messages", func(t *testing.T) {
		check(t, func(c *Correlator) {
			for i := range DefaultMaxMessages + 10 {
				submit(t, c, i, 100)
			}
		})
	})
	t.Run("ended messages", func(t *testing.T) {
		check(t, func(c *Correlator) {
			for i := range 20_000 {
				submit(t, c, i, 100)
				receive(t, c, i, 200)
			}
		})
	})
	t.Run("held receipts", func(t *testing.T) {
		check(t, func(c *Correlator) {
			for i := range 3000 {
				receive(t, c, i, 128<<10)
			}
		})
	})
	t.Run("held receipts with their TLVs", func(t *testing.T) {
		check(t, func(c *Correlator) {
			for i := range 10_000 {
				receive(t, c, i, 1000)
			}
		})
	})
}
