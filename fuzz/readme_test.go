package fuzz

import (
	"os"
	"strings"
	"testing"
)

// The code in the README is the code of Example functions, which compile: every line of it stands in one of them.
func TestReadmeCompiles(t *testing.T) {
	readme := read(t, "../README.md")
	examples := read(t, "../esme/example_test.go") + read(t, "../mc/example_test.go")
	lines := make(map[string]bool)
	for line := range strings.Lines(examples) {
		lines[strings.TrimSpace(line)] = true
	}
	blocks := strings.Split(readme, "```go\n")[1:]
	if len(blocks) < 2 {
		t.Fatalf("README has %d blocks of Go, want a client and a server", len(blocks))
	}
	for _, block := range blocks {
		code, _, _ := strings.Cut(block, "```")
		for line := range strings.Lines(code) {
			if line = strings.TrimSpace(line); !lines[line] {
				t.Errorf("no example has the line %q", line)
			}
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
