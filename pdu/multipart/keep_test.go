package multipart

import (
	"context"
	"encoding/binary"
	"fmt"
	"runtime"
	"testing"

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

// inLargePDU returns the body as decoded from a PDU that vendors' TLVs make 128 KiB large.
func inLargePDU(t *testing.T, body pdu.Body) pdu.Body {
	b, err := pdu.Append(nil, &pdu.PDU{Header: pdu.Header{Seq: 1}, Body: body})
	require.NoError(t, err)
	for len(b) < 120<<10 {
		b = append(b, 0x14, 0x00, 0xF0, 0x00)
		b = append(b, make([]byte, 0xF000)...)
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	p, err := pdu.Decode(b)
	require.NoError(t, err)
	return p.Body
}

// Finding 6: 5,000 records that said to take 2 MB took 627 MB, as their keys kept whole PDUs alive. Size is right within
// a factor of two, and a record keeps nothing but itself.
func TestMemoryKeepsNoPDU(t *testing.T) {
	for name, part := range map[string]func(i int) pdu.Body{
		"first of two": func(i int) pdu.Body {
			return &pdu.DeliverSM{
				Source: pdu.Address{Addr: fmt.Sprintf("4670%07d", i)}, Dest: pdu.Address{Addr: "12345"}, ESMClass: 0x40,
				ShortMessage: append([]byte{5, 0, 3, 1, 2, 1}, "hello"...),
			}
		},
		"three of four": func(i int) pdu.Body {
			return &pdu.DeliverSM{
				Source: pdu.Address{Addr: fmt.Sprintf("4670%07d", i/3)}, Dest: pdu.Address{Addr: "12345"}, ESMClass: 0x40,
				ShortMessage: append([]byte{5, 0, 3, 1, 4, byte(1 + i%3)}, make([]byte, 134)...),
			}
		},
		"handed over": func(i int) pdu.Body {
			return &pdu.DeliverSM{
				Source: pdu.Address{Addr: fmt.Sprintf("4670%07d", i/2)}, Dest: pdu.Address{Addr: "12345"}, ESMClass: 0x40,
				ShortMessage: append([]byte{5, 0, 3, 1, 2, byte(1 + i%2)}, "hello"...),
			}
		},
		"displaced": func(i int) pdu.Body { // the same part again with another text
			return &pdu.DeliverSM{
				Source: pdu.Address{Addr: fmt.Sprintf("4670%07d", i/2)}, Dest: pdu.Address{Addr: "12345"}, ESMClass: 0x40,
				ShortMessage: append([]byte{5, 0, 3, 1, 2, 1}, byte(i%2)),
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := NewMemory(0, 0)
			r := NewReassembler(Config{Store: m})
			before := heapAlloc()
			for i := range map[bool]int{true: 5000, false: 1500}[name == "first of two"] {
				_, err := r.Add(context.Background(), start, inLargePDU(t, part(i)))
				require.NoError(t, err)
			}
			held := heapAlloc() - before
			records, size := m.Size()
			t.Logf("%d records say %d, held %d", records, size, held)
			require.Less(t, held, 2*size)
			require.Less(t, size, 2*held)
			runtime.KeepAlive(r)
		})
	}
}
