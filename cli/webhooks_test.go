package cli_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/jirasim"
)

// deliver sends a webhook as Jira does, signed with this secret, and returns the status of the answer.
func deliver(t *testing.T, env map[string]string, instance, key, body string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		"http://127.0.0.1:"+env["PORT"]+"/webhooks/jira/"+instance, strings.NewReader(body))
	require.NoError(t, err)
	mac := hmac.New(sha256.New, []byte(key))
	_, _ = mac.Write([]byte(body)) // never fails
	request.Header.Set("X-Hub-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer.StatusCode
}

// No run comes before the test ends, and no index shows the change.
func TestSignedWebhookMakesTheChangeReadable(t *testing.T) {
	const key = "a-webhook-secret"
	s := newSite(t, 100)
	env := s.env("JIRA_WEBHOOK_SECRET_1", key, "JIRA_WEBHOOK_SECRET_2", key)
	server := serve(t, env)
	s.until(bothComplete)
	for i, name := range []string{"north", "south"} {
		s.sims[i].Faults().Update(func(f *jirasim.Settings) { f.IndexLag = time.Hour })
		id := ask[int64](s, `SELECT min(jira_id) FROM jira_sync.jira_issues WHERE instance_id = $1`, i+1)
		summary := "as " + name + " has it now"
		require.True(t, s.sims[i].Edit(id, jirasim.FieldChange{Field: "summary", Value: `"` + summary + `"`}))
		found := func() float64 {
			data := query(t, env, fmt.Sprintf(`{ issues(first: 1, where: {instance: {eq: %q}, summary: {eq: %q}}) { totalCount } }`, name, summary))
			return data["issues"].(map[string]any)["totalCount"].(float64)
		}
		body := fmt.Sprintf(`{"webhookEvent": "jira:issue_updated", "timestamp": %d, "issue": {"id": "%d"}}`, i, id)
		require.Equal(t, http.StatusUnauthorized, deliver(t, env, name, "another secret", body))
		require.Zero(t, found())
		require.Equal(t, http.StatusOK, deliver(t, env, name, key, body))
		require.Eventually(t, func() bool { return found() == 1 }, deadline, 50*time.Millisecond)
	}
	s.requireTruth()
	require.Equal(t, 2, ask[int](s, `SELECT count(*) FROM jira_sync.sync_history`), "the first runs alone")
	require.NotContains(t, server.printed(), key)
}
