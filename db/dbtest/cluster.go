package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/localpg"
)

const (
	urlVariable = "TEST_DATABASE_URL"
	// DataVariable names the folder of a cluster that goes when the tests have ended.
	DataVariable = "TEST_DATABASE_DATA"

	dirPrefix    = "jirasync-dbtest-"
	startTimeout = 2 * time.Minute
)

// Settings make a cluster quick that need not survive a power cut.
func Settings() map[string]string {
	return map[string]string{
		"fsync":              "off",
		"synchronous_commit": "off",
		"full_page_writes":   "off",
		"autovacuum":         "off", // plans depend on the test's own ANALYZE, not on the hour
		"max_connections":    "400",
		"max_wal_size":       "1GB",
		"checkpoint_timeout": "1h",
	}
}

// cluster is the one that this process uses, made by the first test that asks.
type cluster struct {
	url  string // of the maintenance database
	data string // the folder of a cluster that goes with the tests; empty: it stays
	own  *localpg.Cluster
	dir  string // of own

	templateOnce sync.Once
	template     string
	templateErr  error
}

// current outlives every test: a process has one cluster, whichever test asks first.
var current struct {
	sync.Mutex
	*cluster
}

func clusterFor(t testing.TB) *cluster {
	t.Helper()
	current.Lock()
	defer current.Unlock()
	if current.cluster != nil {
		return current.cluster
	}
	if given := os.Getenv(urlVariable); given != "" {
		current.cluster = &cluster{url: given, data: os.Getenv(DataVariable)}
		return current.cluster
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), startTimeout)
	defer cancel()
	own, err := startCluster(ctx)
	require.NoError(t, err, "start a PostgreSQL cluster for the tests")
	current.cluster = own
	return own
}

func startCluster(ctx context.Context) (*cluster, error) {
	sweep()
	dir, err := os.MkdirTemp("", dirPrefix)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o711); err != nil { // the server's account has to pass
		return nil, err
	}
	own, err := localpg.Start(ctx, localpg.Options{Dir: dir, Settings: Settings()})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &cluster{url: own.URL("postgres"), data: own.Dir(), own: own, dir: dir}, nil
}

// ample is the room on a disk from which on databases may stay: those of a whole test run take some
// gigabytes.
const ample = 12 << 30

// close ends the connections of a database and drops it, unless it goes with its cluster anyhow: next
// to as many files that were removed a moment ago, ext4 takes long to make those of the next database.
func (c *cluster) close(ctx context.Context, database string) error {
	var disk syscall.Statfs_t
	if c.data == "" || syscall.Statfs(c.data, &disk) != nil || disk.Bavail*uint64(disk.Bsize) < ample {
		return execute(ctx, c.url, "DROP DATABASE "+pgx.Identifier{database}.Sanitize()+" WITH (FORCE)")
	}
	return execute(ctx, c.url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", database)
}

// stopCluster ends and removes the cluster of this process, if it started one.
func stopCluster() error {
	current.Lock()
	defer current.Unlock()
	if current.cluster == nil || current.own == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	err := current.own.Stop(ctx)
	return errors.Join(err, os.RemoveAll(current.own.Dir()), os.RemoveAll(current.dir))
}

// sweep removes the clusters of test binaries that were killed. Their lock is free; those
// of a minute ago may only not have taken theirs yet.
func sweep() {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), dirPrefix+"*")) // the pattern is valid
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if err != nil || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(dir) // what stays is tried again by the next
		}
		_ = lock.Close()
	}
}

// migrated returns the name of the template, made by whichever process comes first.
func (c *cluster) migrated(ctx context.Context) (string, error) {
	c.templateOnce.Do(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), startTimeout)
		defer cancel()
		c.template, c.templateErr = makeTemplate(ctx, c.url, "jirasync_migrated_"+db.MigrationsHash(), db.Migrate)
	})
	return c.template, c.templateErr
}

// makeTemplate migrates under another name and renames as its last step: a template that
// exists is whole. Nobody may connect to it, which would keep others from copying it.
func makeTemplate(ctx context.Context, maintenance, name string, migrate func(context.Context, string) error) (string, error) {
	conn, err := pgx.Connect(ctx, maintenance)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	// Held to the end of the session: other test binaries wait and then find it done.
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtext($1))", name); err != nil {
		return "", fmt.Errorf("lock the template: %w", err)
	}
	var exists bool
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists)
	if err != nil || exists {
		return name, err
	}
	building := pgx.Identifier{name + "_building"}.Sanitize()
	for _, sql := range []string{
		"DROP DATABASE IF EXISTS " + building + " WITH (FORCE)",
		"CREATE DATABASE " + building + " TEMPLATE template0",
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return "", fmt.Errorf("%s: %w", sql, err)
		}
	}
	u, err := url.Parse(maintenance)
	if err != nil {
		return "", fmt.Errorf("%s is no URL", urlVariable)
	}
	u.Path = "/" + name + "_building"
	if err := migrate(ctx, u.String()); err != nil {
		return "", err
	}
	for _, sql := range []string{
		"ALTER DATABASE " + building + " WITH ALLOW_CONNECTIONS false",
		"ALTER DATABASE " + building + " RENAME TO " + pgx.Identifier{name}.Sanitize(),
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return "", fmt.Errorf("%s: %w", sql, err)
		}
	}
	return name, nil
}
