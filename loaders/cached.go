package loaders

import (
	"bytes"
	"context"

	"github.com/go-json-experiment/json"

	"jirasync/cache"
	"jirasync/db"
)

// absent is how an object that does not exist is kept.
var absent = []byte("null")

// cached answers keys from the cache and the rest by read, which it keeps. The dependencies of
// both are recorded for the answer being made. Errors are not kept. What was kept counts among the bytes
// of the answer, as what is read does.
func cached[K comparable, V any](ctx context.Context, c *cache.Cache, keys []K, name func(K) string,
	read func(missing []K) ([]db.Found[*V], []error, error),
) []result[*V] {
	if c == nil {
		found, errs, err := read(keys)
		if err != nil {
			return failed[*V](len(keys), err)
		}
		return uncached(ctx, found, errs)
	}
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = name(key)
	}
	results := make([]result[*V], len(keys))
	var missing []K
	var places []int
	for i, kept := range c.GetMany(ctx, names) {
		if err := db.Hold(ctx, len(kept)); err != nil {
			return failed[*V](len(keys), err)
		}
		value, ok := decode[V](kept)
		if results[i].value = value; !ok {
			missing, places = append(missing, keys[i]), append(places, i)
		}
	}
	if len(missing) == 0 {
		return results
	}
	found, errs, err := read(missing)
	var items []cache.Item
	for n, i := range places {
		if err != nil {
			results[i].err = err
			continue
		}
		results[i].value = found[n].Value
		if errs != nil && errs[n] != nil {
			results[i].err = errs[n]
			continue
		}
		if raw, err := json.Marshal(found[n].Value); err == nil {
			items = append(items, cache.Item{Key: names[i], Value: raw, Deps: found[n].Deps})
		}
	}
	c.SetMany(ctx, items)
	return results
}

func uncached[V any](ctx context.Context, found []db.Found[*V], errs []error) []result[*V] {
	results := make([]result[*V], len(found))
	for i, f := range found {
		results[i].value = f.Value
		if errs != nil {
			results[i].err = errs[i]
		}
		for _, d := range f.Deps {
			cache.Depend(ctx, d.Tag, d.Version)
		}
	}
	return results
}

func decode[V any](kept []byte) (value *V, ok bool) {
	if kept == nil {
		return nil, false
	}
	if bytes.Equal(kept, absent) {
		return nil, true
	}
	value = new(V)
	if json.Unmarshal(kept, value) != nil { // of another release
		return nil, false
	}
	return value, true
}
