package pdu

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// bodyGen draws the octets of a body from what its walk says of its fields.
type bodyGen struct {
	t *rapid.T
	v Version
	b []byte
}

func (g *bodyGen) fields(specs []fieldSpec) {
	var count int
	for i, s := range specs {
		switch s.kind {
		case fieldInteger:
			most := s.most
			if most == 0 {
				most = 255
			}
			var counted *fieldSpec
			if i+1 < len(specs) && specs[i+1].countedBy == s.name {
				counted = &specs[i+1]
				if counted.kind == fieldOctets {
					most = min(most, counted.size)
				}
			}
			switch {
			case s.size == 4:
				g.b = binary.BigEndian.AppendUint32(g.b, rapid.Uint32().Draw(g.t, s.name))
				continue
			case i+1 < len(specs) && specs[i+1].kind == fieldCase:
				g.choice(specs)
				return
			}
			count = rapid.IntRange(s.least, most).Draw(g.t, s.name)
			if counted != nil && counted.kind == fieldList {
				count = min(count, 20)
			}
			g.b = append(g.b, byte(count))
		case fieldCString:
			g.cstring(s)
		case fieldOctets:
			g.b = append(g.b, rapid.SliceOfN(rapid.Byte(), count, count).Draw(g.t, s.name)...)
		case fieldList:
			for range count {
				g.fields(s.element)
			}
		case fieldTLVs:
			g.tlvs()
		}
	}
}

// choice draws a list element that begins with a selector.
func (g *bodyGen) choice(specs []fieldSpec) {
	var cases []int
	for i, s := range specs {
		if s.kind == fieldCase {
			cases = append(cases, i)
		}
	}
	n := rapid.IntRange(0, len(cases)-1).Draw(g.t, specs[0].name)
	end := len(specs)
	if n+1 < len(cases) {
		end = cases[n+1]
	}
	g.b = append(g.b, byte(specs[cases[n]].size))
	g.fields(specs[cases[n]+1 : end])
}

func (g *bodyGen) cstring(s fieldSpec) {
	n := rapid.IntRange(0, s.size-1).Draw(g.t, s.name)
	if s.sizes != nil {
		n = rapid.SampledFrom(s.sizes).Draw(g.t, s.name) - 1
	}
	text := rapid.SliceOfN(rapid.ByteRange(1, 255), n, n).Draw(g.t, s.name)
	g.b = append(append(g.b, text...), 0)
}

func (g *bodyGen) tlvs() {
	if g.v == V33 {
		return
	}
	for range rapid.IntRange(0, 4).Draw(g.t, "tlvs") {
		tag := rapid.Uint16().Draw(g.t, "tag")
		if rapid.Bool().Draw(g.t, "known") {
			tag = uint16(rapid.SampledFrom(tagSpecs[:]).Draw(g.t, "tag").tag)
		}
		value := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(g.t, "value")
		g.b = binary.BigEndian.AppendUint16(g.b, tag)
		g.b = binary.BigEndian.AppendUint16(g.b, uint16(len(value)))
		g.b = append(g.b, value...)
	}
}

// genPDU draws the octets of a PDU of a command.
func genPDU(t *rapid.T, id CommandID, v Version) []byte {
	g := bodyGen{t: t, v: v}
	g.fields(describe(NewBody(id), v))
	h := Header{ID: id, Seq: rapid.Uint32().Draw(t, "seq")}
	if id.IsResponse() {
		h.Status = CommandStatus(rapid.Uint32Range(0, 2).Draw(t, "status"))
	}
	b := appendHeader(nil, uint32(HeaderLen+len(g.b)), id, &PDU{Header: h})
	return append(b, g.b...)
}

// TestRoundTrip checks for PDUs of every command and version that encoding a decoded PDU gives the same octets, and
// decoding an encoded PDU the same PDU.
func TestRoundTrip(t *testing.T) {
	for _, cmd := range specCommands(t) {
		for _, version := range cmd.Versions {
			k := Codec{Version: versionOf(t, version)}
			id := cmd.id(t)
			t.Run(cmd.Name+"/"+version, rapid.MakeCheck(func(t *rapid.T) {
				b := genPDU(t, id, k.Version)
				p, err := k.Decode(b)
				require.NoError(t, err)
				for _, w := range p.Warnings {
					require.Contains(t, []string{WarnBadTLV, WarnUnexpectedBody}, w.Kind, w)
				}
				again, err := k.Append(nil, p)
				require.NoError(t, err)
				require.Equal(t, b, again)

				q, err := k.Decode(again)
				require.NoError(t, err)
				require.Equal(t, p, q)
				if len(p.Warnings) == 0 {
					k := k
					k.Strict = true
					q, err := k.Decode(b)
					require.NoError(t, err)
					require.Equal(t, p, q)
				}
				require.NotEmpty(t, p.String())
				require.NotEmpty(t, Dump(p, DumpOptions{Text: true}))
			}))
		}
	}
}

// TestDecodeAnything feeds octets that no encoder made. Whatever decodes without a warning encodes to what it was.
func TestDecodeAnything(t *testing.T) {
	commands, ids := specCommands(t), map[string]CommandID{}
	for _, cmd := range commands {
		ids[cmd.Name] = cmd.id(t)
	}
	rapid.Check(t, func(t *rapid.T) {
		cmd := commands[rapid.IntRange(0, len(commands)-1).Draw(t, "command")]
		k := Codec{Version: V50, Strict: rapid.Bool().Draw(t, "strict")}
		id := ids[cmd.Name]
		if !id.In(k.Version) {
			k.Version = V33
		}
		b := genPDU(t, id, k.Version)
		for range rapid.IntRange(1, 4).Draw(t, "faults") {
			switch at := rapid.IntRange(0, len(b)-1).Draw(t, "at"); {
			case at < HeaderLen:
				b = append(b, rapid.Byte().Draw(t, "more"))
			case rapid.Bool().Draw(t, "cut"):
				b = b[:at]
			default:
				b[at] = rapid.Byte().Draw(t, "octet")
			}
		}
		binary.BigEndian.PutUint32(b, uint32(len(b)))
		p, err := k.Decode(b)
		require.NotNil(t, p)
		if err != nil || len(p.Warnings) > 0 {
			require.True(t, err == nil || !k.Strict || len(p.Warnings) == 0)
			return
		}
		again, err := k.Append(nil, p)
		if k.Version == V33 && err != nil {
			return // TLVs, which a tolerant decoder keeps and nobody sends
		}
		require.NoError(t, err)
		require.Equal(t, b, again)
	})
}

// TestEncodeOneBodyTwice encodes every vector from several goroutines at once; the race detector tells whether
// encoding, or showing, writes to the body.
func TestEncodeOneBodyTwice(t *testing.T) {
	for _, v := range vectors(t) {
		k := Codec{Version: versionOf(t, v.Version)}
		p, err := k.Decode(unhex(t, v.Hex))
		require.NoError(t, err)
		if v.Wire == "tolerate" || p.Body == nil {
			continue
		}
		var wg sync.WaitGroup
		for i := range 2 {
			wg.Go(func() {
				q := &PDU{Header: Header{Seq: uint32(i)}, Body: p.Body}
				if _, err := k.Append(nil, q); err != nil {
					t.Error(err)
				}
				_ = q.String()
			})
		}
		wg.Wait()
	}
}

// TestDecodeMemory holds what decoding allocates against the octets received, for the bodies that make most of the
// fewest octets.
func TestDecodeMemory(t *testing.T) {
	dests := append([]byte{0, 0, 0, 0, 255}, bytes.Repeat([]byte{2, 0}, 255)...)
	for name, b := range map[string][]byte{
		"empty TLVs":          encodeRaw(CommandEnquireLinkResp, make([]byte, 100<<10)),
		"faulty TLVs":         encodeRaw(CommandEnquireLinkResp, bytes.Repeat([]byte{0, 5, 0, 0}, 25<<10)),
		"distribution lists":  encodeRaw(CommandSubmitMulti, append(dests, make([]byte, 10)...)),
		"count without dests": encodeRaw(CommandSubmitMulti, []byte{0, 0, 0, 0, 255}),
		"count without ids":   encodeRaw(CommandQueryLastMsgsResp, []byte{255}),
		"empty ids":           encodeRaw(CommandQueryLastMsgsResp, append([]byte{255}, make([]byte, 255)...)),
		"unknown command":     encodeRaw(0x1234, make([]byte, 100<<10)),
	} {
		t.Run(name, func(t *testing.T) {
			_, _ = Decode(b)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			p, _ := Decode(b)
			runtime.ReadMemStats(&after)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(32*len(b)+8<<10))
			runtime.KeepAlive(p)
		})
	}
}

func TestBindsConvert(t *testing.T) {
	b := &BindTransceiver{SystemID: "me", Password: "secret", InterfaceVersion: V34}
	tx, err := Append(nil, &PDU{Body: (*BindTransmitter)(b)})
	require.NoError(t, err)
	rx, err := Append(nil, &PDU{Body: (*BindReceiver)(b)})
	require.NoError(t, err)
	require.Equal(t, tx[8:], rx[8:])
}

func TestSecretsStayHidden(t *testing.T) {
	const secret = "hunter2"
	p := &PDU{Body: &BindReceiver{SystemID: "me", Password: secret}}
	whole, err := Append(nil, p)
	require.NoError(t, err)
	cut := slices.Clone(whole[:len(whole)-3])
	binary.BigEndian.PutUint32(cut, uint32(len(cut)))
	broken, err := Decode(cut)
	require.Error(t, err)
	require.IsType(t, (*Raw)(nil), broken.Body)
	text := &PDU{Body: &SubmitSM{ShortMessage: []byte(secret), TLVs: TLVs{{Tag: TagMessagePayload, Value: []byte(secret)}}}}
	hexed := fmt.Sprintf("%x", secret)
	for _, s := range []string{
		p.String(), fmt.Sprintf("%v %+v", p, p), Dump(p, DumpOptions{Text: true}), p.LogValue().String(),
		broken.String(), fmt.Sprintf("%v %+v", broken.Body, broken), Dump(broken, DumpOptions{Text: true}), err.Error(),
		text.String(), Dump(text, DumpOptions{}), text.LogValue().String(),
	} {
		require.NotContains(t, s, secret)
		require.NotContains(t, s, hexed)
	}
	require.Contains(t, Dump(text, DumpOptions{Text: true}), hexed)
	require.Equal(t, fmt.Sprint(broken.Body), fmt.Sprintf("%#v", broken.Body))

	// Only a bind and outbind may hold a password.
	text.Body = &Raw{ID: CommandSubmitSM, Data: []byte(secret)}
	require.Contains(t, Dump(text, DumpOptions{Text: true}), hexed)
}
