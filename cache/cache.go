package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
)

// Options of a [Cache]; zero values mean the defaults named.
type Options struct {
	// Redis is shared by all servers; nil keeps answers in this process only. The client must
	// heed the deadlines of contexts, as that of [Dial] does. The cache does not close it.
	Redis redis.UniversalClient
	// Namespace keeps apart what shares one Redis: the database's name, or a test's.
	Namespace string

	TTL         time.Duration // lifetime of an answer, from when it was made; 110 s
	LocalBytes  int64         // bound of the in-process layer; 64 MB
	Budget      time.Duration // longest wait for one command of Redis; 50 ms
	MakeTimeout time.Duration // end of an execution, whoever still waits; 30 s
	Poll        time.Duration // beat of asking Redis whether it is there, and for a Clear; 1 s
	Logger      *slog.Logger  // hears when Redis goes and comes; slog.Default()
}

func (o Options) withDefaults() Options {
	o.TTL = orDefault(o.TTL, 110*time.Second)
	o.LocalBytes = orDefault(o.LocalBytes, 64<<20)
	o.Budget = orDefault(o.Budget, 50*time.Millisecond)
	o.MakeTimeout = orDefault(o.MakeTimeout, 30*time.Second)
	o.Poll = orDefault(o.Poll, time.Second)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

func orDefault[T int64 | time.Duration](v, d T) T {
	if v <= 0 {
		return d
	}
	return v
}

// Cache answers questions from memory, then from Redis, then by making the answer.
type Cache struct {
	versions    *Versions
	local       *local
	remote      *remote // nil: in-process only
	writes      *writeQueue
	flights     flights
	counts      counts
	ttl         time.Duration
	makeTimeout time.Duration
	poll        time.Duration
	name        string // of this server among the reports
}

// New makes a cache judged by versions. With Redis, [Cache.Run] must be running for it to be used.
func New(versions *Versions, o Options) (*Cache, error) {
	o = o.withDefaults()
	local, err := newLocal(o.LocalBytes, o.TTL)
	if err != nil {
		return nil, err
	}
	c := &Cache{
		versions: versions, local: local, flights: flights{open: map[string]*flight{}},
		ttl: o.TTL, makeTimeout: o.MakeTimeout, poll: o.Poll, name: rand.Text(),
	}
	if o.Redis != nil {
		c.remote = newRemote(o)
		c.writes = newWriteQueue()
	}
	return c, nil
}

// Close ends what the in-process layer runs in the background. Run must have returned.
func (c *Cache) Close() { c.local.close() }

// Versions is what the cache is judged by.
func (c *Cache) Versions() *Versions { return c.versions }

// Answer is a value that may be handed out. It is shared with others: read only.
type Answer struct {
	Value []byte
	Hit   bool // it was at rest in memory or Redis
}

// Maker makes an answer and names what it depends on by [Depend] on its context, which others may
// share: it lives on when the asker leaves, as long as anybody waits. An answer that depends on
// nothing is not kept, for nothing would ever make it old.
type Maker func(ctx context.Context) (value []byte, err error)

// errPanicked is what the others get when the maker of one asker panicked.
var errPanicked = errors.New("making the answer panicked")

// Do answers the question key. However many ask at once, one makes the answer, on its own
// goroutine; it may thus stay longer than its own context while others wait for it. What an
// asker gets is never older than the versions that were current when it asked: a maker who has read
// older ones is asked once more, and told so by [WantsNewest]. Errors, and answers marked by
// [NoStore], are shared with those who wait but not kept.
//
// The dependencies of the answer are passed on to a collector in ctx.
func (c *Cache) Do(ctx context.Context, key string, mk Maker) (Answer, error) {
	asked := c.versions.load()
	if e := c.fromLocal(key, asked); e != nil {
		return hand(ctx, e, true), nil
	}
	for again := false; ; again = true {
		f, lead := c.flights.join(key)
		if lead {
			c.lead(ctx, key, f, mk)
		} else if err := c.wait(ctx, key, f); err != nil {
			return Answer{}, err
		}
		if f.err != nil {
			return Answer{}, f.err
		}
		// A flight that was under way when we asked may have read before a version was raised, or,
		// where no version tells, before what we have done ourselves. One that began afterwards has
		// not.
		if !lead && !again && (f.noStore || !asked.allows(f.entry.deps)) {
			continue
		}
		if f.noStore {
			NoStore(ctx)
		}
		return hand(ctx, f.entry, f.hit), nil
	}
}

func (c *Cache) wait(ctx context.Context, key string, f *flight) error {
	select {
	case <-f.done:
		c.counts.shared.Add(1)
		return nil
	case <-ctx.Done():
		c.flights.leave(key, f)
		return context.Cause(ctx)
	}
}

// lead flies f. A panic passes through to the leader's own caller.
func (c *Cache) lead(ctx context.Context, key string, f *flight, mk Maker) {
	own, stop := c.flights.start(ctx, key, f, c.makeTimeout)
	defer c.flights.land(key, f)
	defer stop()
	f.err = errPanicked

	now := c.versions.load()
	if e := c.local.get(key); e != nil && e.fresh(now) { // another flight landed since we looked
		c.counts.shared.Add(1)
		f.entry, f.hit, f.err = e, true, nil
		return
	}
	if e := c.fromRedis(own, key, now); e != nil {
		f.entry, f.hit, f.err = e, true, nil
		return
	}
	f.entry, f.noStore, f.err = c.make(own, key, mk)
	if f.err == nil && now.passed(f.entry.deps) {
		if newer, noStore, err := c.make(WithNewest(own), key, mk); err == nil {
			f.entry, f.noStore = newer, noStore
		} else {
			f.noStore = true // an answer from a moment before is better than none
		}
	}
}

func (c *Cache) make(ctx context.Context, key string, mk Maker) (e *entry, noStore bool, err error) {
	generation := c.versions.Current(clearTag)
	began := time.Now()
	ctx, collector := collect(ctx)
	value, err := mk(ctx)
	if err != nil {
		c.counts.failed.Add(1)
		return nil, true, err
	}
	c.counts.made.Add(1)
	deps, noStore := collector.told()
	noStore = noStore || len(deps) == 0
	e = c.newEntry(value, deps, generation, began)
	if !noStore {
		c.store(key, e)
	}
	return e, noStore, nil
}

func (c *Cache) newEntry(value []byte, deps []Dep, generation int64, began time.Time) *entry {
	if value == nil {
		value = []byte{} // nil would read as a miss
	}
	for _, d := range deps {
		c.versions.Raise(d.Tag, d.Version) // who has read it knows that it exists
	}
	return &entry{value: value, deps: withLowest(deps, Dep{clearTag, generation}), storedAt: began}
}

// maxEntryBytes is how long a value may be to be kept.
const maxEntryBytes = 4 << 20

// store keeps what is still the newest; an entry that a raise has overtaken would be a miss.
func (c *Cache) store(key string, e *entry) {
	if len(e.value) > maxEntryBytes || !e.fresh(c.versions.load()) {
		return
	}
	c.local.set(key, e)
	if c.remote == nil || !c.remote.available.Load() {
		return
	}
	if !c.writes.offer(write{key: key, raw: e.encode(key)}) {
		c.counts.dropped.Add(1)
	}
}

func (c *Cache) fromLocal(key string, now *snapshot) *entry {
	e := c.local.get(key)
	switch {
	case e == nil:
		c.counts.local.miss.Add(1)
		return nil
	case !e.fresh(now):
		c.counts.local.stale.Add(1)
		return nil
	}
	c.counts.local.hit.Add(1)
	return e
}

func (c *Cache) fromRedis(ctx context.Context, key string, now *snapshot) *entry {
	if c.remote == nil || !c.remote.available.Load() {
		return nil
	}
	raw, err := c.remote.get(ctx, key)
	if err != nil {
		c.counts.redis.fail.Add(1)
		return nil
	}
	return c.admit(key, raw, now)
}

// admit takes what Redis holds into the process, if it is whole and as new as now.
func (c *Cache) admit(key string, raw []byte, now *snapshot) *entry {
	if raw == nil {
		c.counts.redis.miss.Add(1)
		return nil
	}
	e, err := decode(key, raw)
	if err != nil {
		c.counts.redis.fail.Add(1)
		return nil
	}
	if !e.fresh(now) {
		c.counts.redis.stale.Add(1)
		return nil
	}
	c.counts.redis.hit.Add(1)
	c.local.set(key, e)
	return e
}

// hand gives the entry to one asker, and its dependencies to the answer they are making of it.
func hand(ctx context.Context, e *entry, hit bool) Answer {
	if outer := collectorOf(ctx); outer != nil {
		outer.add(e.deps...)
	}
	return Answer{Value: e.value, Hit: hit}
}

// Clear forgets all answers, those of other servers too: at once here, elsewhere with their next
// poll. Without Redis it concerns this process. Nothing is deleted; everything becomes old. Run
// need not be running: a command clears so for the servers.
func (c *Cache) Clear(ctx context.Context) error {
	generation := max(c.versions.Current(clearTag)+1, time.Now().UnixMilli())
	if c.remote != nil {
		held, err := c.remote.raiseGeneration(ctx, connectPatience, generation)
		if err != nil {
			c.forget(generation)
			return fmt.Errorf("clear the answers of other servers: %w", err)
		}
		generation = held
	}
	c.forget(generation)
	return nil
}

// forget moves to a generation and frees the memory of what is older.
func (c *Cache) forget(generation int64) {
	if generation <= c.versions.Current(clearTag) {
		return
	}
	c.versions.Raise(clearTag, generation)
	c.local.clear()
}
