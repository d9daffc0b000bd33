package mirror_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
)

func TestFullRunBringsEverything(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 700}, func(w *world) {
		run := w.succeed(db.Full)
		require.Equal(w, w.sim.Count(), run.IssuesCreated)
		require.NotNil(w, run.IssuesExpected)
		require.Positive(w, run.Requests)
		w.requireTruth()
		require.Equal(w, len(w.sim.ProjectKeys()), ask[int](w, `SELECT count(*) FROM jira_sync.sync_project_details WHERE state = 'SUCCEEDED' AND fetched = expected`))
		require.Positive(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_performance_metrics`))
		require.True(w, ask[bool](w, `SELECT complete_as_of IS NOT NULL AND reachable FROM jira_sync.jira_instances`))
	})
}

func TestFirstRunOfAnyModeReadsEverything(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Incremental)
		w.requireTruth()
	})
}

func TestTickBringsWhatChangedAndWritesNothingElse(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		w.sim.Touch(20)
		created := w.sim.Create(w.sim.ProjectKeys()[0])
		run := w.succeed(db.Incremental)
		require.GreaterOrEqual(w, run.IssuesCreated, 1)
		require.LessOrEqual(w, run.IssuesUpdated, 60)
		w.requireTruth()
		require.Equal(w, 1, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE jira_id = $1`, created))

		version := ask[int64](w, `SELECT version FROM jira_sync.jira_instances`)
		quiet := w.succeed(db.Incremental)
		require.Zero(w, quiet.IssuesCreated+quiet.IssuesUpdated, "what the overlap brings again is recognised")
		require.Equal(w, version, ask[int64](w, `SELECT version FROM jira_sync.jira_instances`), "the cache is left alone")
		require.LessOrEqual(w, quiet.Requests, 3)
	})
}

func TestLateIndexLosesNothing(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		w.sim.Faults().Update(func(s *jirasim.Settings) { s.IndexLag = time.Hour })
		w.sim.Touch(30)
		w.succeed(db.Incremental) // sees nothing of it yet
		w.sim.Faults().Update(func(s *jirasim.Settings) { s.IndexLag = 0 })
		w.succeed(db.Incremental)
		w.requireTruth()
	})
}

// The census misses it first, and the look by id of a later run, whatever its mode, misses it again.
func TestCensusFindsTheDeletedAfterTwoMisses(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		victim := ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_issues`)
		deleted := w.sim.Delete(victim)
		require.NotEmpty(w, deleted)
		first := w.succeed(db.Reconcile)
		require.Zero(w, first.IssuesDeleted, "one miss may be an index that runs late")
		second := w.succeed(db.Incremental)
		require.Equal(w, len(deleted), second.IssuesDeleted)
		require.Equal(w, "GONE", ask[string](w, `SELECT deleted_reason FROM jira_sync.jira_issues WHERE jira_id = $1`, victim))
		w.requireTruth()
	})
}

// What changes while an issue is hidden from the account, no later window of changes tells.
func TestSuspectThatIsShownAgainIsReadAgain(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		id := ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_issues`)
		_, err := w.conn.Exec(w.Context(), `
WITH missed AS (
    INSERT INTO jira_sync.sync_suspects (issue_id, instance_id, first_missed_at, last_missed_at)
    SELECT issue_id, 1, now(), now() FROM jira_sync.jira_issues WHERE jira_id = $1
)
UPDATE jira_sync.jira_issues SET summary = 'as it was', content_hash = '' WHERE jira_id = $1`, id)
		require.NoError(w, err)
		w.succeed(db.Reconcile)
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_suspects`))
		require.NotEqual(w, "as it was", ask[string](w, `SELECT summary FROM jira_sync.jira_issues WHERE jira_id = $1`, id))
	})
}

func TestReconcileInTheForegroundSettlesAtOnce(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		w.sim.Delete(ask[int64](w, `SELECT max(jira_id) FROM jira_sync.jira_issues`))
		w.strikes = true
		run := w.succeed(db.Reconcile)
		require.Positive(w, run.IssuesDeleted)
		w.requireTruth()
	})
}

func TestFlickeringIndexDeletesNothing(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		w.sim.Faults().Update(func(s *jirasim.Settings) { s.FlickerEvery = 10 })
		for range 3 {
			w.succeed(db.Reconcile)
			w.succeed(db.Incremental)
		}
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE deleted_at IS NOT NULL`))
	})
}

func TestCensusFetchesWhatIsMissing(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		_, err := w.conn.Exec(w.Context(), `
WITH lost AS (SELECT issue_id FROM jira_sync.jira_issues ORDER BY issue_id LIMIT 130),
     a AS (DELETE FROM jira_sync.jira_issue_raw USING lost WHERE jira_issue_raw.issue_id = lost.issue_id),
     b AS (DELETE FROM jira_sync.jira_issue_search USING lost WHERE jira_issue_search.issue_id = lost.issue_id),
     c AS (DELETE FROM jira_sync.jira_changelog USING lost WHERE jira_changelog.issue_id = lost.issue_id),
     d AS (DELETE FROM jira_sync.jira_comments USING lost WHERE jira_comments.issue_id = lost.issue_id),
     e AS (DELETE FROM jira_sync.jira_worklogs USING lost WHERE jira_worklogs.issue_id = lost.issue_id),
     f AS (DELETE FROM jira_sync.jira_issue_links USING lost WHERE jira_issue_links.issue_id = lost.issue_id)
DELETE FROM jira_sync.jira_issues USING lost WHERE jira_issues.issue_id = lost.issue_id`)
		require.NoError(w, err)
		w.succeed(db.Reconcile)
		w.requireTruth()
	})
}

func TestMassLossStopsAndRemovesNothing(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 600}, func(w *world) {
		w.succeed(db.Full)
		key := ask[string](w, `SELECT project_key FROM jira_sync.jira_issues GROUP BY 1 ORDER BY count(*) DESC LIMIT 1`)
		ids := ask[[]int64](w, `SELECT array_agg(jira_id) FROM (SELECT jira_id FROM jira_sync.jira_issues WHERE project_key = $1 LIMIT 80) x`, key)
		for _, id := range ids {
			w.sim.Delete(id)
		}
		w.strikes = true
		run := w.run(db.Reconcile)
		require.Equal(w, db.Partial, run.State)
		require.Contains(w, text(run.Error), "nothing was removed")
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE project_key = $1 AND deleted_at IS NOT NULL`, key))
	})
}

func TestMovedIssueIsFoundUnderBothKeys(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		id := ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_issues WHERE parent_id IS NULL`)
		before := ask[string](w, `SELECT issue_key FROM jira_sync.jira_issues WHERE jira_id = $1`, id)
		project := ask[string](w, `SELECT project_key FROM jira_sync.jira_projects WHERE project_key <> split_part($1, '-', 1) LIMIT 1`, before)
		require.True(w, w.sim.Move(id, project))
		w.succeed(db.Incremental)
		w.requireTruth()
		require.Equal(w, id, ask[int64](w, `
SELECT i.jira_id FROM jira_sync.jira_issue_keys k JOIN jira_sync.jira_issues i USING (issue_id) WHERE k.issue_key = $1`, before))
	})
}

func TestCutOffRunIsContinued(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 900}, func(w *world) {
		w.sim.Faults().Add(jirasim.Rule{Latency: 150 * time.Millisecond})
		ctx, stop := context.WithCancel(w.Context())
		w.onProgress(func(p db.Progress) {
			if p.Done >= 200 {
				stop()
			}
		})
		cut, err := w.try(ctx, db.Full)
		require.NoError(w, err)
		require.Equal(w, db.Interrupted, cut.State)
		w.engine = w.newEngine()
		rest := w.succeed(db.Full)
		require.Less(w, rest.IssuesFetched, w.sim.Count(), "it goes on from the last stored page")
		w.requireTruth()
	})
}

// Parts of a project that end side by side store their marks one after the other: that of the end stays.
func TestProjectThatIsReadToItsEndStaysRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jirasim.Options{Flavor: jirasim.Cloud, Issues: 2500})
	_, err := w.conn.Exec(w.Context(), `
CREATE SEQUENCE held_up;
CREATE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The mark of the last part but one, as it ends: it is stored without a page, whose lock tells it.
    IF NEW.kind <> 'FULL' OR NEW.since IS NULL OR jsonb_array_length(NEW.cursor->'spans') IS DISTINCT FROM 1
        OR NEW.cursor #> '{spans,0,from,created}' IS NULL
        OR EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) THEN
        RETURN NEW;
    END IF;
    PERFORM nextval('held_up');
    FOR _ IN 1..200 LOOP -- the last part may end meanwhile
        EXIT WHEN EXISTS (
            SELECT FROM jira_sync.sync_checkpoints c
            WHERE c.instance_id = NEW.instance_id AND c.project_id = NEW.project_id AND c.kind = 'FULL' AND c.since IS NULL
        );
        PERFORM pg_sleep(0.01);
    END LOOP;
    RETURN NEW;
END $$;
CREATE TRIGGER hold_up BEFORE INSERT ON jira_sync.sync_checkpoints FOR EACH ROW EXECUTE FUNCTION hold_up()`)
	require.NoError(t, err)
	w.succeed(db.Full)
	require.True(t, ask[bool](w, `SELECT is_called FROM held_up`), "it was read in parts")
	require.Zero(t, ask[int](w, `SELECT count(*) FROM jira_sync.sync_checkpoints WHERE kind = 'FULL' AND since IS NOT NULL`))
	require.Zero(t, w.succeed(db.Incremental).IssuesUpdated)
	w.requireTruth()
}

func TestChangesDuringAFullRunAreNotLost(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 600}, func(w *world) {
		w.sim.Faults().Add(jirasim.Rule{Latency: 10 * time.Millisecond})
		ended := make(chan struct{})
		changing := make(chan struct{})
		go func() {
			defer close(changing)
			beat := time.NewTicker(20 * time.Millisecond)
			defer beat.Stop()
			for {
				select {
				case <-ended:
					return
				case <-beat.C:
					w.sim.Touch(3)
				}
			}
		}()
		w.succeed(db.Full)
		close(ended)
		<-changing
		w.succeed(db.Incremental)
		w.strikes = true
		w.succeed(db.Reconcile)
		w.requireTruth()
	})
}

func TestCutListsAreRefilled(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		id := ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_issues`)
		require.True(w, w.sim.Pile(id, 300, 120, 90))
		w.succeed(db.Incremental)
		w.requireTruth()
	})
}

func TestUnpleasantContentIsStored(t *testing.T) {
	onBoth(t, jirasim.Options{PoisonEvery: 7}, func(w *world) {
		run := w.run(db.Full)
		require.Equal(w, w.sim.Count(), run.IssuesCreated+run.IssuesFailed, text(run.Error))
		require.Less(w, run.IssuesFailed, w.sim.Count()/7+1)
		require.Equal(w, run.IssuesFailed, ask[int](w, `SELECT count(*) FROM jira_sync.sync_errors WHERE resolved_at IS NULL AND payload IS NOT NULL`))
	})
}

func TestNamedProjectsAlone(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		key := w.sim.ProjectKeys()[1]
		w.succeed(db.Full, key)
		require.Equal(w, key, ask[string](w, `SELECT string_agg(DISTINCT project_key, ',') FROM jira_sync.jira_issues`))
		w.succeed(db.Incremental)
		w.requireTruth()
	})
}

func TestRunThatWaitsForPostgreSQLSaysSo(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		lock, err := w.conn.Begin(w.Context())
		require.NoError(w, err)
		_, err = lock.Exec(w.Context(), `LOCK TABLE jira_sync.jira_issue_raw IN EXCLUSIVE MODE`)
		require.NoError(w, err)
		var seen atomic.Bool
		w.onProgress(func(p db.Progress) {
			if p.Phase == db.PhaseWriting && !seen.Swap(true) {
				assert.NoError(w, lock.Rollback(w.Context()))
			}
		})
		w.succeed(db.Full)
		require.True(w, seen.Load(), "all was stored, and no watcher saw it being stored")
		w.requireTruth()
	})
}

// Who begins to watch reads the run: it must not be behind what others were told already.
func TestProgressIsSavedBeforeItIsTold(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 300}, func(w *world) {
		w.sim.Faults().Add(jirasim.Rule{Path: searchPath, Latency: 600 * time.Millisecond})
		var told atomic.Int64
		w.onProgress(func(p db.Progress) {
			told.Add(1)
			run, err := w.store.Run(w.Context(), p.RunID)
			assert.NoError(w, err)
			assert.GreaterOrEqual(w, run.IssuesFetched, p.Done)
			if p.Phase == db.PhaseReconciling {
				assert.Equal(w, p.Phase, run.Phase)
			}
		})
		w.succeed(db.Full)
		require.Positive(w, told.Load())
	})
}

func TestCancelledRunEndsAndKeepsWhatItStored(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 500}, func(w *world) {
		w.sim.Faults().Add(jirasim.Rule{Latency: 400 * time.Millisecond})
		w.onProgress(func(p db.Progress) {
			if p.Phase == db.PhaseFetching {
				_, err := w.store.RequestCancel(w.Context(), p.RunID)
				assert.NoError(w, err)
			}
		})
		run := w.run(db.Full)
		require.Equal(w, db.Cancelled, run.State)
	})
}
