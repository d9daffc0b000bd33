package resolvers

import (
	"context"
	"errors"

	"jirasync/cache"
	"jirasync/db"
	"jirasync/graph"
	"jirasync/loaders"
	"jirasync/query"
)

func (r *mutationResolver) StartSync(ctx context.Context, input *graph.StartSyncInput) ([]db.Run, error) {
	var wish graph.StartSyncInput
	if input != nil {
		wish = *input
	}
	return r.startSync(ctx, wish)
}

func (r *mutationResolver) CancelSync(ctx context.Context, id string) (*db.Run, error) {
	number, err := numberOf(id, db.KindRun)
	if err != nil {
		return nil, err
	}
	run, err := r.Store.RequestCancel(ctx, number)
	return &run, err
}

func (r *mutationResolver) UpdateSyncConfig(ctx context.Context, input db.SyncConfigChange) (*db.SyncConfig, error) {
	if len(input.Projects) > 0 {
		all, err := r.Store.Instances(ctx)
		if err != nil {
			return nil, err
		}
		if _, err := r.mirroring(ctx, all, false, input.Projects, nil); err != nil {
			return nil, err
		}
	}
	config, err := r.Store.SaveSyncConfig(ctx, input, asker(ctx))
	return &config, err
}

func (r *queryResolver) SyncStatus(ctx context.Context) (*graph.SyncStatus, error) {
	cache.NoStore(ctx)
	return r.syncStatus(ctx)
}

func (r *queryResolver) SyncRun(ctx context.Context, id string) (*db.Run, error) {
	cache.NoStore(ctx)
	number, err := numberOf(id, db.KindRun)
	if err != nil {
		return nil, err
	}
	run, err := r.Store.Run(ctx, number)
	if errors.Is(err, db.ErrNotFound) {
		return nil, nil
	}
	return &run, err
}

func (r *queryResolver) SyncRuns(ctx context.Context, where *db.RunFilter, first *int, after *string) (*db.RunConnection, error) {
	cache.NoStore(ctx)
	page, err := query.PageArgs{First: first, After: after}.Page(r.Limits)
	if err != nil {
		return nil, err
	}
	if err := r.checkRunFilter(where); err != nil {
		return nil, err
	}
	return r.Store.Runs(ctx, where, page, selected(ctx, "SyncRunConnection").asks("totalCount"))
}

func (r *queryResolver) SyncConfig(ctx context.Context) (*db.SyncConfig, error) {
	cache.NoStore(ctx)
	config, err := r.Store.SyncConfig(ctx)
	return &config, err
}

func (r *subscriptionResolver) SyncProgress(ctx context.Context, runID *string) (<-chan *db.Progress, error) {
	var number int64
	if runID != nil {
		var err error
		if number, err = numberOf(*runID, db.KindRun); err != nil {
			return nil, err
		}
		if _, err := r.Store.Run(ctx, number); err != nil {
			return nil, err
		}
	}
	return r.watchProgress(ctx, number), nil
}

func (r *subscriptionResolver) SyncCompleted(ctx context.Context, instance *string) (<-chan *db.Run, error) {
	number := 0
	if instance != nil {
		named, err := r.instancesNamed(ctx, []string{*instance})
		if err != nil {
			return nil, err
		}
		number = named[0].InstanceID
	}
	return r.watchCompleted(ctx, number), nil
}

func (r *syncErrorResolver) Instance(ctx context.Context, obj *db.SyncError) (*db.Instance, error) {
	return loaders.From(ctx).Instance(ctx, obj.InstanceID)
}

func (r *syncProgressResolver) Run(ctx context.Context, obj *db.Progress) (*db.Run, error) {
	if obj.Phase == db.PhaseFinished { // its last state, not one shared from a moment before
		run, err := r.Store.Run(ctx, obj.RunID)
		return &run, err
	}
	return r.runs.run(ctx, r.Store, obj.RunID)
}

func (r *syncProgressResolver) Project(ctx context.Context, obj *db.Progress) (*db.Project, error) {
	if obj.ProjectID == 0 {
		return nil, nil
	}
	return loaders.From(ctx).ProjectByRef(ctx, query.ProjectRef{Instance: obj.InstanceID, ProjectID: obj.ProjectID})
}

func (r *syncProjectRunResolver) Project(ctx context.Context, obj *db.ProjectRun) (*db.Project, error) {
	if obj.ProjectID == nil {
		return nil, nil
	}
	return loaders.From(ctx).ProjectByRef(ctx, query.ProjectRef{Instance: obj.InstanceID, ProjectID: *obj.ProjectID})
}

func (r *syncRunResolver) Instance(ctx context.Context, obj *db.Run) (*db.Instance, error) {
	return loaders.From(ctx).Instance(ctx, obj.InstanceID)
}

func (r *syncRunResolver) Projects(ctx context.Context, obj *db.Run) ([]db.ProjectRun, error) {
	projects, err := loaders.From(ctx).ProjectRuns(ctx, obj.SyncID)
	return unpaged(ctx, projects, "projects", "the table sync_project_details has them all"), err
}

func (r *syncRunResolver) Errors(ctx context.Context, obj *db.Run, first *int, after *string) (*db.SyncErrorConnection, error) {
	page, err := r.childPage(query.PageArgs{First: first, After: after}, selected(ctx, "SyncErrorConnection"), "SyncErrorEdge", "SyncError")
	if err != nil {
		return nil, err
	}
	return loaders.From(ctx).SyncErrors(ctx, obj.SyncID, page)
}

func (r *syncRunResolver) Metrics(ctx context.Context, obj *db.Run) ([]db.Metric, error) {
	metrics, err := loaders.From(ctx).Metrics(ctx, obj.SyncID)
	return unpaged(ctx, metrics, "metrics", "the table sync_performance_metrics has them all"), err
}

func (r *Resolver) SyncError() graph.SyncErrorResolver { return &syncErrorResolver{r} }

func (r *Resolver) SyncProgress() graph.SyncProgressResolver { return &syncProgressResolver{r} }

func (r *Resolver) SyncProjectRun() graph.SyncProjectRunResolver { return &syncProjectRunResolver{r} }

func (r *Resolver) SyncRun() graph.SyncRunResolver { return &syncRunResolver{r} }

type (
	syncErrorResolver      struct{ *Resolver }
	syncProgressResolver   struct{ *Resolver }
	syncProjectRunResolver struct{ *Resolver }
	syncRunResolver        struct{ *Resolver }
)
