package session_test

import (
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
	"github.com/smpp-go/smpp/transport"
)

func TestMain(m *testing.M) {
	if kind := os.Getenv(benchPeerEnv); kind != "" {
		benchPeerMain(kind)
		return
	}
	goleak.VerifyTestMain(m)
}

// peer is the other end of a session, with shorthands for tests that choose every sequence number themselves.
type peer struct {
	*sessiontest.Peer
	t testing.TB
}

func newPeer(t testing.TB, conn net.Conn) *peer { return &peer{sessiontest.NewPeer(t, conn), t} }

// hdr is a PDU without a body.
func hdr(id pdu.CommandID, status pdu.CommandStatus, seq uint32) *pdu.PDU {
	return &pdu.PDU{Header: pdu.Header{ID: id, Status: status, Seq: seq}}
}

// req is a request with a sequence number.
func req(seq uint32, body pdu.Body) *pdu.PDU {
	return &pdu.PDU{Header: pdu.Header{ID: body.CommandID(), Seq: seq}, Body: body}
}

func encode(t testing.TB, pdus ...*pdu.PDU) (b []byte) {
	t.Helper()
	for _, p := range pdus {
		var err error
		b, err = pdu.Append(b, p)
		require.NoError(t, err)
	}
	return b
}

// read returns the next PDU and expects its command.
func (p *peer) read(id pdu.CommandID) *pdu.PDU {
	p.t.Helper()
	x, err := p.Read()
	require.NoError(p.t, err, "waiting for %v", id)
	require.Equal(p.t, id.String(), x.ID.String(), "%v", x)
	return x
}

// expect reads a PDU and compares its header.
func (p *peer) expect(id pdu.CommandID, status pdu.CommandStatus, seq uint32) *pdu.PDU {
	p.t.Helper()
	x := p.read(id)
	require.Equal(p.t, pdu.Header{ID: id, Status: status, Seq: seq}, x.Header)
	return x
}

// serve reads a request and answers it with a response of its own kind without a body.
func (p *peer) serve(id pdu.CommandID, status pdu.CommandStatus) *pdu.PDU {
	p.t.Helper()
	x := p.read(id)
	r := hdr(id.Response(), status, x.Seq)
	if status == pdu.StatusOK {
		r.Body = pdu.NewBody(r.ID)
	}
	p.SendPDU(r)
	return x
}

// skip reads until something else comes than PDUs with the given command.
func (p *peer) skip(id pdu.CommandID) (*pdu.PDU, error) {
	p.t.Helper()
	for {
		if x, err := p.Read(); err != nil || x.ID != id {
			return x, err
		}
	}
}

// finish closes a session at the end of its test and checks its account.
func finish(t testing.TB, s *session.Session) {
	t.Cleanup(func() {
		_ = s.Close()
		<-s.Done()
		account(t, s)
	})
}

// account expects that the sum of outcomes balances.
func account(t testing.TB, s *session.Session) {
	t.Helper()
	n := s.Stats()
	require.Equal(t, n.Accepted,
		n.Responded+n.Nacked+n.Sent+n.TimedOut+n.NotSent+n.Lost+uint64(n.InFlight), "%+v", n)
	if s.State() == session.StateClosed {
		require.Zero(t, n.InFlight, "%+v", n)
		require.Zero(t, n.InUse, "%+v", n)
	}
}

// open starts a session over a Pipe.
func open(t testing.TB, role session.Role, cfg session.Config) (*session.Session, *peer) {
	s, p := sessiontest.Start(t, role, cfg)
	finish(t, s)
	return s, &peer{p, t}
}

func bind(id pdu.CommandID, v pdu.Version) pdu.Body {
	b := pdu.BindTransceiver{SystemID: "me", InterfaceVersion: v}
	switch id {
	case pdu.CommandBindReceiver:
		r := pdu.BindReceiver(b)
		return &r
	case pdu.CommandBindTransmitter:
		tx := pdu.BindTransmitter(b)
		return &tx
	}
	return &b
}

// boundESME starts an ESME's session, bound as a transceiver of SMPP 3.4; the peer is its MC. The first request after
// it has sequence number 2.
func boundESME(t testing.TB, cfg session.Config) (*session.Session, *peer) {
	t.Helper()
	s, p := open(t, session.RoleESME, cfg)
	bindTo(t, s, p, pdu.CommandBindTransceiver, pdu.V34)
	synctest.Wait()
	return s, p
}

func bindTo(t testing.TB, s *session.Session, p *peer, id pdu.CommandID, v pdu.Version) {
	t.Helper()
	res := make(chan error, 1)
	go func() {
		_, err := s.Do(t.Context(), bind(id, v))
		res <- err
	}()
	p.serve(id, pdu.StatusOK)
	require.NoError(t, <-res)
}

// boundMC starts an MC's session; the peer is its ESME and bound by number 1. The handler is cfg.Handler, behind one
// that accepts binds.
func boundMC(t testing.TB, cfg session.Config) (*session.Session, *peer) {
	t.Helper()
	cfg.Handler = accepting(cfg.Handler)
	s, p := open(t, session.RoleMC, cfg)
	p.SendPDU(req(1, bind(pdu.CommandBindTransceiver, pdu.V34)))
	p.expect(pdu.CommandBindTransceiverResp, pdu.StatusOK, 1)
	synctest.Wait()
	return s, p
}

// pair starts two sessions at the ends of one Pipe and binds them. The handler of mc is behind one that accepts binds.
func pair(t testing.TB, mc, esme session.Config) (m, e *session.Session) {
	t.Helper()
	a, b := transport.Pipe()
	mc.Handler = accepting(mc.Handler)
	m = session.Start(b, session.RoleMC, mc)
	e = session.Start(a, session.RoleESME, esme)
	finish(t, m)
	finish(t, e)
	_, err := e.Do(t.Context(), bind(pdu.CommandBindTransceiver, pdu.V34))
	require.NoError(t, err)
	return m, e
}

// startAs is boundMC or boundESME.
func startAs(t testing.TB, role session.Role, cfg session.Config) (*session.Session, *peer) {
	t.Helper()
	if role == session.RoleMC {
		return boundMC(t, cfg)
	}
	return boundESME(t, cfg)
}

func boundAs(t testing.TB, role session.Role, cfg session.Config) *peer {
	t.Helper()
	_, p := startAs(t, role, cfg)
	return p
}

func submit(text string) *pdu.SubmitSM {
	return &pdu.SubmitSM{Dest: pdu.Address{Addr: "46700000001"}, ShortMessage: []byte(text)}
}

func deliver(text string) *pdu.DeliverSM {
	return &pdu.DeliverSM{Source: pdu.Address{Addr: "46700000001"}, ShortMessage: []byte(text)}
}

// result is what Do or Send returned.
type result struct {
	resp *pdu.PDU
	err  error
}

// outcome returns how the request of an error ended.
func outcome(t testing.TB, err error) session.Outcome {
	t.Helper()
	var e *session.RequestError
	require.True(t, errors.As(err, &e), "%v", err)
	require.NotNil(t, e.PDU)
	return e.Outcome
}

// replyOK acknowledges r with an empty body, also where the response names something.
func replyOK(r *session.Request) error { return r.Reply(pdu.NewBody(r.PDU.ID.Response())) }
