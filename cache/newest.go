package cache

import "context"

type newestKey struct{}

// withNewest returns a context for a maker who has read what is old: a copy of the database that
// lags behind.
func withNewest(ctx context.Context) context.Context {
	return context.WithValue(ctx, newestKey{}, true)
}

// WantsNewest tells a maker's reader that a copy of the database will not do.
func WantsNewest(ctx context.Context) bool {
	newest, _ := ctx.Value(newestKey{}).(bool)
	return newest
}
