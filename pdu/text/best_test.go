package text

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/smpp-go/smpp/pdu"
)

func TestBest(t *testing.T) {
	turkish := []Language{Turkish, Portuguese, Spanish}
	for name, tt := range map[string]struct {
		s     string
		o     Options
		codec Codec
		dc    pdu.DataCoding
		count Count
	}{
		"empty":        {"", Options{}, Codec{Alphabet: GSM7}, 0, Count{0, 1, 160, 160}},
		"plain":        {"hello", Options{}, Codec{Alphabet: GSM7}, 0, Count{5, 1, 160, 155}},
		"extension":    {"{€}", Options{}, Codec{Alphabet: GSM7}, 0, Count{6, 1, 160, 154}},
		"emoji":        {"Hej 👋", Options{}, Codec{Alphabet: UCS2}, 8, Count{6, 1, 70, 64}},
		"latin1":       {"naïve", Options{Alphabets: []Alphabet{Latin1, UCS2}}, Codec{Alphabet: Latin1}, 3, Count{5, 1, 140, 135}},
		"default":      {"naïve", Options{Peer: Peer{Default: Latin1}}, Codec{Alphabet: Latin1}, 0, Count{5, 1, 140, 135}},
		"default ucs2": {"日本", Options{Peer: Peer{Default: Latin1}}, Codec{Alphabet: UCS2}, 8, Count{2, 1, 70, 68}},
		"packed":       {"hello", Options{Peer: Peer{Default: GSM7Packed}}, Codec{Alphabet: GSM7Packed}, 0, Count{5, 1, 160, 155}},
		"packed turkish": {
			strings.Repeat("ş", 70),
			Options{Peer: Peer{Default: GSM7Packed}, Languages: turkish},
			Codec{Alphabet: GSM7Packed, Locking: Turkish, Fill: 3},
			0,
			Count{70, 1, 155, 85},
		},
		"flash":      {"hello", Options{Class: Class0}, Codec{Alphabet: GSM7}, 0x10, Count{5, 1, 160, 155}},
		"flash ucs2": {"日", Options{Class: Class0}, Codec{Alphabet: UCS2}, 0x18, Count{1, 1, 70, 69}},
		"waiting": {
			"hello",
			Options{Waiting: Waiting{WaitingFax, true}},
			Codec{Alphabet: GSM7},
			0xD9,
			Count{5, 1, 160, 155},
		},
		"turkish single": {
			strings.Repeat("iyi günler è ", 7) + "ş",
			Options{Languages: turkish},
			Codec{Alphabet: GSM7, Single: Turkish},
			0,
			Count{93, 1, 155, 62},
		},
		"turkish both": {
			strings.Repeat("şığ", 40) + "{€}" + strings.Repeat("ş", 20),
			Options{Languages: turkish},
			Codec{Alphabet: GSM7, Locking: Turkish},
			0,
			Count{145, 1, 155, 10},
		},
		"short national text": {"ş", Options{Languages: turkish}, Codec{Alphabet: UCS2}, 8, Count{1, 1, 70, 69}},
		"portuguese": {
			strings.Repeat("ação", 30),
			Options{Languages: turkish},
			Codec{Alphabet: GSM7, Locking: Portuguese},
			0,
			Count{120, 1, 155, 35},
		},
		"hindi": {
			strings.Repeat("नमस्ते ", 12) + "१२३",
			Options{Languages: []Language{Hindi}},
			Codec{Alphabet: GSM7, Locking: Hindi, Single: Hindi},
			0,
			Count{90, 1, 152, 62},
		},
		"russian": {
			"Привет",
			Options{Alphabets: []Alphabet{Cyrillic, UCS2}},
			Codec{Alphabet: Cyrillic},
			6,
			Count{6, 1, 140, 134},
		},
		"transliterated": {
			"“Crème” – naïve…",
			Options{Transliterate: true},
			Codec{Alphabet: GSM7},
			0,
			Count{18, 1, 160, 142},
		},
		"not transliterated": {"“日”", Options{Transliterate: true}, Codec{Alphabet: UCS2}, 8, Count{3, 1, 70, 67}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Best(tt.s, tt.o)
			require.NoError(t, err)
			require.Equal(t, tt.codec, got.Codec)
			require.Equal(t, tt.dc, got.DataCoding)
			require.Equal(t, tt.count, got.Count)
			if name != "transliterated" {
				require.Equal(t, tt.s, got.Text)
			} else {
				require.Equal(t, `"Crème" - naive...`, got.Text)
			}
		})
	}
}

func TestBestRefuses(t *testing.T) {
	var lacks *EncodeError
	_, err := Best("日", Options{Alphabets: []Alphabet{}})
	require.ErrorAs(t, err, &lacks)
	require.Equal(t, GSM7, lacks.Alphabet)
	_, err = Best("a\xff", Options{Languages: []Language{Turkish}, Transliterate: true})
	require.ErrorAs(t, err, &lacks)
	require.Equal(t, 1, lacks.Offset)
	_, err = Best("a", Options{Peer: Peer{Default: Latin1}, Class: Class1, Alphabets: []Alphabet{Cyrillic}})
	require.ErrorIs(t, err, ErrDataCoding)
	_, err = Best("a", Options{Class: Class1, Waiting: Waiting{Kind: WaitingFax}})
	require.ErrorIs(t, err, ErrDataCoding)
	got, err := Best("a", Options{Peer: Peer{Default: Latin1}, Class: Class1, Alphabets: []Alphabet{GSM7}})
	require.NoError(t, err)
	require.EqualValues(t, 0x11, got.DataCoding)
}

// Whatever is chosen carries the text, and the peer reads it back by data_coding and national tables alone.
func TestBestLosesNothing(t *testing.T) {
	var languages []Language
	for l := Turkish; l <= Urdu; l++ {
		languages = append(languages, l)
	}
	rapid.Check(t, func(t *rapid.T) {
		o := Options{
			Peer:      Peer{Default: rapid.SampledFrom([]Alphabet{Default, GSM7, GSM7Packed, Latin1, ASCII, UCS2}).Draw(t, "default")},
			Languages: languages[:rapid.IntRange(0, len(languages)).Draw(t, "languages")],
			Class:     rapid.SampledFrom([]Class{NoClass, NoClass, Class0}).Draw(t, "class"),
		}
		o.Padding = PadCRExact
		if rapid.Bool().Draw(t, "alphabets") {
			o.Alphabets = []Alphabet{JIS, UCS2, Hebrew, GSM7}
		}
		chars := rapid.OneOf(rapid.RuneFrom([]rune("abc {€}ışğçãõáΩ日👋ש")), rapid.Rune())
		n := rapid.SampledFrom([]int{0, 1, 5, 69, 71, 150, 161, 310}).Draw(t, "length")
		s := strings.TrimRight(rapid.StringOfN(chars, n, n, -1).Draw(t, "text"), "\r")
		choice, err := Best(s, o)
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if choice.Text != s {
			t.Fatalf("%q became %q", s, choice.Text)
		}
		b, err := choice.Codec.Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		c, err := o.Codec(choice.DataCoding)
		if err != nil {
			t.Fatal(err)
		}
		c.Locking, c.Single, c.Fill = choice.Codec.Locking, choice.Codec.Single, choice.Codec.Fill
		if got, err := c.Decode(b); got != s || err != nil {
			t.Fatalf("%q became %q by %v, %v", s, got, choice, err)
		}
	})
}

func TestTransliterate(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		ok       bool
	}{
		{"plain é {€}", "plain é {€}", true},
		{"‘a’ “b” „c‟ «d» it’s", `'a' "b" "c" "d" it's`, true},
		{"1–2—3−4‑5", "1-2-3-4-5", true},
		{"wait…", "wait...", true},
		{"a\u00a0b\u2009c\u3000d\te", "a b c d e", true},
		{"zero\u200bwidth\ufeff\u00ad", "zerowidth", true},
		{"garçon naïve façade Łódź Straße", "garcon naive facade Lodz Straße", true},
		{"İstanbul ışığı şğ", "Istanbul isigi sg", true},
		{"e\u0301 x\u0302", "é x", true},
		{"ﬁne ① ½ ² №", "fine 1 1/2 2 No", true},
		{"Αθήνα αβγ", "AΘHNA ABΓ", true},
		{"Œuvre © ™ ×", "OEuvre (c) (tm) x", true},
		{"Tiếng Việt", "Tieng Viet", true},
		{"·•", "**", true},
		{"日“本”", "日\"本\"", false},
		{"👋", "👋", false},
		{"a\xff’", "a\xff’", false},
	} {
		got, ok := Transliterate(tt.in, Codec{})
		require.Equal(t, tt.want, got)
		require.Equal(t, tt.ok, ok, tt.in)
	}
	got, ok := Transliterate("şığ“", Codec{Locking: Turkish})
	require.True(t, ok)
	require.Equal(t, `şığ"`, got)
	got, ok = Transliterate("œ Ω €", Codec{Alphabet: ASCII})
	require.False(t, ok)
	require.Equal(t, "oe Ω €", got)
	for char, s := range substituteOf() {
		require.True(t, Codec{}.carries(s), "%U", char)
	}
}
