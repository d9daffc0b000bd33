package jira

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// The values of Config.Kind and Server.Kind.
const (
	Auto       = "auto" // ask the server; Config only
	Cloud      = "cloud"
	DataCenter = "datacenter"
)

// Config says where an instance is and how to enter it.
type Config struct {
	Name   string
	Number int    // n of JIRA_URL_n, for error texts
	URL    string // with its context path, if it has one
	Kind   string // empty means Auto

	Username string // with Password: Basic
	Password string // a password, or an API token of Cloud
	Token    string // Bearer: a personal access token, or a scoped token with CloudID
	CloudID  string // sends all requests to GatewayURL, where scoped tokens work

	GatewayURL     string        // default https://api.atlassian.com
	Concurrency    int           // requests at a time, default 4; 429 shrinks it for a while
	Timeout        time.Duration // longest silence of Jira, default 60 s; a whole answer may take five times as long
	MaxWait        time.Duration // longest wait that Jira may ask for, default 60 s
	RetryWait      time.Duration // first wait before a retry, doubled by each, default 500 ms
	AllowLinkLocal bool          // 169.254.0.0/16 and fe80::/10, where clouds keep their secrets
	UserAgent      string

	Transport http.RoundTripper // for tests; nil is a transport of its own
	OnLimit   func(RateLimit)   // told of each refusal for excess, and of the wait it costs
}

func (c Config) withDefaults() Config {
	c.Name = orDefault(c.Name, fmt.Sprintf("instance_%d", c.Number))
	c.Kind = orDefault(strings.ToLower(c.Kind), Auto)
	c.GatewayURL = orDefault(c.GatewayURL, "https://api.atlassian.com")
	c.Concurrency = orDefault(c.Concurrency, 4)
	c.Timeout = orDefault(c.Timeout, time.Minute)
	c.MaxWait = orDefault(c.MaxWait, time.Minute)
	c.RetryWait = orDefault(c.RetryWait, 500*time.Millisecond)
	c.UserAgent = orDefault(c.UserAgent, "jirasync")
	return c
}

func orDefault[T comparable](value, other T) T {
	var zero T
	if value == zero {
		return other
	}
	return value
}

// setting names an environment variable of this instance.
func (c Config) setting(name string) string { return fmt.Sprintf("JIRA_%s_%d", name, c.Number) }

func (c Config) check() error {
	switch c.Kind {
	case Auto, Cloud, DataCenter:
	default:
		return fmt.Errorf("%s is %q: it must be auto, cloud or datacenter", c.setting("KIND"), c.Kind)
	}
	switch {
	case c.Token != "" && c.Password != "":
		return fmt.Errorf("%s and %s are both set: a token goes alone, an API token of Cloud goes into %[2]s",
			c.setting("TOKEN"), c.setting("PASSWORD"))
	case c.Token != "" && c.Username != "":
		return fmt.Errorf("%s and %s are both set: a token goes alone; an API token of Cloud goes into %s beside %[2]s",
			c.setting("TOKEN"), c.setting("USERNAME"), c.setting("PASSWORD"))
	case c.Token != "":
	case c.Username == "" || c.Password == "":
		return fmt.Errorf("no way to log in: set %s, or both %s and %s",
			c.setting("TOKEN"), c.setting("USERNAME"), c.setting("PASSWORD"))
	}
	if c.Concurrency < 0 {
		return fmt.Errorf("%s is %d: it must be at least 1", c.setting("CONCURRENCY"), c.Concurrency)
	}
	return nil
}

// base is the address that API paths are relative to, and site the one that people use.
func (c Config) base() (base, site *url.URL, err error) {
	site, err = parseAddress(c.setting("URL"), c.URL, c.AllowLinkLocal)
	if err != nil || c.CloudID == "" {
		return site, site, err
	}
	gateway, err := parseAddress("the gateway's address", c.GatewayURL, c.AllowLinkLocal)
	if err != nil {
		return nil, nil, err
	}
	return gateway.JoinPath("ex", "jira", c.CloudID), site, nil
}

// parseAddress reads an address without ever repeating it, for it may hold a password.
func parseAddress(name, address string, linkLocal bool) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	switch {
	case err != nil, u.Host == "", u.Hostname() == "":
		return nil, fmt.Errorf("%s is not an address like https://jira.example.com", name)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("%s must begin with https:// or http://", name)
	case u.User != nil:
		return nil, fmt.Errorf("%s holds a user name or password: move it into the settings for them", name)
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("%s must end after the path: take away what follows ? or #", name)
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if err == nil && !linkLocal && isLinkLocal(ip) {
		return nil, fmt.Errorf("%s is a link-local address, which is refused unless allowed", name)
	}
	return u, nil
}

func isLinkLocal(ip netip.Addr) bool { return ip.Unmap().IsLinkLocalUnicast() }
