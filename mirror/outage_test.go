package mirror_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/chaos/chaostest"
	"jirasync/db"
	"jirasync/db/dbtest"
	"jirasync/jirasim"
	"jirasync/localpg"
)

// ownCluster is a PostgreSQL that a test may stop, on the same address each time.
type ownCluster struct {
	*testing.T
	dir     string
	running *localpg.Cluster
}

func startOwn(t *testing.T) *ownCluster {
	t.Helper()
	dir, err := os.MkdirTemp("", "jirasync-outage-") // its path is short enough for a socket, unlike t.TempDir's
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o711)) // the server's account has to pass
	c := &ownCluster{T: t, dir: filepath.Join(dir, "pg")}
	c.start()
	t.Cleanup(c.stop)
	return c
}

func (c *ownCluster) start() {
	c.Helper()
	running, err := localpg.Start(context.WithoutCancel(c.Context()), localpg.Options{Dir: c.dir, Settings: dbtest.Settings()})
	require.NoError(c, err)
	c.running = running
}

func (c *ownCluster) stop() {
	c.Helper()
	require.NoError(c, c.running.Stop(context.WithoutCancel(c.Context())))
}

func TestDatabaseRestartedInTheMiddle(t *testing.T) {
	t.Parallel()
	cluster := startOwn(t)
	url, err := cluster.running.EnsureDatabase(t.Context(), "mirror")
	require.NoError(t, err)
	require.NoError(t, db.Migrate(t.Context(), url))
	w := newWorldOn(t, jirasim.Options{Flavor: jirasim.Cloud, Issues: 800}, url)
	w.sim.Faults().Add(jirasim.Rule{Path: searchPath, Latency: 60 * time.Millisecond})
	var once sync.Once
	w.onProgress(func(p db.Progress) {
		if p.Done >= 100 {
			once.Do(func() {
				cluster.stop()
				cluster.start()
			})
		}
	})
	run, err := w.try(t.Context(), db.Full)
	if err == nil {
		require.Contains(t, []db.State{db.Failed, db.Partial, db.Succeeded}, run.State)
	}
	w.sim.Faults().Clear()
	w.reconnect()
	outcome := chaostest.Outcome{Fault: "PostgreSQL restarted in the middle", Times: 1}
	w.recover(&outcome, db.Full)
	chaostest.Report(t, outcome)
	require.Zero(t, outcome.Lost())
	require.Zero(t, ask[int](w, `SELECT count(*) FROM jira_sync.sync_history WHERE state = 'RUNNING'`))
}
