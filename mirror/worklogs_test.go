package mirror_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
)

// A Jira that does not tell which worklogs changed costs a run nothing else, and what it missed comes
// once it tells again.
func TestWorklogsThatAreNotToldAreCaughtUp(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.now.Store(new(time.Now().Add(-time.Hour)))
		w.succeed(db.Full)
		w.succeed(db.Incremental)
		lost := ask[int64](w, `
SELECT l.jira_id FROM jira_sync.jira_worklogs l JOIN jira_sync.jira_issues i USING (issue_id) ORDER BY i.updated_at, l.jira_id LIMIT 1`)
		for _, sql := range []string{
			fmt.Sprintf(`DELETE FROM jira_sync.jira_worklogs WHERE jira_id = %d`, lost),
			`UPDATE jira_sync.jira_issues SET content_hash = '' WHERE issue_id IN (SELECT issue_id FROM jira_sync.jira_worklogs)`,
			`UPDATE jira_sync.sync_checkpoints SET watermark = '2000-01-01' WHERE kind = 'WORKLOGS'`,
		} {
			_, err := w.conn.Exec(w.Context(), sql)
			require.NoError(w, err)
		}
		mirrored := func() int {
			return ask[int](w, `SELECT count(*) FROM jira_sync.jira_worklogs WHERE jira_id = $1`, lost)
		}
		version := map[jirasim.Flavor]int{jirasim.Cloud: 3, jirasim.DataCenter: 2}[w.flavor]
		for _, list := range []string{"updated", "deleted"} {
			for _, status := range []int{404, 500} {
				w.sim.Faults().Clear()
				w.sim.Faults().Add(jirasim.Rule{Path: fmt.Sprintf("/rest/api/%d/worklog/%s", version, list), Status: status})
				_, err := w.conn.Exec(w.Context(), `
INSERT INTO jira_sync.sync_errors (sync_id, instance_id, jira_id, stage, message, last_at)
SELECT 1, 1, max(jira_id), 'write', 'did not fit', now() - interval '2 hours' FROM jira_sync.jira_issues i
WHERE NOT EXISTS (SELECT FROM jira_sync.jira_worklogs l WHERE l.issue_id = i.issue_id)`)
				require.NoError(w, err)
				w.succeed(db.Incremental)
				require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_errors WHERE resolved_at IS NULL`), "the run went on")
				require.Zero(w, mirrored())
			}
		}
		w.sim.Faults().Clear()
		w.succeed(db.Incremental)
		require.Equal(w, 1, mirrored())
		w.requireTruth()
	})
}

// unseenByWindows has the windows of changes begin later, as though what came before had not moved
// the issues' times.
func (w *world) unseenByWindows(before time.Time) {
	w.Helper()
	_, err := w.conn.Exec(w.Context(), `UPDATE jira_sync.sync_checkpoints SET watermark = $1 WHERE kind = 'INCREMENTAL'`, before)
	require.NoError(w, err)
}

// requireWorklogs holds the worklogs against the truth.
func (w *world) requireWorklogs() {
	w.Helper()
	held := ask[[]int64](w, `SELECT array_agg(jira_id) FROM jira_sync.jira_worklogs`)
	var logged []int64
	for truth := range w.sim.Truth {
		logged = append(logged, truth.WorklogIDs...)
	}
	require.ElementsMatch(w, logged, held)
}

func TestWorklogRemovedDuringALongFullReadIsFollowed(t *testing.T) {
	onBoth(t, jirasim.Options{Epoch: time.Now().Add(-6 * time.Hour)}, func(w *world) {
		w.now.Store(new(time.Now().Add(-5 * time.Hour)))
		w.succeed(db.Full)
		w.now.Store(new(time.Now().Add(-3 * time.Hour))) // the read goes on, past the issue
		require.True(w, w.sim.DeleteWorklog(ask[int64](w, `SELECT min(i.jira_id) FROM jira_sync.jira_worklogs JOIN jira_sync.jira_issues i USING (issue_id)`)))
		w.now.Store(nil)
		w.unseenByWindows(time.Now().Add(-time.Hour))
		w.succeed(db.Incremental)
		w.succeed(db.Incremental)
		w.requireWorklogs()
	})
}

func TestWorklogsAreFollowedOnceJirasClockIsSetRight(t *testing.T) {
	onBoth(t, jirasim.Options{Epoch: time.Now().Add(-4 * time.Hour)}, func(w *world) {
		now := time.Now()
		w.now.Store(new(now.Add(-3 * time.Hour)))
		w.succeed(db.Full)
		w.now.Store(new(now.Add(time.Hour))) // ahead of ours
		w.succeed(db.Incremental)
		w.succeed(db.Incremental)
		w.now.Store(&now)
		require.True(w, w.sim.DeleteWorklog(ask[int64](w, `SELECT min(i.jira_id) FROM jira_sync.jira_worklogs JOIN jira_sync.jira_issues i USING (issue_id)`)))
		w.now.Store(new(now.Add(3 * time.Minute))) // Jira does not list the last minute
		w.unseenByWindows(now.Add(time.Hour))
		w.succeed(db.Incremental)
		w.requireWorklogs()
	})
}
