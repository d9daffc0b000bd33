package jobs

import (
	"context"
	"errors"
	"sync"
	"time"

	"jirasync/db"
	"jirasync/mirror"
)

// firstWait is from the end of a run that failed in passing to the next try. Each further one waits
// twice as long, and from the interval on the schedule's own beat is soon enough.
const firstWait = time.Second

// again remembers the runs that failed of what may be over in seconds. It is not kept: who comes to
// lead begins with a tick.
type again struct {
	mu      sync.Mutex
	waiting map[int]*attempt // by instance
}

type attempt struct {
	run  db.Run
	wait time.Duration
	due  time.Time // zero: the schedule comes first
}

func newAgain() *again { return &again{waiting: map[int]*attempt{}} }

// ended takes note of how a run ended.
func (a *again) ended(run mirror.Ended, now time.Time, interval time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !run.Passing {
		delete(a.waiting, run.InstanceID)
		return
	}
	wait := firstWait
	if before := a.waiting[run.InstanceID]; before != nil {
		wait = min(2*before.wait, interval)
	}
	next := &attempt{run: run.Run, wait: wait}
	if wait < interval {
		next.due = now.Add(wait)
	}
	a.waiting[run.InstanceID] = next
}

// due returns the runs whose time has come.
func (a *again) due(now time.Time) []db.Run {
	a.mu.Lock()
	defer a.mu.Unlock()
	var runs []db.Run
	for _, w := range a.waiting {
		if !w.due.IsZero() && !now.Before(w.due) {
			runs = append(runs, w.run)
		}
	}
	return runs
}

// asked has the instance wait for the end of its next run.
func (a *again) asked(instance int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if w := a.waiting[instance]; w != nil {
		w.due = time.Time{}
	}
}

// catchUp wishes once more for what a fault that may have passed has cost: the runs that failed of
// it, and those that a tick could not ask for.
func (j *Jobs) catchUp(ctx context.Context) {
	if j.late.CompareAndSwap(true, false) {
		j.tick(ctx)
	}
	for _, run := range j.again.due(time.Now()) {
		if err := j.tryAgain(ctx, run); err == nil {
			j.again.asked(run.InstanceID)
		} else if ctx.Err() == nil {
			j.log.WarnContext(ctx, "a failed run cannot be asked for again yet", "run", run.SyncID, "error", err)
		}
	}
}

func (j *Jobs) tryAgain(ctx context.Context, run db.Run) error {
	settings, err := j.store.SyncConfig(ctx)
	if err != nil || settings.Paused {
		return err
	}
	mode, err := j.retryMode(ctx, run)
	if err != nil {
		return err
	}
	_, err = j.store.RequestRun(ctx, run.InstanceID, mode, run.Keys, "retry")
	if errors.Is(err, db.ErrAlreadyRunning) {
		return nil
	}
	return err
}

// retryMode: a full run that gave up on projects has left them to incremental ones, which read them
// whole; another full one would read all others again too.
func (j *Jobs) retryMode(ctx context.Context, run db.Run) (db.Mode, error) {
	if run.Mode != db.Full || run.State != db.Partial || len(run.Keys) > 0 {
		return run.Mode, nil
	}
	marks, err := j.store.Checkpoints(ctx, run.InstanceID)
	if err != nil {
		return "", err
	}
	mode := db.Full
	for _, mark := range marks {
		switch isOpen := mark.Kind == db.Full && mark.Since != nil; {
		case isOpen && mark.ProjectID == 0:
			return db.Full, nil
		case isOpen:
			mode = db.Incremental
		}
	}
	return mode, nil
}
