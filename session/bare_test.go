package session_test

import (
	"encoding/binary"
	"io"
	"net"
	"runtime"
	"sync"
	"testing"

	"github.com/smpp-go/smpp/pdu"
)

// What follows moves the octets that a session would, in the same pattern, with no protocol work but to patch sequence
// numbers: the ceiling that the benchmarks compare with.

const seqAt = 12 // of sequence_number in a PDU

// benchSubmit is the request of the benchmarks: 140 octets of user data.
func benchSubmit() *pdu.SubmitSM {
	return &pdu.SubmitSM{
		Source: pdu.Address{TON: 5, Addr: "Benchmark"}, Dest: pdu.Address{TON: 1, NPI: 1, Addr: "46700000001"},
		ShortMessage: make([]byte, 140),
	}
}

func benchResp() *pdu.SubmitSMResp { return &pdu.SubmitSMResp{MessageID: "0123456789"} }

// sharedWrites lets many goroutines write to one connection: what they add while one of them writes leaves together.
type sharedWrites struct {
	conn    net.Conn
	mu      sync.Mutex
	buf     []byte
	spare   []byte
	writing bool
}

// add appends a frame with a sequence number. It tells whether the caller has to call flush.
func (w *sharedWrites) add(frame []byte, seq uint32) (flush bool) {
	w.mu.Lock()
	w.buf = append(w.buf, frame...)
	binary.BigEndian.PutUint32(w.buf[len(w.buf)-len(frame)+seqAt:], seq)
	flush = !w.writing
	w.writing = true
	w.mu.Unlock()
	return flush
}

func (w *sharedWrites) flush() {
	runtime.Gosched()
	for {
		w.mu.Lock()
		b := w.buf
		if len(b) == 0 {
			w.writing = false
			w.mu.Unlock()
			return
		}
		w.buf, w.spare = w.spare[:0], nil
		w.mu.Unlock()
		if _, err := w.conn.Write(b); err != nil {
			return
		}
		w.mu.Lock()
		w.spare = b
		w.mu.Unlock()
	}
}

// eachFrame calls f with the sequence number of every PDU that comes, and batch after those of one read.
func eachFrame(conn io.Reader, f func(seq uint32), batch func()) {
	buf := make([]byte, 0, 64<<10)
	for {
		n, err := conn.Read(buf[len(buf):cap(buf)])
		if err != nil {
			return
		}
		b := buf[:len(buf)+n]
		for len(b) >= 4 && len(b) >= int(binary.BigEndian.Uint32(b)) {
			f(binary.BigEndian.Uint32(b[seqAt:]))
			b = b[binary.BigEndian.Uint32(b):]
		}
		buf = buf[:copy(buf[:cap(buf)], b)]
		batch()
	}
}

// bareServer answers every PDU, those of one read in one write.
func bareServer(conn net.Conn, resp []byte) {
	var out []byte
	eachFrame(conn, func(seq uint32) {
		out = append(out, resp...)
		binary.BigEndian.PutUint32(out[len(out)-len(resp)+seqAt:], seq)
	}, func() {
		_, _ = conn.Write(out)
		out = out[:0]
	})
}

func bareConn(b *testing.B) (conn net.Conn, request []byte) {
	client, server := loopback(b)
	go bareServer(server, encode(b, req(1, benchResp())))
	b.Cleanup(func() { _, _ = client.Close(), server.Close() })
	request = encode(b, req(1, benchSubmit()))
	return client, request
}

// bareBlocking has one goroutine for each request in flight, which waits for its response.
func bareBlocking(b *testing.B, window int) {
	conn, request := bareConn(b)
	answered := make([]chan struct{}, window)
	for i := range answered {
		answered[i] = make(chan struct{}, 1)
	}
	go eachFrame(conn, func(seq uint32) { answered[seq] <- struct{}{} }, func() {})
	w := &sharedWrites{conn: conn}
	rate(b, func() {
		var wg sync.WaitGroup
		for i := range window {
			wg.Go(func() {
				for range share(b.N, window, i) {
					if w.add(request, uint32(i)) {
						w.flush()
					}
					<-answered[i]
				}
			})
		}
		wg.Wait()
	})
}

// bareAsync has one sender, one reader, and a goroutine that writes while there is something to write.
func bareAsync(b *testing.B, window int) {
	conn, request := bareConn(b)
	var mu sync.Mutex
	room := sync.NewCond(&mu)
	free, came, batch := window, 0, 0
	done := make(chan struct{})
	go eachFrame(conn, func(uint32) { batch++ }, func() {
		mu.Lock()
		free += batch
		came += batch
		if batch = 0; came == b.N {
			close(done)
		}
		mu.Unlock()
		room.Signal()
	})
	w := &sharedWrites{conn: conn}
	rate(b, func() {
		for i := range b.N {
			mu.Lock()
			for free == 0 {
				room.Wait()
			}
			free--
			mu.Unlock()
			if w.add(request, uint32(i)) {
				go w.flush()
			}
		}
		<-done
	})
}

// share is the part of n that falls to worker i of many.
func share(n, workers, i int) int {
	s := n / workers
	if i < n%workers {
		s++
	}
	return s
}

// rate times f, which moves b.N messages.
func rate(b *testing.B, f func()) {
	b.ReportAllocs()
	b.ResetTimer()
	f()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
}
