package loaders

import (
	"context"
	"strconv"
	"strings"

	"jirasync/cache"
	"jirasync/db"
)

// wants are [db.IssueWants] that can be a part of a key.
type wants struct {
	fields  db.IssueFields
	along   bool // with a page of the changelog
	changes db.ChangesPageKey
	mapped  string // ids of columns
}

func wantsOf(w db.IssueWants) wants {
	asked := wants{fields: w.Fields}
	for _, c := range w.Mapped {
		asked.mapped += c.ID + " "
	}
	if w.Changes != nil {
		asked.along, asked.changes = true, *w.Changes
	}
	return asked
}

// dbWants finds the columns among those that the request began with.
func (r *Request) dbWants(w wants) db.IssueWants {
	asked := db.IssueWants{Fields: w.fields}
	for _, id := range strings.Fields(w.mapped) {
		if column, ok := r.columns.set.ByID(id); ok {
			asked.Mapped = append(asked.Mapped, column)
		}
	}
	if w.along {
		asked.Changes = &w.changes
	}
	return asked
}

// IssueByKey finds an issue by a key it has or had; nil when there is none.
func (r *Request) IssueByKey(ctx context.Context, key db.IssueKey, w db.IssueWants) (*db.Issue, error) {
	return r.issuesByKey.load(ctx, wantsOf(w), key)
}

// IssueByID finds an issue; nil when there is none.
func (r *Request) IssueByID(ctx context.Context, id int64, w db.IssueWants) (*db.Issue, error) {
	return r.issuesByID.load(ctx, wantsOf(w), id)
}

// Subtasks returns an issue's sub-tasks.
func (r *Request) Subtasks(ctx context.Context, issue int64, w db.IssueWants) ([]*db.Issue, error) {
	return r.subtasks.load(ctx, wantsOf(w), issue)
}

func (r *Request) loadIssuesByKey(ctx context.Context, w wants, keys []db.IssueKey) []result[*db.Issue] {
	name := func(k db.IssueKey) string { return cache.Key("issue", r.scope.Key(), k.Key, k.Instance, w.key()) }
	return cached(ctx, r.source.Cache, keys, name, func(missing []db.IssueKey) ([]db.Found[*db.Issue], []error, error) {
		return r.source.Store.IssuesByKey(ctx, r.scope, missing, r.dbWants(w))
	})
}

func (r *Request) loadIssuesByID(ctx context.Context, w wants, ids []int64) []result[*db.Issue] {
	name := func(id int64) string { return cache.Key("issue-id", r.scope.Key(), strconv.FormatInt(id, 10), w.key()) }
	return cached(ctx, r.source.Cache, ids, name, func(missing []int64) ([]db.Found[*db.Issue], []error, error) {
		found, err := r.source.Store.IssuesByID(ctx, r.scope, missing, r.dbWants(w))
		return found, nil, err
	})
}

func (r *Request) loadSubtasks(ctx context.Context, w wants, parents []int64) []result[[]*db.Issue] {
	found, err := r.source.Store.Subtasks(ctx, r.scope, parents, r.dbWants(w))
	return all(found, len(parents), err)
}

// key tells apart the forms in which an issue is kept. The changelog is not kept with it.
func (w wants) key() string { return strconv.FormatUint(uint64(w.fields), 36) + " " + w.mapped }
