package server

import (
	"bytes"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/cors"
	"github.com/vektah/gqlparser/v2/formatter"

	"jirasync/telemetry"
)

// contentPolicy lets the dashboard run its own files and speak with its own server. Styles that
// components set on elements are inline; Jira's avatars come from anywhere.
const contentPolicy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; " +
	"connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"

func (s *Server) routes() (http.Handler, error) {
	r := chi.NewRouter()
	r.Use(readWithin(bodyTime), telemetry.RequestIDs, telemetry.NewHTTPMetrics(s.deps.Registry).Middleware, telemetry.AccessLog(s.deps.Log), s.recoverPanics, securityHeaders, s.ownHost)
	r.Get("/healthz", s.healthz)
	r.Get("/readyz", s.readyz)
	r.Get("/api/health", s.readyz)
	if s.deps.MetricsAddr == "" {
		r.Handle("/metrics", s.metrics.handler())
	}
	r.Get("/schema.graphql", s.schemaHandler())
	protection, err := s.crossOrigin()
	if err != nil {
		return nil, fmt.Errorf("PUBLIC_URL: %w", err)
	}
	for path, export := range map[string]http.HandlerFunc{
		"/export/issues.csv":    s.exportRoute("text/csv; charset=utf-8; header=present", "issues.csv", newCSVExport),
		"/export/issues.ndjson": s.exportRoute("application/x-ndjson", "issues.ndjson", newNDJSONExport),
	} {
		r.With(protection.Handler).Get(path, export)
		r.With(protection.Handler).Post(path, export)
	}
	r.Group(func(r chi.Router) {
		if s.public != nil {
			r.Use(cors.Handler(cors.Options{
				AllowedOrigins: []string{s.public.Scheme + "://" + s.public.Host}, AllowedMethods: []string{"GET", "POST", "OPTIONS"},
				AllowedHeaders: []string{"Accept", "Authorization", "Content-Type", telemetry.RequestIDHeader},
				ExposedHeaders: []string{telemetry.RequestIDHeader, "Retry-After"}, AllowCredentials: true, MaxAge: 600,
			}))
		}
		r.With(protection.Handler).HandleFunc("/graphql", s.graphqlOrOptions)
	})
	if s.deps.Webhooks != nil {
		r.Post("/webhooks/jira/{name}", s.deps.Webhooks.ServeHTTP)
	}
	if s.deps.Dashboard == nil {
		return r, nil
	}
	d, err := newDashboard(s.deps.Dashboard)
	if err != nil {
		return nil, err
	}
	for _, api := range []string{"/api/*", "/webhooks/*", "/export/*", "/auth/*", "/graphql/*"} {
		r.Handle(api, http.NotFoundHandler())
	}
	r.NotFound(d.ServeHTTP)
	return r, nil
}

func (s *Server) graphqlOrOptions(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions {
		w.Header().Set("Allow", "GET, POST, OPTIONS")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	s.serveGraphQL(w, r)
}

// schemaHandler gives the schema as text.
func (s *Server) schemaHandler() http.HandlerFunc {
	text := new(bytes.Buffer)
	formatter.NewFormatter(text, formatter.WithIndent("  ")).FormatSchema(s.answers.schema.Schema())
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		taken(text.Len(), w)
		_, _ = w.Write(text.Bytes()) // who has left hears nothing
	}
}

func securityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", contentPolicy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Referrer-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// recoverPanics is the last line: resolvers have one of their own.
func (s *Server) recoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			panicked := recover()
			if panicked == nil {
				return
			}
			if panicked == http.ErrAbortHandler { //nolint:errorlint // as net/http compares it
				panic(panicked)
			}
			s.deps.Log.ErrorContext(r.Context(), "a request panicked", "error", panicked, "stack", string(debug.Stack()))
			s.writeRefusal(w, r, nil)
		}()
		next.ServeHTTP(w, r)
	})
}
