package main

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
)

// The messages that are built in are text, none is empty, and they are of all kinds.
func TestMessages(t *testing.T) {
	texts, err := splitTexts(builtIn)
	require.NoError(t, err)
	require.Len(t, texts, strings.Count(string(builtIn), "\n"), "no line is empty")
	require.GreaterOrEqual(t, len(texts), 200)
	scripts := map[string]int{}
	emoji := 0
	several := map[pdu.DataCoding][]int{} // by the number of parts
	for _, text := range texts {
		for name, table := range unicode.Scripts {
			if strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(table, r) }) {
				scripts[name]++
			}
		}
		if strings.ContainsFunc(text, func(r rune) bool { return r > 0xFFFF }) {
			emoji++
		}
		parts, err := multipart.Split(text, habits.SplitOptions())
		require.NoError(t, err)
		coding := parts[0].DataCoding
		for len(several[coding]) <= len(parts) {
			several[coding] = append(several[coding], 0)
		}
		several[coding][len(parts)]++
	}
	for _, name := range []string{"Latin", "Greek", "Cyrillic", "Arabic", "Hebrew", "Devanagari", "Thai", "Han", "Hiragana", "Katakana", "Hangul"} {
		require.GreaterOrEqual(t, scripts[name], 2, name)
	}
	require.Greater(t, emoji, 10)
	require.Len(t, several, 2)
	for _, coding := range []pdu.DataCoding{pdu.DataCodingDefault, pdu.DataCodingUCS2} {
		require.Greater(t, several[coding][2], 5, "in two parts, %v", coding)
		require.Greater(t, len(several[coding]), 4, "in four or more, %v", coding)
	}
}

// A job goes round through its texts, with another profile in each round.
func TestJobText(t *testing.T) {
	j := job{texts: []string{"a", "b"}, profiles: everyHabit(), receipts: true}
	methods := map[multipart.Method]int{}
	for i := range 16 {
		m := j.text(i)
		require.Equal(t, j.texts[i%2], m.Body)
		require.Equal(t, recipient(i), m.To)
		require.Equal(t, pdu.RegisteredReceipt, m.Receipt)
		methods[m.Profile.Split]++
	}
	require.Equal(t, map[multipart.Method]int{
		multipart.MethodUDH8: 4, multipart.MethodUDH16: 4, multipart.MethodSAR: 4, multipart.MethodPayload: 4,
	}, methods)
	require.Equal(t, multipart.MethodUDH8, habits.Split)
	j.receipts = false
	require.Zero(t, j.text(0).Receipt)
}

func TestSplitTexts(t *testing.T) {
	texts, err := splitTexts([]byte("\uFEFFone\r\n\n two\n\uFEFF\n\uFEFF\tthree"))
	require.NoError(t, err)
	require.Equal(t, []string{"one", " two", "\tthree"}, texts)
}
