package fuzz

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"runtime"
	"testing"
	"testing/iotest"

	"github.com/smpp-go/smpp/pdu"
)

// seeds returns the PDUs of the specification's vectors: well-formed, malformed and whole streams.
func seeds(f *testing.F) [][]byte {
	f.Helper()
	data, err := os.ReadFile("../pdu/testdata/vectors.json")
	if err != nil {
		f.Fatal(err)
	}
	var file struct {
		Vectors, Negatives, Streams []struct{ Hex string }
	}
	if err := json.Unmarshal(data, &file); err != nil {
		f.Fatal(err)
	}
	var all [][]byte
	for _, list := range [][]struct{ Hex string }{file.Vectors, file.Negatives, file.Streams} {
		for _, v := range list {
			b, err := hex.DecodeString(v.Hex)
			if err != nil {
				f.Fatal(err)
			}
			all = append(all, b)
		}
	}
	return all
}

// FuzzDecode holds, for any frame: decoding does not panic, and allocates no more than a stated multiple of the frame;
// what was decoded encodes, and decoding and encoding that is a fixpoint; what the strict codec takes encodes to the
// same octets.
func FuzzDecode(f *testing.F) {
	for _, b := range seeds(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, v := range []pdu.Version{pdu.V33, pdu.V34, pdu.V50} {
			strict := pdu.Codec{Version: v, Strict: true}
			if p, err := strict.Decode(b); err == nil {
				again, err := pdu.Codec{Version: v}.Append(nil, p)
				if err == nil && !bytes.Equal(again, b) || err != nil && !readOnly(v, err) {
					t.Fatalf("strict %v took\n%x and encoded\n%x, %v", v, b, again, err)
				}
			}
		}
		p, err := pdu.Decode(b)
		if n, limit := decodeMemory(b), uint64(memoryFactor*len(b)+memoryRest); n > limit {
			t.Fatalf("decoding %d octets allocates %d, more than %d", len(b), n, limit)
		}
		if err != nil {
			return
		}
		_ = pdu.Dump(p, pdu.DumpOptions{Text: true})
		once, err := pdu.Append(nil, p)
		if err != nil {
			return // what tolerance takes may be more than may be sent
		}
		p2, err := pdu.Decode(once)
		if err != nil {
			t.Fatalf("decoding\n%x\nwhich encodes\n%x: %v", once, b, err)
		}
		twice, err := pdu.Append(nil, p2)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("no fixpoint:\n%x\n%x, %v", once, twice, err)
		}
	})
}

// Decoding n octets allocates at most memoryFactor*n+memoryRest octets: a list of empty strings is the worst, and the
// rest is the body itself and what the runtime rounds up.
const (
	memoryFactor = 24
	memoryRest   = 4 << 10
)

// decodeMemory returns the octets that decoding b allocates. What others allocate meanwhile counts as well, so the
// least of a few is right.
func decodeMemory(b []byte) uint64 {
	least := ^uint64(0)
	for range 5 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = pdu.Decode(b)
		runtime.ReadMemStats(&after)
		if least = min(least, after.TotalAlloc-before.TotalAlloc); least <= uint64(memoryFactor*len(b)+memoryRest) {
			break
		}
	}
	return least
}

// readOnly tells that a version knows what could not be encoded, but must not send it: a message id in the
// deliver_sm_resp of 3.4, a date without fraction and zone, a command_id of zero, and whatever 3.3 does not have.
func readOnly(v pdu.Version, err error) bool {
	var e *pdu.EncodeError
	if !errors.As(err, &e) {
		return false
	}
	switch {
	case v == pdu.V33 || e.Command == 0:
		return true
	case e.Command == pdu.CommandDeliverSM.Response():
		return e.Field == "message_id" && v == pdu.V34
	}
	return e.Field == "final_date"
}

// FuzzReader holds that framing does not depend on how the octets arrive.
func FuzzReader(f *testing.F) {
	for _, b := range seeds(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		whole := frames(bytes.NewReader(b))
		dribbled := frames(iotest.OneByteReader(bytes.NewReader(b)))
		if len(whole) != len(dribbled) {
			t.Fatalf("%d frames at once, %d octet by octet", len(whole), len(dribbled))
		}
		n := 0
		for i := range whole {
			if !bytes.Equal(whole[i], dribbled[i]) {
				t.Fatalf("frame %d: %x at once, %x octet by octet", i, whole[i], dribbled[i])
			}
			n += len(whole[i])
		}
		if n > len(b) {
			t.Fatalf("%d octets of frames out of %d", n, len(b))
		}
	})
}

func frames(r io.Reader) [][]byte {
	var all [][]byte
	pr := pdu.NewReader(r)
	for {
		frame, err := pr.ReadFrame()
		if err != nil {
			return all
		}
		all = append(all, bytes.Clone(frame))
	}
}

// FuzzTime holds that a time that parses prints as it was, and that no text makes the parsers panic.
func FuzzTime(f *testing.F) {
	for _, s := range []string{"", "240229235959948+", "020610233429000R", "000000010000000r", "250131120000056+"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if at, err := pdu.ParseTime(s); err == nil {
			if again, err := pdu.ParseTime(at.String()); err != nil || again != at {
				t.Fatalf("%q prints as %q, which parses as %v, %v", s, at, again, err)
			}
		}
		_, _ = pdu.ParseTimeLenient(s)
		_, _ = pdu.ParseFinalDate(s, nil)
	})
}
