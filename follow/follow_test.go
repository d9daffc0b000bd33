package follow_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"jirasync/cache"
	"jirasync/db"
	"jirasync/db/dbtest"
	"jirasync/events"
	"jirasync/follow"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const deadline = 30 * time.Second

// ear is a follower and what it passes on.
type ear struct {
	*testing.T
	store    *db.Store
	conn     *pgx.Conn
	versions *cache.Versions
	heard    *events.Subscription // ends of runs
	progress *events.Subscription
	woken    chan struct{}
}

func newEar(t *testing.T) *ear {
	t.Helper()
	t.Parallel()
	url := dbtest.New(t)
	store, err := db.Open(t.Context(), db.Options{URL: url})
	require.NoError(t, err)
	t.Cleanup(store.Close)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	require.NoError(t, store.ConfigureInstances(t.Context(), []db.InstanceRow{{ID: 1, Name: "north", URL: "http://north"}}))
	return &ear{T: t, store: store, conn: conn, versions: cache.NewVersions(), woken: make(chan struct{}, 100)}
}

func (e *ear) listen() {
	e.Helper()
	log := slog.New(slog.DiscardHandler)
	bus := events.New(events.Options{Logger: log})
	wake := func() {
		select {
		case e.woken <- struct{}{}:
		default:
		}
	}
	f := follow.New(e.store, e.versions, bus, follow.Hooks{Wake: wake}, log)
	require.NoError(e, f.Prepare(e.Context()))
	ctx, stop := context.WithCancel(e.Context())
	e.heard = bus.Subscribe(ctx, func(ev events.Event) bool { return ev.Kind == events.KindCompleted }, events.SubscribeOptions{Buffer: 100})
	e.progress = bus.Subscribe(ctx, func(ev events.Event) bool { return ev.Kind == events.KindProgress }, events.SubscribeOptions{Buffer: 100})
	var group errgroup.Group
	group.Go(func() error { return f.Run(ctx) })
	e.Cleanup(func() { stop(); require.NoError(e, group.Wait()); bus.Close() })
}

// finish does a run that brings one issue.
func (e *ear) finish(n int64) db.Run {
	e.Helper()
	lease, err := e.store.AcquireLease(e.Context(), 1, "test", time.Minute)
	require.NoError(e, err)
	run, err := e.store.OpenRun(e.Context(), lease, db.Incremental, nil, "test")
	require.NoError(e, err)
	_, err = e.store.CommitPage(e.Context(), lease, db.Page{SyncID: run.SyncID, Issues: []db.IssueRow{{
		InstanceID: 1, JiraID: n, Key: "OPS-1", ProjectID: 10, ProjectKey: "OPS", ProjectName: "Ops", TypeID: "1", StatusID: "1",
		StatusCategory: "TODO", Fields: []byte("{}"), CreatedAt: time.Now(), UpdatedAt: time.Now(), SyncedAt: time.Now(), ContentHash: []byte{1},
	}}})
	require.NoError(e, err)
	run.State = db.Succeeded
	run, err = e.store.FinishRun(e.Context(), run, nil, nil)
	require.NoError(e, err)
	require.NoError(e, e.store.ReleaseLease(e.Context(), lease))
	return run
}

func (e *ear) notify(n db.Notice) {
	e.Helper()
	payload, err := json.Marshal(n)
	require.NoError(e, err)
	_, err = e.conn.Exec(e.Context(), `SELECT pg_notify('jirasync', $1)`, string(payload))
	require.NoError(e, err)
}

func (e *ear) requireHeard(run db.Run) {
	e.Helper()
	select {
	case ev := <-e.heard.C():
		require.Equal(e, run.SyncID, ev.RunID)
	case <-time.After(deadline):
		e.Fatalf("the end of run %d was not heard", run.SyncID)
	}
}

func TestFinishedRunIsHeardOnceAfterItsVersions(t *testing.T) {
	e := newEar(t)
	old := e.finish(1)
	e.listen()
	version := e.versions.Current(db.InstanceTag(1))
	require.Positive(t, version, "known before anything is served")
	run := e.finish(2)
	e.requireHeard(run) // and not the old one
	require.NotEqual(t, old.SyncID, run.SyncID)
	require.Greater(t, e.versions.Current(db.InstanceTag(1)), version)
	require.Positive(t, e.versions.Current(db.ProjectTag(1, 10)))
	e.requireHeard(e.finish(3))
	for len(e.progress.C()) > 0 { // of runs that were still open when they were looked at
		var p db.Progress
		require.NoError(e, json.Unmarshal((<-e.progress.C()).Payload, &p))
		require.NotEqual(e, db.PhaseFinished, p.Phase, "who watches a run would hear of its end twice")
	}
}

// The poll may see a run end before its notices are read: those of its beginning come after all.
func TestNoticesThatComeLateAnnounceNothingAgain(t *testing.T) {
	e := newEar(t)
	e.listen()
	run := e.finish(1)
	e.requireHeard(run)
	for _, kind := range []db.NoticeKind{db.NoticeWish, db.NoticeFinished} {
		e.notify(db.Notice{Kind: kind, InstanceID: 1, SyncID: run.SyncID})
	}
	e.requireHeard(e.finish(2))
}

func TestWhatEndedWhileNobodyListenedIsHeardAfterwards(t *testing.T) {
	e := newEar(t)
	e.listen()
	e.requireHeard(e.finish(1))
	for n := range int64(3) {
		_, err := e.conn.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`)
		require.NoError(t, err)
		e.requireHeard(e.finish(2 + n))
	}
}

func TestWishWakes(t *testing.T) {
	e := newEar(t)
	e.listen()
	_, err := e.store.RequestRun(t.Context(), 1, db.Full, nil, "ann")
	require.NoError(t, err)
	select {
	case <-e.woken:
	case <-time.After(deadline):
		t.Fatal("nobody was woken")
	}
}

// A run that is made where no event comes from, as by `jirasync sync`, is seen going on.
func TestProgressOfARunElsewhereIsTold(t *testing.T) {
	e := newEar(t)
	e.listen()
	lease, err := e.store.AcquireLease(t.Context(), 1, "cli", time.Minute)
	require.NoError(t, err)
	run, err := e.store.OpenRun(t.Context(), lease, db.Full, nil, "cli")
	require.NoError(t, err)
	for _, done := range []int{100, 200} {
		run.Phase, run.IssuesFetched = db.PhaseFetching, done
		_, err := e.store.SaveProgress(t.Context(), run)
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			for {
				select {
				case ev := <-e.progress.C():
					var p db.Progress
					require.NoError(t, json.Unmarshal(ev.Payload, &p))
					if ev.RunID == run.SyncID && p.Done == done && p.Phase == db.PhaseFetching {
						return true
					}
				default:
					return false
				}
			}
		}, deadline, 10*time.Millisecond, "progress of %d issues", done)
	}
}
