package cli

import (
	"context"
	"errors"
	"fmt"

	"jirasync/cache"
	"jirasync/config"
)

type cacheCommand struct {
	Stats cacheStatsCommand `cmd:"" help:"Hit ratio and size, over all servers."`
	Clear cacheClearCommand `cmd:"" help:"Have every server forget its answers."`
}

type (
	cacheStatsCommand struct{}
	cacheClearCommand struct{}
)

// Run sums up what the servers report to Redis.
func (cacheStatsCommand) Run(ctx context.Context, s *session) error {
	cfg, err := config.Load()
	if err != nil {
		return err
	}
	if cfg.Redis.URL == "" {
		return errors.New("without REDIS_URL the cache lives in the server's own process: its figures are at /metrics, under jirasync_cache_")
	}
	client, err := cache.Dial(cfg.Redis.URL.Reveal())
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }() // only read from
	reports, err := cache.Reports(ctx, client, namespaceOf(cfg))
	if err != nil {
		return err
	}
	sum := cache.Sum(reports)
	fmt.Fprintf(s.stdout, "servers    %d\nhit ratio  %.1f %%\nhits       %d in process, %d in Redis, %d shared\nmisses     %d\nstale      %d\nerrors     %d\nentries    %d (%d bytes) in process\n",
		len(reports), 100*sum.Ratio(), sum.LocalHits, sum.RedisHits, sum.Shared, sum.Misses, sum.Stale, sum.Errors, sum.Entries, sum.Bytes)
	return nil
}

// Run asks every server by way of the database, so that it works with and without Redis.
func (cacheClearCommand) Run(ctx context.Context, s *session) error {
	cfg, err := config.Load()
	if err != nil {
		return err
	}
	store, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.ForgetAnswers(ctx); err != nil {
		return err
	}
	fmt.Fprintln(s.stdout, "every server forgets its answers")
	return nil
}
