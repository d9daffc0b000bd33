package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"jirasync/db"
	"jirasync/localpg"
)

// settings of PostgreSQL are the same for the product and its floors. No checkpoint falls into a
// turn: one is made before each that writes. Commits are as safe as in production.
func settings() map[string]string {
	return map[string]string{
		"fsync": "on", "synchronous_commit": "on", "shared_buffers": "512MB", "max_wal_size": "4GB",
		"checkpoint_timeout": "1h",
	}
}

// stand is what all measurements share.
type stand struct {
	options
	dir      string
	self     string // this program
	postgres *localpg.Cluster
	redis    *child
	redisURL string

	mirrors map[int]*mirrored // by the number of issues asked for
}

func openStand(ctx context.Context, opts options) (_ *stand, err error) {
	s := &stand{options: opts, mirrors: map[int]*mirrored{}}
	if s.self, err = os.Executable(); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp("", "jirasync-bench-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close(context.WithoutCancel(ctx)))
		}
	}()
	if err := os.Chmod(s.dir, 0o711); err != nil {
		return nil, err
	}
	if s.binary == "" {
		s.binary = filepath.Join(s.dir, "jirasync")
		if err := build(ctx, s.binary); err != nil {
			return nil, err
		}
	}
	if s.binary, err = filepath.Abs(s.binary); err != nil {
		return nil, err
	}
	s.postgres, err = localpg.Start(ctx, localpg.Options{
		Dir: filepath.Join(s.dir, "postgres"), FetchDir: filepath.Join(".cache", "postgres"), Settings: settings(),
	})
	if err != nil {
		return nil, err
	}
	return s, s.startRedis(ctx)
}

// build makes the binary as `make build` does.
func build(ctx context.Context, into string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", into, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build jirasync: %w: %s", err, out)
	}
	return nil
}

// startRedis runs a server without persistence on a socket of its own.
func (s *stand) startRedis(ctx context.Context) (err error) {
	socket := filepath.Join(s.dir, "redis.sock")
	s.redis, err = launch(environ(), "redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--dir", s.dir)
	if err != nil {
		return err
	}
	if _, err := s.redis.line(ctx, "eady to accept connections"); err != nil { // "Ready" since 7, "The server is now ready" before
		return err
	}
	s.redisURL = "unix://" + socket
	return nil
}

// redisFor is one of Redis's databases, for who must not find what others keep.
func (s *stand) redisFor(database int) string { return fmt.Sprintf("%s?db=%d", s.redisURL, database) }

// forgetRedis empties the cache of whoever was measured before.
func (s *stand) forgetRedis(ctx context.Context) error {
	options, err := redis.ParseURL(s.redisURL)
	if err != nil {
		return err
	}
	client := redis.NewClient(options)
	defer client.Close()
	return client.FlushAll(ctx).Err()
}

// close stops everything, the newest first, and leaves nothing behind.
func (s *stand) close(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, m := range s.mirrors {
		err = errors.Join(err, m.jira.stop())
	}
	if s.redis != nil {
		err = errors.Join(err, s.redis.stop())
	}
	if s.postgres != nil {
		err = errors.Join(err, s.postgres.Stop(ctx), os.RemoveAll(s.postgres.Dir()))
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// database makes an empty, migrated database, whatever was there under its name.
func (s *stand) database(ctx context.Context, name string) (string, error) {
	if err := s.drop(ctx, name); err != nil {
		return "", err
	}
	url, err := s.postgres.EnsureDatabase(ctx, name)
	if err != nil {
		return "", err
	}
	return url, db.Migrate(ctx, url)
}

// duplicate copies a database that nobody reads at the time.
func (s *stand) duplicate(ctx context.Context, url, name string) (string, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return "", err
	}
	if err := s.drop(ctx, name); err != nil {
		return "", err
	}
	return s.postgres.URL(name), execute(ctx, s.postgres.URL("postgres"),
		"CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" TEMPLATE "+pgx.Identifier{config.Database}.Sanitize())
}

func (s *stand) drop(ctx context.Context, name string) error {
	return execute(ctx, s.postgres.URL("postgres"), "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
}

// checkpoint lets the next turn begin with nothing of the one before left to write.
func (s *stand) checkpoint(ctx context.Context) error {
	return execute(ctx, s.postgres.URL("postgres"), "CHECKPOINT")
}

// postgresCPU is what PostgreSQL has used so far, all its processes together.
func (s *stand) postgresCPU() time.Duration {
	text, err := os.ReadFile(filepath.Join(s.postgres.Dir(), "data", "postmaster.pid"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		return 0
	}
	return familyCPU(pid)
}

// execute runs statements outside of a transaction.
func execute(ctx context.Context, url string, statements ...string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// fetch reads one row of one column.
func fetch[T any](ctx context.Context, url, sql string, args ...any) (value T, err error) {
	values, err := fetchAll[T](ctx, url, sql, args...)
	if err != nil {
		return value, err
	}
	if len(values) != 1 {
		return value, fmt.Errorf("%s: %d rows instead of one", sql, len(values))
	}
	return values[0], nil
}

// fetchAll reads one column, or with a struct all of them.
func fetchAll[T any](ctx context.Context, url, sql string, args ...any) ([]T, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	values, err := pgx.CollectRows(rows, pgx.RowTo[T])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", sql, err)
	}
	return values, nil
}
