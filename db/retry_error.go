package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// RetryError has the server that leads fetch a quarantined item again at once, by the way of a
// webhook. One that was settled meanwhile is returned as it is. [ErrNotFound].
func (s *Store) RetryError(ctx context.Context, errorID int64) (*SyncError, error) {
	var failed SyncError
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, `
SELECT error_id, sync_id, instance_id, jira_id, issue_key, project_key, stage, message, payload, last_at, resolved_at
FROM jira_sync.sync_errors
WHERE error_id = $1`, errorID)
		var err error
		failed, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[SyncError])
		if err != nil || failed.ResolvedAt != nil || failed.JiraID == 0 {
			return err
		}
		if _, err := tx.Exec(ctx, `
INSERT INTO jira_sync.sync_webhooks (instance_id, delivery_id, event, jira_ids)
VALUES ($1, 'retry-' || $2::bigint || '-' || clock_timestamp(), 'retry', ARRAY[$3::bigint])`,
			failed.InstanceID, errorID, failed.JiraID); err != nil {
			return err
		}
		return notify(ctx, tx, Notice{Kind: NoticeWish, InstanceID: failed.InstanceID})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("try error %d again: %w", errorID, err)
	}
	return &failed, nil
}

// HistoryFrom is how far back the first read of an instance has come; nil before and after it.
func (s *Store) HistoryFrom(ctx context.Context, instance int) (from *time.Time, err error) {
	err = s.reads.QueryRow(ctx, `SELECT history_from FROM jira_sync.jira_instances WHERE instance_id = $1`, instance).Scan(&from)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read how far back instance %d reaches: %w", instance, err)
	}
	return from, nil
}
