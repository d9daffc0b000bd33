package loaders

import (
	"context"
	"strconv"

	"jirasync/cache"
	"jirasync/db"
)

// wants are [db.IssueWants] that can be a part of a key.
type wants struct {
	fields  db.IssueFields
	along   bool // with a page of the changelog
	changes db.ChangesPageKey
}

func wantsOf(w db.IssueWants) wants {
	if w.Changes == nil {
		return wants{fields: w.Fields}
	}
	return wants{w.Fields, true, *w.Changes}
}

func (w wants) db() db.IssueWants {
	asked := db.IssueWants{Fields: w.fields}
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
		return r.source.Store.IssuesByKey(ctx, r.scope, missing, w.db())
	})
}

func (r *Request) loadIssuesByID(ctx context.Context, w wants, ids []int64) []result[*db.Issue] {
	name := func(id int64) string { return cache.Key("issue-id", r.scope.Key(), strconv.FormatInt(id, 10), w.key()) }
	return cached(ctx, r.source.Cache, ids, name, func(missing []int64) ([]db.Found[*db.Issue], []error, error) {
		found, err := r.source.Store.IssuesByID(ctx, r.scope, missing, w.db())
		return found, nil, err
	})
}

func (r *Request) loadSubtasks(ctx context.Context, w wants, parents []int64) []result[[]*db.Issue] {
	found, err := r.source.Store.Subtasks(ctx, r.scope, parents, w.db())
	return all(found, len(parents), err)
}

// key tells apart the forms in which an issue is kept. The changelog is not kept with it.
func (w wants) key() string { return strconv.FormatUint(uint64(w.fields), 36) }
