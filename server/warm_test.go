package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/cache/redistest"
	"jirasync/db/dbtest"
)

// often is what a dashboard asks all day: an issue, a search, a project's issues, recent issues.
var often = map[string]string{
	"an issue":           `{ issue(key: "WEB-1") { key summary assignee { displayName } changelog(last: 5) { nodes { field author { displayName } } } comments { totalCount } links { issue { summary } } } }`,
	"a search":           `{ issues(search: "login", where: {statusCategory: [TODO]}, first: 25) { totalCount nodes { key summary status { name } } } }`,
	"a project's issues": `{ project(key: "WEB", instance: "alpha") { name issueCount issues(first: 50, orderBy: [{by: PRIORITY}]) { totalCount nodes { key assignee { displayName } } pageInfo { endCursor } } } }`,
	"recent issues":      `{ issues(orderBy: [{by: UPDATED}], first: 20) { nodes { key summary updatedAt project { key } } } }`,
}

func TestWhatIsOftenAskedIsWarmAfterItsFirstUse(t *testing.T) {
	t.Parallel()
	url, redis := dbtest.New(t), redistest.Start(t)
	here, there := new(statementCounter), new(statementCounter)
	first := newSiteOn(t, url, withTracer(here), withSharedCache(t, redis))
	populate(first)
	second := newSiteOn(t, url, withTracer(there), withSharedCache(t, redis))
	second.learn()
	for what, q := range often {
		here.reset()
		cold := first.data(q)
		require.NotZero(t, here.count(), what)
		here.reset()
		warm := first.ask(q)
		require.Empty(t, warm.Errors, what)
		require.Zero(t, here.count(), "%s: %v", what, here.texts())
		require.Equal(t, cold, string(warm.Data), what)
		require.True(t, warm.Extensions.Cache.Hit, what)

		// Another server finds it in Redis, once it has arrived there.
		require.Eventually(t, func() bool {
			there.reset()
			return second.data(q) == cold && there.count() == 0
		}, patience, tick, what)
	}
}

func TestHangingRedisFailsNoRead(t *testing.T) {
	t.Parallel()
	shared := redistest.New(t)
	s := newSite(t, withSharedCache(t, shared.URL))
	w := populate(s)
	for _, q := range often {
		s.data(q)
	}
	shared.Pause()
	for _, q := range often {
		s.data(q) // from memory
	}
	s.page(w.web1.ID(), 1, 10, "changed while Redis hangs")
	for _, q := range often {
		s.data(q) // from PostgreSQL
	}
	require.Contains(t, s.data(`{ issue(key: "WEB-1") { summary } }`), "changed while Redis hangs")
	require.Contains(t, s.get("/readyz"), `"database":{"status":"ok"`)
	shared.Resume()
	require.Contains(t, s.data(often["an issue"]), "changed while Redis hangs")
}
