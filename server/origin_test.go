package server_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"jirasync/server"
)

// askAs asks a path under a name of the server.
func (s *site) askAs(host, method, path string) reply {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(`{"query": "{ __typename }"}`))
	require.NoError(s.t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Host = host
	return s.do(r)
}

func TestServerWithoutAGuardAnswersToItsOwnNamesOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) {
		d.PublicURL = "https://jira.example.org"
		d.Dashboard = fstest.MapFS{"index.html": {Data: []byte("<html></html>")}}
	}))
	for _, host := range []string{"localhost:8987", "LocalHost", "127.0.0.1:8987", "127.9.9.9", "[::1]:8987", "[::1]", "jira.example.org", "JIRA.example.org:443"} {
		got := s.askAs(host, http.MethodPost, "/graphql")
		require.Equal(t, http.StatusOK, got.status, "%s: %s", host, got.raw)
	}
	for _, host := range []string{"evil.example.com", "evil.example.com:8987", "127.0.0.1.evil.example.com", "localhost.evil.example.com", "192.168.1.5:8987", "example.org", "localhost:1@evil.example.com"} {
		for _, path := range []string{"/graphql", "/export/issues.csv", "/schema.graphql", "/", "/issues"} {
			method := http.MethodGet
			if path == "/graphql" {
				method = http.MethodPost
			}
			got := s.askAs(host, method, path)
			require.Equal(t, http.StatusForbidden, got.status, "%s%s: %s", host, path, got.raw)
			require.Equal(t, "FORBIDDEN", got.code(t))
			require.Contains(t, got.Errors[0].Message, "PUBLIC_URL")
		}
	}
	for _, path := range []string{"/healthz", "/readyz", "/api/health", "/metrics"} {
		require.Equal(t, http.StatusOK, s.askAs("10.0.0.7:8987", http.MethodGet, path).status, path)
	}
}

func TestServerBehindAGuardAnswersToEveryName(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) { d.TrustNetwork = true }))
	require.Equal(t, http.StatusOK, s.askAs("jira.example.org", http.MethodPost, "/graphql").status)
}
