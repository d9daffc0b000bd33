package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// renamedProject is a project that goes by another key than when it was last listed.
type renamedProject struct {
	ID       int64  `db:"project_id"`
	Old, New string // keys
}

// renamedProjects finds them among what Jira lists.
func renamedProjects(ctx context.Context, tx pgx.Tx, instance int, listed []ProjectRow) ([]renamedProject, error) {
	ids, keys := make([]int64, len(listed)), make([]string, len(listed))
	for i, p := range listed {
		ids[i], keys[i] = p.ID, p.Key
	}
	rows, _ := tx.Query(ctx, `
SELECT p.project_id, p.project_key AS "Old", l.key AS "New"
FROM unnest($2::bigint[], $3::text[]) AS l (id, key)
JOIN jira_sync.jira_projects p ON p.instance_id = $1 AND p.project_id = l.id
WHERE p.project_key <> l.key
ORDER BY p.project_id`, instance, ids, keys)
	return pgx.CollectRows(rows, pgx.RowToStructByName[renamedProject])
}

// renameIssues gives the issues of a renamed project their new keys, as Jira does without moving
// their `updated`. The old ones go on to find them. What their documents say of it comes with the
// read of the whole project that is due from now on, which tells of them; issues of other projects
// that name them are noted here. Pages must be kept out.
func renameIssues(ctx context.Context, tx pgx.Tx, instance int, p renamedProject, others *renamedIssues) error {
	batch := &pgx.Batch{}
	batch.Queue(`
INSERT INTO jira_sync.jira_issue_keys (instance_id, issue_key, issue_id, until)
SELECT instance_id, issue_key, issue_id, now() FROM jira_sync.jira_issues
WHERE instance_id = $1 AND project_id = $2 AND project_key <> $3
ON CONFLICT (issue_key, issue_id) DO NOTHING`, instance, p.ID, p.New)
	batch.Queue(`
UPDATE jira_sync.jira_issues SET issue_key = $3 || '-' || key_number, project_key = $3, synced_at = now()
WHERE instance_id = $1 AND project_id = $2 AND project_key <> $3`, instance, p.ID, p.New)
	batch.Queue(`
UPDATE jira_sync.jira_issues c SET parent_key = i.issue_key, synced_at = now()
FROM jira_sync.jira_issues i
WHERE i.instance_id = $1 AND i.project_id = $2 AND c.parent_id = i.issue_id AND c.parent_key <> i.issue_key
RETURNING c.jira_id, c.deleted_at IS NULL AND c.project_id <> $2`, instance, p.ID).Query(others.read)
	batch.Queue(`
UPDATE jira_sync.jira_issues SET epic_key = $3 || substr(epic_key, length($2) + 1), synced_at = now()
WHERE instance_id = $1 AND starts_with(epic_key, $2 || '-')
RETURNING jira_id, deleted_at IS NULL AND project_id <> $4`, instance, p.Old, p.New, p.ID).Query(others.read)
	batch.Queue(`
WITH linked AS (
    UPDATE jira_sync.jira_issue_links l SET other_key = i.issue_key
    FROM jira_sync.jira_issues i
    WHERE i.instance_id = $1 AND i.project_id = $2 AND l.other_id = i.issue_id AND l.other_key <> i.issue_key
    RETURNING l.issue_id)
UPDATE jira_sync.jira_issues SET synced_at = now()
WHERE issue_id IN (SELECT issue_id FROM linked)
RETURNING jira_id, deleted_at IS NULL AND project_id <> $2`, instance, p.ID).Query(others.read)
	batch.Queue(`
UPDATE jira_sync.sync_checkpoints SET watermark = NULL, since = NULL, cursor = NULL, updated_at = now()
WHERE instance_id = $1 AND project_id = $2 AND kind IN ('FULL', 'RECENT')`, instance, p.ID)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("give the issues of %s the key %s: %w", p.Old, p.New, err)
	}
	return nil
}
