package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "jirasync"

// floors is the house from the roof down: a package imports only what stands on a lower
// floor, and of its own floor only its own sub-packages.
var floors = [][]string{
	{"."},
	{"cli", "cmd", "bench", "chaos"},
	{"server", "jobs"},
	{"resolvers"},
	{"graph"},
	{"fields", "mirror"},
	{"follow", "loaders", "webhook"},
	{"auth"},
	{"db"},
	{"config", "jira", "jirasim", "query", "cache", "events", "telemetry", "localpg", "frontend"},
}

// forbidden lists arrows that point down and are wrong all the same.
var forbidden = map[string][]string{
	"resolvers": {"mirror", "fields", "jobs", "jira"}, // a wish is a row
	"graph":     {"mirror", "fields", "jira"},
	"server":    {"mirror", "fields", "jira"},
}

// helpers are for tests: only tests, the bench, the chaos and each other may import them.
var helpers = []string{"db/dbtest", "cache/redistest", "mirror/mirrortest", "server/attacktest", "chaos/chaostest"}

// pgxPackages may speak to PostgreSQL.
var pgxPackages = []string{"db", "localpg", "bench"}

// envPackages may read the environment: config for all, localpg for PG_BIN, telemetry for
// NO_COLOR.
var envPackages = []string{"config", "localpg", "telemetry", "bench", "chaos"}

func TestImportsPointDownward(t *testing.T) {
	t.Parallel()
	for _, file := range sources(t) {
		from := file.area()
		require.GreaterOrEqual(t, floorOf(from), 0, "%s: give the folder %s a floor in this test", file.path, from)
		for _, to := range file.ours() {
			require.True(t, mayImport(from, to), "%s: %s imports %s, which is not below it", file.path, from, to)
			require.NotContains(t, forbidden[from], to, "%s: %s may not import %s", file.path, from, to)
		}
	}
}

func TestTestHelpersStayInTests(t *testing.T) {
	t.Parallel()
	for _, file := range sources(t) {
		if file.isHelper() || file.area() == "bench" || file.area() == "chaos" {
			continue
		}
		for _, helper := range helpers {
			require.NotContains(t, file.imports, module+"/"+helper, "%s", file.path)
		}
	}
}

func TestOnlyTheStoreSpeaksToPostgreSQL(t *testing.T) {
	t.Parallel()
	for _, file := range sources(t) {
		if file.isHelper() {
			continue
		}
		for _, name := range file.imports {
			if strings.HasPrefix(name, "github.com/jackc/pgx") || name == "database/sql" {
				require.Contains(t, pgxPackages, file.area(), "%s imports %s", file.path, name)
			}
		}
	}
}

func TestOnlyConfigReadsTheEnvironment(t *testing.T) {
	t.Parallel()
	for _, file := range sources(t) {
		if file.isHelper() || slices.Contains(envPackages, file.area()) {
			continue
		}
		ast.Inspect(file.tree, func(node ast.Node) bool {
			call, ok := node.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if of, ok := call.X.(*ast.Ident); ok && of.Name == "os" {
				require.NotContains(t, []string{"Getenv", "LookupEnv", "Environ"}, call.Sel.Name,
					"%s: pass it in from config", file.path)
			}
			return true
		})
	}
}

func floorOf(area string) int {
	return slices.IndexFunc(floors, func(floor []string) bool { return slices.Contains(floor, area) })
}

func mayImport(from, to string) bool {
	return from == to || floorOf(from) < floorOf(to)
}

// source is one Go file that is no test.
type source struct {
	path    string // from the root
	tree    *ast.File
	imports []string
}

// area is the top folder, where a rule applies to all below it.
func (s source) area() string {
	first, _, nested := strings.Cut(s.path, "/")
	if !nested {
		return "."
	}
	return first
}

// ours lists the areas of this module that the file imports.
func (s source) ours() []string {
	if s.isHelper() {
		return nil
	}
	var areas []string
	for _, name := range s.imports {
		if below, ok := strings.CutPrefix(name, module+"/"); ok {
			area, _, _ := strings.Cut(below, "/")
			areas = append(areas, area)
		}
	}
	return areas
}

func (s source) isHelper() bool {
	dir := path.Dir(s.path)
	return slices.ContainsFunc(helpers, func(helper string) bool {
		return dir == helper || strings.HasPrefix(dir, helper+"/")
	})
}

func sources(t *testing.T) []source {
	t.Helper()
	var found []source
	require.NoError(t, filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") ||
			slices.Contains([]string{"node_modules", "testdata"}, entry.Name())):
			return filepath.SkipDir
		case entry.IsDir(), !strings.HasSuffix(name, ".go"), strings.HasSuffix(name, "_test.go"):
			return nil
		}
		tree, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		file := source{path: filepath.ToSlash(name), tree: tree}
		for _, spec := range tree.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			file.imports = append(file.imports, imported)
		}
		found = append(found, file)
		return nil
	}))
	return found
}
