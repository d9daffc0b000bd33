package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

const (
	webhookSecret = "bench-webhooks"
	webhooks      = 30
	webhookBeat   = 5 * time.Millisecond // at which a reader looks for the change
)

// measureWebhooks times a change from its webhook until a reader finds it, with no run under way.
func measureWebhooks(ctx context.Context, r *report, m *mirrored, server *product) error {
	r.working("%d changes are told by webhooks", webhooks)
	took := make([]time.Duration, webhooks)
	for n := range took {
		id, key, err := m.touched(ctx)
		if err != nil {
			return err
		}
		was, err := updatedAt(ctx, server, key)
		if err != nil {
			return err
		}
		began := time.Now()
		if err := sendWebhook(ctx, server, id, n); err != nil {
			return err
		}
		if err := awaitChange(ctx, server, key, was); err != nil {
			return err
		}
		took[n] = time.Since(began)
	}
	slices.Sort(took)
	slowest := took[len(took)-1]
	r.say("A change was found by a reader %s ms after its webhook at the median of %d, %s ms at the slowest.",
		milliseconds(took[len(took)/2]), webhooks, milliseconds(slowest))
	r.figure(figure{what: fmt.Sprintf("webhook to readable, slowest, with %d issues", m.jira.Issues), reached: float64(slowest.Milliseconds()), target: 2000, most: true, unit: " ms"})
	return nil
}

// touched changes an issue in Jira.
func (m *mirrored) touched(ctx context.Context) (id int64, key string, err error) {
	var touched struct {
		IDs []int64 `json:"ids"`
	}
	if err := m.jira.ask(ctx, http.MethodPost, "/_sim/touch?n=1", "", &touched); err != nil {
		return 0, "", err
	}
	if len(touched.IDs) != 1 {
		return 0, "", fmt.Errorf("the simulated Jira changed %d issues, not one", len(touched.IDs))
	}
	id = touched.IDs[0]
	key, err = fetch[string](ctx, m.url, fmt.Sprint("SELECT issue_key FROM jira_sync.jira_issues WHERE jira_id = ", id))
	return id, key, err
}

func updatedAt(ctx context.Context, server *product, key string) (string, error) {
	var found struct{ Issue struct{ UpdatedAt string } }
	err := server.ask(ctx, fmt.Sprintf(`{ issue(key: %q) { updatedAt } }`, key), &found)
	return found.Issue.UpdatedAt, err
}

func sendWebhook(ctx context.Context, server *product, id int64, n int) error {
	body := fmt.Appendf(nil, `{"webhookEvent":"jira:issue_updated","timestamp":%d,"issue":{"id":"%d"}}`, n, id)
	mac := hmac.New(sha256.New, []byte(webhookSecret))
	mac.Write(body)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+server.addr+"/webhooks/jira/bench", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("X-Hub-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("the webhook was answered with HTTP %d: %s", resp.StatusCode, text)
	}
	return nil
}

// awaitChange asks for an issue until it is not as it was.
func awaitChange(ctx context.Context, server *product, key, was string) error {
	for {
		is, err := updatedAt(ctx, server, key)
		if err != nil || is != was {
			return err
		}
		select {
		case <-time.After(webhookBeat):
		case <-server.ended:
			return server.gone()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
