package dbtest_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"jirasync/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func TestEachDatabaseIsMigratedAndAlone(t *testing.T) {
	t.Parallel()
	first, second := connect(t, dbtest.New(t)), connect(t, dbtest.New(t))
	_, err := first.Exec(t.Context(), "CREATE TABLE mine ()")
	require.NoError(t, err)
	require.True(t, has(t, first, "mine"))
	require.False(t, has(t, second, "mine"))
	require.True(t, has(t, second, "jira_sync.sync_history"))
}

func TestEmptyHasNoTables(t *testing.T) {
	t.Parallel()
	require.False(t, has(t, connect(t, dbtest.Empty(t)), "jira_sync.sync_history"))
}

func TestADatabaseIsClosedWithItsTest(t *testing.T) {
	t.Parallel()
	var left *pgx.Conn
	t.Run("the test", func(t *testing.T) { // its end is what the rest waits for
		var err error
		left, err = pgx.Connect(context.WithoutCancel(t.Context()), dbtest.New(t))
		require.NoError(t, err)
	})
	require.Error(t, left.Ping(t.Context()))
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

func has(t *testing.T, conn *pgx.Conn, table string) bool {
	t.Helper()
	var found bool
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT to_regclass($1) IS NOT NULL", table).Scan(&found))
	return found
}
