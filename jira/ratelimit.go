package jira

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RateLimit is what Jira last said of its limits.
type RateLimit struct {
	Remaining int       // requests, or points, left; -1 if it did not say
	Limit     int       // of how many; -1 if it did not say
	Until     time.Time // while we are kept waiting, until when; zero otherwise
	Reason    string    // such as jira-burst-based; empty if it did not say
}

// Limit is what Jira last said of its limits.
func (c *Client) Limit() RateLimit {
	c.mu.Lock()
	defer c.mu.Unlock()
	limit := c.limit
	if !limit.Until.After(time.Now()) {
		limit.Until, limit.Reason = time.Time{}, ""
	}
	return limit
}

// Held is a [ThrottledError] while Jira has told us to stay away for longer than we wait within a
// request: whoever asks before then only uses up what is left.
func (c *Client) Held() error {
	limit := c.Limit()
	if time.Until(limit.Until) <= c.cfg.MaxWait {
		return nil
	}
	return &ThrottledError{Instance: c.cfg.Number, Host: c.base.Host, Until: limit.Until, Reason: limit.Reason}
}

// noteLimit reads the headers of an answer. Only a refusal has a wait.
func (c *Client) noteLimit(header http.Header, refused bool, wait time.Duration) {
	limit := RateLimit{
		Remaining: headerNumber(header, "X-RateLimit-Remaining"),
		Limit:     headerNumber(header, "X-RateLimit-Limit"),
	}
	if limit.Remaining < 0 && limit.Limit < 0 && !refused {
		return
	}
	if refused {
		limit.Until = time.Now().Add(wait)
		limit.Reason = header.Get("RateLimit-Reason")
	}
	c.mu.Lock()
	if !refused && c.limit.Until.After(time.Now()) { // an answer that was on the way before
		limit.Until, limit.Reason = c.limit.Until, c.limit.Reason
	}
	c.limit = limit
	c.mu.Unlock()
	if refused && c.cfg.OnLimit != nil {
		c.cfg.OnLimit(limit)
	}
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

func headerNumber(header http.Header, name string) int {
	n, err := strconv.Atoi(strings.TrimSpace(header.Get(name)))
	if err != nil {
		return -1
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
