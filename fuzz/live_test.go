package fuzz

import (
	"context"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// FuzzSession feeds a live session any octets. Whatever they are: the process lives, the session sends nothing but
// whole PDUs, it ends when its connection does, no goroutine stays, every request of its own is reported once, and the
// account balances.
//
// The bits of how choose the role, whether it is bound before, strictness, what its handler does, and how it ends;
// those of pace choose the version, the size of the pieces and the time between them.
func FuzzSession(f *testing.F) {
	for i, b := range seeds(f) {
		f.Add(byte(i), byte(i/7), b)
	}
	for how := range 256 {
		f.Add(byte(how), byte(how*37), []byte("\x00\x00\x00\x10\x80\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x02"+
			"\x00\x00\x00\x10\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00\x09"))
	}
	f.Fuzz(func(t *testing.T, how, pace byte, b []byte) {
		if len(b) > 16<<10 {
			return
		}
		synctest.Test(t, func(t *testing.T) { live(t, how, pace, b) })
	})
}

func live(t *testing.T, how, pace byte, b []byte) {
	role := session.Role(how & 1)
	cfg := session.Config{Strict: how&4 != 0, Window: 3, RawRequests: pace&1 != 0}
	if how&8 != 0 {
		cfg.InboundWindow = 4
	} else if pace&32 != 0 {
		cfg.InboundWindow, cfg.PauseLimit, cfg.QueueTimeout = 4, -1, time.Second
	}
	h := newReports(t)
	h.set([]conduct{reply, keep, dawdle, dies}[how>>4&3])
	a, peer := transport.Pipe()
	s := session.Start(a, role, h.config(cfg))
	var peerReads sync.WaitGroup
	peerReads.Go(func() { wholePDUs(t, peer) })
	var callers sync.WaitGroup
	if how&2 != 0 {
		version := []pdu.Version{pdu.V33, pdu.V34, pdu.V50, 0x7F}[pace>>6]
		callers.Go(func() { bindLive(h, s, peer, version) })
		synctest.Wait()
	}
	for i := range 4 {
		var body pdu.Body = &pdu.SubmitSM{ShortMessage: fmt.Append(nil, i)}
		if role == session.RoleMC {
			body = &pdu.DeliverSM{ShortMessage: fmt.Append(nil, i)}
		}
		callers.Go(func() {
			if i%2 == 0 {
				_, err := s.Send(context.Background(), body)
				h.sent(body, err)
			} else {
				_, err := s.Do(context.Background(), body)
				h.did(body, err)
			}
		})
		synctest.Wait()
	}

	piece := max([]int{1, 3, 16, 1 << 14}[pace>>1&3], len(b)/64)
	pause := []time.Duration{0, time.Millisecond, time.Second, 20 * time.Second}[pace>>3&3]
	for len(b) > 0 {
		n := min(piece, len(b))
		if _, err := peer.Write(b[:n]); err != nil {
			break
		}
		b = b[n:]
		time.Sleep(pause) // in the bubble of FuzzSession
	}
	synctest.Wait()
	endLive(s, peer, how>>6)
	<-s.Done()
	callers.Wait()
	_ = peer.Close()
	peerReads.Wait()
	synctest.Wait() // a Trace may be told after the end
	h.check(s, nil)
}

// bindLive binds with what a well-behaved peer does.
func bindLive(h *reports, s *session.Session, peer io.Writer, v pdu.Version) {
	body := &pdu.BindTransceiver{SystemID: "fuzz", InterfaceVersion: v}
	if s.Role() == session.RoleMC {
		p, err := pdu.Append(nil, &pdu.PDU{Header: pdu.Header{Seq: 1}, Body: body})
		if err == nil {
			_, _ = peer.Write(p)
		}
		return
	}
	p, err := pdu.Append(nil, &pdu.PDU{Header: pdu.Header{Seq: 1}, Body: &pdu.BindTransceiverResp{}})
	if err == nil {
		time.AfterFunc(1, func() { _, _ = peer.Write(p) })
	}
	_, err = s.Do(context.Background(), body)
	h.did(body, err)
}

// endLive ends the connection, or the session.
func endLive(s *session.Session, peer *transport.PipeConn, how byte) {
	switch how {
	case 0:
		_ = peer.CloseWrite()
	case 1:
		peer.CutAfter(0)
	case 2:
		_ = s.Close()
	case 3:
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = s.Shutdown(ctx)
	}
}

// wholePDUs reads what a session sends, to its end. Whatever the session got, that is PDUs.
func wholePDUs(t *testing.T, conn io.Reader) {
	r := pdu.NewReader(conn)
	for {
		p, err := r.ReadPDU()
		if err == nil {
			continue
		}
		if p != nil {
			t.Errorf("the session sent %v: %v", p, err)
			continue
		}
		return
	}
}
