package cache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// keyPrefix begins every key in Redis; the number is the layout's.
const keyPrefix = "jirasync:1:"

// remote is the layer in Redis, shared by all servers. It is used only while it is known to
// answer in time: three failures in a row, and it is left alone until a probe succeeds. A read
// therefore pays for a slow Redis a few times at most.
//
// Clear is a number in Redis that only rises. Every probe learns it before anything is read, so
// that answers from before it are not believed.
type remote struct {
	client    redis.UniversalClient
	cluster   bool // keys of one command would lie in different slots
	prefix    string
	budget    time.Duration
	ttl       time.Duration
	log       *slog.Logger
	available atomic.Bool
	failures  atomic.Int32

	mu        sync.Mutex
	awaySince time.Time // zero while available
}

const failuresUntilAway = 3

func newRemote(o Options) *remote {
	_, cluster := o.Redis.(*redis.ClusterClient)
	return &remote{
		client: o.Redis, cluster: cluster, prefix: keyPrefix + o.Namespace + ":",
		budget: o.Budget, ttl: o.TTL, log: o.Logger, awaySince: time.Now(),
	}
}

// get returns what is stored under key; nil without an error is a miss.
func (r *remote) get(ctx context.Context, key string) ([]byte, error) {
	limited, cancel := context.WithTimeout(ctx, r.budget)
	defer cancel()
	raw, err := r.client.Get(limited, r.prefix+key).Bytes()
	if errors.Is(err, redis.Nil) {
		raw, err = nil, nil
	}
	r.judge(ctx, err)
	return raw, err
}

// getMany answers each key at its own place, nil where there is nothing, in one round trip.
func (r *remote) getMany(ctx context.Context, keys []string) ([][]byte, error) {
	limited, cancel := context.WithTimeout(ctx, r.budget)
	defer cancel()
	full := make([]string, len(keys))
	for i, key := range keys {
		full[i] = r.prefix + key
	}
	var raw [][]byte
	var err error
	if r.cluster {
		raw, err = r.getPipelined(limited, full)
	} else {
		raw, err = r.mget(limited, full)
	}
	r.judge(ctx, err)
	return raw, err
}

func (r *remote) mget(ctx context.Context, keys []string) ([][]byte, error) {
	found, err := r.client.MGet(ctx, keys...).Result()
	if err != nil {
		return nil, err
	}
	raw := make([][]byte, len(keys))
	for i, v := range found {
		if s, ok := v.(string); ok {
			raw[i] = []byte(s)
		}
	}
	return raw, nil
}

func (r *remote) getPipelined(ctx context.Context, keys []string) ([][]byte, error) {
	cmds := make([]*redis.StringCmd, len(keys))
	_, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, key := range keys {
			cmds[i] = p.Get(ctx, key)
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, err
	}
	raw := make([][]byte, len(keys))
	for i, cmd := range cmds {
		if b, err := cmd.Bytes(); err == nil {
			raw[i] = b
		} else if !errors.Is(err, redis.Nil) {
			return nil, err
		}
	}
	return raw, nil
}

// setMany stores a batch in one round trip.
func (r *remote) setMany(ctx context.Context, batch []write) error {
	limited, cancel := context.WithTimeout(ctx, writePatience*r.budget)
	defer cancel()
	_, err := r.client.Pipelined(limited, func(p redis.Pipeliner) error {
		for _, w := range batch {
			p.Set(limited, r.prefix+w.key, w.raw, r.ttl)
		}
		return nil
	})
	r.judge(ctx, err)
	return err
}

// raiseScript moves a number up to ARGV[1] and answers with the higher of the two.
var raiseScript = redis.NewScript(`
local held = redis.call('GET', KEYS[1])
if held and tonumber(held) >= tonumber(ARGV[1]) then return held end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]`)

// raiseGeneration tells Redis the generation this server knows and returns the higher one. A
// flushed Redis thereby learns it again.
func (r *remote) raiseGeneration(ctx context.Context, patience time.Duration, known int64) (int64, error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	generation, err := raiseScript.Run(limited, r.client, []string{r.prefix + "generation"}, known).Int64()
	if err != nil {
		return 0, fmt.Errorf("raise the generation of the cache: %w", err)
	}
	return generation, nil
}

// judge counts failures. An asker who left is not Redis's fault.
func (r *remote) judge(asker context.Context, err error) {
	switch {
	case err == nil:
		if r.failures.Load() != 0 {
			r.failures.Store(0)
		}
	case asker.Err() == nil && r.failures.Add(1) >= failuresUntilAway:
		r.leave(err)
	}
}

func (r *remote) leave(cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.available.Load() {
		return
	}
	r.available.Store(false)
	r.awaySince = time.Now()
	r.log.Warn("redis is away, answers come from memory and the database", "error", cause)
}

func (r *remote) welcome() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.available.Load() {
		return
	}
	r.failures.Store(0)
	r.log.Info("redis answers", "away", time.Since(r.awaySince).Round(time.Millisecond))
	r.awaySince = time.Time{}
	r.available.Store(true)
}

func (r *remote) state() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return State{Redis: true, AwaySince: r.awaySince}
}
