package db_test

import (
	"context"
	"sync"
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
		"a status": func(f *fixture) error {
			return f.store.SaveDictionaries(f.Context(), f.lease, f.run.SyncID, statuses("Waiting"))
		},
		"a project's key": func(f *fixture) error {
			return f.store.SaveProjects(f.Context(), f.lease, f.run.SyncID, []db.ProjectRow{{ID: 10, Key: "RUN", Name: "Operations"}})
		},
		"a project's name": func(f *fixture) error {
			return f.store.SaveProjects(f.Context(), f.lease, f.run.SyncID, []db.ProjectRow{{ID: 10, Key: "OPS", Name: "Running"}})
		},
		"a version": func(f *fixture) error {
			return f.store.SaveParts(f.Context(), f.lease, f.run.SyncID, project, versions("2.0"), nil)
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
			require.NoError(t, f.store.SaveProjects(t.Context(), f.lease, f.run.SyncID, []db.ProjectRow{project}))
			require.NoError(t, f.store.SaveDictionaries(t.Context(), f.lease, f.run.SyncID, statuses("Open")))
			require.NoError(t, f.store.SaveParts(t.Context(), f.lease, f.run.SyncID, project, versions("1.0"), nil))

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

// Jira does not move their `updated`: who keeps a copy learns by synced_at, and by what is told, that an
// issue bears another name.
func TestIssuesThatBearANewNameAreToldOnce(t *testing.T) {
	t.Parallel()
	ops, web := db.ProjectRow{ID: 10, Key: "OPS", Name: "Operations"}, db.ProjectRow{ID: 20, Key: "WEB", Name: "Web"}
	statuses := func(name string) db.Dictionaries {
		return db.Dictionaries{Statuses: []db.StatusRow{{ID: "3", Name: name, Category: "TODO"}}}
	}
	versions := func(name string) []db.VersionRow { return []db.VersionRow{{ID: 5, Name: name}} }
	components := func(name string) []db.ComponentRow { return []db.ComponentRow{{ID: 6, Name: name}} }
	for what, tt := range map[string]struct {
		rename       func(f *fixture) error
		told, synced []int64
	}{
		"a version and a component": {func(f *fixture) error {
			return f.store.SaveParts(f.Context(), f.lease, f.run.SyncID, ops, versions("2.0"), components("motor"))
		}, []int64{1}, []int64{1, 9}},
		"a status": {func(f *fixture) error {
			return f.store.SaveDictionaries(f.Context(), f.lease, f.run.SyncID, statuses("Waiting"))
		}, []int64{1, 3, 4, 5}, []int64{1, 3, 4, 5, 9}},
		"a project's key, which its own issues tell when they are read again": {func(f *fixture) error {
			return f.store.SaveProjects(f.Context(), f.lease, f.run.SyncID, []db.ProjectRow{{ID: 10, Key: "RUN", Name: "Operations"}, web})
		}, []int64{3, 4, 5}, []int64{1, 2, 3, 4, 5, 9}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			of := func(project db.ProjectRow, row db.IssueRow) db.IssueRow {
				row.ProjectID, row.ProjectKey, row.ProjectName, row.Key = project.ID, project.Key, project.Name, project.Key+row.Key[3:]
				return row
			}
			named, gone, bare := issue(1, "named", 0), issue(9, "gone", 0), issue(2, "bare", 0)
			named.FixVersions, named.AffectsVersions, named.Components = []string{"1.0"}, []string{"1.0"}, []string{"engine"}
			gone.FixVersions, bare.StatusID = []string{"1.0"}, "4"
			child, ofEpic, linked, stranger := of(web, issue(3, "child", 0)), of(web, issue(4, "of the epic", 0)), of(web, issue(5, "linked", 0)), of(web, issue(6, "stranger", 0))
			parent := db.IssueID(1, 1)
			child.ParentID, child.ParentKey, child.EpicKey = &parent, new("OPS-1"), new("OPS-1")
			ofEpic.EpicKey = new("OPS-1")
			linked.Links = []db.LinkRow{{JiraID: 1, Type: "blocks", Direction: "OUTWARD", OtherID: &parent, OtherKey: "OPS-1"}}
			stranger.StatusID = "4"
			f.commit(named, bare, gone, child, ofEpic, linked, stranger)
			_, err := f.store.Tombstone(t.Context(), f.lease, f.run.SyncID, []int64{9}, "GONE")
			require.NoError(t, err)
			require.NoError(t, f.store.SaveProjects(t.Context(), f.lease, f.run.SyncID, []db.ProjectRow{ops, web}))
			require.NoError(t, f.store.SaveDictionaries(t.Context(), f.lease, f.run.SyncID, statuses("Open")))
			require.NoError(t, f.store.SaveParts(t.Context(), f.lease, f.run.SyncID, ops, versions("1.0"), components("engine")))
			_, err = f.conn.Exec(t.Context(), `UPDATE jira_sync.jira_issues SET synced_at = now() - interval '1 day'`)
			require.NoError(t, err)

			notices := f.listen()
			require.NoError(t, tt.rename(f))
			require.NoError(t, f.store.ForgetAnswers(t.Context()))
			var kinds []db.NoticeKind
			for notice := range notices {
				if notice.Kind == db.NoticeForget {
					break
				}
				kinds = append(kinds, notice.Kind)
				if notice.Kind == db.NoticeIssues {
					require.Equal(t, tt.told, notice.Updated)
					require.Equal(t, f.run.SyncID, notice.SyncID)
				}
			}
			require.Equal(t, []db.NoticeKind{db.NoticeVersions, db.NoticeIssues}, kinds, "the versions come first")
			require.Equal(t, tt.synced, ask[[]int64](f, `
SELECT array_agg(jira_id ORDER BY jira_id) FROM jira_sync.jira_issues WHERE synced_at > now() - interval '1 hour'`))
		})
	}
}

// listen hears what is told from now on, until the test ends.
func (f *fixture) listen() <-chan db.Notice {
	f.Helper()
	ready, notices := make(chan struct{}), make(chan db.Notice, 100)
	ctx, stop := context.WithCancel(f.Context())
	var listening sync.WaitGroup
	listening.Go(func() {
		defer close(notices)
		_ = f.store.Listen(ctx, func() { close(ready) }, func(n db.Notice) { notices <- n })
	})
	f.Cleanup(func() { stop(); listening.Wait() })
	<-ready
	return notices
}

func TestNamesThatAreKnownWaitForNoPage(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	lead := "ann"
	project := db.ProjectRow{ID: 10, Key: "OPS", Name: "Operations", LeadID: &lead}
	save := func() {
		again := lead
		project.LeadID = &again
		require.NoError(t, f.store.SaveProjects(t.Context(), f.lease, f.run.SyncID, []db.ProjectRow{project}))
		require.NoError(t, f.store.SaveDictionaries(t.Context(), f.lease, f.run.SyncID, db.Dictionaries{
			Statuses:   []db.StatusRow{{ID: "3", Name: "Open", Category: "TODO"}},
			Priorities: []db.PriorityRow{{ID: "1", Name: "High", Rank: 1}},
			Types:      []db.TypeRow{{ID: "1", Name: "Task"}},
		}))
		require.NoError(t, f.store.SaveParts(t.Context(), f.lease, f.run.SyncID, project,
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
