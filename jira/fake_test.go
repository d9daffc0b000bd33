package jira

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fake is a Jira in memory: it matches `created >= ms` and `id in (...)`, sorts by creation
// and key, and pages. Tests bend it through its hooks.
type fake struct {
	t     *testing.T
	cloud bool

	mu       sync.Mutex
	issues   []fakeIssue
	requests []string // method, path and body of each
	tokens   int

	// before may answer a request itself; it returns true then.
	before func(w http.ResponseWriter, r *http.Request, body map[string]any) bool
	// shape may change an answer of a search before it is sent.
	shape    func(answer map[string]any)
	pageSize int // the most that a page holds, 0 for what is asked
}

type fakeIssue struct {
	id      int64
	key     string
	created time.Time
	fields  map[string]any // added to the usual ones
	extra   map[string]any // beside fields
}

const (
	testURL   = "http://jira.example.com"
	testToken = "planted-secret"
)

var epoch = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

func newFake(t *testing.T, cloud bool, n int) *fake {
	f := &fake{t: t, cloud: cloud}
	for i := range n {
		f.add(int64(1000+i), epoch.Add(time.Duration(i)*time.Minute))
	}
	return f
}

func (f *fake) add(id int64, created time.Time) {
	f.issues = append(f.issues, fakeIssue{id: id, key: fmt.Sprintf("OPS-%d", id), created: created})
}

// bothFlavors runs a test on Cloud and on Data Center.
func bothFlavors(t *testing.T, test func(t *testing.T, cloud bool)) {
	for name, cloud := range map[string]bool{"cloud": true, "datacenter": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, cloud)
		})
	}
}

// inMemory calls a handler without a network, so that a test can run in a bubble of synctest.
type inMemory struct{ http.Handler }

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	m.ServeHTTP(recorder, r)
	resp := recorder.Result()
	resp.Request = r
	if resp.Header.Get("Date") == "" {
		resp.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	return resp, nil
}

func config(handler http.Handler) Config {
	return Config{
		Number: 1, URL: testURL, Token: testToken,
		Transport: inMemory{handler}, RetryWait: time.Millisecond, MaxWait: time.Second,
	}
}

func connect(t *testing.T, handler http.Handler, change ...func(*Config)) *Client {
	t.Helper()
	cfg := config(handler)
	for _, c := range change {
		c(&cfg)
	}
	client, err := New(cfg)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	assert.NoError(f.t, err)
	body := map[string]any{}
	if len(raw) > 0 {
		assert.NoError(f.t, json.Unmarshal(raw, &body))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, r.Method+" "+r.URL.RequestURI()+" "+string(raw))
	if f.before != nil && f.before(w, r, body) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch path := r.URL.Path; {
	case path == "/rest/api/2/serverInfo":
		kind := "Server"
		if f.cloud {
			kind = "Cloud"
		}
		send(w, map[string]any{"baseUrl": testURL, "version": "10.3.0", "deploymentType": kind, "serverTitle": "Fake"})
	case path == "/rest/api/2/myself":
		send(w, map[string]any{"accountId": "me", "displayName": "Me", "timeZone": "Europe/Berlin", "active": true})
	case path == "/rest/api/2/search" && !f.cloud:
		f.searchByOffset(w, body)
	case path == "/rest/api/3/search/jql" && f.cloud:
		f.searchByToken(w, body)
	case path == "/rest/api/3/issue/bulkfetch" && f.cloud:
		f.bulkFetch(w, body)
	case path == "/rest/api/3/search/approximate-count" && f.cloud:
		send(w, map[string]any{"count": len(f.issues)})
	case strings.HasPrefix(path, "/rest/api/2/issue/") || strings.HasPrefix(path, "/rest/api/3/issue/"):
		f.one(w, path[strings.LastIndexByte(path, '/')+1:])
	default:
		fail(w, http.StatusNotFound, "null for uri")
	}
}

func send(w http.ResponseWriter, value any) {
	if err := json.NewEncoder(w).Encode(value); err != nil {
		panic(err)
	}
}

func fail(w http.ResponseWriter, status int, messages ...string) {
	w.WriteHeader(status)
	send(w, map[string]any{"errorMessages": messages, "errors": map[string]any{}})
}

// matching are the issues that JQL asks for, sorted; bound is nil for those without one.
func (f *fake) matching(jql string) []fakeIssue {
	bound := int64(0)
	if at := strings.LastIndex(jql, "created >= "); at >= 0 {
		digits := strings.FieldsFunc(jql[at+len("created >= "):], func(r rune) bool { return r < '0' || r > '9' })
		bound, _ = strconv.ParseInt(digits[0], 10, 64)
	}
	var out []fakeIssue
	for _, i := range f.issues {
		if i.created.UnixMilli() >= bound {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b fakeIssue) int { return a.created.Compare(b.created) })
	return out
}

func (f *fake) searchByOffset(w http.ResponseWriter, body map[string]any) {
	jql, start, size := body["jql"].(string), int(body["startAt"].(float64)), int(body["maxResults"].(float64))
	found := f.matching(jql)
	if list, ok := strings.CutPrefix(jql, "id in ("); ok {
		found = nil
		for word := range strings.SplitSeq(strings.TrimSuffix(list, ")"), ", ") {
			at := slices.IndexFunc(f.issues, func(i fakeIssue) bool { return strconv.FormatInt(i.id, 10) == word })
			if at < 0 {
				fail(w, http.StatusBadRequest, "A value with ID '"+word+"' does not exist for the field 'id'.")
				return
			}
			found = append(found, f.issues[at])
		}
	}
	answer := map[string]any{"startAt": start, "maxResults": size, "total": len(found)}
	answer["issues"] = f.render(found, start, size)
	f.reply(w, answer)
}

func (f *fake) render(found []fakeIssue, start, size int) []any {
	if f.pageSize > 0 {
		size = min(size, f.pageSize)
	}
	page := []any{}
	for _, i := range found[min(start, len(found)):min(start+size, len(found))] {
		page = append(page, i.json())
	}
	return page
}

func (f *fake) reply(w http.ResponseWriter, answer map[string]any) {
	if f.shape != nil {
		f.shape(answer)
	}
	send(w, answer)
}

// searchByToken gives tokens that hold the offset and, like Jira's, characters that must be
// encoded in an address.
func (f *fake) searchByToken(w http.ResponseWriter, body map[string]any) {
	jql, size, start := body["jql"].(string), int(body["maxResults"].(float64)), 0
	if token, ok := body["nextPageToken"].(string); ok {
		_, offset, _ := strings.Cut(token, "&+=")
		start, _ = strconv.Atoi(offset)
	}
	found := f.matching(jql)
	issues := f.render(found, start, size)
	answer := map[string]any{"issues": issues}
	if next := start + len(issues); next < len(found) {
		f.tokens++
		answer["nextPageToken"] = fmt.Sprintf("%d&+=%d", f.tokens, next)
	}
	f.reply(w, answer)
}

func (f *fake) bulkFetch(w http.ResponseWriter, body map[string]any) {
	issues := []any{}
	for _, id := range body["issueIdsOrKeys"].([]any) {
		for _, i := range f.issues {
			if strconv.FormatInt(i.id, 10) == id {
				issues = append(issues, i.json())
			}
		}
	}
	f.reply(w, map[string]any{"issues": issues, "issueErrors": []any{}})
}

func (f *fake) one(w http.ResponseWriter, id string) {
	for _, i := range f.issues {
		if strconv.FormatInt(i.id, 10) == id {
			send(w, i.json())
			return
		}
	}
	fail(w, http.StatusNotFound, "Issue Does Not Exist")
}

func (i fakeIssue) json() map[string]any {
	const layout = "2006-01-02T15:04:05.000-0700"
	fields := map[string]any{
		"summary": "Issue " + i.key, "created": i.created.Format(layout), "updated": i.created.Format(layout),
		"project": map[string]any{"id": "10", "key": "OPS", "name": "Operations"},
	}
	for name, value := range i.fields {
		fields[name] = value
	}
	issue := map[string]any{"id": strconv.FormatInt(i.id, 10), "key": i.key, "fields": fields}
	for name, value := range i.extra {
		issue[name] = value
	}
	return issue
}

// collect reads a whole scan.
func collect(t *testing.T, c *Client, q Query) (ids []int64, pages []Page) {
	t.Helper()
	for page, err := range c.Scan(t.Context(), q) {
		require.NoError(t, err)
		pages = append(pages, page)
		for _, issue := range page.Issues {
			ids = append(ids, issue.ID)
		}
	}
	return ids, pages
}

func (f *fake) ids() []int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	var ids []int64
	for _, i := range f.issues {
		ids = append(ids, i.id)
	}
	return ids
}

func (f *fake) sent() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.requests)
}
