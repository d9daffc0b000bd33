package cache

import (
	"fmt"
	"time"

	"github.com/maypok86/otter/v2"
)

// local is the layer within the process: bounded in bytes, and no entry outlives its time,
// counted from when its answer was made, wherever that was.
type local struct {
	entries *otter.Cache[string, *entry]
}

func newLocal(maxBytes int64, ttl time.Duration) (*local, error) {
	entries, err := otter.New(&otter.Options[string, *entry]{
		MaximumWeight: uint64(maxBytes), // New checked that it is positive
		Weigher:       func(key string, e *entry) uint32 { return e.weight(key) },
		ExpiryCalculator: otter.ExpiryWritingFunc(func(held otter.Entry[string, *entry]) time.Duration {
			// The clocks of two servers may differ: never longer than a whole lifetime.
			return max(1, min(ttl, ttl-time.Since(held.Value.storedAt)))
		}),
	})
	if err != nil {
		return nil, fmt.Errorf("make the in-process layer: %w", err)
	}
	return &local{entries: entries}, nil
}

func (l *local) get(key string) *entry {
	e, _ := l.entries.GetIfPresent(key)
	return e
}

func (l *local) set(key string, e *entry) { l.entries.Set(key, e) }

func (l *local) clear() { l.entries.InvalidateAll() }

func (l *local) bytes() uint64 { return l.entries.WeightedSize() }

func (l *local) len() int { return l.entries.EstimatedSize() }

func (l *local) close() { l.entries.StopAllGoroutines() }
