package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ErrNoID says that an item cannot be asked for by itself.
var ErrNoID = errors.New("this item came without an id, so Jira cannot be asked for it alone: " +
	"start a full run, which settles it once everything could be read")

// RetryError has the server that leads fetch a quarantined item again at once, by the way of a
// webhook. One that was settled meanwhile is returned as it is. [ErrNotFound], [ErrNoID].
func (s *Store) RetryError(ctx context.Context, errorID int64) (*SyncError, error) {
	var failed SyncError
	err := s.pool.change(ctx, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, `
SELECT error_id, sync_id, instance_id, jira_id, issue_key, project_key, stage, message, payload, last_at, resolved_at
FROM jira_sync.sync_errors
WHERE error_id = $1`, errorID)
		var err error
		failed, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[SyncError])
		switch {
		case err != nil || failed.ResolvedAt != nil:
			return err
		case failed.JiraID == 0:
			return ErrNoID
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
	if errors.Is(err, ErrNoID) {
		return nil, ErrNoID
	}
	if err != nil {
		return nil, fmt.Errorf("try error %d again: %w", errorID, err)
	}
	return &failed, nil
}
