package events

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrAway is returned by [Bus.Publish] when the event reached this server only.
var ErrAway = errors.New("redis is away")

// Options of a [Bus]; zero values mean the defaults named.
type Options struct {
	// Redis joins the servers; nil keeps events in this process. The client must heed the
	// deadlines of contexts. The bus does not close it.
	Redis redis.UniversalClient
	// Namespace keeps apart what shares one Redis: the database's name, or a test's.
	Namespace string
	// Before is called with each event, of this server or another, before any subscriber gets it:
	// the place to move to the versions that it carries. It may be called by many at once.
	Before func(Event)

	Budget time.Duration // longest wait for Redis in Publish; 50 ms
	Idle   time.Duration // silence after which the connection is tested; 3 s
	Retry  time.Duration // pause until Redis is tried again; 1 s
	Logger *slog.Logger  // hears when Redis goes and comes; slog.Default()
}

func (o Options) withDefaults() Options {
	o.Budget = orDefault(o.Budget, 50*time.Millisecond)
	o.Idle = orDefault(o.Idle, 3*time.Second)
	o.Retry = orDefault(o.Retry, time.Second)
	if o.Before == nil {
		o.Before = func(Event) {}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}

// Bus carries events.
type Bus struct {
	o       Options
	channel string
	origin  string // tells our own events when Redis echoes them

	mu            sync.Mutex // also gives all subscribers one order of events
	subscriptions map[*Subscription]struct{}
	closed        bool
	awaySince     time.Time // zero while Redis is heard

	quietUntil atomic.Int64 // Unix ns: Publish leaves Redis alone until then
	lost       atomic.Bool  // other servers have missed an event of ours

	published, received, slow atomic.Uint64
}

// New makes a bus. With Redis, [Bus.Run] must be running to hear other servers.
func New(o Options) *Bus {
	o = o.withDefaults()
	return &Bus{
		o: o, channel: "jirasync:1:" + o.Namespace + ":events", origin: rand.Text(),
		subscriptions: map[*Subscription]struct{}{}, awaySince: time.Now(),
	}
}

// Publish gives the event to the subscribers here and tells the other servers. An error says that
// those may not have heard; they are told later that they missed something. A missing At is now.
func (b *Bus) Publish(ctx context.Context, e Event) error {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	if !b.deliver(e) {
		return ErrClosed
	}
	b.published.Add(1)
	if b.o.Redis == nil {
		return nil
	}
	if time.Now().UnixNano() < b.quietUntil.Load() {
		b.lost.Store(true)
		return ErrAway
	}
	if err := b.send(ctx, e); err != nil {
		b.lost.Store(true)
		if ctx.Err() == nil {
			b.quietUntil.Store(time.Now().Add(2 * b.o.Retry).UnixNano())
		}
		return err
	}
	return nil
}

// Tell gives the event to the subscribers of this server only: for news that every server learns
// by itself.
func (b *Bus) Tell(e Event) error {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	if !b.deliver(e) {
		return ErrClosed
	}
	return nil
}

func (b *Bus) send(ctx context.Context, e Event) error {
	raw, err := json.Marshal(message{Origin: b.origin, Event: e})
	if err != nil {
		return fmt.Errorf("encode event %s: %w", e.Kind, err)
	}
	ctx, cancel := context.WithTimeout(ctx, b.o.Budget)
	defer cancel()
	if err := b.o.Redis.Publish(ctx, b.channel, raw).Err(); err != nil {
		return fmt.Errorf("tell other servers of %s: %w: %w", e.Kind, ErrAway, err)
	}
	return nil
}

// deliver hands the event to every subscriber who wants it and drops those who have no room. It
// is false once the bus is closed.
func (b *Bus) deliver(e Event) bool {
	b.o.Before(e)
	b.mu.Lock()
	defer b.mu.Unlock()
	for s := range b.subscriptions {
		if e.Kind != KindResumed && s.filter != nil && !s.filter(e) {
			continue
		}
		select {
		case s.c <- e:
		default:
			b.slow.Add(1)
			b.endLocked(s, ErrSlow)
		}
	}
	return !b.closed
}

// Close ends all subscriptions with [ErrClosed].
func (b *Bus) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for s := range b.subscriptions {
		b.endLocked(s, ErrClosed)
	}
}

// AwaySince is when other servers were heard last; zero while they are, or where Redis is not used.
func (b *Bus) AwaySince() time.Time {
	if b.o.Redis == nil {
		return time.Time{}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.awaySince
}

// State is "in-process", "redis ok" or "redis away since <time>".
func (b *Bus) State() string {
	if b.o.Redis == nil {
		return "in-process"
	}
	away := b.AwaySince()
	if away.IsZero() {
		return "redis ok"
	}
	return "redis away since " + away.UTC().Format(time.RFC3339)
}
