package jobs_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/chaos/chaostest"
	"jirasync/db"
	"jirasync/jirasim"
	"jirasync/mirror/mirrortest"
)

// troubles are faults that come and go while servers run.
var troubles = []jirasim.Rule{
	{Probability: 0.3, Status: 503},
	{Probability: 0.2, Cut: jirasim.CutReset},
	{Probability: 0.2, Cut: jirasim.CutTruncate},
	jirasim.TooManyRequests(5, "1"),
	{Next: 3, Status: 401},
	{Next: 4, Cut: jirasim.CutHTML},
	{Latency: 200 * time.Millisecond},
}

// cuts are faults on a server's own way to PostgreSQL.
var cuts = []func(*chaostest.Proxy){
	func(p *chaostest.Proxy) { p.Inject(chaostest.Reset) },
	func(p *chaostest.Proxy) { p.Inject(chaostest.Late) },
	func(p *chaostest.Proxy) { p.Inject(chaostest.Truncate) },
	(*chaostest.Proxy).Down,
}

// shaky is a server that can be stopped, and whose way to PostgreSQL can fail.
type shaky struct {
	*server
	name string
	way  *chaostest.Proxy
	url  string // through the proxy
	sick bool
}

func (s *site) startShaky(name string) *shaky {
	s.Helper()
	one := &shaky{name: name}
	one.way, one.url = chaostest.BeforePostgres(s, s.url)
	s.restart(one)
	return one
}

// restart starts a server as a new process would, with connections of its own.
func (s *site) restart(one *shaky) {
	s.Helper()
	store, err := db.Open(s.Context(), db.Options{URL: one.url})
	require.NoError(s, err)
	s.Cleanup(store.Close)
	one.server = s.startOn(one.name, store)
}

func (one *shaky) heal() {
	if one.sick {
		one.way.Heal()
		one.sick = false
	}
}

// Two servers live through ten minutes in which Jira and PostgreSQL fail in every way, lives on, and
// a server stops now and then; afterwards the mirror is the truth.
func TestTwoServersLiveThroughTrouble(t *testing.T) {
	if !chaostest.Long() {
		t.Skip("takes ten minutes: make chaos")
	}
	s := newSite(t)
	often := 5
	_, err := s.store.SaveSyncConfig(t.Context(), db.SyncConfigChange{IntervalSeconds: &often}, "test")
	require.NoError(t, err)
	outcome := chaostest.Outcome{Fault: "two servers in trouble for ten minutes"}
	servers := []*shaky{s.startShaky("one"), s.startShaky("two")}
	beat := time.NewTicker(2 * time.Second)
	defer beat.Stop()
	for end := time.Now().Add(10 * time.Minute); time.Now().Before(end); <-beat.C {
		outcome.Times += s.trouble(servers)
	}
	for i := range servers {
		s.sims[i].Faults().Clear()
		servers[i].heal()
	}
	began := time.Now()
	for i, sim := range s.sims {
		var last mirrortest.Difference
		agreed := func() bool {
			last, err = mirrortest.Compare(t.Context(), s.conn, i+1, sim.Truth)
			return err == nil && last.Empty()
		}
		for end := time.Now().Add(2 * time.Minute); !agreed() && time.Now().Before(end); <-beat.C {
		}
		outcome.Add(0, last, time.Since(began))
	}
	chaostest.Report(t, outcome)
	require.NoError(t, err)
	require.Zero(t, outcome.Lost())
}

// trouble changes a Jira, and begins or ends a fault; it returns how many were begun.
func (s *site) trouble(servers []*shaky) int {
	s.Helper()
	sim, turn := s.sims[rand.IntN(2)], rand.IntN(2)
	sim.Touch(5)
	sim.Create(sim.ProjectKeys()[0])
	switch rand.IntN(8) {
	case 0, 1:
		sim.Faults().Add(troubles[rand.IntN(len(troubles))])
	case 2:
		if servers[turn].sick {
			return 0
		}
		cuts[rand.IntN(len(cuts))](servers[turn].way)
		servers[turn].sick = true
	case 3, 4:
		sim.Faults().Clear()
		servers[turn].heal()
		return 0
	case 5:
		if rand.IntN(5) > 0 {
			return 0
		}
		servers[turn].heal() // a server that cannot reach PostgreSQL does not stop in peace
		servers[turn].stop()
		s.restart(servers[turn])
	default:
		return 0
	}
	return 1
}
