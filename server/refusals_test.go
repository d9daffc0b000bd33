package server_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/server"
)

func TestLimitsAreNamedInTheirRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	repeat := func(n int, text string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, strings.ReplaceAll(text, "#", "%[1]d"), i)
		}
		return b.String()
	}
	nested := func(n int) string {
		return strings.Repeat("{not:", n) + "{type:{eq:\"x\"}}" + strings.Repeat("}", n)
	}
	in := func(n int) map[string]any {
		values := make([]string, n)
		for i := range values {
			values[i] = fmt.Sprint("v", i)
		}
		return map[string]any{"in": values}
	}
	deep := func(n int) string {
		return "{ issue(key: \"WEB-2\") {" + strings.Repeat("parent {", n-2) + "key" + strings.Repeat("}", n-2) + "} }"
	}
	for name, tt := range map[string]struct {
		query     string
		variables map[string]any
		code      string // empty: it is answered
		number    string
	}{
		"depth at the edge":        {deep(20), nil, "", ""},
		"depth beyond":             {deep(21), nil, "QUERY_TOO_DEEP", "20"},
		"roots at the edge":        {"{" + repeat(20, "a#: instances { name } ") + "}", nil, "", ""},
		"roots beyond":             {"{" + repeat(21, "a#: instances { name } ") + "}", nil, "QUERY_TOO_COMPLEX", "20"},
		"roots in fragments":       {"{...F} fragment F on Query {" + repeat(21, "a#: instances { name } ") + "}", nil, "QUERY_TOO_COMPLEX", "20"},
		"aliases at the edge":      {"{ issue(key: \"WEB-1\") {" + repeat(60, "a#: key ") + "} }", nil, "", ""},
		"aliases beyond":           {"{ issue(key: \"WEB-1\") {" + repeat(61, "a#: key ") + "} }", nil, "QUERY_TOO_COMPLEX", "60"},
		"1,000 aliases":            {"{ issue(key: \"WEB-1\") {" + repeat(1000, "a#: key ") + "} }", nil, "QUERY_TOO_COMPLEX", "60"},
		"directives beyond":        {"{ instances { name " + strings.Repeat("@skip(if: false) ", 61) + "} }", nil, "QUERY_TOO_COMPLEX", "60"},
		"10,000 directives":        {"{ instances { name " + strings.Repeat("@a ", 10_000) + "} }", nil, "QUERY_TOO_COMPLEX", "10000"},
		"tokens beyond":            {"{ instances {" + strings.Repeat("name ", 10_000) + "} }", nil, "QUERY_TOO_COMPLEX", "10000"},
		"one field over and over":  {"{ instances {" + strings.Repeat("name ", 4_900) + "} }", nil, "QUERY_TOO_COMPLEX", "100"},
		"a cycle of fragments":     {"{...A} fragment A on Query {...B} fragment B on Query {...A}", nil, "BAD_USER_INPUT", ""},
		"page at the edge":         {"{ issues(first: 500) { nodes { key } } }", nil, "", ""},
		"page beyond":              {"{ issues(first: 501) { nodes { key } } }", nil, "BAD_USER_INPUT", "500"},
		"page of nothing":          {"{ issues(first: 0) { nodes { key } } }", nil, "BAD_USER_INPUT", "500"},
		"page from both ends":      {"{ issues(first: 1, last: 1) { nodes { key } } }", nil, "BAD_USER_INPUT", "not both"},
		"cost beyond":              {"{ issues(first: 500) { nodes { changelog(first: 50) { nodes { field } } } } }", nil, "QUERY_TOO_COMPLEX", "20000"},
		"cost of a hundred pages":  {"{" + repeat(20, "a#: issues(first: 100000) { nodes { key } } ") + "}", nil, "QUERY_TOO_COMPLEX", "20000"},
		"list at the edge":         {"query ($f: StringFilter!) { issues(where: {key: $f}) { nodes { key } } }", map[string]any{"f": in(5000)}, "", ""},
		"list beyond":              {"query ($f: StringFilter!) { issues(where: {key: $f}) { nodes { key } } }", map[string]any{"f": in(5001)}, "QUERY_TOO_COMPLEX", "5000"},
		"filter at the edge":       {"{ issues(where: " + nested(19) + ") { nodes { key } } }", nil, "", ""},
		"filter nested beyond":     {"{ issues(where: " + nested(20) + ") { nodes { key } } }", nil, "QUERY_TOO_DEEP", "20"},
		"search at the edge":       {"query ($s: String!) { issues(search: $s) { nodes { key } } }", map[string]any{"s": strings.Repeat("ä", 500)}, "", ""},
		"search beyond":            {"query ($s: String!) { issues(search: $s) { nodes { key } } }", map[string]any{"s": strings.Repeat("ä", 501)}, "QUERY_TOO_COMPLEX", "500"},
		"a catastrophic pattern":   {"query ($s: String!) { issues(where: {summary: {contains: $s}}) { nodes { key } } }", map[string]any{"s": strings.Repeat("%_", 250)}, "", ""},
		"groups beyond":            {"{ issueStats(groupBy: [{dimension: STATUS}], limit: 10001) { total } }", nil, "BAD_USER_INPUT", "10000"},
		"dimensions beyond":        {"{ issueStats(groupBy: [" + strings.Repeat("{dimension: STATUS} ", 5) + "]) { total } }", nil, "BAD_USER_INPUT", "4"},
		"an order twice":           {"{ issues(orderBy: [{by: KEY} {by: KEY, direction: ASC}]) { nodes { key } } }", nil, "BAD_USER_INPUT", "KEY"},
		"NUL in a text":            {"query ($s: String!) { issues(where: {summary: {eq: $s}}) { nodes { key } } }", map[string]any{"s": "a\x00b"}, "BAD_USER_INPUT", "NUL"},
		"a time that is none":      {"{ issues(where: {created: {gt: \"yesterday\"}}) { nodes { key } } }", nil, "BAD_USER_INPUT", "2026-01-31"},
		"a date that is none":      {"{ issues(where: {due: {gt: \"2026-02-30\"}}) { nodes { key } } }", nil, "BAD_USER_INPUT", "2026-01-31"},
		"an unknown field":         {"{ issues { nodes { kee } } }", nil, "BAD_USER_INPUT", "kee"},
		"a variable of wrong type": {"query ($n: Int!) { issues(first: $n) { nodes { key } } }", map[string]any{"n": "x"}, "BAD_USER_INPUT", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := s.ask(tt.query, tt.variables)
			if tt.code == "" {
				require.Empty(t, got.Errors, "%s", got.raw)
				return
			}
			require.Equal(t, tt.code, got.code(t), "%s", got.raw)
			require.Contains(t, strings.ReplaceAll(got.Errors[0].Message, ",", ""), tt.number)
			require.NotContains(t, got.raw, "Did you mean")
		})
	}
}

func TestDeepFragmentsAreCountedWithoutBeingSpread(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var b strings.Builder
	b.WriteString("{ ...F0 }")
	for n := range 40 {
		fmt.Fprintf(&b, " fragment F%d on Query { ...F%d ...G%[1]d } fragment G%[1]d on Query { ...F%[2]d }", n, n+1)
	}
	b.WriteString(" fragment F40 on Query { instances { name } }")
	require.Equal(t, "QUERY_TOO_COMPLEX", s.ask(b.String()).code(t))
}

func TestRequestsThatAreNoOperation(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for name, tt := range map[string]struct {
		body   string
		status int
		says   string
	}{
		"an array":            {`[{"query": "{__typename}"}]`, 400, "arrays of operations are refused"},
		"no JSON":             {`{"query": "{__typ`, 400, "no JSON object"},
		"no query":            {`{"variables": {}}`, 400, "query is missing"},
		"a number as query":   {`{"query": 1}`, 400, "must be a string"},
		"a list as variables": {`{"query": "{__typename}", "variables": []}`, 400, "variables must be"},
		"too long":            {`{"query": "{__typename}", "x": "` + strings.Repeat("x", 1<<20) + `"}`, 413, "1,048,576 bytes"},
		"a subscription":      {`{"query": "subscription { syncCompleted { id } }"}`, 400, "websocket"},
		"two, none named":     {`{"query": "query A {__typename} query B {__typename}"}`, 200, "operationName"},
	} {
		t.Run(name, func(t *testing.T) {
			got := s.post(tt.body)
			require.Equal(t, tt.status, got.status)
			require.Contains(t, got.Errors[0].Message, tt.says)
			require.Equal(t, map[bool]string{true: "QUERY_TOO_COMPLEX", false: "BAD_USER_INPUT"}[tt.status == 413], got.code(t))
		})
	}
}

func TestBodyIsReadAsLooselyAsClientsWriteIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for name, body := range map[string]string{
		"names in other letters": `{"Query": "{ __typename }", "operationname": null}`,
		"a member twice":         `{"query": "{ nothing }", "query": "{ __typename }"}`,
		"a variable twice":       `{"query": "{ __typename }", "variables": {"x": 1, "x": [2, {"y": 1, "y": 2}]}}`,
		"half a letter":          `{"query": "{ __typename } #` + "\xc3" + `", "variables": {"x": "` + "\xc3" + `"}}`,
		"half a surrogate":       `{"query": "{ __typename } # \ud800"}`,
		"more members":           ` {"query": "{ __typename }", "id": [1], "variables": null} `,
	} {
		require.JSONEq(t, `{"__typename":"Query"}`, string(s.post(body).Data), name)
	}
}

func TestQueriesMayComeByGetMutationsMayNot(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	get := func(query string) reply {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/graphql?query="+url.QueryEscape(query), nil)
		require.NoError(t, err)
		return s.do(r)
	}
	require.JSONEq(t, `{"__typename": "Query"}`, string(get("{ __typename }").Data))
	got := get(`mutation { startSync { id } }`)
	require.Equal(t, http.StatusMethodNotAllowed, got.status)
}

func TestRefusedOperationsHaveAStatusOfTheirOwnInTheNewMediaType(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const modern = "application/graphql-response+json"
	require.Equal(t, 400, s.post(`{"query": "{ nope }"}`, "Accept", modern).status)
	require.Equal(t, 200, s.post(`{"query": "{ nope }"}`, "Accept", "application/json").status)
	require.Equal(t, 200, s.post(`{"query": "{ project(key: \"x\", instance: \"y\") { key } }"}`, "Accept", modern).status)
	require.Equal(t, 406, s.post(`{"query": "{ __typename }"}`, "Accept", "text/html").status)
}

func TestAnotherSiteMayNotWrite(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) { d.PublicURL = "https://jira.example.org" }))
	populate(s)
	const wish = `{"query": "mutation { startSync(input: {instances: [\"alpha\"]}) { id } }"}`
	got := s.post(wish, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
	require.Equal(t, http.StatusForbidden, got.status)
	require.Equal(t, "FORBIDDEN", got.code(t))
	require.Equal(t, http.StatusOK, s.post(wish, "Origin", "https://jira.example.org", "Sec-Fetch-Site", "cross-site").status)
}

func TestClientIsLimitedToItsRate(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) { d.Limits.RequestsPerMinute = 5 }))
	for range 5 {
		require.Equal(t, 200, s.ask("{ __typename }").status)
	}
	got := s.ask("{ __typename }")
	require.Equal(t, http.StatusTooManyRequests, got.status)
	require.Equal(t, "RATE_LIMITED", got.code(t))
	require.Contains(t, got.Errors[0].Message, "5 a minute")
}

func TestSlowStatementEndsWithATimeout(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) { d.Limits.Time = 300 * time.Millisecond }))
	populate(s)
	// Whoever reads issues waits for this lock, as for any statement that takes too long.
	release := s.seed.Hold(`LOCK TABLE jira_sync.jira_issues IN ACCESS EXCLUSIVE MODE`)
	got := s.ask(`{ issues { nodes { key } } }`)
	require.Equal(t, "TIMEOUT", got.code(t), "%s", got.raw)
	release()
	s.data(`{ issues { nodes { key } } }`)
	require.Zero(t, s.seed.Active("jira_issues"), "what was cancelled does not run on")
}

func TestTheUnexpectedIsLoggedAndNotShown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	s.seed.Exec(`ALTER TABLE jira_sync.jira_issues RENAME COLUMN summary TO summary_secret`)
	got := s.post(`{"query": "{ issues { nodes { summary } } }"}`, "X-Request-Id", "abc-123")
	require.Equal(t, "INTERNAL", got.code(t))
	require.Equal(t, "abc-123", got.Errors[0].Extensions["requestId"])
	require.NotContains(t, got.raw, "secret")
	require.NotContains(t, got.raw, "summary does not exist")
	require.Contains(t, s.log.String(), `column i.summary does not exist`)
	require.Contains(t, s.log.String(), `"level":"ERROR"`)
}
