package server_test

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"jirasync/db/dbtest/seed"
	"jirasync/server"
)

// open asks for a path. The caller closes the body.
func (s *site) open(path string, header ...string) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, nil)
	require.NoError(s.t, err)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	return answer
}

// fetch asks for a path and returns the body as it came.
func (s *site) fetch(path string, header ...string) (*http.Response, string) {
	s.t.Helper()
	answer := s.open(path, header...)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	return answer, string(body)
}

func TestExportIsWholeHarmlessAndResumable(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) { d.Limits.Page = 2 }))
	populate(s)
	formula := seed.Issue{Instance: 1, Project: 10, Key: "WEB-66", Summary: `=cmd|' /C calc'!A0, "x"`, Labels: []string{"-a", "b"}, Updated: seed.At(6), Description: "line\r\nline"}
	s.seed.Issues(formula)

	answer, body := s.fetch("/export/issues.csv?columns=key,summary,labels,status,timeSpentSeconds,cursor")
	require.Equal(t, http.StatusOK, answer.StatusCode, body)
	require.Equal(t, `attachment; filename="issues.csv"`, answer.Header.Get("Content-Disposition"))
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"key", "summary", "labels", "status", "timeSpentSeconds", "cursor"}, rows[0])
	var keys []string
	for _, row := range rows[1:] {
		keys = append(keys, row[0])
	}
	require.Equal(t, []string{"WEB-7", "WEB-2", "OPS-1", "WEB-1", "WEB-66"}, keys, "oldest change first")
	require.Equal(t, []string{"WEB-66", `'=cmd|' /C calc'!A0, "x"`, "'-a; b", "Open", ""}, rows[5][:5])

	_, rest := s.fetch("/export/issues.csv?columns=key&after=" + url.QueryEscape(rows[3][5]))
	require.Equal(t, "key\r\nWEB-1\r\nWEB-66\r\n", rest)

	// Lines carry the values as they are, all columns unless told otherwise.
	where := url.QueryEscape(`{"project": {"eq": "WEB"}, "instance": {"eq": "alpha"}}`)
	answer, body = s.fetch("/export/issues.ndjson?where="+where, "Accept-Encoding", "gzip")
	require.Equal(t, "gzip", answer.Header.Get("Content-Encoding"))
	zipped, err := gzip.NewReader(strings.NewReader(body))
	require.NoError(t, err)
	plain, err := io.ReadAll(zipped)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(plain)), "\n")
	require.Len(t, lines, 3)
	var last map[string]any
	require.NoError(t, json.Unmarshal([]byte(lines[2]), &last))
	require.Equal(t, formula.Summary, last["summary"])
	require.Equal(t, "line\r\nline", last["description"])
	require.Equal(t, []any{"-a", "b"}, last["labels"])
	require.Nil(t, last["assignee"])
	require.Equal(t, "TODO", last["statusCategory"])
	require.NotEmpty(t, last["cursor"])

	_, body = s.fetch("/export/issues.ndjson?columns=key&search=disk")
	require.Equal(t, "{\"key\":\"OPS-1\"}\n", body)
	_, body = s.fetch("/export/issues.csv?columns=key&visibility=DELETED")
	require.Equal(t, "key\r\n", body)
}

// By Jira's time it would have come before what is in the file already.
func TestWhatIsStoredLateIsExportedByWhenItWasStored(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := populate(s)
	s.seed.Exec(`UPDATE jira_sync.jira_issues SET synced_at = now() - interval '1 day'`)
	_, body := s.fetch("/export/issues.csv?columns=key,cursor")
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	require.NoError(t, err)
	require.Equal(t, "OPS-1", rows[3][0])
	since := seed.Ask[time.Time](s.seed, `SELECT now()`).UTC()

	late := seed.Issue{Instance: 2, Project: 10, Key: "WEB-70", Updated: seed.At(2)}
	s.seed.Issues(late)
	s.seed.Exec(`UPDATE jira_sync.jira_issues SET synced_at = now() WHERE issue_id = $1`, late.ID())
	s.seed.Exec(`UPDATE jira_sync.jira_issues SET synced_at = now(), deleted_at = now(), deleted_reason = 'GONE' WHERE issue_id = $1`, w.web2.ID())
	_, rest := s.fetch("/export/issues.csv?columns=key&after=" + url.QueryEscape(rows[3][1]))
	require.Equal(t, "key\r\nWEB-1\r\n", rest)
	where := url.QueryEscape(fmt.Sprintf(`{"synced": {"gte": %q}}`, since.Format(time.RFC3339Nano)))
	_, again := s.fetch("/export/issues.csv?columns=key,deletedReason&visibility=ALL&where=" + where)
	require.Equal(t, "key,deletedReason\r\nWEB-70,\r\nWEB-2,GONE\r\n", again)
}

func TestExportsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	for path, says := range map[string]string{
		"?where={":                           "where must be the JSON of an IssueFilter",
		"?where=[]":                          "where must be the JSON of an IssueFilter",
		`?where={"nonsense":1}`:              "nonsense",
		`?where={"key":{"eq":7}}`:            "where.key.eq must be a String",
		`?where={"or":[{"key":{"in":[7]}}]}`: "where.or[0].key.in[0] must be a String",
		`?where={"key":{"eq":true}}`:         "String",
		"?columns=key,nothing":               `there is no mapped field "nothing"`,
		"?columns=key,key":                   "names key twice",
		"?visibility=SOME":                   "SOME",
		"?visibility=all":                    `visibility must be one of LIVE, DELETED, ALL, not "all"`,
		`?where={"statusCategory":["done"]}`: `where.statusCategory[0] must be one of TODO, IN_PROGRESS, DONE, UNKNOWN, not "done"`,
		"?after=x":                           "the cursor does not belong",
		"?jql=project=WEB":                   "there is no parameter jql",
		"?where={}x":                         "where must be the JSON of an IssueFilter",
		"?columns=key&columns=id":            "columns is given more than once",
		"?search=%zz":                        "the address cannot be read",
	} {
		answer, body := s.fetch("/export/issues.csv" + path)
		require.Equal(t, http.StatusBadRequest, answer.StatusCode, "%s: %s", path, body)
		require.Contains(t, body, "BAD_USER_INPUT", path)
		var got reply
		require.NoError(t, json.Unmarshal([]byte(body), &got))
		require.Contains(t, got.Errors[0].Message, says, path)
	}
	deep := url.QueryEscape(strings.Repeat(`{"not": `, 30) + "{}" + strings.Repeat("}", 30))
	for path, code := range map[string]string{"?where=" + deep: "QUERY_TOO_DEEP", "?search=" + strings.Repeat("a", 501): "QUERY_TOO_COMPLEX"} {
		answer, body := s.fetch("/export/issues.csv" + path)
		require.Equal(t, http.StatusBadRequest, answer.StatusCode, body)
		require.Contains(t, body, code)
		require.Regexp(t, "at most (20|500) are allowed", body)
	}
}

// Its conditions alone would have been counted only once all of it was in memory.
func TestFilterOfAnExportIsNoLargerThanAVariableMayBe(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	for name, tt := range map[string]struct{ where, code, says string }{
		"many values": {`{"and":[` + strings.Repeat("{},", 300_000) + "{}]}", "QUERY_TOO_COMPLEX", "values in the variables: at most 25000 are allowed"},
		"much nested": {`{"and":` + strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000) + "}", "QUERY_TOO_DEEP", "nested too deeply: at most 20 "},
	} {
		answer, body := s.send("/export/issues.csv", formType, "columns=key&where="+tt.where)
		require.Equal(t, http.StatusBadRequest, answer.StatusCode, name)
		var got reply
		require.NoError(t, json.Unmarshal([]byte(body), &got), name)
		require.Equal(t, tt.code, got.code(t), name)
		require.Contains(t, got.Errors[0].Message, tt.says, name)
	}
}

const formType = "application/x-www-form-urlencoded"

// send asks for an export by POST.
func (s *site) send(path, media, body string, header ...string) (*http.Response, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	r.Header.Set("Content-Type", media)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	return answer, string(got)
}

func TestFilterThatIsTooLongForAnAddressComesByPost(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	keys := make([]string, 5000)
	for n := range keys {
		keys[n] = fmt.Sprintf("FAR-%d", n+10_000)
	}
	keys[17], keys[4999] = "WEB-1", "OPS-1"
	where, err := json.Marshal(map[string]any{"key": map[string]any{"in": keys}})
	require.NoError(t, err)
	form := url.Values{"where": {string(where)}, "columns": {"key"}}.Encode()
	answer, body := s.send("/export/issues.csv", formType, form)
	require.Equal(t, http.StatusOK, answer.StatusCode, body)
	require.Equal(t, "key\r\nOPS-1\r\nWEB-1\r\n", body)
	answer, body = s.send("/export/issues.ndjson", formType+"; charset=UTF-8", "columns=key&search=disk")
	require.Equal(t, http.StatusOK, answer.StatusCode, body)
	require.Equal(t, "{\"key\":\"OPS-1\"}\n", body)
}

func TestFormsOfExportsAreRefusedByName(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	for name, tt := range map[string]struct {
		query, media, body string
		header             []string
		status             int
		code, says         string
	}{
		"another media type": {"", "application/json", `{"columns": "key"}`, nil, 415, "BAD_USER_INPUT", formType},
		"another charset":    {"", formType + "; charset=latin1", "columns=key", nil, 415, "BAD_USER_INPUT", "UTF-8"},
		"the address too":    {"?columns=key", formType, "search=disk", nil, 400, "BAD_USER_INPUT", "leave none in the address"},
		"no form":            {"", formType, "search=%zz", nil, 400, "BAD_USER_INPUT", "the body cannot be read"},
		"another parameter":  {"", formType, "jql=x", nil, 400, "BAD_USER_INPUT", "there is no parameter jql"},
		"too long":           {"", formType, "search=" + strings.Repeat("a", 1<<20), nil, 413, "QUERY_TOO_COMPLEX", "1,048,576 bytes"},
		"another site":       {"", formType, "columns=key", []string{"Sec-Fetch-Site", "cross-site"}, 403, "FORBIDDEN", "another site"},
	} {
		answer, body := s.send("/export/issues.csv"+tt.query, tt.media, tt.body, tt.header...)
		require.Equal(t, tt.status, answer.StatusCode, "%s: %s", name, body)
		var got reply
		require.NoError(t, json.Unmarshal([]byte(body), &got), name)
		require.Equal(t, tt.code, got.code(t), name)
		require.Contains(t, got.Errors[0].Message, tt.says, name)
	}
	for _, method := range []string{http.MethodHead, http.MethodPut} {
		r, err := http.NewRequestWithContext(t.Context(), method, s.url+"/export/issues.csv", nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusMethodNotAllowed, s.do(r).status, method)
	}
}

func TestGetIsTaggedAndPostIsNot(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := populate(s)
	path := "/graphql?query=" + url.QueryEscape(`{ issue(key: "WEB-1") { summary } }`)
	first, _ := s.fetch(path)
	tag := first.Header.Get("Etag")
	require.NotEmpty(t, tag)
	require.Equal(t, "private, no-cache", first.Header.Get("Cache-Control"))
	again, body := s.fetch(path, "If-None-Match", `"other", `+tag)
	require.Equal(t, http.StatusNotModified, again.StatusCode)
	require.Empty(t, body)

	s.seed.Exec(`UPDATE jira_sync.jira_issues SET summary = 'New' WHERE issue_id = $1`, w.web1.ID())
	s.seed.Raise(1, 10)
	s.learn()
	changed, body := s.fetch(path, "If-None-Match", tag)
	require.Equal(t, http.StatusOK, changed.StatusCode)
	require.Contains(t, body, "New")
	require.NotEqual(t, tag, changed.Header.Get("Etag"))

	refused, _ := s.fetch("/graphql?query=" + url.QueryEscape(`{ issue(key: "WEB-7", instance: "none") { nothing } }`))
	require.Empty(t, refused.Header.Get("Etag"))
	require.Equal(t, "no-store", refused.Header.Get("Cache-Control"))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/graphql", strings.NewReader(`{"query": "{ instances { name } }"}`))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	posted, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer posted.Body.Close()
	require.Empty(t, posted.Header.Get("Etag"))
	require.Equal(t, "no-store", posted.Header.Get("Cache-Control"))
}

func TestExportKeepsOnePageInMemory(t *testing.T) {
	t.Parallel()
	counter := new(statementCounter)
	s := newSite(t, withTracer(counter))
	populate(s)
	var many []seed.Issue
	for n := range 1100 {
		many = append(many, seed.Issue{Instance: 1, Project: 11, Key: fmt.Sprintf("OPS-%d", n+1000), Updated: seed.At(10)})
	}
	s.seed.Issues(many...)
	counter.reset()
	_, body := s.fetch("/export/issues.csv?columns=key")
	require.Equal(t, 1+1104, strings.Count(body, "\r\n"))
	for _, sql := range counter.texts() {
		require.NotContains(t, sql, "count(*) FROM jira_sync.jira_issues i", "nobody asked for a total")
	}
	require.LessOrEqual(t, counter.count(), 4, "a statement a page, and the mappings")
}

// How large a page is in memory is known only once it is read.
func TestExportOfLongTextsHasSmallerPages(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) { d.Limits.AnswerBytes = 100_000 }))
	populate(s)
	long := strings.Repeat("long ", 2_000)
	for n := range int64(40) {
		s.seed.Issues(seed.Issue{Instance: 1, Project: 10, JiraID: 8000 + n, Key: fmt.Sprintf("WEB-%d", 8000+n), Description: long, Updated: seed.At(10)})
	}
	answer, body := s.fetch("/export/issues.csv?columns=key,description,cursor")
	require.Equal(t, http.StatusOK, answer.StatusCode, body)
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1+44)
	for n, row := range rows[5:] {
		require.Equal(t, []string{fmt.Sprintf("WEB-%d", 8000+n), strings.TrimSpace(long)}, []string{row[0], strings.TrimSpace(row[1])})
	}

	// One that is too large alone is told, and ends no export without its text.
	s.seed.Issues(seed.Issue{Instance: 1, Project: 10, JiraID: 9000, Key: "WEB-9000", Description: strings.Repeat(long, 11), Updated: seed.At(11)})
	answer, body = s.fetch("/export/issues.csv?columns=key,description&after=" + url.QueryEscape(rows[44][2]))
	require.Equal(t, http.StatusBadRequest, answer.StatusCode)
	require.Contains(t, body, "QUERY_TOO_COMPLEX")
	require.Contains(t, body, "the next issue is larger than the 100,000 bytes")
	_, body = s.fetch("/export/issues.csv?columns=key&after=" + url.QueryEscape(rows[44][2]))
	require.Equal(t, "key\r\nWEB-9000\r\n", body)
}

// cutter fails what is asked of the database once it has let some statements through.
type cutter struct {
	statementCounter
	left atomic.Int64
}

func (c *cutter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	if strings.Contains(d.SQL, "FROM jira_sync.jira_issues i") && c.left.Add(-1) < 0 {
		cut, cancel := context.WithCancel(ctx)
		cancel()
		return cut
	}
	return ctx
}

func TestExportThatIsCutOffIsSeenAndGoesOn(t *testing.T) {
	t.Parallel()
	for name, header := range map[string][]string{"plain": {"Accept-Encoding", "identity"}, "gzip": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cut := new(cutter)
			cut.left.Store(1000)
			s := newSite(t, withTracer(cut), withDeps(func(d *server.Deps) { d.Limits.Page = 1 }))
			populate(s)
			cut.left.Store(2)
			answer := s.open("/export/issues.csv?columns=cursor,key", header...)
			defer answer.Body.Close()
			got, err := io.ReadAll(answer.Body)
			require.Error(t, err, "%s", got)
			lines := strings.Split(string(got), "\r\n")
			require.Len(t, lines, 4)
			require.Equal(t, []string{"cursor,key", ""}, []string{lines[0], lines[3]})
			cursor, key, _ := strings.Cut(lines[2], ",")
			require.Equal(t, "WEB-2", key)
			cut.left.Store(1000)
			_, rest := s.fetch("/export/issues.csv?columns=key&after=" + url.QueryEscape(cursor))
			require.Equal(t, "key\r\nOPS-1\r\nWEB-1\r\n", rest)
			_, guarded := s.fetch("/export/issues.csv?columns=key&after=" + url.QueryEscape("'"+cursor))
			require.Equal(t, rest, guarded, "an apostrophe stands before a cursor that a spreadsheet would take for a formula")
		})
	}
}

// lingerer is a database that takes for ever for the pages behind the first ones.
type lingerer struct {
	statementCounter
	left   atomic.Int64
	slow   chan struct{} // closed when it does
	closed sync.Once
}

func (l *lingerer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	if strings.Contains(d.SQL, "FROM jira_sync.jira_issues i") && l.left.Add(-1) < 0 {
		l.closed.Do(func() { close(l.slow) })
		<-ctx.Done()
	}
	return ctx
}

func TestServerThatGoesDownEndsItsExports(t *testing.T) {
	t.Parallel()
	database := &lingerer{slow: make(chan struct{})}
	database.left.Store(1000)
	s := newSite(t, withTracer(database), withDeps(func(d *server.Deps) { d.Limits.Page, d.Limits.Time = 1, time.Hour }))
	populate(s)
	stop := s.serve()
	database.left.Store(2)
	answer := s.open("/export/issues.csv?columns=cursor,key", "Accept-Encoding", "identity")
	defer answer.Body.Close()
	<-database.slow
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	got, err := io.ReadAll(answer.Body)
	require.Error(t, err, "the client must not take it for whole")
	require.NoError(t, <-ended)
	lines := strings.Split(string(got), "\r\n")
	require.Len(t, lines, 4, "%s", got)
	require.Equal(t, []string{"cursor,key", ""}, []string{lines[0], lines[3]})
	require.True(t, strings.HasSuffix(lines[2], ",WEB-2"))
}

func TestExportsAreCountedAmongTheRequestsOfAClient(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) { d.Limits.RequestsPerMinute = 1 }))
	populate(s)
	answer, _ := s.fetch("/export/issues.ndjson?columns=key")
	require.Equal(t, http.StatusOK, answer.StatusCode)
	for _, again := range []func() (*http.Response, string){
		func() (*http.Response, string) { return s.fetch("/export/issues.ndjson?columns=key") },
		func() (*http.Response, string) { return s.send("/export/issues.ndjson", formType, "columns=key") },
	} {
		answer, body := again()
		require.Equal(t, http.StatusTooManyRequests, answer.StatusCode)
		require.Contains(t, body, "RATE_LIMITED")
		require.NotEmpty(t, answer.Header.Get("Retry-After"))
	}
}

func TestFewExportsAreWrittenAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) { d.Limits.Time = time.Hour }))
	populate(s)
	release := s.seed.Hold(`LOCK TABLE jira_sync.jira_issues IN ACCESS EXCLUSIVE MODE`)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/export/issues.csv?columns=key", nil)
	require.NoError(t, err)
	var writing sync.WaitGroup
	for range 4 {
		writing.Go(func() {
			answer, err := http.DefaultClient.Do(r.Clone(t.Context()))
			if !assert.NoError(t, err) {
				return
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body) // to the end, which comes when the place is free
			assert.NoError(t, err)
			assert.Equal(t, 1+4, strings.Count(string(body), "\r\n"))
		})
	}
	require.Eventually(t, func() bool { return s.seed.Active("jira_issues") == 4 }, patience, tick)
	answer, body := s.fetch("/export/issues.csv?columns=key")
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
	require.Contains(t, body, "other exports are being written")
	release()
	writing.Wait()
	answer, _ = s.fetch("/export/issues.csv?columns=key")
	require.Equal(t, http.StatusOK, answer.StatusCode)
}
