package cache

import "context"

type newestKey struct{}

// WithNewest returns a context for a reader who must see what is known to be there: a copy of the
// database may lag behind.
func WithNewest(ctx context.Context) context.Context {
	return context.WithValue(ctx, newestKey{}, true)
}

// WantsNewest tells a maker's reader that a copy of the database will not do.
func WantsNewest(ctx context.Context) bool {
	newest, _ := ctx.Value(newestKey{}).(bool)
	return newest
}
