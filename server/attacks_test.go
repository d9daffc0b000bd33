package server_test

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/db/dbtest/seed"
	"jirasync/server"
	"jirasync/server/attacktest"
	"jirasync/telemetry"
)

func TestAttacksAreRefusedBeforeTheDatabaseIsAsked(t *testing.T) {
	t.Parallel()
	counted := new(statementCounter)
	s := newSite(t, withTracer(counted))
	populate(s)
	for _, attack := range attacktest.All() {
		t.Run(attack.Name, func(t *testing.T) {
			counted.reset()
			got := s.post(string(attack.Body(0)))
			require.Equal(t, attack.Code, got.code(t), "%.300s", got.raw)
			require.Contains(t, got.Errors[0].Message, attack.Says)
			require.Less(t, len(got.raw), 2_000, "a refusal does not send the attack back")
			require.Zero(t, counted.count(), "%v", counted.texts())
		})
	}
}

// nasty are texts that do harm where they are taken for anything but text, then some of chance.
func nasty() []string {
	texts := []string{
		`'; DROP TABLE jira_sync.jira_issues; --`, `' OR '1'='1`, `$1`, `$$`, `\`, `\'`, `%`, `_`, `%' --`, `a\%b`, `"`, `""`, `{{.}}`, `${x}`,
		`=1+1`, `+1`, `-1`, `@SUM(A1)`, `|calc`, "\tx", "\r=1", "\n=1", "a\r\nSet-Cookie: a=b", "line\nline", `<script>alert(1)</script>`,
		`null`, `NULL`, `{}`, `[]`, `{"a":1}`, `{a,b}`, `"a","b"`, `0`, `1e400`, `é` + "́", "\u202eabc", "\ufeff", "😀", "\x7f", "\x01\x1b[31m",
		`:* & | !`, `a <-> b`, `--`, `/* */`, `; SELECT pg_sleep(10)`, strings.Repeat("'", 100), " leading", "trailing ", "../../etc/passwd",
	}
	random := rand.New(rand.NewPCG(7, 8))
	letters := []rune(`'"\%_$;:-*&|!()<>[]{}=+@,.` + "\t\n\r aé😀\u2028")
	for range 20 {
		word := make([]rune, 1+random.IntN(12))
		for n := range word {
			word[n] = letters[random.IntN(len(letters))]
		}
		texts = append(texts, string(word))
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

func TestTextsAreNothingButTexts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	texts := nasty()
	for n, text := range texts {
		s.seed.User(1, text, text)
		s.seed.Issues(seed.Issue{
			Instance: 1, Project: 11, Key: fmt.Sprintf("OPS-%d", 100+n), Summary: text, Type: text, Status: text, Resolution: text, Priority: text,
			Assignee: text, Reporter: text, Labels: []string{text}, Components: []string{text}, FixVersions: []string{text}, Description: text,
			Updated: seed.At(float64(n)),
		})
	}
	const members = `{ nodes { summary description type { name } status { name } resolution priority { name } labels components fixVersions
		assignee { accountId displayName } reporter { displayName } } totalCount }`
	for _, text := range texts {
		is := func(operator string, value any) map[string]any { return map[string]any{operator: value} }
		for _, member := range []string{"summary", "type", "status", "resolution", "priority", "assignee", "reporter", "label", "component", "fixVersion"} {
			var got struct {
				Issues struct {
					TotalCount int
					Nodes      []map[string]any
				}
			}
			decode(t, s.data(`query ($f: IssueFilter!) { issues(where: $f) `+members+` }`, map[string]any{"f": map[string]any{
				member: map[string]any{"eq": text, "in": []string{text}, "contains": text, "startsWith": text}, "not": map[string]any{member: is("ne", text)},
			}}), &got)
			require.Equal(t, 1, got.Issues.TotalCount, "%s of %q", member, text)
			named := map[string]any{"name": text}
			require.Equal(t, map[string]any{
				"summary": text, "description": text, "type": named, "status": named, "resolution": text, "priority": named,
				"labels": []any{text}, "components": []any{text}, "fixVersions": []any{text},
				"assignee": map[string]any{"accountId": text, "displayName": text}, "reporter": map[string]any{"displayName": text},
			}, got.Issues.Nodes[0])
		}
	}
	requireExportsWhole(t, s, texts)
}

// requireExportsWhole looks for each text in both exports, where nothing is a formula.
func requireExportsWhole(t *testing.T, s *site, texts []string) {
	t.Helper()
	_, lines := s.fetch("/export/issues.ndjson?columns=summary,labels&where=" + url.QueryEscape(`{"project": {"eq": "OPS"}, "key": {"ne": "OPS-1"}}`))
	var told []string
	for line := range strings.Lines(lines) {
		var row struct {
			Summary string
			Labels  []string
		}
		require.NoError(t, json.Unmarshal([]byte(line), &row))
		require.Equal(t, []string{row.Summary}, row.Labels)
		told = append(told, row.Summary)
	}
	require.Equal(t, texts, told)

	_, sheet := s.fetch("/export/issues.csv?columns=summary&where=" + url.QueryEscape(`{"project": {"eq": "OPS"}, "key": {"ne": "OPS-1"}}`))
	rows, err := csv.NewReader(strings.NewReader(sheet)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1+len(texts))
	ends := strings.NewReplacer("\r\n", "\n", "\r", "\n") // the one thing that CSV cannot keep
	inner := regexp.MustCompile(`([;\t\n][ "]*)([=+@]|-[^ \t\n])`)
	for n, text := range texts {
		want := ends.Replace(text)
		if strings.ContainsAny(want[:1], "=+-@|\t\n") {
			want = "'" + want // a spreadsheet would take it for a formula
		}
		require.Equal(t, inner.ReplaceAllString(want, "$1'$2"), rows[n+1][0])
	}
}

// TestEveryTextOfAQuestionIsChecked puts nasty texts wherever the schema takes one.
func TestEveryTextOfAQuestionIsChecked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	questions := []string{
		`query ($t: String!) { issues(search: $t) { nodes { key } totalCount } }`,
		`query ($t: String!) { issueStats(search: $t, groupBy: [{dimension: LABEL}]) { total } }`,
		`query ($t: String!) { issueStats(groupBy: [{dimension: CREATED}], timeZone: $t) { total } }`,
		`query ($t: String!) { issueStats(groupBy: [{field: $t}]) { total } }`,
		`query ($t: String!) { issueStats(groupBy: []) { groups { sum(field: $t) } } }`,
		`query ($t: String!) { issue(key: $t, instance: $t) { key } }`,
		`query ($t: String!) { issue(key: "WEB-1") { field(name: $t) } }`,
		`query ($t: String!) { issue(key: "WEB-1") { changelog(field: $t) { nodes { field } } } }`,
		`query ($t: String!) { issue(key: "WEB-1") { comments(after: $t) { nodes { body } } } }`,
		`query ($t: String!) { issues(after: $t) { nodes { key } } }`,
		`query ($t: String!) { issues(orderBy: [{field: $t}]) { nodes { key } } }`,
		`query ($t: String!) { issues(where: {fields: [{name: $t, contains: $t}]}) { nodes { key } } }`,
		`query ($t: String!) { project(key: $t, instance: $t) { key } }`,
		`query ($t: String!) { projects(search: $t, instance: $t) { nodes { key } } }`,
		`query ($t: String!) { projects(after: $t) { nodes { key } } }`,
		`query ($t: String!) { jiraFields(search: $t, instance: $t) { nodes { name } } }`,
		`query ($t: String!) { syncRuns(where: {instance: $t, project: $t}) { nodes { id } } }`,
		`query ($t: String!) { syncRuns(after: $t) { nodes { id } } }`,
		`query ($t: String!) { completeness(instance: $t) { mirrored } }`,
		`query ($t: ID!) { node(id: $t) { id } }`,
		`query ($t: ID!) { syncRun(id: $t) { id } }`,
		`mutation ($t: String!) { startSync(input: {instances: [$t], projects: [$t]}) { id } }`,
		`mutation ($t: ID!) { cancelSync(id: $t) { id } }`,
	}
	for _, text := range append(nasty(), "nul \x00", "\xff", "") {
		for _, q := range questions {
			got := s.ask(q, map[string]any{"t": text})
			for _, e := range got.Errors {
				require.Contains(t, []any{"BAD_USER_INPUT", "NOT_FOUND", "AMBIGUOUS_KEY", "QUERY_TOO_COMPLEX"}, e.Extensions["code"], "%s with %q: %s", q, text, got.raw)
				require.NotContains(t, e.Message, "SQLSTATE")
			}
		}
	}
	require.Equal(t, "WEB-1 OPS-1 WEB-2 WEB-7", s.keys(`{ issues { nodes { key } } }`), "nothing was changed")
	require.NotContains(t, s.log.String(), `"level":"ERROR"`)
}

func TestOneLineOfTheLogIsOneLine(t *testing.T) {
	t.Parallel()
	const forged = "\nlevel=ERROR msg=forged\r\n{\"level\":\"ERROR\",\"msg\":\"forged\"}"
	for _, format := range []string{"json", "text"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			log := new(syncBuffer)
			s := newSite(t, withDeps(func(d *server.Deps) {
				var err error
				d.Log, err = telemetry.NewLogger(telemetry.LogOptions{Level: slog.LevelDebug.String(), Format: format, Out: log})
				require.NoError(t, err)
			}))
			populate(s)
			s.seed.Exec(`ALTER TABLE jira_sync.jira_issues RENAME COLUMN summary TO gone`)
			before := strings.Count(log.String(), "\n")
			name, err := json.Marshal("A" + forged)
			require.NoError(t, err)
			s.post(`{"query": "query A { __typename }", "operationName": ` + string(name) + `}`)
			failed := s.ask(`query ($t: String!) { issues(where: {summary: {eq: $t}}) { nodes { summary } } }`, map[string]any{"t": forged})
			require.Equal(t, "INTERNAL", failed.code(t))
			s.get("/graphql/" + url.PathEscape(forged))
			s.get("/export/issues.csv?columns=" + url.QueryEscape(forged))
			s.post(`{"query": "{ __typename }"}`, "X-Request-Id", `"} {"level":"ERROR"`, "X-Forwarded-For", `1.1.1.1, "}`)
			lines := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")[before:]
			require.GreaterOrEqual(t, len(lines), 6, "each request has left a line")
			for _, line := range lines {
				if format == "json" {
					var record map[string]any
					require.NoError(t, json.Unmarshal([]byte(line), &record), line)
					require.NotEqual(t, "forged", record["msg"])
				}
				require.NotRegexp(t, `^(level=|\{"level":"ERROR","msg":"forged")`, line)
				require.NotContains(t, line, "\r")
			}
		})
	}
}

func TestHeadersOfAnAnswerCannotBeForged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	const forged = "a\r\nSet-Cookie: stolen=1"
	for _, path := range []string{"/graphql?query=" + url.QueryEscape("{ __typename }") + "&operationName=" + url.QueryEscape(forged), "/export/issues.csv?columns=" + url.QueryEscape(forged), "/" + url.PathEscape(forged)} {
		answer, _ := s.fetch(path)
		require.Empty(t, answer.Header.Values("Set-Cookie"))
	}
	for sent, status := range map[string]int{"a\rSet-Cookie: stolen=1": 400, "a\x00b": 400, "\"a b\"": 200} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		require.NoError(t, err)
		_, err = fmt.Fprintf(conn, "GET /graphql?query=%%7B__typename%%7D HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: %s\r\nConnection: close\r\n\r\n", sent)
		require.NoError(t, err)
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		_ = conn.Close()
		require.Equal(t, status, answer.StatusCode, "%q", sent)
		require.Empty(t, answer.Header.Values("Set-Cookie"))
		require.NotContains(t, answer.Header.Get("X-Request-Id"), "a")
	}
}
