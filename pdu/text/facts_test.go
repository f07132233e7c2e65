package text

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

// facts is testdata/text.json: what 3GPP TS 23.038 and 23.040 say, gathered independently of this package.
type facts struct {
	GSM7 struct {
		Default, Extension []struct{ Code, Unicode string }
	}
	National struct {
		Identifiers []struct {
			ID   any
			Name string
		}
		Tables map[string]struct {
			ID      uint8
			Locking []*string
			Single  map[string]*string
		}
	}
	Packing struct {
		FillBits []struct {
			UDH  int   `json:"udh_octets"`
			Fill uint8 `json:"fill_bits"`
		} `json:"fill_bits"`
		Vectors []struct {
			Text      string
			Septets   int
			Unpacked  string
			Zero      string `json:"packed_sms"`
			CR        string `json:"packed_cr"`
			Uncounted string `json:"decode_without_count"`
		}
		UDH []struct {
			UDH, Text, Unpacked, Packed string
			Fill                        uint8 `json:"fill_bits"`
		} `json:"udh_examples"`
	}
	Segments struct {
		Octets int `json:"payload_octets"`
		Table  []struct {
			Header string
			UDH    int `json:"udh_octets"`
			GSM7   int `json:"gsm7_septets"`
			Octets int
			UCS2   int `json:"ucs2_units"`
		}
	}
	DCS []struct {
		Value, SMPP string
		GSM         struct {
			Group      string
			Compressed bool
			Charset    *string
			Class      *int
			MWI        *struct {
				Active bool
				Type   string
			}
			Reserved bool `json:"reserved_bit_set"`
		}
		Use struct {
			Charset *string
			Class   *int
		}
	}
}

func readFacts(t testing.TB) facts {
	b, err := os.ReadFile("testdata/text.json")
	require.NoError(t, err)
	var f facts
	require.NoError(t, json.Unmarshal(b, &f))
	return f
}

func number(t testing.TB, s string) int {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "0x"), "U+")
	n, err := strconv.ParseUint(s, 16, 32)
	require.NoError(t, err)
	return int(n)
}

func unhex(t testing.TB, s string) []byte {
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

// checkTable holds every code of a pair of tables against the facts, in both directions.
func checkTable(t *testing.T, c Codec, prefix []byte, want map[int]rune) {
	seen := map[rune]int{}
	for _, char := range want {
		seen[char]++
	}
	for code := range 128 {
		septets := append(prefix[:len(prefix):len(prefix)], byte(code))
		got, err := c.Decode(septets)
		char, ok := want[code]
		if !ok {
			if len(prefix) == 0 && code != esc {
				require.Error(t, err, "code %#x", code)
				require.Equal(t, "\uFFFD", got)
			}
			continue
		}
		require.NoError(t, err, "code %#x", code)
		require.Equal(t, string(char), got, "code %#x", code)
		b, err := c.Encode(string(char))
		require.NoError(t, err)
		if seen[char] == 1 && (len(b) > 1 || len(prefix) == 0) {
			require.Equal(t, septets, b, "%U", char)
		}
	}
}

func TestTables(t *testing.T) {
	f := readFacts(t)
	table := map[int]rune{}
	for _, e := range f.GSM7.Default {
		if e.Unicode != "" {
			table[number(t, e.Code)] = rune(number(t, e.Unicode))
		}
	}
	require.Len(t, table, 127)
	checkTable(t, Codec{}, nil, table)
	clear(table)
	for _, e := range f.GSM7.Extension {
		table[number(t, e.Code)] = rune(number(t, e.Unicode))
	}
	checkTable(t, Codec{}, []byte{esc}, table)

	require.Len(t, f.National.Tables, int(Urdu))
	for name, n := range f.National.Tables {
		t.Run(name, func(t *testing.T) {
			id := Language(n.ID)
			require.Equal(t, name, id.String())
			require.Equal(t, n.Locking != nil, id.HasLocking())
			require.Equal(t, n.Single != nil, id.HasSingle())
			table := map[int]rune{}
			for code, s := range n.Locking {
				if s != nil {
					table[code] = rune(number(t, *s))
				}
			}
			if n.Locking != nil {
				checkTable(t, Codec{Locking: id}, nil, table)
			}
			clear(table)
			for code, s := range n.Single {
				if s != nil {
					table[number(t, code)] = rune(number(t, *s))
				}
			}
			checkTable(t, Codec{Single: id}, []byte{esc}, table)
		})
	}
}

func TestUnknownLanguage(t *testing.T) {
	require.Equal(t, tables(NoLanguage, NoLanguage), tables(Spanish, 14))
	require.Equal(t, tables(NoLanguage, NoLanguage), tables(200, 255))
	require.Equal(t, "language(14)", Language(14).String())
}

func TestPackingVectors(t *testing.T) {
	f := readFacts(t)
	for _, e := range f.Packing.FillBits {
		require.Equal(t, e.Fill, FillBits(e.UDH), "%d octets", e.UDH)
	}
	require.Zero(t, FillBits(0))
	for _, v := range f.Packing.Vectors {
		t.Run(fmt.Sprintf("%q", v.Text), func(t *testing.T) {
			for _, want := range []struct {
				c   Codec
				hex string
			}{
				{Codec{Alphabet: GSM7}, v.Unpacked},
				{Codec{Alphabet: GSM7Packed}, v.CR},
				{Codec{Alphabet: GSM7Packed, Padding: PadCRExact}, v.CR},
				{Codec{Alphabet: GSM7Packed, Padding: PadZero}, v.Zero},
			} {
				b, err := want.c.Encode(v.Text)
				require.NoError(t, err)
				require.Equal(t, want.hex, hex.EncodeToString(b), "%v", want.c)
				units, err := want.c.Units(v.Text)
				require.NoError(t, err)
				require.Equal(t, v.Septets, units)
				s, err := want.c.Decode(b)
				require.NoError(t, err)
				switch {
				case want.c.Alphabet == GSM7Packed && want.c.Padding != PadCRExact && v.Text == "@@@@@@@@",
					want.c.Padding == PadZero && v.Text == "1234567\r":
					require.Equal(t, v.Text[:7], s) // the last septet is taken for padding
				default:
					require.Equal(t, v.Text, s, "%v", want.c)
				}
			}
		})
	}
	for _, v := range f.Packing.UDH {
		header := len(v.UDH) / 2
		require.Equal(t, v.Fill, FillBits(header))
		c := Codec{Alphabet: GSM7Packed, Fill: v.Fill}
		b, err := c.AppendEncode(unhex(t, v.UDH), v.Text)
		require.NoError(t, err)
		require.Equal(t, v.Packed, hex.EncodeToString(b))
		s, err := c.Decode(b[header:])
		require.NoError(t, err)
		require.Equal(t, v.Text, s)
	}
}

func TestRoom(t *testing.T) {
	f := readFacts(t)
	require.Equal(t, f.Segments.Octets, SegmentOctets)
	for _, e := range f.Segments.Table {
		require.Equal(t, e.GSM7, GSM7.Room(e.UDH), e.Header)
		require.Equal(t, e.GSM7, GSM7Packed.Room(e.UDH), e.Header)
		require.Equal(t, e.Octets, Latin1.Room(e.UDH), e.Header)
		require.Equal(t, e.UCS2, UCS2.Room(e.UDH), e.Header)
	}
	require.Zero(t, UCS2.Room(200))
}

// factCharsets are the names of the facts for the alphabets that data_coding names.
var factCharsets = map[string]Alphabet{
	"default": Default, "gsm7": GSM7, "ascii": ASCII, "8bit": Binary, "latin1": Latin1, "jisx0208": JIS,
	"iso8859-5": Cyrillic, "iso8859-8": Hebrew, "ucs2": UCS2, "pictogram": Pictogram, "iso2022jp": ISO2022JP,
	"jisx0212": ExtendedJIS, "ksc5601": KSC5601, "reserved": Reserved,
}

func TestEveryDataCoding(t *testing.T) {
	f := readFacts(t)
	require.Len(t, f.DCS, 256)
	groups := map[string]Group{
		"general": GroupGeneral, "general, auto-delete": GroupAutoDelete, "reserved": GroupReserved,
		"mwi discard": GroupMWIDiscard, "mwi store": GroupMWIStore, "class": GroupClass,
	}
	charset := func(s *string) Alphabet {
		if s == nil {
			return Reserved
		}
		a, ok := factCharsets[*s]
		require.True(t, ok, *s)
		return a
	}
	class := func(n *int) Class {
		if n == nil {
			return NoClass
		}
		return Class0 + Class(*n)
	}
	for _, e := range f.DCS {
		v := pdu.DataCoding(number(t, e.Value))

		gsm := ParseGSMDCS(v)
		require.Equal(t, groups[e.GSM.Group], gsm.Group, e.Value)
		require.Equal(t, charset(e.GSM.Charset), gsm.Alphabet, e.Value)
		require.Equal(t, class(e.GSM.Class), gsm.Class, e.Value)
		require.Equal(t, e.GSM.Compressed, gsm.Compressed, e.Value)
		require.Equal(t, e.GSM.MWI != nil, gsm.Waiting.Kind != NoWaiting, e.Value)
		if e.GSM.MWI != nil {
			require.Equal(t, e.GSM.MWI.Type, gsm.Waiting.Kind.String(), e.Value)
			require.Equal(t, e.GSM.MWI.Active, gsm.Waiting.Active, e.Value)
		}

		d := ParseDCS(v)
		if d.Compressed || d.Alphabet == Reserved {
			require.Nil(t, e.Use.Charset, e.Value)
		} else {
			require.Equal(t, charset(e.Use.Charset), d.Alphabet, e.Value)
			require.Equal(t, class(e.Use.Class), d.Class, e.Value)
		}
		if v >= 0x10 {
			require.Equal(t, gsm, d, e.Value)
		} else {
			require.Equal(t, d.Alphabet == Reserved, e.SMPP == "reserved", e.Value)
			require.Equal(t, d.Alphabet == Reserved, d.Group == GroupReserved, e.Value)
		}

		// What is built from the reading reads the same, and is the same but for bits without meaning.
		for _, d := range []DCS{d, gsm} {
			built, err := d.DataCoding()
			if d.Alphabet == Reserved {
				require.ErrorIs(t, err, ErrDataCoding, e.Value)
				continue
			}
			require.NoError(t, err, e.Value)
			read := ParseDCS
			if d.Group != GroupSMPP {
				read = ParseGSMDCS
			}
			require.Equal(t, d, read(built), e.Value)
			if !e.GSM.Reserved && (v >= 0x80 || v&0x10 != 0) {
				require.Equal(t, v, built, e.Value)
			}
		}

		// Each has a codec, or an error that tells why not.
		c, err := Peer{}.Codec(v)
		switch {
		case d.Compressed:
			require.ErrorIs(t, err, ErrCompressed, e.Value)
		case d.Alphabet == Pictogram || d.Alphabet == Reserved:
			require.ErrorIs(t, err, ErrAlphabet, e.Value)
		default:
			require.NoError(t, err, e.Value)
			require.Equal(t, d.Alphabet.Resolve(GSM7), c.Alphabet, e.Value)
		}
	}
}
