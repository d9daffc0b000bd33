// Package attacktest has requests that cost their sender little, and would cost a server much if it
// answered them: the tests see each refused, the bench how soon.
package attacktest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// Attack is a request that a server must refuse at once.
type Attack struct {
	Name string
	body []byte // with a number in place of mark, so that no two are the same
	Code string // that it is refused with
	Says string // what the refusal says, among other things
}

// mark stands where an attack differs from the others of its kind.
const mark = "0123456789"

// Body is that of the attack for the nth time.
func (a Attack) Body(n int) []byte {
	return bytes.Replace(a.body, []byte(mark), fmt.Appendf(nil, "%0*d", len(mark), n), 1)
}

// The codes of the contract that attacks are refused with.
const (
	tooDeep    = "QUERY_TOO_DEEP"
	tooComplex = "QUERY_TOO_COMPLEX"
	badInput   = "BAD_USER_INPUT"
)

// All are the attacks, as limits are by default.
func All() []Attack {
	repeat := strings.Repeat
	list := slices.Repeat([]string{"A-1"}, 100_000)
	wide := slices.Repeat([]any{map[string]any{"type": map[string]any{"eq": "Bug"}}}, 600)
	return []Attack{
		// The document.
		{"depth 50", operation(inIssue(repeat("parent {", 50)+"key"+repeat("}", 50)), nil), tooDeep, "at most 20"},
		{"10,000 braces", operation(repeat("{a", 4_900), nil), tooDeep, "at most 20"},
		{"9,000 parentheses for an operation", operation(repeat("(", 9000), nil), badInput, ""},
		{"1,000 aliases", operation(inIssue(numbered(1000, "a%d: key ")), nil), tooComplex, "aliases: at most 60"},
		{"10,000 directives", operation(inIssue("key"+repeat(" @skip(if: false)", 10_000)), nil), tooComplex, "at most"},
		{"1,400 directives, within the tokens", operation(inIssue("key"+repeat(" @skip(if: false)", 1400)), nil), tooComplex, "directives: at most 60"},
		{"3,000 fields that there are not", operation(inIssue(numbered(3000, "f%d ")), nil), badInput, "f0"},
		{"one field 4,900 times", operation("{ instances {"+repeat(" name", 4900)+"} }", nil), tooComplex, "at most 100"},
		{"1,600 fields, each often", operation(everything(repeat(leaves, 90)), nil), tooComplex, "at most"},
		{"9,000 fields, each often", operation(everything(deepened(5, repeat(leaves, 90))), nil), tooComplex, "at most"},
		{"pages of pages", operation(everything("key"), nil), tooComplex, "at most 20000"},
		// Fragments.
		{"fragments in a cycle", operation("{...A} fragment A on Query {...B} fragment B on Query {...A}", nil), badInput, "itself"},
		{"a fragment in itself", operation(`{ issue(key: "A-1") {...A} } fragment A on Issue { parent {...A} }`, nil), badInput, "itself"},
		{"an unused fragment in itself", operation(`{ __typename } fragment A on Issue { parent {...A} }`, nil), badInput, "within itself"},
		{"fragments in many cycles", operation("{...F0} "+cycles(180, 20), nil), badInput, "within itself"},
		{"fragments that double, twelve times", operation(everything("...F0")+doubling(12), nil), tooComplex, "at most"},
		{"fragments that double, to nothing", operation("{...F0} "+chain(100), nil), tooComplex, "at most"},
		{"spreads of fragments that there are not", operation("{...F0}"+numbered(100, " fragment F%d on Query {...F%[1]d0 ...F%[1]d0}"), nil), badInput, ""},
		{"parents that double, ten times", operation(everything(doubled(10)), nil), tooComplex, "repetitions of one field"},
		{"100 fragments of 80 fields", operation(everything(numbered(100, " ...F%d"))+numbered(100, " fragment F%d on Issue {"+repeat(" key id", 40)+"}"), nil), tooComplex, "repetitions of one field"},
		{"1,000 operations of one fragment", operation("{...F}"+numbered(1000, " query B%d {...F}")+" fragment F on Query { instances {"+numbered(60, " a%d: name")+repeat(leavesOfInstance, 90)+" } }", nil), tooComplex, "fields in the operation"},
		// The request.
		{"a body of 5 MB", operation("{ __typename }", map[string]any{"x": repeat("x", 5<<20)}), tooComplex, "1,048,576 bytes"},
		{"a batch of 1,000 operations", []byte("[" + named + repeat(`,{"query":"{__typename}"}`, 999) + "]"), badInput, "arrays of operations"},
		{"a batch behind spaces", []byte(" \n\t[" + named + "]"), badInput, "arrays of operations"},
		{"100,000 brackets in the variables", []byte(`{"query":"query A` + mark + ` {__typename}","variables":{"x":` + repeat("[", 100_000) + "}}"), badInput, "no JSON object"},
		{"9,000 brackets in the variables", operation("{ __typename }", map[string]any{"x": brackets(9000)}), tooDeep, "at most 20"},
		// Filters.
		{"filters nested 1,000 deep", filtered(nested(1000)), tooDeep, "at most 20"},
		{"filters nested 1,000 deep in the text", operation("{ issues(where: "+repeat("{not:", 1000)+"{}"+repeat("}", 1000)+") { nodes { key } } }", nil), tooDeep, "at most 20"},
		{"600 conditions", filtered(map[string]any{"or": wide}), tooComplex, "at most 500"},
		{"an `in` of 100,000", filtered(map[string]any{"key": map[string]any{"in": list}}), tooComplex, "at most"},
		{"20 `in` of 4,900", manyLists(20, 4_900), tooComplex, "values in the variables: at most"},
		{"the longest variables, for too much", manyLists(4, 5_000), tooComplex, "at most"},
		{"20,000 names of fields, for 500 issues", operation(`($n: [String!]) { issues(first: 500) { nodes { fields(names: $n) { name value } } } }`, map[string]any{"n": slices.Repeat([]string{"points"}, 20_000)}), tooComplex, "at most"},
		{"20 counts of 10,000 groups", operation("{"+numbered(20, " a%d: issueStats(groupBy: [{dimension: LABEL}, {dimension: CREATED}], limit: 10000) { groups { keys count } }")+" }", nil), tooComplex, "at most"},
		{"an `in` of 100,000 in the text", operation(`{ issues(where: {key: {in: [`+repeat(`"A-1" `, 100_000)+`]}}) { nodes { key } } }`, nil), tooComplex, "tokens"},
		{"a pattern of 10,000 wildcards", filtered(map[string]any{"summary": map[string]any{"contains": repeat("%_", 5000)}}), tooComplex, "at most 500"},
		{"a regular expression that goes back and forth", filtered(map[string]any{"summary": map[string]any{"contains": repeat("(a+)+", 2000) + "$"}}), tooComplex, "at most 500"},
		{"a search of 10,000 parentheses", operation(`($s: String) { issues(search: $s) { nodes { key } } }`, map[string]any{"s": repeat("(", 10_000)}), tooComplex, "at most 500"},
		{"a filter with 10,000 parentheses", filtered(map[string]any{"summary": map[string]any{"startsWith": repeat("(", 10_000)}}), tooComplex, "at most 500"},
	}
}

// named is an operation of a batch.
const named = `{"query":"{__typename}","operationName":"` + mark + `"}`

// operation is a request whose name is the mark.
func operation(text string, variables map[string]any) []byte {
	body, err := json.Marshal(map[string]any{"query": "query A" + mark + " " + text, "variables": variables})
	if err != nil {
		panic(err) // it is made of texts
	}
	return body
}

func filtered(filter map[string]any) []byte {
	return operation(`($f: IssueFilter) { issues(where: $f) { nodes { key } } }`, map[string]any{"f": filter})
}

func inIssue(selection string) string { return `{ issue(key: "A-1") { ` + selection + " } }" }

// everything asks for more than the cost allows, however little is selected.
func everything(selection string) string {
	return "{ issues(first: 500) { nodes { changelog(first: 500) { totalCount } " + selection + " } } }"
}

// leaves are fields of an issue, each of which may be repeated a hundred times.
const leaves = " id jiraId key url resolution summary description labels components fixVersions affectsVersions" +
	" createdAt updatedAt resolvedAt dueDate timeSpentSeconds syncedAt deletedAt"

const leavesOfInstance = " id name kind url issueCount"

func numbered(n int, text string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, text, i)
	}
	return b.String()
}

// nested is a filter within so many others.
func nested(depth int) map[string]any {
	filter := map[string]any{}
	for range depth {
		filter = map[string]any{"not": filter}
	}
	return filter
}

// deepened are an issue's fields, its parent's, and so on.
func deepened(times int, fields string) string {
	if times == 0 {
		return ""
	}
	return fields + " parent { id " + deepened(times-1, fields) + " }"
}

// cycles are fragments each of which spreads the ones after it, the last the first.
func cycles(fragments, spreads int) string {
	var b strings.Builder
	for n := range fragments {
		fmt.Fprintf(&b, " fragment F%d on Query {", n)
		for i := range spreads {
			fmt.Fprintf(&b, " ...F%d", (n+1+i)%fragments)
		}
		b.WriteString(" }")
	}
	return b.String()
}

// doubling are fragments each of which holds the next one twice.
func doubling(times int) string {
	var b strings.Builder
	for n := range times {
		fmt.Fprintf(&b, " fragment F%d on Issue { parent { ...F%d } parent { ...F%[2]d } }", n, n+1)
	}
	fmt.Fprintf(&b, " fragment F%d on Issue { key }", times)
	return b.String()
}

// doubled is an issue's parent twice, the parent's twice in each, and so on.
func doubled(times int) string {
	if times == 0 {
		return "key"
	}
	parent := "parent { " + doubled(times-1) + " } "
	return parent + parent
}

// manyLists asks for more than the cost allows, of the keys in each of so many lists.
func manyLists(n, length int) []byte {
	variables := map[string]any{}
	for i := range n {
		variables[fmt.Sprint("f", i)] = slices.Repeat([]string{"A-1"}, length)
	}
	return operation("("+numbered(n, "$f%d: [String!] ")+") {"+
		numbered(n, " a%d: issues(first: 500, where: {key: {in: $f%[1]d}}) { nodes { changelog(first: 500) { totalCount } } }")+" }", variables)
}

// brackets are lists within lists.
func brackets(depth int) any {
	list := []any{}
	for range depth {
		list = []any{list}
	}
	return list
}

// chain are fragments each of which spreads the next one twice, the last one that there is not.
func chain(fragments int) string {
	var b strings.Builder
	for n := range fragments {
		fmt.Fprintf(&b, " fragment F%d on Query { ...F%d ...F%[2]d }", n, n+1)
	}
	return b.String()
}
