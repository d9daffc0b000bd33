package db

import (
	"cmp"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Pruned counts what a pruning removed.
type Pruned struct {
	Runs, Errors, Webhooks, Audit int64
}

// pruneBatch bounds one statement, so that it holds its locks for moments only.
const pruneBatch = 1000

// webhookDays is the longest that a webhook is kept that was followed.
const webhookDays = 7

// Retention says how many days what is kept; 0: for ever.
type Retention struct {
	RunsDays  int // runs with their figures, settled errors, and webhooks, which are kept for a week at most
	AuditDays int // who changed what
}

// Prune removes what is older than it is to be kept. Of each instance the newest run and the newest
// successful one of all projects stay, whatever their age.
func (s *Store) Prune(ctx context.Context, keep Retention) (p Pruned, err error) {
	if keep.RunsDays > 0 {
		if p, err = s.pruneRuns(ctx, keep.RunsDays); err != nil {
			return p, err
		}
	}
	// Jira sends a webhook again for hours at most.
	if p.Webhooks, err = s.pruneAll(ctx, `
DELETE FROM jira_sync.sync_webhooks WHERE (instance_id, delivery_id) IN (
    SELECT instance_id, delivery_id FROM jira_sync.sync_webhooks
    WHERE received_at < now() - make_interval(days => $1) AND fetched_at IS NOT NULL
    LIMIT $2)`, min(cmp.Or(keep.RunsDays, webhookDays), webhookDays)); err != nil {
		return p, fmt.Errorf("prune the webhooks: %w", err)
	}
	if keep.AuditDays > 0 {
		if p.Audit, err = s.pruneAll(ctx, `
DELETE FROM jira_sync.audit_log WHERE audit_id IN (
    SELECT audit_id FROM jira_sync.audit_log
    WHERE at < now() - make_interval(days => $1)
    ORDER BY audit_id
    LIMIT $2)`, keep.AuditDays); err != nil {
			return p, fmt.Errorf("prune the audit: %w", err)
		}
	}
	return p, nil
}

func (s *Store) pruneRuns(ctx context.Context, days int) (p Pruned, err error) {
	if p.Runs, err = s.pruneAll(ctx, `
DELETE FROM jira_sync.sync_history WHERE sync_id IN (
    SELECT h.sync_id FROM jira_sync.sync_history h
    WHERE h.finished_at < now() - make_interval(days => $1)
      AND EXISTS (SELECT FROM jira_sync.sync_history n WHERE n.instance_id = h.instance_id AND n.sync_id > h.sync_id)
      AND (h.state <> 'SUCCEEDED' OR h.projects <> '{}' OR EXISTS (
            SELECT FROM jira_sync.sync_history n
            WHERE n.instance_id = h.instance_id AND n.sync_id > h.sync_id AND n.state = 'SUCCEEDED' AND n.projects = '{}'))
    ORDER BY h.sync_id
    LIMIT $2)`, days); err != nil {
		return p, fmt.Errorf("prune the runs: %w", err)
	}
	if p.Errors, err = s.pruneAll(ctx, `
DELETE FROM jira_sync.sync_errors WHERE error_id IN (
    SELECT error_id FROM jira_sync.sync_errors
    WHERE resolved_at < now() - make_interval(days => $1)
    ORDER BY error_id
    LIMIT $2)`, days); err != nil {
		return p, fmt.Errorf("prune the settled errors: %w", err)
	}
	return p, nil
}

func (s *Store) pruneAll(ctx context.Context, query string, days int) (removed int64, err error) {
	for {
		tag, err := s.pool.Exec(ctx, query, days, pruneBatch)
		removed += tag.RowsAffected()
		if err != nil || tag.RowsAffected() < pruneBatch {
			return removed, err
		}
	}
}

// TableSize is what a table takes on disk, with its indexes and its documents.
type TableSize struct {
	Table string  `db:"table"`
	Bytes float64 `db:"bytes"`
	Rows  float64 `db:"rows"` // as PostgreSQL's statistics estimate
}

// TableSizes returns the sizes of all tables of the mirror, the largest first.
func (s *Store) TableSizes(ctx context.Context) ([]TableSize, error) {
	rows, _ := s.reads.Query(ctx, `
SELECT relname::text AS "table", pg_total_relation_size(oid)::float8 AS bytes, greatest(reltuples, 0)::float8 AS rows
FROM pg_class
WHERE relnamespace = to_regnamespace('jira_sync') AND relkind IN ('r', 'p')
ORDER BY bytes DESC, relname`)
	sizes, err := pgx.CollectRows(rows, pgx.RowToStructByName[TableSize])
	if err != nil {
		return nil, fmt.Errorf("read the sizes of the tables: %w", err)
	}
	return sizes, nil
}
