package mc_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
)

func TestNetSMPPEnds(t *testing.T) {
	bind := func(t *testing.T, p *netSMPP) *mc.Session {
		srv := &mc.Server{Bind: accounts(nil)}
		require.Equal(t, pdu.StatusOK, p.bind(start(t, srv), "bind_transceiver").status())
		bound := slices.Collect(srv.Bound("me"))
		require.Len(t, bound, 1)
		return bound[0]
	}
	t.Run("enquire_link", func(t *testing.T) {
		p := startNetSMPP(t)
		s := bind(t, p)
		done := make(chan error, 1)
		go func() {
			_, err := s.Do(t.Context(), new(pdu.EnquireLink))
			done <- err
		}()
		asked := p.ok("read_pdu")
		require.Equal(t, "enquire_link", asked.octets("command"))
		p.ok("enquire_link_resp", "seq", asked["seq"])
		require.NoError(t, <-done)
		require.NoError(t, s.Close())
		<-s.Done()
		require.Equal(t, "read_hard premature eof", p.call("read_pdu")["error"])
	})
	t.Run("unbind", func(t *testing.T) {
		p := startNetSMPP(t)
		s := bind(t, p)
		done := make(chan error, 1)
		go func() { done <- s.Shutdown(t.Context()) }()
		asked := p.ok("read_pdu")
		require.Equal(t, "unbind", asked.octets("command"))
		p.ok("unbind_resp", "seq", asked["seq"])
		require.Equal(t, "read_hard premature eof", p.call("read_pdu")["error"], "the message centre closes")
		p.ok("close")
		require.NoError(t, <-done)
	})
	t.Run("cut", func(t *testing.T) {
		p := startNetSMPP(t)
		s := bind(t, p)
		p.ok("close")
		<-s.Done()
	})
}
