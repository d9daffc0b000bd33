package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"jirasync/cache"
	"jirasync/chaos/chaostest"
	"jirasync/db"
	"jirasync/db/dbtest"
	"jirasync/events"
	"jirasync/follow"
	"jirasync/jira"
	"jirasync/jirasim"
	"jirasync/jobs"
	"jirasync/mirror"
)

func TestMain(m *testing.M) { dbtest.Main(m, chaostest.Links()...) }

// deadline is ten times what anything here should take.
const deadline = 100 * time.Second

// site is two simulated Jiras and a database that servers share.
type site struct {
	*testing.T
	store     *db.Store
	url       string
	conn      *pgx.Conn // the test's own
	sims      [2]*jirasim.Sim
	instances []mirror.Instance
}

func newSite(t *testing.T) *site {
	t.Helper()
	t.Parallel()
	url := dbtest.New(t)
	store, err := db.Open(t.Context(), db.Options{URL: url})
	require.NoError(t, err)
	t.Cleanup(store.Close)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	s := &site{T: t, store: store, url: url, conn: conn}
	var rows []db.InstanceRow
	for i, o := range []jirasim.Options{{Flavor: jirasim.Cloud, Name: "north", Issues: 120}, {Flavor: jirasim.DataCenter, Name: "south", Issues: 120}} {
		s.sims[i], err = jirasim.New(o)
		require.NoError(t, err)
		t.Cleanup(func() { _ = s.sims[i].Close() })
		server := httptest.NewServer(s.sims[i].Handler())
		t.Cleanup(server.Close)
		client, err := jira.New(jira.Config{Name: o.Name, Number: i + 1, URL: server.URL, Token: "any", RetryWait: 5 * time.Millisecond})
		require.NoError(t, err)
		t.Cleanup(client.Close)
		s.instances = append(s.instances, mirror.Instance{ID: i + 1, Name: o.Name, Client: client, Concurrency: 2})
		rows = append(rows, db.InstanceRow{ID: i + 1, Name: o.Name, URL: server.URL})
	}
	require.NoError(t, store.ConfigureInstances(t.Context(), rows))
	require.NoError(t, store.SeedSyncConfig(t.Context(), time.Hour, time.Hour))
	return s
}

// server is the writing half of one, and the ear it has for the others.
type server struct {
	completed *events.Subscription
	stop      func()
}

func (s *site) start(name string) *server {
	s.Helper()
	return s.startOn(name, s.store)
}

// startOn is a server that reaches the database in its own way.
func (s *site) startOn(name string, store *db.Store) *server {
	s.Helper()
	log := slog.New(slog.DiscardHandler)
	bus := events.New(events.Options{Logger: log})
	versions := cache.NewVersions()
	engine := mirror.NewEngine(store, func(context.Context, db.Progress) {}, log)
	work := jobs.New(store, engine, s.instances, name, log)
	ear := follow.New(store, versions, bus, follow.Hooks{Wake: work.Wake}, log)
	require.NoError(s, ear.Prepare(s.Context()))
	ctx, cancel := context.WithCancel(s.Context())
	completed := bus.Subscribe(ctx, func(e events.Event) bool { return e.Kind == events.KindCompleted }, events.SubscribeOptions{Buffer: 100})
	var group errgroup.Group
	group.Go(func() error { return work.Run(ctx) })
	group.Go(func() error { return ear.Run(ctx) })
	stopped := false
	one := &server{completed: completed, stop: func() {
		if !stopped {
			stopped = true
			cancel()
			require.NoError(s, group.Wait())
			bus.Close()
		}
	}}
	s.Cleanup(one.stop)
	return one
}

// next is the next run that this server's subscribers hear the end of.
func (s *site) next(from *server) db.Run {
	s.Helper()
	select {
	case e := <-from.completed.C():
		run, err := s.store.Run(s.Context(), e.RunID)
		require.NoError(s, err)
		return run
	case <-time.After(deadline):
		s.Fatal("no run has ended")
		return db.Run{}
	}
}

func (s *site) ask(instance int, mode db.Mode) db.Run {
	s.Helper()
	run, err := s.store.RequestRun(s.Context(), instance, mode, nil, "ann")
	require.NoError(s, err)
	return run
}

// count reads a number by SQL.
func (s *site) count(query string) (n int) {
	s.Helper()
	require.NoError(s, s.conn.QueryRow(s.Context(), query).Scan(&n), query)
	return n
}

func TestFirstTickReadsBothInstances(t *testing.T) {
	s := newSite(t)
	one := s.start("one")
	first, second := s.next(one), s.next(one)
	require.ElementsMatch(t, []int{1, 2}, []int{first.InstanceID, second.InstanceID})
	for _, run := range []db.Run{first, second} {
		require.Equal(t, db.Succeeded, run.State)
		require.Equal(t, db.Full, run.Mode)
		require.Equal(t, "schedule", run.TriggeredBy)
	}
}

func TestTwoServersRunEachThingOnceAndBothHear(t *testing.T) {
	s := newSite(t)
	one, two := s.start("one"), s.start("two")
	heard := func(from *server) map[int64]bool {
		return map[int64]bool{s.next(from).SyncID: true, s.next(from).SyncID: true}
	}
	firstOnOne, firstOnTwo := heard(one), heard(two)
	require.Len(t, firstOnOne, 2, "one run an instance")
	require.Equal(t, firstOnOne, firstOnTwo)
	wish := s.ask(1, db.Incremental)
	require.Equal(t, wish.SyncID, s.next(one).SyncID)
	require.Equal(t, wish.SyncID, s.next(two).SyncID)
}

func TestLeadMovesWhenItsServerStops(t *testing.T) {
	s := newSite(t)
	one := s.start("one")
	s.next(one)
	s.next(one)
	two := s.start("two")
	one.stop()
	wish, err := s.store.RequestRun(t.Context(), 2, db.Incremental, nil, "ann")
	for errors.Is(err, db.ErrAlreadyRunning) { // the new leader's first tick was faster
		s.next(two)
		wish, err = s.store.RequestRun(t.Context(), 2, db.Incremental, nil, "ann")
	}
	require.NoError(t, err)
	for {
		if run := s.next(two); run.SyncID == wish.SyncID {
			require.Equal(t, db.Succeeded, run.State)
			return
		}
	}
}

func TestRunOfADeadServerIsInterruptedAndContinued(t *testing.T) {
	s := newSite(t)
	lease, err := s.store.AcquireLease(t.Context(), 1, "dead", time.Second)
	require.NoError(t, err)
	left, err := s.store.OpenRun(t.Context(), lease, db.Full, nil, "schedule")
	require.NoError(t, err)
	one := s.start("one")
	var resumed bool
	for !resumed {
		run := s.next(one)
		resumed = run.InstanceID == 1 && run.TriggeredBy == "resume" && run.State == db.Succeeded
	}
	run, err := s.store.Run(t.Context(), left.SyncID)
	require.NoError(t, err)
	require.Equal(t, db.Interrupted, run.State)
}

func TestRunThatWasCancelledIsNotContinuedForADeadServer(t *testing.T) {
	s := newSite(t)
	lease, err := s.store.AcquireLease(t.Context(), 1, "dead", time.Second)
	require.NoError(t, err)
	left, err := s.store.OpenRun(t.Context(), lease, db.Full, nil, "ann")
	require.NoError(t, err)
	_, err = s.store.RequestCancel(t.Context(), left.SyncID)
	require.NoError(t, err)
	one := s.start("one")
	run := s.nextOf(one, 1)
	require.Equal(t, left.SyncID, run.SyncID)
	require.Equal(t, db.Cancelled, run.State)
	wish := s.ask(1, db.Incremental) // nobody has a wish for this instance before
	require.Equal(t, wish.SyncID, s.nextOf(one, 1).SyncID)
	require.Zero(t, s.count(`SELECT count(*) FROM jira_sync.sync_history WHERE triggered_by = 'resume'`))
}

func TestSlowInstanceDelaysNoOther(t *testing.T) {
	s := newSite(t)
	s.sims[0].Faults().Add(jirasim.Rule{Path: "/rest/api/3/search", Latency: time.Minute})
	one := s.start("one")
	require.Equal(t, 2, s.next(one).InstanceID)
	for range 3 {
		wish := s.ask(2, db.Incremental)
		require.Equal(t, wish.SyncID, s.next(one).SyncID)
	}
	_, err := s.store.RequestRun(t.Context(), 1, db.Full, nil, "ann")
	require.ErrorIs(t, err, db.ErrAlreadyRunning)
}

func TestNothingRunsByItselfWhilePaused(t *testing.T) {
	s := newSite(t)
	paused := true
	_, err := s.store.SaveSyncConfig(t.Context(), db.SyncConfigChange{Paused: &paused}, "ann")
	require.NoError(t, err)
	one := s.start("one")
	wish := s.ask(1, db.Incremental)
	require.Equal(t, wish.SyncID, s.next(one).SyncID, "the first run of all is the one asked for")
}

func TestChangedIntervalHolds(t *testing.T) {
	s := newSite(t)
	one := s.start("one")
	s.next(one)
	s.next(one)
	often := 5
	_, err := s.store.SaveSyncConfig(t.Context(), db.SyncConfigChange{IntervalSeconds: &often}, "ann")
	require.NoError(t, err)
	require.Equal(t, db.Incremental, s.next(one).Mode)
}

func TestStoppedServerLeavesItsRunToTheNext(t *testing.T) {
	s := newSite(t)
	s.sims[0].Faults().Add(jirasim.Rule{Path: "/rest/api/3/search", Latency: time.Minute})
	one := s.start("one")
	require.Equal(t, 2, s.next(one).InstanceID)
	one.stop()
	s.sims[0].Faults().Clear()
	two := s.start("two")
	for {
		if run := s.next(two); run.InstanceID == 1 {
			require.Equal(t, db.Succeeded, run.State)
			return
		}
	}
}

func (s *site) hint(instance int, delivery string, ids ...int64) {
	s.Helper()
	fresh, err := s.store.TakeWebhook(s.Context(), db.Webhook{InstanceID: instance, DeliveryID: delivery, Event: "jira:issue_updated", JiraIDs: ids})
	require.NoError(s, err)
	require.True(s, fresh)
}

// eventually waits until a hint's issue can be read.
func (s *site) eventually(instance int, jiraID int64) {
	s.Helper()
	require.Eventually(s, func() bool {
		known, err := s.store.KnownIssues(s.Context(), instance, []int64{jiraID})
		return err == nil && len(known) == 1
	}, deadline, 10*time.Millisecond)
}

func TestWebhookIsFollowedBetweenRuns(t *testing.T) {
	s := newSite(t)
	one := s.start("one")
	s.next(one)
	s.next(one)
	for i, sim := range s.sims {
		id := sim.Create(sim.ProjectKeys()[0])
		s.hint(i+1, "a", id)
		s.eventually(i+1, id)
	}
}

func TestWebhookIsFollowedWhileARunIsUnderWay(t *testing.T) {
	s := newSite(t)
	one := s.start("one")
	s.next(one)
	s.next(one)
	sim := s.sims[0]
	sim.Faults().Add(jirasim.Rule{Path: "/rest/api/3/search", Latency: time.Minute})
	wish := s.ask(1, db.Full)
	require.Eventually(t, func() bool {
		run, err := s.store.Run(t.Context(), wish.SyncID)
		return err == nil && run.State == db.Running
	}, deadline, 10*time.Millisecond)
	id := sim.Create(sim.ProjectKeys()[0])
	s.hint(1, "a", id)
	s.eventually(1, id)
	run, err := s.store.Run(t.Context(), wish.SyncID)
	require.NoError(t, err)
	require.Equal(t, db.Running, run.State)
}

// asked is how often a Jira was asked for anything.
func (s *site) asked(sim int) (n int) {
	for _, often := range s.sims[sim].Faults().Requests() {
		n += often
	}
	return n
}

// A login that is refused each second is locked before long. Each webhook of the other instance takes a
// look at what waits.
func TestWebhookIsNotFollowedAgainAndAgainWhereTheLoginIsRefused(t *testing.T) {
	s := newSite(t)
	one := s.start("one")
	s.next(one)
	s.next(one)
	s.sims[0].Faults().Add(jirasim.Rule{Status: 401})
	s.sims[0].Faults().ResetRequests()
	s.hint(1, "refused", s.sims[0].Create(s.sims[0].ProjectKeys()[0]))
	require.Eventually(t, func() bool { return s.asked(0) > 0 }, deadline, 5*time.Millisecond)
	for _, delivery := range []string{"a", "b", "c", "d"} {
		id := s.sims[1].Create(s.sims[1].ProjectKeys()[0])
		s.hint(2, delivery, id)
		s.eventually(2, id)
	}
	require.Equal(t, 1, s.asked(0))
}

func TestWebhookThatFailedInPassingIsFollowedSoon(t *testing.T) {
	s := newSite(t)
	one := s.start("one")
	s.next(one)
	s.next(one)
	s.sims[0].Faults().Add(jirasim.Rule{Status: 503})
	s.sims[0].Faults().ResetRequests()
	id := s.sims[0].Create(s.sims[0].ProjectKeys()[0])
	s.hint(1, "a", id)
	require.Eventually(t, func() bool { return s.asked(0) > 0 }, deadline, 5*time.Millisecond)
	s.sims[0].Faults().Clear()
	s.eventually(1, id)
}

func TestWebhooksAreOnlyNotedWhilePaused(t *testing.T) {
	s := newSite(t)
	pause := func(paused bool) {
		_, err := s.store.SaveSyncConfig(t.Context(), db.SyncConfigChange{Paused: &paused}, "ann")
		require.NoError(t, err)
	}
	pause(true)
	one := s.start("one")
	sim := s.sims[0]
	noted, wanted := sim.Create(sim.ProjectKeys()[0]), sim.Create(sim.ProjectKeys()[0])
	s.hint(1, "a", noted)
	wish := s.ask(2, db.Incremental)
	require.Equal(t, wish.SyncID, s.next(one).SyncID)
	require.Zero(t, s.asked(0))

	var failed int64
	require.NoError(t, s.conn.QueryRow(t.Context(), `
INSERT INTO jira_sync.sync_errors (sync_id, instance_id, jira_id, stage, message, last_at)
VALUES ($1, 1, $2, 'write', 'did not fit', now())
RETURNING error_id`, wish.SyncID, wanted).Scan(&failed))
	_, err := s.store.RetryError(t.Context(), failed)
	require.NoError(t, err)
	s.eventually(1, wanted) // a person asked for it
	known, err := s.store.KnownIssues(t.Context(), 1, []int64{noted})
	require.NoError(t, err)
	require.Empty(t, known)

	pause(false)
	s.eventually(1, noted)
}
