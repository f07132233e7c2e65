package session_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/session/sessiontest"
)

// withTLV is a body with a TLV, of a command that every version has.
func withTLV() *pdu.DeliverSM {
	d := deliver("x")
	d.TLVs.Set(pdu.TagUserMessageReference, []byte{0, 1})
	return d
}

// TestVersion33Transceiver: 3.3 has no transceiver, at either end.
func TestVersion33Transceiver(t *testing.T) {
	for _, v := range []pdu.Version{0, 0x32, pdu.V33} {
		synctest.Test(t, func(t *testing.T) { // a peer that says it is of 3.3 and asks for one
			s, p := sessiontest.Start(t, session.RoleMC, session.Config{Handler: accepting(nil)})
			bad := p.Send(bind(pdu.CommandBindTransceiver, v))
			nack, _ := sessiontest.Expect[*pdu.GenericNack](p)
			want := pdu.Header{ID: pdu.CommandGenericNack, Status: pdu.StatusInvalidCommandID, Seq: bad.Seq}
			require.Equal(t, want, nack.Header)
			require.Equal(t, session.StateOpen, s.State())
			p.WantReply(p.Send(bind(pdu.CommandBindTransmitter, v)), pdu.StatusOK)
			require.Equal(t, session.StateBoundTX, s.State())
			require.Equal(t, pdu.V33, s.Version())
		})
	}
	synctest.Test(t, func(t *testing.T) { // a session that is of 3.3 itself
		s, p := sessiontest.Start(t, session.RoleESME, session.Config{Version: pdu.V33})
		_, err := s.Do(t.Context(), bind(pdu.CommandBindTransceiver, pdu.V33))
		require.True(t, session.SafeToRetry(err))
		require.ErrorContains(t, err, "SMPP 3.3")
		p.WantIdle(0)
	})
}

// TestVersion33Answers: an answer with a TLV does not encode for a peer of 3.3, and the request can be answered
// without.
func TestVersion33Answers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := handle(func(r *session.Request) {
			resp := &pdu.SubmitSMResp{MessageID: "1"}
			resp.TLVs.Set(pdu.TagAdditionalStatusInfoText, []byte("x\x00"))
			var e *pdu.EncodeError
			require.ErrorAs(t, r.Reply(resp), &e)
			resp.TLVs = nil
			require.NoError(t, r.Reply(resp))
		})
		_, p := sessiontest.Start(t, session.RoleMC, session.Config{Handler: accepting(h)})
		resp := p.WantReply(p.Send(bind(pdu.CommandBindTransmitter, pdu.V33)), pdu.StatusOK)
		require.Empty(t, resp.Body.(*pdu.BindTransmitterResp).TLVs, "nor has the bind's response one")
		p.WantReply(p.Send(submit("x")), pdu.StatusOK)
	})
}

// TestVersionStated: at an ESME, sc_interface_version decides, and when it is missing what was asked for.
func TestVersionStated(t *testing.T) {
	for name, tt := range map[string]struct {
		ours, asked pdu.Version
		stated      []byte // nil: not at all
		want        pdu.Version
	}{
		"5.0, states 5.0":           {0, pdu.V50, []byte{0x50}, pdu.V50},
		"5.0, states 3.4":           {0, pdu.V50, []byte{0x34}, pdu.V34},
		"5.0, states 3.3":           {0, pdu.V50, []byte{0x33}, pdu.V33},
		"5.0, states none":          {0, pdu.V50, nil, pdu.V50},
		"3.4, states none":          {0, pdu.V34, nil, pdu.V34},
		"3.4, states 5.0":           {pdu.V34, pdu.V34, []byte{0x50}, pdu.V34},
		"5.0, states 7.0":           {0, pdu.V50, []byte{0x70}, pdu.V50},
		"5.0, states no one octet":  {0, pdu.V50, []byte{0x34, 0x34}, pdu.V50},
		"3.4 by bind, of 5.0, none": {pdu.V50, pdu.V34, nil, pdu.V34},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := sessiontest.Start(t, session.RoleESME, session.Config{Version: tt.ours})
				wait := sessiontest.Do(t.Context(), s, bind(pdu.CommandBindReceiver, tt.asked))
				req, _ := sessiontest.Expect[*pdu.BindReceiver](p)
				resp := &pdu.BindReceiverResp{}
				if tt.stated != nil {
					resp.TLVs.Set(pdu.TagSCInterfaceVersion, tt.stated)
				}
				p.Reply(req, resp)
				_, err := wait()
				require.NoError(t, err)
				require.Equal(t, tt.want, s.Version())
			})
		})
	}
}

// TestVersion50: what 5.0 has of its own is served to a peer of 5.0 and unknown to one of 3.4: the broadcasts, message
// texts of 255 octets, and the state in which an outbind is answered by any bind.
func TestVersion50(t *testing.T) {
	for _, v := range []pdu.Version{pdu.V34, pdu.V50} {
		t.Run(v.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var warned []pdu.Warning
				h := handle(func(r *session.Request) {
					warned = r.PDU.Warnings
					if r.PDU.ID == pdu.CommandQueryBroadcastSM {
						_ = r.Reject(pdu.StatusBroadcastQueryFailed)
						return
					}
					_ = replyOK(r)
				})
				s, p := sessiontest.Start(t, session.RoleMC, session.Config{Handler: accepting(h)})
				_, err := s.Do(t.Context(), &pdu.Outbind{SystemID: "mc"})
				require.NoError(t, err)
				sessiontest.Expect[*pdu.Outbind](p)
				require.Equal(t, session.StateOutbound, s.State())
				p.WantReply(p.Send(bind(pdu.CommandBindTransceiver, v)), pdu.StatusOK)
				require.Equal(t, session.StateBoundTRX, s.State())
				require.Equal(t, v, s.Version())

				query := p.Send(&pdu.QueryBroadcastSM{MessageID: "1"})
				if v == pdu.V50 {
					p.WantReply(query, pdu.StatusBroadcastQueryFailed)
				} else {
					nack, _ := sessiontest.Expect[*pdu.GenericNack](p)
					require.Equal(t, pdu.StatusInvalidCommandID, nack.Status)
				}
				p.WantReply(p.Send(submit(string(make([]byte, 255)))), pdu.StatusOK)
				require.Equal(t, v == pdu.V34, len(warned) > 0, "%v", warned)
				_, err = s.TrySend(withTLV())
				require.NoError(t, err)
			})
		})
	}
}

// TestVersionStatuses: a peer of 5.0 gets the statuses of 5.0, by the names that it has for them.
func TestVersionStatuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p := sessiontest.Start(t, session.RoleMC, session.Config{Strict: true, Handler: accepting(nil)})
		p.WantReply(p.Send(bind(pdu.CommandBindTransceiver, pdu.V50)), pdu.StatusOK)
		cut := encode(t, req(9, submit("x")))
		cut = append(cut, 2, 4, 0, 9) // user_message_reference, of nine octets that are not there
		cut[3] = byte(len(cut))
		p.Write(cut)
		p.WantReply(req(9, submit("x")), pdu.StatusInvalidTLVStream)
		p.WantReply(p.Send(bind(pdu.CommandBindTransceiver, pdu.V50)), pdu.StatusAlreadyBound)
		p.WantReply(p.Send(deliver("x")), pdu.StatusInvalidBindState)
	})
}
