package sessiontest

import (
	"context"
	"testing"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// Start starts a session at one end of a new transport.Pipe and returns it with the peer at the other end. When the
// test ends, the session is closed and its last hook waited for. Call it inside a bubble.
func Start(t testing.TB, role session.Role, cfg session.Config) (*session.Session, *Peer) {
	a, b := transport.Pipe()
	s := session.Start(a, role, cfg)
	t.Cleanup(func() {
		// Neither can fail.
		_ = s.Close()
		_ = b.Close()
		<-s.Done()
	})
	return s, NewPeer(t, b)
}

// StartBound is Start, and then the session is bound as a transceiver of SMPP 5.0: an ESME's by a bind of its own with
// sequence number 1, an MC's by one of the peer's. The handler of an MC gets what comes after the bind, which is
// accepted without it.
func StartBound(t testing.TB, role session.Role, cfg session.Config) (*session.Session, *Peer) {
	t.Helper()
	bind := &pdu.BindTransceiver{SystemID: "test", InterfaceVersion: pdu.V50}
	if role == session.RoleMC {
		h := cfg.Handler
		cfg.Handler = session.HandlerFunc(func(_ context.Context, r *session.Request) {
			// It fails when the session has ended, and the test sees that.
			_ = r.Accept(nil, h)
		})
		s, p := Start(t, role, cfg)
		p.WantReply(p.Send(bind), pdu.StatusOK)
		return s, p
	}
	s, p := Start(t, role, cfg)
	wait := Do(t.Context(), s, bind)
	req, _ := Expect[*pdu.BindTransceiver](p)
	resp := &pdu.BindTransceiverResp{}
	resp.TLVs.Set(pdu.TagSCInterfaceVersion, []byte{byte(pdu.V50)})
	p.Reply(req, resp)
	if _, err := wait(); err != nil {
		t.Fatalf("sessiontest: bind: %v", err)
	}
	return s, p
}

// Do calls the Do of s in another goroutine, so that the test can play the peer meanwhile. The function that it returns
// waits for the result.
func Do(ctx context.Context, s *session.Session, body pdu.Body) (wait func() (*pdu.PDU, error)) {
	var resp *pdu.PDU
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		resp, err = s.Do(ctx, body)
	}()
	return func() (*pdu.PDU, error) {
		<-done
		return resp, err
	}
}
