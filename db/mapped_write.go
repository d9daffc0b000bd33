package db

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"jirasync/query"
)

// MappedColumn is a column of jira_issue_fields and what it is filled from.
type MappedColumn struct {
	ID        string          `db:"column_id"`
	MappingID int             `db:"mapping_id"`
	Type      query.ValueType `db:"field_type"`
	Sources   []FieldSource   `db:"sources"`
}

// MappedRow is what becomes of an issue's document: values as JSON at the places of their columns,
// nil where there is none, and what could not be read.
type MappedRow struct {
	Values []json.RawMessage
	Errors []ConversionError
}

// ConversionError is a value that could not be read as its column's type.
type ConversionError struct {
	Column  int // its place among the columns
	FieldID string
	Value   string // the beginning of the raw value
	Problem string
}

// Mapper converts the `fields` object of an issue of an instance. How values are converted is not
// this package's business.
type Mapper func(columns []MappedColumn, instance int, fields []byte) MappedRow

// errNoMapper refuses to write issues whose mapped columns would be left behind.
var errNoMapper = errors.New("there are field mappings, and this program cannot convert values")

// writerColumns are the columns that pages fill, at one version.
type writerColumns struct {
	version int64
	columns []MappedColumn
}

// writersLock is the advisory lock that a page holds, shared, from reading which columns there are
// until it commits. Whoever changes them takes it alone: every page before that has committed then,
// every page after that knows.
const writersLock = 0x6a73_6d61_7001 // "jsmap", 1

// writeMapped fills the mapped columns of the issues that a page writes. It comes late in the
// page's transaction, since a change of the columns has to wait for it.
//
// One by one, what PostgreSQL refuses of an issue is noted as a failed conversion.
func (s *Store) writeMapped(ctx context.Context, tx pgx.Tx, issues []*IssueRow, oneByOne bool) error {
	if len(issues) == 0 {
		return nil
	}
	columns, err := s.writerColumns(ctx, tx)
	if err != nil {
		return fmt.Errorf("read the mapped columns: %w", err)
	}
	if len(columns) == 0 {
		return nil
	}
	if s.mapper == nil {
		return errNoMapper
	}
	// In order of ids, like a fill: so that neither waits for the other in a circle.
	slices.SortFunc(issues, func(a, b *IssueRow) int { return cmp.Compare(a.ID(), b.ID()) })
	rows := make([]mappedIssue, len(issues))
	for n, issue := range issues {
		rows[n] = mappedIssue{id: issue.ID(), MappedRow: s.mapper(columns, issue.InstanceID, issue.Fields)}
	}
	if oneByOne {
		if err := refuseValues(ctx, tx, columns, rows, true); err != nil {
			return err
		}
	}
	if err := clearConversionErrors(ctx, tx, issueIDs(issues), columns); err != nil {
		return err
	}
	if _, err := upsertMapped(ctx, tx, columns, rows, true); err != nil {
		return err
	}
	return insertConversionErrors(ctx, tx, columns, rows)
}

// refuseValues tries each row on its own and takes out the values of those that PostgreSQL refuses.
func refuseValues(ctx context.Context, tx pgx.Tx, columns []MappedColumn, rows []mappedIssue, page bool) error {
	for n := range rows {
		row := &rows[n]
		err := pgx.BeginFunc(ctx, tx, func(point pgx.Tx) error {
			_, err := upsertMapped(ctx, point, columns, rows[n:n+1], page)
			return err
		})
		if err == nil {
			continue
		}
		if !isBadValue(err) {
			return err
		}
		for c, value := range row.Values {
			if value != nil {
				row.Errors = append(row.Errors, ConversionError{
					Column: c, Value: string(value[:min(len(value), 500)]), Problem: "PostgreSQL cannot hold this or another value of the issue",
				})
				row.Values[c] = nil
			}
		}
	}
	return nil
}

// writerColumns takes the lock and reads which columns pages fill, if that has changed.
func (s *Store) writerColumns(ctx context.Context, tx pgx.Tx) ([]MappedColumn, error) {
	batch := &pgx.Batch{}
	batch.Queue("SELECT pg_advisory_xact_lock_shared($1)", int64(writersLock))
	batch.Queue("SELECT writers FROM jira_sync.field_mapping_state")
	results := tx.SendBatch(ctx, batch)
	var version int64
	_, err := results.Exec()
	if err == nil {
		err = results.QueryRow().Scan(&version)
	}
	if closed := results.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, err
	}
	if known := s.writers.Load(); known != nil && known.version == version {
		return known.columns, nil
	}
	rows, _ := tx.Query(ctx, `
SELECT column_id, mapping_id, field_type, sources
FROM jira_sync.field_mapping_columns
WHERE state IN ('FILLING', 'READY', 'OLD')
ORDER BY column_id`)
	columns, err := pgx.CollectRows(rows, pgx.RowToStructByName[MappedColumn])
	if err != nil {
		return nil, err
	}
	s.writers.Store(&writerColumns{version, columns})
	return columns, nil
}

// mappedIssue is an issue's row of mapped values. The stamp is the one that was read with the
// document, for who fills.
type mappedIssue struct {
	id, stamp int64
	MappedRow
}

// upsertMapped writes rows as one array of objects, which PostgreSQL turns into the columns' types.
// A page always wins and leaves its transaction's number as the stamp. A fill gives way where the
// stamp is not the one it read: a page has written the issue since, and its values are newer. The
// issues that were written are returned.
func upsertMapped(ctx context.Context, tx pgx.Tx, columns []MappedColumn, rows []mappedIssue, page bool) (map[int64]bool, error) {
	names := make([]string, len(columns))
	sets := make([]string, len(columns))
	for n, c := range columns {
		names[n], sets[n] = c.ID, c.ID+" = excluded."+c.ID
	}
	list := strings.Join(names, ", ")
	stamp, onConflict := "r.stamp", " WHERE f.stamp = excluded.stamp"
	if page {
		stamp, onConflict = "pg_current_xact_id()::text::bigint", ""
		sets = append(sets, "stamp = excluded.stamp")
	}
	sql := "INSERT INTO jira_sync.jira_issue_fields AS f (issue_id, stamp, " + list + ")\nSELECT r.issue_id, " + stamp + ", " + list +
		" FROM json_populate_recordset(NULL::jira_sync.jira_issue_fields, $1::json) r\n" +
		"ON CONFLICT (issue_id) DO UPDATE SET " + strings.Join(sets, ", ") + onConflict + " RETURNING f.issue_id"
	result, _ := tx.Query(ctx, sql, mappedRecords(columns, rows)) // CollectRows returns its error
	ids, err := pgx.CollectRows(result, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("write the mapped values of %d issues: %w", len(rows), err)
	}
	written := make(map[int64]bool, len(ids))
	for _, id := range ids {
		written[id] = true
	}
	return written, nil
}

func mappedRecords(columns []MappedColumn, rows []mappedIssue) string {
	var b bytes.Buffer
	b.Grow(len(rows) * (40 + 24*len(columns)))
	b.WriteByte('[')
	for n, row := range rows {
		if n > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"issue_id":`)
		b.Write(strconv.AppendInt(b.AvailableBuffer(), row.id, 10))
		b.WriteString(`,"stamp":`)
		b.Write(strconv.AppendInt(b.AvailableBuffer(), row.stamp, 10))
		for c, value := range row.Values {
			if value == nil {
				continue
			}
			b.WriteString(`,"`)
			b.WriteString(columns[c].ID)
			b.WriteString(`":`)
			b.Write(value)
		}
		b.WriteByte('}')
	}
	b.WriteByte(']')
	return b.String()
}

func clearConversionErrors(ctx context.Context, tx pgx.Tx, ids []int64, columns []MappedColumn) error {
	const sql = `DELETE FROM jira_sync.field_conversion_errors WHERE issue_id = ANY($1) AND column_id = ANY($2)`
	if _, err := tx.Exec(ctx, sql, ids, idsOfColumns(columns)); err != nil {
		return fmt.Errorf("clear the conversion failures: %w", err)
	}
	return nil
}

func idsOfColumns(columns []MappedColumn) []string {
	ids := make([]string, len(columns))
	for n, c := range columns {
		ids[n] = c.ID
	}
	return ids
}

func insertConversionErrors(ctx context.Context, tx pgx.Tx, columns []MappedColumn, rows []mappedIssue) error {
	var issues []int64
	var ids, fields, values, problems []string
	for _, row := range rows {
		for _, e := range row.Errors {
			issues, ids, fields = append(issues, row.id), append(ids, columns[e.Column].ID), append(fields, e.FieldID)
			values, problems = append(values, *storable(&e.Value)), append(problems, *storable(&e.Problem))
		}
	}
	if len(issues) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
INSERT INTO jira_sync.field_conversion_errors (issue_id, column_id, field_id, value, problem)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[])
ON CONFLICT (issue_id, column_id) DO NOTHING`, issues, ids, fields, values, problems)
	if err != nil {
		return fmt.Errorf("record the conversion failures: %w", err)
	}
	return nil
}
