package pdu_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/pdu/text"
)

// TestTsharkReassembles has tshark put long messages together again: Turkish by a national table, emoji in UCS-2, and one
// that is numbered by the SAR TLVs. It tells the number of parts and their octets in all where the last part came.
func TestTsharkReassembles(t *testing.T) {
	requireTshark(t)
	rows := []struct {
		name string
		text string
		o    multipart.Options
	}{
		{
			"Turkish", strings.Repeat("Değerli müşterimiz, yarın 14 Mayıs günü su kesintisi olacaktır. ", 6),
			multipart.Options{Ref: 7, Text: text.Options{Languages: []text.Language{text.Turkish}}},
		},
		{"emoji", strings.Repeat("Hej 👋 på dig! ", 10), multipart.Options{Ref: 8, Method: multipart.MethodUDH16}},
		{"SAR", strings.Repeat("Plain SAR message. ", 20), multipart.Options{Ref: 9, Method: multipart.MethodSAR}},
	}
	var frames [][]byte
	var want strings.Builder
	for _, row := range rows {
		parts, err := multipart.Split(row.text, row.o)
		require.NoError(t, err)
		require.Len(t, parts, 3, row.name)
		octets := 0
		for _, p := range parts {
			sm := &pdu.SubmitSM{Source: pdu.Address{TON: 5, Addr: "Shop"}, Dest: pdu.Address{TON: 1, NPI: 1, Addr: "46700000001"}}
			require.NoError(t, p.Put(sm))
			b, err := pdu.Append(nil, &pdu.PDU{Header: pdu.Header{Seq: uint32(len(frames) + 1)}, Body: sm})
			require.NoError(t, err)
			frames = append(frames, b)
			octets += len(p.Octets)
		}
		fmt.Fprintf(&want, "\t\n\t\n3\t%d\n", octets)
	}
	file := filepath.Join(t.TempDir(), "long.pcap")
	require.NoError(t, os.WriteFile(file, capture(frames), 0o600))
	out, err := exec.CommandContext(t.Context(), "tshark", "-n", "-r", file, "-d", "tcp.port==2775,smpp", "-T", "fields",
		"-e", "gsm_sms_ud.fragment.count", "-e", "gsm_sms_ud.reassembled.length").Output()
	require.NoError(t, err)
	require.Equal(t, want.String(), string(out))
}
