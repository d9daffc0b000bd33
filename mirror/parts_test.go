package mirror_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
)

func TestVersionsAndComponentsAreDictionaries(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		key := w.sim.ProjectKeys()[0]
		versions, components := w.sim.Versions(key)
		require.True(w, w.sim.EditVersion(versions[0], "archived", "true"))
		w.succeed(db.Full)
		mirrored := func(table string) int {
			w.Helper()
			return ask[int](w, `SELECT count(*) FROM jira_sync.`+table+` JOIN jira_sync.jira_projects p USING (instance_id, project_id) WHERE p.project_key = $1`, key)
		}
		require.Equal(w, len(versions), mirrored("jira_versions"))
		require.Equal(w, len(components), mirrored("jira_components"))
		require.Equal(w, versions[0], ask[int64](w, `SELECT version_id FROM jira_sync.jira_versions WHERE archived`))
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_versions WHERE released AND release_date IS NULL`))
		require.Zero(w, ask[int](w, `
SELECT count(*) FROM jira_sync.jira_issues i, unnest(i.fix_versions) name
WHERE NOT EXISTS (SELECT FROM jira_sync.jira_versions v WHERE v.instance_id = i.instance_id AND v.name = name)`))

		version := ask[int64](w, `SELECT version FROM jira_sync.jira_projects WHERE project_key = $1`, key)
		other := ask[int64](w, `SELECT version FROM jira_sync.jira_projects WHERE project_key = $1`, w.sim.ProjectKeys()[1])
		require.True(w, w.sim.EditVersion(versions[1], "released", "true"))
		require.True(w, w.sim.EditVersion(versions[1], "description", `"the \u0000 one"`))
		w.beat()
		w.succeed(db.Incremental)
		require.Contains(w, ask[string](w, `SELECT description FROM jira_sync.jira_versions WHERE version_id = $1 AND released`, versions[1]), "the ")
		require.Greater(w, ask[int64](w, `SELECT version FROM jira_sync.jira_projects WHERE project_key = $1`, key), version, "answers about it are old")
		require.Equal(w, other, ask[int64](w, `SELECT version FROM jira_sync.jira_projects WHERE project_key = $1`, w.sim.ProjectKeys()[1]))
	})
}

// A project that is archived keeps what it had, as archived.
func TestArchivedProjectIsKept(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 300}, func(w *world) {
		w.succeed(db.Full)
		key := w.sim.ProjectKeys()[len(w.sim.ProjectKeys())-1]
		live := ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE project_key = $1`, key)
		require.Positive(w, live)
		require.True(w, w.sim.ArchiveProject(key))
		w.beat()
		w.strikes = true
		w.succeed(db.Incremental)
		w.succeed(db.Reconcile)
		require.True(w, ask[bool](w, `SELECT archived AND visible FROM jira_sync.jira_projects WHERE project_key = $1`, key))
		require.Equal(w, live, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE project_key = $1 AND deleted_reason = 'ARCHIVED'`, key))
		require.Positive(w, ask[int](w, `
SELECT count(*) FROM jira_sync.jira_versions JOIN jira_sync.jira_projects p USING (instance_id, project_id) WHERE p.project_key = $1`, key))
		w.succeed(db.Full) // issues linked with its own tell less of them
		w.requireTruth()
	})
}

// A Jira that does not tell them costs the run nothing.
func TestVersionsThatAreNotToldAreLeftAsTheyAre(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		held := ask[int](w, `SELECT count(*) FROM jira_sync.jira_versions`)
		parts := ask[int](w, `SELECT count(*) FROM jira_sync.jira_components`)
		path := map[jirasim.Flavor]string{jirasim.Cloud: "/rest/api/3/project/1", jirasim.DataCenter: "/rest/api/2/project/1"}[w.flavor]
		for _, rule := range []jirasim.Rule{{Path: path, Status: 404}, {Path: path, Status: 500}, {Path: path, Cut: jirasim.CutHTML}} {
			w.sim.Faults().Clear()
			w.sim.Faults().Add(rule)
			w.beat()
			w.sim.Touch(5)
			w.succeed(db.Incremental)
			require.Equal(w, held, ask[int](w, `SELECT count(*) FROM jira_sync.jira_versions`))
			w.requireTruth()
		}
		w.sim.Faults().Clear()
		for _, answer := range []string{
			`{}`, `[]`, `{"id":"1","versions":[],"components":[]}`, `{"versions":[],"components":[]}`, `{"id":"%s"}`,
			`{"id":"%s","versions":[]}`, `{"id":"%s","versions":[],"components":null}`, `{"id":"%s","versions":{},"components":[]}`,
		} {
			w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
				at := strings.LastIndexByte(r.URL.Path, '/')
				if r.URL.Path[:at+1]+"1" != path || r.URL.Path[at+1:] == "search" {
					jira.ServeHTTP(rw, r)
					return
				}
				rw.Header().Set("Content-Type", "application/json")
				_, _ = rw.Write([]byte(strings.ReplaceAll(answer, "%s", r.URL.Path[at+1:])))
			})
			w.beat()
			w.succeed(db.Incremental)
			require.Equal(w, held, ask[int](w, `SELECT count(*) FROM jira_sync.jira_versions`), answer)
			require.Equal(w, parts, ask[int](w, `SELECT count(*) FROM jira_sync.jira_components`), answer)
		}
	})
}

// That a sprint begins, ends or gets another name changes no issue.
func TestOpenSprintsAreLookedAtThoughNoIssueChanged(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 300}, func(w *world) {
		w.now.Store(new(time.Now().Add(-time.Hour)))
		w.succeed(db.Full)
		w.now.Store(nil)
		w.succeed(db.Incremental)
		sprints := func() string {
			return ask[string](w, `SELECT string_agg(concat_ws('|', sprint_id, name, lower(state), start_at, end_at, completed_at), E'\n' ORDER BY sprint_id) FROM jira_sync.jira_sprints`)
		}
		now := sprints()
		_, err := w.conn.Exec(w.Context(), `
UPDATE jira_sync.jira_sprints SET name = 'Draft', state = CASE WHEN sprint_id % 2 = 0 THEN 'future' ELSE 'active' END, start_at = NULL, completed_at = NULL
WHERE sprint_id IN (SELECT sprint_id FROM jira_sync.jira_sprints ORDER BY sprint_id DESC LIMIT 5)`) // as they stood before
		require.NoError(w, err)
		require.NotEqual(w, now, sprints())
		w.succeed(db.Incremental)
		require.NotEqual(w, now, sprints(), "their beat has not come")
		w.beat()
		w.succeed(db.Incremental)
		require.Equal(w, now, sprints())
		w.requireTruth()
	})
}
