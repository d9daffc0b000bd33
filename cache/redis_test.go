package cache_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"jirasync/cache"
	"jirasync/cache/redistest"
)

// awaitStored waits until the answer to "question", written behind the reader, lies in Redis.
func awaitStored(t *testing.T, c *cache.Cache, client redis.UniversalClient) {
	t.Helper()
	require.Eventually(t, func() bool {
		return client.Exists(t.Context(), c.StoredKey("question")).Val() == 1
	}, 30*time.Second, time.Millisecond)
}

func TestAnotherServerFindsTheAnswer(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.Start(t))
	here, there, db := openOn(t, client), openOn(t, client), new(source)
	version := db.write("one")
	ask(t, here, db.read)
	awaitStored(t, here, client)

	there.Versions().Raise("instance:1", version)
	value, hit := ask(t, there, db.read)
	require.Equal(t, "one", value)
	require.True(t, hit)
	require.EqualValues(t, 1, there.Stats().RedisHits)
	ask(t, there, db.read)
	require.EqualValues(t, 1, there.Stats().LocalHits, "what Redis held is kept in the process")
	require.Equal(t, [][]byte{[]byte("one"), nil}, openKnowing(t, client, version).
		GetMany(t.Context(), []string{"question", "other"}))
}

func openKnowing(t *testing.T, client redis.UniversalClient, version int64) *cache.Cache {
	t.Helper()
	c := openOn(t, client)
	c.Versions().Raise("instance:1", version)
	return c
}

func TestServerThatKnowsNoVersionsTrustsNothing(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.Start(t))
	here, db := openOn(t, client), new(source)
	db.write("one")
	ask(t, here, db.read)
	awaitStored(t, here, client)
	db.write("two") // told to nobody yet

	value, hit := ask(t, openOn(t, client), db.read)
	require.Equal(t, "two", value)
	require.False(t, hit)
}

func TestOtherServersHearOfAClear(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.Start(t))
	here, there, db := openOn(t, client), openOn(t, client), new(source)
	db.write("one")
	ask(t, there, db.read)
	_, hit := ask(t, there, db.read)
	require.True(t, hit)
	require.NoError(t, here.Clear(t.Context()))
	require.Eventually(t, func() bool { _, hit := ask(t, there, db.read); return !hit }, 30*time.Second, time.Millisecond)
	late := openOn(t, client)
	late.Versions().Raise("instance:1", 1)
	require.NotPanics(t, func() { ask(t, late, db.read) })
}

func TestAnswersFromBeforeARestartAreStillJudged(t *testing.T) {
	t.Parallel()
	server := redistest.New(t, "--appendonly", "yes", "--appendfsync", "always")
	client := dial(t, server.URL)
	db := new(source)
	version := db.write("one")
	c := openKnowing(t, client, version)
	ask(t, c, db.read)
	awaitStored(t, c, client)

	server.Stop()
	require.Eventually(t, func() bool { return strings.HasPrefix(c.State().String(), "redis away") }, 30*time.Second, time.Millisecond)
	newer := db.write("two")
	server.Start()
	awaitState(t, c, "redis ok")
	require.EqualValues(t, 1, client.Exists(t.Context(), c.StoredKey("question")).Val(), "the old entry is back")

	fresh := openKnowing(t, client, newer)
	value, hit := ask(t, fresh, db.read)
	require.Equal(t, "two", value)
	require.False(t, hit)
	require.NotZero(t, fresh.Stats().Stale)
}

func TestFlushedRedisCostsMissesAndLearnsTheClearAgain(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.Start(t))
	c, db := openOn(t, client), new(source)
	version := db.write("one")
	require.NoError(t, c.Clear(t.Context()))
	generation := client.Get(t.Context(), c.StoredKey("generation")).Val()
	require.NoError(t, client.FlushAll(t.Context()).Err())
	_, hit := ask(t, openKnowing(t, client, version), db.read)
	require.False(t, hit)
	require.Eventually(t, func() bool {
		return client.Get(t.Context(), c.StoredKey("generation")).Val() == generation
	}, 30*time.Second, time.Millisecond)
}

func TestStoppedRedisReachesNoCaller(t *testing.T) {
	t.Parallel()
	server := redistest.New(t)
	c, db := openOn(t, dial(t, server.URL)), new(source)
	db.write("one")
	server.Stop()
	for i := range 20 {
		a, err := c.Do(t.Context(), fmt.Sprint("question", i), db.read)
		require.NoError(t, err)
		require.Equal(t, "one", string(a.Value))
		require.Equal(t, [][]byte{nil}, c.GetMany(t.Context(), []string{fmt.Sprint("object", i)}))
	}
	require.Error(t, c.Clear(t.Context()), "other servers were not reached")
	_, err := c.Do(t.Context(), "question0", db.read)
	require.NoError(t, err)
	server.Start()
	awaitState(t, c, "redis ok")
}

// TestHangingRedisIsLeftAlone counts what reaches a Redis that stopped answering: three reads
// wait out the budget, the others do not ask.
func TestHangingRedisIsLeftAlone(t *testing.T) {
	t.Parallel()
	server := redistest.New(t)
	c, db := openOn(t, dial(t, server.URL), func(o *cache.Options) {
		o.Budget = 20 * time.Millisecond
		o.Poll = 100 * time.Millisecond
	}), new(source)
	db.write("one")
	server.Pause()
	for i := range 200 {
		a, err := c.Do(t.Context(), fmt.Sprint("question", i), db.read)
		require.NoError(t, err)
		require.Equal(t, "one", string(a.Value))
	}
	require.NotEqual(t, "redis ok", c.State().String())
	require.LessOrEqual(t, c.Stats().Errors, uint64(3))
	server.Resume()
	awaitState(t, c, "redis ok")
}

func TestRedisThatNeverAnsweredIsNotAsked(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.Silent(t))
	c, db := openOn(t, client, func(o *cache.Options) { o.Poll = time.Hour }), new(source)
	db.write("one")
	value, _ := ask(t, c, db.read)
	require.Equal(t, "one", value)
	require.Zero(t, c.Stats().Errors)
	require.True(t, strings.HasPrefix(c.State().String(), "redis away since "))
}

func TestCorruptEntryIsAMiss(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.Start(t))
	c, db := openOn(t, client), new(source)
	db.write("one")
	for _, rubbish := range []string{"", "x", strings.Repeat("\x01", 100)} {
		require.NoError(t, client.Set(t.Context(), c.StoredKey("question"), rubbish, 0).Err())
		value, hit := ask(t, openOn(t, client), db.read)
		require.Equal(t, "one", value)
		require.False(t, hit)
	}
}

func TestEntriesLeaveRedisByThemselves(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.Start(t))
	c, db := openOn(t, client), new(source)
	db.write("one")
	ask(t, c, db.read)
	awaitStored(t, c, client)
	left := client.PTTL(t.Context(), c.StoredKey("question")).Val()
	require.Positive(t, left)
	require.LessOrEqual(t, left, 110*time.Second)
}

// TestReadersAmongWritersSeeNothingOld lets many ask while versions rise. Who asks after a raise
// must get at least that version, on either server.
func TestReadersAmongWritersSeeNothingOld(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.Start(t))
	servers := []*cache.Cache{openOn(t, client), openOn(t, client)}
	db := &numbered{}
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range 4 {
		for _, c := range servers {
			all.Go(func() {
				for ctx.Err() == nil {
					known := c.Versions().Current("instance:1")
					a, err := c.Do(t.Context(), "question", db.read)
					if err != nil || parse(string(a.Value)) < known {
						t.Errorf("asked at version %d, got %q, %v", known, a.Value, err)
						return
					}
				}
			})
		}
	}
	for range 300 {
		version := db.next()
		for _, c := range servers {
			c.Versions().Raise("instance:1", version)
		}
	}
	stop()
	all.Wait()
}

// numbered is a database whose value is its version.
type numbered struct {
	mu      sync.Mutex
	version int64
}

func (n *numbered) next() int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.version++
	return n.version
}

func (n *numbered) read(ctx context.Context) ([]byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	cache.Depend(ctx, "instance:1", n.version)
	return fmt.Append(nil, n.version), nil
}

func parse(s string) (n int64) {
	_, _ = fmt.Sscan(s, &n)
	return n
}

func TestMetricsAreWellFormed(t *testing.T) {
	t.Parallel()
	for name, client := range map[string]redis.UniversalClient{
		"in-process": nil, "redis": dial(t, redistest.Start(t)),
	} {
		c, db := openOn(t, client), new(source)
		db.write("one")
		ask(t, c, db.read)
		ask(t, c, db.read)
		registry := prometheus.NewPedanticRegistry()
		registry.MustRegister(c)
		families, err := registry.Gather()
		require.NoError(t, err, name)
		values := map[string]float64{}
		for _, family := range families {
			for _, m := range family.GetMetric() {
				id := family.GetName()
				for _, label := range m.GetLabel() {
					id += " " + label.GetValue()
				}
				values[id] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
		require.InDelta(t, 0.5, values["jirasync_cache_hit_ratio"], 1e-9, name)
		require.InDelta(t, 1, values["jirasync_cache_requests_total local hit"], 1e-9, name)
		require.InDelta(t, 1, values["jirasync_cache_requests_total make made"], 1e-9, name)
		up, known := values["jirasync_cache_redis_up"]
		require.Equal(t, client != nil, known, name)
		require.Equal(t, client != nil, up == 1, name)
	}
}
