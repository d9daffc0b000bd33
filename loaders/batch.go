package loaders

import (
	"context"
	"sync"
	"time"

	"github.com/graph-gophers/dataloader/v7"
)

// window is how long the first of a batch waits for the others. They come within microseconds of
// each other, from goroutines that the executor starts in a row.
const window = 200 * time.Microsecond

// result is the answer to one key of a batch.
type result[V any] struct {
	value V
	err   error
}

// batch answers keys, each at its own place. It may be asked for a single one.
type batch[K comparable, V any] func(ctx context.Context, keys []K) []result[V]

// loader collects keys for a batch. The collector is made when it is first needed.
type loader[K comparable, V any] struct {
	batch   batch[K, V]
	once    sync.Once
	batched *dataloader.Loader[K, V]
}

func newLoader[K comparable, V any](b batch[K, V]) *loader[K, V] { return &loader[K, V]{batch: b} }

// load answers one key: with its siblings, or at once when it has none.
func (l *loader[K, V]) load(ctx context.Context, key K) (V, error) {
	if alone(ctx) {
		r := l.batch(ctx, []K{key})[0]
		return r.value, r.err
	}
	l.once.Do(func() {
		l.batched = dataloader.NewBatchedLoader(l.collect,
			dataloader.WithWait[K, V](window), dataloader.WithBatchCapacity[K, V](largestBatch))
	})
	return l.batched.Load(ctx, key)()
}

func (l *loader[K, V]) collect(ctx context.Context, keys []K) []*dataloader.Result[V] {
	answers := make([]*dataloader.Result[V], len(keys))
	for i, r := range l.batch(ctx, keys) {
		answers[i] = &dataloader.Result[V]{Data: r.value, Error: r.err}
	}
	return answers
}

// failed answers every key with the same error.
func failed[V any](n int, err error) []result[V] {
	results := make([]result[V], n)
	for i := range results {
		results[i].err = err
	}
	return results
}

// all gives the values of a batch that can only fail as a whole.
func all[V any](values []V, n int, err error) []result[V] {
	if err != nil {
		return failed[V](n, err)
	}
	results := make([]result[V], n)
	for i, value := range values {
		results[i].value = value
	}
	return results
}

type aloneKey struct{}

// Alone says that whatever is loaded with the context has no siblings.
func Alone(ctx context.Context) context.Context { return context.WithValue(ctx, aloneKey{}, true) }

func alone(ctx context.Context) bool {
	is, _ := ctx.Value(aloneKey{}).(bool)
	return is
}
