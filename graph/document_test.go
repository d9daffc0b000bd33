package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"jirasync/graph"
)

func limits() graph.DocumentLimits {
	return graph.DocumentLimits{Tokens: 10_000, Depth: 20, RootFields: 20, Aliases: 60, Directives: 60, Cost: 20_000, List: 5000}
}

func TestFragmentsWithinThemselvesAreRefusedByName(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"itself":          `{ issue(key: "A-1") {...A} } fragment A on Issue { parent {...A} }`,
		"one by another":  "{...A} fragment A on Query {...B} fragment B on Query {...A}",
		"never spread":    "{ __typename } fragment A on Issue { parent {...A} }",
		"in an inline":    "{...A} fragment A on Query { ... on Query {...A} }",
		"after much else": "{...B} fragment B on Query { instances { name } ...A } fragment A on Query { __typename ...A }",
	} {
		_, err := graph.ReadDocument(text, limits())
		require.Equal(t, "BAD_USER_INPUT", codeOf(t, err), "%s: %v", name, err)
		require.ErrorContains(t, err, "within itself", name)
	}
}

func TestFragmentMayBeSpreadOftenWhereItIsInNoCycle(t *testing.T) {
	t.Parallel()
	_, err := graph.ReadDocument(`{ a: issue(key: "A-1") {...I} b: issue(key: "A-2") { ...I parent {...I} } }
		fragment I on Issue { ...K summary } fragment K on Issue { key }`, limits())
	require.NoError(t, err)
}

func TestFieldsAreCountedWhereSelectionsBecomeOne(t *testing.T) {
	t.Parallel()
	spread := func(fragments, each int) string {
		var spreads, made strings.Builder
		for n := range fragments {
			fmt.Fprintf(&spreads, " ...F%d", n)
			fmt.Fprintf(&made, " fragment F%d on Issue {%s }", n, strings.Repeat(" key", each))
		}
		return `{ issue(key: "A-1") {` + spreads.String() + " } }" + made.String()
	}
	parents := func(n, each int) string {
		return `{ issue(key: "A-1") {` + strings.Repeat(" parent {"+strings.Repeat(" key", each)+" }", n) + " } }"
	}
	for name, tt := range map[string]struct{ text, code string }{
		"fragments, at the edge": {spread(10, 10), ""},
		"fragments, beyond":      {spread(1, 100) + " fragment G on Issue { key }", ""},
		"fragments, together":    {spread(11, 10), "QUERY_TOO_COMPLEX"},
		"parents, at the edge":   {parents(10, 10), ""},
		"parents, together":      {parents(11, 10), "QUERY_TOO_COMPLEX"},
		"never spread":           {"{ __typename } fragment F on Issue {" + strings.Repeat(" parent {"+strings.Repeat(" key", 10)+" }", 11) + " }", "QUERY_TOO_COMPLEX"},
		"parents of others":      {`{ a: issue(key: "A-1") { parent {` + strings.Repeat(" key", 60) + ` } } b: issue(key: "A-2") { parent {` + strings.Repeat(" key", 60) + " } } }", ""},
	} {
		_, err := graph.ReadDocument(tt.text, limits())
		require.Equal(t, tt.code, codeOf(t, err), "%s: %v", name, err)
		if err != nil {
			require.ErrorContains(t, err, "repetitions of one field: at most 100", name)
		}
	}
}

func TestRepetitionsOfAllSelectionsAreCountedTogether(t *testing.T) {
	t.Parallel()
	// Each issue has 50 fields that were there already.
	issues := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, ` i%d: issue(key: "A-1") {%s }`, i, strings.Repeat(" key id", 26))
		}
		return "{" + b.String() + " }"
	}
	_, err := graph.ReadDocument(issues(20), limits())
	require.NoError(t, err)
	more := limits()
	more.RootFields = 21
	_, err = graph.ReadDocument(issues(21), more)
	require.Equal(t, "QUERY_TOO_COMPLEX", codeOf(t, err))
	require.ErrorContains(t, err, "repetitions of fields: at most 1000")
}

func TestFieldsOfAllOperationsAreCountedTogether(t *testing.T) {
	t.Parallel()
	var fields strings.Builder
	for i := range 99 {
		fmt.Fprintf(&fields, " f%d", i)
	}
	operations := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, " query Q%d {...F}", i)
		}
		return b.String() + " fragment F on Query { instances {" + fields.String() + " } }"
	}
	_, err := graph.ReadDocument(operations(200), limits())
	require.NoError(t, err)
	_, err = graph.ReadDocument(operations(201), limits())
	require.Equal(t, "QUERY_TOO_COMPLEX", codeOf(t, err))
	require.ErrorContains(t, err, "fields in the operation: at most 20000")
}

func TestOperationIsFoundByName(t *testing.T) {
	t.Parallel()
	one, err := graph.ReadDocument("mutation M { __typename }", limits())
	require.NoError(t, err)
	two, err := graph.ReadDocument("query A { __typename } subscription B { __typename }", limits())
	require.NoError(t, err)
	for _, tt := range []struct {
		doc         *graph.Document
		name, found string
		kind        ast.Operation
	}{
		{one, "", "M", ast.Mutation}, {one, "M", "M", ast.Mutation}, {two, "A", "A", ast.Query}, {two, "B", "B", ast.Subscription},
	} {
		kind, found, err := tt.doc.Operation(tt.name)
		require.NoError(t, err)
		require.Equal(t, []any{tt.kind, tt.found}, []any{kind, found})
	}
	_, _, err = two.Operation("")
	require.ErrorContains(t, err, "operationName")
	_, _, err = one.Operation("C")
	require.ErrorContains(t, err, `"C"`)
}
