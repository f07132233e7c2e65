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
	part  []byte                // a copy of the begin of a PDU
	chunk []byte                // borrowed while data is in use; without raw, its own
	data  []byte                // what was read, as far as it is not used; nil when all is
	end   error                 // of the connection, behind data
	more  bool                  // the last read filled its buffer, so a large one is worth it
	size  int                   // of the data that next left, in octets
	n     int                   // of these, what the last read brought
}

// init begins with conn and what rawConn returned for it.
func (in *input) init(conn net.Conn, raw syscall.RawConn) {
	in.conn, in.raw = conn, raw
	in.try = in.tryRead
	if in.raw == nil {
		in.chunk = make([]byte, 4<<10)
	}
}

// next waits for more and leaves it in data, with what was kept before it, and in end what ended the connection, if
// anything did. It must follow keep.
func (in *input) next() error {
	if in.raw != nil {
		if err := in.nextRaw(); err != nil {
			return err
		}
	} else {
		in.n, in.end = in.conn.Read(in.chunk)
		in.data = in.behind(in.chunk[:in.n])
	}
	in.size = len(in.data)
	return nil
}

func (in *input) nextRaw() error {
	in.n, in.end = 0, nil
	switch err := in.raw.Read(in.try); {
	case errors.Is(err, os.ErrDeadlineExceeded):
		_ = in.conn.SetReadDeadline(time.Time{}) // or the next read tells what is wrong
		return errIdle
	case err != nil:
		in.data, in.end = in.part, err
		return nil
	case in.n == 0 && in.end == nil:
		in.end = io.EOF
	}
	if in.fits() {
		in.data = in.chunk[:len(in.part)+in.n]
	} else {
		in.data = in.behind(in.chunk[:in.n])
	}
	return nil
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
		in.end = fmt.Errorf("read: %w", err)
		n = 0
	}
	in.n = n
	return true
}

// keep keeps what is left of data, which is used else, and gives the buffer back. When nothing was used, the kept part
// grows in place, or a peer that dribbles would cost a copy for each octet.
func (in *input) keep() {
	switch rest := in.data; len(rest) {
	case 0:
		in.part = nil
	case in.size:
		in.part = append(in.part, rest[len(in.part):]...)
	default:
		in.part = append(make([]byte, 0, len(rest)), rest...)
	}
	in.data = nil
	in.giveBack()
}

func (in *input) giveBack() {
	if in.raw == nil {
		return
	}
	switch len(in.chunk) {
	case chunk:
		releaseChunk(in.chunk)
	case bulk:
		bulks.Put((*[bulk]byte)(in.chunk))
	}
	in.chunk = nil
}
