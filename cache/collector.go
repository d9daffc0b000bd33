package cache

import (
	"context"
	"sync"
)

// Dep says that an answer was made from a tag at a version.
type Dep struct {
	Tag     string
	Version int64
}

// collector gathers what an answer depends on while it is made. Many goroutines may add to it.
type collector struct {
	mu      sync.Mutex
	deps    []Dep
	noStore bool
}

type collectorKey struct{}

// collect returns a context in which [Depend] and [NoStore] speak to the new collector.
func collect(ctx context.Context) (context.Context, *collector) {
	c := new(collector)
	return context.WithValue(ctx, collectorKey{}, c), c
}

// Depend tells the answer being made that it was read from tag at version, in the same committed
// snapshot as the data. Of several versions the lowest counts. Without a collector in ctx it
// does nothing.
func Depend(ctx context.Context, tag string, version int64) {
	if c := collectorOf(ctx); c != nil {
		c.add(Dep{tag, version})
	}
}

// NoStore says that the answer being made is not to be kept: it holds an error, or what only this
// moment is true.
func NoStore(ctx context.Context) {
	if c := collectorOf(ctx); c != nil {
		c.forbid()
	}
}

// told is what the answer depends on so far, each tag once, with its lowest version, and whether
// [NoStore] was called.
func (c *collector) told() (deps []Dep, noStore bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Dep(nil), c.deps...), c.noStore
}

func (c *collector) add(deps ...Dep) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range deps {
		c.deps = withLowest(c.deps, d)
	}
}

func (c *collector) forbid() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.noStore = true
}

// withLowest searches in sequence: an answer depends on a handful of tags.
func withLowest(deps []Dep, d Dep) []Dep {
	for i := range deps {
		if deps[i].Tag == d.Tag {
			deps[i].Version = min(deps[i].Version, d.Version)
			return deps
		}
	}
	return append(deps, d)
}

func collectorOf(ctx context.Context) *collector {
	c, _ := ctx.Value(collectorKey{}).(*collector)
	return c
}
