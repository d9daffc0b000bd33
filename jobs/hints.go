package jobs

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"jirasync/db"
	"jirasync/mirror"
)

// dispatchHints has webhooks followed, at most once at a time an instance, whether a run of it is
// under way or not.
func (j *Jobs) dispatchHints(ctx context.Context, group *errgroup.Group) {
	waiting, err := j.store.InstancesWithHints(ctx)
	if err != nil {
		if ctx.Err() == nil {
			j.log.WarnContext(ctx, "the waiting webhooks cannot be read", "error", err)
		}
		return
	}
	for _, id := range waiting {
		instance, configured := j.instances[id]
		if !configured || !j.hinted.claim(id) {
			continue
		}
		group.Go(func() error {
			n, err := j.followHints(ctx, instance)
			j.hinted.unclaim(id)
			if n > 0 {
				j.Wake() // more may have come
			}
			if err != nil && ctx.Err() == nil {
				j.log.WarnContext(ctx, "webhooks could not be followed yet", "instance", instance.Name, "error", err)
			}
			return nil
		})
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
