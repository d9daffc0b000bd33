package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"
)

// SyncConfig are the settings that change at run time.
type SyncConfig struct {
	IntervalSeconds          int      // from one scheduled run to the next
	Paused                   bool     // nothing runs by itself
	ReconcileIntervalSeconds int      // from one census to the next
	Projects                 []string // keys to keep in step; empty: all
	RereadIntervalSeconds    int      // in which everything is read again once, slowly; 0: never
	KeepRunsDays             int      // how long runs, their figures and settled errors are kept; 0: for ever
	KeepAuditDays            int      // how long it is kept who changed what; 0: for ever
	UpdatedAt                time.Time
	UpdatedBy                *string
}

// SyncConfigChange holds the settings to change; nil leaves one as it is.
type SyncConfigChange struct {
	IntervalSeconds          *int
	Paused                   *bool
	ReconcileIntervalSeconds *int
	Projects                 []string // nil: as it is; empty: all
	RereadIntervalSeconds    *int
	KeepRunsDays             *int
	KeepAuditDays            *int
}

// SettingError names a setting that was refused, and why.
type SettingError struct{ Setting, Problem string }

func (e *SettingError) Error() string { return e.Setting + " " + e.Problem }

// The bounds of the settings, in seconds.
const (
	minInterval, maxInterval   = 5, 86_400
	minReconcile, maxReconcile = 10, 604_800
	minReread, maxReread       = 3600, 31_536_000 // or 0
	maxKeepDays                = 3650
	maxProjects                = 1_000
)

// Validate names the first setting out of bounds.
func (c SyncConfigChange) Validate() error {
	between := func(name string, value *int, lowest, highest int) error {
		if value != nil && (*value < lowest || *value > highest) {
			return &SettingError{name, fmt.Sprintf("is %d, it must be %d to %d", *value, lowest, highest)}
		}
		return nil
	}
	if err := between("intervalSeconds", c.IntervalSeconds, minInterval, maxInterval); err != nil {
		return err
	}
	if err := between("reconcileIntervalSeconds", c.ReconcileIntervalSeconds, minReconcile, maxReconcile); err != nil {
		return err
	}
	if c.RereadIntervalSeconds != nil && *c.RereadIntervalSeconds != 0 {
		if err := between("rereadIntervalSeconds", c.RereadIntervalSeconds, minReread, maxReread); err != nil {
			return &SettingError{"rereadIntervalSeconds", fmt.Sprintf("is %d, it must be %d to %d, or 0 for never", *c.RereadIntervalSeconds, minReread, maxReread)}
		}
	}
	if err := between("keepRunsDays", c.KeepRunsDays, 0, maxKeepDays); err != nil {
		return err
	}
	if err := between("keepAuditDays", c.KeepAuditDays, 0, maxKeepDays); err != nil {
		return err
	}
	if len(c.Projects) > maxProjects {
		return &SettingError{"projects", fmt.Sprintf("names %d projects, at most %d are allowed", len(c.Projects), maxProjects)}
	}
	return nil
}

// SyncConfig reads the settings from the primary. Keys nobody has set yet have their first values,
// which [Store.SeedSyncConfig] stores at start.
func (s *Store) SyncConfig(ctx context.Context) (SyncConfig, error) {
	c := SyncConfig{
		IntervalSeconds: 120, ReconcileIntervalSeconds: 900, Projects: []string{},
		RereadIntervalSeconds: 604_800, KeepRunsDays: 90, KeepAuditDays: 365,
	}
	rows, err := s.pool.Query(ctx, `SELECT key, value, updated_at, updated_by FROM jira_sync.sync_config ORDER BY updated_at`)
	if err != nil {
		return SyncConfig{}, fmt.Errorf("read the settings: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var value []byte
		if err := rows.Scan(&key, &value, &c.UpdatedAt, &c.UpdatedBy); err != nil {
			return SyncConfig{}, fmt.Errorf("read the settings: %w", err)
		}
		if target := c.setting(key); target != nil {
			if err := json.Unmarshal(value, target); err != nil {
				return SyncConfig{}, fmt.Errorf("the setting %s in sync_config cannot be read: %w", key, err)
			}
		}
	}
	return c, rows.Err()
}

// setting is where the value of a key of sync_config belongs; nil for a key of another release.
func (c *SyncConfig) setting(key string) any {
	switch key {
	case "interval_seconds":
		return &c.IntervalSeconds
	case "paused":
		return &c.Paused
	case "reconcile_interval_seconds":
		return &c.ReconcileIntervalSeconds
	case "projects":
		return &c.Projects
	case "reread_interval_seconds":
		return &c.RereadIntervalSeconds
	case "keep_runs_days":
		return &c.KeepRunsDays
	case "keep_audit_days":
		return &c.KeepAuditDays
	}
	return nil
}

// SaveSyncConfig changes settings and tells all servers. [SettingError] when one is out of bounds;
// then nothing changes.
func (s *Store) SaveSyncConfig(ctx context.Context, change SyncConfigChange, by string) (SyncConfig, error) {
	if err := change.Validate(); err != nil {
		return SyncConfig{}, err
	}
	values := change.values()
	err := s.pool.change(ctx, func(tx pgx.Tx) error {
		for key, value := range values {
			if err := saveSetting(ctx, tx, key, value, &by, true); err != nil {
				return err
			}
		}
		return notify(ctx, tx, Notice{Kind: NoticeConfig})
	})
	if err != nil {
		return SyncConfig{}, fmt.Errorf("save the settings: %w", err)
	}
	return s.SyncConfig(ctx)
}

// values are the settings to change, by their keys.
func (c SyncConfigChange) values() map[string]any {
	values := map[string]any{}
	for key, number := range map[string]*int{
		"interval_seconds": c.IntervalSeconds, "reconcile_interval_seconds": c.ReconcileIntervalSeconds,
		"reread_interval_seconds": c.RereadIntervalSeconds, "keep_runs_days": c.KeepRunsDays, "keep_audit_days": c.KeepAuditDays,
	} {
		if number != nil {
			values[key] = *number
		}
	}
	if c.Paused != nil {
		values["paused"] = *c.Paused
	}
	if c.Projects != nil {
		values["projects"] = c.Projects
	}
	return values
}

// SeedSyncConfig stores first values of settings that nobody has set yet.
func (s *Store) SeedSyncConfig(ctx context.Context, interval, reconcile time.Duration) error {
	err := s.pool.change(ctx, func(tx pgx.Tx) error {
		return errors.Join(
			saveSetting(ctx, tx, "interval_seconds", int(interval.Seconds()), nil, false),
			saveSetting(ctx, tx, "reconcile_interval_seconds", int(reconcile.Seconds()), nil, false),
			saveSetting(ctx, tx, "paused", false, nil, false),
			saveSetting(ctx, tx, "projects", []string{}, nil, false),
		)
	})
	if err != nil {
		return fmt.Errorf("seed the settings: %w", err)
	}
	return nil
}

func saveSetting(ctx context.Context, tx pgx.Tx, key string, value any, by *string, replace bool) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write the setting %s: %w", key, err)
	}
	_, err = tx.Exec(ctx, `
INSERT INTO jira_sync.sync_config AS c (key, value, updated_by) VALUES ($1, $2, $3)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = now(), updated_by = excluded.updated_by WHERE $4`,
		key, text, by, replace)
	if err != nil {
		return fmt.Errorf("save the setting %s: %w", key, err)
	}
	return nil
}
