package receipt_test

import (
	"context"
	"fmt"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/receipt"
)

func ExampleParse() {
	r := receipt.Parse([]byte("ID:77 Stat:expired submitdate:260301093015 mcc:240 err:0x0B"))
	fmt.Println(r.ID, r.State, r.Err, r.Submitted.Format(time.DateTime), r.Has(receipt.FieldDone))
	mcc, _ := r.Value("mcc")
	fmt.Println(mcc)
	// Output:
	// 77 EXPIRED 0x0B 2026-03-01 09:30:15 false
	// 240
}

func ExampleParser_FromPDU() {
	p := receipt.Parser{
		Location: time.FixedZone("", 3600),
		States:   map[string]pdu.MessageState{"FAILED": pdu.MessageStateUndeliverable},
	}
	deliver := &pdu.DeliverSM{
		ESMClass:     pdu.ESMClassReceipt,
		ShortMessage: []byte("id:77 done date:2603010930 stat:FAILED"),
	}
	r, ok := p.FromPDU(deliver)
	fmt.Println(ok, r.ID, r.State, r.Done.UTC().Format(time.TimeOnly))
	_, ok = p.FromPDU(&pdu.DeliverSM{ShortMessage: []byte("good morning")})
	fmt.Println(ok)
	// Output:
	// true 77 UNDELIVERABLE 08:30:00
	// false
}

func ExampleFormat_DeliverSM() {
	message := &pdu.SubmitSM{
		Source:       pdu.Address{TON: pdu.TONAlphanumeric, Addr: "Shop"},
		Dest:         pdu.Address{TON: pdu.TONInternational, NPI: pdu.NPIISDN, Addr: "46700000001"},
		ShortMessage: []byte("Your parcel has arrived"),
	}
	at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	var f receipt.Format
	d, err := f.DeliverSM(message, &receipt.Receipt{
		ID: "77", State: pdu.MessageStateDelivered, Submitted: at, Done: at.Add(time.Minute),
	})
	fmt.Println(err)
	fmt.Println(d.Source, "to", d.Dest)
	fmt.Printf("%s\n", d.ShortMessage)
	// Output:
	// <nil>
	// +46700000001 to Shop
	// id:77 sub:001 dlvrd:001 submit date:2603010930 done date:2603010931 stat:DELIVRD err:000 text:Your parcel has arri
}

func ExampleIDForm() {
	f := receipt.IDForm{Response: receipt.NotationHex, Receipt: receipt.NotationDecimal}
	fmt.Println(f.ReceiptID("4F2A9C01"), f.Match("4F2A9C01", "1328192513"))
	// Output: 1328192513 true
}

func ExampleCorrelator() {
	ctx := context.Background()
	now := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	c := receipt.NewCorrelator(receipt.CorrelatorConfig{})
	show := func(events []receipt.Event, err error) {
		for _, e := range events {
			fmt.Println(e.Kind, e.Message.Ref, e.Receipt.Stat, e.Final)
		}
		if err != nil {
			fmt.Println(err)
		}
	}

	// The receipt may be first.
	show(c.Received(ctx, now, receipt.Parse([]byte("id:77 stat:DELIVRD"))))
	show(c.Submitted(ctx, now, receipt.Message{ID: "77", Ref: "order 17"}))
	show(c.Received(ctx, now, receipt.Parse([]byte("id:77 stat:DELIVRD"))))

	show(c.Submitted(ctx, now, receipt.Message{ID: "78", Ref: "order 18"}))
	show(c.Expire(ctx, now.Add(100*time.Hour)))
	// Output:
	// matched order 17 DELIVRD true
	// repeated order 17 DELIVRD false
	// unanswered order 18  false
}
