package db

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"jirasync/query"
)

// Lists of runs, as their cursors name them.
const (
	runsList   = "runs"
	errorsList = "errors"
)

// Runs returns a page of the runs that a filter lets through, newest first.
func (s *Store) Runs(ctx context.Context, f *RunFilter, page query.Page, total bool) (*RunConnection, error) {
	after, err := query.ParseMark(runsList, page.After)
	if err != nil {
		return nil, err
	}
	rows := query.NewRows()
	where := "true" + f.conds(rows)
	count := query.Statement{SQL: "SELECT count(*) AS total FROM jira_sync.sync_history r WHERE " + where, Args: rows.Args()}
	counted := "0"
	if total {
		counted = "(" + count.SQL + ")"
	}
	if after != nil {
		where += " AND r.sync_id < " + rows.Arg(after.ID)
	}
	connection := &RunConnection{}
	connection.hasPrev = after != nil
	connection.cursor = func(r *Run) string { return query.Mark{ID: r.SyncID}.Cursor(runsList) }
	type row struct {
		Total int `db:"total"`
		Run
	}
	err = readRowsOf(ctx, s, query.Statement{
		SQL: "SELECT " + counted + " AS total, " + runColumns + " FROM jira_sync.sync_history r WHERE " + where +
			" ORDER BY r.sync_id DESC LIMIT " + strconv.Itoa(page.Limit+1), Args: rows.Args(),
	}, func(r row) {
		connection.total = r.Total
		connection.Nodes = append(connection.Nodes, &r.Run)
	})
	if err == nil && total && after != nil && len(connection.Nodes) == 0 { // no row bears the total
		err = readRowsOf(ctx, s, count, func(r struct{ Total int }) { connection.total = r.Total })
	}
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	connection.cut(page)
	return connection, nil
}

// conds writes the conditions of a filter on sync_history under the alias r.
func (f *RunFilter) conds(rows *query.Rows) string {
	if f == nil {
		return ""
	}
	var conds string
	if f.State != nil {
		conds += " AND r.state = ANY(" + rows.Arg(f.State) + "::text[])"
	}
	if f.Mode != nil {
		conds += " AND r.mode = ANY(" + rows.Arg(f.Mode) + "::text[])"
	}
	if f.Instance != nil {
		conds += " AND r.instance_id IN (SELECT n.instance_id FROM jira_sync.jira_instances n WHERE n.name = " + rows.Arg(*f.Instance) + ")"
	}
	if f.Project != nil {
		conds += " AND r.sync_id IN (SELECT d.sync_id FROM jira_sync.sync_project_details d WHERE d.project_key = " + rows.Arg(*f.Project) + ")"
	}
	if t := f.Started; t != nil {
		for operator, at := range map[string]any{"<": nilOr(t.Lt), "<=": nilOr(t.Lte), ">": nilOr(t.Gt), ">=": nilOr(t.Gte)} {
			if at != nil {
				conds += " AND r.started_at " + operator + " " + rows.Arg(at)
			}
		}
		if t.IsNull != nil && *t.IsNull {
			conds += " AND false" // every run has begun, or was asked for
		}
	}
	return conds
}

// LastRuns returns the newest finished run of each configured instance.
func (s *Store) LastRuns(ctx context.Context) ([]Run, error) {
	const sql = `
SELECT r.* FROM jira_sync.jira_instances n
CROSS JOIN LATERAL (SELECT ` + runColumns + ` FROM jira_sync.sync_history
    WHERE instance_id = n.instance_id AND state NOT IN ('QUEUED', 'RUNNING') ORDER BY sync_id DESC LIMIT 1) r
WHERE n.configured
ORDER BY n.instance_id`
	var runs []Run
	err := s.read(ctx, readStatement{Statement: query.Statement{SQL: sql}, rows: func(rows pgx.Rows) error {
		var err error
		runs, err = pgx.CollectRows(rows, pgx.RowToStructByName[Run])
		return err
	}})
	if err != nil {
		return nil, fmt.Errorf("read the last runs: %w", err)
	}
	return runs, nil
}

// LagSeconds is how long ago the newest successful run of the stalest configured instance began;
// nil until each has had one. One that kept to some projects tells nothing of the others.
func (s *Store) LagSeconds(ctx context.Context) (*int, error) {
	const sql = `
SELECT CASE WHEN bool_and(r.started_at IS NOT NULL) THEN greatest(extract(epoch FROM now() - min(r.started_at)), 0)::int END
FROM jira_sync.jira_instances n
LEFT JOIN LATERAL (SELECT started_at FROM jira_sync.sync_history
    WHERE instance_id = n.instance_id AND state = 'SUCCEEDED' AND projects = '{}' ORDER BY sync_id DESC LIMIT 1) r ON true
WHERE n.configured`
	var lag *int
	err := s.read(ctx, readStatement{Statement: query.Statement{SQL: sql}, rows: func(rows pgx.Rows) error { return scanOne(rows, &lag) }})
	if err != nil {
		return nil, fmt.Errorf("read the lag: %w", err)
	}
	return lag, nil
}

// LastTick is when the newest scheduled run began, nil when the schedule has not run yet.
func (s *Store) LastTick(ctx context.Context) (*time.Time, error) {
	const sql = `SELECT (SELECT started_at FROM jira_sync.sync_history WHERE triggered_by = 'schedule' ORDER BY sync_id DESC LIMIT 1)`
	var at *time.Time
	err := s.read(ctx, readStatement{Statement: query.Statement{SQL: sql}, rows: func(rows pgx.Rows) error { return scanOne(rows, &at) }})
	if err != nil {
		return nil, fmt.Errorf("read the last tick: %w", err)
	}
	return at, nil
}

// ProjectRuns returns the projects of each of some runs, those with trouble first: at most one more
// than [MaxUnpaged].
func (s *Store) ProjectRuns(ctx context.Context, runs []int64) ([][]ProjectRun, error) {
	const sql = `
SELECT r.place, d.*
FROM unnest($1::bigint[]) WITH ORDINALITY AS r (sync_id, place)
CROSS JOIN LATERAL (SELECT d.sync_id, d.instance_id, d.project_key, d.project_id, d.state, d.fetched, d.expected, d.created, d.updated,
    d.unchanged, d.deleted, d.failed, d.started_at, d.finished_at, d.error
    FROM jira_sync.sync_project_details d
    WHERE d.sync_id = r.sync_id
    ORDER BY (d.error IS NOT NULL OR d.failed > 0 OR d.state IN ('FAILED', 'PARTIAL', 'INTERRUPTED')) DESC, d.project_key
    LIMIT ` + moreUnpaged + `) d
ORDER BY r.place, (d.error IS NOT NULL OR d.failed > 0 OR d.state IN ('FAILED', 'PARTIAL', 'INTERRUPTED')) DESC, d.project_key`
	type row struct {
		Place int64 `db:"place"`
		ProjectRun
	}
	at := make([][]ProjectRun, len(runs))
	err := readRowsOf(ctx, s, query.Statement{SQL: sql, Args: []any{runs}}, func(r row) { at[r.Place-1] = append(at[r.Place-1], r.ProjectRun) })
	if err != nil {
		return nil, fmt.Errorf("read the projects of %d runs: %w", len(runs), err)
	}
	return at, nil
}

// Metrics returns the figures of each of some runs, in order of their names: at most one more than
// [MaxUnpaged].
func (s *Store) Metrics(ctx context.Context, runs []int64) ([][]Metric, error) {
	const sql = `
SELECT r.place, m.*
FROM unnest($1::bigint[]) WITH ORDINALITY AS r (sync_id, place)
CROSS JOIN LATERAL (SELECT m.sync_id, m.name, m.value, m.unit FROM jira_sync.sync_performance_metrics m
    WHERE m.sync_id = r.sync_id ORDER BY m.name LIMIT ` + moreUnpaged + `) m
ORDER BY r.place, m.name`
	type row struct {
		Place int64 `db:"place"`
		Metric
	}
	at := make([][]Metric, len(runs))
	err := readRowsOf(ctx, s, query.Statement{SQL: sql, Args: []any{runs}}, func(r row) { at[r.Place-1] = append(at[r.Place-1], r.Metric) })
	if err != nil {
		return nil, fmt.Errorf("read the figures of %d runs: %w", len(runs), err)
	}
	return at, nil
}

// readRowsOf hands each row to the given function.
func readRowsOf[T any](ctx context.Context, s *Store, st query.Statement, each func(T)) error {
	return s.read(ctx, readStatement{Statement: st, rows: func(rows pgx.Rows) error {
		found, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
		for _, row := range found {
			each(row)
		}
		return err
	}})
}

// SyncErrors returns the same page of the items that each of some runs could not store, oldest
// first.
func (s *Store) SyncErrors(ctx context.Context, runs []int64, page ChildPage) ([]*SyncErrorConnection, error) {
	after, err := query.ParseMark(errorsList, page.After)
	if err != nil {
		return nil, err
	}
	above := int64(0)
	if after != nil {
		above = after.ID
	}
	const count = "(SELECT count(*) FROM jira_sync.sync_errors e WHERE e.sync_id = r.sync_id)"
	counted := "0"
	if page.Total {
		counted = count
	}
	sql := `
SELECT r.place, ` + counted + ` AS total, e.*
FROM unnest($1::bigint[]) WITH ORDINALITY AS r (sync_id, place)
CROSS JOIN LATERAL (SELECT e.error_id, e.sync_id, e.instance_id, e.jira_id, e.issue_key, e.project_key, e.stage, e.message,
    e.payload, e.last_at, e.resolved_at
    FROM jira_sync.sync_errors e WHERE e.sync_id = r.sync_id AND e.error_id > $2 ORDER BY e.error_id
    LIMIT ` + strconv.Itoa(page.Limit+1) + `) e
ORDER BY r.place, e.error_id`
	type row struct {
		Place int64 `db:"place"`
		Total int   `db:"total"`
		SyncError
	}
	pages := make([]*SyncErrorConnection, len(runs))
	for n := range pages {
		pages[n] = &SyncErrorConnection{}
		pages[n].hasPrev = after != nil
		pages[n].cursor = func(e *SyncError) string { return query.Mark{ID: e.ErrorID}.Cursor(errorsList) }
	}
	err = readRowsOf(ctx, s, query.Statement{SQL: sql, Args: []any{runs, above}}, func(r row) {
		pages[r.Place-1].total = r.Total
		pages[r.Place-1].Nodes = append(pages[r.Place-1].Nodes, &r.SyncError)
	})
	if err == nil && page.Total && after != nil { // a page behind the last row has none that bears the total
		type total struct{ Place, Total int64 }
		err = readRowsOf(ctx, s, query.Statement{
			SQL: "SELECT r.place, " + count + " AS total FROM unnest($1::bigint[]) WITH ORDINALITY AS r (sync_id, place)", Args: []any{runs},
		}, func(t total) { pages[t.Place-1].total = int(t.Total) })
	}
	if err != nil {
		return nil, fmt.Errorf("read the errors of %d runs: %w", len(runs), err)
	}
	for _, c := range pages {
		c.cut(page.Page)
	}
	return pages, nil
}
