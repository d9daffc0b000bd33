package db

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrAlreadyRunning says that the instance has a run in progress or asked for.
var ErrAlreadyRunning = errors.New("a run is already in progress")

// ErrRunEnded says that the run has ended, so that it cannot be cancelled.
var ErrRunEnded = errors.New("the run has already ended")

const runColumns = `
sync_id, instance_id, triggered_by, mode, state, projects, phase, cancel_requested_at, started_at, finished_at,
issues_fetched, issues_created, issues_updated, issues_unchanged, issues_deleted, issues_failed, issues_expected,
requests, retries, throttled_ms::int AS throttled_ms, error`

const requestRunSQL = `
INSERT INTO jira_sync.sync_history (instance_id, triggered_by, mode, state, projects)
SELECT $1, $2, $3, 'QUEUED', $4
WHERE NOT EXISTS (
    SELECT FROM jira_sync.sync_history WHERE instance_id = $1 AND state IN ('QUEUED', 'RUNNING')
)
RETURNING ` + runColumns

// RequestRun records the wish for a run and tells the server that leads. [ErrAlreadyRunning] when
// the instance has one already.
func (s *Store) RequestRun(ctx context.Context, instance int, mode Mode, projects []string, by string) (Run, error) {
	if projects == nil {
		projects = []string{}
	}
	var run Run
	err := s.pool.change(ctx, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, requestRunSQL, instance, by, mode, projects)
		var err error
		if run, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Run]); err != nil {
			return err
		}
		return notify(ctx, tx, Notice{Kind: NoticeWish, InstanceID: instance, SyncID: run.SyncID})
	})
	if errors.Is(err, pgx.ErrNoRows) || isDuplicate(err) {
		return Run{}, ErrAlreadyRunning
	}
	if err != nil {
		return Run{}, fmt.Errorf("ask for a run of instance %d: %w", instance, err)
	}
	return run, nil
}

// RequestCancel marks a run to be ended. A run still queued ends at once. [ErrNotFound],
// [ErrRunEnded].
func (s *Store) RequestCancel(ctx context.Context, syncID int64) (Run, error) {
	const query = `
UPDATE jira_sync.sync_history
SET cancel_requested_at = coalesce(cancel_requested_at, now()),
    state = CASE state WHEN 'QUEUED' THEN 'CANCELLED' ELSE state END,
    phase = CASE state WHEN 'QUEUED' THEN 'FINISHED' ELSE phase END,
    finished_at = CASE state WHEN 'QUEUED' THEN now() END
WHERE sync_id = $1 AND state IN ('QUEUED', 'RUNNING')
RETURNING ` + runColumns
	var run Run
	err := s.pool.change(ctx, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, query, syncID)
		var err error
		if run, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Run]); err != nil {
			return err
		}
		kind := NoticeWish
		if run.State.Final() {
			kind = NoticeFinished
		}
		return notify(ctx, tx, Notice{Kind: kind, InstanceID: run.InstanceID, SyncID: syncID})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		if _, err := s.Run(ctx, syncID); err != nil {
			return Run{}, err
		}
		return Run{}, ErrRunEnded
	}
	if err != nil {
		return Run{}, fmt.Errorf("cancel run %d: %w", syncID, err)
	}
	return run, nil
}

// Run reads one run from the primary. [ErrNotFound].
func (s *Store) Run(ctx context.Context, syncID int64) (Run, error) {
	rows, _ := s.pool.Query(ctx, `SELECT `+runColumns+` FROM jira_sync.sync_history WHERE sync_id = $1`, syncID)
	run, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Run])
	if errors.Is(err, pgx.ErrNoRows) {
		return Run{}, ErrNotFound
	}
	if err != nil {
		return Run{}, fmt.Errorf("read run %d: %w", syncID, err)
	}
	return run, nil
}

// OpenRuns returns every run that is queued or running, oldest first.
func (s *Store) OpenRuns(ctx context.Context) ([]Run, error) {
	rows, _ := s.pool.Query(ctx, `SELECT `+runColumns+`
FROM jira_sync.sync_history
WHERE state IN ('QUEUED', 'RUNNING')
ORDER BY sync_id`)
	runs, err := pgx.CollectRows(rows, pgx.RowToStructByName[Run])
	if err != nil {
		return nil, fmt.Errorf("read the open runs: %w", err)
	}
	return runs, nil
}

// OpenAndNewest returns the ids of the open runs and that of the newest run of all, of one
// snapshot.
func (s *Store) OpenAndNewest(ctx context.Context) (open []int64, newest int64, err error) {
	err = s.pool.QueryRow(ctx, `
SELECT coalesce(max(sync_id), 0), coalesce(array_agg(sync_id) FILTER (WHERE state IN ('QUEUED', 'RUNNING')), '{}')
FROM jira_sync.sync_history
WHERE sync_id >= (SELECT coalesce(max(sync_id), 0) FROM jira_sync.sync_history)
   OR state IN ('QUEUED', 'RUNNING')`).Scan(&newest, &open)
	if err != nil {
		return nil, 0, fmt.Errorf("read the open runs: %w", err)
	}
	return open, newest, nil
}

// RunsFinishedAfter returns runs that ended, with an id above the given one or among those that
// were open then, oldest first: what a listener missed while it was away.
func (s *Store) RunsFinishedAfter(ctx context.Context, syncID int64, open []int64) ([]Run, error) {
	rows, _ := s.pool.Query(ctx, `SELECT `+runColumns+`
FROM jira_sync.sync_history
WHERE (sync_id > $1 OR sync_id = ANY($2)) AND state NOT IN ('QUEUED', 'RUNNING')
ORDER BY finished_at, sync_id
LIMIT 1000`, syncID, open)
	runs, err := pgx.CollectRows(rows, pgx.RowToStructByName[Run])
	if err != nil {
		return nil, fmt.Errorf("read the runs finished after %d: %w", syncID, err)
	}
	return runs, nil
}

// BeginRun makes a queued run the running one under a fresh lease. What an earlier holder left
// RUNNING is ended in the same transaction as by [Store.InterruptLeftRuns]; those runs are returned too.
func (s *Store) BeginRun(ctx context.Context, l Lease, syncID int64) (run Run, interrupted []Run, err error) {
	err = s.pool.change(ctx, func(tx pgx.Tx) error {
		if err := holdFence(ctx, tx, l.InstanceID, l.Fence); err != nil {
			return err
		}
		if interrupted, err = interruptRuns(ctx, tx, l); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `
UPDATE jira_sync.sync_history
SET state = 'RUNNING', phase = 'DISCOVERING', fence = $2, started_at = now()
WHERE sync_id = $1 AND state = 'QUEUED'
RETURNING `+runColumns, syncID, l.Fence)
		run, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Run])
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Run{}, nil, ErrRunEnded
	}
	if err != nil {
		return Run{}, nil, fmt.Errorf("begin run %d: %w", syncID, err)
	}
	return run, interrupted, nil
}

// OpenRun records a run that begins at once, under a lease that its caller holds already.
func (s *Store) OpenRun(ctx context.Context, l Lease, mode Mode, projects []string, by string) (run Run, err error) {
	if projects == nil {
		projects = []string{}
	}
	err = s.pool.change(ctx, func(tx pgx.Tx) error {
		if err := holdFence(ctx, tx, l.InstanceID, l.Fence); err != nil {
			return err
		}
		if _, err := interruptRuns(ctx, tx, l); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `
INSERT INTO jira_sync.sync_history (instance_id, triggered_by, mode, state, projects, phase, fence)
VALUES ($1, $2, $3, 'RUNNING', $4, 'DISCOVERING', $5)
RETURNING `+runColumns, l.InstanceID, by, mode, projects, l.Fence)
		if run, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Run]); err != nil {
			return err
		}
		return notify(ctx, tx, Notice{Kind: NoticeWish, InstanceID: l.InstanceID, SyncID: run.SyncID})
	})
	if err != nil {
		return Run{}, fmt.Errorf("open a run of instance %d: %w", l.InstanceID, err)
	}
	return run, nil
}

// InterruptLeftRuns ends what an earlier holder of the lease left RUNNING, when no run is about to
// begin: it is INTERRUPTED, or CANCELLED where somebody had asked for that.
func (s *Store) InterruptLeftRuns(ctx context.Context, l Lease) (interrupted []Run, err error) {
	err = s.pool.change(ctx, func(tx pgx.Tx) error {
		if err := holdFence(ctx, tx, l.InstanceID, l.Fence); err != nil {
			return err
		}
		interrupted, err = interruptRuns(ctx, tx, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("mark the interrupted runs of instance %d: %w", l.InstanceID, err)
	}
	return interrupted, nil
}

func interruptRuns(ctx context.Context, tx pgx.Tx, l Lease) ([]Run, error) {
	const query = `
UPDATE jira_sync.sync_history
SET state = CASE WHEN cancel_requested_at IS NULL THEN 'INTERRUPTED' ELSE 'CANCELLED' END, phase = 'FINISHED', finished_at = now(),
    error = CASE WHEN cancel_requested_at IS NULL
        THEN 'the server that ran it went away; the next run goes on from the last stored page'
        ELSE 'cancelled, and the server that ran it went away; what was stored stays, the next run goes on from there' END
WHERE instance_id = $1 AND state = 'RUNNING' AND coalesce(fence, 0) < $2
RETURNING ` + runColumns
	rows, _ := tx.Query(ctx, query, l.InstanceID, l.Fence)
	runs, err := pgx.CollectRows(rows, pgx.RowToStructByName[Run])
	if err != nil {
		return nil, err
	}
	for _, run := range runs {
		if _, err := tx.Exec(ctx, `
UPDATE jira_sync.sync_project_details SET state = $2, finished_at = now()
WHERE sync_id = $1 AND state IN ('QUEUED', 'RUNNING')`, run.SyncID, run.State); err != nil {
			return nil, err
		}
		if err := notify(ctx, tx, Notice{Kind: NoticeFinished, InstanceID: run.InstanceID, SyncID: run.SyncID}); err != nil {
			return nil, err
		}
	}
	return runs, nil
}

// SaveProgress stores how far a running run has come and tells whether its end was asked for.
func (s *Store) SaveProgress(ctx context.Context, run Run) (cancel bool, err error) {
	const query = `
UPDATE jira_sync.sync_history
SET phase = $2, issues_fetched = $3, issues_created = $4, issues_updated = $5, issues_unchanged = $6,
    issues_deleted = $7, issues_failed = $8, issues_expected = $9, requests = $10, retries = $11, throttled_ms = $12
WHERE sync_id = $1 AND state = 'RUNNING'
RETURNING cancel_requested_at IS NOT NULL`
	err = s.pool.QueryRow(ctx, query, run.SyncID, run.Phase, run.IssuesFetched, run.IssuesCreated, run.IssuesUpdated,
		run.IssuesUnchanged, run.IssuesDeleted, run.IssuesFailed, run.IssuesExpected, run.Requests, run.Retries,
		run.ThrottledMs).Scan(&cancel)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, ErrFenced
	}
	if err != nil {
		return false, fmt.Errorf("save the progress of run %d: %w", run.SyncID, err)
	}
	return cancel, nil
}

const finishRunSQL = `
UPDATE jira_sync.sync_history
SET state = $2, phase = 'FINISHED', finished_at = now(), error = $3, issues_fetched = $4, issues_created = $5,
    issues_updated = $6, issues_unchanged = $7, issues_deleted = $8, issues_failed = $9, issues_expected = $10,
    requests = $11, retries = $12, throttled_ms = $13
WHERE sync_id = $1 AND state = 'RUNNING'
RETURNING ` + runColumns

// FinishRun stores the end of a run with its projects and figures, and tells every server. A run
// that another server has marked meanwhile answers [ErrFenced].
func (s *Store) FinishRun(ctx context.Context, run Run, projects []ProjectRun, metrics []Metric) (Run, error) {
	var done Run
	err := s.pool.change(ctx, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, finishRunSQL, run.SyncID, run.State, storable(run.Error), run.IssuesFetched, run.IssuesCreated,
			run.IssuesUpdated, run.IssuesUnchanged, run.IssuesDeleted, run.IssuesFailed, run.IssuesExpected,
			run.Requests, run.Retries, run.ThrottledMs)
		var err error
		if done, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Run]); err != nil {
			return err
		}
		if err := saveProjectRuns(ctx, tx, projects); err != nil {
			return err
		}
		for _, m := range metrics {
			if _, err := tx.Exec(ctx, `
INSERT INTO jira_sync.sync_performance_metrics (sync_id, name, value, unit) VALUES ($1, $2, $3, $4)
ON CONFLICT (sync_id, name) DO UPDATE SET value = excluded.value, unit = excluded.unit`,
				run.SyncID, m.Name, m.Value, m.Unit); err != nil {
				return fmt.Errorf("metric %s: %w", m.Name, err)
			}
		}
		return notify(ctx, tx, Notice{Kind: NoticeFinished, InstanceID: run.InstanceID, SyncID: run.SyncID})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Run{}, ErrFenced
	}
	if err != nil {
		return Run{}, fmt.Errorf("finish run %d: %w", run.SyncID, err)
	}
	return done, nil
}

// SaveProjectRuns stores how far the projects of a run have come.
func (s *Store) SaveProjectRuns(ctx context.Context, projects []ProjectRun) error {
	return s.pool.change(ctx, func(tx pgx.Tx) error { return saveProjectRuns(ctx, tx, projects) })
}

func saveProjectRuns(ctx context.Context, tx pgx.Tx, projects []ProjectRun) error {
	const query = `
INSERT INTO jira_sync.sync_project_details (sync_id, instance_id, project_key, project_id, state, fetched, expected,
    created, updated, unchanged, deleted, failed, started_at, finished_at, error)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (sync_id, project_key) DO UPDATE
SET project_id = excluded.project_id, state = excluded.state, fetched = excluded.fetched, expected = excluded.expected,
    created = excluded.created, updated = excluded.updated, unchanged = excluded.unchanged, deleted = excluded.deleted,
    failed = excluded.failed, finished_at = excluded.finished_at, error = excluded.error`
	batch := &pgx.Batch{}
	for _, p := range projects {
		batch.Queue(query, p.SyncID, p.InstanceID, p.ProjectKey, p.ProjectID, p.State, p.Fetched, p.Expected,
			p.Created, p.Updated, p.Unchanged, p.Deleted, p.Failed, p.StartedAt, p.FinishedAt, storable(p.Error))
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("save the projects of the run: %w", err)
	}
	return nil
}

// storable makes a message fit for a text column, whatever Jira put into it.
func storable(text *string) *string {
	if text == nil {
		return nil
	}
	clean := strings.ReplaceAll(strings.ToValidUTF8(*text, "\uFFFD"), "\x00", "\uFFFD")
	return &clean
}

func isCode(err error, codes ...string) bool {
	var failed *pgconn.PgError
	if !errors.As(err, &failed) {
		return false
	}
	for _, code := range codes {
		if failed.Code == code {
			return true
		}
	}
	return false
}
