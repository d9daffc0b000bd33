package server_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/cache/redistest"
	"jirasync/chaos/chaostest"
	"jirasync/db"
	"jirasync/db/dbtest"
	"jirasync/db/dbtest/seed"
	"jirasync/server"
)

func TestStatementOfAClientThatHasLeftIsCancelled(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]option{
		"with a cache": withDeps(func(*server.Deps) {}),
		"without":      withDeps(func(d *server.Deps) { d.Cache = nil }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, change, withDeps(func(d *server.Deps) { d.Limits.Time = time.Hour }))
			populate(s)
			release := s.seed.Hold(`LOCK TABLE jira_sync.jira_issues IN ACCESS EXCLUSIVE MODE`)
			defer release()
			ctx, leave := context.WithCancel(t.Context())
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/graphql", strings.NewReader(`{"query": "{ issues { nodes { key } } }"}`))
			require.NoError(t, err)
			r.Header.Set("Content-Type", "application/json")
			var asking sync.WaitGroup
			asking.Go(func() {
				if answer, err := http.DefaultClient.Do(r); err == nil {
					_ = answer.Body.Close()
				}
			})
			require.Eventually(t, func() bool { return s.seed.Active("jira_issues") > 0 }, patience, tick)
			leave()
			asking.Wait()
			require.Eventually(t, func() bool { return s.seed.Active("jira_issues") == 0 }, patience, tick)
		})
	}
}

func TestReadsGoOnWithoutRedis(t *testing.T) {
	t.Parallel()
	shared := redistest.New(t)
	s := newSite(t, withSharedCache(t, shared.URL))
	populate(s)
	one := func(key string) {
		got := s.ask(oneIssue, map[string]any{"key": key})
		require.Empty(t, got.Errors, "%s", got.raw)
		var data struct{ Issue struct{ Key string } }
		require.NoError(t, json.Unmarshal(got.Data, &data))
		require.Equal(t, key, data.Issue.Key)
	}
	one("WEB-1")
	shared.Stop()
	for _, key := range []string{"WEB-1", "WEB-2", "OPS-1", "WEB-7"} {
		one(key)
	}
	require.Contains(t, s.get("/readyz"), `"database":{"status":"ok"`)
	shared.Start()
	one("OPS-1")
}

// primaryAway is a site whose replica answers while its primary cannot be reached.
func primaryAway(t *testing.T) *site {
	t.Helper()
	database := dbtest.New(t)
	way, through := chaostest.BeforePostgres(t, database)
	s := newSiteOn(t, database, func(o *db.Options, _ *server.Deps) { o.URL, o.ReadURL = through, database })
	populate(s)
	way.Down()
	return s
}

func TestWhatNeedsThePrimarySaysThatItIsAway(t *testing.T) {
	t.Parallel()
	s := primaryAway(t)
	run := (&db.Run{SyncID: s.seed.Run(1, "FULL", "RUNNING", "ann", seed.At(1))}).ID()
	for _, question := range []string{
		`{ syncStatus { paused } }`, `{ syncConfig { paused } }`, `{ syncRun(id: "` + run + `") { state } }`,
		`mutation { startSync { id } }`, `mutation { startSync(input: {projects: ["WEB"]}) { id } }`,
		`mutation { cancelSync(id: "` + run + `") { id } }`, `mutation { updateSyncConfig(input: {paused: true}) { paused } }`,
		`mutation { confirmRemovals(runId: "` + run + `") { id } }`, `mutation { retrySyncError(id: "` + (&db.SyncError{ErrorID: 1}).ID() + `") { id } }`,
	} {
		got := s.ask(question)
		require.Equal(t, "UNAVAILABLE", got.code(t), "%s: %s", question, got.raw)
		require.Contains(t, got.Errors[0].Message, "try again in a moment", question)
	}
}

func TestSizesAndExportsSayThatTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	way, through := chaostest.BeforePostgres(t, dbtest.New(t))
	s := newSiteOn(t, through)
	way.Down()
	for _, question := range []string{`{ tableSizes { table } }`, `{ jiraFields { nodes { name } } }`, `{ completeness { extra } }`} {
		got := s.ask(question)
		require.Equal(t, "UNAVAILABLE", got.code(t), "%s: %s", question, got.raw)
	}
	answer, body := s.fetch("/export/issues.csv")
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode, body)
	require.Contains(t, body, "UNAVAILABLE")
	require.Contains(t, body, "try again in a moment")
}

func TestDeadlineOfPostgreSQLIsATimeoutWhereverItEnds(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	u, err := url.Parse(database)
	require.NoError(t, err)
	values := u.Query()
	values.Set("statement_timeout", "100")
	u.RawQuery = values.Encode()
	s := newSiteOn(t, database, func(o *db.Options, _ *server.Deps) { o.URL = u.String() })
	release := s.seed.Hold(`LOCK TABLE jira_sync.sync_config IN ACCESS EXCLUSIVE MODE`)
	defer release()
	for _, question := range []string{`{ syncConfig { paused } }`, `mutation { updateSyncConfig(input: {paused: true}) { paused } }`} {
		got := s.ask(question)
		require.Equal(t, "TIMEOUT", got.code(t), "%s: %s", question, got.raw)
	}
}
