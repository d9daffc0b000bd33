package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// attack is a request that costs its sender little, and would cost the server much if it were
// answered.
type attack struct {
	name string
	body []byte // with a number in place of mark, so that no two are the same
	code string // that it is refused with
}

// mark stands where an attack differs from the others of its kind.
const mark = "0123456789"

// made is the attack for the nth time.
func (a attack) made(n int) []byte {
	return bytes.Replace(a.body, []byte(mark), fmt.Appendf(nil, "%0*d", len(mark), n), 1)
}

// The codes of the contract that attacks are refused with.
const (
	tooDeep    = "QUERY_TOO_DEEP"
	tooComplex = "QUERY_TOO_COMPLEX"
	badInput   = "BAD_USER_INPUT"
)

// attacks are those that the server must refuse at once.
func attacks() []attack {
	repeat := strings.Repeat
	list := slices.Repeat([]string{"A-1"}, 100_000)
	return []attack{
		{"depth 50", operation(inIssue(repeat("parent {", 50)+"key"+repeat("}", 50)), nil), tooDeep},
		{"1,000 aliases", operation(inIssue(numbered(1000, "a%d: key ")), nil), tooComplex},
		{"10,000 directives", operation(inIssue("key"+repeat(" @skip(if: false)", 10_000)), nil), tooComplex},
		{"1,400 directives, within the tokens", operation(inIssue("key"+repeat(" @skip(if: false)", 1400)), nil), tooComplex},
		{"3,000 fields that there are not", operation(inIssue(numbered(3000, "f%d ")), nil), badInput},
		{"1,600 fields, each often", operation(everything(repeat(leaves, 90)), nil), tooComplex},
		{"9,000 fields, each often", operation(everything(deepened(5, repeat(leaves, 90))), nil), tooComplex},
		{"fragments in a cycle", operation("{...A} fragment A on Query {...B} fragment B on Query {...A}", nil), badInput},
		{"fragments in many cycles", operation("{...F0} "+cycles(180, 20), nil), badInput},
		{"fragments that double, twelve times", operation(everything("...F0")+doubling(12), nil), tooComplex},
		{"fragments that double, to nothing", operation("{...F0} "+chain(100), nil), tooComplex},
		{"parents that double, ten times", operation(everything(doubled(10)), nil), tooComplex},
		{"100 fragments of 80 fields", operation(everything(numbered(100, " ...F%d"))+numbered(100, " fragment F%d on Issue {"+repeat(" key id", 40)+"}"), nil), tooComplex},
		{"1,000 operations of one fragment", operation("{...F}"+numbered(1000, " query B%d {...F}")+" fragment F on Query { instances {"+numbered(60, " a%d: name")+repeat(leavesOfInstance, 90)+" } }", nil), tooComplex},
		{"a body of 5 MB", operation("{ __typename }", map[string]any{"x": repeat("x", 5<<20)}), tooComplex},
		{"a batch of 1,000 operations", []byte(`[{"query":"{__typename}","operationName":"` + mark + `"}` + repeat(`,{"query":"{__typename}"}`, 999) + `]`), badInput},
		{"filters nested 1,000 deep", filtered(nested(1000)), tooDeep},
		{"filters nested 1,000 deep in the text", operation("{ issues(where: "+repeat("{not:", 1000)+"{}"+repeat("}", 1000)+") { nodes { key } } }", nil), tooDeep},
		{"an `in` of 100,000", filtered(map[string]any{"key": map[string]any{"in": list}}), tooComplex},
		{"20 `in` of 4,900", manyLists(20, 4_900), tooComplex},
		{"the longest variables, for too much", manyLists(4, 5_000), tooComplex},
		{"an `in` of 100,000 in the text", operation(`{ issues(where: {key: {in: [`+repeat(`"A-1" `, 100_000)+`]}}) { nodes { key } } }`, nil), tooComplex},
		{"a pattern of 10,000 wildcards", filtered(map[string]any{"summary": map[string]any{"contains": repeat("%_", 5000)}}), tooComplex},
		{"a regular expression that goes back and forth", filtered(map[string]any{"summary": map[string]any{"contains": repeat("(a+)+", 2000) + "$"}}), tooComplex},
		{"a search of 10,000 parentheses", operation(`($s: String) { issues(search: $s) { nodes { key } } }`, map[string]any{"s": repeat("(", 10_000)}), tooComplex},
		{"a filter with 10,000 parentheses", filtered(map[string]any{"summary": map[string]any{"startsWith": repeat("(", 10_000)}}), tooComplex},
		{"9,000 parentheses for an operation", operation(repeat("(", 9000), nil), badInput},
		{"9,000 brackets in the variables", operation("{ __typename }", map[string]any{"x": brackets(9000)}), tooDeep},
	}
}

// operation is a request whose name is the mark.
func operation(text string, variables map[string]any) []byte {
	body, err := graphqlBody("query A"+mark+" "+text, variables)
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
