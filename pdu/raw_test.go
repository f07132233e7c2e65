package pdu

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// inEveryForm returns what prints and encoders make of x.
func inEveryForm(t *testing.T, x any) map[string]string {
	all := map[string]string{}
	for _, flags := range []string{"", "+", "#", " ", "-", "0", "80", ".3", "# "} {
		for _, verb := range "vsqxXdoObctTeUz" {
			format := "%" + flags + string(verb)
			all[format] = fmt.Sprintf(format, x)
		}
	}
	var text, js bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("x", "it", x, "list", []any{x}, slog.Group("g", "it", x))
	slog.New(slog.NewJSONHandler(&js, nil)).Info("x", "it", x, "list", []any{x}, slog.Group("g", "it", x))
	all["slog text"], all["slog json"] = text.String(), js.String()
	for name, marshal := range map[string]func(any) ([]byte, error){"json": json.Marshal, "xml": xml.Marshal} {
		b, _ := marshal(x)
		all[name] = string(b)
	}
	return all
}

// Finding 20: json.Marshal of a malformed bind had its password in base64. Nothing that prints or encodes a bind which
// did not decode shows an octet of it.
func TestMalformedBindHidesPassword(t *testing.T) {
	const password = "S3cr3tPw"
	for _, body := range []Body{
		&BindTransceiver{SystemID: "me", Password: password}, &BindReceiver{SystemID: "me", Password: password},
		&BindTransmitter{SystemID: "me", Password: password}, &Outbind{SystemID: "me", Password: password},
	} {
		b, err := Append(nil, &PDU{Header: Header{Seq: 1}, Body: body})
		require.NoError(t, err)
		whole := b[HeaderLen:]
		for _, data := range [][]byte{
			whole[:3+len(password)],                                                   // cut inside the password
			append(bytes.Repeat([]byte{'9'}, 20), whole...),                           // too long a system_id
			append([]byte("me\x00"), whole[3:3+len(password)+1]...)[:3+len(password)], // without its NUL
		} {
			p, err := Decode(encodeRaw(body.CommandID(), data))
			require.Error(t, err)
			require.IsType(t, (*Raw)(nil), p.Body)
			raw := *p.Body.(*Raw)
			forms := map[string]map[string]string{"error": inEveryForm(t, err)}
			for name, x := range map[string]any{
				"PDU": p, "PDU by value": *p, "body": p.Body, "Raw": raw, "list": []*PDU{p}, "bodies": []Body{p.Body},
				"map": map[string]Raw{"x": raw}, "struct": struct{ R Raw }{raw}, "lost": struct{ PDU *PDU }{p},
				"raws": []Raw{raw}, "pointer": &[]*Raw{&raw},
			} {
				forms[name] = inEveryForm(t, x)
			}
			for _, text := range []bool{true, false} {
				o := DumpOptions{Text: text}
				forms["dump"] = map[string]string{
					"dump": Dump(p, o), "other header": Dump(&PDU{Header: Header{ID: CommandSubmitSM}, Body: p.Body}, o),
					"no header": Dump(&PDU{Body: p.Body}, o),
				}
				for where, all := range forms {
					for how, s := range all {
						require.False(t, shows(s, password), "%v: %s of %s: %s", p.ID, how, where, s)
					}
				}
			}
		}
	}
}

// shows reports whether s has the secret in clear, hexadecimal, decimal, octal, binary, as characters or in base64.
func shows(s, secret string) bool {
	var seen []string
	for _, verb := range []string{"%d", "%x", "%#x", "%o", "%O", "%b", "%c", "%U", "%q"} {
		list := make([]string, len(secret))
		for i := range len(secret) {
			list[i] = fmt.Sprintf(verb, secret[i])
		}
		seen = append(seen, strings.Join(list, ""))
	}
	for i := range 3 { // wherever in a group of three octets it begins
		whole := base64.StdEncoding.EncodeToString(append(make([]byte, i), secret...))
		seen = append(seen, whole[min(i, 1)*4:len(whole)-4])
	}
	s = strings.NewReplacer(" ", "", ",", "", "\n", "").Replace(s)
	for _, x := range append(seen, secret, hex.EncodeToString([]byte(secret))) {
		if strings.Contains(strings.ToLower(s), strings.ToLower(x)) {
			return true
		}
	}
	return false
}

// Other Raws print as ever, and JSON and gob keep them; gob keeps binds as well, as it is no print.
func TestRawPrints(t *testing.T) {
	raw := Raw{ID: CommandSubmitSM, Data: []byte("hello")}
	const words = "submit_sm, raw, 5 octets"
	for format, want := range map[string]string{
		"%v": words, "%+v": words, "%#v": words, "%s": words, "%q": `"` + words + `"`,
		"%x": hex.EncodeToString([]byte(words)), "%d": "{4 [104 101 108 108 111]}",
	} {
		require.Equal(t, want, fmt.Sprintf(format, raw), format)
	}
	b, err := json.Marshal(&raw)
	require.NoError(t, err)
	require.JSONEq(t, `{"ID":4,"Data":"aGVsbG8="}`, string(b))
	var again Raw
	require.NoError(t, json.Unmarshal(b, &again))
	require.Equal(t, raw, again)
	for _, id := range []CommandID{CommandSubmitSM, CommandBindReceiver} {
		raw.ID, again = id, Raw{}
		var buf bytes.Buffer
		require.NoError(t, gob.NewEncoder(&buf).Encode(raw))
		require.NoError(t, gob.NewDecoder(&buf).Decode(&again))
		require.Equal(t, raw, again)
	}
	require.True(t, shows(fmt.Sprintf("%v", []byte("hello")), "hello"))
	require.True(t, shows(base64.StdEncoding.EncodeToString([]byte("oh hello")), "hello"))
}
