package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// mostColumns is how many columns jira_issue_fields may have had. PostgreSQL allows a table 1600,
// and counts those that were dropped.
const mostColumns = 1500

// makeRoom gives jira_issue_fields a fresh table once more columns would be too many. Readers go on
// meanwhile, but for the moment in which one takes the place of the other. Pages wait for the copy:
// some seconds, once in more than a thousand changes of mappings.
func (s *Store) makeRoom(ctx context.Context, l Lease) error {
	var full bool
	err := s.pool.QueryRow(ctx, `
SELECT (SELECT max(attnum) FROM pg_attribute WHERE attrelid = 'jira_sync.jira_issue_fields'::regclass)
     + (SELECT count(*) FROM jira_sync.field_mapping_columns WHERE state = 'WANTED') > $1`, mostColumns).Scan(&full)
	if err != nil {
		return fmt.Errorf("count the mapped columns: %w", err)
	}
	if !full {
		return nil
	}
	if err := s.shortly(ctx, l, func(tx pgx.Tx) error { return renewTable(ctx, tx) }); err != nil {
		return fmt.Errorf("make room for mapped columns: %w", err)
	}
	return nil
}

// renewTable copies jira_issue_fields without what was dropped from it. Indexes of columns are made
// again like any that are wanted and missing.
func renewTable(ctx context.Context, tx pgx.Tx) error {
	if err := lockWriters(ctx, tx); err != nil {
		return err
	}
	const fresh = "jira_issue_fields_fresh"
	for _, sql := range []string{
		"CREATE TABLE jira_sync." + fresh + " (LIKE jira_sync.jira_issue_fields INCLUDING DEFAULTS) WITH (fillfactor = 75)",
		"INSERT INTO jira_sync." + fresh + " SELECT * FROM jira_sync.jira_issue_fields ORDER BY issue_id",
		"ALTER TABLE jira_sync." + fresh + " ADD CONSTRAINT " + fresh + "_pkey PRIMARY KEY (issue_id)",
		"ANALYZE jira_sync." + fresh,
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if err := defineView(ctx, tx, fresh); err != nil {
		return err
	}
	for _, sql := range []string{
		"DROP TABLE jira_sync.jira_issue_fields",
		"ALTER TABLE jira_sync." + fresh + " RENAME TO jira_issue_fields",
		"ALTER INDEX jira_sync." + fresh + "_pkey RENAME TO jira_issue_fields_pkey",
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return viewError(err)
		}
	}
	return nil
}
