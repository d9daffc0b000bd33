package mirror_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/chaos/chaostest"
	"jirasync/db"
	"jirasync/jirasim"
)

// trial is a fault that a world is put under, again and again.
type trial struct {
	name   string
	inject func(w *world)
}

func ruled(r jirasim.Rule) func(*world) { return func(w *world) { w.sim.Faults().Add(r) } }

func set(change func(*jirasim.Settings)) func(*world) {
	return func(w *world) { w.sim.Faults().Update(change) }
}

var trials = []trial{
	{"429, one second", ruled(jirasim.TooManyRequests(2, "1"))},
	{"429, an hour", ruled(jirasim.TooManyRequests(0, "3600"))},
	{"half of all answers 503", ruled(jirasim.Rule{Probability: 0.5, Status: 503})},
	{"all answers 500", ruled(jirasim.Rule{Status: 500})},
	{"resets in mid-body", ruled(jirasim.Rule{Probability: 0.3, Cut: jirasim.CutReset})},
	{"truncated JSON", ruled(jirasim.Rule{Probability: 0.3, Cut: jirasim.CutTruncate})},
	{"a login page with 200", ruled(jirasim.Rule{Probability: 0.5, Cut: jirasim.CutHTML})},
	{"401 in the middle", ruled(jirasim.Rule{After: 1, Status: 401})},
	{"403 in the middle", ruled(jirasim.Rule{After: 1, Status: 403})},
	{"index an hour late", set(func(s *jirasim.Settings) { s.IndexLag = time.Hour })},
	{"flickering index", set(func(s *jirasim.Settings) { s.FlickerEvery = 7 })},
	{"odd pages", set(func(s *jirasim.Settings) { s.EmptyPages, s.ShortPages, s.RepeatIssue, s.PageCap = true, true, true, 11 })},
	{"repeated tokens", set(func(s *jirasim.Settings) { s.RepeatToken = true })},
	{"Date an hour ahead", set(func(s *jirasim.Settings) { s.ClockSkew = time.Hour })},
	{"cut off by its server", nil},
}

func TestEveryFaultPassesWithoutLoss(t *testing.T) {
	for _, flavor := range flavors {
		t.Run(string(flavor), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, jirasim.Options{Flavor: flavor, Issues: 200})
			w.succeed(db.Full)
			w.undergoAll(trials, chaostest.Rounds(1, 10))
		})
	}
}

// undergoAll puts the world under each fault so many times.
func (w *world) undergoAll(trials []trial, rounds int) {
	w.Helper()
	outcomes := make([]chaostest.Outcome, len(trials))
	for round := range rounds {
		for i, tr := range trials {
			outcomes[i].Fault = tr.name
			w.undergo(tr, &outcomes[i], round)
		}
	}
	for _, o := range outcomes {
		chaostest.Report(w, o)
	}
	for _, o := range outcomes {
		require.Zero(w, o.Lost(), o.Fault)
	}
}

// undergo changes Jira under a fault, ends the fault, and sees how long the mirror takes to agree.
func (w *world) undergo(tr trial, o *chaostest.Outcome, round int) {
	w.Helper()
	o.Times++
	if tr.inject != nil {
		tr.inject(w)
	}
	w.sim.Touch(15)
	w.sim.Create(w.sim.ProjectKeys()[round%3])
	ctx, stop := context.WithCancel(w.Context())
	if tr.inject == nil {
		w.sim.Faults().Add(jirasim.Rule{Latency: 30 * time.Millisecond})
		time.AfterFunc(time.Duration(20+10*round)*time.Millisecond, stop)
	}
	_, err := w.try(ctx, []db.Mode{db.Incremental, db.Incremental, db.Full}[round%3])
	stop()
	require.NoError(w, err, tr.name)
	w.sim.Faults().Clear()
	if w.way != nil {
		w.way.Heal()
	}
	w.connect(w.flavor, "secret") // what Jira told of its limits is over
	w.recover(o, db.Incremental)
}

// Seven days of ticks, compressed: what one tick leaves behind would show.
func TestTicksLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jirasim.Options{Flavor: jirasim.Cloud, Issues: 200})
	w.succeed(db.Full)
	ticks := chaostest.Rounds(24, 5000)
	outcome := chaostest.Outcome{Fault: "7 days of ticks"}
	var quarter footprint
	for n := range ticks {
		w.sim.Touch(2)
		w.succeed(db.Incremental)
		if n%500 == 0 {
			w.forgetRuns()
		}
		if n == ticks/4 {
			quarter = w.footprint()
		}
	}
	outcome.Times = ticks
	w.forgetRuns()
	w.recover(&outcome, db.Incremental)
	chaostest.Report(t, outcome)
	require.Zero(t, outcome.Lost())
	if chaostest.Long() { // alone in its process
		now := w.footprint()
		t.Logf("after a quarter of %d ticks %+v, after all %+v", ticks, quarter, now)
		require.LessOrEqual(t, now.goroutines, quarter.goroutines+20)
		require.LessOrEqual(t, now.connections, quarter.connections+2)
		require.Less(t, now.heap, 2*quarter.heap+32<<20)
		require.Less(t, now.tables, 2*quarter.tables+32<<20)
	}
	w.forgetRuns()
	require.LessOrEqual(t, ask[int](w, `SELECT count(*) FROM jira_sync.sync_history`), 2, "the newest stay")
}

// footprint is what a mirror takes up.
type footprint struct {
	goroutines, connections int
	heap, tables            uint64 // bytes
}

func (w *world) footprint() footprint {
	w.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return footprint{
		goroutines: runtime.NumGoroutine(), heap: m.HeapAlloc,
		connections: ask[int](w, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()`),
		tables:      ask[uint64](w, `SELECT pg_database_size(current_database())`),
	}
}

// forgetRuns lets two days pass over the runs, of which one is kept.
func (w *world) forgetRuns() {
	w.Helper()
	_, err := w.conn.Exec(w.Context(), `UPDATE jira_sync.sync_history SET finished_at = finished_at - interval '2 days'`)
	require.NoError(w, err)
	_, err = w.store.Prune(w.Context(), db.Retention{RunsDays: 1})
	require.NoError(w, err)
	_, err = w.conn.Exec(w.Context(), `VACUUM`) // which the cluster of tests does not do by itself
	require.NoError(w, err)
}
