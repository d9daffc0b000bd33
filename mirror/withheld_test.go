package mirror_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
)

// withhold has Jira tell of these issues that it could not send them when they are asked for by id.
func (w *world) withhold(ids ...int64) {
	w.sim.Faults().Update(func(s *jirasim.Settings) { s.Withheld = ids })
}

// due has the items that could not be stored tried again by the next run.
func (w *world) due() {
	w.Helper()
	_, err := w.conn.Exec(w.Context(), `UPDATE jira_sync.sync_errors SET last_at = now() - interval '2 hours'`)
	require.NoError(w, err)
}

// That Jira cannot send an issue right now says that it is there.
func TestIssueThatJiraFailsToSendIsNotTakenForRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jirasim.Options{Flavor: jirasim.Cloud})
	w.succeed(db.Full)
	id := ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_issues`)
	key := ask[string](w, `SELECT issue_key FROM jira_sync.jira_issues WHERE jira_id = $1`, id)
	w.withhold(id)
	require.NoError(w, w.hint(id))
	w.strikes = true
	for range 2 {
		w.due()
		w.run(db.Incremental)
		require.Empty(w, w.removed())
	}
	require.Equal(w, key, ask[string](w, `
SELECT issue_key FROM jira_sync.sync_errors WHERE resolved_at IS NULL AND jira_id = $1 AND stage = 'fetch' AND message LIKE '%could not be loaded%'`, id))
	require.Equal(w, 3, ask[int](w, `SELECT attempts FROM jira_sync.sync_errors WHERE jira_id = $1`, id), "it is tried again and again")

	w.withhold()
	w.due()
	w.succeed(db.Incremental)
	require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_errors WHERE resolved_at IS NULL`))
	w.requireTruth()
}

// One that was missed before stays under suspicion as long as Jira fails to send it.
func TestSuspectThatJiraFailsToSendIsNotTakenForRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jirasim.Options{Flavor: jirasim.Cloud})
	w.succeed(db.Full)
	id := ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_issues`)
	_, err := w.conn.Exec(w.Context(), `
INSERT INTO jira_sync.sync_suspects (issue_id, instance_id, first_missed_at, last_missed_at)
SELECT issue_id, instance_id, now() - interval '1 hour', now() - interval '1 hour' FROM jira_sync.jira_issues WHERE jira_id = $1`, id)
	require.NoError(w, err)
	w.withhold(id)
	w.succeed(db.Incremental)
	require.Empty(w, w.removed())
	w.withhold()
	w.succeed(db.Incremental)
	require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_suspects`))
	w.requireTruth()
}

// An issue that the mirror lacks and that Jira fails to send is told of, and comes later.
func TestNewIssueThatJiraFailsToSendIsToldAndComesLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jirasim.Options{Flavor: jirasim.Cloud})
	w.succeed(db.Full)
	id := ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_issues`)
	for _, table := range []string{"jira_issues", "jira_issue_raw", "jira_issue_search", "jira_issue_links", "jira_comments", "jira_worklogs", "jira_changelog", "jira_issue_keys"} {
		_, err := w.conn.Exec(w.Context(), `DELETE FROM jira_sync.`+table+` WHERE issue_id = $1`, db.IssueID(1, id))
		require.NoError(w, err)
	}
	w.withhold(id)
	w.run(db.Reconcile)
	require.Equal(w, 1, ask[int](w, `SELECT count(*) FROM jira_sync.sync_errors WHERE resolved_at IS NULL AND jira_id = $1`, id))
	w.withhold()
	w.due()
	w.succeed(db.Incremental)
	w.requireTruth()
}

// Nobody knows of a new issue that does not come whether it meets the condition.
func TestNewIssueThatJiraFailsToSendIsNotTakenIntoScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jirasim.Options{Flavor: jirasim.Cloud})
	w.instance.JQL = fmt.Sprintf("created < %d", time.Now().Add(time.Second).UnixMilli())
	w.succeed(db.Full)
	w.now.Store(new(time.Now().Add(time.Minute)))
	outside := w.sim.Create(w.sim.ProjectKeys()[0])
	w.withhold(outside)
	require.NoError(w, w.hint(outside))
	w.withhold()
	w.due()
	w.succeed(db.Incremental)
	require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE jira_id = $1`, outside))
	require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_errors WHERE jira_id = $1`, outside))
}

// An item that waits may have left the condition meanwhile.
func TestItemThatWaitsIsStoredOnlyWhereItBelongs(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.instance.JQL = fmt.Sprintf("created < %d", time.Now().Add(time.Second).UnixMilli())
		w.succeed(db.Full)
		w.now.Store(new(time.Now().Add(time.Minute)))
		outside := w.sim.Create(w.sim.ProjectKeys()[0])
		_, err := w.conn.Exec(w.Context(), `
INSERT INTO jira_sync.sync_errors (sync_id, instance_id, jira_id, stage, message) SELECT max(sync_id), 1, $1, 'fetch', 'it failed' FROM jira_sync.sync_history`, outside)
		require.NoError(w, err)
		w.due()
		w.succeed(db.Incremental)
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE jira_id = $1`, outside))
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_errors WHERE jira_id = $1 AND resolved_at IS NULL`, outside))
	})
}
