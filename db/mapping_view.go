package db

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// viewNamesSQL are the names of mapped fields in the view and the columns behind them. A former name
// stays beside the present one, so that no statement breaks by a rename; it says what is current.
const viewNamesSQL = `
SELECT name, read_column, NULL AS current, mapping_id FROM jira_sync.field_mappings WHERE read_column IS NOT NULL
UNION ALL
SELECT a.alias, m.read_column, m.name, mapping_id
FROM jira_sync.field_mapping_aliases a JOIN jira_sync.field_mappings m USING (mapping_id)
WHERE m.read_column IS NOT NULL`

// viewMarkSQL is the comment that jira_issues_v2 bears: which column stands behind which name.
const viewMarkSQL = `(SELECT 'The issues and their mapped fields.' || coalesce(' Mapped: ' || string_agg(name || '=' || read_column, ' ' ORDER BY name), '')
 FROM (` + viewNamesSQL + `) v)`

// viewColumn is a mapped field in the view.
type viewColumn struct {
	Name, Column string
	Current      *string // of a former name: the present one
}

// viewStands reports whether the view shows what it should.
func viewStands(ctx context.Context, tx pgx.Tx) (bool, error) {
	mapped, err := wantedInView(ctx, tx)
	if err != nil {
		return false, err
	}
	base, err := columnsOf(ctx, tx, "jira_issues_base")
	if err != nil {
		return false, err
	}
	shown, err := columnsOf(ctx, tx, "jira_issues_v2")
	if err != nil {
		return false, err
	}
	var marked bool
	err = tx.QueryRow(ctx, "SELECT obj_description(to_regclass('jira_sync.jira_issues_v2')) IS NOT DISTINCT FROM "+viewMarkSQL).Scan(&marked)
	if err != nil || !marked {
		return false, err
	}
	for _, m := range mapped {
		base = append(base, m.Name)
	}
	slices.Sort(base)
	slices.Sort(shown)
	return slices.Equal(base, shown), nil
}

func wantedInView(ctx context.Context, tx pgx.Tx) ([]viewColumn, error) {
	rows, _ := tx.Query(ctx, "SELECT name, read_column, current FROM ("+viewNamesSQL+") v ORDER BY current IS NOT NULL, mapping_id, name")
	return pgx.CollectRows(rows, pgx.RowToStructByPos[viewColumn])
}

func columnsOf(ctx context.Context, tx pgx.Tx, relation string) ([]string, error) {
	rows, _ := tx.Query(ctx, `
SELECT attname::text FROM pg_attribute
WHERE attrelid = to_regclass('jira_sync.' || $1) AND attnum > 0 AND NOT attisdropped
ORDER BY attnum`, relation)
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// rebuildView makes jira_issues_v2 show the mapped columns as they are. Columns are added at its
// end, which what was built on it survives; only where a column's type changes, or a column goes,
// is it made anew.
func rebuildView(ctx context.Context, tx pgx.Tx) error {
	stands, err := viewStands(ctx, tx)
	if err != nil || stands {
		return err
	}
	return defineView(ctx, tx, "jira_issue_fields")
}

// defineView makes jira_issues_v2 show the mapped columns of a table.
func defineView(ctx context.Context, tx pgx.Tx, table string) error {
	mapped, err := wantedInView(ctx, tx)
	if err != nil {
		return err
	}
	base, err := columnsOf(ctx, tx, "jira_issues_base")
	if err != nil {
		return err
	}
	shown, err := columnsOf(ctx, tx, "jira_issues_v2")
	if err != nil {
		return err
	}
	// As they stand now, then the new ones.
	place := func(m viewColumn) int {
		if at := slices.Index(shown, m.Name); at >= 0 {
			return at
		}
		return len(shown)
	}
	slices.SortStableFunc(mapped, func(a, b viewColumn) int { return place(a) - place(b) })
	definition := viewDefinition(base, mapped, table)
	err = pgx.BeginFunc(ctx, tx, func(point pgx.Tx) error {
		_, err := point.Exec(ctx, "CREATE OR REPLACE VIEW jira_sync.jira_issues_v2 AS "+definition)
		return err
	})
	if isCode(err, "42P16") { // a column would change its type, its name or its place, or go
		err = remakeView(ctx, tx, definition)
	}
	if err != nil {
		return viewError(err)
	}
	return markView(ctx, tx, mapped)
}

func viewDefinition(base []string, mapped []viewColumn, table string) string {
	var list []string
	for _, name := range base {
		list = append(list, "b."+quoted(name))
	}
	for _, m := range mapped {
		list = append(list, "f."+quoted(m.Column)+" AS "+quoted(m.Name))
	}
	definition := "SELECT " + strings.Join(list, ", ") + " FROM jira_sync.jira_issues_base b"
	if len(mapped) > 0 {
		definition += " LEFT JOIN jira_sync." + table + " f ON f.issue_id = b.issue_id"
	}
	return definition
}

// remakeView drops the view and makes it anew, with what was granted on it. What was built on it
// keeps it from being dropped.
func remakeView(ctx context.Context, tx pgx.Tx, definition string) error {
	rows, _ := tx.Query(ctx, `
SELECT format('GRANT %s ON jira_sync.jira_issues_v2 TO %s', a.privilege_type, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END)
FROM pg_class c
CROSS JOIN LATERAL aclexplode(c.relacl) a
LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE c.oid = to_regclass('jira_sync.jira_issues_v2') AND a.grantee <> c.relowner`)
	grants, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	statements := append([]string{
		"DROP VIEW IF EXISTS jira_sync.jira_issues_v2",
		"CREATE VIEW jira_sync.jira_issues_v2 AS " + definition,
	}, grants...)
	for _, sql := range statements {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// markView says in the database itself what is what.
func markView(ctx context.Context, tx pgx.Tx, mapped []viewColumn) error {
	var mark string
	if err := tx.QueryRow(ctx, "SELECT "+viewMarkSQL).Scan(&mark); err != nil {
		return err
	}
	batch := &pgx.Batch{}
	for _, m := range mapped {
		comment := "NULL"
		if m.Current != nil {
			comment = "'Deprecated: it is " + *m.Current + " now.'"
		}
		batch.Queue("COMMENT ON COLUMN jira_sync.jira_issues_v2." + quoted(m.Name) + " IS " + comment)
	}
	// A comment takes no argument. Names and columns are of [a-z0-9_].
	batch.Queue("COMMENT ON VIEW jira_sync.jira_issues_v2 IS '" + mark + "'")
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("mark the view: %w", err)
	}
	return nil
}
