package loaders

import (
	"context"
	"sync"

	"jirasync/cache"
	"jirasync/db"
	"jirasync/query"
)

// columns are the mapped fields of one answer: read once, so that no answer mixes two states of
// the mappings.
type columns struct {
	once sync.Once
	set  *query.Columns
	err  error
}

// Columns are the mapped fields that the answer can speak of.
func (r *Request) Columns(ctx context.Context) (*query.Columns, error) {
	r.columns.once.Do(func() { r.columns.set, r.columns.err = r.source.Store.Columns(ctx) })
	return r.columns.set, r.columns.err
}

// Uses notes that the answer depends on the mappings, if it speaks of any of these.
func (r *Request) Uses(ctx context.Context, used []query.Column) {
	if len(used) > 0 {
		r.UsesMappings(ctx)
	}
}

// UsesMappings notes that the answer depends on the mappings.
func (r *Request) UsesMappings(ctx context.Context) {
	if set, err := r.Columns(ctx); err == nil {
		cache.Depend(ctx, db.MappingTag, set.Version)
	}
}

// Mapping finds a mapping; nil when there is none.
func (r *Request) Mapping(ctx context.Context, id int) (*db.FieldMapping, error) {
	return r.mappings.load(ctx, keyOnly{}, id)
}

func (r *Request) loadMappings(ctx context.Context, _ keyOnly, ids []int) []result[*db.FieldMapping] {
	list, err := r.source.Store.FieldMappings(ctx)
	found := make([]*db.FieldMapping, len(ids))
	for i, id := range ids {
		for n := range list {
			if list[n].MappingID == id {
				found[i] = &list[n]
			}
		}
	}
	return all(found, len(ids), err)
}

// MappingFill is how completely a mapping is filled.
func (r *Request) MappingFill(ctx context.Context, m *db.FieldMapping) (db.MappingFill, error) {
	return r.mappingFills.load(ctx, keyOnly{}, m.MappingID)
}

func (r *Request) loadMappingFills(ctx context.Context, _ keyOnly, ids []int) []result[db.MappingFill] {
	list, err := r.source.Store.FieldMappings(ctx)
	if err != nil {
		return failed[db.MappingFill](len(ids), err)
	}
	fills, err := r.source.Store.MappingFills(ctx, list)
	values := make([]db.MappingFill, len(ids))
	for i, id := range ids {
		values[i] = fills[id]
	}
	return all(values, len(ids), err)
}

// JiraField finds a field of an instance; nil when discovery has not seen it.
func (r *Request) JiraField(ctx context.Context, key db.JiraFieldKey) (*db.JiraField, error) {
	return r.jiraFields.load(ctx, keyOnly{}, key)
}

func (r *Request) loadJiraFields(ctx context.Context, _ keyOnly, keys []db.JiraFieldKey) []result[*db.JiraField] {
	found, err := r.source.Store.JiraFieldsByKey(ctx, keys)
	return all(found, len(keys), err)
}
