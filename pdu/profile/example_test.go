package profile_test

import (
	"fmt"
	"strings"

	"github.com/smpp-go/smpp/pdu/profile"
	"github.com/smpp-go/smpp/pdu/receipt"
)

func ExampleParse() {
	p, err := profile.Parse([]byte(`{
		"name": "north",
		"base": "hex-to-decimal-ids",
		"alphabet": "latin1",
		"receipts": {"states": {"FAILED": "UNDELIVERABLE"}}
	}`))
	fmt.Println(p.Name, p.Alphabet, p.Receipts.ID.Match("4F2A9C01", "1328192513"), err)

	_, err = profile.Parse([]byte(`{"receipts": {"time_zone": "Europe/Atlantis"}}`))
	fmt.Println(err)
	// Output:
	// north latin1 true <nil>
	// profile: receipts.time_zone: unknown time zone Europe/Atlantis
}

// A profile is loaded from a file, or from a preset.
func ExampleLoad() {
	file := strings.NewReader(`{"split": "sar", "max_parts": 4, "limits": {"window": 10}}`)
	p, err := profile.Load(file)
	fmt.Println(p.Split, p.MaxParts, p.Limits.Window, err)

	p, err = profile.Preset("packed-gsm7")
	fmt.Println(p.Alphabet, err)
	// Output:
	// sar 4 10 <nil>
	// gsm7-packed <nil>
}

func ExampleProfile() {
	p := profile.Profile{
		Name:     "south",
		Dest:     profile.AddressRules{InternationalPrefix: "00"},
		Receipts: profile.Receipts{ID: receipt.IDForm{Case: receipt.CaseLower}},
	}
	dest, err := p.DestAddress("0046700000001")
	fmt.Println(dest, dest.TON, err)
	correlator := receipt.NewCorrelator(p.Correlator(nil))
	_ = correlator
	// Output: +46700000001 international <nil>
}
