package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Census compares the ids that Jira shows of one project with those in the mirror. The ids go into
// a table as they come: no list of all of them is held in memory. Close it when done.
type Census struct {
	store     *Store
	lease     Lease
	projectID int64
	noted     int // ids handed in, each once
}

// BeginCensus opens a census of one project.
func (s *Store) BeginCensus(ctx context.Context, l Lease, projectID int64) (*Census, error) {
	c := &Census{store: s, lease: l, projectID: projectID}
	if err := c.clear(ctx); err != nil {
		return nil, fmt.Errorf("open a census: %w", err)
	}
	return c, nil
}

func (c *Census) clear(ctx context.Context) error {
	_, err := c.store.pool.Exec(ctx, `
DELETE FROM jira_sync.sync_census_ids WHERE instance_id = $1 AND project_id = $2 AND fence <= $3`,
		c.lease.InstanceID, c.projectID, c.lease.Fence)
	return err
}

// Close forgets the ids. What cannot be cleared now is cleared by the next census.
func (c *Census) Close(ctx context.Context) {
	clearing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = c.clear(clearing)
}

// See adds ids that Jira shows, each with the time of its last change, which may be zero, or all without;
// one may come twice.
func (c *Census) See(ctx context.Context, jiraIDs []int64, updated []time.Time) error {
	times := make([]*time.Time, len(updated))
	for i := range updated {
		if !updated[i].IsZero() {
			times[i] = &updated[i]
		}
	}
	tag, err := c.store.pool.Exec(ctx, `
INSERT INTO jira_sync.sync_census_ids (instance_id, project_id, fence, issue_id, updated_at)
SELECT $1, $2, $3, seen.* FROM unnest($4::bigint[], $5::timestamptz[]) seen ON CONFLICT DO NOTHING`,
		c.lease.InstanceID, c.projectID, c.lease.Fence, issueIDsOf(c.lease.InstanceID, jiraIDs), times)
	if err != nil {
		return fmt.Errorf("note the ids seen: %w", err)
	}
	c.noted += int(tag.RowsAffected())
	return nil
}

// Tally are the figures of a finished census.
type Tally struct {
	Seen      int // ids that Jira shows
	Mirrored  int // live issues of the project in the mirror
	Missing   int // shown, but not (or not alive) in the mirror
	Extra     int // alive in the mirror, but not shown; those stored after the census began not counted
	Confirmed int // removals of this project that a person has let go on, and that are still to come
}

// Tally compares. Issues stored since the census began are left out of judgement. It fails when
// ids got lost on the way, as after a crash of the database, which would make issues look extra.
func (c *Census) Tally(ctx context.Context, began time.Time) (t Tally, err error) {
	// EXCEPT is hashed or sorted: the planner, which knows nothing of a table filled a moment ago,
	// joins NOT EXISTS row by row.
	err = c.store.pool.QueryRow(ctx, `
WITH seen AS (
    SELECT issue_id FROM jira_sync.sync_census_ids WHERE instance_id = $1 AND project_id = $2 AND fence = $4
), mirrored AS (
    SELECT issue_id, synced_at FROM jira_sync.jira_issues
    WHERE instance_id = $1 AND project_id = $2 AND deleted_at IS NULL
)
SELECT (SELECT count(*) FROM seen),
       (SELECT count(*) FROM mirrored),
       (SELECT count(*) FROM (SELECT issue_id FROM seen EXCEPT SELECT issue_id FROM mirrored) s WHERE NOT EXISTS (
            SELECT FROM jira_sync.jira_issues i WHERE i.issue_id = s.issue_id AND i.deleted_at IS NULL)),
       (SELECT count(*) FROM (SELECT issue_id FROM mirrored WHERE synced_at < $3 EXCEPT SELECT issue_id FROM seen) m),
       coalesce((SELECT confirmed_extra FROM jira_sync.sync_census WHERE instance_id = $1 AND project_id = $2), 0)`,
		c.lease.InstanceID, c.projectID, began, c.lease.Fence).Scan(&t.Seen, &t.Mirrored, &t.Missing, &t.Extra, &t.Confirmed)
	if err != nil {
		return Tally{}, fmt.Errorf("compare the census: %w", err)
	}
	if t.Seen != c.noted {
		return Tally{}, fmt.Errorf("compare the census: of %d ids noted, the database still holds %d", c.noted, t.Seen)
	}
	return t, nil
}

// Behind returns up to limit Jira ids above after that are shown but not in the mirror, or that the
// mirror has as they were before their last change.
func (c *Census) Behind(ctx context.Context, after int64, limit int) ([]int64, error) {
	rows, _ := c.store.pool.Query(ctx, `
SELECT s.issue_id FROM jira_sync.sync_census_ids s
WHERE s.instance_id = $1 AND s.project_id = $2 AND s.fence = $3 AND s.issue_id > $4
  AND NOT EXISTS (
      SELECT FROM jira_sync.jira_issues i
      WHERE i.issue_id = s.issue_id AND i.deleted_at IS NULL AND (s.updated_at IS NULL OR i.updated_at >= s.updated_at))
ORDER BY s.issue_id
LIMIT $5`, c.lease.InstanceID, c.projectID, c.lease.Fence, IssueID(c.lease.InstanceID, after), limit)
	return collectJiraIDs(rows, "issues that the mirror lacks")
}

// Overtaken returns those of an instance's Jira ids that the mirror lacks, or has as they were before
// the change of that time.
func (s *Store) Overtaken(ctx context.Context, instance int, jiraIDs []int64, updated []time.Time) ([]int64, error) {
	rows, _ := s.pool.Query(ctx, `
SELECT s.issue_id FROM unnest($1::bigint[], $2::timestamptz[]) s (issue_id, updated_at)
WHERE NOT EXISTS (
    SELECT FROM jira_sync.jira_issues i
    WHERE i.issue_id = s.issue_id AND i.deleted_at IS NULL AND i.updated_at >= s.updated_at)
ORDER BY s.issue_id`, issueIDsOf(instance, jiraIDs), updated)
	return collectJiraIDs(rows, "issues that were overtaken")
}

// Returned returns up to limit Jira ids above after that an earlier census missed, and that are
// shown again.
func (c *Census) Returned(ctx context.Context, after int64, limit int) ([]int64, error) {
	rows, _ := c.store.pool.Query(ctx, `
SELECT x.issue_id
FROM jira_sync.sync_suspects x
JOIN jira_sync.sync_census_ids s USING (issue_id)
WHERE x.instance_id = $1 AND s.instance_id = $1 AND s.project_id = $2 AND s.fence = $3 AND x.issue_id > $4
ORDER BY x.issue_id
LIMIT $5`, c.lease.InstanceID, c.projectID, c.lease.Fence, IssueID(c.lease.InstanceID, after), limit)
	return collectJiraIDs(rows, "suspects that are shown again")
}

// Suspect notes the extra ones, and clears those that were seen again: a miss may be an index that runs
// late, so that it alone removes nothing.
func (c *Census) Suspect(ctx context.Context, began time.Time) error {
	return c.store.underFence(ctx, c.lease, "note the suspects", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `
DELETE FROM jira_sync.sync_suspects x USING jira_sync.sync_census_ids s
WHERE s.instance_id = $1 AND s.project_id = $2 AND s.fence = $3 AND x.issue_id = s.issue_id`,
			c.lease.InstanceID, c.projectID, c.lease.Fence); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
INSERT INTO jira_sync.sync_suspects AS s (issue_id, instance_id, first_missed_at, last_missed_at)
SELECT extra.issue_id, $1, now(), now()
FROM (
    SELECT issue_id FROM jira_sync.jira_issues
    WHERE instance_id = $1 AND project_id = $2 AND deleted_at IS NULL AND synced_at < $3
    EXCEPT
    SELECT issue_id FROM jira_sync.sync_census_ids WHERE instance_id = $1 AND project_id = $2 AND fence = $4
) extra
ON CONFLICT (issue_id) DO UPDATE SET last_missed_at = excluded.last_missed_at`,
			c.lease.InstanceID, c.projectID, began, c.lease.Fence)
		return err
	})
}

// CensusResult is what a census of a project found.
type CensusResult struct {
	SyncID                int64
	JiraCount             *int // nil: Jira gave none
	Shown, Missing, Extra int
	Unlisted              int  // so many more does Jira count than it showed
	Grave                 bool // so much is extra that it wants a person's word
	Stopped               bool // nobody has said it
}

// Record stores what the census found. A stopped one waits for [Store.ConfirmRemovals]; the
// confirmation lasts until a census finds nothing grave.
func (c *Census) Record(ctx context.Context, r CensusResult) error {
	return c.store.underFence(ctx, c.lease, "record the census", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
INSERT INTO jira_sync.sync_census AS c (instance_id, project_id, checked_at, sync_id, jira_count, shown, missing, extra, stopped, unlisted)
VALUES ($1, $2, now(), $3, $4, $5, $6, $7, $8, $10)
ON CONFLICT (instance_id, project_id) DO UPDATE
SET checked_at = excluded.checked_at, sync_id = excluded.sync_id, jira_count = excluded.jira_count, shown = excluded.shown,
    missing = excluded.missing, extra = excluded.extra, stopped = excluded.stopped, unlisted = excluded.unlisted,
    confirmed_at = CASE WHEN $9 THEN c.confirmed_at END,
    confirmed_by = CASE WHEN $9 THEN c.confirmed_by END,
    confirmed_extra = CASE WHEN $9 THEN c.confirmed_extra END`,
			c.lease.InstanceID, c.projectID, r.SyncID, r.JiraCount, r.Shown, r.Missing, r.Extra, r.Stopped, r.Grave, r.Unlisted)
		if err != nil {
			return err
		}
		if r.Stopped {
			return recordStop(ctx, tx, c.lease, c.projectID, r.SyncID, r.Extra)
		}
		return c.forgetStops(ctx, tx)
	})
}

// forgetStops lets a census go on: what is lost after that is another loss.
func (c *Census) forgetStops(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `DELETE FROM jira_sync.sync_census_stops WHERE instance_id = $1 AND project_id = $2`,
		c.lease.InstanceID, c.projectID)
	return err
}

// LostProject is a project that the last discovery did not see, though the mirror holds live
// issues of it.
type LostProject struct {
	ProjectRow
	Live int
}

// LostProjects returns the lost projects of an instance, and how many live issues it has in all.
func (s *Store) LostProjects(ctx context.Context, instance int) (lost []LostProject, live int, err error) {
	rows, _ := s.pool.Query(ctx, `
SELECT p.project_id AS "ID", p.project_key AS "Key", p.name AS "Name", p.lead_id AS "LeadID", p.category AS "Category",
       p.archived AS "Archived", p.previous_keys AS "Previous", count(*) AS "Live"
FROM jira_sync.jira_projects p
JOIN jira_sync.jira_issues i ON i.instance_id = p.instance_id AND i.project_id = p.project_id AND i.deleted_at IS NULL
WHERE p.instance_id = $1 AND NOT p.visible
GROUP BY p.instance_id, p.project_id
ORDER BY p.project_key`, instance)
	if lost, err = pgx.CollectRows(rows, pgx.RowToStructByName[LostProject]); err != nil {
		return nil, 0, fmt.Errorf("read the lost projects of instance %d: %w", instance, err)
	}
	if len(lost) > 0 {
		live, err = s.LiveIssues(ctx, instance)
	}
	return lost, live, err
}

// underFence runs a change in a transaction that a late writer is refused.
func (s *Store) underFence(ctx context.Context, l Lease, act string, change func(pgx.Tx) error) error {
	err := s.pool.change(ctx, func(tx pgx.Tx) error {
		if err := holdFence(ctx, tx, l.InstanceID, l.Fence); err != nil {
			return err
		}
		return change(tx)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", act, err)
	}
	return nil
}
