package esme_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/pdu/profile"
	"github.com/smpp-go/smpp/pdu/text"
)

// numbers returns a field of a text with a number for each part.
func (r received) numbers(name string) []int {
	var list []int
	for _, v := range r[name].([]any) {
		list = append(list, int(v.(float64)))
	}
	return list
}

// What SendText sends is read, put together and decoded by testdata/Texts.pm, which knows nothing of the library.
func TestNetSMPPText(t *testing.T) {
	const turkish = "Şubemiz çarşamba günü öğlen İstanbul'da açılıyor: ağır işçilik yok, ılık çay çok. "
	const emoji = "Hej 👋 från 👨‍👩‍👧‍👦 i 🇸🇪, e\u0301 och ☀️! "
	const long = "The parcel {no. 7} is on its way, 5 € to pay. "
	for name, tt := range map[string]struct {
		text    string
		profile profile.Profile
		parts   int
		coding  int
		header  string // of each part: the reference, number of parts and number are put in
		locking int
		single  int
	}{
		"three parts in Turkish": {
			strings.Repeat(turkish, 5),
			profile.Profile{Languages: []text.Language{text.Turkish}},
			3, 0,
			"08 0003%02x%02x%02x 250101", 1, 0,
		},
		"in Turkish, reference of 16 bits": {
			strings.Repeat(turkish, 5),
			profile.Profile{Languages: []text.Language{text.Turkish}, Split: multipart.MethodUDH16},
			3, 0, "09 0804%04x%02x%02x 250101", 1, 0,
		},
		// æ and ø are not in the locking shift table.
		"Turkish and Danish": {
			strings.Repeat("Ærø adasından Iğdır'a dønerken. ", 8),
			profile.Profile{Languages: []text.Language{text.Turkish}},
			2, 0, "08 0003%02x%02x%02x 240101", 0, 1,
		},
		"emoji in UCS-2": {strings.Repeat(emoji, 6), profile.Profile{}, 4, 8, "05 0003%02x%02x%02x", 0, 0},
		"emoji in UCS-2, graphemes kept": {
			strings.Repeat(emoji, 6), profile.Profile{KeepGraphemes: true}, 4, 8, "05 0003%02x%02x%02x", 0, 0,
		},
		"TLVs": {strings.Repeat(long, 9), profile.Profile{Split: multipart.MethodSAR}, 3, 0, "", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := startNetSMPP(t)
			c := p.dial(nil)
			sent, err := c.SendText(t.Context(), esme.Text{To: "+46700000001", Body: tt.text, Profile: &tt.profile})
			require.NoError(t, err)
			require.Len(t, sent.Parts, tt.parts)
			ref := 0
			for i := range sent.Parts {
				sm := p.next("submit_sm")
				sm.check(t, map[string]any{"data_coding": tt.coding, "destination_addr": "46700000001"})
				if tt.header == "" {
					sm.check(t, map[string]any{
						"esm_class": 0, "sar_total_segments": string(rune(tt.parts)), "sar_segment_seqnum": string(rune(i + 1)),
					})
					number := sm.octets("sar_msg_ref_num")
					require.Len(t, number, 2)
					continue
				}
				sm.check(t, map[string]any{"esm_class": 0x40})
				require.NotContains(t, sm, "sar_msg_ref_num")
			}
			whole := p.next("text")
			require.Equal(t, tt.text, whole["text"])
			ref = int(whole["ref"].(float64))
			for i := range sent.Parts {
				want := any(nil)
				if tt.header != "" {
					octets, err := hex.DecodeString(strings.ReplaceAll(fmt.Sprintf(tt.header, ref, tt.parts, i+1), " ", ""))
					require.NoError(t, err)
					want = hex.EncodeToString(octets)
				}
				require.Equal(t, want, whole["header"].([]any)[i])
				require.Equal(t, tt.coding, whole.numbers("coding")[i])
				require.Equal(t, tt.locking, whole.numbers("locking")[i])
				require.Equal(t, tt.single, whole.numbers("single")[i])
			}
		})
	}
}
