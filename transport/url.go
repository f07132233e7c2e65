package transport

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// The ports that are used where an address names none. Both are registered with IANA, as smpp and ssmpp.
const (
	DefaultPort    uint16 = 2775 // SMPP over TCP
	DefaultTLSPort uint16 = 3550 // SMPP over TLS; 2776 is as common
)

// hidden is what a password prints as. The net/url package uses the same word.
const hidden = "xxxxx"

// Password is a password that hides itself: fmt prints it as xxxxx, and so do log/slog and encoding/json. An empty one
// prints as nothing. A conversion to string reveals it.
//
// Package fmt calls no methods where it can not or will not: a Password in an unexported field of a struct that is
// printed whole is shown, and so is one printed by a verb that is an error for it, %p or %w, which go vet refuses.
type Password string

// String returns xxxxx, or nothing if the password is empty.
func (p Password) String() string {
	if p == "" {
		return ""
	}
	return hidden
}

// Format implements [fmt.Formatter], so that neither %#v nor %d nor %x reveals the password.
func (p Password) Format(f fmt.State, _ rune) {
	// A failed write is kept by the printer that calls this.
	_, _ = io.WriteString(f, p.String())
}

// MarshalText returns what String does, so that a structure which is logged or stored as JSON does not reveal the
// password. Unmarshalling takes the text as it is.
func (p Password) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// URL is the address of a peer, with what is needed to bind there. The zero value of each field but Host is usable.
type URL struct {
	Scheme   string   // "smpp", or "smpps" or "ssmpp" for TLS; empty means smpp
	Host     string   // name or IP address; an IPv6 address has no brackets
	Port     uint16   // zero means the default of the scheme
	User     string   // system_id; empty if the URL names none
	Password Password // empty if the URL names none
}

// ParseURL parses smpp://[user[:password]@]host[:port], and the same with smpps:// or ssmpp:// for TLS. Without a
// scheme it is smpp://. The result has its port filled in.
//
// User and password are percent-decoded; a plus sign stands for itself. In them everything but printable ASCII, and the
// characters / ? and #, must be percent-encoded, and a colon in the user. An IPv6 address is in brackets, with an
// optional zone. A host name is ASCII (punycode for others). A path other than a single slash, a query and a fragment
// are refused: they have no meaning here.
//
// The error says what is wrong and quotes nothing that could be a password.
func ParseURL(s string) (URL, error) {
	u, err := parseURL(s)
	if err != nil {
		return URL{}, fmt.Errorf("transport: address: %w", err)
	}
	return u, nil
}

func parseURL(s string) (URL, error) {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return URL{}, fmt.Errorf("octet %d is not printable ASCII and must be percent-encoded", i)
		}
	}
	u := URL{Scheme: "smpp"}
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		u.Scheme = strings.ToLower(scheme)
		s = rest
	}
	if !knownScheme(u.Scheme) {
		// Not quoted: without a scheme of its own, an address may have :// in its password.
		return URL{}, errors.New("the scheme is not smpp, smpps or ssmpp")
	}
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		if err := u.parseUser(s[:at]); err != nil {
			return URL{}, err
		}
		s = s[at+1:]
	}
	s = strings.TrimSuffix(s, "/")
	if strings.ContainsAny(s, "/?#") {
		return URL{}, errors.New("a path, query or fragment has no meaning here")
	}
	return u, u.parseHost(s)
}

func (u *URL) parseUser(s string) error {
	if strings.ContainsAny(s, "/?#") {
		return errors.New("the characters / ? # in user or password must be percent-encoded")
	}
	user, password, _ := strings.Cut(s, ":")
	user, err := url.PathUnescape(user)
	if err != nil {
		return errors.New("bad percent-encoding in the user")
	}
	password, err = url.PathUnescape(password)
	if err != nil {
		return errors.New("bad percent-encoding in the password")
	}
	u.User, u.Password = user, Password(password)
	return nil
}

func (u *URL) parseHost(s string) error {
	host, port, err := splitHostPort(s)
	if err != nil {
		return err
	}
	if host == "" {
		return errors.New("no host")
	}
	if len(host) > 255 {
		return errors.New("the host is longer than 255 octets")
	}
	if !strings.Contains(host, ":") && strings.ContainsFunc(host, notInHostName) {
		return errors.New("the host has a character that no host name has")
	}
	u.Host, u.Port = host, u.port()
	if port == "" {
		return nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		// Not quoted: in smpp://user:password, with the host forgotten, the password stands where the port belongs.
		return fmt.Errorf("%s: the port is not a number from 1 to 65535", host)
	}
	u.Port = uint16(n)
	return nil
}

// TLS reports whether the scheme asks for TLS.
func (u URL) TLS() bool { return u.Scheme == "smpps" || u.Scheme == "ssmpp" }

// Address returns host:port, the host in brackets if it is an IPv6 address: the form that [net.Dial] takes.
func (u URL) Address() string {
	return net.JoinHostPort(u.Host, strconv.Itoa(int(u.port())))
}

// String returns the URL with its port and with xxxxx for the password. Parsing it gives the same URL but for the
// password.
func (u URL) String() string {
	var b strings.Builder
	b.WriteString(u.scheme())
	b.WriteString("://")
	if u.User != "" || u.Password != "" {
		b.WriteString(url.User(u.User).String())
		if u.Password != "" {
			b.WriteString(":" + hidden)
		}
		b.WriteByte('@')
	}
	b.WriteString(strings.ReplaceAll(u.Address(), "%", "%25"))
	return b.String()
}

func (u URL) scheme() string {
	if u.Scheme == "" {
		return "smpp"
	}
	return u.Scheme
}

func (u URL) port() uint16 {
	switch {
	case u.Port != 0:
		return u.Port
	case u.TLS():
		return DefaultTLSPort
	default:
		return DefaultPort
	}
}

func knownScheme(s string) bool { return s == "smpp" || s == "smpps" || s == "ssmpp" }

// notInHostName lets the underscore pass, which names in private zones have.
func notInHostName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._", r)
}

// splitHostPort is [net.SplitHostPort] for addresses whose port may be missing or empty. What is in brackets is an IPv6
// address, with a zone after % or %25.
func splitHostPort(s string) (host, port string, err error) {
	if !strings.HasPrefix(s, "[") {
		host, port, _ = strings.Cut(s, ":")
		if strings.Contains(port, ":") {
			return "", "", errors.New("more than one colon; an IPv6 address must be in brackets")
		}
		return host, port, nil
	}
	host, rest, ok := strings.Cut(s[1:], "]")
	if !ok {
		return "", "", errors.New("a bracket is not closed")
	}
	host = strings.Replace(host, "%25", "%", 1)
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.Is6() || strings.ContainsFunc(ip.Zone(), notInHostName) {
		return "", "", errors.New("what is in brackets is not an IPv6 address")
	}
	if rest != "" && rest[0] != ':' {
		return "", "", errors.New("what follows the bracket is not a port")
	}
	return host, strings.TrimPrefix(rest, ":"), nil
}
