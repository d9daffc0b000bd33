package cli

import (
	"context"
	"fmt"
	"time"

	"jirasync/config"
	"jirasync/db"
)

type migrateCommand struct {
	Up     migrateUpCommand     `cmd:"" help:"Bring the schema up to date."`
	Down   migrateDownCommand   `cmd:"" help:"Undo the newest migration."`
	Status migrateStatusCommand `cmd:"" help:"List the migrations."`
}

type (
	migrateUpCommand     struct{}
	migrateDownCommand   struct{}
	migrateStatusCommand struct{}
)

// Run brings the schema up to date.
func (migrateUpCommand) Run(ctx context.Context, s *session) error {
	c, err := config.Load()
	if err != nil {
		return err
	}
	if err := db.Migrate(ctx, migrationURL(c)); err != nil {
		return err
	}
	have, _, err := db.SchemaVersions(ctx, migrationURL(c))
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "the schema is at version %d\n", have)
	return nil
}

// Run undoes the newest migration.
func (migrateDownCommand) Run(ctx context.Context, s *session) error {
	c, err := config.Load()
	if err != nil {
		return err
	}
	version, err := db.MigrateDown(ctx, migrationURL(c))
	if err != nil {
		return err
	}
	if version == 0 {
		fmt.Fprintln(s.stdout, "there is no migration to undo")
		return nil
	}
	fmt.Fprintf(s.stdout, "migration %d is undone\n", version)
	return nil
}

// Run lists the migrations.
func (migrateStatusCommand) Run(ctx context.Context, s *session) error {
	c, err := config.Load()
	if err != nil {
		return err
	}
	steps, err := db.MigrationStatus(ctx, migrationURL(c))
	if err != nil {
		return err
	}
	for _, step := range steps {
		applied := "pending"
		if !step.AppliedAt.IsZero() {
			applied = "applied " + step.AppliedAt.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(s.stdout, "%5d  %-28s  %s\n", step.Version, step.Name, applied)
	}
	return nil
}

// migrationURL reaches PostgreSQL past a pooler, where locks hold.
func migrationURL(c config.Config) string {
	if c.Database.DirectURL != "" {
		return c.Database.DirectURL.Reveal()
	}
	return c.Database.URL.Reveal()
}
