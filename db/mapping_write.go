package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// maxMappings bounds the columns: so many values of an issue fit into a row whatever they are.
const maxMappings = 400

// keptBackups is how many of the automatic backups stay.
const keptBackups = 1000

// mappingChange is a change of mappings under way, with the state it began from. All changes lock
// one row, so that each sees what the one before has done.
type mappingChange struct {
	tx      pgx.Tx
	by      string
	before  []FieldMapping
	touched []int // ids of the mappings it made or changed
}

// changeMappings backs the mappings up, changes them, writes down who did what and raises their
// version: all or nothing. The columns themselves are for who works on the mappings afterwards.
func (s *Store) changeMappings(ctx context.Context, by, action, object string, detail any, change func(*mappingChange) error) ([]FieldMapping, error) {
	var changed []FieldMapping
	err := s.pool.change(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT FROM jira_sync.field_mapping_state FOR UPDATE"); err != nil {
			return err
		}
		before, err := fieldMappings(ctx, tx, "", nil)
		if err != nil {
			return err
		}
		c := &mappingChange{tx: tx, by: by, before: before}
		if err := c.backUp(ctx, fmt.Sprintf("before %s of %s", action, object), true); err != nil {
			return err
		}
		if err := change(c); err != nil {
			return err
		}
		if err := c.freeNames(ctx); err != nil {
			return err
		}
		if err := writeAudit(ctx, tx, by, "mapping."+action, object, detail); err != nil {
			return err
		}
		if _, err := raiseMappings(ctx, tx); err != nil {
			return err
		}
		changed, err = fieldMappings(ctx, tx, "WHERE m.mapping_id = ANY($1)", []any{c.touched})
		return err
	})
	if isDuplicate(err) {
		return nil, inputError("the name is taken by another mapping") // the checks before name it; this is the last line
	}
	return changed, err
}

// backUp keeps the mappings as they were before the change.
func (c *mappingChange) backUp(ctx context.Context, note string, automatic bool) error {
	document, err := json.Marshal(savedMappings(c.before))
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	batch.Queue(`
INSERT INTO jira_sync.field_mapping_backups (created_by, note, automatic, mappings)
VALUES (nullif($1, ''), nullif($2, ''), $3, $4)`, c.by, note, automatic, document)
	batch.Queue(`
DELETE FROM jira_sync.field_mapping_backups
WHERE automatic AND backup_id <= (
    SELECT backup_id FROM jira_sync.field_mapping_backups WHERE automatic ORDER BY backup_id DESC OFFSET $1 LIMIT 1)`, keptBackups)
	if err := c.tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("back the mappings up: %w", err)
	}
	return nil
}

// freeNames gives up former names that another mapping bears now: a restore may exchange names.
func (c *mappingChange) freeNames(ctx context.Context) error {
	_, err := c.tx.Exec(ctx, `
DELETE FROM jira_sync.field_mapping_aliases WHERE alias IN (SELECT name FROM jira_sync.field_mappings)`)
	if err != nil {
		return fmt.Errorf("give up former names: %w", err)
	}
	return nil
}

// raiseMappings makes every answer that depends on the mappings old and tells all servers.
func raiseMappings(ctx context.Context, tx pgx.Tx) (version int64, err error) {
	err = tx.QueryRow(ctx, "UPDATE jira_sync.field_mapping_state SET version = version + 1 RETURNING version").Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("raise the version of the mappings: %w", err)
	}
	return version, notify(ctx, tx, Notice{Kind: NoticeMapping, Version: version})
}

func writeAudit(ctx context.Context, tx pgx.Tx, actor, action, object string, detail any) error {
	document, err := json.Marshal(detail)
	if err != nil {
		return fmt.Errorf("describe what was done: %w", err)
	}
	if _, err := tx.Exec(ctx, `
INSERT INTO jira_sync.audit_log (actor, action, object, detail) VALUES (nullif($1, ''), $2, $3, $4)`,
		actor, action, object, document); err != nil {
		return fmt.Errorf("write down what was done: %w", err)
	}
	return nil
}

// MappingSave is a mapping to be made, or to be changed as it was at a version.
type MappingSave struct {
	MappingSpec
	ID      int // 0: a new one
	Version int
	Index   bool // without waiting for the first question that filters or sorts by it
}

// SaveMapping makes or changes a mapping. Saving a retired one brings it back. [query.InputError],
// [MappingConflictError].
func (s *Store) SaveMapping(ctx context.Context, save MappingSave, by string) (FieldMapping, error) {
	if err := CheckMapping(save.MappingSpec); err != nil {
		return FieldMapping{}, err
	}
	changed, err := s.changeMappings(ctx, by, "save", save.Name, save.MappingSpec, func(c *mappingChange) error {
		return c.save(ctx, save)
	})
	if err != nil {
		return FieldMapping{}, fmt.Errorf("save the mapping %s: %w", save.Name, err)
	}
	return changed[0], nil
}

func (c *mappingChange) save(ctx context.Context, save MappingSave) error {
	if err := checkNames(ctx, c.tx, save.Name); err != nil {
		return err
	}
	if err := c.checkFree(save.Name, save.ID); err != nil {
		return err
	}
	if save.ID == 0 {
		if len(c.before) >= maxMappings {
			return inputError("there are %d mappings, retired ones among them, and no more are allowed: purge one first", len(c.before))
		}
		if err := c.create(ctx, save.MappingSpec); err != nil {
			return err
		}
		return c.wantIndex(ctx, save)
	}
	current := c.byID(save.ID)
	if current == nil || current.Version != save.Version {
		return &MappingConflictError{Current: current, Submitted: save.MappingSpec, Version: save.Version}
	}
	if err := c.update(ctx, current, save.MappingSpec, false); err != nil {
		return err
	}
	return c.wantIndex(ctx, save)
}

// wantIndex asks for an index on the mapping that was saved last.
func (c *mappingChange) wantIndex(ctx context.Context, save MappingSave) error {
	if !save.Index {
		return nil
	}
	id := c.touched[len(c.touched)-1]
	if _, err := c.tx.Exec(ctx, `UPDATE jira_sync.field_mappings SET index_wanted = true WHERE mapping_id = $1`, id); err != nil {
		return fmt.Errorf("ask for an index on the mapping %s: %w", save.Name, err)
	}
	return nil
}

func (c *mappingChange) byID(id int) *FieldMapping {
	at := slices.IndexFunc(c.before, func(m FieldMapping) bool { return m.MappingID == id })
	if at < 0 {
		return nil
	}
	return &c.before[at]
}

// checkFree refuses a name that another mapping has, or had.
func (c *mappingChange) checkFree(name string, id int) error {
	for n := range c.before {
		m := &c.before[n]
		switch {
		case m.MappingID == id:
		case m.Name == name && m.State == MappingRetired:
			return inputError("the name %s belongs to a retired mapping: bring that one back, or purge it first", name)
		case m.Name == name:
			return inputError("the name %s belongs to another mapping", name)
		case slices.Contains(m.Aliases, name):
			return inputError("%s is a former name of the mapping %s and still leads to it", name, m.Name)
		}
	}
	return nil
}

func (c *mappingChange) create(ctx context.Context, spec MappingSpec) error {
	var id int
	err := c.tx.QueryRow(ctx, `
INSERT INTO jira_sync.field_mappings (name, label, field_type, sources, state, updated_by)
VALUES ($1, coalesce(nullif($2, ''), $1), $3, $4, 'PENDING', nullif($5, ''))
RETURNING mapping_id`, spec.Name, spec.Label, spec.Type, spec.Sources, c.by).Scan(&id)
	if err != nil {
		return fmt.Errorf("insert the mapping %s: %w", spec.Name, err)
	}
	c.touched = append(c.touched, id)
	return c.addColumn(ctx, id, spec)
}

// update changes a mapping to the spec. Its former name goes on to lead to it.
func (c *mappingChange) update(ctx context.Context, m *FieldMapping, spec MappingSpec, retired bool) error {
	c.touched = append(c.touched, m.MappingID)
	batch := &pgx.Batch{}
	if m.Name != spec.Name {
		batch.Queue(`DELETE FROM jira_sync.field_mapping_aliases WHERE alias = $1`, spec.Name)
		batch.Queue(`
INSERT INTO jira_sync.field_mapping_aliases (alias, mapping_id) VALUES ($1, $2)
ON CONFLICT (alias) DO UPDATE SET mapping_id = excluded.mapping_id, since = now()`, m.Name, m.MappingID)
	}
	batch.Queue(`
UPDATE jira_sync.field_mappings
SET name = $2, label = coalesce(nullif($3, ''), $2), field_type = $4, sources = $5, version = version + 1, updated_at = now(),
    updated_by = nullif($6, '')
WHERE mapping_id = $1`, m.MappingID, spec.Name, spec.Label, spec.Type, spec.Sources, c.by)
	if err := c.tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("update the mapping %s: %w", spec.Name, err)
	}
	if m.Type != spec.Type || !slices.Equal(m.Sources, spec.Sources) || m.State == MappingHasError {
		if err := c.addColumn(ctx, m.MappingID, spec); err != nil {
			return err
		}
	}
	return c.settle(ctx, m.MappingID, retired)
}

// addColumn asks for a column of the given type and sources. One that was left moments ago, and is
// kept up to date still, is taken again as it is: so an undo is instant.
func (c *mappingChange) addColumn(ctx context.Context, id int, spec MappingSpec) error {
	sources, err := json.Marshal(spec.Sources)
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	batch.Queue(`
UPDATE jira_sync.field_mapping_columns SET state = 'DROPPING'
WHERE mapping_id = $1 AND state IN ('WANTED', 'FILLING')`, id)
	batch.Queue(`
WITH same AS (
    SELECT column_id, state FROM jira_sync.field_mapping_columns
    WHERE mapping_id = $1 AND state IN ('READY', 'OLD') AND field_type = $2 AND sources = $3::jsonb
    ORDER BY created_at DESC LIMIT 1
), again AS (
    UPDATE jira_sync.field_mapping_columns SET state = 'FILLING', drop_after = NULL
    WHERE column_id IN (SELECT column_id FROM same WHERE state = 'OLD')
)
INSERT INTO jira_sync.field_mapping_columns (column_id, mapping_id, field_type, sources, state)
SELECT 'm' || $1::int || '_' || nextval('jira_sync.field_mapping_column_numbers'), $1, $2, $3::jsonb, 'WANTED'
WHERE NOT EXISTS (SELECT FROM same)`, id, spec.Type, string(sources))
	if err := c.tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("ask for a column of %s: %w", spec.Name, err)
	}
	return nil
}

// settle gives a mapping the state that its columns say.
func (c *mappingChange) settle(ctx context.Context, id int, retired bool) error {
	_, err := c.tx.Exec(ctx, `
UPDATE jira_sync.field_mappings m
SET error = NULL, state = CASE
    WHEN $2 THEN 'RETIRED'
    WHEN EXISTS (SELECT FROM jira_sync.field_mapping_columns c WHERE c.mapping_id = $1 AND c.state = 'FILLING') THEN 'BACKFILLING'
    WHEN EXISTS (SELECT FROM jira_sync.field_mapping_columns c WHERE c.mapping_id = $1 AND c.state = 'WANTED') THEN 'PENDING'
    ELSE 'READY' END
WHERE mapping_id = $1`, id, retired)
	if err != nil {
		return fmt.Errorf("settle the state of mapping %d: %w", id, err)
	}
	return nil
}

// RetireMapping takes a mapping from what is offered. Questions that name it are answered as
// before until it is purged. [ErrNotFound].
func (s *Store) RetireMapping(ctx context.Context, id int, by string) (FieldMapping, error) {
	m, err := s.FieldMapping(ctx, id)
	if err != nil {
		return FieldMapping{}, err
	}
	changed, err := s.changeMappings(ctx, by, "retire", m.Name, m.Spec(), func(c *mappingChange) error {
		if c.byID(id) == nil {
			return ErrNotFound
		}
		c.touched = append(c.touched, id)
		_, err := c.tx.Exec(ctx, `
UPDATE jira_sync.field_mappings
SET state = 'RETIRED', version = version + 1, updated_at = now(), updated_by = nullif($2, '')
WHERE mapping_id = $1`, id, by)
		return err
	})
	if err != nil {
		return FieldMapping{}, fmt.Errorf("retire mapping %d: %w", id, err)
	}
	return changed[0], nil
}

// PurgeMapping forgets a retired mapping and drops its data. The name must be typed again, and
// nothing else in the database may use the column. [ErrNotFound], [query.InputError].
func (s *Store) PurgeMapping(ctx context.Context, id int, name, by string) error {
	m, err := s.FieldMapping(ctx, id)
	if err != nil {
		return err
	}
	if m.Name != name {
		return inputError("to purge the mapping %s and all its values, name must be %q, not %q", m.Name, m.Name, clipped(name))
	}
	if m.State != MappingRetired {
		return inputError("the mapping %s is in use: retire it first", m.Name)
	}
	users, err := s.MappingUsers(ctx, m)
	if err != nil {
		return err
	}
	if len(users) > 0 {
		return inputError("the mapping %s is used by %s in the database: drop or change that first", m.Name, listNames(users))
	}
	_, err = s.changeMappings(ctx, by, "purge", m.Name, m.Spec(), func(c *mappingChange) error {
		now := c.byID(id)
		if now == nil {
			return ErrNotFound
		}
		if now.State != MappingRetired || now.Name != name {
			return &MappingConflictError{Current: now, Submitted: m.Spec(), Version: m.Version}
		}
		batch := &pgx.Batch{}
		batch.Queue(`DELETE FROM jira_sync.field_mappings WHERE mapping_id = $1`, id)
		batch.Queue(`
UPDATE jira_sync.field_mapping_columns SET state = 'DROPPING', drop_after = now() + $2::interval
WHERE mapping_id = $1`, id, purgedFor)
		return c.tx.SendBatch(ctx, batch).Close()
	})
	if err != nil {
		return fmt.Errorf("purge mapping %d: %w", id, err)
	}
	return nil
}

func listNames(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return fmt.Sprintf("%s and %d more", names[0], len(names)-1)
}
