package session_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// answer is what a negative expects to be sent back.
type answer struct {
	Command  string `json:"command"`
	Status   string `json:"status"`
	Sequence uint32 `json:"sequence"`
	Action   string `json:"action"`
}

// negative is a malformed or misplaced PDU of the vectors of package pdu, with what a live session must make of it.
type negative struct {
	ID             string   `json:"id"`
	Layer          string   `json:"layer"`
	Version        string   `json:"version"`
	Receiver       string   `json:"receiver"`
	State          string   `json:"state"`
	Hex            string   `json:"hex"`
	Verdict        string   `json:"verdict"`
	Answer         *answer  `json:"answer"`
	AlsoAcceptable []answer `json:"also_acceptable"`
	Stream         string   `json:"stream"`
}

// TestNegatives gives every one of them to a live session in the state that it names, whose handler checks values and
// takes what it finds right, and compares the answer.
func TestNegatives(t *testing.T) {
	b, err := os.ReadFile("../pdu/testdata/vectors.json")
	require.NoError(t, err)
	var file struct {
		Negatives []negative `json:"negatives"`
	}
	require.NoError(t, json.Unmarshal(b, &file))
	require.Len(t, file.Negatives, 159)
	for _, n := range file.Negatives {
		for _, strict := range []bool{false, true} {
			name := n.ID
			if strict {
				name += "/strict"
			}
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { n.run(t, strict) })
			})
		}
	}
}

func (n *negative) run(t *testing.T, strict bool) {
	raw, err := hex.DecodeString(n.Hex)
	require.NoError(t, err)
	version := map[string]pdu.Version{"3.3": pdu.V33, "3.4": pdu.V34, "5.0": pdu.V50}[n.Version]
	codec := pdu.Codec{Version: version, Strict: strict}
	cfg := session.Config{
		Strict: strict, EnquireLinkInterval: -1, SessionInitTimeout: -1, ResponseTimeout: -1, Version: version,
		BindDelay: -1, BindAttempts: -1,
	}
	cfg.Handler = handle(func(r *session.Request) {
		switch err := codec.Check(r.PDU); {
		case err != nil:
			status, ok := pdu.StatusOf(err)
			require.True(t, ok)
			_ = r.Reject(status)
		case n.ID == "val_query_unknown_id":
			_ = r.Reject(pdu.StatusInvalidMessageID)
		default:
			_ = replyOK(r)
		}
	})
	s, p := n.inState(t, cfg, version)
	if n.Receiver == "ESME" && n.State == "BOUND_TRX" {
		_, err := s.Send(t.Context(), submit("outstanding")) // number 2: some of them answer it
		require.NoError(t, err)
		p.read(pdu.CommandSubmitSM)
	}
	state := s.State()
	p.Write(raw)
	if n.Layer == "framing" && n.Answer == nil {
		p.CloseWrite()
	}
	synctest.Wait()
	n.checkAnswer(t, p, strict)
	if n.Stream == "close" {
		p.WantClosed()
		if n.Answer != nil {
			p.Write([]byte("anything"))
		}
		_ = p.Conn().Close()
		<-s.Done()
		var framing *pdu.FrameError
		var decode *pdu.DecodeError
		require.True(t, errors.As(s.Err(), &framing) || n.Layer == "codec" && errors.As(s.Err(), &decode), "%v", s.Err())
		return
	}
	p.SendPDU(req(99, &pdu.EnquireLink{}))
	p.expect(pdu.CommandEnquireLinkResp, pdu.StatusOK, 99)
	if n.State != "OPEN" && n.ID != "unbind_body" { // which is an unbind all the same
		require.Equal(t, state, s.State())
	}
}

// inState starts a session in the state that n names.
func (n *negative) inState(t *testing.T, cfg session.Config, v pdu.Version) (*session.Session, *peer) {
	role := session.RoleESME
	if n.Receiver == "MC" {
		role = session.RoleMC
		h := cfg.Handler
		inner := accepting(h)
		cfg.Handler = handle(func(r *session.Request) {
			if n.State == "OPEN" && pdu.Check(r.PDU, v) != nil {
				_ = r.Reject(pdu.StatusBindFailed)
				return
			}
			inner.HandlePDU(t.Context(), r)
		})
	}
	s, p := open(t, role, cfg)
	id := map[string]pdu.CommandID{
		"BOUND_TX": pdu.CommandBindTransmitter, "BOUND_RX": pdu.CommandBindReceiver,
		"BOUND_TRX": pdu.CommandBindTransceiver, "UNBOUND": pdu.CommandBindTransceiver,
	}[n.State]
	switch {
	case n.State == "OPEN":
	case role == session.RoleMC:
		p.SendPDU(req(1, bind(id, v)))
		p.expect(id.Response(), pdu.StatusOK, 1)
	default:
		bindTo(t, s, p, id, v)
	}
	if n.State == "UNBOUND" {
		p.SendPDU(req(2, &pdu.Unbind{}))
		p.expect(pdu.CommandUnbindResp, pdu.StatusOK, 2)
	}
	synctest.Wait()
	return s, p
}

// checkAnswer reads the answer and compares it with those that n takes. A tolerant session takes what only a strict one
// has to refuse.
func (n *negative) checkAnswer(t *testing.T, p *peer, strict bool) {
	if n.Stream == "continue" {
		require.NoError(t, p.Conn().SetReadDeadline(time.Now().Add(time.Second)))
		defer func() { require.NoError(t, p.Conn().SetReadDeadline(time.Time{})) }()
	}
	x, err := p.Read()
	if err != nil {
		if n.Answer != nil {
			require.Equal(t, io.EOF, err)
			require.Contains(t, n.AlsoAcceptable, answer{Action: "close without an answer"}, "no answer: %v", err)
		}
		return
	}
	got := answer{x.ID.String(), x.Status.String(), x.Seq, ""}
	want := n.AlsoAcceptable
	if n.Answer != nil {
		want = append(want, *n.Answer)
		if n.Verdict == "strict" && !strict {
			want = append(want, answer{n.Answer.Command, pdu.StatusOK.String(), n.Answer.Sequence, ""})
		}
	}
	require.Contains(t, want, got)
}
