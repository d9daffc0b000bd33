package db_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
)

func TestInstanceHasOneWishAtATime(t *testing.T) {
	t.Parallel()
	f := newFixture(t) // with a run in progress
	_, err := f.store.RequestRun(t.Context(), 1, db.Full, nil, "ann")
	require.ErrorIs(t, err, db.ErrAlreadyRunning)
	f.run.State = db.Succeeded
	_, err = f.store.FinishRun(t.Context(), f.run, nil, nil)
	require.NoError(t, err)
	run, err := f.store.RequestRun(t.Context(), 1, db.Full, []string{"OPS"}, "ann")
	require.NoError(t, err)
	require.Equal(t, db.Queued, run.State)
	require.Equal(t, []string{"OPS"}, run.Keys)
	_, err = f.store.RequestRun(t.Context(), 1, db.Full, nil, "ben")
	require.ErrorIs(t, err, db.ErrAlreadyRunning)
}

func TestSuccessorInterruptsWhatADeadServerLeftRunning(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.NoError(t, f.store.ReleaseLease(t.Context(), f.lease))
	successor, err := f.store.AcquireLease(t.Context(), 1, "successor", time.Minute)
	require.NoError(t, err)
	left, err := f.store.InterruptLeftRuns(t.Context(), successor)
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.Equal(t, db.Interrupted, left[0].State)

	_, err = f.store.SaveProgress(t.Context(), f.run)
	require.ErrorIs(t, err, db.ErrFenced, "the dead server, when it wakes")
	_, err = f.store.FinishRun(t.Context(), f.run, nil, nil)
	require.ErrorIs(t, err, db.ErrFenced)
	again, err := f.store.InterruptLeftRuns(t.Context(), successor)
	require.NoError(t, err)
	require.Empty(t, again)
}

func TestSuccessorEndsACancelledRunAsCancelled(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.NoError(t, f.store.SaveProjectRuns(t.Context(), []db.ProjectRun{
		{SyncID: f.run.SyncID, InstanceID: 1, ProjectKey: "OPS", State: db.Running, StartedAt: time.Now()},
	}))
	_, err := f.store.RequestCancel(t.Context(), f.run.SyncID)
	require.NoError(t, err)
	require.NoError(t, f.store.ReleaseLease(t.Context(), f.lease))
	successor, err := f.store.AcquireLease(t.Context(), 1, "successor", time.Minute)
	require.NoError(t, err)
	left, err := f.store.InterruptLeftRuns(t.Context(), successor)
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.Equal(t, db.Cancelled, left[0].State)
	require.Contains(t, *left[0].Error, "cancelled")
	require.Equal(t, "CANCELLED", ask[string](f, `SELECT state FROM jira_sync.sync_project_details`))
}

func TestCancel(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	running, err := f.store.RequestCancel(t.Context(), f.run.SyncID)
	require.NoError(t, err)
	require.Equal(t, db.Running, running.State, "it ends after the page in hand")
	cancel, err := f.store.SaveProgress(t.Context(), f.run)
	require.NoError(t, err)
	require.True(t, cancel)
	f.run.State = db.Cancelled
	_, err = f.store.FinishRun(t.Context(), f.run, nil, nil)
	require.NoError(t, err)

	queued, err := f.store.RequestRun(t.Context(), 1, db.Incremental, nil, "ann")
	require.NoError(t, err)
	ended, err := f.store.RequestCancel(t.Context(), queued.SyncID)
	require.NoError(t, err)
	require.Equal(t, db.Cancelled, ended.State, "it had not begun")
	_, err = f.store.RequestCancel(t.Context(), queued.SyncID)
	require.ErrorIs(t, err, db.ErrRunEnded)
	_, err = f.store.RequestCancel(t.Context(), 999)
	require.ErrorIs(t, err, db.ErrNotFound)
}

func TestRefusedSettingChangesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.NoError(t, f.store.SeedSyncConfig(t.Context(), 2*time.Minute, 15*time.Minute))
	number := func(n int) *int { return &n }
	_, err := f.store.SaveSyncConfig(t.Context(), db.SyncConfigChange{IntervalSeconds: number(60), ReconcileIntervalSeconds: number(1)}, "ann")
	var refused *db.SettingError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "reconcileIntervalSeconds", refused.Setting)
	settings, err := f.store.SyncConfig(t.Context())
	require.NoError(t, err)
	require.Equal(t, 120, settings.IntervalSeconds)

	_, err = f.store.SaveSyncConfig(t.Context(), db.SyncConfigChange{IntervalSeconds: number(60)}, "ann")
	require.NoError(t, err)
	require.NoError(t, f.store.SeedSyncConfig(t.Context(), 2*time.Minute, 15*time.Minute))
	settings, err = f.store.SyncConfig(t.Context())
	require.NoError(t, err)
	require.Equal(t, 60, settings.IntervalSeconds, "a restart does not undo it")
	require.Equal(t, "ann", *settings.UpdatedBy)
}
