package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrNothingToConfirm says that no census of the run stopped at the brake.
var ErrNothingToConfirm = errors.New("no census of this run stopped because it would remove too much")

// GrownError says that a later run found more than the one that a person looked at.
type GrownError struct {
	SyncID          int64 // the later run
	Project         string
	Extra, Mirrored int
}

func (e *GrownError) Error() string {
	return fmt.Sprintf("run %d has since found that Jira does not show %d of %d issues of %s: look at that run and confirm it, "+
		"with confirmRemovals(runId: %q)", e.SyncID, e.Extra, e.Mirrored, e.Project, (&Run{SyncID: e.SyncID}).ID())
}

// recordStop keeps how much of a project a run would have removed.
func recordStop(ctx context.Context, tx pgx.Tx, l Lease, project, syncID int64, extra int) error {
	_, err := tx.Exec(ctx, `
INSERT INTO jira_sync.sync_census_stops (sync_id, instance_id, project_id, extra)
VALUES ($1, $2, $3, $4)
ON CONFLICT (sync_id, project_id) DO UPDATE SET extra = excluded.extra`, syncID, l.InstanceID, project, extra)
	return err
}

// stop is a census that waits for a person's word.
type stop struct {
	ProjectID int64
	Project   string
	SyncID    int64 // the run that took the last census
	Extra     int   // as it found
	Mirrored  int
	Found     int // by the run that the person looked at
}

// A run of the release before has no stops of its own: what the last census found is known of it.
const stopsSQL = `
SELECT c.project_id, p.project_key, c.sync_id, c.extra, c.shown - c.missing + c.extra, coalesce(s.extra, c.extra)
FROM jira_sync.sync_census c
JOIN jira_sync.jira_projects p USING (instance_id, project_id)
LEFT JOIN jira_sync.sync_census_stops s ON s.sync_id = $2 AND s.project_id = c.project_id
WHERE c.instance_id = $1 AND c.stopped AND (s.sync_id IS NOT NULL OR c.sync_id = $2)
ORDER BY p.project_key
FOR UPDATE OF c`

// ConfirmRemovals lets the censuses go on that a run stopped at the brake: the next ones of each of
// their projects remove what Jira no longer shows, as long as it is no more than that run found. It
// returns how many projects that are.
// [ErrNotFound], [ErrNothingToConfirm], [GrownError].
func (s *Store) ConfirmRemovals(ctx context.Context, syncID int64, by string) (run Run, projects int, err error) {
	if run, err = s.Run(ctx, syncID); err != nil {
		return Run{}, 0, err
	}
	err = s.pool.change(ctx, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, stopsSQL, run.InstanceID, syncID)
		stops, err := pgx.CollectRows(rows, pgx.RowToStructByPos[stop])
		if err != nil {
			return err
		}
		projects = len(stops)
		return confirm(ctx, tx, run.InstanceID, stops, by)
	})
	if _, grown := errors.AsType[*GrownError](err); grown || errors.Is(err, ErrNothingToConfirm) {
		return Run{}, 0, err
	}
	if err != nil {
		return Run{}, 0, fmt.Errorf("confirm the removals of run %d: %w", syncID, err)
	}
	return run, projects, nil
}

func confirm(ctx context.Context, tx pgx.Tx, instance int, stops []stop, by string) error {
	if len(stops) == 0 {
		return ErrNothingToConfirm
	}
	for _, one := range stops {
		if one.Extra > one.Found {
			return &GrownError{SyncID: one.SyncID, Project: one.Project, Extra: one.Extra, Mirrored: one.Mirrored}
		}
		if _, err := tx.Exec(ctx, `
UPDATE jira_sync.sync_census SET confirmed_at = now(), confirmed_by = $3, confirmed_extra = $4
WHERE instance_id = $1 AND project_id = $2`, instance, one.ProjectID, by, one.Found); err != nil {
			return err
		}
	}
	return nil
}

// RemovalsConfirmed reports whether a person has let a census go on since the last one. One of a project
// that none visits any more hurries the next, and no more than that.
func (s *Store) RemovalsConfirmed(ctx context.Context, instance int, last time.Time) (confirmed bool, err error) {
	err = s.pool.QueryRow(ctx, `
SELECT EXISTS (SELECT FROM jira_sync.sync_census WHERE instance_id = $1 AND stopped AND confirmed_at > $2)`,
		instance, last).Scan(&confirmed)
	if err != nil {
		return false, fmt.Errorf("read the confirmed removals of instance %d: %w", instance, err)
	}
	return confirmed, nil
}

const requestCensusSQL = `
INSERT INTO jira_sync.sync_history (instance_id, triggered_by, mode, state)
VALUES ($1, $2, 'RECONCILE', 'QUEUED')
ON CONFLICT (instance_id) WHERE state = 'QUEUED' DO NOTHING
RETURNING ` + runColumns

// RequestCensus records the wish for a census, behind the run in progress if there is one. A run that
// is queued already is returned in its place: it takes the census of what was confirmed.
func (s *Store) RequestCensus(ctx context.Context, instance int, by string) (run Run, err error) {
	err = s.pool.change(ctx, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, requestCensusSQL, instance, by)
		run, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Run])
		if errors.Is(err, pgx.ErrNoRows) {
			rows, _ = tx.Query(ctx, `SELECT `+runColumns+`
FROM jira_sync.sync_history
WHERE instance_id = $1 AND state IN ('QUEUED', 'RUNNING')
ORDER BY state -- QUEUED first
LIMIT 1`, instance)
			run, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Run])
		}
		if err != nil {
			return err
		}
		return notify(ctx, tx, Notice{Kind: NoticeWish, InstanceID: instance, SyncID: run.SyncID})
	})
	if err != nil {
		return Run{}, fmt.Errorf("ask for a census of instance %d: %w", instance, err)
	}
	return run, nil
}
