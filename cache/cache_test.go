package cache_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"jirasync/cache"
	"jirasync/cache/redistest"
)

// on runs one suite on every implementation.
func on(t *testing.T, suite func(t *testing.T, open func(...func(*cache.Options)) *cache.Cache)) {
	t.Helper()
	for name, connect := range map[string]func(t *testing.T) redis.UniversalClient{
		"in-process": func(*testing.T) redis.UniversalClient { return nil },
		"redis":      func(t *testing.T) redis.UniversalClient { return dial(t, redistest.Start(t)) },
		"miniredis":  func(t *testing.T) redis.UniversalClient { return dial(t, "redis://"+mini(t).Addr()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := connect(t)
			suite(t, func(with ...func(*cache.Options)) *cache.Cache { return openOn(t, client, with...) })
		})
	}
}

// openOn is one server's cache: its own versions, its own memory, the Redis of all.
func openOn(t testing.TB, client redis.UniversalClient, with ...func(*cache.Options)) *cache.Cache {
	t.Helper()
	o := cache.Options{
		Redis: client, Namespace: "test", Poll: 20 * time.Millisecond,
		Budget: 500 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	}
	for _, change := range with {
		change(&o)
	}
	c, err := cache.New(cache.NewVersions(), o)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	var run sync.WaitGroup
	run.Go(func() { _ = c.Run(ctx) })
	t.Cleanup(func() {
		stop()
		run.Wait()
		c.Close()
	})
	if client != nil && o.Poll < time.Second {
		awaitState(t, c, "redis ok")
	}
	return c
}

func dial(t testing.TB, url string) redis.UniversalClient {
	t.Helper()
	client, err := cache.Dial(url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func mini(t testing.TB) *miniredis.Miniredis {
	t.Helper()
	s := miniredis.NewMiniRedis()
	s.ClockTTL(true)
	require.NoError(t, s.Start())
	t.Cleanup(s.Close)
	return s
}

func awaitState(t testing.TB, c *cache.Cache, state string) {
	t.Helper()
	require.Eventually(t, func() bool { return c.State().String() == state }, 30*time.Second, 5*time.Millisecond,
		"the cache should be in state %q", state)
}

// source is the database: a value, and the version it has.
type source struct {
	mu      sync.Mutex
	value   string
	version int64
	reads   atomic.Int64
}

func (s *source) write(value string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.value, s.version = value, s.version+1
	return s.version
}

func (s *source) read(ctx context.Context) ([]byte, error) {
	s.reads.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	cache.Depend(ctx, "instance:1", s.version)
	return []byte(s.value), nil
}

func ask(t testing.TB, c *cache.Cache, mk cache.Maker) (value string, hit bool) {
	t.Helper()
	a, err := c.Do(t.Context(), "question", mk)
	require.NoError(t, err)
	return string(a.Value), a.Hit
}

func TestSecondAskerIsSparedTheWork(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*cache.Options)) *cache.Cache) {
		c, db := open(), new(source)
		db.write("one")
		value, hit := ask(t, c, db.read)
		require.Equal(t, "one", value)
		require.False(t, hit)
		value, hit = ask(t, c, db.read)
		require.Equal(t, "one", value)
		require.True(t, hit)
		require.EqualValues(t, 1, db.reads.Load())
	})
}

func TestRaisedVersionMakesAnswersOld(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*cache.Options)) *cache.Cache) {
		c, db := open(), new(source)
		db.write("one")
		ask(t, c, db.read)
		c.Versions().Raise("instance:2", 77) // somebody else's
		_, hit := ask(t, c, db.read)
		require.True(t, hit)

		c.Versions().Raise("instance:1", db.write("two"))
		value, hit := ask(t, c, db.read)
		require.Equal(t, "two", value)
		require.False(t, hit)
	})
}

func TestSlowReaderIsNotBelievedLater(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*cache.Options)) *cache.Cache) {
		c, db := open(), new(source)
		db.write("one")
		value, _ := ask(t, c, func(ctx context.Context) ([]byte, error) {
			value, err := db.read(ctx)
			c.Versions().Raise("instance:1", db.write("two")) // committed and told while we dawdle
			return value, err
		})
		require.Equal(t, "one", value, "it asked before the change")
		value, hit := ask(t, c, db.read)
		require.Equal(t, "two", value)
		require.False(t, hit)
	})
}

func TestJoinerGetsNothingFromBeforeItAsked(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*cache.Options)) *cache.Cache) {
		c, db := open(), new(source)
		db.write("one")
		reading, goOn := make(chan struct{}), make(chan struct{})
		var early sync.WaitGroup
		early.Go(func() {
			_, _ = c.Do(t.Context(), "question", func(ctx context.Context) ([]byte, error) {
				value, err := db.read(ctx)
				close(reading)
				<-goOn
				return value, err
			})
		})
		<-reading
		c.Versions().Raise("instance:1", db.write("two"))
		late := make(chan string, 1)
		go func() {
			a, _ := c.Do(t.Context(), "question", db.read)
			late <- string(a.Value)
		}()
		close(goOn)
		require.Equal(t, "two", <-late)
		early.Wait()
	})
}

func TestJoinerSeesWhatItDidItselfThoughNoVersionTells(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*cache.Options)) *cache.Cache) {
		c := open()
		var setting atomic.Value
		setting.Store("before")
		read := func(ctx context.Context) ([]byte, error) {
			cache.NoStore(ctx)
			return []byte(setting.Load().(string)), nil
		}
		reading, goOn := make(chan struct{}), make(chan struct{})
		var early sync.WaitGroup
		early.Go(func() {
			_, _ = c.Do(t.Context(), "question", func(ctx context.Context) ([]byte, error) {
				value, err := read(ctx)
				close(reading)
				<-goOn
				return value, err
			})
		})
		<-reading
		setting.Store("after")
		late := make(chan string, 1)
		go func() {
			a, _ := c.Do(t.Context(), "question", read)
			late <- string(a.Value)
		}()
		close(goOn)
		require.Equal(t, "after", <-late)
		early.Wait()
	})
}

func TestManyAtOnceAreOneExecution(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*cache.Options)) *cache.Cache) {
		c, db := open(), new(source)
		db.write("one")
		var all sync.WaitGroup
		for range 200 {
			all.Go(func() {
				a, err := c.Do(t.Context(), "question", db.read)
				if err != nil || string(a.Value) != "one" {
					t.Errorf("got %q, %v", a.Value, err)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 1, db.reads.Load())
	})
}

func TestCancelledFirstCallerPoisonsNobody(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*cache.Options)) *cache.Cache) {
		c := open()
		ctx, cancel := context.WithCancel(t.Context())
		making, goOn := make(chan struct{}), make(chan struct{})
		var first sync.WaitGroup
		first.Go(func() {
			_, _ = c.Do(ctx, "question", func(ctx context.Context) ([]byte, error) {
				cache.Depend(ctx, "instance:1", 1)
				close(making)
				select {
				case <-goOn:
					return []byte("made"), nil
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			})
		})
		<-making
		joined := make(chan error, 1)
		go func() {
			_, err := c.Do(t.Context(), "question", func(context.Context) ([]byte, error) {
				return nil, errors.New("a second execution")
			})
			joined <- err
		}()
		require.Eventually(t, func() bool { return c.Waiting("question") == 2 }, 30*time.Second, time.Millisecond)
		cancel()
		require.Eventually(t, func() bool { return c.Waiting("question") == 1 }, 30*time.Second, time.Millisecond)
		close(goOn)
		require.NoError(t, <-joined)
		first.Wait()
	})
}

func TestExecutionEndsWhenAllHaveLeft(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*cache.Options)) *cache.Cache) {
		c := open()
		ctx, cancel := context.WithCancel(t.Context())
		making := make(chan struct{})
		go func() {
			<-making
			cancel()
		}()
		_, err := c.Do(ctx, "question", func(ctx context.Context) ([]byte, error) {
			close(making)
			<-ctx.Done()
			return nil, ctx.Err()
		})
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestExecutionHasItsOwnDeadline(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*cache.Options)) *cache.Cache) {
		c := open(func(o *cache.Options) { o.MakeTimeout = 20 * time.Millisecond })
		_, err := c.Do(t.Context(), "question", func(ctx context.Context) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestPanicReachesItsCallerAndFreesTheKey(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*cache.Options)) *cache.Cache) {
		c, db := open(), new(source)
		require.PanicsWithValue(t, "no", func() {
			_, _ = c.Do(t.Context(), "question", func(context.Context) ([]byte, error) { panic("no") })
		})
		db.write("one")
		value, _ := ask(t, c, db.read)
		require.Equal(t, "one", value)
	})
}

func TestWhatIsNotKept(t *testing.T) {
	t.Parallel()
	makers := map[string]cache.Maker{
		"an error": func(context.Context) ([]byte, error) {
			return nil, errors.New("no database")
		},
		"an answer marked so": func(ctx context.Context) ([]byte, error) {
			cache.NoStore(ctx)
			cache.Depend(ctx, "instance:1", 1)
			return []byte("x"), nil
		},
		"an answer that depends on nothing": func(context.Context) ([]byte, error) {
			return []byte("x"), nil
		},
		"an answer that is too long": func(ctx context.Context) ([]byte, error) {
			cache.Depend(ctx, "instance:1", 1)
			return make([]byte, 5<<20), nil
		},
	}
	on(t, func(t *testing.T, open func(...func(*cache.Options)) *cache.Cache) {
		for name, mk := range makers {
			c, made := open(), 0
			for range 2 {
				_, _ = c.Do(t.Context(), name, func(ctx context.Context) ([]byte, error) {
					made++
					return mk(ctx)
				})
			}
			require.Equal(t, 2, made, name)
		}
	})
}

func TestAnswerWithinAnAnswerPassesItsDependenciesOn(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*cache.Options)) *cache.Cache) {
		c, db := open(), new(source)
		db.write("one")
		outer := func(ctx context.Context) ([]byte, error) {
			inner, err := c.Do(ctx, "inner", db.read)
			return append([]byte("outer of "), inner.Value...), err
		}
		ask(t, c, db.read)
		value, _ := ask(t, c, outer)
		require.Equal(t, "one", value, "the question is the key")
		a, err := c.Do(t.Context(), "outer", outer)
		require.NoError(t, err)
		require.Equal(t, "outer of one", string(a.Value))

		c.Versions().Raise("instance:1", db.write("two"))
		a, err = c.Do(t.Context(), "outer", outer)
		require.NoError(t, err)
		require.Equal(t, "outer of two", string(a.Value))
		require.False(t, a.Hit)
	})
}

func TestLowestVersionOfSeveralReadsCounts(t *testing.T) {
	t.Parallel()
	ctx, told := cache.Collect(t.Context())
	cache.Depend(ctx, "instance:1", 5)
	cache.Depend(ctx, "instance:1", 4)
	cache.Depend(ctx, "instance:1", 6)
	cache.Depend(ctx, "mapping", 1)
	deps, noStore := told()
	require.Equal(t, []cache.Dep{{Tag: "instance:1", Version: 4}, {Tag: "mapping", Version: 1}}, deps)
	require.False(t, noStore)
	cache.NoStore(ctx)
	_, noStore = told()
	require.True(t, noStore)
	cache.Depend(t.Context(), "nobody collects", 1)
}

func TestClearForgetsEverything(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*cache.Options)) *cache.Cache) {
		c, db := open(), new(source)
		db.write("one")
		ask(t, c, db.read)
		require.NoError(t, c.Clear(t.Context()))
		_, hit := ask(t, c, db.read)
		require.False(t, hit)
		_, hit = ask(t, c, db.read)
		require.True(t, hit)
	})
}

func TestAnswersEndWithTheirLifetime(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*cache.Options)) *cache.Cache) {
		c, db := open(func(o *cache.Options) { o.TTL = 50 * time.Millisecond }), new(source)
		db.write("one")
		ask(t, c, db.read)
		require.Eventually(t, func() bool { _, hit := ask(t, c, db.read); return !hit }, 30*time.Second, 5*time.Millisecond)
	})
}

func TestObjectsAreFoundAtThePlacesOfTheirKeys(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*cache.Options)) *cache.Cache) {
		c := open()
		at := []cache.Dep{{Tag: "instance:1", Version: 3}}
		ctx, told := cache.Collect(t.Context())
		c.SetMany(ctx, []cache.Item{
			{Key: "a", Value: []byte("A"), Deps: at},
			{Key: "c", Value: nil, Deps: at},
			{Key: "without dependencies", Value: []byte("D")},
		})
		deps, _ := told()
		require.Contains(t, deps, at[0])

		ctx, told = cache.Collect(t.Context())
		got := c.GetMany(ctx, []string{"a", "b", "c", "without dependencies", "a"})
		require.Equal(t, [][]byte{[]byte("A"), nil, {}, nil, []byte("A")}, got)
		deps, _ = told()
		require.Contains(t, deps, at[0])

		c.Versions().Raise("instance:1", 4)
		require.Equal(t, [][]byte{nil}, c.GetMany(t.Context(), []string{"a"}))
	})
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*cache.Options)) *cache.Cache) {
		c := open(func(o *cache.Options) { o.LocalBytes = 1 << 20 })
		for i := range 1000 {
			c.SetMany(t.Context(), []cache.Item{{
				Key: cache.Key("object", string(rune(i))), Value: make([]byte, 10<<10),
				Deps: []cache.Dep{{Tag: "instance:1", Version: 1}},
			}})
		}
		require.Eventually(t, func() bool { return c.Stats().Bytes <= 1<<20 }, 30*time.Second, 5*time.Millisecond)
	})
}

func TestStatsTellWhatWasSpared(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*cache.Options)) *cache.Cache) {
		c, db := open(), new(source)
		require.Zero(t, c.Stats().Ratio())
		db.write("one")
		for range 4 {
			ask(t, c, db.read)
		}
		s := c.Stats()
		require.EqualValues(t, 3, s.LocalHits)
		require.EqualValues(t, 1, s.Misses)
		require.InDelta(t, 0.75, s.Ratio(), 1e-9)
		require.Equal(t, 1, s.Entries)
		require.Eventually(t, func() bool { return c.Stats().Bytes > 0 }, 30*time.Second, time.Millisecond)
	})
}

// replica is a database of which a copy lags behind.
type replica struct {
	source
	lagging source
}

func (r *replica) read(ctx context.Context) ([]byte, error) {
	if cache.WantsNewest(ctx) {
		return r.source.read(ctx)
	}
	return r.lagging.read(ctx)
}

func TestWhatALaggingReplicaSaysIsNotHandedOut(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*cache.Options)) *cache.Cache) {
		c, db := open(), new(replica)
		db.write("one")
		db.lagging.write("one")
		ask(t, c, db.read)
		require.EqualValues(t, 0, db.reads.Load(), "a replica that keeps up is enough")
		c.Versions().Raise("instance:1", db.write("two"))
		value, hit := ask(t, c, db.read)
		require.Equal(t, "two", value)
		require.False(t, hit)
		value, hit = ask(t, c, db.read)
		require.Equal(t, "two", value)
		require.True(t, hit)
		require.EqualValues(t, 1, db.reads.Load())
	})
}

func TestWhatIsNotToldYetIsReadOnce(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*cache.Options)) *cache.Cache) {
		c, db := open(), new(source)
		c.Versions().Raise("instance:2", 1)
		db.write("one")
		ask(t, c, db.read)
		require.EqualValues(t, 1, db.reads.Load(), "nobody has told of its version")
	})
}
