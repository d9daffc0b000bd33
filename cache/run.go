package cache

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Run keeps Redis in use until ctx ends: it looks whether Redis answers, hears of a Clear by
// another server, and writes behind the readers. While it does not run, answers are kept in the
// process only.
func (c *Cache) Run(ctx context.Context) error {
	if c.remote == nil {
		<-ctx.Done()
		return nil
	}
	var both sync.WaitGroup
	both.Go(func() { c.watch(ctx) })
	both.Go(func() { c.drain(ctx) })
	both.Wait()
	return nil
}

func (c *Cache) watch(ctx context.Context) {
	defer c.remote.available.Store(false)
	beat := time.NewTicker(c.poll)
	defer beat.Stop()
	for turn := 0; ; turn++ {
		c.probe(ctx)
		if turn%reportEvery == 0 && c.remote.available.Load() {
			c.report(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		}
	}
}

// probe asks Redis for the generation within the time that a read would have. A connection may
// take longer to make, and is made first.
func (c *Cache) probe(ctx context.Context) {
	if !c.remote.available.Load() {
		patient, cancel := context.WithTimeout(ctx, connectPatience)
		defer cancel()
		if err := c.remote.client.Ping(patient).Err(); err != nil {
			return
		}
	}
	generation, err := c.remote.raiseGeneration(ctx, c.remote.budget, c.versions.Current(clearTag))
	c.remote.judge(ctx, err)
	if err != nil {
		return
	}
	c.forget(generation)
	c.remote.welcome()
}

func (c *Cache) drain(ctx context.Context) {
	for {
		batch := c.writes.next(ctx)
		if batch == nil {
			return
		}
		if !c.remote.available.Load() || c.remote.setMany(ctx, batch) != nil {
			c.counts.dropped.Add(uint64(len(batch)))
		}
	}
}

const (
	connectPatience = 2 * time.Second
	reportEvery     = 5  // polls
	writePatience   = 10 // budgets that a batch of writes may take; no reader waits for it

	queueLength = 1024
	queueBytes  = 16 << 20
	batchLength = 128
	batchBytes  = 1 << 20
)

// write is an encoded entry on its way to Redis.
type write struct {
	key string
	raw []byte
}

// writeQueue is bounded in entries and in bytes; what does not fit is dropped, never waited for.
type writeQueue struct {
	writes chan write
	bytes  atomic.Int64
}

func newWriteQueue() *writeQueue { return &writeQueue{writes: make(chan write, queueLength)} }

func (q *writeQueue) offer(w write) bool {
	size := int64(len(w.raw))
	if q.bytes.Add(size) > queueBytes {
		q.bytes.Add(-size)
		return false
	}
	select {
	case q.writes <- w:
		return true
	default:
		q.bytes.Add(-size)
		return false
	}
}

// next waits for a write and takes what else is there; nil when ctx ends.
func (q *writeQueue) next(ctx context.Context) []write {
	var batch []write
	var size int64
	take := func(w write) {
		batch = append(batch, w)
		size += int64(len(w.raw))
	}
	select {
	case <-ctx.Done():
		return nil
	case w := <-q.writes:
		take(w)
	}
	for len(batch) < batchLength && size < batchBytes {
		select {
		case w := <-q.writes:
			take(w)
			continue
		default:
		}
		break
	}
	q.bytes.Add(-size)
	return batch
}
