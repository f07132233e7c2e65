package multipart

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/text"
)

// testdata/texts.json has PDUs that another codec made and a third one read.
func TestTextsOfPDUs(t *testing.T) {
	b, err := os.ReadFile("testdata/texts.json")
	require.NoError(t, err)
	var vectors []struct {
		ID, What, Hex string
		Text          struct{ Encoding, Value string }
	}
	require.NoError(t, json.Unmarshal(b, &vectors))
	require.Len(t, vectors, 14)
	for _, v := range vectors {
		t.Run(v.ID, func(t *testing.T) {
			frame, err := hex.DecodeString(v.Hex)
			require.NoError(t, err)
			p, err := pdu.Decode(frame)
			require.NoError(t, err)
			var peer text.Peer
			if strings.HasSuffix(v.Text.Encoding, "packed") {
				peer.Default = text.GSM7Packed
			}
			got, err := Text(p.Body, peer)
			require.NoError(t, err)
			require.Equal(t, v.Text.Value, got, v.What)

			// The same part, put back, makes the same PDU.
			part, err := Get(p.Body)
			require.NoError(t, err)
			require.NoError(t, part.Put(p.Body))
			again, err := pdu.Append(nil, p)
			require.NoError(t, err)
			require.Len(t, again, len(frame)) // the TLVs of the message may have moved to the end
		})
	}
}
