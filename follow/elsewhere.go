package follow

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"jirasync/db"
	"jirasync/events"
)

// silentFor is how long no event tells of an open run until the database is asked how far it is.
const silentFor = 3 * pollEvery

// elsewhere are the runs whose events do not come here: those of `jirasync sync`, and those of a
// server that no Redis joins to this one.
type elsewhere struct {
	mu    sync.Mutex
	heard map[int64]time.Time // when an event last told of a run
	known map[int64]stand     // what was told last, by an event or by the database
}

// stand is how far a run is, as far as it is worth telling.
type stand struct {
	phase db.Phase
	done  int
}

// standOf takes a moment of storing for the fetching that it is part of: the database knows no other.
func standOf(phase db.Phase, done int) stand {
	if phase == db.PhaseWriting {
		phase = db.PhaseFetching
	}
	return stand{phase, done}
}

// hearProgress notes of which runs events tell.
func (f *Follower) hearProgress(ctx context.Context) {
	news := f.bus.Subscribe(ctx, func(e events.Event) bool { return e.Kind == events.KindProgress }, events.SubscribeOptions{Buffer: 256})
	defer news.Close()
	for e := range news.C() {
		var p db.Progress
		if json.Unmarshal(e.Payload, &p) == nil { // of another release, or of none
			f.elsewhere.hear(e.RunID, standOf(p.Phase, p.Done))
		}
	}
}

// tellElsewhere tells how far the runs are of which no event tells.
func (f *Follower) tellElsewhere(ctx context.Context) error {
	silent := f.elsewhere.silent(f.open)
	if len(silent) == 0 {
		return nil
	}
	runs, err := f.store.OpenRuns(ctx)
	if err != nil {
		return err
	}
	for i := range runs {
		if !slices.Contains(silent, runs[i].SyncID) || !f.elsewhere.moved(&runs[i]) {
			continue
		}
		payload, err := json.Marshal(runs[i].Progress())
		if err != nil {
			return err
		}
		event := events.Event{Kind: events.KindProgress, Instance: runs[i].InstanceID, RunID: runs[i].SyncID, Payload: payload}
		if err := f.bus.Tell(event); err != nil {
			return err
		}
	}
	return nil
}

// hear notes an event. One of our own repeats what is known, and is no sign of another server.
func (e *elsewhere) hear(run int64, now stand) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.known[run] != now {
		e.heard[run], e.known[run] = time.Now(), now
	}
}

// silent are the open runs of which nothing was heard for a while. What has ended is forgotten.
func (e *elsewhere) silent(open map[int64]bool) []int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	maps.DeleteFunc(e.heard, func(run int64, _ time.Time) bool { return !open[run] })
	maps.DeleteFunc(e.known, func(run int64, _ stand) bool { return !open[run] })
	var silent []int64
	for run := range open {
		if time.Since(e.heard[run]) > silentFor {
			silent = append(silent, run)
		}
	}
	return silent
}

// moved tells whether a run is further than it is known to be. The database lags behind events: what it
// says of a run that events have told of may be older.
func (e *elsewhere) moved(run *db.Run) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	before, now := e.known[run.SyncID], standOf(run.Phase, run.IssuesFetched)
	if before == now || now.done < before.done {
		return false
	}
	e.known[run.SyncID] = now
	return true
}
