package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/webhook"
)

// noted is a store in memory, as far as a handler needs one.
type noted struct {
	taken map[string]db.Webhook
	down  bool
}

func (n *noted) TakeWebhook(_ context.Context, w db.Webhook) (bool, error) {
	if n.down {
		return false, errors.New("the database is away")
	}
	if _, twice := n.taken[w.DeliveryID]; twice {
		return false, nil
	}
	n.taken[w.DeliveryID] = w
	return true, nil
}

const secret = "it's a secret"

type gateway struct {
	*testing.T
	store  *noted
	counts map[string]int
	mux    *http.ServeMux
}

func newGateway(t *testing.T) *gateway {
	t.Helper()
	t.Parallel()
	g := &gateway{T: t, store: &noted{taken: map[string]db.Webhook{}}, counts: map[string]int{}, mux: http.NewServeMux()}
	g.mux.Handle("POST /webhooks/jira/{name}", webhook.New(g.store,
		[]webhook.Source{{InstanceID: 1, Name: "north", Secret: secret}, {InstanceID: 2, Name: "mute"}},
		func(instance, outcome string) { g.counts[instance+" "+outcome]++ }, slog.New(slog.DiscardHandler)))
	return g
}

func sign(key, body string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func (g *gateway) post(name, body, signature, delivery string) int {
	g.Helper()
	r := httptest.NewRequest(http.MethodPost, "/webhooks/jira/"+name, strings.NewReader(body))
	r.Header.Set("X-Hub-Signature", signature)
	if delivery != "" {
		r.Header.Set("X-Atlassian-Webhook-Identifier", delivery)
	}
	w := httptest.NewRecorder()
	g.mux.ServeHTTP(w, r)
	return w.Code
}

func TestSignedWebhookIsTakenOnce(t *testing.T) {
	g := newGateway(t)
	const body = `{"timestamp":1,"webhookEvent":"jira:issue_updated","issue":{"id":"10042","key":"WEB-1","fields":{"summary":"no data"}}}`
	require.Equal(t, 200, g.post("north", body, sign(secret, body), "d-1"))
	require.Equal(t, 200, g.post("north", body, sign(secret, body), "d-1"))
	require.Equal(t, 200, g.post("north", body, sign(secret, body), ""))
	require.Equal(t, 200, g.post("north", body, sign(secret, body), ""), "without an id, the body tells")
	require.Len(t, g.store.taken, 2)
	require.Equal(t, db.Webhook{InstanceID: 1, DeliveryID: "d-1", Event: "jira:issue_updated", JiraIDs: []int64{10042}}, g.store.taken["d-1"])
	require.Equal(t, map[string]int{"north taken": 2, "north repeated": 2}, g.counts)
}

func TestUnsignedWebhooksAreRefusedAlike(t *testing.T) {
	g := newGateway(t)
	const body = `{"webhookEvent":"jira:issue_updated","issue":{"id":"10042"}}`
	good := sign(secret, body)
	for name, post := range map[string][3]string{
		"no signature":         {"north", body, ""},
		"a wrong one":          {"north", body, sign("another", body)},
		"of another body":      {"north", body + " ", good},
		"cut short":            {"north", body, good[:len(good)-2]},
		"of another method":    {"north", body, strings.Replace(good, "sha256", "sha1", 1)},
		"no hex":               {"north", body, "sha256=zz"},
		"an unknown instance":  {"nobody", body, good},
		"unknown, no secret":   {"nobody", body, sign("", body)},
		"one without a secret": {"mute", body, sign("", body)},
	} {
		require.Equal(t, 401, g.post(post[0], post[1], post[2], ""), name)
	}
	require.Empty(t, g.store.taken)
	require.Equal(t, map[string]int{"north refused": 6, "unknown refused": 2, "mute refused": 1}, g.counts)
}

// unread is a body that nobody must touch.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestBodyWithoutASignatureIsNotRead(t *testing.T) {
	g := newGateway(t)
	for _, signature := range []string{"", "sha256=", "sha256=abcd", sign(secret, "") + "00", strings.Replace(sign(secret, ""), "sha256", "sha1", 1)} {
		r := httptest.NewRequest(http.MethodPost, "/webhooks/jira/north", unread{t})
		r.Header.Set("X-Hub-Signature", signature)
		w := httptest.NewRecorder()
		g.mux.ServeHTTP(w, r)
		require.Equal(t, 401, w.Code, signature)
	}
	require.Equal(t, map[string]int{"north refused": 5}, g.counts)
}

func TestFewBodiesAreReadAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		handler := webhook.New(&noted{taken: map[string]db.Webhook{}}, []webhook.Source{{InstanceID: 1, Name: "north", Secret: secret}},
			func(string, string) {}, slog.New(slog.DiscardHandler))
		const body = `{"webhookEvent":"jira:issue_updated","issue":{"id":"10042"}}`
		post := func(from io.Reader) *httptest.ResponseRecorder {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", from)
			r.SetPathValue("name", "north")
			r.Header.Set("X-Hub-Signature", sign(secret, body))
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			return w
		}
		var reading sync.WaitGroup
		var writers []*io.PipeWriter
		for range 8 {
			from, to := io.Pipe()
			writers = append(writers, to)
			reading.Go(func() { post(from) })
		}
		synctest.Wait()
		refused := post(unread{t})
		require.Equal(t, 503, refused.Code)
		require.NotEmpty(t, refused.Header().Get("Retry-After"))
		waiting := make(chan int, 1)
		go func() { waiting <- post(strings.NewReader(body)).Code }()
		synctest.Wait()
		for _, to := range writers {
			require.NoError(t, to.Close())
		}
		reading.Wait()
		require.Equal(t, 200, <-waiting, "it has waited for a place")
	})
}

func TestIssuesThatAWebhookIsAbout(t *testing.T) {
	g := newGateway(t)
	for body, ids := range map[string][]int64{
		`{"webhookEvent":"comment_created","issue":{"id":7},"comment":{"id":"9"}}`:                             {7},
		`{"webhookEvent":"comment_created","comment":{"id":"9"}}`:                                              nil,
		`{"webhookEvent":"worklog_updated","worklog":{"issueId":"8","id":"5"}}`:                                {8},
		`{"webhookEvent":"issuelink_created","issueLink":{"sourceIssueId":4,"destinationIssueId":3}}`:          {3, 4},
		`{"webhookEvent":"jira:issue_deleted","issue":{"id":"-5"}}`:                                            nil,
		`{"webhookEvent":"jira:issue_deleted","issue":{"id":"99999999999999999999"}}`:                          nil,
		`{"webhookEvent":"jira:version_released","version":{"id":"1"},"issue":null}`:                           nil,
		`{"webhookEvent":"jira:issue_updated","issue":{"id":{"odd":1}}}`:                                       nil,
		"{\"webhookEvent\":\"jira:issue_updated\",\"issue\":{\"id\":\"6\",\"summary\":\"\xff\",\"id\":\"6\"}}": {6},
	} {
		require.Equal(t, 200, g.post("north", body, sign(secret, body), "d"), body)
		require.Equal(t, ids, g.store.taken["d"].JiraIDs, body)
		delete(g.store.taken, "d")
	}
}

func TestSignedNonsenseIsSaidSo(t *testing.T) {
	g := newGateway(t)
	for _, body := range []string{``, `[]`, `null`, `{`, `{"issue":{"id":"1"}}`, `{"webhookEvent":7}`, `<html>`} {
		require.Equal(t, 400, g.post("north", body, sign(secret, body), ""), body)
	}
	large := strings.Repeat(" ", 11<<20)
	require.Equal(t, 413, g.post("north", large, sign(secret, large), ""))
	require.Equal(t, 1, g.counts["north refused"])
	g.store.down = true
	const body = `{"webhookEvent":"jira:issue_updated","issue":{"id":"10042"}}`
	require.Equal(t, 503, g.post("north", body, sign(secret, body), ""), "so that Jira sends it again")
}

func FuzzWebhook(f *testing.F) {
	f.Add(`{"webhookEvent":"jira:issue_updated","issue":{"id":"10042"}}`)
	f.Add(`{"webhookEvent":"worklog_updated","worklog":{"issueId":8}}`)
	store := &noted{taken: map[string]db.Webhook{}}
	handler := webhook.New(store, []webhook.Source{{InstanceID: 1, Name: "north", Secret: secret}},
		func(string, string) {}, slog.New(slog.DiscardHandler))
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.SetPathValue("name", "north")
		r.Header.Set("X-Hub-Signature", sign(secret, body))
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		require.Contains(t, []int{200, 400}, w.Code)
		for _, taken := range store.taken {
			for _, id := range taken.JiraIDs {
				require.Positive(t, id)
			}
		}
		clear(store.taken)
	})
}
