package loaders

import (
	"context"
	"sync"
	"time"

	"github.com/graph-gophers/dataloader/v7"
)

// Windows are how long the first of a batch waits for the others at most. Siblings ask within
// microseconds of each other, from goroutines that the executor starts in a row, unless the
// machine is busy: where it is known how many will ask, the batch goes as soon as they have, and
// the window is only for the case that one of them fails to.
const (
	window     = time.Millisecond
	longWindow = 10 * time.Millisecond
)

// largestBatch bounds one statement's keys; a longer list is read in several.
const largestBatch = 1000

// result is the answer to one key of a batch.
type result[V any] struct {
	value V
	err   error
}

// batch answers keys, each at its own place. It may be asked for a single one.
type batch[K comparable, V any] func(ctx context.Context, keys []K) []result[V]

// loader collects the keys of one question for a batch. The collector is made when it is first
// needed.
type loader[K comparable, V any] struct {
	batch   batch[K, V]
	once    sync.Once
	batched *dataloader.Loader[K, V]
}

// load answers one key: with its siblings, or at once when it is alone.
func (l *loader[K, V]) load(ctx context.Context, key K) (V, error) {
	expected := siblings(ctx)
	if expected == 1 {
		r := l.batch(ctx, []K{key})[0]
		return r.value, r.err
	}
	l.once.Do(func() {
		wait := window
		if expected > 0 {
			wait = longWindow
		}
		if expected == 0 || expected > largestBatch {
			expected = largestBatch
		}
		l.batched = dataloader.NewBatchedLoader(l.collect, dataloader.WithWait[K, V](wait), dataloader.WithBatchCapacity[K, V](expected))
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

// loaders are those of one kind, one for each question: the same page, the same members. What is
// asked with different words is no company for each other.
type loaders[Q, K comparable, V any] struct {
	batch func(ctx context.Context, question Q, keys []K) []result[V]
	mu    sync.Mutex
	each  map[Q]*loader[K, V]
}

func (l *loaders[Q, K, V]) load(ctx context.Context, question Q, key K) (V, error) {
	if siblings(ctx) == 1 {
		r := l.batch(ctx, question, []K{key})[0]
		return r.value, r.err
	}
	l.mu.Lock()
	one := l.each[question]
	if one == nil {
		one = &loader[K, V]{batch: func(ctx context.Context, keys []K) []result[V] { return l.batch(ctx, question, keys) }}
		if l.each == nil {
			l.each = map[Q]*loader[K, V]{}
		}
		l.each[question] = one
	}
	l.mu.Unlock()
	return one.load(ctx, key)
}

// plain is the question of those that have none besides the key.
type plain struct{}

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

type siblingsKey struct{}

// Expect says how many different objects will be loaded with contexts like this one: 1 when it is
// one alone, 0 when that is not known.
func Expect(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, siblingsKey{}, n)
}

func siblings(ctx context.Context) int {
	n, _ := ctx.Value(siblingsKey{}).(int)
	return n
}
