package pdu

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseAddress(t *testing.T) {
	digits := strings.Repeat("1234567890", 3)
	for text, want := range map[string]Address{
		"+46700000001":    {TONInternational, NPIISDN, "46700000001"},
		"+1":              {TONInternational, NPIISDN, "1"},
		"+" + digits[:20]: {TONInternational, NPIISDN, digits[:20]},
		"7":               {TONUnknown, NPIISDN, "7"},
		"72":              {TONUnknown, NPIISDN, "72"},
		"721":             {TONNetworkSpecific, NPIUnknown, "721"},
		"72123456":        {TONNetworkSpecific, NPIUnknown, "72123456"},
		"721234567":       {TONUnknown, NPIISDN, "721234567"},
		digits[:20]:       {TONUnknown, NPIISDN, digits[:20]},
		"Shop":            {TONAlphanumeric, NPIUnknown, "Shop"},
		"a":               {TONAlphanumeric, NPIUnknown, "a"},
		"24 Shops Ab":     {TONAlphanumeric, NPIUnknown, "24 Shops Ab"},
		"A+B":             {TONAlphanumeric, NPIUnknown, "A+B"},
	} {
		got, err := ParseAddress(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
		require.Equal(t, text, got.String())
	}
	for text, want := range map[string]string{
		"":                "empty",
		"+":               "no digits",
		"+46 70":          "more than digits",
		"++4670":          "more than digits",
		"+Shop":           "more than digits",
		"+" + digits[:21]: "longer than 20",
		digits[:21]:       "longer than 20",
		"Shopping Mall":   "longer than 11",
		"070-123":         "neither",
		"Caf\u00E9":       "neither",
		"\u017Bubr":       "neither",
		"tab\t":           "neither",
		"a\x00":           "neither",
		" ":               "neither",
	} {
		got, err := ParseAddress(text)
		require.ErrorContains(t, err, want, "%q", text)
		require.Zero(t, got)
	}
}

func TestAddressString(t *testing.T) {
	require.Empty(t, Address{}.String())
	require.Empty(t, Address{TON: TONInternational}.String())
	require.Equal(t, "+46", Address{TON: TONInternational, Addr: "+46"}.String())
	require.Equal(t, "46", Address{TON: TONNational, Addr: "46"}.String())
}

func ExampleParseAddress() {
	for _, s := range []string{"+46700000001", "71234", "0700000001", "Shop", "+46 70"} {
		a, err := ParseAddress(s)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%v, %v: %s\n", a.TON, a.NPI, a.Addr)
	}
	// Output:
	// international, isdn_e163_e164: 46700000001
	// network_specific, unknown: 71234
	// unknown, isdn_e163_e164: 0700000001
	// alphanumeric, unknown: Shop
	// pdu: address "+46 70" has more than digits after its plus sign
}
