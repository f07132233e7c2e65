package session_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkBinds: an MC with many binds, each of them busy within a small window, beside a bare decoding MC with as many
// connections. The clients are bare, all in one process.
func BenchmarkBinds(b *testing.B) {
	for _, row := range []struct{ binds, window int }{{100, 10}, {1000, 1}} {
		serve := func(mc func(conn net.Conn)) func(b *testing.B) {
			return func(b *testing.B) {
				clients := startPeer(b, "bare-clients")
				clients.acceptMany(row.binds, row.window, mc)
				rate(b, func() { require.Equal(b, "done", clients.ask("run %d", b.N)) })
			}
		}
		name := fmt.Sprintf("binds=%d,window=%d", row.binds, row.window)
		b.Run(name+"/smpp", serve(func(conn net.Conn) { answeringMC(conn) }))
		b.Run(name+"/bare", serve(func(conn net.Conn) { (&bareMC{conn: conn, decode: true}).serve() }))
	}
}

// acceptMany lets a peer of many clients connect and bind, and returns once they are bound: serve must answer their binds.
func (p *benchPeer) acceptMany(binds, window int, serve func(conn net.Conn)) {
	p.b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(p.b, err)
	defer l.Close()
	go func() {
		for range binds {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()
	require.Equal(p.b, "bound", p.ask("connect %s %d %d", l.Addr(), binds, window))
}

// peerClients is a process of many bare clients.
func peerClients(in *bufio.Reader, out io.Writer) {
	var address string
	var binds, window int
	if _, err := fmt.Fscanf(in, "connect %s %d %d\n", &address, &binds, &window); err != nil {
		fmt.Fprintln(out, err)
		return
	}
	clients := make([]*asyncClient, binds)
	for i := range clients {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			err = bindBare(conn)
		}
		if err != nil {
			fmt.Fprintln(out, err)
			return
		}
		defer conn.Close()
		clients[i] = newAsyncClient(conn, window)
	}
	fmt.Fprintln(out, "bound")
	for {
		var n int
		if _, err := fmt.Fscanf(in, "run %d\n", &n); err != nil {
			return
		}
		var wg sync.WaitGroup
		for i, c := range clients {
			if part := share(n, binds, i); part > 0 {
				wg.Go(func() { c.run(part) })
			}
		}
		wg.Wait()
		fmt.Fprintln(out, "done")
	}
}
