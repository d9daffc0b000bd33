package mirror_test

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/chaos/chaostest"
	"jirasync/db"
	"jirasync/jira"
	"jirasync/jirasim"
	"jirasync/mirror"
)

// The environment of the helper process: this test binary again, doing one run until it is killed.
const (
	crashDatabase = "MIRROR_CRASH_DATABASE"
	crashJira     = "MIRROR_CRASH_JIRA"
	crashMode     = "MIRROR_CRASH_MODE"
)

// runToBeKilled is the helper process. Its exit code is 0 when the run came to an end.
func runToBeKilled() int {
	ctx := context.Background()
	store, err := db.Open(ctx, db.Options{URL: os.Getenv(crashDatabase)})
	if err != nil {
		return 1
	}
	client, err := jira.New(jira.Config{Number: 1, URL: os.Getenv(crashJira), Token: "secret", Concurrency: 3, RetryWait: time.Millisecond})
	if err != nil {
		return 1
	}
	lease, err := store.AcquireLease(ctx, 1, "helper", mirror.LeaseTTL)
	if err != nil {
		return 1
	}
	run, err := store.OpenRun(ctx, lease, db.Mode(os.Getenv(crashMode)), nil, "test")
	if err != nil {
		return 1
	}
	engine := mirror.NewEngine(store, func(context.Context, db.Progress) {}, slog.New(slog.DiscardHandler))
	if _, err := engine.Do(ctx, mirror.Order{
		Instance: mirror.Instance{ID: 1, Name: "north", Client: client, Concurrency: 3}, Lease: lease, Run: run,
		Settings: db.SyncConfig{ReconcileIntervalSeconds: 1}, BothStrikes: true,
	}); err != nil {
		return 1
	}
	return 0
}

func TestKilledAnywhereLosesNothing(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 800}, func(w *world) {
		var left atomic.Int64 // requests until the kill
		var moment atomic.Int64
		kill := make(chan struct{}, 1)
		w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
			if left.Add(-1) != 0 {
				jira.ServeHTTP(rw, r)
				return
			}
			if moment.Load() != asking {
				jira.ServeHTTP(rw, r)
			}
			kill <- struct{}{}
			if moment.Load() == asking {
				_, _ = io.Copy(io.Discard, r.Body) // only then does the server see the other side go
				<-r.Context().Done()
			}
		})
		outcome := chaostest.Outcome{Fault: "kill -9 in the middle of a run"}
		points, killed := chaostest.Rounds(3, 50), 0 // on each of two flavors
		w.strikes = true
		for killed < points {
			moment.Store(int64(killed % moments))
			mode := []db.Mode{db.Full, db.Incremental, db.Reconcile}[(killed+killed/moments)%3]
			left.Store(1 + rand.Int64N(40))
			died := w.killedRun(mode, kill, moment.Load())
			w.sim.Touch(10)
			w.sim.Create(w.sim.ProjectKeys()[0])
			w.sim.Delete(ask[int64](w, `SELECT coalesce(max(jira_id), 0) FROM jira_sync.jira_issues WHERE deleted_at IS NULL`))
			_, err := w.conn.Exec(w.Context(), `UPDATE jira_sync.sync_leases SET expires_at = now()`) // its time passes
			require.NoError(w, err)
			if !died {
				continue
			}
			killed++
			outcome.Times++
			if killed == points || killed%5 == 0 { // in between, what was cut off is cut off again
				w.recover(&outcome, db.Full, db.Reconcile)
			}
		}
		chaostest.Report(w, outcome)
		require.Zero(w, outcome.Lost())
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_history WHERE state = 'RUNNING'`))
		require.Positive(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_history WHERE state = 'INTERRUPTED'`))
	})
}

// The moments at which a helper is killed: its request unanswered, the answer in its hands, and in
// the middle of what it then does in the database.
const (
	asking = iota
	answered
	writing
	moments
)

// isWriting asks whether the helper has a transaction open.
const isWriting = `SELECT EXISTS (SELECT FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL)`

// killedRun starts a helper and kills it at the signal; false when its run ended before.
func (w *world) killedRun(mode db.Mode, kill <-chan struct{}, moment int64) bool {
	w.Helper()
	helper := exec.CommandContext(w.Context(), os.Args[0])
	helper.Env = append(os.Environ(), crashDatabase+"="+w.url, crashJira+"="+w.server.URL, crashMode+"="+string(mode))
	require.NoError(w, helper.Start())
	ended := make(chan error, 1)
	go func() { ended <- helper.Wait() }()
	select {
	case err := <-ended:
		require.NoError(w, err, "the helper's run was not recorded")
		select {
		case <-kill:
		default: // it asked for less than that
		}
		return false
	case <-kill:
		for moment == writing && len(ended) == 0 && !ask[bool](w, isWriting) {
		}
		_ = helper.Process.Signal(syscall.SIGKILL)
		return <-ended != nil
	}
}

// A server that was paused wakes up with a page in hand, when another has long taken over.
func TestLateServerWritesNothingMore(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 400}, func(w *world) {
		paused, wake := make(chan struct{}), make(chan struct{})
		var requests atomic.Int64
		w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
			if requests.Add(1) == 17 {
				close(paused)
				<-wake
			}
			jira.ServeHTTP(rw, r)
		})
		type end struct {
			run db.Run
			err error
		}
		late := make(chan end, 1)
		lease, err := w.store.AcquireLease(w.Context(), 1, "late", mirror.LeaseTTL)
		require.NoError(w, err)
		run, err := w.store.OpenRun(w.Context(), lease, db.Full, nil, "test")
		require.NoError(w, err)
		go func() {
			done, err := w.engine.Do(w.Context(), mirror.Order{Instance: w.instance, Lease: lease, Run: run, Settings: w.settings})
			late <- end{done.Run, err}
		}()
		<-paused
		_, err = w.conn.Exec(w.Context(), `UPDATE jira_sync.sync_leases SET expires_at = now()`)
		require.NoError(w, err)
		w.engine = w.newEngine()
		w.succeed(db.Full)
		before := ask[int64](w, `SELECT version FROM jira_sync.jira_instances`)
		close(wake)
		ended := <-late
		require.ErrorIs(w, ended.err, db.ErrFenced)
		require.Equal(w, before, ask[int64](w, `SELECT version FROM jira_sync.jira_instances`))
		require.Equal(w, "INTERRUPTED", ask[string](w, `SELECT state FROM jira_sync.sync_history WHERE sync_id = $1`, run.SyncID))
		outcome := chaostest.Outcome{Fault: "a paused server wakes up late", Times: 1}
		outcome.Add(0, w.difference(), 0)
		chaostest.Report(w, outcome)
		w.requireTruth()
	})
}
