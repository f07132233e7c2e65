package pdu

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// captured is a PDU that another implementation sent, of testdata/captured.json.
type captured struct {
	Name    string         `json:"name"`
	Command string         `json:"command"`
	Valid   bool           `json:"valid"`
	Hex     string         `json:"hex"`
	Decoded map[string]any `json:"decoded"`
}

func TestCaptured(t *testing.T) {
	var file []captured
	readJSON(t, "captured.json", &file)
	require.Len(t, file, 76)
	for _, c := range file {
		t.Run(c.Name, func(t *testing.T) {
			b := unhex(t, c.Hex)
			p, err := Decode(b)
			if status, bad := capturedFaults[c.Name]; bad {
				require.False(t, c.Valid)
				got, _ := StatusOf(err)
				require.Equal(t, status, got)
				if status != StatusOK {
					return
				}
			} else {
				require.True(t, c.Valid)
				require.Empty(t, p.Warnings)
			}
			require.NoError(t, err)
			require.Equal(t, c.Decoded["command_id"], strings.ToLower("0x"+hexDigits(uint32(p.ID), 8)))
			require.EqualValues(t, c.Decoded["sequence_number"], p.Seq)
			checkCaptured(t, c, p)
			again, err := Append(nil, p)
			require.NoError(t, err)
			require.Equal(t, c.Hex, hex.EncodeToString(again))
		})
	}
}

// capturedFaults are the PDUs that were sent wrong on purpose, with the status that answers them; StatusOK for those
// that are accepted.
var capturedFaults = map[string]CommandStatus{
	"perl-bad-unknown-command":      StatusOK,
	"perl-bad-cut-body":             StatusInvalidCommandLength,
	"perl-bad-numeric-tags":         StatusOK,
	"perl-bad-300-octets":           StatusInvalidTLVStream,
	"perlmc-deliver-receipt-no-nul": StatusOK,
}

// checkCaptured compares the fields and TLVs with those that another decoder read.
func checkCaptured(t *testing.T, c captured, p *PDU) {
	t.Helper()
	if p.Body == nil {
		return
	}
	if r, ok := p.Body.(*Raw); ok {
		require.Equal(t, c.Decoded["rest"], hex.EncodeToString(r.Data))
		return
	}
	values, tlvs := show(p.Body)
	for _, v := range values {
		from := c.Decoded
		if v.list != "" {
			from = c.Decoded[v.list].([]any)[v.index].(map[string]any)
		}
		want, ok := from[v.name]
		if !ok && (v.derived || v.name == "dest_flag") {
			continue // the other decoder keeps no counts
		}
		require.Equal(t, fmt.Sprint(want), raw(v.value), v.name)
	}
	list, _ := json.Marshal(c.Decoded["tlvs"])
	var want []struct{ Tag, Value string }
	require.NoError(t, json.Unmarshal(list, &want))
	require.Len(t, tlvs, len(want))
	for i, w := range want {
		require.Equal(t, strings.ToLower(w.Tag), strings.ToLower("0x"+hexDigits(uint32(tlvs[i].Tag), 4)))
		require.Equal(t, w.Value, hex.EncodeToString(tlvs[i].Value))
	}
}
