package jira

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// refusingChangelogs is a Cloud that refuses the first request for changelogs.
func refusingChangelogs(t *testing.T, reason string) *fake {
	f := newFake(t, true, 30)
	refused := false
	f.before = func(w http.ResponseWriter, r *http.Request, _ map[string]any) bool {
		if !strings.HasSuffix(r.URL.Path, "/changelog/bulkfetch") {
			return false
		}
		if !refused {
			refused = true
			w.Header().Set("Retry-After", "30")
			w.Header().Set("RateLimit-Reason", reason)
			fail(w, http.StatusTooManyRequests, "Rate limit exceeded.")
			return true
		}
		send(w, map[string]any{"issueChangeLogs": []any{}})
		return true
	}
	return f
}

func TestRefusalHoldsWhatItSpeaksOf(t *testing.T) {
	t.Parallel()
	for reason, all := range map[string]bool{
		"jira-burst-based": false, "jira-per-issue-on-write": false,
		"jira-quota-global-based": true, "jira-quota-tenant-based": true, "jira-cost-based": true, "": true,
	} {
		t.Run("reason "+reason, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := connect(t, refusingChangelogs(t, reason), func(c *Config) { c.MaxWait = time.Minute })
				_, err := client.Connect(t.Context())
				require.NoError(t, err)
				start := time.Now()
				var changelogs sync.WaitGroup
				changelogs.Go(func() {
					assert.NoError(t, client.Complete(t.Context(), []*Issue{{ID: 1000, HistoriesCut: true}}))
				})
				synctest.Wait()
				require.False(t, client.Limit().Until.IsZero(), "it was refused")

				ids, _ := collect(t, client, Query{PageSize: 10})
				require.Len(t, ids, 30)
				if all {
					require.GreaterOrEqual(t, time.Since(start), 30*time.Second)
				} else {
					require.Zero(t, time.Since(start), "the search goes on")
					require.Equal(t, 4, client.Stats().Concurrency)
				}
				changelogs.Wait()
				require.GreaterOrEqual(t, time.Since(start), 30*time.Second)
			})
		})
	}
}

func TestShorterRefusalDoesNotEndALongerOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t, true, 3)
		refusals := []struct {
			status       int
			wait, reason string
		}{{429, "3600", "jira-quota-tenant-based"}, {503, "5", ""}}
		f.before = func(w http.ResponseWriter, r *http.Request, _ map[string]any) bool {
			if !strings.Contains(r.URL.Path, "/search") || len(refusals) == 0 {
				return false
			}
			w.Header().Set("Retry-After", refusals[0].wait)
			w.Header().Set("RateLimit-Reason", refusals[0].reason)
			status := refusals[0].status
			refusals = refusals[1:]
			fail(w, status, "Not now.")
			return true
		}
		client := connect(t, f, func(c *Config) { c.MaxWait = time.Minute })
		require.Error(t, lastError(client.Scan(t.Context(), Query{})))
		require.NoError(t, lastError(client.Scan(t.Context(), Query{})), "it was on its way")
		require.Empty(t, refusals)
		require.Error(t, client.Held(t.Context()))
		require.Equal(t, "jira-quota-tenant-based", client.Limit().Reason)
	})
}

func TestRefusalOfAnHourOnOneEndpointLeavesTheOthers(t *testing.T) {
	t.Parallel()
	for reason, held := range map[string]bool{"jira-burst-based": false, "jira-quota-tenant-based": true} {
		f := newFake(t, true, 3)
		flaky(f, 1, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.Header().Set("RateLimit-Reason", reason)
			fail(w, http.StatusTooManyRequests, "Rate limit exceeded.")
		})
		client := connect(t, f)
		var throttled *ThrottledError
		require.ErrorAs(t, lastError(client.Scan(t.Context(), Query{})), &throttled)
		require.Equal(t, held, client.Held(t.Context()) != nil, reason)
		require.Equal(t, !held, strings.Contains(throttled.Error(), "POST /rest/api/3/search/jql"), throttled.Error())
	}
}

// A server that refuses at random, now for one endpoint and now for all, never sees more requests
// at a time than it was promised, and answers all in the end.
func TestNoMoreRequestsAtATimeThanConfigured(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var inside, most, asked atomic.Int64
		jira := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			now := inside.Add(1)
			defer inside.Add(-1)
			for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
			}
			time.Sleep(100 * time.Millisecond)
			switch n := asked.Add(1); {
			case n%7 == 0:
				w.Header().Set("RateLimit-Reason", "jira-burst-based")
			case n%31 == 0:
				w.Header().Set("RateLimit-Reason", "jira-quota-global-based")
			default:
				w.Header().Set("Content-Type", "application/json")
				_, err := w.Write([]byte("[]"))
				assert.NoError(t, err)
				return
			}
			w.Header().Set("Retry-After", strconv.Itoa(int(asked.Load()%3)))
			fail(w, http.StatusTooManyRequests, "Rate limit exceeded.")
		})
		client := connect(t, jira, func(c *Config) {
			c.Kind, c.Concurrency, c.MaxWait = Cloud, 3, time.Minute
		})
		var all sync.WaitGroup
		for range 40 {
			for _, ask := range []func(context.Context) error{
				func(ctx context.Context) error { _, err := client.Fields(ctx); return err },
				func(ctx context.Context) error { _, err := client.Statuses(ctx); return err },
				func(ctx context.Context) error { _, err := client.Priorities(ctx); return err },
				func(ctx context.Context) error { _, err := client.Worklogs(ctx, []int64{1}); return err },
			} {
				all.Go(func() { assert.NoError(t, ask(t.Context())) })
			}
		}
		all.Wait()
		require.EqualValues(t, 3, most.Load())
		require.Zero(t, inside.Load())
	})
}

func TestEndpointIsThePathWithoutIDs(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"rest/api/3/search/jql":          "GET /rest/api/3/search/jql",
		"rest/api/2/issue/10010/worklog": "GET /rest/api/2/issue/{}/worklog",
		"rest/api/3/project/10000":       "GET /rest/api/3/project/{}",
		"rest/agile/1.0/sprint/7":        "GET /rest/agile/1.0/sprint/{}",
		"rest/api/2/field":               "GET /rest/api/2/field",
	} {
		require.Equal(t, want, get(path, nil).endpoint())
	}
}
