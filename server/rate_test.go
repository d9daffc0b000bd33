package server

import (
	"net/http"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"jirasync/cache"
	"jirasync/cache/redistest"
)

func (r *rates) take(t *testing.T, client string, now time.Time, n int) {
	t.Helper()
	for range n {
		_, _, ok := r.allow(client, now)
		require.True(t, ok)
	}
}

func TestAllowanceComesBackEvenly(t *testing.T) {
	t.Parallel()
	r, now := newRates(60, nil), time.Now()
	r.take(t, "a", now, 60)
	left, wait, ok := r.allow("a", now)
	require.False(t, ok)
	require.Zero(t, left.requests)
	require.Equal(t, time.Second, wait)
	r.take(t, "b", now, 1)
	r.take(t, "a", now.Add(time.Second), 1)
	_, _, ok = r.allow("a", now.Add(time.Second))
	require.False(t, ok)
	left, _, ok = r.allow("a", now.Add(2*time.Minute))
	require.True(t, ok)
	require.Equal(t, 59, left.requests)
}

func TestClientIsWhomTheProxyNamed(t *testing.T) {
	t.Parallel()
	s := &Server{deps: Deps{TrustNetwork: true}}
	for name, lines := range map[string][]string{
		"alone":                           {"10.0.0.9"},
		"after what the client said":      {"1.1.1.1, 10.0.0.9"},
		"on a line of its own behind his": {"1.1.1.1", "10.0.0.9"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, "10.0.0.9", s.client(&http.Request{RemoteAddr: "172.17.0.2:1", Header: http.Header{"X-Forwarded-For": lines}}))
		})
	}
}

func TestServersCountTheirClientsTogether(t *testing.T) {
	t.Parallel()
	o, err := redis.ParseURL(redistest.Start(t))
	require.NoError(t, err)
	o.ContextTimeoutEnabled = true
	client := redis.NewClient(o)
	t.Cleanup(func() { _ = client.Close() })
	shared := cache.Allowances{Redis: client, Namespace: "test", Budget: 10 * time.Second}
	here, there := newRates(60, shared), newRates(60, shared)
	now := time.Now()
	here.take(t, "a", now, 60)
	require.NoError(t, here.share(t.Context()))
	there.take(t, "a", now, 1)
	require.NoError(t, there.share(t.Context()))
	_, wait, ok := there.allow("a", now)
	require.False(t, ok, "what was spent here counts there")
	require.Positive(t, wait)
	there.take(t, "b", now, 1)
}

func TestServerCountsAloneWithoutRedis(t *testing.T) {
	t.Parallel()
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	r := newRates(3, cache.Allowances{Redis: client, Namespace: "test", Budget: time.Second})
	now := time.Now()
	r.take(t, "a", now, 2)
	require.Error(t, r.share(t.Context()))
	r.take(t, "a", now, 1)
	_, _, ok := r.allow("a", now)
	require.False(t, ok)
}
