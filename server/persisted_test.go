package server_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"jirasync/cache"
	"jirasync/cache/redistest"
	"jirasync/db/dbtest"
	"jirasync/server"
)

func persisted(text string) string {
	sum := sha256.Sum256([]byte(text))
	return fmt.Sprintf(`{"persistedQuery": {"version": 1, "sha256Hash": %q}}`, hex.EncodeToString(sum[:]))
}

// withSharedCache keeps answers in a Redis, as servers of one mirror do.
func withSharedCache(t *testing.T, address string) option {
	return withDeps(func(d *server.Deps) {
		if d.Cache == nil { // asked for the options of the database
			return
		}
		o, err := redis.ParseURL(address)
		require.NoError(t, err)
		o.ContextTimeoutEnabled = true
		client := redis.NewClient(o)
		shared, err := cache.New(d.Cache.Versions(), cache.Options{Redis: client, Namespace: "test"})
		require.NoError(t, err)
		d.Cache = shared
		ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
		var running sync.WaitGroup
		running.Go(func() { _ = shared.Run(ctx) })
		t.Cleanup(func() {
			stop()
			running.Wait()
			shared.Close()
			_ = client.Close()
		})
	})
}

func TestOperationIsAskedByItsHashOnceItsTextIsKnown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	const text = `query One($key: String!) { issue(key: $key) { key } }`
	byHash := fmt.Sprintf(`{"variables": {"key": "WEB-1"}, "extensions": %s}`, persisted(text))
	got := s.post(byHash, "Accept", "application/graphql-response+json")
	require.Equal(t, "PERSISTED_QUERY_NOT_FOUND", got.code(t))
	require.Equal(t, "PersistedQueryNotFound", got.Errors[0].Message)
	require.Equal(t, http.StatusOK, got.status)

	require.Empty(t, s.post(fmt.Sprintf(`{"query": %q, "variables": {"key": "WEB-2"}, "extensions": %s}`, text, persisted(text))).Errors)
	require.JSONEq(t, `{"issue": {"key": "WEB-1"}}`, string(s.post(byHash).Data))

	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/graphql?"+url.Values{
		"extensions": {persisted(text)}, "variables": {`{"key":"WEB-2"}`},
	}.Encode(), nil)
	require.NoError(t, err)
	require.JSONEq(t, `{"issue": {"key": "WEB-2"}}`, string(s.do(r).Data))
}

func TestHashThatIsNotThatOfItsTextIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for name, body := range map[string]string{
		"of another text":  fmt.Sprintf(`{"query": "{ __typename }", "extensions": %s}`, persisted("{ x }")),
		"too short":        `{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "abc"}}}`,
		"of another kind":  fmt.Sprintf(`{"extensions": %s}`, `{"persistedQuery": {"version": 2, "sha256Hash": ""}}`),
		"not even a hash":  `{"extensions": {"persistedQuery": 1}}`,
		"beside no object": `{"query": "{ __typename }", "extensions": {"persistedQuery": {"sha256Hash": 1}}}`,
	} {
		require.Equal(t, "BAD_USER_INPUT", s.post(body).code(t), name)
	}
	// A text that was refused is not kept.
	const bad = `{ a `
	require.NotEmpty(t, s.post(fmt.Sprintf(`{"query": %q, "extensions": %s}`, bad, persisted(bad))).Errors)
	require.Equal(t, "PERSISTED_QUERY_NOT_FOUND", s.post(fmt.Sprintf(`{"extensions": %s}`, persisted(bad))).code(t))
}

func TestOperationKnownToOneServerIsKnownToAll(t *testing.T) {
	t.Parallel()
	database, address := dbtest.New(t), redistest.Start(t)
	here, there := newSiteOn(t, database, withSharedCache(t, address)), newSiteOn(t, database, withSharedCache(t, address))
	const text = `{ __typename }`
	require.Empty(t, here.post(fmt.Sprintf(`{"query": %q, "extensions": %s}`, text, persisted(text))).Errors)
	require.Eventually(t, func() bool {
		return len(there.post(fmt.Sprintf(`{"extensions": %s}`, persisted(text))).Errors) == 0
	}, patience, tick)
}

func TestAnswerTellsItsCostAndWhatIsLeft(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) { d.Limits.RequestsPerMinute = 20 })) // one comes back every three seconds
	populate(s)
	type budget struct {
		Extensions struct {
			Cost struct{ Operation, Limit int }
			Rate struct{ Remaining, Limit int }
		}
	}
	var last int
	for n, query := range []string{`{ issues(first: 10) { nodes { key } } }`, `{ issues(first: 10) { nodes { key } } }`, `{ issue(key: "WEB-1") { key } }`} {
		got := s.ask(query)
		require.Equal(t, n == 1, got.Extensions.Cache.Hit)
		var b budget
		decode(t, got.raw, &b)
		require.Equal(t, []int{21, 21, 2}[n], b.Extensions.Cost.Operation, "the same whether it was kept or not")
		require.Equal(t, 20_000, b.Extensions.Cost.Limit)
		require.Equal(t, 20, b.Extensions.Rate.Limit)
		require.Positive(t, b.Extensions.Rate.Remaining)
		if n > 0 {
			require.LessOrEqual(t, b.Extensions.Rate.Remaining, last)
		}
		last = b.Extensions.Rate.Remaining
	}
}

func TestOperationsOfAWebsocketCountAsRequests(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) { d.Limits.RequestsPerMinute = 4 }))
	c := s.connect(t) // one
	for n := range 3 {
		c.subscribe(fmt.Sprint(n), `{ __typename }`)
		c.data(fmt.Sprint(n))
		require.Equal(t, "complete", c.next().Type)
	}
	c.subscribe("more", `{ __typename }`)
	f := c.next()
	require.Equal(t, "error", f.Type)
	require.Contains(t, string(f.Payload), "RATE_LIMITED")
}
