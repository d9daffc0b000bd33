package jobs

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"jirasync/db"
	"jirasync/mirror"
)

// dispatchHints has webhooks followed, at most once at a time an instance, whether a run of it is
// under way or not.
func (j *Jobs) dispatchHints(ctx context.Context, group *errgroup.Group) {
	waiting, interval, err := j.waitingHints(ctx)
	if err != nil {
		if ctx.Err() == nil {
			j.log.WarnContext(ctx, "the waiting webhooks cannot be read", "error", err)
		}
		return
	}
	for _, id := range waiting {
		instance, configured := j.instances[id]
		if !configured || !j.postponed.isDue(id, time.Now()) || !j.hinted.claim(id) {
			continue
		}
		group.Go(func() error {
			n, err := j.followHints(ctx, instance)
			j.hintsFollowed(ctx, instance, n, err, interval)
			j.hinted.unclaim(id)
			if n > 0 && err == nil {
				j.Wake() // more may have come
			}
			return nil
		})
	}
}

// waitingHints are the instances that something waits of: while paused, only what people asked for.
func (j *Jobs) waitingHints(ctx context.Context) (waiting []int, interval time.Duration, err error) {
	if waiting, err = j.store.InstancesWithHints(ctx); err != nil || len(waiting) == 0 {
		return nil, 0, err
	}
	settings, err := j.store.SyncConfig(ctx)
	if err == nil && settings.Paused {
		waiting, err = j.store.InstancesWithRetries(ctx)
	}
	return waiting, seconds(settings.IntervalSeconds), err
}

func (j *Jobs) hintsFollowed(ctx context.Context, instance mirror.Instance, n int, err error, interval time.Duration) {
	switch {
	case err == nil && n > 0:
		j.postponed.passed(instance.ID)
	case err != nil && ctx.Err() == nil:
		j.postponed.failed(instance.ID, err, time.Now(), interval)
		j.log.WarnContext(ctx, "webhooks could not be followed yet", "instance", instance.Name, "error", err)
	}
}

// followHints works under the lease of our own run if there is one, else under one of its own.
func (j *Jobs) followHints(ctx context.Context, instance mirror.Instance) (int, error) {
	lease, err := j.store.ShareLease(ctx, instance.ID, j.holder)
	if err == nil {
		return j.engine.FollowHints(ctx, instance, lease)
	}
	if !errors.Is(err, db.ErrNotFound) || !j.running.claim(instance.ID) {
		return 0, err
	}
	defer j.running.unclaim(instance.ID)
	lease, err = j.store.AcquireLease(ctx, instance.ID, j.holder, mirror.LeaseTTL)
	var held *db.LeaseHeldError
	if errors.As(err, &held) {
		return 0, nil // another's run or a command's; we look again
	}
	if err != nil {
		return 0, err
	}
	defer j.release(ctx, lease)
	return j.engine.FollowHints(ctx, instance, lease)
}
