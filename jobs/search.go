package jobs

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
)

// fillSearchEvery is the beat on which the leader looks for issues whose words an older release
// wrote. It finds them after an upgrade, and as long as that release still runs beside this one.
const fillSearchEvery = time.Minute

// fillSearch begins to write old words anew, when its beat has come. It goes on beside the runs.
func (j *Jobs) fillSearch(ctx context.Context, group *errgroup.Group) {
	if time.Since(j.searched) < fillSearchEvery || !j.filling.CompareAndSwap(false, true) {
		return
	}
	j.searched = time.Now()
	group.Go(func() error {
		defer j.filling.Store(false)
		filled, err := j.fillSearchWords(ctx)
		if filled > 0 {
			j.log.InfoContext(ctx, "the search knows issues of before the upgrade by their new words", "issues", filled)
		}
		if err != nil && ctx.Err() == nil {
			j.log.WarnContext(ctx, "the words of issues could not be written anew", "error", err)
		}
		return nil
	})
}

// fillSearchWords takes one batch after the other, and leaves as much time between them to others as
// each took.
func (j *Jobs) fillSearchWords(ctx context.Context) (filled int, err error) {
	for {
		began := time.Now()
		some, err := j.store.FillSearch(ctx)
		if err != nil || some == 0 {
			return filled, err
		}
		filled += some
		select {
		case <-time.After(time.Since(began)):
		case <-ctx.Done():
			return filled, nil
		}
	}
}
