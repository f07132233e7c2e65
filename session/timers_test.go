package session_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// endsAfter expects the session to end by itself.
func endsAfter(t *testing.T, s *session.Session, d time.Duration, reason error) {
	t.Helper()
	start := time.Now()
	<-s.Done()
	require.Equal(t, d, time.Since(start))
	require.ErrorIs(t, s.Err(), reason)
}

// TestSessionInit: the time until a successful bind is absolute; no PDU prolongs it, and no refused bind.
func TestSessionInit(t *testing.T) {
	for _, role := range []session.Role{session.RoleMC, session.RoleESME} {
		synctest.Test(t, func(t *testing.T) {
			s, _ := open(t, role, session.Config{})
			endsAfter(t, s, 10*time.Second, session.ErrSessionInit)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		s, p := open(t, session.RoleMC, session.Config{
			Handler: handle(func(r *session.Request) { _ = r.Reject(13) }), BindDelay: -1, BindAttempts: -1,
		})
		for i := range uint32(9) {
			p.SendPDU(req(i, &pdu.EnquireLink{}))
			p.expect(pdu.CommandEnquireLinkResp, pdu.StatusOK, i)
			p.SendPDU(req(i, bind(pdu.CommandBindTransmitter, pdu.V34)))
			p.expect(pdu.CommandBindTransmitterResp, pdu.StatusBindFailed, i)
			time.Sleep(time.Second)
		}
		endsAfter(t, s, time.Second, session.ErrSessionInit)
	})
	synctest.Test(t, func(t *testing.T) {
		s, p := open(t, session.RoleMC, session.Config{SessionInitTimeout: -1})
		p.WantIdle(24 * time.Hour)
		require.Equal(t, session.StateOpen, s.State())
	})
}

// TestEnquireLink: silence while bound is asked about, any whole PDU is life, and none ends the session.
func TestEnquireLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := boundESME(t, session.Config{})
		p.WantIdle(30*time.Second - 1)
		p.serve(pdu.CommandEnquireLink, pdu.StatusOK)
		time.Sleep(29 * time.Second)
		p.SendPDU(req(5, deliver("life")))
		p.read(pdu.CommandDeliverSMResp)
		p.WantIdle(30*time.Second - 1)
		p.read(pdu.CommandEnquireLink)
		time.Sleep(29 * time.Second)
		p.Write(encode(t, req(6, deliver("half")))[:20]) // half a PDU is not life
		endsAfter(t, s, time.Second, session.ErrEnquireLink)
	})
	synctest.Test(t, func(t *testing.T) {
		s, p := boundESME(t, session.Config{EnquireLinkTimeout: 10 * time.Second})
		p.read(pdu.CommandEnquireLink)
		time.Sleep(9 * time.Second)
		p.SendPDU(req(6, deliver("any PDU is life")))
		p.read(pdu.CommandDeliverSMResp)
		p.WantIdle(30*time.Second - 1)
		p.read(pdu.CommandEnquireLink)
		endsAfter(t, s, 10*time.Second, session.ErrEnquireLink)
	})
	synctest.Test(t, func(t *testing.T) { // off, and never before the bind
		_, p := boundESME(t, session.Config{EnquireLinkInterval: -1})
		p.WantIdle(24 * time.Hour)
		_, p = open(t, session.RoleESME, session.Config{SessionInitTimeout: -1})
		p.WantIdle(24 * time.Hour)
	})
}

func TestInactivity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := boundESME(t, session.Config{InactivityTimeout: 2 * time.Minute})
		for range 3 {
			p.serve(pdu.CommandEnquireLink, pdu.StatusOK) // is no activity
		}
		p.SendPDU(req(9, deliver("x")))
		p.read(pdu.CommandDeliverSMResp)
		start := time.Now()
		for {
			x, err := p.Read()
			require.NoError(t, err)
			if x.ID == pdu.CommandUnbind {
				p.SendPDU(req(x.Seq, &pdu.UnbindResp{}))
				break
			}
			p.SendPDU(req(x.Seq, &pdu.EnquireLinkResp{}))
		}
		require.Equal(t, 2*time.Minute, time.Since(start))
		p.WantClosed()
		p.CloseWrite()
		endsAfter(t, s, 0, session.ErrInactive)
		require.NoError(t, s.Shutdown(t.Context()))
	})
}

// TestResponseTime begins when the PDU is handed to the socket, not when its caller handed it over.
func TestResponseTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newRecorder(t)
		s, p := boundESME(t, session.Config{Handler: h, Window: 2, ResponseTimeout: 10 * time.Second, EnquireLinkInterval: -1})
		synctest.Wait()
		h.log()
		for range 2 {
			_, err := s.Send(t.Context(), submit("x"))
			require.NoError(t, err)
		}
		waits := doing(t.Context(), s, submit("waits for a slot"))
		synctest.Wait()
		for range 2 {
			p.read(pdu.CommandSubmitSM)
		}
		start := time.Now()
		p.read(pdu.CommandSubmitSM) // the slots are free
		require.Equal(t, 10*time.Second, time.Since(start))
		require.ErrorIs(t, (<-waits).err, session.ErrResponseTimeout)
		require.Equal(t, 20*time.Second, time.Since(start))
		h.want("sent submit_sm 2", "sent submit_sm 3", "timeout [2 3]")
		require.Equal(t, 3, s.Stats().Remember)
		time.Sleep(time.Minute)
		p.SendPDU(req(4, &pdu.SubmitSMResp{})) // twice the response time later it is forgotten
		synctest.Wait()
		h.want("late submit_sm_resp 4 to nothing")
	})
	synctest.Test(t, func(t *testing.T) {
		s, p := boundESME(t, session.Config{ResponseTimeout: -1, EnquireLinkInterval: -1})
		done := doing(t.Context(), s, submit("x"))
		time.Sleep(240 * time.Hour)
		p.serve(pdu.CommandSubmitSM, pdu.StatusOK)
		require.NoError(t, (<-done).err)
	})
}

// TestVersions: the lower version of both ends governs.
func TestVersions(t *testing.T) {
	for name, tt := range map[string]struct {
		ours, peer pdu.Version
		want       pdu.Version
		tlv        bool // the bind response has sc_interface_version
	}{
		"5.0 and 5.0": {0, pdu.V50, pdu.V50, true},
		"5.0 and 3.4": {0, pdu.V34, pdu.V34, true},
		"5.0 and 3.3": {0, pdu.V33, pdu.V33, false},
		"5.0 and 0":   {0, 0, pdu.V33, false},
		"3.4 and 5.0": {pdu.V34, pdu.V50, pdu.V34, true},
		"3.3 and 5.0": {pdu.V33, pdu.V50, pdu.V33, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := open(t, session.RoleMC, session.Config{Version: tt.ours, Handler: accepting(nil)})
				p.SendPDU(req(1, bind(pdu.CommandBindReceiver, tt.peer)))
				x := p.expect(pdu.CommandBindReceiverResp, pdu.StatusOK, 1)
				_, ok := x.Body.(*pdu.BindReceiverResp).TLVs.Get(pdu.TagSCInterfaceVersion)
				require.Equal(t, tt.tlv, ok)
				require.Equal(t, tt.want, s.Version())
				d := deliver("x")
				d.TLVs.Set(pdu.TagUserMessageReference, []byte{0, 1})
				_, err := s.TrySend(d)
				require.Equal(t, tt.want == pdu.V33, err != nil, "a 3.3 peer gets no TLVs: %v", err)
				_, err = s.TrySend(&pdu.DataSM{})
				require.Equal(t, tt.want == pdu.V33, err != nil, "3.3 has no data_sm: %v", err)
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // the ESME's end
		long := make(chan *pdu.PDU, 2)
		s, p := open(t, session.RoleESME, session.Config{Handler: handle(func(r *session.Request) { long <- r.PDU })})
		done := doing(t.Context(), s, bind(pdu.CommandBindTransceiver, pdu.V50))
		p.read(pdu.CommandBindTransceiver)
		r := &pdu.BindTransceiverResp{}
		r.TLVs.Set(pdu.TagSCInterfaceVersion, []byte{0x34})
		large := deliver("x")
		large.TLVs.Set(pdu.TagMessagePayload, make([]byte, 10_000))
		p.SendPDU(req(1, r), req(2, deliver(string(make([]byte, 255)))), req(3, large))
		require.NoError(t, (<-done).err)
		require.Equal(t, pdu.V34, s.Version())
		require.NotEmpty(t, (<-long).Warnings, "what follows the bind's response is read as 3.4: 254 octets at most")
		require.EqualValues(t, 3, (<-long).Seq, "and with the limits of a bound session")
	})
}
