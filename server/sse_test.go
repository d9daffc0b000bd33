package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"jirasync/graph"
)

func TestEventStream(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := populate(s)
	run := s.seed.Run(1, "FULL", "RUNNING", "admin", time.Now())
	id := runID(run)
	next := s.stream(t, fmt.Sprintf(`subscription { syncProgress(runId: %q) { done phase } }`, id))
	require.Equal(t, "next "+`{"data":{"syncProgress":{"done":0,"phase":"FETCHING"}}}`, next())
	s.progress(run, 3)
	require.Equal(t, "next "+`{"data":{"syncProgress":{"done":3,"phase":"FETCHING"}}}`, next())
	s.finish(run, w.web1, "x")
	require.Equal(t, "next "+`{"data":{"syncProgress":{"done":0,"phase":"FINISHED"}}}`, next())
	require.Equal(t, "complete ", next())

	next = s.stream(t, `{ issue(key: "WEB-1") { key } }`)
	require.Contains(t, next(), `{"data":{"issue":{"key":"WEB-1"}}`)
	require.Equal(t, "complete ", next())
	next = s.stream(t, `subscription { syncCompleted(instance: "gamma") { id } }`)
	require.Contains(t, next(), "known are alpha, beta")
	require.Equal(t, "complete ", next())
}

// Its client hears no end and uses the connection for what comes next.
func TestEventStreamHasNoHead(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodHead, s.url+"/graphql?query="+url.QueryEscape(`subscription { syncProgress { done } }`), http.NoBody)
	require.NoError(t, err)
	r.Header.Set("Accept", "text/event-stream")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusMethodNotAllowed, answer.StatusCode)
	require.Zero(t, s.counter("jirasync_graphql_subscribers"))
}

// breaking breaks at the second result of a present state.
type breaking struct {
	brittle
	results *atomic.Int64
}

func (b breaking) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if graph.PartOf(ctx) == graph.PresentPart && b.results.Add(1) == 2 {
		panic("an unlucky number")
	}
	return next(ctx)
}

// What all clients may leave waiting is bounded: bytes that stayed counted would be room that is lost.
func TestNothingWaitsForAStreamWhoseOpeningBroke(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	s.server.Use(breaking{results: new(atomic.Int64)})
	s.seed.Run(1, "FULL", "RUNNING", "admin", time.Now())
	s.seed.Run(2, "FULL", "RUNNING", "admin", time.Now())
	next := s.stream(t, watchAll)
	require.Contains(t, next(), "INTERNAL")
	require.Equal(t, "complete ", next())
	require.Equal(t, "end", next())
	require.Zero(t, s.server.Waiting())
}

// stream opens an event stream and returns how to read its next event.
func (s *site) stream(t *testing.T, query string) func() string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/graphql", strings.NewReader(string(body)))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { _ = answer.Body.Close() })
	require.Equal(t, http.StatusOK, answer.StatusCode)
	lines := bufio.NewScanner(answer.Body)
	return func() string {
		name, data := "", ""
		for lines.Scan() {
			switch line := lines.Text(); {
			case strings.HasPrefix(line, "event: "):
				name = line[len("event: "):]
			case strings.HasPrefix(line, "data: "):
				data = line[len("data: "):]
			case line == "" && name != "":
				return name + " " + data
			}
		}
		return "end"
	}
}
