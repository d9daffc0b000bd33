package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// multiplied are the tables that lists, searches and counts are read from. Raw documents, comments
// and worklogs are most of a mirror's bytes, and none of the questions reads them.
func multiplied() []string {
	return []string{"jira_projects", "jira_issues", "jira_issue_search", "jira_changelog", "jira_issue_keys", "jira_issue_links"}
}

// shifted is what a column holds in copy $1 of an issue or project. A copy of a project is as large
// as it is, and some minutes older, so that hardly two issues have one time.
func shifted(column string) string {
	switch column {
	case "issue_id", "jira_id", "parent_id", "other_id":
		return column + " + ($1::bigint << 24)" // larger than any id of the simulated Jira
	case "project_id":
		return "project_id + $1::bigint * 1000000"
	case "project_key":
		return "project_key || 'Z' || $1::int"
	case "issue_key", "parent_key", "epic_key", "other_key":
		return "regexp_replace(" + column + ", '-', 'Z' || $1::int || '-')"
	case "created_at", "updated_at", "resolved_at", "until":
		return column + " - $1::int * interval '7 minutes'"
	}
	return pgx.Identifier{column}.Sanitize()
}

// multiply makes a mirror so many times as large, by copies of its projects.
func multiply(ctx context.Context, r *report, url string, times int) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "SET maintenance_work_mem = '512MB'; SET synchronous_commit = off"); err != nil {
		return err
	}
	for _, table := range multiplied() {
		if err := multiplyTable(ctx, conn, "jira_sync."+table, times); err != nil {
			return fmt.Errorf("multiply %s: %w", table, err)
		}
		r.working("%s is %d times as large", table, times)
	}
	for _, sql := range []string{"VACUUM (ANALYZE)", "CHECKPOINT"} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// multiplyTable adds the copies one after the other, and makes the indexes again when all are there.
func multiplyTable(ctx context.Context, conn *pgx.Conn, table string, times int) error {
	columns, err := texts(ctx, conn, `
SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`, table)
	if err != nil {
		return err
	}
	drops, err := texts(ctx, conn, "SELECT 'DROP INDEX ' || indexrelid::regclass "+plainIndexes, table)
	if err != nil {
		return err
	}
	creates, err := texts(ctx, conn, "SELECT pg_get_indexdef(indexrelid) "+plainIndexes, table)
	if err != nil {
		return err
	}
	names, values := make([]string, len(columns)), make([]string, len(columns))
	for n, column := range columns {
		names[n], values[n] = pgx.Identifier{column}.Sanitize(), shifted(column)
	}
	for _, sql := range append(drops, "CREATE TEMP TABLE original AS TABLE "+table) {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	insert := "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") SELECT " + strings.Join(values, ", ") + " FROM original"
	for n := 1; n < times; n++ {
		if _, err := conn.Exec(ctx, insert, n); err != nil {
			return err
		}
	}
	for _, sql := range append(creates, "DROP TABLE original") {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// plainIndexes are those that no constraint rests on.
const plainIndexes = `
FROM pg_index WHERE indrelid = $1::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid) ORDER BY indexrelid`

// texts reads one column.
func texts(ctx context.Context, conn *pgx.Conn, sql string, args ...any) ([]string, error) {
	rows, err := conn.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
