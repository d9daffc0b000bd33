package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Census compares the ids that Jira shows of one project with those in the mirror. The ids go into
// a temporary table as they come: no list of all of them is held in memory. Close it when done.
type Census struct {
	conn      *pgxpool.Conn
	lease     Lease
	projectID int64
}

// BeginCensus opens a census of one project on a connection of its own.
func (s *Store) BeginCensus(ctx context.Context, l Lease, projectID int64) (*Census, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("open a census: %w", err)
	}
	if _, err := conn.Exec(ctx, `
CREATE TEMPORARY TABLE IF NOT EXISTS census_seen (issue_id bigint PRIMARY KEY);
TRUNCATE census_seen`); err != nil {
		conn.Release()
		return nil, fmt.Errorf("open a census: %w", err)
	}
	return &Census{conn: conn, lease: l, projectID: projectID}, nil
}

// Close gives the connection back.
func (c *Census) Close() { c.conn.Release() }

// See adds ids that Jira shows; one may come twice.
func (c *Census) See(ctx context.Context, jiraIDs []int64) error {
	ids := make([]int64, len(jiraIDs))
	for i, id := range jiraIDs {
		ids[i] = IssueID(c.lease.InstanceID, id)
	}
	if _, err := c.conn.Exec(ctx, `
INSERT INTO census_seen (issue_id) SELECT unnest($1::bigint[]) ON CONFLICT DO NOTHING`, ids); err != nil {
		return fmt.Errorf("note the ids seen: %w", err)
	}
	return nil
}

// Tally are the figures of a finished census.
type Tally struct {
	Seen     int // ids that Jira shows
	Mirrored int // live issues of the project in the mirror
	Missing  int // shown, but not (or not alive) in the mirror
	Extra    int // alive in the mirror, but not shown; those stored after the census began not counted
}

// Tally compares. Issues stored since the census began are left out of judgement.
func (c *Census) Tally(ctx context.Context, began time.Time) (t Tally, err error) {
	err = c.conn.QueryRow(ctx, `
WITH mirrored AS (
    SELECT issue_id, synced_at FROM jira_sync.jira_issues
    WHERE instance_id = $1 AND project_id = $2 AND deleted_at IS NULL
)
SELECT (SELECT count(*) FROM census_seen),
       (SELECT count(*) FROM mirrored),
       (SELECT count(*) FROM census_seen s WHERE NOT EXISTS (
            SELECT FROM jira_sync.jira_issues i WHERE i.issue_id = s.issue_id AND i.deleted_at IS NULL)),
       (SELECT count(*) FROM mirrored m WHERE m.synced_at < $3 AND NOT EXISTS (
            SELECT FROM census_seen s WHERE s.issue_id = m.issue_id))`,
		c.lease.InstanceID, c.projectID, began).Scan(&t.Seen, &t.Mirrored, &t.Missing, &t.Extra)
	if err != nil {
		return Tally{}, fmt.Errorf("compare the census: %w", err)
	}
	return t, nil
}

// Missing returns up to limit Jira ids above after that are shown but not in the mirror.
func (c *Census) Missing(ctx context.Context, after int64, limit int) ([]int64, error) {
	rows, _ := c.conn.Query(ctx, `
SELECT s.issue_id FROM census_seen s
WHERE s.issue_id > $1
  AND NOT EXISTS (SELECT FROM jira_sync.jira_issues i WHERE i.issue_id = s.issue_id AND i.deleted_at IS NULL)
ORDER BY s.issue_id
LIMIT $2`, IssueID(c.lease.InstanceID, after), limit)
	return collectJiraIDs(rows, "missing issues")
}

// Suspect notes the extra ones, and clears those that were seen again: a first miss may be an
// index that runs late.
func (c *Census) Suspect(ctx context.Context, began time.Time) error {
	if _, err := c.conn.Exec(ctx, `
DELETE FROM jira_sync.sync_suspects WHERE issue_id IN (SELECT issue_id FROM census_seen)`); err != nil {
		return fmt.Errorf("clear the suspects seen again: %w", err)
	}
	if _, err := c.conn.Exec(ctx, `
INSERT INTO jira_sync.sync_suspects AS s (issue_id, instance_id, first_missed_at, last_missed_at)
SELECT i.issue_id, i.instance_id, now(), now()
FROM jira_sync.jira_issues i
WHERE i.instance_id = $1 AND i.project_id = $2 AND i.deleted_at IS NULL AND i.synced_at < $3
  AND NOT EXISTS (SELECT FROM census_seen s WHERE s.issue_id = i.issue_id)
ON CONFLICT (issue_id) DO UPDATE SET last_missed_at = excluded.last_missed_at`,
		c.lease.InstanceID, c.projectID, began); err != nil {
		return fmt.Errorf("note the suspects: %w", err)
	}
	return nil
}

// SuspectCounts tells, by project, how many live issues are under suspicion and how many there are.
type SuspectCounts struct {
	ProjectID  int64  `db:"project_id"`
	ProjectKey string `db:"project_key"`
	Suspects   int    `db:"suspects"`
	Live       int    `db:"live"`
}

// SuspectsByProject counts the suspects first missed before the given moment.
func (s *Store) SuspectsByProject(ctx context.Context, instance int, before time.Time) ([]SuspectCounts, error) {
	rows, _ := s.pool.Query(ctx, `
SELECT i.project_id, min(i.project_key) AS project_key, count(*) AS suspects,
       (SELECT count(*) FROM jira_sync.jira_issues l
        WHERE l.instance_id = $1 AND l.project_id = i.project_id AND l.deleted_at IS NULL) AS live
FROM jira_sync.sync_suspects s
JOIN jira_sync.jira_issues i USING (issue_id)
WHERE s.instance_id = $1 AND s.first_missed_at <= $2 AND i.deleted_at IS NULL
GROUP BY i.project_id
ORDER BY i.project_id`, instance, before)
	counts, err := pgx.CollectRows(rows, pgx.RowToStructByName[SuspectCounts])
	if err != nil {
		return nil, fmt.Errorf("count the suspects of instance %d: %w", instance, err)
	}
	return counts, nil
}

// Suspects returns up to limit Jira ids above after of one project's suspects, first missed before
// the given moment.
func (s *Store) Suspects(ctx context.Context, instance int, projectID int64, before time.Time, after int64, limit int) ([]int64, error) {
	rows, _ := s.pool.Query(ctx, `
SELECT s.issue_id
FROM jira_sync.sync_suspects s
JOIN jira_sync.jira_issues i USING (issue_id)
WHERE s.instance_id = $1 AND i.project_id = $2 AND s.first_missed_at <= $3 AND i.deleted_at IS NULL AND s.issue_id > $4
ORDER BY s.issue_id
LIMIT $5`, instance, projectID, before, IssueID(instance, after), limit)
	return collectJiraIDs(rows, "suspects")
}

// Acquit takes issues off the list of suspects: Jira still shows them by id.
func (s *Store) Acquit(ctx context.Context, l Lease, jiraIDs []int64) error {
	if _, err := s.pool.Exec(ctx, `DELETE FROM jira_sync.sync_suspects WHERE issue_id = ANY($1)`,
		issueIDsOf(l.InstanceID, jiraIDs)); err != nil {
		return fmt.Errorf("acquit suspects: %w", err)
	}
	return nil
}

// Tombstone marks issues as gone from Jira, for the given reason; their rows stay. It returns how
// many were alive until now.
func (s *Store) Tombstone(ctx context.Context, l Lease, jiraIDs []int64, reason string) (gone int, err error) {
	ids := issueIDsOf(l.InstanceID, jiraIDs)
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := holdFence(ctx, tx, l.InstanceID, l.Fence); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `
UPDATE jira_sync.jira_issues SET deleted_at = now(), deleted_reason = $2, synced_at = now()
WHERE issue_id = ANY($1) AND deleted_at IS NULL
RETURNING project_id`, ids, reason)
		projects, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return err
		}
		gone = len(projects)
		if _, err := tx.Exec(ctx, `DELETE FROM jira_sync.sync_suspects WHERE issue_id = ANY($1)`, ids); err != nil {
			return err
		}
		var touched []touchedProject
		seen := map[int64]bool{}
		for _, id := range projects {
			if !seen[id] {
				seen[id] = true
				touched = append(touched, touchedProject{ID: id})
			}
		}
		_, _, err = raiseVersions(ctx, tx, l.InstanceID, touched)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("mark %d issues of instance %d as gone: %w", len(jiraIDs), l.InstanceID, err)
	}
	return gone, nil
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
