package jira

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestGateHalvesOnRefusalAndGrowsBack(t *testing.T) {
	t.Parallel()
	g := newGate(8)
	g.refused(0, 0)
	require.Equal(t, 4, g.current())
	g.refused(0, 0)
	require.Equal(t, 4, g.current(), "a request from before the cut does not cut again")
	for round := 1; round < 5; round++ {
		g.refused(round, 0)
	}
	require.Equal(t, 1, g.current(), "never less than one")
	for range 7 * growAfter {
		g.succeeded()
	}
	require.Equal(t, 8, g.current())
	for range 2 * growAfter {
		g.succeeded()
	}
	require.Equal(t, 8, g.current(), "never more than configured")
}

func TestGateLetsNoMoreInThanItsLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(3)
		var mu sync.Mutex
		inside, most := 0, 0
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				_, _, err := g.enter(t.Context())
				require.NoError(t, err)
				mu.Lock()
				inside++
				most = max(most, inside)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				inside--
				mu.Unlock()
				g.leave()
			})
		}
		all.Wait()
		require.Equal(t, 3, most)
	})
}

func TestGateKeepsEverybodyOutDuringAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(2)
		start := time.Now()
		var all sync.WaitGroup
		for range 4 { // two get in, two wait for a place
			all.Go(func() {
				_, _, err := g.enter(t.Context())
				require.NoError(t, err)
				time.Sleep(time.Second)
				g.leave()
			})
		}
		synctest.Wait()
		g.refused(0, time.Minute)
		all.Wait()
		require.Equal(t, 62*time.Second, time.Since(start), "one at a time after the pause")
		_, paused, err := g.enter(t.Context())
		require.NoError(t, err)
		require.Zero(t, paused)
	})
}

func TestGateForgetsThoseWhoGiveUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1)
		_, _, err := g.enter(t.Context())
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _, err = g.enter(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		g.leave()
		_, _, err = g.enter(t.Context())
		require.NoError(t, err)
	})
}
