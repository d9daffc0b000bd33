package mirror_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
)

// spoil has Jira send these issues damaged, wherever they come.
func (w *world) spoil(damage func(body []byte) []byte) {
	w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
		answer := httptest.NewRecorder()
		jira.ServeHTTP(answer, r)
		rw.Header().Set("Content-Type", "application/json")
		rw.Header().Set("Date", answer.Header().Get("Date"))
		rw.WriteHeader(answer.Code)
		_, _ = rw.Write(damage(answer.Body.Bytes()))
	})
}

// Many items that could not be stored are all tried again by later runs, and settled when they pass.
func TestQuarantinedItemsOfManyPagesPassLater(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 300}, func(w *world) {
		var well atomic.Bool
		w.spoil(func(body []byte) []byte {
			if well.Load() {
				return body
			}
			return bytes.ReplaceAll(body, []byte(`"fields":{`), []byte(`"fields":null,"was":{`))
		})
		first := w.run(db.Full)
		require.Equal(w, db.Partial, first.State)
		require.Contains(w, text(first.Error), fmt.Sprintf("%d issues could not be stored", first.IssuesFailed))
		waiting := func() int {
			w.Helper()
			return ask[int](w, `SELECT count(*) FROM jira_sync.sync_errors WHERE resolved_at IS NULL AND payload IS NOT NULL`)
		}
		require.Equal(w, first.IssuesFailed, waiting())
		require.Greater(w, waiting(), 200)

		due := func() {
			_, err := w.conn.Exec(w.Context(), `UPDATE jira_sync.sync_errors SET last_at = now() - interval '2 hours'`)
			require.NoError(w, err)
		}
		due()
		w.run(db.Incremental) // still ill: they stay, each once
		require.Equal(w, first.IssuesFailed, waiting())
		require.Equal(w, waiting(), ask[int](w, `SELECT count(*) FROM jira_sync.sync_errors`))

		well.Store(true)
		for tries := 0; waiting() > 0; tries++ {
			require.Less(w, tries, 10)
			before := waiting()
			due()
			w.run(db.Incremental)
			require.Less(w, waiting(), before)
		}
		w.requireTruth()
	})
}

// An item without an id cannot be asked for: it says so, and a full run that meets it no more
// settles it.
func TestQuarantinedItemWithoutAnID(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		var victim int64
		for id := range w.sim.Live {
			victim = id
		}
		var well atomic.Bool
		w.spoil(func(body []byte) []byte {
			if well.Load() {
				return body
			}
			return bytes.ReplaceAll(body, fmt.Appendf(nil, `"id":"%d"`, victim), []byte(`"id":null`))
		})
		run := w.run(db.Full)
		require.Equal(w, db.Partial, run.State)
		open := func() int {
			return ask[int](w, `SELECT count(*) FROM jira_sync.sync_errors WHERE jira_id = 0 AND resolved_at IS NULL`)
		}
		require.Equal(w, 1, open())
		_, err := w.store.RetryError(w.Context(), ask[int64](w, `SELECT error_id FROM jira_sync.sync_errors WHERE jira_id = 0`))
		require.ErrorIs(w, err, db.ErrNoID)
		w.run(db.Full)
		require.Equal(w, 1, open(), "it was met again")

		well.Store(true)
		w.succeed(db.Full)
		require.Zero(w, open())
		w.requireTruth()
	})
}

func TestPoisonNeverBlocksItsPage(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 100}, func(w *world) {
		kind := 0
		for id := range w.sim.Live {
			if kind < 10 {
				w.sim.Poison(id, kind)
			}
			kind++
		}
		run := w.run(db.Full)
		require.Contains(w, []db.State{db.Succeeded, db.Partial}, run.State, text(run.Error))
		require.GreaterOrEqual(w, run.IssuesCreated, w.sim.Count()-10)
		require.Equal(w, w.sim.Count(), run.IssuesCreated+run.IssuesFailed)
	})
}

// An index that does not show an item is no proof that Jira does not have it.
func TestQuarantinedIssueIsSettledOnlyWhenItIsGone(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 100}, func(w *world) {
		w.succeed(db.Full)
		w.sim.Faults().Update(func(s *jirasim.Settings) { s.IndexLag = time.Hour })
		late := w.sim.Create(w.sim.ProjectKeys()[0])
		const gone = 987654321
		_, err := w.conn.Exec(w.Context(), `
INSERT INTO jira_sync.sync_errors (sync_id, instance_id, jira_id, stage, message, last_at)
SELECT 1, 1, unnest($1::bigint[]), 'write', 'did not fit', now() - interval '2 hours'`, []int64{late, gone})
		require.NoError(w, err)
		w.succeed(db.Incremental)
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_errors WHERE resolved_at IS NULL`))
		w.requireTruth()
	})
}

func TestQuarantinedIssueIsResolvedWhenItPasses(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 100}, func(w *world) {
		w.succeed(db.Full)
		id := ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_issues`)
		_, err := w.conn.Exec(w.Context(), `
INSERT INTO jira_sync.sync_errors (sync_id, instance_id, jira_id, stage, message, last_at)
VALUES (1, 1, $1, 'write', 'did not fit', now() - interval '2 hours')`, id)
		require.NoError(w, err)
		w.succeed(db.Incremental)
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_errors WHERE resolved_at IS NULL`))
	})
}

// Who tries an item again by hand sees that it was tried, and the issue is not taken for gone.
func TestUndecodableItemThatIsTriedByHandSaysSo(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 100}, func(w *world) {
		w.succeed(db.Full)
		id := ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_issues`)
		w.leaveOut(id, "created", "updated")
		tries := func() int {
			return ask[int](w, `SELECT coalesce(sum(attempts), 0)::int FROM jira_sync.sync_errors WHERE jira_id = $1 AND stage = 'decode' AND resolved_at IS NULL`, id)
		}
		w.run(db.Full)
		before := tries()
		require.Positive(w, before)
		_, err := w.store.RetryError(w.Context(), ask[int64](w, `SELECT error_id FROM jira_sync.sync_errors WHERE jira_id = $1`, id))
		require.NoError(w, err)
		require.NoError(w, w.hint(id))
		require.Equal(w, before+1, tries())
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_suspects`))

		w.meddle(nil)
		require.NoError(w, w.hint(id))
		require.Zero(w, tries())
		w.requireTruth()
	})
}
