package transport

import (
	"crypto/tls"
	"net"
)

// maxLayers is how many connections may lie on top of one another. Where NetConn leads in a circle, there are more.
const maxLayers = 16

// layers returns conn and what lies beneath it, as far as methods NetConn tell: [tls.Conn] has one, and so have
// wrappers that want to be looked through. It is conn alone when they lead nowhere.
func layers(conn net.Conn) []net.Conn {
	list := make([]net.Conn, 0, 4)
	for c := conn; c != nil; c = beneath(c) {
		if len(list) == maxLayers {
			return list[:1]
		}
		list = append(list, c)
	}
	return list
}

// beneath returns what NetConn returns: nil when there is no such method, or when it panics.
func beneath(conn net.Conn) (under net.Conn) {
	c, ok := conn.(interface{ NetConn() net.Conn })
	if !ok {
		return nil
	}
	defer func() {
		if recover() != nil {
			under = nil
		}
	}()
	return c.NetConn()
}

// TLSState returns what a connection under TLS negotiated, and false for one without TLS. A [tls.Conn] is found beneath
// wrappers that have a method NetConn, and so is any other connection with a method ConnectionState of the same type.
//
// It waits for a handshake that is under way. Before the handshake the state has HandshakeComplete false.
func TLSState(conn net.Conn) (tls.ConnectionState, bool) {
	for _, c := range layers(conn) {
		if c, ok := c.(stater); ok {
			return c.ConnectionState(), true
		}
	}
	return tls.ConnectionState{}, false
}

// stater is a connection under TLS.
type stater interface{ ConnectionState() tls.ConnectionState }
