package udh

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func unhex(t testing.TB, s string) []byte {
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

// facts is testdata/udh.json: examples that were not made by this package.
type facts struct {
	UDH struct {
		IEs []struct {
			ID       string
			Lengths  []int `json:"data_lengths"`
			Verified bool
		}
		Examples []struct {
			Hex string
			IEs []struct {
				ID                                                        string
				Reference, Total, Sequence, Destination, Source, Language *uint16
			}
		}
		Malformed []struct{ Hex, Why string }
	}
}

func readFacts(t testing.TB) facts {
	b, err := os.ReadFile("testdata/udh.json")
	require.NoError(t, err)
	var f facts
	require.NoError(t, json.Unmarshal(b, &f))
	require.NotEmpty(t, f.UDH.Examples)
	return f
}

func TestExamples(t *testing.T) {
	for _, e := range readFacts(t).UDH.Examples {
		b := unhex(t, e.Hex)
		h, n, err := Parse(append(b[:len(b):len(b)], "text"...))
		require.NoError(t, err, e.Hex)
		require.Equal(t, len(b), n)
		require.Equal(t, len(b), h.Len())
		require.NoError(t, h.Check())
		var built Header
		for i, ie := range e.IEs {
			id, err := strconv.ParseUint(ie.ID, 0, 8)
			require.NoError(t, err)
			require.Equal(t, ID(id), h[i].ID)
			switch {
			case ie.Total != nil:
				c := Concat{*ie.Reference, uint8(*ie.Total), uint8(*ie.Sequence), ID(id) == IDConcat16}
				got, ok := h.Concat()
				require.True(t, ok)
				require.Equal(t, c, got)
				built = append(built, c.Element())
			case ie.Destination != nil:
				p := Ports{*ie.Destination, *ie.Source, ID(id) == IDPorts16}
				got, ok := h.Ports()
				require.True(t, ok)
				require.Equal(t, p, got)
				built = append(built, p.Element())
			case ID(id) == IDSingleShift:
				_, single := h.Languages()
				require.EqualValues(t, *ie.Language, single)
				built = append(built, SingleShift(single))
			case ID(id) == IDLockingShift:
				locking, _ := h.Languages()
				require.EqualValues(t, *ie.Language, locking)
				built = append(built, LockingShift(locking))
			default:
				t.Fatalf("element %s", ie.ID)
			}
		}
		got, err := built.Append(nil)
		require.NoError(t, err)
		require.Equal(t, b, got)
	}
}

func TestMalformed(t *testing.T) {
	for _, m := range readFacts(t).UDH.Malformed {
		h, n, err := Parse(unhex(t, m.Hex))
		var bad *Error
		require.ErrorAs(t, err, &bad, m.Why)
		require.Nil(t, h)
		require.Zero(t, n)
	}
	for _, tt := range []struct {
		hex    string
		offset int
		err    error
	}{
		{"", 0, ErrMissing},
		{"01", 0, ErrTruncated},
		{"FF0003", 0, ErrTruncated},
		{"0124", 1, ErrOverrun},
		{"022405", 1, ErrOverrun},
		{"0400010124", 4, ErrOverrun},
		{"06000305020125", 6, ErrOverrun},
	} {
		_, _, err := Parse(unhex(t, tt.hex))
		var bad *Error
		require.ErrorAs(t, err, &bad, tt.hex)
		require.ErrorIs(t, err, tt.err, tt.hex)
		require.Equal(t, tt.offset, bad.Offset, tt.hex)
		require.Contains(t, err.Error(), "udh: offset")
	}
}

func TestLengths(t *testing.T) {
	for _, ie := range readFacts(t).UDH.IEs {
		id, err := strconv.ParseUint(ie.ID, 0, 8)
		require.NoError(t, err)
		if n, ok := ID(id).length(); ok {
			require.True(t, ie.Verified, ie.ID)
			require.Equal(t, []int{n}, ie.Lengths, ie.ID)
		} else {
			require.False(t, ie.Verified, ie.ID)
		}
	}
}

func TestOddElements(t *testing.T) {
	for _, tt := range []struct {
		hex     string
		concat  Concat
		ports   Ports
		locking uint8
		single  uint8
		wrong   bool
	}{
		{hex: "00"},                  // a header without elements
		{hex: "020000", wrong: true}, // a concatenation of no octets
		{hex: "027000"},              // an unknown element of no octets
		{hex: "0500030A0000"},        // total 0
		{hex: "0500030A0200"},        // sequence 0
		{hex: "0500030A0203"},        // sequence beyond total
		{hex: "060804010A0201", concat: Concat{266, 2, 1, true}},
		{hex: "0A00030A020100030B0302", concat: Concat{11, 3, 2, false}},
		{hex: "0B00030A02010804010A0302", concat: Concat{266, 3, 2, true}},
		{hex: "0B0804010A030200030A0201", concat: Concat{10, 2, 1, false}},
		{hex: "0A00030A020100030B0304", concat: Concat{10, 2, 1, false}}, // the last one that makes sense
		{hex: "0A04020102050400030004", ports: Ports{3, 4, true}},
		{hex: "04040201FF", ports: Ports{1, 255, false}},
		{hex: "06240101250103", locking: 3, single: 1},
		{hex: "06240025020103", wrong: true},
		{hex: "06040401020304", wrong: true},
	} {
		b := unhex(t, tt.hex)
		h, n, err := Parse(b)
		require.NoError(t, err, tt.hex)
		require.Equal(t, int(b[0])+1, n, tt.hex)
		c, ok := h.Concat()
		require.Equal(t, tt.concat, c, tt.hex)
		require.Equal(t, tt.concat.Total > 0, ok, tt.hex)
		p, _ := h.Ports()
		require.Equal(t, tt.ports, p, tt.hex)
		locking, single := h.Languages()
		require.Equal(t, [2]uint8{tt.locking, tt.single}, [2]uint8{locking, single}, tt.hex)
		if tt.wrong {
			require.ErrorIs(t, h.Check(), ErrLength, tt.hex)
		} else {
			require.NoError(t, h.Check(), tt.hex)
		}
	}
}

func TestHeader(t *testing.T) {
	var none Header
	require.Zero(t, none.Len())
	b, err := none.Append([]byte("x"))
	require.NoError(t, err)
	require.Equal(t, "x", string(b))
	h := Header{{0x70, []byte{1}}, {0x24, []byte{2}}, {0x70, []byte{3}}}
	d, ok := h.Get(0x70)
	require.True(t, ok)
	require.Equal(t, []byte{3}, d)
	_, ok = h.Get(0)
	require.False(t, ok)
	require.Equal(t, Header{{0x24, []byte{2}}}, h.Without(0x70))
	require.Nil(t, h.Without(0x70, 0x24))
	full := Header{{0x70, make([]byte, 253)}}
	b, err = full.Append(nil)
	require.NoError(t, err)
	require.Len(t, b, 256)
	b, err = Header{{0x70, make([]byte, 254)}}.Append([]byte("x"))
	require.ErrorIs(t, err, ErrTooLong)
	require.Equal(t, "x", string(b))
	require.Equal(t, "concat_8", IDConcat8.String())
	require.Equal(t, "0x70", ID(0x70).String())
	require.Equal(t, "0x02", ID(2).String())
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := Header{}
		for range rapid.IntRange(0, 6).Draw(t, "elements") {
			h = append(h, Element{ID(rapid.Byte().Draw(t, "id")), rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "data")})
		}
		b, err := h.Append(nil)
		if err != nil {
			if h.Len() <= 256 {
				t.Fatal(err)
			}
			return
		}
		got, n, err := Parse(append(b, 1, 2, 3))
		if err != nil || n != len(b) || len(got) != len(h) {
			t.Fatalf("%x: %v, %d, %v", b, got, n, err)
		}
		for i := range h {
			if got[i].ID != h[i].ID || string(got[i].Data) != string(h[i].Data) {
				t.Fatalf("%x: %v", b, got)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	facts := readFacts(f)
	for _, e := range facts.UDH.Examples {
		f.Add(unhex(f, e.Hex+"68656c6c6f"))
	}
	for _, e := range facts.UDH.Malformed {
		f.Add(unhex(f, e.Hex))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, n, err := Parse(b)
		if err != nil {
			return
		}
		got, err := h.Append(nil)
		if err != nil || string(got) != string(b[:n]) {
			t.Fatalf("%x became %v, then %x, %v", b, h, got, err)
		}
		_ = h.Check()
		if c, ok := h.Concat(); ok && (c.Seq == 0 || c.Seq > c.Total) {
			t.Fatalf("%x has %v", b, c)
		}
		h.Ports()
		h.Languages()
	})
}

func BenchmarkParse(b *testing.B) {
	data := append(unhex(b, "080003CC0201250101"), "hello"...)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}
