package mirror_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
)

// beat has the next run ask for the dictionaries, as an hour later.
func (w *world) beat() { w.engine = w.newEngine() }

// A project gets another key: all its issues do, none of them is `updated`, and settings go on to
// name the old one.
func TestRenamedProjectTakesItsIssuesAlong(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 400}, func(w *world) {
		w.instance.Projects = w.sim.ProjectKeys()
		w.succeed(db.Full)
		before := w.instance.Projects[0]
		ids := ask[string](w, `SELECT string_agg(issue_id::text, ',' ORDER BY issue_id) FROM jira_sync.jira_issues WHERE project_key = $1`, before)
		key := ask[string](w, `SELECT min(issue_key) FROM jira_sync.jira_issues WHERE project_key = $1`, before)
		id := ask[int64](w, `SELECT jira_id FROM jira_sync.jira_issues WHERE issue_key = $1`, key)
		require.True(w, w.sim.Rename(jirasim.NamedProject, before, "RENAMED"))
		require.True(w, w.sim.Comment(id))
		w.succeed(db.Incremental) // the list of projects is still the one of before
		require.Equal(w, strings.Replace(key, before, "RENAMED", 1), ask[string](w, `SELECT issue_key FROM jira_sync.jira_issues WHERE jira_id = $1`, id))

		w.beat()
		run := w.succeed(db.Incremental)
		require.Equal(w, ids, ask[string](w, `SELECT string_agg(issue_id::text, ',' ORDER BY issue_id) FROM jira_sync.jira_issues WHERE project_key = 'RENAMED'`))
		require.Zero(w, run.IssuesDeleted+ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE deleted_at IS NOT NULL`))
		for _, old := range []string{
			`SELECT count(*) FROM jira_sync.jira_issues WHERE issue_key LIKE $1 || '-%' OR project_key = $1`,
			`SELECT count(*) FROM jira_sync.jira_issues WHERE parent_key LIKE $1 || '-%' OR epic_key LIKE $1 || '-%'`,
			`SELECT count(*) FROM jira_sync.jira_issue_links WHERE other_key LIKE $1 || '-%'`,
			`SELECT count(*) FROM jira_sync.jira_projects WHERE project_key = $1`,
			`SELECT count(*) FROM jira_sync.jira_issues i WHERE project_key = 'RENAMED' AND NOT EXISTS (
			     SELECT FROM jira_sync.jira_issue_keys k WHERE k.issue_id = i.issue_id AND k.issue_key = $1 || '-' || i.key_number)`,
			`SELECT count(*) FROM jira_sync.jira_issues i JOIN jira_sync.jira_issue_raw r USING (issue_id)
			 WHERE i.project_key = 'RENAMED' AND r.fields -> 'project' ->> 'key' = $1`,
		} {
			require.Zero(w, ask[int](w, old, before), old)
		}

		w.settings.RereadIntervalSeconds = 3600 // what others say of its issues comes with the rolling read
		w.succeed(db.Incremental)
		_, err := w.conn.Exec(w.Context(), `UPDATE jira_sync.sync_checkpoints SET since = now() - interval '2 hours' WHERE kind = 'REREAD'`)
		require.NoError(w, err)
		w.succeed(db.Incremental)
		w.succeed(db.Reconcile)
		w.requireTruth()
	})
}

// Jira renames without a word on the issues concerned: their names follow with the dictionaries.
func TestRenamedNamesReachTheIssues(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 600}, func(w *world) {
		w.succeed(db.Full)
		count := func(query string) int {
			w.Helper()
			return ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues i WHERE `+query)
		}
		most := func(column string) string {
			w.Helper()
			return ask[string](w, `SELECT `+column+` FROM jira_sync.jira_issues WHERE `+column+` IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1`)
		}
		status, priority, kind := most("status_id"), most("priority_id"), most("type_id")
		statuses, priorities, kinds := count(`status_id = '`+status+`'`), count(`priority_id = '`+priority+`'`), count(`type_id = '`+kind+`'`)
		require.True(w, w.sim.Rename(jirasim.NamedStatus, status, "Another status"))
		require.True(w, w.sim.Rename(jirasim.NamedPriority, priority, "Another priority"))
		require.True(w, w.sim.Rename(jirasim.NamedType, kind, "Another type"))

		versionID, version := w.someVersion("fixVersions")
		componentID, component := w.someVersion("components")
		withVersion, withComponent := count(`'`+version.name+`' = ANY(fix_versions) AND project_key = '`+version.project+`'`),
			count(`'`+component.name+`' = ANY(components) AND project_key = '`+component.project+`'`)
		require.True(w, w.sim.Rename(jirasim.NamedVersion, versionID, "Another version"))
		require.True(w, w.sim.Rename(jirasim.NamedComponent, componentID, "Another component"))

		sprint := ask[int64](w, `SELECT sprint_id FROM jira_sync.jira_sprints WHERE upper(state) <> 'CLOSED' AND EXISTS (
			SELECT FROM jira_sync.jira_issues WHERE sprint_id = ANY(sprint_ids)) ORDER BY 1 LIMIT 1`)
		require.True(w, w.sim.Rename(jirasim.NamedSprint, strconv.FormatInt(sprint, 10), "Another sprint"))

		w.beat()
		w.succeed(db.Incremental)
		require.Equal(w, statuses, count(`status = 'Another status'`))
		require.Equal(w, priorities, count(`priority = 'Another priority'`))
		require.Equal(w, kinds, count(`issue_type = 'Another type'`))
		require.Equal(w, withVersion, count(`'Another version' = ANY(fix_versions)`))
		require.Equal(w, withComponent, count(`'Another component' = ANY(components)`))
		require.Equal(w, "Another sprint", ask[string](w, `SELECT name FROM jira_sync.jira_sprints WHERE sprint_id = $1`, sprint))
		w.succeed(db.Full)
		w.requireTruth()
	})
}

// A person's new name comes with any one issue that names them.
func TestRenamedPersonIsCalledSoEverywhere(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		person := ask[string](w, `SELECT reporter_id FROM jira_sync.jira_issues GROUP BY 1 ORDER BY count(*) DESC LIMIT 1`)
		require.True(w, w.sim.Rename(jirasim.NamedUser, person, "Another Name"))
		require.True(w, w.sim.Comment(ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_issues WHERE reporter_id = $1`, person)))
		w.succeed(db.Incremental)
		require.Equal(w, "Another Name", ask[string](w, `SELECT display_name FROM jira_sync.jira_users WHERE account_id = $1`, person))
	})
}

type owned struct{ name, project string }

// someVersion finds a version or component that issues bear.
func (w *world) someVersion(member string) (id string, found owned) {
	w.Helper()
	require.NoError(w, w.conn.QueryRow(w.Context(), `
SELECT v ->> 'id', v ->> 'name', i.project_key
FROM jira_sync.jira_issues i JOIN jira_sync.jira_issue_raw r USING (issue_id), jsonb_array_elements(r.fields -> $1::text) v
GROUP BY 1, 2, 3 ORDER BY count(*) DESC, 1 LIMIT 1`, member).Scan(&id, &found.name, &found.project))
	return id, found
}
