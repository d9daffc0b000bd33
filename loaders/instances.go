package loaders

import (
	"context"

	"jirasync/db"
)

// Instance finds an instance, configured or not; nil when there is none.
func (r *Request) Instance(ctx context.Context, id int) (*db.Instance, error) {
	return r.instances.load(ctx, keyOnly{}, id)
}

func (r *Request) loadInstances(ctx context.Context, _ keyOnly, ids []int) []result[*db.Instance] {
	found, err := r.source.Store.InstancesByID(ctx, ids)
	return all(found, len(ids), err)
}

// InstanceState is what is known of an instance at this moment.
func (r *Request) InstanceState(ctx context.Context, id int) (db.InstanceState, error) {
	return r.states.load(ctx, keyOnly{}, id)
}

func (r *Request) loadStates(ctx context.Context, _ keyOnly, ids []int) []result[db.InstanceState] {
	found, err := r.source.Store.InstanceStates(ctx, ids)
	return byInstance(found, ids, err)
}

// InstanceCounts is how much of an instance the mirror holds.
func (r *Request) InstanceCounts(ctx context.Context, id int) (db.InstanceCounts, error) {
	return r.counts.load(ctx, keyOnly{}, id)
}

func (r *Request) loadCounts(ctx context.Context, _ keyOnly, ids []int) []result[db.InstanceCounts] {
	found, err := r.source.Store.InstanceCounts(ctx, r.scope, ids)
	return byInstance(found, ids, err)
}

func byInstance[V any](found map[int]V, ids []int, err error) []result[V] {
	values := make([]V, len(ids))
	for i, id := range ids {
		values[i] = found[id]
	}
	return all(values, len(ids), err)
}
