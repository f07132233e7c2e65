package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/tlv"
)

//go:embed messages.txt
var builtIn []byte

// Limits of what is sent.
const (
	maxFile    = 64 << 20 // octets of a file with messages
	maxShort   = 254      // octets of short_message in SMPP 3.4; what is longer goes as message_payload
	maxPayload = 65535    // octets of message_payload
)

// readTexts returns the messages of a file, of standard input when its name is -, or those built in when it is empty.
func readTexts(ctx context.Context, name string, stdin io.Reader) ([]string, error) {
	what := name
	data, err := builtIn, error(nil)
	switch name {
	case "":
		what = "messages.txt"
	case "-":
		what = "standard input"
		data, err = readAll(ctx, stdin)
	default:
		data, err = readFile(ctx, name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	texts, err := splitTexts(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return texts, nil
}

func readFile(ctx context.Context, name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	return readAll(ctx, f)
}

// cause returns an error of package os without the operation and the name, which the caller tells.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// readAll reads what r has, until ctx ends: a terminal or a pipe may keep a read waiting for ever.
func readAll(ctx context.Context, r io.Reader) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
		done <- result{data, err}
	}()
	select {
	case got := <-done:
		if got.err == nil && len(got.data) > maxFile {
			return nil, fmt.Errorf("longer than %d MiB", maxFile>>20)
		}
		return got.data, cause(got.err)
	case <-ctx.Done():
		return nil, errInterrupted
	}
}

// splitTexts cuts data into messages, one a line, without empty lines. What is not text is an error.
func splitTexts(data []byte) ([]string, error) {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	var texts []string
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.TrimSpace(line) == "":
			continue
		case !utf8.ValidString(line) || strings.ContainsFunc(line, control):
			return nil, fmt.Errorf("line %d is not text in UTF-8", number)
		}
		if _, octets := encode(line); len(octets) > maxPayload {
			return nil, fmt.Errorf("line %d is longer than a message can be, %s octets", number, group(maxPayload))
		}
		texts = append(texts, line)
	}
	if len(texts) == 0 {
		return nil, errors.New("there is no message in it")
	}
	return texts, nil
}

func control(r rune) bool { return r != '\t' && unicode.IsControl(r) }

// plain tells whether s has printable ASCII characters alone.
func plain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// encode returns the octets of a text and the data_coding that tells how to read them.
//
// Text that is all ASCII goes as it is. What its octets mean under data_coding 0 is up to the message centre, which may
// take GSM 03.38, Latin-1 or ASCII for its default alphabet. Those three agree on letters, digits and most
// punctuation, so such text is sent as 0, which every centre takes; with one of the characters that they do not agree
// on, it is sent as 1, which says ASCII. Everything else goes as UTF-16 under data_coding 8, which says UCS-2: the two
// differ in emoji and the like alone, and handsets take them.
func encode(text string) (pdu.DataCoding, []byte) {
	switch {
	case !plain(text):
		var octets []byte
		for _, unit := range utf16.Encode([]rune(text)) {
			octets = append(octets, byte(unit>>8), byte(unit))
		}
		return pdu.DataCodingUCS2, octets
	case strings.ContainsAny(text, "@$_[\\]^`{|}~"):
		return pdu.DataCodingASCII, []byte(text)
	}
	return pdu.DataCodingDefault, []byte(text)
}

// decode is the reverse of encode.
func decode(coding pdu.DataCoding, octets []byte) string {
	if coding != pdu.DataCodingUCS2 {
		return string(octets)
	}
	units := make([]uint16, len(octets)/2)
	for i := range units {
		units[i] = uint16(octets[2*i])<<8 | uint16(octets[2*i+1])
	}
	return string(utf16.Decode(units))
}

// compose builds the request for a text.
func compose(from, to pdu.Address, text string, receipts bool) *pdu.SubmitSM {
	coding, octets := encode(text)
	sm := &pdu.SubmitSM{Source: from, Dest: to, DataCoding: coding}
	if receipts {
		sm.RegisteredDelivery = pdu.RegisteredReceipt
	}
	if len(octets) <= maxShort {
		sm.ShortMessage = octets
	} else {
		sm.TLVs.Set(tlv.MessagePayload.Tag(), octets)
	}
	return sm
}

// content returns the octets of a message, wherever they stand.
func content(short []byte, tlvs pdu.TLVs) []byte {
	if payload, ok := tlvs.Get(pdu.TagMessagePayload); ok {
		return payload
	}
	return short
}
