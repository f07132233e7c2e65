package fuzz_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/smpp-go/smpp"

// layers are the top directories from the bottom up. A package imports packages of lower layers and of its own
// directory, and nothing else of this module.
var layers = []string{"pdu", "transport", "session", "esme mc", "metrics", "fuzz examples"}

// textual are the packages that need pdu/text, and with it what that needs.
var textual = []string{"pdu/text", "pdu/multipart", "pdu/profile"}

// outside are the modules that a package of the codec may use; those that are not named use none.
var outside = map[string]string{
	"pdu/text":      "golang.org/x/text",
	"pdu/multipart": "github.com/rivo/uniseg",
}

// goPackage is what go list tells of a package; its imports are without those of its tests.
type goPackage struct {
	ImportPath string
	Standard   bool
	Dir        string
	GoFiles    []string
	Imports    []string
	Deps       []string
}

// touch opens the sources of the package: go test takes a result from its cache unless a file has changed that the
// test opened itself.
func (p goPackage) touch() {
	for _, name := range append(p.GoFiles, "") {
		if f, err := os.Open(filepath.Join(p.Dir, name)); err == nil {
			f.Close()
		}
	}
}

// dir returns the directory in the module, and whether the package is of the module.
func dir(path string) (string, bool) {
	if path == module {
		return "", true
	}
	return strings.CutPrefix(path, module+"/")
}

func top(dir string) string {
	name, _, _ := strings.Cut(dir, "/")
	return name
}

func layer(dir string) int {
	return slices.IndexFunc(layers, func(names string) bool { return slices.Contains(strings.Fields(names), top(dir)) })
}

// under reports whether path is root or below it.
func under(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }

// TestImports holds the packages to the directions of ARCHITECTURE.md.
func TestImports(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not in the path")
	}
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-deps", "-json=ImportPath,Standard,Dir,GoFiles,Imports,Deps", "./...")
	cmd.Dir = ".."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	standard := map[string]bool{}
	var own []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		standard[p.ImportPath] = p.Standard
		if _, ok := dir(p.ImportPath); ok {
			p.touch()
			own = append(own, p)
		}
	}
	if len(own) == 0 {
		t.Fatal("go list found nothing")
	}
	for _, p := range own {
		from, _ := dir(p.ImportPath)
		if layer(from) < 0 {
			t.Errorf("%s: in a directory that has no layer; give it one here and in ARCHITECTURE.md", from)
			continue
		}
		for _, path := range p.Imports {
			to, sibling := dir(path)
			switch {
			case sibling && top(from) != top(to) && layer(from) <= layer(to):
				t.Errorf("%s imports %s, which is not below it", from, to)
			case sibling && from == "transport":
				t.Errorf("%s imports %s; it knows connections and nothing of SMPP", from, to)
			case under(path, "github.com/prometheus") && top(from) != "metrics" && top(from) != "examples":
				t.Errorf("%s imports %s, which metrics and examples alone may", from, path)
			}
		}
		if top(from) != "pdu" {
			continue
		}
		// Each reaches outside by itself for one module at most; what has nothing to do with text compiles nothing else.
		for _, path := range p.Imports {
			_, sibling := dir(path)
			if !standard[path] && !sibling && !(outside[from] != "" && under(path, outside[from])) {
				t.Errorf("%s imports %s", from, path)
			}
		}
		for _, path := range p.Deps {
			_, sibling := dir(path)
			if !standard[path] && !sibling && !slices.Contains(textual, from) {
				t.Errorf("%s depends on %s", from, path)
			}
		}
	}
}
