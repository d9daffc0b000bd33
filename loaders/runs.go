package loaders

import (
	"context"

	"jirasync/db"
)

// ProjectRuns returns the projects of a run.
func (r *Request) ProjectRuns(ctx context.Context, run int64) ([]db.ProjectRun, error) {
	return r.projectRuns.load(ctx, keyOnly{}, run)
}

func (r *Request) loadProjectRuns(ctx context.Context, _ keyOnly, runs []int64) []result[[]db.ProjectRun] {
	found, err := r.source.Store.ProjectRuns(ctx, runs)
	return all(found, len(runs), err)
}

// Metrics returns the figures of a run.
func (r *Request) Metrics(ctx context.Context, run int64) ([]db.Metric, error) {
	return r.metrics.load(ctx, keyOnly{}, run)
}

func (r *Request) loadMetrics(ctx context.Context, _ keyOnly, runs []int64) []result[[]db.Metric] {
	found, err := r.source.Store.Metrics(ctx, runs)
	return all(found, len(runs), err)
}

// SyncErrors returns a page of the items that a run could not store.
func (r *Request) SyncErrors(ctx context.Context, run int64, page db.ChildPage) (*db.SyncErrorConnection, error) {
	return r.syncErrors.load(ctx, page, run)
}

func (r *Request) loadSyncErrors(ctx context.Context, page db.ChildPage, runs []int64) []result[*db.SyncErrorConnection] {
	found, err := r.source.Store.SyncErrors(ctx, runs, page)
	return all(found, len(runs), err)
}
