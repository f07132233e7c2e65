package pdu_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

// TestTshark lets tshark, which shares no code and no author with this package, read what the codec encodes: every
// command with generated bodies and TLVs, and every vector. It must find each field of the body, by its own name, at
// the place and with the octets that the body implies, no other fields, and nothing malformed.
//
// The errors of tshark 4.0 are excused one by one: in tsharkOf and tsharkTLV, each with its reason.
func TestTshark(t *testing.T) {
	requireTshark(t)
	cases := slices.Concat(vectorCases(t), generatedCases(t))
	seen := map[pdu.CommandID]bool{}
	var frames [][]byte
	for i := range cases {
		c := &cases[i]
		frame, err := c.codec.Append(nil, c.pdu)
		require.NoError(t, err, c.name)
		frames = append(frames, frame)
		seen[pdu.CommandID(binary.BigEndian.Uint32(frame[4:]))] = true
	}
	for _, id := range commands() {
		require.True(t, seen[id], "no case encodes %v", id)
	}
	packets := readWithTshark(t, frames)
	require.Len(t, packets, len(frames))
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) { packets[i].check(t, tsharkOf(c.pdu), len(frames[i])) })
	}
}

// TestTsharkFinds shows that the checks above do find faults: they are worth nothing if tshark, or the reading of its
// output, lets everything pass.
func TestTsharkFinds(t *testing.T) {
	requireTshark(t)
	p := &pdu.PDU{Header: pdu.Header{Seq: 1}, Body: &pdu.SubmitSM{
		Dest: pdu.Address{Addr: "46700000001"}, ShortMessage: []byte("hello"),
		TLVs: pdu.TLVs{{Tag: pdu.TagSourcePort, Value: []byte{1, 2}}},
	}}
	good, err := pdu.Append(nil, p)
	require.NoError(t, err)
	fix := func(b []byte) []byte {
		binary.BigEndian.PutUint32(b, uint32(len(b)))
		return b
	}
	other := bytes.Clone(good)
	other[len(other)-1]++
	packets := readWithTshark(t, [][]byte{
		good,
		fix(append(bytes.Clone(good), 0)),
		fix(bytes.Clone(good[:len(good)-1])),
		other,
		fix(append(bytes.Clone(good), 2, 4, 0, 2, 0, 7)),
	})
	require.Empty(t, packets[0].problems(tsharkOf(p), len(good)))
	for _, packet := range packets[1:] {
		require.NotEmpty(t, packet.problems(tsharkOf(p), len(good)))
	}
}

func requireTshark(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		const missing = "tshark is not installed: apt-get install tshark"
		if os.Getenv("CI") == "true" || os.Getenv("SMPP_INTEROP") == "required" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
}

// readWithTshark writes the frames to a capture file, one in a packet, and returns what tshark makes of each.
func readWithTshark(t *testing.T, frames [][]byte) []tsharkPacket {
	t.Helper()
	file := filepath.Join(t.TempDir(), "encoded.pcap")
	require.NoError(t, os.WriteFile(file, capture(frames), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "tshark", "-n", "-r", file, "-d", "tcp.port==2775,smpp",
		"-T", "jsonraw", "--no-duplicate-keys",
		// What people wrote to each other, and what phones make of it, is none of the codec's business.
		"--disable-protocol", "gsm_sms_ud", "--disable-protocol", "wsp")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s", &stderr)
	var packets []struct {
		Source struct {
			Layers map[string]json.RawMessage
		} `json:"_source"`
	}
	require.NoError(t, json.Unmarshal(out, &packets))
	result := make([]tsharkPacket, len(packets))
	for i, p := range packets {
		result[i].read(t, "", p.Source.Layers)
		slices.Sort(result[i].Layers)
	}
	return result
}

// read collects the fields below a node of tshark's tree. For each field NAME there is a member NAME_raw, with the
// octets, place, length and mask, or a list of such when the field repeats; trees have a member NAME besides.
func (p *tsharkPacket) read(t *testing.T, below string, node map[string]json.RawMessage) {
	t.Helper()
	for key, value := range node {
		name, raw := strings.CutSuffix(key, "_raw")
		switch {
		case strings.HasPrefix(name, "_ws."):
			p.Faults = append(p.Faults, name)
		case below == "" && slices.Contains([]string{"frame", "eth", "ip", "tcp"}, name):
		case below == "" && raw:
			p.Layers = append(p.Layers, name)
		case name == "data": // octets that tshark makes nothing of
		case raw && name != "smpp.opt_params" && name != "smpp.opt_param":
			p.readField(t, name, value)
		case !raw:
			var trees []map[string]json.RawMessage
			if value[0] != '[' {
				value = slices.Concat([]byte("["), value, []byte("]"))
			}
			require.NoError(t, json.Unmarshal(value, &trees), "%s", value)
			for _, tree := range trees {
				p.read(t, name, tree)
			}
		}
	}
	slices.SortFunc(p.Fields, func(a, b tsharkField) int { return cmp.Or(a.Pos-b.Pos, a.Mask-b.Mask) })
}

// pduAt is where the PDU begins in a packet: after the headers that capture writes.
const pduAt = 14 + 20 + 20

func (p *tsharkPacket) readField(t *testing.T, name string, value json.RawMessage) {
	t.Helper()
	var parts []json.RawMessage
	require.NoError(t, json.Unmarshal(value, &parts))
	if parts[0][0] == '[' {
		for _, part := range parts {
			p.readField(t, name, part)
		}
		return
	}
	f := tsharkField{Name: name}
	for i, to := range []any{&f.Hex, &f.Pos, &f.Len, &f.Mask} {
		require.NoError(t, json.Unmarshal(parts[i], to))
	}
	f.Hex = strings.ToLower(f.Hex)
	f.Pos -= pduAt
	p.Fields = append(p.Fields, f)
}

// capture returns a pcap file of one TCP connection to port 2775 with one frame a packet. Checksums are zero; tshark
// does not look at them.
func capture(frames [][]byte) []byte {
	le, be := binary.LittleEndian, binary.BigEndian
	file := le.AppendUint32(nil, 0xA1B2C3D4)
	file = le.AppendUint16(file, 2)
	file = le.AppendUint16(file, 4)
	file = append(file, make([]byte, 8)...)  // time zone and accuracy
	file = le.AppendUint32(file, 0x00040000) // longest packet
	file = le.AppendUint32(file, 1)          // Ethernet
	seq := uint32(1)
	for i, frame := range frames {
		size := uint32(pduAt + len(frame))
		file = le.AppendUint32(file, uint32(1_700_000_000+i))
		file = le.AppendUint32(file, 0)
		file = le.AppendUint32(file, size)
		file = le.AppendUint32(file, size)
		file = append(file, make([]byte, 12)...) // MAC addresses
		file = append(file, 0x08, 0x00)          // IPv4
		file = append(file, 0x45, 0)
		file = be.AppendUint16(file, uint16(20+20+len(frame)))
		file = be.AppendUint16(file, uint16(i))
		file = append(file, 0, 0, 64, 6, 0, 0) // not fragmented, TTL, TCP, checksum
		file = append(file, 127, 0, 0, 1, 127, 0, 0, 1)
		file = be.AppendUint16(file, 40000)
		file = be.AppendUint16(file, 2775)
		file = be.AppendUint32(file, seq)
		file = be.AppendUint32(file, 1)
		file = append(file, 0x50, 0x18, 0xFF, 0xFF, 0, 0, 0, 0) // PSH and ACK, window, checksum, urgent
		file = append(file, frame...)
		seq += uint32(len(frame))
	}
	return file
}
