package cache

import "context"

// Collect returns a context and what the answer being made with it has told so far.
func Collect(ctx context.Context) (own context.Context, told func() (deps []Dep, noStore bool)) {
	own, c := collect(ctx)
	return own, c.told
}

// Waiting is how many wait for the answer to key.
func (c *Cache) Waiting(key string) int {
	c.flights.mu.Lock()
	defer c.flights.mu.Unlock()
	if f, ok := c.flights.open[key]; ok {
		return f.waiters
	}
	return 0
}

// Encode is how an entry lies in Redis.
func Encode(key string, value []byte, deps []Dep) []byte {
	e := entry{value: value, deps: deps}
	return e.encode(key)
}

// Decode undoes Encode.
func Decode(key string, raw []byte) (value []byte, deps []Dep, err error) {
	e, err := decode(key, raw)
	if err != nil {
		return nil, nil, err
	}
	return e.value, e.deps, nil
}

// StoredKey is where an answer lies in Redis.
func (c *Cache) StoredKey(key string) string { return c.remote.prefix + key }
