package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/cache/redistest"
	"jirasync/server"
)

func TestServerIsReadyOnTheSchemaThatItNeeds(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	answer, body := s.fetch("/readyz")
	require.Equal(t, http.StatusOK, answer.StatusCode, body)
	require.Contains(t, body, `"schema":{"status":"ok"`)

	s.seed.Exec(`DELETE FROM jira_sync.schema_migrations WHERE version_id = (SELECT max(version_id) FROM jira_sync.schema_migrations)`)
	answer, body = s.fetch("/readyz")
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode, body)
	require.Contains(t, body, "jirasync migrate up")

	s.seed.Exec(`INSERT INTO jira_sync.schema_migrations (version_id, is_applied) VALUES (9999, true)`)
	answer, body = s.fetch("/readyz")
	require.Equal(t, http.StatusOK, answer.StatusCode, "a later release may have migrated meanwhile: %s", body)
	require.Contains(t, body, "version 9999")
}

func TestServerIsNotReadyWithoutItsPrimary(t *testing.T) {
	t.Parallel()
	s := primaryAway(t)
	answer, body := s.fetch("/readyz")
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode, body)
	require.Contains(t, body, "the primary")
}

func TestHealthSaysThatOtherServersAreNotHeard(t *testing.T) {
	t.Parallel()
	shared := redistest.New(t)
	s := newSite(t, withRedis(t, shared.URL), withDeps(func(d *server.Deps) { d.Cache = nil }))
	_, body := s.fetch("/readyz")
	require.Contains(t, body, `"redis":{"status":"ok","state":"cache off"}`)
	shared.Stop()
	require.Eventually(t, func() bool { return strings.Contains(s.get("/readyz"), "other servers are not heard") }, patience, tick)
	answer, body := s.fetch("/readyz")
	require.Equal(t, http.StatusOK, answer.StatusCode, body)
	require.Contains(t, body, `"status":"degraded"`)
}
