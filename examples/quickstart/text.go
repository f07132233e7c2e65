package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/pdu/profile"
)

//go:embed messages.txt
var builtIn []byte

// maxFile is the number of octets that a file with messages may have.
const maxFile = 64 << 20

// habits is how both ends write and read texts. It is what nearly every message centre takes: GSM 03.38 where that has all
// characters, else UTF-16; what is longer than a short message goes in parts, numbered in the user data header.
var habits = &profile.Profile{Name: "quickstart", KeepGraphemes: true}

// everyHabit returns habits, and the same with the other ways to send what is long, for a message centre that is known to
// take them all.
func everyHabit() []*profile.Profile {
	all := []*profile.Profile{habits}
	for _, method := range []multipart.Method{multipart.MethodUDH16, multipart.MethodSAR, multipart.MethodPayload} {
		p := *habits
		p.Split = method
		all = append(all, &p)
	}
	return all
}

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

// splitTexts cuts data into messages, one a line, without empty lines. What is not text is an error. A byte order mark at
// the start of a line is not part of it: files that were put together of others have some.
func splitTexts(data []byte) ([]string, error) {
	var texts []string
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimLeft(strings.TrimRight(line, "\r\n"), "\uFEFF")
		switch {
		case strings.TrimSpace(line) == "":
			continue
		case !utf8.ValidString(line) || strings.ContainsFunc(line, control):
			return nil, fmt.Errorf("line %d is not text in UTF-8", number)
		}
		if _, err := multipart.Split(line, habits.SplitOptions()); err != nil {
			return nil, fmt.Errorf("line %d can not be sent: %w", number, err)
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
