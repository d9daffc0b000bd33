package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLoadAsksOneAfterTheOther(t *testing.T) {
	t.Parallel()
	var first, second atomic.Int64
	c := against(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/first" {
			first.Add(1)
			_, _ = w.Write(make([]byte, 100_000)) // in chunks
			return
		}
		second.Add(1)
	})
	c.requests = [][]byte{httpRequest("GET", c.addr, "/first", nil), httpRequest("POST", c.addr, "/second", []byte("{}"))}
	done, err := c.load(t.Context(), 4, 50*time.Millisecond)
	require.NoError(t, err)
	require.Positive(t, done.rate)
	require.LessOrEqual(t, done.p50, done.p99)
	require.InDelta(t, first.Load(), second.Load(), 4)
}

func TestLoadRefusesAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"a refusal":           func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
		"errors in a 200":     func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"errors":[{}]}`)) },
		"a broken-off stream": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := against(t, answer)
			c.requests = [][]byte{httpRequest("GET", c.addr, "/", nil)}
			_, err := c.load(t.Context(), 2, 50*time.Millisecond)
			require.Error(t, err)
		})
	}
}

func against(t *testing.T, answer http.HandlerFunc) *contestant {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return &contestant{name: "test", addr: strings.TrimPrefix(server.URL, "http://")}
}

func TestAnswersAreComparedByTheirData(t *testing.T) {
	t.Parallel()
	floor := []byte(`{"data":{"at":"2026-01-02T03:04:05.6+00:00","n":1,"list":[{"a":null}]}}`)
	require.NoError(t, sameAnswer(floor, []byte(`{"data":{"n":1,"at":"2026-01-02T03:04:05.6Z","list":[{"a":null}]},"extensions":{}}`)))
	for name, other := range map[string]string{
		"another value":   `{"data":{"at":"2026-01-02T03:04:05.6Z","n":2,"list":[{"a":null}]}}`,
		"another instant": `{"data":{"at":"2026-01-02T03:04:05.7Z","n":1,"list":[{"a":null}]}}`,
		"a shorter list":  `{"data":{"at":"2026-01-02T03:04:05.6Z","n":1,"list":[]}}`,
		"errors":          `{"data":{"at":"2026-01-02T03:04:05.6Z","n":1,"list":[{"a":null}]},"errors":[{}]}`,
		"no data":         `{"data":null}`,
	} {
		require.Error(t, sameAnswer(floor, []byte(other)), name)
	}
}

func TestRatiosAreTakenWithinARound(t *testing.T) {
	t.Parallel()
	require.InDelta(t, 0.5, ratio([]float64{50, 100, 400}, []float64{100, 200, 800}), 1e-9, "the machine got faster, not the product")
	require.InDelta(t, 2.5, median([]float64{4, 1, 3, 2}), 1e-9)
	require.Zero(t, median(nil))
}

func TestSteadiestIsWhatThroughputKeeps(t *testing.T) {
	t.Parallel()
	counts := []int{1, 16, 64}
	of := func(one, sixteen, many float64) map[int][]turn {
		return map[int][]turn{1: {{rate: one}}, 16: {{rate: sixteen}}, 64: {{rate: many}}}
	}
	require.InDelta(t, 1, steadiest(of(10, 20, 30), counts), 1e-9)
	require.InDelta(t, 0.5, steadiest(of(10, 40, 20), counts), 1e-9)
}
