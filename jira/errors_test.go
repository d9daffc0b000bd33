package jira

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestErrorsNameTheCause(t *testing.T) {
	t.Parallel()
	html := "<html><body>Not found: Authorization: Bearer " + testToken + "</body></html>"
	for name, tt := range map[string]struct {
		status  int
		headers map[string]string
		body    string
		target  any
		want    []string
	}{
		"401": {
			401, nil, `{"errorMessages":["Client must be authenticated to access this resource."]}`, new(*RefusedError),
			[]string{"refused the login (HTTP 401)", "Client must be authenticated", "renew JIRA_TOKEN_1 or JIRA_PASSWORD_1"},
		},
		"401 with HTML": {401, nil, html, new(*RefusedError), []string{"HTTP 401", "JIRA_TOKEN_1"}},
		"403":           {403, nil, `{"message":"no"}`, new(*RefusedError), []string{"refused access (HTTP 403)", "what its user may see"}},
		"a CAPTCHA": {
			403,
			map[string]string{"X-Seraph-LoginReason": "AUTHENTICATION_DENIED"},
			html, new(*RefusedError),
			[]string{"CAPTCHA", "log in once through a browser"},
		},
		"a CAPTCHA by its other header": {
			401,
			map[string]string{"X-Authentication-Denied-Reason": "CAPTCHA_CHALLENGE; login-url=http://x"},
			html, new(*RefusedError),
			[]string{"CAPTCHA"},
		},
		"an endpoint that was removed": { // A1
			410, nil, `{"errorMessages":["The requested API has been removed. Please migrate."],"errors":{}}`, new(*GoneError),
			[]string{"no longer has POST /rest/api/2/search", "The requested API has been removed", "JIRA_KIND_1"},
		},
		"a project that is gone": {
			400, nil, `{"errorMessages":["The value 'OPS' does not exist for the field 'project'."],"errors":{}}`, new(*ProjectGoneError),
			[]string{"no project OPS", "JIRA_PROJECTS_1"},
		},
		"a query that is wrong": {
			400, nil, `{"errorMessages":[],"errors":{"jql":{"odd":1},"x":"Error in the JQL Query"}}`, new(*BadRequestError),
			[]string{"HTTP 400", "Error in the JQL Query", "JIRA_JQL_1"},
		},
		"a path that is not Jira's": {404, nil, html, new(*NotJiraError), []string{"HTTP 404", "not Jira's", "JIRA_URL_1"}},
		"a login page":              {200, nil, html, new(*NotJiraError), []string{"not Jira's", "login page or proxy"}},
		"an answer without sense":   {200, nil, `{"issues":`, new(*NonsenseError), []string{"makes no sense", "POST /rest/api/2/search", "instance 1"}},
		"a server that fails":       {500, nil, html, new(*UnreachableError), []string{"HTTP 500", "JIRA_URL_1", "the next run tries again"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, false, 0)
			flaky(f, 1000, func(w http.ResponseWriter, _ *http.Request) {
				for name, value := range tt.headers {
					w.Header().Set(name, value)
				}
				w.WriteHeader(tt.status)
				w.Write([]byte(tt.body))
			})
			err := lastError(connect(t, f).Scan(t.Context(), Query{}))
			require.ErrorAs(t, err, tt.target)
			for _, words := range append(tt.want, "jira.example.com") {
				require.Contains(t, err.Error(), words)
			}
			require.NotContains(t, err.Error(), testToken)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestScopedTokensOnACloudSiteGetTheirAdvice(t *testing.T) {
	t.Parallel()
	client := connect(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fail(w, 401, "no") }),
		func(c *Config) { c.URL = "https://example.atlassian.net" })
	_, err := client.Connect(t.Context())
	require.ErrorContains(t, err, "a scoped token also needs JIRA_CLOUD_ID_1")
}

func TestSomethingElseThatSpeaksJSONIsNotJira(t *testing.T) {
	t.Parallel()
	client := connect(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { send(w, map[string]any{"hello": "world"}) }))
	_, err := client.Connect(t.Context())
	var not *NotJiraError
	require.ErrorAs(t, err, &not)
}

func TestAClosedPortIsUnreachable(t *testing.T) {
	t.Parallel()
	cfg := config(nil)
	cfg.URL, cfg.Transport = "http://127.0.0.1:1", nil
	client, err := New(cfg)
	require.NoError(t, err)
	_, err = client.Connect(t.Context())
	var unreachable *UnreachableError
	require.ErrorAs(t, err, &unreachable)
	require.ErrorContains(t, err, "connection refused")
	require.Equal(t, 1, strings.Count(err.Error(), "serverInfo"))
}
