package receipt

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const uuid = "8f14e45f-ceea-467f-9ab3-0c1d2e3f4a5b"

// forms are habits of peers, by name.
func forms() map[string]IDForm {
	return map[string]IDForm{
		"as is":      {},
		"hex to dec": {Response: NotationHex, Receipt: NotationDecimal},
		"dec to hex": {Response: NotationDecimal, Receipt: NotationHex},
		"0x":         {Response: NotationDecimal, Receipt: NotationHex, Prefix: true},
		"hex":        {Response: NotationHex, Receipt: NotationHex},
		"lower":      {Case: CaseLower},
		"upper":      {Case: CaseUpper},
		"padded":     {Width: 14},
		"trimmed":    {Width: 1},
		"any":        {Any: true},
	}
}

// TestPairs: each pair of a response and a receipt, and the forms that match it. The first seven are those of the field.
func TestPairs(t *testing.T) {
	for _, c := range []struct {
		response, receipt string
		match             string // names of forms
	}{
		{"4F2A9C01", "1328192513", "hex to dec, any"},
		{"1328192513", "4F2A9C01", "dec to hex, 0x, any"},
		{"4F2A9C01", "4f2a9c01", "hex to dec, dec to hex, 0x, hex, lower, upper, any"},
		{"4F2A9C01", "0000004F2A9C01", "hex to dec, dec to hex, 0x, hex, padded, trimmed, any"},
		{"1328192513", "0x4F2A9C01", "dec to hex, 0x, any"},
		{uuid, uuid, "as is, hex to dec, dec to hex, 0x, hex, lower, upper, padded, trimmed, any"},
		{"0123456789", "0123456789", "as is, hex, lower, upper, padded, trimmed, any"},
		{"0123456789", "123456789", "hex, padded, trimmed, any"},
		{"000", "0", "hex to dec, dec to hex, 0x, hex, padded, trimmed, any"},
		{"123", "124", ""},
		{"16", "10", "dec to hex, 0x, any"},
		{"10", "16", "hex to dec, any"},
		{uuid, strings.ToUpper(uuid), "lower, upper, any"},
		{"98765432109876543210", "55AA54D38E5267EEA", "dec to hex, 0x, any"},
		{"55AA54D38E5267EEA", "98765432109876543210", "hex to dec, any"},
		{"55aa54d38e5267eea", "55AA54D38E5267EEA", "hex to dec, dec to hex, 0x, hex, lower, upper, any"},
		{"98765432109876543211", "55AA54D38E5267EEA", ""},
		{"0xFF", "ff", "hex to dec, dec to hex, 0x, hex, any"},
		{"ff", "255", "hex to dec, any"},
		{"smsc1:4F", "smsc1:4F", "as is, hex to dec, dec to hex, 0x, hex, lower, upper, padded, trimmed, any"},
		{"-5", "5", ""},
		{"+5", "5", ""},
		{"1_0", "10", ""},
		{"", "", ""},
		{"1", "", ""},
		{"", "0", ""},
	} {
		want := map[string]bool{}
		for name := range strings.SplitSeq(c.match, ", ") {
			want[name] = true
		}
		for name, f := range forms() {
			require.Equal(t, want[name], f.Match(c.response, c.receipt), "%s: %q, %q", name, c.response, c.receipt)
		}
	}
}

func TestReceiptID(t *testing.T) {
	for _, c := range []struct {
		form     IDForm
		response string
		want     string
	}{
		{IDForm{}, "00aB", "00aB"},
		{IDForm{Response: NotationHex, Receipt: NotationDecimal}, "4F2A9C01", "1328192513"},
		{IDForm{Response: NotationHex, Receipt: NotationDecimal, Width: 12}, "0x4f2a9c01", "001328192513"},
		{IDForm{Response: NotationDecimal, Receipt: NotationHex}, "1328192513", "4F2A9C01"},
		{IDForm{Response: NotationDecimal, Receipt: NotationHex, Case: CaseLower}, "1328192513", "4f2a9c01"},
		{IDForm{Response: NotationDecimal, Receipt: NotationHex, Prefix: true, Width: 10}, "1328192513", "0x004F2A9C01"},
		{IDForm{Response: NotationDecimal, Receipt: NotationHex}, uuid, uuid},
		{IDForm{Response: NotationDecimal, Receipt: NotationHex}, "98765432109876543210", "55AA54D38E5267EEA"},
		{IDForm{Response: NotationHex, Receipt: NotationHex, Case: CaseUpper}, "00ab", "00AB"},
		{IDForm{Width: 14}, "4F2A9C01", "0000004F2A9C01"},
		{IDForm{Width: 1}, "0000004F2A9C01", "4F2A9C01"},
		{IDForm{Width: 1}, "000", "0"},
		{IDForm{Case: CaseUpper}, uuid, strings.ToUpper(uuid)},
		{IDForm{Prefix: true}, uuid, uuid},
		{IDForm{Prefix: true}, "0x12", "0x12"},
		{IDForm{Case: CaseLower}, "ÄB", "Äb"},
		{IDForm{Width: 8}, "", ""},
	} {
		require.Equal(t, c.want, c.form.ReceiptID(c.response), "%+v %q", c.form, c.response)
	}
}

func TestIDFormValidate(t *testing.T) {
	for name, f := range forms() {
		require.NoError(t, f.Validate(), name)
	}
	require.ErrorContains(t, IDForm{Response: 9}.Validate(), "response")
	require.ErrorContains(t, IDForm{Receipt: 9}.Validate(), "receipt")
	require.ErrorContains(t, IDForm{Case: 9}.Validate(), "case")
	require.ErrorContains(t, IDForm{Width: -1}.Validate(), "width")
	require.ErrorContains(t, IDForm{Width: 65}.Validate(), "width")
	require.ErrorContains(t, IDForm{Response: NotationHex, Receipt: NotationDecimal, Prefix: true}.Validate(), "prefix")
	require.ErrorContains(t, IDForm{Response: NotationHex}.Validate(), "receipt: opaque ids can not be made of hex ones")
}

func TestIDFormJSON(t *testing.T) {
	for _, f := range forms() {
		b, err := json.Marshal(f)
		require.NoError(t, err)
		var back IDForm
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, f, back)
	}
	var f IDForm
	require.ErrorContains(t, json.Unmarshal([]byte(`{"response": "octal"}`), &f), "opaque, decimal, hex")
	require.ErrorContains(t, json.Unmarshal([]byte(`{"case": "title"}`), &f), "as-given, lower, upper")
	_, err := json.Marshal(IDForm{Response: 9})
	require.Error(t, err)
	_, err = json.Marshal(IDForm{Case: 9})
	require.Error(t, err)
	require.Equal(t, "9 9", Notation(9).String()+" "+LetterCase(9).String())
}

func drawForm(t *rapid.T) IDForm {
	f := IDForm{
		Any:    rapid.Bool().Draw(t, "any"),
		Case:   rapid.SampledFrom([]LetterCase{CaseAsGiven, CaseLower, CaseUpper}).Draw(t, "case"),
		Width:  rapid.SampledFrom([]int{0, 0, 1, 8, 20, 64}).Draw(t, "width"),
		Prefix: rapid.Bool().Draw(t, "prefix"),
	}
	if rapid.Bool().Draw(t, "numbers") {
		numbers := rapid.SampledFrom([]Notation{NotationDecimal, NotationHex})
		f.Response, f.Receipt = numbers.Draw(t, "response"), numbers.Draw(t, "receipt")
		f.Prefix = f.Prefix && f.Receipt == NotationHex
	}
	return f
}

func drawID(t *rapid.T) string {
	return rapid.OneOf(
		rapid.StringMatching(`[0-9]{1,24}`), rapid.StringMatching(`[0-9A-F]{1,24}`), rapid.StringMatching(`(0x)?[0-9a-f]{1,17}`),
		rapid.StringMatching(`[!-~]{1,64}`), rapid.StringMatching(`[0-9A-F]{50,64}`), rapid.Just(uuid),
	).Draw(t, "id")
}

// TestFormsAgree: what a form writes, it matches, and the keys of the two sides lead to one another.
func TestFormsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, id := drawForm(t), drawID(t)
		require.NoError(t, f.Validate())
		receipt := f.ReceiptID(id)
		require.True(t, f.Match(id, receipt), "%q", receipt)
		decimal := IDForm{Response: NotationHex, Receipt: NotationDecimal}.ReceiptID(id)
		other := rapid.SampledFrom([]string{receipt, id, decimal, drawID(t)}).Draw(t, "other")
		require.Equal(t, contains(f.ReceiptKeys(other), f.ResponseKey(id)), contains(f.ResponseKeys(id), f.ReceiptKey(other)))
	})
}

func contains(keys []string, key string) bool {
	for _, k := range keys {
		if k == key {
			return true
		}
	}
	return false
}
