package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// FieldRow is a field as Jira describes it.
type FieldRow struct {
	ID, Name                              string
	Custom                                bool
	SchemaType, SchemaItems, SchemaCustom *string
}

// SaveFields makes jira_field_cache agree with what Jira describes; nothing is deleted.
func (s *Store) SaveFields(ctx context.Context, l Lease, fields []FieldRow) error {
	return s.discover(ctx, l, "fields", func(tx pgx.Tx) (int64, error) {
		found, err := saveFields(ctx, tx, l.InstanceID, fields)
		return int64(found.Added + found.Changed + found.Missing), err
	})
}

// RecordFields is SaveFields for who asks Jira beside the runs, without a lease: what Jira
// describes is true whoever asked.
func (s *Store) RecordFields(ctx context.Context, instance int, fields []FieldRow) (found FieldDiscovery, err error) {
	err = s.pool.change(ctx, func(tx pgx.Tx) error {
		if found, err = saveFields(ctx, tx, instance, fields); err != nil {
			return err
		}
		if found.Added+found.Changed+found.Missing == 0 {
			return nil
		}
		return raiseAllVersions(ctx, tx, instance)
	})
	if err != nil {
		return FieldDiscovery{}, fmt.Errorf("record the fields of instance %d: %w", instance, err)
	}
	return found, nil
}

// saveFields stores the fields and what has changed about them since the last look. One look at an
// instance's fields waits for another.
func saveFields(ctx context.Context, tx pgx.Tx, instance int, fields []FieldRow) (FieldDiscovery, error) {
	found := FieldDiscovery{InstanceID: instance, Total: len(fields)}
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1, $2)", int32(writersLock>>16), instance); err != nil {
		return found, err
	}
	n := len(fields)
	ids, names, custom := make([]string, n), make([]string, n), make([]bool, n)
	types, items, kinds := make([]*string, n), make([]*string, n), make([]*string, n)
	for i, f := range fields {
		ids[i], names[i], custom[i] = f.ID, f.Name, f.Custom
		types[i], items[i], kinds[i] = f.SchemaType, f.SchemaItems, f.SchemaCustom
	}
	err := tx.QueryRow(ctx, saveFieldsSQL, instance, ids, names, custom, types, items, kinds).Scan(&found.Added, &found.Changed, &found.Missing)
	return found, err
}

// All parts see the cache as it was before. A field named twice counts once.
const saveFieldsSQL = `
WITH told AS (
    SELECT DISTINCT ON (field_id) field_id, name, custom, schema_type, schema_items, schema_custom
    FROM unnest($2::text[], $3::text[], $4::bool[], $5::text[], $6::text[], $7::text[])
         AS t (field_id, name, custom, schema_type, schema_items, schema_custom)
), held AS (
    SELECT * FROM jira_sync.jira_field_cache WHERE instance_id = $1
), changes AS (
    SELECT t.field_id, 'ADDED' AS kind, NULL AS before, t.name AS after
    FROM told t LEFT JOIN held h USING (field_id) WHERE h.field_id IS NULL
    UNION ALL
    SELECT field_id, 'RENAMED', h.name, t.name FROM told t JOIN held h USING (field_id) WHERE h.name <> t.name
    UNION ALL
    SELECT field_id, 'TYPE', concat_ws(' ', h.schema_type, h.schema_items, h.schema_custom), concat_ws(' ', t.schema_type, t.schema_items, t.schema_custom)
    FROM told t JOIN held h USING (field_id)
    WHERE (h.schema_type, h.schema_items, h.schema_custom) IS DISTINCT FROM (t.schema_type, t.schema_items, t.schema_custom)
    UNION ALL
    SELECT field_id, 'RETURNED', NULL, t.name FROM told t JOIN held h USING (field_id) WHERE h.missing_since IS NOT NULL
    UNION ALL
    SELECT field_id, 'MISSING', h.name, NULL FROM held h WHERE h.missing_since IS NULL AND field_id <> ALL($2)
), written AS (
    INSERT INTO jira_sync.jira_field_changes (instance_id, field_id, kind, before, after)
    SELECT $1, field_id, kind, before, after FROM changes ORDER BY field_id, kind
), stored AS (
    INSERT INTO jira_sync.jira_field_cache AS f (instance_id, field_id, name, custom, schema_type, schema_items, schema_custom)
    SELECT $1, field_id, name, custom, schema_type, schema_items, schema_custom FROM told ORDER BY field_id
    ON CONFLICT (instance_id, field_id) DO UPDATE
    SET name = excluded.name, custom = excluded.custom, schema_type = excluded.schema_type,
        schema_items = excluded.schema_items, schema_custom = excluded.schema_custom, changed_at = now(), missing_since = NULL
    WHERE (f.name, f.custom, f.schema_type, f.schema_items, f.schema_custom) IS DISTINCT FROM
          (excluded.name, excluded.custom, excluded.schema_type, excluded.schema_items, excluded.schema_custom)
       OR f.missing_since IS NOT NULL
), gone AS (
    UPDATE jira_sync.jira_field_cache SET missing_since = now()
    WHERE instance_id = $1 AND missing_since IS NULL AND field_id <> ALL($2)
)
SELECT count(*) FILTER (WHERE kind = 'ADDED'),
       count(DISTINCT field_id) FILTER (WHERE kind IN ('RENAMED', 'TYPE', 'RETURNED')),
       count(*) FILTER (WHERE kind = 'MISSING')
FROM changes`
