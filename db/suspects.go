package db

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// SuspectCounts tells, by project, how many live issues are under suspicion and how many there are.
type SuspectCounts struct {
	ProjectID  int64  `db:"project_id"`
	ProjectKey string `db:"project_key"`
	Suspects   int    `db:"suspects"`
	Live       int    `db:"live"`
	Confirmed  int    `db:"confirmed"` // removals that a person has let go on, and that are still to come
	Stopped    int    `db:"stopped"`   // so many wait for a person's word already
}

// SuspectsByProject counts the suspects first missed before the given moment. How often they were missed
// since does not matter: what decides is a look by id (last_missed_at is only for who asks by SQL).
func (s *Store) SuspectsByProject(ctx context.Context, instance int, before time.Time) ([]SuspectCounts, error) {
	rows, _ := s.pool.Query(ctx, `
SELECT i.project_id, min(i.project_key) AS project_key, count(*) AS suspects,
       (SELECT count(*) FROM jira_sync.jira_issues l
        WHERE l.instance_id = $1 AND l.project_id = i.project_id AND l.deleted_at IS NULL) AS live,
       coalesce(max(c.confirmed_extra), 0) AS confirmed, coalesce(max(c.extra) FILTER (WHERE c.stopped), 0) AS stopped
FROM jira_sync.sync_suspects s
JOIN jira_sync.jira_issues i USING (issue_id)
LEFT JOIN jira_sync.sync_census c ON c.instance_id = $1 AND c.project_id = i.project_id
WHERE s.instance_id = $1 AND s.first_missed_at <= $2 AND i.deleted_at IS NULL
GROUP BY i.project_id
ORDER BY i.project_id`, instance, before)
	counts, err := pgx.CollectRows(rows, pgx.RowToStructByName[SuspectCounts])
	if err != nil {
		return nil, fmt.Errorf("count the suspects of instance %d: %w", instance, err)
	}
	return counts, nil
}

// StopRemovals notes that a project has so many suspects that a person must confirm their removal.
func (s *Store) StopRemovals(ctx context.Context, l Lease, syncID int64, of SuspectCounts) error {
	return s.underFence(ctx, l, "stop removals", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
INSERT INTO jira_sync.sync_census AS c (instance_id, project_id, checked_at, sync_id, shown, missing, extra, stopped)
VALUES ($1, $2, now(), $3, $5::integer - $4::integer, 0, $4, true)
ON CONFLICT (instance_id, project_id) DO UPDATE SET sync_id = excluded.sync_id, extra = excluded.extra, stopped = true`,
			l.InstanceID, of.ProjectID, syncID, of.Suspects, of.Live)
		if err != nil {
			return err
		}
		return recordStop(ctx, tx, l, of.ProjectID, syncID, of.Suspects)
	})
}

// Suspects returns up to limit Jira ids above after of one project's suspects, first missed before
// the given moment. Those that could not be read lately wait until they are tried again.
func (s *Store) Suspects(ctx context.Context, instance int, projectID int64, before time.Time, after int64, limit int) ([]int64, error) {
	rows, _ := s.pool.Query(ctx, `
SELECT s.issue_id
FROM jira_sync.sync_suspects s
JOIN jira_sync.jira_issues i USING (issue_id)
WHERE s.instance_id = $1 AND i.project_id = $2 AND s.first_missed_at <= $3 AND i.deleted_at IS NULL AND s.issue_id > $4
  AND NOT EXISTS (
      SELECT FROM jira_sync.sync_errors e
      WHERE e.instance_id = i.instance_id AND e.jira_id = i.jira_id AND e.resolved_at IS NULL)
ORDER BY s.issue_id
LIMIT $5`, instance, projectID, before, IssueID(instance, after), limit)
	return collectJiraIDs(rows, "suspects")
}

// Witnesses returns Jira ids of up to limit live issues that are under no suspicion and have no open
// error, of different projects where it can, none of which waits for a person's word or is out of sight.
func (s *Store) Witnesses(ctx context.Context, instance, limit int) ([]int64, error) {
	rows, _ := s.pool.Query(ctx, `
WITH newest AS (
    SELECT i.issue_id, i.project_id
    FROM jira_sync.jira_issues i
    WHERE i.issue_id >= $1 AND i.issue_id < $2 AND i.deleted_at IS NULL
      AND NOT EXISTS (SELECT FROM jira_sync.sync_suspects s WHERE s.issue_id = i.issue_id)
      AND NOT EXISTS (
          SELECT FROM jira_sync.sync_errors e
          WHERE e.instance_id = i.instance_id AND e.jira_id = i.jira_id AND e.resolved_at IS NULL)
      AND EXISTS (
          SELECT FROM jira_sync.jira_projects p
          WHERE p.instance_id = i.instance_id AND p.project_id = i.project_id AND p.visible AND NOT p.archived)
      AND NOT EXISTS (
          SELECT FROM jira_sync.sync_census c
          WHERE c.instance_id = i.instance_id AND c.project_id = i.project_id AND c.stopped)
    ORDER BY i.issue_id DESC
    LIMIT 100
)
SELECT issue_id
FROM (SELECT issue_id, row_number() OVER (PARTITION BY project_id ORDER BY issue_id DESC) AS nth FROM newest) ranked
ORDER BY nth, issue_id DESC
LIMIT $3`, IssueID(instance, 0), IssueID(instance+1, 0), limit)
	return collectJiraIDs(rows, "witnesses")
}

// Acquit takes issues off the list of suspects: Jira still shows them by id.
func (s *Store) Acquit(ctx context.Context, l Lease, jiraIDs []int64) error {
	return s.underFence(ctx, l, "acquit suspects", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM jira_sync.sync_suspects WHERE issue_id = ANY($1)`, issueIDsOf(l.InstanceID, jiraIDs))
		return err
	})
}

// Tombstone marks issues as gone from Jira, as the run found, for the given reason; their rows stay.
// It returns how many were alive until now.
func (s *Store) Tombstone(ctx context.Context, l Lease, syncID int64, jiraIDs []int64, reason string) (gone int, err error) {
	ids := issueIDsOf(l.InstanceID, jiraIDs)
	err = s.pool.change(ctx, func(tx pgx.Tx) error {
		if err := holdFence(ctx, tx, l.InstanceID, l.Fence); err != nil {
			return err
		}
		if err := (pageWay{alone: true}).keepOthersOut(ctx, tx, l.InstanceID); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `
UPDATE jira_sync.jira_issues SET deleted_at = now(), deleted_reason = $2, synced_at = now()
WHERE issue_id = ANY($1) AND deleted_at IS NULL
RETURNING project_id, jira_id`, ids, reason)
		type removed struct{ ProjectID, JiraID int64 }
		removals, err := pgx.CollectRows(rows, pgx.RowToStructByPos[removed])
		if err != nil {
			return err
		}
		gone = len(removals)
		rows, _ = tx.Query(ctx, `DELETE FROM jira_sync.sync_suspects WHERE issue_id = ANY($1) RETURNING issue_id`, ids)
		suspects, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return err
		}
		var touched []touchedProject
		var deleted, projects []int64
		seen := map[int64]bool{}
		for _, r := range removals {
			deleted = append(deleted, r.JiraID)
			if slices.Contains(suspects, IssueID(l.InstanceID, r.JiraID)) {
				projects = append(projects, r.ProjectID)
			}
			if !seen[r.ProjectID] {
				seen[r.ProjectID] = true
				touched = append(touched, touchedProject{ID: r.ProjectID})
			}
		}
		if err := spendConfirmed(ctx, tx, l.InstanceID, projects); err != nil {
			return err
		}
		if _, _, err = raiseVersions(ctx, tx, l.InstanceID, touched); err != nil {
			return err
		}
		return notifyIssues(ctx, tx, Notice{InstanceID: l.InstanceID, SyncID: syncID, Deleted: deleted})
	})
	if err != nil {
		return 0, fmt.Errorf("mark %d issues of instance %d as gone: %w", len(jiraIDs), l.InstanceID, err)
	}
	return gone, nil
}

// spendConfirmed takes removals of suspects, of each its project, off those that a person has confirmed:
// a confirmation is for one loss, not for the next of the same size.
func spendConfirmed(ctx context.Context, tx pgx.Tx, instance int, projects []int64) error {
	_, err := tx.Exec(ctx, `
UPDATE jira_sync.sync_census c SET confirmed_extra = greatest(c.confirmed_extra - gone.n, 0)
FROM (SELECT project_id, count(*)::int AS n FROM unnest($2::bigint[]) AS project_id GROUP BY project_id) gone
WHERE c.instance_id = $1 AND c.project_id = gone.project_id AND c.confirmed_extra > 0`, instance, projects)
	return err
}

func collectJiraIDs(rows pgx.Rows, what string) ([]int64, error) {
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("read the %s: %w", what, err)
	}
	for i, id := range ids {
		_, ids[i] = SplitIssueID(id)
	}
	return ids, nil
}

func issueIDsOf(instance int, jiraIDs []int64) []int64 {
	ids := make([]int64, len(jiraIDs))
	for i, id := range jiraIDs {
		ids[i] = IssueID(instance, id)
	}
	return ids
}
