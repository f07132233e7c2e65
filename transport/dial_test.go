package transport_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/transport"
)

// tlsPair returns the configurations of a server with a new certificate for name and of a client that trusts it. The
// certificate is valid at the time at which synctest bubbles begin.
func tlsPair(t testing.TB, name string) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2199, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA:         true, BasicConstraintsValid: true,
	}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	server = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	return server, &tls.Config{RootCAs: roots}
}

// serve accepts one connection and gives it to f, in a goroutine that ends before the test does.
func serve(t *testing.T, l net.Listener, f func(net.Conn)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		f(conn)
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
}

func echo(conn net.Conn) {
	_, _ = io.Copy(conn, conn)
	_ = transport.CloseWrite(conn)
}

// exchange half-closes after writing and expects the echo.
func exchange(t *testing.T, conn net.Conn) {
	t.Helper()
	_, err := conn.Write([]byte("hello"))
	require.NoError(t, err)
	require.NoError(t, transport.CloseWrite(conn))
	got, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Equal(t, "hello", string(got))
}

func TestDialTCP(t *testing.T) {
	l, err := transport.Listen(t.Context(), "127.0.0.1:0", transport.ListenConfig{})
	require.NoError(t, err)
	serve(t, l, echo)
	conn, err := transport.Dial(t.Context(), "smpp://me:secret@"+l.Addr().String(), transport.DialConfig{})
	require.NoError(t, err)
	defer conn.Close()
	require.IsType(t, &net.TCPConn{}, conn)
	exchange(t, conn)
}

func TestDialTLS(t *testing.T) {
	server, client := tlsPair(t, "127.0.0.1")
	l, err := transport.Listen(t.Context(), "127.0.0.1:0", transport.ListenConfig{TLS: server})
	require.NoError(t, err)
	serve(t, l, echo)
	conn, err := transport.Dial(t.Context(), "smpps://"+l.Addr().String(), transport.DialConfig{TLS: client})
	require.NoError(t, err)
	defer conn.Close()
	require.IsType(t, &tls.Conn{}, conn)
	exchange(t, conn)
	require.Zero(t, client.ServerName)
	require.Zero(t, client.MinVersion)
}

func TestDialTLSRefuses(t *testing.T) {
	server, client := tlsPair(t, "mc.example.net")
	old := client.Clone()
	old.MaxVersion = tls.VersionTLS11
	for name, c := range map[string]struct {
		url    string
		client *tls.Config
		why    string
	}{
		"wrong name":        {"smpps://mc.example.org", client, "mc.example.net"},
		"unknown authority": {"smpps://mc.example.net", nil, "authority"},
		"old version":       {"smpps://mc.example.net", old, "no supported versions"},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := transport.Pipe()
			done := make(chan struct{})
			go func() {
				defer close(done)
				_ = tls.Server(b, server).Handshake()
				_ = b.Close()
			}()
			_, err := transport.Dial(t.Context(), c.url, transport.DialConfig{
				TLS:         c.client,
				DialContext: func(context.Context, string, string) (net.Conn, error) { return a, nil },
			})
			require.ErrorContains(t, err, "transport: mc.example.")
			require.ErrorContains(t, err, "TLS handshake: ")
			require.ErrorContains(t, err, c.why)
			_, err = a.Write([]byte{0})
			require.ErrorIs(t, err, net.ErrClosed)
			<-done
		})
	}
}

// A client that offers nothing above TLS 1.1 is refused unless the server asked for such versions by name.
func TestListenMinVersion(t *testing.T) {
	t.Setenv("GODEBUG", "tls10server=1") // Go's own minimum gives way, that of Listen does not
	for _, c := range []struct {
		min uint16
		ok  bool
	}{{0, false}, {tls.VersionTLS10, true}} {
		server, client := tlsPair(t, "127.0.0.1")
		server.MinVersion = c.min
		l, err := transport.Listen(t.Context(), "127.0.0.1:0", transport.ListenConfig{TLS: server})
		require.NoError(t, err)
		serve(t, l, echo)
		client.MinVersion, client.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
		conn, err := transport.Dial(t.Context(), "smpps://"+l.Addr().String(), transport.DialConfig{TLS: client})
		require.Equal(t, c.ok, err == nil, "%v", err)
		if err == nil {
			exchange(t, conn)
			require.NoError(t, conn.Close())
		}
	}
}

func TestMinVersionDefault(t *testing.T) {
	require.EqualValues(t, tls.VersionTLS12, transport.CloneTLS(nil).MinVersion)
	require.EqualValues(t, tls.VersionTLS12, transport.CloneTLS(&tls.Config{}).MinVersion)
	require.EqualValues(t, tls.VersionTLS13, transport.CloneTLS(&tls.Config{MinVersion: tls.VersionTLS13}).MinVersion)
}

func TestDialServerName(t *testing.T) {
	for url, want := range map[string]string{
		"smpps://mc.example.net":      "mc.example.net",
		"smpps://[fe80::1%25eth0]:99": "",
	} {
		server, client := tlsPair(t, "fe80::1")
		client.InsecureSkipVerify = url == "smpps://mc.example.net" // the address must be verified without its zone
		var got, network, addr string
		server.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
			got = h.ServerName
			return nil, nil
		}
		a, b := transport.Pipe()
		done := make(chan error)
		go func() { done <- tls.Server(b, server).Handshake() }()
		conn, err := transport.Dial(t.Context(), url, transport.DialConfig{
			TLS: client,
			DialContext: func(_ context.Context, n, a2 string) (net.Conn, error) {
				network, addr = n, a2
				return a, nil
			},
		})
		require.NoError(t, err)
		require.NoError(t, <-done)
		require.Equal(t, want, got)
		require.Equal(t, "tcp", network)
		require.Contains(t, []string{"mc.example.net:3550", "[fe80::1%eth0]:99"}, addr)
		transport.Abort(conn)
	}
}

func TestDialErrors(t *testing.T) {
	nothing := func(context.Context, string, string) (net.Conn, error) { return nil, nil }
	refuse := func(context.Context, string, string) (net.Conn, error) { return nil, syscall.ECONNREFUSED }
	for _, c := range []struct {
		url string
		cfg transport.DialConfig
		why string
	}{
		{"smpp://me:hunter2@mc:x", transport.DialConfig{}, "transport: address: mc: the port"},
		{"smpp://me:hunter2@mc", transport.DialConfig{TLS: &tls.Config{}}, "transport: mc:2775: TLS is configured"},
		{"smpp://me:hunter2@mc", transport.DialConfig{DialContext: nothing}, "transport: mc:2775: DialContext returned neither"},
		{"smpps://me:hunter2@mc", transport.DialConfig{DialContext: refuse}, "transport: mc:3550: "},
	} {
		conn, err := transport.Dial(t.Context(), c.url, c.cfg)
		require.ErrorContains(t, err, c.why)
		require.NotContains(t, err.Error(), "hunter2")
		require.Nil(t, conn)
	}
	_, err := transport.Dial(t.Context(), "mc", transport.DialConfig{DialContext: refuse})
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	for _, u := range []transport.URL{{}, {Scheme: "http", Host: "mc"}} {
		_, err = transport.DialURL(t.Context(), u, transport.DialConfig{DialContext: nothing})
		require.ErrorContains(t, err, "transport: ")
		require.NotContains(t, err.Error(), "neither")
	}
	l, err := transport.Listen(t.Context(), "127.0.0.1:0", transport.ListenConfig{})
	require.NoError(t, err)
	require.NoError(t, l.Close())
	_, err = transport.Dial(t.Context(), l.Addr().String(), transport.DialConfig{})
	var op *net.OpError
	require.ErrorAs(t, err, &op)
	require.True(t, strings.HasPrefix(err.Error(), "transport: "+l.Addr().String()), err.Error())
}

func TestDialTimeout(t *testing.T) {
	for name, c := range map[string]struct {
		timeout, ctx time.Duration
		silentTLS    bool
		want         time.Duration
	}{
		"default, connecting":     {want: 10 * time.Second},
		"default, handshake":      {silentTLS: true, want: 10 * time.Second},
		"given, connecting":       {timeout: time.Second, want: time.Second},
		"given, handshake":        {timeout: time.Second, silentTLS: true, want: time.Second},
		"context, handshake":      {ctx: 3 * time.Second, silentTLS: true, want: 3 * time.Second},
		"only context, handshake": {timeout: -1, ctx: time.Hour, silentTLS: true, want: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, _ := transport.Pipe()
				ctx := t.Context()
				if c.ctx != 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.ctx)
					defer cancel()
				}
				start := time.Now()
				_, err := transport.Dial(ctx, "smpps://mc", transport.DialConfig{
					Timeout: c.timeout,
					DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
						if c.silentTLS {
							return a, nil
						}
						<-ctx.Done()
						return nil, ctx.Err()
					},
				})
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.Equal(t, c.want, time.Since(start))
			})
		})
	}
}

func TestListenDefaultPort(t *testing.T) {
	for _, c := range []struct {
		addr   string
		secure bool
		want   string
	}{
		{"", false, ":2775"},
		{"", true, ":3550"},
		{":", false, ":2775"},
		{":2776", true, ":2776"},
		{"localhost", false, "localhost:2775"},
		{"localhost:0", false, "localhost:0"},
		{"[::1]", true, "[::1]:3550"},
		{"[::1]:1", true, "[::1]:1"},
	} {
		got, err := transport.ListenAddress(c.addr, c.secure)
		require.NoError(t, err)
		require.Equal(t, c.want, got)
	}
}

func TestListenAddress(t *testing.T) {
	server, _ := tlsPair(t, "127.0.0.1")
	for addr, cfg := range map[string]transport.ListenConfig{
		"127.0.0.1:0": {},
		"localhost:0": {TLS: server},
	} {
		l, err := transport.Listen(t.Context(), addr, cfg)
		require.NoError(t, err)
		require.NotZero(t, l.Addr().(*net.TCPAddr).Port)
		require.NoError(t, l.Close())
	}
	for _, addr := range []string{"::1", "[127.0.0.1]:1", "[::1"} {
		_, err := transport.Listen(t.Context(), addr, transport.ListenConfig{})
		require.ErrorContains(t, err, "transport: listen on ")
	}
	_, err := transport.Listen(t.Context(), "127.0.0.1:0", transport.ListenConfig{TLS: &tls.Config{}})
	require.ErrorContains(t, err, "certificate")
}

// A peer that connects and does not speak TLS must not keep Accept from the next.
func TestListenTLSAcceptDoesNotWait(t *testing.T) {
	server, client := tlsPair(t, "127.0.0.1")
	l, err := transport.Listen(t.Context(), "127.0.0.1:0", transport.ListenConfig{TLS: server})
	require.NoError(t, err)
	silent, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer silent.Close()
	first, err := l.Accept()
	require.NoError(t, err)
	defer transport.Abort(first)
	serve(t, l, echo)
	conn, err := transport.Dial(t.Context(), "smpps://"+l.Addr().String(), transport.DialConfig{TLS: client})
	require.NoError(t, err)
	defer conn.Close()
	exchange(t, conn)
}
