package session

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// read is the one goroutine of an idle session. It feeds the machine what the peer sends, until nothing more can come.
func (s *Session) read() {
	defer func() {
		if v := recover(); v != nil {
			s.fail(&PanicError{Hook: "reading", Value: v, Stack: debug.Stack()})
		}
	}()
	in := newInput(s.conn)
	for {
		data, err := in.next()
		in.keep(s.feed(data))
		if err != nil {
			s.connEnded(in, err)
			return
		}
	}
}

func (s *Session) fail(err error) {
	s.mu.Lock()
	s.m.Fail(time.Now(), err)
	s.release()
}

func (s *Session) connEnded(in *input, err error) {
	switch {
	case err == io.EOF && len(in.part) > 0:
		err = cutShort(in.part)
	case err == io.EOF:
		err = nil
	}
	s.mu.Lock()
	s.m.ConnEnded(time.Now(), err)
	s.release()
}

// cutShort is the error of a connection that ended behind part, the begin of a PDU.
func cutShort(part []byte) error {
	e := &pdu.FrameError{Head: part[:min(len(part), pdu.HeaderLen)], Err: io.ErrUnexpectedEOF}
	if len(part) >= 4 {
		e.Length = binary.BigEndian.Uint32(part)
	}
	return e
}

// received is one PDU of a batch.
type received struct {
	p   *pdu.PDU
	err error
	n   int // octets
}

// batch is how many PDUs are decoded before the machine gets them.
const batch = 64

// feed gives the machine every whole PDU in data and returns what is left over.
func (s *Session) feed(data []byte) []byte {
	var pdus [batch]received
	for {
		room := pdus[:]
		s.mu.Lock()
		limit, codec, discard := s.m.FrameLimit(), s.m.Codec(), s.m.Discarding()
		if !s.m.State().Bound() {
			room = pdus[:1] // behind a bind, or its response, other limits and another version may hold
		}
		s.mu.Unlock()
		if discard {
			return nil
		}
		n, used, err := decode(room, data, limit, codec)
		if t := s.cfg.Trace; t != nil {
			s.traceFrames(t, data[:used], false)
		}
		data = data[used:]
		for todo := pdus[:n]; len(todo) > 0; {
			todo = s.recv(todo)
		}
		clear(pdus[:n])
		switch {
		case err != nil && n > 0:
		case err != nil:
			s.mu.Lock()
			s.m.RecvUnframed(time.Now(), err)
			s.release()
			if l := s.cfg.Logger; l != nil {
				l.Warn("framing lost", "err", err)
			}
			return nil
		case n < len(room):
			return data
		}
	}
}

// decode decodes the whole PDUs at the begin of data, as many as fit in pdus. It returns their number and the octets
// that they take. An error means that framing is lost behind them.
func decode(pdus []received, data []byte, limit int, codec pdu.Codec) (n, used int, err error) {
	for n < len(pdus) {
		size, err := pdu.FrameLen(data[used:], limit)
		if size == 0 || err != nil {
			return n, used, err
		}
		p, err := codec.Decode(data[used : used+size])
		pdus[n] = received{p, err, size}
		n++
		used += size
	}
	return n, used, nil
}

// recv gives PDUs to the machine until it wants reading to pause, waits for the end of the pause, and returns the rest.
func (s *Session) recv(pdus []received) []received {
	n, paused := s.give(pdus)
	if l := s.cfg.Logger; l != nil {
		s.logMalformed(pdus[:n])
	}
	if paused {
		<-s.resume
	}
	return pdus[n:]
}

// give gives PDUs to the machine until it wants reading to pause, and tells how many it took.
func (s *Session) give(pdus []received) (n int, paused bool) {
	s.mu.Lock()
	defer s.release() // deferred, so that read can end the session after a panic
	now := time.Now()
	for n < len(pdus) && !s.m.ReadPaused() {
		r := &pdus[n]
		n++
		if r.err == nil && !r.p.ID.IsResponse() && (len(s.awaits) > 0 || r.p.ID == pdu.CommandOutbind) {
			s.observe(r.p)
		}
		s.m.Recv(now, r.p, r.err)
	}
	s.readerWaits = s.m.ReadPaused()
	return n, s.readerWaits
}

func (s *Session) logMalformed(pdus []received) {
	for _, r := range pdus {
		if r.err != nil {
			s.cfg.Logger.Warn("malformed PDU", "err", r.err)
		}
	}
}

// input reads from a connection and keeps the begin of a PDU whose rest is still to come. A connection that knows when
// it is readable is not read before that, so that an idle session holds no buffer.
type input struct {
	conn  net.Conn
	raw   syscall.RawConn       // nil when the connection has none
	try   func(fd uintptr) bool // tryRead, bound once
	small []byte                // the buffer of a connection without raw
	part  []byte                // a copy of the begin of a PDU
	chunk []byte                // borrowed while data is in use
	size  int                   // of the data that next returned, in octets
	n     int                   // of these, what the last read brought
	err   error
}

func newInput(conn net.Conn) *input {
	in := &input{conn: conn, raw: rawConn(conn)}
	in.try = in.tryRead
	if in.raw == nil {
		in.small = make([]byte, 4<<10)
	}
	return in
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
func (in *input) fits() bool { return len(in.part) <= chunk/2 }

// tryRead reads what the socket has into a borrowed chunk, behind the kept part where that leaves room.
func (in *input) tryRead(fd uintptr) bool {
	if in.chunk == nil {
		in.chunk = takeChunk()[:chunk]
	}
	into := in.chunk
	if in.fits() {
		into = into[copy(into, in.part):]
	}
	n, err := readFD(fd, into)
	if errors.Is(err, syscall.EAGAIN) {
		in.giveBack()
		return false
	}
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
	if in.chunk != nil {
		releaseChunk(in.chunk)
		in.chunk = nil
	}
}
