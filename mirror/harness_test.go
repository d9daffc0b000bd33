package mirror_test

import (
	"context"
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"jirasync/chaos/chaostest"
	"jirasync/db"
	"jirasync/db/dbtest"
	"jirasync/jira"
	"jirasync/jirasim"
	"jirasync/mirror"
	"jirasync/mirror/mirrortest"
)

func TestMain(m *testing.M) {
	if os.Getenv(crashDatabase) != "" {
		os.Exit(runToBeKilled())
	}
	// Each history is a world of its own, so a few of them must do where time is short.
	if err := flag.Set("rapid.checks", strconv.Itoa(chaostest.Rounds(3, 100))); err != nil {
		panic(err)
	}
	dbtest.Main(m, chaostest.Links()...)
}

// world is a simulated Jira and a mirror of it.
type world struct {
	*testing.T
	sim      *jirasim.Sim
	server   *httptest.Server
	jira     string           // where the mirror finds it
	way      *chaostest.Proxy // to Jira or to PostgreSQL; nil: there is no proxy
	faulty   *db.Store        // through the proxy
	role     string           // of faulty
	meddler  atomic.Pointer[func(http.ResponseWriter, *http.Request, http.Handler)]
	store    *db.Store
	url      string
	conn     *pgx.Conn
	engine   *mirror.Engine
	instance mirror.Instance
	settings db.SyncConfig
	flavor   jirasim.Flavor
	watch    atomic.Pointer[func(db.Progress)] // called with each progress told
	strikes  bool
	now      atomic.Pointer[time.Time] // of Jira; nil: the real time
}

var flavors = []jirasim.Flavor{jirasim.Cloud, jirasim.DataCenter}

// onBoth runs a test against each kind of Jira.
func onBoth(t *testing.T, o jirasim.Options, test func(w *world)) {
	t.Helper()
	t.Parallel()
	for _, flavor := range flavors {
		t.Run(string(flavor), func(t *testing.T) {
			t.Parallel()
			o := o
			o.Flavor = flavor
			test(newWorld(t, o))
		})
	}
}

func newWorld(t *testing.T, o jirasim.Options) *world {
	t.Helper()
	return newWorldOn(t, o, dbtest.New(t))
}

// newWorldOn makes a world that is mirrored into this database.
func newWorldOn(t *testing.T, o jirasim.Options, url string) *world {
	t.Helper()
	w := &world{T: t, flavor: o.Flavor, settings: db.SyncConfig{IntervalSeconds: 120, ReconcileIntervalSeconds: 604_800}}
	if o.Issues == 0 {
		o.Issues = 120
	}
	o.Seed, o.Token, o.Username = 7, "secret", "sync@example.com"
	o.Now = func() time.Time {
		if at := w.now.Load(); at != nil {
			return *at
		}
		return time.Now()
	}
	var err error
	w.sim, err = jirasim.New(o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.sim.Close() })
	jira := w.sim.Handler()
	w.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if meddle := w.meddler.Load(); meddle != nil {
			(*meddle)(rw, r, jira)
			return
		}
		jira.ServeHTTP(rw, r)
	}))
	t.Cleanup(w.server.Close)
	w.jira = w.server.URL

	w.url = url
	w.store, err = db.Open(t.Context(), db.Options{URL: url})
	require.NoError(t, err)
	t.Cleanup(w.store.Close)
	w.reconnect()

	w.instance = mirror.Instance{ID: 1, Name: "north", Concurrency: 3}
	w.connect(o.Flavor, "secret")
	require.NoError(t, w.store.ConfigureInstances(t.Context(), []db.InstanceRow{{ID: 1, Name: "north", URL: w.server.URL}}))
	w.engine = w.newEngine()
	return w
}

// meddle puts somebody between the mirror and Jira; nil steps aside again.
func (w *world) meddle(with func(http.ResponseWriter, *http.Request, http.Handler)) {
	if with == nil {
		w.meddler.Store(nil)
		return
	}
	w.meddler.Store(&with)
}

// reconnect opens the connection that the test asks through.
func (w *world) reconnect() {
	w.Helper()
	conn, err := pgx.Connect(w.Context(), w.url)
	require.NoError(w, err)
	w.Cleanup(func() { _ = conn.Close(context.WithoutCancel(w.Context())) })
	w.conn = conn
}

// connect gives the mirror a fresh client with this secret.
func (w *world) connect(flavor jirasim.Flavor, secret string) {
	w.Helper()
	c := jira.Config{Name: "north", Number: 1, URL: w.jira, Concurrency: 3, MaxWait: 2 * time.Second, RetryWait: 5 * time.Millisecond, Transport: http.DefaultTransport.(*http.Transport).Clone()}
	if flavor == jirasim.Cloud {
		c.Username, c.Password = "sync@example.com", secret
	} else {
		c.Token = secret
	}
	client, err := jira.New(c)
	require.NoError(w, err)
	w.Cleanup(client.Close)
	w.instance.Client = client
}

// newEngine is an engine that has learnt nothing yet, as after a restart.
func (w *world) newEngine() *mirror.Engine { return w.newEngineOn(w.store) }

func (w *world) newEngineOn(store *db.Store) *mirror.Engine {
	return mirror.NewEngine(store, func(_ context.Context, p db.Progress) {
		if watch := w.watch.Load(); watch != nil {
			(*watch)(p)
		}
	}, slog.New(slog.DiscardHandler))
}

// onProgress has the next runs watched.
func (w *world) onProgress(watch func(db.Progress)) { w.watch.Store(&watch) }

// run does one run to its end.
func (w *world) run(mode db.Mode, keys ...string) db.Run {
	w.Helper()
	run, err := w.try(w.Context(), mode, keys...)
	require.NoError(w, err)
	return run
}

// try does one run and gives back how its end was recorded.
func (w *world) try(ctx context.Context, mode db.Mode, keys ...string) (db.Run, error) {
	w.Helper()
	lease, err := w.store.AcquireLease(w.Context(), 1, "test", mirror.LeaseTTL)
	require.NoError(w, err)
	run, err := w.store.OpenRun(w.Context(), lease, mode, keys, "test")
	require.NoError(w, err)
	done, err := w.engine.Do(ctx, mirror.Order{
		Instance: w.instance, Lease: lease, Run: run, Settings: w.settings, BothStrikes: w.strikes,
	})
	if err == nil { // else the database is away, and the lease ends by itself
		require.NoError(w, w.store.ReleaseLease(w.Context(), lease))
	}
	return done.Run, err
}

// succeed does one run that must succeed.
func (w *world) succeed(mode db.Mode, keys ...string) db.Run {
	w.Helper()
	run := w.run(mode, keys...)
	if run.State != db.Succeeded {
		require.Equal(w, db.Succeeded, run.State, text(run.Error))
	}
	return run
}

// recover does runs of these modes after a fault has ended, again when they did not bring the truth,
// and counts what is wrong then.
func (w *world) recover(o *chaostest.Outcome, modes ...db.Mode) {
	w.Helper()
	began := time.Now()
	var d mirrortest.Difference
	for range 4 {
		for _, mode := range modes {
			w.run(mode)
		}
		if d = w.difference(); d.Empty() {
			break
		}
	}
	o.Add(0, d, time.Since(began))
	if !d.Empty() {
		w.Log(o.Fault, d)
	}
}

// difference is what mirror and truth disagree on.
func (w *world) difference() mirrortest.Difference {
	w.Helper()
	difference, err := mirrortest.Compare(w.Context(), w.conn, 1, w.sim.Truth)
	require.NoError(w, err)
	return difference
}

// requireTruth holds the mirror against the truth.
func (w *world) requireTruth() {
	w.Helper()
	difference := w.difference()
	require.True(w, difference.Empty(), difference.String())
	require.Positive(w, difference.Issues)
}

// requireTruthOf holds these projects against the truth; the mirror has no others.
func (w *world) requireTruthOf(keys []string) {
	w.Helper()
	difference, err := mirrortest.Compare(w.Context(), w.conn, 1, func(yield func(jirasim.Truth) bool) {
		w.sim.Truth(func(t jirasim.Truth) bool { return !slices.Contains(keys, t.ProjectKey) || yield(t) })
	})
	require.NoError(w, err)
	require.True(w, difference.Empty(), difference.String())
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// ask reads one value by SQL.
func ask[V any](w *world, query string, args ...any) (value V) {
	w.Helper()
	require.NoError(w, w.conn.QueryRow(w.Context(), query, args...).Scan(&value), query)
	return value
}
