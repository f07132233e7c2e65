package text_test

import (
	"fmt"
	"strings"

	"github.com/smpp-go/smpp/pdu/text"
)

func ExampleBest() {
	for _, s := range []string{"5 € for {you}", "Hej 👋", "naïve “quote”"} {
		choice, err := text.Best(s, text.Options{Transliterate: true})
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s: %v, data_coding %d, %d units, %d left in segment %d\n", choice.Text,
			choice.Codec.Alphabet, uint8(choice.DataCoding), choice.Count.Units, choice.Count.Left, choice.Count.Segments)
	}
	// Output:
	// 5 € for {you}: gsm7, data_coding 0, 16 units, 144 left in segment 1
	// Hej 👋: ucs2, data_coding 8, 6 units, 64 left in segment 1
	// naive "quote": gsm7, data_coding 0, 13 units, 147 left in segment 1
}

func ExampleCodec() {
	c := text.Codec{Alphabet: text.GSM7}
	b, err := c.Encode("5 €")
	fmt.Printf("% x %v\n", b, err)
	s, err := c.Decode(b)
	fmt.Println(s, err)
	_, err = c.Encode("5 ₺")
	fmt.Println(err)
	// Output:
	// 35 20 1b 65 <nil>
	// 5 € <nil>
	// text: encode gsm7: the alphabet lacks U+20BA, at offset 2
}

// A counter, as message composers show it.
func ExampleCodec_Count() {
	for _, c := range []text.Codec{{Alphabet: text.GSM7}, {Alphabet: text.UCS2}} {
		count, err := c.Count(strings.Repeat("It costs 5 € a head. ", 8), text.Layout{})
		fmt.Printf("%v: %d of %d units in %d segments, %d left, %v\n", c.Alphabet,
			count.Units, count.Room*count.Segments, count.Segments, count.Left, err)
	}
	// Output:
	// gsm7: 176 of 306 units in 2 segments, 130 left, <nil>
	// ucs2: 168 of 201 units in 3 segments, 33 left, <nil>
}

func ExampleDCS() {
	flash := text.DCS{Alphabet: text.UCS2, Class: text.Class0}
	v, err := flash.DataCoding()
	fmt.Printf("%#x %v\n", uint8(v), err)
	d := text.ParseDCS(0xC8)
	fmt.Println(d.Group, d.Alphabet, d.Waiting.Kind, d.Waiting.Active)
	// Output:
	// 0x18 <nil>
	// mwi-discard gsm7 voicemail true
}

func ExamplePeer() {
	peer := text.Peer{Default: text.Latin1}
	c, err := peer.Codec(0)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := c.Decode([]byte("caf\xe9"))
	fmt.Println(s, err)
	// Output: café <nil>
}
