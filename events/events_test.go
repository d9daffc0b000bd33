package events_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"jirasync/cache/redistest"
	"jirasync/events"
)

const patience = 30 * time.Second

// on runs one suite on every implementation; open starts the bus of one more server.
func on(t *testing.T, suite func(t *testing.T, open func(...func(*events.Options)) *events.Bus)) {
	t.Helper()
	for name, connect := range map[string]func(t *testing.T) *redis.Options{
		"in-process": func(*testing.T) *redis.Options { return nil },
		"redis":      func(t *testing.T) *redis.Options { return options(t, redistest.Start(t)) },
		"miniredis": func(t *testing.T) *redis.Options {
			return options(t, "redis://"+miniredis.RunT(t).Addr())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := connect(t)
			suite(t, func(with ...func(*events.Options)) *events.Bus { return start(t, o, with...) })
		})
	}
}

func options(t *testing.T, url string) *redis.Options {
	t.Helper()
	o, err := redis.ParseURL(url)
	require.NoError(t, err)
	o.ContextTimeoutEnabled = true
	return o
}

func start(t *testing.T, server *redis.Options, with ...func(*events.Options)) *events.Bus {
	t.Helper()
	bus := run(t, server, with...)
	if server != nil {
		awaitState(t, bus, "redis ok")
	}
	return bus
}

func run(t *testing.T, server *redis.Options, with ...func(*events.Options)) *events.Bus {
	t.Helper()
	o := events.Options{
		Namespace: "test", Budget: 500 * time.Millisecond, Idle: 100 * time.Millisecond,
		Retry: 20 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	}
	if server != nil {
		client := redis.NewClient(server)
		t.Cleanup(func() { _ = client.Close() })
		o.Redis = client
	}
	for _, change := range with {
		change(&o)
	}
	bus := events.New(o)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = bus.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
		bus.Close()
	})
	return bus
}

func awaitState(t *testing.T, bus *events.Bus, state string) {
	t.Helper()
	require.Eventually(t, func() bool { return bus.State() == state }, patience, 5*time.Millisecond)
}

// next is the next event that is not a mark of resumption, which may come at any time.
func next(t *testing.T, s *events.Subscription) events.Event {
	t.Helper()
	for {
		if e := nextOfAny(t, s); e.Kind != events.KindResumed {
			return e
		}
	}
}

func nextOfAny(t *testing.T, s *events.Subscription) events.Event {
	t.Helper()
	select {
	case e, open := <-s.C():
		require.True(t, open, "the subscription ended: %v", s.Err())
		return e
	case <-time.After(patience):
		require.FailNow(t, "no event came")
		return events.Event{}
	}
}

func awaitResumed(t *testing.T, s *events.Subscription) {
	t.Helper()
	for nextOfAny(t, s).Kind != events.KindResumed {
	}
}

func publish(t *testing.T, bus *events.Bus, run int64) {
	t.Helper()
	require.NoError(t, bus.Publish(t.Context(), events.Event{Kind: events.KindProgress, Instance: 1, RunID: run}))
}

func TestSubscribersHereGetEachEventOnceAndInOrder(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*events.Options)) *events.Bus) {
		bus := open()
		one := bus.Subscribe(t.Context(), nil, events.SubscribeOptions{Buffer: 200})
		two := bus.Subscribe(t.Context(), nil, events.SubscribeOptions{Buffer: 200})
		for run := range int64(100) {
			publish(t, bus, run)
		}
		for run := range int64(100) {
			require.Equal(t, run, next(t, one).RunID)
			require.Equal(t, run, next(t, two).RunID)
		}
	})
}

func TestEventArrivesWhole(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*events.Options)) *events.Bus) {
		bus := open()
		s := bus.Subscribe(t.Context(), nil, events.SubscribeOptions{})
		sent := events.Event{
			Kind: events.KindCompleted, Instance: 2, RunID: 7, Payload: json.RawMessage(`{"state":"SUCCEEDED"}`),
			Versions: map[string]int64{"instance:2": 41},
		}
		require.NoError(t, bus.Publish(t.Context(), sent))
		got := next(t, s)
		require.False(t, got.At.IsZero())
		got.At = time.Time{}
		require.Equal(t, sent, got)
	})
}

func TestFilterChooses(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*events.Options)) *events.Bus) {
		bus := open()
		s := bus.Subscribe(t.Context(), func(e events.Event) bool { return e.RunID == 2 }, events.SubscribeOptions{})
		publish(t, bus, 1)
		publish(t, bus, 2)
		require.EqualValues(t, 2, next(t, s).RunID)
	})
}

func TestSlowSubscriberIsDroppedAndHoldsUpNobody(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*events.Options)) *events.Bus) {
		bus := open()
		slow := bus.Subscribe(t.Context(), nil, events.SubscribeOptions{Buffer: 1})
		quick := bus.Subscribe(t.Context(), nil, events.SubscribeOptions{Buffer: 1000})
		for run := range int64(100) {
			publish(t, bus, run)
		}
		for run := range int64(100) {
			require.Equal(t, run, next(t, quick).RunID)
		}
		require.ErrorIs(t, slow.Err(), events.ErrSlow)
		require.NoError(t, quick.Err())
	})
}

func TestSubscriptionEnds(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*events.Options)) *events.Bus) {
		bus := open()
		ended := func(s *events.Subscription, why error) {
			t.Helper()
			for range s.C() { // until it is closed
			}
			require.ErrorIs(t, s.Err(), why)
		}
		ctx, cancel := context.WithCancel(t.Context())
		left := bus.Subscribe(ctx, nil, events.SubscribeOptions{})
		cancel()
		ended(left, context.Canceled)

		own := bus.Subscribe(t.Context(), nil, events.SubscribeOptions{})
		own.Close()
		own.Close()
		ended(own, events.ErrClosed)

		last := bus.Subscribe(t.Context(), nil, events.SubscribeOptions{})
		bus.Close()
		ended(last, events.ErrClosed)
		ended(bus.Subscribe(t.Context(), nil, events.SubscribeOptions{}), events.ErrClosed)
		require.ErrorIs(t, bus.Publish(t.Context(), events.Event{Kind: events.KindIssues}), events.ErrClosed)
	})
}

func TestVersionsAreKnownBeforeTheEventIsPassedOn(t *testing.T) {
	t.Parallel()
	on(t, func(t *testing.T, open func(...func(*events.Options)) *events.Bus) {
		var known atomic.Int64
		bus := open(func(o *events.Options) {
			o.Before = func(e events.Event) { known.Store(max(known.Load(), e.Versions["instance:1"])) }
		})
		s := bus.Subscribe(t.Context(), nil, events.SubscribeOptions{})
		require.NoError(t, bus.Publish(t.Context(),
			events.Event{Kind: events.KindCompleted, Versions: map[string]int64{"instance:1": 9}}))
		next(t, s)
		require.EqualValues(t, 9, known.Load())
	})
}
