package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// WorklogStamp is a worklog and when it was written last.
type WorklogStamp struct {
	JiraID int64
	At     time.Time
}

// UnknownWorklogs returns those worklogs that the mirror lacks or has older.
func (s *Store) UnknownWorklogs(ctx context.Context, instance int, worklogs []WorklogStamp) ([]int64, error) {
	ids, times := make([]int64, len(worklogs)), make([]time.Time, len(worklogs))
	for i, w := range worklogs {
		ids[i], times[i] = w.JiraID, w.At
	}
	rows, _ := s.pool.Query(ctx, `
SELECT DISTINCT asked.jira_id
FROM unnest($2::bigint[], $3::timestamptz[]) AS asked (jira_id, at)
WHERE NOT EXISTS (SELECT FROM jira_sync.jira_worklogs w
                  WHERE w.instance_id = $1 AND w.jira_id = asked.jira_id AND w.updated_at >= asked.at - interval '1 second')`,
		instance, ids, times)
	unknown, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("look for unknown worklogs: %w", err)
	}
	return unknown, nil
}

// IssuesOfWorklogs returns the Jira ids of live issues that have one of these worklogs in the
// mirror.
func (s *Store) IssuesOfWorklogs(ctx context.Context, instance int, worklogs []int64) ([]int64, error) {
	rows, _ := s.pool.Query(ctx, `
SELECT DISTINCT issue_id
FROM jira_sync.jira_worklogs
JOIN jira_sync.jira_issues i USING (issue_id)
WHERE jira_worklogs.instance_id = $1 AND jira_worklogs.jira_id = ANY($2) AND i.deleted_at IS NULL`, instance, worklogs)
	return collectJiraIDs(rows, "issues of the worklogs")
}

// KnownIssues returns those of the given Jira ids that are in the mirror, alive.
func (s *Store) KnownIssues(ctx context.Context, instance int, jiraIDs []int64) ([]int64, error) {
	if len(jiraIDs) == 0 {
		return nil, nil
	}
	rows, _ := s.pool.Query(ctx, `
SELECT issue_id FROM jira_sync.jira_issues
WHERE issue_id = ANY($1) AND deleted_at IS NULL
ORDER BY issue_id`, issueIDsOf(instance, jiraIDs))
	return collectJiraIDs(rows, "issues known")
}

// LiveIssues counts an instance's live issues.
func (s *Store) LiveIssues(ctx context.Context, instance int) (n int, err error) {
	err = s.pool.QueryRow(ctx, `
SELECT count(*) FROM jira_sync.jira_issues WHERE instance_id = $1 AND deleted_at IS NULL`, instance).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the issues of instance %d: %w", instance, err)
	}
	return n, nil
}
