package resolvers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"jirasync/db"
	"jirasync/graph"
	"jirasync/query"
)

// startSync records a wish for each named instance, or for each that has one of the named projects.
// Those that have a wish already are passed over, unless that is all of them.
func (r *Resolver) startSync(ctx context.Context, wish graph.StartSyncInput) ([]db.Run, error) {
	instances, err := r.instancesNamed(ctx, wish.Instances)
	if err != nil {
		return nil, err
	}
	settings, err := r.Store.SyncConfig(ctx)
	if err != nil {
		return nil, err
	}
	if instances, err = r.mirroring(ctx, instances, len(wish.Instances) > 0, wish.Projects, settings.Projects); err != nil {
		return nil, err
	}
	runs := []db.Run{}
	for _, in := range instances {
		run, err := r.Store.RequestRun(ctx, in.InstanceID, or(wish.Mode, db.Incremental), wish.Projects, asker(ctx))
		if errors.Is(err, db.ErrAlreadyRunning) {
			continue
		}
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
	}
	if len(runs) == 0 {
		return nil, db.ErrAlreadyRunning
	}
	return runs, nil
}

// instancesNamed finds configured instances by name, in order of their number; no names are all.
func (r *Resolver) instancesNamed(ctx context.Context, names []string) ([]*db.Instance, error) {
	all, err := r.Store.Instances(ctx)
	if err != nil {
		return nil, err
	}
	known := make([]string, len(all))
	for i, in := range all {
		known[i] = in.Name
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, &query.InputError{Message: fmt.Sprintf("there is no instance %q: known are %s", name, query.Listed(known))}
		}
	}
	if len(names) == 0 {
		if len(all) == 0 {
			return nil, &query.InputError{Message: "no instance is configured: set JIRA_URL_1"}
		}
		return all, nil
	}
	return slices.DeleteFunc(all, func(in *db.Instance) bool { return !slices.Contains(names, in.Name) }), nil
}

// mirroring are those of the instances that mirror one of the projects, under these settings; no
// keys are all.
func (r *Resolver) mirroring(ctx context.Context, instances []*db.Instance, named bool, keys, settings []string) ([]*db.Instance, error) {
	if len(keys) == 0 {
		return instances, nil
	}
	reaches := make([]db.Reach, len(instances))
	for i, in := range instances {
		visible, err := r.Store.VisibleProjects(ctx, in.InstanceID)
		if err != nil {
			return nil, err
		}
		reaches[i] = db.Reach{
			InstanceID: in.InstanceID, Name: in.Name, Visible: visible, Configured: r.Projects[in.InstanceID], Settings: settings, Named: named,
		}
	}
	mirroring, err := db.Mirroring(reaches, keys)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(instances, func(in *db.Instance) bool { return !slices.Contains(mirroring, in.InstanceID) }), nil
}

func (r *Resolver) checkRunFilter(f *db.RunFilter) error {
	if f == nil {
		return nil
	}
	for name, given := range map[string]*string{"instance": f.Instance, "project": f.Project} {
		if err := query.CheckText(name, or(given, ""), r.Limits); err != nil {
			return err
		}
	}
	return nil
}

func (r *Resolver) syncStatus(ctx context.Context) (*graph.SyncStatus, error) {
	config, err := r.Store.SyncConfig(ctx)
	if err != nil {
		return nil, err
	}
	running, err := r.Store.OpenRuns(ctx)
	if err != nil {
		return nil, err
	}
	last, err := r.Store.LastRuns(ctx)
	if err != nil {
		return nil, err
	}
	lag, err := r.Store.LagSeconds(ctx)
	if err != nil {
		return nil, err
	}
	next, err := r.nextRunAt(ctx, config)
	if err != nil {
		return nil, err
	}
	return &graph.SyncStatus{
		Running: running, Last: last, NextRunAt: next,
		IntervalSeconds: config.IntervalSeconds, Paused: config.Paused, LagSeconds: lag,
	}, nil
}

// nextRunAt is an interval after the last tick, or now when that has passed.
func (r *Resolver) nextRunAt(ctx context.Context, config db.SyncConfig) (*time.Time, error) {
	if config.Paused {
		return nil, nil
	}
	next, err := r.Store.LastTick(ctx)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC().Truncate(time.Second)
	if next == nil {
		return &now, nil
	}
	due := next.Add(time.Duration(config.IntervalSeconds) * time.Second)
	if due.Before(now) {
		due = now
	}
	return &due, nil
}
