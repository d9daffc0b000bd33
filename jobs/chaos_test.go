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

// Two servers live through ten minutes in which Jira fails in every way, lives on, and the leader
// stops now and then; afterwards the mirror is the truth.
func TestTwoServersLiveThroughTrouble(t *testing.T) {
	if !chaostest.Long() {
		t.Skip("takes ten minutes: make chaos")
	}
	s := newSite(t)
	often := 5
	_, err := s.store.SaveSyncConfig(t.Context(), db.SyncConfigChange{IntervalSeconds: &often}, "test")
	require.NoError(t, err)
	outcome := chaostest.Outcome{Fault: "two servers in trouble for ten minutes"}
	names, turn := []string{"one", "two"}, 0
	servers := []*server{s.start(names[0]), s.start(names[1])}
	beat := time.NewTicker(2 * time.Second)
	defer beat.Stop()
	for end := time.Now().Add(10 * time.Minute); time.Now().Before(end); <-beat.C {
		sim := s.sims[rand.IntN(2)]
		sim.Touch(5)
		sim.Create(sim.ProjectKeys()[0])
		switch rand.IntN(6) {
		case 0:
			outcome.Times++
			sim.Faults().Add(troubles[rand.IntN(len(troubles))])
		case 1, 2:
			sim.Faults().Clear()
		case 3:
			if rand.IntN(5) == 0 {
				outcome.Times++
				servers[turn].stop()
				servers[turn] = s.start(names[turn])
				turn = 1 - turn
			}
		}
	}
	for _, sim := range s.sims {
		sim.Faults().Clear()
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
