package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"jirasync/query"
)

const backupColumns = "backup_id, created_at, created_by, note, automatic, mappings"

// BackUpMappings keeps all mappings under a note.
func (s *Store) BackUpMappings(ctx context.Context, note, by string) (MappingBackup, error) {
	if len([]rune(note)) > maxLabel || *storable(&note) != note {
		return MappingBackup{}, inputError("the note must be valid Unicode of at most %d characters", maxLabel)
	}
	var backup MappingBackup
	err := s.pool.change(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT FROM jira_sync.field_mapping_state FOR UPDATE"); err != nil {
			return err
		}
		now, err := fieldMappings(ctx, tx, "", nil)
		if err != nil {
			return err
		}
		c := &mappingChange{tx: tx, by: by, before: now}
		if err := c.backUp(ctx, note, false); err != nil {
			return err
		}
		backup, err = oneBackup(ctx, tx, "ORDER BY backup_id DESC LIMIT 1")
		if err != nil {
			return err
		}
		return writeAudit(ctx, tx, by, "mapping.backup", note, map[string]any{"backup": backup.BackupID})
	})
	if err != nil {
		return MappingBackup{}, fmt.Errorf("back the mappings up: %w", err)
	}
	return backup, nil
}

func oneBackup(ctx context.Context, q querier, which string, args ...any) (MappingBackup, error) {
	rows, _ := q.Query(ctx, "SELECT "+backupColumns+" FROM jira_sync.field_mapping_backups "+which, args...)
	found, err := readBackups(rows)
	if err != nil {
		return MappingBackup{}, err
	}
	if len(found) == 0 {
		return MappingBackup{}, ErrNotFound
	}
	return *found[0], nil
}

func readBackups(rows pgx.Rows) ([]*MappingBackup, error) {
	found, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[MappingBackup])
	if err != nil {
		return nil, fmt.Errorf("read the backups: %w", err)
	}
	for _, b := range found {
		if err := json.Unmarshal(b.Document, &b.Saved); err != nil {
			return nil, fmt.Errorf("read backup %d: %w", b.BackupID, err)
		}
	}
	return found, nil
}

// MappingBackup finds one backup. [ErrNotFound].
func (s *Store) MappingBackup(ctx context.Context, id int64) (MappingBackup, error) {
	return oneBackup(ctx, s.pool, "WHERE backup_id = $1", id)
}

// backupsList names the list of backups in its cursors.
const backupsList = "mapping-backups"

// MappingBackups returns a page of the backups, newest first.
func (s *Store) MappingBackups(ctx context.Context, page query.Page) (*FieldMappingBackupConnection, error) {
	mark, err := query.ParseMark(backupsList, page.After)
	if err != nil {
		return nil, err
	}
	before := int64(1<<63 - 1)
	if mark != nil {
		before = mark.ID
	}
	rows, _ := s.pool.Query(ctx, "SELECT "+backupColumns+`
FROM jira_sync.field_mapping_backups
WHERE backup_id < $1
ORDER BY backup_id DESC
LIMIT $2`, before, page.Limit+1)
	c := &FieldMappingBackupConnection{}
	if c.Nodes, err = readBackups(rows); err != nil {
		return nil, err
	}
	c.cursor = func(b *MappingBackup) string { return query.Mark{ID: b.BackupID}.Cursor(backupsList) }
	c.hasPrev = page.After != ""
	c.cut(page)
	if err := s.pool.QueryRow(ctx, "SELECT count(*) FROM jira_sync.field_mapping_backups").Scan(&c.total); err != nil {
		return nil, fmt.Errorf("count the backups: %w", err)
	}
	return c, nil
}

// MappingDifferences compares a backup with the mappings as they are.
func (s *Store) MappingDifferences(ctx context.Context, b MappingBackup) ([]MappingDifference, error) {
	now, err := s.FieldMappings(ctx)
	if err != nil {
		return nil, err
	}
	present := savedMappings(now)
	differences := []MappingDifference{}
	for n := range b.Saved {
		kept := &b.Saved[n]
		at := matching(present, kept)
		if at < 0 {
			differences = append(differences, difference(DifferenceRemoved, kept, nil))
			continue
		}
		if !sameMapping(kept, &present[at]) {
			differences = append(differences, difference(DifferenceChanged, kept, &present[at]))
		}
	}
	for n := range present {
		if !present[n].Retired && !slices.ContainsFunc(b.Saved, func(kept SavedMapping) bool { return matching(present, &kept) == n }) {
			differences = append(differences, difference(DifferenceAdded, nil, &present[n]))
		}
	}
	return differences, nil
}

// matching finds the mapping that a kept one has become: the same one, or, after a purge, one that
// bears its name.
func matching(present []SavedMapping, kept *SavedMapping) int {
	if at := slices.IndexFunc(present, func(m SavedMapping) bool { return m.ID == kept.ID }); at >= 0 {
		return at
	}
	return slices.IndexFunc(present, func(m SavedMapping) bool { return m.Name == kept.Name })
}

func sameMapping(a, b *SavedMapping) bool {
	return a.Name == b.Name && a.Label == b.Label && a.Type == b.Type && a.Retired == b.Retired && slices.Equal(a.Sources, b.Sources)
}

func difference(kind DifferenceKind, backup, now *SavedMapping) MappingDifference {
	d := MappingDifference{Kind: kind}
	if now != nil {
		d.Name = now.Name
		d.Now, _ = json.Marshal(now) // texts and numbers always marshal
	}
	if backup != nil {
		d.Name = backup.Name
		d.Backup, _ = json.Marshal(backup)
	}
	return d
}

// RestoreMappings makes the named mappings what they were in a backup; without names all, and then
// those that came since are retired. It is one change like any other, with a backup before it.
// [ErrNotFound], [query.InputError].
func (s *Store) RestoreMappings(ctx context.Context, backupID int64, names []string, by string) ([]FieldMapping, error) {
	backup, err := s.MappingBackup(ctx, backupID)
	if err != nil {
		return nil, err
	}
	wanted := backup.Saved
	if names != nil {
		wanted = nil
		for _, name := range names {
			at := slices.IndexFunc(backup.Saved, func(m SavedMapping) bool { return m.Name == name })
			if at < 0 {
				return nil, inputError("the backup has no mapping %q", clipped(name))
			}
			wanted = append(wanted, backup.Saved[at])
		}
	}
	detail := map[string]any{"backup": backupID, "names": names}
	changed, err := s.changeMappings(ctx, by, "restore", fmt.Sprintf("backup %d", backupID), detail, func(c *mappingChange) error {
		return c.restore(ctx, wanted, names == nil)
	})
	if err != nil {
		return nil, fmt.Errorf("restore backup %d: %w", backupID, err)
	}
	return changed, nil
}

func (c *mappingChange) restore(ctx context.Context, wanted []SavedMapping, all bool) error {
	present := savedMappings(c.before)
	kept := make([]bool, len(present))
	for n := range wanted {
		if err := CheckMapping(wanted[n].MappingSpec); err != nil {
			return err
		}
		if at := matching(present, &wanted[n]); at >= 0 {
			kept[at] = true
		}
	}
	if err := c.checkRestoredNames(present, kept, wanted); err != nil {
		return err
	}
	for n := range wanted {
		if err := c.restoreOne(ctx, present, &wanted[n]); err != nil {
			return err
		}
	}
	if !all {
		return nil
	}
	for n := range present {
		if kept[n] || present[n].Retired {
			continue
		}
		c.touched = append(c.touched, present[n].ID)
		if _, err := c.tx.Exec(ctx, `
UPDATE jira_sync.field_mappings
SET state = 'RETIRED', version = version + 1, updated_at = now(), updated_by = nullif($2, '')
WHERE mapping_id = $1`, present[n].ID, c.by); err != nil {
			return fmt.Errorf("retire %s: %w", present[n].Name, err)
		}
	}
	return nil
}

// checkRestoredNames refuses a restore by which two mappings would bear one name.
func (c *mappingChange) checkRestoredNames(present []SavedMapping, kept []bool, wanted []SavedMapping) error {
	for n := range present {
		if kept[n] {
			continue
		}
		for _, w := range wanted {
			if w.Name == present[n].Name {
				return inputError("the name %s belongs to another mapping now: rename that one, or restore it too", w.Name)
			}
		}
	}
	return nil
}

func (c *mappingChange) restoreOne(ctx context.Context, present []SavedMapping, kept *SavedMapping) error {
	at := matching(present, kept)
	if at < 0 {
		if err := c.create(ctx, kept.MappingSpec); err != nil {
			return err
		}
		if kept.Retired {
			return c.settle(ctx, c.touched[len(c.touched)-1], true)
		}
		return nil
	}
	if sameMapping(kept, &present[at]) {
		return nil
	}
	return c.update(ctx, c.byID(present[at].ID), kept.MappingSpec, kept.Retired)
}
