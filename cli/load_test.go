package cli_test

import (
	"bufio"
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/chaos/chaostest"
	"jirasync/jirasim"
)

// A server with many subscribers and readers is stopped in the middle of its first sync, as each
// deployment does.
func TestServerStoppedUnderLoadDrainsAndTellsItsSubscribers(t *testing.T) {
	s := newSite(t, 600)
	for _, sim := range s.sims {
		sim.Faults().Add(jirasim.Rule{Latency: 100 * time.Millisecond})
	}
	env := s.env("LIMIT_REQUESTS_PER_MINUTE", "1000000")
	// The first sync waits for the last subscriber: connecting many takes longer than it does.
	ask[int](s, `INSERT INTO jira_sync.sync_config (key, value) VALUES ('paused', 'true') RETURNING 1`)
	one := serve(t, env)
	count := chaostest.Rounds(50, 1000)
	subscribers := subscribe(t, env, count)
	require.Eventually(t, func() bool {
		return strings.Contains(scrape(t, env), "jirasync_graphql_subscribers "+strconv.Itoa(count)+"\n")
	}, deadline, 20*time.Millisecond)
	query(t, env, `mutation { updateSyncConfig(input: {paused: false}) { paused } startSync { id } }`)
	s.until(`SELECT count(*) > 100 FROM jira_sync.jira_issues`)
	reading, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() { readUntil(reading, env) })
	}
	one.signal(syscall.SIGTERM)
	require.Zero(t, one.wait(), one.printed())
	stop()
	readers.Wait()
	subscribers.Wait()
	require.EqualValues(t, count, subscribers.told.Load(), "each is told to connect again")
	require.Zero(t, ask[int](s, `SELECT count(*) FROM jira_sync.sync_history WHERE state = 'RUNNING'`))
	require.Positive(t, ask[int](s, `SELECT count(*) FROM jira_sync.sync_history WHERE state = 'INTERRUPTED'`))

	outcome := chaostest.Outcome{Fault: "SIGTERM with " + strconv.Itoa(count) + " subscribers in the middle of a run", Times: 1}
	for _, sim := range s.sims {
		sim.Faults().Clear()
	}
	stopped := time.Now()
	serve(t, env)
	s.until(bothComplete)
	s.report(&outcome, stopped)
}

// subscribers are event streams that are open.
type subscribers struct {
	sync.WaitGroup
	told atomic.Int64 // how many were told to connect again
}

func subscribe(t *testing.T, env map[string]string, count int) *subscribers {
	t.Helper()
	var all subscribers
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	for range count {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:"+env["PORT"]+"/graphql",
			strings.NewReader(`{"query": "subscription { syncProgress { done } }"}`))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Accept", "text/event-stream")
		answer, err := client.Do(request)
		require.NoError(t, err)
		all.Go(func() {
			defer func() { _ = answer.Body.Close() }()
			for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
				if strings.Contains(lines.Text(), "connect again") {
					all.told.Add(1)
				}
			}
		})
	}
	return &all
}

// readUntil asks for issues until the context ends; what is answered when the server has gone is of
// no interest.
func readUntil(ctx context.Context, env map[string]string) {
	for ctx.Err() == nil {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://127.0.0.1:"+env["PORT"]+"/graphql",
			strings.NewReader(`{"query": "{ issues(first: 50) { totalCount nodes { key summary } } }"}`))
		if err != nil {
			return
		}
		request.Header.Set("Content-Type", "application/json")
		if answer, err := http.DefaultClient.Do(request); err == nil {
			_ = answer.Body.Close()
		}
	}
}
