package pdu

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// specField is a field in testdata/smpp.json.
type specField struct {
	Name       string            `json:"name"`
	Type       string            `json:"type"`
	Size       int               `json:"size"`
	Max        int               `json:"max"`
	Sizes      []int             `json:"sizes"`
	DecodeAlso []int             `json:"decode_also"`
	Status     string            `json:"status"`
	LengthFrom string            `json:"length_from"`
	CountFrom  string            `json:"count_from"`
	ValueRange map[string][2]int `json:"value_range"`
	ByVersion  map[string]struct {
		Max   int   `json:"max"`
		Sizes []int `json:"sizes"`
	} `json:"by_version"`
	Element struct {
		Selector *specField             `json:"selector"`
		Cases    map[string][]specField `json:"cases"`
		Fields   []specField            `json:"fields"`
	} `json:"element"`
}

// specCommand is a command in testdata/smpp.json.
type specCommand struct {
	Name        string      `json:"name"`
	ID          string      `json:"id"`
	Versions    []string    `json:"versions"`
	HasResponse bool        `json:"has_response"`
	HeaderOnly  bool        `json:"header_only"`
	Fields      []specField `json:"fields"`
}

func (s specCommand) id(t testing.TB) CommandID {
	t.Helper()
	n, err := strconv.ParseUint(s.ID, 0, 32)
	require.NoError(t, err)
	return CommandID(n)
}

// readJSON reads a file of testdata into v.
func readJSON(t testing.TB, name string, v any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, v))
}

func specCommands(t testing.TB) []specCommand {
	t.Helper()
	var spec struct {
		Commands []specCommand `json:"commands"`
	}
	readJSON(t, "smpp.json", &spec)
	require.Len(t, spec.Commands, 39)
	return spec.Commands
}

func versionOf(t testing.TB, s string) Version {
	t.Helper()
	v, ok := map[string]Version{"3.3": V33, "3.4": V34, "5.0": V50}[s]
	require.True(t, ok, s)
	return v
}

// want returns what the walk should describe the field as in a version.
func (f specField) want(version string) fieldSpec {
	w := fieldSpec{name: f.Name, size: f.Max, sizes: f.Sizes, status: statusNamed(f.Status)}
	if o, ok := f.ByVersion[version]; ok {
		if o.Max != 0 {
			w.size = o.Max
		}
		if o.Sizes != nil {
			w.sizes = o.Sizes
		}
	}
	switch f.Type {
	case "integer":
		w.kind, w.size = fieldInteger, f.Size
		if r, ok := f.ValueRange[version]; ok {
			w.least, w.most = r[0], r[1]
		}
	case "cstring":
		w.kind = fieldCString
	case "octets":
		w.kind, w.countedBy = fieldOctets, f.LengthFrom
	default:
		w.kind, w.countedBy = fieldList, f.CountFrom
		if s := f.Element.Selector; s != nil {
			w.element = append(w.element, s.want(version))
			for _, value := range []string{"1", "2"} {
				n, _ := strconv.Atoi(value)
				w.element = append(w.element, fieldSpec{kind: fieldCase, size: n})
				for _, e := range f.Element.Cases[value] {
					w.element = append(w.element, e.want(version))
				}
			}
		}
		for _, e := range f.Element.Fields {
			w.element = append(w.element, e.want(version))
		}
	}
	return w
}

func statusNamed(name string) CommandStatus {
	if i := slices.Index(statusNames[:], name); name != "" && i >= 0 {
		return CommandStatus(i)
	}
	return StatusOK
}

// normal makes two descriptions comparable: an octet may hold 255 unless something is said, and where the
// specification gives no range for a length, that of the octets it counts applies.
func normal(fields []fieldSpec) []fieldSpec {
	out := slices.Clone(fields)
	for i := range out {
		f := &out[i]
		f.element = normal(f.element)
		if f.kind != fieldInteger || f.size != 1 {
			continue
		}
		if f.most == 0 {
			f.most = 255
		}
		if i+1 < len(out) && out[i+1].kind == fieldOctets && out[i+1].countedBy == f.name {
			f.most = min(f.most, out[i+1].size)
		}
	}
	return out
}

// TestSpecFields holds every walk against the tables of the specification: names, order, types, sizes, ranges,
// statuses. What 3.3 calls a field is not compared, since the names of later versions are used throughout; nor are the
// constants that SMPP 3.4 has for three fields, which receivers are to ignore.
func TestSpecFields(t *testing.T) {
	for _, cmd := range specCommands(t) {
		for _, version := range cmd.Versions {
			t.Run(cmd.Name+"/"+version, func(t *testing.T) {
				body := NewBody(cmd.id(t))
				require.NotNil(t, body)
				got := describe(body, versionOf(t, version))
				var want []fieldSpec
				for _, f := range cmd.Fields {
					want = append(want, f.want(version))
				}
				want = append(want, fieldSpec{name: "tlvs", kind: fieldTLVs})
				got, want = normal(got), normal(want)
				require.Len(t, got, len(want))
				for i := range want {
					require.Equal(t, want[i], got[i], "field %d", i)
				}
			})
		}
	}
}

// TestSpecCommands checks what the package knows of each command besides its fields.
func TestSpecCommands(t *testing.T) {
	known := 0
	for _, cmd := range specCommands(t) {
		id := cmd.id(t)
		body := NewBody(id)
		require.NotNil(t, body, cmd.Name)
		require.Equal(t, id, body.CommandID(), cmd.Name)
		require.Equal(t, cmd.Name, id.String())
		require.Equal(t, cmd.HeaderOnly, HeaderOnly(id), cmd.Name)
		for _, v := range []string{"3.3", "3.4", "5.0"} {
			require.Equal(t, slices.Contains(cmd.Versions, v), id.In(versionOf(t, v)), "%s in %s", cmd.Name, v)
		}
		resp := reflect.ValueOf(body).MethodByName("Resp")
		require.Equal(t, cmd.HasResponse, resp.IsValid(), cmd.Name)
		if resp.IsValid() {
			require.Equal(t, id.Response(), resp.Call(nil)[0].Interface().(Body).CommandID(), cmd.Name)
		}
		known++
	}
	for _, table := range [][]commandInfo{requests[:], responses[:]} {
		for _, info := range table {
			if info.newPDU != nil {
				known--
			}
		}
	}
	require.Zero(t, known, "commands that the specification does not have")
	for _, id := range []CommandID{0, 0x0A, 0xFF, 0x10200, 0x8000000B, 0x80000102, 0xFFFFFFFF} {
		require.Nil(t, NewBody(id), fmt.Sprintf("%#x", uint32(id)))
		require.False(t, HeaderOnly(id))
	}
}

// TestSpecDecodeAlso covers the sizes that are accepted and never sent.
func TestSpecDecodeAlso(t *testing.T) {
	for _, cmd := range specCommands(t) {
		for _, f := range cmd.Fields {
			for _, n := range f.DecodeAlso {
				require.Equal(t, "query_sm_resp.final_date.13", fmt.Sprintf("%s.%s.%d", cmd.Name, f.Name, n))
			}
		}
	}
	for n, ok := range map[int]bool{0: true, 12: true, 16: true, 11: false, 15: false} {
		b := encodeRaw(CommandQuerySMResp, append(append([]byte("1\x00"), repeat('1', n)...), 0, 2, 0))
		_, err := Codec{Strict: true}.Decode(b)
		require.Equal(t, ok, err == nil, "final_date of %d characters: %v", n, err)
	}
}

// repeat returns n octets of c.
func repeat(c byte, n int) []byte {
	return slices.Repeat([]byte{c}, n)
}

// encodeRaw puts a header before a body.
func encodeRaw(id CommandID, body []byte) []byte {
	b, err := Append(nil, &PDU{Header: Header{ID: id, Seq: 1}, Body: &Raw{ID: id, Data: body}})
	if err != nil {
		panic(err)
	}
	return b
}
