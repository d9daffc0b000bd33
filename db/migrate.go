package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// NewerSchemaError says that a later release has already migrated this database. Serving it
// could write what that release no longer expects.
type NewerSchemaError struct{ Database, Known int64 }

func (e *NewerSchemaError) Error() string {
	return fmt.Sprintf("the database is at schema version %d, this binary knows versions up to %d: "+
		"start the newer jirasync that migrated it, or restore a backup made before", e.Database, e.Known)
}

// OlderSchemaError says that the database lacks what this binary needs.
type OlderSchemaError struct{ Database, Known int64 }

func (e *OlderSchemaError) Error() string {
	return fmt.Sprintf("the schema is at version %d and this binary needs %d: run `jirasync migrate up`, or set AUTO_MIGRATE=true", e.Database, e.Known)
}

// MigrationStep is one migration and when it was applied; a zero time means not yet.
type MigrationStep struct {
	Version   int64
	Name      string
	AppliedAt time.Time
}

// Migrate brings the schema up to date under a session lock, so that servers may start at once.
// The URL must reach PostgreSQL itself: a pooler in between would lose the lock.
func Migrate(ctx context.Context, url string) error {
	return withMigrations(ctx, url, func(p *goose.Provider) error {
		have, want, err := p.GetVersions(ctx)
		if err != nil {
			return fmt.Errorf("read the schema version: %w", err)
		}
		if have > want {
			return &NewerSchemaError{Database: have, Known: want}
		}
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		return nil
	})
}

// MigrateDown undoes the newest migration and returns its version, 0 when there is none to undo.
func MigrateDown(ctx context.Context, url string) (version int64, err error) {
	err = withMigrations(ctx, url, func(p *goose.Provider) error {
		result, err := p.Down(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("undo a migration: %w", err)
		}
		version = result.Source.Version
		return nil
	})
	return version, err
}

// MigrationStatus lists every migration this binary knows, oldest first.
func MigrationStatus(ctx context.Context, url string) (steps []MigrationStep, err error) {
	err = withMigrations(ctx, url, func(p *goose.Provider) error {
		found, err := p.Status(ctx)
		if err != nil {
			return fmt.Errorf("read the migrations: %w", err)
		}
		for _, s := range found {
			steps = append(steps, MigrationStep{Version: s.Source.Version, Name: s.Source.Path, AppliedAt: s.AppliedAt})
		}
		return nil
	})
	return steps, err
}

// SchemaVersions tells the version the database is at and the newest this binary knows.
func SchemaVersions(ctx context.Context, url string) (have, known int64, err error) {
	err = withMigrations(ctx, url, func(p *goose.Provider) error {
		have, known, err = p.GetVersions(ctx)
		return err
	})
	return have, known, err
}

// SchemaVersion is the version of the schema that reads find, a replica's where there is one. An
// [OlderSchemaError] says that it is not enough. That of a later release is: who runs already goes on.
func (s *Store) SchemaVersion(ctx context.Context) (have int64, err error) {
	err = s.reads.QueryRow(ctx, "SELECT coalesce(max(version_id), 0) FROM jira_sync.schema_migrations WHERE is_applied").Scan(&have)
	if err != nil && !isCode(err, "42P01") { // no such table: it is at its beginning
		return 0, fmt.Errorf("read the schema version: %w", err)
	}
	if known := newestMigration(); have < known {
		return have, &OlderSchemaError{have, known}
	}
	return have, nil
}

// newestMigration is the version of the last of the embedded migrations.
func newestMigration() int64 {
	names, _ := fs.Glob(migrationFiles, "migrations/*.sql") // the pattern is valid
	version, _ := goose.NumericComponent(slices.Max(names)) // a test reads them all
	return version
}

// MigrationsHash names the state of the embedded migrations: a template database that bears it is
// current.
func MigrationsHash() string {
	sum := sha256.New()
	names, _ := fs.Glob(migrationFiles, "migrations/*.sql") // the pattern is valid
	for _, name := range names {
		content, _ := migrationFiles.ReadFile(name) // embedded: it is there
		sum.Write([]byte(name))
		sum.Write(content)
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
}

// withMigrations opens a connection of its own for goose, which speaks database/sql.
func withMigrations(ctx context.Context, url string, use func(*goose.Provider) error) error {
	config, err := connConfig(url)
	if err != nil {
		return err
	}
	conn := stdlib.OpenDB(*config)
	defer func() { _ = conn.Close() }() // nothing is left to lose
	if err := conn.PingContext(ctx); err != nil {
		return describeConnectError(err, config)
	}
	provider, err := newProvider(ctx, conn)
	if err != nil {
		return err
	}
	return use(provider)
}

func newProvider(ctx context.Context, conn *sql.DB) (*goose.Provider, error) {
	// The version table stands in the schema too: a dump of the schema is whole.
	if _, err := conn.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS jira_sync"); err != nil && !isDuplicate(err) {
		return nil, fmt.Errorf("create the schema jira_sync: %w", err)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return nil, fmt.Errorf("prepare the migration lock: %w", err)
	}
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, fmt.Errorf("open the migrations: %w", err)
	}
	return goose.NewProvider(goose.DialectPostgres, conn, files,
		goose.WithSessionLocker(locker),
		goose.WithTableName("jira_sync.schema_migrations"),
		goose.WithSlog(slog.New(slog.DiscardHandler)),
	)
}
