package events_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/cache/redistest"
	"jirasync/events"
)

func TestOtherServersHear(t *testing.T) {
	t.Parallel()
	server := options(t, redistest.Start(t))
	here, there := start(t, server), start(t, server)
	elsewhere := start(t, server, func(o *events.Options) { o.Namespace = "another database" })

	s := there.Subscribe(t.Context(), nil, events.SubscribeOptions{})
	foreign := elsewhere.Subscribe(t.Context(), nil, events.SubscribeOptions{})
	sent := events.Event{
		Kind: events.KindCompleted, Instance: 1, RunID: 5, At: time.Now().UTC().Round(time.Millisecond),
		Payload: []byte(`{"a":1}`), Versions: map[string]int64{"instance:1": 3},
	}
	require.NoError(t, here.Publish(t.Context(), sent))
	require.Equal(t, sent, next(t, s))

	publish(t, elsewhere, 6)
	require.EqualValues(t, 6, next(t, foreign).RunID, "nothing of the first namespace came before")
}

func TestRedisAwayIsBridgedAndResumed(t *testing.T) {
	t.Parallel()
	redisServer := redistest.New(t)
	server := options(t, redisServer.URL)
	here, there := start(t, server), start(t, server)
	local := here.Subscribe(t.Context(), nil, events.SubscribeOptions{Buffer: 1000})
	remote := there.Subscribe(t.Context(), func(events.Event) bool { return true }, events.SubscribeOptions{Buffer: 1000})
	publish(t, here, 1)
	require.EqualValues(t, 1, next(t, local).RunID)
	require.EqualValues(t, 1, next(t, remote).RunID)

	redisServer.Stop()
	require.Eventually(t, func() bool { return there.State() != "redis ok" && here.State() != "redis ok" },
		patience, time.Millisecond)
	err := here.Publish(t.Context(), events.Event{Kind: events.KindProgress, RunID: 2})
	require.ErrorIs(t, err, events.ErrAway)
	require.EqualValues(t, 2, next(t, local).RunID)

	redisServer.Start()
	awaitResumed(t, remote)
	awaitState(t, there, "redis ok")
	require.Eventually(t, func() bool {
		return here.Publish(t.Context(), events.Event{Kind: events.KindProgress, RunID: 3}) == nil
	}, patience, 5*time.Millisecond)
	require.EqualValues(t, 3, next(t, remote).RunID)
}

// The connection on which the others listen may be well while ours is not.
func TestOthersAreToldThatTheyMissedSomething(t *testing.T) {
	t.Parallel()
	redisServer := redistest.New(t)
	server := options(t, redisServer.URL)
	patient := func(o *events.Options) { o.Budget, o.Idle = 20*time.Millisecond, time.Hour }
	here, there := start(t, server, patient), start(t, server, patient)
	remote := there.Subscribe(t.Context(), nil, events.SubscribeOptions{})
	redisServer.Pause()
	require.ErrorIs(t, here.Publish(t.Context(), events.Event{Kind: events.KindProgress}), events.ErrAway)
	redisServer.Resume()
	awaitResumed(t, remote)
	require.Equal(t, "redis ok", there.State(), "it never lost its connection")
}

func TestSilentRedisIsLeftAlone(t *testing.T) {
	t.Parallel()
	bus := run(t, options(t, redistest.Silent(t)))
	local := bus.Subscribe(t.Context(), nil, events.SubscribeOptions{})
	require.ErrorIs(t, bus.Publish(t.Context(), events.Event{Kind: events.KindProgress, RunID: 1}), events.ErrAway)
	require.EqualValues(t, 1, next(t, local).RunID)
	require.NotEqual(t, "redis ok", bus.State())
}
