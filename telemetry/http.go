package telemetry

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/prometheus/client_golang/prometheus"
)

// HTTPMetrics counts and times requests by the pattern of their route.
type HTTPMetrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// NewHTTPMetrics registers the figures.
func NewHTTPMetrics(r prometheus.Registerer) *HTTPMetrics {
	m := &HTTPMetrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "jirasync_http_requests_total", Help: "Requests answered, by route, method and status.",
		}, []string{"route", "method", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "jirasync_http_request_duration_seconds",
			Help:    "Time from a request to the end of its answer. Websockets and event streams are not in it.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "method"}),
	}
	r.MustRegister(m.requests, m.duration)
	return m
}

// Middleware counts each request once its answer has ended. It belongs on the chi router whose
// routes it is to name.
func (m *HTTPMetrics) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		answer := observe(w, r)
		completed := false
		defer func() {
			route, method, code := routeOf(r), methodOf(r), statusOf(r, answer)
			if !completed {
				code = http.StatusInternalServerError // a panic on its way to whoever recovers it
			}
			m.requests.WithLabelValues(route, method, strconv.Itoa(code)).Inc()
			if !lasting(code, answer) {
				m.duration.WithLabelValues(route, method).Observe(time.Since(began).Seconds())
			}
		}()
		next.ServeHTTP(answer, r)
		completed = true
	})
}

// AccessLog writes a line for each request: at debug level, or as a warning when the server is at
// fault. Without the query string: it may hold what nobody else should read.
func AccessLog(log *slog.Logger) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			began := time.Now()
			answer := observe(w, r)
			next.ServeHTTP(answer, r)
			code, level := statusOf(r, answer), slog.LevelDebug
			if code >= http.StatusInternalServerError {
				level = slog.LevelWarn
			}
			if !log.Enabled(r.Context(), level) {
				return
			}
			log.LogAttrs(r.Context(), level, "request",
				slog.String("method", r.Method), slog.String("path", r.URL.Path),
				slog.Int("status", code), slog.Int("bytes", answer.BytesWritten()),
				slog.Duration("took", time.Since(began)), slog.String("from", r.RemoteAddr))
		})
	}
}

// observe remembers status and size; the writer under it keeps flushing and hijacking. One that
// already observes is used again.
func observe(w http.ResponseWriter, r *http.Request) middleware.WrapResponseWriter {
	if already, ok := w.(middleware.WrapResponseWriter); ok {
		return already
	}
	return middleware.NewWrapResponseWriter(w, r.ProtoMajor)
}

func statusOf(r *http.Request, answer middleware.WrapResponseWriter) int {
	switch status := answer.Status(); {
	case status != 0:
		return status
	case r.Header.Get("Upgrade") != "":
		return http.StatusSwitchingProtocols // written on the hijacked connection
	}
	return http.StatusOK
}

// routeOf is the pattern that matched, known only after the request was served.
func routeOf(r *http.Request) string {
	if c := chi.RouteContext(r.Context()); c != nil {
		if pattern := c.RoutePattern(); pattern != "" {
			return pattern
		}
	}
	return "unmatched"
}

func methodOf(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other" // clients can invent methods, labels must stay few
}

// lasting answers end when the client has had enough; their time says nothing.
func lasting(code int, answer middleware.WrapResponseWriter) bool {
	return code == http.StatusSwitchingProtocols ||
		strings.HasPrefix(answer.Header().Get("Content-Type"), "text/event-stream")
}
