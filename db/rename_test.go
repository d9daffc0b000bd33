package db_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"jirasync/db"
)

// Pages are written while the dictionaries are asked for, and take rows in an order of their own.
func TestRenameWaitsForThePageThatHoldsItsIssues(t *testing.T) {
	t.Parallel()
	project := db.ProjectRow{ID: 10, Key: "OPS", Name: "Operations"}
	statuses := func(name string) db.Dictionaries {
		return db.Dictionaries{Statuses: []db.StatusRow{{ID: "3", Name: name, Category: "TODO"}}}
	}
	versions := func(name string) []db.VersionRow { return []db.VersionRow{{ID: 5, Name: name}} }
	for what, rename := range map[string]func(f *fixture) error{
		"a status": func(f *fixture) error { return f.store.SaveDictionaries(f.Context(), f.lease, statuses("Waiting")) },
		"a project's key": func(f *fixture) error {
			return f.store.SaveProjects(f.Context(), f.lease, []db.ProjectRow{{ID: 10, Key: "RUN", Name: "Operations"}})
		},
		"a project's name": func(f *fixture) error {
			return f.store.SaveProjects(f.Context(), f.lease, []db.ProjectRow{{ID: 10, Key: "OPS", Name: "Running"}})
		},
		"a version": func(f *fixture) error {
			return f.store.SaveParts(f.Context(), f.lease, project, versions("2.0"), nil)
		},
		"no name, an issue that is gone": func(f *fixture) error {
			_, err := f.store.Tombstone(f.Context(), f.lease, f.run.SyncID, []int64{1, 2}, "GONE")
			return err
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			one, two := issue(1, "one", 0), issue(2, "two", 0)
			one.FixVersions, two.FixVersions = []string{"1.0"}, []string{"1.0"}
			f.commit(one, two)
			require.NoError(t, f.store.SaveProjects(t.Context(), f.lease, []db.ProjectRow{project}))
			require.NoError(t, f.store.SaveDictionaries(t.Context(), f.lease, statuses("Open")))
			require.NoError(t, f.store.SaveParts(t.Context(), f.lease, project, versions("1.0"), nil))

			page := f.page()
			f.write(page, `UPDATE jira_sync.jira_issues SET summary = 'page' WHERE jira_id = 2`)
			f.write(page, `UPDATE jira_sync.jira_instances SET version = version + 1`)
			var group errgroup.Group
			group.Go(func() error { return rename(f) })
			f.awaitWaiting()
			f.write(page, `UPDATE jira_sync.jira_issues SET summary = 'page' WHERE jira_id = 1`)
			f.write(page, `UPDATE jira_sync.jira_projects SET version = version + 1`)
			require.NoError(t, page.Commit(t.Context()))
			require.NoError(t, group.Wait())
			require.Equal(t, 2, ask[int](f, `SELECT count(*) FROM jira_sync.jira_issues WHERE summary = 'page'`))
		})
	}
}

func TestNamesThatAreKnownWaitForNoPage(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	lead := "ann"
	project := db.ProjectRow{ID: 10, Key: "OPS", Name: "Operations", LeadID: &lead}
	save := func() {
		again := lead
		project.LeadID = &again
		require.NoError(t, f.store.SaveProjects(t.Context(), f.lease, []db.ProjectRow{project}))
		require.NoError(t, f.store.SaveDictionaries(t.Context(), f.lease, db.Dictionaries{
			Statuses:   []db.StatusRow{{ID: "3", Name: "Open", Category: "TODO"}},
			Priorities: []db.PriorityRow{{ID: "1", Name: "High", Rank: 1}},
			Types:      []db.TypeRow{{ID: "1", Name: "Task"}},
		}))
		require.NoError(t, f.store.SaveParts(t.Context(), f.lease, project,
			[]db.VersionRow{{ID: 5, Name: "1.0"}}, []db.ComponentRow{{ID: 6, Name: "engine"}}))
	}
	save()
	before := ask[int](f, `SELECT version FROM jira_sync.jira_instances`)
	page := f.page()
	save() // would never return
	require.NoError(t, page.Commit(t.Context()))
	require.Equal(t, before, ask[int](f, `SELECT version FROM jira_sync.jira_instances`))
}

// page is a transaction that has begun as a page's does.
func (f *fixture) page() pgx.Tx {
	f.Helper()
	tx, err := f.conn.Begin(f.Context())
	require.NoError(f, err)
	f.write(tx, `SELECT pg_advisory_xact_lock_shared(x'6a697261'::int, 1)`)
	return tx
}

func (f *fixture) write(tx pgx.Tx, query string) {
	f.Helper()
	_, err := tx.Exec(f.Context(), query)
	require.NoError(f, err, query)
}

// awaitWaiting returns once somebody waits for a lock in this database.
func (f *fixture) awaitWaiting() {
	f.Helper()
	require.Eventually(f, func() bool {
		return ask[bool](f, `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`)
	}, 10*time.Second, 10*time.Millisecond)
}
