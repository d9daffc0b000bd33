package cache

import (
	"sync/atomic"
	"time"
)

type layerCounts struct{ hit, miss, stale, fail atomic.Uint64 }

// counts only rise. A question is counted in each layer that it reached.
type counts struct {
	local, redis layerCounts
	made         atomic.Uint64 // executions that gave an answer
	failed       atomic.Uint64 // executions that gave an error
	shared       atomic.Uint64 // answers got by waiting for another's execution
	dropped      atomic.Uint64 // entries that did not reach Redis
}

// Stats is what the cache has done since it was made.
type Stats struct {
	LocalHits, RedisHits uint64 // answers at rest, by layer
	Shared               uint64 // answers got by waiting for another's execution
	Misses               uint64 // questions no layer could answer
	Stale                uint64 // entries found but passed by a version, in either layer
	Errors               uint64 // lookups that Redis failed or that found a corrupt entry
	Dropped              uint64 // entries that did not reach Redis
	Entries              int    // in the process
	Bytes                uint64 // in the process
}

// Ratio is the share of questions answered without an execution, 0 before the first.
func (s Stats) Ratio() float64 {
	spared := s.LocalHits + s.RedisHits + s.Shared
	if spared+s.Misses == 0 {
		return 0
	}
	return float64(spared) / float64(spared+s.Misses)
}

// Stats reads the counters; they are not of one moment.
func (c *Cache) Stats() Stats {
	n := &c.counts
	s := Stats{
		LocalHits: n.local.hit.Load(), RedisHits: n.redis.hit.Load(), Shared: n.shared.Load(),
		Stale:  n.local.stale.Load() + n.redis.stale.Load(),
		Errors: n.redis.fail.Load(), Dropped: n.dropped.Load(),
		Entries: c.local.len(), Bytes: c.local.bytes(),
	}
	// Every question is looked up in the process first. Counters move meanwhile: not below zero.
	unanswered := n.local.miss.Load() + n.local.stale.Load()
	s.Misses = unanswered - min(unanswered, s.RedisHits+s.Shared)
	return s
}

// State says where answers are kept.
type State struct {
	Redis     bool      // Redis is configured
	AwaySince time.Time // zero while Redis answers
}

// String is "in-process", "redis ok" or "redis away since <time>".
func (s State) String() string {
	switch {
	case !s.Redis:
		return "in-process"
	case s.AwaySince.IsZero():
		return "redis ok"
	}
	return "redis away since " + s.AwaySince.UTC().Format(time.RFC3339)
}

// State says whether Redis is in use.
func (c *Cache) State() State {
	if c.remote == nil {
		return State{}
	}
	return c.remote.state()
}
