package loaders

import (
	"context"
	"strconv"

	"jirasync/cache"
	"jirasync/db"
)

// User finds a person; nil when there is none.
func (r *Request) User(ctx context.Context, key db.UserKey) (*db.User, error) {
	return r.users.load(ctx, keyOnly{}, key)
}

func (r *Request) loadUsers(ctx context.Context, _ keyOnly, keys []db.UserKey) []result[*db.User] {
	name := func(k db.UserKey) string {
		return cache.Key("user", r.scope.Key(), strconv.Itoa(k.Instance), k.AccountID)
	}
	return cached(ctx, r.source.Cache, keys, name, func(missing []db.UserKey) ([]db.Found[*db.User], []error, error) {
		found, err := r.source.Store.UsersByKey(ctx, r.scope, missing)
		return found, nil, err
	})
}
