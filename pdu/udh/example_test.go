package udh_test

import (
	"fmt"

	"github.com/smpp-go/smpp/pdu/udh"
)

func Example() {
	header := udh.Header{
		udh.Concat{Ref: 204, Total: 2, Seq: 1}.Element(),
		udh.Ports{Dest: 2948, Source: 9200, Wide: true}.Element(),
	}
	data, err := header.Append(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	data = append(data, "hello"...)
	fmt.Printf("% x\n", data)

	header, n, err := udh.Parse(data)
	if err != nil {
		fmt.Println(err)
		return
	}
	part, _ := header.Concat()
	ports, _ := header.Ports()
	fmt.Printf("part %d of %d, port %d: %s\n", part.Seq, part.Total, ports.Dest, data[n:])
	// Output:
	// 0b 00 03 cc 02 01 05 04 0b 84 23 f0 68 65 6c 6c 6f
	// part 1 of 2, port 2948: hello
}
