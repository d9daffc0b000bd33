package cache_test

import (
	"context"
	"strings"
	"testing"

	"jirasync/cache"
	"jirasync/cache/redistest"
)

func BenchmarkLocalHit(b *testing.B) {
	c := openOn(b, nil)
	mk := func(ctx context.Context) ([]byte, error) {
		cache.Depend(ctx, "instance:1", 1)
		cache.Depend(ctx, "mapping", 1)
		return make([]byte, 8<<10), nil
	}
	key := cache.Key("answer", "question")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Do(b.Context(), key, mk); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLocalHitWhileVersionsRise(b *testing.B) {
	c := openOn(b, nil)
	mk := func(ctx context.Context) ([]byte, error) {
		cache.Depend(ctx, "instance:1", 1)
		cache.Depend(ctx, "mapping", 1)
		return make([]byte, 8<<10), nil
	}
	key := cache.Key("answer", "question")
	version := int64(0)
	b.ReportAllocs()
	for b.Loop() {
		if version++; version%64 == 0 {
			c.Versions().Raise("instance:2", version)
		}
		if _, err := c.Do(b.Context(), key, mk); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLocalHitParallel(b *testing.B) {
	c := openOn(b, nil)
	mk := func(ctx context.Context) ([]byte, error) {
		cache.Depend(ctx, "instance:1", 1)
		return make([]byte, 8<<10), nil
	}
	key := cache.Key("answer", "question")
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := c.Do(b.Context(), key, mk); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkColdWithoutRedis(b *testing.B) {
	c := openOn(b, nil)
	mk := func(context.Context) ([]byte, error) {
		return nil, nil // depends on nothing: never kept
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Do(b.Context(), "question", mk); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGetMany50FromRedis(b *testing.B) {
	client := dial(b, redistest.Start(b))
	c := openOn(b, client)
	keys := make([]string, 50)
	for i := range keys {
		keys[i] = cache.Key("object", string(rune('a'+i)))
	}
	b.ReportAllocs()
	for b.Loop() {
		c.GetMany(b.Context(), keys) // nothing there: the cost of the round trip
	}
}

func BenchmarkKey(b *testing.B) {
	operation, variables := strings.Repeat("query { issue }", 30), `{"key":"OPS-1"}`
	b.ReportAllocs()
	for b.Loop() {
		cache.Key("answer", operation, variables, "all")
	}
}
