package fields_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"jirasync/db"
)

// readers ask through the API, as many at once as given, until they are told to stop. Each answer speaks of
// the same mapped fields for every issue.
func (a *api) readers(n int, seen *[3]atomic.Int64) (stop func() error) {
	var group errgroup.Group
	enough := make(chan struct{})
	for reader := range n {
		group.Go(func() error {
			for turn := reader; ; turn++ {
				select {
				case <-enough:
					return nil
				default:
				}
				// Another text at times, so that some answers are kept and some are not.
				r := a.post(fmt.Sprintf(`{ issues(first: %d) { totalCount nodes { key summary fields { name value } } } }`, 10+turn%7), nil)
				if len(r.Errors) > 0 {
					return errors.New(r.Errors[0].Message)
				}
				known := -1
				for _, node := range r.Data["issues"].(map[string]any)["nodes"].([]any) {
					switch mapped := len(node.(map[string]any)["fields"].([]any)); known {
					case -1, mapped:
						known = mapped
					default:
						return fmt.Errorf("an answer mixes issues of %d and of %d mapped fields", known, mapped)
					}
				}
				if known < 0 {
					return errors.New("an answer has no issues")
				}
				seen[known].Add(1)
			}
		})
	}
	return func() error { close(enough); return group.Wait() }
}

// Columns are added, filled and shown while people read and a sync writes.
func TestColumnsAreAddedWhileManyReadAndASyncRuns(t *testing.T) {
	a := newAPI(newSiteAlone(t, 120))
	var seen [3]atomic.Int64
	stop := a.readers(32, &seen)
	untilSeen := func(mapped int) {
		t.Helper()
		require.Eventually(t, func() bool { return seen[mapped].Load() >= 32 }, time.Minute, 10*time.Millisecond)
	}
	untilSeen(0)
	for mapped, field := range []string{"Story Points", "Severity"} {
		input := a.input(fmt.Sprintf("column_%d", mapped), field, "TEXT")
		a.sims[0].Touch(60)
		a.sims[1].Touch(60)
		var syncing errgroup.Group
		syncing.Go(func() error { a.sync(db.Incremental); return nil })
		a.savedReady(input)
		require.NoError(t, syncing.Wait())
		untilSeen(mapped + 1)
	}
	require.NoError(t, stop())
}
