// Package dbtest gives each test a PostgreSQL database of its own.
//
// The databases are copies of a template that is migrated once, so a test pays for a copy
// of some 50 ms. They stand in the cluster of TEST_DATABASE_URL, a maintenance database
// whose role may create others, and where that is unset, in one that this process starts
// and [Main] stops. `make test` sets it, so that all test binaries share one cluster.
//
// The cluster trades safety for speed (no fsync): it is for tests alone.
package dbtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// closeTimeout is for closing a test's database, after the test's context has ended.
const closeTimeout = 30 * time.Second

// New returns the URL of a migrated database that this test alone uses. It is closed, with
// whatever connections are left, when the test ends.
func New(t testing.TB) string {
	t.Helper()
	cluster := clusterFor(t)
	template, err := cluster.migrated(t.Context())
	require.NoError(t, err, "prepare the migrated template")
	return create(t, cluster, "TEMPLATE "+pgx.Identifier{template}.Sanitize())
}

// Empty returns the URL of a database like New's, without a table in it.
func Empty(t testing.TB) string {
	t.Helper()
	return create(t, clusterFor(t), "TEMPLATE template0")
}

// Main runs the tests of a package, stops the cluster that they started, and then fails if
// a goroutine is left. It belongs into TestMain, as its only statement, and does not return.
func Main(m *testing.M, options ...goleak.Option) {
	goleak.VerifyTestMain(runner{m}, options...)
}

// runner stops the cluster after the last test, before goleak looks.
type runner struct{ tests *testing.M }

func (r runner) Run() int {
	code := r.tests.Run()
	if err := stopCluster(); err != nil {
		fmt.Println("stop the test cluster:", err)
		return 1
	}
	return code
}

func create(t testing.TB, on *cluster, options string) string {
	t.Helper()
	name := "test_" + strings.ToLower(rand.Text())
	require.NoError(t, execute(t.Context(), on.url, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" "+options))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), closeTimeout)
		defer cancel()
		require.NoError(t, on.close(ctx, name))
	})
	return withDatabase(t, on.url, name)
}

func withDatabase(t testing.TB, maintenance, name string) string {
	t.Helper()
	u, err := url.Parse(maintenance)
	require.NoError(t, err, "%s is a URL: postgres://user@host/database", urlVariable)
	u.Path = "/" + name
	return u.String()
}

func execute(ctx context.Context, url, sql string, args ...any) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, sql, args...); err != nil {
		return fmt.Errorf("%s: %w", sql, err)
	}
	return nil
}
