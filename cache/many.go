package cache

import (
	"context"
	"time"
)

// Item is one object to keep: a value and what it depends on.
type Item struct {
	Key   string
	Value []byte
	Deps  []Dep // from the snapshot the value was read in; without any it is not kept
}

// GetMany looks up many objects: those in the process, then the rest in one round trip to Redis.
// Values stand at the places of their keys; nil is a miss. The dependencies of what was found
// are passed on to a collector in ctx. Values are shared: read only.
func (c *Cache) GetMany(ctx context.Context, keys []string) [][]byte {
	now := c.versions.load()
	values := make([][]byte, len(keys))
	var missing []int
	for i, key := range keys {
		if e := c.fromLocal(key, now); e != nil {
			values[i] = hand(ctx, e, true).Value
		} else {
			missing = append(missing, i)
		}
	}
	if len(missing) == 0 || c.remote == nil || !c.remote.available.Load() {
		return values
	}
	wanted := make([]string, len(missing))
	for j, i := range missing {
		wanted[j] = keys[i]
	}
	raw, err := c.remote.getMany(ctx, wanted)
	if err != nil {
		c.counts.redis.fail.Add(uint64(len(missing)))
		return values
	}
	for j, i := range missing {
		if e := c.admit(wanted[j], raw[j], now); e != nil {
			values[i] = hand(ctx, e, true).Value
		}
	}
	return values
}

// SetMany keeps objects read from the database. It does not wait for Redis. Their dependencies
// are passed on to a collector in ctx, as they are when the objects are found later.
func (c *Cache) SetMany(ctx context.Context, items []Item) {
	generation := c.versions.Current(clearTag)
	now := time.Now()
	for _, item := range items {
		if len(item.Deps) == 0 {
			continue
		}
		// Capacity cut: the generation is added to a copy, not to the caller's array.
		deps := item.Deps[:len(item.Deps):len(item.Deps)]
		e := c.newEntry(item.Value, deps, generation, now)
		hand(ctx, e, false)
		c.store(item.Key, e)
	}
}
