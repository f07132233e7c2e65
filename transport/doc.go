// Package transport makes the connections that SMPP runs over: TCP and TLS, dialled or accepted, and a pair of
// connected ends in memory for tests. It knows nothing of PDUs: what it hands out is a [net.Conn].
//
//	conn, err := transport.Dial(ctx, "smpps://mc.example.net", transport.DialConfig{})
//	l, err := transport.Listen(ctx, ":2775", transport.ListenConfig{})
//	a, b := transport.Pipe()
//
// # Addresses
//
// An address is a URL, smpp://[user[:password]@]host[:port], or smpps:// for TLS; ssmpp:// is the name under which IANA
// registered it and means the same. A bare host:port counts as smpp://. The port is 2775 unless given, and 3550 under
// TLS. Both are registered, but operators are not of one mind about TLS: 2776 is met as often as 3550, so name the port.
//
// A password in a URL is of type [Password], which prints as xxxxx, and errors of this package never quote the part of
// an address where it stands.
//
// # Ending a connection
//
// [CloseWrite] ends one direction: the peer reads end of file and may still answer. Close of a [net.Conn] ends both;
// under TLS it can wait for seconds for a peer that does not read. [Abort] never waits, whatever lies on top of what.
// [Reset] makes the peer see a reset in place of an orderly end.
//
// # Tests
//
// [Pipe] is buffered as a socket is, where [net.Pipe] is not: a write returns when its bytes are in the buffer of the
// connection. Its ends can be cut, stalled, slowed and dribbled, and work inside a testing/synctest bubble.
//
// # Concurrency
//
// Configurations are copied when a call begins, and the package keeps no state between calls. Every connection and
// listener may be used by several goroutines at once.
package transport
