package mirror_test

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/chaos/chaostest"
	"jirasync/db"
	"jirasync/jirasim"
)

// networkTrials are faults on the way to Jira, for as long as a run lasts.
var networkTrials = []trial{
	{"Jira's connections reset", poisoned(chaostest.Reset)},
	{"Jira's answers cut after 3 KB", poisoned(chaostest.Truncate)},
	{"Jira silent, then gone", poisoned(chaostest.Silence)},
	{"Jira late by 100 ms", poisoned(chaostest.Late)},
	{"Jira at 500 KB a second", poisoned(chaostest.Narrow)},
	{"Jira slow to close", poisoned(chaostest.SlowClose)},
	{"Jira's port closed", func(w *world) { w.way.Down() }},
}

func poisoned(toxic string) func(*world) { return func(w *world) { w.way.Inject(toxic) } }

func TestNetworkToJiraFailsInEveryWay(t *testing.T) {
	for _, flavor := range flavors {
		t.Run(string(flavor), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, jirasim.Options{Flavor: flavor, Issues: 120})
			jira, err := url.Parse(w.server.URL)
			require.NoError(t, err)
			w.way = chaostest.Before(t, "tcp", jira.Host)
			w.jira = "http://" + w.way.Addr()
			w.connect(flavor, "secret")
			w.succeed(db.Full)
			w.undergoAll(networkTrials, chaostest.Rounds(1, 10))
		})
	}
}

// strike is a fault between the engine and PostgreSQL, begun in the middle of a run and ended when
// the engine's connections have felt it.
type strike struct {
	name  string
	begin func(w *world)
	end   func(w *world)
}

func struck(toxic string) func(*world) { return poisoned(toxic) }
func healed(w *world)                  { w.way.Heal() }

var strikes = []strike{
	{"PostgreSQL's connections reset", struck(chaostest.Reset), healed},
	{"PostgreSQL's answers cut", struck(chaostest.Truncate), healed},
	{"PostgreSQL silent, then gone", struck(chaostest.Silence), healed},
	{"PostgreSQL's port closed", func(w *world) { w.way.Down() }, func(w *world) { w.way.Up() }},
	{"PostgreSQL has no connection left", exhausted, func(w *world) { w.exec(`ALTER ROLE ` + w.role + ` CONNECTION LIMIT -1`) }},
}

// exhausted takes the engine's connections and gives it no new ones.
func exhausted(w *world) {
	w.exec(`ALTER ROLE ` + w.role + ` CONNECTION LIMIT 0`)
	w.exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1`, w.role)
}

func TestNetworkToPostgreSQLFailsInEveryWay(t *testing.T) {
	for _, flavor := range flavors {
		t.Run(string(flavor), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, jirasim.Options{Flavor: flavor, Issues: 300})
			direct := w.store
			w.goThroughProxy()
			for round := range chaostest.Rounds(1, 10) {
				for _, s := range strikes {
					o := chaostest.Outcome{Fault: s.name}
					w.strike(s, &o, round)
					chaostest.Report(t, o)
					require.Zero(t, o.Lost(), s.name)
				}
			}
			require.Zero(t, ask[int](w, `SELECT count(*) FROM jira_sync.sync_history WHERE state = 'RUNNING'`))
			require.Zero(t, ask[int](w, `SELECT count(*) FROM jira_sync.sync_errors`), "no issue is to blame")
			require.NoError(t, direct.Ping(t.Context()))
		})
	}
}

// goThroughProxy has the engine reach PostgreSQL through a fault proxy, as a role of its own.
func (w *world) goThroughProxy() {
	w.Helper()
	w.role = "engine_" + strings.ToLower(rand.Text())
	w.exec(`CREATE ROLE ` + w.role + ` LOGIN IN ROLE postgres`)
	var through string
	w.way, through = chaostest.BeforePostgres(w, w.url)
	u, err := url.Parse(through)
	require.NoError(w, err)
	u.User = url.User(w.role)
	w.faulty, err = db.Open(w.Context(), db.Options{URL: u.String()})
	require.NoError(w, err)
	w.Cleanup(func() {
		w.faulty.Close()
		w.way.Down()
		_, err := w.conn.Exec(context.WithoutCancel(w.Context()), `DROP ROLE `+w.role)
		require.NoError(w, err)
	})
	w.engine = w.newEngineOn(w.faulty)
}

// strike runs the fault through a run and sees how long the mirror takes to agree.
func (w *world) strike(s strike, o *chaostest.Outcome, round int) {
	w.Helper()
	w.sim.Touch(20)
	w.sim.Create(w.sim.ProjectKeys()[round%3])
	mode := []db.Mode{db.Full, db.Incremental, db.Reconcile}[round%3]
	var left atomic.Int64 // requests to Jira until then
	left.Store(1 + mathrand.Int64N(8))
	w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
		if left.Add(-1) == 0 {
			o.Times++
			s.begin(w)
			for w.faulty.Ping(w.Context()) == nil {
			}
			s.end(w)
		}
		jira.ServeHTTP(rw, r)
	})
	run, err := w.try(w.Context(), mode)
	require.NoError(w, err, "how it ended is told when PostgreSQL is back")
	require.Contains(w, []db.State{db.Succeeded, db.Partial, db.Failed}, run.State, s.name)
	w.meddle(nil)
	w.recover(o, db.Incremental)
}

// A full disk is PostgreSQL's word, here from a trigger.
func TestFullDiskOfPostgreSQLCostsNoIssue(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		o := chaostest.Outcome{Fault: "PostgreSQL's disk full"}
		for _, table := range []string{"jira_issues", "jira_changelog", "jira_issue_search", "sync_checkpoints"} {
			o.Times++
			w.exec(`
CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`)
			w.exec(fmt.Sprintf(`CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON jira_sync.%s FOR EACH STATEMENT EXECUTE FUNCTION full_disk()`, table))
			w.sim.Touch(15)
			w.sim.Create(w.sim.ProjectKeys()[0])
			run := w.run(db.Incremental)
			require.Contains(w, []db.State{db.Failed, db.Partial}, run.State, table)
			require.Contains(w, text(run.Error), "No space left on device")
			w.exec(`DROP FUNCTION full_disk CASCADE`)
			w.recover(&o, db.Incremental)
		}
		chaostest.Report(w, o)
		require.Zero(w, o.Lost())
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_errors`), "no issue is to blame")
	})
}

func (w *world) exec(query string, args ...any) {
	w.Helper()
	_, err := w.conn.Exec(w.Context(), query, args...)
	require.NoError(w, err, query)
}
