package loaders

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/graph-gophers/dataloader/v7"
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

// loader answers the keys of one question, each once.
type loader[K comparable, V any] struct {
	askers *askers
	batch  batch[K, V]

	mu       sync.Mutex
	known    map[K]*known[V]
	gathered []K // those that no batch has taken yet
}

// known is what there is to know of a key, once done is closed.
type known[V any] struct {
	result result[V]
	done   chan struct{}
	wait   int64 // how many wait for it
}

// load answers one key, together with those whom others ask for meanwhile.
func (l *loader[K, V]) load(ctx context.Context, key K) (V, error) {
	of, isHere := l.ask(ctx, key)
	if !isHere {
		if err := l.askers.wait(ctx, of.done); err != nil {
			var none V
			return none, err
		}
	}
	return of.result.value, of.result.err
}

func (l *loader[K, V]) ask(ctx context.Context, key K) (of *known[V], isHere bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	of, asked := l.known[key]
	if asked {
		select {
		case <-of.done:
			return of, true
		default:
		}
	} else {
		of = &known[V]{done: make(chan struct{})}
		l.known[key] = of
		l.gathered = append(l.gathered, key)
		if len(l.gathered) == 1 {
			l.askers.gather(func() { l.send(ctx) })
		}
	}
	of.wait++
	return of, false
}

// send asks for what has gathered.
func (l *loader[K, V]) send(ctx context.Context) {
	l.mu.Lock()
	keys := l.gathered
	l.gathered = nil
	l.mu.Unlock()
	var each sync.WaitGroup
	for some := range slices.Chunk(keys, largestBatch) {
		if len(some) == len(keys) {
			l.answer(some, l.read(ctx, some))
			return
		}
		each.Go(func() { l.answer(some, l.read(ctx, some)) })
	}
	each.Wait()
}

// read asks for these keys, which are all different. The capacity is their number, so the last Load
// sends the batch; WithWait never passes. The library gives each key its error and catches panics,
// but a single key is spared its goroutines.
func (l *loader[K, V]) read(ctx context.Context, keys []K) (results []result[V]) {
	if len(keys) == 1 {
		defer func() {
			if p := recover(); p != nil {
				results = failed[V](1, fmt.Errorf("a batch panicked: %v\n%s", p, debug.Stack()))
			}
		}()
		return l.batch(ctx, keys)
	}
	collected := dataloader.NewBatchedLoader(l.collect, dataloader.WithBatchCapacity[K, V](len(keys)), dataloader.WithWait[K, V](time.Hour))
	thunks := make([]dataloader.Thunk[V], len(keys))
	for i, key := range keys {
		thunks[i] = collected.Load(ctx, key)
	}
	results = make([]result[V], len(keys))
	for i, thunk := range thunks {
		results[i].value, results[i].err = thunk()
	}
	return results
}

func (l *loader[K, V]) collect(ctx context.Context, keys []K) []*dataloader.Result[V] {
	answers := make([]*dataloader.Result[V], len(keys))
	for i, r := range l.batch(ctx, keys) {
		answers[i] = &dataloader.Result[V]{Data: r.value, Error: r.err}
	}
	return answers
}

// answer hands out results. Those who wait are counted in first, or the next batch would go
// without them.
func (l *loader[K, V]) answer(keys []K, results []result[V]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var waiting int64
	for i, key := range keys {
		l.known[key].result = results[i]
		waiting += l.known[key].wait
	}
	l.askers.busy.Add(waiting)
	for _, key := range keys {
		close(l.known[key].done)
	}
}

// loaders are those of one kind, one loader for each question (same page, same fields): only keys
// asked under one question share a statement.
type loaders[Q, K comparable, V any] struct {
	askers *askers
	batch  func(ctx context.Context, question Q, keys []K) []result[V]
	mu     sync.Mutex
	each   map[Q]*loader[K, V]
}

func (l *loaders[Q, K, V]) load(ctx context.Context, question Q, key K) (V, error) {
	l.mu.Lock()
	one := l.each[question]
	if one == nil {
		one = &loader[K, V]{
			askers: l.askers, known: map[K]*known[V]{},
			batch: func(ctx context.Context, keys []K) []result[V] { return l.batch(ctx, question, keys) },
		}
		if l.each == nil {
			l.each = map[Q]*loader[K, V]{}
		}
		l.each[question] = one
	}
	l.mu.Unlock()
	return one.load(ctx, key)
}

// with says who answers a kind of question.
func (l *loaders[Q, K, V]) with(a *askers, batch func(ctx context.Context, question Q, keys []K) []result[V]) {
	l.askers, l.batch = a, batch
}

// keyOnly is the question of those that have none besides the key.
type keyOnly struct{}

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
