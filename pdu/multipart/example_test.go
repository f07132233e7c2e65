package multipart_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/pdu/text"
)

func Example() {
	parts, err := multipart.Split(strings.Repeat("Hej 👋 ", 20), multipart.Options{Ref: 7, Graphemes: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := multipart.NewReassembler(multipart.Config{})
	for i := len(parts) - 1; i >= 0; i-- { // the last part comes first
		sm := pdu.DeliverSM{Source: pdu.Address{Addr: "46700000001"}}
		if err := parts[i].Put(&sm); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%v, %v, %d octets\n", sm.ESMClass, sm.DataCoding, len(sm.ShortMessage))
		messages, err := r.Add(context.Background(), time.Now(), &sm)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, m := range messages {
			s, err := m.Text(text.Peer{})
			fmt.Println(m.Reason, len(m.Parts), s == strings.Repeat("Hej 👋 ", 20), err)
		}
	}
	// Output:
	// UDHI, UCS2, big endian, 18 octets
	// UDHI, UCS2, big endian, 140 octets
	// UDHI, UCS2, big endian, 140 octets
	// complete 3 true <nil>
}

func ExampleText() {
	deliver := &pdu.DeliverSM{
		ESMClass:     pdu.ESMClassUDHI, // a header that names the Turkish tables
		ShortMessage: []byte("\x06\x24\x01\x01\x25\x01\x01\x1d\x07\x1b\x67"),
	}
	fmt.Println(multipart.Text(deliver, text.Peer{}))
	// Output: şığ <nil>
}
