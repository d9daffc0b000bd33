package server_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/db/dbtest/seed"
)

// What has grown in many years, or in a run of a large instance, ends as other lists without pages do.
func TestLongListsOfAnIssueAndOfARunEndAndSaySo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := populate(s)
	run := s.seed.Run(1, "FULL", "SUCCEEDED", "schedule", seed.At(0))
	s.seed.Exec(`DELETE FROM jira_sync.jira_issue_keys`)
	crowded := func(from, to int) { // numbers of the rows to be there
		s.seed.Exec(`INSERT INTO jira_sync.sync_project_details (sync_id, instance_id, project_key, state, started_at)
			SELECT $1, 1, 'P' || n, 'SUCCEEDED', now() FROM generate_series($2::int, $3::int) n`, run, from, to)
		s.seed.Exec(`INSERT INTO jira_sync.sync_performance_metrics (sync_id, name, value, unit)
			SELECT $1, 'm' || n, n, 'count' FROM generate_series($2::int, $3::int) n`, run, from, to)
		s.seed.Exec(`INSERT INTO jira_sync.jira_issue_keys (instance_id, issue_key, issue_id, until)
			SELECT 1, 'OLD-' || n, $1, '2026-01-01Z' FROM generate_series($2::int, $3::int) n`, w.web1.ID(), from, to)
		s.seed.Exec(`INSERT INTO jira_sync.jira_sprints (instance_id, sprint_id, name, state)
			SELECT 1, n, 'Sprint ' || n, 'closed' FROM generate_series($1::int, $2::int) n`, from, to)
		s.seed.Exec(`UPDATE jira_sync.jira_issues SET sprint_ids = (SELECT array_agg(n) FROM generate_series(1, $2::int) n) WHERE issue_id = $1`, w.web1.ID(), to)
		s.seed.Raise(1, 10)
		s.learn()
	}
	question := `{ issue(key: "WEB-1") { sprints { jiraId } previousKeys } syncRun(id: "` + runID(run) + `") { projects { projectKey } metrics { name } } }`
	lengths := func(data string) []int {
		var got struct {
			Issue   struct{ Sprints, PreviousKeys []json.RawMessage }
			SyncRun struct{ Projects, Metrics []json.RawMessage }
		}
		decode(t, data, &got)
		return []int{len(got.Issue.Sprints), len(got.Issue.PreviousKeys), len(got.SyncRun.Projects), len(got.SyncRun.Metrics)}
	}
	crowded(1, 1000)
	require.Equal(t, []int{1000, 1000, 1000, 1000}, lengths(s.data(question)))

	crowded(1001, 1001)
	got := s.ask(question)
	require.Equal(t, []int{1000, 1000, 1000, 1000}, lengths(string(got.Data)))
	said := map[string]string{}
	for _, e := range got.Errors {
		require.Equal(t, "QUERY_TOO_COMPLEX", e.Extensions["code"])
		said[fmt.Sprint(e.Path)] = e.Message
	}
	require.Equal(t, map[string]string{
		"[issue sprints]":      "there are more sprints than the first 1000: raw has them all",
		"[issue previousKeys]": "there are more previous keys than the first 1000: the table jira_issue_keys has them all",
		"[syncRun projects]":   "there are more projects than the first 1000: the table sync_project_details has them all",
		"[syncRun metrics]":    "there are more metrics than the first 1000: the table sync_performance_metrics has them all",
	}, said)
}
