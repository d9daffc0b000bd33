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

type issueKey struct {
	db.IssueKey
	wants wants
}

type issueID struct {
	id    int64
	wants wants
}

// IssueByKey finds an issue by a key it has or had; nil when there is none.
func (r *Request) IssueByKey(ctx context.Context, key db.IssueKey, w db.IssueWants) (*db.Issue, error) {
	return r.issuesByKey.load(ctx, issueKey{key, wantsOf(w)})
}

// IssueByID finds an issue; nil when there is none.
func (r *Request) IssueByID(ctx context.Context, id int64, w db.IssueWants) (*db.Issue, error) {
	return r.issuesByID.load(ctx, issueID{id, wantsOf(w)})
}

func (r *Request) loadIssuesByKey(ctx context.Context, keys []issueKey) []result[*db.Issue] {
	return byWants(keys, func(k issueKey) wants { return k.wants }, func(w wants, some []issueKey) []result[*db.Issue] {
		name := func(k issueKey) string { return cache.Key("issue", r.scope.Key(), k.Key, k.Instance, fieldsKey(w)) }
		return cached(ctx, r.source.Cache, some, name, func(missing []issueKey) ([]db.Found[*db.Issue], []error, error) {
			plain := make([]db.IssueKey, len(missing))
			for i, k := range missing {
				plain[i] = k.IssueKey
			}
			return r.source.Store.IssuesByKey(ctx, r.scope, plain, w.db())
		})
	})
}

func (r *Request) loadIssuesByID(ctx context.Context, keys []issueID) []result[*db.Issue] {
	return byWants(keys, func(k issueID) wants { return k.wants }, func(w wants, some []issueID) []result[*db.Issue] {
		name := func(k issueID) string {
			return cache.Key("issue-id", r.scope.Key(), strconv.FormatInt(k.id, 10), fieldsKey(w))
		}
		return cached(ctx, r.source.Cache, some, name, func(missing []issueID) ([]db.Found[*db.Issue], []error, error) {
			plain := make([]int64, len(missing))
			for i, k := range missing {
				plain[i] = k.id
			}
			found, err := r.source.Store.IssuesByID(ctx, r.scope, plain, w.db())
			return found, nil, err
		})
	})
}

// fieldsKey tells apart the forms in which an issue is kept. The changelog is not kept with it.
func fieldsKey(w wants) string { return strconv.FormatUint(uint64(w.fields), 36) }

// byWants asks for each form of issue in a batch of its own.
func byWants[K comparable, V any](keys []K, of func(K) wants, ask func(wants, []K) []result[V]) []result[V] {
	results := make([]result[V], len(keys))
	places := map[wants][]int{}
	for i, key := range keys {
		places[of(key)] = append(places[of(key)], i)
	}
	for w, at := range places {
		some := make([]K, len(at))
		for n, i := range at {
			some[n] = keys[i]
		}
		for n, r := range ask(w, some) {
			results[at[n]] = r
		}
	}
	return results
}
