package mirror_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
)

func TestListsOfThousandsAreWhole(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 60}, func(w *world) {
		id := int64(0)
		for one := range w.sim.Live {
			id = one
		}
		require.True(w, w.sim.Pile(id, 5000, 300, 1000))
		w.succeed(db.Full)
		w.requireTruth()
	})
}

// "A valid response, but without values for the failed field(s)", as Atlassian's own text has it.
func TestListThatJiraLeavesOutIsKept(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		w.spoil(func(body []byte) []byte {
			body = bytes.ReplaceAll(body, []byte(`"comment":{"`), []byte(`"another":{"`))
			return bytes.ReplaceAll(body, []byte(`"worklog":{`), []byte(`"yet":{`))
		})
		const lists = `
SELECT (SELECT array_agg(jira_id ORDER BY jira_id) FROM jira_sync.jira_comments) ||
       (SELECT array_agg(jira_id ORDER BY jira_id) FROM jira_sync.jira_worklogs)`
		held := ask[[]int64](w, lists)
		require.NotEmpty(w, held)
		run := w.succeed(db.Full)
		require.Positive(w, run.IssuesUpdated)
		require.Equal(w, held, ask[[]int64](w, lists))
		w.meddle(nil)
		w.succeed(db.Full)
		w.requireTruth()
	})
}

func TestListThatEndsEarlyIsKeptAndTriedAgain(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.sim.Faults().Update(func(s *jirasim.Settings) { s.CommentsCut, s.WorklogsCut = 20, 20 })
		id := w.sim.Create(w.sim.ProjectKeys()[0])
		require.True(w, w.sim.Pile(id, 1, 40, 50))
		w.succeed(db.Full)
		w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
			for list, total := range map[string]int{"comment": 41, "worklog": 51} {
				if strings.HasSuffix(r.URL.Path, "/"+list) {
					rw.Header().Set("Content-Type", "application/json")
					_, _ = fmt.Fprintf(rw, `{"total":%d,"%ss":[]}`, total, list)
					return
				}
			}
			jira.ServeHTTP(rw, r)
		})
		require.True(w, w.sim.Pile(id, 1, 1, 1))
		lists := func() (comments, worklogs int) {
			return ask[int](w, `SELECT count(*) FROM jira_sync.jira_comments WHERE issue_id = $1`, db.IssueID(1, id)),
				ask[int](w, `SELECT count(*) FROM jira_sync.jira_worklogs WHERE issue_id = $1`, db.IssueID(1, id))
		}
		run := w.run(db.Incremental)
		require.Equal(w, db.Partial, run.State, text(run.Error))
		comments, worklogs := lists()
		require.GreaterOrEqual(w, comments, 40)
		require.GreaterOrEqual(w, worklogs, 50)
		require.Contains(w, ask[string](w, `SELECT message FROM jira_sync.sync_errors WHERE resolved_at IS NULL AND stage = 'fetch'`), "of 41 comments")

		w.meddle(nil)
		w.succeed(db.Incremental)
		w.requireTruth()
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_errors WHERE resolved_at IS NULL`))
	})
}

func TestChangelogThatStaysShortIsToldAndTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jirasim.Options{Flavor: jirasim.Cloud}) // Data Center does not cut it
	id := w.sim.Create(w.sim.ProjectKeys()[0])
	require.True(w, w.sim.Pile(id, 60, 1, 1))
	w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/changelog/bulkfetch"):
			_, _ = rw.Write([]byte(`{"issueChangeLogs":[]}`))
		case strings.HasSuffix(r.URL.Path, "/changelog"):
			_, _ = rw.Write([]byte(`{"total":60,"values":[]}`))
		default:
			jira.ServeHTTP(rw, r)
		}
	})
	run := w.run(db.Full)
	require.Equal(w, db.Partial, run.State, text(run.Error))
	require.Equal(w, 40, ask[int](w, `SELECT count(*) FROM jira_sync.jira_changelog WHERE issue_id = $1`, db.IssueID(1, id)))
	require.Regexp(w, `40 of \d+ history entries`,
		ask[string](w, `SELECT message FROM jira_sync.sync_errors WHERE resolved_at IS NULL AND stage = 'fetch' AND jira_id = $1`, id))

	w.meddle(nil)
	w.run(db.Incremental)
	w.requireTruth()
	require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_errors WHERE resolved_at IS NULL`))
}
