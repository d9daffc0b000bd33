package telemetry_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/stretchr/testify/require"

	"jirasync/telemetry"
)

// site is a small server with everything in place, and what it has logged.
func site(t *testing.T, level slog.Level) (handler http.Handler, log *bytes.Buffer) {
	t.Helper()
	log = new(bytes.Buffer)
	logger := slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: level}))
	registry := telemetry.NewRegistry(telemetry.Build{Version: "1.2.3", Commit: "abc"})
	r := chi.NewRouter()
	r.Use(telemetry.RequestIDs, telemetry.NewHTTPMetrics(registry).Middleware, telemetry.AccessLog(logger))
	r.Get("/issues/{key}", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, telemetry.RequestID(r.Context()))
	})
	r.Get("/broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	r.Get("/stream", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush()
	})
	r.Handle("/metrics", telemetry.MetricsHandler(registry))
	return r, log
}

func get(t *testing.T, h http.Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestRequestsAreCountedByRouteNotByPath(t *testing.T) {
	t.Parallel()
	h, _ := site(t, slog.LevelInfo)
	get(t, h, "GET", "/issues/OPS-1")
	get(t, h, "GET", "/issues/OPS-2")
	get(t, h, "GET", "/wp-admin/"+strings.Repeat("x", 50))
	get(t, h, "BREW", "/issues/OPS-1")
	get(t, h, "GET", "/stream")
	text := get(t, h, "GET", "/metrics").Body.String()
	require.Contains(t, text, `jirasync_http_requests_total{code="200",method="GET",route="/issues/{key}"} 2`)
	require.Contains(t, text, `jirasync_http_requests_total{code="404",method="GET",route="unmatched"} 1`)
	require.Contains(t, text, `method="other"`)
	require.Contains(t, text, `jirasync_http_request_duration_seconds_count{method="GET",route="/issues/{key}"} 2`)
	require.Contains(t, text, `jirasync_http_requests_total{code="200",method="GET",route="/stream"} 1`)
	require.NotContains(t, text, `jirasync_http_request_duration_seconds_count{method="GET",route="/stream"}`)
	require.NotContains(t, text, "OPS-1")
	require.NotContains(t, text, "BREW")
	require.Contains(t, text, `jirasync_build_info{commit="abc",goversion="go`)
	require.Contains(t, text, "process_resident_memory_bytes")
	require.Contains(t, text, "go_goroutines")
}

func TestPanicIsCountedAsAnErrorOfTheServer(t *testing.T) {
	t.Parallel()
	registry := telemetry.NewRegistry(telemetry.Build{})
	r := chi.NewRouter()
	r.Use(telemetry.NewHTTPMetrics(registry).Middleware)
	r.Get("/", func(http.ResponseWriter, *http.Request) { panic("no") })
	require.Panics(t, func() { get(t, r, "GET", "/") })
	text := get(t, telemetry.MetricsHandler(registry), "GET", "/metrics").Body.String()
	require.Contains(t, text, `jirasync_http_requests_total{code="500",method="GET",route="/"} 1`)
}

func TestRequestIDIsTakenOverOrMade(t *testing.T) {
	t.Parallel()
	h, _ := site(t, slog.LevelInfo)
	w := get(t, h, "GET", "/issues/OPS-1", telemetry.RequestIDHeader, "proxy-1.2_3")
	require.Equal(t, "proxy-1.2_3", w.Body.String())
	require.Equal(t, "proxy-1.2_3", w.Header().Get(telemetry.RequestIDHeader))

	seen := map[string]bool{}
	for _, sent := range []string{"", "a b", "x\"y", strings.Repeat("a", 129), "é"} {
		w := get(t, h, "GET", "/issues/OPS-1", telemetry.RequestIDHeader, sent)
		id := w.Body.String()
		require.NotEqual(t, sent, id)
		require.Len(t, id, 26)
		require.False(t, seen[id])
		seen[id] = true
	}
}

func TestAccessIsLoggedQuietlyAndFaultsAreNot(t *testing.T) {
	t.Parallel()
	h, log := site(t, slog.LevelInfo)
	get(t, h, "GET", "/issues/OPS-1")
	require.Empty(t, log.String())
	get(t, h, "GET", "/broken?token=jst_secret")
	require.Contains(t, log.String(), `"level":"WARN"`)
	require.Contains(t, log.String(), `"status":502`)
	require.NotContains(t, log.String(), "jst_secret")

	h, log = site(t, slog.LevelDebug)
	get(t, h, "GET", "/issues/OPS-1")
	require.Contains(t, log.String(), `"path":"/issues/OPS-1"`)
}
