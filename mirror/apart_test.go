package mirror_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
)

// choke has Jira fail whenever it is asked for this issue by its id.
func (w *world) choke(id int64) {
	named := regexp.MustCompile(fmt.Sprintf(`\b%d\b`, id))
	w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if named.MatchString(r.URL.Path) || named.Match(body) {
			http.Error(rw, "boom", http.StatusInternalServerError)
			return
		}
		jira.ServeHTTP(rw, r)
	})
}

// chokeOnPages has Jira fail wherever it would have to show this issue whole.
func (w *world) chokeOnPages(id int64) {
	shown := fmt.Appendf(nil, `"id":"%d"`, id)
	w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
		isWhole := bytes.Contains(reread(w, r), []byte(`"*all"`)) || r.URL.Query().Get("fields") == "*all"
		answer := httptest.NewRecorder()
		jira.ServeHTTP(answer, r)
		if isWhole && bytes.Contains(answer.Body.Bytes(), shown) {
			http.Error(rw, "boom", http.StatusInternalServerError)
			return
		}
		maps.Copy(rw.Header(), answer.Header())
		rw.WriteHeader(answer.Code)
		_, _ = rw.Write(answer.Body.Bytes())
	})
}

// One issue that Jira cannot show stands on a page with others, in a full read and in a window of changes.
func TestIssueThatJiraCannotShowIsReadAround(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		id := w.sim.Create(w.sim.ProjectKeys()[0])
		w.chokeOnPages(id)
		others := func() {
			w.Helper()
			d := w.difference()
			require.Len(w, d.Missing, 1, d.String())
			require.Empty(w, d.Stale, d.String())
			require.Equal(w, id, ask[int64](w, `SELECT jira_id FROM jira_sync.sync_errors WHERE resolved_at IS NULL AND stage = 'fetch'`))
		}
		run := w.run(db.Full)
		require.Equal(w, db.Partial, run.State, text(run.Error))
		require.Contains(w, text(run.Error), "1 issue could not be stored")
		others()

		w.sim.Touch(30)
		require.True(w, w.sim.Edit(id, jirasim.FieldChange{Field: "summary", Value: `"Another"`}))
		run = w.run(db.Incremental)
		require.Equal(w, db.Partial, run.State, text(run.Error))
		others()

		w.meddle(nil)
		_, err := w.conn.Exec(w.Context(), `UPDATE jira_sync.sync_errors SET last_at = now() - interval '2 hours'`)
		require.NoError(w, err)
		w.succeed(db.Incremental)
		w.requireTruth()
	})
}

func TestIssueThatJiraChokesOnHoldsUpNoOther(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		w.sim.Faults().Update(func(s *jirasim.Settings) { s.IndexLag = time.Hour }) // only a look by id sees changes
		ids := ask[[]int64](w, `SELECT array_agg(jira_id) FROM (SELECT jira_id FROM jira_sync.jira_issues ORDER BY jira_id DESC LIMIT 3) x`)
		ill, changed, stored := ids[0], ids[1], ids[2]
		change := func(id int64) {
			w.Helper()
			require.True(w, w.sim.Edit(id, jirasim.FieldChange{Field: "summary", Value: `"Another"`}))
		}
		change(ill)
		change(changed)
		w.choke(ill)
		summary := func(id int64) string {
			return ask[string](w, `SELECT summary FROM jira_sync.jira_issues WHERE jira_id = $1`, id)
		}
		open := func() int64 {
			return ask[int64](w, `SELECT coalesce(sum(jira_id), 0)::bigint FROM jira_sync.sync_errors WHERE resolved_at IS NULL AND stage = 'fetch' AND issue_key <> ''`)
		}
		require.NoError(w, w.hint(ill, changed))
		require.Equal(w, "Another", summary(changed))
		require.Equal(w, ill, open())
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_webhooks WHERE fetched_at IS NULL`), "later webhooks do not wait for it")

		require.NoError(w, w.hint(ill), "alone too")

		due := func() {
			_, err := w.conn.Exec(w.Context(), `UPDATE jira_sync.sync_errors SET last_at = now() - interval '2 hours'`)
			require.NoError(w, err)
		}
		_, err := w.conn.Exec(w.Context(), `
INSERT INTO jira_sync.sync_errors (sync_id, instance_id, jira_id, stage, message) VALUES (1, 1, $1, 'write', 'did not fit')`, stored)
		require.NoError(w, err)
		due()
		require.Equal(w, db.Partial, w.run(db.Incremental).State)
		require.Equal(w, ill, open())
		require.Equal(w, 1, ask[int](w, `SELECT count(*) FROM jira_sync.sync_errors WHERE resolved_at IS NULL`), "the other one passed")

		w.meddle(nil)
		w.sim.Faults().Clear()
		due()
		w.succeed(db.Incremental)
		require.Zero(w, open())
		w.requireTruth()
	})
}

func TestJiraThatIsDownBlamesNoIssue(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		id := ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_issues`)
		w.sim.Faults().Add(jirasim.Rule{Status: 500})
		require.Error(w, w.hint(id))
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_errors`))
		require.Equal(w, 1, ask[int](w, `SELECT count(*) FROM jira_sync.sync_webhooks WHERE fetched_at IS NULL`))
		w.sim.Faults().Clear()
		require.NoError(w, w.hint(id))
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_webhooks WHERE fetched_at IS NULL`))
	})
}
