package mirror_test

import (
	"bytes"
	"encoding/json"
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

// leaveOut has Jira send an issue without some of its lists.
func (w *world) leaveOut(id int64, lists ...string) {
	w.spoil(func(body []byte) []byte {
		var page map[string]json.RawMessage
		var issues []map[string]json.RawMessage
		if json.Unmarshal(body, &page) != nil {
			return body
		}
		single := json.Unmarshal(page["issues"], &issues) != nil
		if single {
			issues = append(issues, page)
		}
		for _, issue := range issues {
			var fields map[string]json.RawMessage
			if string(issue["id"]) != fmt.Sprintf(`"%d"`, id) || json.Unmarshal(issue["fields"], &fields) != nil {
				continue
			}
			for _, list := range lists {
				delete(issue, list)
				delete(fields, list)
			}
			issue["fields"] = encoded(fields)
		}
		if !single {
			page["issues"] = encoded(issues)
		}
		return encoded(page)
	})
}

func encoded(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}

func TestListsThatJiraLeavesOutOfANewIssueAreAskedFor(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		id := w.sim.Create(w.sim.ProjectKeys()[0])
		require.True(w, w.sim.Pile(id, 10, 5, 5))
		if w.flavor == jirasim.Cloud {
			w.leaveOut(id, "changelog", "comment", "worklog")
		} else {
			w.leaveOut(id, "comment", "worklog") // nothing but the issue itself tells its changelog
		}
		w.succeed(db.Incremental)
		require.Equal(w, 10, ask[int](w, `SELECT count(*) FROM jira_sync.jira_changelog WHERE issue_id = $1`, db.IssueID(1, id)))
		require.Equal(w, 5, ask[int](w, `SELECT count(*) FROM jira_sync.jira_comments WHERE issue_id = $1`, db.IssueID(1, id)))
		require.Equal(w, 5, ask[int](w, `SELECT count(*) FROM jira_sync.jira_worklogs WHERE issue_id = $1`, db.IssueID(1, id)))
		w.meddle(nil)
		w.succeed(db.Full) // the fields as Jira sent them lacked the lists, too
		w.requireTruth()
	})
}

// A list that no issue has is hidden, and asking each issue for it would be in vain.
func TestListsThatJiraHidesAreNotAskedFor(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.sim.Faults().Update(func(s *jirasim.Settings) { s.HiddenFields = []string{"worklog"} })
		w.succeed(db.Full)
		w.sim.Create(w.sim.ProjectKeys()[0])
		w.succeed(db.Incremental)
		require.Zero(w, w.requests("/worklog"))
	})
}

// Without the changelog nobody knows with which values an issue was created.
func TestChangelogThatJiraLeavesOutIsToldAndSparesValuesAtCreation(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		id := ask[int64](w, `
SELECT jira_id FROM jira_sync.jira_issues i JOIN jira_sync.jira_initial_values v USING (jira_id)
WHERE v.field_id = 'status' AND v.value IS DISTINCT FROM i.status_id LIMIT 1`)
		initial := func() string {
			return ask[string](w, `SELECT coalesce(initial_values::text, 'unknown') FROM jira_sync.jira_issue_raw WHERE jira_id = $1`, id)
		}
		held := initial()
		leaveOut := func(id int64) {
			w.leaveOut(id, "changelog")
			damage := *w.meddler.Load()
			w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
				switch {
				case strings.HasSuffix(r.URL.Path, "/changelog/bulkfetch"):
					_, _ = rw.Write([]byte(`{"issueChangeLogs":[]}`))
				case strings.HasSuffix(r.URL.Path, "/changelog"):
					_, _ = rw.Write([]byte(`{}`))
				default:
					damage(rw, r, jira)
				}
			})
		}
		told := func(id int64) string {
			w.Helper()
			return ask[string](w, `SELECT message FROM jira_sync.sync_errors WHERE resolved_at IS NULL AND jira_id = $1`, id)
		}
		leaveOut(id)
		require.True(w, w.sim.Edit(id, jirasim.FieldChange{Field: "summary", Value: `"Another"`}))
		run := w.run(db.Incremental)
		require.Equal(w, db.Partial, run.State, text(run.Error))
		require.Equal(w, "Another", ask[string](w, `SELECT summary FROM jira_sync.jira_issues WHERE jira_id = $1`, id))
		require.JSONEq(w, held, initial())
		require.Contains(w, told(id), "0 of an unknown number of history entries")

		for _, histories := range []int{3, 0} {
			fresh := w.sim.Create(w.sim.ProjectKeys()[0])
			require.True(w, w.sim.Pile(fresh, histories, 0, 0))
			leaveOut(fresh)
			w.run(db.Incremental)
			require.Contains(w, told(fresh), "0 of an unknown number of history entries")
			require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_initial_values WHERE jira_id = $1`, fresh))

			w.meddle(nil)
			w.due()
			w.succeed(db.Incremental)
			w.requireTruth()
			require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_errors WHERE resolved_at IS NULL`))
			require.Positive(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_initial_values WHERE jira_id = $1`, fresh))
		}
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

// requests are how many of those answered ask for a path that ends so.
func (w *world) requests(suffix string) (n int) {
	for endpoint, count := range w.sim.Faults().Requests() {
		if strings.HasSuffix(endpoint, suffix) {
			n += count
		}
	}
	return n
}
