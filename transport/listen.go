package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// ListenConfig says how [Listen] listens. The zero value listens for plain TCP.
type ListenConfig struct {
	// KeepAlive is the time without traffic after which TCP probes the peer of an accepted connection, and the time
	// between probes. If zero, 30 seconds. If negative, TCP does not probe.
	KeepAlive time.Duration

	// TLS makes the listener speak TLS. If nil, it speaks plain TCP. It is cloned, and must have a certificate or a way
	// to get one; GetCertificate lets it change while the listener lives. A MinVersion of zero becomes TLS 1.2.
	TLS *tls.Config
}

// Listen listens on a TCP address, [host][:port]. Without a host it listens on every address of the machine; the port
// is 2775 unless given, and 3550 if ListenConfig.TLS is set. Port 0 lets the system choose. An IPv6 address is in
// brackets.
//
// The context bounds Listen, that is the lookup of a host name, and not the life of the listener, which the caller must
// close. An error begins with "transport: " and names the address.
//
// Accept returns a [*net.TCPConn], or under TLS a [*tls.Conn] whose handshake has not happened yet, so that a peer which
// never speaks keeps nobody else waiting. The first Read or Write performs it and knows no time limit but the deadlines
// of the connection. A server had better call HandshakeContext itself, in the goroutine of that connection.
func Listen(ctx context.Context, addr string, cfg ListenConfig) (net.Listener, error) {
	l, err := listen(ctx, addr, cfg)
	if err != nil {
		return nil, fmt.Errorf("transport: listen on %q: %w", addr, err)
	}
	return l, nil
}

func listen(ctx context.Context, addr string, cfg ListenConfig) (net.Listener, error) {
	if c := cfg.TLS; c != nil && len(c.Certificates) == 0 && c.GetCertificate == nil && c.GetConfigForClient == nil {
		return nil, errors.New("TLS is configured without a certificate")
	}
	addr, err := listenAddress(addr, cfg.TLS != nil)
	if err != nil {
		return nil, err
	}
	lc := net.ListenConfig{KeepAlive: orDefault(cfg.KeepAlive, defaultKeepAlive)}
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil || cfg.TLS == nil {
		return l, err
	}
	return tls.NewListener(l, cloneTLS(cfg.TLS)), nil
}

func listenAddress(addr string, secure bool) (string, error) {
	host, port, err := splitHostPort(addr)
	if err != nil {
		return "", err
	}
	if port == "" {
		n := DefaultPort
		if secure {
			n = DefaultTLSPort
		}
		port = strconv.Itoa(int(n))
	}
	return net.JoinHostPort(host, port), nil
}
