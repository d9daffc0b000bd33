package localpg_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"jirasync/localpg"
)

// supervise, in the environment, turns this test binary into a program that only runs a
// cluster in the folder named, until it is killed.
const supervise = "LOCALPG_TEST_SUPERVISE"

var quick = map[string]string{"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}

func TestMain(m *testing.M) {
	if dir := os.Getenv(supervise); dir != "" {
		cluster, err := localpg.Start(context.Background(), localpg.Options{Dir: dir})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(cluster.URL("postgres"))
		select {}
	}
	goleak.VerifyTestMain(m)
}

func TestDataSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	cluster := start(t, localpg.Options{Dir: dir, Settings: quick})
	database, err := cluster.EnsureDatabase(t.Context(), "kept data")
	require.NoError(t, err)
	query(t, database, "CREATE TABLE kept AS SELECT 42 AS n")
	require.NoError(t, cluster.Stop(t.Context()))
	require.NoError(t, cluster.Err())

	again := start(t, localpg.Options{Dir: dir, Settings: quick})
	database, err = again.EnsureDatabase(t.Context(), "kept data")
	require.NoError(t, err)
	require.Equal(t, "42", query(t, database, "SELECT n::text FROM kept"))
}

func TestClusterIsPrivateAndUTF8(t *testing.T) {
	t.Parallel()
	cluster := start(t, localpg.Options{Dir: newDir(t)})
	u := cluster.URL("postgres")
	require.Empty(t, query(t, u, "SHOW listen_addresses"))
	require.Equal(t, "on", query(t, u, "SHOW fsync"))
	require.Equal(t, "UTF8", query(t, u, "SHOW server_encoding"))
	require.Equal(t, "UTC", query(t, u, "SHOW timezone"))
	query(t, u, "CREATE EXTENSION pg_trgm")
	for _, dir := range []string{socketOf(t, u), filepath.Join(cluster.Dir(), "data")} {
		info, err := os.Stat(dir)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o700), info.Mode().Perm(), dir)
	}
}

func TestASettingOfTheCallerWins(t *testing.T) {
	t.Parallel()
	cluster := start(t, localpg.Options{Dir: newDir(t), Settings: map[string]string{
		"fsync": "off", "work_mem": "5MB", "listen_addresses": "*",
	}})
	require.Equal(t, "5MB", query(t, cluster.URL("postgres"), "SHOW work_mem"))
	require.Empty(t, query(t, cluster.URL("postgres"), "SHOW listen_addresses"), "never a port")
}

func TestASecondSupervisorIsRefused(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	start(t, localpg.Options{Dir: dir, Settings: quick})
	_, err := localpg.Start(t.Context(), localpg.Options{Dir: dir})
	require.ErrorAs(t, err, new(*localpg.InUseError))
}

func TestAKilledParentLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	parent := superviseElsewhere(t, dir)
	server := serverPID(t, dir)
	require.NoError(t, parent.Process.Kill())
	require.Eventually(t, func() bool { return syscall.Kill(server, 0) != nil }, time.Minute, 10*time.Millisecond)
}

func TestAKilledParentCanBeFollowedAtOnce(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	parent := superviseElsewhere(t, dir)
	require.NoError(t, parent.Process.Kill())
	_ = parent.Wait() // gives the lock back; its server may still be writing
	start(t, localpg.Options{Dir: dir, Settings: quick})
}

func TestAKilledServerIsNoticedAndRecovers(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	cluster := start(t, localpg.Options{Dir: dir})
	query(t, cluster.URL("postgres"), "CREATE TABLE kept AS SELECT 42 AS n")
	require.NoError(t, syscall.Kill(serverPID(t, dir), syscall.SIGKILL))
	select {
	case <-cluster.Done():
		require.Error(t, cluster.Err())
	case <-time.After(time.Minute):
		require.Fail(t, "the end of the server went unnoticed")
	}
	require.NoError(t, cluster.Stop(t.Context()))

	again := start(t, localpg.Options{Dir: dir})
	require.Equal(t, "42", query(t, again.URL("postgres"), "SELECT n::text FROM kept"))
}

func TestAPidFileThatNamesAnotherProgramIsStale(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	cluster := start(t, localpg.Options{Dir: dir, Settings: quick})
	require.NoError(t, cluster.Stop(t.Context()))
	file := filepath.Join(dir, "data", "postmaster.pid")
	text := fmt.Sprintf("%d\n%s\n", os.Getpid(), filepath.Dir(file))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	start(t, localpg.Options{Dir: dir, Settings: quick})
}

func TestADeepFolderGetsAShortSocket(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(newDir(t), strings.Repeat("deep/", 30), "it's, \"odd\" @ all")
	cluster := start(t, localpg.Options{Dir: dir, Settings: quick})
	require.Equal(t, "1", query(t, cluster.URL("postgres"), "SELECT '1'"))
	require.Equal(t, dir, cluster.Dir())
	socket := socketOf(t, cluster.URL("postgres"))
	require.NoError(t, cluster.Stop(t.Context()))
	require.NoDirExists(t, socket)
}

func TestDataOfAnotherMajorVersionIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	cluster := start(t, localpg.Options{Dir: dir, Settings: quick})
	require.NoError(t, cluster.Stop(t.Context()))
	mark := filepath.Join(dir, "data", "PG_VERSION")
	require.NoError(t, os.WriteFile(mark, []byte("9\n"), 0o600))

	_, err := localpg.Start(t.Context(), localpg.Options{Dir: dir})
	require.ErrorAs(t, err, new(*localpg.VersionError))
	require.ErrorContains(t, err, "was made by PostgreSQL 9")
	require.ErrorContains(t, err, "install postgresql-9")
	require.FileExists(t, filepath.Join(dir, "data", "global", "pg_control"))
}

func TestAFolderOfSomethingElseIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	theirs := filepath.Join(dir, "data", "thesis.tex")
	require.NoError(t, os.Mkdir(filepath.Dir(theirs), 0o755))
	require.NoError(t, os.WriteFile(theirs, []byte("years of work"), 0o600))
	_, err := localpg.Start(t.Context(), localpg.Options{Dir: dir})
	require.ErrorContains(t, err, "neither empty nor a PostgreSQL cluster")
	require.FileExists(t, theirs)
}

func TestAnUnfinishedInitdbIsBegunAnew(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "data.partial"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data.partial", "PG_VERSION"), []byte("15\n"), 0o600))
	start(t, localpg.Options{Dir: dir, Settings: quick})
	require.NoDirExists(t, filepath.Join(dir, "data.partial"))
}

func TestAnEndedContextStopsTheStart(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := localpg.Start(ctx, localpg.Options{Dir: newDir(t)})
	require.ErrorIs(t, err, context.Canceled)
}

func TestRootBelowAClosedFolderMovesToTheSamePlaceEachTime(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root has to hand over to another account")
	}
	closed := newDir(t)
	require.NoError(t, os.Chmod(closed, 0o700))
	wanted := filepath.Join(closed, "cluster")
	cluster := start(t, localpg.Options{Dir: wanted, Settings: quick})
	t.Cleanup(func() { _ = os.RemoveAll(cluster.Dir()) })
	require.NotEqual(t, wanted, cluster.Dir())
	require.Contains(t, cluster.Moved(), "cannot reach "+wanted)
	require.Contains(t, cluster.Moved(), cluster.Dir())
	require.NoError(t, cluster.Stop(t.Context()))

	again := start(t, localpg.Options{Dir: wanted, Settings: quick})
	require.Equal(t, cluster.Dir(), again.Dir())
}

func TestRootRunsTheDataOfAnotherAsThatOther(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can act as somebody else")
	}
	for name, uid := range map[string]int{"an account": 65534, "a uid without a name": 54321, "root itself": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := newDir(t)
			cluster := start(t, localpg.Options{Dir: dir, Settings: quick})
			require.NoError(t, cluster.Stop(t.Context()))
			chownAll(t, dir, uid)

			if uid == 0 && !namespaces() {
				_, err := localpg.Start(t.Context(), localpg.Options{Dir: dir})
				require.ErrorContains(t, err, "chown -R")
				return
			}
			again := start(t, localpg.Options{Dir: dir, Settings: quick})
			require.Equal(t, "1", query(t, again.URL("postgres"), "SELECT '1'"))
		})
	}
}

func TestNoPostgreSQLNamesTheCure(t *testing.T) {
	t.Parallel()
	_, err := localpg.Start(t.Context(), localpg.Options{Dir: newDir(t), BinDir: "/nonexistent"})
	require.ErrorAs(t, err, new(*localpg.NotFoundError))
	require.ErrorContains(t, err, "there is no folder /nonexistent")
	require.ErrorContains(t, err, "apt-get install postgresql")
}

func TestABrokenSettingIsQuoted(t *testing.T) {
	t.Parallel()
	_, err := localpg.Start(t.Context(), localpg.Options{
		Dir: newDir(t), Settings: map[string]string{"fsync": "off", "shared_buffers": "many"},
	})
	require.ErrorAs(t, err, new(*localpg.FailedError))
	require.ErrorContains(t, err, `invalid value for parameter "shared_buffers"`)
}
