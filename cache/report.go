package cache

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// reportLife is how long a server counts as living after its last report.
const reportLife = 30 * time.Second

// Report is what one server has told of its cache.
type Report struct {
	At    time.Time `json:"at"`
	Stats Stats     `json:"stats"`
}

// report leaves this server's figures in Redis, for a command that asks from outside. What goes
// wrong here shows in the next probe.
func (c *Cache) report(ctx context.Context) {
	raw, err := json.Marshal(Report{At: time.Now(), Stats: c.Stats()})
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, writePatience*c.remote.budget)
	defer cancel()
	key := c.remote.prefix + "reports"
	_, _ = c.remote.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, key, c.name, raw)
		p.Expire(ctx, key, reportLife)
		return nil
	})
}

// Reports are the latest figures of the living servers that share a Redis and a namespace, and
// takes those of the dead away.
func Reports(ctx context.Context, client redis.UniversalClient, namespace string) ([]Report, error) {
	key := keyPrefix + namespace + ":reports"
	held, err := client.HGetAll(ctx, key).Result()
	if err != nil {
		return nil, fmt.Errorf("read the reports of the servers: %w", err)
	}
	var reports []Report
	for name, raw := range held {
		var r Report
		if json.Unmarshal([]byte(raw), &r) != nil || time.Since(r.At) > reportLife {
			if err := client.HDel(ctx, key, name).Err(); err != nil {
				return nil, fmt.Errorf("remove an old report: %w", err)
			}
			continue
		}
		reports = append(reports, r)
	}
	slices.SortFunc(reports, func(a, b Report) int { return a.At.Compare(b.At) })
	return reports, nil
}

// Sum adds up the figures of servers.
func Sum(reports []Report) Stats {
	var sum Stats
	for _, r := range reports {
		sum.LocalHits += r.Stats.LocalHits
		sum.RedisHits += r.Stats.RedisHits
		sum.Shared += r.Stats.Shared
		sum.Misses += r.Stats.Misses
		sum.Stale += r.Stats.Stale
		sum.Errors += r.Stats.Errors
		sum.Dropped += r.Stats.Dropped
		sum.Entries += r.Stats.Entries
		sum.Bytes += r.Stats.Bytes
	}
	return sum
}
