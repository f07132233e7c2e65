package pdu

import (
	"bytes"
	"encoding/binary"
	"io"
)

// DefaultMaxPDU is the largest command_length that is accepted when no limit is given, in octets: room for one
// message_payload of the largest size and more. The specification has no maximum.
const DefaultMaxPDU = 128 << 10

// minReadBuffer is what a Reader asks its source for at least.
const minReadBuffer = 4 << 10

func frameLength(b []byte) uint32 { return binary.BigEndian.Uint32(b) }

// FrameLen returns the length of the PDU that b begins with, or 0 when b does not have all of it yet. The error, a
// [*FrameError], comes as soon as four octets tell a command_length below 16 or above limit; a limit of zero or less
// stands for [DefaultMaxPDU]. It allocates nothing but the error.
func FrameLen(b []byte, limit int) (int, error) {
	n, err := wantedLen(b, limit)
	if err != nil || n > len(b) {
		return 0, err
	}
	return n, nil
}

// wantedLen returns how long b has to become before its first PDU is whole, as far as b tells.
func wantedLen(b []byte, limit int) (int, error) {
	if len(b) < 4 {
		return HeaderLen, nil
	}
	if limit <= 0 {
		limit = DefaultMaxPDU
	}
	n := uint64(frameLength(b))
	if n < HeaderLen || n > uint64(limit) {
		return 0, newFrameError(b, ErrFrameLength)
	}
	return int(n), nil
}

// probes are what other protocols begin with.
var probes = []struct{ prefix, protocol string }{
	{"GET ", "HTTP"},
	{"HEAD", "HTTP"},
	{"POST", "HTTP"},
	{"PUT ", "HTTP"},
	{"OPTI", "HTTP"},
	{"CONN", "HTTP"},
	{"PRI ", "HTTP"},
	{"HTTP", "HTTP"},
	{"\x16\x03", "TLS"},
	{"SSH-", "SSH"},
}

func looksLike(b []byte) string {
	for _, p := range probes {
		if bytes.HasPrefix(b, []byte(p.prefix)) {
			return p.protocol
		}
	}
	return ""
}

// Reader cuts a stream into PDUs. It reads ahead, as much as its source gives at a time, and its memory grows with the
// octets that came, never with those that a command_length promises. Not for concurrent use.
type Reader struct {
	Codec Codec // decodes; may be changed between calls
	Limit int   // largest command_length; zero is DefaultMaxPDU. May be changed between calls

	src  io.Reader
	buf  []byte
	from int // what is read and not yet returned is buf[from:to]
	to   int
	err  error // of src, or the FrameError that ended the stream
}

// NewReader returns a Reader of the PDUs that r delivers.
func NewReader(r io.Reader) *Reader { return &Reader{src: r} }

// ReadPDU reads and decodes the next PDU. A [*DecodeError] comes with a PDU, as from [Codec.Decode], and the next call
// goes on behind it. Any other error is final: a [*FrameError], or io.EOF when the stream ended between two PDUs.
func (r *Reader) ReadPDU() (*PDU, error) {
	b, err := r.next()
	if err != nil {
		return nil, err
	}
	return r.Codec.Decode(b)
}

// ReadFrame returns the octets of the next PDU, header and all, in a slice of their own. Errors are those of ReadPDU
// without the DecodeErrors.
func (r *Reader) ReadFrame() ([]byte, error) {
	b, err := r.next()
	return bytes.Clone(b), err
}

// next returns the octets of the next PDU, valid until the next call.
func (r *Reader) next() ([]byte, error) {
	for empty := 0; ; {
		n, err := wantedLen(r.buf[r.from:r.to], r.Limit)
		if err != nil {
			r.err = err
			r.to = r.from
			return nil, err
		}
		if n <= r.to-r.from {
			b := r.buf[r.from : r.from+n]
			r.from += n
			return b, nil
		}
		if r.err != nil {
			return nil, r.ended()
		}
		r.makeRoom()
		m, err := r.src.Read(r.buf[r.to:])
		r.to += m
		r.err = err
		if m > 0 || err != nil {
			empty = 0
		} else if empty++; empty == 100 {
			r.err = io.ErrNoProgress
		}
	}
}

// ended returns the error of a stream that can not go on.
func (r *Reader) ended() error {
	if r.from < r.to {
		r.err = newFrameError(r.buf[r.from:r.to], r.err)
		r.from = r.to
	}
	return r.err
}

// makeRoom frees space behind what is unread, and doubles the buffer when all of it is unread.
func (r *Reader) makeRoom() {
	if r.from > 0 {
		r.to = copy(r.buf, r.buf[r.from:r.to])
		r.from = 0
	}
	if r.to == len(r.buf) {
		grown := make([]byte, max(minReadBuffer, 2*len(r.buf)))
		copy(grown, r.buf[:r.to])
		r.buf = grown
	}
}

// maxKeptBuffer is the largest buffer that a Writer keeps for its next PDU.
const maxKeptBuffer = 64 << 10

// Writer writes PDUs to a stream. Not for concurrent use.
type Writer struct {
	Codec Codec // encodes; may be changed between calls

	dst io.Writer
	buf []byte
}

// NewWriter returns a Writer of PDUs to w.
func NewWriter(w io.Writer) *Writer { return &Writer{dst: w} }

// WritePDU encodes the PDUs and hands them to the stream in one call of its Write method. When one of them can not be
// encoded, none is written, and the error is an [*EncodeError]; any other error is that of the stream.
func (w *Writer) WritePDU(pdus ...*PDU) error {
	b := w.buf[:0]
	for _, p := range pdus {
		var err error
		if b, err = w.Codec.Append(b, p); err != nil {
			return err
		}
	}
	if len(b) == 0 {
		return nil
	}
	if cap(b) <= maxKeptBuffer {
		w.buf = b
	}
	_, err := w.dst.Write(b)
	return err
}
