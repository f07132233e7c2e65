package fuzz

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// named finds names of tests, such as session.TestClose.
var named = regexp.MustCompile(`\b([a-z]+)\.((?:Test|Fuzz|Example)\w*)`)

// TestFieldBugs: FIELD-BUGS.md has a line for each of the bugs, which says something, and every test that it names
// exists.
func TestFieldBugs(t *testing.T) {
	tests := testFunctions(t)
	next := 1
	for line := range strings.Lines(read(t, "FIELD-BUGS.md")) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.HasPrefix(cells[1], " B") {
			continue
		}
		id := strings.TrimSpace(cells[1])
		if want := fmt.Sprintf("B%d", next); id != want {
			t.Errorf("%s follows, want %s", id, want)
		}
		next++
		held := cells[3]
		names := named.FindAllString(held, -1)
		for _, name := range names {
			if !tests[name] {
				t.Errorf("%s: there is no %s", id, name)
			}
		}
		if len(names) == 0 && !strings.Contains(held, "elongs to") {
			t.Errorf("%s is not held by anything", id)
		}
	}
	if next != 56 {
		t.Errorf("%d bugs, want 55", next-1)
	}
}

// testFunctions returns the test functions of this module, by the name of their directory and their own.
func testFunctions(t *testing.T) map[string]bool {
	tests := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		dir, err := filepath.Abs(filepath.Dir(path))
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil {
				tests[filepath.Base(dir)+"."+fn.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tests
}
