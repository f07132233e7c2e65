package transport_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/transport"
)

func TestParseURL(t *testing.T) {
	type url = transport.URL
	long := strings.Repeat("a", 255)
	for in, want := range map[string]url{
		"smpp://mc.example.net":            {Scheme: "smpp", Host: "mc.example.net", Port: 2775},
		"smpp://mc.example.net/":           {Scheme: "smpp", Host: "mc.example.net", Port: 2775},
		"smpps://mc.example.net":           {Scheme: "smpps", Host: "mc.example.net", Port: 3550},
		"ssmpp://mc.example.net":           {Scheme: "ssmpp", Host: "mc.example.net", Port: 3550},
		"SMPPS://mc.example.net:2776":      {Scheme: "smpps", Host: "mc.example.net", Port: 2776},
		"mc.example.net:8000":              {Scheme: "smpp", Host: "mc.example.net", Port: 8000},
		"mc_1":                             {Scheme: "smpp", Host: "mc_1", Port: 2775},
		"mc:":                              {Scheme: "smpp", Host: "mc", Port: 2775},
		"127.0.0.1:65535":                  {Scheme: "smpp", Host: "127.0.0.1", Port: 65535},
		"[::1]":                            {Scheme: "smpp", Host: "::1", Port: 2775},
		"smpps://[2001:db8::1]:2776":       {Scheme: "smpps", Host: "2001:db8::1", Port: 2776},
		"smpp://[fe80::1%25eth0]:1":        {Scheme: "smpp", Host: "fe80::1%eth0", Port: 1},
		"smpp://[fe80::1%eth0]":            {Scheme: "smpp", Host: "fe80::1%eth0", Port: 2775},
		"smpp://me@mc":                     {Scheme: "smpp", Host: "mc", Port: 2775, User: "me"},
		"smpp://me:secret@mc:1":            {Scheme: "smpp", Host: "mc", Port: 1, User: "me", Password: "secret"},
		"me:secret@mc":                     {Scheme: "smpp", Host: "mc", Port: 2775, User: "me", Password: "secret"},
		"smpp://:secret@mc":                {Scheme: "smpp", Host: "mc", Port: 2775, Password: "secret"},
		"smpp://a%3Ab:c%2Fd%40%25%C3%A5@m": {Scheme: "smpp", Host: "m", Port: 2775, User: "a:b", Password: "c/d@%å"},
		"smpp://me:a+b:c@d@mc":             {Scheme: "smpp", Host: "mc", Port: 2775, User: "me", Password: "a+b:c@d"},
		"smpp://" + long:                   {Scheme: "smpp", Host: long, Port: 2775},
	} {
		got, err := transport.ParseURL(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got, in)
		require.Equal(t, want.Scheme != "smpp", got.TLS(), in)
	}
}

func TestParseURLRefuses(t *testing.T) {
	for in, why := range map[string]string{
		"":                                   "no host",
		"smpp://":                            "no host",
		"smpp:///":                           "no host",
		":2775":                              "no host",
		"smpp://me:hunter2@":                 "no host",
		"smpp://me:hunter2@:1":               "no host",
		"http://mc":                          "scheme",
		"://mc":                              "scheme",
		"me:hunter2://x@mc":                  "scheme",
		"smpp://mc:0":                        "port",
		"smpp://mc:65536":                    "port",
		"smpp://mc:-1":                       "port",
		"smpp://mc:+1":                       "port",
		"smpp://mc:0x10":                     "port",
		"smpp://mc:99999999999999999999":     "port",
		"smpp://me:hunter2":                  "port",
		"smpp://me:hunter2/x@mc":             "percent-encoded",
		"smpp://me:hunter2?x@mc":             "percent-encoded",
		"smpp://me:hunter2#x@mc":             "percent-encoded",
		"smpp://me:hunter2 @mc":              "percent-encoded",
		"smpp://me:hunter2é@mc":              "percent-encoded",
		"smpp://me:hunter2%zz@mc":            "percent-encoding in the password",
		"smpp://me:hunter2%@mc":              "percent-encoding in the password",
		"smpp://hunter2%2@mc":                "percent-encoding in the user",
		"smpp://mc/path":                     "path",
		"smpp://mc//":                        "path",
		"smpp://mc?x=1":                      "query",
		"smpp://mc#x":                        "fragment",
		"smpp://mc\n":                        "printable",
		"smpp://mc\x00":                      "printable",
		"smpp://::1":                         "brackets",
		"smpp://::1:2775":                    "brackets",
		"smpp://[::1":                        "bracket",
		"smpp://[::1]x":                      "bracket",
		"smpp://[mc]":                        "IPv6",
		"smpp://[127.0.0.1]":                 "IPv6",
		"smpp://[]":                          "IPv6",
		"smpp://[fe80::1%25]":                "IPv6",
		"smpp://m%63":                        "host",
		"smpp://m\\c":                        "host",
		"smpp://mc]":                         "host",
		"smpp://" + strings.Repeat("a", 256): "255",
	} {
		u, err := transport.ParseURL(in)
		require.ErrorContains(t, err, why, "%q", in)
		require.True(t, strings.HasPrefix(err.Error(), "transport: "), err.Error())
		require.NotContains(t, err.Error(), "hunter2", in)
		require.Zero(t, u, in)
	}
}

func TestURLString(t *testing.T) {
	for in, want := range map[string]string{
		"mc":                          "smpp://mc:2775",
		"ssmpp://mc":                  "ssmpp://mc:3550",
		"smpp://me@mc":                "smpp://me@mc:2775",
		"smpp://a%3Ab:hunter2@mc":     "smpp://a%3Ab:xxxxx@mc:2775",
		"smpp://:hunter2@mc":          "smpp://:xxxxx@mc:2775",
		"smpps://[fe80::1%25eth0]:99": "smpps://[fe80::1%25eth0]:99",
	} {
		u, err := transport.ParseURL(in)
		require.NoError(t, err)
		require.Equal(t, want, u.String())
	}
	require.Equal(t, "smpp://mc:2775", transport.URL{Host: "mc"}.String())
	require.Equal(t, "mc:3550", transport.URL{Scheme: "smpps", Host: "mc"}.Address())
}

func TestPasswordHides(t *testing.T) {
	u, err := transport.ParseURL("smpp://me:hunter2@mc")
	require.NoError(t, err)
	holder := struct{ Peer *transport.URL }{&u}
	for _, v := range []any{u, &u, u.Password, []transport.URL{u}, map[string]any{"p": u.Password}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10.3s"} {
			s := fmt.Sprintf(verb, v)
			require.NotContains(t, s, "hunter2", verb)
			require.NotContains(t, strings.ToLower(s), fmt.Sprintf("%x", "hunter2"), verb)
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "url", u, "password", u.Password)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "url", u, "password", u.Password, "holder", holder)
	require.NotContains(t, log.String(), "hunter2")
	require.Contains(t, log.String(), "xxxxx")
	text, err := json.Marshal(u)
	require.NoError(t, err)
	require.Contains(t, string(text), `"Password":"xxxxx"`)
	require.NoError(t, json.Unmarshal([]byte(`{"Password":"hunter2"}`), &u))
	require.Equal(t, "hunter2", string(u.Password))
	require.Empty(t, transport.Password("").String())
}

// What ParseURL accepts has a host and a port, and prints as something that means the same but for the password.
func FuzzParseURL(f *testing.F) {
	for _, s := range []string{"mc", "smpps://a:b@[fe80::1%25x]:1/", "a:b://c@d", "smpp://%40:%3a@x", "[::]:", "@"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := transport.ParseURL(s)
		if err != nil {
			require.Zero(t, u)
			return
		}
		require.NotEmpty(t, u.Host)
		require.NotZero(t, u.Port)
		again, err := transport.ParseURL(u.String())
		require.NoError(t, err, u.String())
		if u.Password != "" {
			u.Password = "xxxxx"
		}
		require.Equal(t, u, again)
	})
}
