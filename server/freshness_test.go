package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFirstAnswerTellsHowCompleteTheMirrorIs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	release := s.seed.Hold(`LOCK TABLE jira_sync.jira_instances IN ACCESS EXCLUSIVE MODE`)
	released := make(chan struct{})
	go func() {
		defer close(released)
		defer release()
		for range time.Tick(time.Millisecond) {
			if s.seed.Active("complete_as_of") > 0 || t.Context().Err() != nil { // who asks waits for the lock
				return
			}
		}
	}()
	s.start()
	got := s.ask(`{ __typename }`)
	<-released
	require.Len(t, got.Extensions.Freshness, 2, got.raw)
	require.Equal(t, "alpha", got.Extensions.Freshness[0]["instance"])
}

func TestServerStartsWhileItsDatabaseIsAway(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	s.store.Close()
	s.start()
	got := s.ask(`{ __typename }`)
	require.JSONEq(t, `{"__typename": "Query"}`, string(got.Data))
	require.Empty(t, got.Extensions.Freshness)
}
