package server_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/config"
)

// documented are the names that the pattern finds in docs/errors.md.
func documented(t *testing.T, pattern string) []string {
	t.Helper()
	page, err := os.ReadFile("../docs/errors.md")
	require.NoError(t, err)
	var names []string
	for _, match := range regexp.MustCompile(pattern).FindAllSubmatch(page, -1) {
		names = append(names, string(match[1]))
	}
	return names
}

func TestEveryCodeIsDocumented(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "../graph/errors.go", nil, 0)
	require.NoError(t, err)
	var codes []string
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if ok && strings.HasPrefix(spec.Names[0].Name, "Code") && len(spec.Values) == 1 {
			code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			codes = append(codes, code)
		}
		return true
	})
	require.Contains(t, codes, "PERSISTED_QUERY_NOT_FOUND")
	require.ElementsMatch(t, codes, documented(t, "(?m)^\\| `([A-Z_]+)` \\|"))
}

func TestEveryLimitIsDocumentedWithItsSetting(t *testing.T) {
	t.Parallel()
	var settings []string
	for _, v := range config.Reference() {
		if strings.HasPrefix(v.Name, "LIMIT_") {
			settings = append(settings, v.Name)
		}
	}
	require.ElementsMatch(t, settings, documented(t, "(?m)^\\|[^|]+\\| `(LIMIT_[A-Z_]+)` \\|"))
}
