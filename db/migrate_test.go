package db_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"jirasync/chaos/chaostest"
	"jirasync/db"
	"jirasync/db/dbtest"
)

// migrateDatabase makes this test binary a server that migrates, and no more.
const migrateDatabase = "DB_TEST_MIGRATE"

func migrateAsServer(url string) int {
	if err := db.Migrate(context.Background(), url); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func startMigrating(t *testing.T, url string) *exec.Cmd {
	t.Helper()
	server := exec.CommandContext(t.Context(), os.Args[0])
	server.Env = append(os.Environ(), migrateDatabase+"="+url)
	server.Stderr = os.Stderr
	require.NoError(t, server.Start())
	return server
}

// Three servers start on an empty database; the one that migrates is killed in the middle.
func TestMigrationKilledInTheMiddleIsFinishedOnceByTheOthers(t *testing.T) {
	t.Parallel()
	outcome := chaostest.Outcome{Fault: "three servers migrate, one is killed"}
	defer func() { chaostest.Report(t, outcome) }()
	for outcome.Times < chaostest.Rounds(1, 20) {
		url := dbtest.Empty(t)
		conn, err := pgx.Connect(t.Context(), url)
		require.NoError(t, err)
		first := startMigrating(t, url)
		for migrating := false; !migrating; {
			require.NoError(t, conn.QueryRow(t.Context(), `
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL)
    OR to_regclass('jira_sync.schema_migrations') IS NOT NULL`).Scan(&migrating))
		}
		others := []*exec.Cmd{startMigrating(t, url), startMigrating(t, url)}
		require.NoError(t, first.Process.Kill())
		killed := time.Now()
		if first.Wait() != nil { // else it had just finished
			outcome.Times++
		}
		for _, other := range others {
			require.NoError(t, other.Wait())
		}
		outcome.Recovery = max(outcome.Recovery, time.Since(killed))
		steps, err := db.MigrationStatus(t.Context(), url)
		require.NoError(t, err)
		for _, step := range steps {
			var applied int
			require.NoError(t, conn.QueryRow(t.Context(), `
SELECT count(*) FROM jira_sync.schema_migrations WHERE version_id = $1 AND is_applied`, step.Version).Scan(&applied))
			outcome.Missing += max(0, 1-applied)
			outcome.Extra += max(0, applied-1)
			require.Equal(t, 1, applied, step.Name)
		}
		require.NoError(t, conn.Close(t.Context()))
	}
}
