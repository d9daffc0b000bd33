package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ErrColumnsChanged says that a column under way is not wanted any more.
var ErrColumnsChanged = errors.New("the columns to fill have changed")

// FillStage is a group of columns that are filled together, from the same place on.
type FillStage struct {
	Columns []MappedColumn
	Cursor  int64 // issue_id up to which they are filled
	Done    int
	Total   int
}

// NextFill returns the columns to fill next: those that are furthest behind. None: all are filled.
func (s *Store) NextFill(ctx context.Context) (FillStage, error) {
	rows, err := s.pool.Query(ctx, `
SELECT column_id, mapping_id, field_type, sources, cursor, done, coalesce(total, 0)
FROM jira_sync.field_mapping_columns
WHERE state = 'FILLING' AND cursor = (SELECT min(cursor) FROM jira_sync.field_mapping_columns WHERE state = 'FILLING')
ORDER BY column_id`)
	if err != nil {
		return FillStage{}, fmt.Errorf("look for columns to fill: %w", err)
	}
	defer rows.Close()
	var stage FillStage
	for rows.Next() {
		var c MappedColumn
		if err := rows.Scan(&c.ID, &c.MappingID, &c.Type, &c.Sources, &stage.Cursor, &stage.Done, &stage.Total); err != nil {
			return FillStage{}, fmt.Errorf("look for columns to fill: %w", err)
		}
		stage.Columns = append(stage.Columns, c)
	}
	return stage, rows.Err()
}

// RawIssue is an issue and the raw values of some fields, as they stand in its document.
type RawIssue struct {
	ID, Stamp int64
	Key       string   // where it was asked for
	Values    [][]byte // at the places of the fields; nil where the document has none
}

// Instance is the number of the Jira that the issue is of.
func (r *RawIssue) Instance() int {
	instance, _ := SplitIssueID(r.ID)
	return instance
}

// ReadRaw returns the raw values of some fields of up to limit issues after the given one, in order
// of their ids, live ones and others. Each document is unpacked once, however many fields it gives.
func (s *Store) ReadRaw(ctx context.Context, fields []string, after int64, limit int) ([]RawIssue, error) {
	return s.readRaw(ctx, fields, "''", "WHERE r.issue_id > $1", after, limit)
}

// ReadRawLive is like [Store.ReadRaw] for live issues, with their keys.
func (s *Store) ReadRawLive(ctx context.Context, fields []string, after int64, limit int) ([]RawIssue, error) {
	return s.readRaw(ctx, fields, "i.issue_key",
		"JOIN jira_sync.jira_issues i ON i.issue_id = r.issue_id WHERE r.issue_id > $1 AND i.deleted_at IS NULL", after, limit)
}

func (s *Store) readRaw(ctx context.Context, fields []string, key, which string, after int64, limit int) ([]RawIssue, error) {
	args := []any{after, limit}
	list := ""
	for _, field := range fields {
		args = append(args, field)
		list += fmt.Sprintf(", d.fields -> $%d::text", len(args))
	}
	// Concatenation with nothing hands the unpacked document on; OFFSET 0 keeps it in one piece.
	sql := `
SELECT r.issue_id, coalesce(f.stamp, 0), ` + key + list + `
FROM jira_sync.jira_issue_raw r
LEFT JOIN jira_sync.jira_issue_fields f ON f.issue_id = r.issue_id
CROSS JOIN LATERAL (SELECT r.fields || '{}'::jsonb AS fields OFFSET 0) d
` + which + `
ORDER BY r.issue_id
LIMIT $2`
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read raw values: %w", readError(err))
	}
	defer rows.Close()
	issues := make([]RawIssue, 0, limit)
	targets := make([]any, 3+len(fields))
	for rows.Next() {
		issue := RawIssue{Values: make([][]byte, len(fields))}
		targets[0], targets[1], targets[2] = &issue.ID, &issue.Stamp, &issue.Key
		for n := range issue.Values {
			targets[3+n] = &issue.Values[n]
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, fmt.Errorf("read raw values: %w", err)
		}
		issues = append(issues, issue)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read raw values: %w", readError(err))
	}
	return issues, nil
}

// WriteFill stores what became of the raw values of some issues, and how far the fill has come with
// them. An issue that a page has written since keeps what the page knew. [ErrColumnsChanged],
// [ErrFenced].
func (s *Store) WriteFill(ctx context.Context, l Lease, columns []MappedColumn, issues []RawIssue, values []MappedRow) error {
	rows := make([]mappedIssue, len(issues))
	for n := range issues {
		rows[n] = mappedIssue{id: issues[n].ID, stamp: issues[n].Stamp, MappedRow: values[n]}
	}
	err := s.writeFill(ctx, l, columns, rows, false)
	if isBadValue(err) {
		err = s.writeFill(ctx, l, columns, rows, true)
	}
	if err != nil {
		return fmt.Errorf("fill columns of %d issues: %w", len(rows), err)
	}
	return nil
}

func (s *Store) writeFill(ctx context.Context, l Lease, columns []MappedColumn, rows []mappedIssue, oneByOne bool) error {
	return s.pool.change(ctx, func(tx pgx.Tx) error {
		if err := holdFence(ctx, tx, l.InstanceID, l.Fence); err != nil {
			return err
		}
		moved, err := tx.Exec(ctx, `
UPDATE jira_sync.field_mapping_columns SET cursor = $2, done = done + $3
WHERE column_id = ANY($1) AND state = 'FILLING'`, idsOfColumns(columns), rows[len(rows)-1].id, len(rows))
		if err != nil {
			return err
		}
		if int(moved.RowsAffected()) != len(columns) {
			return ErrColumnsChanged
		}
		if oneByOne {
			if err := refuseValues(ctx, tx, columns, rows, false); err != nil {
				return err
			}
		}
		written, err := upsertMapped(ctx, tx, columns, rows, false)
		if err != nil {
			return err
		}
		var failed []mappedIssue
		for _, row := range rows {
			if len(row.Errors) > 0 && written[row.id] {
				failed = append(failed, row)
			}
		}
		return insertConversionErrors(ctx, tx, columns, failed)
	})
}

// FillRate is how many issues a second the newest fills took together; 0 when there was none.
func (s *Store) FillRate(ctx context.Context) (rate float64, err error) {
	err = s.pool.QueryRow(ctx, `
SELECT coalesce((
    SELECT done / greatest(extract(epoch FROM filled_at - begun_at), 0.05)
    FROM jira_sync.field_mapping_columns
    WHERE filled_at IS NOT NULL AND done > 1000
    ORDER BY filled_at DESC LIMIT 1), 0)::float8`).Scan(&rate)
	if err != nil {
		return 0, fmt.Errorf("read the rate of fills: %w", err)
	}
	return rate, nil
}

// CountLive counts the live issues of an instance.
func (s *Store) CountLive(ctx context.Context, instance int) (n int, err error) {
	err = s.pool.QueryRow(ctx, "SELECT count(*) FROM jira_sync.jira_issues WHERE instance_id = $1 AND deleted_at IS NULL", instance).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the issues: %w", readError(err))
	}
	return n, nil
}

// ColumnsOf are the columns that a mapping's spec would have, for who converts without writing.
func ColumnsOf(spec MappingSpec) []MappedColumn {
	return []MappedColumn{{ID: "preview", Type: spec.Type, Sources: spec.Sources}}
}
