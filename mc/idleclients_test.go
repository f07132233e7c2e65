package mc_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

// idleClientsEnv makes the test program a process of clients. It says where the server is, such as: tls 127.0.0.1:4711.
const idleClientsEnv = "SMPP_IDLE_CLIENTS"

// clientProcess is this program started again. It ends with its input.
type clientProcess struct {
	b    *testing.B
	ask  func(verb string, n int)
	stop func()
}

func startIdleClients(b *testing.B, address string) *clientProcess {
	exe, err := os.Executable()
	require.NoError(b, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), idleClientsEnv+"="+address)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(b, err)
	out, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	replies := bufio.NewReader(out)
	return &clientProcess{
		b: b,
		ask: func(verb string, n int) {
			_, err := fmt.Fprintln(in, verb, n)
			require.NoError(b, err)
			reply, err := replies.ReadString('\n')
			require.NoError(b, err)
			require.Equal(b, "done\n", reply)
		},
		stop: func() {
			require.NoError(b, in.Close())
			require.NoError(b, cmd.Wait())
		},
	}
}

// idleClients is the whole program of the clients: "bind N" makes as many, "talk N" has each send as many messages.
func idleClients(address string) {
	network, address, _ := strings.Cut(address, " ")
	var conns []net.Conn
	for in := bufio.NewReader(os.Stdin); ; {
		var verb string
		var n int
		if _, err := fmt.Fscanln(in, &verb, &n); err != nil {
			return
		}
		work := func(i int) error {
			var err error
			conns[i], err = bindIdle(network, address, i)
			return err
		}
		if verb == "bind" {
			conns = make([]net.Conn, n)
		} else {
			work = func(i int) error { return talk(conns[i], n) }
		}
		if err := atATime(64, len(conns), work); err != nil {
			fmt.Println(verb, err)
			return
		}
		fmt.Println("done")
	}
}

// atATime calls f for 0 to n-1 from as many workers.
func atATime(workers, n int, f func(i int) error) error {
	errs := make(chan error, workers)
	for w := range workers {
		go func() {
			for i := w; i < n; i += workers {
				if err := f(i); err != nil {
					errs <- fmt.Errorf("client %d: %w", i, err)
					return
				}
			}
			errs <- nil
		}()
	}
	var all error
	for range workers {
		all = errors.Join(all, <-errs)
	}
	return all
}

func bindIdle(network, address string, i int) (net.Conn, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	if network == "tls" {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true}) // the certificate was made for this run
	}
	return conn, ask(conn, &pdu.BindTransceiver{SystemID: fmt.Sprintf("idle%05d", i), InterfaceVersion: pdu.V34})
}

func talk(conn net.Conn, n int) error {
	for range n {
		if err := ask(conn, &pdu.SubmitSM{Dest: pdu.Address{Addr: "46700000001"}, ShortMessage: make([]byte, 140)}); err != nil {
			return err
		}
	}
	return nil
}

// ask makes a request and reads the response.
func ask(conn net.Conn, body pdu.Body) error {
	b, err := pdu.Append(nil, &pdu.PDU{Header: pdu.Header{Seq: 1}, Body: body})
	if err != nil {
		return err
	}
	if _, err := conn.Write(b); err != nil {
		return err
	}
	resp, err := pdu.NewReader(conn).ReadPDU()
	if err == nil && resp.Status != pdu.StatusOK {
		err = fmt.Errorf("%v", resp.Status)
	}
	return err
}
