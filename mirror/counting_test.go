package mirror_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
)

// watchCounting sees to it that no watcher is told of more issues than he was told to expect, and
// returns how often he was told what to expect.
func (w *world) watchCounting() *atomic.Int64 {
	w.Helper()
	told := &atomic.Int64{}
	w.onProgress(func(p db.Progress) {
		if p.Expected != nil {
			told.Add(1)
			assert.LessOrEqual(w, p.Done, *p.Expected)
		}
	})
	return told
}

func TestFullRunCountsEachIssueOnce(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 1800}, func(w *world) {
		w.sim.Faults().Add(jirasim.Rule{Path: searchPath, Latency: 10 * time.Millisecond}) // others have time to help
		told := w.watchCounting()
		for range 2 { // the second could read what changed lately a second time
			run := w.succeed(db.Full)
			require.Equal(w, w.sim.Count(), run.IssuesFetched)
			require.Equal(w, *run.IssuesExpected, run.IssuesFetched)
			w.sim.Touch(30)
		}
		require.Positive(w, told.Load())
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.sync_project_details WHERE fetched <> expected`))
		w.succeed(db.Incremental)
		w.requireTruth()
	})
}

func TestContinuedRunExpectsOnlyTheRest(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 1500}, func(w *world) {
		w.sim.Faults().Add(jirasim.Rule{Latency: 50 * time.Millisecond})
		ctx, stop := context.WithCancel(w.Context())
		w.onProgress(func(p db.Progress) {
			if p.Done >= 500 {
				stop()
			}
		})
		cut, err := w.try(ctx, db.Full)
		require.NoError(w, err)
		require.Equal(w, db.Interrupted, cut.State)
		w.watchCounting()
		rest := w.succeed(db.Full)
		require.Equal(w, *rest.IssuesExpected, rest.IssuesFetched)
		require.Less(w, rest.IssuesFetched, w.sim.Count())
		w.requireTruth()
	})
}

// A count that Jira only estimates is no bound of what comes.
func TestWatcherIsNotToldOfMoreThanAll(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 700}, func(w *world) {
		told := w.watchCounting()
		w.succeed(db.Full)
		w.sim.Touch(40)
		w.sim.Create(w.sim.ProjectKeys()[0])
		w.succeed(db.Incremental)
		w.succeed(db.Full, w.sim.ProjectKeys()[1])
		w.sim.Touch(10)
		w.succeed(db.Reconcile)
		require.Positive(w, told.Load())
	})
}
