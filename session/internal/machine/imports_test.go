package machine

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// permitted are the packages that the machine may import. Of time it may use no more than timeNames: types and
// durations, and never the clock.
var (
	permitted = []string{"encoding/binary", "errors", "fmt", "slices", "time", "github.com/smpp-go/smpp/pdu"}
	timeNames = []string{"Time", "Duration", "Second"}
)

// TestImports holds the machine to its purity: no goroutine, channel, lock, socket or clock.
func TestImports(t *testing.T) {
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	files := 0
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		files++
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, nil, 0)
		require.NoError(t, err)
		for _, imp := range f.Imports {
			path, err := strconv.Unquote(imp.Path.Value)
			require.NoError(t, err)
			require.Contains(t, permitted, path, name)
			require.Nil(t, imp.Name, "%s: an import under another name escapes this test", name)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt, *ast.SelectStmt, *ast.SendStmt, *ast.ChanType:
				t.Errorf("%v: the machine has no goroutines and channels", fset.Position(n.Pos()))
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" {
					require.Contains(t, timeNames, n.Sel.Name, "%v", fset.Position(n.Pos()))
				}
			}
			return true
		})
	}
	require.Greater(t, files, 10)
}
