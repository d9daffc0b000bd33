package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Checkpoint is where a kind of sweep goes on from, for one project or (project 0) the instance.
type Checkpoint struct {
	InstanceID int        `db:"instance_id"`
	ProjectID  int64      `db:"project_id"`
	Kind       Mode       `db:"kind"`
	Watermark  *time.Time `db:"watermark"` // changes up to then are in the mirror, by Jira's clock
	Since      *time.Time `db:"since"`     // the sweep in progress began then; nil: none is
	Cursor     []byte     `db:"cursor"`    // JSON of the place in that sweep; nil: its beginning
}

// Checkpoints returns all marks of an instance.
func (s *Store) Checkpoints(ctx context.Context, instance int) ([]Checkpoint, error) {
	const query = `
SELECT instance_id, project_id, kind, watermark, since, cursor
FROM jira_sync.sync_checkpoints
WHERE instance_id = $1
ORDER BY project_id, kind`
	rows, _ := s.pool.Query(ctx, query, instance) // CollectRows returns its error
	marks, err := pgx.CollectRows(rows, pgx.RowToStructByName[Checkpoint])
	if err != nil {
		return nil, fmt.Errorf("read the checkpoints of instance %d: %w", instance, err)
	}
	return marks, nil
}

// SaveCheckpoints moves marks on their own, under the fence: where a sweep begins or ends without
// a page.
func (s *Store) SaveCheckpoints(ctx context.Context, l Lease, marks ...Checkpoint) error {
	err := s.pool.change(ctx, func(tx pgx.Tx) error {
		if err := holdFence(ctx, tx, l.InstanceID, l.Fence); err != nil {
			return err
		}
		return moveCheckpoints(ctx, tx, marks)
	})
	if err != nil {
		return fmt.Errorf("save the checkpoints of instance %d: %w", l.InstanceID, err)
	}
	return nil
}

const moveCheckpointSQL = `
INSERT INTO jira_sync.sync_checkpoints (instance_id, project_id, kind, watermark, since, cursor, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, now())
ON CONFLICT (instance_id, project_id, kind) DO UPDATE
SET watermark = excluded.watermark, since = excluded.since, cursor = excluded.cursor, updated_at = excluded.updated_at`

func moveCheckpoints(ctx context.Context, tx pgx.Tx, marks []Checkpoint) error {
	for _, m := range marks {
		if _, err := tx.Exec(ctx, moveCheckpointSQL, m.InstanceID, m.ProjectID, m.Kind, m.Watermark, m.Since, m.Cursor); err != nil {
			return fmt.Errorf("move the checkpoint of project %d: %w", m.ProjectID, err)
		}
	}
	return nil
}
