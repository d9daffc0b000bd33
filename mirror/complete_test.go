package mirror_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
	"jirasync/mirror"
)

func TestConfirmedRemovalsGoOn(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 600}, func(w *world) {
		w.succeed(db.Full)
		big, _ := w.bigAndSmall()
		ids := ask[[]int64](w, `SELECT array_agg(jira_id) FROM (SELECT jira_id FROM jira_sync.jira_issues WHERE project_key = $1 LIMIT 80) x`, big)
		for _, id := range ids {
			w.sim.Delete(id)
		}
		stopped := w.run(db.Reconcile)
		require.Equal(w, db.Partial, stopped.State)
		require.True(w, ask[bool](w, `
SELECT c.stopped AND c.extra > 50 AND c.jira_count = c.shown AND c.missing = 0
FROM jira_sync.sync_census c JOIN jira_sync.jira_projects p USING (instance_id, project_id) WHERE p.project_key = $1`, big))

		_, _, err := w.store.ConfirmRemovals(w.Context(), stopped.SyncID+1000, "ann")
		require.ErrorIs(w, err, db.ErrNotFound)
		_, projects, err := w.store.ConfirmRemovals(w.Context(), stopped.SyncID, "ann")
		require.NoError(w, err)
		require.Equal(w, 1, projects)

		w.succeed(db.Reconcile)
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE deleted_at IS NOT NULL`), "the first of two strikes")
		w.succeed(db.Reconcile)
		w.requireTruth()
		w.succeed(db.Reconcile)
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_census WHERE stopped OR extra > 0 OR confirmed_at IS NOT NULL`),
			"one confirmation is for one loss")
		_, _, err = w.store.ConfirmRemovals(w.Context(), stopped.SyncID, "ann")
		require.ErrorIs(w, err, db.ErrNothingToConfirm)
	})
}

// childless are a project's issues that no other goes with when they are deleted.
func (w *world) childless(project string) []int64 {
	w.Helper()
	return ask[[]int64](w, `
SELECT array_agg(jira_id ORDER BY jira_id) FROM jira_sync.jira_issues i
WHERE project_key = $1 AND NOT EXISTS (SELECT FROM jira_sync.jira_issues c WHERE c.parent_id = i.issue_id)`, project)
}

func TestConfirmationIsForOneLoss(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 1200}, func(w *world) {
		w.succeed(db.Full)
		big, _ := w.bigAndSmall()
		doomed := w.childless(big)
		require.Greater(w, len(doomed), 200)
		lose := func(n int) {
			for _, id := range doomed[:n] {
				w.sim.Delete(id)
			}
			doomed = doomed[n:]
		}
		stop := func() db.Run {
			w.Helper()
			run := w.run(db.Reconcile)
			require.Equal(w, db.Partial, run.State)
			require.Contains(w, text(run.Error), "nothing was removed")
			return run
		}
		confirm := func(run db.Run) {
			w.Helper()
			_, _, err := w.store.ConfirmRemovals(w.Context(), run.SyncID, "ann")
			require.NoError(w, err)
		}
		lose(60)
		confirm(stop())
		lose(60)
		more := stop() // than was confirmed
		require.Empty(w, w.removed())
		confirm(more)
		w.succeed(db.Reconcile)
		w.succeed(db.Reconcile) // the second strike
		w.requireTruth()

		lose(60)
		stop() // though no census has found less since
	})
}

func TestConfirmationIsForWhatItsRunFound(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 1200}, func(w *world) {
		w.succeed(db.Full)
		big, _ := w.bigAndSmall()
		doomed := w.childless(big)
		require.Greater(w, len(doomed), 180)
		stopAt := func(lost []int64) db.Run {
			w.Helper()
			for _, id := range lost {
				w.sim.Delete(id)
			}
			run := w.run(db.Reconcile)
			require.Equal(w, db.Partial, run.State)
			require.Contains(w, text(run.Error), `confirmRemovals(runId: "`+run.ID()+`")`)
			return run
		}
		seen, later := stopAt(doomed[:60]), stopAt(doomed[60:120])
		_, _, err := w.store.ConfirmRemovals(w.Context(), seen.SyncID, "ann")
		var grown *db.GrownError
		require.ErrorAs(w, err, &grown)
		require.Equal(w, later.SyncID, grown.SyncID)
		require.ErrorContains(w, err, later.ID())
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_census WHERE confirmed_at IS NOT NULL`))

		_, _, err = w.store.ConfirmRemovals(w.Context(), later.SyncID, "ann")
		require.NoError(w, err)
		w.succeed(db.Incremental) // which takes the census, long before it is due
		w.succeed(db.Incremental)
		w.requireTruth()

		stopAt(doomed[120:180])
		_, _, err = w.store.ConfirmRemovals(w.Context(), later.SyncID, "ann")
		require.ErrorIs(w, err, db.ErrNothingToConfirm, "that was another loss")
	})
}

func TestConfirmationEndsOnceLittleIsExtra(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 600}, func(w *world) {
		w.succeed(db.Full)
		big, _ := w.bigAndSmall()
		require.True(w, w.sim.HideProject(big))
		stopped := w.run(db.Reconcile)
		_, _, err := w.store.ConfirmRemovals(w.Context(), stopped.SyncID, "ann")
		require.NoError(w, err)
		require.True(w, w.sim.ShowProject(big)) // it was a lost permission after all
		w.sim.Delete(ask[int64](w, `SELECT max(jira_id) FROM jira_sync.jira_issues WHERE project_key = $1`, big))
		w.succeed(db.Reconcile) // a busy project: one is extra

		require.True(w, w.sim.HideProject(big))
		again := w.run(db.Reconcile)
		require.Equal(w, db.Partial, again.State)
		require.Contains(w, text(again.Error), "nothing was removed")
	})
}

func TestValuesAtCreationAreKnown(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		id := w.sim.Create(w.sim.ProjectKeys()[0])
		w.succeed(db.Full)
		initial := func(field string) string {
			return ask[string](w, `SELECT coalesce(max(value_text), '') FROM jira_sync.jira_initial_values WHERE jira_id = $1 AND field_id = $2`, id, field)
		}
		status := initial("status")
		require.Equal(w, ask[string](w, `SELECT status FROM jira_sync.jira_issues WHERE jira_id = $1`, id), status)

		require.True(w, w.sim.Transition(id, "In Progress"))
		require.True(w, w.sim.Transition(id, "Done"))
		w.succeed(db.Incremental)
		require.Equal(w, status, initial("status"))
		require.NotEqual(w, "Done", status)
		require.Equal(w, "Done", ask[string](w, `SELECT status FROM jira_sync.jira_issues WHERE jira_id = $1`, id))

		// Each issue's first change of status is from what it was created with.
		require.Zero(w, ask[int](w, `
SELECT count(*) FROM (
    SELECT DISTINCT ON (c.issue_id) c.issue_id, item ->> 'fromString' AS was
    FROM jira_sync.jira_changelog c, jsonb_array_elements(c.items) item
    WHERE item ->> 'field' = 'status'
    ORDER BY c.issue_id, c.created_at, c.jira_id
) f JOIN jira_sync.jira_initial_values v ON v.issue_id = f.issue_id AND v.field_id = 'status'
WHERE v.value_text IS DISTINCT FROM f.was`))
	})
}

func TestLostWorklogIsFoundThoughNothingElseTells(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.now.Store(new(time.Now().Add(-time.Hour)))
		w.succeed(db.Full)
		w.succeed(db.Incremental)
		id := ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_worklogs`)
		_, err := w.conn.Exec(w.Context(), `DELETE FROM jira_sync.jira_worklogs WHERE jira_id = $1`, id)
		require.NoError(w, err)
		_, err = w.conn.Exec(w.Context(), `
UPDATE jira_sync.jira_issues SET content_hash = '' WHERE issue_id IN (SELECT issue_id FROM jira_sync.jira_worklogs)`)
		require.NoError(w, err)
		_, err = w.conn.Exec(w.Context(), `
UPDATE jira_sync.sync_checkpoints SET watermark = '2000-01-01' WHERE kind = 'WORKLOGS'`)
		require.NoError(w, err)
		w.succeed(db.Incremental)
		require.Zero(w, ask[int](w, `
SELECT count(*) FROM jira_sync.jira_issues WHERE instance_id = 1 AND time_spent_seconds > 0
AND NOT EXISTS (SELECT FROM jira_sync.jira_worklogs l WHERE l.issue_id = jira_issues.issue_id)
AND EXISTS (SELECT FROM jira_sync.jira_worklogs WHERE jira_id = $1)`, id))
	})
}

func TestRemovedWorklogIsFoundThoughNothingElseTells(t *testing.T) {
	onBoth(t, jirasim.Options{Epoch: time.Now().Add(-4 * time.Hour)}, func(w *world) {
		w.now.Store(new(time.Now().Add(-time.Hour)))
		w.succeed(db.Full)
		w.succeed(db.Incremental)
		issue := ask[int64](w, `SELECT min(i.jira_id) FROM jira_sync.jira_worklogs JOIN jira_sync.jira_issues i USING (issue_id)`)
		_, err := w.conn.Exec(w.Context(), `CREATE TABLE was AS SELECT * FROM jira_sync.jira_worklogs`)
		require.NoError(w, err)
		require.True(w, w.sim.DeleteWorklog(issue))
		w.now.Store(new(time.Now().Add(-30 * time.Minute)))
		w.succeed(db.Incremental)
		w.requireTruth()
		for _, sql := range []string{ // as if its window had not brought the removal
			`INSERT INTO jira_sync.jira_worklogs SELECT * FROM was ON CONFLICT DO NOTHING`,
			`UPDATE jira_sync.jira_issues SET content_hash = '' WHERE issue_id IN (SELECT issue_id FROM was)`,
			`UPDATE jira_sync.sync_checkpoints SET watermark = '2000-01-01' WHERE kind = 'WORKLOGS'`,
		} {
			_, err := w.conn.Exec(w.Context(), sql)
			require.NoError(w, err)
		}
		w.now.Store(nil) // past every window that could bring the issue
		w.succeed(db.Incremental)
		w.requireTruth()
	})
}

func TestLastWeeksComeFirst(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 2000}, func(w *world) {
		_, err := w.conn.Exec(w.Context(), `
CREATE TABLE reached AS SELECT history_from FROM jira_sync.jira_instances WHERE false;
CREATE FUNCTION reach() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.reached VALUES (NEW.history_from); RETURN NULL; END $$;
CREATE TRIGGER reach AFTER UPDATE OF history_from ON jira_sync.jira_instances FOR EACH ROW EXECUTE FUNCTION reach()`)
		require.NoError(w, err)
		w.succeed(db.Full)
		reached := ask[*time.Time](w, `SELECT min(history_from) FROM reached`)
		require.NotNil(w, reached)
		require.WithinDuration(w, time.Now().Add(-21*24*time.Hour), *reached, time.Hour)
		require.Nil(w, ask[*time.Time](w, `SELECT history_from FROM jira_sync.jira_instances`), "it has come to the end")
		w.requireTruth()
	})
}

func TestRollingReadFindsWhatNobodyTold(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		w.settings.RereadIntervalSeconds = 3600
		w.succeed(db.Incremental) // begins a round
		_, err := w.conn.Exec(w.Context(), `
UPDATE jira_sync.jira_issues SET summary = 'changed unseen', content_hash = ''`)
		require.NoError(w, err)
		for _, hours := range []string{"30 minutes", "2 hours"} {
			_, err = w.conn.Exec(w.Context(), `
UPDATE jira_sync.sync_checkpoints SET since = now() - $1::interval WHERE kind = 'REREAD'`, hours)
			require.NoError(w, err)
			w.succeed(db.Incremental)
		}
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE summary = 'changed unseen'`))
		require.True(w, ask[bool](w, `SELECT watermark IS NOT NULL AND since IS NULL FROM jira_sync.sync_checkpoints WHERE kind = 'REREAD'`))
	})
}

func TestHintsAreFetchedAtOnce(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		w.sim.Faults().Update(func(s *jirasim.Settings) { s.IndexLag = time.Hour }) // only a look by id sees them
		keys := w.sim.ProjectKeys()
		created := w.sim.Create(keys[0])
		changed := ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_issues`)
		require.True(w, w.sim.Edit(changed, jirasim.FieldChange{Field: "summary", Value: `"Another"`}))
		gone := w.sim.Delete(ask[int64](w, `SELECT max(jira_id) FROM jira_sync.jira_issues WHERE jira_id <> $1`, changed))
		take := func(delivery, event string, ids ...int64) bool {
			fresh, err := w.store.TakeWebhook(w.Context(), db.Webhook{InstanceID: 1, DeliveryID: delivery, Event: event, JiraIDs: ids})
			require.NoError(w, err)
			return fresh
		}
		require.True(w, take("a", "jira:issue_created", created))
		require.True(w, take("b", "jira:issue_updated", changed))
		require.True(w, take("c", "jira:issue_deleted", gone...))
		require.False(w, take("b", "jira:issue_updated", changed), "the same delivery again")
		lease, err := w.store.AcquireLease(w.Context(), 1, "test", time.Minute)
		require.NoError(w, err)
		n, err := w.engine.FollowHints(w.Context(), w.instance, lease)
		require.NoError(w, err)
		require.Equal(w, 2+len(gone), n)
		n, err = w.engine.FollowHints(w.Context(), w.instance, lease)
		require.NoError(w, err)
		require.Zero(w, n)
		require.NoError(w, w.store.ReleaseLease(w.Context(), lease))
		require.Equal(w, "DELETED", ask[string](w, `SELECT deleted_reason FROM jira_sync.jira_issues WHERE jira_id = $1`, gone[0]))
		w.requireTruth()
	})
}

// A full run reads what an index shows that has not met the change yet: the issue's last one was long ago.
func TestWhatAWebhookBroughtIsNotUndoneByAnOlderAnswer(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		changed := ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_issues WHERE updated_at < now() - interval '1 day'`)
		w.sim.Faults().Update(func(s *jirasim.Settings) { s.IndexLag = time.Hour })
		require.True(w, w.sim.Edit(changed, jirasim.FieldChange{Field: "summary", Value: `"Another"`}))
		_, err := w.store.TakeWebhook(w.Context(), db.Webhook{InstanceID: 1, DeliveryID: "a", Event: "jira:issue_updated", JiraIDs: []int64{changed}})
		require.NoError(w, err)
		w.follow()
		w.requireTruth()
		w.succeed(db.Full)
		w.requireTruth()
	})
}

// follow fetches what the waiting webhooks name.
func (w *world) follow() {
	w.Helper()
	lease, err := w.store.AcquireLease(w.Context(), 1, "test", mirror.LeaseTTL)
	require.NoError(w, err)
	_, err = w.engine.FollowHints(w.Context(), w.instance, lease)
	require.NoError(w, err)
	require.NoError(w, w.store.ReleaseLease(w.Context(), lease))
}

func TestJiraThatWasSetBackIsFollowed(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		_, err := w.conn.Exec(w.Context(), `
UPDATE jira_sync.jira_issues SET summary = 'lost', content_hash = 'lost', updated_at = now(), synced_at = now() - interval '1 hour'
WHERE jira_id % 2 = 0`)
		require.NoError(w, err)
		w.succeed(db.Full)
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE summary = 'lost'`))
		w.requireTruth()
	})
}

// What the instance's own condition leaves out may be secret: it is not shown, not even until the index
// has it.
func TestHintOfANewIssueOutsideTheConditionStoresNothing(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.instance.JQL = fmt.Sprintf("created < %d", time.Now().Add(time.Second).UnixMilli())
		w.succeed(db.Full)
		w.now.Store(new(time.Now().Add(time.Minute)))
		w.sim.Faults().Update(func(s *jirasim.Settings) { s.IndexLag = time.Hour })
		outside := w.sim.Create(w.sim.ProjectKeys()[0])
		inside := ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_issues`)
		require.True(w, w.sim.Edit(inside, jirasim.FieldChange{Field: "summary", Value: `"Another"`}))
		require.NoError(w, w.hint(outside, inside))
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE jira_id = $1`, outside))
		require.Equal(w, "Another", ask[string](w, `SELECT summary FROM jira_sync.jira_issues WHERE jira_id = $1`, inside))
	})
}

// Webhooks tell of issues that our account may not see: the brake holds for those, too.
func TestManySuspectsOfWebhooksWaitForAPersonsWord(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 600}, func(w *world) {
		w.succeed(db.Full)
		big, _ := w.bigAndSmall()
		ids := w.childless(big)[:80]
		for _, id := range ids {
			w.sim.Delete(id)
		}
		require.NoError(w, w.hint(ids...))
		stopped := w.run(db.Incremental)
		require.Equal(w, db.Partial, stopped.State)
		require.Contains(w, text(stopped.Error), "nothing was removed")
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE deleted_at IS NOT NULL`))
		w.succeed(db.Incremental) // it has been said
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE deleted_at IS NOT NULL`))

		_, projects, err := w.store.ConfirmRemovals(w.Context(), stopped.SyncID, "ann")
		require.NoError(w, err)
		require.Equal(w, 1, projects)
		w.succeed(db.Incremental)
		require.Positive(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE deleted_at IS NOT NULL`))
		w.strikes = true
		w.succeed(db.Reconcile)
		w.requireTruth()
	})
}

func TestSuspectThatJiraCannotShowFailsNoRun(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		ids := ask[[]int64](w, `
SELECT array_agg(jira_id) FROM (
    SELECT jira_id FROM jira_sync.jira_issues i
    WHERE NOT EXISTS (SELECT FROM jira_sync.jira_issues c WHERE c.parent_id = i.issue_id) ORDER BY jira_id LIMIT 2) x`)
		ill, gone := ids[0], ids[1]
		w.sim.Delete(gone)
		_, err := w.conn.Exec(w.Context(), `
INSERT INTO jira_sync.sync_suspects (issue_id, instance_id, first_missed_at, last_missed_at)
SELECT issue_id, 1, now(), now() FROM jira_sync.jira_issues WHERE jira_id = ANY($1)`, ids)
		require.NoError(w, err)
		w.choke(ill)
		run := w.run(db.Incremental)
		require.Equal(w, db.Partial, run.State, text(run.Error))
		require.Equal(w, gone, ask[int64](w, `SELECT jira_id FROM jira_sync.jira_issues WHERE deleted_at IS NOT NULL`), "the other is judged")
		require.Equal(w, ill, ask[int64](w, `SELECT jira_id FROM jira_sync.sync_errors WHERE resolved_at IS NULL`))
		w.succeed(db.Incremental) // it waits for its next try

		w.meddle(nil)
		_, err = w.conn.Exec(w.Context(), `UPDATE jira_sync.sync_errors SET last_at = now() - interval '2 hours'`)
		require.NoError(w, err)
		w.succeed(db.Incremental)
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_suspects`))
		w.requireTruth()
	})
}

// A project may be archived, and out of our sight before a census has seen it so.
func TestArchivedProjectThatIsLostCanBeConfirmed(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 600}, func(w *world) {
		w.succeed(db.Full)
		big, _ := w.bigAndSmall()
		require.True(w, w.sim.ArchiveProject(big))
		w.beat()
		w.succeed(db.Incremental) // learns it
		require.True(w, w.sim.HideProject(big))
		w.beat()
		stopped := w.run(db.Reconcile)
		require.Equal(w, db.Partial, stopped.State)
		require.Contains(w, text(stopped.Error), "nothing was removed")
		_, _, err := w.store.ConfirmRemovals(w.Context(), stopped.SyncID, "ann")
		require.NoError(w, err)
		w.succeed(db.Reconcile)
		w.succeed(db.Reconcile) // the second strike
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE project_key = $1 AND deleted_at IS NULL`, big))
	})
}

// The confirmed ones wait for their second strike; what leaves for another reason meanwhile is not of them.
func TestConfirmationIsNotSpentByOtherRemovals(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 600}, func(w *world) {
		w.succeed(db.Full)
		big, _ := w.bigAndSmall()
		doomed := w.childless(big)
		for _, id := range doomed[:60] {
			w.sim.Delete(id)
		}
		stopped := w.run(db.Reconcile)
		require.Equal(w, db.Partial, stopped.State)
		_, _, err := w.store.ConfirmRemovals(w.Context(), stopped.SyncID, "ann")
		require.NoError(w, err)
		w.succeed(db.Reconcile) // the first strike
		other := doomed[60]
		w.sim.Delete(other)
		_, err = w.store.TakeWebhook(w.Context(), db.Webhook{InstanceID: 1, DeliveryID: "x", Event: "jira:issue_deleted", JiraIDs: []int64{other}})
		require.NoError(w, err)
		require.NoError(w, w.hint(other))
		require.Equal(w, "DELETED", w.removed())
		w.succeed(db.Incremental)
		w.requireTruth()
	})
}

// A word on a project that no census visits any more hurries the next census, and no other.
func TestConfirmationHurriesOneCensus(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		taken := func() time.Time {
			return ask[time.Time](w, `SELECT watermark FROM jira_sync.sync_checkpoints WHERE kind = 'RECONCILE'`)
		}
		first := taken()
		w.succeed(db.Incremental)
		require.Equal(w, first, taken(), "none is due")
		_, err := w.conn.Exec(w.Context(), `
INSERT INTO jira_sync.sync_census (instance_id, project_id, checked_at, sync_id, shown, missing, extra, stopped, confirmed_at, confirmed_extra)
VALUES (1, 999999, now() - interval '1 hour', 1, 0, 0, 60, true, now(), 60)`)
		require.NoError(w, err)
		w.succeed(db.Incremental)
		second := taken()
		require.NotEqual(w, first, second)
		w.succeed(db.Incremental)
		require.Equal(w, second, taken())
	})
}
