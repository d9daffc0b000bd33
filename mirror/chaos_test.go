package mirror_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
	"jirasync/mirror/mirrortest"
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

// outcome is what a trial cost, over all its rounds.
type outcome struct {
	injected, missing, stale, extra int
	longest                         time.Duration
}

func TestEveryFaultPassesWithoutLoss(t *testing.T) {
	for _, flavor := range flavors {
		t.Run(string(flavor), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, jirasim.Options{Flavor: flavor, Issues: 300})
			w.succeed(db.Full)
			results := map[string]*outcome{}
			for round := range rounds(1, 30) {
				for _, tr := range trials {
					if results[tr.name] == nil {
						results[tr.name] = &outcome{}
					}
					w.undergo(tr, results[tr.name], round)
				}
			}
			report(flavor, results)
			for name, o := range results {
				require.Zero(t, o.missing+o.stale+o.extra, name)
			}
		})
	}
}

// undergo changes Jira under a fault, ends the fault, and sees how long the mirror takes to agree.
func (w *world) undergo(tr trial, o *outcome, round int) {
	w.Helper()
	o.injected++
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
	w.connect(w.flavor, "secret") // what Jira told of its limits is over
	began := time.Now()
	var d mirrortest.Difference
	for range 4 {
		w.run(db.Incremental)
		d, err = mirrortest.Compare(w.Context(), w.conn, 1, w.sim.Truth)
		require.NoError(w, err)
		if d.Empty() {
			break
		}
	}
	o.longest = max(o.longest, time.Since(began))
	o.missing, o.stale, o.extra = o.missing+len(d.Missing), o.stale+len(d.Stale), o.extra+len(d.Extra)
}

// report prints the table of a long trial.
func report(flavor jirasim.Flavor, results map[string]*outcome) {
	if os.Getenv("CHAOS") == "" {
		return
	}
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\n%s\ttimes\tmissing\tstale\textra\tlongest recovery\n", flavor)
	for _, tr := range trials {
		o := results[tr.name]
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%s\n", tr.name, o.injected, o.missing, o.stale, o.extra, o.longest.Round(time.Millisecond))
	}
	_ = table.Flush() // into memory
	fmt.Print(text.String())
}

// Seven days of ticks, compressed: what one tick leaves behind would show.
func TestTicksLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jirasim.Options{Flavor: jirasim.Cloud, Issues: 200})
	w.succeed(db.Full)
	ticks := rounds(24, 5000)
	goroutines, heap := 0, uint64(0)
	for n := range ticks {
		w.sim.Touch(2)
		w.succeed(db.Incremental)
		if n%500 == 0 {
			w.forgetRuns()
		}
		if n == ticks/4 {
			goroutines, heap = runtime.NumGoroutine(), liveHeap()
		}
	}
	if ticks > 1000 { // alone in its process
		require.LessOrEqual(t, runtime.NumGoroutine(), goroutines+20)
		require.Less(t, liveHeap(), 2*heap+32<<20)
	}
	w.forgetRuns()
	require.LessOrEqual(t, ask[int](w, `SELECT count(*) FROM jira_sync.sync_history`), 2, "the newest stay")
	w.requireTruth()
}

// forgetRuns lets two days pass over the runs, of which one is kept.
func (w *world) forgetRuns() {
	w.Helper()
	_, err := w.conn.Exec(w.Context(), `UPDATE jira_sync.sync_history SET finished_at = finished_at - interval '2 days'`)
	require.NoError(w, err)
	_, err = w.store.Prune(w.Context(), db.Retention{RunsDays: 1})
	require.NoError(w, err)
}

func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
