package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"jirasync/db"
	"jirasync/mirror"
)

// lookEvery is how often the leader looks for wishes it was not told of, and for runs that a dead
// server left behind.
const lookEvery = time.Second

// Jobs is the part of a server that runs instances.
type Jobs struct {
	store     *db.Store
	engine    *mirror.Engine
	instances map[int]mirror.Instance
	lead      *leadership
	holder    string
	log       *slog.Logger
	woken     chan struct{}
	elected   chan struct{}

	running   *claims // a run or, without one, webhooks
	hinted    *claims // webhooks
	postponed *postponed
	again     *again
	late      atomic.Bool // a tick could not ask for all runs
	pruned    time.Time

	searched time.Time   // when old words were last looked for
	filling  atomic.Bool // they are being written anew
}

// New makes the jobs of one server, which calls itself holder wherever it takes a lease.
func New(store *db.Store, engine *mirror.Engine, instances []mirror.Instance, holder string, log *slog.Logger) *Jobs {
	j := &Jobs{
		store: store, engine: engine, instances: map[int]mirror.Instance{}, holder: holder, log: log,
		woken: make(chan struct{}, 1), elected: make(chan struct{}, 1),
		running: newClaims(), hinted: newClaims(), postponed: newPostponed(), again: newAgain(), pruned: time.Now(),
	}
	for _, in := range instances {
		j.instances[in.ID] = in
	}
	j.lead = &leadership{store: store, holder: holder, log: log, gained: func() { signal(j.elected) }}
	return j
}

// Wake says that a run or its end may have been asked for, or a setting changed. It does not block.
func (j *Jobs) Wake() { signal(j.woken) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // one is pending
	}
}

// Run schedules and carries out runs until ctx ends; runs under way are then interrupted at their
// next page and waited for.
func (j *Jobs) Run(ctx context.Context) error {
	settings, err := j.store.SyncConfig(ctx)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	clock, err := newClock(ctx, j.lead, seconds(settings.IntervalSeconds), j.tick)
	if err != nil {
		return err
	}
	defer func() { _ = clock.scheduler.Shutdown() }() // its job ends with ctx
	group.Go(func() error { return j.lead.Run(ctx) })
	group.Go(func() error { j.loop(ctx, clock, group); return nil })
	return group.Wait()
}

func (j *Jobs) loop(ctx context.Context, clock *clock, group *errgroup.Group) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-j.elected:
			j.tick(ctx)
		case <-j.woken:
			j.followSettings(ctx, clock)
		case <-look.C:
		}
		if j.lead.IsLeader(ctx) == nil {
			j.catchUp(ctx)
			j.dispatch(ctx, group)
			j.dispatchHints(ctx, group)
			j.prune(ctx)
			j.fillSearch(ctx, group)
		}
	}
}

func (j *Jobs) followSettings(ctx context.Context, clock *clock) {
	settings, err := j.store.SyncConfig(ctx)
	if err == nil {
		err = clock.setInterval(ctx, seconds(settings.IntervalSeconds))
	}
	if err != nil && ctx.Err() == nil {
		j.log.ErrorContext(ctx, "the settings could not be followed", "error", err)
	}
}

// dispatch starts what is queued for idle instances, and picks up what another server left.
func (j *Jobs) dispatch(ctx context.Context, group *errgroup.Group) {
	open, err := j.store.OpenRuns(ctx)
	if err != nil {
		if ctx.Err() == nil {
			j.log.WarnContext(ctx, "the open runs cannot be read", "error", err)
		}
		return
	}
	for _, run := range open {
		instance, configured := j.instances[run.InstanceID]
		if !configured || !j.running.claim(run.InstanceID) {
			continue
		}
		group.Go(func() error {
			worked, err := j.carryOut(ctx, instance, run)
			j.running.unclaim(run.InstanceID)
			if worked {
				j.Wake() // another may be queued behind it
			}
			if err != nil && ctx.Err() == nil {
				j.log.ErrorContext(ctx, "a run could not be carried out", "instance", instance.Name, "run", run.SyncID, "error", err)
			}
			return nil
		})
	}
}

// carryOut takes the instance and does the run, or clears up after the server that did. It has not
// worked when the instance turned out to be in use.
func (j *Jobs) carryOut(ctx context.Context, instance mirror.Instance, run db.Run) (worked bool, err error) {
	lease, err := j.store.AcquireLease(ctx, instance.ID, j.holder, mirror.LeaseTTL)
	var held *db.LeaseHeldError
	if errors.As(err, &held) {
		return false, nil // its holder is at work; we look again
	}
	if err != nil {
		return false, err
	}
	defer j.release(ctx, lease)
	if run.State == db.Running {
		return true, j.resume(ctx, lease, run)
	}
	return true, j.begin(ctx, instance, lease, run)
}

func (j *Jobs) begin(ctx context.Context, instance mirror.Instance, lease db.Lease, run db.Run) error {
	settings, err := j.store.SyncConfig(ctx)
	if err != nil {
		return err
	}
	run, interrupted, err := j.store.BeginRun(ctx, lease, run.SyncID)
	if errors.Is(err, db.ErrRunEnded) {
		return nil // cancelled while it waited
	}
	if err != nil {
		return err
	}
	for _, left := range interrupted {
		j.log.WarnContext(ctx, "a run was cut off; this one goes on from there", "instance", instance.Name, "run", left.SyncID)
	}
	ended, err := j.engine.Do(ctx, mirror.Order{Instance: instance, Lease: lease, Run: run, Settings: settings})
	if err == nil {
		j.again.ended(ended, time.Now(), seconds(settings.IntervalSeconds))
	}
	if err == nil && ended.State == db.Succeeded {
		j.postponed.passed(instance.ID)
	}
	return err
}

// resume marks what a dead server left running and asks for a run that goes on from there, unless
// somebody had asked for its end.
func (j *Jobs) resume(ctx context.Context, lease db.Lease, run db.Run) error {
	left, err := j.store.InterruptLeftRuns(ctx, lease)
	if err != nil || !slices.ContainsFunc(left, func(r db.Run) bool { return r.State == db.Interrupted }) {
		return err
	}
	_, err = j.store.RequestRun(ctx, run.InstanceID, run.Mode, run.Keys, "resume")
	if errors.Is(err, db.ErrAlreadyRunning) {
		return nil // one is queued, which goes on from there too
	}
	return err
}

func (j *Jobs) release(ctx context.Context, lease db.Lease) {
	releasing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := j.store.ReleaseLease(releasing, lease); err != nil {
		j.log.WarnContext(ctx, "a lease was not released; it ends by itself", "error", err)
	}
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// Foreground runs one instance in the caller's own process. It waits while the instance is in use,
// and calls waiting with the reason each time it has found it so.
func Foreground(ctx context.Context, store *db.Store, engine *mirror.Engine, order mirror.Order, holder string, waiting func(error)) (db.Run, error) {
	for {
		lease, err := store.AcquireLease(ctx, order.Instance.ID, holder, mirror.LeaseTTL)
		var held *db.LeaseHeldError
		if errors.As(err, &held) {
			waiting(held)
			select {
			case <-time.After(lookEvery):
				continue
			case <-ctx.Done():
				return db.Run{}, fmt.Errorf("wait for %s: %w", order.Instance.Name, context.Cause(ctx))
			}
		}
		if err != nil {
			return db.Run{}, err
		}
		return foreground(ctx, store, engine, order, lease)
	}
}

func foreground(ctx context.Context, store *db.Store, engine *mirror.Engine, order mirror.Order, lease db.Lease) (db.Run, error) {
	defer func() {
		releasing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		_ = store.ReleaseLease(releasing, lease) // it ends by itself
	}()
	run, err := store.OpenRun(ctx, lease, order.Run.Mode, order.Run.Keys, "cli")
	if err != nil {
		return db.Run{}, err
	}
	order.Lease, order.Run = lease, run
	ended, err := engine.Do(ctx, order)
	return ended.Run, err
}
