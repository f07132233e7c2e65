package mc_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/transport"
)

// REVIEW 18: an account without a password, or no account at all, is no open door.
func TestCheckPassword(t *testing.T) {
	for _, tt := range []struct {
		got  pdu.Password
		want string
		ok   bool
	}{
		{"secret", "secret", true},
		{pdu.Password(strings.Repeat("long", 100)), strings.Repeat("long", 100), true},
		{"secret", "Secret", false},
		{"secret", "secret\x00", false},
		{"secret", "secre", false},
		{"", "secret", false},
		{"secret", "", false},
		{"\x00", "", false},
		{"", "", false},
	} {
		r := &mc.BindRequest{Password: tt.got}
		require.Equal(t, tt.ok, r.CheckPassword(tt.want), "%q, want %q", string(tt.got), tt.want)
	}
}

// REVIEW 18: the line that everybody writes refuses who is unknown, with a password or without one.
func TestCheckPasswordOfUnknown(t *testing.T) { synctest.Test(t, checkPasswordOfUnknown) }

func checkPasswordOfUnknown(t *testing.T) {
	passwords := map[string]string{"me": "secret", "open": ""}
	srv := &mc.Server{Bind: func(_ context.Context, r *mc.BindRequest) (*mc.Account, error) {
		if !r.CheckPassword(passwords[r.SystemID]) {
			return nil, mc.Refuse(pdu.StatusBindFailed)
		}
		return new(mc.Account), nil
	}}
	defer func() { require.NoError(t, srv.Close()) }()
	for _, tt := range []struct {
		systemID string
		password pdu.Password
		want     pdu.CommandStatus
	}{
		{"me", "secret", pdu.StatusOK},
		{"me", "", pdu.StatusBindFailed},
		{"stranger", "", pdu.StatusBindFailed},
		{"stranger", "secret", pdu.StatusBindFailed},
		{"open", "", pdu.StatusBindFailed},
		{"", "", pdu.StatusBindFailed},
	} {
		a, b := transport.Pipe()
		srv.ServeConn(b)
		c, err := esme.Bind(t.Context(), a, esme.Config{SystemID: tt.systemID, Password: tt.password})
		status, _ := pdu.StatusOf(err)
		require.Equal(t, tt.want, status, "%s: %v", tt.systemID, err)
		if err == nil {
			require.NoError(t, c.Close())
			<-c.Done()
		}
	}
}
