package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// InstanceRow is what the configuration says of an instance.
type InstanceRow struct {
	ID   int // the n of JIRA_URL_n
	Name string
	URL  string
}

// ConfigureInstances makes jira_instances agree with the configuration. An instance that is no
// longer configured keeps its rows and its data. Answers with what has changed become old.
func (s *Store) ConfigureInstances(ctx context.Context, instances []InstanceRow) error {
	err := s.pool.change(ctx, func(tx pgx.Tx) error {
		ids := make([]int, len(instances))
		for i, in := range instances {
			ids[i] = in.ID
		}
		rows, _ := tx.Query(ctx, `
UPDATE jira_sync.jira_instances SET configured = false
WHERE configured AND instance_id <> ALL($1) RETURNING instance_id`, ids)
		changed, err := pgx.CollectRows(rows, pgx.RowTo[int])
		if err != nil {
			return err
		}
		for _, in := range instances {
			tag, err := tx.Exec(ctx, `
INSERT INTO jira_sync.jira_instances AS i (instance_id, name, url) VALUES ($1, $2, $3)
ON CONFLICT (instance_id) DO UPDATE SET name = excluded.name, url = excluded.url, configured = true
WHERE (i.name, i.url, i.configured) IS DISTINCT FROM (excluded.name, excluded.url, true)`, in.ID, in.Name, in.URL)
			if err != nil {
				return fmt.Errorf("instance %d: %w", in.ID, err)
			}
			if tag.RowsAffected() > 0 {
				changed = append(changed, in.ID)
			}
		}
		for _, instance := range changed { // its name and address stand in answers about any issue
			if err := raiseAllVersions(ctx, tx, instance); err != nil {
				return fmt.Errorf("raise the versions of instance %d: %w", instance, err)
			}
			if err := raiseSet(ctx, tx, instance); err != nil { // it may have joined the others again
				return err
			}
		}
		return nil
	})
	if isCode(err, "23505") {
		return fmt.Errorf("two Jira instances bear one name; a name that an instance no longer configured still "+
			"holds counts too: choose another JIRA_NAME_n: %w", err)
	}
	if err != nil {
		return fmt.Errorf("configure the instances: %w", err)
	}
	return nil
}

// Contact is what one attempt to speak with an instance showed.
type Contact struct {
	InstanceID                   int
	Kind                         string // CLOUD or DATA_CENTER; empty: not learnt this time
	Title, JiraVersion, TimeZone string
	Reachable                    bool
	Error                        string // empty: all went well
}

// SaveContact records how the last attempt to speak with an instance went. That its kind was learnt
// makes answers old.
func (s *Store) SaveContact(ctx context.Context, c Contact) error {
	var learnt bool
	err := s.pool.QueryRow(ctx, `
WITH before AS (SELECT kind FROM jira_sync.jira_instances WHERE instance_id = $1)
UPDATE jira_sync.jira_instances
SET kind = coalesce(nullif($2, ''), kind), title = coalesce(nullif($3, ''), title),
    jira_version = coalesce(nullif($4, ''), jira_version), time_zone = coalesce(nullif($5, ''), time_zone),
    reachable = $6, last_error = nullif($7, '')
WHERE instance_id = $1
  AND (reachable, coalesce(last_error, '')) IS DISTINCT FROM ($6, $7::text)
   OR instance_id = $1 AND $2 <> '' AND (kind, title, jira_version, time_zone) IS DISTINCT FROM ($2, $3, $4, $5)
RETURNING kind <> (SELECT kind FROM before)`,
		c.InstanceID, c.Kind, c.Title, c.JiraVersion, c.TimeZone, c.Reachable, *storable(&c.Error)).Scan(&learnt)
	if errors.Is(err, pgx.ErrNoRows) { // nothing is new
		return nil
	}
	if err == nil && learnt {
		err = s.pool.change(ctx, func(tx pgx.Tx) error { return raiseAllVersions(ctx, tx, c.InstanceID) })
	}
	if err != nil {
		return fmt.Errorf("save the contact with instance %d: %w", c.InstanceID, err)
	}
	return nil
}

// Limit is what Jira last said of its limits.
type Limit struct {
	Remaining, Total *int
	Until            *time.Time // set while we wait
	Reason           *string
}

// SaveLimit records what an instance last said of its limits.
func (s *Store) SaveLimit(ctx context.Context, instance int, l Limit) error {
	_, err := s.pool.Exec(ctx, `
UPDATE jira_sync.jira_instances
SET limit_remaining = $2, limit_total = $3, limit_until = $4, limit_reason = $5
WHERE instance_id = $1
  AND (limit_remaining, limit_total, limit_until, limit_reason) IS DISTINCT FROM ($2::int, $3::int, $4::timestamptz, $5::text)`,
		instance, l.Remaining, l.Total, l.Until, storable(l.Reason))
	if err != nil {
		return fmt.Errorf("save the limits of instance %d: %w", instance, err)
	}
	return nil
}

// Reached is how far a run has come: all that Jira showed up to then is in the mirror, but for what waits
// in sync_errors, and for the projects that failed.
type Reached struct {
	At         time.Time
	Failed     []int64  // projects
	FailedKeys []string // of projects that Jira does not even show
	Read       []int64  // projects that were read to their end before this run
}

// reachedSQL writes to no project but one that fails for the first time, or no longer does: a tick costs
// as much with a thousand projects as with one.
const reachedSQL = `
WITH held AS MATERIALIZED (
    SELECT FROM jira_sync.sync_leases WHERE instance_id = $1 AND fence = $2 FOR SHARE
), before AS (
    SELECT coalesce(greatest(complete_as_of, reached_as_of), '-infinity') AS at FROM jira_sync.jira_instances WHERE instance_id = $1
), marked AS (
    UPDATE jira_sync.jira_projects p
    SET complete_as_of = CASE
        WHEN NOT f.failed THEN NULL
        WHEN p.project_id = ANY($6::bigint[]) THEN before.at
        ELSE '-infinity' END
    FROM held, before, (
        SELECT project_id, project_id = ANY($4::bigint[]) OR project_key = ANY($5::text[]) AS failed
        FROM jira_sync.jira_projects WHERE instance_id = $1
    ) f
    WHERE p.instance_id = $1 AND p.project_id = f.project_id AND (p.complete_as_of IS NULL) = f.failed
)
UPDATE jira_sync.jira_instances n
SET reached_as_of = greatest(n.reached_as_of, $3),
    complete_as_of = CASE WHEN cardinality($4::bigint[]) + cardinality($5::text[]) = 0 THEN greatest(n.complete_as_of, $3) ELSE n.complete_as_of END
FROM held
WHERE n.instance_id = $1`

// SaveReached moves how far the projects that did not fail are complete, and the instance where none
// did. Those that failed stay where they were. Nothing ever goes back.
func (s *Store) SaveReached(ctx context.Context, l Lease, r Reached) error {
	tag, err := s.pool.Exec(ctx, reachedSQL, l.InstanceID, l.Fence, r.At, numbers(r.Failed), texts(r.FailedKeys), numbers(r.Read))
	if err == nil && tag.RowsAffected() == 0 {
		err = ErrFenced
	}
	if err != nil {
		return fmt.Errorf("save how complete instance %d is: %w", l.InstanceID, err)
	}
	return nil
}

// SaveHistoryFrom records how far back a first read has come; nil: it has come to the end.
func (s *Store) SaveHistoryFrom(ctx context.Context, l Lease, at *time.Time) error {
	return s.underFence(ctx, l, "save how far back the instance reaches", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
UPDATE jira_sync.jira_instances SET history_from = $2
WHERE instance_id = $1 AND history_from IS DISTINCT FROM $2`, l.InstanceID, at)
		return err
	})
}

// Complete reports whether every configured instance has been read whole once.
func (s *Store) Complete(ctx context.Context) (complete bool, err error) {
	err = s.pool.QueryRow(ctx, `
SELECT coalesce(bool_and(complete_as_of IS NOT NULL), false)
FROM jira_sync.jira_instances
WHERE configured`).Scan(&complete)
	if err != nil {
		return false, fmt.Errorf("read how complete the mirror is: %w", err)
	}
	return complete, nil
}
