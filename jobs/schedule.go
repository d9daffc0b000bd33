package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-co-op/gocron/v2"

	"jirasync/db"
)

// clock is gocron's schedule with the one job of ours.
type clock struct {
	scheduler gocron.Scheduler
	job       gocron.Job
	interval  time.Duration
	tick      func(context.Context)
}

func newClock(ctx context.Context, elector gocron.Elector, interval time.Duration, tick func(context.Context)) (*clock, error) {
	scheduler, err := gocron.NewScheduler(gocron.WithDistributedElector(elector), gocron.WithStopTimeout(10*time.Second))
	if err != nil {
		return nil, fmt.Errorf("make the schedule: %w", err)
	}
	c := &clock{scheduler: scheduler, interval: interval, tick: tick}
	c.job, err = scheduler.NewJob(gocron.DurationJob(interval), c.task(), gocron.WithName("sync"), gocron.WithContext(ctx))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("schedule the sync: %w", err), scheduler.Shutdown())
	}
	scheduler.Start()
	return c, nil
}

func (c *clock) task() gocron.Task { return gocron.NewTask(c.tick) }

// setInterval moves the schedule to another beat, counted from now.
func (c *clock) setInterval(ctx context.Context, interval time.Duration) error {
	if interval == c.interval {
		return nil
	}
	job, err := c.scheduler.Update(c.job.ID(), gocron.DurationJob(interval), c.task(), gocron.WithName("sync"), gocron.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("change the schedule: %w", err)
	}
	c.job, c.interval = job, interval
	return nil
}

// tick wishes a run of each instance that is idle. What it cannot ask for is asked for again at the
// next look.
func (j *Jobs) tick(ctx context.Context) {
	settings, err := j.store.SyncConfig(ctx)
	if err != nil {
		j.late.Store(true)
		j.log.ErrorContext(ctx, "the tick found no settings", "error", err)
		return
	}
	if settings.Paused {
		return
	}
	for id, instance := range j.instances {
		mode, err := j.dueMode(ctx, id)
		if err == nil {
			_, err = j.store.RequestRun(ctx, id, mode, nil, "schedule")
		}
		if err != nil && !errors.Is(err, db.ErrAlreadyRunning) && ctx.Err() == nil {
			j.late.Store(true)
			j.log.ErrorContext(ctx, "the tick could not ask for a run", "instance", instance.Name, "error", err)
		}
	}
	j.Wake()
}

// dueMode: everything is read once, from where a run that was cut off had come; then the changes.
func (j *Jobs) dueMode(ctx context.Context, instance int) (db.Mode, error) {
	marks, err := j.store.Checkpoints(ctx, instance)
	if err != nil {
		return "", err
	}
	mode := db.Full
	for _, mark := range marks {
		if mark.ProjectID != 0 {
			continue
		}
		if mark.Kind == db.Incremental && mark.Watermark != nil {
			mode = db.Incremental
		}
		if mark.Kind == db.Full && mark.Since != nil {
			return db.Full, nil
		}
	}
	return mode, nil
}
