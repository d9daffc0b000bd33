// Package follow keeps one server in step with what all others commit.
//
// PostgreSQL tells of every commit within it, by NOTIFY; Redis has no part in this. The follower
// moves the cache to the new versions before it passes anything on, announces each finished run
// once, and hands wishes and settings to whoever acts on them. While it cannot listen it asks each
// second, and afterwards announces what it missed.
package follow

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"

	"jirasync/cache"
	"jirasync/db"
	"jirasync/events"
)

// pollEvery is the beat of the second line behind NOTIFY.
const pollEvery = time.Second

// rememberTold is how many announced runs are remembered. Notices come late by what is queued
// between PostgreSQL and us, far less than that.
const rememberTold = 1000

// Follower is the part of a server that hears of commits.
type Follower struct {
	store    *db.Store
	versions *cache.Versions
	bus      *events.Bus
	hooks    Hooks
	log      *slog.Logger

	notices chan db.Notice
	began   chan struct{} // listening began (again): something may have been missed
	missed  atomic.Bool   // a connection that listened, or was to listen, has failed
	known   map[int]int64 // versions of instances as last read
	newest  int64         // the highest run that is known to be finished or open
	open    map[int64]bool
	told    []int64 // the last runs that were announced

	elsewhere elsewhere
}

// Hooks are called as news comes; they must not block. A nil one is left out.
type Hooks struct {
	Wake   func() // a run or its end was asked for, or a setting changed
	Forget func() // an operator wants all kept answers forgotten
	Map    func() // a field mapping was changed
}

// New makes a follower.
func New(store *db.Store, versions *cache.Versions, bus *events.Bus, hooks Hooks, log *slog.Logger) *Follower {
	return &Follower{
		store: store, versions: versions, bus: bus, hooks: hooks, log: log,
		notices: make(chan db.Notice, 64), began: make(chan struct{}, 1), known: map[int]int64{}, open: map[int64]bool{},
		elsewhere: elsewhere{heard: map[int64]time.Time{}, known: map[int64]stand{}},
	}
}

// Prepare reads the present state, so that nothing old is announced and no answer is trusted
// before its version is known. Call it before serving.
func (f *Follower) Prepare(ctx context.Context) error {
	if err := f.readVersions(ctx); err != nil {
		return err
	}
	open, newest, err := f.store.OpenAndNewest(ctx)
	if err != nil {
		return err
	}
	f.remember(open, newest)
	return nil
}

// Run follows until ctx ends.
func (f *Follower) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { f.listen(ctx); return nil })
	group.Go(func() error { f.hearProgress(ctx); return nil })
	group.Go(func() error { f.act(ctx); return nil })
	return group.Wait()
}

// listen hands notices on, and comes back whenever the connection breaks.
func (f *Follower) listen(ctx context.Context) {
	pause := backoff.NewExponentialBackOff()
	pause.MaxInterval = 5 * time.Second
	for ctx.Err() == nil {
		err := f.store.Listen(ctx, func() {
			pause.Reset()
			select {
			case f.began <- struct{}{}:
			default: // one catching-up serves all
			}
		}, func(n db.Notice) {
			select {
			case f.notices <- n:
			case <-ctx.Done():
			}
		})
		if ctx.Err() != nil {
			return
		}
		f.missed.Store(true)
		f.log.WarnContext(ctx, "the database's notices are not heard; asking each second", "error", err)
		select {
		case <-time.After(pause.NextBackOff()):
		case <-ctx.Done():
		}
	}
}

// act is the only goroutine that touches the follower's state.
func (f *Follower) act(ctx context.Context) {
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case n := <-f.notices:
			err = f.take(ctx, n)
		case <-f.began:
			err = f.resume(ctx)
		case <-poll.C:
			err = errors.Join(f.catchUp(ctx), f.tellElsewhere(ctx))
		}
		if err != nil && ctx.Err() == nil {
			f.log.WarnContext(ctx, "the state of the mirror cannot be read", "error", err)
		}
	}
}

func (f *Follower) take(ctx context.Context, n db.Notice) error {
	switch n.Kind {
	case db.NoticeVersions:
		if n.Projects == nil {
			return f.readVersions(ctx)
		}
		tags := map[string]int64{db.InstanceTag(n.InstanceID): n.Version}
		for project, version := range n.Projects {
			tags[db.ProjectTag(n.InstanceID, project)] = version
		}
		f.versions.RaiseAll(tags)
		// f.known stays: the next poll reads the instance once more and finds nothing new.
	case db.NoticeIssues: // its versions came before, from the same commit
		return f.tellIssues(n)
	case db.NoticeUntold:
		return f.bus.Tell(events.Event{Kind: events.KindUnheard})
	case db.NoticeWish:
		if !slices.Contains(f.told, n.SyncID) {
			f.open[n.SyncID] = true
		}
		call(f.hooks.Wake)
	case db.NoticeFinished:
		return f.announceRun(ctx, n.SyncID)
	case db.NoticeForget:
		call(f.hooks.Forget)
	case db.NoticeMapping:
		call(f.hooks.Map)
		return f.followMappings(ctx, n.Version)
	case db.NoticeConfig:
		call(f.hooks.Wake)
		return f.bus.Tell(events.Event{Kind: events.KindConfig})
	}
	return nil
}

// tellIssues tells this server's subscribers which issues have changed.
func (f *Follower) tellIssues(n db.Notice) error {
	payload, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return f.bus.Tell(events.Event{Kind: events.KindIssues, Instance: n.InstanceID, RunID: n.SyncID, Payload: payload})
}

// resume makes good what was told while nobody listened. Which issues changed then cannot be asked
// for, so their watchers are told that they missed something.
func (f *Follower) resume(ctx context.Context) error {
	err := f.catchUp(ctx)
	if !f.missed.Swap(false) {
		return err
	}
	call(f.hooks.Wake)
	call(f.hooks.Map)
	return errors.Join(err, f.bus.Tell(events.Event{Kind: events.KindConfig}), f.bus.Tell(events.Event{Kind: events.KindUnheard}))
}

// catchUp is the second line: versions that moved, and runs that ended unheard.
func (f *Follower) catchUp(ctx context.Context) error {
	if err := f.readVersions(ctx); err != nil {
		return err
	}
	open, newest, err := f.store.OpenAndNewest(ctx)
	if err != nil {
		return err
	}
	finished, err := f.store.RunsFinishedAfter(ctx, f.newest, slices.Collect(maps.Keys(f.open)))
	if err != nil {
		return err
	}
	for _, run := range finished {
		// What ended after the look at the open ones is for the next time.
		if run.SyncID <= newest && !slices.Contains(open, run.SyncID) && !slices.Contains(f.told, run.SyncID) {
			if err := f.announce(ctx, run); err != nil {
				return err
			}
		}
	}
	f.remember(open, newest)
	return nil
}

// remember takes over what is open now, and wakes whoever acts on a wish that was not heard.
func (f *Follower) remember(open []int64, newest int64) {
	if slices.ContainsFunc(open, func(id int64) bool { return !f.open[id] }) {
		call(f.hooks.Wake)
	}
	clear(f.open)
	for _, run := range open {
		f.open[run] = true
	}
	f.newest = max(f.newest, newest)
}

func (f *Follower) readVersions(ctx context.Context) error {
	moved, err := f.store.Versions(ctx, f.known)
	if err != nil {
		return err
	}
	for _, instance := range moved {
		tags := map[string]int64{db.InstanceTag(instance.InstanceID): instance.Version, db.ProjectsTag: instance.Set}
		for project, version := range instance.Projects {
			tags[db.ProjectTag(instance.InstanceID, project)] = version
		}
		f.versions.RaiseAll(tags)
		f.known[instance.InstanceID] = instance.Version
	}
	version, err := f.store.MappingVersion(ctx)
	if err != nil {
		return err
	}
	return f.followMappings(ctx, version)
}

// followMappings lets questions speak of the mappings as they are before any answer about what
// they were is called old.
func (f *Follower) followMappings(ctx context.Context, version int64) error {
	if err := f.store.FollowMappings(ctx, version); err != nil {
		return err
	}
	f.versions.Raise(db.MappingTag, version)
	return nil
}

func (f *Follower) announceRun(ctx context.Context, id int64) error {
	if slices.Contains(f.told, id) {
		return nil // the poll was faster
	}
	run, err := f.store.Run(ctx, id)
	if err != nil {
		return err
	}
	return f.announce(ctx, run)
}

// announce tells this server's subscribers of a finished run, after its versions.
func (f *Follower) announce(ctx context.Context, run db.Run) error {
	if err := f.readVersions(ctx); err != nil {
		return err
	}
	delete(f.open, run.SyncID)
	f.newest = max(f.newest, run.SyncID)
	f.told = append(f.told[max(0, len(f.told)+1-rememberTold):], run.SyncID)
	call(f.hooks.Wake)
	return f.bus.Tell(events.Event{Kind: events.KindCompleted, Instance: run.InstanceID, RunID: run.SyncID})
}

func call(hook func()) {
	if hook != nil {
		hook()
	}
}
