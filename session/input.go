package session

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// errIdle is returned by next when Session.rest has interrupted it.
var errIdle = errors.New("nothing came for a while")

// bulk is the size of the buffer into which a peer is read that sends without pause, in octets.
const bulk = 64 << 10

var bulks = sync.Pool{New: func() any { return new([bulk]byte) }}

// input reads from a connection and keeps the begin of a PDU whose rest is still to come. A connection that knows when
// it is readable is not read before that, so that an idle session holds no buffer.
type input struct {
	conn  net.Conn
	raw   syscall.RawConn       // nil when the connection has none
	try   func(fd uintptr) bool // tryRead, bound once
	small []byte                // the buffer of a connection without raw
	part  []byte                // a copy of the begin of a PDU
	chunk []byte                // borrowed while data is in use
	more  bool                  // the last read filled its buffer, so a large one is worth it
	size  int                   // of the data that next returned, in octets
	n     int                   // of these, what the last read brought
	err   error
}

// init begins with conn and what rawConn returned for it.
func (in *input) init(conn net.Conn, raw syscall.RawConn) {
	in.conn, in.raw = conn, raw
	in.try = in.tryRead
	if in.raw == nil {
		in.small = make([]byte, 4<<10)
	}
}

// next waits for more and returns it, with what was kept before it. The data is valid until keep is called, which must
// follow.
func (in *input) next() (data []byte, err error) {
	if in.raw != nil {
		data, err = in.nextRaw()
	} else {
		in.n, err = in.conn.Read(in.small)
		data = in.behind(in.small[:in.n])
	}
	in.size = len(data)
	return data, err
}

func (in *input) nextRaw() ([]byte, error) {
	in.n, in.err = 0, nil
	if err := in.raw.Read(in.try); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			_ = in.conn.SetReadDeadline(time.Time{}) // or the next read tells what is wrong
			err = errIdle
		}
		return nil, err
	}
	if in.n == 0 && in.err == nil {
		in.err = io.EOF
	}
	if in.fits() {
		return in.chunk[:len(in.part)+in.n], in.err
	}
	return in.behind(in.chunk[:in.n]), in.err
}

// behind returns what was kept with more behind it.
func (in *input) behind(more []byte) []byte {
	if len(in.part) == 0 {
		return more
	}
	in.part = append(in.part, more...)
	return in.part
}

// fits tells whether what was kept leaves enough room behind it in a chunk.
func (in *input) fits() bool { return len(in.part) <= len(in.chunk)/2 }

// tryRead reads what the socket has into a borrowed chunk, behind the kept part where that leaves room.
func (in *input) tryRead(fd uintptr) bool {
	if in.chunk == nil && in.more {
		in.chunk = bulks.Get().(*[bulk]byte)[:]
	} else if in.chunk == nil {
		in.chunk = takeChunk()[:chunk]
	}
	into := in.chunk
	if in.fits() {
		into = into[copy(into, in.part):]
	}
	n, err := readFD(fd, into)
	if errors.Is(err, syscall.EAGAIN) {
		in.giveBack()
		in.more = false
		return false
	}
	in.more = n == len(into)
	if err != nil {
		in.err = fmt.Errorf("read: %w", err)
		n = 0
	}
	in.n = n
	return true
}

// keep tells that data is used but for its end, and gives the buffer back. When nothing was used, the kept part grows in
// place, or a peer that dribbles would cost a copy for each octet.
func (in *input) keep(rest []byte) {
	switch len(rest) {
	case 0:
		in.part = nil
	case in.size:
		in.part = append(in.part, rest[len(in.part):]...)
	default:
		in.part = append(make([]byte, 0, len(rest)), rest...)
	}
	in.giveBack()
}

func (in *input) giveBack() {
	switch len(in.chunk) {
	case chunk:
		releaseChunk(in.chunk)
	case bulk:
		bulks.Put((*[bulk]byte)(in.chunk))
	}
	in.chunk = nil
}
