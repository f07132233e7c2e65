package session_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// The other end of a benchmark is a process of its own, the test program started again, so that the CPU time and the
// allocations that a benchmark reports are those of the end it measures. The two talk over the standard input and output
// of the child, a line at a time; the child ends with its input, and so with its parent.

var peersHere = flag.Bool("peers.here", false, "run the other ends of benchmarks in the same process, for profiles of both")

// benchPeerEnv names the kind of peer that the program is to be.
const benchPeerEnv = "SMPP_BENCH_PEER"

// benchPeer is the other end of a benchmark.
type benchPeer struct {
	b       testing.TB
	control io.WriteCloser
	replies *bufio.Reader
}

// startPeer starts a peer that lives until the end of the benchmark.
func startPeer(b testing.TB, kind string) *benchPeer {
	b.Helper()
	if *peersHere {
		in, control := io.Pipe()
		replies, out := io.Pipe()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			benchPeers[kind](bufio.NewReader(in), out)
		}()
		b.Cleanup(func() { <-ended })
		return newBenchPeer(b, control, replies)
	}
	exe, err := os.Executable()
	require.NoError(b, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), benchPeerEnv+"="+kind)
	cmd.Stderr = os.Stderr
	control, err := cmd.StdinPipe()
	require.NoError(b, err)
	replies, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	b.Cleanup(func() { require.NoError(b, cmd.Wait(), "the peer process") })
	return newBenchPeer(b, control, replies)
}

func newBenchPeer(b testing.TB, control io.WriteCloser, replies io.Reader) *benchPeer {
	p := &benchPeer{b, control, bufio.NewReader(replies)}
	b.Cleanup(func() { _ = control.Close() }) // before the wait, since cleanups run from the last to the first
	return p
}

// ask has the peer do something and returns its reply.
func (p *benchPeer) ask(format string, args ...any) string {
	p.b.Helper()
	_, err := fmt.Fprintf(p.control, format+"\n", args...)
	require.NoError(p.b, err)
	reply, err := p.replies.ReadString('\n')
	require.NoError(p.b, err, "the reply to %q", format)
	return strings.TrimSpace(reply)
}

// dial connects to a peer that is an MC.
func (p *benchPeer) dial() net.Conn {
	p.b.Helper()
	return p.dialLagging(0)
}

// dialLagging connects to a peer that is a bare MC with a lag.
func (p *benchPeer) dialLagging(lag int) net.Conn {
	p.b.Helper()
	conn, err := net.Dial("tcp", p.ask("listen %d", lag))
	require.NoError(p.b, err)
	return conn
}

// accept lets a peer that is a client connect and bind, and returns once it is bound: serve must answer its bind.
func (p *benchPeer) accept(window int, serve func(conn net.Conn)) {
	p.b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(p.b, err)
	defer l.Close()
	go func() {
		if conn, err := l.Accept(); err == nil {
			serve(conn)
		}
	}()
	require.Equal(p.b, "bound", p.ask("connect %s %d", l.Addr(), window))
}

// benchPeers are the kinds of peers: what each does with its lines of input, until that ends.
var benchPeers = map[string]func(in *bufio.Reader, out io.Writer){
	"bare-mc": func(in *bufio.Reader, out io.Writer) {
		peerMC(in, out, func(c net.Conn, lag uint32) { (&bareMC{conn: c, lag: lag}).serve() })
	},
	"session-mc": func(in *bufio.Reader, out io.Writer) {
		peerMC(in, out, func(c net.Conn, _ uint32) { <-answeringMC(c).Done() })
	},
	"bare-client":  peerClient,
	"bare-clients": peerClients,
	"bare-stream":  func(in *bufio.Reader, out io.Writer) { peerStream(in, out, newBareStream) },
	"smpp-stream":  func(in *bufio.Reader, out io.Writer) { peerStream(in, out, newSessionStream) },
}

// benchPeerMain is the whole program of a peer. Whatever it is at, it ends with its input.
func benchPeerMain(kind string) {
	in, lines := io.Pipe()
	go func() {
		_, _ = io.Copy(lines, os.Stdin)
		os.Exit(0)
	}()
	benchPeers[kind](bufio.NewReader(in), os.Stdout)
}

// peerMC tells where it listens, and serves one connection.
func peerMC(in *bufio.Reader, out io.Writer, serve func(conn net.Conn, lag uint32)) {
	for {
		var lag uint32
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if _, err := fmt.Sscanf(line, "listen %d", &lag); err != nil {
			fmt.Fprintln(out, err)
			return
		}
		acceptOne(out, func(conn net.Conn) { serve(conn, lag) })
	}
}

// acceptOne tells where it listens and serves one connection in the background.
func acceptOne(out io.Writer, serve func(conn net.Conn)) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(out, err)
		return
	}
	go func() {
		defer l.Close()
		if conn, err := l.Accept(); err == nil {
			serve(conn)
		}
	}()
	fmt.Fprintln(out, l.Addr())
}

// peerClient is the bare asynchronous client: it connects and binds, and sends as often as it is told.
func peerClient(in *bufio.Reader, out io.Writer) {
	var addr string
	var window, n int
	line, err := in.ReadString('\n')
	if err != nil {
		return
	}
	conn, err := func() (net.Conn, error) {
		if _, err := fmt.Sscanf(line, "connect %s %d", &addr, &window); err != nil {
			return nil, err
		}
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return nil, err
		}
		return conn, bindBare(conn)
	}()
	if err != nil {
		fmt.Fprintln(out, err)
		return
	}
	defer conn.Close()
	fmt.Fprintln(out, "bound")
	for c := newAsyncClient(conn, window); ; {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if _, err := fmt.Sscanf(line, "run %d", &n); err != nil {
			fmt.Fprintln(out, err)
			return
		}
		c.run(n)
		fmt.Fprintln(out, "done")
	}
}

// answeringMC is an MC's session that answers every submit_sm by a typed handler.
func answeringMC(conn net.Conn) *session.Session {
	return slowMC(conn, 0, 1)
}

// slowMC is the same with a handler that takes its time, a number of them side by side.
func slowMC(conn net.Conn, takes time.Duration, concurrency int) *session.Session {
	mux := new(session.Mux)
	session.On(mux, func(context.Context, *session.Request, *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		if takes > 0 {
			time.Sleep(takes)
		}
		return benchResp(), nil
	})
	return session.Start(conn, session.RoleMC, session.Config{Handler: accepting(mux), Concurrency: concurrency})
}
