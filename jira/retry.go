package jira

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// How often a request is repeated, by what went wrong. Throttling is Jira's word to come
// back, so it gets more patience than a failure.
const (
	mostTransient = 5
	mostNonsense  = 3
	mostThrottled = 12

	longestBackoff = 15 * time.Second
)

// attempts is what a request remembers from one attempt to the next.
type attempts struct {
	endpoint  string
	sent      int
	asked     time.Time // when the last attempt was sent, by our clock
	transient int
	nonsense  int
	throttled int
	waited    time.Duration // of Retry-After
	accept    func(body []byte) error
	body      []byte // of the last answer
}

type attemptKey struct{}

type hastyKey struct{}

// hasty has a request repeated but once: what was asked for before it, and more of it, was given its time.
func hasty(ctx context.Context) context.Context { return context.WithValue(ctx, hastyKey{}, true) }

func mostFailures(ctx context.Context) int {
	if ctx.Value(hastyKey{}) != nil {
		return 1
	}
	return mostTransient
}

// mangledError says that a complete answer could not be read; another attempt may be luckier.
type mangledError struct{ error }

func (e mangledError) Unwrap() error { return e.error }

// isThrottle tells whether an answer asks for fewer requests.
func isThrottle(resp *http.Response) bool {
	return resp.StatusCode == http.StatusTooManyRequests ||
		resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != ""
}

// throttleWait is how long to stay away. Where Jira does not say, it grows with each refusal.
func (c *Client) throttleWait(ctx context.Context, header http.Header, refusals int) time.Duration {
	if wait, told := retryAfter(header); told {
		return wait
	}
	if wait, told := quotaReset(header); told {
		return wait
	}
	return min(2*c.cfg.RetryWait<<min(refusals, 10), c.maxWait(ctx))
}

// checkRetry decides whether a request is sent again. Returning false leaves it to the caller
// to make an error of the answer.
func (c *Client) checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	a := ctx.Value(attemptKey{}).(*attempts)
	var mangled mangledError
	switch {
	case errors.As(err, &mangled):
		a.nonsense++
		return a.nonsense <= mostNonsense, err
	case err != nil:
		a.transient++
		if isTimeout(err) {
			a.transient++ // each took long enough for two
		}
		return a.transient <= mostTransient && !isPermanent(err), nil
	case isThrottle(resp):
		wait := c.throttleWait(ctx, resp.Header, a.throttled)
		a.throttled++
		most := c.maxWait(ctx)
		patient := wait <= most && a.waited+wait <= 5*most
		return patient && a.throttled <= mostThrottled, nil
	case resp.StatusCode >= 500 && resp.StatusCode != http.StatusNotImplemented,
		resp.StatusCode == http.StatusRequestTimeout, resp.StatusCode == http.StatusTooEarly:
		a.transient++
		return a.transient <= mostFailures(ctx), nil
	}
	return false, nil
}

func isTimeout(err error) bool { return errors.Is(err, errSilent) || errors.Is(err, errTooSlow) }

// isPermanent tells failures that no retry cures.
func isPermanent(err error) bool {
	var redirect *RedirectError
	var authority x509.UnknownAuthorityError
	var certificate *tls.CertificateVerificationError
	var host x509.HostnameError
	return errors.As(err, &redirect) || errors.As(err, &authority) || errors.As(err, &certificate) ||
		errors.As(err, &host) || errors.Is(err, errLinkLocal) || errors.Is(err, errTooBig) ||
		strings.Contains(err.Error(), "gave HTTP response to HTTPS client") // net/http has no type for it
}

// backoff is the wait before the next attempt: what Jira asked for, or twice the last one,
// spread out so that requests which failed together do not come back together.
func (c *Client) backoff(ctx context.Context, resp *http.Response) time.Duration {
	a := ctx.Value(attemptKey{}).(*attempts)
	if resp != nil && isThrottle(resp) {
		wait := c.throttleWait(ctx, resp.Header, a.throttled-1)
		a.waited += wait
		wait += jitter(c.cfg.RetryWait) // never earlier than told
		c.countThrottled(ctx, wait)
		return wait
	}
	failures := max(a.transient+a.nonsense, 1)
	wait := min(c.cfg.RetryWait<<min(failures-1, 10), longestBackoff)
	return wait/2 + jitter(wait)/2
}

func jitter(most time.Duration) time.Duration { return rand.N(max(most, 1)) }

// retrying is the HTTP client that go-jira sends its requests through.
type retrying struct {
	c    *Client
	http *http.Client
}

// Do makes a go-retryablehttp client for one request: its backoff gets no context, which ours
// needs. They share the connections.
func (r *retrying) Do(req *http.Request) (*http.Response, error) {
	retryable, err := retryablehttp.FromRequest(req)
	if err != nil {
		return nil, err
	}
	ctx := req.Context()
	a := ctx.Value(attemptKey{}).(*attempts)
	retryable.SetResponseHandler(func(resp *http.Response) error {
		if resp.StatusCode/100 != 2 {
			return nil
		}
		if err := a.accept(a.body); err != nil {
			return mangledError{err}
		}
		return nil
	})
	client := retryablehttp.Client{
		HTTPClient:   r.http,
		RetryMax:     mostTransient + mostNonsense + mostThrottled, // checkRetry says stop before
		CheckRetry:   r.c.checkRetry,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
		Backoff: func(_, _ time.Duration, _ int, resp *http.Response) time.Duration {
			return r.c.backoff(ctx, resp)
		},
	}
	return client.Do(retryable)
}
