package mirror_test

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
)

// unreadable has Jira fail whenever it is asked for this project alone.
func (w *world) unreadable(key string) {
	w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
		if bytes.Contains(reread(w, r), []byte(`project = \"`+key+`\"`)) {
			http.Error(rw, "{}", http.StatusInternalServerError)
			return
		}
		jira.ServeHTTP(rw, r)
	})
}

// One project that cannot be read keeps no other from its changes, its worklogs and its re-read.
func TestProjectThatCannotBeReadLeavesTheOthersToIncrementalRuns(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.settings.RereadIntervalSeconds = 3600
		key := w.sim.ProjectKeys()[1]
		open := func() int {
			w.Helper()
			return ask[int](w, `SELECT count(*) FROM jira_sync.sync_checkpoints WHERE kind = 'FULL' AND project_id = 0 AND since IS NOT NULL`)
		}
		partly := func(mode db.Mode) db.Run {
			w.Helper()
			run := w.run(mode)
			require.Equal(w, db.Partial, run.State, text(run.Error))
			require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_instances WHERE complete_as_of IS NOT NULL`))
			return run
		}
		w.unreadable(key)
		partly(db.Full)
		require.Equal(w, 1, open(), "it is tried once more")
		partly(db.Full)
		require.Zero(w, open())

		w.sim.Touch(20)
		partly(db.Incremental) // begins a round of the re-read
		require.Equal(w, 1, ask[int](w, `SELECT count(*) FROM jira_sync.sync_checkpoints WHERE kind = 'WORKLOGS'`))
		for _, sql := range []string{
			`UPDATE jira_sync.jira_issues SET summary = 'changed unseen', content_hash = ''`,
			`UPDATE jira_sync.sync_checkpoints SET since = now() - interval '2 hours' WHERE kind = 'REREAD'`,
		} {
			_, err := w.conn.Exec(w.Context(), sql)
			require.NoError(w, err)
		}
		partly(db.Incremental)
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE summary = 'changed unseen'`))

		w.meddle(nil)
		w.succeed(db.Incremental)
		w.requireTruth()
		require.True(w, ask[bool](w, `SELECT complete_as_of IS NOT NULL AND history_from IS NULL FROM jira_sync.jira_instances`))
	})
}

// What an earlier full read had brought does not make a project read that fails in a later one.
func TestProjectThatFailsInALaterFullReadIsReadWholeAfterwards(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.now.Store(new(time.Now().Add(-time.Hour)))
		w.succeed(db.Full)
		w.now.Store(nil) // an hour later
		key := w.sim.ProjectKeys()[1]
		w.unreadable(key)
		w.run(db.Full)
		w.run(db.Full)
		_, err := w.conn.Exec(w.Context(), `UPDATE jira_sync.jira_issues SET summary = 'changed unseen', content_hash = '' WHERE project_key = $1`, key)
		require.NoError(w, err)
		w.meddle(nil)
		w.succeed(db.Incremental)
		w.requireTruth()
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE summary = 'changed unseen'`))
	})
}
