package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

const (
	defaultDialTimeout = 10 * time.Second
	defaultKeepAlive   = 30 * time.Second
)

// DialConfig says how [Dial] connects. The zero value is usable.
type DialConfig struct {
	// Timeout bounds the whole of Dial: looking up the name, connecting and the TLS handshake. If zero, 10 seconds. If
	// negative, there is none, and only the context bounds it.
	Timeout time.Duration

	// KeepAlive is the time without traffic after which TCP probes the peer, and the time between probes. If zero, 30
	// seconds. If negative, TCP does not probe. It does not touch connections that DialContext made.
	KeepAlive time.Duration

	// TLS is how smpps:// and ssmpp:// connect. If nil, a zero tls.Config. It is cloned. An empty ServerName becomes the
	// host of the URL; a MinVersion of zero becomes TLS 1.2. Dial refuses it together with smpp://, for whoever sets it
	// would not want plain text.
	TLS *tls.Config

	// DialContext makes the connection beneath, through a tunnel or a proxy for example. If nil, a net.Dialer does. The
	// network is "tcp", addr is host:port. The connection it returns belongs to Dial, which closes it if the TLS
	// handshake fails.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Dial connects to the peer that rawURL names, a URL as [ParseURL] takes it, and under TLS performs the handshake. User
// and password in the URL are not used; they are for who binds afterwards.
//
// It blocks until the connection stands, fails, the context ends or the timeout passes, whichever is first; after the
// last two the error satisfies errors.Is with [context.Canceled] or [context.DeadlineExceeded]. Afterwards the context
// has no more hold on the connection, which belongs to the caller: a [*net.TCPConn] or [*tls.Conn], unless
// DialConfig.DialContext made another. TCP_NODELAY is on, as Go leaves it.
//
// An error begins with "transport: ", names host and port, and wraps its cause.
func Dial(ctx context.Context, rawURL string, cfg DialConfig) (net.Conn, error) {
	u, err := ParseURL(rawURL)
	if err != nil {
		return nil, err
	}
	return DialURL(ctx, u, cfg)
}

// DialURL is [Dial] for a URL that is parsed already.
func DialURL(ctx context.Context, u URL, cfg DialConfig) (net.Conn, error) {
	conn, err := dial(ctx, u, cfg)
	if err != nil {
		return nil, fmt.Errorf("transport: %s: %w", u.Address(), err)
	}
	return conn, nil
}

func dial(ctx context.Context, u URL, cfg DialConfig) (net.Conn, error) {
	switch {
	case !knownScheme(u.scheme()):
		return nil, errors.New("the scheme is not smpp, smpps or ssmpp")
	case u.Host == "":
		return nil, errors.New("no host")
	case cfg.TLS != nil && !u.TLS():
		return nil, errors.New("TLS is configured, but the scheme is smpp: write smpps:// for TLS")
	}
	if timeout := orDefault(cfg.Timeout, defaultDialTimeout); timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	connect := cfg.DialContext
	if connect == nil {
		d := net.Dialer{KeepAlive: orDefault(cfg.KeepAlive, defaultKeepAlive)}
		connect = d.DialContext
	}
	conn, err := connect(ctx, "tcp", u.Address())
	if err != nil {
		return nil, err
	}
	if conn == nil {
		return nil, errors.New("DialContext returned neither a connection nor an error")
	}
	if !u.TLS() {
		return conn, nil
	}
	tc := tls.Client(conn, clientTLS(cfg.TLS, u.Host))
	if err := tc.HandshakeContext(ctx); err != nil {
		Abort(conn)
		return nil, fmt.Errorf("TLS handshake: %w", err)
	}
	return tc, nil
}

func clientTLS(cfg *tls.Config, host string) *tls.Config {
	cfg = cloneTLS(cfg)
	if cfg.ServerName == "" {
		// No certificate names a zone.
		cfg.ServerName, _, _ = strings.Cut(host, "%")
	}
	return cfg
}

func cloneTLS(cfg *tls.Config) *tls.Config {
	if cfg == nil {
		return &tls.Config{MinVersion: tls.VersionTLS12}
	}
	cfg = cfg.Clone()
	if cfg.MinVersion == 0 {
		cfg.MinVersion = tls.VersionTLS12
	}
	return cfg
}

// orDefault is the rule of every duration in a configuration: zero means the default, negative stays.
func orDefault(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}
