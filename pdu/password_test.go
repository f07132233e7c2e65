package pdu

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPasswordHides(t *testing.T) {
	type config struct {
		Name string
		Pass Password
		Deep struct{ Pass []Password }
	}
	const secret = "s3cr3tpw"
	c := config{Name: "me", Pass: secret}
	c.Deep.Pass = []Password{secret}
	hidden := func(text string) {
		t.Helper()
		require.NotContains(t, text, secret)
		require.NotContains(t, text, hex.EncodeToString([]byte(secret)))
		require.Contains(t, text, redacted)
	}
	verbs := []string{"v", "+v", "#v", "s", "q", "x", "X", "d", "+q", "# x", "10s", "-20v", ".2s", "U", "c", "t", "e", "z"}
	for _, verb := range verbs {
		for _, v := range []any{Password(secret), c, &c, []Password{secret}, map[string]Password{"a": secret}, any(c.Deep)} {
			hidden(fmt.Sprintf("%"+verb, v))
		}
	}
	hidden(fmt.Sprint(c))
	hidden(fmt.Sprintln(Password(secret)))
	hidden(fmt.Errorf("login: %w, %v", fmt.Errorf("pw %s", Password(secret)), c).Error())
	require.Equal(t, redacted, Password(secret).String())
	require.Equal(t, redacted, Password(secret).GoString())

	b, err := json.Marshal(c)
	require.NoError(t, err)
	hidden(string(b))
	b, err = xml.Marshal(c)
	require.NoError(t, err)
	hidden(string(b))

	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		log.Reset()
		slog.New(h).Info("bind", "password", Password(secret), "config", c)
		hidden(log.String())
	}
	require.Equal(t, secret, string(c.Pass))
}

func TestPasswordEmpty(t *testing.T) {
	require.Equal(t, "||", fmt.Sprintf("|%v|", Password("")))
	b, err := Password("").MarshalText()
	require.NoError(t, err)
	require.Empty(t, b)
}

func TestPasswordUnmarshal(t *testing.T) {
	var c struct{ Pass Password }
	require.NoError(t, json.Unmarshal([]byte(`{"Pass":"x"}`), &c))
	require.Equal(t, Password("x"), c.Pass)
}
