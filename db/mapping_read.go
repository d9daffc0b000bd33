package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"jirasync/query"
)

const mappingColumns = `
m.mapping_id, m.name, m.label, m.field_type, m.sources, m.state, m.error, m.read_column, m.index_wanted, m.version,
m.created_at, m.updated_at, m.updated_by,
(SELECT coalesce(array_agg(a.alias ORDER BY a.since DESC, a.alias), '{}') FROM jira_sync.field_mapping_aliases a
 WHERE a.mapping_id = m.mapping_id) AS aliases,
(SELECT c.done::int FROM jira_sync.field_mapping_columns c WHERE c.mapping_id = m.mapping_id AND c.state IN ('WANTED', 'FILLING')) AS fill_done,
(SELECT c.total::int FROM jira_sync.field_mapping_columns c WHERE c.mapping_id = m.mapping_id AND c.state IN ('WANTED', 'FILLING')) AS fill_total`

// querier is a pool, a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// FieldMappings returns every mapping in order of its name, retired ones too, from the primary.
func (s *Store) FieldMappings(ctx context.Context) ([]FieldMapping, error) {
	return fieldMappings(ctx, s.pool, "", nil)
}

// FieldMapping finds one mapping. [ErrNotFound].
func (s *Store) FieldMapping(ctx context.Context, id int) (FieldMapping, error) {
	return oneMapping(ctx, s.pool, id)
}

func oneMapping(ctx context.Context, q querier, id int) (FieldMapping, error) {
	found, err := fieldMappings(ctx, q, "WHERE m.mapping_id = $1", []any{id})
	if err != nil {
		return FieldMapping{}, err
	}
	if len(found) == 0 {
		return FieldMapping{}, ErrNotFound
	}
	return found[0], nil
}

func fieldMappings(ctx context.Context, q querier, where string, args []any) ([]FieldMapping, error) {
	rows, _ := q.Query(ctx, "SELECT "+mappingColumns+"\nFROM jira_sync.field_mappings m "+where+" ORDER BY m.name", args...)
	mappings, err := pgx.CollectRows(rows, pgx.RowToStructByName[FieldMapping])
	if err != nil {
		return nil, fmt.Errorf("read the field mappings: %w", err)
	}
	return mappings, nil
}

// MappingVersion is the version of the mappings as a whole.
func (s *Store) MappingVersion(ctx context.Context) (version int64, err error) {
	if err := s.pool.QueryRow(ctx, "SELECT version FROM jira_sync.field_mapping_state").Scan(&version); err != nil {
		return 0, fmt.Errorf("read the version of the field mappings: %w", err)
	}
	return version, nil
}

// Columns are the mapped fields that questions can speak of. They are kept in memory until
// [Store.FollowMappings] is told of a newer version: an answer made with them is consistent, as a
// column that has been replaced stays and is kept up to date for a while.
func (s *Store) Columns(ctx context.Context) (*query.Columns, error) {
	if known := s.columns.Load(); known != nil {
		return known, nil
	}
	return s.readColumns(ctx)
}

// FollowMappings makes questions speak of the mappings as they are at a version, or later.
func (s *Store) FollowMappings(ctx context.Context, version int64) error {
	if known := s.columns.Load(); known != nil && known.Version >= version {
		return nil
	}
	_, err := s.readColumns(ctx)
	return err
}

// readColumns reads the mapped fields of one snapshot.
func (s *Store) readColumns(ctx context.Context) (*query.Columns, error) {
	var version int64
	var document []byte
	// From where questions are answered: a replica that is behind does not have the newest column.
	err := s.reads.QueryRow(ctx, `
SELECT s.version, coalesce((
    SELECT json_agg(json_build_object(
        'name', m.name, 'read', m.read_column, 'retired', m.state = 'RETIRED',
        'type', (SELECT c.field_type FROM jira_sync.field_mapping_columns c WHERE c.column_id = m.read_column),
        'aliases', (SELECT json_agg(a.alias) FROM jira_sync.field_mapping_aliases a WHERE a.mapping_id = m.mapping_id)))
    FROM jira_sync.field_mappings m), '[]')
FROM jira_sync.field_mapping_state s`).Scan(&version, &document)
	if err != nil {
		return nil, fmt.Errorf("read the mapped fields: %w", err)
	}
	var list []struct {
		Name    string          `json:"name"`
		Read    *string         `json:"read"`
		Retired bool            `json:"retired"`
		Type    query.ValueType `json:"type"`
		Aliases []string        `json:"aliases"`
	}
	if err := json.Unmarshal(document, &list); err != nil {
		return nil, fmt.Errorf("read the mapped fields: %w", err)
	}
	var columns []query.Column
	var filling []string
	aliases := map[string]string{}
	for _, m := range list {
		if m.Read == nil {
			filling = append(filling, m.Name)
		} else {
			columns = append(columns, query.Column{Name: m.Name, ID: *m.Read, Type: m.Type, Retired: m.Retired})
		}
		for _, alias := range m.Aliases {
			aliases[alias] = m.Name
		}
	}
	fresh := query.NewColumns(version, columns, aliases, filling)
	for {
		known := s.columns.Load()
		if known != nil && known.Version > version {
			return known, nil
		}
		if s.columns.CompareAndSwap(known, fresh) {
			return fresh, nil
		}
	}
}

// MappingFills counts how completely the mappings are filled, in one pass over the live issues.
func (s *Store) MappingFills(ctx context.Context, mappings []FieldMapping) (map[int]MappingFill, error) {
	fills := make(map[int]MappingFill, len(mappings))
	sql, counted := "SELECT count(*)", []FieldMapping{}
	for _, m := range mappings {
		if m.ReadColumn != nil {
			sql += ", count(f." + *m.ReadColumn + ")"
			counted = append(counted, m)
		}
	}
	if len(counted) == 0 {
		return fills, nil
	}
	sql += ` FROM jira_sync.jira_issue_fields f JOIN jira_sync.jira_issues i USING (issue_id) WHERE i.deleted_at IS NULL`
	var all int
	filled := make([]int, len(counted))
	targets := []any{&all}
	ids := make([]string, len(counted))
	for n := range counted {
		targets = append(targets, &filled[n])
		ids[n] = *counted[n].ReadColumn
	}
	if err := s.pool.QueryRow(ctx, sql).Scan(targets...); err != nil {
		return nil, fmt.Errorf("count the mapped values: %w", readError(err))
	}
	failed, err := s.conversionErrorCounts(ctx, ids)
	if err != nil {
		return nil, err
	}
	for n, m := range counted {
		fills[m.MappingID] = MappingFill{Filled: filled[n], Failed: failed[ids[n]]}
	}
	return fills, nil
}

func (s *Store) conversionErrorCounts(ctx context.Context, columns []string) (map[string]int, error) {
	rows, err := s.pool.Query(ctx, `
SELECT e.column_id, count(*)
FROM jira_sync.field_conversion_errors e
JOIN jira_sync.jira_issues i USING (issue_id)
WHERE e.column_id = ANY($1) AND i.deleted_at IS NULL
GROUP BY e.column_id`, columns)
	if err != nil {
		return nil, fmt.Errorf("count the conversion failures: %w", readError(err))
	}
	defer rows.Close()
	counts := map[string]int{}
	for rows.Next() {
		var column string
		var n int
		if err := rows.Scan(&column, &n); err != nil {
			return nil, fmt.Errorf("count the conversion failures: %w", err)
		}
		counts[column] = n
	}
	return counts, rows.Err()
}

// FailedValues are the values of a mapping that could not be read, the most frequent first.
func (s *Store) FailedValues(ctx context.Context, m FieldMapping, limit int) ([]FailedValue, error) {
	if m.ReadColumn == nil {
		return []FailedValue{}, nil
	}
	rows, _ := s.pool.Query(ctx, `
SELECT e.value, e.problem, count(*)::int AS count, (array_agg(i.issue_key ORDER BY i.project_key, i.key_number))[1:5] AS keys
FROM jira_sync.field_conversion_errors e
JOIN jira_sync.jira_issues i USING (issue_id)
WHERE e.column_id = $1 AND i.deleted_at IS NULL
GROUP BY e.value, e.problem
ORDER BY count(*) DESC, e.value
LIMIT $2`, *m.ReadColumn, limit)
	values, err := pgx.CollectRows(rows, pgx.RowToStructByPos[FailedValue])
	if err != nil {
		return nil, fmt.Errorf("read the conversion failures of %s: %w", m.Name, readError(err))
	}
	return values, nil
}

// FailedIssues are the issues whose value of a mapping could not be read, in order of their ids:
// up to limit of those after the given one.
func (s *Store) FailedIssues(ctx context.Context, m FieldMapping, after int64, limit int) ([]FailedIssue, error) {
	if m.ReadColumn == nil {
		return []FailedIssue{}, nil
	}
	rows, _ := s.pool.Query(ctx, `
SELECT e.issue_id, i.issue_key, e.field_id, e.value, e.problem, e.at
FROM jira_sync.field_conversion_errors e
JOIN jira_sync.jira_issues i USING (issue_id)
WHERE e.column_id = $1 AND e.issue_id > $2 AND i.deleted_at IS NULL
ORDER BY e.issue_id
LIMIT $3`, *m.ReadColumn, after, limit)
	issues, err := pgx.CollectRows(rows, pgx.RowToStructByName[FailedIssue])
	if err != nil {
		return nil, fmt.Errorf("read the failed issues of %s: %w", m.Name, readError(err))
	}
	return issues, nil
}

// MappingUsers names what in the database reads a mapping's column beside this program, by whatever
// name: views and the like, which a purge would break.
func (s *Store) MappingUsers(ctx context.Context, m FieldMapping) ([]string, error) {
	rows, _ := s.pool.Query(ctx, mappingUsersSQL, append([]string{m.Name}, m.Aliases...))
	users, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look for what uses %s: %w", m.Name, readError(err))
	}
	return users, nil
}

const mappingUsersSQL = `
SELECT DISTINCT n.nspname || '.' || c.relname
FROM pg_depend d
JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
JOIN pg_class c ON c.oid = r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = 'jira_sync.jira_issues_v2'::regclass AND c.oid <> d.refobjid AND a.attname = ANY($1)
ORDER BY 1`

// savedMappings are the mappings as a backup keeps them.
func savedMappings(mappings []FieldMapping) []SavedMapping {
	saved := make([]SavedMapping, len(mappings))
	for n := range mappings {
		m := &mappings[n]
		saved[n] = SavedMapping{ID: m.MappingID, MappingSpec: m.Spec(), Retired: m.State == MappingRetired, Aliases: m.Aliases}
	}
	slices.SortFunc(saved, func(a, b SavedMapping) int { return a.ID - b.ID })
	return saved
}
