package jira

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RateLimit is what Jira last said of its limits.
type RateLimit struct {
	Remaining int       // requests, or points, left of the account's budget; -1 if it did not say
	Limit     int       // of how many; -1 if it did not say
	Until     time.Time // while we are kept waiting, until when; zero otherwise
	Reason    string    // such as jira-burst-based; empty if it did not say
	Endpoint  string    // which alone is kept waiting, such as POST /rest/api/3/search/jql; empty: all are
}

// Limit is what Jira last said of its limits.
func (c *Client) Limit() RateLimit {
	c.mu.Lock()
	defer c.mu.Unlock()
	limit, now := c.limit, time.Now()
	if !limit.Until.After(now) {
		limit.Until, limit.Reason, limit.Endpoint = time.Time{}, "", ""
	}
	if !c.refilled.IsZero() && !c.refilled.After(now) {
		limit.Remaining = -1
	}
	return limit
}

// Held is a [ThrottledError] while Jira has told us to stay away for longer than we wait within a
// request: whoever asks before then only uses up what is left.
func (c *Client) Held(ctx context.Context) error {
	limit := c.Limit()
	if limit.Endpoint != "" || time.Until(limit.Until) <= c.maxWait(ctx) {
		return nil
	}
	return &ThrottledError{Instance: c.cfg.Number, Host: c.base.Host, Until: limit.Until, Reason: limit.Reason}
}

type maxWaitKey struct{}

// WithMaxWait has all requests made under the returned context wait no longer than this, nor than
// Config.MaxWait, when Jira asks for it.
func WithMaxWait(ctx context.Context, most time.Duration) context.Context {
	return context.WithValue(ctx, maxWaitKey{}, most)
}

func (c *Client) maxWait(ctx context.Context) time.Duration {
	if most, ok := ctx.Value(maxWaitKey{}).(time.Duration); ok {
		return min(most, c.cfg.MaxWait)
	}
	return c.cfg.MaxWait
}

// noteLimit keeps what an answer says of the budget.
func (c *Client) noteLimit(header http.Header) {
	b, told := c.budget(header)
	if !told {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limit.Remaining, c.limit.Limit, c.refilled = b.remaining, b.limit, time.Time{}
	if b.window > 0 {
		c.refilled = time.Now().Add(b.window)
	}
}

// noteRefusal keeps until when a refusal closes its endpoint, or all.
func (c *Client) noteRefusal(header http.Header, endpoint string, wait time.Duration) {
	c.noteLimit(header)
	now := time.Now()
	c.mu.Lock()
	limit := c.limit
	limit.Until, limit.Reason, limit.Endpoint = now.Add(wait), header.Get("RateLimit-Reason"), ""
	if !limitsAll(header) {
		limit.Endpoint = endpoint
	}
	allHeld := c.limit.Until.After(now) && c.limit.Endpoint == ""
	isLonger := limit.Endpoint == "" && limit.Until.After(c.limit.Until)
	if !allHeld || isLonger {
		c.limit = limit
		if limit.Endpoint == "" {
			c.refilled = limit.Until
		}
	}
	c.mu.Unlock()
	if c.cfg.OnLimit != nil {
		c.cfg.OnLimit(limit)
	}
}

// budget is what is left of a quota.
type budget struct {
	remaining, limit int           // -1: not said
	window           time.Duration // until it is whole again; 0: not said
}

// budget reads the quota that an answer speaks of, if it does. What Cloud says of its limits on
// bursts is of one second at one endpoint, and no budget.
func (c *Client) budget(header http.Header) (budget, bool) {
	for _, beta := range []string{"", "Beta-"} {
		for name, policy := range policies(header.Get(beta + "RateLimit-Policy")) {
			if !strings.Contains(name, "quota") {
				continue
			}
			state := policies(header.Get(beta + "RateLimit"))[name]
			return budget{numberOr(state["r"], -1), numberOr(policy["q"], -1), time.Duration(numberOr(state["t"], 0)) * time.Second}, true
		}
	}
	b := budget{remaining: numberOr(header.Get("X-RateLimit-Remaining"), -1), limit: numberOr(header.Get("X-RateLimit-Limit"), -1)}
	speaker := c.dialectNow()
	isAccount := speaker != nil && speaker.kind() == DataCenter
	isQuota := strings.Contains(header.Get("RateLimit-Reason"), "quota") || header.Get("X-RateLimit-NearLimit") != ""
	return b, (b.remaining >= 0 || b.limit >= 0) && limitsAll(header) && (isQuota || isAccount)
}

// policies reads a header such as "global-app-quota";q=65000;w=3600,"jira-burst-based";q=100;w=1.
func policies(header string) map[string]map[string]string {
	found := map[string]map[string]string{}
	for entry := range strings.SplitSeq(header, ",") {
		name, rest, _ := strings.Cut(entry, ";")
		attributes := map[string]string{}
		for attribute := range strings.SplitSeq(rest, ";") {
			key, value, _ := strings.Cut(attribute, "=")
			attributes[strings.TrimSpace(key)] = value
		}
		found[strings.Trim(strings.TrimSpace(name), `"`)] = attributes
	}
	return found
}

// quotaReset reads when a used-up quota is filled again. Limits on bursts name a time too, but
// recover long before.
func quotaReset(header http.Header) (time.Duration, bool) {
	if !strings.Contains(header.Get("RateLimit-Reason"), "quota") {
		return 0, false
	}
	value := header.Get("X-RateLimit-Reset")
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		at, err = time.Parse("2006-01-02T15:04Z07:00", value)
	}
	return max(at.Sub(serverTime(header)), 0), err == nil
}

// serverTime is the server's time when it answered, or ours if it did not say.
func serverTime(header http.Header) time.Time {
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		return date
	}
	return time.Now()
}

func numberOr(text string, otherwise int) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return otherwise
	}
	return n
}

// retryAfter reads how long Jira wants us to wait: seconds, or a date, which is compared
// with the server's own clock where it sent one.
func retryAfter(header http.Header) (time.Duration, bool) {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if value == "" {
		value = strings.TrimSpace(header.Get("Beta-Retry-After"))
	}
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		const century = 100 * 365 * 24 * 3600
		return time.Duration(min(max(seconds, 0), century) * float64(time.Second)), true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return max(at.Sub(serverTime(header)), 0), true
}
