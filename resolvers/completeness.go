package resolvers

import (
	"context"
	"errors"
	"time"

	"jirasync/auth"
	"jirasync/cache"
	"jirasync/db"
	"jirasync/graph"
	"jirasync/loaders"
)

func (r *instanceResolver) HistoryFrom(ctx context.Context, obj *db.Instance) (*time.Time, error) {
	state, err := loaders.From(ctx).InstanceState(ctx, obj.InstanceID)
	return state.HistoryFrom, err
}

func (r *mutationResolver) RetrySyncError(ctx context.Context, id string) (*db.SyncError, error) {
	number, err := numberOf(id, db.KindError)
	if err != nil {
		return nil, err
	}
	failed, err := r.Store.RetryError(ctx, number)
	if errors.Is(err, db.ErrNoID) {
		return nil, &graph.RefusedError{Code: graph.CodeConflict, Message: err.Error()}
	}
	return failed, err
}

func (r *mutationResolver) ConfirmRemovals(ctx context.Context, runID string) (*db.Run, error) {
	number, err := numberOf(runID, db.KindRun)
	if err != nil {
		return nil, err
	}
	stopped, _, err := r.Store.ConfirmRemovals(ctx, number, asker(ctx))
	if _, grown := errors.AsType[*db.GrownError](err); grown || errors.Is(err, db.ErrNothingToConfirm) {
		return nil, &graph.RefusedError{Code: graph.CodeConflict, Message: err.Error()}
	}
	if err != nil {
		return nil, err
	}
	next, err := r.Store.RequestCensus(ctx, stopped.InstanceID, asker(ctx))
	return &next, err
}

func (r *queryResolver) Completeness(ctx context.Context, instance *string) ([]db.ProjectCompleteness, error) {
	cache.NoStore(ctx)
	name := or(instance, "")
	if name != "" {
		if _, err := r.instancesNamed(ctx, []string{name}); err != nil {
			return nil, err
		}
	}
	return r.Store.Completeness(ctx, auth.Scope(ctx), name)
}

func (r *queryResolver) TableSizes(ctx context.Context) ([]db.TableSize, error) {
	cache.NoStore(ctx)
	return r.Store.TableSizes(ctx)
}
