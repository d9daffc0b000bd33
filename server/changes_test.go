package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"jirasync/db"
	"jirasync/db/dbtest"
	"jirasync/db/dbtest/seed"
	"jirasync/follow"
	"jirasync/server"
)

// follows lets the site hear of commits, as a server does.
func (s *site) follows() {
	s.t.Helper()
	f := follow.New(s.store, s.cache.Versions(), s.bus, follow.Hooks{}, slog.New(slog.DiscardHandler))
	require.NoError(s.t, f.Prepare(s.t.Context()))
	ctx, stop := context.WithCancel(context.Background())
	var group errgroup.Group
	group.Go(func() error { return f.Run(ctx) })
	s.t.Cleanup(func() { stop(); require.NoError(s.t, group.Wait()) })
}

// watch opens a subscription over server-sent events and returns its results as they come.
func (s *site) watch(query string) <-chan string {
	s.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query})
	require.NoError(s.t, err)
	ctx, stop := context.WithCancel(s.t.Context())
	s.t.Cleanup(stop)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/graphql", bytes.NewReader(body))
	require.NoError(s.t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	require.Equal(s.t, http.StatusOK, answer.StatusCode)
	s.t.Cleanup(func() { _ = answer.Body.Close() })
	results := make(chan string, 100)
	go func() {
		defer close(results)
		lines := bufio.NewScanner(answer.Body)
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data:"); ok && strings.TrimSpace(data) != "" {
				results <- data
			}
		}
	}()
	return results
}

func (s *site) result(results <-chan string) string {
	s.t.Helper()
	select {
	case result := <-results:
		return result
	case <-time.After(patience):
		require.FailNow(s.t, "nothing came")
		return ""
	}
}

// pageIssue is what brings OPS-n of instance 1.
func pageIssue(n int64, summary string, at time.Time) db.IssueRow {
	return db.IssueRow{
		InstanceID: 1, JiraID: n, Key: "OPS-5", KeyNumber: 5, ProjectID: 11, ProjectKey: "OPS", ProjectName: "Ops", TypeID: "1", Type: "Bug",
		StatusID: "1", Status: "Open", StatusCategory: "TODO", Summary: summary, Fields: []byte("{}"), ContentHash: []byte(summary),
		CreatedAt: at, UpdatedAt: at, SyncedAt: at,
	}
}

// begins opens a run of the first instance.
func (s *site) begins() (db.Lease, db.Run) {
	s.t.Helper()
	lease, err := s.store.AcquireLease(s.t.Context(), 1, "test", time.Minute)
	require.NoError(s.t, err)
	run, err := s.store.OpenRun(s.t.Context(), lease, db.Incremental, nil, "test")
	require.NoError(s.t, err)
	return lease, run
}

func TestChangedIssuesAreTold(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	s.follows()
	lease, run := s.begins()
	const ask = `{ kind issue { key summary assignee { displayName } changelog(first: 1) { nodes { field } } comments { totalCount } deletedReason } run { mode } }`
	all := s.watch(`subscription { issueChanged ` + ask + ` }`)
	bugs := s.watch(`subscription { issueChanged(where: {type: {eq: "Bug"}, summary: {contains: "second"}}) { kind issue { summary } } }`)

	require.Eventually(t, func() bool { return s.counter("jirasync_graphql_subscribers") == 2 }, patience, tick)

	told := func(results <-chan string, want string) {
		t.Helper()
		require.JSONEq(t, want, s.result(results))
	}
	now := time.Now().UTC()
	commit := func(summary string, after time.Duration) {
		_, err := s.store.CommitPage(t.Context(), lease, db.Page{SyncID: run.SyncID, Issues: []db.IssueRow{pageIssue(50, summary, now.Add(after))}})
		require.NoError(t, err)
	}
	issue := func(kind, summary, reason, run string) string {
		return `{"data": {"issueChanged": {"kind": "` + kind + `", "issue": {"key": "OPS-5", "summary": "` + summary + `", "assignee": null,
			"changelog": {"nodes": []}, "comments": {"totalCount": 0}, "deletedReason": ` + reason + `}, "run": ` + run + `}}}`
	}
	commit("first", 0)
	told(all, issue("CREATED", "first", "null", `{"mode": "INCREMENTAL"}`))
	commit("first", 0) // unchanged: no news
	commit("the second", time.Minute)
	told(all, issue("UPDATED", "the second", "null", `{"mode": "INCREMENTAL"}`))
	// Who reads of the first change late finds the second made already, and is told of both.
	updated := `{"data":{"issueChanged":{"kind":"UPDATED","issue":{"summary":"the second"}}}}`
	if got := strings.TrimSpace(s.result(bugs)); got != updated {
		require.Equal(t, strings.Replace(updated, "UPDATED", "CREATED", 1), got)
		told(bugs, updated)
	}
	census := s.seed.Run(1, "RECONCILE", "SUCCEEDED", "test", now)
	_, err := s.store.Tombstone(t.Context(), lease, census, []int64{50}, "DELETED")
	require.NoError(t, err)
	told(all, issue("DELETED", "the second", `"DELETED"`, `{"mode": "RECONCILE"}`))
	told(bugs, `{"data": {"issueChanged": {"kind": "DELETED", "issue": {"summary": "the second"}}}}`)

	refused := s.result(s.watch(`subscription { issueChanged(where: {fields: [{name: "nothing", eq: 1}]}) { kind } }`))
	require.Contains(t, refused, "there is no mapped field")
	require.Contains(t, refused, "BAD_USER_INPUT")
}

func TestRenameOfTooManyIssuesEndsWithAWordOnIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	s.follows()
	lease, run := s.begins()
	crowd := make([]db.IssueRow, 3_001)
	for n := range crowd {
		row := pageIssue(int64(1_000+n), "bears it", seed.At(9))
		row.Key, row.KeyNumber = fmt.Sprintf("OPS-%d", 1_000+n), 1_000+n
		crowd[n] = row
	}
	_, err := s.store.CommitPage(t.Context(), lease, db.Page{SyncID: run.SyncID, Issues: crowd})
	require.NoError(t, err)
	changes := s.watch(`subscription { issueChanged(where: {summary: {contains: "none of them"}}) { kind } }`)
	require.Eventually(t, func() bool { return s.counter("jirasync_graphql_subscribers") == 1 }, patience, tick)
	names := db.Dictionaries{Types: []db.TypeRow{{ID: "1", Name: "Defect"}}}
	require.NoError(t, s.store.SaveDictionaries(t.Context(), lease, run.SyncID, names))
	told := s.result(changes)
	require.Contains(t, told, "UNAVAILABLE")
	require.Contains(t, told, "issues(where: {synced: {gte: ...}}")
}

// Jira does not move their `updated`: a copy would keep the old name for ever.
func TestIssuesOfARenamedVersionAreToldAndSynced(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	s.follows()
	lease, run := s.begins()
	changes := s.watch(`subscription { issueChanged { kind issue { key fixVersions affectsVersions } run { mode } } }`)
	require.Eventually(t, func() bool { return s.counter("jirasync_graphql_subscribers") == 1 }, patience, tick)
	row := pageIssue(50, "bears it", seed.At(9))
	row.FixVersions, row.AffectsVersions = []string{"1.0"}, []string{"0.9", "1.0"}
	_, err := s.store.CommitPage(t.Context(), lease, db.Page{SyncID: run.SyncID, Issues: []db.IssueRow{row}})
	require.NoError(t, err)
	project := db.ProjectRow{ID: 11, Key: "OPS", Name: "Ops"}
	name := func(name string) {
		require.NoError(t, s.store.SaveParts(t.Context(), lease, run.SyncID, project, []db.VersionRow{{ID: 5, Name: name}}, nil))
	}
	name("1.0")
	s.seed.Exec(`UPDATE jira_sync.jira_issues SET synced_at = now() - interval '1 day'`)
	require.Contains(t, s.result(changes), "CREATED")
	name("2.0")
	require.JSONEq(t, `{"data": {"issueChanged": {"kind": "UPDATED", "run": {"mode": "INCREMENTAL"},
		"issue": {"key": "OPS-5", "fixVersions": ["2.0"], "affectsVersions": ["0.9", "2.0"]}}}}`, s.result(changes))
	since := map[string]any{"since": time.Now().Add(-10 * time.Minute)}
	require.JSONEq(t, `{"issues": {"nodes": [{"key": "OPS-5"}]}}`,
		s.data(`query ($since: Time!) { issues(where: {synced: {gte: $since}}, visibility: ALL) { nodes { key } } }`, since))
}

// Each server hears of what the others commit by the database they share.
func TestChangedIssuesAreToldToThoseWhoWatchOnAnotherServer(t *testing.T) {
	t.Parallel()
	url := dbtest.New(t)
	here, there := newSiteOn(t, url), newSiteOn(t, url)
	populate(here)
	there.learn()
	here.follows()
	there.follows()
	require.JSONEq(t, `{"issue": null}`, there.data(`{ issue(key: "OPS-5") { summary } }`))
	changes := there.watch(`subscription { issueChanged(where: {project: {eq: "OPS"}}) { kind issue { key summary } run { mode } } }`)
	require.Eventually(t, func() bool { return there.counter("jirasync_graphql_subscribers") == 1 }, patience, tick)
	lease, err := here.store.AcquireLease(t.Context(), 1, "here", time.Minute)
	require.NoError(t, err)
	run, err := here.store.OpenRun(t.Context(), lease, db.Incremental, nil, "test")
	require.NoError(t, err)
	_, err = here.store.CommitPage(t.Context(), lease, db.Page{SyncID: run.SyncID, Issues: []db.IssueRow{pageIssue(50, "made here", seed.At(9))}})
	require.NoError(t, err)
	require.JSONEq(t, `{"data": {"issueChanged": {"kind": "CREATED", "issue": {"key": "OPS-5", "summary": "made here"}, "run": {"mode": "INCREMENTAL"}}}}`, there.result(changes))
	require.JSONEq(t, `{"issue": {"summary": "made here"}}`, there.data(`{ issue(key: "OPS-5") { summary } }`), "who is told can read it there")
	_, err = here.store.Tombstone(t.Context(), lease, run.SyncID, []int64{50}, "DELETED")
	require.NoError(t, err)
	require.JSONEq(t, `{"data": {"issueChanged": {"kind": "DELETED", "issue": {"key": "OPS-5", "summary": "made here"}, "run": {"mode": "INCREMENTAL"}}}}`, there.result(changes))
}

// What was committed while nobody listened cannot be told any more, and nobody shall believe otherwise.
func TestWatcherOfChangesIsToldThatSomeWereNotHeard(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	s.follows()
	lease, run := s.begins()
	changes := s.watch(`subscription { issueChanged { issue { summary } } }`)
	_, err := s.store.CommitPage(t.Context(), lease, db.Page{SyncID: run.SyncID, Issues: []db.IssueRow{pageIssue(500, "heard", time.Now())}})
	require.NoError(t, err)
	require.Contains(t, s.result(changes), "heard")
	s.seed.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`)
	end := s.result(changes)
	require.Contains(t, end, "UNAVAILABLE")
	require.Contains(t, end, "subscribe again")
}

// Who subscribes while PostgreSQL does not answer is told so, and not that nothing is going on.
func TestSubscriptionThatCannotBeOpenedInTimeSaysSo(t *testing.T) {
	t.Parallel()
	url := dbtest.New(t)
	s := newSiteOn(t, url, withDeps(func(d *server.Deps) { d.Limits.Time = 300 * time.Millisecond }))
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	_, err = conn.Exec(t.Context(), `BEGIN; LOCK TABLE jira_sync.sync_history`)
	require.NoError(t, err)
	require.Contains(t, s.result(s.watch(`subscription { syncProgress { done } }`)), "TIMEOUT")
}
