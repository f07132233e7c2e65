package pdu_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/smpp-go/smpp/pdu"
)

func ExampleAppend() {
	b, err := pdu.Append(nil, &pdu.PDU{
		Header: pdu.Header{Seq: 7},
		Body: &pdu.SubmitSM{
			Source:       pdu.Address{TON: pdu.TONAlphanumeric, Addr: "ACME"},
			Dest:         pdu.Address{TON: pdu.TONInternational, NPI: pdu.NPIISDN, Addr: "46700000001"},
			ShortMessage: []byte("hello"),
		},
	})
	fmt.Println(len(b), err)

	_, err = pdu.Append(nil, &pdu.PDU{Body: &pdu.SubmitSM{ServiceType: "toolong"}})
	fmt.Println(err)
	// Output:
	// 53 <nil>
	// pdu: encode submit_sm: service_type: longer than the field may be
}

func ExampleDecode() {
	b := []byte("\x00\x00\x00\x19\x80\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x07" + "4F2A9C01\x00")
	p, err := pdu.Decode(b)
	if err != nil {
		fmt.Println(err)
		return
	}
	switch body := p.Body.(type) {
	case *pdu.SubmitSMResp:
		fmt.Println(p.ID, p.Status, p.Seq, body.MessageID)
	}
	// Output: submit_sm_resp ESME_ROK 7 4F2A9C01
}

// A PDU that does not decode tells how to answer it.
func ExampleDecodeError() {
	b := []byte("\x00\x00\x00\x10\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x07")
	_, err := pdu.Decode(b)
	var bad *pdu.DecodeError
	if errors.As(err, &bad) {
		fmt.Println(bad.Command.Response(), bad.Seq, bad.Status)
	}
	// Output: submit_sm_resp 7 ESME_RINVCMDLEN
}

// What the tolerant codec accepts with a warning, the strict one refuses.
func ExampleCodec_Decode() {
	b := []byte("\x00\x00\x00\x18\x80\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x07" + "4F2A9C01") // no NUL
	p, err := pdu.Codec{}.Decode(b)
	fmt.Println(p.Warnings[0].Kind, err)
	_, err = pdu.Codec{Strict: true}.Decode(b)
	fmt.Println(err)
	// Output:
	// missing_nul <nil>
	// pdu: decode submit_sm_resp, sequence_number 7: message_id at offset 16: the body ends early
}

func ExampleReader() {
	var stream bytes.Buffer
	w := pdu.NewWriter(&stream)
	_ = w.WritePDU(
		&pdu.PDU{Header: pdu.Header{Seq: 1}, Body: &pdu.EnquireLink{}},
		&pdu.PDU{Header: pdu.Header{Seq: 2}, Body: &pdu.Unbind{}},
	)

	r := pdu.NewReader(&stream)
	for {
		p, err := r.ReadPDU()
		if err == io.EOF {
			break
		}
		fmt.Println(p)
	}
	// Output:
	// enquire_link seq=1
	// unbind seq=2
}

func ExampleDump() {
	p := &pdu.PDU{
		Header: pdu.Header{Seq: 1},
		Body: &pdu.BindTransceiver{
			SystemID: "acme", Password: "secret", InterfaceVersion: pdu.V34, AddrTON: pdu.TONInternational,
		},
	}
	fmt.Print(pdu.Dump(p, pdu.DumpOptions{}))
	// Output:
	// bind_transceiver
	//   command_id               0x00000009
	//   command_status           0x00000000 (ESME_ROK)
	//   sequence_number          1
	//   system_id                "acme"
	//   password                 "[redacted]"
	//   system_type              ""
	//   interface_version        52 (3.4)
	//   addr_ton                 1 (international)
	//   addr_npi                 0 (unknown)
	//   address_range            ""
}
