package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// DueErrors returns the Jira ids of up to limit items of an instance that could not be stored and
// are due for another try: soon after the first failure, then ever less often, once an hour at
// last.
func (s *Store) DueErrors(ctx context.Context, instance, limit int) ([]int64, error) {
	rows, _ := s.pool.Query(ctx, `
SELECT jira_id FROM jira_sync.sync_errors
WHERE instance_id = $1 AND resolved_at IS NULL AND jira_id > 0
  AND last_at < now() - least(attempts * attempts, 60) * interval '1 minute'
ORDER BY last_at
LIMIT $2`, instance, limit)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("read the errors due for another try: %w", err)
	}
	return ids, nil
}

// OpenErrors are those of some items that wait to be stored.
func (s *Store) OpenErrors(ctx context.Context, instance int, jiraIDs []int64) ([]int64, error) {
	rows, _ := s.pool.Query(ctx, `
SELECT jira_id FROM jira_sync.sync_errors WHERE instance_id = $1 AND jira_id = ANY($2) AND resolved_at IS NULL`, instance, jiraIDs)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("read which items wait to be stored: %w", err)
	}
	return ids, nil
}

// KeyOf returns the key of an issue and of its project as the mirror or, of one that it does not have,
// an earlier error knows them; both are empty where neither does.
func (s *Store) KeyOf(ctx context.Context, instance int, jiraID int64) (key, project string, err error) {
	err = s.pool.QueryRow(ctx, `
SELECT coalesce(min(i.issue_key), min(e.issue_key), ''), coalesce(min(i.project_key), min(e.project_key), '')
FROM (SELECT $1::bigint AS issue_id, $2::integer AS instance_id, $3::bigint AS jira_id) x
LEFT JOIN jira_sync.jira_issues i USING (issue_id)
LEFT JOIN jira_sync.sync_errors e ON e.instance_id = x.instance_id AND e.jira_id = x.jira_id AND e.resolved_at IS NULL`,
		IssueID(instance, jiraID), instance, jiraID).Scan(&key, &project)
	if err != nil {
		return "", "", fmt.Errorf("read the key of issue %d: %w", jiraID, err)
	}
	return key, project, nil
}

// VisibleProjects returns the projects of an instance that the last discovery saw, in order of
// their keys, from the primary.
func (s *Store) VisibleProjects(ctx context.Context, instance int) ([]ProjectRow, error) {
	projects, err := projectsOf(ctx, s.pool, instance, true)
	if err != nil {
		return nil, fmt.Errorf("read the projects of instance %d: %w", instance, err)
	}
	return projects, nil
}

// UnlistedProjects returns the projects of an instance that the mirror knows, but the last
// discovery did not see.
func (s *Store) UnlistedProjects(ctx context.Context, instance int) ([]ProjectRow, error) {
	projects, err := projectsOf(ctx, s.pool, instance, false)
	if err != nil {
		return nil, fmt.Errorf("read the projects of before of instance %d: %w", instance, err)
	}
	return projects, nil
}

func projectsOf(ctx context.Context, q querier, instance int, visible bool) ([]ProjectRow, error) {
	rows, _ := q.Query(ctx, `
SELECT project_id AS "ID", project_key AS "Key", name AS "Name", lead_id AS "LeadID", category AS "Category", archived AS "Archived",
       previous_keys AS "Previous"
FROM jira_sync.jira_projects
WHERE instance_id = $1 AND visible = $2
ORDER BY project_key`, instance, visible)
	return pgx.CollectRows(rows, pgx.RowToStructByName[ProjectRow])
}

// ResolveNameless closes the open errors of items without an id that a full read, begun at this
// moment, did not meet again.
func (s *Store) ResolveNameless(ctx context.Context, l Lease, began time.Time) error {
	return s.underFence(ctx, l, "resolve errors", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
UPDATE jira_sync.sync_errors SET resolved_at = now()
WHERE instance_id = $1 AND jira_id = 0 AND resolved_at IS NULL AND last_at < $2`, l.InstanceID, began)
		return err
	})
}

// ResolveErrors closes the open errors of items that Jira no longer has.
func (s *Store) ResolveErrors(ctx context.Context, l Lease, jiraIDs []int64) error {
	return s.underFence(ctx, l, "resolve errors", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
UPDATE jira_sync.sync_errors SET resolved_at = now()
WHERE instance_id = $1 AND jira_id = ANY($2) AND resolved_at IS NULL`, l.InstanceID, jiraIDs)
		return err
	})
}
