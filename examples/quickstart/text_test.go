package main

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/smpp-go/smpp/pdu"
)

// The messages that are built in are text, none is empty, and they are of all kinds.
func TestMessages(t *testing.T) {
	texts, err := splitTexts(builtIn)
	require.NoError(t, err)
	require.Len(t, texts, strings.Count(string(builtIn), "\n"), "no line is empty")
	require.GreaterOrEqual(t, len(texts), 200)
	scripts := map[string]int{}
	codings := map[pdu.DataCoding]int{}
	longer, payload := 0, 0
	for _, text := range texts {
		for name, table := range unicode.Scripts {
			if strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(table, r) }) {
				scripts[name]++
			}
		}
		coding, octets := encode(text)
		codings[coding]++
		if n := len([]rune(text)); n > 160 {
			longer++
		}
		if len(octets) > maxShort {
			payload++
		}
	}
	for _, name := range []string{"Latin", "Greek", "Cyrillic", "Arabic", "Hebrew", "Devanagari", "Thai", "Han", "Hiragana", "Katakana", "Hangul"} {
		require.GreaterOrEqual(t, scripts[name], 2, name)
	}
	require.Len(t, codings, 3, "data_coding 0, 1 and 8")
	require.Greater(t, longer, 10)
	require.Greater(t, payload, 20)
}

func TestEncode(t *testing.T) {
	for _, c := range []struct {
		text   string
		coding pdu.DataCoding
		octets string
	}{
		{"Hi!", pdu.DataCodingDefault, "Hi!"},
		{"a_b", pdu.DataCodingASCII, "a_b"}, // 0x5F is a section sign in GSM 03.38
		{"$5", pdu.DataCodingASCII, "$5"},
		{"å", pdu.DataCodingUCS2, "\x00\xe5"},
		{"€1", pdu.DataCodingUCS2, "\x20\xac\x00\x31"},
		{"👍", pdu.DataCodingUCS2, "\xd8\x3d\xdc\x4d"},
	} {
		coding, octets := encode(c.text)
		require.Equal(t, c.coding, coding, c.text)
		require.Equal(t, c.octets, string(octets), c.text)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		require.Equal(t, text, decode(encode(text)))
	})
}

// The text stands in short_message as long as it fits, and else in message_payload.
func TestCompose(t *testing.T) {
	for _, n := range []int{1, maxShort, maxShort + 1, maxPayload} {
		text := strings.Repeat("x", n)
		sm := compose(pdu.Address{Addr: "a"}, pdu.Address{Addr: "b"}, text, true)
		payload, ok := sm.TLVs.Get(pdu.TagMessagePayload)
		require.Equal(t, n > maxShort, ok)
		require.Equal(t, text, string(sm.ShortMessage)+string(payload))
		require.Equal(t, text, string(content(sm.ShortMessage, sm.TLVs)))
		require.Equal(t, pdu.RegisteredReceipt, sm.RegisteredDelivery)
		_, err := (pdu.Codec{Version: pdu.V34}).Append(nil, &pdu.PDU{Header: pdu.Header{ID: pdu.CommandSubmitSM, Seq: 1}, Body: sm})
		require.NoError(t, err)
	}
}

func TestSplitTexts(t *testing.T) {
	texts, err := splitTexts([]byte("\uFEFFone\r\n\n two\n\tthree"))
	require.NoError(t, err)
	require.Equal(t, []string{"one", " two", "\tthree"}, texts)
}
