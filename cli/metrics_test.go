package cli_test

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/require"

	"jirasync/jirasim"
)

func TestMetricsTellOfEveryPartByThePrometheusNamingRules(t *testing.T) {
	s := newSite(t, 60)
	s.sims[0].Faults().Add(jirasim.Rule{Path: "/rest/api/3/search", Status: 429, RetryAfter: "1", Next: 1})
	s.sims[0].Faults().Add(jirasim.Rule{Headers: map[string]string{
		"RateLimit-Policy": `"global-app-quota";q=65000;w=3600`, "RateLimit": `"global-app-quota";r=64000;t=3600`,
	}})
	env := s.env()
	serve(t, env)
	s.until(bothComplete)
	query(t, env, `query Count { issues(first: 1) { totalCount } }`)
	s.until(`SELECT count(*) = 0 FROM jira_sync.sync_history WHERE state IN ('RUNNING', 'QUEUED')`)

	text := scrape(t, env)
	for _, want := range []string{
		`jirasync_build_info\{`,
		`jirasync_http_requests_total\{`,
		`jirasync_graphql_operations_total\{kind="query",operation="Count",outcome="ok"\} 1`,
		`jirasync_graphql_subscribers 0`,
		`jirasync_cache_requests_total\{`,
		`jirasync_db_read_connections `,
		`jirasync_complete_age_seconds\{instance="north"\}`,
		`jirasync_sync_runs_total\{instance="south",mode="full",state="succeeded"\} [1-9]`,
		`jirasync_sync_run_duration_seconds_count\{instance="north",mode="full"\} [1-9]`,
		`jirasync_sync_phase_seconds_total\{instance="north",phase="fetching"\}`,
		`jirasync_sync_issues_total\{instance="north",outcome="created"\} [1-9]`,
		`jirasync_jira_requests_total\{instance="south"\} [1-9]`,
		`jirasync_jira_retries_total\{instance="north"\} [1-9]`,
		`jirasync_jira_budget_remaining\{instance="north"\} 64000`,
		`jirasync_jira_budget\{instance="north"\} 65000`,
		`jirasync_jira_throttled_seconds_total\{instance="north"\} [0-9.]+`,
	} {
		require.Regexp(t, want, text)
	}
	require.NotRegexp(t, `jirasync_jira_throttled_seconds_total\{instance="north"\} 0\n`, text)
	docs, err := os.ReadFile("../docs/operating.md")
	require.NoError(t, err)
	for _, name := range regexp.MustCompile("jirasync_[a-z_]+").FindAllString(string(docs), -1) {
		require.Contains(t, text, "# TYPE "+name+" ", "docs/operating.md names a metric that there is not")
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	require.NoError(t, err)
	require.Empty(t, problems)
}

// scrape reads the metrics of the server at the environment's port.
func scrape(t *testing.T, env map[string]string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:"+env["PORT"]+"/metrics", nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	content, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	return string(content)
}
