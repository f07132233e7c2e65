package pdu

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// greedy returns PDUs that decode to as much as they can: the longest lists of the emptiest elements, as many TLVs as
// stay apart, warnings, and sizes about those where decoding changes its ways.
func greedy() map[string][]byte {
	empty := make([]byte, 4*MaxTLVs)
	faulty := bytes.Repeat([]byte{0, 5, 0, 0}, MaxTLVs)
	lists := append([]byte{0, 0, 0, 0, 255}, bytes.Repeat([]byte{2, 0}, 255)...)
	// Every field of a response ends early or is too long, and tells so.
	long := bytes.Repeat([]byte{'9'}, 40)
	details := slices.Concat(
		long, []byte{0, 0, 0}, long, []byte{0, 255}, bytes.Repeat([]byte{2, 0}, 255), []byte{0, 0}, long, []byte{0}, long,
		[]byte{0, 0, 0, 255}, make([]byte, 255), long, []byte{0}, long, []byte{0, 0, 0},
	)
	all := map[string][]byte{
		"no body":                 encodeRaw(CommandEnquireLink, nil),
		"error response":          {0, 0, 0, 16, 0x80, 0, 0, 4, 0, 0, 0, 8, 0, 0, 0, 1},
		"empty TLVs":              encodeRaw(CommandEnquireLinkResp, empty),
		"faulty TLVs":             encodeRaw(CommandEnquireLinkResp, faulty),
		"too many empty TLVs":     encodeRaw(CommandEnquireLinkResp, append(empty, 0, 0, 0, 0)),
		"far too many empty TLVs": encodeRaw(CommandEnquireLinkResp, make([]byte, 128<<10-HeaderLen)),
		"far too many in a message": encodeRaw(CommandSubmitSM,
			append(make([]byte, 17), bytes.Repeat([]byte{0x14, 0, 0, 0}, 32000)...)),
		"distribution lists":      encodeRaw(CommandSubmitMulti, append(bytes.Clone(lists), make([]byte, 10)...)),
		"distribution lists+TLVs": encodeRaw(CommandSubmitMulti, slices.Concat(lists, make([]byte, 10), empty)),
		"distribution lists, faulty TLVs": encodeRaw(CommandSubmitMulti,
			slices.Concat(lists, make([]byte, 10), faulty, []byte{0, 0, 0, 0})),
		"unsuccessful": encodeRaw(CommandSubmitMultiResp,
			slices.Concat([]byte{0, 255}, make([]byte, 7*255), empty, []byte{0, 0, 0, 0})),
		"empty ids":       encodeRaw(CommandQueryLastMsgsResp, append([]byte{255}, make([]byte, 255)...)),
		"empty ids+TLVs":  encodeRaw(CommandQueryLastMsgsResp, slices.Concat([]byte{255}, make([]byte, 255), faulty)),
		"details":         encodeRaw(CommandQueryMsgDetailsResp, details),
		"details+TLVs":    encodeRaw(CommandQueryMsgDetailsResp, append(bytes.Clone(details), faulty...)),
		"trailing octets": encodeRaw(CommandGenericNack, bytes.Repeat([]byte{0xFF}, 100<<10)),
		"one TLV and trailing": encodeRaw(CommandGenericNack,
			append([]byte{0x14, 0, 0, 1, 1}, bytes.Repeat([]byte{0xFF}, 100<<10)...)),
		"unknown command": encodeRaw(0x1234, make([]byte, 100<<10)),
		"malformed":       encodeRaw(CommandSubmitSM, []byte{0, 0, 0, 0}),
		"long id":         encodeRaw(CommandSubmitSMResp, append(bytes.Repeat([]byte{'9'}, 100<<10), 0)),
	}
	for _, n := range []int{
		0, 1, 4, 7, 8, 14, 15, 16, 30, 31, 32, 46, 47, 48, 64, 110, 174, 175, 176, 192, 255, 400, 600,
	} {
		text, id, tlv := make([]byte, min(n, 255)), bytes.Repeat([]byte{'9'}, min(n, 64)), []byte{0x14, 0, 0, 0}
		all[fmt.Sprint("text of ", n)] = encodeRaw(CommandSubmitSM, slices.Concat(
			make([]byte, 16), []byte{byte(len(text))}, text, bytes.Repeat(tlv, max(n-255, 0)/4)))
		all[fmt.Sprint("id of ", n)] = encodeRaw(CommandSubmitSMResp, append(id, 0))
		all[fmt.Sprint("TLVs: ", n)] = encodeRaw(CommandDeliverSMResp, append([]byte{0}, bytes.Repeat(tlv, n)...))
	}
	return all
}

// heldBy returns what the heap grows by for each PDU decoded from b.
func heldBy(b []byte) int {
	list := make([]*PDU, max(3, 256<<10/len(b)))
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	for i := range list {
		list[i], _ = Decode(b)
	}
	n := (heap() - before) / int64(len(list))
	runtime.KeepAlive(list)
	return int(n)
}

// Finding 2: bounds count octets as decoded, and DecodedSize tells them: never less than half of what the runtime
// counts, nor more than twice as much and the body.
func TestDecodedSizeIsTrue(t *testing.T) {
	inputs := greedy()
	for _, v := range vectors(t) {
		inputs["vector of "+v.Command] = unhex(t, v.Hex)
	}
	for name, b := range inputs {
		p, _ := Decode(b)
		require.NotNil(t, p, name)
		held, size := heldBy(b), p.DecodedSize()
		require.GreaterOrEqual(t, 2*size, held, "%s: %v holds %d and says %d", name, p.ID, held, size)
		require.LessOrEqual(t, size, 2*held+len(b), "%s: %v holds %d and says %d", name, p.ID, held, size)
	}
}

// decodedTooMuch holds what Decode makes of b to what its documentation promises.
func decodedTooMuch(k Codec, b []byte) (size int, wrong error) {
	p, _ := k.Decode(b)
	if p == nil {
		return 0, nil
	}
	size = p.DecodedSize()
	if most := min(maxDecodedFactor*len(b)+maxDecodedRest, len(b)+maxDecodedMore); size > most {
		return size, fmt.Errorf("%v: %d octets decode to %d, more than %d", p.ID, len(b), size, most)
	}
	return size, nil
}

// The bounds of the documentation hold for the worst that is known, and there is no slack in them worth speaking of.
func TestDecodedSizeBounds(t *testing.T) {
	var rest, more int
	for name, b := range greedy() {
		size, err := decodedTooMuch(Codec{}, b)
		require.NoError(t, err, name)
		rest, more = max(rest, size-maxDecodedFactor*len(b)), max(more, size-len(b))
		if !strings.HasPrefix(name, "TLVs: ") {
			t.Logf("%-32s %6d -> %6d, %.1f times, 8n%+d, n%+d", name, len(b), size, float64(size)/float64(len(b)),
				size-maxDecodedFactor*len(b), size-len(b))
		}
	}
	require.Greater(t, rest, maxDecodedRest*3/4)
	require.Greater(t, more, maxDecodedMore*3/4)
}

// Asking costs nothing that matters, and allocates nothing.
func TestDecodedSizeAllocates(t *testing.T) {
	for _, b := range greedy() {
		p, _ := Decode(b)
		require.Zero(t, testing.AllocsPerRun(10, func() { p.DecodedSize() }), p.ID)
	}
}

func BenchmarkDecodedSize(b *testing.B) {
	pdus := map[string]*PDU{}
	for _, bb := range benchPDUs {
		frame, err := Append(nil, bb.pdu)
		require.NoError(b, err)
		pdus[bb.name], err = Decode(frame)
		require.NoError(b, err)
	}
	pdus["data_sm"] = &PDU{Body: &DataSM{Dest: Address{Addr: "46700000001"}}}
	for name, frame := range greedy() {
		if name == "distribution lists+TLVs" {
			pdus[name], _ = Decode(frame)
		}
	}
	for name, p := range pdus {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				p.DecodedSize()
			}
		})
	}
}

// FuzzDecodedSize looks for octets that decode to more than is stated. The body is head, and unit over and over, and
// tail, so that lists come about at once.
func FuzzDecodedSize(f *testing.F) {
	for id := range CommandID(0x200) {
		for _, id := range []CommandID{id, id.Response()} {
			if id.Known() {
				n := uint32(id)
				f.Add(n, []byte{0, 0, 0, 0, 255}, []byte{2, 0}, uint16(255), make([]byte, 10), []byte{0, 5, 0, 0}, uint16(1024))
				f.Add(n, []byte{0}, []byte{0x14, 0, 0, 0}, uint16(1025), []byte{1}, []byte{}, uint16(0))
			}
		}
	}
	f.Fuzz(func(t *testing.T, id uint32, head, unit []byte, n uint16, middle, more []byte, m uint16) {
		body := bytes.Clone(head)
		for ; n > 0 && len(body)+len(unit) < 64<<10; n-- {
			body = append(body, unit...)
		}
		body = append(body, middle...)
		for ; m > 0 && len(body)+len(more) < 128<<10; m-- {
			body = append(body, more...)
		}
		b := binary.BigEndian.AppendUint32(nil, uint32(HeaderLen+len(body)))
		b = binary.BigEndian.AppendUint32(b, id)
		b = append(append(b, 0, 0, 0, 0, 0, 0, 0, 1), body...)
		for _, k := range []Codec{{}, {Version: V34}, {Version: V33}, {Strict: true}} {
			size, err := decodedTooMuch(k, b)
			if err != nil {
				t.Fatalf("%v\n%x", err, b)
			}
			climb((size - maxDecodedFactor*len(b) - maxDecodedRest/2) / 512)
		}
	})
}

// climb takes another path the higher n is, so that the fuzzer keeps what got further than anything before.
func climb(n int) {
	for i, step := range [...]func(){
		func() { climbed = 0 }, func() { climbed = 1 }, func() { climbed = 2 }, func() { climbed = 3 },
		func() { climbed = 4 }, func() { climbed = 5 }, func() { climbed = 6 }, func() { climbed = 7 },
		func() { climbed = 8 }, func() { climbed = 9 }, func() { climbed = 10 }, func() { climbed = 11 },
		func() { climbed = 12 }, func() { climbed = 13 }, func() { climbed = 14 }, func() { climbed = 15 },
	} {
		if i < n {
			step()
		}
	}
}

var climbed int
