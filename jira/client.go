package jira

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	gojira "github.com/andygrunwald/go-jira"
)

// Client reads one Jira instance. It is safe for concurrent use and starts no goroutine that
// outlives a call, idle connections aside; Close ends those.
type Client struct {
	cfg   Config
	base  *url.URL // of the API
	site  *url.URL // that people use
	api   *gojira.Client
	next  http.RoundTripper // the connections
	gates *gates
	meter Meter

	special atomic.Pointer[specialFields]
	wall    atomic.Pointer[time.Location] // nil: times are asked for as instants

	probing sync.Mutex // one probe for the dialect at a time

	mu       sync.Mutex
	speaks   dialect // nil until it is known
	limit    RateLimit
	refilled time.Time     // when the budget in limit is whole again; zero: it did not say
	offset   time.Duration // of the server's clock to ours
	clockAt  time.Time     // when offset was seen; zero before
}

// New checks the configuration and makes a client. It sends nothing.
func New(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("instance %s: %w", cfg.Name, err)
	}
	base, site, err := cfg.base()
	if err != nil {
		return nil, fmt.Errorf("instance %s: %w", cfg.Name, err)
	}
	jar, err := cookiejar.New(nil) // behind a load balancer, cookies keep us on one node
	if err != nil {
		return nil, err
	}
	c := &Client{
		cfg: cfg, base: base, site: site, gates: newGates(cfg.Concurrency),
		limit: RateLimit{Remaining: -1, Limit: -1},
	}
	if c.next = cfg.Transport; c.next == nil {
		c.next = newTransport(cfg)
	}
	entering := &http.Client{Transport: c.authenticated(&wire{c: c, next: c.next}), CheckRedirect: c.redirects, Jar: jar}
	c.api, err = gojira.NewClient(&retrying{c: c, http: entering}, base.String())
	if err != nil {
		return nil, fmt.Errorf("instance %s: %s is not an address", cfg.Name, cfg.setting("URL"))
	}
	switch cfg.Kind {
	case Cloud:
		c.speaks = &cloud{c}
	case DataCenter:
		c.speaks = &dataCenter{c}
	}
	return c, nil
}

func (c *Client) authenticated(next http.RoundTripper) http.RoundTripper {
	if c.cfg.Token != "" {
		return &gojira.BearerAuthTransport{Token: c.cfg.Token, Transport: next}
	}
	return &gojira.BasicAuthTransport{Username: c.cfg.Username, Password: c.cfg.Password, Transport: next}
}

// Close lets go of idle connections.
func (c *Client) Close() {
	if t, ok := c.next.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Server is what an instance says of itself and of the account we enter it with.
type Server struct {
	Kind        string // Cloud or DataCenter
	BaseURL     string // the address that people use
	Title       string
	Version     string
	TimeZone    string // of the account; JQL reads quoted times in it
	Account     User
	Now         time.Time     // by its clock
	ClockOffset time.Duration // of its clock to ours
}

// Connect asks the instance who it is and who we are, and chooses the dialect.
func (c *Client) Connect(ctx context.Context) (Server, error) {
	c.probing.Lock()
	defer c.probing.Unlock()
	return c.probe(ctx)
}

func (c *Client) probe(ctx context.Context) (Server, error) {
	info, receipt, err := callInto[serverInfoWire](ctx, c, get("rest/api/2/serverInfo", nil))
	if err != nil {
		return Server{}, fmt.Errorf("ask who the server is: %w", err)
	}
	if info.Version == "" && info.DeploymentType == "" && info.BaseURL == "" {
		return Server{}, &NotJiraError{
			Instance: c.cfg.Number, Host: c.base.Host, Endpoint: "GET /rest/api/2/serverInfo", Status: http.StatusOK,
			Excerpt: "JSON without a version, a deployment type and a base URL",
		}
	}
	c.settle(strings.EqualFold(string(info.DeploymentType), "cloud"))
	me, _, err := callInto[object[userWire]](ctx, c, get("rest/api/2/myself", nil))
	if err != nil {
		return Server{}, fmt.Errorf("ask who we are: %w", err)
	}
	server := Server{
		Kind: c.dialectNow().kind(), BaseURL: strings.TrimRight(string(info.BaseURL), "/"), Title: string(info.ServerTitle),
		Version: string(info.Version), TimeZone: string(me.V.TimeZone),
		Now: receipt.asked, ClockOffset: c.clockOffset(),
	}
	if user := userOf(&me); user != nil {
		server.Account = *user
	}
	if server.BaseURL == "" {
		server.BaseURL = strings.TrimRight(c.site.String(), "/")
	}
	return server, nil
}

type serverInfoWire struct {
	BaseURL        text `json:"baseUrl"`
	Version        text `json:"version"`
	DeploymentType text `json:"deploymentType"` // Cloud or Server; missing on old servers
	ServerTitle    text `json:"serverTitle"`
}

// settle chooses the dialect, unless the configuration did.
func (c *Client) settle(isCloud bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.cfg.Kind != Auto:
	case isCloud:
		c.speaks = &cloud{c}
	default:
		c.speaks = &dataCenter{c}
	}
}

func (c *Client) dialectNow() dialect {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.speaks
}

// dialect connects first if that was not done yet.
func (c *Client) dialect(ctx context.Context) (dialect, error) {
	if d := c.dialectNow(); d != nil {
		return d, nil
	}
	c.probing.Lock()
	defer c.probing.Unlock()
	if d := c.dialectNow(); d != nil {
		return d, nil
	}
	if _, err := c.probe(ctx); err != nil {
		return nil, err
	}
	return c.dialectNow(), nil
}

// isCloudSite guesses from the name, for the advice in an error.
func (c *Client) isCloudSite() bool {
	if d := c.dialectNow(); d != nil {
		return d.kind() == Cloud
	}
	return strings.HasSuffix(c.site.Hostname(), ".atlassian.net")
}

// clockAge is how long an observed offset is trusted.
const clockAge = time.Minute

// Now is the server's time, never later than it really is. It costs a request only if none
// was answered within the last minute.
func (c *Client) Now(ctx context.Context) (time.Time, error) {
	c.mu.Lock()
	fresh := !c.clockAt.IsZero() && time.Since(c.clockAt) < clockAge
	c.mu.Unlock()
	if !fresh {
		if _, _, err := callInto[serverInfoWire](ctx, c, get("rest/api/2/serverInfo", nil)); err != nil {
			return time.Time{}, fmt.Errorf("ask the server for the time: %w", err)
		}
	}
	return time.Now().Add(c.clockOffset()).UTC(), nil
}

// noteClock reads the Date of an answer. It has whole seconds and was written before we got
// it, so the offset errs towards the past, which is the safe side.
func (c *Client) noteClock(header http.Header, received time.Time) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset, c.clockAt = date.Sub(received), received
}

func (c *Client) clockOffset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}
