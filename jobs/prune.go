package jobs

import (
	"context"
	"time"
)

// pruneEvery is the beat on which what is old is removed.
const pruneEvery = time.Hour

// prune removes what the settings no longer keep, when its beat has come.
func (j *Jobs) prune(ctx context.Context) {
	if time.Since(j.pruned) < pruneEvery {
		return
	}
	j.pruned = time.Now()
	settings, err := j.store.SyncConfig(ctx)
	if err == nil && settings.KeepRunsDays > 0 {
		_, err = j.store.Prune(ctx, settings.KeepRunsDays)
	}
	if err != nil && ctx.Err() == nil {
		j.log.WarnContext(ctx, "what is old could not be removed", "error", err)
	}
}
