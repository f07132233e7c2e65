package pdu

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"runtime"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// chunkReader gives its data in pieces.
type chunkReader struct {
	data   []byte
	chunks []int
}

func (r *chunkReader) Read(p []byte) (int, error) {
	if len(r.chunks) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.data[:r.chunks[0]])
	r.data = r.data[n:]
	if r.chunks[0] -= n; r.chunks[0] == 0 {
		r.chunks = r.chunks[1:]
	}
	return n, nil
}

func TestStreams(t *testing.T) {
	var file struct {
		Streams []struct {
			ID   string `json:"id"`
			PDUs []struct {
				Vector string `json:"vector"`
				At     int    `json:"at"`
				Len    int    `json:"len"`
			} `json:"pdus"`
			Chunks []int  `json:"chunks"`
			Hex    string `json:"hex"`
		} `json:"streams"`
	}
	readJSON(t, "vectors.json", &file)
	require.Len(t, file.Streams, 8)
	for _, s := range file.Streams {
		data := unhex(t, s.Hex)
		for name, src := range map[string]io.Reader{
			"chunks":        &chunkReader{data, s.Chunks},
			"octets":        iotest.OneByteReader(bytes.NewReader(data)),
			"whole":         bytes.NewReader(data),
			"data with EOF": iotest.DataErrReader(bytes.NewReader(data)),
		} {
			t.Run(s.ID+"/"+name, func(t *testing.T) {
				r := NewReader(src)
				var frames [][]byte
				for _, p := range s.PDUs {
					b, err := r.ReadFrame()
					require.NoError(t, err)
					require.Equal(t, data[p.At:p.At+p.Len], b)
					frames = append(frames, b)
				}
				_, err := r.ReadFrame()
				require.Equal(t, io.EOF, err)
				require.Equal(t, data, bytes.Join(frames, nil), "a frame changed after it was returned")
			})
		}
	}
}

func TestManyInOneRead(t *testing.T) {
	var stream []byte
	for i := range 100 {
		var err error
		stream, err = Append(stream, &PDU{Header: Header{Seq: uint32(i)}, Body: &SubmitSM{ShortMessage: make([]byte, i)}})
		require.NoError(t, err)
	}
	r := NewReader(bytes.NewReader(stream))
	for i := range 100 {
		p, err := r.ReadPDU()
		require.NoError(t, err)
		require.EqualValues(t, i, p.Seq)
		require.Len(t, p.Body.(*SubmitSM).ShortMessage, i)
	}
	_, err := r.ReadPDU()
	require.Equal(t, io.EOF, err)
}

// TestReadOnAfterDecodeError shows that a PDU which does not decode costs only itself.
func TestReadOnAfterDecodeError(t *testing.T) {
	stream := append(encodeRaw(CommandSubmitSM, nil), encodeRaw(CommandEnquireLink, nil)...)
	r := NewReader(bytes.NewReader(stream))
	p, err := r.ReadPDU()
	var e *DecodeError
	require.ErrorAs(t, err, &e)
	require.Equal(t, CommandSubmitSM, p.ID)
	p, err = r.ReadPDU()
	require.NoError(t, err)
	require.Equal(t, CommandEnquireLink, p.ID)
}

func TestFrameLen(t *testing.T) {
	for _, tt := range []struct {
		hex   string
		limit int
		n     int
		bad   bool
	}{
		{"", 0, 0, false},
		{"000000", 0, 0, false},
		{"00000010", 0, 0, false},
		{"00000010000000150000000000000001", 0, 16, false},
		{"00000010000000150000000000000001ffff", 0, 16, false},
		{"0000000f", 0, 0, true},
		{"00000000", 0, 0, true},
		{"00020000", 0, 0, false},
		{"00020001", 0, 0, true},
		{"00001001", 4096, 0, true},
		{"00001000", 4096, 0, false},
		{"ffffffff", 0, 0, true},
	} {
		b, err := hex.DecodeString(tt.hex)
		require.NoError(t, err)
		n, err := FrameLen(b, tt.limit)
		require.Equal(t, tt.n, n, tt.hex)
		require.Equal(t, tt.bad, errors.Is(err, ErrFrameLength), tt.hex)
	}
}

func TestReaderEnds(t *testing.T) {
	whole := encodeRaw(CommandEnquireLink, nil)
	broken := errors.New("broken")
	for n := range len(whole) {
		for _, cause := range []error{io.EOF, broken} {
			r := NewReader(io.MultiReader(bytes.NewReader(whole), bytes.NewReader(whole[:n]), iotest.ErrReader(cause)))
			_, err := r.ReadPDU()
			require.NoError(t, err)
			for range 2 { // the error stays
				_, err = r.ReadPDU()
				var frame *FrameError
				require.Equal(t, n > 0, errors.As(err, &frame))
				if n > 0 && cause == io.EOF {
					require.ErrorIs(t, err, io.ErrUnexpectedEOF)
					require.NotErrorIs(t, err, io.EOF)
				} else {
					require.ErrorIs(t, err, cause)
				}
			}
		}
	}
	_, err := NewReader(iotest.ErrReader(nil)).ReadPDU()
	require.ErrorIs(t, err, io.ErrNoProgress)
}

// TestReaderMemory gives a few octets that promise many, and holds what is allocated against those that came.
func TestReaderMemory(t *testing.T) {
	head := []byte{0x7F, 0, 0, 0, 0, 0, 0, 4}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := NewReader(bytes.NewReader(head))
	r.Limit = 0x7FFFFFFF
	_, err := r.ReadPDU()
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<10))
}

func TestReaderLimit(t *testing.T) {
	stream := append(encodeRaw(CommandEnquireLink, nil), encodeRaw(CommandSubmitSM, make([]byte, 100))...)
	r := NewReader(bytes.NewReader(stream))
	r.Limit = 100
	_, err := r.ReadPDU()
	require.NoError(t, err)
	for range 2 {
		_, err = r.ReadPDU()
		require.ErrorIs(t, err, ErrFrameLength)
	}
}

// countingWriter counts calls.
type countingWriter struct {
	bytes.Buffer
	calls int
}

func (w *countingWriter) Write(b []byte) (int, error) {
	w.calls++
	return w.Buffer.Write(b)
}

func TestWriter(t *testing.T) {
	var out countingWriter
	w := NewWriter(&out)
	a := &PDU{Header: Header{Seq: 1}, Body: &EnquireLink{}}
	b := &PDU{Header: Header{Seq: 2}, Body: &SubmitSM{ShortMessage: []byte("hello")}}
	require.NoError(t, w.WritePDU(a))
	require.NoError(t, w.WritePDU(b, a))
	require.NoError(t, w.WritePDU())
	require.Equal(t, 2, out.calls)

	var e *EncodeError
	require.ErrorAs(t, w.WritePDU(a, &PDU{Body: &SubmitSM{ServiceType: "toolong"}}), &e)
	require.Equal(t, 2, out.calls, "nothing is written when one PDU is bad")

	r := NewReader(&out)
	for _, seq := range []uint32{1, 2, 1} {
		p, err := r.ReadPDU()
		require.NoError(t, err)
		require.Equal(t, seq, p.Seq)
	}
	require.ErrorIs(t, NewWriter(failingWriter{}).WritePDU(a), io.ErrClosedPipe)
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
