package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/smpp-go/smpp/transport"
)

func ExampleParseURL() {
	u, err := transport.ParseURL("smpps://acme:p%40ss@mc.example.net:2776")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(u)
	fmt.Println(u.Address(), u.TLS(), u.User, string(u.Password))
	// Output:
	// smpps://acme:xxxxx@mc.example.net:2776
	// mc.example.net:2776 true acme p@ss
}

func ExampleDial() {
	ctx := context.Background()
	l, err := transport.Listen(ctx, "127.0.0.1:0", transport.ListenConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	conn, err := transport.Dial(ctx, "smpp://"+l.Addr().String(), transport.DialConfig{Timeout: 5 * time.Second})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	fmt.Println(conn.RemoteAddr().String() == l.Addr().String())
	// Output: true
}

func ExamplePipe() {
	a, b := transport.Pipe()
	a.CutAfter(5) // the connection dies after five octets
	n, err := a.Write([]byte("hello, world"))
	fmt.Println(n, errors.Is(err, syscall.ECONNRESET))
	got, err := io.ReadAll(b)
	fmt.Printf("%s %t\n", got, errors.Is(err, syscall.ECONNRESET))
	// Output:
	// 5 true
	// hello true
}
