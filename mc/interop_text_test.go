package mc_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/pdu/text"
)

// What Net::SMPP sends in parts, made by esme/testdata/Texts.pm, which knows nothing of the library, is the same text here.
// The last part comes first.
func TestNetSMPPText(t *testing.T) {
	for name, tt := range map[string]struct {
		kind, text string
		parts      int
		coding     pdu.DataCoding
		number     multipart.Number // of the first part
	}{
		"three parts in Turkish": {
			"turkish", strings.Repeat("Şubemiz çarşamba günü öğlen {İstanbul'da} açılıyor: ağır işçilik yok, ılık çay 5 €. ", 5), 3,
			pdu.DataCodingDefault,
			multipart.Number{Method: multipart.MethodUDH8, Ref: 0xC7, Total: 3, Seq: 1},
		},
		// Each part of 132 octets ends in the middle of an emoji.
		"emoji in UCS-2": {
			"ucs2", "a" + strings.Repeat("👋", 100), 4,
			pdu.DataCodingUCS2,
			multipart.Number{Method: multipart.MethodUDH16, Ref: 0xC7A5, Total: 4, Seq: 1},
		},
		"TLVs": {
			"sar", strings.Repeat("The parcel {no. 7} is on its way, 5 € to pay. ", 9), 3,
			pdu.DataCodingDefault,
			multipart.Number{Method: multipart.MethodSAR, Ref: 0xC7A5, Total: 3, Seq: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCentre()
			p := startNetSMPP(t)
			require.Equal(t, pdu.StatusOK, p.bind(start(t, &mc.Server{Bind: accounts(c)}), "bind_transmitter").status())
			sent := p.ok("text", tt.kind, tt.text, "source_addr", "12345", "destination_addr", "46700000001")
			require.EqualValues(t, tt.parts, sent["parts"])
			r := multipart.NewReassembler(multipart.Config{})
			for i := range tt.parts {
				sm := got[*pdu.SubmitSM](t, c)
				require.Equal(t, tt.coding, sm.DataCoding)
				require.Equal(t, tt.kind != "sar", sm.ESMClass.UDHI())
				messages, err := r.Add(t.Context(), time.Unix(0, 0), sm)
				require.NoError(t, err)
				if i < tt.parts-1 {
					require.Empty(t, messages)
					continue
				}
				require.Len(t, messages, 1)
				m := messages[0]
				require.Equal(t, multipart.Complete, m.Reason)
				require.Equal(t, "12345", m.Source.Addr)
				number, ok := m.Parts[0].Number()
				require.True(t, ok)
				require.Equal(t, tt.number, number)
				body, err := m.Text(text.Peer{})
				require.NoError(t, err)
				require.Equal(t, tt.text, body)
			}
			require.Empty(t, c.asked)
		})
	}
}
