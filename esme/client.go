package esme

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/pdu/profile"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// BindType says what a client is bound for.
type BindType uint8

// Kinds of binds.
const (
	Transceiver BindType = iota // sends and receives; not in SMPP 3.3
	Transmitter                 // sends messages, gets responses only
	Receiver                    // gets messages and receipts only
)

// String returns the name of the bind operation.
func (t BindType) String() string { return t.command().String() }

func (t BindType) command() pdu.CommandID {
	switch t {
	case Transmitter:
		return pdu.CommandBindTransmitter
	case Receiver:
		return pdu.CommandBindReceiver
	}
	return pdu.CommandBindTransceiver
}

// Config says as whom and how a client binds. SystemID and Password aside, the zero value works.
type Config struct {
	// SystemID is the account, at most 15 characters. Empty: the user of the URL.
	SystemID string
	// Password is its password, at most 8 characters unless Session.Limits allows more. Empty: the password of the URL.
	Password pdu.Password
	// SystemType is the kind of the ESME, at most 12 characters; most message centres want none.
	SystemType string
	// BindType says what to bind for. Zero: Transceiver.
	BindType BindType
	// AddressRange tells the message centre the addresses that the ESME serves; most want none. Its Addr may be a
	// regular expression, at most 40 characters.
	AddressRange pdu.Address

	// Profile is the habits of the message centre. SendText goes by them, and they stand in for what Session leaves at
	// zero: Version, Strict, Limits, Window and the timers. Nil: the zero Profile.
	Profile *profile.Profile
	// Refs makes the references of long texts. Clients that send to the same people share one, so that a handset does
	// not take parts of two texts for one. Nil: one of the client's own.
	Refs *multipart.Refs

	// Session configures the session, its handler among other things. Its Version is the interface_version of the bind;
	// zero means that of the profile, or else 3.4, which more message centres take than 5.0.
	Session session.Config
	// Transport configures the connection. Dial uses it, Bind does not.
	Transport transport.DialConfig
}

// Client is a bound connection to a message centre. All its methods may be called from any goroutine.
type Client struct {
	*session.Session
	bound   *pdu.PDU
	profile *profile.Profile
	refs    *multipart.Refs
}

// BindResp returns the response to the bind; its body tells the system_id of the message centre.
func (c *Client) BindResp() *pdu.PDU { return c.bound }

// Dial connects to a message centre and binds. The address is host:port or a URL: smpp://, and smpps:// for TLS, with
// user and password if wanted. The context bounds all of it; for the bind, so does Session.SessionInitTimeout.
//
// A refused bind is an error with a *pdu.StatusError in it.
func Dial(ctx context.Context, address string, cfg Config) (*Client, error) {
	u, err := transport.ParseURL(address)
	if err != nil {
		return nil, fmt.Errorf("esme: %w", err)
	}
	if cfg.SystemID == "" {
		cfg.SystemID = u.User
	}
	if cfg.Password == "" {
		cfg.Password = pdu.Password(u.Password)
	}
	conn, err := transport.DialURL(ctx, u, cfg.Transport)
	if err != nil {
		return nil, fmt.Errorf("esme: %w", err)
	}
	return Bind(ctx, conn, cfg)
}

// Bind binds over a connection that is given, and takes ownership of it: it is closed when the bind fails.
func Bind(ctx context.Context, conn net.Conn, cfg Config) (*Client, error) {
	cfg.resolve()
	s := session.Start(conn, session.RoleESME, cfg.Session)
	resp, err := s.Do(ctx, cfg.bind())
	if err != nil {
		// Nothing was bound, so there is nothing to end in order.
		_ = s.Close()
		return nil, bindError(cfg.BindType, conn, err)
	}
	return cfg.client(s, resp), nil
}

func (cfg *Config) client(s *session.Session, bound *pdu.PDU) *Client {
	return &Client{Session: s, bound: bound, profile: cfg.Profile, refs: cfg.Refs}
}

func bindError(t BindType, conn net.Conn, err error) error {
	peer := conn.RemoteAddr()
	var refused *pdu.StatusError
	if errors.As(err, &refused) {
		return fmt.Errorf("esme: %v refused by %v: %w", t, peer, err)
	}
	return fmt.Errorf("esme: %v to %v: %w", t, peer, err)
}

// bind builds the body of the bind.
func (cfg *Config) bind() pdu.Body {
	b := pdu.BindTransmitter{
		SystemID:         cfg.SystemID,
		Password:         cfg.Password,
		SystemType:       cfg.SystemType,
		InterfaceVersion: cfg.Session.Version,
		AddrTON:          cfg.AddressRange.TON,
		AddrNPI:          cfg.AddressRange.NPI,
		AddressRange:     cfg.AddressRange.Addr,
	}
	switch cfg.BindType {
	case Transmitter:
		return &b
	case Receiver:
		return (*pdu.BindReceiver)(&b)
	}
	return (*pdu.BindTransceiver)(&b)
}
