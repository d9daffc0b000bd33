package jobs

import (
	"context"
	"time"

	"jirasync/db"
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
	if err == nil {
		_, err = j.store.Prune(ctx, db.Retention{RunsDays: settings.KeepRunsDays, AuditDays: settings.KeepAuditDays})
	}
	if err != nil && ctx.Err() == nil {
		j.log.WarnContext(ctx, "what is old could not be removed", "error", err)
	}
}
