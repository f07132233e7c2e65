package fuzz

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// FuzzPair runs a script on two sessions at the ends of one connection, with their callers, their handlers, the clock
// and the faults of the connection. Whatever the script: at the end both have ended, no goroutine stays, every request
// is reported once, nothing that was not sent came, nothing came twice, and both accounts balance.
//
// An octet of the script is an operation in its low four bits, the end that it is done at in the fifth, and in the rest
// what the operation makes of it.
func FuzzPair(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0x00, 0x01, 0x02, 0x10, 0x11, 0x12, 0x08})
	f.Add([]byte{0x24, 0x00, 0x01, 0x68, 0x03, 0x05, 0x06, 0x28})
	f.Add([]byte{0x2d, 0x0d, 0x00, 0x00, 0x00, 0x0c, 0x48, 0x07})
	f.Add([]byte{0x34, 0x01, 0x01, 0x01, 0x88, 0xa8, 0x16, 0x06, 0x15})
	f.Add([]byte{0x24, 0x00, 0x20, 0x40, 0x60, 0x0a, 0x1a, 0x68, 0x05, 0x05})
	f.Add([]byte{0x74, 0x00, 0x01, 0x10, 0x11, 0x94, 0x14, 0x01, 0x68})
	for _, b := range seeds(f) {
		f.Add(b[:min(len(b), 40)])
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 200 {
			return
		}
		synctest.Test(t, func(t *testing.T) { runPair(t, script) })
	})
}

// side is one end of the pair.
type side struct {
	*reports
	s       *session.Session
	conn    *transport.PipeConn
	role    session.Role
	n       int // requests made
	callers sync.WaitGroup
	cancels []context.CancelFunc
}

func runPair(t *testing.T, script []byte) {
	a, b := transport.Pipe()
	esme := &side{reports: newReports(t), conn: a, role: session.RoleESME}
	mc := &side{reports: newReports(t), conn: b, role: session.RoleMC}
	mc.s = session.Start(b, mc.role, mc.config(session.Config{
		Window: 4, InboundWindow: 8, PauseLimit: -1, ResponseTimeout: 20 * time.Second, AnswerTimeout: 3 * time.Second,
	}))
	esme.s = session.Start(a, esme.role, esme.config(session.Config{
		Window: 2, InboundWindow: 4, InactivityTimeout: 3 * time.Minute, QueueTimeout: 2 * time.Second,
		FirstSequence: 0x7FFFFFFC,
	}))
	_, err := esme.s.Do(context.Background(), &pdu.BindTransceiver{SystemID: "fuzz", InterfaceVersion: pdu.V50})
	if err != nil {
		t.Fatal(err)
	}
	sides := []*side{esme, mc}
	for _, octet := range script {
		sides[octet>>4&1].do(octet&15, octet>>5)
		for _, x := range sides {
			balanced(t, x.s.Stats())
		}
	}
	for _, x := range sides {
		x.conn.Stall(false)
		x.conn.SetBuffer(-1)
	}
	for _, x := range sides {
		begin := time.Now()
		_ = x.s.Close()
		<-x.s.Context().Done()
		if d := time.Since(begin); d > time.Second {
			t.Errorf("Close took %v", d)
		}
	}
	for _, x := range sides {
		<-x.s.Done()
		x.callers.Wait()
		for _, cancel := range x.cancels {
			cancel()
		}
	}
	synctest.Wait() // a Trace may be told after the end
	esme.check(esme.s, mc.reports)
	mc.check(mc.s, esme.reports)
}

func balanced(t *testing.T, n session.Stats) {
	if n.Accepted != n.Responded+n.Nacked+n.Sent+n.TimedOut+n.NotSent+n.Lost+uint64(n.InFlight) {
		t.Fatalf("the account does not balance: %+v", n)
	}
}

// request returns a new request that the end may make, with a text that no other has.
func (x *side) request(kind byte) pdu.Body {
	x.n++
	text := fmt.Appendf(nil, "%v %d", x.role, x.n)
	switch {
	case x.role == session.RoleESME:
		return &pdu.SubmitSM{ShortMessage: text}
	case kind == 7:
		return &pdu.AlertNotification{Source: pdu.Address{Addr: string(text[:4])}}
	}
	return &pdu.DeliverSM{ShortMessage: text}
}

// Times that operations choose from: bounds for Shutdown, of which a negative one is none, and jumps of the clock.
var (
	bounds = [8]time.Duration{
		0, time.Millisecond, time.Second, 4 * time.Second, 10 * time.Second, time.Minute, time.Hour, -1,
	}
	jumps = [8]time.Duration{
		0, 1, time.Millisecond, time.Second, 5 * time.Second, 20 * time.Second, 31 * time.Second, 3 * time.Minute,
	}
)

// do runs one operation. Those that wait get a goroutine.
func (x *side) do(op, arg byte) {
	switch op {
	case 0:
		x.call(x.request(arg), arg)
	case 1:
		body := x.request(arg)
		x.callers.Go(func() {
			_, err := x.s.Send(context.Background(), body)
			x.sent(body, err)
		})
	case 2:
		body := x.request(arg)
		_, err := x.s.TrySend(body)
		x.sent(body, err)
	case 3:
		if len(x.cancels) > 0 {
			x.cancels[0]()
			x.cancels = x.cancels[1:]
		}
	case 4:
		x.set(conduct(arg) % conducts)
	case 5:
		x.answer(pdu.CommandStatus(arg))
	case 6:
		x.shutdown(bounds[arg])
	case 7:
		if arg < 2 { // rarely: it ends the walk
			_ = x.s.Close()
		}
	case 8:
		time.Sleep(jumps[arg])
	case 9:
		x.s.SetWindow(int(arg))
	case 10:
		x.call(&pdu.Unbind{}, arg)
	case 11:
		body := x.request(arg)
		p := &pdu.PDU{Header: pdu.Header{Seq: uint32(x.n)}, Body: body}
		x.callers.Go(func() { x.sent(body, x.s.SendPDU(context.Background(), p)) })
	case 12:
		_ = x.s.Cast(arg)
	case 13:
		x.fault(arg)
	default:
		synctest.Wait()
	}
}

func (x *side) call(body pdu.Body, arg byte) {
	ctx, cancel := context.WithCancel(context.Background())
	if arg > 4 {
		cancel()
		ctx, cancel = context.WithTimeout(context.Background(), time.Duration(arg-5)*2*time.Second)
	}
	x.cancels = append(x.cancels, cancel)
	x.callers.Go(func() {
		_, err := x.s.Do(ctx, body)
		x.did(body, err)
	})
}

// shutdown shuts down with a bound, without one when it is negative, and holds Shutdown to it.
func (x *side) shutdown(bound time.Duration) {
	ctx, cancel := context.WithCancel(context.Background())
	if bound >= 0 {
		cancel()
		ctx, cancel = context.WithTimeout(context.Background(), bound)
	}
	x.cancels = append(x.cancels, cancel)
	x.callers.Go(func() {
		begin := time.Now()
		err := x.s.Shutdown(ctx)
		if d := time.Since(begin); bound >= 0 && d > bound+2*time.Second+1 {
			x.t.Errorf("Shutdown with %v took %v: %v", bound, d, err)
		}
	})
}

// fault harms what the end writes.
func (x *side) fault(arg byte) {
	switch arg {
	case 0:
		x.conn.Stall(true)
	case 1:
		x.conn.Stall(false)
	case 2:
		x.conn.CutAfter(40)
	case 3:
		x.conn.Delay(700 * time.Millisecond)
	case 4:
		x.conn.SetBuffer(7)
	case 5:
		x.conn.SetBuffer(-1)
	case 6:
		x.conn.SplitReads(1)
	case 7:
		_ = x.conn.CloseWrite()
	}
}
