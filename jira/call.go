package jira

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// request is one call of Jira's API.
type request struct {
	method  string
	path    string // below the base address
	query   url.Values
	payload any
}

func get(path string, query url.Values) request {
	return request{method: http.MethodGet, path: path, query: query}
}

func post(path string, payload any) request {
	return request{method: http.MethodPost, path: path, payload: payload}
}

// endpoint is the method and the path with {} for each id. Cloud limits bursts by it.
func (r request) endpoint() string {
	parts := strings.Split(strings.TrimPrefix(r.path, "/"), "/")
	for i := range parts {
		if _, err := strconv.ParseInt(parts[i], 10, 64); err == nil && i > 2 { // before it is the API's version
			parts[i] = "{}"
		}
	}
	return r.method + " /" + strings.Join(parts, "/")
}

// receipt is what is known of an answered call beside its content.
type receipt struct {
	asked time.Time // when it was sent, by the server's clock, never later than it really was
	bytes int
}

// call sends a request, with retries, until accept takes the answer. The body that accept
// gets is its own to keep.
func (c *Client) call(ctx context.Context, r request, accept func(body []byte) error) (receipt, error) {
	a := &attempts{endpoint: r.endpoint(), accept: func(body []byte) error {
		if !looksJSON(body) {
			return errNotJSON
		}
		return accept(body)
	}}
	ctx = context.WithValue(ctx, attemptKey{}, a)
	address := r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	req, err := c.api.NewRequestWithContext(ctx, r.method, address, r.payload)
	if err != nil {
		return receipt{}, c.hideAddress(err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.cfg.UserAgent)
	if r.method != http.MethodGet {
		req.Header.Set("X-Atlassian-Token", "no-check") // else some servers see a forged form
	}
	// A nil target leaves the decoding to accept, which ran below, within the retries.
	resp, err := c.api.Do(req, nil)
	if err == nil {
		return receipt{asked: a.asked.Add(c.clockOffset()), bytes: len(a.body)}, nil
	}
	if ctx.Err() != nil {
		return receipt{}, ctx.Err()
	}
	endpoint := r.method + " /" + strings.TrimPrefix(r.path, "/")
	if resp == nil {
		return receipt{}, c.failed(endpoint, a, err)
	}
	return receipt{}, c.refused(ctx, endpoint, resp.Response, a)
}

// callInto decodes an answer of a single JSON value.
func callInto[T any](ctx context.Context, c *Client, r request) (T, receipt, error) {
	var out T
	receipt, err := c.call(ctx, r, func(body []byte) error {
		var fresh T // an attempt that failed half-way leaves nothing behind
		if suspect(body) {
			body, _ = sanitize(body)
		}
		err := json.Unmarshal(body, &fresh, lenient)
		out = fresh
		return err
	})
	return out, receipt, err
}

var errNotJSON = errors.New("it is not JSON")

func looksJSON(body []byte) bool {
	kind := jsontext.Value(bytes.TrimPrefix(body, []byte("\ufeff"))).Kind()
	return kind == '{' || kind == '['
}

// failed makes an error of a request that got no answer, or none that could be read.
func (c *Client) failed(endpoint string, a *attempts, err error) error {
	n, host := c.cfg.Number, c.base.Host
	var redirect *RedirectError
	if errors.As(err, &redirect) {
		return redirect
	}
	var mangled mangledError
	switch {
	case !errors.As(err, &mangled):
		return &UnreachableError{Instance: n, Host: host, Endpoint: endpoint, Cause: c.hideAddress(err)}
	case errors.Is(err, errNotJSON):
		return &NotJiraError{Instance: n, Host: host, Endpoint: endpoint, Status: http.StatusOK, Excerpt: c.excerpt(a.body)}
	default:
		return &NonsenseError{Instance: n, Host: host, Endpoint: endpoint, Excerpt: c.excerpt(a.body), Cause: mangled.error}
	}
}

// hideAddress takes off the address that net/http puts before its errors: it repeats the
// query, and says nothing that our own text does not.
func (c *Client) hideAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// projectGone is how Jira says that a query names a project that is not there.
var projectGone = regexp.MustCompile(`(?i)value ['"]?([^'"]+)['"]? does not exist for the field ['"]?project`)

// refused makes an error of an answer whose status says no.
func (c *Client) refused(ctx context.Context, endpoint string, resp *http.Response, a *attempts) error {
	n, host, status := c.cfg.Number, c.base.Host, resp.StatusCode
	said := c.messages(a.body)
	switch {
	case isThrottle(resp):
		wait := c.throttleWait(ctx, resp.Header, max(a.throttled-1, 0))
		limited := &ThrottledError{Instance: n, Host: host, Until: time.Now().Add(wait), Reason: resp.Header.Get("RateLimit-Reason")}
		if !limitsAll(resp.Header) {
			limited.Endpoint = a.endpoint
		}
		return limited
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return &RefusedError{
			Instance: n, Host: host, Status: status, Reason: strings.Join(said, " "),
			Captcha: isCaptcha(resp.Header), Cloud: c.cfg.CloudID == "" && c.isCloudSite(),
		}
	case status == http.StatusGone:
		return &GoneError{Instance: n, Host: host, Endpoint: endpoint, Reason: strings.Join(said, " ")}
	case status >= 500 || status == http.StatusRequestTimeout || status == http.StatusTooEarly:
		return &UnreachableError{Instance: n, Host: host, Endpoint: endpoint, Status: status}
	case !looksJSON(a.body):
		return &NotJiraError{Instance: n, Host: host, Endpoint: endpoint, Status: status, Excerpt: c.excerpt(a.body)}
	case status == http.StatusNotFound:
		return &NotFoundError{Instance: n, Host: host, Endpoint: endpoint, Messages: said}
	}
	for _, text := range said {
		if found := projectGone.FindStringSubmatch(text); found != nil {
			return &ProjectGoneError{Instance: n, Host: host, Project: found[1]}
		}
	}
	return &BadRequestError{Instance: n, Host: host, Endpoint: endpoint, Status: status, Messages: said}
}

// isCaptcha reads the headers by which Seraph, Jira's login, says that it gave up on us.
func isCaptcha(h http.Header) bool {
	return strings.Contains(h.Get("X-Seraph-LoginReason"), "AUTHENTICATION_DENIED") ||
		strings.Contains(strings.ToUpper(h.Get("X-Authentication-Denied-Reason")), "CAPTCHA")
}

// messages are the sentences of an error body, in whichever of Jira's forms it comes.
func (c *Client) messages(body []byte) []string {
	var w struct {
		Messages list[text]               `json:"errorMessages"`
		Errors   object[map[string]prose] `json:"errors"`
		Message  text                     `json:"message"`
		Error    text                     `json:"error"`
		Single   text                     `json:"errorMessage"`
	}
	if json.Unmarshal(body, &w, lenient) != nil {
		return nil
	}
	all := w.Messages
	for field, problem := range w.Errors.V {
		all = append(all, text(field+": "+string(problem)))
	}
	sentences := names(append(all, w.Message, w.Single, w.Error))
	for i, s := range sentences {
		sentences[i] = c.withoutSecrets(s)
	}
	return sentences
}

// excerpt is the beginning of an answer, for an error. A page that repeats our request to us
// would show our credentials.
func (c *Client) excerpt(body []byte) string {
	const most = 1000 // quote cuts further
	return c.withoutSecrets(string(body[:min(len(body), most)]))
}

func (c *Client) withoutSecrets(s string) string {
	basic := base64.StdEncoding.EncodeToString([]byte(c.cfg.Username + ":" + c.cfg.Password))
	for _, secret := range []string{c.cfg.Token, c.cfg.Password, basic} {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "***")
		}
	}
	return s
}

// nonsense makes an error of an answer that can be read but not be right.
func (c *Client) nonsense(endpoint, format string, args ...any) error {
	return &NonsenseError{Instance: c.cfg.Number, Host: c.base.Host, Endpoint: endpoint, Cause: fmt.Errorf(format, args...)}
}
