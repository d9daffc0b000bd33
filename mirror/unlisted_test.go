package mirror_test

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
	"jirasync/mirror"
)

// unlist has Jira leave out a project where it lists them, and nowhere else.
func (w *world) unlist(key string) {
	without := func(list []any) []any {
		return slices.DeleteFunc(list, func(p any) bool { return p.(map[string]any)["key"] == key })
	}
	w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
		if !strings.HasSuffix(r.URL.Path, "/project") && !strings.HasSuffix(r.URL.Path, "/project/search") {
			jira.ServeHTTP(rw, r)
			return
		}
		answer := httptest.NewRecorder()
		jira.ServeHTTP(answer, r)
		var listed any
		_ = json.Unmarshal(answer.Body.Bytes(), &listed)
		switch page := listed.(type) {
		case []any:
			listed = without(page)
		case map[string]any:
			shown := without(page["values"].([]any))
			page["values"], page["total"], page["isLast"] = shown, len(shown), true
		}
		maps.Copy(rw.Header(), answer.Header())
		rw.Header().Del("Content-Length")
		_ = json.NewEncoder(rw).Encode(listed)
	})
}

// hint tells of issues by a webhook and has it followed.
func (w *world) hint(ids ...int64) error {
	w.Helper()
	_, err := w.store.TakeWebhook(w.Context(), db.Webhook{InstanceID: 1, DeliveryID: rand.Text(), Event: "jira:issue_updated", JiraIDs: ids})
	require.NoError(w, err)
	lease, err := w.store.AcquireLease(w.Context(), 1, "test", mirror.LeaseTTL)
	require.NoError(w, err)
	_, followed := w.engine.FollowHints(w.Context(), w.instance, lease)
	require.NoError(w, w.store.ReleaseLease(w.Context(), lease))
	return followed
}

// removed tells why issues have left the live set; empty: none has.
func (w *world) removed() string {
	w.Helper()
	return ask[string](w, `SELECT coalesce(string_agg(DISTINCT deleted_reason, ', '), '') FROM jira_sync.jira_issues WHERE deleted_at IS NOT NULL`)
}

// A listing that lacks a project is no word on its issues, which Jira goes on to show by id.
func TestProjectThatAListingLacksKeepsItsIssues(t *testing.T) {
	for name, named := range map[string]bool{"of all projects": false, "of those that are named": true} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, jirasim.Options{Issues: 600}, func(w *world) {
				w.succeed(db.Full)
				_, small := w.bigAndSmall()
				if named {
					w.instance.Projects = w.sim.ProjectKeys()
				}
				w.unlist(small)
				w.strikes = true // its suspects are looked at in the same run
				w.run(db.Reconcile)
				require.Empty(w, w.removed())
				require.NoError(w, w.hint(ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_issues WHERE project_key = $1`, small)))
				require.Empty(w, w.removed())
				visible := func() bool {
					return ask[bool](w, `SELECT visible FROM jira_sync.jira_projects WHERE project_key = $1`, small)
				}
				require.False(w, visible())

				w.meddle(nil)
				w.succeed(db.Incremental)
				require.True(w, visible(), "the projects are asked for again, whatever the beat")
				w.requireTruth()
			})
		})
	}
}

func TestMovedOutOfScopeIntoAProjectThatIsNotListed(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 300}, func(w *world) {
		keys := w.sim.ProjectKeys()
		w.instance.Projects = keys[:3]
		w.unlist(keys[4])
		w.succeed(db.Full)
		id := ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_issues WHERE project_key = $1 AND parent_id IS NULL`, keys[0])
		require.True(w, w.sim.Move(id, keys[4]))
		w.strikes = true
		w.succeed(db.Reconcile)
		require.Equal(w, "MOVED_OUT", w.removed())
		w.requireTruthOf(keys[:3])
	})
}
