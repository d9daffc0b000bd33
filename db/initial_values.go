package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// InitialValues are what the mirror knows of the values at creation of these issues, by their ids.
func (s *Store) InitialValues(ctx context.Context, instance int, jiraIDs []int64) (map[int64][]byte, error) {
	rows, _ := s.pool.Query(ctx, `
SELECT jira_id, initial_values FROM jira_sync.jira_issue_raw
WHERE issue_id = ANY($1) AND initial_values IS NOT NULL`, issueIDsOf(instance, jiraIDs))
	values := map[int64][]byte{}
	var id int64
	var held []byte
	_, err := pgx.ForEachRow(rows, []any{&id, &held}, func() error {
		values[id] = held
		held = nil
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read values at creation: %w", err)
	}
	return values, nil
}
