package mc

import (
	"errors"
	"fmt"
	"strings"
)

// errHandler is why a server does not serve.
var errHandler = errors.New("mc: Server.Session has a Handler or an Owner, but handlers are those of accounts")

// maxSystemID is the length of a system_id that the specification permits. SMPP 5.0 §4.7.30.
const maxSystemID = 15

// check returns why the server must not serve: every bind would fail.
func (srv *Server) check() error {
	if srv.Session.Handler != nil || srv.Session.Owner != nil {
		return errHandler
	}
	most := srv.Session.Limits.MaxSystemID
	if most <= 0 {
		most = maxSystemID
	}
	switch id := srv.SystemID; {
	case len(id) > most:
		return fmt.Errorf("mc: Server.SystemID %q has %d characters, but may have %d", id, len(id), most)
	case strings.Contains(id, "\x00"):
		return fmt.Errorf("mc: Server.SystemID %q has a NUL", id)
	}
	return nil
}
