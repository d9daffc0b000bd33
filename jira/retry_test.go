package jira

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func contextWithTimeout(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}

// throttling refuses the first searches with the given headers.
func throttling(t *testing.T, times, status int, headers map[string]string) *fake {
	f := newFake(t, false, 3)
	flaky(f, times, func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		fail(w, status, "Rate limit exceeded.")
	})
	return f
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status   int
		headers  func() map[string]string
		least    time.Duration
		most     time.Duration
		throttle bool
	}{
		"seconds": {429, func() map[string]string { return map[string]string{"Retry-After": "7"} }, 7 * time.Second, 9 * time.Second, true},
		"zero":    {429, func() map[string]string { return map[string]string{"Retry-After": "0"} }, 0, time.Second, true},
		"missing": {429, func() map[string]string { return nil }, time.Second, 3 * time.Second, true},
		"a date": {429, func() map[string]string {
			return map[string]string{"Retry-After": time.Now().Add(9 * time.Second).UTC().Format(http.TimeFormat)}
		}, 8 * time.Second, 11 * time.Second, true},
		"a date of a server that is an hour fast": {429, func() map[string]string {
			return map[string]string{
				"Date":        time.Now().Add(time.Hour).UTC().Format(http.TimeFormat),
				"Retry-After": time.Now().Add(time.Hour + 5*time.Second).UTC().Format(http.TimeFormat),
			}
		}, 4 * time.Second, 7 * time.Second, true},
		"a date gone by": {429, func() map[string]string {
			return map[string]string{"Retry-After": "Mon, 01 Jan 1990 00:00:00 GMT"}
		}, 0, time.Second, true},
		"nonsense":          {429, func() map[string]string { return map[string]string{"Retry-After": "later"} }, time.Second, 3 * time.Second, true},
		"seconds with 503":  {503, func() map[string]string { return map[string]string{"Retry-After": "4"} }, 4 * time.Second, 6 * time.Second, true},
		"503 without words": {503, func() map[string]string { return nil }, 0, 2 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := throttling(t, 1, tt.status, tt.headers())
				client := connect(t, f, func(c *Config) { c.MaxWait, c.RetryWait = time.Minute, 500*time.Millisecond })
				start := time.Now()
				meter := &Meter{}
				for _, err := range client.Scan(WithMeter(t.Context(), meter), Query{}) {
					require.NoError(t, err)
				}
				waited := time.Since(start)
				require.GreaterOrEqual(t, waited, tt.least)
				require.LessOrEqual(t, waited, tt.most)
				require.EqualValues(t, 1, meter.Stats().Retries)
				require.Equal(t, tt.throttle, meter.Stats().Throttled >= tt.least && meter.Stats().Throttled > 0)
			})
		})
	}
}

func TestALongRetryAfterIsAnErrorAtOnce(t *testing.T) {
	t.Parallel()
	for name, headers := range map[string]map[string]string{
		"seconds":        {"Retry-After": "3600", "RateLimit-Reason": "jira-quota-tenant-based"},
		"quota's reset":  {"X-RateLimit-Reset": "2000-01-01T01:00Z", "RateLimit-Reason": "jira-quota-global-based"},
		"beyond reason":  {"Retry-After": "99999999999999999999", "RateLimit-Reason": "jira-quota-x"},
		"the other name": {"Beta-Retry-After": "3600", "RateLimit-Reason": "jira-quota-y"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // its clock begins at 2000-01-01
				var told []RateLimit
				f := throttling(t, 1, 429, headers)
				client := connect(t, f, func(c *Config) {
					c.MaxWait = time.Minute
					c.OnLimit = func(l RateLimit) { told = append(told, l) }
				})
				start := time.Now()
				err := lastError(client.Scan(t.Context(), Query{}))
				var throttled *ThrottledError
				require.ErrorAs(t, err, &throttled)
				require.Zero(t, time.Since(start))
				require.False(t, throttled.Until.Before(start.Add(time.Hour)))
				require.Equal(t, headers["RateLimit-Reason"], throttled.Reason)
				require.Len(t, told, 1)
				require.Equal(t, told[0], client.Limit())

				ids, _ := collect(t, client, Query{}) // who tries again is not held up
				require.Len(t, ids, 3)
				require.Zero(t, time.Since(start))
			})
		})
	}
}

func TestBudgetIsWhatJiraSaysOfTheQuota(t *testing.T) {
	t.Parallel()
	const policy = `"global-app-quota";q=65000;w=3600`
	for name, tt := range map[string]struct {
		cloud   bool
		headers map[string]string
		want    [2]int // remaining, limit
	}{
		"a quota that runs out":     {true, map[string]string{"RateLimit-Policy": policy, "RateLimit": `"global-app-quota";r=11000;t=600`}, [2]int{11000, 65000}},
		"a quota well used":         {true, map[string]string{"RateLimit-Policy": policy, "RateLimit": `"global-app-quota";t=3200`}, [2]int{-1, 65000}},
		"a quota not yet enforced":  {true, map[string]string{"Beta-RateLimit-Policy": policy, "Beta-RateLimit": `"global-app-quota";r=5;t=9`}, [2]int{5, 65000}},
		"a quota behind a burst":    {true, map[string]string{"Beta-RateLimit-Policy": `"jira-burst-based";q=100;w=1, ` + policy, "Beta-RateLimit": `"jira-burst-based";r=90;t=1, "global-app-quota";r=3;t=200`}, [2]int{3, 65000}},
		"one second of an endpoint": {true, map[string]string{"X-RateLimit-Limit": "350", "X-RateLimit-Remaining": "349"}, [2]int{-1, -1}},
		"a tenant's quota":          {true, map[string]string{"X-RateLimit-Limit": "100000", "X-RateLimit-Remaining": "19000", "X-RateLimit-NearLimit": "true"}, [2]int{19000, 100000}},
		"an account of Data Center": {false, map[string]string{"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "12"}, [2]int{12, 50}},
		"nonsense":                  {true, map[string]string{"RateLimit-Policy": `;;,=`, "RateLimit": `"`, "X-RateLimit-Limit": "many"}, [2]int{-1, -1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, tt.cloud, 3)
			f.before = func(w http.ResponseWriter, _ *http.Request, _ map[string]any) bool {
				for name, value := range tt.headers {
					w.Header().Set(name, value)
				}
				return false
			}
			client := connect(t, f)
			collect(t, client, Query{})
			limit := client.Limit()
			require.Equal(t, tt.want, [2]int{limit.Remaining, limit.Limit})
		})
	}
}

func TestBudgetIsForgottenWhenItIsFilledAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t, true, 3)
		f.before = func(w http.ResponseWriter, _ *http.Request, _ map[string]any) bool {
			w.Header().Set("RateLimit-Policy", `"global-app-quota";q=65000;w=3600`)
			w.Header().Set("RateLimit", `"global-app-quota";r=7;t=600`)
			return false
		}
		client := connect(t, f)
		collect(t, client, Query{})
		require.Equal(t, 7, client.Limit().Remaining)
		time.Sleep(10 * time.Minute)
		require.Equal(t, -1, client.Limit().Remaining)
	})
}

func TestThrottlingWithoutEndIsAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := throttling(t, 1000, 429, map[string]string{"Retry-After": "30"})
		client := connect(t, f, func(c *Config) { c.MaxWait = time.Minute })
		start := time.Now()
		var throttled *ThrottledError
		require.ErrorAs(t, lastError(client.Scan(t.Context(), Query{})), &throttled)
		require.LessOrEqual(t, time.Since(start), 6*time.Minute)
	})
}

func TestFailuresWithoutEndAreAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := throttling(t, 1000, 500, nil)
		client := connect(t, f, func(c *Config) { c.RetryWait = 500 * time.Millisecond })
		start := time.Now()
		err := lastError(client.Scan(t.Context(), Query{}))
		var unreachable *UnreachableError
		require.ErrorAs(t, err, &unreachable)
		require.Equal(t, 500, unreachable.Status)
		require.LessOrEqual(t, time.Since(start), 20*time.Second)
		require.EqualValues(t, mostTransient+4, client.Stats().Retries, "one more for each smaller page, and for the ids of the last")
	})
}

func TestRefusalsAreNotRetried(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 404, 410} {
		f := throttling(t, 1000, status, nil)
		client := connect(t, f)
		require.Error(t, lastError(client.Scan(t.Context(), Query{})))
		require.Zero(t, client.Stats().Retries, status)
	}
}

func TestPagesShrinkWhenTheyTakeTooLong(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 60)
		f.before = func(w http.ResponseWriter, r *http.Request, body map[string]any) bool {
			size, _ := body["maxResults"].(float64)
			if strings.Contains(r.URL.Path, "search") && size > 30 {
				w.WriteHeader(http.StatusGatewayTimeout)
				return true
			}
			return false
		}
		ids, _ := collect(t, connect(t, f), Query{PageSize: 100})
		require.Equal(t, f.ids(), ids)
	})
}

// All but the few around an issue that Jira cannot show come, and the error tells where to look for it.
func TestPagesShrinkAroundAnIssueThatJiraCannotShow(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		for _, status := range []int{500, 502} {
			f := newFake(t, cloud, 60)
			poison := f.issues[47]
			refuse := false
			f.shape = func(answer map[string]any) {
				refuse = slices.ContainsFunc(answer["issues"].([]any), func(i any) bool { return i.(map[string]any)["key"] == poison.key })
			}
			handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				refuse = false
				answer := httptest.NewRecorder()
				f.ServeHTTP(answer, r)
				if refuse {
					w.WriteHeader(status)
					return
				}
				maps.Copy(w.Header(), answer.Header())
				w.WriteHeader(answer.Code)
				_, _ = w.Write(answer.Body.Bytes())
			})
			var came []int64
			var failed error
			for page, err := range connect(t, handler).Scan(t.Context(), Query{PageSize: 100}) {
				failed = err
				for _, issue := range page.Issues {
					came = append(came, issue.ID)
				}
			}
			require.Equal(t, f.ids()[:len(came)], came)
			require.GreaterOrEqual(t, len(came), 42)
			var unreachable *UnreachableError
			require.ErrorAs(t, failed, &unreachable)
			last := f.issues[len(came)-1].created
			require.ErrorContains(t, failed, "search for 5 issues, those created from "+last.Format(time.RFC3339)+" on")
		}
	})
}

func TestServiceThatIsAwayIsNotAskedInSmallerPages(t *testing.T) {
	t.Parallel()
	f := newFake(t, false, 60)
	client := connect(t, f)
	collect(t, client, Query{})
	before := len(f.sent())
	f.before = func(w http.ResponseWriter, _ *http.Request, _ map[string]any) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	for _, err := range client.Scan(t.Context(), Query{}) {
		require.Error(t, err)
	}
	require.Len(t, f.sent(), before+mostTransient+1)
}

func TestMeterCountsOneRunOnly(t *testing.T) {
	t.Parallel()
	f := newFake(t, false, 30)
	client := connect(t, f)
	collect(t, client, Query{PageSize: 10})
	before := client.Stats()
	meter := &Meter{}
	_, _, err := client.Count(WithMeter(t.Context(), meter), "a = b")
	require.NoError(t, err)
	require.EqualValues(t, 1, meter.Stats().Requests)
	require.Equal(t, before.Requests+1, client.Stats().Requests)
	require.Equal(t, client.Stats().Bytes-before.Bytes, meter.Stats().Bytes)
	require.Equal(t, 4, client.Stats().Concurrency)
}
