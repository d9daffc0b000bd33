package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"jirasync/query"
)

// MappingLease is the lease under which one server works on the columns: no Jira has this number.
const MappingLease = -1

const (
	// lockWait bounds how long a change of columns waits for a lock, and with it how long readers
	// and pages wait behind it. Where it is not enough, the change gives way and tries again.
	lockWait = 60 * time.Millisecond
	// oldFor is how long a column that was replaced is kept up to date, for an undo and for
	// readers that are at work; purgedFor for one whose mapping is gone.
	oldFor    = 10 * time.Minute
	purgedFor = 15 * time.Second
)

// ViewInUseError says that jira_issues_v2 cannot be changed because of what was built on it.
type ViewInUseError struct{ Detail string }

func (e *ViewInUseError) Error() string {
	return "jira_issues_v2 cannot be changed: " + e.Detail + "; drop or change that, then save the mapping again"
}

// shortly runs a change that takes locks which others wait behind, each for a moment only, until
// it succeeds or ctx ends.
func (s *Store) shortly(ctx context.Context, l Lease, change func(pgx.Tx) error) error {
	pause := 20 * time.Millisecond
	for {
		err := s.pool.change(ctx, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, fmt.Sprintf("SET LOCAL lock_timeout = %d", lockWait.Milliseconds())); err != nil {
				return err
			}
			if err := holdFence(ctx, tx, l.InstanceID, l.Fence); err != nil {
				return err
			}
			return change(tx)
		})
		if !isCode(err, "55P03", "40P01") {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return fmt.Errorf("wait for a lock: %w", context.Cause(ctx))
		}
		pause = min(2*pause, time.Second)
	}
}

// columnState is a column as its row tells.
type columnState struct {
	MappedColumn
	State string `db:"state"`
	Due   bool   `db:"due"` // to be dropped
}

func columnStates(ctx context.Context, q querier) ([]columnState, error) {
	rows, _ := q.Query(ctx, `
SELECT column_id, mapping_id, field_type, sources, state,
       state IN ('OLD', 'DROPPING') AND coalesce(drop_after, '-infinity') <= now() AS due
FROM jira_sync.field_mapping_columns
ORDER BY created_at, column_id`)
	return pgx.CollectRows(rows, pgx.RowToStructByName[columnState])
}

// HasColumnWork reports whether anything is to be done about the columns, besides mending.
func (s *Store) HasColumnWork(ctx context.Context) (work bool, err error) {
	err = s.pool.QueryRow(ctx, `
SELECT EXISTS (SELECT FROM jira_sync.field_mapping_columns
               WHERE state IN ('WANTED', 'FILLING') OR state IN ('OLD', 'DROPPING') AND coalesce(drop_after, '-infinity') <= now())
    OR EXISTS (SELECT FROM jira_sync.field_mappings m
               WHERE index_wanted AND read_column IS NOT NULL
                 AND NOT EXISTS (SELECT FROM pg_class WHERE relname = m.read_column || '_idx' AND relnamespace = 'jira_sync'::regnamespace))
    OR (SELECT obj_description('jira_sync.jira_issues_v2'::regclass)) IS DISTINCT FROM `+viewMarkSQL).Scan(&work)
	if err != nil {
		return false, fmt.Errorf("look for work on mapped columns: %w", err)
	}
	return work, nil
}

// AddColumns makes the columns that are wanted. From its commit on every page fills them.
func (s *Store) AddColumns(ctx context.Context, l Lease) error {
	var issues int64
	if err := s.pool.QueryRow(ctx, "SELECT count(*) FROM jira_sync.jira_issue_raw").Scan(&issues); err != nil {
		return fmt.Errorf("count the documents: %w", err)
	}
	if err := s.makeRoom(ctx, l); err != nil {
		return err
	}
	err := s.shortly(ctx, l, func(tx pgx.Tx) error {
		states, err := columnStates(ctx, tx)
		if err != nil {
			return err
		}
		var adds, ids []string
		for _, c := range states {
			if c.State == "WANTED" {
				adds = append(adds, "ADD COLUMN IF NOT EXISTS "+quoted(c.ID)+" "+c.Type.SQLType())
				ids = append(ids, c.ID)
			}
		}
		if len(ids) == 0 {
			return nil
		}
		if err := lockWriters(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "ALTER TABLE jira_sync.jira_issue_fields "+strings.Join(adds, ", ")); err != nil {
			return err
		}
		batch := &pgx.Batch{}
		batch.Queue(`
UPDATE jira_sync.field_mapping_columns SET state = 'FILLING', begun_at = now(), total = $2, cursor = 0, done = 0
WHERE column_id = ANY($1) AND state = 'WANTED'`, ids, issues)
		batch.Queue(`
UPDATE jira_sync.field_mappings SET state = 'BACKFILLING'
WHERE state = 'PENDING' AND mapping_id IN (SELECT mapping_id FROM jira_sync.field_mapping_columns WHERE column_id = ANY($1))`, ids)
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		_, err = raiseMappings(ctx, tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("add mapped columns: %w", err)
	}
	return nil
}

// lockWriters waits until no page is between reading which columns there are and its commit, and
// makes those after it read them anew.
func lockWriters(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(writersLock)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "UPDATE jira_sync.field_mapping_state SET writers = writers + 1")
	return err
}

// SwitchColumns puts filled columns into the place of those that readers have had: in one
// transaction for every way of reading, and returns the version of the mappings from then on. A
// [ViewInUseError] leaves all as it was.
func (s *Store) SwitchColumns(ctx context.Context, l Lease, columns []MappedColumn) (version int64, err error) {
	ids := idsOfColumns(columns)
	err = s.shortly(ctx, l, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT FROM jira_sync.field_mapping_state FOR UPDATE"); err != nil {
			return err
		}
		batch := &pgx.Batch{}
		batch.Queue(`
UPDATE jira_sync.field_mapping_columns c SET state = 'OLD', drop_after = now() + $2::interval
WHERE state = 'READY' AND EXISTS (
    SELECT FROM jira_sync.field_mapping_columns n WHERE n.mapping_id = c.mapping_id AND n.column_id = ANY($1) AND n.state = 'FILLING')`, ids, oldFor)
		batch.Queue(`
UPDATE jira_sync.field_mappings m
SET read_column = c.column_id, state = CASE m.state WHEN 'RETIRED' THEN 'RETIRED' ELSE 'READY' END, error = NULL
FROM jira_sync.field_mapping_columns c
WHERE c.mapping_id = m.mapping_id AND c.column_id = ANY($1) AND c.state = 'FILLING'`, ids)
		batch.Queue(`
UPDATE jira_sync.field_mapping_columns SET state = 'READY', filled_at = now()
WHERE column_id = ANY($1) AND state = 'FILLING'`, ids)
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		if err := rebuildView(ctx, tx); err != nil {
			return err
		}
		version, err = raiseMappings(ctx, tx)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("switch to filled columns: %w", err)
	}
	return version, nil
}

// FailMappings says why the mappings of some columns cannot be carried out. Their former columns
// stay; saving them again tries again.
func (s *Store) FailMappings(ctx context.Context, l Lease, columns []MappedColumn, why string) error {
	ids := idsOfColumns(columns)
	err := s.shortly(ctx, l, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue(`
UPDATE jira_sync.field_mappings m SET state = 'FAILED', error = $2
WHERE state <> 'RETIRED' AND EXISTS (
    SELECT FROM jira_sync.field_mapping_columns c WHERE c.mapping_id = m.mapping_id AND c.column_id = ANY($1) AND c.state = 'FILLING')`, ids, why)
		batch.Queue(`UPDATE jira_sync.field_mapping_columns SET state = 'DROPPING' WHERE column_id = ANY($1) AND state = 'FILLING'`, ids)
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		_, err := raiseMappings(ctx, tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("note why mappings failed: %w", err)
	}
	return nil
}

// ShowColumns makes jira_issues_v2 show the mapped columns as they are. A [ViewInUseError] leaves it
// as it was.
func (s *Store) ShowColumns(ctx context.Context, l Lease) error {
	if err := s.shortly(ctx, l, func(tx pgx.Tx) error { return rebuildView(ctx, tx) }); err != nil {
		return fmt.Errorf("show the mapped columns: %w", err)
	}
	return nil
}

// DropColumns drops what nobody reads any more, and columns that no mapping knows.
func (s *Store) DropColumns(ctx context.Context, l Lease) error {
	err := s.shortly(ctx, l, func(tx pgx.Tx) error {
		states, err := columnStates(ctx, tx)
		if err != nil {
			return err
		}
		var drops, ids []string
		present, err := tableColumns(ctx, tx)
		if err != nil {
			return err
		}
		for _, c := range states {
			delete(present, c.ID)
			if c.Due {
				drops, ids = append(drops, "DROP COLUMN IF EXISTS "+quoted(c.ID)), append(ids, c.ID)
			}
		}
		for unknown := range present {
			drops = append(drops, "DROP COLUMN IF EXISTS "+quoted(unknown))
		}
		if len(drops) == 0 {
			return nil
		}
		if err := lockWriters(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "ALTER TABLE jira_sync.jira_issue_fields "+strings.Join(drops, ", ")); err != nil {
			return viewError(err)
		}
		batch := &pgx.Batch{}
		batch.Queue("DELETE FROM jira_sync.field_conversion_errors WHERE column_id = ANY($1)", ids)
		batch.Queue("DELETE FROM jira_sync.field_mapping_columns WHERE column_id = ANY($1)", ids)
		return tx.SendBatch(ctx, batch).Close()
	})
	if err != nil {
		return fmt.Errorf("drop mapped columns: %w", err)
	}
	return nil
}

// MendColumns finds columns that are missing or have another type than their mapping says, and asks
// for others in their place. It tells what it found.
func (s *Store) MendColumns(ctx context.Context, l Lease) (found []string, err error) {
	err = s.shortly(ctx, l, func(tx pgx.Tx) error {
		found = nil
		present, err := tableColumns(ctx, tx)
		if err != nil {
			return err
		}
		states, err := columnStates(ctx, tx)
		if err != nil {
			return err
		}
		for _, c := range states {
			has, there := present[c.ID]
			if c.State == "WANTED" || c.State == "DROPPING" || there && has == c.Type.SQLType() {
				continue
			}
			found = append(found, fmt.Sprintf("the column %s should be %s and is %q", c.ID, c.Type.SQLType(), has))
			if err := replaceColumn(ctx, tx, c); err != nil {
				return err
			}
		}
		if len(found) == 0 {
			return nil
		}
		_, err = raiseMappings(ctx, tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("mend the mapped columns: %w", err)
	}
	return found, nil
}

func tableColumns(ctx context.Context, q querier) (map[string]string, error) {
	rows, err := q.Query(ctx, `
SELECT attname::text, CASE WHEN format_type(atttypid, atttypmod) LIKE 'timestamp with time zone%' THEN 'timestamptz'
                           ELSE format_type(atttypid, atttypmod) END
FROM pg_attribute
WHERE attrelid = 'jira_sync.jira_issue_fields'::regclass AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('issue_id', 'stamp')`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns := map[string]string{}
	for rows.Next() {
		var name, kind string
		if err := rows.Scan(&name, &kind); err != nil {
			return nil, err
		}
		columns[name] = kind
	}
	return columns, rows.Err()
}

// replaceColumn asks for another column in the place of one that is not what it should be.
func replaceColumn(ctx context.Context, tx pgx.Tx, c columnState) error {
	if err := lockWriters(ctx, tx); err != nil {
		return err
	}
	batch := &pgx.Batch{}
	batch.Queue(`UPDATE jira_sync.field_mapping_columns SET state = 'DROPPING', drop_after = NULL WHERE column_id = $1`, c.ID)
	if c.State != "OLD" {
		batch.Queue(`
INSERT INTO jira_sync.field_mapping_columns (column_id, mapping_id, field_type, sources, state)
SELECT 'm' || mapping_id || '_' || nextval('jira_sync.field_mapping_column_numbers'), mapping_id, field_type, sources, 'WANTED'
FROM jira_sync.field_mapping_columns c
WHERE column_id = $1 AND NOT EXISTS (
    SELECT FROM jira_sync.field_mapping_columns o WHERE o.mapping_id = c.mapping_id AND o.state IN ('WANTED', 'FILLING'))`, c.ID)
		batch.Queue(`
UPDATE jira_sync.field_mappings
SET read_column = nullif(read_column, $2), state = CASE state WHEN 'RETIRED' THEN 'RETIRED' ELSE 'PENDING' END
WHERE mapping_id = $1`, c.MappingID, c.ID)
	}
	return tx.SendBatch(ctx, batch).Close()
}

// IndexColumns gives an index to each column that questions filter or sort by. Nobody waits for
// it; one that was cut off is made again.
func (s *Store) IndexColumns(ctx context.Context) error {
	rows, _ := s.pool.Query(ctx, `
SELECT m.read_column, c.field_type, x.indexrelid IS NOT NULL
FROM jira_sync.field_mappings m
JOIN jira_sync.field_mapping_columns c ON c.column_id = m.read_column
LEFT JOIN pg_class k ON k.relname = m.read_column || '_idx' AND k.relnamespace = 'jira_sync'::regnamespace
LEFT JOIN pg_index x ON x.indexrelid = k.oid
WHERE m.index_wanted AND (x.indexrelid IS NULL OR NOT x.indisvalid)`)
	type wanted struct {
		Column string
		Type   query.ValueType
		Broken bool
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[wanted])
	if err != nil {
		return fmt.Errorf("look for indexes that are wanted: %w", err)
	}
	for _, w := range list {
		if w.Broken {
			if _, err := s.pool.Exec(ctx, "DROP INDEX CONCURRENTLY jira_sync."+quoted(w.Column+"_idx")); err != nil {
				return fmt.Errorf("drop the broken index of %s: %w", w.Column, err)
			}
		}
		if _, err := s.pool.Exec(ctx, "CREATE INDEX CONCURRENTLY "+quoted(w.Column+"_idx")+" ON jira_sync.jira_issue_fields "+
			indexOn(w.Type, quoted(w.Column))); err != nil {
			return fmt.Errorf("index the column %s: %w", w.Column, err)
		}
	}
	return nil
}

// indexOn: texts can be longer than an entry of a tree holds, so theirs is by hash.
func indexOn(t query.ValueType, column string) string {
	switch t {
	case query.TextField:
		return "USING hash (" + column + ")"
	case query.TextListField, query.NumberListField, query.JSONField:
		return "USING gin (" + column + ")"
	case query.NumberField, query.BooleanField, query.DateField, query.TimeField:
	}
	return "USING btree (" + column + ")"
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// viewError gives what was built on the view a name.
func viewError(err error) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == "2BP01" {
		return &ViewInUseError{Detail: strings.ReplaceAll(refused.Detail, "\n", ", ")}
	}
	return err
}
